"""Algorithm 1, written once for every method: the run of one curve in one trial."""

import math
from typing import Any, NamedTuple

import numpy as np

from cradl.arrays import Floats, Ints
from cradl.attacks import ATTACKS, AttackContext, parameters_of
from cradl.composition import Composed, composed
from cradl.engine import stages
from cradl.engine.compiled_rows import codes_of
from cradl.engine.objectives import LinearData
from cradl.engine.trials import Run
from cradl.foreign import RowFault, called, require_finite, returned
from cradl.methods import METHODS
from cradl.numerics.diagnostics import diagnose
from cradl.numerics.selection import network, network_of
from cradl.protocol import DecodeContext, Questioned
from cradl.series import DIAGNOSTICS, SERIES, TESTED

_SPREADS = ("aggregation_error_sq", "honest_spread_max", "honest_spread_mean")
_COUNTS = ("server_gradients", "rounds", "numbers_received")


class State(NamedTuple):
    """The state between iterations.

    Attributes
    ----------
    x
        The model, padded to the width of the designs.
    last
        What the server decided before (D,), for a rule that remembers it; None before the first.
    memory
        What the Byzantine devices have learned; None before the first, and if they learn nothing.
    """

    x: Floats
    last: Floats | None = None
    memory: Any = None


class Observed(NamedTuple):
    """Records of one iteration.

    Attributes
    ----------
    readings
        What is read off x^t: ⟨z_j, x^t⟩ of every sample (m,), or loss, accuracy and gradient.
    spreads
        Squared error of the update; largest and mean spread of the honest messages.
    counts
        Gradients that the server computed, rounds, numbers that it received.
    diagnostics
        Values of `DIAGNOSTICS` (7,).
    messages, update
        As received (N, D); what the server decided (D,).
    """

    readings: Floats
    spreads: tuple[float, float, float]
    counts: tuple[int, int, int]
    diagnostics: Floats
    messages: Floats
    update: Floats


class Outcome(NamedTuple):
    """The results of one run.

    Attributes
    ----------
    series
        Every quantity of `SERIES` (and `DIAGNOSTICS`, and `TESTED`) at x⁰..x^T.
    records
        If asked for: ``messages`` as received (T + 1, N, D), ``update`` and ``gradient`` of F
        (T + 1, D).
    final
        x^{T+1} (D,).
    diverged_at
        First iteration with a value that is not finite, from which on all are infinite; -1: none.
    """

    series: dict[str, Floats]
    records: dict[str, Floats]
    final: Floats
    diverged_at: int


def step(state: State, t: int, run: Run) -> tuple[State, Observed | None]:
    """Do iteration t: encode (5), let the Byzantine devices speak, aggregate (6), update (8).

    Returns
    -------
    The next state and what was seen; the same state and None if an honest message is not finite.

    Raises
    ------
    cradl.foreign.RowFault
        An attack, a rule or a method that raises, or returns what it must not.
    """
    curve, data, scratch = run.curve, run.data, run.scratch
    method, f, D = METHODS[curve.method], curve.f, len(run.start)
    seen, messages = data.look(state.x), scratch.messages
    encoding, coding = run.later.at(t) if run.later else (run.encoding, run.coding)
    order, attack = run.orders[t], ATTACKS[curve.attack["name"]]
    flipped = None
    if f and attack.relabel:
        data.send(seen, _relabelled(run), coding, scratch)
        flipped = messages[order[:f], :D]
    data.send(seen, data.responses, coding, scratch)
    largest, average = stages.honest_statistics(messages, order[f:], scratch.mean)
    if not math.isfinite(average):
        return state, None
    rows = data.rows(scratch)
    measured = np.empty(len(DIAGNOSTICS))
    if run.diagnostics:
        diagnose(messages, scratch.mean, scratch.scales, rows, scratch.gradient, measured)
    received = np.ascontiguousarray(messages[:, :D])
    rule = _applied(run, None if run.keys is None else run.keys[t], state.last)
    memory = None
    if f:
        context = _known_to_attackers(run, rule, order)._replace(flipped=flipped)
        coded = received[order]
        if attack.learn is not None:
            memory = called(attack, "learn", coded[f:], state.memory, context=context)
            context = context._replace(memory=memory)
        noise = None if run.noise is None else run.noise[t]
        crafted = called(attack, "craft", coded[:f], coded[f:], f=f, noise=noise, context=context)
        received[order[:f]] = returned(attack, "craft", crafted, (f, D))
    asked = Questioned(encoding, scratch.scales, rows[:, :D], received)
    told = order[f:] if method.clairvoyant else None
    server = DecodeContext(rule, told, encoding, asked.gradient, asked.answer, received.size)
    update = called(method, "decode", received, f=curve.tolerated, context=server)
    update = returned(method, "decode", update, (D,))
    if np.isfinite(received).all():
        require_finite(method, "decode", update, given=received)
    x = state.x.copy()
    stages.take_step(x[:D], update, run.rates[t])
    error = stages.distance_sq(update, scratch.mean[:D])
    counts = (server.server_gradients, server.rounds, server.numbers_received)
    spreads = (error, largest, average)
    observed = Observed(seen.readings, spreads, counts, measured, received, update)
    return State(x, update, memory), observed


def _relabelled(run: Run) -> Floats:
    """Return the responses (m,) that the attack makes of those of the data."""
    responses, attack = run.data.responses, ATTACKS[run.curve.attack["name"]]
    given = responses, run.data.classes, parameters_of(run.curve.attack)
    return returned(attack, "relabel", called(attack, "relabel", *given), responses.shape)


def _applied(run: Run, keys: Floats | None = None, last: Floats | None = None) -> Composed:
    """Return the rule that the server applies in one iteration."""
    return composed(run.curve.aggregator, run.curve.pre_aggregation, keys=keys, last=last)


def _known_to_attackers(run: Run, applied: Composed, order: Ints) -> AttackContext:
    """Return what Byzantine devices know besides the messages.

    They give their f messages first and the honest ones in the order of the devices after them; if
    the order matters, the server has each where its device stands.
    """
    curve, rule, contracts = run.curve, applied.rule, applied.contracts
    closed = rule.worst_reply if applied.plain else None

    def aggregate(sent: Floats) -> Floats:
        if "permutation" in contracts:
            return applied(sent, f=curve.tolerated)
        placed = np.empty_like(sent)
        placed[order] = sent
        return applied(placed, f=curve.tolerated)

    def worst_reply(honest: Floats, directions: Floats, f: int) -> Floats:
        if closed is None:
            raise ValueError(f"need a rule whose worst reply is known, got {curve.aggregator}")
        reply = called(rule, "worst_reply", honest, directions, f, curve.tolerated)
        return returned(rule, "worst_reply", reply, directions.shape)

    return AttackContext(
        parameters_of(curve.attack),
        aggregate,
        applied.coordinatewise,
        "monotone" in contracts,
        worst_reply if closed else None,
        order.copy(),
    )


def run_algorithm(run: Run, *, iterations: int, record: bool = False) -> Outcome:
    """Repeat `step`, or `cradl.engine.stages.stretch` for rows that it knows.

    Parameters
    ----------
    iterations
        At most as many as the run was set up for.
    record
        Whether to keep messages and updates.
    """
    D, width = len(run.start), run.data.width
    series = _series(run, iterations, record=record)
    counts = np.full((iterations, len(_COUNTS)), np.inf)
    state, t = State(np.zeros(width)), 0
    state.x[:D] = run.start
    # A run may diverge; its numbers then overflow, which is an outcome and no error.
    with np.errstate(over="ignore", invalid="ignore"):
        while t < iterations:
            done = _stretch(run, t, iterations, state, series)
            counts[t:done] = 0, 1, run.curve.N * D
            if done == iterations:
                break
            try:
                t, (state, observed) = done, step(state, done, run)
            except RowFault as fault:
                raise type(fault)(f"{fault} (iteration {done})") from fault.__cause__
            if observed is None:
                break
            _write(observed, t, series, counts)
            t += 1
        values, records = _evaluated(run, series, counts, record=record)
    return _from_divergence_on(values, records, state.x[:D].copy())


def compile_stages(run: Run) -> bool:
    """Compile the stages with one iteration of a run; return whether they know its rows."""
    state = State(np.zeros(run.data.width))
    with np.errstate(over="ignore", invalid="ignore"):
        return _stretch(run, 0, 1, state, _series(run, 1, record=False)) > 0


def _series(run: Run, iterations: int, *, record: bool) -> stages.Series:
    """Return series in which no iteration has been seen."""
    width = run.data.width
    kept = iterations if record else 0
    return stages.Series(
        np.zeros((iterations, run.data.read)),
        np.full((iterations, len(_SPREADS)), np.inf),
        np.full((iterations if run.diagnostics else 0, len(DIAGNOSTICS)), np.inf),
        np.full((kept, run.curve.N, width), np.inf),
        np.full((kept, width), np.inf),
    )


def _stretch(run: Run, first: int, iterations: int, state: State, series: stages.Series) -> int:
    """Do what the compiled stages can from `first` on; return the first iteration left to do."""
    curve, data = run.curve, run.data
    if not isinstance(data, LinearData):
        return first
    codes = codes_of(
        METHODS[curve.method],
        _applied(run),
        ATTACKS[curve.attack["name"]],
        data.problem,
        parameters=parameters_of(curve.attack),
        N=curve.N,
        f=curve.f,
        tolerated=curve.tolerated,
    )
    if codes is None or run.later:
        return first
    noise = np.zeros((iterations, 1, 1)) if run.noise is None else run.noise
    fixed = stages.Fixed(
        data.padded,
        data.responses,
        run.orders[:iterations],
        run.rates,
        noise.reshape(len(noise), noise.shape[1], -1),
        network_of(codes.rule, curve.N, codes.tolerated),
        network(curve.N - curve.f, 0, curve.N - curve.f - 1),
    )
    return stages.stretch(first, state.x, fixed, run.coding, codes, run.scratch, series)


def _write(observed: Observed, t: int, series: stages.Series, counts: Floats) -> None:
    """Put what one step has seen into the series."""
    series.margins[t], series.spreads[t], counts[t] = (
        observed.readings,
        observed.spreads,
        observed.counts,
    )
    if len(series.diagnostics):
        series.diagnostics[t] = observed.diagnostics
    if len(series.updates):
        D = len(observed.update)
        series.messages[t, :, :D], series.updates[t, :D] = observed.messages, observed.update


def _evaluated(
    run: Run, series: stages.Series, counts: Floats, *, record: bool
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Return the series by name, with loss and gradient of F, and the records."""
    D, iterations = len(run.start), len(counts)
    losses, gradients, accuracies = run.data.evaluated(series.margins)
    values = {name: np.full(iterations, np.inf) for name in SERIES}
    values["loss"] = losses
    values["gradient_norm_sq"] = (gradients**2).sum(axis=1)
    if accuracies is not None:
        values["test_accuracy"] = accuracies
    values["step_size"] = run.rates[:iterations].copy()
    values |= dict(zip(_SPREADS, series.spreads.T, strict=True))
    values |= dict(zip(_COUNTS, counts.T, strict=True))
    if run.diagnostics:
        values |= dict(zip(DIAGNOSTICS, series.diagnostics.T, strict=True))
    records = {
        "messages": series.messages[..., :D],
        "update": series.updates[:, :D],
        "gradient": gradients,
    }
    return values, records if record else {}


def _from_divergence_on(
    series: dict[str, Floats], records: dict[str, Floats], final: Floats
) -> Outcome:
    """Find the first iteration that is not finite; make everything from there on infinite."""
    finite = np.logical_and.reduce([np.isfinite(one) for one in series.values()])
    if finite.all():
        return Outcome(series, records, final, -1)
    first = int(np.argmin(finite))
    for name in series.keys() - {"step_size"}:
        # A model that is not finite predicts nothing rightly.
        series[name][first:] = 0.0 if name in TESTED else np.inf
    for one in records.values():
        one[first:] = np.inf
    return Outcome(series, records, np.full_like(final, np.inf), first)

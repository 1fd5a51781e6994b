"""Algorithm 1, written once for every method: the run of one curve in one trial."""

import math
from typing import NamedTuple

import numpy as np

from cradl.aggregation import RULES
from cradl.arrays import Floats, aligned
from cradl.attacks import ATTACKS, AttackContext, parameters_of
from cradl.diagnostics import DIAGNOSTICS, diagnose
from cradl.messages import DecodeContext, Questioned
from cradl.methods import METHODS
from cradl.numerics.kernels import encode, honest_statistics, take_step
from cradl.runs import Run

SERIES = {
    "loss": "F(x^t), training loss",
    "gradient_norm_sq": "squared norm of the gradient of F",
    "step_size": "gamma^t, learning rate",
    "aggregation_error_sq": "squared distance of the update to the honest devices' mean message",
    "honest_spread_max": "largest squared distance of an honest message to their mean (varsigma)",
    "honest_spread_mean": "mean squared distance of the honest messages to their mean",
    "server_gradients": "gradients of subsets that the server computed to decode",
    "rounds": "rounds in which devices sent something, that of the messages included",
    "numbers_received": "numbers that devices sent to the server",
}
UNITS = {"server_gradients": "gradients", "rounds": "rounds", "numbers_received": "numbers"}
"""Of the series that have any; all others have the unit 1."""


class Outcome(NamedTuple):
    """What one run leaves behind.

    Attributes
    ----------
    series
        Every quantity of `SERIES` (and `DIAGNOSTICS`) at x⁰..x^T.
    records
        Where asked for: ``messages`` as received (T + 1, N, D), ``update`` and ``gradient`` of F
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


def run_algorithm(run: Run, *, iterations: int, diagnostics: bool, record: bool) -> Outcome:
    """Encode (5), let the liars speak, aggregate (6), update (8), `iterations` times."""
    curve, data = run.curve, run.data
    method, rule, f = METHODS[curve.method], RULES[curve.aggregator], curve.f
    D = data.designs.shape[1]
    attack = ATTACKS[curve.attack["name"]]
    context = AttackContext(
        parameters_of(curve.attack),
        lambda received: rule(received, f=curve.withstood),
        rule.coordinatewise,
        "monotone" in rule.contracts,
    )
    names = [*SERIES, *(DIAGNOSTICS if diagnostics else ())]
    series = {name: np.full(iterations, np.inf) for name in names}
    series["step_size"][:] = run.rates
    shapes = {"messages": (curve.N, D), "update": (D,), "gradient": (D,)} if record else {}
    records = {name: np.full((iterations, *shape), np.inf) for name, shape in shapes.items()}
    error_sq, largest, average = (
        series[name] for name in ("aggregation_error_sq", "honest_spread_max", "honest_spread_mean")
    )
    computed, rounds, received = (
        series[name] for name in ("server_gradients", "rounds", "numbers_received")
    )
    margins = np.zeros((iterations, len(data.responses)))
    messages, coded = aligned((curve.N, D)), aligned((curve.N, D))
    own, honest, mean, x = coded[:f], coded[f:], np.empty(D), run.start.copy()
    # A run may diverge; its numbers then overflow, which is an outcome and no error.
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(iterations):
            np.dot(data.designs, x, out=margins[t])
            slopes = data.problem.slope(margins[t], data.responses)
            encode(*run.sample_encoding, slopes, data.designs, messages)
            order = run.orders[t]
            messages.take(order, axis=0, out=coded, mode="clip")
            spread_max, spread_mean = honest_statistics(honest, mean)
            if not math.isfinite(spread_mean):
                break
            if diagnostics:
                found = diagnose(coded, mean, slopes, data.designs, data.per_subset)
                for name, value in found.items():
                    series[name][t] = value
            if f:
                noise = None if run.noise is None else run.noise[t]
                crafted = attack.craft(own, honest, f=f, noise=noise, context=context)
                if crafted.shape != (f, D):
                    raise ValueError(f"need ({f}, {D}) from the attack, got {crafted.shape}")
                messages[order[:f]] = crafted
            if record:
                records["messages"][t] = messages
            told = order[f:] if method.clairvoyant else None
            asked = Questioned(run.sample_encoding, data.per_subset, slopes, data.designs, messages)
            server = DecodeContext(
                rule, told, run.encoding, asked.gradient, asked.answer, messages.size
            )
            update = method.decode(messages, f=curve.withstood, context=server)
            if update.shape != (D,):
                raise ValueError(f"need shape ({D},) from the method, got {update.shape}")
            if record:
                records["update"][t] = update
            error_sq[t] = take_step(x, update, run.rates[t], mean)
            largest[t], average[t] = spread_max, spread_mean
            computed[t], rounds[t] = server.server_gradients, server.rounds
            received[t] = server.numbers_received
        series["loss"][:] = data.problem.loss(margins, data.responses).sum(axis=1)
        gradients = data.problem.slope(margins, data.responses) @ data.designs
        series["gradient_norm_sq"][:] = (gradients**2).sum(axis=1)
        if record:
            records["gradient"][:] = gradients
    return _from_divergence_on(series, records, x)


def _from_divergence_on(
    series: dict[str, Floats], records: dict[str, Floats], final: Floats
) -> Outcome:
    """Find the first iteration that is not finite; make everything from there on infinite."""
    finite = np.logical_and.reduce([np.isfinite(one) for one in series.values()])
    if finite.all():
        return Outcome(series, records, final, -1)
    first = int(np.argmin(finite))
    for name in series.keys() - {"step_size"}:
        series[name][first:] = np.inf
    for one in records.values():
        one[first:] = np.inf
    return Outcome(series, records, np.full_like(final, np.inf), first)

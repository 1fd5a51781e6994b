"""Judge Theorems 1′, 2′ and 3′ on measured runs, in several forms from a priori to measured.

A form is a bound on the error of an update. The first three forms are known before a run. The
others take a measured quantity, each closer to the actual error, so that the ratios between forms
show which step makes a bound loose.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from theory.beyond import primed_theorems
from theory.beyond.primed_theorems import Errors, Sums
from theory.runs.pairs import Floats, Pair, limits, pairs
from theory.runs.primed_forms import FORMS, Known, constants, known_errors, of_curves, of_groups

STATEMENTS = {
    "sharpened1": "mean of E|grad F|^2 over t <= T, a fixed rate",
    "sharpened2": "least E|grad F|^2 over t <= T, rates up to N/L",
    "sharpened3": "E F(x^T) - F*",
}
HYPOTHESES = {
    "rule": "a rule whose constant is known, set for the f there is",
    "redrawn_identities": "the Byzantine identities are redrawn in every iteration",
    "coverage": "every subset is on some device",
    "spread": "the form bounds the spread of coded gradients",
    "rate": "a fixed rate below 2N/L; rates up to N/L for Theorem 2'",
    "relative": "what grows with the gradient is below what descent takes off",
    "curvature": "some mu > 0",
}
"""The hypotheses in the order of checking."""


class Judged(NamedTuple):
    """Both sides and verdicts for the curves of one experiment that apply a rule."""

    name: str
    sides: xr.Dataset
    rows: pd.DataFrame


def judged(
    bounds: Mapping[str, xr.Dataset], measured: Mapping[str, xr.Dataset], *, level: float = 0.95
) -> Iterator[Judged]:
    """Judge the statements on every curve that applies a rule, in every form, lazily.

    Parameters
    ----------
    bounds, measured, level
        As in `theory.runs.judge_paper.theorems`.

    Returns
    -------
    One `Judged` per experiment, computed when it is asked for.

    - ``sides`` has ``measured`` with ``lower`` and ``upper`` (curve, statement, iteration), and
      ``bound`` (curve, statement, form, iteration), NaN if a hypothesis fails.
    - ``rows`` has one row per curve, statement and form: the verdict as in
      `theory.runs.judge_paper.theorems`, the first hypothesis that fails with its factor, and both
      sides at their least ratio. ``paper`` is the bound of Theorem 1 or 2 there, if there is one.
    """
    if not 0 < level < 1:
        raise ValueError(f"need 0 < level < 1, got {level}")
    return (_judged(pair, level) for pair in pairs(bounds, measured))


def _judged(pair: Pair, level: float) -> Judged:
    pair = pair.of(np.flatnonzero(pair.bounds["robust"].to_numpy()))
    curves, horizon = pair.bounds.sizes["curve"], pair.bounds.sizes["iteration"]
    known = {form: known_errors(pair, form) for form in FORMS}
    bound = np.full((curves, len(STATEMENTS), len(FORMS), horizon), np.nan)
    sides: dict[str, list[Floats]] = {"measured": [], "lower": [], "upper": []}
    rows: list[dict[str, Any]] = []
    for place, statement in enumerate(STATEMENTS):
        of_statement = _measured(pair, statement, level)
        for name, side in zip(sides, of_statement, strict=True):
            sides[name].append(side)
        for column, form in enumerate(FORMS):
            factor = _factors(pair, statement, form, known[form])
            right = _bound(pair, statement, known[form], (factor < 1).all(axis=0))
            bound[:, place, column] = right[:, pair.group].mean(axis=1)
            verdicts = _found(pair, of_statement, right, statement, level)
            rows += [
                _row(pair, curve, statement, form, factor[:, curve], *verdict)
                for curve, verdict in enumerate(verdicts)
            ]
    labels = pair.bounds["label"].to_numpy()
    dataset = xr.Dataset(
        {
            name: (("curve", "statement", "iteration"), np.stack(side, axis=1))
            for name, side in sides.items()
        }
        | {"bound": (("curve", "statement", "form", "iteration"), bound)},
        {"label": ("curve", labels), "statement": list(STATEMENTS), "form": list(FORMS)},
    )
    return Judged(pair.name, dataset, pd.DataFrame(rows))


def _rates(pair: Pair) -> tuple[Floats, Floats]:
    """Return γ and h = γL/N (curve, group, iteration)."""
    gamma = pair.of_updates("step_size")
    return gamma, gamma * of_groups(pair, "smoothness") / of_curves(pair, "N")


def _factors(pair: Pair, statement: str, form: str, known: Known) -> Floats:
    """Return the given value over the allowed one (hypothesis, curve, group)."""
    gamma, h = _rates(pair)
    shape = h.shape[:2]
    finite = np.isfinite(known.p_sq + known.q_sq).all(axis=2)
    finite &= np.isfinite(known.p_1 + known.q_1)[..., 0]
    largest, p, q = h.max(axis=2), known.p_1[..., 0], known.q_1[..., 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        if statement == "sharpened2":
            # The hypothesis allows equality.
            rate = largest * (1 - 1e-12)
            relative = np.where(p < 1, largest * (q + q**2 - p) / (1 - p), np.inf)
        else:
            rate = largest / 2
            turn = np.abs(1 - h)
            relative = ((turn * known.p_1 + h / 2 * known.q_1**2) / (1 - h / 2)).max(axis=2)
    if statement == "sharpened1":
        rate = np.where(np.ptp(gamma, axis=2) > 0, np.inf, rate)
    rule = np.isfinite(constants(pair, "average"))[..., 0] | (form == "error measured")
    redrawn = (pair.bounds["identities"].to_numpy() == "redrawn")[:, np.newaxis]
    flat = pair.of_groups("strong_convexity") == 0
    factors = {
        "rule": ~rule,
        "redrawn_identities": ~redrawn,
        "coverage": pair.of_groups("d_min") < 1,
        "spread": ~finite,
        "rate": rate,
        "relative": np.where(finite & (largest < 2), relative, np.inf),
        "curvature": flat & (statement == "sharpened3"),
    }
    return np.stack(
        [
            np.broadcast_to(
                np.where(value, np.inf, 0.0) if value.dtype == np.bool_ else value, shape
            )
            for value in (factors[name] for name in HYPOTHESES)
        ]
    )


def _bound(pair: Pair, statement: str, known: Known, holds: Any) -> Floats:
    """Evaluate the bound for every prefix (curve, group, iteration), NaN if a hypothesis fails."""
    gamma, h = _rates(pair)
    result = np.full(h.shape, np.nan)
    if not holds.any():
        return result
    N = np.broadcast_to(of_curves(pair, "N"), (*holds.shape, 1))
    names = ("smoothness", "initial_loss", "minimum", "strong_convexity")
    numbers = (N[holds], *(of_groups(pair, name)[holds] for name in names))
    chosen = Known(*(part[holds] for part in known))
    result[holds] = _EVALUATED[statement](gamma[holds], chosen, *numbers)
    return result


def _theorem1(
    gamma: Floats, known: Known, N: Floats, L: Floats, F_0: Floats, F_star: Floats, mu: Floats
) -> Floats:
    places = np.arange(gamma.shape[1])
    p_0, q_0 = (np.sqrt(np.cumsum(squares, axis=1) / (places + 1)) for squares in known[:2])
    run = {"N": N, "L": L, "gamma": gamma, "F_0": F_0, "F_star": F_star, "T": places[np.newaxis]}
    return np.asarray(primed_theorems.theorem1(Errors(p_0, q_0, known.p_1, known.q_1), **run))


def _theorem2(
    gamma: Floats, known: Known, N: Floats, L: Floats, F_0: Floats, F_star: Floats, mu: Floats
) -> Floats:
    h = np.minimum(gamma * L / N, 1.0)
    terms = (gamma, gamma * h, gamma * (1 - h) * known.p_sq, gamma * h * known.q_sq)
    sums = Sums(*(np.cumsum(term, axis=1) for term in terms))
    largest = h.max(axis=1, keepdims=True)
    relative = {"rate": largest, "p_1": known.p_1, "q_1": known.q_1}
    return np.asarray(primed_theorems.theorem2(sums, N=N, F_0=F_0, F_star=F_star, **relative))


def _theorem3(
    gamma: Floats, known: Known, N: Floats, L: Floats, F_0: Floats, F_star: Floats, mu: Floats
) -> Floats:
    errors = Errors(np.sqrt(known.p_sq), np.sqrt(known.q_sq), known.p_1, known.q_1)
    a, c, e = primed_theorems.factors(errors, rate=gamma * L / N)
    gap = np.empty_like(gamma)
    gap[:, 0] = (F_0 - F_star)[:, 0]
    # The bound at x^t follows from the updates before it.
    for t in range(gamma.shape[1] - 1):
        of_update = {"gamma": gamma[:, t], "A": a[:, t], "C": c[:, t], "E": e[:, t]}
        gap[:, t + 1] = primed_theorems.theorem3(N=N[:, 0], mu=mu[:, 0], gap=gap[:, t], **of_update)
    return gap


_EVALUATED: dict[str, Callable[..., Floats]] = {
    "sharpened1": _theorem1,
    "sharpened2": _theorem2,
    "sharpened3": _theorem3,
}


def _series(pair: Pair, statement: str) -> Floats:
    """Return the quantity that a statement bounds (curve, trial, iteration)."""
    if statement == "sharpened3":
        lowest = pair.runs["optimal_loss"].transpose("curve", "trial").to_numpy()
        return np.asarray(pair.series("loss") - lowest[..., np.newaxis])
    squares = pair.series("gradient_norm_sq")
    if statement == "sharpened2":
        return squares
    return np.asarray(np.cumsum(squares, axis=2) / np.arange(1, squares.shape[2] + 1))


def _tail(pair: Pair, level: float) -> float:
    return (1 - level) / 2 / pair.bounds.sizes["iteration"]


def _measured(pair: Pair, statement: str, level: float) -> tuple[Floats, Floats, Floats]:
    """Return mean, lower and upper limit (curve, iteration), for all iterations simultaneously."""
    estimates = limits(_series(pair, statement), tail=_tail(pair, level))
    if statement != "sharpened2":
        return estimates
    mean, low, high = (np.fmin.accumulate(series, axis=1) for series in estimates)
    return mean, low, high


def _found(
    pair: Pair,
    of_statement: tuple[Floats, Floats, Floats],
    right: Floats,
    statement: str,
    level: float,
) -> list[tuple[str, int | None, Floats]]:
    """Return per curve the verdict, the iteration of the least ratio, and both sides there.

    The sides are measured, low, high and bound.
    """
    mean, low, high = of_statement
    bound = right[:, pair.group]
    if statement == "sharpened2":
        above, below = high <= bound.mean(axis=1), low > bound.mean(axis=1)
    else:
        # Each trial is compared with the bound for its own data and allocation.
        with np.errstate(invalid="ignore"):
            _, under, over = limits(_series(pair, statement) - bound, tail=_tail(pair, level))
        above, below = over <= 0, under > 0
    # The bound on the gap is an equality at x^0.
    first = 1 if statement == "sharpened3" else 0
    verdicts: list[tuple[str, int | None, Floats]] = []
    for curve in range(len(mean)):
        allowed = bound[curve].mean(axis=0)
        if not np.isfinite(allowed).all():
            verdicts.append(("", None, np.full(4, np.nan)))
            continue
        upper = np.where(np.isnan(high[curve]), mean[curve], high[curve])
        with np.errstate(divide="ignore"):
            place = first + int(np.argmin((allowed / upper)[first:])) if len(upper) > first else 0
        verdict = "refuted" if below[curve, first:].any() else "undecided"
        verdict = "verified" if above[curve, first:].all() else verdict
        sides = (mean[curve, place], low[curve, place], high[curve, place], allowed[place])
        verdicts.append((verdict, place, np.array(sides)))
    return verdicts


def _row(
    pair: Pair,
    curve: int,
    statement: str,
    form: str,
    factor: Floats,
    verdict: str,
    place: int | None,
    sides: Floats,
) -> dict[str, Any]:
    failing, by = "", np.nan
    if not verdict:
        verdict = "not applicable"
        worst = np.where(factor < 1, 0.0, factor).max(axis=1)
        failing = list(HYPOTHESES)[int(np.argmax(worst > 0))]
        by = float(worst[list(HYPOTHESES).index(failing)])
    measured, low, high, bound = sides.tolist()
    upper = measured if np.isnan(high) else high
    paper = {"sharpened1": "theorem1", "sharpened2": "theorem2"}.get(statement)
    beside = np.nan
    if paper and place is not None:
        beside = float(pair.of_updates(paper)[curve, :, place].mean())
    return {
        "experiment": pair.name,
        "curve": str(pair.bounds.variables["label"].to_numpy()[curve]),
        "statement": statement,
        "form": form,
        "verdict": verdict,
        "failing": failing,
        "factor": by,
        "measured": measured,
        "low": low,
        "high": high,
        "bound": bound,
        "ratio": bound / upper if upper > 0 else np.nan,
        "iteration": place,
        "paper": beside,
        "trials": pair.runs.sizes["trial"],
        "groups": pair.bounds.sizes["group"],
    }

"""Theorems 1′, 2′ and 3′ beside measured runs: each in several forms, from a priori to measured.

A form says what stands for the error of an update. The first three are known before a run; the
others take a quantity from it, each closer to what happens, so that their ratios tell where a bound
loses.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from theory import sharpened, spread
from theory.matching import Floats, Pair, limits, pairs
from theory.rba import TABLE_I, true_c_alpha_squared
from theory.sharpened import Errors, Sums

FORMS = {
    "any rule": "Definition 1 with the true constant, beta",
    "spectral": "the rule's constant for the mean deviation, lambda_2, sigma",
    "least squares": "the same constant, the spread of least squares at every x",
    "sigma measured": "the same constant, lambda_2, sigma of the iterates",
    "spread measured": "the same constant, spread V of the iterates",
    "error measured": "errors of the aggregate and of the honest mean, as measured",
}
_DIAGNOSED = {
    "sigma measured": ("heterogeneity_mean_sq",),
    "spread measured": ("device_deviation_sq_mean",),
    "error measured": ("aggregation_error_sq", "mean_error_sq"),
}
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
"""In the order in which they are asked."""


class _Spread(NamedTuple):
    """p_0² and q_0² (curve, group, iteration); p_1 and q_1 (curve, group, 1)."""

    p_sq: Floats
    q_sq: Floats
    p_1: Floats
    q_1: Floats


class Judged(NamedTuple):
    """One experiment's curves that apply a rule, and what the statements say of them."""

    name: str
    sides: xr.Dataset
    rows: pd.DataFrame


def judged(
    bounds: Mapping[str, xr.Dataset], measured: Mapping[str, xr.Dataset], *, level: float = 0.95
) -> list[Judged]:
    """Judge the statements on every curve that applies a rule, in every form.

    Parameters
    ----------
    bounds, measured, level
        As in `theory.verify.theorems`.

    Returns
    -------
    For every experiment: ``sides``, over (curve, statement, iteration), ``measured`` with ``lower``
    and ``upper``, and ``bound`` (curve, statement, form, iteration), NaN where a hypothesis fails;
    ``rows``, one for each curve, statement and form, with the verdicts of `theory.verify.theorems`,
    the first hypothesis that fails and by what factor, and both sides where their ratio is least;
    ``paper`` is the bound of Theorem 1 or 2 there, where there is one.
    """
    if not 0 < level < 1:
        raise ValueError(f"need 0 < level < 1, got {level}")
    return [_judged(pair, level) for pair in pairs(bounds, measured)]


def _judged(pair: Pair, level: float) -> Judged:
    pair = pair.of(np.flatnonzero(pair.bounds["robust"].to_numpy()))
    curves, horizon = pair.bounds.sizes["curve"], pair.bounds.sizes["iteration"]
    known = {form: _spread(pair, form) for form in FORMS}
    bound = np.full((curves, len(STATEMENTS), len(FORMS), horizon), np.nan)
    sides: dict[str, list[Floats]] = {"measured": [], "lower": [], "upper": []}
    rows: list[dict[str, Any]] = []
    for place, statement in enumerate(STATEMENTS):
        of_statement = _measured(pair, statement, level)
        for name, one in zip(sides, of_statement, strict=True):
            sides[name].append(one)
        for column, form in enumerate(FORMS):
            factor = _factors(pair, statement, form, known[form])
            right = _bound(pair, statement, known[form], (factor < 1).all(axis=0))
            bound[:, place, column] = right[:, pair.group].mean(axis=1)
            found = _found(pair, of_statement, right, statement, level)
            rows += [
                _row(pair, curve, statement, form, factor[:, curve], *one)
                for curve, one in enumerate(found)
            ]
    labels = pair.bounds["label"].to_numpy()
    dataset = xr.Dataset(
        {
            name: (("curve", "statement", "iteration"), np.stack(one, axis=1))
            for name, one in sides.items()
        }
        | {"bound": (("curve", "statement", "form", "iteration"), bound)},
        {"label": ("curve", labels), "statement": list(STATEMENTS), "form": list(FORMS)},
    )
    return Judged(pair.name, dataset, pd.DataFrame(rows))


def _constants(pair: Pair, deviation: str) -> Floats:
    """Return the true constant of every curve's rule (curve, 1, 1), or more; NaN where unknown."""
    found = []
    for index in range(pair.bounds.sizes["curve"]):
        one = pair.bounds.isel(curve=index)
        rule, f = str(one["aggregator"].values), int(one["f"])
        if rule not in TABLE_I or int(one["withstood"]) != f:
            found.append(np.nan)
            continue
        sizes = {"N": int(one["N"]), "f": f, "D": int(one["D"])}
        _, upper = true_c_alpha_squared(rule, **sizes, deviation=deviation)
        # Upwards: a rounded constant must not be smaller than the exact one.
        found.append(np.nextafter(float(upper), np.inf))
    return np.array(found)[:, np.newaxis, np.newaxis]


def _spread(pair: Pair, form: str) -> _Spread:
    """Return what a form makes of the error of every update, NaN where it says nothing."""
    shape = (pair.bounds.sizes["curve"], pair.bounds.sizes["group"], pair.bounds.sizes["iteration"])
    unknown = np.full(shape, np.nan)
    if not set(_DIAGNOSED.get(form, ())) <= set(pair.runs):
        return _Spread(unknown, unknown, unknown[..., :1], unknown[..., :1])
    N, alpha = (_of_curves(pair, name) for name in ("N", "alpha"))
    if form == "error measured":
        error, honest = (_expected(pair, name) for name in _DIAGNOSED[form])
        zero = np.zeros_like(unknown[..., :1])
        return _Spread(error, (np.sqrt(error) + np.sqrt(honest)) ** 2, zero, zero)
    kappa = _constants(pair, "average")
    M, gain = _of_curves(pair, "M"), _of_groups(pair, "spread_gain")
    v_1 = _of_groups(pair, "defect_rms")
    sigma_sq = _of_groups(pair, "heterogeneity_mean_sq")
    with np.errstate(invalid="ignore"):
        if form == "any rule":
            found = _of_any_rule(pair, N, alpha)
        elif form == "least squares":
            v_0 = _of_groups(pair, "spread_at_minimum") / N
            v_1 = _of_groups(pair, "spread_slope")
            found = spread.errors(N=N, alpha=alpha, kappa=kappa, v_0=v_0, v_1=v_1)
        elif form == "spread measured":
            v_0 = np.sqrt(_expected(pair, "device_deviation_sq_mean"))
            found = spread.errors(N=N, alpha=alpha, kappa=kappa, v_0=v_0, v_1=0 * v_1)
        else:
            if form == "sigma measured":
                sigma_sq = _expected(pair, "heterogeneity_mean_sq")
            v_0 = np.sqrt(gain * sigma_sq) * M / N
            found = spread.errors(N=N, alpha=alpha, kappa=kappa, v_0=v_0, v_1=v_1)
        parts = (found.p_0**2, found.q_0**2, found.p_1, found.q_1)
    wide = [np.broadcast_to(one, shape) for one in parts]
    return _Spread(wide[0], wide[1], wide[2][..., :1], wide[3][..., :1])


def _of_any_rule(pair: Pair, N: Floats, alpha: Floats) -> Errors:
    """Return the errors by Definition 1 and β: the smaller of two bounds on a deviation."""
    beta = np.sqrt(_of_groups(pair, "heterogeneity_max_sq"))
    radius, defect = _of_groups(pair, "radius"), _of_groups(pair, "defect_max")
    honest = N - _of_curves(pair, "f")
    factors = (1 / (1 - alpha), 1 - 1 / honest)
    alone, paired = radius * factors[0], _of_groups(pair, "pair_radius") * factors[1]
    near = alone <= paired
    return spread.errors_of_any_rule(
        N=N,
        alpha=alpha,
        c_alpha_squared=_constants(pair, "max"),
        m_0=np.where(near, alone, paired) * beta,
        m_1=np.where(near, factors[0], 2 * factors[1]) * defect,
        v_0=radius * beta,
        v_1=_of_groups(pair, "defect_rms"),
    )


def _of_curves(pair: Pair, name: str) -> Floats:
    if name == "alpha":
        return np.asarray(pair.setting("f") / pair.setting("N"))
    return pair.setting(name)


def _of_groups(pair: Pair, name: str) -> Floats:
    return pair.of_groups(name)[..., np.newaxis]


def _expected(pair: Pair, name: str) -> Floats:
    """Return the mean over the trials of every group (curve, group, iteration)."""
    values = pair.series(name)
    groups = range(pair.bounds.sizes["group"])
    return np.stack([values[:, pair.group == one].mean(axis=1) for one in groups], axis=1)


def _rates(pair: Pair) -> tuple[Floats, Floats]:
    """Return γ and h = γL/N (curve, group, iteration)."""
    gamma = pair.bounds["step_size"].transpose("curve", "group", "iteration").to_numpy()
    return gamma, gamma * _of_groups(pair, "smoothness") / _of_curves(pair, "N")


def _factors(pair: Pair, statement: str, form: str, known: _Spread) -> Floats:
    """Return what is given over what is allowed (hypothesis, curve, group)."""
    gamma, h = _rates(pair)
    shape = h.shape[:2]
    finite = np.isfinite(known.p_sq + known.q_sq).all(axis=2)
    finite &= np.isfinite(known.p_1 + known.q_1)[..., 0]
    largest, p, q = h.max(axis=2), known.p_1[..., 0], known.q_1[..., 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        if statement == "sharpened2":
            # Equality is allowed.
            rate = largest * (1 - 1e-12)
            relative = np.where(p < 1, largest * (q + q**2 - p) / (1 - p), np.inf)
        else:
            rate = largest / 2
            turn = np.abs(1 - h)
            relative = ((turn * known.p_1 + h / 2 * known.q_1**2) / (1 - h / 2)).max(axis=2)
    if statement == "sharpened1":
        rate = np.where(np.ptp(gamma, axis=2) > 0, np.inf, rate)
    rule = np.isfinite(_constants(pair, "average"))[..., 0] | (form == "error measured")
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
            np.broadcast_to(np.where(one, np.inf, 0.0) if one.dtype == np.bool_ else one, shape)
            for one in (factors[name] for name in HYPOTHESES)
        ]
    )


def _bound(pair: Pair, statement: str, known: _Spread, holds: Any) -> Floats:
    """Evaluate a statement for every prefix (curve, group, iteration), NaN where it fails."""
    gamma, h = _rates(pair)
    result = np.full(h.shape, np.nan)
    if not holds.any():
        return result
    N = np.broadcast_to(_of_curves(pair, "N"), (*holds.shape, 1))
    names = ("smoothness", "initial_loss", "minimum", "strong_convexity")
    numbers = (N[holds], *(_of_groups(pair, name)[holds] for name in names))
    chosen = _Spread(*(one[holds] for one in known))
    result[holds] = _EVALUATED[statement](gamma[holds], chosen, *numbers)
    return result


def _theorem1(
    gamma: Floats, known: _Spread, N: Floats, L: Floats, F_0: Floats, F_star: Floats, mu: Floats
) -> Floats:
    places = np.arange(gamma.shape[1])
    p_0, q_0 = (np.sqrt(np.cumsum(one, axis=1) / (places + 1)) for one in known[:2])
    run = {"N": N, "L": L, "gamma": gamma, "F_0": F_0, "F_star": F_star, "T": places[np.newaxis]}
    return np.asarray(sharpened.theorem1(Errors(p_0, q_0, known.p_1, known.q_1), **run))


def _theorem2(
    gamma: Floats, known: _Spread, N: Floats, L: Floats, F_0: Floats, F_star: Floats, mu: Floats
) -> Floats:
    h = np.minimum(gamma * L / N, 1.0)
    terms = (gamma, gamma * h, gamma * (1 - h) * known.p_sq, gamma * h * known.q_sq)
    sums = Sums(*(np.cumsum(one, axis=1) for one in terms))
    largest = h.max(axis=1, keepdims=True)
    relative = {"rate": largest, "p_1": known.p_1, "q_1": known.q_1}
    return np.asarray(sharpened.theorem2(sums, N=N, F_0=F_0, F_star=F_star, **relative))


def _theorem3(
    gamma: Floats, known: _Spread, N: Floats, L: Floats, F_0: Floats, F_star: Floats, mu: Floats
) -> Floats:
    errors = Errors(np.sqrt(known.p_sq), np.sqrt(known.q_sq), known.p_1, known.q_1)
    a, c, e = sharpened.factors(errors, rate=gamma * L / N)
    gap = np.empty_like(gamma)
    gap[:, 0] = (F_0 - F_star)[:, 0]
    # A bound at x^t, from the updates before it.
    for t in range(gamma.shape[1] - 1):
        of_update = {"gamma": gamma[:, t], "A": a[:, t], "C": c[:, t], "E": e[:, t]}
        gap[:, t + 1] = sharpened.theorem3(N=N[:, 0], mu=mu[:, 0], gap=gap[:, t], **of_update)
    return gap


_EVALUATED: dict[str, Callable[..., Floats]] = {
    "sharpened1": _theorem1,
    "sharpened2": _theorem2,
    "sharpened3": _theorem3,
}


def _series(pair: Pair, statement: str) -> Floats:
    """Return what a statement is about (curve, trial, iteration)."""
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
    """Return mean, lower and upper limit (curve, iteration), for all iterations at once."""
    found = limits(_series(pair, statement), tail=_tail(pair, level))
    if statement != "sharpened2":
        return found
    mean, low, high = (np.fmin.accumulate(one, axis=1) for one in found)
    return mean, low, high


def _found(
    pair: Pair,
    of_statement: tuple[Floats, Floats, Floats],
    right: Floats,
    statement: str,
    level: float,
) -> list[tuple[str, int | None, Floats]]:
    """Return verdict, iteration of the least ratio, and there measured, low, high, bound."""
    mean, low, high = of_statement
    bound = right[:, pair.group]
    if statement == "sharpened2":
        above, below = high <= bound.mean(axis=1), low > bound.mean(axis=1)
    else:
        # Every trial beside the bound for its own data and allocation.
        with np.errstate(invalid="ignore"):
            _, under, over = limits(_series(pair, statement) - bound, tail=_tail(pair, level))
        above, below = over <= 0, under > 0
    # At x^0 the bound on the gap is an equality.
    first = 1 if statement == "sharpened3" else 0
    found: list[tuple[str, int | None, Floats]] = []
    for curve in range(len(mean)):
        allowed = bound[curve].mean(axis=0)
        if not np.isfinite(allowed).all():
            found.append(("", None, np.full(4, np.nan)))
            continue
        upper = np.where(np.isnan(high[curve]), mean[curve], high[curve])
        with np.errstate(divide="ignore"):
            place = first + int(np.argmin((allowed / upper)[first:])) if len(upper) > first else 0
        verdict = "refuted" if below[curve, first:].any() else "undecided"
        verdict = "verified" if above[curve, first:].all() else verdict
        sides = (mean[curve, place], low[curve, place], high[curve, place], allowed[place])
        found.append((verdict, place, np.array(sides)))
    return found


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
    one = pair.bounds.isel(curve=curve)
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
        beside = float(one[paper].isel(iteration=place).mean(skipna=False))
    return {
        "experiment": pair.name,
        "curve": str(one["label"].values),
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

"""Forms of the sharpened theorems bound the error of an update, from a priori to measured."""

from functools import cache
from typing import NamedTuple

import numpy as np

from theory.beyond import update_error
from theory.beyond.primed_theorems import Errors
from theory.beyond.true_constants import TOLERANT, true_c_alpha_squared
from theory.paper.table1 import TABLE_I
from theory.runs.pairs import Floats, Pair

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


class Known(NamedTuple):
    """Known errors: p_0² and q_0² (curve, group, iteration), p_1 and q_1 (curve, group, 1)."""

    p_sq: Floats
    q_sq: Floats
    p_1: Floats
    q_1: Floats


def constants(pair: Pair, deviation: str) -> Floats:
    """Return the proved bound on each curve's true constant (curve, 1, 1), NaN if unknown."""
    names = ("aggregator", "N", "f", "tolerated", "D")
    of_curves = zip(
        *(pair.bounds.variables[name].to_numpy().tolist() for name in names), strict=True
    )
    upper_bounds = [_constant(*curve, deviation) for curve in of_curves]
    return np.array(upper_bounds)[:, np.newaxis, np.newaxis]


@cache
def _constant(rule: str, N: int, f: int, tolerated: int, D: int, deviation: str) -> float:
    known = rule in TABLE_I and (tolerated == f or (rule in TOLERANT and f < tolerated < N / 2))
    if not known:
        return float("nan")
    sizes = {"N": int(N), "f": int(f), "D": int(D), "tolerated": int(tolerated)}
    _, upper = true_c_alpha_squared(rule, **sizes, deviation=deviation)
    # Round upwards: the result must not be smaller than the exact constant.
    return float(np.nextafter(float(upper), np.inf))


def known_errors(pair: Pair, form: str) -> Known:
    """Return the error of every update in one form, NaN if the form has no value for it."""
    shape = (pair.bounds.sizes["curve"], pair.bounds.sizes["group"], pair.bounds.sizes["iteration"])
    unknown = np.full(shape, np.nan)
    if not set(_DIAGNOSED.get(form, ())) <= set(pair.runs):
        return Known(unknown, unknown, unknown[..., :1], unknown[..., :1])
    N, alpha = (of_curves(pair, name) for name in ("N", "alpha"))
    if form == "error measured":
        error, honest = (_expected(pair, name) for name in _DIAGNOSED[form])
        zero = np.zeros_like(unknown[..., :1])
        return Known(error, (np.sqrt(error) + np.sqrt(honest)) ** 2, zero, zero)
    kappa = constants(pair, "average")
    M, gain = of_curves(pair, "M"), of_groups(pair, "spread_gain")
    v_1 = of_groups(pair, "defect_rms")
    sigma_sq = of_groups(pair, "heterogeneity_mean_sq")
    with np.errstate(invalid="ignore"):
        if form == "any rule":
            errors = _of_any_rule(pair, N, alpha)
        elif form == "least squares":
            v_0 = of_groups(pair, "spread_at_minimum") / N
            v_1 = of_groups(pair, "spread_slope")
            errors = update_error.errors(N=N, alpha=alpha, kappa=kappa, v_0=v_0, v_1=v_1)
        elif form == "spread measured":
            v_0 = np.sqrt(_expected(pair, "device_deviation_sq_mean"))
            errors = update_error.errors(N=N, alpha=alpha, kappa=kappa, v_0=v_0, v_1=0 * v_1)
        else:
            if form == "sigma measured":
                sigma_sq = _expected(pair, "heterogeneity_mean_sq")
            v_0 = np.sqrt(gain * sigma_sq) * M / N
            errors = update_error.errors(N=N, alpha=alpha, kappa=kappa, v_0=v_0, v_1=v_1)
        parts = (errors.p_0**2, errors.q_0**2, errors.p_1, errors.q_1)
    wide = [np.broadcast_to(part, shape) for part in parts]
    return Known(wide[0], wide[1], wide[2][..., :1], wide[3][..., :1])


def _of_any_rule(pair: Pair, N: Floats, alpha: Floats) -> Errors:
    """Return the errors by Definition 1 and β, with the smaller of two bounds on a deviation."""
    beta = np.sqrt(of_groups(pair, "heterogeneity_max_sq"))
    radius, defect = of_groups(pair, "radius"), of_groups(pair, "defect_max")
    honest = N - of_curves(pair, "f")
    factors = (1 / (1 - alpha), 1 - 1 / honest)
    alone, paired = radius * factors[0], of_groups(pair, "pair_radius") * factors[1]
    near = alone <= paired
    return update_error.errors_of_any_rule(
        N=N,
        alpha=alpha,
        c_alpha_squared=constants(pair, "max"),
        m_0=np.where(near, alone, paired) * beta,
        m_1=np.where(near, factors[0], 2 * factors[1]) * defect,
        v_0=radius * beta,
        v_1=of_groups(pair, "defect_rms"),
    )


def of_curves(pair: Pair, name: str) -> Floats:
    """Return a setting (curve, 1, 1); ``alpha`` is f/N."""
    if name == "alpha":
        return np.asarray(pair.setting("f") / pair.setting("N"))
    return pair.setting(name)


def of_groups(pair: Pair, name: str) -> Floats:
    """Return a constant of data and allocation (curve, group, 1)."""
    return pair.of_groups(name)[..., np.newaxis]


def _expected(pair: Pair, name: str) -> Floats:
    """Return the mean over the trials of every group (curve, group, iteration)."""
    values = pair.series(name)
    groups = range(pair.bounds.sizes["group"])
    return np.stack([values[:, pair.group == group].mean(axis=1) for group in groups], axis=1)

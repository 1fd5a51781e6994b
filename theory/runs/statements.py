"""Compare the two sides of each statement on measured runs; the table is `STATEMENTS`."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from theory.paper import lemma1, lemma2
from theory.proving.evaluation import over
from theory.runs.hypotheses import NEEDED
from theory.runs.pairs import Floats, Pair, in_groups, limits

DIAGNOSED = (
    "pairwise_distance_sq",
    "heterogeneity_max_sq",
    "device_norm_sq_mean",
    "honest_mean_norm_sq",
)
"""Variables that runs measure only with diagnostics."""

ROUNDING = 1e-9
"""Largest rounding error of a distance, relative to the norm of the subtracted vectors."""

SAMPLE = 3
"""Smallest number of trials of a group from which the expectation of Lemma 2 is estimated."""


class Finding(NamedTuple):
    """The verdict on a statement for one curve, and the place that decides it."""

    verdict: str
    failing: str = ""
    factor: float = np.nan
    measured: float = np.nan
    low: float = np.nan
    high: float = np.nan
    bound: float = np.nan
    ratio: float = np.nan
    iteration: int | None = None
    group: int = 0
    beta_sq: float | None = None
    """β² in the bound if it is measured at the iterate; None if it is a constant."""


class Sides(NamedTuple):
    """Both sides of an inequality (curve, trial or group, iteration); NaN marks no measurement."""

    measured: Floats
    low: Floats
    high: Floats
    bound: Floats


class Statement(NamedTuple):
    """One row of `STATEMENTS`."""

    find: Callable[[Pair, float, int], list[Finding]]
    """Judge runs to which the statement applies: (pair, level, starts) -> one `Finding` per curve.

    ``starts`` is the number of true entries of `tells_start` over all experiments.
    """
    diagnosed: bool
    """True if the statement needs the variables in `DIAGNOSED`."""
    overlap: bool
    """True if the bound contains r − r²/M."""


def definition1(pair: Pair, level: float, starts: int) -> list[Finding]:
    """Compare ‖ĝ − ḡ‖² with C_α² ς, (7)."""
    left, spread = pair.series("aggregation_error_sq"), pair.series("honest_spread_max")
    with np.errstate(over="ignore", invalid="ignore"):
        right = pair.setting("c_alpha_squared") * spread
    # ASSUME: no honest message has a larger norm; if all agree, each is ∇F/N.
    scale = np.sqrt(spread) + np.sqrt(pair.series("gradient_norm_sq")) / pair.setting("N")
    return _every_iterate(pair, left, right, scale)


def lemma_1(pair: Pair, level: float, starts: int) -> list[Finding]:
    """Compare max ‖g_i − g_j‖² with (12) for any allocation, with β² of the iterate."""
    left, beta_sq = pair.series("pairwise_distance_sq"), pair.series("heterogeneity_max_sq")
    # Diverged runs are infinite; zero times infinity is NaN and is compared with nothing.
    with np.errstate(over="ignore", invalid="ignore"):
        right = lemma1.bound_any(
            nu=pair.constant("nu"),
            M=pair.setting("M"),
            d_min=pair.constant("d_min"),
            beta=np.sqrt(beta_sq),
            gradient_norm_sq=pair.series("gradient_norm_sq"),
        )
    scale = np.sqrt(pair.series("device_norm_sq_mean"))
    return _every_iterate(pair, left, right, scale, beta_sq)


def lemma_2(pair: Pair, level: float, starts: int) -> list[Finding]:
    """Compare the exact E‖ḡ‖² of (51) with (16), and at iteration 0 with the mean over trials."""
    squares = pair.series("device_norm_sq_mean")
    gradient_norm_sq, beta_sq = (
        pair.series(name) for name in ("gradient_norm_sq", "heterogeneity_max_sq")
    )
    N, alpha = pair.setting("N"), pair.setting("f") / pair.setting("N")
    with np.errstate(over="ignore", invalid="ignore"):
        exact = lemma2.expectation_of_norms(
            N=N, alpha=alpha, squares=N * squares, sum_sq=gradient_norm_sq
        )
        right = lemma2.bound(
            N=N,
            M=pair.setting("M"),
            r=pair.constant("most_subsets"),
            d_min=pair.constant("d_min"),
            alpha=alpha,
            beta=np.sqrt(beta_sq),
            gradient_norm_sq=gradient_norm_sq,
        )
    findings = _every_iterate(pair, exact, right, np.sqrt(squares), beta_sq)
    for curve, sample in _samples(pair, exact, (1 - level) / (2 * max(starts, 1))).items():
        findings[curve] = findings[curve]._replace(low=sample.low, high=sample.high)
        if sample.beyond > 0:
            place = (curve, sample.trial, 0)
            findings[curve] = findings[curve]._replace(
                verdict="refuted",
                measured=float(exact[place]),
                bound=float(right[place]),
                ratio=over(float(right[place]), float(exact[place])),
                iteration=0,
                group=int(pair.group[sample.trial]),
                beta_sq=float(beta_sq[place]),
            )
    return findings


class Sample(NamedTuple):
    """The mean of ‖ḡ‖² at the start over the trials of a group."""

    beyond: float
    """Distance of the expectation from the interval beyond rounding; not positive if inside."""
    low: float
    high: float
    trial: int


def tells_start(pair: Pair) -> NDArray[np.bool_]:
    """Return (curve, group): true where an expectation can be estimated.

    That takes a group with at least SAMPLE trials that share a start point.
    """
    applies = (pair.factors(NEEDED["lemma2"]) < 1).all(axis=2)
    if not set(DIAGNOSED) <= set(pair.runs):
        return np.zeros_like(applies)
    enough = np.bincount(pair.group, minlength=applies.shape[1]) >= SAMPLE
    one_point = (pair.runs["start"] == "zero").to_numpy()
    return np.asarray(applies & enough & one_point[:, np.newaxis])


def _samples(pair: Pair, exact: Floats, tail: float) -> dict[int, Sample]:
    """Return by curve the sample of its worst group; curves without a sample are left out."""
    norms, squares = pair.series("honest_mean_norm_sq"), pair.series("device_norm_sq_mean")
    worst: dict[int, Sample] = {}
    for curve, group in zip(*np.nonzero(tells_start(pair)), strict=True):
        trials = np.flatnonzero(pair.group == group)
        _, (low,), (high,) = limits(norms[[curve]][:, trials, 0], tail=tail)
        place = (curve, trials[0], 0)
        beyond = max(low - exact[place], exact[place] - high) - ROUNDING * squares[place]
        # Trials that diverge at once give no sample.
        if np.isfinite(beyond) and (curve not in worst or beyond > worst[curve].beyond):
            worst[int(curve)] = Sample(float(beyond), float(low), float(high), int(trials[0]))
    return worst


def theorem1(pair: Pair, level: float, starts: int) -> list[Finding]:
    """Compare the mean of E‖∇F(x^t)‖² over t = 0..T with (18), for every T."""
    squares = pair.series("gradient_norm_sq")
    with np.errstate(over="ignore"):
        prefixes = np.cumsum(squares, axis=-1) / np.arange(1, squares.shape[-1] + 1)
    right = pair.of_updates("theorem1")
    tail = (1 - level) / (2 * right[0].size)
    return _compared(Sides(*in_groups(pair, prefixes, tail=tail), right), np.arange(right.shape[1]))


def theorem2(pair: Pair, level: float, starts: int) -> list[Finding]:
    """Compare the minimum of E‖∇F(x^t)‖² over t = 0..T with (34), for every T.

    The minimum of estimated means is biased low. The minimum of upper limits that hold for all t
    simultaneously is still an upper limit for the minimum. Each side has the whole level.
    """
    right = pair.of_updates("theorem2")
    tail = (1 - level) / right[0].size
    estimates = in_groups(pair, pair.series("gradient_norm_sq"), tail=tail)
    mean, low, high = (np.minimum.accumulate(series, axis=-1) for series in estimates)
    return _compared(Sides(mean, low, high, right), np.arange(right.shape[1]))


def _every_iterate(
    pair: Pair, left: Floats, right: Floats, scale: Floats, beta_sq: Floats | None = None
) -> list[Finding]:
    """Compare squared norms at every iterate until divergence, less the largest rounding error."""
    with np.errstate(invalid="ignore"):
        net = np.maximum(np.sqrt(left) - ROUNDING * scale, 0) ** 2
    net[~np.isfinite(left)] = np.nan
    measured = np.where(np.isfinite(left), left, np.nan)
    return _compared(Sides(measured, net, net, right), pair.group, beta_sq, estimated=False)


def _compared(
    sides: Sides,
    groups: NDArray[np.intp],
    beta_sq: Floats | None = None,
    *,
    estimated: bool = True,
) -> list[Finding]:
    """Compare both sides of every curve; `groups` has the group of each row of the second axis."""
    arrays = np.broadcast_arrays(*sides)
    findings = []
    for curve in range(len(sides.measured)):
        of_curve = Sides(*(array[curve] for array in arrays))
        verdict, place = _decided(of_curve)
        if verdict == "not measured":
            findings.append(Finding(verdict))
            continue
        measured, low, high, bound = (float(array[place]) for array in of_curve)
        findings.append(
            Finding(
                verdict,
                measured=measured,
                low=low if estimated else np.nan,
                high=high if estimated else np.nan,
                bound=bound,
                ratio=float(_ratio(of_curve)[place]),
                iteration=int(place[1]),
                group=int(groups[place[0]]),
                beta_sq=None if beta_sq is None else float(beta_sq[curve][place]),
            )
        )
    return findings


def _decided(sides: Sides) -> tuple[str, tuple[np.intp, ...]]:
    """Return the verdict and the place (trial or group, iteration) with the least ratio."""
    known = ~np.isnan(sides.measured)
    if not known.any():
        return "not measured", ()
    if np.isnan(sides.bound[known]).any():
        raise ValueError("need a bound wherever a statement applies, got NaN")
    below = known & (sides.bound < sides.low)
    ratio = _ratio(sides)
    if below.any():
        ratio = np.where(below, over(sides.bound, sides.low), np.inf)
    # A ratio may be infinite everywhere.
    key = np.where(known, np.minimum(ratio, np.finfo(np.float64).max), np.inf)
    place = np.unravel_index(np.argmin(key), key.shape)
    above = (sides.bound >= sides.high) | ~known
    return "refuted" if below.any() else "verified" if above.all() else "undecided", place


def _ratio(sides: Sides) -> Floats:
    """Return the bound over the upper limit, or over the measured value if there is no interval."""
    upper = np.where(np.isnan(sides.high), sides.measured, sides.high)
    ratio = np.asarray(over(sides.bound, upper))
    # An infinite bound decides nothing, not even for an infinite value.
    return np.where(np.isnan(ratio), np.inf, ratio)


STATEMENTS: dict[str, Statement] = {
    "definition1": Statement(definition1, diagnosed=False, overlap=False),
    "lemma1": Statement(lemma_1, diagnosed=True, overlap=True),
    "lemma2": Statement(lemma_2, diagnosed=True, overlap=False),
    "theorem1": Statement(theorem1, diagnosed=False, overlap=True),
    "theorem2": Statement(theorem2, diagnosed=False, overlap=True),
}
"""The statements judged on measured runs, in the paper's order."""

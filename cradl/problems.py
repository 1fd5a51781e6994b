"""Generalised linear problems: f_k(x) = Σ_j φ(⟨z_j, x⟩, y_j) over the samples j of subset k.

A problem is the scalar function φ, its derivative in the first argument (the *slope* c_j, so that
∇f_k = Σ_j c_j z_j), and the constants of Assumptions 1 to 3 from the data, which hold at every x.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from cradl.arrays import Floats, Ints, slices
from cradl.numerics import iterative
from cradl.rows import Row, Table

_DENSE = 1 << 32
"""Largest m D min(m, D) at which designs (m, D) are decomposed: some seconds."""

GEMAN_MCCLURE_SLOPE = 3 * math.sqrt(3) / 16
"""Largest |φ′| of `robust_regression`, at residuals ±1/√3."""

# Newton's method converges in about ten steps, or never where the minimum is not attained.
_NEWTON_STEPS = 100
_RELATIVE_GAP = 1e-12


class Minimum(NamedTuple):
    """Proved bounds of F*, up to rounding: ``lower <= F* <= lower + gap``."""

    lower: float
    gap: float


class Heterogeneity(NamedTuple):
    """Upper bounds, over all x, on the spread of u_k = ∇f_k(x) − ∇F(x)/M over the M subsets.

    Attributes
    ----------
    largest_sq
        β² ≥ max_k ‖u_k‖², Assumption 2; infinite if no bound exists.
    mean_sq
        σ² ≥ (1/M) Σ_k ‖u_k‖².
    """

    largest_sq: float
    mean_sq: float


@dataclass(frozen=True, kw_only=True)
class Problem(Row):
    """A row of `PROBLEMS`.

    Attributes
    ----------
    loss
        φ(margins, responses), elementwise.
    slope
        ∂φ/∂margin, elementwise.
    labels
        Whether every response must be −1 or +1.
    smoothness
        designs (m, D) -> L of Assumption 1, the smallest that holds for all responses; above
        `_DENSE` at most 1 + 2 `iterative.LANCZOS_TOLERANCE` times as large.
    minimum
        (designs (m, D), responses (m,)) -> F* of Assumption 3, the infimum of F.
    heterogeneity
        (designs (m, D), responses (m,), M) -> the constants of Assumption 2.
    strong_convexity
        designs (m, D) -> the largest known μ >= 0 with ‖∇F‖² ≥ 2 μ (F − F*) at every x.
    quadratic
        Whether the loss is ½ (margin − response)².

    Examples
    --------
    ``F(x) = ½ x² + ½ (x − 2)²`` is least at x = 1, where it is 1; its second derivative is 2.

    >>> designs, responses = np.array([[1.0], [1.0]]), np.array([0.0, 2.0])
    >>> row = PROBLEMS["least_squares"]
    >>> round(row.minimum(designs, responses).lower, 12), round(row.smoothness(designs), 12)
    (1.0, 2.0)

    One sample a subset, the same curvature: the gradients x and x − 2 stay 1 from their mean.

    >>> row.heterogeneity(designs, responses, 2)
    Heterogeneity(largest_sq=1.0, mean_sq=1.0)
    """

    CALLED: ClassVar[tuple[str, ...]] = (
        "loss",
        "slope",
        "smoothness",
        "minimum",
        "heterogeneity",
        "strong_convexity",
    )

    loss: Callable[[Floats, Floats], Floats]
    slope: Callable[[Floats, Floats], Floats]
    labels: bool
    smoothness: Callable[[Floats], float]
    minimum: Callable[[Floats, Floats], Minimum]
    heterogeneity: Callable[[Floats, Floats, int], Heterogeneity]
    strong_convexity: Callable[[Floats], float]
    quadratic: bool = False


def _half_square(margins: Floats, responses: Floats) -> Floats:
    """Eq. (41): ½(⟨x, z⟩ − y)²."""
    return 0.5 * (margins - responses) ** 2


def residual(margins: Floats, responses: Floats) -> Floats:
    """⟨x, z⟩ − y, the slope of (41)."""
    return margins - responses


def _largest_curvature(designs: Floats) -> float:
    """λ_max(Σ_j z_j z_jᵀ), the largest eigenvalue of the Hessian where every φ″ is 1."""
    if _is_dense(designs):
        return float(np.linalg.norm(designs, ord=2) ** 2)
    return sum(iterative.largest_eigenvalue(designs))


def _is_dense(designs: Floats) -> bool:
    return bool(designs.size * min(designs.shape) <= _DENSE)


def _least_curvature(designs: Floats) -> float:
    """Return the least positive eigenvalue of Σ_j z_j z_jᵀ: along the others F is constant.

    Above `_DENSE` a lower bound: that of `iterative.least_eigenvalue`.
    """
    if not _is_dense(designs):
        return iterative.least_eigenvalue(designs)
    sizes = np.linalg.svd(designs, compute_uv=False)
    threshold = sizes[0] * max(designs.shape) * np.finfo(np.float64).eps
    return float(sizes[sizes > threshold].min(initial=np.inf) ** 2) if sizes[0] else 0.0


def _unknown(designs: Floats) -> float:
    return 0.0


def _least_squares_minimum(designs: Floats, responses: Floats) -> Minimum:
    if _is_dense(designs):
        solution = np.linalg.lstsq(designs, responses)[0]
        return Minimum(float(_half_square(designs @ solution, responses).sum()), 0.0)
    return _bounded_minimum(designs, responses)


def _bounded_minimum(designs: Floats, responses: Floats) -> Minimum:
    """Bound F* at an approximate fit x: F(x) ≥ F* ≥ F(x) − ‖∇F(x)‖²/(2μ), and F* ≥ 0.

    Zero is the lower bound where no μ is proved. Where m ≤ D and the rows are independent, F* is 0.
    """
    residuals = designs @ iterative.fit(designs, responses) - responses
    reached = float((0.5 * residuals**2).sum())
    gradient, curvature = residuals @ designs, iterative.least_eigenvalue(designs)
    excess = float(gradient @ gradient) / (2 * curvature) if curvature else np.inf
    gap = min(excess, reached)
    return Minimum(reached - gap, gap)


def _least_squares_heterogeneity(designs: Floats, responses: Floats, M: int) -> Heterogeneity:
    """∇f_k = H_k x − b_k: u_k is bounded if and only if all H_k are equal, and then constant."""
    D = designs.shape[1]
    blocks, targets = designs.reshape(M, -1, D), responses.reshape(M, -1)
    if not _equal_curvatures(blocks):
        return Heterogeneity(np.inf, np.inf)

    def pulls(subsets: slice) -> Floats:
        return np.asarray(np.einsum("knd,kn->kd", blocks[subsets], targets[subsets]))

    parts = list(slices(M, D))
    mean = np.sum([pulls(part).sum(axis=0) for part in parts], axis=0) / M
    deviations = np.concatenate([((pulls(part) - mean) ** 2).sum(axis=1) for part in parts])
    return Heterogeneity(float(deviations.max()), float(deviations.mean()))


def _equal_curvatures(blocks: Floats) -> bool:
    """Tell whether Z_kᵀ Z_k of all blocks (M, m/M, D) are equal; some rows at a time."""
    D = blocks.shape[2]
    others = [one for one in blocks[1:] if not np.array_equal(one, blocks[0])]
    for part in slices(D, D):
        rows = blocks[0][:, part].T @ blocks[0]
        if not all(np.array_equal(one[:, part].T @ one, rows) for one in others):
            return False
    return True


def _log_loss(margins: Floats, labels: Floats) -> Floats:
    """Logistic regression: log(1 + exp(−y⟨x, z⟩)) for labels y = ±1."""
    return np.logaddexp(0.0, -labels * margins)


def minus_doubt(margins: Floats, labels: Floats) -> Floats:
    """−y times the probability that the model gives to the other label."""
    from scipy.special import expit

    return np.asarray(-labels * expit(-labels * margins))


def _quarter_curvature(designs: Floats) -> float:
    """¼ λ_max(Σ_j z_j z_jᵀ): φ″ = p(1 − p) ≤ ¼ with equality at x = 0, whatever the labels."""
    return 0.25 * _largest_curvature(designs)


def _logistic_minimum(designs: Floats, labels: Floats) -> Minimum:
    """Bound F* from both sides at every iterate of Newton's method.

    With a_j = y_j z_j and the binary entropy H, convexity gives log(1 + e^(−s)) ≥ H(q) − q s for
    every q in [0, 1]; hence F* ≥ Σ_j H(q_j) wherever Σ_j q_j a_j = 0. The probabilities p of the
    iterate become such a q by a Newton step n: q_j = p_j − p_j(1 − p_j)⟨a_j, n⟩. Where some x
    separates the labels, F vanishes along it and F* = 0 is not attained.

    Above `_DENSE` the bounds are 0 and what descent reaches.
    """
    from scipy.special import entr, expit

    if not _is_dense(designs):
        start = np.zeros(designs.shape[1])
        return Minimum(0.0, _descended(_log_loss, minus_doubt, designs, labels, start))

    signed = labels[:, np.newaxis] * designs
    sizes = 0.5 ** np.arange(30)
    x, lower, upper = np.zeros(designs.shape[1]), 0.0, np.inf
    for _ in range(_NEWTON_STEPS):
        margins = signed @ x
        if margins.min() > 0:
            return Minimum(0.0, 0.0)
        upper = min(upper, float(np.logaddexp(0.0, -margins).sum()))
        p = expit(-margins)
        curvature = p * (1 - p)
        step = np.linalg.lstsq(signed.T @ (curvature[:, np.newaxis] * signed), signed.T @ p)[0]
        along = signed @ step
        q = p - curvature * along
        if q.min() >= 0 and q.max() <= 1:
            lower = max(lower, float((entr(q) + entr(1 - q)).sum()))
        if upper - lower <= _RELATIVE_GAP * upper:
            break
        ahead = margins[:, np.newaxis] + along[:, np.newaxis] * sizes
        x = x + sizes[np.logaddexp(0.0, -ahead).sum(axis=0).argmin()] * step
    # By rounding, the bounds may pass each other by some last bits.
    return Minimum(min(lower, upper), max(upper - lower, 0.0))


def _logistic_heterogeneity(designs: Floats, labels: Floats, M: int) -> Heterogeneity:
    """Slopes lie between 0 and −y."""
    return _of_bounded_slopes(designs, np.minimum(-labels, 0.0), np.maximum(-labels, 0.0), M)


def _geman_mcclure(margins: Floats, responses: Floats) -> Floats:
    """Robust regression: u²/(2(1 + u²)) of the residual u = ⟨x, z⟩ − y, bounded and not convex."""
    residuals = margins - responses
    # The root of 1 + u² where u² would overflow.
    return 0.5 * (residuals / np.hypot(1.0, residuals)) ** 2


def geman_mcclure_slope(margins: Floats, responses: Floats) -> Floats:
    """u/(1 + u²)² of the residual u, the slope of `_geman_mcclure`."""
    residuals = margins - responses
    shrinking = 1 / np.hypot(1.0, residuals)
    return residuals * shrinking**4


def _geman_mcclure_minimum(designs: Floats, responses: Floats) -> Minimum:
    """F ≥ 0; and F* is at most what descent reaches from zero and from the least-squares fit."""
    starts = np.zeros(designs.shape[1]), _fit(designs, responses)
    reached = [
        _descended(_geman_mcclure, geman_mcclure_slope, designs, responses, start)
        for start in starts
    ]
    return Minimum(0.0, min(reached))


def _fit(designs: Floats, responses: Floats) -> Floats:
    """Return the least-squares fit x (D,), above `_DENSE` one near it."""
    if _is_dense(designs):
        return np.asarray(np.linalg.lstsq(designs, responses)[0], np.float64)
    return iterative.fit(designs, responses)


def _descended(
    loss: Callable[[Floats, Floats], Floats],
    slope: Callable[[Floats, Floats], Floats],
    designs: Floats,
    responses: Floats,
    start: Floats,
) -> float:
    """Return the value of F that a quasi-Newton method reaches from `start`."""

    def value_and_gradient(x: Floats) -> tuple[float, Floats]:
        margins = designs @ x
        return float(loss(margins, responses).sum()), slope(margins, responses) @ designs

    # Half a second to load, which no other problem should cost; likewise scipy.special above.
    import scipy.optimize

    return float(
        scipy.optimize.minimize(value_and_gradient, start, jac=True, method="L-BFGS-B").fun
    )


def _geman_mcclure_heterogeneity(designs: Floats, responses: Floats, M: int) -> Heterogeneity:
    """Slopes lie within ±3√3/16, and at one x any of them may be anything in between."""
    largest = np.full(len(designs), GEMAN_MCCLURE_SLOPE)
    return _of_bounded_slopes(designs, -largest, largest, M)


def _of_bounded_slopes(designs: Floats, lowest: Floats, highest: Floats, M: int) -> Heterogeneity:
    """Bound the spread of the subsets' gradients where each slope lies in an interval.

    With c_j = middle_j + half_j ε_j, |ε_j| ≤ 1, any Σ_j w_j c_j z_j is a fixed vector plus
    Σ_j a_j ε_j z_j, a_j = |w_j| half_j, whose norm is at most

        √(Σ_j a_j ‖z_j‖ · λ_max(Σ_j a_j z_j z_jᵀ / ‖z_j‖))

    (Cauchy-Schwarz along each direction), itself at most Σ_j a_j ‖z_j‖, which is all that is used
    where M matrices (D, D) have more than `_DENSE` entries. For u_k the weights w_j are
    1 − 1/M inside subset k and −1/M outside. For σ², about any centre, here the mean of the fixed
    vectors, Σ_k ‖∇f_k − centre‖² ≥ Σ_k ‖u_k‖².
    """
    middle, half = (lowest + highest) / 2, (highest - lowest) / 2
    if M * designs.shape[1] ** 2 > _DENSE:
        return _of_bounded_lengths(designs, middle, half, M)
    norms = np.linalg.norm(designs, axis=1)
    roots = np.sqrt(np.divide(half, norms, out=np.zeros_like(norms), where=norms > 0))
    blocks = (roots[:, np.newaxis] * designs).reshape(M, -1, designs.shape[1])
    lengths, matrices = (half * norms).reshape(M, -1).sum(axis=1), blocks.mT @ blocks
    fixed = (middle[:, np.newaxis] * designs).reshape(blocks.shape).sum(axis=1)
    distances = np.linalg.norm(fixed - fixed.mean(axis=0), axis=1)

    def squares(own: float, all_subsets: float) -> Floats:
        """Bound the squares for weights `own` + `all_subsets` inside and `all_subsets` outside."""
        length = own * lengths + all_subsets * lengths.sum()
        matrix = own * matrices + all_subsets * matrices.sum(axis=0)
        largest = np.linalg.eigvalsh(matrix)[:, -1].clip(min=0.0)
        return np.asarray((distances + np.sqrt(length * largest)) ** 2)

    centred = squares(1 - 2 / M, 1 / M)
    return Heterogeneity(float(centred.max()), float(min(centred.mean(), squares(1.0, 0.0).mean())))


def _of_bounded_lengths(designs: Floats, middle: Floats, half: Floats, M: int) -> Heterogeneity:
    """Bound as `_of_bounded_slopes` by Σ_j a_j ‖z_j‖ alone; some subsets at a time."""
    m, D = designs.shape
    per_subset, samples = m // M, np.arange(m).reshape(M, -1)
    parts = [samples[subsets].ravel() for subsets in slices(M, per_subset * D)]

    def fixed(part: Ints) -> Floats:
        rows = middle[part, np.newaxis] * designs[part]
        return np.asarray(rows.reshape(-1, per_subset, D).sum(axis=1))

    norms = np.concatenate([np.linalg.norm(designs[part], axis=1) for part in parts])
    mean = np.sum([fixed(part).sum(axis=0) for part in parts], axis=0) / M
    distances = np.concatenate([np.linalg.norm(fixed(part) - mean, axis=1) for part in parts])
    lengths = (half * norms).reshape(M, -1).sum(axis=1)
    centred = (distances + (1 - 2 / M) * lengths + lengths.sum() / M) ** 2
    return Heterogeneity(
        float(centred.max()), float(min(centred.mean(), ((distances + lengths) ** 2).mean()))
    )


PROBLEMS = Table(
    "PROBLEMS",
    Problem,
    {
        "least_squares": Problem(
            loss=_half_square,
            slope=residual,
            labels=False,
            smoothness=_largest_curvature,
            minimum=_least_squares_minimum,
            heterogeneity=_least_squares_heterogeneity,
            strong_convexity=_least_curvature,
            quadratic=True,
        ),
        "logistic": Problem(
            loss=_log_loss,
            slope=minus_doubt,
            labels=True,
            smoothness=_quarter_curvature,
            minimum=_logistic_minimum,
            heterogeneity=_logistic_heterogeneity,
            strong_convexity=_unknown,
        ),
        "robust_regression": Problem(
            loss=_geman_mcclure,
            slope=geman_mcclure_slope,
            labels=False,
            # φ″ = (1 − 3u²)/(1 + u²)³ lies in [−¼, 1] and is 1 if a residual is zero.
            smoothness=_largest_curvature,
            minimum=_geman_mcclure_minimum,
            heterogeneity=_geman_mcclure_heterogeneity,
            strong_convexity=_unknown,
        ),
    },
)

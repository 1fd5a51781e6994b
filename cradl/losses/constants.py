"""Bounds that hold at every model: curvature, F*, the spread of the subsets' gradients."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from cradl.arrays import Floats, Ints, slices
from cradl.numerics import iterative

DENSE = 1 << 32
"""Largest m D min(m, D) at which designs (m, D) are decomposed: some seconds."""


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


class Reached(NamedTuple):
    """Where a quasi-Newton method ends: the point, and the value there."""

    x: Floats
    value: float


def minimised(
    value_and_gradient: Callable[[Floats], tuple[float, Floats]], start: Floats
) -> Reached:
    """Return what L-BFGS reaches from `start`."""
    # Half a second to load, which no other problem should cost.
    import scipy.optimize

    found = scipy.optimize.minimize(value_and_gradient, start, jac=True, method="L-BFGS-B")
    return Reached(np.asarray(found.x, np.float64), float(found.fun))


def largest_curvature(designs: Floats) -> float:
    """λ_max(Σ_j z_j z_jᵀ), the largest eigenvalue of the Hessian where every φ″ is 1."""
    if is_dense(designs):
        return float(np.linalg.norm(designs, ord=2) ** 2)
    return sum(iterative.largest_eigenvalue(designs))


def is_dense(designs: Floats) -> bool:
    """Tell whether designs (m, D) are small enough to be decomposed."""
    return bool(designs.size * min(designs.shape) <= DENSE)


def least_curvature(designs: Floats) -> float:
    """Return the least positive eigenvalue of Σ_j z_j z_jᵀ: along the others F is constant.

    Above `DENSE` a lower bound: that of `iterative.least_eigenvalue`.
    """
    if not is_dense(designs):
        return iterative.least_eigenvalue(designs)
    sizes = np.linalg.svd(designs, compute_uv=False)
    threshold = sizes[0] * max(designs.shape) * np.finfo(np.float64).eps
    return float(sizes[sizes > threshold].min(initial=np.inf) ** 2) if sizes[0] else 0.0


def of_bounded_slopes(designs: Floats, lowest: Floats, highest: Floats, M: int) -> Heterogeneity:
    """Bound the spread of the subsets' gradients where each slope lies in an interval."""
    return of_slopes_in_balls(designs, (lowest + highest) / 2, (highest - lowest) / 2, M)


def of_slopes_in_balls(designs: Floats, centres: Floats, radii: Floats, M: int) -> Heterogeneity:
    """Bound the spread of the subsets' gradients where each slope lies in a ball.

    Slopes are numbers, or vectors: ∇f_k = Σ_j c_j z_jᵀ. With c_j = centre_j + radius_j ε_j,
    ‖ε_j‖ ≤ 1, any Σ_j w_j c_j z_jᵀ is a fixed matrix plus Σ_j a_j ε_j z_jᵀ, a_j = |w_j| radius_j,
    whose Frobenius norm is at most

        √(Σ_j a_j ‖z_j‖ · λ_max(Σ_j a_j z_j z_jᵀ / ‖z_j‖))

    (Cauchy-Schwarz along each direction), itself at most Σ_j a_j ‖z_j‖, which is all that is used
    where M matrices (D, D) have more than `DENSE` entries. For u_k the weights w_j are
    1 − 1/M inside subset k and −1/M outside. For σ², about any centre, here the mean of the fixed
    matrices, Σ_k ‖∇f_k − centre‖² ≥ Σ_k ‖u_k‖².

    Parameters
    ----------
    designs
        z_j (m, D).
    centres, radii
        Of the balls: (m,) or (m, C), and (m,).
    """
    if M * designs.shape[1] ** 2 > DENSE:
        return _of_bounded_lengths(designs, centres, radii, M)
    norms = np.linalg.norm(designs, axis=1)
    roots = np.sqrt(np.divide(radii, norms, out=np.zeros_like(norms), where=norms > 0))
    blocks = (roots[:, np.newaxis] * designs).reshape(M, -1, designs.shape[1])
    lengths, matrices = (radii * norms).reshape(M, -1).sum(axis=1), blocks.mT @ blocks
    fixed = subset_sums(centres, designs, M)
    distances = np.linalg.norm(fixed - fixed.mean(axis=0), axis=1)

    def squares(own: float, all_subsets: float) -> Floats:
        """Bound the squares for weights `own` + `all_subsets` inside and `all_subsets` outside."""
        length = own * lengths + all_subsets * lengths.sum()
        matrix = own * matrices + all_subsets * matrices.sum(axis=0)
        largest = np.linalg.eigvalsh(matrix)[:, -1].clip(min=0.0)
        return np.asarray((distances + np.sqrt(length * largest)) ** 2)

    centred = squares(1 - 2 / M, 1 / M)
    return Heterogeneity(float(centred.max()), float(min(centred.mean(), squares(1.0, 0.0).mean())))


def subset_sums(slopes: Floats, designs: Floats, M: int) -> Floats:
    """Return Σ_j c_j z_jᵀ over the samples of each subset, one row (M, D) or (M, C D) a subset."""
    D = designs.shape[1]
    if slopes.ndim == 1:
        rows: Floats = (slopes[:, np.newaxis] * designs).reshape(M, -1, D).sum(axis=1)
        return rows
    C = slopes.shape[1]
    sums: Floats = slopes.reshape(M, -1, C).mT @ designs.reshape(M, -1, D)
    return sums.reshape(M, C * D)


def _of_bounded_lengths(designs: Floats, centres: Floats, radii: Floats, M: int) -> Heterogeneity:
    """Bound as `of_slopes_in_balls` by Σ_j a_j ‖z_j‖ alone; some subsets at a time."""
    m, D = designs.shape
    per_subset, samples = m // M, np.arange(m).reshape(M, -1)
    parts = [samples[subsets].ravel() for subsets in slices(M, per_subset * D)]

    def fixed(part: Ints) -> Floats:
        return subset_sums(centres[part], designs[part], len(part) // per_subset)

    norms = np.concatenate([np.linalg.norm(designs[part], axis=1) for part in parts])
    mean = np.sum([fixed(part).sum(axis=0) for part in parts], axis=0) / M
    distances = np.concatenate([np.linalg.norm(fixed(part) - mean, axis=1) for part in parts])
    lengths = (radii * norms).reshape(M, -1).sum(axis=1)
    centred = (distances + (1 - 2 / M) * lengths + lengths.sum() / M) ** 2
    return Heterogeneity(
        float(centred.max()), float(min(centred.mean(), ((distances + lengths) ** 2).mean()))
    )

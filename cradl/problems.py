"""Generalised linear problems: f_k(x) = Σ_j φ(⟨z_j, x⟩, y_j) over the samples j of subset k.

A problem is the scalar function φ, its derivative in the first argument (the *slope* c_j, so that
∇f_k = Σ_j c_j z_j), and how to compute the constants of Assumptions 1 and 3 from the data.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from cradl.kernels import Floats


class Problem(NamedTuple):
    """One row of `PROBLEMS`.

    Attributes
    ----------
    loss
        φ(margins, responses), elementwise.
    slope
        ∂φ/∂margin, elementwise.
    smoothness
        designs (m, D) -> the smallest L of Assumption 1.
    minimum
        (designs (m, D), responses (m,)) -> F*, the minimum of F (Assumption 3, attained).
    """

    loss: Callable[[Floats, Floats], Floats]
    slope: Callable[[Floats, Floats], Floats]
    smoothness: Callable[[Floats], float]
    minimum: Callable[[Floats, Floats], float]


def _half_square(margins: Floats, responses: Floats) -> Floats:
    """Eq. (41): ½(⟨x, z⟩ − y)²."""
    return 0.5 * (margins - responses) ** 2


def _residual(margins: Floats, responses: Floats) -> Floats:
    return margins - responses


def _largest_curvature(designs: Floats) -> float:
    """λ_max(Σ_j z_j z_jᵀ), the Hessian of (41)."""
    return float(np.linalg.norm(designs, ord=2) ** 2)


def _least_squares_minimum(designs: Floats, responses: Floats) -> float:
    solution = np.linalg.lstsq(designs, responses)[0]
    return float(_half_square(designs @ solution, responses).sum())


PROBLEMS: dict[str, Problem] = {
    "least_squares": Problem(_half_square, _residual, _largest_curvature, _least_squares_minimum),
}

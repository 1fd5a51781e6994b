"""Evaluate Section III on small instances in exact arithmetic: allocations, coded gradients (5)."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = Sequence[Sequence[int | Fraction]]
"""A matrix, row by row: S of shape (N, M), or M gradients of shape (M, D)."""


def exact(rows: Rows | NDArray[Any]) -> NDArray[Any]:
    """Return a matrix of fractions."""
    return np.array([[Fraction(entry) for entry in row] for row in rows], dtype=object)


def degrees(S: Rows) -> list[int]:
    """Return d_1..d_M, the number of devices that hold each subset."""
    return [int(d) for d in exact(S).sum(axis=0)]


def coded_gradients(S: Rows, gradients: Rows) -> NDArray[Any]:
    """Return g_1..g_N of shape (N, D); a subset on no device is in none of them.

    Source: (5).
    """
    weights = [Fraction(1, d) if d else Fraction(0) for d in degrees(S)]
    coded: NDArray[Any] = exact(S) @ (np.array(weights, dtype=object)[:, None] * exact(gradients))
    return coded


def norm_sq(vector: NDArray[Any]) -> Fraction:
    """Return ‖v‖²."""
    return Fraction(sum(entry**2 for entry in vector))


def gradient_norm_sq(gradients: Rows) -> Fraction:
    """Return ‖∇F‖², the squared norm of the sum of the gradients."""
    return norm_sq(exact(gradients).sum(axis=0))


def heterogeneity_sq(gradients: Rows) -> Fraction:
    """Return the smallest β² of Assumption 2 for these gradients: max ‖∇f_k − ∇F/M‖²."""
    rows = exact(gradients)
    centre = rows.sum(axis=0) / Fraction(len(rows))
    return max(norm_sq(row - centre) for row in rows)


def largest_difference_sq(S: Rows, gradients: Rows) -> Fraction:
    """Return the left side of (12), max ‖g_i − g_j‖²."""
    coded = coded_gradients(S, gradients)
    return max(norm_sq(g_i - g_j) for g_i, g_j in combinations(coded, 2))


def largest_surplus(S: Rows) -> int:
    """Return ν = max |S_i∖S_j|."""
    held = [{k for k, s in enumerate(row) if s} for row in S]
    return max(len(S_i - S_j) for S_i in held for S_j in held)


def overlaps(S: Rows) -> set[int]:
    """Return all values that |S_i∩S_j| takes, i ≠ j."""
    return {int((row_i * row_j).sum()) for row_i, row_j in combinations(exact(S), 2)}


BALANCED: Rows = ((1, 1, 0, 0), (1, 0, 1, 0), (1, 0, 0, 1))
"""A pair-wise balanced allocation: N = 3, M = 4, r = 2, overlaps r²/M = 1, d = (3, 1, 1, 1)."""

CYCLIC: Rows = ((1, 1, 0, 0), (0, 1, 1, 0), (0, 0, 1, 1), (1, 0, 0, 1))
"""A regular allocation that is not balanced: N = M = 4, r = d = 2, overlaps 0 and 1, r²/M = 1."""

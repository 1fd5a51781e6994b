"""Messages in units in which their distances neither overflow nor vanish."""

import math

import numpy as np

from cradl.arrays import Floats
from cradl.numerics.kernels import gaps_to
from cradl.rules.coordinates import median

FAR = 1e140
"""Squares of this and their sums are finite; beside it a distance of 1 is lost to rounding."""


def gaps_of(messages: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the coordinate-wise median, half of each message's gap to it, and these halves' sizes.

    An offset that all messages share is gone. A size is the largest absolute entry.
    """
    centre = median(messages, 0)
    gaps, sizes = np.empty(messages.shape), np.empty(len(messages))
    gaps_to(centre, messages, gaps, sizes)
    return centre, gaps, sizes


def in_units_of_rank(gaps: Floats, sizes: Floats, rank: int) -> tuple[Floats, float]:
    """Divide the gaps, in place, by the size of the one of this rank, as a power of two.

    The smallest has rank 0. What is farther than `FAR` units is pulled in to there: who is near
    sees it in the same direction. The unit is zero if that gap is.
    """
    size = float(np.partition(sizes, rank)[rank])
    if size == 0:
        return gaps, 0.0
    unit = math.ldexp(1.0, math.frexp(size)[1] - 1)
    gaps /= np.maximum(unit, sizes / FAR)[:, np.newaxis]
    return gaps, unit


def mean_of(messages: Floats) -> Floats:
    """Average the rows (n, D).

    Each is scaled before it is added: a sum of huge finite values would overflow.
    """
    average: Floats = (messages / len(messages)).sum(axis=0)
    return average


def lengths_of(vectors: Floats) -> Floats:
    """Return the root mean square (n,) of the entries of each row (n, D): its norm over √D.

    Rows are scaled by powers of two, so that nothing overflows and equal norms stay equal.
    """
    sizes = np.abs(vectors).max(axis=1)
    units = powers_of(sizes)
    squares = ((vectors / units[:, np.newaxis]) ** 2).mean(axis=1)
    lengths: Floats = units * np.sqrt(squares)
    return lengths


def powers_of(sizes: Floats) -> Floats:
    """Return the largest power of two up to each size; 1 for a size of zero."""
    exponents = np.frexp(np.where(sizes > 0, sizes, 1.0))[1]
    powers: Floats = np.ldexp(1.0, exponents - 1)
    return powers

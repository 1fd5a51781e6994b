"""Rules that compare all subsets of N - f messages."""

import itertools
import math

import numpy as np

from cradl.arrays import Floats
from cradl.numerics.choosing import least_diameter
from cradl.numerics.kernels import squared_distances
from cradl.rules.units import gaps_of, in_units_of_rank, mean_of

MOST_SUBSETS = 10**6
"""More are refused, before anything is computed."""

_TOGETHER = 2**20
"""Numbers in the subsets whose eigenvalues are computed together."""


def subsets_of(N: int, f: int) -> int:
    """Return how many subsets of N − f messages there are.

    Examples
    --------
    >>> subsets_of(22, 10), subsets_of(100, 20)
    (646646, 535983370403809682970)
    """
    return math.comb(N, f)


def largest_enumerable(N: int) -> int:
    """Return the largest f < N/2 for which N messages have at most `MOST_SUBSETS` subsets.

    Examples
    --------
    >>> [largest_enumerable(N) for N in (1, 10, 22, 23, 100)]
    [0, 4, 10, 9, 3]
    """
    return max(f for f in range((N + 1) // 2) if subsets_of(N, f) <= MOST_SUBSETS)


def mda(messages: Floats, f: int) -> Floats:
    """Mean of the N - f messages whose largest distance to each other is smallest.

    Of equally wide subsets the first in lexicographic order counts.

    Source: El Mhamdi et al., PODC 2020 (minimum-diameter averaging); as "Brute" in El Mhamdi,
    Guerraoui and Rouault, ICML 2018.

    Examples
    --------
    >>> mda(np.array([[0.0], [4.0], [5.0], [7.0]]), 1)
    array([5.33333333])
    """
    N = len(messages)
    centre, gaps, sizes = gaps_of(messages)
    # The median is between the messages of any majority: the best subset is within few units.
    points, unit = in_units_of_rank(gaps, sizes, N - f - 1)
    if unit == 0:
        return centre
    distances = np.empty((N, N))
    squared_distances(points, np.arange(N), distances)
    return mean_of(messages[least_diameter(distances, N - f)])


def smea(messages: Floats, f: int) -> Floats:
    """Mean of the N - f messages whose covariance matrix has the smallest largest eigenvalue.

    Source: Allouah et al., ICML 2023, "On the Privacy-Robustness-Utility Trilemma in Distributed
    Learning" (smallest maximum eigenvalue averaging).

    Examples
    --------
    >>> smea(np.array([[0.0], [4.0], [5.0], [7.0]]), 1)
    array([5.33333333])
    """
    N, D = messages.shape
    size = N - f
    centre, gaps, sizes = gaps_of(messages)
    points, unit = in_units_of_rank(gaps, sizes, size - 1)
    if unit == 0:
        return centre
    subsets = itertools.combinations(range(N), size)
    best, record = np.arange(size), math.inf
    while batch := list(itertools.islice(subsets, max(_TOGETHER // (size * D), 1))):
        chosen = np.array(batch)
        rows = points[chosen]
        rows -= rows.mean(axis=1, keepdims=True)
        turned = rows.transpose(0, 2, 1)
        products = turned @ rows if size > D else rows @ turned
        largest = np.linalg.eigvalsh(products)[:, -1]
        place = int(largest.argmin())
        if largest[place] < record:
            best, record = chosen[place], float(largest[place])
    return mean_of(messages[best])

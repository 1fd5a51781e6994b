"""Choosing messages by their distances to each other, compiled."""

import math

import numpy as np

from cradl.arrays import Flags, Floats, Ints
from cradl.numerics.compiled import compiled


@compiled
def choose_in_turn(distances: Floats, order: Ints, f: int, chosen: Flags) -> None:
    """Mark N - 2f of N messages, one after the other, as Bulyan lets Krum choose them.

    Parameters
    ----------
    distances
        Squared distances (N, N).
    order
        (N, N): the indices that sort each row of them.
    chosen
        (N,), all false.
    """
    N = len(distances)
    for left in range(N, 2 * f, -1):
        neighbours = max(left - f - 2, 1)
        best, record = -1, math.inf
        for i in range(N):
            if chosen[i]:
                continue
            total, count = 0.0, 0
            for place in range(N):
                j = order[i, place]
                if j == i or chosen[j]:
                    continue
                if count == neighbours:
                    break
                total += distances[i, j]
                count += 1
            if best < 0 or total < record:
                best, record = i, total
        chosen[best] = True


@compiled
def least_diameter(distances: Floats, size: int) -> Ints:
    """Return the subset (size,) whose largest distance is smallest; the first in order of equals.

    All subsets are enumerated in lexicographic order, but for those with a part that is as wide as
    the best so far.
    """
    N = len(distances)
    best, chosen = math.inf, np.arange(size)
    current, widths = np.zeros(size, np.int64), np.zeros(size)
    place, candidate = 0, 0
    while True:
        if candidate > N - size + place:
            if place == 0:
                return chosen
            place -= 1
            candidate = current[place] + 1
            continue
        width = widths[place - 1] if place else 0.0
        for earlier in range(place):
            width = max(width, distances[current[earlier], candidate])
        if width < best:
            current[place], widths[place] = candidate, width
            if place == size - 1:
                best = width
                chosen[:] = current
            else:
                place += 1
        candidate += 1

"""The inner loops that NumPy cannot express without large temporaries, compiled by numba."""

import math

import numpy as np

from cradl.arrays import Flags, Floats, Ints
from cradl.numerics.compiled import compiled, compiled_reordering


@compiled_reordering
def squared(value: float) -> float:
    """Return the square, for loops that may take their sums in any order.

    Numba compiles ``value ** 2`` as a call that keeps the ``fastmath`` of whoever made it first.
    """
    return value * value


@compiled
def copy_into(source: Floats, target: Floats) -> None:
    """Copy a vector: a tenth of what numba compiles for a slice, which would check the shapes."""
    for j in range(len(source)):
        target[j] = source[j]


@compiled_reordering
def all_finite(messages: Floats) -> bool:
    """Say whether no entry of (N, D) is NaN or infinite: zero times such an entry is NaN."""
    total = 0.0
    for i in range(messages.shape[0]):
        for j in range(messages.shape[1]):
            total += 0.0 * messages[i, j]
    return bool(total == 0.0)


@compiled
def gaps_to(centre: Floats, rows: Floats, gaps: Floats, sizes: Floats) -> None:
    """Write half of the gap from `centre` (D,) to each of the rows (N, D), and its size (N,).

    Halves of finite numbers differ by finite numbers. The size is the largest absolute entry.
    """
    N, D = rows.shape
    for i in range(N):
        largest = 0.0
        for j in range(D):
            gap = 0.5 * rows[i, j] - 0.5 * centre[j]
            gaps[i, j] = gap
            largest = max(largest, abs(gap))
        sizes[i] = largest


@compiled_reordering
def squared_distances(points: Floats, chosen: Ints, result: Floats) -> None:
    """Write the squared distances of `chosen` points (C,) to all (N, D) into `result` (C, N).

    The indices `chosen` ascend: the distance of two of them is taken once.
    """
    N, D = points.shape
    for row in range(len(chosen)):
        i, before = chosen[row], 0
        for k in range(N):
            if before < row and chosen[before] == k:
                result[row, k] = result[before, i]
                before += 1
                continue
            total = 0.0
            for j in range(D):
                total += squared(points[i, j] - points[k, j])
            result[row, k] = total


@compiled_reordering
def drop_farthest(points: Floats, sizes: Floats, f: int, kept: Flags) -> None:
    """Unmark, f times, the marked point (N, D) that is farthest from the mean of the marked ones.

    Of equally far points the first goes. `sizes` (N,) holds each point's largest absolute entry,
    by which all are scaled: nothing overflows. Points and mean are compared as multiples, ``n`` of
    them marked, so that no division makes equal distances unequal.
    """
    N, D = points.shape
    total = np.empty(D)
    for n in range(N, N - f, -1):
        largest = 0.0
        for i in range(N):
            if kept[i]:
                largest = max(largest, sizes[i])
        # A power of two, which rounds nothing; below 2^1024 for the smallest numbers too.
        scale = math.ldexp(1.0, min(-math.frexp(largest)[1], 1023))
        total[:] = 0.0
        for i in range(N):
            if kept[i]:
                for j in range(D):
                    total[j] += scale * points[i, j]
        farthest, record = 0, -1.0
        for i in range(N):
            if kept[i]:
                distance = 0.0
                for j in range(D):
                    distance += squared(n * (scale * points[i, j]) - total[j])
                if distance > record:
                    farthest, record = i, distance
        kept[farthest] = False

"""The inner loops that NumPy cannot express without large temporaries, compiled by numba.

None uses all of ``fastmath``, which would delete the tests for NaN and infinity. Some let sums be
taken in any order: NaN and infinity stay what they are, and the last bits depend on the vector
width of the machine.
"""

import math
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np

from cradl.arrays import Flags, Floats, Indices, Ints, Matrix

_F = TypeVar("_F", bound=Callable[..., Any])


def _compiled(function: _F) -> _F:
    """Compile, keeping the Python signature for the type checker."""
    return cast(_F, numba.njit(cache=True)(function))


def _compiled_reordering(function: _F) -> _F:
    """Compile a kernel that may sum in any order; NaN and infinity stay what they are."""
    return cast(_F, numba.njit(cache=True, fastmath={"reassoc", "nsz"})(function))


@_compiled
def encode(
    starts: Ints,
    samples: Indices,
    weights: Floats,
    slopes: Floats,
    designs: Floats,
    messages: Floats,
) -> None:
    """Write every device's coded gradient, eq. (5), into `messages` (N, D).

    Device i holds ``samples[starts[i]:starts[i + 1]]`` with the `weights` beside them; the gradient
    of sample j is ``slopes[j] * designs[j]``.
    """
    N, D = messages.shape
    for i in range(N):
        message = messages[i]
        message[:] = 0.0
        entry, end = starts[i], starts[i + 1]
        # Four samples a pass: the message then travels to the cache and back a quarter as often,
        # which is what this loop waits for.
        while entry + 4 <= end:
            a, b, c, d = samples[entry : entry + 4]
            factor_a, factor_b = weights[entry] * slopes[a], weights[entry + 1] * slopes[b]
            factor_c, factor_d = weights[entry + 2] * slopes[c], weights[entry + 3] * slopes[d]
            design_a, design_b, design_c, design_d = designs[a], designs[b], designs[c], designs[d]
            for j in range(D):
                message[j] += (
                    factor_a * design_a[j]
                    + factor_b * design_b[j]
                    + factor_c * design_c[j]
                    + factor_d * design_d[j]
                )
            entry += 4
        while entry < end:
            factor, design = weights[entry] * slopes[samples[entry]], designs[samples[entry]]
            for j in range(D):
                message[j] += factor * design[j]
            entry += 1


@_compiled_reordering
def honest_statistics(honest: Floats, mean: Floats) -> tuple[float, float]:
    """Write the mean (D,) of the honest messages (n, D); return their spread around it.

    Returns
    -------
    The largest and the mean squared distance of a message to the mean; NaN or infinite where a
    message is not finite.
    """
    n, D = honest.shape
    mean[:] = 0.0
    for i in range(n):
        for j in range(D):
            mean[j] += honest[i, j]
    for j in range(D):
        mean[j] /= n
    largest, total = 0.0, 0.0
    for i in range(n):
        distance = 0.0
        for j in range(D):
            distance += (honest[i, j] - mean[j]) ** 2
        largest = max(largest, distance)
        total += distance
    return largest, total / n


@_compiled_reordering
def take_step(x: Floats, update: Floats, step_size: float, mean: Floats) -> float:
    """Move the model `x` by eq. (8), in place; return ‖update − mean‖²."""
    error = 0.0
    for j in range(len(x)):
        x[j] -= step_size * update[j]
        error += (update[j] - mean[j]) ** 2
    return error


@_compiled_reordering
def all_finite(messages: Floats) -> bool:
    """Say whether no entry of (N, D) is NaN or infinite: zero times such an entry is NaN."""
    total = 0.0
    for i in range(messages.shape[0]):
        for j in range(messages.shape[1]):
            total += 0.0 * messages[i, j]
    return bool(total == 0.0)


@_compiled
def mean_of_all(messages: Floats, result: Floats) -> None:
    """Average the messages (N, D), added in their order; NaN or infinite where one of them is."""
    N, D = messages.shape
    result[:] = messages[0]
    i = 1
    # Four messages a pass, as in `encode`.
    while i + 4 <= N:
        a, b, c, d = messages[i], messages[i + 1], messages[i + 2], messages[i + 3]
        for j in range(D):
            result[j] = (((result[j] + a[j]) + b[j]) + c[j]) + d[j]
        i += 4
    while i < N:
        message = messages[i]
        for j in range(D):
            result[j] += message[j]
        i += 1
    for j in range(D):
        result[j] /= N


@_compiled_reordering
def mean_of_kept(ascending: Floats, f: int, result: Floats) -> None:
    """Average each row of `ascending` (D, N) without its first and last f values."""
    D, N = ascending.shape
    share = 1.0 / (N - 2 * f)
    for j in range(D):
        kept = ascending[j, f : N - f]
        total = 0.0
        for i in range(len(kept)):
            total += kept[i] * share
        result[j] = total


@_compiled_reordering
def mean_of_nearest(ascending: Floats, centre: Floats, keep: int, result: Floats) -> None:
    """Per row of `ascending` (D, N), average the `keep` values nearest to ``centre[j]``.

    The nearest values are neighbours in sorted order; of two equally near values the smaller stays.
    Each value is scaled before it is added: a sum of huge finite values would overflow.
    """
    D, N = ascending.shape
    share = 1.0 / keep
    for j in range(D):
        values, middle = ascending[j], centre[j]
        first = 0
        while first + keep < N and values[first + keep] - middle < middle - values[first]:
            first += 1
        kept = values[first : first + keep]
        total = 0.0
        for i in range(len(kept)):
            total += kept[i] * share
        result[j] = total


@_compiled_reordering
def squared_distances(points: Floats, chosen: Ints, result: Floats) -> None:
    """Write the squared distances of `chosen` points (C,) to all (N, D) into `result` (C, N)."""
    N, D = points.shape
    for row in range(len(chosen)):
        i = chosen[row]
        for k in range(N):
            total = 0.0
            for j in range(D):
                total += (points[i, j] - points[k, j]) ** 2
            result[row, k] = total


@_compiled_reordering
def pull(points: Floats, place: Floats, force: Floats) -> tuple[float, int, int]:
    """Write the sum of the unit vectors from `place` (D,) towards the points (N, D) into `force`.

    Points at a distance of zero do not pull.

    Returns
    -------
    The sum of the inverse distances of the points that pull, the number of points that do not, and
    the index of the nearest point.
    """
    N, D = points.shape
    force[:] = 0.0
    weight, here, nearest, smallest = 0.0, 0, 0, np.inf
    for i in range(N):
        squared = 0.0
        for j in range(D):
            squared += (points[i, j] - place[j]) ** 2
        if squared < smallest:
            nearest, smallest = i, squared
        if squared == 0.0:
            here += 1
            continue
        inverse = 1.0 / math.sqrt(squared)
        weight += inverse
        for j in range(D):
            force[j] += inverse * (points[i, j] - place[j])
    return weight, here, nearest


@_compiled_reordering
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
                squared = 0.0
                for j in range(D):
                    squared += (n * (scale * points[i, j]) - total[j]) ** 2
                if squared > record:
                    farthest, record = i, squared
        kept[farthest] = False


@_compiled_reordering
def heterogeneity(
    slopes: Floats, designs: Floats, per_subset: int, mean: Floats
) -> tuple[float, float]:
    """Largest and mean squared distance of the subsets' gradients to `mean`, eq. (10).

    Subset k holds the `per_subset` samples that start at ``k * per_subset``.
    """
    samples, D = designs.shape
    M = samples // per_subset
    gradient = np.empty(D)
    largest, total = 0.0, 0.0
    for k in range(M):
        gradient[:] = 0.0
        for sample in range(k * per_subset, (k + 1) * per_subset):
            for j in range(D):
                gradient[j] += slopes[sample] * designs[sample, j]
        distance = 0.0
        for j in range(D):
            distance += (gradient[j] - mean[j]) ** 2
        largest = max(largest, distance)
        total += distance
    return largest, total / M


@_compiled
def even_overlaps(S: Matrix, choices: Ints) -> None:
    """Swap subsets between pairs of devices of S (N, M) where that evens the overlaps, in place.

    For each row of `choices` (tries, 4), two devices and two subsets, the pair trades one subset of
    each that the other does not hold, if the sum of the squares of all overlaps falls. Rows and
    columns keep their sums.
    """
    N, M = S.shape
    overlaps = np.zeros((N, N), np.int64)
    for i in range(N):
        for j in range(N):
            for k in range(M):
                overlaps[i, j] += S[i, k] & S[j, k]
    for row in range(len(choices)):
        i, j = choices[row, 0] % N, choices[row, 1] % N
        given, taken = choices[row, 2] % M, choices[row, 3] % M
        # From a random place on, the first that only one of them holds.
        for _ in range(M):
            if S[i, given] > S[j, given]:
                break
            given = (given + 1) % M
        for _ in range(M):
            if S[j, taken] > S[i, taken]:
                break
            taken = (taken + 1) % M
        if i == j or S[i, given] <= S[j, given] or S[j, taken] <= S[i, taken]:
            continue
        change = 0
        for other in range(N):
            if other not in (i, j):
                step = np.int64(S[other, taken]) - np.int64(S[other, given])
                change += step * (overlaps[i, other] - overlaps[j, other] + step)
        if change >= 0:
            continue
        for other in range(N):
            if other not in (i, j):
                step = np.int64(S[other, taken]) - np.int64(S[other, given])
                overlaps[i, other] += step
                overlaps[other, i] += step
                overlaps[j, other] -= step
                overlaps[other, j] -= step
        S[i, given], S[i, taken] = 0, 1
        S[j, given], S[j, taken] = 1, 0

"""Order statistics of every column at once, by networks of compare-exchanges between rows.

A network is a fixed list of pairs of rows; each pair puts the smaller entry of every column into
the first row. Its loops run along the rows, which suits vector units, and have no branches.
"""

from functools import lru_cache

import numpy as np

from cradl.arrays import Floats, Ints
from cradl.numerics.compiled import compiled, compiled_reordering
from cradl.numerics.kernels import copy_into


@lru_cache(maxsize=256)
def network(rows: int, first: int, last: int) -> Ints:
    """Return a network after which rows first..last are those of the sorted columns.

    Batcher's odd-even merge sort, without the pairs that no row asked for depends on.

    Returns
    -------
    (steps, 4): rows a, b, c, d, for `exchange`: the pairs (a, b), (c, d) and then (c, b); with
    c = d = -1 the pair (a, b) alone.

    Source: Batcher, AFIPS Spring Joint Computer Conference, 1968.
    """
    needed, kept = set(range(first, last + 1)), []
    for low, high in reversed(_merge_sort(rows)):
        if low in needed or high in needed:
            needed |= {low, high}
            kept.append((low, high))
    return np.array(_joined(kept[::-1], rows), np.int64).reshape(-1, 4)


def _joined(pairs: list[tuple[int, int]], rows: int) -> list[tuple[int, int, int, int]]:
    """Join two pairs with a third one that is next for a row of each: rows are then read once."""
    waiting: list[list[int]] = [[] for _ in range(rows)]
    for place, pair in enumerate(pairs):
        for row in pair:
            waiting[row].append(place)
    done, steps = set[int](), list[tuple[int, int, int, int]]()

    def is_next(place: int) -> bool:
        return all(waiting[row][0] == place for row in pairs[place])

    def take(*places: int) -> None:
        for place in places:
            done.add(place)
            for row in pairs[place]:
                waiting[row].remove(place)

    for place, (a, b) in enumerate(pairs):
        if place in done:
            continue
        third = waiting[b][1] if len(waiting[b]) > 1 else -1
        c = pairs[third][0] if third >= 0 and pairs[third][1] == b else -1
        if c >= 0 and len(waiting[c]) > 1 and waiting[c][1] == third:
            second = waiting[c][0]
            if pairs[second][0] == c and second != place and is_next(second):
                steps.append((a, b, c, pairs[second][1]))
                take(place, second, third)
                continue
        steps.append((a, b, -1, -1))
        take(place)
    return steps


def _merge_sort(rows: int) -> list[tuple[int, int]]:
    pairs, run = [], 1
    while run < rows:
        step = run
        while step >= 1:
            for start in range(step % run, rows - step, 2 * step):
                for low in range(start, min(start + step, rows - step)):
                    if low // (2 * run) == (low + step) // (2 * run):
                        pairs.append((low, low + step))
            step //= 2
        run *= 2
    return pairs


@compiled
def exchange(values: Floats, steps: Ints) -> None:
    """Apply a network to the columns of `values` (rows, W), in place; no entry may be NaN."""
    W = values.shape[1]
    for step in range(len(steps)):
        a, b, c, d = steps[step, 0], steps[step, 1], steps[step, 2], steps[step, 3]
        first, second = values[a], values[b]
        if c < 0:
            for j in range(W):
                x, y = first[j], second[j]
                first[j] = y if y < x else x
                second[j] = x if y < x else y
            continue
        third, fourth = values[c], values[d]
        for j in range(W):
            x, y, z, w = first[j], second[j], third[j], fourth[j]
            above, below = x if y < x else y, w if w < z else z
            first[j] = y if y < x else x
            fourth[j] = z if w < z else w
            third[j] = above if above < below else below
            second[j] = below if above < below else above


@compiled
def middle(ascending: Floats, result: Floats) -> None:
    """Write the median of each column of `ascending` (N, W); only its middle rows are read."""
    N, W = ascending.shape
    low, high = ascending[(N - 1) // 2], ascending[N // 2]
    for j in range(W):
        result[j] = 0.5 * low[j] + 0.5 * high[j]


@compiled_reordering
def mean_of_rows(ascending: Floats, f: int, result: Floats) -> None:
    """Average the rows of `ascending` (N, W) without the first and the last f.

    Each value is scaled before it is added: a sum of huge finite values would overflow.
    """
    N, W = ascending.shape
    share = 1.0 / (N - 2 * f)
    result[:] = 0.0
    for i in range(f, N - f):
        row = ascending[i]
        for j in range(W):
            result[j] += share * row[j]


@compiled_reordering
def mean_of_nearest_rows(ascending: Floats, centre: Floats, keep: int, result: Floats) -> None:
    """Average in each column of `ascending` (N, W) the `keep` values nearest to ``centre[j]``.

    The nearest values are neighbours in sorted order; of two equally near values the smaller stays.
    """
    N, W = ascending.shape
    share = 1.0 / keep
    first = np.empty(W, np.int64)
    for j in range(W):
        place, middle_ = 0, centre[j]
        while (
            place + keep < N
            and ascending[place + keep, j] - middle_ < middle_ - ascending[place, j]
        ):
            place += 1
        first[j] = place
    result[:] = 0.0
    for i in range(N):
        row = ascending[i]
        for j in range(W):
            if first[j] <= i < first[j] + keep:
                result[j] += share * row[j]


@compiled
def mean_of_all(values: Floats, result: Floats) -> None:
    """Average the rows of `values` (N, D); what is not finite shows in the result.

    Four rows a pass: the result then travels to the cache and back a quarter as often. In another
    order the four would be added before they are scaled: a sum of huge values would overflow.
    """
    N, D = values.shape
    share = 1.0 / N
    result[:] = 0.0
    for i in range(0, N - N % 4, 4):
        a, b, c, d = values[i], values[i + 1], values[i + 2], values[i + 3]
        for j in range(D):
            result[j] += share * a[j] + share * b[j] + share * c[j] + share * d[j]
    for i in range(N - N % 4, N):
        row = values[i]
        for j in range(D):
            result[j] += share * row[j]


MEAN, MEDIAN, TRIMMED_MEAN, PHOCAS, MEAMED = range(5)
"""Codes of the coordinate-wise rules of `aggregate_columns`."""

BLOCK = 512
"""Columns that are aggregated together: their copy stays in a fast cache."""


def network_of(code: int, rows: int, f: int) -> Ints:
    """Return the network that a rule needs to tell which of `rows` values in a column it uses."""
    if code == MEAN:
        return np.empty((0, 2), np.int64)
    if code == MEDIAN:
        return network(rows, (rows - 1) // 2, rows // 2)
    return network(rows, f, rows - 1 - f) if code == TRIMMED_MEAN else network(rows, 0, rows - 1)


@compiled_reordering
def aggregate_columns(code: int, messages: Floats, f: int, pairs: Ints, result: Floats) -> None:
    """Aggregate each column of `messages` (N, D) by a rule set for f hostile values.

    Parameters
    ----------
    code
        `MEAN`, `MEDIAN`, `TRIMMED_MEAN`, `PHOCAS` or `MEAMED`.
    pairs
        Of `network_of`.
    result
        (D,), written.
    """
    if code == MEAN:
        mean_of_all(messages, result)
        return
    N, D = messages.shape
    for left in range(0, D, BLOCK):
        right = min(left + BLOCK, D)
        values = np.empty((N, right - left))
        for i in range(N):
            copy_into(messages[i, left:right], values[i])
        aggregate_in_place(code, values, f, pairs, result[left:right])


@compiled_reordering
def aggregate_in_place(code: int, values: Floats, f: int, pairs: Ints, result: Floats) -> None:
    """Aggregate as `aggregate_columns`, reordering the entries of each column of `values`."""
    if code == MEAN:
        mean_of_all(values, result)
        return
    exchange(values, pairs)
    if code in (MEDIAN, MEAMED):
        middle(values, result)
    else:
        mean_of_rows(values, f, result)
    if code in (PHOCAS, MEAMED):
        centre = np.empty(len(result))
        copy_into(result, centre)
        mean_of_nearest_rows(values, centre, len(values) - f, result)

"""Order statistics of every column at once, by networks of compare-exchanges between rows.

A network is a fixed list of pairs of rows; each pair puts the smaller entry of every column into
the first row. Its loops run along the rows, which suits vector units, and have no branches.
"""

from functools import lru_cache

import numpy as np

from cradl.arrays import Floats, Ints
from cradl.numerics.compiled import compiled, compiled_reordering


@lru_cache(maxsize=256)
def network(rows: int, first: int, last: int) -> Ints:
    """Return a network (pairs, 2) after which rows first..last are those of the sorted columns.

    Batcher's odd-even merge sort, without the pairs that no row asked for depends on.

    Source: Batcher, AFIPS Spring Joint Computer Conference, 1968.
    """
    needed, kept = set(range(first, last + 1)), []
    for low, high in reversed(_merge_sort(rows)):
        if low in needed or high in needed:
            needed |= {low, high}
            kept.append((low, high))
    return np.array(kept[::-1], np.int64).reshape(-1, 2)


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
def exchange(values: Floats, pairs: Ints) -> None:
    """Apply a network to the columns of `values` (rows, W), in place; no entry may be NaN."""
    W = values.shape[1]
    for pair in range(len(pairs)):
        low, high = values[pairs[pair, 0]], values[pairs[pair, 1]]
        for j in range(W):
            a, b = low[j], high[j]
            low[j] = b if b < a else a
            high[j] = a if b < a else b


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


@compiled_reordering
def mean_of_all(values: Floats, result: Floats) -> None:
    """Average the rows of `values` (N, D); what is not finite shows in the result.

    Four rows a pass: the result then travels to the cache and back a quarter as often.
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


MEAN, MEDIAN, TRIMMED_MEAN, PHOCAS = range(4)
"""Codes of the coordinate-wise rules of `aggregate_columns`."""

_BLOCK = 512
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
        `MEAN`, `MEDIAN`, `TRIMMED_MEAN` or `PHOCAS`.
    pairs
        Of `network_of`.
    result
        (D,), written.
    """
    if code == MEAN:
        mean_of_all(messages, result)
        return
    N, D = messages.shape
    for left in range(0, D, _BLOCK):
        right = min(left + _BLOCK, D)
        values, found = messages[:, left:right].copy(), result[left:right]
        exchange(values, pairs)
        if code == MEDIAN:
            middle(values, found)
        else:
            mean_of_rows(values, f, found)
        if code == PHOCAS:
            mean_of_nearest_rows(values, found.copy(), N - f, found)

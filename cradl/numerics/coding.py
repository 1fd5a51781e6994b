"""Weighted sums of rows, for every device its own: what coded gradients are made of."""

import numpy as np

from cradl.arrays import Floats, Indices, Ints, Matrix
from cradl.numerics.compiled import compiled_reordering

_BLOCK = 4
"""Rows whose 2^4 partial sums are tabulated together."""
_TILE = 104
"""Columns for which four tables are made at once: their 53 kB stay in a near cache."""


@compiled_reordering
def add_rows(
    starts: Ints, places: Indices, factors: Floats, rows: Floats, messages: Floats
) -> None:
    """Write each device's weighted sum of rows into `messages` (N, W).

    Device i sums ``factors[e] * rows[places[e]]`` over its entries ``starts[i]:starts[i + 1]``.
    """
    N, W = messages.shape
    for i in range(N):
        message = messages[i]
        message[:] = 0.0
        entry, end = starts[i], starts[i + 1]
        # Eight rows a pass: the message then travels to the cache and back an eighth as often.
        while entry + 8 <= end:
            a, b, c, d = factors[entry : entry + 4]
            e, f, g, h = factors[entry + 4 : entry + 8]
            row_a, row_b = rows[places[entry]], rows[places[entry + 1]]
            row_c, row_d = rows[places[entry + 2]], rows[places[entry + 3]]
            row_e, row_f = rows[places[entry + 4]], rows[places[entry + 5]]
            row_g, row_h = rows[places[entry + 6]], rows[places[entry + 7]]
            for j in range(W):
                message[j] += (
                    a * row_a[j]
                    + b * row_b[j]
                    + c * row_c[j]
                    + d * row_d[j]
                    + e * row_e[j]
                    + f * row_f[j]
                    + g * row_g[j]
                    + h * row_h[j]
                )
            entry += 8
        while entry < end:
            factor, row = factors[entry], rows[places[entry]]
            for j in range(W):
                message[j] += factor * row[j]
            entry += 1


def patterns_of(S: Matrix) -> Matrix:
    """Return which of four neighbouring columns of S (N, M) each device holds, as a binary number.

    Returns
    -------
    (blocks, N), with so many blocks that four divides them; columns past the last are not held.
    """
    N, M = S.shape
    blocks = -(-M // (4 * _BLOCK)) * 4
    held = np.zeros((N, blocks * _BLOCK), np.uint8)
    held[:, :M] = S
    powers = (1 << np.arange(_BLOCK)).astype(np.uint8)
    numbers = (held.reshape(N, blocks, _BLOCK) * powers).sum(axis=2, dtype=np.uint8)
    return np.ascontiguousarray(numbers.T)


def tables_pay(N: int, M: int, entries: int) -> bool:
    """Tell whether `add_tabulated` is faster than `add_rows` for so many entries.

    Both cost about one pass over a row for each term; the tables need some 30 for each block.
    """
    return entries > 0.82 * (N + 30) * (M / _BLOCK)


@compiled_reordering
def add_tabulated(patterns: Matrix, factors: Floats, rows: Floats, messages: Floats) -> None:
    """Write each device's sum of ``factors[k] * rows[k]`` over the rows it holds.

    The sums of every choice among four rows are tabulated, and each device adds one of them, by its
    number in `patterns` (blocks, N): a quarter of the additions at most, and as many for any r.

    Source: Arlazarov, Dinic, Kronrod and Faradzhev, Soviet Mathematics Doklady 11, 1970.
    """
    blocks, N = patterns.shape
    W = messages.shape[1]
    table = np.zeros((4 << _BLOCK, _TILE))
    for left in range(0, W, _TILE):
        width = min(_TILE, W - left)
        for i in range(N):
            messages[i, left : left + width] = 0.0
        for block in range(0, blocks, 4):
            _tabulate(table, factors, rows, block * _BLOCK, left, width)
            _add_choices(table, patterns, messages, block, left, width)


@compiled_reordering
def _add_choices(
    table: Floats, patterns: Matrix, messages: Floats, block: int, left: int, width: int
) -> None:
    """Add to each message what its device holds of four blocks."""
    for i in range(patterns.shape[1]):
        first, second = table[patterns[block, i]], table[16 + patterns[block + 1, i]]
        third = table[32 + patterns[block + 2, i]]
        fourth = table[48 + patterns[block + 3, i]]
        message = messages[i, left : left + width]
        for j in range(width):
            message[j] += first[j] + second[j] + third[j] + fourth[j]


@compiled_reordering
def _tabulate(
    table: Floats, factors: Floats, rows: Floats, first: int, left: int, width: int
) -> None:
    """Write the sums of all choices among four rows, for four such blocks from row `first` on."""
    M = len(rows)
    for block in range(4):
        offset = block << _BLOCK
        for bit in range(_BLOCK):
            k = first + block * _BLOCK + bit
            place = min(k, M - 1)
            factor, row = factors[place] if k < M else 0.0, rows[place, left : left + width]
            for number in range(1 << bit):
                known, more = table[offset + number], table[offset + number + (1 << bit)]
                for j in range(width):
                    more[j] = known[j] + factor * row[j]

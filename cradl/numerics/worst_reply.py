"""The reply, sent by all Byzantine devices alike, that moves Phocas farthest, in closed form.

In one coordinate let `e` hold the n honest values in ascending order between the two ends of the
search, v the reply of f devices among N = n + f, k the number of devices withstood, K = N - k the
number of values kept and L = N - 2k the number averaged by the trimmed mean. ``a_i(v)`` is the
i-th smallest of the N values and ``C(v)`` the sum of the middle L, both continuous in v and linear
between honest values. Phocas drops the w smallest values and the k - w largest, w being the number
of pairs with ``L (a_i + a_{i+K}) < 2 C``, and these pairs ascend in i. While w stays, the result
does not fall as v grows. So it is extreme at an end of the search, or beside a reply at which w
falls: there a pair that holds v reaches 2 C from below. With growing v a pair can do so twice
only, which bounds the work by O(n + k).
"""

import numpy as np

from cradl.arrays import Floats, Ints
from cradl.numerics.compiled import compiled

REACH = 4.0
"""Replies are searched so many honest ranges around the honest mean.

Where at most as many devices lie as are withstood, replies from a range beyond all honest values on
are dropped: no other reply is worse. Where more lie, the result is unbounded.
"""


@compiled
def phocas_reply(
    ascending: Floats, f: int, tolerated: int, directions: Floats, result: Floats
) -> None:
    """Write the worst common reply in every coordinate.

    Where a supremum is not attained, the reply is beside its place, by more than rounding hides
    and less than 1e-9 honest ranges. Ties are those of
    `cradl.numerics.selection.mean_of_nearest_rows`.

    Parameters
    ----------
    ascending
        Honest values (D, n), each row in ascending order.
    f
        Number of devices that reply.
    tolerated
        Number that Phocas is set to withstand, less than half of n + f.
    directions
        (D,): positive where the result shall be large, negative where it shall be small, zero
        where it shall be far from the honest mean, on either side.
    result
        (D,), written.
    """
    D, n = ascending.shape
    e, below, found = np.empty(n + 2), np.zeros(n + 1), np.empty(4)
    for j in range(D):
        honest = ascending[j]
        centre, spread = honest[n // 2], honest[n - 1] - honest[0]
        # Sums of differences lose no digits to a common offset.
        for i in range(n):
            e[i + 1] = honest[i] - centre
            below[i + 1] = below[i] + e[i + 1]
        mean = below[n] / n
        if spread == 0.0:
            result[j] = honest[0]
            continue
        e[0], e[n + 1] = mean - REACH * spread, mean + REACH * spread
        margin = 4.0 * (n + f) * np.finfo(np.float64).eps * (spread + abs(centre))
        _extremes(e, below, f, tolerated, margin, found)
        up = directions[j] > 0.0
        if directions[j] == 0.0:
            up = found[1] - mean >= mean - found[3]
        result[j] = centre + (found[0] if up else found[2])


@compiled
def _extremes(e: Floats, below: Floats, f: int, k: int, margin: float, found: Floats) -> None:
    """Write a reply that raises the result most, what it reaches, and the same for lowering.

    `below` holds the sums of the smallest honest values; `margin` is how far L (a_i + a_{i+K}) - 2 C
    stays from zero, as a multiple of L.
    """
    n = len(e) - 2
    N = n + f
    K, L = N - k, N - 2 * k
    # At the lower end of the search all replies come first. C follows from its value at the first
    # honest one, which keeps it exact where all sums of honest values are.
    q = max(min(f, N - k) - k, 0)
    C = _sum_of(below, 0, f, k, L, e[1]) - q * (e[1] - e[0])
    w = 0
    while w < k and L * (_entry(e, 0, f, w) + _entry(e, 0, f, w + K)) < 2.0 * C:
        w += 1
    least, lowering = _sum_of(below, 0, f, w, K, e[0]), e[0]
    most, raising = -np.inf, e[0]
    for p in range(n + 1):
        # From e[p] to e[p + 1], replies have p honest values below them.
        low, high = e[p], e[p + 1]
        q = max(min(p + f, N - k) - max(p, k), 0)
        C += q * (high - low)
        if w < k and L * (_entry(e, p + 1, f, w) + _entry(e, p + 1, f, w + K)) < 2.0 * C:
            w += 1
            while w < k and L * (_entry(e, p + 1, f, w) + _entry(e, p + 1, f, w + K)) < 2.0 * C:
                w += 1
            continue
        while w > 0:
            i = w - 1
            excess = L * (_entry(e, p + 1, f, i) + _entry(e, p + 1, f, i + K)) - 2.0 * C
            if excess < 0.0:
                break
            held = (1 if p <= i < p + f else 0) + (1 if p <= i + K < p + f else 0)
            slope = float(held * L - 2 * q)
            # Without a slope only rounding tells the two sides of a tie apart.
            v = min(max(high - excess / slope, low), high) if slope > 0.0 else high
            beside = L * margin / slope if slope > 0.0 else 0.0
            reached = _sum_of(below, p, f, w, K, v)
            if reached > most:
                most, raising = reached, v - min(beside, 0.5 * (v - low))
            w = i
            reached = _sum_of(below, p, f, w, K, v)
            if reached < least:
                least, lowering = reached, v + min(beside, 0.5 * (high - v))
    reached = _sum_of(below, n, f, w, K, e[n + 1])
    if reached > most:
        most, raising = reached, e[n + 1]
    found[0], found[1], found[2], found[3] = raising, most / K, lowering, least / K


@compiled
def _entry(e: Floats, knot: int, f: int, i: int) -> float:
    """Return the i-th smallest of the N values where the reply is ``e[knot]``."""
    return float(e[min(i + 1, max(knot, i + 1 - f))])


@compiled
def _sum_of(below: Floats, p: int, f: int, first: int, count: int, v: float) -> float:
    """Add up `count` values from the `first` smallest on, where the reply v follows p honest ones."""
    last = first + count
    left = max(min(last, p) - first, 0)
    replies = max(min(last, p + f) - max(first, p), 0)
    total = replies * v
    if left > 0:
        total += below[first + left] - below[first]
    right = count - left - replies
    if right > 0:
        total += below[last - f] - below[last - f - right]
    return total

"""The reply, sent by all Byzantine devices alike, that moves Phocas farthest, in closed form.

In one coordinate, f of N devices send v and the others n honest values; k is the number of devices
withstood, K = N - k the number of values kept and L = N - 2k the number that the trimmed mean
averages. ``a_i(v)`` is the i-th smallest of the N values and ``C(v)`` the sum of the middle L, both
continuous in v and linear between honest values. Phocas drops the w smallest values and the k - w
largest, w being the number of pairs i with ``L (a_i + a_{i+K}) < 2 C``, and these sums ascend in i.

While w stays, the result does not fall as v grows; where w grows, it jumps up. So it is extreme at
an end of the search, or beside a reply at which w falls: there a pair that holds v reaches 2 C from
below. That needs a slope ``L - 2q > 0``, q being the number of replies among the middle L, and
a pair does it at most once with v as its smaller value and once as its larger one: O(n + k) steps.
"""

import numpy as np

from cradl.arrays import Floats
from cradl.numerics.compiled import compiled

REACH = 4.0
"""Replies are searched so many honest ranges beyond all honest values.

Where no more devices lie than are withstood, replies from one range on are dropped: no other reply
is worse. Where more lie, the result is unbounded.
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
        if spread == 0.0:
            result[j] = centre
            continue
        # Sums of differences lose no digits to a common offset.
        for i in range(n):
            e[i + 1] = honest[i] - centre
            below[i + 1] = below[i] + e[i + 1]
        e[0], e[n + 1] = e[1] - REACH * spread, e[n] + REACH * spread
        margin = 4.0 * (n + f) * np.finfo(np.float64).eps * (spread + abs(centre))
        _extremes(e, below, f, tolerated, margin, found)
        up = directions[j] > 0.0
        if directions[j] == 0.0:
            up = found[0] + found[2] >= 2.0 * (below[n] / n)
        result[j] = centre + (found[1] if up else found[3])


@compiled
def _extremes(e: Floats, below: Floats, f: int, k: int, margin: float, found: Floats) -> None:
    """Find by how much a common reply raises and lowers the result.

    Parameters
    ----------
    e
        Honest values (n + 2,) between the two ends of the search, ascending.
    below
        Sums of the 0..n smallest honest values (n + 1,).
    margin
        How far replies keep a pair's mean from the trimmed mean.
    found
        (4,), written: the largest result and a reply that reaches it; the smallest, and its reply.
    """
    n = len(e) - 2
    N = n + f
    K, half = N - k, (N - 2 * k + 1) // 2
    # In between, replies are in no pair, or half of the middle values: no w falls.
    first, last = max(min(k, k + half - f), 0), max(K - f, K - half)
    if f > K or first >= last:
        first, last = n + 1, n + 1
    w = _sweep(e, below, f, k, 0, 0, 0, margin, found)
    found[0], found[1] = -np.inf, e[0]
    found[2], found[3] = _sum_of(below, 0, f, w, K, e[0]), e[0]
    w = _sweep(e, below, f, k, 0, first, w, margin, found)
    w = _sweep(e, below, f, k, last, n + 1, w, margin, found)
    highest = _sum_of(below, n, f, w, K, e[n + 1])
    if highest > found[0]:
        found[0], found[1] = highest, e[n + 1]
    found[0] /= K
    found[2] /= K


@compiled
def _sweep(
    e: Floats,
    below: Floats,
    f: int,
    k: int,
    first: int,
    last: int,
    w: int,
    margin: float,
    found: Floats,
) -> int:
    """Let the reply grow from ``e[first]`` to ``e[last]``; return how many smallest values go.

    `w` is how many go at some reply before, from which on their number has not fallen.
    """
    n = len(e) - 2
    N = n + f
    K, L = N - k, N - 2 * k
    C = _sum_of(below, min(first, n), f, k, L, e[first])
    while w < k and L * (_entry(e, first, f, w) + _entry(e, first, f, w + K)) < 2.0 * C:
        w += 1
    for p in range(first, last):
        # From e[p] to e[p + 1], replies have p honest values below them.
        low, high = e[p], e[p + 1]
        q = max(min(p + f, K) - max(p, k), 0)
        C += q * (high - low)
        start = w
        while w < k and L * (_entry(e, p + 1, f, w) + _entry(e, p + 1, f, w + K)) < 2.0 * C:
            w += 1
        if w > start:
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
            total = _sum_of(below, p, f, w, K, v)
            if total > found[0]:
                found[0], found[1] = total, v - min(beside, 0.5 * (v - low))
            w = i
            total = _sum_of(below, p, f, w, K, v)
            if total < found[2]:
                found[2], found[3] = total, v + min(beside, 0.5 * (high - v))
    return w


@compiled
def _entry(e: Floats, knot: int, f: int, i: int) -> float:
    """Return the i-th smallest of the N values where the reply is ``e[knot]``."""
    return float(e[min(i + 1, max(knot, i + 1 - f))])


@compiled
def _sum_of(below: Floats, p: int, f: int, first: int, count: int, v: float) -> float:
    """Add up `count` values from the `first` smallest on, with the reply v after p honest ones."""
    last = first + count
    left = max(min(last, p) - first, 0)
    replies = max(min(last, p + f) - max(first, p), 0)
    right = count - left - replies
    total = replies * v
    if left > 0:
        total += below[first + left] - below[first]
    if right > 0:
        total += below[last - f] - below[last - f - right]
    return float(total)

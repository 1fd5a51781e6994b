"""The reply, sent by all Byzantine devices alike, that moves Phocas farthest, in closed form.

In one coordinate, f of N devices send v and the others n honest values; k is the number of devices
tolerated, K = N - k the number of values kept and L = N - 2k the number that the trimmed mean
averages. ``a_i(v)`` is the i-th smallest of the N values and ``C(v)`` the sum of the middle L, both
continuous in v and linear between honest values. Phocas drops the w smallest values and the k - w
largest, w being the number of pairs i with ``L (a_i + a_{i+K}) < 2 C``; these sums ascend in i.

Among all replies, equal or not, equal ones are worst. Let the devices send anything, and let y be
the largest value kept. If all send y instead, values above y stay among the k largest, so that the
trimmed mean does not fall. Honest values below the window were farther from it than y, so that none
of them is kept before y is: each value that goes is replaced by one that is no smaller.

While w stays, the result does not fall as v grows; where w grows, it jumps up. So its supremum is
at the upper end of the search, or just below a v at which w falls: at which a pair with v in it
comes from below 2 C. That needs a slope ``L - 2q > 0``, q being the number of replies among the
middle L. If v is the smaller of the pair, the larger one is y as above and no worse. What remains
are replies beyond half of all values, at most one a pair. The infimum is the supremum for the
negative values, with ties decided the other way.
"""

import numpy as np

from cradl.arrays import Floats
from cradl.numerics.compiled import compiled

REACH = 4.0
"""Replies are searched so many honest ranges beyond all honest values.

If no more devices are Byzantine than the rule tolerates, replies from one range on are dropped: no
other reply is worse. If more are, the result is unbounded.
"""


@compiled
def phocas_reply(
    ascending: Floats, f: int, tolerated: int, directions: Floats, result: Floats
) -> None:
    """Write the worst common reply in every coordinate.

    Where a supremum is not attained, the reply is beside its place: by under 1e-9 honest ranges,
    or by what rounding may hide under a far larger offset. Of two equally near values the smaller
    stays, as in `cradl.numerics.selection.mean_of_nearest_rows`.

    Parameters
    ----------
    ascending
        Honest values (n, D), each column in ascending order.
    f
        Number of devices that reply, less than n.
    tolerated
        Number that Phocas tolerates, less than half of n + f.
    directions
        (D,): positive where the result shall be large, negative where it shall be small, zero
        where it shall be far from the honest mean, on either side.
    result
        (D,), written.
    """
    n, D = ascending.shape
    e, below = np.empty(n + 2), np.zeros(n + 1)
    for j in range(D):
        honest = ascending[:, j]
        # Sums of differences lose no digits to a common offset.
        centre, most = honest[n // 2], -np.inf
        spread = honest[n - 1] - honest[0]
        result[j] = centre
        if spread == 0.0:
            continue
        margin = 4.0 * (n + f) * np.finfo(np.float64).eps * (spread + abs(centre))
        for turned in range(2):
            sign = -1.0 if turned else 1.0
            if sign * directions[j] < 0.0:
                continue
            for i in range(n):
                e[i + 1] = centre - honest[n - 1 - i] if turned else honest[i] - centre
            for i in range(n):
                below[i + 1] = below[i] + e[i + 1]
            e[0], e[n + 1] = e[1] - REACH * spread, e[n] + REACH * spread
            reply, total = _highest(e, below, f, tolerated, turned == 1, margin)
            gain = total / (n + f - tolerated) - below[n] / n
            if gain > most:
                result[j], most = centre + sign * reply, gain


@compiled
def _highest(
    e: Floats, below: Floats, f: int, k: int, turned: bool, margin: float
) -> tuple[float, float]:
    """Return a reply for which the sum of the values kept is largest, and this sum.

    Parameters
    ----------
    e
        Honest values (n + 2,) between the two ends of the search, ascending.
    below
        Sums of the 0..n smallest honest values (n + 1,).
    turned
        Whether of two equally near values the larger stays.
    margin
        How far replies keep the mean of a pair from the trimmed mean.
    """
    n = len(e) - 2
    K, L = n + f - k, n + f - 2 * k
    # Before, replies are half of the middle values, or the larger values of no pair.
    first = max((n + f) // 2 + 1, K - f)
    C = max(K - first, 0) * e[first] + below[min(K, first)] - below[k]
    w = 0
    while w < k and _goes(_excess(e, first, f, w, K, L, C), turned):
        w += 1
    reply, most = e[n + 1], -np.inf
    for p in range(first, n + 1):
        # From e[p] to e[p + 1], replies have p honest values below them.
        low, high, q = e[p], e[p + 1], max(K - p, 0)
        C += q * (high - low)
        before = w
        while w > 0:
            excess = _excess(e, p + 1, f, w - 1, K, L, C)
            if _goes(excess, turned):
                break
            v = max(high - excess / (L - 2 * q), low)
            total = (w + K - p) * v + below[p] - below[w]
            if total > most:
                beside = min(L * margin / (L - 2 * q), 0.5 * (v - low))
                reply, most = v - beside, total
            w -= 1
        if w == before:
            while w < k and _goes(_excess(e, p + 1, f, w, K, L, C), turned):
                w += 1
    total = max(w + K - n, 0) * e[n + 1] + below[min(w + K, n)] - below[w]
    return (e[n + 1], total) if total > most else (reply, most)


@compiled
def _goes(excess: float, turned: bool) -> bool:
    """Say whether the smaller value of a pair is dropped before the larger one."""
    return excess < 0.0 or (turned and excess == 0.0)


@compiled
def _excess(e: Floats, knot: int, f: int, i: int, K: int, L: int, C: float) -> float:
    """Return L (a_i + a_{i+K}) - 2 C where the reply is ``e[knot]``, more than k honest values."""
    larger = e[min(i + K + 1, max(knot, i + K + 1 - f))]
    return float(L * (e[i + 1] + larger) - 2.0 * C)


@compiled
def reply_beyond(
    ascending: Floats,
    mean: Floats,
    f: int,
    first: int,
    last: int,
    directions: Floats,
    result: Floats,
) -> None:
    """Write the worst common reply to a rule that averages the values of ranks first..last.

    Such a rule is monotone: no reply moves it farther than one beyond all honest values, here by
    their range; the upper one where both move it equally far.

    Parameters
    ----------
    ascending, f, directions, result
        As in `phocas_reply`.
    mean
        Of the honest values (D,).
    """
    n, D = ascending.shape
    upper, lower = np.zeros(D), np.zeros(D)
    spread = np.empty(D)
    for j in range(D):
        spread[j] = ascending[n - 1, j] - ascending[0, j]
    share = 1.0 / (last - first + 1)
    for rank in range(first, last + 1):
        # The replies have the ranks past all honest values, or those before them.
        for j in range(D):
            upper[j] += share * (ascending[rank, j] if rank < n else mean[j] + 2.0 * spread[j])
            lower[j] += share * (ascending[rank - f, j] if rank >= f else mean[j] - 2.0 * spread[j])
    for j in range(D):
        up, down = upper[j] - mean[j], mean[j] - lower[j]
        if directions[j] == 0.0:
            up, down = abs(up), abs(down)
        falls = directions[j] < 0.0 or (directions[j] == 0.0 and down > up)
        result[j] = mean[j] - 2.0 * spread[j] if falls else mean[j] + 2.0 * spread[j]

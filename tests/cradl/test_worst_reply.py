"""The worst common reply to Phocas against exact rational arithmetic and against exhaustion."""

import itertools
from fractions import Fraction

import numpy as np
import pytest

from cradl.aggregation import RULES
from cradl.numerics.worst_reply import REACH, phocas_reply


def trimmed(values, k):
    """Definition 6 of arXiv:1805.09682: the mean without the k smallest and the k largest."""
    middle = sorted(values)[k : len(values) - k]
    return sum(middle) / len(middle)


def phocas(values, k):
    """Definition 7: the mean of the N - k values nearest to the trimmed mean; smaller ones first."""
    centre = trimmed(values, k)
    nearest = sorted(values, key=lambda one: (abs(one - centre), one))[: len(values) - k]
    return sum(nearest) / len(nearest)


def answer(honest, f, k, v):
    return phocas([*honest, *[v] * f], k)


def breakpoints(honest, f, k, low, high):
    """Return where the values kept may change: two are equally far from the trimmed mean."""
    honest = sorted(honest)
    found = {low, high, *honest}
    for first, last in itertools.pairwise([low, *honest, high]):
        if first == last:
            continue
        ends = (2 * first + last) / 3, (first + 2 * last) / 3
        centres = [trimmed([*honest, *[v] * f], k) for v in ends]
        slope = (centres[1] - centres[0]) / (ends[1] - ends[0])
        start = centres[0] - slope * ends[0]
        pairs = [(x + y, 0) for x, y in itertools.combinations(honest, 2)]
        # x + y = 2 (start + slope v), one of the two perhaps being v.
        for fixed, held in [*pairs, *[(x, 1) for x in honest], (Fraction(0), 2)]:
            if held != 2 * slope:
                v = (2 * start - fixed) / (held - 2 * slope)
                if first < v < last:
                    found.add(v)
    return sorted(found)


def extremes(honest, f, k):
    """Return infimum and supremum of the answer over all replies within reach, exactly."""
    reach = int(REACH) * (max(honest) - min(honest))
    low, high = min(honest) - reach, max(honest) + reach
    places = breakpoints(honest, f, k, low, high)
    reached = [answer(honest, f, k, v) for v in places]
    for first, last in itertools.pairwise(places):
        # Linear in between: the limits at both ends follow from two points.
        a = answer(honest, f, k, (2 * first + last) / 3)
        b = answer(honest, f, k, (first + 2 * last) / 3)
        reached += [2 * a - b, 2 * b - a]
    return min(reached), max(reached)


def replies(honest, f, k, directions):
    """Return the replies to one list of honest values."""
    ascending = np.tile(np.sort(np.array(honest, float)), (len(directions), 1))
    result = np.empty(len(directions))
    phocas_reply(ascending, f, k, np.array(directions, float), result)
    return result


def draw(rng, kind, n):
    if kind == "integer":
        return rng.integers(-2, 3, n).astype(float)
    if kind == "clustered":
        return rng.integers(0, 2, n) * 8.0 + rng.standard_normal(n) * 1e-3
    if kind == "tied":
        # Of few digits: a tie is one in floating point too.
        return rng.integers(-1000, 1000, n // 2 + 1)[rng.integers(0, n // 2 + 1, n)] / 1024
    return rng.standard_normal(n) + 3.0


SIZES = [
    (n, f, k) for n in range(1, 7) for f in range(1, 5) for k in range((n + f - 1) // 2 + 1)
]


@pytest.mark.parametrize("kind", ["random", "integer", "clustered", "tied"])
def test_no_common_reply_is_worse(kind):
    rng = np.random.default_rng(3)
    for n, f, k in SIZES:
        for _ in range(3):
            floats = draw(rng, kind, n)
            honest = [Fraction(one) for one in floats]
            mean, spread = sum(honest) / n, max(honest) - min(honest)
            least, most = extremes(honest, f, k)
            up, down, either = (
                answer(honest, f, k, Fraction(one)) for one in replies(floats, f, k, [1, -1, 0])
            )
            assert most - spread / 10**9 <= up
            assert down <= least + spread / 10**9
            assert abs(either - mean) >= max(most - mean, mean - least) - spread / 10**9

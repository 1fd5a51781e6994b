"""The worst common reply to Phocas against exact rational arithmetic and against exhaustion."""

import itertools
from fractions import Fraction

import numpy as np
import pytest

from cradl.aggregation import RULES
from cradl.attacks import ATTACKS, AttackContext, parameters_of
from cradl.numerics.worst_reply import REACH, phocas_reply


def trimmed(values, k):
    """Definition 6 of arXiv:1805.09682: the mean without the k smallest and the k largest."""
    middle = sorted(values)[k : len(values) - k]
    return sum(middle) / len(middle)


def phocas(values, k):
    """Definition 7: the mean of the N - k values nearest to the trimmed mean, smaller of two."""
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
    phocas_reply(np.ascontiguousarray(ascending.T), f, k, np.array(directions, float), result)
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


SIZES = [(n, f, k) for n in range(1, 8) for f in range(min(n, 5)) for k in range((n + f + 1) // 2)]


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


def test_the_truth_is_no_smaller_than_a_fine_grid():
    rng = np.random.default_rng(4)
    for n, f, k in [(3, 2, 2), (5, 1, 2), (4, 3, 2)]:
        honest = [Fraction(one) for one in draw(rng, "random", n)]
        least, most = extremes(honest, f, k)
        places = np.linspace(float(min(honest)) - 3, float(max(honest)) + 3, 400)
        places = [*places, *np.nextafter([float(one) for one in honest], np.inf)]
        reached = [answer(honest, f, k, Fraction(one)) for one in places]
        assert least <= min(reached)
        assert max(reached) <= most


UNIT = 2**20
"""Whole numbers stand for multiples of 1 / UNIT."""


def phocas_of_columns(values, k):
    """Definition 7 for columns of whole numbers: sums of the values kept, without any rounding."""
    N = len(values)
    total = np.sort(values, axis=0)[k : N - k].sum(axis=0)
    order = np.lexsort((values, np.abs((N - 2 * k) * values - total)), axis=0)
    return np.take_along_axis(values, order[: N - k], axis=0).sum(axis=0)


@pytest.mark.parametrize(
    ("n", "f", "k", "step"), [(3, 2, 2, 2), (4, 2, 2, 2), (5, 2, 2, 2), (5, 2, 3, 2), (4, 3, 3, 1)]
)
def test_different_replies_add_nothing(n, f, k, step):
    """Honest values 0..4, replies on and just beside a finer lattice: different ones add 0."""
    lattice = np.arange(-8 * step, 12 * step + 1) * (UNIT // step)
    values = np.unique(lattice[:, None] + ([-1, 0, 1] if f == 2 else [0]))
    sent = np.array(list(itertools.combinations_with_replacement(values, f))).T
    for honest in itertools.combinations_with_replacement(range(5), n):
        column = UNIT * np.array(honest)[:, None]
        sums = phocas_of_columns(np.concatenate([sent, np.tile(column, sent.shape[1])]), k)
        up, down = (
            answer(honest, f, k, Fraction(one)) * UNIT * (n + f - k)
            for one in replies(honest, f, k, [1, -1])
        )
        # Where the supremum is not attained, replies are less than 1e-9 away.
        assert up >= sums.max() - 0.01
        assert down <= sums.min() + 0.01


@pytest.mark.parametrize(("n", "f"), [(2, 1), (4, 1), (15, 10), (60, 40), (80, 20), (97, 3)])
@pytest.mark.parametrize("aim", ["error", "ascent"])
def test_the_rule_itself_is_moved_as_far(n, f, aim):
    rng, rule = np.random.default_rng(n), RULES["phocas"]
    messages = 0.2 * rng.standard_normal((n + f, 30)) + np.linspace(-9, 9, 30)
    messages[:, 0] = 0.0
    own, honest = messages[:f], messages[f:]
    context = AttackContext(
        parameters_of({"name": "best_reply", "aim": aim}),
        lambda sent: rule(sent, f=f),
        rule.coordinatewise,
        False,
        lambda *given: rule.worst_reply(*given, f),
    )
    sent = ATTACKS["best_reply"].craft(own, honest, f=f, noise=None, context=context)
    assert (sent == sent[0]).all()
    mean, slope = honest.mean(axis=0), messages.sum(axis=0)
    moved = context.aggregate(np.concatenate([sent, honest])) - mean
    for j in range(30) if n < 20 else (0, 1, 15, 29):
        exact = [Fraction(one) for one in honest[:, j]]
        reached = answer(exact, f, f, Fraction(sent[0, j])) - sum(exact) / n
        assert moved[j] == pytest.approx(float(reached), abs=1e-12)
        if aim == "ascent":
            assert -np.sign(slope[j]) * moved[j] >= 0
    # No common value of a search moves it farther.
    for place in np.linspace(-2, 2, 201):
        other = mean + place * (honest.max(axis=0) - honest.min(axis=0))
        shift = context.aggregate(np.concatenate([np.tile(other, (f, 1)), honest])) - mean
        if aim == "ascent":
            assert (-np.sign(slope) * (moved - shift) >= -1e-9).all()
        else:
            assert (np.abs(moved) >= np.abs(shift) - 1e-9).all()


def test_nothing_to_climb_leaves_the_mean():
    rule = RULES["phocas"]
    honest = np.array([[0.0, 1.0], [1.0, 2.0], [5.0, 4.0]])
    context = AttackContext(
        parameters_of({"name": "best_reply", "aim": "ascent"}),
        lambda sent: rule(sent, f=1),
        True,
        False,
        lambda *given: rule.worst_reply(*given, 1),
    )
    own = np.array([[-6.0, 1.0]])
    sent = ATTACKS["best_reply"].craft(own, honest, f=1, noise=None, context=context)
    assert sent[0, 0] == 2.0
    assert sent[0, 1] != honest[:, 1].mean()


def test_as_many_replies_as_honest_messages_are_refused():
    with pytest.raises(ValueError, match="need fewer replies than honest messages, got 3 and 3"):
        RULES["phocas"].worst_reply(np.eye(3), np.zeros(3), 3, 2)

"""Krum by matrix products: the message that exact sums choose, whatever rounding makes of them."""

from fractions import Fraction
from math import fsum

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cradl.aggregation import RULES
from cradl.numerics.neighbour_sums import possibly_least

krum = RULES["krum"]


@pytest.fixture(autouse=True)
def bounds_for_the_smallest_too(monkeypatch):
    monkeypatch.setattr("cradl.rules.messages._FEW_PRODUCTS", 0)


def exact_scores(messages, f):
    """Exact sums of squared distances to the N - f - 2 nearest others, in fractions."""
    rows = [[Fraction(float(value)) for value in row] for row in messages]
    scores = []
    for i, row in enumerate(rows):
        others = sorted(
            sum((x - y) ** 2 for x, y in zip(row, other, strict=True))
            for k, other in enumerate(rows)
            if k != i
        )
        scores.append(sum(others[: len(rows) - f - 2]))
    return scores


def summed_scores(messages, f):
    """The scores of many long messages, each sum rounded once."""
    N = len(messages)
    distances = [[fsum((a - b) ** 2) for b in messages] for a in messages]
    return np.array([fsum(sorted(row)[1 : N - f - 1]) for row in distances])


def assert_chooses_as_defined(messages, f):
    messages = np.asarray(messages, dtype=float)
    scores = exact_scores(messages, f)
    winners = [i for i, score in enumerate(scores) if score == min(scores)]
    assert set(winners) <= set(possibly_least(messages, len(messages) - f - 2))
    np.testing.assert_array_equal(krum(messages, f=f), messages[winners[0]])


@pytest.mark.parametrize(("N", "D", "f"), [(7, 5000, 2), (20, 3000, 6), (60, 2500, 17)])
def test_long_messages(N, D, f):
    # More coordinates than one matrix product takes.
    rng = np.random.default_rng(N)
    messages = rng.standard_normal((N, D)) * rng.uniform(0.5, 2, (N, 1)) + 3
    messages[rng.permutation(N)[:f]] *= -2
    expected = messages[summed_scores(messages, f).argmin()]
    np.testing.assert_array_equal(krum(messages, f=f), expected)


@pytest.mark.parametrize("factor", [2.0**-400, 1.0, 2.0**400])
@pytest.mark.parametrize("offset", [0.0, 2.0**20, -(2.0**40)])
@pytest.mark.parametrize("nearer", [1, 3])
def test_scores_that_differ_in_the_last_of_many_digits(nearer, offset, factor):
    # Two pairs of pairs at a distance of 2^22, the last of which is `nearer` by one.
    ends = np.array([0.0, 2.0**21, 2.0**24, 2.0**24 + 2.0**21, 2.0**26, 2.0**27, 2.0**28])
    ends[nearer] -= 1
    assert_chooses_as_defined((ends[:, np.newaxis] + offset) * factor, 2)


@given(data=st.data())
def test_ties_in_every_pattern(data):
    # Few distinct rows, some shared by many: exact ties of copies and of different messages.
    N = data.draw(st.integers(3, 12))
    f = data.draw(st.integers(0, (N - 3) // 2))
    D = data.draw(st.integers(1, 3))
    kinds = data.draw(
        st.lists(st.tuples(*[st.integers(-2, 2)] * D), min_size=1, max_size=4, unique=True)
    )
    rows = [data.draw(st.sampled_from(kinds)) for _ in range(N)]
    scale = data.draw(st.sampled_from([2.0**-600, 1.0, 2.0**40, 2.0**900]))
    offset = data.draw(st.sampled_from([0.0, 2.0**30]))
    assert_chooses_as_defined((np.array(rows, dtype=float) + offset) * scale, f)


@pytest.mark.parametrize("order", [1, -1])
def test_of_mirrored_messages_the_first(order):
    # A polygon's corners and their mirror images have the same scores; products round them apart.
    steps = np.arange(1, 7)[:, np.newaxis] ** np.array([1, 2, 3])
    messages = np.concatenate([steps, -steps])[::order].astype(float)
    assert_chooses_as_defined(messages, 4)
    assert len(possibly_least(messages, 6)) > 1


@pytest.mark.parametrize("copies", [2, 5])
def test_copies_of_the_best_need_no_second_sum(copies, monkeypatch):
    monkeypatch.setattr("cradl.rules.messages.squared_distances", None)
    messages = np.random.default_rng(copies).standard_normal((11, 40))
    messages[:copies] = 0.0
    np.testing.assert_array_equal(krum(messages, f=3), np.zeros(40))


@pytest.mark.parametrize("size", [1e4, 1e8, 1e100, 1e153, 1e200, 1e300])
@pytest.mark.parametrize("first", [True, False])
def test_hostile_messages_before_or_after_the_honest(size, first):
    rng = np.random.default_rng(int(np.log10(size)))
    for _ in range(5):
        honest = rng.standard_normal((8, 4))
        liars = size * rng.choice([-1.0, 1.0], (4, 1)) * rng.uniform(0.5, 1, (4, 4))
        messages = np.concatenate([liars, honest] if first else [honest, liars])
        assert_chooses_as_defined(messages, 4)


@pytest.mark.parametrize("entry", [1e9, 1e160, 1e308])
def test_one_hostile_entry(entry):
    messages = np.random.default_rng(3).standard_normal((9, 5))
    messages[0, 3], messages[5, 1], messages[8, 3] = entry, -entry, -entry
    assert_chooses_as_defined(messages, 3)


@pytest.mark.parametrize("exponent", [-1060, -1000, -530, -500, 500, 530, 1000])
def test_squares_that_vanish_or_overflow(exponent):
    rng = np.random.default_rng(4)
    for _ in range(5):
        messages = rng.integers(-9, 10, (9, 3)) * 2.0**exponent
        assert_chooses_as_defined(messages, 2)


def test_squares_of_which_some_overflow():
    # The first look, from a liar at 0, sees the largest float between the honest messages' squares.
    rng = np.random.default_rng(9)
    edge = np.sqrt(np.finfo(float).max)
    for _ in range(300):
        messages = edge * rng.uniform(0.6, 1.05, (7, 1))
        messages[0] = 0
        assert_chooses_as_defined(messages, 1)


@pytest.mark.parametrize("exponent", [-545, -540, -535, -530])
def test_squares_that_lose_digits_to_underflow(exponent):
    rng = np.random.default_rng(5)
    for _ in range(50):
        assert_chooses_as_defined(rng.standard_normal((9, 3)) * 2.0**exponent, 2)


@pytest.mark.parametrize("neighbours", [3, 5])
def test_rounding_leaves_no_true_winner_out(neighbours):
    # Neighbours of one message's copies, apart by a few units in the last place.
    rng = np.random.default_rng(neighbours)
    N = neighbours + 3
    for _ in range(200):
        row = rng.standard_normal(4) + rng.choice([0, 1e5])
        steps = rng.integers(-3, 4, (N, 4))
        messages = row + steps * np.spacing(np.abs(row).max())
        scores = exact_scores(messages, N - neighbours - 2)
        assert scores.index(min(scores)) in possibly_least(messages, neighbours)


def test_distinct_scores_leave_one_message():
    messages = np.random.default_rng(6).standard_normal((30, 500))
    assert len(possibly_least(messages, 22)) == 1
    # Nor does a far first message, the point of view of the first look, leave more.
    messages[0] = 1e30
    assert len(possibly_least(messages, 22)) == 1


@pytest.mark.parametrize("offset", [1e5, -1e9])
def test_an_offset_that_all_share_leaves_one_message_too(offset):
    messages = np.random.default_rng(7).standard_normal((30, 500)) + offset
    assert len(possibly_least(messages, 22)) == 1

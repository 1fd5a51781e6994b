"""Rules beyond Table I against their definitions, read again: in exact fractions or plain NumPy."""

import itertools
import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from exact_rows import fractions, mean_of, squared
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cradl.aggregation import RULES, CenteredClipping, Huber
from cradl.rules.subsets import MOST_SUBSETS, largest_enumerable, subsets_of

EPS = np.finfo(float).eps
HOSTILE = [1e300, -1e300, 1e290, -7e295]


def first(rows, keys, count):
    """The rows with the smallest keys, the first of equals."""
    order = sorted(range(len(rows)), key=lambda i: (keys[i], i))
    return [rows[i] for i in sorted(order[:count])]


def krum_scores(rows, neighbours):
    return [
        sum(sorted(squared(row, other) for j, other in enumerate(rows) if j != i)[:neighbours])
        for i, row in enumerate(rows)
    ]


def exact_multi_krum(rows, f):
    return mean_of(first(rows, krum_scores(rows, len(rows) - f - 2), len(rows) - f))


def exact_bulyan(rows, f):
    left, chosen = list(enumerate(rows)), []
    while len(chosen) < len(rows) - 2 * f:
        scores = krum_scores([row for _, row in left], max(len(left) - f - 2, 1))
        chosen.append(left.pop(scores.index(min(scores))))
    result = []
    for column in zip(*(row for _, row in chosen), strict=True):
        ordered = sorted(column)
        middle = (ordered[(len(column) - 1) // 2] + ordered[len(column) // 2]) / 2
        nearest = sorted(column, key=lambda value: (abs(value - middle), value))
        result.append(sum(nearest[: len(rows) - 4 * f]) / Fraction(len(rows) - 4 * f))
    return result


def exact_cge(rows, f):
    return mean_of(first(rows, [squared(row, [0] * len(row)) for row in rows], len(rows) - f))


def exact_monna(rows, f):
    return mean_of(first(rows, [squared(row, rows[0]) for row in rows], len(rows) - f))


def exact_mda(rows, f):
    distances = [[squared(a, b) for b in rows] for a in rows]

    def diameter(subset):
        return max((distances[i][j] for i, j in itertools.combinations(subset, 2)), default=0)

    subsets = itertools.combinations(range(len(rows)), len(rows) - f)
    return mean_of([rows[i] for i in min(subsets, key=diameter)])


EXACT = {
    "multi_krum": exact_multi_krum,
    "bulyan": exact_bulyan,
    "cge": exact_cge,
    "monna": exact_monna,
    "mda": exact_mda,
}


def defined(name, messages, f):
    return np.array([float(x) for x in EXACT[name](fractions(messages), f)])


@st.composite
def messages_and_f(draw, name):
    N = draw(st.integers(RULES[name].least(0), 9))
    f = draw(st.integers(0, RULES[name].max_f(N)))
    elements = st.integers(-3, 3)
    return draw(hnp.arrays(np.float64, (N, draw(st.integers(1, 3))), elements=elements)), f


@pytest.mark.parametrize("name", EXACT)
@given(data=st.data())
def test_equals_the_definition_on_integers_with_many_ties(name, data):
    messages, f = data.draw(messages_and_f(name))
    expected = defined(name, messages, f)
    np.testing.assert_allclose(RULES[name](messages, f=f), expected, rtol=1e-15, atol=4e-15)


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("D", [1, 2, 6])
def test_equals_the_definition_on_reals(name, D):
    rng = np.random.default_rng(D)
    for N, f in [(5, 1), (8, 2), (9, 3), (14, 5)]:
        f = min(f, RULES[name].max_f(N))
        wide = rng.standard_normal((N, D)) * 10.0 ** rng.integers(-2, 3, size=(N, 1))
        for messages in (rng.standard_normal((N, D)), wide):
            expected = defined(name, messages, f)
            np.testing.assert_allclose(RULES[name](messages, f=f), expected, rtol=0, atol=1e-13)


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("scale", [1e-300, 1e-150, 1.0, 1e150, 1e290])
def test_equals_the_definition_among_liars_of_every_size(name, scale):
    rng = np.random.default_rng(11)
    f = min(4, RULES[name].max_f(11))
    for _ in range(10):
        messages = scale * rng.standard_normal((11, 3))
        # The first one is trusted by the rule that trusts one.
        messages[11 - f :] = rng.choice(HOSTILE, size=(f, 3))
        messages[1:] = rng.permutation(messages[1:])
        result, expected = RULES[name](messages, f=f), defined(name, messages, f)
        np.testing.assert_allclose(result / scale, expected / scale, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", [name for name in EXACT if "translation" in RULES[name].contracts])
@pytest.mark.parametrize("offset", [1e8, -1e12])
def test_equals_the_definition_far_from_the_origin(name, offset):
    rng = np.random.default_rng(12)
    f = min(3, RULES[name].max_f(9))
    for _ in range(10):
        messages = rng.standard_normal((9, 3)) + offset
        result, expected = RULES[name](messages, f=f), defined(name, messages, f)
        np.testing.assert_allclose(result, expected, rtol=4 * EPS)


def naive_smea(messages, f):
    subsets = list(itertools.combinations(range(len(messages)), len(messages) - f))
    largest = [
        np.linalg.eigvalsh(np.atleast_2d(np.cov(messages[list(one)].T, bias=True)))[-1]
        for one in subsets
    ]
    return messages[list(subsets[int(np.argmin(largest))])].mean(axis=0)


def naive_caf(messages, f):
    N, weights = len(messages), np.ones(len(messages))
    record, best = math.inf, messages.mean(axis=0)
    while weights.sum() > N - 2 * f:
        mean = np.average(messages, axis=0, weights=weights)
        covariance = np.atleast_2d(np.cov(messages.T, aweights=weights, bias=True))
        values, vectors = np.linalg.eigh(covariance)
        if values[-1] < record:
            record, best = values[-1], mean
        tau = ((messages - mean) @ vectors[:, -1]) ** 2
        weights = weights * (1 - tau / tau[weights > 0].max())
        weights[weights < 0] = 0
    return best


NAIVE = {"smea": naive_smea, "caf": naive_caf}


@pytest.mark.parametrize("name", NAIVE)
@pytest.mark.parametrize("D", [1, 2, 6, 30])
def test_equals_its_definition_in_plain_numpy(name, D):
    rng = np.random.default_rng(D)
    for N, f in [(3, 1), (5, 2), (8, 2), (11, 4), (12, 0)]:
        messages = rng.standard_normal((N, D))
        messages[:f] += 3.0
        expected = NAIVE[name](messages, f)
        np.testing.assert_allclose(RULES[name](messages, f=f), expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", [*NAIVE, "mda", "multi_krum", "bulyan", "meamed"])
@pytest.mark.parametrize("scale", [1e-250, 1.0, 1e150])
def test_far_liars_are_dropped_whatever_the_scale(name, scale):
    rng = np.random.default_rng(4)
    honest = scale * rng.standard_normal((9, 4))
    lies = np.array([[1e300, -1e300, 0.0, 1e280]])
    messages = np.concatenate([honest, lies])
    result = RULES[name](messages, f=1)
    if name in ("bulyan", "meamed", "caf"):
        assert np.abs(result).max() <= 2 * np.abs(honest).max()
    else:
        np.testing.assert_allclose(result / scale, honest.mean(axis=0) / scale, atol=1e-12)


@pytest.mark.parametrize("name", ["multi_krum", "bulyan", "caf", "mda", "smea"])
def test_a_majority_of_equal_messages_wins(name):
    messages = np.array([[0.1, -7.0]] * 7 + [[5.0, 5.0]])
    np.testing.assert_array_equal(RULES[name](messages, f=1), messages[0])
    huge = 2.0**1020 * messages
    np.testing.assert_array_equal(RULES[name](huge, f=1), huge[0])


def test_smallest_numbers_of_messages():
    assert [RULES[name].least(1) for name in ("multi_krum", "bulyan", "caf", "mda")] == [5, 7, 3, 3]
    with pytest.raises(ValueError, match="need 0 <= f <= 0 for 6 messages, got f=1"):
        RULES["bulyan"](np.zeros((6, 1)), f=1)


@pytest.mark.parametrize("name", ["mda", "smea"])
def test_too_many_subsets_are_refused_before_anything_is_computed(name):
    told = r"need 0 <= f <= 3 for 100 messages, got f=4, which makes 3,921,225 subsets to compare"
    with pytest.raises(ValueError, match=told):
        RULES[name](np.zeros((100, 10)), f=4)
    for N in range(1, 40):
        f = largest_enumerable(N)
        assert subsets_of(N, f) <= MOST_SUBSETS
        assert 2 * (f + 1) >= N or subsets_of(N, f + 1) > MOST_SUBSETS


def clipped_gaps(messages, centre, scale):
    """The gaps to a centre, clipped to a length, with 50 digits."""
    rows = []
    for message in messages:
        gap = mpmath.matrix(
            [mpmath.mpf(float(x)) - y for x, y in zip(message, centre, strict=True)]
        )
        length = mpmath.norm(gap)
        rows.append(gap if length <= scale else gap * (scale / length))
    return rows


@mpmath.workdps(50)
@pytest.mark.parametrize("iterations", [0, 1, 3])
def test_centered_clipping_equals_its_definition(iterations):
    rng = np.random.default_rng(3)
    messages, last = 5 * rng.standard_normal((7, 3)), rng.standard_normal(3)
    messages[0] = 1e300
    centre = mpmath.matrix(last.tolist())
    for _ in range(iterations):
        centre = centre + sum(clipped_gaps(messages, centre, 2), mpmath.zeros(3, 1)) / 7
    result = CenteredClipping(scale=2.0, iterations=iterations)(messages, 1, last)
    np.testing.assert_allclose(result, [float(x) for x in centre], rtol=1e-14)


def test_centered_clipping_remembers_where_it_was():
    rule, messages = RULES["centered_clipping"], np.full((5, 2), 30.0)
    at_first = rule(messages, f=1)
    np.testing.assert_allclose(at_first, [10 / math.sqrt(2)] * 2)
    np.testing.assert_allclose(rule(messages, f=1, last=at_first), 2 * at_first)


@mpmath.workdps(50)
@pytest.mark.parametrize("scale", [1e-3, 0.3, 1.0, 1e6])
@pytest.mark.parametrize(("N", "D"), [(1, 1), (2, 1), (5, 1), (8, 3), (9, 2), (20, 6)])
def test_the_clipped_gaps_to_the_huber_aggregate_add_up_to_zero(N, D, scale):
    # The sum of losses is convex: where its gradient is zero is a minimum.
    rng = np.random.default_rng(N)
    messages = rng.standard_normal((N, D))
    messages[: (N - 1) // 2] += 50.0
    result = Huber(scale=scale)(messages, 0)
    gaps = clipped_gaps(messages, mpmath.matrix(result.tolist()), scale)
    total, size = sum(gaps, mpmath.zeros(D, 1)), sum(mpmath.norm(gap) for gap in gaps)
    assert mpmath.norm(total) <= 1e-12 * (size + N * min(scale, 1) * abs(result).max())


def test_huber_is_the_mean_at_a_large_scale_and_stays_near_among_liars():
    messages = np.random.default_rng(2).standard_normal((9, 4))
    wide = Huber(scale=1e9)(messages, 0)
    np.testing.assert_allclose(wide, messages.mean(axis=0), atol=1e-14)
    messages[:4] = 1e300
    assert np.abs(Huber(scale=1.0)(messages, 4)).max() < 5
    assert (Huber(scale=1.0)(np.full((4, 2), 1e300), 1) == 1e300).all()


def test_cge_and_monna_promise_no_more_than_they_keep():
    # Where all honest messages agree, one liar of their norm moves CGE, and the first one MoNNA.
    messages = np.array([[-3.0], [3.0], [3.0], [3.0], [3.0]])
    assert RULES["cge"](messages, f=1) < 3.0
    assert RULES["monna"](messages, f=1) < 3.0
    assert "translation" not in RULES["cge"].contracts
    assert not {"permutation", "bounded"} & RULES["monna"].contracts

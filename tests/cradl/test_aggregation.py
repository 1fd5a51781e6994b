"""What all rules promise; coordinate-wise ones against their definitions in exact fractions."""

import statistics
from fractions import Fraction

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cradl.aggregation import RULES

ROBUST = [name for name, rule in RULES.items() if "bounded" in rule.contracts]
COORDINATEWISE = [name for name, rule in RULES.items() if rule.coordinatewise]


def exact_mean(values):
    return sum(values) / Fraction(len(values))


def exact_trimmed_mean(values, f):
    return exact_mean(sorted(values)[f : len(values) - f])


def exact_mean_of_nearest(values, f, centre):
    nearest = sorted(values, key=lambda value: (abs(value - centre), value))
    return exact_mean(nearest[: len(values) - f])


def exact_phocas(values, f):
    return exact_mean_of_nearest(values, f, exact_trimmed_mean(values, f))


def exact_meamed(values, f):
    return exact_mean_of_nearest(values, f, statistics.median(values))


DEFINITIONS = {
    "mean": lambda values, f: exact_mean(values),
    "median": lambda values, f: statistics.median(values),
    "trimmed_mean": exact_trimmed_mean,
    "phocas": exact_phocas,
    "meamed": exact_meamed,
}


def test_every_coordinatewise_rule_has_a_definition_to_be_compared_with():
    # The others have theirs in test_vector_rules.py.
    assert set(DEFINITIONS) == set(COORDINATEWISE)


@st.composite
def messages_and_f(draw, elements=None):
    N = draw(st.integers(1, 12))
    D = draw(st.integers(1, 4))
    f = draw(st.integers(0, (N - 1) // 2))
    elements = elements or st.integers(-6, 6)
    return draw(hnp.arrays(np.float64, (N, D), elements=elements)), f


@pytest.mark.parametrize("name", DEFINITIONS)
@given(case=messages_and_f())
def test_equals_the_definition_on_integers_with_many_ties(name, case):
    messages, f = case
    exact = [
        float(DEFINITIONS[name]([Fraction(int(value)) for value in column], f))
        for column in messages.T
    ]
    np.testing.assert_allclose(RULES[name](messages, f=f), exact, rtol=1e-14, atol=1e-14)


WIDE = [(1, 0), (2, 0), (7, 3), (12, 4), (33, 16)]


@pytest.mark.parametrize(("N", "f"), WIDE)
@pytest.mark.parametrize("name", DEFINITIONS)
def test_equals_the_definition_in_many_coordinates(name, N, f):
    # Few distinct values, so that most of the columns are ties; the definition sees each once.
    rng = np.random.default_rng(N)
    distinct = rng.integers(-2, 3, (N, 150)) * 10.0 ** rng.integers(0, 3, 150)
    distinct[:, :50] += rng.standard_normal((N, 50))
    exact = [
        float(DEFINITIONS[name]([Fraction(value) for value in column], f)) for column in distinct.T
    ]
    places = rng.integers(0, 150, 20_001)
    result = RULES[name](distinct[:, places], f=f)
    np.testing.assert_allclose(result, np.array(exact)[places], rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("name", [name for name in DEFINITIONS if name != "mean"])
@pytest.mark.parametrize("huge", [1e308, 1e300, 1e-308])
def test_hostile_values_in_many_coordinates(name, huge):
    rng = np.random.default_rng(8)
    messages = rng.standard_normal((9, 10_000))
    messages[:4] = huge * rng.choice([-1.0, 1.0], (4, 10_000))
    rng.permuted(messages, axis=0, out=messages)
    result = RULES[name](messages, f=4)
    for j in range(0, 10_000, 97):
        exact = DEFINITIONS[name]([Fraction(value) for value in messages[:, j]], 4)
        assert result[j] == pytest.approx(float(exact), rel=1e-13, abs=1e-15)


@pytest.mark.parametrize("name", DEFINITIONS)
@pytest.mark.parametrize("N", [3, 4, 9])
def test_huge_honest_values_do_not_overflow(name, N):
    messages = np.full((N, 5), 1.5e308)
    np.testing.assert_allclose(RULES[name](messages, f=1), messages[0], rtol=1e-15)


@pytest.mark.parametrize("name", DEFINITIONS)
def test_equals_the_definition_on_reals(name):
    rng = np.random.default_rng(5)
    for N, D, f in [(100, 7, 20), (100, 7, 40), (101, 3, 3), (5, 2, 2), (7, 1, 0)]:
        messages = rng.standard_normal((N, D)) * 10.0 ** rng.integers(-3, 4, size=(N, 1))
        exact = [
            float(DEFINITIONS[name]([Fraction(value) for value in column], f))
            for column in messages.T
        ]
        np.testing.assert_allclose(RULES[name](messages, f=f), exact, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("N", "f"), [(100, 20), (100, 29), (100, 49), (33, 11)])
def test_trimmed_mean_equals_scipy_where_scipy_trims_f(N, f):
    messages = np.random.default_rng(1).standard_normal((N, 4))
    # Half a message more than f: scipy rounds the product of fraction and N down.
    expected = scipy.stats.trim_mean(messages, (f + 0.5) / N, axis=0)
    np.testing.assert_allclose(RULES["trimmed_mean"](messages, f=f), expected, rtol=1e-12)


def test_an_input_separates_every_coordinatewise_rule_from_the_mean_and_from_each_other():
    messages = np.array([[0.0], [1.0], [2.0], [4.0], [9.0], [16.0], [1000.0]])
    values = {name: RULES[name](messages, f=2)[0] for name in COORDINATEWISE}
    assert values["median"] == 4.0
    assert values["trimmed_mean"] == pytest.approx(5)
    assert values["mean"] == pytest.approx(1032 / 7)


def promising(contract):
    return [name for name, rule in RULES.items() if contract in rule.contracts]


CASES = [(100, 20), (101, 33), (10, 4), (9, 0)]


def at_most(f, name, N):
    """Return f, or the largest that the rule is defined for, or with few subsets to compare."""
    f, subsets = min(f, RULES[name].max_f(N)), RULES[name].subsets
    return f if subsets is None else max(one for one in range(f + 1) if subsets(N, one) < 10_000)


def random_messages(N, D=5):
    return np.random.default_rng(N).standard_normal((N, D))


@pytest.mark.parametrize(("N", "f"), CASES)
@pytest.mark.parametrize("name", promising("permutation"))
def test_permutation(name, N, f):
    messages, rule = random_messages(N), RULES[name]
    f = at_most(f, name, N)
    shuffled = np.random.default_rng(0).permutation(messages)
    np.testing.assert_allclose(rule(shuffled, f=f), rule(messages, f=f), rtol=0, atol=1e-14)


@pytest.mark.parametrize(("N", "f"), CASES)
@pytest.mark.parametrize("name", promising("monotone"))
def test_monotone(name, N, f):
    messages, rule, rng = random_messages(N), RULES[name], np.random.default_rng(1)
    f = at_most(f, name, N)
    for _ in range(20):
        grown = messages + rng.exponential(size=messages.shape) * rng.integers(0, 2, (N, 1))
        assert (rule(grown, f=f) >= rule(messages, f=f) - 1e-14).all()


@pytest.mark.parametrize("name", ["phocas", "meamed"])
def test_rules_of_nearest_values_are_not_monotone(name):
    # A value that moves away from the others is no longer counted.
    near, far = ([[-0.1], [0.1], [0.2], [one]] for one in (0.3, 9.0))
    assert RULES[name](np.array(far), f=1) < RULES[name](np.array(near), f=1)


@pytest.mark.parametrize("offset", [1.0, -1e8, 1e12])
@pytest.mark.parametrize(("N", "f"), CASES)
@pytest.mark.parametrize("name", promising("translation"))
def test_translation(name, N, f, offset):
    messages, rule = random_messages(N), RULES[name]
    f = at_most(f, name, N)
    rounding = 8 * np.finfo(float).eps * abs(offset) + 1e-14
    shifted = rule(messages + offset, f=f) - offset
    np.testing.assert_allclose(shifted, rule(messages, f=f), rtol=0, atol=rounding)


@pytest.mark.parametrize("factor", [3.0, 1e-150, 1e150])
@pytest.mark.parametrize(("N", "f"), CASES)
@pytest.mark.parametrize("name", promising("scaling"))
def test_scaling(name, N, f, factor):
    messages, rule = random_messages(N), RULES[name]
    f = at_most(f, name, N)
    np.testing.assert_allclose(
        rule(factor * messages, f=f) / factor, rule(messages, f=f), rtol=1e-12, atol=1e-14
    )


@pytest.mark.parametrize(("N", "f"), CASES)
@pytest.mark.parametrize("name", promising("linear"))
def test_linear(name, N, f):
    messages, rule = random_messages(N), RULES[name]
    others = np.random.default_rng(2).exponential(size=messages.shape)
    np.testing.assert_allclose(
        rule(messages + others, f=f),
        rule(messages, f=f) + rule(others, f=f),
        rtol=0,
        atol=1e-14,
    )


@pytest.mark.parametrize("N", [1, 2, 9, 100])
@pytest.mark.parametrize("name", promising("mean_without_attack"))
def test_mean_without_attack(name, N):
    messages = random_messages(max(N, RULES[name].least(0)))
    np.testing.assert_allclose(
        RULES[name](messages, f=0), messages.mean(axis=0), rtol=0, atol=1e-14
    )


HOSTILE = {
    "nan": np.nan,
    "inf": np.inf,
    "-inf": -np.inf,
    "huge": 1e308,
    "-huge": -1e308,
    "far": 1e9,
}


@pytest.mark.parametrize("kind", [*HOSTILE, "mixed", "one entry"])
@pytest.mark.parametrize(("N", "f"), [(100, 20), (100, 49), (101, 50), (3, 1)])
@pytest.mark.parametrize("name", promising("bounded"))
def test_bounded(name, N, f, kind):
    f = at_most(f, name, N)
    rng = np.random.default_rng(3)
    honest = rng.standard_normal((N - f, 6))
    liars = rng.standard_normal((f, 6))
    if kind == "mixed":
        liars[:] = rng.choice(list(HOSTILE.values()), size=liars.shape)
    elif kind == "one entry":
        liars[:, 2] = rng.choice(list(HOSTILE.values()), size=f)
    else:
        liars[:] = HOSTILE[kind]
    messages = rng.permutation(np.concatenate([honest, liars]))
    result = RULES[name](messages, f=f)
    assert np.isfinite(result).all()
    if RULES[name].coordinatewise:
        # f liars cannot drag the result out of the honest range by more than the range's width.
        low, high = honest.min(axis=0), honest.max(axis=0)
        assert (result >= low - (high - low)).all()
        assert (result <= high + (high - low)).all()
    else:
        # Above the constant of each; test_vector_rules.py has the constants.
        centre = honest.mean(axis=0)
        radius = np.linalg.norm(honest - centre, axis=1).max()
        assert np.linalg.norm(result - centre) <= 3 * N / (N - 2 * f) * radius


@pytest.mark.parametrize("name", RULES)
def test_non_finite_messages_are_dropped_with_their_count(name):
    honest = random_messages(12)
    liars = np.full((3, 5), np.nan)
    liars[1, 0], liars[2] = np.inf, -np.inf
    f = at_most(5, name, 15) if name in ROBUST else 3
    with_them = RULES[name](np.concatenate([honest, liars]), f=f)
    np.testing.assert_array_equal(with_them, RULES[name](honest, f=f - 3))


@pytest.mark.parametrize("name", RULES)
def test_more_non_finite_messages_than_f_are_refused(name):
    messages, f = random_messages(9), at_most(2, name, 9)
    messages[: f + 1, 0] = np.nan
    told = f"need at most f={f} messages that are not finite, got {f + 1} of 9"
    with pytest.raises(ValueError, match=told):
        RULES[name](messages, f=f)


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("shape", [(5,), (0, 3), (4, 0), (2, 3, 4)])
def test_wrong_shapes_are_refused(name, shape):
    with pytest.raises(ValueError, match=r"need messages of shape \(N, D\), got shape"):
        RULES[name](np.zeros(shape), f=0)


@pytest.mark.parametrize("name", ROBUST)
@pytest.mark.parametrize(("N", "f"), [(10, 5), (10, -1), (9, 5), (1, 1)])
def test_no_minority_is_refused(name, N, f):
    with pytest.raises(ValueError, match=f"for {N} messages, got f={f}"):
        RULES[name](random_messages(N), f=f)


@pytest.mark.parametrize("name", RULES)
def test_the_messages_are_left_as_they_were(name):
    messages = random_messages(11)
    before = messages.copy()
    RULES[name](messages, f=at_most(3, name, 11))
    np.testing.assert_array_equal(messages, before)


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("f", [1.5, True, "1", None])
def test_a_count_that_is_no_integer_is_refused(name, f):
    with pytest.raises(ValueError, match="need a whole number f of Byzantine messages, got"):
        RULES[name](random_messages(9), f=f)


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if rule.coordinatewise])
def test_coordinatewise_rules_aggregate_each_coordinate_alone(name):
    messages, rule = random_messages(11), RULES[name]
    alone = [rule(messages[:, [j]], f=3)[0] for j in range(messages.shape[1])]
    np.testing.assert_allclose(rule(messages, f=3), alone, rtol=1e-14)

"""Pre-aggregations against their definitions in exact fractions, and with every rule."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cradl.aggregation import RULES
from cradl.composition import composed
from cradl.faults import RowFault
from cradl.pre_aggregation import (
    PRE_AGGREGATIONS,
    Plain,
    PreAggregation,
    mixing_parameters_of,
)

NNM = {"name": "nearest_neighbour_mixing"}
EVERY = {
    "none": {},
    "nearest_neighbour_mixing": {},
    "bucketing": {"size": 2},
    "static_clipping": {"scale": 1.5},
    "adaptive_clipping": {},
}
PAIRS = [(name, rule) for name in EVERY if name != "none" for rule in RULES]


def chosen(name):
    return {"name": name, **EVERY[name]}


def mixed(name, messages, f, keys=None):
    parameters = mixing_parameters_of(chosen(name))
    return PRE_AGGREGATIONS[name].mix(messages, f, parameters=parameters, keys=keys)


def applied(name, rule, N, last=None):
    keys = np.random.default_rng(N).random(N) if name == "bucketing" else None
    return composed(rule, chosen(name), keys=keys, last=last)


def test_every_row_is_tested():
    assert set(EVERY) == set(PRE_AGGREGATIONS)


def fractions(messages):
    return [[Fraction(float(value)) for value in row] for row in messages]


def squared(a, b):
    return sum((x - y) ** 2 for x, y in zip(a, b, strict=True))


def mean_of(rows):
    return [sum(column) / Fraction(len(rows)) for column in zip(*rows, strict=True)]


def exact_mixing(rows, f):
    result = []
    for row in rows:
        order = sorted(range(len(rows)), key=lambda j: (squared(row, rows[j]), j))
        result.append(mean_of([rows[j] for j in order[: len(rows) - f]]))
    return result


@given(data=st.data())
def test_mixing_equals_its_definition_on_integers_with_many_ties(data):
    N = data.draw(st.integers(1, 9))
    f = data.draw(st.integers(0, N - 1))
    elements = st.integers(-3, 3)
    messages = data.draw(hnp.arrays(np.float64, (N, 2), elements=elements))
    expected = np.array(exact_mixing(fractions(messages), f), float)
    result = mixed("nearest_neighbour_mixing", messages, f)
    np.testing.assert_allclose(result, expected, rtol=1e-15, atol=4e-15)


@pytest.mark.parametrize("scale", [1e-300, 1.0, 1e290])
def test_mixing_keeps_honest_messages_together_whatever_liars_send(scale):
    rng = np.random.default_rng(5)
    messages = scale * rng.standard_normal((9, 3))
    messages[:3] = [[1e300, 1e300, 0.0], [-1e300, 0.0, 1e299], [1e200, 0.0, 0.0]]
    expected = np.array(exact_mixing(fractions(messages), 3), float)
    result = mixed("nearest_neighbour_mixing", messages, 3)
    np.testing.assert_allclose(result[3:] / scale, expected[3:] / scale, rtol=1e-12, atol=1e-14)
    assert np.isfinite(result).all()


def test_mixing_averages_all_if_nobody_lies():
    messages = np.random.default_rng(1).standard_normal((7, 3)) + 1e8
    result = mixed("nearest_neighbour_mixing", messages, 0)
    np.testing.assert_allclose(result, np.tile(messages.mean(axis=0), (7, 1)), rtol=4e-16)


@pytest.mark.parametrize(("N", "size"), [(1, 1), (6, 1), (6, 2), (7, 3), (5, 9)])
def test_buckets_hold_each_message_once(N, size):
    messages, keys = np.random.default_rng(2).standard_normal((N, 2)), np.arange(N) * 7 % N / N
    order = sorted(range(N), key=lambda i: (keys[i], i))
    expected = [messages[order[start : start + size]].mean(axis=0) for start in range(0, N, size)]
    row, parameters = (
        PRE_AGGREGATIONS["bucketing"],
        mixing_parameters_of({"name": "bucketing", "size": size}),
    )
    result = row.mix(messages, 0, parameters=parameters, keys=keys)
    np.testing.assert_allclose(result, expected, atol=1e-15)
    assert len(result) == row.count(N, parameters)


def test_clipping_leaves_short_messages_and_keeps_directions():
    messages = np.array([[3.0, 4.0], [0.3, 0.4], [-1e300, 0.0], [0.0, 0.0]])
    expected = [[0.9, 1.2], [0.3, 0.4], [-1.5, 0.0], [0.0, 0.0]]
    np.testing.assert_allclose(mixed("static_clipping", messages, 1), expected, rtol=1e-15)


@pytest.mark.parametrize(("N", "f"), [(1, 0), (5, 1), (5, 2), (10, 2), (10, 4), (33, 7)])
def test_adaptive_clipping_equals_its_definition(N, f):
    rng = np.random.default_rng(N)
    messages = rng.standard_normal((N, 3)) * 10.0 ** rng.integers(-3, 290, (N, 1))
    norms = [math.hypot(*row) for row in messages]
    limit = sorted(norms)[N - 1 - int(Fraction(2 * f * (N - f), N))]
    expected = np.array(
        [row * min(1.0, limit / norm) for row, norm in zip(messages, norms, strict=True)]
    )
    np.testing.assert_allclose(mixed("adaptive_clipping", messages, f), expected, rtol=1e-13)


# Six honest devices at -1, two at 3, and two liars just above -5: nearest-neighbour mixing moves
# the trimmed mean as far as 4 f / (N - 2 f) times the average deviation, four times as far as the
# worst case without it, f / (N - 2 f) for the average deviation.
BESIDE = Fraction(1, 10**6)
HONEST, LIARS = [-1] * 6 + [3] * 2, [-5 + BESIDE] * 2


def exact_ratio(rows, f):
    honest = [Fraction(value) for value in HONEST]
    middle = sum(honest) / len(honest)
    trimmed = sorted(row[0] for row in rows)[f : len(rows) - f]
    error = sum(trimmed) / len(trimmed) - middle
    return error**2 / (sum((one - middle) ** 2 for one in honest) / len(honest))


def test_mixing_makes_the_worst_case_of_the_trimmed_mean_four_times_worse():
    rows = [[Fraction(value)] for value in HONEST + LIARS]
    with_mixing = exact_ratio(exact_mixing(rows, 2), 2)
    assert Fraction(4, 3) - 10 * BESIDE < with_mixing < Fraction(4, 3)
    # Without mixing no input is worse than 1/3, by the proved constant: this one reaches it.
    assert exact_ratio(rows, 2) == Fraction(1, 3)

    messages = np.array([[float(value)] for value in HONEST + LIARS])
    honest, found = messages[:8, 0], {}
    for name in ("none", "nearest_neighbour_mixing"):
        moved = composed("trimmed_mean", {"name": name})(messages, f=2)[0] - honest.mean()
        found[name] = moved**2 / honest.var()
    assert found["nearest_neighbour_mixing"] == pytest.approx(float(with_mixing), rel=1e-12)
    assert found["none"] == pytest.approx(float(exact_ratio(rows, 2)), rel=1e-12)


# Mixed messages are often equal, clipped ones have equal norms: the first of equals counts.
TIED = {
    ("nearest_neighbour_mixing", "mda"),
    ("static_clipping", "cge"),
    ("adaptive_clipping", "cge"),
}


@pytest.mark.parametrize(("name", "rule"), PAIRS)
def test_contracts_that_are_kept_hold_with_every_rule(name, rule):
    N = 15
    server = applied(name, rule, N)
    # Few subsets, for rules that compare them.
    f = min(2, server.max_f(N))
    if f < 0:
        pytest.skip("too few messages come out")
    rng = np.random.default_rng(3)
    messages = rng.standard_normal((N, 4))
    result = server(messages, f=f)
    near = {"rtol": 1e-9, "atol": 1e-9}
    assert result.shape == (4,)
    if "permutation" in server.contracts and (name, rule) not in TIED:
        np.testing.assert_allclose(server(rng.permutation(messages), f=f), result, **near)
    if "translation" in server.contracts:
        np.testing.assert_allclose(server(messages + 1e3, f=f) - 1e3, result, **near)
    if "scaling" in server.contracts:
        np.testing.assert_allclose(server(1e150 * messages, f=f) / 1e150, result, **near)
    if "linear" in server.contracts:
        others = rng.standard_normal((N, 4))
        together = server(messages + others, f=f)
        np.testing.assert_allclose(together, result + server(others, f=f), **near)
    if "monotone" in server.contracts:
        for _ in range(20):
            grown = messages + rng.exponential(size=(N, 4)) * rng.integers(0, 2, (N, 1))
            assert (server(grown, f=f) >= result - 1e-12).all()
    if "coordinatewise" in server.contracts:
        alone = [server(messages[:, [j]], f=f)[0] for j in range(4)]
        np.testing.assert_allclose(result, alone, **near)
    if "mean_without_attack" in server.contracts:
        np.testing.assert_allclose(server(messages, f=0), messages.mean(axis=0), **near)


@pytest.mark.parametrize("huge", [1e300, -1e300, 1e9, np.nan, np.inf])
@pytest.mark.parametrize(("name", "rule"), PAIRS)
def test_liars_stay_within_reach_of_bounded_rules(name, rule, huge):
    N = 15
    server = applied(name, rule, N)
    if "bounded" not in server.contracts or server.max_f(N) < 1:
        pytest.skip("nothing is promised")
    messages = np.random.default_rng(4).standard_normal((N, 3))
    messages[5] = huge
    assert np.abs(server(messages, f=1)).max() < 12


def test_mixing_breaks_what_rules_by_coordinate_promise():
    server = applied("nearest_neighbour_mixing", "median", 5)
    assert not server.coordinatewise
    assert not {"monotone", "linear"} & server.contracts
    messages = np.random.default_rng(6).standard_normal((5, 2))
    alone = [server(messages[:, [j]], f=2)[0] for j in range(2)]
    assert np.abs(server(messages, f=2) - alone).max() > 0.1


def test_bucketing_leaves_fewer_messages_for_the_rule():
    server = applied("bucketing", "trimmed_mean", 10)
    assert server.max_f(10) == 2
    with pytest.raises(ValueError, match="need 0 <= f <= 2 for 5 messages, got f=3"):
        server(np.zeros((10, 2)), f=3)


@pytest.mark.parametrize("shape", [(5,), (0, 3), (4, 0)])
def test_wrong_shapes_are_refused(shape):
    with pytest.raises(ValueError, match=r"need messages of shape \(N, D\), got shape"):
        applied("nearest_neighbour_mixing", "median", 5)(np.zeros(shape), f=0)


def test_rules_that_are_unbounded_or_depend_on_zero_or_on_a_scale_have_no_constant():
    without = {"mean", "cge", "monna", "centered_clipping", "huber"}
    for rule in RULES:
        alone = composed(rule, {"name": "none"})
        assert alone.may_have_constant == (rule not in without)
    assert composed("median", NNM).may_have_constant
    for name in ("static_clipping", "adaptive_clipping", "bucketing"):
        assert not composed("median", chosen(name)).may_have_constant


@pytest.mark.parametrize("rule", ["cge", "centered_clipping", "huber"])
def test_their_error_does_not_vanish_with_the_spread(rule):
    honest = 100 + 1e-9 * np.random.default_rng(7).standard_normal((8, 1))
    messages = np.concatenate([honest, [[-50.0], [-50.0]]])
    moved = RULES[rule](messages, f=2)[0] - honest.mean()
    assert moved**2 / honest.var() > 1e12


@pytest.mark.parametrize(
    ("mix", "told"),
    [
        (
            lambda messages: messages[:2],
            r"an array \(5, 2\) of real numbers",
        ),
        (lambda messages: messages * np.nan, "need finite numbers"),
        (None, "need mix of PRE_AGGREGATIONS"),
    ],
)
def test_what_a_row_of_a_user_gives_back_is_checked(mix, told):
    def spoiled(messages, f, *, parameters, keys):
        if mix is None:
            raise KeyError("mine")
        return mix(messages)

    PRE_AGGREGATIONS["mine"] = PreAggregation(mix=spoiled, keeps=frozenset(), parameters=Plain)
    try:
        server = composed("median", {"name": "mine"})
        with pytest.raises(RowFault, match=told):
            server(np.ones((5, 2)), f=1)
    finally:
        del PRE_AGGREGATIONS["mine"]


def test_contracts_that_there_are_not_are_refused():
    with pytest.raises(ValueError, match=r"need contracts among .*, got robust"):
        PreAggregation(mix=len, keeps=frozenset({"robust"}), parameters=Plain)

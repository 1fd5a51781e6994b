"""The judge finds faults that are planted in made-up libraries, and none where there is none."""

import itertools
import json
import sys
import types
from fractions import Fraction

import numpy as np
import pytest

from cradl.aggregation import RULES
from cradl.conformance.__main__ import main
from cradl.conformance.definitions import EXACT, TooManyTies, allows
from cradl.conformance.inputs import GRID, places
from cradl.conformance.judging import judge
from cradl.conformance.libraries import JUDGED, Peer, peers_of
from cradl.conformance.shrinking import smallest
from cradl.conformance.telling import percent
from cradl.libraries import CLIPPED_AT, NotThere


def krum_with(messages, neighbours):
    gaps = ((messages[:, np.newaxis] - messages) ** 2).sum(axis=2)
    return messages[np.sort(gaps, axis=1)[:, 1 : neighbours + 1].sum(axis=1).argmin()]


def krum(messages, f):
    return krum_with(messages, len(messages) - f - 2)


def krum_with_one_neighbour_more(messages, f):
    return krum_with(messages, len(messages) - f - 1)


def last_krum(messages, f):
    """Of messages with equal sums the last one."""
    return krum(messages[::-1], f)


def uncentred_krum(messages, f):
    squares = (messages**2).sum(axis=1)
    gaps = squares[:, np.newaxis] + squares - 2 * messages @ messages.T
    np.fill_diagonal(gaps, 0)
    nearest = np.sort(gaps, axis=1)[:, 1 : len(messages) - f - 1]
    return messages[nearest.sum(axis=1).argmin()]


def median_that_spreads_nan(messages, f):
    return np.median(messages, axis=0)


def median_that_raises(messages, f):
    if not np.isfinite(messages).all():
        raise ValueError("not finite")
    return np.median(messages, axis=0)


def median_that_waits(messages, f):
    while not np.isfinite(messages).all():
        pass
    return np.median(messages, axis=0)


def steps_from_zero(messages, f):
    """Three smoothed steps towards the geometric median."""
    place = np.zeros(messages.shape[1])
    for _ in range(3):
        weights = 1 / np.maximum(np.linalg.norm(messages - place, axis=1), 0.1)
        place = weights @ messages / weights.sum()
    return place


def found(aggregate, rule, count=5):
    return judge(Peer("made_up", aggregate.__name__, rule, aggregate), count=count)


def test_a_rule_that_is_as_defined_conforms():
    verdict, wrong = found(krum, "krum")
    assert not wrong
    assert not any(count.failed for count in verdict.kinds.values())
    assert (verdict.broken, verdict.varies) == ([], False)


def test_another_choice_between_equals_is_no_fault():
    verdict, wrong = found(last_krum, "krum", 20)
    assert not wrong
    assert verdict.kinds["tied"].judged > 60


def test_krum_with_one_neighbour_more_is_found_and_its_input_is_small():
    verdict, wrong = found(krum_with_one_neighbour_more, "krum", 20)
    assert verdict.kinds["random"].differs > 0
    # It is a rule of its own: what it promises, it keeps.
    assert verdict.broken == []
    peer = Peer("made_up", "krum", "krum", krum_with_one_neighbour_more)
    example = smallest(peer, wrong)
    assert example.messages.shape[1] == 1
    assert len(example.messages) == 5
    assert (example.messages == np.round(example.messages)).all()
    # By hand: the message returned has a larger sum than the one that is defined.
    values = [Fraction(value) for (value,) in example.messages.tolist()]
    sums = {
        value: sum(sorted((value - other) ** 2 for other in values)[1 : 5 - 1 - 2 + 1])
        for value in values
    }
    assert sums[Fraction(example.got[0])] > sums[Fraction(example.defined[0])] == min(sums.values())


def test_krum_with_one_neighbour_more_differs_in_a_fifth_of_random_inputs():
    # Counted apart, in plain NumPy.
    rng = np.random.default_rng(3)
    drawn = [rng.standard_normal((11, 3)) for _ in range(300)]
    apart = [(krum(one, 3) != krum_with_one_neighbour_more(one, 3)).any() for one in drawn]
    refused = [not allows("krum", one, 3, krum_with_one_neighbour_more(one, 3)) for one in drawn]
    assert refused == apart
    assert 0.15 < np.mean(apart) < 0.3


def test_distances_that_cancel_far_from_the_origin_are_found_there_alone():
    verdict, wrong = found(uncentred_krum, "krum")
    assert {one.kind for one in wrong} == {"offset"}
    assert verdict.broken == []


@pytest.mark.parametrize(
    ("aggregate", "field"),
    [
        (median_that_spreads_nan, "not_finite"),
        (median_that_raises, "raised"),
        (median_that_waits, "endless"),
    ],
)
def test_what_a_lie_does_is_told(aggregate, field):
    verdict, wrong = found(aggregate, "median", 2)
    assert not wrong
    assert getattr(verdict.hostile["NaN"], field) > 0
    assert not verdict.conforms
    assert not verdict.hostile["1e300"].failed


def test_a_rule_that_depends_on_where_zero_is_is_told():
    verdict, wrong = found(steps_from_zero, "geometric_median", 2)
    assert verdict.broken == ["scaling", "translation"]
    assert len(wrong) > 40
    # Beside the median 4 of the first coordinate.
    messages = np.arange(1.0, 10.0).reshape(3, 3)
    place = steps_from_zero(messages, 1)
    assert place[0] == pytest.approx(3.788, abs=1e-3)
    assert not allows("geometric_median", messages, 1, place)
    assert allows("geometric_median", messages, 1, np.array([4.0, 5.0, 6.0]))


def test_a_rule_that_depends_on_the_order_or_on_chance_is_told():
    verdict, _ = found(lambda messages, f: messages[0], "median", 1)
    assert verdict.broken == ["permutation"]
    rng = np.random.default_rng(1)
    verdict, _ = found(lambda messages, f: messages[rng.integers(len(messages))], "median", 1)
    assert verdict.varies


def test_a_result_of_another_shape_is_told_like_an_exception():
    verdict, _ = found(lambda messages, f: messages, "median", 1)
    assert verdict.raised == "need shape (1,), got (5, 1)"
    assert verdict.kinds["random"].raised == verdict.kinds["random"].judged == len(GRID)


def test_the_worst_case_of_a_mean_that_is_called_median_is_larger_than_the_medians():
    # At most 1; the liar of a mean is not bounded at all.
    verdict, _ = found(lambda messages, f: messages.mean(axis=0), "median", 1)
    assert verdict.ours == pytest.approx(1)
    assert verdict.worst > 1e3


@pytest.mark.parametrize("rule", RULES.own)
def test_our_own_rules_conform(rule):
    peer = next(one for one in peers_of("cradl") if one.rule == rule)
    assert judge(peer, count=3)[0].conforms


@pytest.mark.parametrize("rule", EXACT)
def test_a_definition_allows_no_result_that_is_a_little_off(rule):
    rng = np.random.default_rng(5)
    N, f, D = places(RULES[rule])[-1]
    messages = rng.standard_normal((N, D))
    result = RULES[rule](messages, f=f)
    assert allows(rule, messages, f, result)
    for sign, j in itertools.product((-1e-6, 1e-6), range(D)):
        moved = result.copy()
        moved[j] += sign
        assert not allows(rule, messages, f, moved)


def test_all_choices_between_equals_are_allowed():
    # Two of 0, 2 and 4 are nearest to the median 2: 2 itself, and either of the others.
    messages = np.array([[0.0], [2.0], [4.0]])
    allowed = [allows("meamed", messages, 1, np.array([one])) for one in (1.0, 2.0, 3.0)]
    assert allowed == [True, False, True]


def test_more_choices_than_are_compared_are_refused():
    # Any 10 of 16 equal messages are nearest to their median, and none has this mean.
    with pytest.raises(TooManyTies):
        allows("meamed", np.zeros((16, 1)), 6, np.ones(1))


def caf_to_the_letter(values, weights, left):
    """Of one coordinate, where the eigenvector is 1: the maximum is over all messages."""
    best, record = None, np.inf
    while weights.sum() > left:
        mean = np.average(values, weights=weights)
        variance = np.average((values - mean) ** 2, weights=weights)
        best, record = (mean, variance) if variance < record else (best, record)
        weights = weights * (1 - (values - mean) ** 2 / ((values - mean) ** 2).max())
    return best


def test_both_readings_of_caf_are_allowed():
    values = np.array([-2.325, -0.219, -1.246])
    result = caf_to_the_letter(values, np.ones(3), 1)
    messages = values[:, np.newaxis]
    assert abs(result - RULES["caf"](messages, f=1)[0]) > 1e-2
    assert allows("caf", messages, 1, np.array([result]))
    assert not allows("caf", messages, 1, np.array([result + 1e-3]))


def test_shares_are_told_with_a_decimal():
    assert [percent(*one) for one in [(437, 2000), (0, 5), (1, 9999), (5, 5)]] == [
        "21.9 %",
        "0 %",
        "< 0.1 %",
        "100 %",
    ]


@pytest.fixture
def made_up(monkeypatch):
    module = types.ModuleType("made_up_rules")
    module.krum, module.wrong = krum, krum_with_one_neighbour_more
    monkeypatch.setitem(sys.modules, "made_up_rules", module)


@pytest.mark.usefixtures("made_up")
def test_the_command_judges_any_function_and_writes_what_it_found(tmp_path, capsys):
    files = [tmp_path / "found.md", tmp_path / "found.json"]
    options = ["--rule", "krum", "--inputs", "5", "--calls", "function(messages, f=f)"]
    written = ["--markdown", str(files[0]), "--json", str(files[1])]
    assert main(["made_up_rules:wrong", *options, *written]) == 1
    printed = capsys.readouterr().out
    (library,) = json.loads(files[1].read_text("utf-8"))
    (rule,) = library["rules"]
    assert rule["conforms"] is False
    counted = rule["kinds"]["random"]
    assert counted["judged"] == 5 * len(GRID)
    share = percent(counted["differs"], counted["judged"])
    for text in (printed, files[0].read_text("utf-8")):
        assert f"random {share}" in text
        assert "defined is" in text
    assert np.array(rule["example"]["messages"]).shape == (5, 1)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["absent_library"], "need cradl, byzfl, krum, byzpy, flwr or module:function"),
        (["numpy:median"], "need --rule NAME among mean, median"),
        (["numpy:median", "--rule", "median", "--calls", "f("], "need a Python expression"),
        (["cradl", "--rule", "absent"], "need --rule NAME among mean, median"),
        (["cradl", "--inputs", "0"], "need a whole number of 1 or more, got 0"),
    ],
)
def test_what_the_command_cannot_take_is_told(arguments, told, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert told in capsys.readouterr().err


def test_a_library_that_is_not_there_is_left_out_by_name(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "byzfl", None)
    with pytest.raises(NotThere, match="byzfl"):
        peers_of("byzfl")
    assert main(["byzfl"]) == 2
    assert main(["numpy:absent", "--rule", "median"]) == 2
    told = capsys.readouterr().err
    assert "byzfl is left out" in told
    assert "need module:function that imports, got numpy:absent" in told
    assert main(["byzfl", "cradl", "--rule", "mean", "--inputs", "1"]) == 0


def test_centered_clipping_of_others_is_called_with_the_scale_of_our_row():
    assert RULES["centered_clipping"].aggregate.scale == CLIPPED_AT


def peers_if_there(library):
    try:
        return {one.name: one for one in peers_of(library)}
    except NotThere as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("library", ["byzfl", "byzpy"])
def test_krum_of_byzfl_and_of_byzpy_sums_over_one_neighbour_more(library):
    peer = peers_if_there(library)["Krum"]
    rng = np.random.default_rng(0)
    for _ in range(100):
        messages = rng.standard_normal((11, 3))
        expected = krum_with_one_neighbour_more(messages, 3)
        np.testing.assert_array_equal(peer.aggregate(messages, 3), expected)


def test_the_geometric_median_of_byzfl_is_three_steps_from_zero():
    peer = peers_if_there("byzfl")["GeometricMedian"]
    messages = np.array([[1.0, 2.0], [4.0, 5.0], [7.0, 8.0]])
    np.testing.assert_allclose(peer.aggregate(messages, 1), steps_from_zero(messages, 1))


@pytest.mark.parametrize("library", JUDGED)
def test_every_rule_of_a_library_answers(library):
    for peer in peers_if_there(library).values():
        N, f, D = places(RULES[peer.rule])[0]
        messages = np.random.default_rng(2).standard_normal((N, D))
        assert np.shape(peer.aggregate(messages, f)) == (D,), peer.name

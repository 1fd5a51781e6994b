"""Rows of a user: what they get is theirs; what they give back is checked where it comes."""

from pathlib import Path

import numpy as np
import pytest

from cradl.aggregation import RULES, Rule
from cradl.arrays import real
from cradl.datasets import DATASETS, DataGenerator, Samples, check_first, completed, dataset
from cradl.foreign import RowFault
from cradl.parameters import Parameters

ROWS = np.array([[1.0, 5.0], [2.0, -1.0], [9.0, 0.0], [3.0, 2.0]])
WRONG = {
    "a list": (lambda m, f: [0.0, 0.0], r"need an array \(2,\) of real numbers .* got a list"),
    "nothing": (lambda m, f: None, "got a NoneType"),
    "another shape": (lambda m, f: m[:1], r"got shape \(1, 2\)"),
    "a number": (lambda m, f: m.mean(), r"got shape \(\)"),
    "complex numbers": (lambda m, f: m[0] * 1j, "got ndarray of complex128"),
    "texts": (lambda m, f: m[0].astype(str), "got ndarray of <U"),
    "objects": (lambda m, f: m[0].astype(object), "got ndarray of object"),
    "truth values": (lambda m, f: m[0] > 0, "got ndarray of bool"),
    "masked numbers": (lambda m, f: np.ma.masked_less(m[0], 2), "got a masked array"),
    "NaN": (lambda m, f: m[0] * np.nan, "need finite numbers .* got nan in 2 of 2 entries"),
    "infinity": (lambda m, f: m[0] / np.zeros(2), "got inf in 2 of 2"),
    "an error": (lambda m, f: m[9], r"got IndexError on line \d+ of test_foreign.py: index 9"),
    "an exit": (lambda m, f: m.nosuch, "got AttributeError"),
}


@pytest.fixture
def added():
    names = []

    def add(table, name, row):
        table[name] = row
        names.append((table, name))
        return row

    yield add
    for table, name in names:
        del table[name]


def rule(aggregate):
    return Rule(aggregate=aggregate, max_f=lambda N: N, contracts=frozenset())


@pytest.mark.parametrize("name", WRONG)
def test_what_a_rule_must_not_return_is_told_with_its_name(added, name):
    function, message = WRONG[name]
    mine = added(RULES, "mine", rule(function))
    with np.errstate(all="ignore"), pytest.raises(RowFault, match=message) as told:
        mine(ROWS, f=0)
    assert "RULES['mine']" in str(told.value)
    assert "\n" not in str(told.value)


def test_a_rule_may_return_any_real_numbers():
    for kind in (np.float32, np.int64, np.uint8, ">f8"):
        found = rule(lambda m, f, kind=kind: np.array([1, 2], kind))(ROWS, f=0)
        assert found.tolist() == [1.0, 2.0]
        assert found.dtype == np.float64


def test_a_rule_that_sorts_in_place_changes_nobody_elses_messages():
    def sorting(messages, f):
        messages.sort(axis=0)
        return messages[f : len(messages) - f].mean(axis=0)

    given = ROWS.copy()
    assert rule(sorting)(given, f=1).tolist() == [2.5, 1.0]
    assert np.array_equal(given, ROWS)


def test_numbers_that_overflow_are_no_fault_of_the_rule():
    huge = np.full((3, 2), 1e300)
    with np.errstate(over="ignore"):
        found = rule(lambda m, f: (m * m).sum(axis=0))(huge, f=0)
    assert np.isinf(found).all()


@pytest.mark.parametrize(
    "value",
    [
        np.ma.masked_array([[1.0, 2.0]], mask=[[False, True]]),
        np.ma.masked_array([[1.0, 2.0]]),
        np.array([[1.0, 2.0 + 1e-9j]]),
        [["1", "2"]],
        np.array([[1.0, None]]),
        np.array([["2020-01-01"]], "datetime64[D]"),
        np.array([[True]]),
        [[1.0], [1.0, 2.0]],
    ],
)
def test_array_likes_that_lose_information_are_refused(value):
    with pytest.raises(TypeError, match="need messages, got"):
        real(value, "messages")
    with pytest.raises(TypeError, match="need messages of real numbers, got"):
        RULES["mean"](value, f=0)


def test_too_few_messages_are_told_by_how_many_it_takes():
    with pytest.raises(ValueError, match="need at least 3 messages for f=0, no f for 2"):
        RULES["krum"](np.zeros((2, 1)), f=0)
    with pytest.raises(ValueError, match="need 0 <= f <= 0 for 4 messages, got f=1"):
        RULES["krum"](np.zeros((4, 1)), f=1)


class Sizes(Parameters):
    M: int
    m: int
    D: int


def generator(draw, *, labels=True):
    return DataGenerator(draw=draw, parameters=Sizes, labels=labels)


def drawn(problem="least_squares", sigma_h=(0.0,), **sizes):
    chosen = {"M": 2, "m": 4, "D": 3} | sizes
    return dataset("mine", chosen, problem=problem, sigma_h=sigma_h, seed=1, draws=2)


X, Y = np.arange(12.0).reshape(4, 3) % 5, np.array([[1.0, -1.0, 1.0, 1.0]])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (Samples(X[:, :2], Y), r"need designs \(4, 3\) for m=4, D=3 .* got \(4, 2\)"),
        (Samples(X[:3], Y[:, :3]), r"got \(3, 3\)"),
        (Samples(X, Y[0]), r"need responses \(1, 4\) .* got \(4,\)"),
        (Samples(np.where(X == 4, np.nan, X), Y), r"need finite designs .* nan at \(1, 1\) and 1"),
        (Samples(X, Y * np.inf), "need finite responses"),
        (Samples(X, (Y > 0) * 1.0), "need labels -1 or .1 .* got 0"),
        (Samples(X.astype(str), Y), "of <U"),
        (Samples(np.ma.masked_equal(X, 4), Y), "masked array"),
        ((X,), r"need Samples\(designs, responses\) .* got a tuple"),
        (X, "got a ndarray"),
    ],
)
def test_data_that_are_not_what_the_study_says_are_refused(added, given, message):
    added(DATASETS, "mine", generator(lambda rng, parameters, sigma_h: given))
    with pytest.raises(RowFault, match=message) as told:
        drawn("logistic")
    assert "DATASETS['mine']" in str(told.value)


def test_data_that_are_right_are_taken_as_they_are(added):
    added(DATASETS, "mine", generator(lambda rng, parameters, sigma_h: Samples(X, Y)))
    found = drawn("logistic")
    assert found["designs"].shape == (2, 4, 3)
    assert np.array_equal(found["responses"][1], Y)


class Counted(Sizes):
    classes: int

    @classmethod
    def of(cls, keys, folder, *, labels, classes):
        return cls(**keys.model_dump(), classes=3 if classes else 0)


@pytest.mark.parametrize(
    ("problem", "responses", "refused"),
    [
        ("softmax", [0, 2, 1, 2], None),
        ("softmax", [0, 3, 1, 2], "need class numbers from 0 to 2 .* got 3"),
        ("logistic", [-1, 1, 1, 1], None),
        ("logistic", [0, 1, 1, 1], "need labels -1 or .1 .* got 0"),
    ],
)
def test_a_generator_may_say_the_number_of_classes_with_its_data(
    added, problem, responses, refused
):
    given = Samples(X, np.array([responses], np.float64))
    row = generator(lambda rng, parameters, sigma_h: given)
    added(DATASETS, "mine", row._replace(completed=Counted, classes=None))
    keys, _ = completed("mine", {"M": 2, "m": 4, "D": 3}, problem=problem, folder=Path())
    request = {"problem": problem, "sigma_h": [0.0], "seed": 1, "draws": 1}
    for draw in (dataset, check_first):
        if refused:
            with pytest.raises(RowFault, match=refused):
                draw("mine", keys, **request)
        else:
            draw("mine", keys, **request)


def test_a_generator_that_fails_names_its_line(added):
    added(DATASETS, "mine", generator(lambda rng, parameters, sigma_h: {}["no"]))
    with pytest.raises(RowFault, match=r"KeyError on line \d+ of test_foreign.py: 'no'"):
        drawn()

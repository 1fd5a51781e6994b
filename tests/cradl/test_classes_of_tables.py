"""A user's own table of classes: numbers of the classes, rows kept apart, refusals, iris."""

import csv

import numpy as np
import pytest
import yaml
from studies import SMALL

import cradl
from cradl.config.findings import StudyError
from cradl.config.resolving import load_study
from cradl.datasets import dataset

FLOWERS = """\
length,width,kind
1.0,0.5,setosa
4.5,1.5,versicolor
5.5,2.0,virginica
1.5,0.25,setosa
4.0,1.25,versicolor
6.0,2.5,virginica
1.25,0.75,setosa
5.0,1.0,versicolor
"""
"""Written by hand: rows 1, 4, 7 are of the first class, 2, 5, 8 the second, 3, 6 the third."""
OF_FLOWERS = [0, 1, 2, 0, 1, 2, 0, 1]
MEASURED = np.array([line.split(",")[:2] for line in FLOWERS.splitlines()[1:]], np.float64)

KEYS = {
    "generator": "table",
    "problem": "softmax",
    "file": "own.csv",
    "target": "kind",
    "standardised": False,
    "intercept": False,
    "order": "file",
    "M": 2,
}


def written(folder, text, changes=None, **keys):
    """Write a study of as many devices as subsets whose data set is a table with this text."""
    (folder / "own.csv").write_text(text, "utf-8")
    entry = {key: one for key, one in {**KEYS, **keys}.items() if one is not None}
    study = SMALL | {"N": entry["M"], "r": 1, "alpha": 0, "datasets": {"small": entry}}
    curves = {"experiments": {"one": {"curves": [{"method": "mean_averaging"}]}}}
    path = folder / "study.yaml"
    path.write_text(yaml.safe_dump(study | curves | (changes or {})), "utf-8")
    return path


def study_of(folder, text, **keys):
    return load_study(written(folder, text, **keys))


def drawn(study, **changes):
    return dataset(**study.dataset_request("small") | changes)


def column(cells):
    """Write a table with this target and the numbers of the rows as its only feature."""
    return "place,kind\n" + "".join(f"{place},{cell}\n" for place, cell in enumerate(cells))


def classes_of(folder, cells, **keys):
    found = drawn(study_of(folder, column(cells), M=1, **keys))
    return found["responses"].to_numpy()[0, 0].tolist(), found.attrs["classes"]


@pytest.mark.parametrize("problem", ["softmax", {"name": "hidden_layer", "units": 3}])
def test_texts_in_sorted_order_are_the_classes(tmp_path, problem):
    changes = {"problem": problem}
    if problem != "softmax":
        path = written(tmp_path, FLOWERS, {"start": "scaled_normal", "step_size": 0.1}, **changes)
        study = load_study(path)
    else:
        study = study_of(tmp_path, FLOWERS, **changes)
    found = drawn(study)
    assert found["responses"].to_numpy()[0, 0].tolist() == OF_FLOWERS
    np.testing.assert_array_equal(found["designs"][0], MEASURED)
    assert found.attrs["classes"] == study.datasets["small"].classes == 3
    assert "test_designs" not in found


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["10", "9", "9.0", "-1", "1e1", "-1.00"], [2, 1, 1, 0, 2, 0]),
        (["b", "a", "B", "a", "B", "b"], [2, 1, 0, 1, 0, 2]),
        (["true", "False", "TRUE", "false"], [1, 0, 1, 0]),
        (["nan", "inf", "nan", "inf"], [1, 0, 1, 0]),
        (["0", "1", "0", "1"], [0, 1, 0, 1]),
    ],
)
def test_numbers_are_sorted_by_size_and_texts_as_texts(tmp_path, cells, expected):
    found, classes = classes_of(tmp_path, cells)
    assert (found, classes) == (expected, len({*expected}))


def test_classes_are_those_of_all_rows_whichever_are_used(tmp_path):
    found, classes = classes_of(tmp_path, "bacbac", m=2)
    assert (found, classes) == ([1, 0], 3)


@pytest.mark.parametrize("order", ["file", "random"])
def test_rows_train_or_test_or_neither_and_none_does_both(tmp_path, order):
    cells = [("x", "y", "z")[place % 3] for place in range(24)]
    found = drawn(study_of(tmp_path, column(cells), order=order, m=16, test=5), draws=4)
    training, tested = found["designs"][..., 0], found["test_designs"][..., 0]
    assert (training.shape, tested.shape) == ((4, 16), (4, 5))
    for draw in range(4):
        trains, tests = training[draw].to_numpy(), tested[draw].to_numpy()
        assert len({*trains, *tests}) == 21
        np.testing.assert_array_equal(found["responses"][draw, 0], trains % 3)
        np.testing.assert_array_equal(found["test_responses"][draw], tests % 3)
        if order == "file":
            others = sorted({*range(24)} - {*tests})
            assert trains.tolist() == others[:16]
    assert len({tuple(sorted(one)) for one in tested.to_numpy()}) > 1


def test_the_same_rows_test_in_either_order_and_all_others_train(tmp_path):
    draws = {}
    for order in ("file", "random"):
        draws[order] = drawn(study_of(tmp_path, column("xyz" * 8), order=order, test=6))
        assert draws[order].sizes["sample"] == 18
    one, other = (found["test_designs"].to_numpy() for found in draws.values())
    np.testing.assert_array_equal(one, other)


def test_features_are_standardised_over_the_rows_that_do_not_test(tmp_path):
    study = study_of(tmp_path, FLOWERS, standardised=True, intercept=True, test=2, m=4)
    found = drawn(study)
    plain = drawn(study_of(tmp_path, FLOWERS, test=2, m=4))
    tested = plain["test_designs"].to_numpy()[0]
    others = np.array([one for one in MEASURED if one.tolist() not in tested.tolist()])
    assert len(others) == 6
    for name, expected in (("designs", others[:4]), ("test_designs", tested)):
        scaled = (expected - others.mean(axis=0)) / others.std(axis=0)
        np.testing.assert_allclose(found[name][0, :, :2], scaled, rtol=1e-13)
        np.testing.assert_array_equal(found[name][0, :, 2], 1)


def test_a_column_that_varies_in_test_rows_alone_is_shifted_alone(tmp_path):
    # One row of eight has another value: among 20 draws it tests in some and trains in others.
    text = "rare,kind\n" + "".join(f"{3 + (place == 0)},{place % 2}\n" for place in range(8))
    found = drawn(study_of(tmp_path, text, standardised=True, test=4), draws=20)
    kinds = set()
    for designs, tested in zip(found["designs"], found["test_designs"], strict=True):
        trains = np.ptp(designs.to_numpy()) > 0
        kinds.add(bool(trains))
        if trains:
            # The values of 4 rows of which one differs: deviations √3 and −1/√3.
            expected = [-1 / np.sqrt(3)] * 3 + [np.sqrt(3)]
            np.testing.assert_allclose(np.sort(designs.to_numpy().ravel()), expected)
        else:
            assert sorted(tested.to_numpy().ravel()) == [0, 0, 0, 1]
    assert kinds == {True, False}


def fault(folder, text, **keys):
    """Return the key and the text of the only finding about a table."""
    with pytest.raises(StudyError) as raised:
        study_of(folder, text, **keys)
    (found,) = raised.value.findings
    return found.path.removeprefix("datasets.small."), f"need {found.needed}, got {found.given}"


@pytest.mark.parametrize(
    ("cells", "keys", "where", "told"),
    [
        ("aaaa", {}, "target", "at least two classes in column 'kind', got 1: 'a'"),
        (["1", "1.0", "1e0", "+1"], {}, "target", "got 1: '+1'"),
        ("abcd", {}, "target", "need at most 2 classes, half as many as rows, in column 'kind'"),
        (["1.5", "2.5", "1.25", "9"], {}, "target", "got 4: '1.25', '1.5', '2.5', '9' (numbers"),
        (["1", "?", "2", "1", "2", "NA"], {}, "target", "got '?', 'NA' beside numbers"),
        (["1", "nan", "2", "1", "2", "1"], {}, "target", "got 'nan' beside numbers"),
        ("abab", {"positive": "a"}, "positive", "need no such key for a loss of classes"),
        ("abab", {"test": -1}, "test", "-1"),
        ("abababab", {"test": 7}, "test", "at most the 6 of 8 rows beside M=2 subsets of one row"),
        ("abababab", {"test": 5, "m": 4}, "test", "at most the 4 of 8 rows beside m=4, got 5"),
        ("abababab", {"test": 3}, "M", "the 5 rows that `test` leaves, such as 1 or 5, or m: 4"),
        ("abab", {"sigma_h": 1}, "sigma_h", "one of"),
    ],
)
def test_what_cannot_be_classes_or_test_rows_is_told(tmp_path, cells, keys, where, told):
    path, text = fault(tmp_path, column(cells), **keys)
    assert path == where
    assert told in text


@pytest.mark.parametrize("problem", ["logistic", "least_squares"])
def test_no_rows_test_a_loss_without_classes(tmp_path, problem):
    cells = ["-1", "1"] * 4
    path, text = fault(tmp_path, column(cells), problem=problem, test=2)
    assert path == "test"
    assert "need 0 for a loss without classes" in text
    assert "test_designs" not in drawn(study_of(tmp_path, column(cells), problem=problem, test=0))


def test_a_study_of_iris_reads_most_of_the_flowers_that_it_has_not_seen(tmp_path):
    datasets = pytest.importorskip("sklearn.datasets")
    iris = datasets.load_iris()
    with (tmp_path / "iris.csv").open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow([*iris.feature_names, "species"])
        for row, kind in zip(iris.data, iris.target, strict=True):
            lines.writerow([*row, iris.target_names[kind]])
    changes = {
        "T": 300,
        "N": 10,
        "alpha": 0.2,
        "attack": {"name": "label_flipping"},
        "step_size": {"schedule": "sharpened1", "share": 0.5},
        "experiments": {"one": {"curves": [{"method": "cra_dl", "aggregator": "median", "r": 6}]}},
    }
    keys = {"file": "iris.csv", "target": "species", "M": 10, "test": 50, "order": "random"}
    results = cradl.run(written(tmp_path, FLOWERS, changes, **keys, standardised=True))
    table = results.frame("one", per_trial=True).set_index("iteration")
    assert (table.loc[300, "test_accuracy"] > 0.9).all()
    # Multiples of 1 of 50 flowers; with no model at all, each is read as the first class.
    shares = table["test_accuracy"].to_numpy() * 50
    np.testing.assert_allclose(shares, shares.round(), atol=1e-9)
    assert (table.loc[0, "test_accuracy"] < 0.6).all()

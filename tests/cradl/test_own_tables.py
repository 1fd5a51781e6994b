"""A user's own table: numbers as numpy reads them by hand, and every fault told before a run."""

import math

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from studies import SMALL

from cradl import columns
from cradl.columns import DataFault
from cradl.config.findings import StudyError
from cradl.config.resolving import load_study
from cradl.datasets import dataset

KEYS = {
    "generator": "table",
    "problem": "least_squares",
    "file": "own.csv",
    "target": "y",
    "standardised": False,
    "intercept": False,
    "order": "file",
    "M": 2,
}
NUMBERS = st.floats(-1e6, 1e6).filter(lambda one: one == 0 or abs(one) > 1e-6)


def study_of(folder, text, **keys):
    """Load a study of two devices whose data set is a table with this text."""
    content = text if isinstance(text, bytes) else text.encode()
    (folder / "own.csv").write_bytes(content)
    entry = {key: one for key, one in {**KEYS, **keys}.items() if one is not None}
    curves = [{"method": "mean_averaging"}]
    study = SMALL | {"N": entry["M"], "r": 1, "alpha": 0, "datasets": {"small": entry}}
    path = folder / "study.yaml"
    path.write_text(yaml.safe_dump(study | {"experiments": {"one": {"curves": curves}}}), "utf-8")
    return load_study(path)


def drawn(study, **changes):
    found = dataset(**study.dataset_request("small") | changes)
    return found["designs"].to_numpy(), found["responses"].isel(sigma_h=0).to_numpy(), found


def as_csv(names, rows):
    lines = [names, *([repr(float(one)) for one in row] for row in rows)]
    return "\n".join(map(",".join, lines)) + "\n"


def fault(folder, text, **keys):
    """Return the only finding about a table."""
    with pytest.raises(StudyError) as raised:
        study_of(folder, text, **keys)
    (found,) = raised.value.findings
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tables")


@given(
    st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), min_size=4, max_size=12).filter(
        lambda rows: len(rows) % 2 == 0
    ),
    st.booleans(),
    st.booleans(),
)
def test_features_and_targets_are_those_of_numpy_by_hand(folder, rows, standardised, intercept):
    table = np.array(rows)
    if standardised and (np.ptp(table[:, :2], axis=0) == 0).any():
        return
    study = study_of(
        folder,
        as_csv("abc", rows),
        target="c",
        standardised=standardised,
        intercept=intercept,
    )
    designs, responses, _ = drawn(study)
    expected = np.ascontiguousarray(table[:, :2])
    if standardised:
        expected = (expected - expected.mean(axis=0)) / expected.std(axis=0)
    if intercept:
        expected = np.column_stack([expected, np.ones(len(rows))])
    np.testing.assert_array_equal(designs[0], expected)
    np.testing.assert_array_equal(responses[0], table[:, 2])


def test_the_minimum_is_that_of_numpy(folder):
    rng = np.random.default_rng(1)
    table = rng.standard_normal((60, 5))
    found = drawn(study_of(folder, as_csv("abcdy", table), order="random", intercept=True))[2]
    Z = np.column_stack([table[:, :4], np.ones(60)])
    _, residual, _, _ = np.linalg.lstsq(Z, table[:, 4])
    assert found["minimum"].to_numpy() == pytest.approx(residual[0] / 2, rel=1e-12)
    largest = np.linalg.norm(Z, 2) ** 2
    assert found["smoothness"].to_numpy() == pytest.approx(largest, rel=1e-12)


def test_random_order_takes_every_row_once_and_a_part_of_them_without_repeats(folder):
    table = np.arange(40.0).reshape(20, 2)
    text = as_csv("ay", table)
    draws = {"draws": 3}
    whole, targets, _ = drawn(study_of(folder, text, order="random"), **draws)
    for one, target in zip(whole, targets, strict=True):
        np.testing.assert_array_equal(target, one[:, 0] + 1)
        assert sorted(one[:, 0]) == table[:, 0].tolist()
    assert not np.array_equal(whole[0], whole[1])
    part, _, _ = drawn(study_of(folder, text, order="random", m=6), **draws)
    assert all(len({*one[:, 0]}) == 6 for one in part)
    first, _, _ = drawn(study_of(folder, text, m=6))
    np.testing.assert_array_equal(first[0], table[:6, :1])


def test_a_part_of_the_rows_is_standardised_as_the_whole(folder):
    table = np.random.default_rng(2).standard_normal((20, 3))
    text = as_csv("aby", table)
    found, _, _ = drawn(study_of(folder, text, standardised=True, m=4))
    whole = np.ascontiguousarray(table[:, :2])
    whole = (whole - whole.mean(axis=0)) / whole.std(axis=0)
    np.testing.assert_array_equal(found[0], whole[:4])


@pytest.mark.parametrize(
    ("cells", "positive"),
    [
        (["-1", "1", "+1", "-1.0"], None),
        (["0", "1", "1.0", "0"], 1),
        (["benign", "malignant", "malignant", "benign"], "malignant"),
        (["False", "true", "True", "FALSE"], True),
    ],
)
def test_labels_are_minus_and_plus_one(folder, cells, positive):
    text = "a,y\n" + "".join(f"{place},{one}\n" for place, one in enumerate(cells))
    found = drawn(study_of(folder, text, problem="logistic", positive=positive))[1]
    assert found[0].tolist() == [-1, 1, 1, -1]


@pytest.mark.parametrize(
    ("cells", "positive", "told"),
    [
        ("0101", None, ("positive", "'0', '1'")),
        ("abab", None, ("positive", "'a', 'b'")),
        ("1111", None, ("target", "1: '1'")),
        ("abca", "a", ("target", "3: 'a', 'b', 'c'")),
        ("abab", "c", ("positive", "one of a, b")),
    ],
)
def test_wrong_labels_are_told_with_what_to_write(folder, cells, positive, told):
    text = "x,y\n" + "".join(f"{place},{one}\n" for place, one in enumerate(cells))
    found = fault(folder, text, problem="logistic", positive=positive)
    assert found.path == f"datasets.small.{told[0]}"
    assert told[1] in f"need {found.needed}, got {found.given}"


BAD_CELLS = {
    "": "missing values",
    "NA": "missing values",
    "nan": "missing values",
    "?": "missing values",
    "inf": "infinite",
    "-Infinity": "infinite",
    "1e999": "infinite",
    "red": "code it",
    "1_0": "code it",
    "0x1f": "code it",
    "1 2": "code it",
    "\u0661": "code it",
    '"1,5"': "decimal point",
}


@given(
    st.integers(1, 8),
    st.integers(1, 4),
    st.sampled_from(sorted(BAD_CELLS)),
    st.data(),
)
def test_a_bad_cell_is_told_with_row_and_column(folder, pairs, width, bad, data):
    rows = 2 * pairs
    row = data.draw(st.integers(0, rows - 1))
    column = data.draw(st.integers(0, width))
    cells = [[str(one + place) for one in range(width + 1)] for place in range(rows)]
    cells[row][column] = bad
    names = [*(f"c{place}" for place in range(width)), "y"]
    # A table of one column has empty lines where cells are empty: with the target there are two.
    found = fault(folder, "\n".join(map(",".join, [names, *cells])) + "\n")
    assert found.path == "datasets.small.file"
    assert f"in column {names[column]!r}, row {row + 1}:" in found.given
    assert BAD_CELLS[bad] in found.given


@given(st.integers(2, 9), st.integers(-1, 2).filter(bool), st.data())
def test_a_row_with_other_cells_than_names_is_told(folder, rows, more, data):
    row = data.draw(st.integers(1, rows))
    cells = [["1", "2", "3"] for _ in range(rows)]
    cells[row - 1] = ["1"] * (3 + more)
    found = fault(folder, "\n".join(map(",".join, [["a", "b", "y"], *cells])))
    assert (found.needed, found.given.split(" (")[0]) == (
        "3 cells in each row",
        f"{3 + more} in row {row}",
    )


WHOLE = "a,b,y\n" + "1,2,3\n4,5,6\n7,8,9\n1,0,1\n"


@pytest.mark.parametrize(
    ("text", "keys", "place", "told"),
    [
        ("", {}, "file", "got an empty file"),
        ("a,b,y\n", {}, "file", "at least one row"),
        ("\n\n", {}, "file", "an empty file"),
        ("a,a,y\n1,2,3\n", {}, "file", "'a' twice"),
        (",a,y\n0,1,2\n1,2,3\n", {}, "file", "none for column 1: name it, or list `features`"),
        ("a;b;y\n1;2;3\n", {}, "file", "semicolons in 'a;b;y'"),
        ("a\tb\ty\n1\t2\t3\n", {}, "file", "tabulators"),
        ("y\n1\n2\n", {}, "file", "a column besides the target"),
        ("größe,y\n1,2\n3,4\n".encode("latin-1"), {}, "file", "text in UTF-8"),
        (WHOLE.encode("utf-16"), {}, "file", "text in UTF-8"),
        ('a,y\n1,"2\n3,4\n', {}, "file", "row"),
        (WHOLE, {"target": "z"}, "target", "one of a, b, y, got 'z'"),
        (WHOLE, {"features": ["bb"]}, "features[0]", "'bb' (did you mean b?)"),
        (WHOLE, {"features": ["a", "a"]}, "features[1]", "every column once"),
        (WHOLE, {"features": ["y"]}, "features[0]", "not the target"),
        (WHOLE, {"M": 3}, "M", "4 rows of the file, such as 2 or 4, or m: 3"),
        (WHOLE, {"M": 5}, "M", "as many subsets as the 4 rows"),
        (WHOLE, {"m": 6}, "m", "at most the 4 rows of own.csv, got 6"),
        ("a,y\n5,1\n5,0\n", {"standardised": True}, "standardised", "5 in every row of column 'a'"),
        ("a,y\n1e200,1\n-1e200,0\n", {"standardised": True}, "standardised", "column 'a' from -1e"),
        (WHOLE, {"file": "own.xlsx"}, "file", "ends in .csv or .parquet"),
        (WHOLE, {"file": "none.csv"}, "file", "a readable file"),
    ],
)  # fmt: skip
def test_a_fault_is_told_at_its_key(folder, text, keys, place, told):
    found = fault(folder, text, **keys)
    assert found.path == f"datasets.small.{place}"
    assert told in f"need {found.needed}, got {found.given}"


@pytest.mark.parametrize(
    ("M", "m", "file", "near"),
    [
        (2, 3, "own.csv", "2 or 4"),
        # Four rows are no six, and no subset is empty.
        (3, 4, "own.csv", "3"),
        (3, 2, "own.csv", "3"),
        # How many rows there are, nothing says.
        (3, 4, "none.csv", "3 or 6"),
    ],
)
def test_of_rows_that_M_does_not_divide_the_nearest_that_it_does_are_told(folder, M, m, file, near):
    found = fault(folder, WHOLE, M=M, m=m, file=file)
    assert found == ("datasets.small", f"m divisible by M, such as {near}", f"m={m}, M={M}")


@pytest.mark.parametrize(
    ("key", "value"), [("D", 3), ("sha256", "0" * 64), ("standardized", True), ("order", "rows")]
)
def test_other_keys_are_refused(folder, key, value):
    assert fault(folder, WHOLE, **{key: value}).path == f"datasets.small.{key}"


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbf" + WHOLE.encode(),
        WHOLE.replace("\n", "\r\n").encode(),
        WHOLE.replace("\n", "\n\n").encode(),
        WHOLE.replace("1", '"1"').encode(),
        WHOLE.replace(",", " , ").encode(),
    ],
    ids=["byte order mark", "Windows", "empty lines", "quotes", "blanks"],
)
def test_what_programs_write_is_read_alike(folder, text):
    designs, responses, _ = drawn(study_of(folder, text))
    assert designs[0].tolist() == [[1, 2], [4, 5], [7, 8], [1, 0]]
    assert responses[0].tolist() == [3, 6, 9, 1]


def test_columns_that_are_not_used_may_hold_anything(folder):
    text = "a,name,y\n1,Ada,2\n3,,4\n"
    designs, _, _ = drawn(study_of(folder, text, features=["a"]))
    assert designs[0].tolist() == [[1], [3]]


def test_a_file_that_is_too_large_is_refused(folder, monkeypatch):
    monkeypatch.setattr(columns, "LARGEST", 10)
    assert "at most 1e-08 GB" in f"need {fault(folder, WHOLE).needed}"


def test_more_features_than_rows_are_noted(folder):
    assert study_of(folder, WHOLE).notes == ()
    (note,) = study_of(folder, "a,b,c,y\n1,2,3,4\n5,6,7,8\n").notes
    assert note.startswith("datasets.small: 3 features and 2 rows")


def test_sizes_are_those_of_the_file(folder):
    study = study_of(folder, WHOLE, intercept=True)
    assert study.sizes() == [(2, 0, 3)]
    assert study.datasets["small"].parameters["m"] == 4


def test_what_is_recorded_follows_the_content_and_not_the_place(tmp_path):
    def requests(folder, text):
        (tmp_path / folder).mkdir(exist_ok=True)
        return study_of(tmp_path / folder, text).dataset_request("small")

    before = requests("one", WHOLE)
    assert requests("two", WHOLE) == before
    assert requests("one", WHOLE.replace("9", "10")) != before


def test_a_file_that_changes_after_the_study_was_loaded_is_refused(tmp_path):
    study = study_of(tmp_path, WHOLE)
    (tmp_path / "own.csv").write_text(WHOLE.replace("9", "10"))
    with pytest.raises(DataFault, match="as it was when the study was loaded"):
        columns.names_of(*study.data_files())


def test_a_study_that_extends_another_may_name_another_file(tmp_path):
    study_of(tmp_path, WHOLE)
    below = tmp_path / "below"
    below.mkdir()
    (below / "other.csv").write_text("a,y\n1,2\n3,4\n")
    (below / "study.yaml").write_text(
        "extends: ../study.yaml\ndatasets: {small: {file: other.csv}}"
    )
    found = load_study(below / "study.yaml").datasets["small"]
    assert found.parameters["features"] == ["a"]
    (below / "study.yaml").write_text("extends: ../study.yaml\nseed: 8\n")
    found = load_study(below / "study.yaml").datasets["small"]
    assert found.parameters["features"] == ["a", "b"]


def test_parquet_is_read_as_the_same_table(folder):
    pd, _ = pytest.importorskip("pandas"), pytest.importorskip("pyarrow")
    table = pd.DataFrame({"a": [1.5, 2], "b": [3, 4], "y": ["no", "yes"]})
    table.to_parquet(folder / "own.parquet")
    found = drawn(study_of(folder, "", file="own.parquet", positive="yes"))
    assert found[0][0].tolist() == [[1.5, 3], [2, 4]]
    assert found[1][0].tolist() == [-1, 1]
    table["b"] = [math.nan, 1]
    table.to_parquet(folder / "own.parquet")
    assert "column 'b', row 1" in fault(folder, "", file="own.parquet", positive="yes").given
    (folder / "own.parquet").write_bytes(b"no parquet")
    assert fault(folder, "", file="own.parquet").needed == "a Parquet file"


def test_parquet_without_its_reader_is_told(folder, monkeypatch):
    pd = pytest.importorskip("pandas")

    def absent(*_, **__):
        raise ImportError("no", name="pyarrow")

    monkeypatch.setattr(pd, "read_parquet", absent)
    (folder / "own.parquet").write_bytes(b"")
    found = fault(folder, "", file="own.parquet")
    assert 'pip install "cradl[parquet]"' in found.given


def test_each_column_is_told_with_its_first_cell(folder):
    text = "city,rooms,age,y\n" + "Bern,1,2,3\n" * 3 + "Bern,,3,4\n" + 'Bern,n/a,"1,2",4\n'
    found = fault(folder, text)
    assert found.given == (
        "'Bern' in column 'city', row 1 and 4 more: leave column or row out, or code it as a "
        "number; '' in column 'rooms', row 4 and 1 more: leave out rows with missing values, or "
        "fill them; '1,2' in column 'age', row 5: write a decimal point"
    )

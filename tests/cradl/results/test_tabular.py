"""Tables as CSV: every text and every number comes back as it was."""

import csv
import io
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cradl.results.tabular import FLAGS, TEXTS, csv_of, read_table

HOSTILE = [
    *("NA", "nan", "NaN", "null", "None", "N/A", "<NA>", "#N/A", "-inf", "inf", "True", "false"),
    *("007", "1e3", "0x10", "1_000", "1,5", " a ", "a", "A", "á", "-a", "+a", '"', "'", '""', ","),
    *(
        "a,b",
        "a|b",
        "<b>",
        "&amp;",
        "$x$",
        r"_ % # { } ~ ^ \ ",
        "中位数",
        "وسيط",
        "σ_H",
        "−1",
        "-1",
    ),
    *("line\nbreak", "tab\tstop", "#", "=1+1", "﻿", "\u2028", "\u00a0", "𝛼"),
]
# Letters, marks, digits, signs and blanks; line breaks too.
LABELS = st.text(
    st.characters(exclude_categories=["Cc", "Cs"], include_characters="\n\t"), min_size=1
)


def written_and_read(table, folder, name):
    path = folder / f"{name}.csv"
    path.write_text(csv_of(table), encoding="utf-8", newline="")
    return read_table(path)


def losses(labels):
    return pd.DataFrame({"experiment": "one", "curve": labels, "trials": 3, "plateau": 0.1})


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_hostile_texts_in_every_column_of_texts(tmp_path, name):
    table = pd.DataFrame({column: [*HOSTILE, ""] for column in TEXTS[name]})
    found = written_and_read(table, tmp_path, name)
    assert found.to_dict("list") == table.to_dict("list")


@given(st.lists(LABELS, min_size=1, max_size=5))
def test_any_label_comes_back(tmp_path_factory, labels):
    found = written_and_read(losses(labels), tmp_path_factory.getbasetemp(), "losses")
    assert found["curve"].tolist() == labels
    # Another reader finds the same.
    rows = list(csv.DictReader(io.StringIO(csv_of(losses(labels)), newline="")))
    assert [row["curve"] for row in rows] == labels


@given(st.lists(st.floats(), min_size=1, max_size=5))
def test_numbers_keep_all_their_bits(tmp_path_factory, values):
    table = pd.DataFrame({"curve": "a", "plateau": values})
    found = written_and_read(table, tmp_path_factory.getbasetemp(), "losses")["plateau"]
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found.to_numpy(), np.array(values))
    assert [math.copysign(1, one) for one in found if one == 0] == [
        math.copysign(1, one) for one in values if one == 0
    ]


def test_kinds_of_columns(tmp_path):
    table = pd.DataFrame(
        {
            "rule": ["median", "NA"],
            "N": [5, 10**15 + 1],
            "printed": [None, 0.5],
            "exact": [True, False],
            "upper": [math.inf, 2.0],
        }
    )
    found = written_and_read(table, tmp_path, "constants")
    assert found["N"].tolist() == [5, 10**15 + 1]
    assert str(found["N"][1]) == "1000000000000001"
    assert math.isnan(found["printed"][0])
    assert found["printed"][1] == 0.5
    assert found["exact"].dtype == bool
    assert found["exact"].tolist() == [True, False]
    assert found["upper"].tolist() == [math.inf, 2.0]


def test_a_table_without_rows_keeps_its_columns(tmp_path):
    found = written_and_read(losses([]), tmp_path, "losses")
    assert list(found) == ["experiment", "curve", "trials", "plateau"]
    assert found.empty


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("mine", "a\n1\n", "need one of the tables claims, claims_summary, .*, got .*mine.csv"),
        ("losses", "", "need the head of a table in .*losses.csv, got an empty file"),
        ("losses", "curve,T\na\n", "need 2 entries in row 1 of .*losses.csv, got 1"),
        ("losses", "curve,T\na,x\n", "need numbers in column T of .*losses.csv, got .*'x'"),
        ("claims", "some\nyes\n", "need flags in column some of .*claims.csv, got 'yes'"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, name, text, told):
    path = tmp_path / f"{name}.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=told):
        read_table(path)


def test_rows_end_alike_everywhere(monkeypatch):
    monkeypatch.setattr("os.linesep", "\r\n")
    assert csv_of(losses(["a"])) == "experiment,curve,trials,plateau\none,a,3,0.1\n"


def test_no_column_is_of_two_kinds():
    for name, flags in FLAGS.items():
        assert not {*flags} & {*TEXTS[name]}

"""The table of verdicts on the theorems, counted by hand."""

import numpy as np
import pandas as pd
import pytest

from cradl.theorem_table import counted, theorems_latex

ROWS = [
    ("fig_a", "lemma1", "verified", 4.0, ""),
    ("fig_a", "theorem1", "not applicable", np.nan, "threshold"),
    ("fig_a", "lemma1", "refuted", 0.5, ""),
    ("fig_a", "theorem1", "not applicable", np.nan, "assumption_2"),
    ("fig_b", "definition1", "verified", np.inf, ""),
]
TABLE = pd.DataFrame(ROWS, columns=["experiment", "statement", "verdict", "ratio", "failing"])


def test_verdicts_are_counted_for_each_experiment_and_statement():
    rows = counted(TABLE).set_index(["experiment", "statement"]).to_dict("index")
    assert list(rows) == [("fig_a", "lemma1"), ("fig_a", "theorem1"), ("fig_b", "definition1")]
    lemma = rows["fig_a", "lemma1"]
    assert (lemma["verified"], lemma["refuted"], lemma["undecided"]) == (1, 1, 0)
    assert (lemma["least"], lemma["largest"]) == (0.5, 4)
    theorem = rows["fig_a", "theorem1"]
    assert (theorem["not applicable"], theorem["failing"]) == (2, "Assumption 2, threshold")


def test_latex_has_a_line_for_each_and_no_bare_special_character():
    lines = theorems_latex(TABLE).splitlines()
    assert lines[4:7] == [
        r"fig\_a & Lemma 1 & 1 & 1 & 0 & 0 & 0 & $0.5$ & $4$ &  \\",
        r"fig\_a & Theorem 1 & 0 & 0 & 0 & 0 & 2 & --- & --- & Assumption 2, threshold \\",
        r"fig\_b & Definition 1 & 1 & 0 & 0 & 0 & 0 & $\infty$ & $\infty$ &  \\",
    ]
    columns = lines[0].removeprefix(r"\begin{tabular}{").removesuffix("}")
    assert {line.count(" & ") + 1 for line in lines if line.endswith(r"\\")} == {len(columns)}


def test_no_row_is_no_table():
    with pytest.raises(ValueError, match="need a verdict on at least one curve, got none"):
        theorems_latex(TABLE[:0])

"""Tables of curves against experiments, against tables written by hand."""

import math

import pandas as pd
import pytest

from paper_figures.report.comparisons import comparison, comparisons
from paper_figures.report.groups import groups

LOSSES = pd.DataFrame(
    [
        ("a", "MA", 4, 40, 9.0, 0.5, 30.189, 0.642),
        ("a", "CRA-DL, r = 2", 4, 40, 8.0, 0.5, 6.2741, 0.0836),
        ("b", "CRA-DL, r = 2", 4, 40, 8.5, 0.5, 2.694, 0.074),
        ("b", "MA", 4, 40, 7.5, 0.5, 0.4021, 0.0063),
        ("short", "MA", 4, 5, 9e7, 2e5, math.nan, math.nan),
        ("short", "Mine", 4, 5, math.inf, math.nan, math.nan, math.nan),
    ],
    columns=[
        *("experiment", "curve", "trials", "T"),
        *("loss t=T", "loss t=T ±", "excess %", "excess % ±"),
    ],
)


def body(text):
    lines = text.partition("\\midrule\n")[2].partition("\\bottomrule")[0].splitlines()
    return [line.removesuffix(r" \\").split(" & ") for line in lines]


def test_a_row_for_each_curve_a_column_for_each_experiment_the_least_in_bold():
    text = comparisons(LOSSES, {"a": "Flipping, α = 0.2", "b": "Noise"})["comparison"]
    assert body(text) == [
        ["MA", r"\num{30.19 +- 0.64}", r"\cradlbest{0.402 +- 0.006}"],
        ["CRA-DL, $r = 2$", r"\cradlbest{6.27 +- 0.08}", r"\num{2.694 +- 0.074}"],
    ]
    assert r"Flipping, \\ $\alpha = 0.2$" in text
    assert r"plateau of $F - F^*$ (\si{\percent} of $F^*$)" in text


def test_without_a_plateau_the_last_loss_stands():
    text = comparisons(LOSSES, {})["comparison_short"]
    assert "$F$ after $5$ iterations" in text
    assert body(text) == [["MA", r"\cradlbest{9.000 +- 0.020e7}"], ["Mine", r"$\infty$"]]


def test_a_last_loss_that_is_an_early_one_is_found_there():
    early = LOSSES[4:].rename(columns=lambda name: name.replace("t=T", "t=5"))
    assert body(comparison(early, {}))[0][1] == r"\cradlbest{9.000 +- 0.020e7}"


def test_intervals_of_many_sizes_keep_digits_of_their_own():
    wide = LOSSES[:2].assign(**{"excess % ±": [0.642, 0.0036]})
    assert [row[1] for row in body(comparison(wide, {}))] == [
        r"\num{30.19 +- 0.64}",
        r"\cradlbest{6.2741 +- 0.0036}",
    ]


def test_rounding_is_no_excess():
    exact = LOSSES[:2].assign(**{"excess %": [-2.3e-14, -2.1e-14], "excess % ±": [1e-16, 2e-16]})
    assert [row[1] for row in body(comparison(exact, {}))] == [r"\cradlbest{0}"] * 2


def test_one_trial_has_no_interval():
    single = LOSSES[:2].assign(**{"excess % ±": math.nan})
    assert body(comparison(single, {}))[1][1] == r"\cradlbest{6.27}"


def test_titles_that_are_the_same_have_the_name_too():
    text = comparison(LOSSES[:4], {"a": "Alike", "b": "Alike"})
    assert r"Alike (a)\end{tabular}" in text
    assert r"Alike (b)\end{tabular}" in text


def test_nothing_is_compared_with_nothing():
    assert groups({"a": ["MA"], "b": ["CRA-DL"]}) == {}
    with pytest.raises(ValueError, match="need the losses of at least one curve, got none"):
        comparison(LOSSES[:0], {})


def test_the_first_table_of_several_experiments_is_the_one_without_a_name():
    curves = {"one": ["a", "b"], "two": ["c"], "three": ["c"], "four": ["c", "d"]}
    assert groups(curves) == {
        "comparison_one": ["one"],
        "comparison": ["two", "three"],
        "comparison_four": ["four"],
    }
    assert groups({"one": ["a", "b"]}) == {"comparison": ["one"]}

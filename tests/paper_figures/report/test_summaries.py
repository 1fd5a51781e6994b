"""Summaries and LaTeX tables, against counts by hand."""

import math
import re

import pandas as pd
import pytest
from boards import BOARDS

from paper_figures.report import claimed, shown, summaries, tables
from paper_figures.report.headlines import headlines, macros

THEOREMS = pd.DataFrame(
    [
        ("a", "lemma1", "printed", "verified", "", 4.0),
        ("a", "theorem1", "printed", "not applicable", "threshold", math.nan),
        ("b", "theorem1", "printed", "not applicable", "assumption_2", math.nan),
        ("b", "theorem1", "printed", "not applicable", "threshold", math.nan),
        ("b", "lemma1", "printed", "refuted", "", 0.5),
        ("b", "definition1", "", "verified", "", math.inf),
    ],
    columns=["experiment", "statement", "form", "verdict", "failing", "ratio"],
)
CLAIMS = pd.DataFrame(
    [
        ("slow", "It is & slow", "here", "t = 5", 1, 0, 1, -1.0, 0.5, "log10", "partly supported"),
        ("slow", "It is & slow", "here", "plateau", 0, 2, 0, 1.0, 2.0, "%", "contradicted"),
        ("fast", "It is fast", "there", "t = 10", 3, 0, 0, -3.0, -2.0, "log10", "supported"),
    ],
    columns=[
        "claim",
        "says",
        "source",
        "phase",
        "supported",
        "contradicted",
        "undecided",
        "least",
        "most",
        "unit",
        "verdict",
    ],
)
CONSTANTS = pd.DataFrame(
    [
        ("median", 5, 1, 1, "max", 0.8, 1.0, 1.0, True, "violated", 0.8),
        ("median", 5, 1, 2, "max", 1.6, 0.7, 0.8, False, "holds", 2.0),
        ("median", 5, 1, 2, "average", math.nan, 1.0, 1.0, True, "not printed", math.nan),
        ("faba", 5, 1, 2, "max", 6.0, 0.25, 0.25, True, "holds", 24.0),
        ("mine", 5, 1, 2, "max", math.nan, 0.25, math.nan, False, "not printed", math.nan),
    ],
    columns=[
        "rule",
        "N",
        "f",
        "D",
        "deviation",
        "printed",
        "lower",
        "upper",
        "exact",
        "verdict",
        "slack",
    ],
)
LOSSES = pd.DataFrame(
    {
        "experiment": ["a", "a"],
        "curve": ["MA", "CRA-DL (median), α = 0.1"],
        "trials": [4, 4],
        "excess %": [math.nan, 6.2637],
        "excess % ±": [math.nan, 0.0871],
    }
)


def body(text):
    """Return the cells of a tabular's lines."""
    lines = text.partition("\\midrule\n")[2].partition("\\bottomrule")[0].splitlines()
    return [line.removesuffix(r" \\").split(" & ") for line in lines]


def test_statements_are_counted_with_their_ratios():
    rows = summaries.statements(THEOREMS).set_index("statement").to_dict("index")
    assert list(rows) == ["Definition 1", "Lemma 1", "Theorem 1"]
    lemma = rows["Lemma 1"]
    assert (lemma["verified"], lemma["refuted"], lemma["undecided"]) == (1, 1, 0)
    assert (lemma["least ratio"], lemma["median ratio"], lemma["largest ratio"]) == (0.5, 2.25, 4)
    assert rows["Theorem 1"]["not applicable"] == 3
    assert rows["Theorem 1"]["fails first"] == "threshold on C_α (2), Assumption 2 (1)"
    assert math.isnan(rows["Theorem 1"]["least ratio"])


def test_constants_are_counted_where_they_are_printed():
    rows = summaries.constants(CONSTANTS).set_index("rule").to_dict("index")
    assert list(rows) == ["Median", "FABA"]
    median = rows["Median"]
    assert (median["holds"], median["violated"], median["sizes"]) == (1, 1, 2)
    assert (median["known exactly"], median["least slack"], median["largest slack"]) == (1, 0.8, 2)
    assert median["violated at"] == "D = 1 (1 size)"


def test_constants_at_the_sizes_of_a_study():
    rows = summaries.constants_at(CONSTANTS, [(5, 1, 2)])
    assert rows.index.tolist() == [1, 3, 4]


@pytest.mark.parametrize(
    ("make", "table", "message"),
    [
        (summaries.statements, THEOREMS[:0], "at least one curve, got none"),
        (summaries.constants, CONSTANTS[4:], "a rule with a printed constant, got none"),
        (summaries.statements, THEOREMS.assign(verdict="sure"), r"need verified, .* got 'sure'"),
    ],
)
def test_what_cannot_be_summed_up_is_refused(make, table, message):
    with pytest.raises(ValueError, match=message):
        make(table)


def test_every_latex_table_has_as_many_cells_in_each_line_as_columns():
    written = [
        tables.statements(THEOREMS),
        tables.claims(claimed.claims({shown.CLAIMS_SUMMARY: CLAIMS})),
        tables.constants(CONSTANTS),
        tables.truth(CONSTANTS, [(5, 1, 1), (5, 1, 2)]),
        tables.costs(COSTS, {}),
        tables.leaderboards(BOARDS),
    ]
    for text in written:
        text = re.sub(r"\\multicolumn\{(\d+)\}", lambda one: "&" * (int(one[1]) - 1), text)
        kinds = re.sub(r"p\{.*?\}(?=[plr}])", "p", text.splitlines()[0])
        columns = re.search(r"\{tabular\}\{([plr]+)\}", kinds)[1]
        for line in text.splitlines():
            if line.endswith(r"\\"):
                assert len(re.split(r"(?<!\\)&", line)) == len(columns), line
        assert text.isascii()
        assert text.count("{") == text.count("}")


def test_latex_cells():
    assert body(tables.statements(THEOREMS))[1] == (
        ["Lemma 1", "printed", "1", "1", "0", "0", "0", r"\numrange{0.5}{4}", r"\num{2.25}"]
    )
    assert body(tables.claims(claimed.claims({shown.CLAIMS_SUMMARY: CLAIMS}))) == [
        [r"It is \& slow", "1", "0", "2", "0", "2", "2", "mostly contradicted"],
        ["It is fast", "3", "0", "3", "---", "---", "---", "holds"],
    ]
    assert body(tables.truth(CONSTANTS, [(5, 1, 1)])) == [
        ["5", "1", "1", "printed", r"\num{0.8}\textsuperscript{\dag}"],
        ["", "", "", "true", r"\num{1}"],
    ]


def test_leaderboards_stand_below_their_questions():
    first, *rows = body(tables.leaderboards(BOARDS))
    assert first == [
        r"\multicolumn{7}{p{\linewidth}}{\emph{Which rule? (excess loss in log10, 9 tasks, "
        r"critical difference 1.1)}}"
    ]
    assert rows[0] == [
        *("CRA-DL (median), $r = 4$", r"\num{1.25}", "8", "1", r"\num{0}", "---", r"\num{0}")
    ]
    assert rows[1][3:] == [
        "1, 2",
        r"\num[separate-uncertainty=true]{0.50 +- 0.25}",
        "Gaussian, variance 9",
        r"\num{2.5}",
    ]
    assert rows[3][0].count("two") == 1
    assert rows[4][0] == "$A_1$"
    assert rows[5][4:] == [r"$\infty$", "mimic", r"$\infty$"]
    with pytest.raises(ValueError, match="at least one leaderboard, got none"):
        tables.leaderboards(BOARDS[:0])


TABLE1 = pd.DataFrame(
    [("median", 5, 1, 2, "1/5", 1.5625), ("faba", 5, 1, 2, "1/5", math.nan)],
    columns=["rule", "N", "f", "D", "alpha", "value"],
)


def test_table_1_has_a_line_for_each_size_and_its_formulas_beside():
    text = tables.table1(TABLE1, {"median": "C = 1"})
    assert body(text) == [["5", "2", "1/5", r"\num{1.56}", "---"]]
    assert text.endswith("% Median: $C = 1$\n")
    with pytest.raises(ValueError, match="at least one constant of Table I, got none"):
        tables.table1(TABLE1[:0], {})


def test_formulas_are_those_of_the_ledger():
    ledger = pd.DataFrame({"equation": ["1", "T1.1", "T1.6"], "formula": ["a", "b", "c"]})
    assert tables.formulas(ledger) == {"median": "b", "faba": "c"}


COSTS = pd.DataFrame(
    [
        {
            "experiment": "a",
            "curve": "Detection",
            "storage largest": 4,
            "storage promised": 4,
            "computation largest": 4,
            "computation promised": 4,
            **{
                f"{one} {end}": value
                for one in ("server gradients", "rounds", "numbers received")
                for end, value in (("mean", 1.52), ("±", 0.031), ("largest", 4), ("promised", 3))
            },
            "computation of all devices": 40.0,
            "within promise": "no",
        }
    ]
)


def test_costs_show_what_was_taken_and_what_is_promised():
    title, row = body(tables.costs(COSTS, {"a": "Attack, α = 0.1"}))
    assert title == [r"\multicolumn{8}{l}{\emph{Attack, $\alpha = 0.1$}}"]
    assert row[1] == r"$4 \leq 4$"
    assert row[4] == r"\num[separate-uncertainty=true]{1.520 +- 0.031}; $4 > 3$"
    assert row[-1] == "no"
    always = COSTS.assign(**{"rounds mean": 4.0, "rounds ±": 0.0})
    assert body(tables.costs(always, {}))[1][5] == "$4 > 3$"
    with pytest.raises(ValueError, match="at least one curve, got none"):
        tables.costs(COSTS[:0], {})


GIVEN = {
    "verify/theorems.csv": THEOREMS,
    "verify/claims_summary.csv": CLAIMS,
    "verify/constants.csv": CONSTANTS,
    "verify/losses.csv": LOSSES,
}


def test_headlines_have_the_values_of_their_tables():
    values = {one.key: one for one in headlines(GIVEN)}
    assert values["claims.contradicted"].value == 1
    assert values["theorems.not-applicable"].value == 3
    assert (values["lemmas.verified"].value, values["lemmas.refuted"].value) == (2, 1)
    assert values["lemma-1.printed.ratio.least"].value == 0.5
    assert values["constants.median.slack.least"].value == 0.8
    excess = values["excess.a.cra-dl-median-alpha-0.1"]
    assert (excess.value, excess.half_width, excess.unit) == (6.2637, 0.0871, "percent")
    assert excess.file == "verify/losses.csv"


def test_a_missing_table_has_no_headline():
    given = {name: one for name, one in GIVEN.items() if name != "verify/losses.csv"}
    assert not [one for one in headlines(given) if one.key.startswith("excess")]


def test_accuracies_have_keys_of_their_own():
    tested = LOSSES.assign(**{"accuracy %": [math.nan, 87.25], "accuracy % ±": [math.nan, 1.5]})
    values = {one.key: one for one in headlines({"verify/losses.csv": tested})}
    accuracy = values["accuracy.a.cra-dl-median-alpha-0.1"]
    assert (accuracy.value, accuracy.half_width, accuracy.unit) == (87.25, 1.5, "percent")
    assert [key for key in values if key.startswith("accuracy")] == [accuracy.key]


def test_one_key_for_two_numbers_is_refused():
    twice = pd.concat([LOSSES, LOSSES])
    with pytest.raises(ValueError, match=r"need every key once, got excess\.a\.cra-dl"):
        headlines({"verify/losses.csv": twice})


def test_macros_set_every_finite_headline():
    text = macros(headlines(GIVEN), "tiny")
    assert r"\cradl@set{claims.contradicted}{1}{1}{1}" in text
    key = "excess.a.cra-dl-median-alpha-0.1"
    assert rf"\cradl@set{{{key}}}{{6.26}}{{6.264 +- 0.087}}{{6.2637}}" in text
    # An infinite ratio is no argument of \num.
    assert "definition-1.ratio.largest" not in text
    assert text.isascii()

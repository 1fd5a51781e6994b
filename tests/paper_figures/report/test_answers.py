"""The answers of the report, from tables small enough to answer by hand."""

import json
import math
from pathlib import Path

import pandas as pd
import pytest
import yaml
from boards import BOARDS

from paper_figures.report.answers import QUESTIONS, answers, verdict
from paper_figures.report.claimed import Tally, claims
from paper_figures.report.content import PAPER, Content, Picture
from paper_figures.report.findings import FRONT, LEADING, appendix, findings, front
from paper_figures.report.shown import (
    CLAIMS,
    CLAIMS_SUMMARY,
    CONSTANTS,
    EQUATIONS,
    LEADERBOARDS,
    LOSSES,
    THEOREMS,
)

STUDY = Path(__file__).parents[3] / "config" / "paper.yaml"


def decided(rows):
    """Return both tables of claims.

    Each row has the claim, its phase, whether one comparison in each experiment is enough, and by
    experiment its verdicts.
    """
    cells = [
        {
            **{"claim": name, "says": f"says {name}", "source": "Section V, on Fig. 2"},
            **{"phase": phase, "some": some, "verdict": one, "mean": -1.0, "unit": "log10"},
            "terms": json.dumps([[1, where, "A"], [-1, where, "B"]]),
            **{"level": 0.99, "trials": 100, "lower": -2.0, "upper": 0.5, "comparison": "A − B"},
        }
        for name, phase, some, experiments in rows
        for where, verdicts in experiments.items()
        for one in verdicts
    ]
    table = pd.DataFrame(cells)
    summary = [
        {
            **{key: mine[key].iloc[0] for key in ("says", "source", "unit")},
            **{"claim": name, "phase": phase, "least": -1.0, "most": -1.0, "verdict": "unread"},
            **{one: int((mine["verdict"] == one).sum()) for one in VERDICTS},
        }
        for (name, phase), mine in table.groupby(["claim", "phase"], sort=False)
    ]
    return {CLAIMS: table, CLAIMS_SUMMARY: pd.DataFrame(summary)}


VERDICTS = ("supported", "contradicted", "undecided")
GOOD, BAD, OPEN = VERDICTS


def content(tables, study=PAPER, figures=(), mixed=()):
    return Content(
        study=study,
        expected=list(tables),
        tables=tables,
        figures=figures,
        sizes=[],
        settings=pd.DataFrame({"experiment": ["a"], "title": ["Attack"]}),
        assumed=[],
        origins=[],
        mixed=mixed,
    )


def contest(mean, rba, sgc, clairvoyant):
    names = ("beats_mean", "beats_rba", "beats_sgc", "beats_clairvoyant")
    verdicts = zip(names, (mean, rba, sgc, clairvoyant), strict=True)
    return decided([(name, "plateau", False, {"a": one}) for name, one in verdicts])


@pytest.mark.parametrize(
    ("rivals", "short", "says"),
    [
        ([GOOD] * 3, "Yes", "in all 6 comparisons"),
        ([GOOD, GOOD, BAD], "No", "in 4 of 6 comparisons"),
        ([BAD] * 3, "No", "in 0 of 6 comparisons"),
        ([OPEN] * 3, "Undecided", "in 0 of 6 comparisons"),
        ([GOOD, GOOD, OPEN], "Not in every comparison", "in 4 of 6 comparisons"),
    ],
)
def test_words_follow_the_comparisons(rivals, short, says):
    tables = contest(rivals, rivals, [GOOD], [BAD])
    first, second = answers(content(tables))
    assert (first.short, second.short) == (short, "No")
    assert [chip.text for chip in second.chips] == ["SGC-DL 1 of 1", "Clairvoyant 0 of 1"]
    (sentence,) = verdict(content(tables))
    assert sentence.startswith(f"CRA-DL ends below MA and RBA-DL {says}, ")
    assert sentence.endswith("below SGC-DL and Clairvoyant in 1 of 2.")


def test_the_questions_are_about_claims_of_the_papers_study():
    names = {*yaml.safe_load(STUDY.read_text(encoding="utf-8"))["claims"]}
    assert {name for one in QUESTIONS for name in one.rivals} <= names
    assert {*LEADING} <= names


def test_a_study_with_claims_of_its_own_is_asked_of_them():
    tables = decided(
        [("mine", "plateau", False, {"a": [GOOD]}), ("other", "plateau", False, {"a": [BAD]})]
    )
    (only,) = answers(content(tables, study="mine"))
    assert (only.question, only.short) == ("Do the study’s claims hold?", "1 of 2")
    assert verdict(content(tables, study="mine")) == ["Of 2 claims, 1 of 2 comparisons hold."]


def test_a_study_without_claims_has_no_answers():
    assert answers(content({}, study="mine")) == []
    assert verdict(content({}, study="mine")) == []


def test_one_comparison_in_each_experiment_may_be_enough():
    tables = decided(
        [
            ("c", "t = 5", True, {"a": [GOOD, BAD, BAD], "b": [BAD, OPEN], "d": [BAD, BAD]}),
            ("c", "plateau", True, {"a": [GOOD, BAD], "b": [GOOD], "d": [OPEN, GOOD]}),
        ]
    )
    (claim,) = claims(tables)
    assert [phase.tally for phase in claim.phases] == [Tally(1, 1, 3), Tally(3, 0, 3)]
    assert claim.experiments == {"a", "b", "d"}


def test_theorems_cover_the_curves_that_meet_hypotheses_of_either():
    rows = [
        ("a", "one", "theorem1", "not applicable"),
        ("a", "one", "theorem2", "verified"),
        ("a", "two", "theorem1", "not applicable"),
        ("a", "two", "lemma1", "verified"),
        ("b", "one", "theorem1", "verified"),
    ]
    table = pd.DataFrame(rows, columns=["experiment", "curve", "statement", "verdict"])
    drawn = [Picture("one", "", None, "", "training_loss", ["a"], "Fig. 2")]
    (answer,) = answers(content({THEOREMS: table}, figures=drawn))
    assert answer.short == "Some"
    assert [chip.text for chip in answer.chips] == ["1 of 2 curves of the paper’s figures"]
    # Bounds are checked wherever their hypotheses hold.
    assert answer.says.endswith("the bounds hold: 2 of 2.")


def test_constants_are_named_with_where_they_fail():
    rows = [
        ("median", 5, 1, 1, "1/5", 0.5, "violated"),
        ("median", 5, 1, 9, "1/5", 0.5, "holds"),
        ("krum", 5, 2, 9, "2/5", 0.5, "violated"),
        ("krum", 5, 0, 9, "0", 0.5, "undecided"),
        ("faba", 5, 0, 9, "0", 0.5, "holds"),
        ("faba", 5, 0, 9, "0", None, "not printed"),
    ]
    names = ["rule", "N", "f", "D", "alpha", "printed", "verdict"]
    (answer,) = answers(content({CONSTANTS: pd.DataFrame(rows, columns=names)}))
    assert answer.short == "Median and Krum"
    assert [chip.text for chip in answer.chips] == ["Median at 1 of 2", "Krum at 1 of 2", "1 other"]
    assert "Median: D ≤ 1 and α from 0.2 on; Krum: α from 0.4 on." in answer.says


def test_refuted_statements_are_counted_by_what_is_wrong():
    rows = [("1", "proved", ""), ("K1", "proved", ""), ("2", "refuted", "error")]
    rows += [("3", "refuted", "edge case"), ("4", "refuted", "edge case"), ("5", "definition", "")]
    table = pd.DataFrame(rows, columns=["equation", "verdict", "kind"])
    assert verdict(content({EQUATIONS: table})) == [
        "Of the paper’s 4 statements that can be decided, 1 are proved and 3 contradicted: 1 error "
        "and 2 edge cases."
    ]


def test_figures_stand_before_the_appendix_up_to_ten():
    drawn = [Picture(f"f{place}", "", None, "", appendix=place == 0) for place in range(13)]
    report = content({}, figures=drawn)
    assert [one.name for one in front(report)] == [f"f{place}" for place in range(1, FRONT + 1)]
    assert [one.name for one in appendix(report)] == ["f0", "f11", "f12"]


def test_a_claim_stands_beside_the_figure_that_it_is_about():
    tables = decided(
        [("beats_rba", "plateau", False, {"a": [GOOD]}), ("x", "plateau", False, {"b": [BAD]})]
    )
    drawn = [
        Picture("second", "", None, "", "training_loss", ["a"], "Fig. 2"),
        Picture("third", "", None, "", "training_loss", ["a", "b"], "Fig. 3"),
        Picture("other", "", None, "", "training_loss", ["a", "b"]),
    ]
    found = findings(content(tables, figures=drawn))
    # All are said of Fig. 2; what is not told there stands at the first figure of its experiments.
    assert [[claim.name for claim in one.claims] for one in found] == [["beats_rba"], [], ["x"]]
    assert found[0].heading == "says beats_rba"
    assert found[0].chip.text == "holds 1 of 1"


def test_a_leaderboard_says_who_is_first_and_who_is_last():
    drawn = [
        Picture("ranks", "", None, "", "critical_difference", ["a"], leaderboard=name)
        for name in ("rules", "two_rules")
    ]
    first, second = findings(content({LEADERBOARDS: BOARDS}, "mine", drawn))
    assert first.heading == "Which rule?"
    assert first.says == [
        "Of 3 contestants in 9 tasks, CRA-DL (median), r = 4 is first, of mean rank 1.25 with 8 "
        "wins and RBA-DL (Krum) is last, of mean rank 2.75 with 0 wins. Two mean ranks less than "
        "1.1 apart do not differ."
    ]
    assert second.says[0].endswith("Friedman’s test tells no contestants apart.")
    (missing,) = findings(content({}, "mine", drawn[:1]))
    assert (missing.heading, missing.says) == ("", [])


ENDS = pd.DataFrame(
    {
        "experiment": ["a", "a", "a", "b", "b"],
        "curve": ["RBA-DL (median)", "RBA-DL (Krum)", "CRA-DL, r = 2", "MA", "CRA-DL, r = 2"],
        "loss t=T": [9.0, 8.0, 7.5, 3.0, 4.0],
        "excess %": [760.0, 745.0, 12.5, 1.0, 2.0],
    }
)
"""Made up by hand, as are the accuracies of a below; b has no test samples."""


def test_the_lowest_end_is_told_of_curves_with_the_same_problem_alone():
    assert verdict(content({LOSSES: ENDS}, "mine")) == [
        "Attack: CRA-DL, r = 2 ends lowest, at 7.5.",
        "b: MA ends lowest, at 3.",
    ]
    mixed = content({LOSSES: ENDS}, "mine", mixed=frozenset({"a"}))
    assert verdict(mixed) == ["b: MA ends lowest, at 3."]


def test_a_figure_of_accuracies_says_accuracies():
    table = ENDS.assign(**{"accuracy %": [20.5, 31.0, 87.25, math.nan, math.nan]})
    drawn = [
        Picture(kind, "", None, "", kind, ["a", "b"]) for kind in ("test_accuracy", "excess_loss")
    ]
    accuracy, excess = findings(content({LOSSES: table}, "mine", drawn))
    assert accuracy.says == [
        "Test accuracy on the plateau, in per cent. Attack: RBA-DL 20.5 to 31% and CRA-DL 87.2%."
    ]
    assert excess.says[0] == (
        "Plateaus above the minimum, in per cent of it. "
        "Attack: RBA-DL 745 to 760% and CRA-DL 12.5%."
    )
    (short,) = findings(content({LOSSES: ENDS}, "mine", drawn[:1]))
    assert short.says == []

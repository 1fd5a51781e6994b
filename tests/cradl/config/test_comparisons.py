"""Which comparisons a claim makes, listed by hand, and how wrong claims are refused."""

import copy

import pytest
import yaml
from studies import SMALL

from cradl.config.findings import StudyError
from cradl.config.resolving import load_study

DECISION = {
    "level": 0.95,
    "early": [1, 2],
    "plateau": 3,
    "early_margin": 0.05,
    "plateau_margin": 1,
}
STUDY = SMALL | {
    "decision": DECISION,
    "experiments": {
        "weak": {
            "curves": [
                {"method": "mean_averaging"},
                {"method": ["rba_dl", "cra_dl"], "aggregator": ["median", "phocas"]},
            ]
        },
        "strong": {
            "alpha": 0.4,
            "curves": [
                {"method": "mean_averaging"},
                {"method": "rba_dl", "aggregator": "median"},
                {"method": "cra_dl", "aggregator": "median", "r": [20, 6, 12]},
            ],
        },
        "varied": {
            "sigma_h": [0, 2, 1],
            "curves": [{"method": ["rba_dl", "cra_dl"], "aggregator": "median"}],
        },
    },
}
CLAIM = {
    "says": "it is so",
    "source": "somewhere",
    "expect": "less",
    "of": {"experiment": ["weak", "strong"], "method": "cra_dl"},
    "than": {"method": "rba_dl"},
    "matching": ["aggregator"],
}


@pytest.fixture
def load(tmp_path):
    """Return a function that loads `STUDY` with one claim."""

    def load(claim, **changes):
        study = copy.deepcopy(STUDY) | {"claims": {"one": claim}} | changes
        path = tmp_path / "study.yaml"
        path.write_text(yaml.safe_dump(study), encoding="utf-8")
        return load_study(path)

    return load


def compared(study):
    """Return the comparisons of the first phase, as signed curves."""
    first = study.cells[0].iteration
    return [
        [f"{'+' if term.sign > 0 else '-'}{term.experiment}: {term.curve}" for term in cell.terms]
        for cell in study.cells
        if cell.iteration == first
    ]


def test_curves_are_compared_where_they_match(load):
    study = load(CLAIM)
    assert compared(study) == [
        ["+weak: CRA-DL (median)", "-weak: RBA-DL (median)"],
        ["+weak: CRA-DL (Phocas)", "-weak: RBA-DL (Phocas)"],
        ["+strong: CRA-DL (median), r = 20", "-strong: RBA-DL (median)"],
        ["+strong: CRA-DL (median), r = 6", "-strong: RBA-DL (median)"],
        ["+strong: CRA-DL (median), r = 12", "-strong: RBA-DL (median)"],
    ]
    assert [cell.iteration for cell in study.cells] == 5 * [1] + 5 * [2] + 5 * [None]
    assert {(cell.side, cell.margin, cell.per_cent) for cell in study.cells} == {
        ("below", None, False)
    }


def test_without_keys_to_match_all_are_compared(load):
    assert len(compared(load(CLAIM | {"matching": []}))) == 2 * 2 + 3


def test_curves_of_two_experiments_are_compared_where_the_claim_names_both(load):
    keys = {
        "of": {"experiment": "weak", "method": "mean_averaging"},
        "than": {"experiment": "strong", "method": "mean_averaging"},
        "matching": [],
    }
    assert compared(load(CLAIM | keys)) == [["+weak: MA", "-strong: MA"]]


@pytest.mark.parametrize(("expect", "side"), [("falls", "below"), ("rises", "above")])
def test_steps_follow_the_order_of_the_key(load, expect, side):
    keys = {"expect": expect, "of": {"experiment": "strong", "aggregator": "median"}, "along": "r"}
    rest = {key: CLAIM[key] for key in ("says", "source")}
    study = load(rest | keys)
    assert compared(study) == [
        ["+strong: CRA-DL (median), r = 6", "-strong: RBA-DL (median)"],
        ["+strong: CRA-DL (median), r = 12", "-strong: CRA-DL (median), r = 6"],
        ["+strong: CRA-DL (median), r = 20", "-strong: CRA-DL (median), r = 12"],
    ]
    assert {cell.side for cell in study.cells} == {side}


def test_a_gap_is_compared_with_the_gap_before(load):
    keys = {
        "expect": "gap_grows",
        "of": {"experiment": "varied", "method": "cra_dl"},
        "along": "sigma_h",
        "matching": [],
    }
    study = load(CLAIM | keys)
    assert compared(study) == [
        [
            f"+varied: RBA-DL (median), σ_H = {later}",
            f"-varied: CRA-DL (median), σ_H = {later}",
            f"-varied: RBA-DL (median), σ_H = {earlier}",
            f"+varied: CRA-DL (median), σ_H = {earlier}",
        ]
        for earlier, later in [(0, 1), (1, 2)]
    ]
    assert {cell.side for cell in study.cells} == {"above"}


def test_equality_has_the_margin_of_its_phase_or_its_own(load):
    cells = load(CLAIM | {"expect": "same"}).cells
    assert {(one.iteration, one.per_cent, one.margin) for one in cells} == {
        (1, False, 0.05),
        (2, False, 0.05),
        (None, True, 1),
    }
    own = load(CLAIM | {"expect": "same", "margin": 0.3, "phases": ["plateau"]}).cells
    assert {(one.iteration, one.margin) for one in own} == {(None, 0.3)}


def test_what_is_negligible_is_judged_alone_in_per_cent(load):
    alone = {key: CLAIM[key] for key in ("says", "source", "of")} | {"expect": "negligible"}
    study = load(alone)
    assert compared(study)[0] == ["+weak: CRA-DL (median)"]
    assert {(one.per_cent, one.margin, one.side) for one in study.cells} == {(True, 1, "within")}


def test_what_a_claim_says_of_experiments_that_do_not_run_is_left_out(load):
    study = load(CLAIM, only=["strong"])
    assert study.claimed_experiments() == ["strong"]
    assert load(CLAIM, only=["varied"]).cells == ()
    across = CLAIM | {"than": {"experiment": "varied", "method": "rba_dl"}}
    assert load(across, only=["weak", "strong"]).cells == ()


def test_a_study_need_not_claim_anything(load, tmp_path):
    study = {key: one for key, one in STUDY.items() if key != "decision"}
    path = tmp_path / "silent.yaml"
    path.write_text(yaml.safe_dump(study), encoding="utf-8")
    assert load_study(path).cells == ()


WRONG = {
    "unknown key": ({"thna": {}}, {}, "claims.one.thna", "one of", "did you mean than?"),
    "unknown expectation": ({"expect": "more"}, {}, "claims.one.expect", "'less'", "'more'"),
    "unknown experiment": (
        {"of": {"experiment": "weka"}},
        {},
        "claims.one.of.experiment",
        "one of strong, varied, weak",
        "did you mean weak?",
    ),
    "no experiment": ({"of": {"method": "cra_dl"}}, {}, "claims.one.of", "experiment", "none"),
    "unknown key of a curve": (
        {"than": {"methods": "rba_dl"}},
        {},
        "claims.one.than",
        "one of",
        "'methods'",
    ),
    "no curves to compare with": ({"than": {}}, {}, "claims.one.than", "this key where", "none"),
    "a key without use": ({"along": "r"}, {}, "claims.one.along", "no such key where", "'r'"),
    "an empty list of experiments": (
        {"of": {"experiment": []}},
        {},
        "claims.one.of.experiment",
        "at least one entry",
        "[]",
    ),
    "a label of two lines": (
        {"of": {"experiment": "strong", "label": "a\nb"}},
        {},
        "claims.one",
        r"a curve of strong with label 'a\nb'",
        "none",
    ),
    "the text of a number": (
        {"of": {"experiment": "strong", "r": "6"}},
        {},
        "claims.one",
        "r the text '6' (the number is written 6)",
        "none",
    ),
    "a very long key": ({"matching": ["x" * 999]}, {}, "claims.one.matching", "one of", "xxx..."),
    "no such curve": (
        {"of": {"experiment": "strong", "method": "cra_dl", "r": 7}},
        {},
        "claims.one",
        "a curve of strong with method 'cra_dl', r 7",
        "none",
    ),
    "nothing matches": (
        {"of": {"experiment": "strong", "method": "cra_dl"}, "matching": ["r"]},
        {},
        "claims.one",
        "curves to compare",
        "none that differ and match",
    ),
    "iteration past the end": (
        {},
        {"decision": DECISION | {"early": [6]}},
        "claims.one",
        "T >= 6 in weak",
        "T=5",
    ),
    "plateau longer than the run": (
        {},
        {"decision": DECISION | {"plateau": 7}},
        "claims.one",
        "T >= 6",
        "T=5",
    ),
    "no diagnostics": (
        {"quantity": "pairwise_distance_sq"},
        {},
        "claims.one",
        "diagnostics in weak",
        "none",
    ),
    "no test samples": (
        {"quantity": "test_accuracy"},
        {},
        "claims.one",
        "test samples in the data of CRA-DL (median) for test_accuracy",
        "none in small",
    ),
    "no decision": ({}, {"decision": None}, "decision", "this key", "none"),
    "wrong decision": (
        {},
        {"decision": DECISION | {"level": 1}},
        "decision.level",
        "less than 1",
        "1",
    ),
    "incomplete decision": ({}, {"decision": {"level": 0.9}}, "decision.early", "this key", "none"),
}


@pytest.mark.parametrize("case", WRONG, ids=str)
def test_wrong_claims_are_refused_before_anything_runs(load, case):
    keys, changes, place, needed, given = WRONG[case]
    with pytest.raises(StudyError) as refused:
        load(CLAIM | keys, **changes)
    assert [
        one
        for one in refused.value.findings
        if one.path == place and needed in one.needed and given in one.given
    ], refused.value.findings


SCHEDULES = [{"schedule": one, "share": 0.5} for one in ("theorem1", "theorem2")]


def scheduled():
    """Return the experiments with a weak one whose curves have schedules and a number."""
    curve = {"method": "mean_averaging", "step_size": [*SCHEDULES, 0.05]}
    return copy.deepcopy(STUDY["experiments"]) | {"weak": {"curves": [curve]}}


def test_a_schedule_is_chosen_as_it_is_written(load):
    keys = {
        "of": {"experiment": "weak", "step_size": SCHEDULES[1]},
        "than": {"step_size": [SCHEDULES[0], 0.05]},
    }
    (one, other) = compared(load(CLAIM | keys, experiments=scheduled()))
    assert "theorem2" in one[0]
    assert "theorem1" in one[1]
    assert one[0] == other[0]
    assert "0.05" in other[1]


@pytest.mark.parametrize("chosen", [SCHEDULES, [SCHEDULES[0], 0.05]])
def test_schedules_have_no_order(load, chosen):
    rest = {key: CLAIM[key] for key in ("says", "source")}
    along = {"expect": "rises", "along": "step_size"}
    of = {"of": {"experiment": "weak", "step_size": chosen}}
    with pytest.raises(StudyError, match="need a number as step_size of every curve compared"):
        load(rest | along | of, experiments=scheduled())


def test_unpaired_experiments_are_refused(load):
    experiments = copy.deepcopy(STUDY["experiments"])
    experiments["strong"]["trials"] = 3
    across = {
        "of": {"experiment": "weak", "method": "mean_averaging"},
        "than": {"experiment": "strong", "method": "mean_averaging"},
        "matching": [],
    }
    with pytest.raises(StudyError, match="the same trials, redraw and T, got weak and strong"):
        load(CLAIM | across, experiments=experiments)

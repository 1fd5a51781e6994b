"""Studies resolve as written, or are refused with every problem in its place."""

import copy
import itertools
import math
from collections import Counter
from fractions import Fraction

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from studies import SMALL

from cradl.config.files import read_mapping
from cradl.config.findings import Findings, StudyError
from cradl.config.keys import Redraw
from cradl.config.model import Experiment, Study, byzantine_count
from cradl.config.resolving import load_study

CODED = {"method": "cra_dl", "aggregator": "median"}
ROBUST = {"method": "rba_dl", "aggregator": "median"}
DATA = SMALL["datasets"]["small"]
FLIPPING = {"name": "sign_flipping", "coefficient": -2}


def one(*curves, **keys):
    """Return the section of one experiment."""
    return {"one": {"curves": list(curves) or [CODED], **keys}}


def data(keys):
    """Return the section of one data set, with these keys changed."""
    return {"datasets": {"small": DATA | keys}}


def digits(**changes):
    """Make the data digits in which some keys differ."""
    keys = {"generator": "digits", "problem": "softmax", "M": 20, "m": 40, "test": 20}
    return {"datasets": {"small": keys | {"split": "shuffled"} | changes}}


def written(tmp_path, changes, name="study.yaml"):
    """Write `SMALL` with these changes; a key is left out where its value is `...`."""
    study = {key: value for key, value in (SMALL | changes).items() if value is not ...}
    path = tmp_path / name
    path.write_text(yaml.safe_dump(study, sort_keys=False), encoding="utf-8")
    return path


def load(tmp_path, drawings=None, **changes):
    return load_study(written(tmp_path, changes), drawings=drawings)


def labels(study, experiment="one"):
    return [curve.label for curve in study.experiments[experiment].curves]


def problems(path, **options):
    """Return the findings with which a study is refused, after checking how they are told."""
    with pytest.raises(StudyError) as refused:
        load_study(path, **options)
    message = str(refused.value)
    assert refused.value.findings
    for place, needed, got in refused.value.findings:
        assert needed
        assert got
        line = next(line for line in message.splitlines() if f"need {needed}, got {got}" in line)
        assert line.startswith("  ")
        assert (place or "the file") in line or "more: need" in line
    return refused.value.findings


def assert_found(findings, place, needed, got):
    assert [
        finding
        for finding in findings
        if finding.path == place and needed in finding.needed and got in finding.given
    ], findings


# What is changed, then the finding: its place, a part of what is needed and of what was given.
WRONG = {
    "unknown key": ({"trails": 3}, "trails", "one of", "'trails' (did you mean trials?)"),
    "unknown key of an experiment": (
        {"experiments": one(titel="x")},
        "experiments.one.titel",
        "one of",
        "did you mean title?",
    ),
    "unknown key of a curve": (
        {"experiments": one(CODED | {"lable": "x"})},
        "experiments.one.curves[0].lable",
        "one of",
        "did you mean label?",
    ),
    "a curve's key in a figure": (
        {"figures": {"a": {"draw": "training_loss", "experiments": ["one"], "alpha": 0}}},
        "figures.a.alpha",
        "one of after, appendix, caption, draw, experiments, leaderboard, reproduces",
        "'alpha'",
    ),
    "a key that is a number": ({7: 3}, "7", "one of", "7"),
    "a key that is null": ({None: 3}, "none", "one of", "none"),
    "unknown key of redraw": (
        {"redraw": SMALL["redraw"] | {"start": True}},
        "redraw.start",
        "one of allocation, attack, data",
        "'start'",
    ),
    "incomplete redraw": ({"redraw": {"data": True}}, "redraw.attack", "this key", "none"),
    "redraw is no mapping": ({"redraw": True}, "redraw", "a mapping", "True"),
    "trials a fraction": ({"trials": 3.5}, "trials", "a valid integer", "3.5"),
    "trials a truth value": ({"trials": True}, "trials", "a valid integer", "True"),
    "trials a text": ({"trials": "3"}, "trials", "a valid integer", "the text '3'"),
    "trials a list": ({"trials": [3]}, "trials", "a valid integer", "[3]"),
    "no trials": ({"trials": 0}, "trials", "greater than or equal to 1", "0"),
    "trials huge": ({"trials": 10**30}, "trials", "less than or equal to 1000000", "10000"),
    "T negative": ({"T": -1}, "T", "greater than or equal to 0", "-1"),
    "N huge": ({"N": 10**30}, "N", "less than or equal to 1000000000", "10000"),
    "N a text": ({"N": "many"}, "N", "a valid integer", "'many'"),
    "seed huge": ({"seed": 10**19}, "seed", "less than or equal to", "1000"),
    "seed negative": ({"seed": -1}, "seed", "greater than or equal to 0", "-1"),
    "step size zero": ({"step_size": 0}, "step_size", "greater than 0", "0"),
    "step size huge": ({"step_size": 10**400}, "step_size", "a valid number", "1000"),
    "step size infinite": ({"step_size": math.inf}, "step_size", "a finite number", "inf"),
    "start": ({"start": "one"}, "start", "'zero', 'standard_normal' or 'scaled_normal'", "'one'"),
    "alpha one": ({"alpha": 1.0}, "alpha", "less than 1", "1.0"),
    "alpha negative": ({"alpha": -0.1}, "alpha", "greater than or equal to 0", "-0.1"),
    "alpha nan": ({"alpha": math.nan}, "alpha", "a finite number", "nan"),
    "alpha infinite": ({"alpha": math.inf}, "alpha", "a finite number", "inf"),
    "alpha in a grid": ({"alpha": [0.1, 1]}, "alpha[1]", "less than 1", "1"),
    "withstand": ({"withstand": 1}, "withstand", "'alpha' or less than 1", "1"),
    "empty grid": ({"alpha": []}, "alpha", "at least one value", "[]"),
    "empty grid of methods": (
        {"experiments": one(CODED | {"method": []})},
        "experiments.one.curves[0].method",
        "at least one value",
        "[]",
    ),
    "null in a curve": (
        {"experiments": one(CODED | {"alpha": None})},
        "experiments.one.curves[0].alpha",
        "a valid number",
        "none",
    ),
    "unknown method": (
        {"experiments": one({"method": "cra"})},
        "experiments.one.curves[0].method",
        "one of clairvoyant, cra_dl",
        "'cra'",
    ),
    "method no text": (
        {"experiments": one({"method": {"a": 1}})},
        "experiments.one.curves[0].method",
        "a text",
        "{'a': 1}",
    ),
    "unknown rule": ({"aggregator": "medain"}, "aggregator", "median", "(did you mean median?)"),
    "unknown allocation": ({"allocation": "circular"}, "allocation", "regular", "'circular'"),
    "unknown attack": ({"attack": {"name": "alie"}}, "attack.name", "gaussian", "'alie'"),
    "attack without a name": ({"attack": {"coefficient": -2}}, "attack.name", "gaussian", "none"),
    "attack's name a list": ({"attack": {"name": ["gaussian"]}}, "attack.name", "one of", "["),
    "attack no mapping": ({"attack": "gaussian"}, "attack", "a mapping", "'gaussian'"),
    "attack's key a number": ({"attack": FLIPPING | {1: 2}}, "attack[1]", "a text", "1"),
    "unknown attack parameter": (
        {"attack": FLIPPING | {"variance": 1}},
        "attack.variance",
        "one of coefficient",
        "'variance'",
    ),
    "missing attack parameter": (
        {"attack": {"name": "gaussian"}},
        "attack.variance",
        "this key",
        "none",
    ),
    "attack parameter out of bounds": (
        {"attack": [FLIPPING, FLIPPING | {"coefficient": 2}]},
        "attack[1].coefficient",
        "less than 0",
        "2",
    ),
    "no experiments": ({"experiments": ...}, "experiments", "this key", "none"),
    "empty experiments": ({"experiments": {}}, "experiments", "at least one entry", "{}"),
    "experiments a list": ({"experiments": [CODED]}, "experiments", "a mapping", "[{"),
    "experiment empty": (
        {"experiments": {"one": {}}},
        "experiments.one.curves",
        "this key",
        "none",
    ),
    "experiment a text": ({"experiments": {"one": "x"}}, "experiments.one", "a mapping", "'x'"),
    "no curves": (
        {"experiments": {"one": {"curves": []}}},
        "experiments.one.curves",
        "at least one entry",
        "[]",
    ),
    "curves a mapping": (
        {"experiments": {"one": {"curves": CODED}}},
        "experiments.one.curves",
        "a valid list",
        "{",
    ),
    "curve a text": ({"experiments": one("cra_dl")}, "experiments.one.curves[0]", "a map", "'cra"),
    "title a number": ({"experiments": one(title=5)}, "experiments.one.title", "a text", "5"),
    "label empty": (
        {"experiments": one(CODED | {"label": ""})},
        "experiments.one.curves[0].label",
        "at least 1 character",
        "''",
    ),
    "label a number": (
        {"experiments": one(CODED | {"label": 1})},
        "experiments.one.curves[0].label",
        "a text",
        "1",
    ),
    "labels alike": (
        {"experiments": one(CODED | {"label": "x"}, ROBUST | {"label": "x"})},
        "experiments.one.curves",
        "different labels",
        "'x' 2 times",
    ),
    "a curve twice": (
        {"experiments": one(CODED, CODED)},
        "experiments.one.curves",
        "different labels",
        "'CRA-DL (median)' 2 times",
    ),
    "a value twice in a grid": (
        {"experiments": one(CODED | {"alpha": [0.1, 0.1]})},
        "experiments.one.curves",
        "different labels",
        "2 times",
    ),
    "messages of different N and D": (
        {
            "messages": True,
            "datasets": {"small": DATA, "wide": DATA | {"D": 4}},
            "experiments": one(CODED, CODED | {"N": 20}, ROBUST | {"dataset": "wide"}),
        },
        "experiments.one.curves",
        "the same N, M and D in all curves (messages: true)",
        "N=10, M=20, D=3 and N=20, M=20, D=3 and N=10, M=20, D=4",
    ),
    "study a number": ({"study": 7}, "study", "quote what YAML reads as a number", "7"),
    "experiment's name a number": ({"experiments": {7: {}}}, "experiments[7]", "a text", "7"),
    "no datasets": ({"datasets": {}}, "datasets", "at least one entry", "{}"),
    "datasets a list": ({"datasets": [DATA]}, "datasets", "a mapping", "[{"),
    "dataset a number": ({"datasets": {"small": 3}}, "datasets.small", "a mapping", "3"),
    "dataset unknown": ({"dataset": "large"}, "experiments.one.curves[0].dataset", "small", "'la"),
    "generator": (
        data({"generator": "csv"}),
        "datasets.small.generator",
        "one of breast_cancer, common_curvature",
        "'csv'",
    ),
    "generator a list": (
        data({"generator": ["csv"]}),
        "datasets.small.generator",
        "one of breast_cancer, common_curvature",
        "['csv']",
    ),
    "problem": (
        data({"problem": "hinge"}),
        "datasets.small.problem",
        "one of hidden_layer, least_squares",
        "'hinge'",
    ),
    "problem a mapping": (
        data({"problem": {"a": 1}}),
        "datasets.small.problem.name",
        "one of hidden_layer, least_squares",
        "none",
    ),
    "problem a number": (data({"problem": 3}), "datasets.small.problem", "a text", "3"),
    "problem with a wrong parameter": (
        digits(problem={"name": "softmax", "ridge": -1}),
        "datasets.small.problem.ridge",
        "greater than or equal to 0",
        "-1",
    ),
    "problem without its parameter": (
        digits(problem="hidden_layer"),
        "datasets.small.problem.units",
        "this key",
        "none",
    ),
    "problem with no such parameter": (
        data({"problem": {"name": "logistic", "ridge": 1}}),
        "datasets.small.problem.ridge",
        "one of none",
        "'ridge'",
    ),
    "classes for a problem of numbers": (
        digits(problem="least_squares"),
        "datasets.small.generator",
        "a generator of labels or real numbers for least_squares",
        "'digits'",
    ),
    "numbers for a problem of classes": (
        data({"problem": "softmax"}),
        "datasets.small.generator",
        "a generator of classes for softmax",
        "'gaussian_linear'",
    ),
    "an unknown split": (
        digits(split="sorted"),
        "datasets.small.split",
        "'shuffled' or 'one_label' or a mapping",
        "'sorted'",
    ),
    "a mixture without width": (
        digits(split={"dirichlet": 0}),
        "datasets.small.split.dirichlet",
        "greater than 0",
        "0",
    ),
    "a step size of no schedule": (
        {"step_size": {"schedule": "theorem9", "share": 0.5}},
        "step_size.schedule",
        "'theorem1', 'theorem1_lambda', 'theorem2', 'sharpened1' or 'sharpened2'",
        "'theorem9'",
    ),
    "a schedule without a share": (
        {"step_size": {"schedule": "theorem1"}},
        "step_size.share",
        "this key",
        "none",
    ),
    "a schedule of several in a grid": (
        {"step_size": [0.1, {"schedule": "theorem1", "share": 2}]},
        "step_size[1].share",
        "less than 1",
        "2",
    ),
    "a problem that is no mapping of texts": (
        data({"problem": {"name": "least_squares", 1: 2}}),
        "datasets.small.problem[1]",
        "a text",
        "1",
    ),
    "more images than there are": (
        digits(m=1780, test=20),
        "datasets.small.test",
        "at most the 17 images beside m=1780",
        "20",
    ),
    "a network from zero": (
        digits(problem={"name": "hidden_layer", "units": 2}),
        "experiments.one.curves[0]",
        "start scaled_normal or standard_normal for hidden_layer",
        "start: zero",
    ),
    "a theorem's rate for a network": (
        digits(problem={"name": "hidden_layer", "units": 2})
        | {"start": "scaled_normal", "step_size": {"schedule": "sharpened1", "share": 0.5}},
        "experiments.one.curves[0]",
        "a number as step_size for hidden_layer",
        "sharpened1",
    ),
    "a class that there is not": (
        digits() | {"attack": {"name": "label_poisoning", "target": 10}},
        "experiments.one.curves[0]",
        "labels numbers from 0 to 9 from label_poisoning",
        "10",
    ),
    "no test samples to draw": (
        digits(test=0) | {"figures": {"a": {"draw": "test_accuracy", "experiments": ["one"]}}},
        "figures.a.experiments[0]",
        "test samples in the data of one",
        "none",
    ),
    "parameter unknown": (data({"d": 3}), "datasets.small.d", "one of D, M", "'d'"),
    "subsets a truth value": (data({"M": True}), "datasets.small.M", "a valid integer", "True"),
    "samples not divisible": (
        data({"m": 30}),
        "datasets.small",
        "m divisible by M, such as 20 or 40",
        "m=30, M=20",
    ),
    "fewer samples than subsets": (
        data({"m": 5}),
        "datasets.small",
        "m divisible by M, such as 20",
        "m=5, M=20",
    ),
    "nearly all digits": (
        digits(m=1790, test=0),
        "datasets.small",
        "m divisible by M, such as 1780",
        "m=1790, M=20",
    ),
    "half the devices lie": (
        {"alpha": 0.5, "experiments": one(CODED)},
        "experiments.one.curves[0]",
        "at most 4 Byzantine devices of N=10 for median",
        "5 (alpha=0.5)",
    ),
    "half the devices tolerated": (
        {"withstand": 0.5, "experiments": one(CODED)},
        "experiments.one.curves[0]",
        "at most 4 tolerated devices of N=10 for median",
        "5",
    ),
    "a reply to no bounded rule": (
        {
            "attack": {"name": "best_reply", "aim": "error"},
            "experiments": {"one": {"curves": [{"method": "sgc_dl"}]}},
        },
        "experiments.one.curves[0]",
        "a method with a bounded rule for attack best_reply",
        "method=sgc_dl",
    ),
    "nobody is honest": (
        {"alpha": 0.99},
        "experiments.one.curves[0]",
        "at least one honest device",
        "f=10 of N=10",
    ),
    "r zero": ({"r": 0}, "r", "greater than or equal to 1", "0"),
    "r more than M": (
        {"r": 21, "experiments": one(CODED)},
        "experiments.one.curves[0]",
        "1 <= r <= M=20 for allocation random",
        "N=10, M=20, r=21",
    ),
    "r not M/N for a disjoint choice": (
        {"allocation": "disjoint", "experiments": one(CODED)},
        "experiments.one.curves[0]",
        "r = M/N = 2 for allocation disjoint",
        "r=6",
    ),
    "M not divisible by N": (
        {"N": 7},
        "experiments.one.curves[0]",
        "M divisible by N=7 for allocation disjoint",
        "N=7, M=20",
    ),
    "regular impossible": (
        {"allocation": "regular", "r": 5, "experiments": one(CODED)},
        "experiments.one.curves[0]",
        "N*r divisible by M=20",
        "N=10, M=20, r=5",
    ),
    "rule for a method that has none": (
        {"experiments": one({"method": "mean_averaging", "aggregator": "median"})},
        "experiments.one.curves[0].aggregator",
        "no aggregator, which mean_averaging does not use",
        "'median'",
    ),
    "redundancy for a method that has none": (
        {"experiments": one({"method": ["cra_dl", "mean_averaging"], "r": 4})},
        "experiments.one.curves[0].r",
        "no r, which mean_averaging does not use",
        "4",
    ),
    "only unknown": ({"only": ["one", "two"]}, "only[1]", "one of one", "'two'"),
    "only empty": ({"only": []}, "only", "at least one entry", "[]"),
    "only a text": ({"only": "one"}, "only", "a valid list", "'one'"),
    "only a list of lists": ({"only": [["one"]]}, "only[0]", "a text", "['one']"),
    "figure of nothing": (
        {"figures": {"a": {"draw": "training_loss", "experiments": ["tow"]}}},
        "figures.a.experiments[0]",
        "one of one",
        "'tow'",
    ),
    "figure without drawing": (
        {"figures": {"a": {"experiments": ["one"]}}},
        "figures.a.draw",
        "this key",
        "none",
    ),
    "drawing a path": (
        {"figures": {"a": {"draw": "../x", "experiments": ["one"]}}},
        "figures.a.draw",
        "no path",
        "'../x'",
    ),
    "figures a list": ({"figures": []}, "figures", "a mapping", "[]"),
    "plugins a text": ({"plugins": "mine.py"}, "plugins", "a valid list", "'mine.py'"),
    "plugins a list of numbers": ({"plugins": [3]}, "plugins[0]", "a text", "3"),
    "plugin missing": ({"plugins": ["mine.py"]}, "plugins", "an existing Python", "mine.py"),
    "plugin no Python": (
        {"plugins": ["study.yaml"]},
        "plugins",
        "ends in .py",
        "study.yaml",
    ),
    "plugin with a null byte": ({"plugins": ["a\0.py"]}, "plugins", "an existing Python", "a"),
    **{
        f"without {key}": ({key: ...}, key, "this key", "none")
        for key in ("study", "seed", "datasets")
    },
    **{
        f"null without extends: {key}": ({key: None}, key, needed, "none")
        for key, needed in {
            **dict.fromkeys(("trials", "T", "chunks"), "a valid integer"),
            **dict.fromkeys(("diagnostics", "messages"), "true or false"),
            "redraw": "a mapping of keys to values",
        }.items()
    },
    **{
        f"no {key} anywhere": (
            {key: ..., "experiments": one({"method": "cra_dl"})},
            "experiments.one.curves[0]",
            f"the key {key}, here or further out",
            "none",
        )
        for key in ("aggregator", "alpha", "N", "r", "dataset", "attack", "step_size", "withstand")
    },
    "no method anywhere": (
        {"experiments": one({"alpha": 0})},
        "experiments.one.curves[0]",
        "the key method, here or further out",
        "none",
    ),
}
PATHS = ["../x", "a/b", "C:\\x", ".", "", "a\n", "-a", "x" * 81]


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_told_in_its_place(tmp_path, case):
    changes, *finding = WRONG[case]
    assert_found(problems(written(tmp_path, changes)), *finding)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (digits(split={"dirichlet": 0}), {"datasets.small.split.dirichlet": "0"}),
        (
            digits(split={"dirchlet": 1}),
            {
                "datasets.small.split.dirichlet": "none",
                "datasets.small.split.dirchlet": "'dirchlet' (did you mean dirichlet?)",
            },
        ),
        (
            {"step_size": {"shedule": "theorem1", "share": 0.5}},
            {
                "step_size.schedule": "none",
                "step_size.shedule": "'shedule' (did you mean schedule?)",
            },
        ),
        (
            {"step_size": {"schedule": "theorem1", 1: 2}},
            {"step_size.share": "none", "step_size.1": "1"},
        ),
        (
            data({"problem": {"nme": "least_squares"}}),
            {
                "datasets.small.problem.name": "none",
                "datasets.small.problem.nme": "'nme' (did you mean name?)",
            },
        ),
        (
            {"attack": {"nme": "sign_flipping", "coefficient": -2}},
            {"attack.name": "none", "attack.nme": "'nme' (did you mean name?)"},
        ),
        (
            {"redraw": {"dta": True, "allocation": True, "attack": True}},
            {"redraw.data": "none", "redraw.dta": "'dta' (did you mean data?)"},
        ),
    ],
)
def test_of_a_mapping_is_told_what_is_wrong_in_it_alone(tmp_path, changes, told):
    found = problems(written(tmp_path, changes))
    assert {one.path: one.given for one in found} == told


def test_a_key_that_one_method_of_a_grid_does_not_use_goes_to_the_experiment(tmp_path):
    both = {"method": ["rba_dl", "cra_dl"], "aggregator": "median"}
    (finding,) = problems(written(tmp_path, {"experiments": one(both | {"r": 4})}))
    assert finding.path == "experiments.one.curves[0].r"
    way_out = "at the experiment or the study, it goes to the methods that use it"
    assert finding.needed == f"no r, which rba_dl does not use ({way_out})"
    for changes in ({"experiments": one(both, r=4)}, {"r": 4, "experiments": one(both)}):
        coded = load(tmp_path, **changes).experiments["one"].curves[1]
        assert (coded.method, coded.r) == ("cra_dl", 4)
    alone = {"experiments": one(ROBUST | {"r": 4})}
    assert problems(written(tmp_path, alone))[0].needed == "no r, which rba_dl does not use"


@pytest.mark.parametrize("text", ["a\0", "\x1b[1m", "a\rb", "\x85", "\ufffe"])
def test_control_characters_are_in_no_text(tmp_path, text):
    curve = {"method": "mean_averaging", "label": text}
    findings = problems(written(tmp_path, {"experiments": one(curve)}))
    place, needed = "experiments.one.curves[0].label", "a text without control characters"
    assert_found(findings, place, needed, repr(text))


@pytest.mark.parametrize(
    "text", ["NA", "null", "007", "a\n\tb", " ", "中位数 وسيط", "𝛼\u2028", "~"]
)
def test_any_other_text_is_a_label(tmp_path, text):
    curve = {"method": "mean_averaging", "label": text}
    study = load_study(written(tmp_path, {"experiments": one(curve)}))
    assert study.experiments["one"].curves[0].label == text


@pytest.mark.parametrize("name", ["shared", "Shared"])
def test_the_folder_that_studies_share_is_no_studys(tmp_path, name):
    assert_found(problems(written(tmp_path, {"study": name})), "study", "another name", repr(name))


@pytest.mark.parametrize("name", PATHS)
def test_a_name_is_no_path(tmp_path, name):
    needed = "at most 80 characters" if len(name) > 80 else "no path"
    findings = problems(written(tmp_path, {"study": name}))
    assert_found(findings, "study", needed, repr(name))
    for section, entry in (("datasets", DATA), ("experiments", one()["one"]), ("figures", {})):
        findings = problems(written(tmp_path, {section: {name: entry}}))
        place = f"{section}.{name if name.isprintable() else repr(name)}"
        assert_found(findings, place, needed, repr(name))


@pytest.mark.parametrize(
    ("text", "spelling"),
    [
        ("1e-3", "0.001"),
        ("2e-5", "2.0e-05"),
        ("15e-6", "1.5e-05"),
        ("-1E3", "-1000"),
        ("1e30", "1.0e+30"),
        ("0.1", "0.1"),
    ],
)
def test_a_text_that_spells_a_number_is_told_how_to_write_it(tmp_path, text, spelling):
    assert yaml.safe_load(spelling) == YAML(typ="safe").load(spelling) == float(text)
    got = f"the text {text!r} (the number is written {spelling})"
    findings = problems(written(tmp_path, {}), overrides={"step_size": text})
    assert_found(findings, "step_size", "a valid number", got)


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        ("1e-3", "the text '1e-3'", "0.001"),
        ("1e3", "the text '1e3'", "1000"),
        ("010", "8", "10"),
        ("-012", "-10", "-12"),
        ("08", "the text '08'", "8"),
        ("0o10", "the text '0o10'", "8"),
        ("1:30", "90", "the text '1:30'"),
        ("1:30.5", "90.5", "the text '1:30.5'"),
        ("yes", "true", "the text 'yes'"),
        ("Off", "false", "the text 'Off'"),
    ],
)
def test_what_versions_of_yaml_read_differently_is_refused_with_both_readings(
    tmp_path, text, old, new
):
    path = written(tmp_path, {"step_size": ...})
    base = path.read_text(encoding="utf-8")
    got = f"{text}: {old} by YAML 1.1, {new} by YAML 1.2"
    for line, place in (
        (f"step_size: {text}", "step_size"),
        (f"step_size: [0.1, {text}]", "step_size[1]"),
        (f"{text}: 3", text),
    ):
        path.write_text(f"{base}{line}\n", encoding="utf-8")
        (told,) = [one for one in problems(path) if one.path == place]
        assert "a value that YAML 1.1 and 1.2 read alike, " in told.needed
        assert got in told.given
        for reading in (old, new):
            assert reading in told.needed or (
                reading.startswith("the text") and "quotes" in told.needed
            )


@pytest.mark.parametrize(
    ("text", "value"),
    [("0.001", 0.001), ("1.0e-3", 1e-3), ("0x1F", 31), ("-7", -7), ("1_000", 1000), (".5", 0.5)],
)
def test_what_versions_of_yaml_read_alike_is_that_number(tmp_path, text, value):
    path = tmp_path / "study.yaml"
    path.write_text(f"a: {text}\nb: '1e3'\nc: \"010\"\nd: !!str 010\n", encoding="utf-8")
    findings = Findings()
    content = read_mapping(path, findings)
    assert list(findings) == []
    assert content == {"a": value, "b": "1e3", "c": "010", "d": "010"}
    assert type(content["a"]) is type(value)


@given(st.from_regex(r"-?(0|[1-9][0-9]{,20})(\.[0-9]{1,20})?", fullmatch=True))
def test_versions_of_yaml_read_plain_decimals_alike(text):
    """They are taken as they are, without reading them by both."""
    new = YAML(typ="safe", pure=True).load(text)
    assert type(yaml.safe_load(text)) is type(new)
    assert yaml.safe_load(text) == new


@pytest.mark.parametrize("text", ["nan", "1..2", "e5", "1e999", "-"])
def test_a_text_that_is_no_finite_number_gets_no_spelling(tmp_path, text):
    (finding,) = problems(written(tmp_path, {}), overrides={"step_size": text})
    assert finding.given == repr(text)


FILES = {
    "empty": ("", "a mapping of keys to values", "an empty file"),
    "a comment": ("# nothing\n", "a mapping of keys to values", "an empty file"),
    "a list": ("- study: x\n", "a mapping of keys to values", "a list"),
    "a text": ("study", "a mapping of keys to values", "a str"),
    "syntax": ("study: [\n", "valid YAML", "line 2"),
    "two documents": ("a: 1\n---\nb: 2\n", "valid YAML", "another document"),
    "control character": ("study: \x07\n", "valid YAML", "special characters"),
    "a Python object": ("study: !!python/name:os.system\n", "valid YAML", "python/name"),
    "a wrong date": ("study: 2025-02-30\n", "valid YAML", "day"),
    "a wrong tag": ("study: !!bool maybe\n", "valid YAML", "maybe"),
    "a key that is a mapping": ("? {a: 1}\n: 1\n", "valid YAML", "unhashable"),
    "unknown alias": ("study: *a\n", "valid YAML", "undefined alias"),
    "a long unknown alias": (f"study: *{'a' * 5000}\n", "valid YAML", " ... "),
    "contains itself": ("datasets: &a {b: [*a]}\n", "valid YAML", "datasets.b[0] contains itself"),
    "merges itself": ("datasets: &a {<<: *a}\n", "valid YAML", "contains itself"),
    "an invisible character": ("a: {b\ufeff: [}\n", "valid YAML", r"\ufeff"),
    "too deep": ("a:\n " + "[" * 5000, "at most 50 lists and mappings", "more on line 2"),
    "deep aliases": (
        "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 60)),
        "at most 50 lists and mappings",
        "more on line",
    ),
    "aliases of aliases": (
        "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 30)),
        "at most 20,000 keys and values",
        "more on line",
    ),
    "merge keys of merge keys": (
        "a0: &a0 {x: 1}\n"
        + "".join(f"a{i}: &a{i} {{<<: [*a{i - 1}, *a{i - 1}]}}\n" for i in range(1, 40)),
        "at most 20,000 keys and values",
        "more on line",
    ),
    "too many values": (
        "only: [" + "x, " * 20_000 + "]",
        "at most 20,000 keys and values",
        "more on line 1",
    ),
    "too long": ("# " + "x" * 10**6, "a file of at most 1,000,000 bytes", "more"),
    "too many digits": ("seed: " + "1" * 5000, "numbers of at most 4,300 characters", "line 1"),
    "too many sixties": ("seed: 1" + ":1" * 5000, "numbers of at most 4,300 characters", "line 1"),
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_is_no_mapping(tmp_path, case):
    text, *finding = FILES[case]
    path = tmp_path / "study.yaml"
    path.write_text(text, encoding="utf-8")
    assert_found(problems(path), "", *finding)


def test_a_file_that_cannot_be_read(tmp_path):
    assert_found(problems(tmp_path / "missing.yaml"), "", "a readable UTF-8 file", "missing.yaml")
    assert_found(problems(tmp_path), "", "a readable UTF-8 file", str(tmp_path))
    (tmp_path / "binary.yaml").write_bytes(b"study: \xff\n")
    assert_found(problems(tmp_path / "binary.yaml"), "", "a readable UTF-8 file", "0xff")


def test_an_integer_of_thousands_of_digits_is_shown_by_its_type(tmp_path):
    path = written(tmp_path, {"seed": ...})
    huge = f"0x{'f' * 9000}"
    for text, place, needed in (
        (f"seed: {huge}", "seed", "less than or equal to"),
        (f"? {huge}\n: 1", "a value of type int too long to show", "one of"),
        (f"figures: {{? {huge} : {{}}}}", "figures", "a text"),
    ):
        long = path.with_name("long.yaml")
        long.write_text(path.read_text(encoding="utf-8") + f"{text}\n", encoding="utf-8")
        findings = [one for one in problems(long) if one.path.startswith(place)]
        assert_found(findings, findings[0].path, needed, "of type int too long to show")


def test_keys_written_twice_are_told_with_their_lines(tmp_path):
    path = tmp_path / "study.yaml"
    path.write_text(
        "study: a\nattack:\n  name: gaussian\n  variance: 1\n  name: gaussian\nstudy: b\n"
        "experiments:\n  x:\n    curves:\n    - {method: cra_dl, r: 1, r: 2}\n",
        encoding="utf-8",
    )
    findings = problems(path)
    for place, lines in (("attack.name", (3, 5)), ("study", (1, 6))):
        got = f"it on line {lines[0]} and again on line {lines[1]}"
        assert_found(findings, place, "every key once", got)
    assert_found(findings, "experiments.x.curves[0].r", "every key once", "line 10")


def test_an_alias_and_a_merge_key_are_no_duplicates(tmp_path):
    path = written(tmp_path, {"experiments": ...})
    path.write_text(
        path.read_text(encoding="utf-8")
        + "experiments:\n"
        + "  a: {title: A, curves: &curves [&first {method: mean_averaging}]}\n"
        + "  b: {title: B, curves: *curves}\n"
        + "  c: {curves: [{<<: *first, method: clairvoyant}, *first]}\n",
        encoding="utf-8",
    )
    study = load_study(path)
    assert {name: labels(study, name) for name in study.experiments} == {
        "a": ["MA"],
        "b": ["MA"],
        "c": ["Clairvoyant", "MA"],
    }


def test_all_problems_are_told_at_once(tmp_path):
    wrong = {
        "trails": 3,
        "trials": 3.5,
        "T": -1,
        "step_size": "1e-3",
        "start": "one",
        "redraw": {"data": True},
        "plugins": ["mine.py"],
        "only": ["one", "three"],
        "datasets": {"small": DATA, "odd": DATA | {"m": 30}, "a/b": DATA},
        "experiments": one(
            CODED | {"r": 40},
            CODED | {"N": 7, "label": 3},
            {"method": "mean_averaging", "aggregator": "median"},
            {"method": "rba_dl"},
            attack={"name": "gaussian"},
        ),
        "figures": {"a": {"draw": "pie", "experiments": ["two"]}},
    }
    path = written(tmp_path, wrong)
    path.write_text(path.read_text(encoding="utf-8") + "N: 12\n", encoding="utf-8")
    findings = problems(path, drawings={"training_loss": ()})
    assert {finding.path for finding in findings} == {
        "trails",
        "trials",
        "T",
        "step_size",
        "start",
        "redraw.allocation",
        "redraw.attack",
        "plugins",
        "only[1]",
        "datasets.odd",
        "datasets.a/b",
        "N",
        "experiments.one.attack.variance",
        # What can be judged of a curve is judged: r = 40 of 20 subsets.
        "experiments.one.curves[0]",
        "experiments.one.curves[1].label",
        "experiments.one.curves[2].aggregator",
        "experiments.one.curves[3]",
        "figures.a.draw",
        "figures.a.experiments[0]",
    }


def test_the_same_problem_in_several_places_is_one_line(tmp_path):
    curves = [{"method": "cra_dl", "aggregator": rule} for rule in ("mean", "median", "phocas")]
    path = written(tmp_path, {"sigma_h": ..., "experiments": one(ROBUST, *curves)})
    with pytest.raises(StudyError, match="1 problem\n") as refused:
        load_study(path)
    places = ", ".join(f"experiments.one.curves[{index}]" for index in range(3))
    assert f"{places} and 1 more: need the key sigma_h" in str(refused.value)
    assert len(refused.value.findings) == 4


def test_extending_what_is_missing_or_itself(tmp_path):
    path = written(tmp_path, {"extends": "missing.yaml"})
    assert_found(problems(path), "extends", "a readable UTF-8 file", "missing.yaml")
    path = written(tmp_path, {"extends": "study.yaml"})
    assert_found(problems(path), "extends", "no cycle", "study.yaml -> study.yaml")
    written(tmp_path, {"extends": "study.yaml"}, "b.yaml")
    path = written(tmp_path, {"extends": "./b.yaml"})
    got = "study.yaml -> b.yaml -> study.yaml"
    assert_found(problems(path), "extends", "no cycle", got)
    path = written(tmp_path, {"extends": ["a.yaml"]})
    assert_found(problems(path), "extends", "the path of a study", "['a.yaml']")
    path = written(tmp_path, {"extends": "a\0b"})
    assert_found(problems(path), "extends", "a readable UTF-8 file", "null")


def test_what_stands_nearest_wins_through_merge_keys_of_merge_keys(tmp_path):
    text = "a: &a {N: 31, r: 8}\nb: &b {<<: *a, N: 25, T: 2}\nc: {<<: *b, T: 3}\n"
    (tmp_path / "study.yaml").write_text(text, encoding="utf-8")
    content = read_mapping(tmp_path / "study.yaml", Findings())
    assert content["c"] == {"N": 25, "r": 8, "T": 3}


def test_extends_is_no_override(tmp_path):
    path = written(tmp_path, {})
    findings = problems(path, overrides={"extends": "a.yaml"})
    assert_found(findings, "extends", "this key in a file", "an override")


def test_an_override_is_checked_like_the_file(tmp_path):
    findings = problems(written(tmp_path, {}), overrides={"alpha": ["0.1"], "redrew": 1})
    assert_found(findings, "alpha[0]", "a valid number", "the text '0.1'")
    assert_found(findings, "redrew", "one of", "(did you mean redraw?)")


def test_a_plugin_that_raises_or_exits(tmp_path):
    for text, got in (
        ("1 / 0", "ZeroDivisionError on line 1"),
        ("import sys; sys.exit(3)", "SystemExit on line 1: 3"),
        ("def", "SyntaxError"),
    ):
        (tmp_path / "mine.py").write_text(text, encoding="utf-8")
        path = written(tmp_path, {"plugins": ["mine.py"]})
        assert_found(problems(path), "plugins", "mine.py to import", got)


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.dates()
    | st.sampled_from(["median", "one", "gaussian", "1e-3", "cra_dl", 10**400, b"x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*SMALL, "name", "curves", "label", "method"])
            | st.none()
            | st.integers()
            | st.text(max_size=3),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


def places(node, path=()):
    """Yield the way to every value of a nested study."""
    children = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in children:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from places(value, (*path, key))


def replaced(study, way, value):
    """Return a copy of the study with another value at one place."""
    changed = copy.deepcopy(study)
    node = changed
    for key in way[:-1]:
        node = node[key]
    node[way[-1]] = value
    return changed


RICH = SMALL | {
    "only": ["one"],
    "plugins": [],
    "withstand": 0.1,
    "experiments": one(
        CODED | {"label": "x"},
        ROBUST | {"alpha": [0.1, 0.2]},
        {"method": ["sgc_dl", "clairvoyant"]},
        title="t",
    ),
    "figures": {"a": {"draw": "training_loss", "experiments": ["one"]}},
}


def test_the_study_that_is_spoilt_below_is_right(tmp_path):
    assert len(load(tmp_path, **RICH).experiments["one"].curves) == 5


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ways=st.lists(st.sampled_from(list(places(RICH))), min_size=1, max_size=3), data=st.data())
def test_a_study_loads_or_is_refused_whatever_it_says(tmp_path, ways, data):
    study = RICH
    for way in ways:
        try:
            study = replaced(study, way, data.draw(JUNK))
        except (KeyError, IndexError, TypeError):
            continue
    path = tmp_path / "study.yaml"
    path.write_text(yaml.safe_dump(study, allow_unicode=True), encoding="utf-8")
    try:
        outcome = load_study(path, drawings={"training_loss": ()})
    except StudyError as refused:
        outcome = refused
    assert isinstance(outcome, Study) or outcome.findings


def test_lists_are_grids_and_their_labels_tell_them_apart(tmp_path):
    curve = {
        "method": ["cra_dl", "sgc_dl"],
        "r": [4, 6],
        "alpha": [0.1, 0.2],
        "attack": [FLIPPING, {"name": "gaussian", "variance": 2}],
    }
    study = load(tmp_path, aggregator=["median", "phocas"], experiments=one(curve))
    curves = study.experiments["one"].curves
    found = {
        (one.method, one.aggregator, one.r, one.alpha, one.attack["name"], one.f) for one in curves
    }
    rules = [("cra_dl", "median"), ("cra_dl", "phocas"), ("sgc_dl", "mean")]
    attacks = ["sign_flipping", "gaussian"]
    assert found == {
        (*rule, r, alpha, attack, round(10 * alpha))
        for rule, r, alpha, attack in itertools.product(rules, [4, 6], [0.1, 0.2], attacks)
    }
    assert len(curves) == len(set(labels(study))) == 24
    assert "CRA-DL (median), α = 0.1, sign flipping coefficient -2, r = 4" in labels(study)
    assert "SGC-DL, α = 0.2, gaussian variance 2, r = 6" in labels(study)


def test_a_product_of_long_lists_is_refused_before_it_is_expanded(tmp_path):
    thousand = [i / 3000 for i in range(1000)]
    grid = CODED | {"alpha": thousand, "step_size": thousand[1:], "N": [10] * 1000}
    path = written(tmp_path, {"experiments": one(ROBUST, grid)})
    assert_found(
        problems(path),
        "experiments.one.curves[1]",
        "at most 10,000 curves in a study",
        f"{1 + 10**6 * 999:,} with the {10**6 * 999:,} of this grid",
    )


def test_curves_of_experiments_that_do_not_run_are_not_counted(tmp_path):
    grid = CODED | {"alpha": [0.1] * 1000, "N": [10] * 1000}
    experiments = one(CODED) | {"two": {"curves": [grid]}}
    assert [*load(tmp_path, experiments=experiments, only=["one"]).experiments] == ["one"]


def test_many_curves_have_labels_of_their_own(tmp_path):
    alphas = [i / 9000 for i in range(3000)]
    study = load(tmp_path, experiments=one(CODED | {"alpha": alphas}))
    assert labels(study) == [f"CRA-DL (median), α = {one:.15g}" for one in alphas]


@pytest.mark.parametrize("allocation", ["equal_overlap", "balanced", "spread", "random"])
def test_the_largest_sizes_load_or_are_refused(tmp_path, allocation):
    largest = {"N": 10**9, "r": 10**9, "T": 10**9, "trials": 10**6, "chunks": 10**4}
    curve = CODED | {"allocation": allocation}
    path = written(tmp_path, largest | data({"M": 10**9, "m": 10**9}) | {"experiments": one(curve)})
    if allocation in ("spread", "random"):
        assert load_study(path).experiments["one"].curves[0].N == 10**9
    else:
        assert {finding.path for finding in problems(path)} == {"experiments.one.curves[0]"}


def test_labels_say_no_more_than_they_need(tmp_path):
    study = load(
        tmp_path,
        experiments=one(
            {"method": "mean_averaging"},
            {"method": ["rba_dl", "cra_dl"], "aggregator": ["trimmed_mean", "phocas"]},
            {"method": "clairvoyant", "label": "who knows", "alpha": 0.4},
        ),
    )
    assert labels(study) == [
        "MA",
        "RBA-DL (trimmed mean)",
        "RBA-DL (Phocas)",
        "CRA-DL (trimmed mean)",
        "CRA-DL (Phocas)",
        "who knows",
    ]


@pytest.mark.parametrize(
    ("key", "values", "shown"),
    [
        ("step_size", [0.123456789, 0.123456788], ["γ = 0.123456789", "γ = 0.123456788"]),
        ("sigma_h", [0, 1.5], ["σ_H = 0", "σ_H = 1.5"]),
        ("N", [10, 20], ["N = 10", "N = 20"]),
        ("start", ["zero", "standard_normal"], ["zero", "standard normal"]),
        ("withstand", ["alpha", 0.3], ["withstand = alpha", "withstand = 0.3"]),
        ("dataset", ["small", "my_data"], ["dataset = small", "dataset = my_data"]),
    ],
)
def test_labels_name_what_varies(tmp_path, key, values, shown):
    study = load(
        tmp_path,
        datasets={"small": DATA, "my_data": DATA},
        experiments=one(CODED | {key: values}),
    )
    assert labels(study) == [f"CRA-DL (median), {one}" for one in shown]


def test_the_innermost_wins(tmp_path):
    study = load(
        tmp_path,
        experiments={
            "one": {
                "trials": 9,
                "alpha": 0.1,
                "r": 8,
                "attack": {"name": "gaussian", "variance": 3},
                "curves": [CODED, CODED | {"r": 4, "alpha": 0.3, "attack": FLIPPING}],
            },
            "two": {"curves": [CODED]},
        },
    )
    first, second = study.experiments["one"].curves
    (other,) = study.experiments["two"].curves
    assert (first.r, first.alpha, first.attack["name"]) == (8, 0.1, "gaussian")
    assert (second.r, second.alpha, second.attack) == (4, 0.3, FLIPPING)
    assert (other.r, other.alpha, other.attack) == (6, 0.2, FLIPPING)
    assert [one.trials for one in study.experiments.values()] == [9, 2]
    assert [one.title for one in study.experiments.values()] == ["one", "two"]


def test_keys_that_a_method_does_not_use_are_ignored_where_inherited(tmp_path):
    study = load(
        tmp_path,
        aggregator="median",
        experiments=one({"method": ["mean_averaging", "sgc_dl", "rba_dl", "cra_dl"]}),
    )
    assert [
        (one.aggregator, one.allocation, one.r, one.uncovered)
        for one in study.experiments["one"].curves
    ] == [
        ("mean", "disjoint", 2, "refuse"),
        ("mean", "random", 6, "contribute_nothing"),
        ("median", "disjoint", 2, "refuse"),
        ("median", "random", 6, "contribute_nothing"),
    ]


def test_a_key_that_no_curve_uses_may_be_missing(tmp_path):
    study = load(tmp_path, r=..., allocation=..., uncovered=..., withstand=...)
    assert labels(study) == ["MA"]


def test_what_the_rule_withstands_need_not_be_the_truth(tmp_path):
    study = load(tmp_path, withstand=0.25, experiments=one(CODED, {"method": "sgc_dl"}))
    assert [(one.f, one.tolerated) for one in study.experiments["one"].curves] == [(2, 3), (2, 2)]


def test_extending_merges_mappings_replaces_lists_and_deletes_nulls(tmp_path):
    (tmp_path / "below").mkdir()
    base = SMALL | {
        "plugins": [],
        "only": ["one"],
        "alpha": [0.1, 0.2],
        "experiments": one() | {"two": {"curves": [CODED]}},
    }
    (tmp_path / "base.yaml").write_text(yaml.safe_dump(base), encoding="utf-8")
    middle = {"extends": "../base.yaml", "alpha": [0.3], "datasets": {"small": {"D": 5}}}
    (tmp_path / "below" / "middle.yaml").write_text(yaml.safe_dump(middle), encoding="utf-8")
    path = tmp_path / "mine.yaml"
    mine = {
        "extends": "below/middle.yaml",
        "study": "mine",
        "only": None,
        "experiments": {"one": None, "two": {"title": "Two", "trials": 4}},
        "attack": {"name": "gaussian", "coefficient": None, "variance": 2},
        "redraw": {"data": False},
    }
    path.write_text(yaml.safe_dump(mine), encoding="utf-8")
    study = load_study(path)
    assert (study.name, study.seed) == ("mine", 7)
    assert study.datasets["small"].parameters["D"] == 5
    assert study.datasets["small"].parameters["M"] == 20
    (experiment,) = study.experiments.values()
    assert (experiment.name, experiment.title, experiment.trials) == ("two", "Two", 4)
    assert experiment.redraw == Redraw(data=False, allocation=True, attack=True)
    (curve,) = experiment.curves
    assert (curve.alpha, curve.attack) == (0.3, {"name": "gaussian", "variance": 2})


def test_plugins_are_relative_to_the_file_that_names_them(tmp_path):
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "mine.py").write_text("", encoding="utf-8")
    base = SMALL | {"plugins": ["mine.py"]}
    (tmp_path / "below" / "base.yaml").write_text(yaml.safe_dump(base), encoding="utf-8")
    path = tmp_path / "study.yaml"
    path.write_text("extends: below/base.yaml\n", encoding="utf-8")
    assert load_study(path).plugins == (str(tmp_path / "below" / "mine.py"),)


def test_overrides_are_laid_over_the_file(tmp_path):
    path = written(tmp_path, {"figures": {}})
    overrides = {
        "trials": 11,
        "figures": None,
        "datasets": {"small": {"D": 2}},
        "alpha": 0,
    }
    study = load_study(path, overrides=overrides)
    assert study.experiments["one"].trials == 11
    assert study.datasets["small"].parameters == {
        key: value
        for key, value in (DATA | {"D": 2}).items()
        if key not in ("generator", "problem")
    }
    assert study.experiments["one"].curves[0].f == 0
    assert list(study.figures) == ["one"]


def test_only_selects_experiments_and_leaves_figures_the_panels_that_run(tmp_path):
    keys = {
        "experiments": {name: {"curves": [CODED]} for name in ("a", "b", "c")},
        "figures": {
            "first": {"draw": "training_loss", "experiments": ["c", "a", "b"]},
            "second": {"draw": "training_loss", "experiments": ["c"]},
        },
    }
    study = load(tmp_path, only=["b", "a"], **keys)
    assert list(study.experiments) == ["a", "b"]
    assert {name: one.experiments for name, one in study.figures.items()} == {"first": ["a", "b"]}
    assert list(load(tmp_path, **keys).figures) == ["first", "second"]


@pytest.mark.parametrize(
    ("keys", "drawn"),
    [
        ({"r": [4, 6], "alpha": [0.1, 0.2]}, True),
        ({"r": [4, 6]}, False),
        ({"r": [4, 6], "alpha": [0.1, 0.2], "sigma_h": [0, 1]}, False),
        (
            {"r": [4, 6], "pre_aggregation": [{"name": "none"}, {"name": "bucketing", "size": 2}]},
            True,
        ),
    ],
)
def test_a_heat_map_has_a_grid_over_two_keys(tmp_path, keys, drawn):
    figures = {"map": {"draw": "heat_map", "experiments": ["one"]}}
    changes = {"experiments": one(CODED | keys), "figures": figures}
    path = written(tmp_path, changes)
    if drawn:
        assert [*load_study(path, drawings={"heat_map": ()}).figures] == ["map"]
        return
    (finding,) = problems(path, drawings={"heat_map": ()})
    assert finding.path == "figures.map.experiments[0]"
    assert finding.needed == "an experiment with a grid over two keys (heat_map)"


FRONTS = {"training_loss": (), "fronts": ("after",)}


def figure(draw, experiments=("one", "two"), **keys):
    """Return a study's sections with two experiments, of T = 5 and T = 3, and one figure."""
    two = {"two": {"curves": [CODED], "T": 3}}
    entry = {"draw": draw, "experiments": list(experiments), **keys}
    return {"experiments": one() | two, "figures": {"a": entry}}


@pytest.mark.parametrize(
    ("changes", "place", "needed", "got"),
    [
        (figure("fronts"), "figures.a.after", "this key, which fronts uses", "none"),
        (
            figure("training_loss", after=[1, 2]),
            "figures.a.after",
            "no after, which training_loss does not use",
            "[1, 2]",
        ),
        (
            figure("fronts", after=[1]),
            "figures.a.after",
            "one iteration for each of the 2 experiments",
            "[1]",
        ),
        (figure("fronts", after=[5, 4]), "figures.a.after[1]", "at most T=3 of two", "4"),
        (figure("fronts", after=[-1, 2]), "figures.a.after[0]", "greater than or equal to 0", "-1"),
        (figure("fronts", after=[1, 2.5]), "figures.a.after[1]", "a valid integer", "2.5"),
        (figure("fronts", after=5), "figures.a.after", "a valid list", "5"),
    ],
)
def test_iterations_of_fronts_are_refused_before_anything_runs(
    tmp_path, changes, place, needed, got
):
    (finding,) = problems(written(tmp_path, changes), drawings=FRONTS)
    assert (finding.path, finding.given) == (place, got)
    assert needed in finding.needed


def test_lengths_are_checked_where_nothing_is_known_of_drawings(tmp_path):
    (finding,) = problems(written(tmp_path, figure("mine", after=[1, 2, 3])))
    assert finding.needed == "one iteration for each of the 2 experiments"


def test_a_figure_keeps_the_iterations_of_the_panels_that_run(tmp_path):
    keys = figure("fronts", ["two", "one"], after=[3, 5])
    study = load(tmp_path, drawings=FRONTS, **keys)
    assert study.figures["a"].options == {"after": [3, 5]}
    study = load(tmp_path, drawings=FRONTS, only=["one"], **keys)
    assert (study.figures["a"].experiments, study.figures["a"].options) == (["one"], {"after": [5]})
    # Past the end of an experiment that does not run there is nothing to refuse.
    keys = figure("fronts", ["two", "one"], after=[4, 5])
    assert load(tmp_path, drawings=FRONTS, only=["one"], **keys).figures["a"].draw == "fronts"


BOUNDS = {"training_loss": (), "bounds_horizon": ("left_sides", "bounds")}
FIXED = {"data": False, "allocation": False, "attack": True}


@pytest.mark.parametrize("anew", ["data", "allocation"])
def test_left_sides_of_other_data_or_allocations_in_each_trial_are_refused(tmp_path, anew):
    keys = figure("bounds_horizon")
    keys["experiments"]["two"]["redraw"] = FIXED | {anew: True}
    path = written(tmp_path, keys | {"redraw": FIXED})
    (finding,) = problems(path, drawings=BOUNDS)
    assert finding.path == "figures.a.experiments[1]"
    assert finding.needed == "the same data and allocation in every trial of two (bounds_horizon)"
    assert f"'{anew}': True" in finding.given


def test_left_sides_are_asked_of_nothing_else(tmp_path):
    assert load(tmp_path, drawings=BOUNDS, **figure("training_loss"))
    keys = figure("bounds_horizon") | {"redraw": FIXED}
    assert load(tmp_path, drawings=BOUNDS, **keys)
    # An experiment that does not run is not drawn.
    keys["experiments"]["two"]["redraw"] = FIXED | {"data": True}
    assert load(tmp_path, drawings=BOUNDS, only=["one"], **keys)


def test_a_curve_says_what_sets_it_apart_whatever_its_label(tmp_path):
    curves = [
        {"method": ["rba_dl", "cra_dl"], "sigma_h": [0, 1]},
        {"method": "cra_dl", "step_size": 0.5, "label": "mine"},
        {"method": "mean_averaging"},
    ]
    study = load(tmp_path, aggregator="median", experiments=one(*curves))
    apart = {curve.label: curve.variant for curve in study.experiments["one"].curves}
    assert apart == {
        "RBA-DL (median), σ_H = 0": "σ_H = 0",
        "RBA-DL (median), σ_H = 1": "σ_H = 1",
        "CRA-DL (median), σ_H = 0, γ = 0.05": "σ_H = 0, γ = 0.05",
        "CRA-DL (median), σ_H = 1, γ = 0.05": "σ_H = 1, γ = 0.05",
        "mine": "σ_H = 0, γ = 0.5",
        "MA": "",
    }


def test_unrelated_mistakes_do_not_hide_what_is_impossible(tmp_path):
    found = problems(
        written(
            tmp_path,
            {
                "step_size": "1e-3",
                "attack": {"name": "sign_flipping"},
                "experiments": one(CODED | {"r": 21}, CODED | {"alpha": 0.5}, CODED | {"start": 1}),
            },
        )
    )
    assert [(finding.path, finding.given) for finding in found][-3:] == [
        ("experiments.one.curves[2].start", "1"),
        ("experiments.one.curves[0]", "N=10, M=20, r=21"),
        ("experiments.one.curves[1]", "5 (alpha=0.5)"),
    ]


def test_an_override_that_reaches_no_curve_is_refused(tmp_path):
    path = written(tmp_path, {"experiments": one(CODED, alpha=0.1)})
    (finding,) = problems(path, overrides={"alpha": 0.2, "trials": 3})
    assert finding.path == "alpha"
    assert finding.needed == "an experiment or curve that takes it from the study"


def test_an_experiment_that_does_not_run_is_checked_as_written(tmp_path):
    experiments = one() | {"two": {"curves": [{"method": "cra"}]}}
    findings = problems(written(tmp_path, {"only": ["one"], "experiments": experiments}))
    assert [finding.path for finding in findings] == ["experiments.two.curves[0].method"]


def test_without_figures_each_experiment_gets_one(tmp_path):
    study = load(tmp_path, drawings={"excess_loss": ()}, experiments=one())
    assert {name: (one.draw, one.experiments) for name, one in study.figures.items()} == {
        "one": ("excess_loss", ["one"]),
    }
    assert load(tmp_path, figures={}).figures == {}


def test_a_study_loads_alike_twice(tmp_path):
    path = written(tmp_path, {"experiments": one(CODED | {"r": [4, 6]}, ROBUST)})
    assert load_study(path) == load_study(str(path))
    assert load_study(path).model_dump_json() == load_study(path).model_dump_json()


@pytest.mark.parametrize(
    ("alpha", "N", "rounding", "count"),
    [
        (0.29, 100, "nearest", 29),
        (0.29, 100, "floor", 29),
        (0.03, 100, "floor", 3),
        (0.03, 100, "ceil", 3),
        (0.07, 100, "ceil", 7),
        (0.25, 10, "nearest", 3),
        (0.35, 10, "nearest", 4),
        (0.25, 10, "floor", 2),
        (0.21, 10, "ceil", 3),
        (0.15, 10, "nearest", 2),
        (1e-7, 10, "ceil", 1),
        (0, 10, "ceil", 0),
    ],
)
def test_the_number_of_liars_is_exact(tmp_path, alpha, N, rounding, count):
    assert byzantine_count(alpha, N, rounding) == count
    data = {"small": DATA | {"M": N, "m": N}}
    study = load(tmp_path, alpha=alpha, N=N, rounding=rounding, datasets=data)
    assert study.experiments["one"].curves[0].f == count


@given(hundredths=st.integers(0, 9999), N=st.integers(1, 1000))
def test_the_number_of_liars_equals_decimal_arithmetic(hundredths, N):
    exact = Fraction(hundredths, 10000) * N
    alpha = hundredths / 10000
    assert byzantine_count(alpha, N, "floor") == math.floor(exact)
    assert byzantine_count(alpha, N, "ceil") == math.ceil(exact)
    assert byzantine_count(alpha, N, "nearest") == math.floor(exact + Fraction(1, 2))


def test_data_and_allocations_are_requested_once_for_all_who_use_them(tmp_path):
    fixed = {"data": False, "allocation": False, "attack": True}
    study = load(
        tmp_path,
        seed=3,
        experiments={
            "one": {"trials": 5, "sigma_h": [1, 0], "curves": [CODED, ROBUST]},
            "two": {"trials": 9, "redraw": fixed, "sigma_h": 2, "curves": [CODED | {"r": [6, 8]}]},
        },
    )
    parameters = {key: one for key, one in DATA.items() if key not in ("generator", "problem")}
    assert study.dataset_request("small") == {
        "kind": "gaussian_linear",
        "parameters": parameters,
        "problem": "least_squares",
        "sigma_h": [0, 1, 2],
        "seed": 3,
        "draws": 5,
    }
    requests = study.allocation_requests()
    assert {name: one["draws"] for name, one in requests.items()} == {
        "random-N10-M20-r6": 5,
        "random-N10-M20-r8": 1,
        "disjoint-N10-M20-r2": 5,
    }
    assert requests["random-N10-M20-r8"] == {
        "kind": "random",
        "N": 10,
        "M": 20,
        "r": 8,
        "seed": 3,
        "draws": 1,
    }
    assert study.sizes() == [(10, 2, 3)]


@given(trials=st.integers(1, 60), chunks=st.integers(1, 80))
def test_parts_partition_the_trials(trials, chunks):
    redraw = Redraw(data=True, allocation=True, attack=True)
    keys = {"name": "a", "title": "a", "seed": 0, "T": 1, "curves": ()}
    keys |= {"diagnostics": False, "messages": False, "redraw": redraw}
    parts = Experiment(**keys, trials=trials, chunks=chunks).parts()
    covered = [trial for first, end in parts.values() for trial in range(first, end)]
    assert covered == list(range(trials))
    lengths = Counter(end - first for first, end in parts.values())
    assert len(parts) == min(trials, chunks)
    assert max(lengths) - min(lengths) <= 1
    assert all(name == f"{first}-{end - 1}" for name, (first, end) in parts.items())


def test_a_style_file_lies_beside_the_study_that_names_it(tmp_path):
    (tmp_path / "mine.mplstyle").write_text("", encoding="utf-8")
    path = written(tmp_path, {"style": "mine.mplstyle", "experiments": one()})
    assert load_study(path).style == str(tmp_path.resolve() / "mine.mplstyle")
    nearer = tmp_path / "inner"
    nearer.mkdir()
    (nearer / "study.yaml").write_text(f"extends: ../{path.name}", encoding="utf-8")
    assert load_study(nearer / "study.yaml").style.endswith("mine.mplstyle")
    (nearer / "study.yaml").write_text(f"extends: ../{path.name}\nstyle: null", encoding="utf-8")
    assert load_study(nearer / "study.yaml").style == ""
    (finding,) = problems(written(tmp_path, {"style": "no.mplstyle", "experiments": one()}))
    assert (finding.path, finding.needed) == ("style", "an existing Matplotlib style file")

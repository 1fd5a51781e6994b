"""Plugins: what they depend on is followed or refused, and they end with their study."""

import sys

import numpy as np
import pytest
import yaml

import cradl
from cradl.aggregation import RULES
from cradl.config.findings import StudyError

CONTENT = """\
import numpy as np
from cradl.aggregation import RULES, Rule
{body}
RULES["mine"] = Rule(aggregate=lambda m, f: {result}, max_f=lambda N: N // 2, contracts=frozenset())
"""
STUDY = {
    "study": "own",
    "seed": 1,
    "plugins": ["mine.py"],
    "trials": 1,
    "T": 1,
    "redraw": {"data": True, "allocation": True, "attack": True},
    "diagnostics": False,
    "messages": False,
    "chunks": 1,
    "datasets": {
        "tiny": {
            "generator": "gaussian_linear",
            "problem": "least_squares",
            "M": 4,
            "m": 4,
            "D": 2,
            "feature_variance": 1,
            "noise_variance": 1,
        }
    },
    "experiments": {
        "one": {
            "curves": [{"method": "cra_dl", "aggregator": "mine", "r": 2}],
            "N": 4,
            "alpha": 0.25,
            "rounding": "nearest",
            "withstand": "alpha",
            "identities": "redrawn",
            "dataset": "tiny",
            "sigma_h": 0,
            "allocation": "random",
            "uncovered": "contribute_nothing",
            "attack": {"name": "sign_flipping", "coefficient": -2},
            "step_size": 0.1,
            "start": "zero",
        }
    },
}
ROWS = np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])


@pytest.fixture
def write(tmp_path):
    def write(body="", result="m.mean(axis=0)", **files):
        (tmp_path / "mine.py").write_text(CONTENT.format(body=body, result=result))
        for name, content in files.items():
            path = tmp_path / name
            path = path if path.suffix else path.with_suffix(".py")
            path.parent.mkdir(exist_ok=True)
            path.write_text(content)
        study = tmp_path / "study.yaml"
        study.write_text(yaml.safe_dump(STUDY))
        return study

    yield write
    without = {key: one for key, one in STUDY.items() if key != "plugins"}
    averaging = {"curves": [{"method": "mean_averaging"}]}
    without["experiments"] = {"one": STUDY["experiments"]["one"] | averaging}
    (tmp_path / "none.yaml").write_text(yaml.safe_dump(without))
    cradl.load_study(tmp_path / "none.yaml")


def names(study):
    return {one.name for one in study.sources.files}


def test_an_edited_plugin_is_the_edited_plugin(write):
    study = cradl.load_study(write())
    before = study.sources.digest
    assert RULES["mine"](ROWS, f=0).tolist() == [2.0, 3.0]
    # Within the same second, and of the same size.
    assert cradl.load_study(write(result="m.max (axis=0)")).sources.digest != before
    assert RULES["mine"](ROWS, f=0).tolist() == [4.0, 5.0]
    assert cradl.load_study(write()).sources.digest == before


def test_the_rows_of_a_study_end_with_it(write, tmp_path):
    study = cradl.load_study(write("import helper_of_mine", helper_of_mine="x = 1\n"))
    assert "helper_of_mine" in sys.modules
    (tmp_path / "mine.py").write_text("")
    with pytest.raises(StudyError, match="aggregator: need one of"):
        cradl.load_study(tmp_path / "study.yaml")
    assert "mine" not in RULES
    assert "helper_of_mine" not in sys.modules
    with pytest.raises(ValueError, match="loaded last, got no row mine in RULES"):
        cradl.simulate(study.experiments["one"], {}, {}, trials=[0])


@pytest.mark.parametrize(
    ("body", "files", "edited"),
    [
        ("import helper", {"helper": "x = 1\n"}, "helper"),
        ("import helper as h", {"helper": "import deeper\n", "deeper": "x = 1\n"}, "deeper"),
        ("from helper import x", {"helper": "from deeper import x\n", "deeper": "x = 1"}, "deeper"),
        ("def f():\n    import helper", {"helper": "x = 1\n"}, "helper"),
        ("from folder.inner import x", {"folder/__init__": "", "folder/inner": "x = 1"}, "inner"),
        (
            "import folder",
            {"folder/__init__": "from . import inner", "folder/inner": ""},
            "inner",
        ),
        (
            "from folder import inner",
            {
                "folder/__init__": "",
                "folder/inner": "from .other import x",
                "folder/other": "x=1",
            },
            "other",
        ),
        ("import importlib\nimportlib.import_module('helper')", {"helper": "x = 1\n"}, "helper"),
        ("try:\n    import helper\nexcept ImportError:\n    pass", {"helper": ""}, "helper"),
        ("import cradl\ncradl.input_file(__file__, 'data.txt')", {"data.txt": "1 2"}, "data.txt"),
    ],
)
def test_what_a_plugin_needs_is_part_of_its_hash(write, tmp_path, body, files, edited):
    study = cradl.load_study(write(body, **files))
    path = next(one for one in study.sources.files if edited in (one.stem, one.name))
    path.write_text(path.read_text() + "\n# edited\n")
    assert cradl.load_study(tmp_path / "study.yaml").sources.digest != study.sources.digest


def test_modules_in_the_search_path_are_followed(write, tmp_path, monkeypatch):
    place = tmp_path / "lib"
    place.mkdir()
    (place / "from_path.py").write_text("x = 1\n")
    monkeypatch.syspath_prepend(str(place))
    assert "from_path.py" in names(cradl.load_study(write("import from_path")))


def test_libraries_are_not_followed_but_their_versions_are(write):
    study = cradl.load_study(write("import json, numpy, scipy.stats\nimport hypothesis"))
    assert names(study) == {"mine.py"}
    assert [one.split("==")[0] for one in study.sources.versions] == ["hypothesis"]


REFUSED = {
    "import importlib\nimportlib.import_module('hel' + 'per')": "name is made while it runs",
    "__import__('hel' + 'per')": "name is made while it runs",
    "exec('x' + '= 1')": "code that is made while it runs",
    "import runpy\nrunpy.run_path(__file__ + 'x')": "runs a file that no import names",
    "import os\nx = os.environ.get('X')": "reads the environment",
    "from os import environ as e, getenv\nx = getenv('X')": "reads an environment variable",
    "x = open(__file__[:-7] + 'data.txt').read()": r"input_file\(__file__, 'data.txt'\)",
    "x = np.loadtxt(__file__[:-7] + 'data.txt')": r"which opens .*data.txt",
    "import helper_reads": r"line 1 of helper_reads.py, which opens .*data.txt",
    "import os\nx = os.open(__file__[:-7] + 'data.txt', os.O_RDONLY)": "which opens",
    "try:\n    open(__file__[:-7] + 'data.txt')\nexcept Exception:\n    pass": "which opens",
    "import subprocess\nsubprocess.run(['true'])": "which starts a program",
    "import os\nos.system('true')": "which starts a program",
    "import h5py\nf = lambda: h5py.File('data.h5')": "which reads a file",
    "import cradl\ncradl.input_file(__file__, 'absent.txt')": "need the file absent.txt",
    "RULES._rows['median'] = RULES['mean']": r"need rows of this project as they are, got RULES",
    "RULES['median'] = RULES['mean']": "need a name that RULES does not have",
}


@pytest.mark.parametrize("body", REFUSED)
def test_what_no_hash_can_cover_is_refused_with_the_reason(write, body):
    reads = "x = open(__file__.replace('helper_reads.py', 'data.txt')).read()\n"
    files = {"data.txt": "1 2\n", "helper": "", "helper_reads": reads}
    median = RULES["median"]
    with pytest.raises(StudyError, match=REFUSED[body]) as told:
        cradl.load_study(write(body, **files))
    assert "plugins: need " in str(told.value)
    assert RULES["median"] is median
    assert "mine" not in RULES


def test_a_file_that_is_read_while_a_job_runs_is_refused_there(write, tmp_path):
    (tmp_path / "data.txt").write_text("1 2")
    path = str(tmp_path / "data.txt")
    cradl.load_study(write(result=f"np.loadtxt({path!r}) * m[0]"))
    with pytest.raises(ValueError, match=r"aggregate of RULES.'mine'. .* which opens"):
        RULES["mine"](ROWS, f=0)


def test_a_file_is_named_before_anything_runs(write):
    late = 'np.loadtxt(cradl.input_file(__file__, "data.txt")) * m[0]'
    cradl.load_study(write("import cradl", late, **{"data.txt": "1 2"}))
    with pytest.raises(ValueError, match=r"need input_file.* at the top of mine.py"):
        RULES["mine"](ROWS, f=0)


def test_a_plugin_may_write_and_read_again_what_it_wrote(write, tmp_path):
    path = str(tmp_path / "cache.txt")
    body = f"from pathlib import Path\nPath({path!r}).write_text('1')\nPath({path!r}).read_text()"
    assert names(cradl.load_study(write(body))) == {"mine.py"}


def test_other_code_opens_files_as_ever(write, tmp_path):
    cradl.load_study(write())
    assert (tmp_path / "mine.py").read_text()


def test_what_a_plugin_prints_is_no_answer(write, capsys):
    cradl.load_study(write("print('hello')"))
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "hello\n")


def test_plugins_of_a_study_that_extends_another_are_added(write, tmp_path):
    write()
    (tmp_path / "more.py").write_text("")
    study = tmp_path / "extending.yaml"
    study.write_text("extends: study.yaml\nstudy: more\nplugins: [more.py]\n")
    assert [one.rsplit("/", 1)[-1] for one in cradl.load_study(study).plugins] == [
        "mine.py",
        "more.py",
    ]

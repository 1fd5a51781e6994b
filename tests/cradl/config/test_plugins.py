"""A user's file adds a rule and an attack, which then load and run like built-in ones."""

import os
import subprocess
import sys

import numpy as np
import pytest
import yaml
from studies import SMALL

from cradl.allocation import allocations
from cradl.config.findings import Findings, StudyError
from cradl.config.plugins import load_plugins, require_plugins
from cradl.config.resolving import load_study
from cradl.datasets import dataset
from cradl.engine.experiment import simulate
from paper_figures.kinds import FIGURES, Kinds

PLUGIN = '''\
from pydantic import Field

from cradl.aggregation import RULES, Rule
from cradl.attacks import ATTACKS, Attack
from cradl.parameters import Parameters


class Shout(Parameters):
    loudness: float = Field(gt=0)
    """Every entry of every lie."""


def shout(own, honest, *, f, noise, context):
    return 0 * own + context.parameters.loudness


RULES["first"] = Rule(
    aggregate=lambda messages, f: messages[0],
    max_f=lambda N: N - 1,
    contracts=frozenset({"coordinatewise"}),
)
ATTACKS["shout"] = Attack(craft=shout, parameters=Shout)
'''
DATA = SMALL["datasets"]["small"] | {"M": 8, "m": 8, "D": 3}
LOUD = {"name": "shout", "loudness": 1.0e6}
# With r = M every device holds all data: each true message is the gradient over N.
CODED = {"method": "cra_dl", "aggregator": "first", "alpha": 0}


@pytest.fixture
def study(tmp_path):
    """Return a function that writes a study with the plugin."""
    (tmp_path / "mine.py").write_text(PLUGIN, encoding="utf-8")

    def write(*curves, **changes):
        keys = {"N": 4, "r": 8, "T": 3, "trials": 2, "datasets": {"small": DATA}}
        keys |= {"plugins": ["mine.py"], "experiments": {"one": {"curves": list(curves)}}}
        path = tmp_path / "study.yaml"
        path.write_text(yaml.safe_dump(SMALL | keys | changes), encoding="utf-8")
        return path

    return write


def test_rows_of_a_plugin_run_like_built_in_ones(study):
    loaded = load_study(
        study(
            CODED,
            {"method": "clairvoyant", "alpha": 0},
            {"method": "sgc_dl", "alpha": 0.5, "attack": LOUD},
        )
    )
    experiment = loaded.experiments["one"]
    assert experiment.curves[0].label == "CRA-DL (first)"
    results = simulate(
        experiment,
        {name: dataset(**loaded.dataset_request(name)) for name in loaded.datasets},
        {name: allocations(**one) for name, one in loaded.allocation_requests().items()},
        trials=range(2),
    )
    first, exact, shouted = results["loss"].to_numpy()
    np.testing.assert_allclose(first, exact, rtol=1e-9)
    assert (shouted[:, 1:] > 1000 * exact[:, 1:]).all()
    # Half of the messages are off by the loudness in each of the three entries.
    error = results["aggregation_error_sq"].isel(curve=2, iteration=0)
    np.testing.assert_allclose(error, 3 * (1e6 / 2) ** 2, rtol=1e-2)


@pytest.mark.parametrize(
    ("attack", "path"),
    [
        ({"name": "shout"}, "attack.loudness"),
        ({"name": "shout", "loudness": 0}, "attack.loudness"),
        (LOUD | {"pitch": 1}, "attack.pitch"),
    ],
)
def test_parameters_of_a_plugin_are_checked(study, attack, path):
    with pytest.raises(StudyError, match=f"{path}: need"):
        load_study(study(CODED, attack=attack))


def test_a_plugins_rule_says_how_many_liars_it_withstands(study):
    path = study(CODED | {"alpha": 0.9, "withstand": 0}, {"method": "sgc_dl"})
    with pytest.raises(StudyError, match="at most 3 Byzantine devices of N=4 for first"):
        load_study(path)


def test_without_the_plugin_its_rows_are_unknown(study):
    with pytest.raises(StudyError, match="'first'"):
        load_study(study(CODED, plugins=[]))


def test_a_plugin_runs_once_in_a_process(study, tmp_path):
    (tmp_path / "once.py").write_text(
        "from cradl.aggregation import RULES\nassert 'once' not in RULES\n"
        "RULES['once'] = RULES['mean']\n",
        encoding="utf-8",
    )
    path = str(tmp_path / "once.py")
    findings = Findings()
    load_plugins([path, path], findings)
    assert list(findings) == []
    load_plugins([path], findings)
    assert list(findings) == []
    require_plugins([path])


def test_a_plugin_named_by_two_studies_in_two_ways_runs_once(study, tmp_path):
    study(CODED)
    (tmp_path / "more").mkdir()
    path = tmp_path / "more" / "study.yaml"
    path.write_text("extends: ../study.yaml\nplugins: [../mine.py]\n", encoding="utf-8")
    assert load_study(path).sources.files == (tmp_path / "mine.py",)


def test_a_plugin_that_fails_fails_again(tmp_path):
    (tmp_path / "broken.py").write_text("raise ValueError('two\\nlines')", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(StudyError, match=r"plugins: need broken\.py to import, got ValueError"):
            require_plugins([str(tmp_path / "broken.py")])
    findings = Findings()
    load_plugins([str(tmp_path / "broken.py")], findings)
    (finding,) = findings
    assert finding.given == "ValueError on line 1: two lines"


def test_an_error_of_a_plugin_has_its_line(tmp_path):
    (tmp_path / "broken.py").write_text(
        "from cradl.aggregation import RULES, Rule\n\nRULES['x'] = Rule(max_f=3)\n",
        encoding="utf-8",
    )
    with pytest.raises(StudyError, match=r"got TypeError on line 3: need Rule\(aggregate=\.\.\."):
        require_plugins([str(tmp_path / "broken.py")])


DRAWS = """\
from paper_figures.kinds import FIGURES

FIGURES["mine"] = lambda data: None
"""


@pytest.fixture
def figure_plugin(tmp_path):
    """Return a function that writes a plugin with a kind of figure; take the kind back."""

    def write(text=DRAWS):
        path = tmp_path / "drawing.py"
        path.write_text(text, encoding="utf-8")
        return path

    yield write
    FIGURES.clear()


def test_a_plugin_brings_a_kind_of_figure(study, figure_plugin):
    path = figure_plugin()
    figures = {"one": {"draw": "mine", "experiments": ["one"]}}
    keys = {"plugins": ["mine.py", "drawing.py"], "figures": figures}
    loaded = load_study(study(CODED, **keys), drawings=Kinds())
    assert loaded.figures["one"].draw == "mine"
    # Runs depend on the other plugin alone.
    assert loaded.sources.drawing == (path.resolve(),)
    assert len(loaded.sources.files) == 2
    keys["figures"] = {"one": {"draw": "yours", "experiments": ["one"]}}
    with pytest.raises(StudyError, match=r"figures\.one\.draw: need one of .*mine.*, got 'yours'"):
        load_study(study(CODED, **keys), drawings=Kinds())


def test_rows_of_runs_stand_in_a_file_without_figures(study, figure_plugin):
    figure_plugin(DRAWS + PLUGIN)
    told = r"need a file without figures for rows of runs \(drawing.py imports paper_figures\), got"
    with pytest.raises(StudyError, match=told):
        load_study(study(CODED, plugins=["drawing.py"]))


def test_what_a_library_opens_while_it_is_imported_is_its_own_affair(tmp_path):
    # In a process of its own, in which the library is not imported yet.
    cache, plugin = tmp_path / "cache", tmp_path / "drawing.py"
    plugin.write_text("import matplotlib.font_manager\n" + DRAWS, encoding="utf-8")
    code = (
        "import sys; from cradl.config.plugins import require_plugins; "
        "require_plugins(sys.argv[1:]); from paper_figures.kinds import FIGURES; print([*FIGURES])"
    )
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", code, plugin],
            env=os.environ | {"MPLCONFIGDIR": str(cache), "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout == "['mine']\n", done.stderr

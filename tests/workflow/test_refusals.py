"""A study that cannot run is refused as a whole: one message, no job started, nothing touched."""

import re
import shutil

import pytest
from tiny_study import TINY, snakemake, snapshot, write_study


@pytest.fixture
def used(finished, tmp_path):
    """Return a folder in which the study has already run."""
    folder, _ = finished
    return shutil.copytree(folder, tmp_path / "used")


def refused(folder, *arguments, studies=("study.yaml",)):
    """Run, assert that the study is refused, return what was printed."""
    before = snapshot(folder / "results")
    code, output = snakemake(folder, "--cores", "2", *arguments, studies=studies)
    assert code != 0
    assert re.search(r"Traceback|WorkflowError|^ *File ", output, re.MULTILINE) is None
    assert "Job stats" not in output
    assert snapshot(folder / "results") == before
    return output


def finding(output, path, given):
    """Tell whether a line says where, perhaps among others, what is needed and what was given."""
    line = rf"^ *(\S+, )*{re.escape(path)}(, \S+)*: need .+, got .*{re.escape(given)}"
    return re.search(line, output, re.MULTILINE) is not None


def test_all_problems_of_a_study_come_at_once(used):
    experiments = TINY["experiments"] | {
        "flipped": {
            "attack": {"name": "sign_flipping", "coefficient": 2},
            "curves": [{"method": "cra_dl", "aggregator": "mediann"}],
        }
    }
    path = write_study(used, "bad.yaml", trials="many", trails=3, experiments=experiments)
    output = refused(used, studies=("bad.yaml",))
    assert str(path) in output
    assert finding(output, "trials", "many")
    assert finding(output, "experiments.flipped.attack.coefficient", "2")
    assert finding(output, "experiments.flipped.curves[0].aggregator", "mediann")
    assert re.search(r"^ *trails: need .*\btrials\b", output, re.MULTILINE)


def test_a_key_written_twice(used):
    path = write_study(used, "twice.yaml")
    path.write_text(path.read_text(encoding="utf-8") + "seed: 8\n", encoding="utf-8")
    assert finding(refused(used, studies=("twice.yaml",)), "seed", "line 2")


def test_two_studies(used):
    write_study(used, "another.yaml", study="another")
    output = refused(used, studies=("study.yaml", "another.yaml"))
    assert "need one study with --configfile, got 2: " in output
    assert "another.yaml" in output


# The second exists in the package but draws nothing itself.
@pytest.mark.parametrize("draw", ["pie_chart", "style"])
def test_a_figure_that_nothing_draws(used, draw):
    write_study(used, "figure.yaml", figures={"one": {"draw": draw, "experiments": ["noisy"]}})
    output = refused(used, studies=("figure.yaml",))
    assert finding(output, "figures.one.draw", draw)
    assert "excess_loss" in output


# What each module takes is read from its code: of `fronts`, where fronts are shown.
@pytest.mark.parametrize(
    ("draw", "after", "place", "given"),
    [
        ("fronts", None, "figures.one.after", "none"),
        ("redundancy", [1, 2], "figures.one.after", "[1, 2]"),
        ("redundancy", [4], "figures.one.after[0]", "4"),
        ("training_loss", [1], "figures.one.after", "[1]"),
    ],
)
def test_iterations_of_fronts_that_cannot_be_shown(used, draw, after, place, given):
    entry = {"draw": draw, "experiments": ["noisy"]} | ({"after": after} if after else {})
    write_study(used, "fronts.yaml", figures={"one": entry})
    assert finding(refused(used, studies=("fronts.yaml",)), place, given)


def test_a_plugin_that_does_not_import(used):
    (used / "broken.py").write_text("import nothing_of_this_name\n", encoding="utf-8")
    write_study(used, "plugin.yaml", plugins=["broken.py"])
    assert finding(refused(used, studies=("plugin.yaml",)), "plugins", "nothing_of_this_name")


def test_a_wrong_key_on_the_command_line(used):
    assert finding(refused(used, "--config", "trials=0"), "trials", "0")

"""Elsewhere the same bytes; after an edit exactly the jobs run whose results it can change."""

import os
import shutil

import pytest
from tiny_study import TINY, jobs, products, snakemake, write_study

# The study's two experiments, and its two figures, of two modules.
REPORTED = {"report": 1, "all": 1}
JUDGED = REPORTED | {"theorems": 1, "sharpened": 1}
FIGURES = {"figures_training_loss": 1, "figures_excess_loss": 1}
SIMULATED = JUDGED | FIGURES | {"simulate": 2, "claims": 1, "losses": 1}
BOUNDED = JUDGED | {"bounds": 1}
THEORY = BOUNDED | {"equations": 1, "constants": 1}
RULES = {"constants": 1}
STORED = SIMULATED | BOUNDED | {"dataset": 1, "allocate": 1}
EVERYTHING = STORED | THEORY


def test_same_bytes_elsewhere_in_one_core_and_one_chunk(finished, elsewhere):
    folder, _ = finished
    _, other = elsewhere
    expected, found = products(folder), products(other)
    assert found.keys() == expected.keys()
    assert [name for name in expected if found[name] != expected[name]] == []


def test_the_copy_runs_its_own_packages(elsewhere):
    project, _ = elsewhere
    # Only the scripts import the last two, so that the scripts too imported from the copy.
    modules = ("cradl/store", "cradl/engine/experiment")
    for module in (*modules, "theory/paper/table1", "paper_figures/drawing/style"):
        package, name = module.rsplit("/", 1)
        assert list((project / package / "__pycache__").glob(f"{name}.*.pyc")), module


@pytest.mark.parametrize(
    ("edited", "expected"),
    [
        ("cradl/attacks.py", SIMULATED | BOUNDED),
        ("cradl/aggregation.py", SIMULATED | BOUNDED | RULES),
        ("cradl/datasets.py", SIMULATED | BOUNDED | {"dataset": 1}),
        ("cradl/store.py", STORED),
        ("cradl/files.py", EVERYTHING),
        ("cradl/results/statistics.py", REPORTED | FIGURES | {"claims": 1, "losses": 1}),
        ("cradl/results/verdicts.py", REPORTED | {"claims": 1}),
        ("theory/paper/table1.py", THEORY),
        ("theory/runs/judge_paper.py", REPORTED | {"theorems": 1}),
        ("theory/ledger.py", REPORTED | {"equations": 1}),
        ("theory/beyond/constants_table.py", REPORTED | {"constants": 1}),
        ("paper_figures/drawing/style.py", REPORTED | FIGURES),
        ("paper_figures/figures/excess_loss.py", REPORTED | {"figures_excess_loss": 1}),
        ("paper_figures/report/summaries.py", REPORTED),
        ("paper_figures/report/templates/page.css", REPORTED),
        ("workflow/scripts/reporting.py", REPORTED),
        ("workflow/scripts/simulate.py", SIMULATED),
        ("workflow/scripts/gather.py", {}),
        ("environment.yml", {}),
    ],
)
def test_an_edit_reruns_what_depends_on_it(elsewhere, edited, expected):
    project, folder = elsewhere
    file = project / edited
    original, times = file.read_bytes(), file.stat()
    # Even a comment: a hash cannot tell which edits matter.
    file.write_bytes(original + b"\n# edited\n")
    try:
        code, output = snakemake(folder, "-n", project=project)
    finally:
        file.write_bytes(original)
        # Of scripts, unlike packages, Snakemake compares the time.
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert code == 0, output
    assert jobs(output) == expected, output
    if edited == "paper_figures/figures/excess_loss.py":
        assert "Draw excess" in output


def test_an_edit_undone_reruns_nothing(elsewhere):
    project, folder = elsewhere
    code, output = snakemake(folder, "-n", project=project)
    assert code == 0
    assert "Nothing to be done" in output


def test_another_iteration_of_a_front_draws_it_again(finished, tmp_path):
    folder, _ = finished
    used = shutil.copytree(folder, tmp_path / "used")

    def run(after, *arguments):
        front = {"front": {"draw": "fronts", "experiments": ["flipped"], "after": [after]}}
        write_study(used, figures=TINY["figures"] | front)
        code, output = snakemake(used, *arguments)
        assert code == 0, output
        return jobs(output)

    assert run(1, "--cores", "1") == REPORTED | {"figures_fronts": 1}
    assert (used / "results" / "tiny" / "figures" / "front.pdf").stat().st_size
    assert run(1, "-n") == {}
    assert run(2, "-n") == REPORTED | {"figures_fronts": 1}


def test_a_moved_study_reruns_nothing(tmp_path):
    # Plugins are hashed by what they say, not by where they are.
    here, there = tmp_path / "here", tmp_path / "there"
    write_study(here, plugins=["mine.py"])
    (here / "mine.py").write_text('"""No rows."""\n', encoding="utf-8")
    target = "results/tiny/allocate/random-N4-M8-r3.nc"
    code, output = snakemake(here, "--cores", "1", target)
    assert code == 0, output
    here.rename(there)
    code, output = snakemake(there, "-n", target)
    assert code == 0, output
    assert "Nothing to be done" in output


def test_a_new_allocation_leaves_the_others_alone(finished, tmp_path):
    folder, _ = finished
    used = shutil.copytree(folder, tmp_path / "used")
    kept = used / "results" / "tiny" / "allocate" / "random-N4-M8-r3.nc"
    before = kept.read_bytes()
    wider = {"attack": {"name": "sign_flipping", "coefficient": -2}, "r": 4}
    curves = [{"method": "cra_dl", "aggregator": "median"}]
    write_study(used, experiments=TINY["experiments"] | {"wider": wider | {"curves": curves}})
    code, output = snakemake(used, "-n")
    assert code == 0, output
    # Of the runs the new one alone, in the two parts that the study asks for.
    assert jobs(output)["simulate_part"] == 2
    assert "Simulate wider, trials 0-1" in output
    code, output = snakemake(used, "--cores", "1", "results/tiny/allocate/random-N4-M8-r4.nc")
    assert code == 0, output
    log = (used / "results" / "tiny" / "logs" / "allocate.log").read_text(encoding="utf-8")
    assert f"there already: results/tiny/allocate/{kept.name}" in log
    assert "drawn: results/tiny/allocate/random-N4-M8-r4.nc" in log
    assert kept.read_bytes() == before


def test_what_figures_alone_need_makes_figures_alone_again(finished, tmp_path):
    folder, _ = finished
    used = shutil.copytree(folder, tmp_path / "used")
    drawing = "from paper_figures.kinds import FIGURES\nFIGURES['mine'] = lambda data: None\n"
    (used / "drawing.py").write_text(drawing, encoding="utf-8")
    own = {"own": {"draw": "mine", "experiments": ["flipped"]}}
    write_study(used, plugins=["drawing.py"], figures=TINY["figures"] | own)
    code, output = snakemake(used, "-n")
    assert code == 0, output
    assert jobs(output) == REPORTED | {"figures_mine": 1}
    (used / "mine.mplstyle").write_text("lines.linewidth: 2\n", encoding="utf-8")
    write_study(used, style="mine.mplstyle")
    code, output = snakemake(used, "-n")
    assert code == 0, output
    assert jobs(output) == REPORTED | FIGURES
    (used / "mine.mplstyle").write_text("figure.figsize: 2, 2\n", encoding="utf-8")
    code, output = snakemake(used, "-n")
    assert code != 0
    assert "style: need no figure.figsize, which figures set themselves" in output


def test_a_plugin_counts_for_the_jobs_that_run_it(finished, tmp_path):
    folder, _ = finished
    used = shutil.copytree(folder, tmp_path / "used")
    # It imports much, as plugins do.
    (used / "mine.py").write_text(
        "from cradl.engine.experiment import simulate\n", encoding="utf-8"
    )
    write_study(used, plugins=["mine.py"])
    code, output = snakemake(used, "-n")
    assert code == 0, output
    again = jobs(output)
    assert again.keys() >= {"dataset", "allocate", "bounds", "simulate_part", "constants"}
    assert "equations" not in again

"""Elsewhere the same bytes; after an edit exactly the jobs run whose results it can change."""

import os
import shutil

import pytest
from tiny_study import TINY, jobs, products, snakemake, write_study

# The study's two experiments in one chunk each, and its two figures, of two modules.
REPORTED = {"report": 1, "all": 1}
JUDGED = REPORTED | {"theorems": 1, "sharpened": 1}
FIGURES = {"figures_training_loss": 1, "figures_excess_loss": 1}
SIMULATED = JUDGED | FIGURES | {"simulate": 2, "gather": 2, "claims": 1, "losses": 1}
BOUNDED = JUDGED | {"bounds": 2}
THEORY = BOUNDED | {"table1": 1, "equations": 1, "constants": 1}
RULES = {"constants": 1}
EVERYTHING = SIMULATED | THEORY | {"dataset": 1, "allocate": 2}


def test_same_bytes_elsewhere_in_one_core_and_one_chunk(finished, elsewhere):
    folder, _ = finished
    _, other = elsewhere
    expected, found = products(folder), products(other)
    assert found.keys() == expected.keys()
    assert [name for name in expected if found[name] != expected[name]] == []


def test_the_copy_runs_its_own_packages(elsewhere):
    project, _ = elsewhere
    # Only the scripts import the last two, so that the scripts too imported from the copy.
    for module in ("cradl/store", "cradl/engine/experiment", "theory/rba", "paper_figures/style"):
        package, name = module.rsplit("/", 1)
        assert list((project / package / "__pycache__").glob(f"{name}.*.pyc")), module


@pytest.mark.parametrize(
    ("edited", "expected"),
    [
        ("cradl/attacks.py", SIMULATED | BOUNDED),
        ("cradl/aggregation.py", SIMULATED | BOUNDED | RULES),
        ("cradl/datasets.py", SIMULATED | BOUNDED | {"dataset": 1}),
        ("cradl/store.py", EVERYTHING),
        ("cradl/statistics.py", REPORTED | FIGURES | {"claims": 1, "losses": 1}),
        ("cradl/verdicts.py", REPORTED | {"claims": 1}),
        ("theory/rba.py", THEORY),
        ("theory/verify.py", REPORTED | {"theorems": 1}),
        ("theory/ledger.py", REPORTED | {"equations": 1}),
        ("paper_figures/style.py", REPORTED | FIGURES),
        ("paper_figures/excess_loss.py", REPORTED | {"figures_excess_loss": 1}),
        ("paper_figures/report/summaries.py", REPORTED),
        ("paper_figures/report/templates/page.css", REPORTED),
        ("workflow/scripts/reporting.py", REPORTED),
        ("workflow/scripts/simulate.py", SIMULATED),
        ("workflow/scripts/gather.py", SIMULATED),
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
    if edited == "paper_figures/excess_loss.py":
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

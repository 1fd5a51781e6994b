"""What a run leaves behind, and that it depends on the study alone."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from tiny_study import ROOT, jobs, products, snakemake, snapshot, write_study

from cradl import store
from cradl.provenance import source_hash

PROMISED = [
    "dataset/small.nc",
    "allocate/random-N4-M8-r3.nc",
    "allocate/disjoint-N4-M8-r2.nc",
    "bounds/table1.csv",
    "bounds/flipped.nc",
    "bounds/noisy.nc",
    "simulate/flipped.nc",
    "simulate/noisy.nc",
    *(
        f"verify/{name}.csv"
        for name in ("equations", "constants", "theorems", "sharpened", "losses", "claims")
    ),
    "verify/claims_summary.csv",
    *(
        f"figures/{name}.{end}"
        for name in ("both", "excess")
        for end in ("pdf", "svg", "png", "csv")
    ),
    "report/index.html",
    "report/report.md",
    *(
        f"report/tables/{name}.tex"
        for name in ("table1", "truth", "constants", "theorems", "sharpened", "claims")
    ),
    "report/numbers.csv",
    "verify/ratios.csv",
    "report/tables/numbers.tex",
]
JOBS = [
    "dataset",
    "allocate",
    "bounds/bounds",
    "simulate/flipped/0-1",
    "simulate/flipped/2-3",
    "simulate/flipped",
    "simulate/noisy/0-1",
    "simulate/noisy/2-3",
    "simulate/noisy",
    "verify/equations",
    "verify/constants",
    "verify/theorems",
    "verify/losses",
    "verify/claims",
    "figures/training_loss",
    "figures/excess_loss",
    "report/report",
]
SAME_BYTES = {".json", ".nc", ".csv", ".tex", ".pdf", ".svg", ".png", ".html", ".md"}


def test_a_run_says_at_its_start_what_it_does_and_about_how_long_that_takes(finished):
    _, output = finished
    count = sum(jobs(output).values()) - 1
    # 4 trials of 4 iterations, in which 4 devices send something for each of 4 curves.
    told = f" on 2 cores, or up to twice that: {count} jobs, of which 4 simulate 256 device steps."
    (line,) = [one for one in output.splitlines() if one.startswith("About ")]
    assert line.endswith(told)


def test_a_study_given_runs_alone(finished):
    folder, _ = finished
    assert {path.name for path in folder.iterdir()} == {".snakemake", "results", "study.yaml"}
    assert {path.name for path in (folder / "results").iterdir()} == {"shared", "tiny"}


def test_every_promised_file_is_there(finished):
    folder, _ = finished
    files = snapshot(folder / "results" / "tiny")
    expected = {*PROMISED, *(f"logs/{job}.log" for job in JOBS)}
    expected |= {f"benchmarks/{job}.tsv" for job in JOBS}
    assert expected <= files.keys()
    assert all(content for content, _ in files.values())


def test_nothing_temporary_is_left(finished):
    folder, _ = finished
    assert {Path(name).suffix for name in products(folder)} <= SAME_BYTES
    left = [
        path.name
        for path in (folder / "results").rglob("*")
        if path.name.startswith((".", "tmp")) or path.name == "parts"
    ]
    assert left == []


def test_the_table_of_claims_can_be_recomputed_from_the_stores(finished):
    folder, _ = finished
    script = ROOT / "docs" / "recompute_claims.py"
    command = [sys.executable, script, folder / "results" / "tiny"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    # Two rules, in the early phase and on the plateau.
    assert done.stdout == "4 of 4 rows agree with their stores\n", done.stderr
    assert done.returncode == 0


def test_every_curve_and_every_equation_has_a_verdict(finished):
    folder, _ = finished
    verify = folder / "results" / "tiny" / "verify"
    theorems = pd.read_csv(verify / "theorems.csv")
    assert theorems.groupby(["experiment", "statement"], sort=False).size().tolist() == [
        *(5 * [3]),
        *(5 * [1]),
    ]
    assert theorems["verdict"].notna().all()
    equations = pd.read_csv(verify / "equations.csv")
    assert set(map(str, range(1, 53))) <= set(equations["equation"])
    assert equations["verdict"].notna().all()


def test_gathered_trials_are_complete_and_in_order(finished):
    folder, _ = finished
    for name, curves in (("flipped", 3), ("noisy", 1)):
        results = store.read(folder / "results" / "tiny" / "simulate" / f"{name}.nc")
        assert results["loss"].sizes == {"curve": curves, "trial": 4, "iteration": 4}
        assert results["trial"].values.tolist() == [0, 1, 2, 3]
        assert results["loss"].notnull().all()


def test_gathered_results_tell_their_origin(finished):
    folder, _ = finished
    scripts = [ROOT / "workflow" / "scripts" / "simulate.py"]
    attributes = store.read(folder / "results" / "tiny" / "simulate" / "flipped.nc").attrs
    config = json.loads(attributes["config"])
    assert (config["name"], config["trials"], config["T"]) == ("flipped", 4, 3)
    assert "chunks" not in config
    assert attributes["seed"] == 7
    assert attributes["source_hash"] == source_hash(ROOT, scripts, ["cradl"])


def test_each_log_tells_the_start_and_the_end_of_its_job(finished):
    folder, _ = finished
    for job in JOBS:
        text = (folder / "results" / "tiny" / "logs" / f"{job}.log").read_text(encoding="utf-8")
        assert "start: " in text, job
        assert "done in " in text, job


def test_a_second_run_has_nothing_to_do(finished):
    folder, _ = finished
    before = snapshot(folder / "results")
    code, output = snakemake(folder, "--cores", "2")
    assert code == 0
    assert "Nothing to be done" in output
    assert snapshot(folder / "results") == before


def test_same_bytes_in_unequal_chunks(finished, tmp_path):
    folder, _ = finished
    write_study(tmp_path, chunks=3)
    code, output = snakemake(tmp_path, "--cores", "2", "results/tiny/simulate/flipped.nc")
    assert code == 0, output
    assert jobs(output)["simulate_part"] == 3
    expected, found = products(folder), products(tmp_path)
    assert "simulate/flipped.nc" in found
    assert [name for name in found if found[name] != expected[name]] == []


def test_keys_on_the_command_line_override_the_study(tmp_path):
    write_study(tmp_path)
    code, output = snakemake(tmp_path, "-n", "--config", "trials=2", "study=other")
    assert code == 0, output
    assert jobs(output)["simulate_part"] == 4
    for part in ("0-0", "1-1"):
        assert f"results/other/simulate/parts/flipped/{part}.nc" in output
    assert "results/tiny" not in output


@pytest.mark.parametrize(
    ("only", "figures", "absent"),
    [
        ("flipped", {"figures_training_loss", "figures_excess_loss"}, "noisy"),
        ("noisy", {"figures_training_loss"}, "flipped"),
    ],
)
def test_only_runs_one_experiment_and_draws_its_panels_alone(tmp_path, only, figures, absent):
    write_study(tmp_path)
    code, output = snakemake(tmp_path, "-n", "--config", f"only=[{only}]")
    assert code == 0, output
    found = jobs(output)
    assert (found["simulate_part"], found["gather"]) == (2, 1)
    assert {rule for rule in found if rule.startswith("figures_")} == figures
    assert f"Gather the trials of {only}" in output
    assert absent not in output


def test_the_profile_beside_the_snakefile_is_used(finished):
    _, output = finished
    assert "Using workflow specific profile" in output
    assert "profiles/default" in output

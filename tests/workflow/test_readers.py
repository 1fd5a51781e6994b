"""What three readers do with the project, each from the start to the end.

The author's path, a number, a figure and a table in a compiled document, is a test of the report.
"""

import os
import re
import shutil
import subprocess
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import yaml
from tiny_study import ROOT, snakemake

import cradl

BLOCK = re.compile(r"^```(\w+)\n# (config/[\w.]+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_a_student_brings_a_rule_and_data_and_draws_a_heat_map(tmp_path):
    # The rule is that of the readme, its data a table that a spreadsheet wrote.
    config = tmp_path / "config"
    shutil.copytree(ROOT / "config", config)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for _, name, code in BLOCK.findall(readme):
        (tmp_path / name).write_text(code, encoding="utf-8")
    rng = np.random.default_rng(3)
    features = rng.normal(size=(40, 3))
    rents = pd.DataFrame(features, columns=["area", "age", "floor"])
    rents["price"] = features @ [3.0, -1.0, 0.5] + rng.normal(size=40)
    rents.to_csv(config / "rents.csv", index=False)
    study = yaml.safe_load((config / "mine.yaml").read_text(encoding="utf-8"))
    own = {"generator": "table", "problem": "least_squares", "file": "rents.csv"}
    study |= {
        "datasets": {"rents": own | {"target": "price", "M": 20}},
        "dataset": "rents",
        "only": ["rents"],
        "trials": 3,
        "T": 30,
        "N": 10,
        "experiments": {
            "rents": {
                "attack": {"name": "sign_flipping", "coefficient": -2},
                "step_size": {"schedule": "sharpened1", "share": 0.5},
                "curves": [
                    {
                        "method": "cra_dl",
                        "aggregator": "midrange",
                        "alpha": [0.1, 0.3],
                        "r": [4, 10, 20],
                    }
                ],
            }
        },
        "figures": {"map": {"draw": "heat_map", "experiments": ["rents"]}},
    }
    (config / "mine.yaml").write_text(yaml.safe_dump(study), encoding="utf-8")
    code, output = snakemake(tmp_path, "--cores", "2", studies=["config/mine.yaml"])
    assert code == 0, output
    assert output.splitlines()[-1] == "Open results/mine/figures/map.png"
    drawn = pd.read_csv(tmp_path / "results" / "mine" / "figures" / "map.csv")
    assert len(drawn) == 2 * 3
    frame = cradl.load_results(tmp_path / "results" / "mine").frame("rents")
    assert set(frame["aggregator"]) == {"midrange"}
    assert set(zip(frame["alpha"], frame["r"], strict=True)) == {
        (alpha, r) for alpha in (0.1, 0.3) for r in (4, 10, 20)
    }
    # At the start every loss is that of the table: half the sum of the squared prices, or the sum.
    start = frame[frame["iteration"] == 0]["loss"]
    assert np.isclose(start / (rents["price"] ** 2).sum(), [0.5] * 6).all()


def test_a_reviewer_checks_a_refuted_row_by_hand(finished):
    folder, _ = finished
    rows = pd.read_csv(folder / "results" / "tiny" / "verify" / "equations.csv", dtype=str)
    row = rows.set_index("equation").loc["T1.1"]
    assert row["verdict"] == "refuted"
    # The numbers that the evidence gives, and what follows from them.
    honest, hostile, bound = [-1, -1, 1, 1], 2, Fraction(25, 32)
    for number in ("-1", "1", "2", "25/32"):
        assert number in row["evidence"]
    middle = sorted([*honest, hostile])[2]
    mean = Fraction(sum(honest), len(honest))
    largest = max((Fraction(one) - mean) ** 2 for one in honest)
    assert (middle - mean) ** 2 > bound * largest


def save_r(path):
    """Write the script of the page on R."""
    page = (ROOT / "docs" / "site" / "howto" / "r.md").read_text(encoding="utf-8")
    (script,) = re.findall(r"^```r\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    path.write_text(script, encoding="utf-8")


def run_r(*arguments):
    """Run Rscript, if it is here with ncdf4."""
    if shutil.which("Rscript") is None:
        pytest.skip("no Rscript here")
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    found = subprocess.run(
        ["Rscript", *map(str, arguments)],
        env=environment,
        text=True,
        encoding="utf-8",
        capture_output=True,
        check=False,
    )
    if "there is no package called" in found.stderr:
        pytest.skip("no ncdf4 for R here")
    return found


@pytest.mark.parametrize("experiment", ["flipped", "noisy"])
def test_a_statistician_opens_a_store_in_r(finished, tmp_path, experiment):
    folder, _ = finished
    save_r(tmp_path / "losses.R")
    results = folder / "results" / "tiny"
    found = run_r(tmp_path / "losses.R", results, experiment)
    assert found.returncode == 0, found.stderr
    table = pd.read_csv(results / "verify" / "losses.csv").query("experiment == @experiment")
    assert found.stdout.endswith(f"as in losses.csv: {len(table)} curves, 4 trials\n")
    for _, row in table.iterrows():
        (line,) = [one for one in found.stdout.splitlines() if f" {row['curve']} " in one]
        lower, mean, upper = map(float, line.split()[-3:])
        assert np.isclose(mean, row["loss t=T"], rtol=1e-3)
        assert np.isclose(upper - lower, 2 * row["loss t=T ±"], rtol=1e-2)


def test_the_script_for_r_stops_if_the_table_says_otherwise(finished, tmp_path):
    folder, _ = finished
    save_r(tmp_path / "losses.R")
    for name in ("simulate", "verify"):
        (tmp_path / name).mkdir()
    shutil.copy(folder / "results" / "tiny" / "simulate" / "noisy.nc", tmp_path / "simulate")
    table = pd.read_csv(folder / "results" / "tiny" / "verify" / "losses.csv")
    table["loss t=T ±"] *= 1 + 1e-9
    table.to_csv(tmp_path / "verify" / "losses.csv", index=False)
    found = run_r(tmp_path / "losses.R", tmp_path, "noisy")
    assert found.returncode == 1
    assert "half are not equal" in found.stderr

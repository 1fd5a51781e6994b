"""Two folders of results are compared as they stand: made folders whose differences are known."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

SCRIPT = Path(__file__).parents[2] / "docs" / "compare_results.py"


def store(path, **changes):
    loss = np.array([[4.0, 2.0, np.inf], [8.0, np.nan, -np.inf]])
    given = {
        "loss": (("trial", "iteration"), changes.get("loss", loss)),
        "allocation": changes.get("allocation", "random"),
    }
    settings = {"seed": 1, changes.get("key", "withstood"): 2, "dataset_code": path.parts[-3]}
    data = xr.Dataset(
        {"loss": given["loss"]},
        {
            "trial": [0, 1],
            changes.get("key", "withstood"): ("trial", [2, 2]),
            "allocation": ("trial", [given["allocation"]] * 2),
        },
        {"config": json.dumps(settings), "source_hash": path.parts[-3], "versions": "{}"},
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    data.to_netcdf(path, engine="h5netcdf")


def table(path, cells):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(cells, encoding="utf-8")


CSV = 'curve,excess,margins,formula\nMA,30.5,"{""gap"": ""inf""}",x\nCRA-DL,,"{""gap"": 0.5}",y\n'


@pytest.fixture
def folders(tmp_path):
    """Return two folders with equal results of different code."""
    both = tmp_path / "old", tmp_path / "new"
    for folder in both:
        store(folder / "simulate" / "fig.nc")
        table(folder / "verify" / "losses.csv", CSV)
        table(folder / "verify" / "found.json", '[{"D": 1, "honest": [[-1.0], [1.0]]}]')
        table(folder / "report" / "index.html", folder.name)
        table(folder / "logs" / f"{folder.name}.log", "")
    return both


def compared(folders, *options):
    """Return the exit code and the lines that were printed."""
    command = [sys.executable, SCRIPT, *folders, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def test_equal_numbers_of_other_code_are_equal_with_infinities_and_nan(folders):
    assert compared(folders) == (0, ["no difference"])


def test_one_number_that_moved_is_named_with_its_place_and_size(folders):
    moved = np.array([[4.0, 2.5, np.inf], [8.0, np.nan, -np.inf]])
    store(folders[1] / "simulate" / "fig.nc", loss=moved)
    code, (line, count) = compared(folders)
    assert (code, count) == (1, "1 differences")
    # |2 - 2.5| / 2.5
    assert line == (
        "simulate/fig.nc: loss differs in 1 of 6, relatively by 0.2 at most "
        "at trial 0, iteration 1: 2.0, then 2.5"
    )
    assert compared(folders, "--rtol", "0.2") == (0, ["no difference"])
    assert compared(folders, "--rtol", "0.19")[0] == 1


@pytest.mark.parametrize(
    ("place", "value"), [((0, 2), 1e300), ((0, 2), -np.inf), ((0, 2), np.nan), ((1, 1), 0.0)]
)
def test_no_tolerance_lets_a_run_diverge_or_stop_to(folders, place, value):
    moved = np.array([[4.0, 2.0, np.inf], [8.0, np.nan, -np.inf]])
    moved[place] = value
    store(folders[1] / "simulate" / "fig.nc", loss=moved)
    code, (line, _) = compared(folders, "--rtol", "10")
    assert code == 1
    assert "differs in 1 of 6, relatively by inf at most" in line


def test_a_missing_file_is_named_with_the_folder_that_has_it(folders):
    (folders[0] / "verify" / "losses.csv").unlink()
    table(folders[1] / "figures" / "fig.svg", "")
    code, lines = compared(folders)
    assert code == 1
    assert lines[:2] == [
        f"figures/fig.svg: only in {folders[1]}",
        f"verify/losses.csv: only in {folders[1]}",
    ]


def test_a_renamed_coordinate_is_followed_into_the_settings_if_it_is_told(folders):
    store(folders[1] / "simulate" / "fig.nc", key="tolerated")
    code, lines = compared(folders)
    assert code == 1
    assert f"simulate/fig.nc: tolerated only in {folders[1]}" in lines
    assert any("attribute config" in line for line in lines)
    told = compared(folders, "--renamed", "withstood=tolerated")
    assert told == (0, ["no difference"])


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("30.5", "30.25", "excess"),
        ("MA,", "MA2,", "curve"),
        ("MA,", "7,", "curve"),
        ("0.5}", "0.75}", "margins"),
        ("CRA-DL,,", "CRA-DL,0,", "excess"),
    ],
)
def test_a_cell_that_changed_is_named_by_its_column(folders, old, new, name):
    table(folders[1] / "verify" / "losses.csv", CSV.replace(old, new))
    code, (line, _) = compared(folders)
    assert code == 1
    assert line.startswith(f"verify/losses.csv: {name} differs in 1 of 2")


def test_the_same_number_in_other_words_and_another_formula_are_no_difference(folders):
    other = CSV.replace("30.5", "3.05e1").replace(",x", r",\frac{x}{1}")
    table(folders[1] / "verify" / "losses.csv", other)
    assert compared(folders) == (0, ["no difference"])


def test_labels_are_texts_and_no_numbers(folders):
    for folder, label in zip(folders, ("007", "7"), strict=True):
        store(folder / "simulate" / "fig.nc", allocation=label)
        table(folder / "verify" / "losses.csv", CSV.replace("MA,", f"{label},"))
    code, lines = compared(folders)
    assert code == 1
    assert [line.split(" ")[1] for line in lines[:-1]] == ["allocation", "curve"]


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_differences_are_told_in_any_encoding(folders, encoding):
    table(folders[1] / "verify" / "losses.csv", CSV.replace("MA,", "中α,"))
    done = subprocess.run(
        [sys.executable, SCRIPT, *folders],
        env=os.environ | {"PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, b"")
    assert rb"MA, then \u4e2d" in done.stdout


def test_texts_entries_and_shapes_are_compared(folders):
    store(folders[1] / "simulate" / "fig.nc", allocation="regular", loss=np.ones((2, 4)))
    table(folders[1] / "verify" / "found.json", '[{"D": 1, "honest": [[-1.0], [2.0]]}]')
    code, lines = compared(folders)
    assert code == 1
    assert [line.split(" ")[1] for line in lines[:-1]] == ["allocation", "loss", "entries"]
    assert "{'trial': 2, 'iteration': 3}, then {'trial': 2, 'iteration': 4}" in lines[1]


def test_what_is_no_folder_of_results_is_refused(tmp_path):
    command = [sys.executable, SCRIPT, tmp_path, tmp_path / "none"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f"need a folder of results, got {tmp_path / 'none'}" in done.stderr

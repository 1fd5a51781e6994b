"""A study run in memory has the numbers of the workflow, and a folder gives them back."""

import pandas as pd
import pytest
import xarray as xr
from tiny_study import TINY, snakemake, write_study

import cradl
from cradl import store


def test_a_run_in_memory_is_that_of_the_workflow(finished):
    folder, _ = finished
    results = cradl.run(folder / "study.yaml")
    known = cradl.load_results(folder / "results" / "tiny")
    assert (
        dict(results.experiments)
        == dict(known.experiments)
        == {"flipped": "flipped", "noisy": "noisy"}
    )
    for name in known.experiments:
        path = folder / "results" / "tiny" / "simulate" / f"{name}.nc"
        xr.testing.assert_equal(results.stores[name], store.read(path))
    pd.testing.assert_frame_equal(results.frame(), known.frame(), check_exact=True)
    pd.testing.assert_frame_equal(results.losses(), known.losses(), check_exact=True)


def test_rates_that_theorems_set_are_those_of_the_workflow(tmp_path):
    small = TINY["datasets"]["small"]
    path = write_study(
        tmp_path,
        redraw={"data": True, "allocation": False, "attack": True},
        step_size={"schedule": "sharpened2", "share": 0.5},
        start="standard_normal",
        datasets={"small": small | {"generator": "common_curvature", "M": 4, "D": 3}},
        claims=None,
    )
    wanted = [f"results/tiny/simulate/{name}.nc" for name in TINY["experiments"]]
    code, output = snakemake(tmp_path, "--cores", "2", *wanted)
    assert code == 0, output
    results = cradl.run(path)
    for name, one in results.stores.items():
        written = store.read(tmp_path / "results" / "tiny" / "simulate" / f"{name}.nc")
        xr.testing.assert_equal(one, written)
        assert len({*one["step_size"].isel(curve=0, trial=0).to_numpy()}) == TINY["T"] + 1


def test_the_folder_of_a_study_says_what_is_in_it(finished):
    folder, _ = finished
    results = cradl.load_results(folder / "results" / "tiny")
    assert repr(results).splitlines() == [
        f"Results of tiny: 2 experiments, in {folder / 'results' / 'tiny'}",
        "  flipped  flipped",
        "  noisy    noisy",
    ]
    with pytest.raises(
        FileNotFoundError, match=r"one of tiny in .*results, got 'tinny' \(did you mean tiny"
    ):
        cradl.load_results(folder / "results" / "tinny")

"""Intervals against scipy's own, and what they do with one trial or a diverged one."""

import os
import subprocess
import sys

import numpy as np
import pytest
import scipy.stats
import xarray as xr

from cradl import store
from cradl.results.statistics import (
    excess_loss,
    left_sides,
    mean_interval,
    plateau,
    still_falling,
    summary,
)
from cradl.results.loss_table import losses, main, milestones


def trials(values):
    return xr.DataArray(values, dims=("trial", "iteration"))


@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
def test_the_interval_is_students(level):
    values = np.random.default_rng(0).lognormal(size=(40, 3))
    interval = mean_interval(trials(values), level=level)
    for column in range(3):
        truth = scipy.stats.ttest_1samp(values[:, column], 0).confidence_interval(level)
        assert float(interval["lower"][column]) == pytest.approx(truth.low, rel=1e-12)
        assert float(interval["upper"][column]) == pytest.approx(truth.high, rel=1e-12)


def test_one_trial_has_a_mean_and_no_interval():
    interval = mean_interval(trials(np.ones((1, 2))))
    assert (interval["mean"] == 1).all()
    assert np.isnan(interval["lower"]).all()
    assert np.isnan(interval["upper"]).all()


def test_a_diverged_trial_makes_the_mean_infinite():
    values = np.ones((3, 2))
    values[1, 1] = np.inf
    interval = mean_interval(trials(values))
    np.testing.assert_array_equal(interval["mean"], [1, np.inf])
    np.testing.assert_array_equal(interval["upper"], [1, np.inf])
    np.testing.assert_array_equal(interval["lower"], [1, np.nan])


@pytest.mark.parametrize("level", [95, 1, 0, -0.5])
def test_a_level_outside_0_1_is_refused(level):
    with pytest.raises(ValueError, match=rf"need 0 < level < 1, got {level}"):
        mean_interval(trials(np.ones((3, 1))), level=level)


def test_two_trials_have_the_widest_interval():
    # Student's t with one degree of freedom is Cauchy's: its quantile of 0.975 is tan(0.475 π).
    interval = mean_interval(trials([[1.0], [3.0]]))
    half = np.tan(0.475 * np.pi)
    assert float(interval["lower"][0]) == pytest.approx(2 - half, rel=1e-12)
    assert float(interval["upper"][0]) == pytest.approx(2 + half, rel=1e-12)


def test_an_interval_keeps_all_but_the_trials():
    values = xr.DataArray(
        np.ones((2, 3)),
        {"curve": ["a", "b"], "trial": [5, 6, 7], "label": ("curve", ["A", "B"])},
        ("curve", "trial"),
        attrs={"units": "m"},
    )
    interval = mean_interval(values, level=0.9)
    assert set(interval.coords) == {"curve", "label"}
    assert interval.attrs == {"units": "m", "level": 0.9, "trials": 3}


def test_plateau_averages_the_last_iterations():
    values = trials([[1.0, 2.0, 3.0], [4.0, 6.0, 8.0]])
    np.testing.assert_array_equal(plateau(values, last=2), [2.5, 7.0])
    np.testing.assert_array_equal(plateau(values, last=1), [3.0, 8.0])
    np.testing.assert_array_equal(plateau(values, last=3), [2.0, 6.0])
    for last in (4, 0):
        with pytest.raises(ValueError, match=f"need 1 <= last <= 3 iterations, got {last}"):
            plateau(values, last=last)


def test_the_summary_holds_loss_and_excess_with_their_intervals(prepare):
    results = prepare([{"method": ["mean_averaging", "sgc_dl"]}], trials=5).simulate()
    found = summary(results)
    loss = results["loss"].to_numpy()
    excess = loss - results["optimal_loss"].to_numpy()[..., np.newaxis]
    assert (excess > 0).all()
    np.testing.assert_allclose(found["loss"], loss.mean(axis=1))
    np.testing.assert_allclose(found["excess_loss"], excess.mean(axis=1))
    np.testing.assert_allclose(excess_loss(results), excess)
    truth = scipy.stats.ttest_1samp(excess[1, :, 3], 0).confidence_interval(0.95)
    assert float(found["excess_loss_upper"][1, 3]) == pytest.approx(truth.high)
    assert list(found["label"].values) == ["MA", "SGC-DL"]
    assert found.attrs["trials"] == 5


def test_the_summary_holds_the_plateau_in_per_cent_where_there_is_one(prepare):
    results = prepare([{"method": ["mean_averaging", "sgc_dl"]}], trials=5, T=15).simulate()
    found = summary(results, last=8)
    minimum = results["optimal_loss"].to_numpy()
    percent = 100 * (results["loss"].to_numpy()[:, :, -8:].mean(axis=2) / minimum - 1)
    np.testing.assert_allclose(found["plateau_excess"], percent.mean(axis=1))
    truth = scipy.stats.ttest_1samp(percent[1], 0).confidence_interval(0.95)
    assert float(found["plateau_excess_lower"][1]) == pytest.approx(truth.low)
    assert float(found["plateau_excess_upper"][1]) == pytest.approx(truth.high)
    assert found["plateau_excess"].attrs["units"] == "percent"
    assert "plateau_excess" not in summary(results, last=9)
    assert "plateau_excess" not in summary(results)


def test_a_plateau_over_a_minimum_of_zero_is_infinite(prepare):
    results = prepare([{"method": "mean_averaging"}], T=3).simulate()
    results["optimal_loss"][:] = 0
    assert np.isinf(summary(results, last=2)["plateau_excess"]).all()


def test_a_trial_about_to_diverge_makes_the_interval_infinite():
    values = np.ones((3, 1))
    values[1] = 1e200
    interval = mean_interval(trials(values))
    assert np.isfinite(interval["mean"]).all()
    assert (interval["upper"] == np.inf).all()


def test_milestones_are_the_stores_numbers(prepare, tmp_path, capsys):
    results = prepare([{"method": ["mean_averaging", "sgc_dl"]}], trials=5, T=45).simulate()
    table = milestones(results)
    loss = results["loss"].to_numpy()
    for t in (5, 10):
        np.testing.assert_allclose(table[f"loss t={t}", "mean"], loss[:, :, t].mean(axis=1))
    np.testing.assert_allclose(table["plateau", "mean"], loss[:, :, -20:].mean(axis=(1, 2)))
    percent = 100 * (loss[1, :, -20:].mean(axis=1) / results["optimal_loss"][1].to_numpy() - 1)
    interval = scipy.stats.ttest_1samp(percent, 0).confidence_interval(0.95)
    assert table.loc["SGC-DL", ("excess %", "mean")] == pytest.approx(percent.mean())
    half_width = (interval.high - interval.low) / 2
    assert table.loc["SGC-DL", ("excess %", "±")] == pytest.approx(half_width)
    path = tmp_path / "one.nc"
    store.write(results, path, config={}, source="")
    main([str(path), "--csv"])
    printed = capsys.readouterr().out
    assert "5 trials" in printed
    assert str(table.loc["MA", ("plateau", "mean")]) in printed


def test_accuracies_are_told_in_per_cent_beside_curves_without(prepare):
    without = prepare([{"method": ["mean_averaging", "sgc_dl"]}], trials=3, T=45).simulate()
    assert not [name for name in losses([without], times=[5], last=20) if "accuracy" in name]
    shares = np.linspace(0, 1, 3 * 46).reshape(3, 46)
    values = np.stack([shares, np.full((3, 46), np.nan)])
    tested = without.assign(test_accuracy=(without["loss"].dims, values))
    table = losses([without, tested], times=[5], last=20)
    assert [*table][-3:] == ["accuracy %", "accuracy % ±", "note"]
    ends = 100 * shares[:, -20:].mean(axis=1)
    interval = scipy.stats.ttest_1samp(ends, 0).confidence_interval(0.95)
    np.testing.assert_allclose(table["accuracy %"], [np.nan, np.nan, ends.mean(), np.nan])
    half_width = (interval.high - interval.low) / 2
    np.testing.assert_allclose(table["accuracy % ±"], [np.nan, np.nan, half_width, np.nan])


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
@pytest.mark.parametrize("options", [[], ["--csv"]])
def test_losses_are_told_in_any_encoding(prepare, tmp_path, encoding, options):
    curves = [{"method": "mean_averaging", "label": "中, \"α\""}]
    path = tmp_path / "one.nc"
    store.write(prepare(curves, T=45).simulate(), path, config={}, source="")
    done = subprocess.run(
        [sys.executable, "-m", "cradl.results.loss_table", path, *options],
        env=os.environ | {"PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    told = done.stdout.decode(encoding)
    assert r"\u4e2d" in told


@pytest.mark.parametrize("content", [None, b"no store"])
def test_what_is_no_store_is_refused(tmp_path, capsys, content):
    path = tmp_path / "one.nc"
    if content:
        path.write_bytes(content)
    with pytest.raises(SystemExit) as end:
        main([str(path)])
    assert end.value.code == 2
    assert str(path) in capsys.readouterr().err


def test_a_run_too_short_for_a_plateau_shows_none(prepare):
    results = prepare([{"method": "mean_averaging"}], T=12).simulate()
    assert list(milestones(results).columns.levels[0]) == ["loss t=10", "loss t=5"]
    with pytest.raises(ValueError, match="need an iteration of 20 or 40 iterations, got 13"):
        milestones(results, times=[20])


def squares(values, data_draw, allocation_draw):
    return xr.Dataset(
        {"gradient_norm_sq": (("curve", "trial", "iteration"), np.asarray(values, dtype=float))},
        {"data_draw": ("trial", data_draw), "allocation_draw": ("trial", allocation_draw)},
    )


def test_the_left_sides_are_a_running_mean_and_a_running_minimum():
    values = np.random.default_rng(1).lognormal(size=(2, 30, 6))
    found = left_sides(squares(values, [0] * 30, [0] * 30))
    assert dict(found.sizes) == {"curve": 2, "group": 1, "iteration": 6}
    means = values.mean(axis=1)
    for curve in range(2):
        for T in range(6):
            one = found.isel(curve=curve, group=0, iteration=T)
            averages = values[curve, :, : T + 1].mean(axis=1)
            truth = scipy.stats.ttest_1samp(averages, 0).confidence_interval(0.95)
            assert float(one["theorem1"]) == pytest.approx(averages.mean(), rel=1e-12)
            assert float(one["theorem1_lower"]) == pytest.approx(truth.low, rel=1e-12)
            assert float(one["theorem1_upper"]) == pytest.approx(truth.high, rel=1e-12)
            each = [
                # All six intervals hold at once with 95%.
                scipy.stats.ttest_1samp(values[curve, :, t], 0).confidence_interval(1 - 0.05 / 6)
                for t in range(T + 1)
            ]
            assert float(one["theorem2"]) == means[curve, : T + 1].min()
            assert float(one["theorem2_lower"]) == pytest.approx(min(i.low for i in each))
            assert float(one["theorem2_upper"]) == pytest.approx(min(i.high for i in each))


def test_left_sides_are_not_averaged_over_data_or_allocations():
    values = np.array([[[1.0, 3.0], [5.0, 5.0], [3.0, 1.0], [9.0, 7.0]]])
    found = left_sides(squares(values, [0, 1, 0, 0], [2, 0, 2, 1]))
    assert found["data_draw"].values.tolist() == [0, 0, 1]
    assert found["allocation_draw"].values.tolist() == [1, 2, 0]
    np.testing.assert_array_equal(found["theorem1"], [[[9, 8], [2, 2], [5, 5]]])
    np.testing.assert_array_equal(found["theorem2"], [[[9, 7], [2, 2], [5, 5]]])
    assert found["theorem1_upper"].isnull().values.tolist() == [
        [[True] * 2, [False] * 2, [True] * 2]
    ]


def test_left_sides_keep_what_is_said_of_the_coordinates():
    found = squares(np.ones((1, 2, 3)), [0, 0], [0, 0])
    found["gradient_norm_sq"].attrs = {"long_name": "squared norm"}
    found = found.assign_coords(iteration=("iteration", [0, 1, 2], {"long_name": "t"}))
    sides = left_sides(found)
    assert sides["iteration"].attrs == {"long_name": "t"}
    assert "long_name" not in sides["theorem1"].attrs


def test_a_diverged_trial_makes_the_mean_infinite_and_leaves_the_minimum():
    values = np.array([[[4.0, 2.0, np.inf], [4.0, 2.0, 1.0]]])
    found = left_sides(squares(values, [0, 0], [0, 0])).isel(curve=0, group=0)
    np.testing.assert_array_equal(found["theorem1"], [4, 3, np.inf])
    np.testing.assert_array_equal(found["theorem1_lower"], [4, 3, np.nan])
    np.testing.assert_array_equal(found["theorem1_upper"], [4, 3, np.inf])
    for end in ("", "_lower", "_upper"):
        np.testing.assert_array_equal(found[f"theorem2{end}"], [4, 2, 2])


def test_what_falls_by_more_than_a_tenth_is_still_falling():
    # Between the means of the halves of the last 20 iterations a geometric curve falls by its ratio
    # to the tenth power: 0.9 at a ratio of 0.98952.
    t = np.arange(41)
    ratios = [0.5, 0.98, 0.989, 0.990, 1.0]
    fall = np.stack([1e4 * ratio**t for ratio in ratios])
    noise = 1 + 1e-6 * np.random.default_rng(1).normal(size=(5, 30, 41))
    loss = 100 + fall[:, np.newaxis] * noise
    loss[0] = 100 + 1e4 * 1e-30**t
    run = xr.Dataset(
        {"loss": (("curve", "trial", "iteration"), loss), "optimal_loss": ("trial", np.full(30, 100.0))}
    )
    # The first one is at its minimum: zero but for rounding.
    assert still_falling(run, last=20).values.tolist() == [False, True, True, False, False]
    one = run.isel(trial=slice(1))
    assert still_falling(one, last=20).values.tolist() == [False, True, True, False, False]
    assert not still_falling(run, last=1).any()


def test_noise_and_divergence_are_no_fall():
    rng = np.random.default_rng(2)
    loss = 100 + rng.lognormal(size=(2, 10, 41))
    loss[1, 3, 30:] = np.inf
    run = xr.Dataset(
        {"loss": (("curve", "trial", "iteration"), loss), "optimal_loss": ("trial", np.full(10, 100.0))}
    )
    assert not still_falling(run, last=20).any()

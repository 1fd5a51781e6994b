"""What `messages: true` stores, against the printed equations evaluated with loops."""

import numpy as np
import pytest

from cradl import store
from cradl.aggregation import RULES
from cradl.engine.experiment import gather
from cradl.labelled import of_xarray
from cradl.results.statistics import summary

CURVES = [
    {"method": "sgc_dl"},
    {"method": "cra_dl", "aggregator": ["median", "trimmed_mean"]},
    {"method": "rba_dl", "aggregator": "phocas"},
]
RECORDED = {"messages", "byzantine", "update", "gradient", "S"}


@pytest.fixture
def prepared(prepare):
    """Return an experiment with three samples a subset."""
    keys = {"generator": "gaussian_linear", "problem": "least_squares", "M": 20, "m": 60}
    small = keys | {"D": 3, "feature_variance": 4, "noise_variance": 1}
    return prepare(CURVES, datasets={"small": small}, r=4, trials=3, messages=True)


def test_every_message_is_the_coded_gradient_and_liars_send_minus_two_of_it(prepared):
    results = prepared.simulate()
    assert set(results.data_vars) >= RECORDED
    for curve, trial in np.ndindex(4, 3):
        run = results.isel(curve=curve, trial=trial)
        data = prepared.datasets["small"].isel(draw=trial, sigma_h=0)
        designs, responses = data["designs"].to_numpy(), data["responses"].to_numpy()
        S = run["S"].to_numpy()
        x = np.zeros(3)
        for t in range(6):
            residual = designs @ x - responses
            local = [residual[3 * k : 3 * k + 3] @ designs[3 * k : 3 * k + 3] for k in range(20)]
            now = run.isel(iteration=t)
            for device in range(10):
                factor = -2 if now["byzantine"][device] else 1
                held = np.flatnonzero(S[device])
                coded = sum(factor * local[k] / S[:, k].sum() for k in held)
                np.testing.assert_allclose(now["messages"][device], coded, rtol=1e-9)
            np.testing.assert_allclose(now["gradient"], np.sum(local, axis=0), rtol=1e-9)
            assert float(now["loss"]) == pytest.approx(0.5 * residual @ residual)
            x = x - float(now["step_size"]) * now["update"].to_numpy()
        np.testing.assert_allclose(run["final_iterate"], x, rtol=1e-12)


def test_messages_unflipped_sum_to_the_gradient_where_every_subset_is_on_a_device(prepare):
    results = prepare(CURVES, allocation="regular", messages=True).simulate()
    honest = results["messages"] * (1 - 1.5 * results["byzantine"])
    np.testing.assert_allclose(honest.sum("device"), results["gradient"], rtol=1e-9)


@pytest.mark.parametrize(
    ("curve", "rule"), list(enumerate(["mean", "median", "trimmed_mean", "phocas"]))
)
def test_the_server_decides_by_its_rule_on_what_it_received(prepared, curve, rule):
    results = prepared.simulate()
    for trial, t in np.ndindex(3, 6):
        now = results.isel(curve=curve, trial=trial, iteration=t)
        decided = RULES[rule](now["messages"].to_numpy(), f=2)
        np.testing.assert_array_equal(now["update"], decided)


def test_so_many_devices_lie_as_alpha_says_and_the_same_for_every_curve(prepared):
    liars = prepared.simulate()["byzantine"]
    assert liars.dtype == np.uint8
    assert (liars.sum("device") == 2).all()
    assert (liars == liars.isel(curve=0)).all()
    assert not (liars == liars.isel(iteration=0)).all()


def test_the_allocation_is_that_of_the_curve_and_trial(prepared):
    S = prepared.simulate()["S"]
    assert S.dtype == np.uint8
    for curve, one in enumerate(prepared.experiment.curves):
        drawn = prepared.allocations[one.allocation_id]["S"]
        np.testing.assert_array_equal(S.isel(curve=curve), drawn)


def test_parts_are_gathered_and_stored_like_the_whole(prepared, tmp_path):
    everything = prepared.simulate()
    for name, trials in (("late", [1, 2]), ("early", [0])):
        store.write(prepared.simulate(trials), tmp_path / name, config={}, source="")
    parts = [of_xarray(store.read(tmp_path / name)) for name in ("late", "early")]
    gathered = gather(parts).to_xarray()
    assert gathered.drop_attrs(deep=False).identical(everything.drop_attrs(deep=False))
    for name in RECORDED:
        assert gathered[name].dtype == everything[name].dtype
        assert everything[name].attrs.keys() == {"long_name", "units"}


def test_nothing_else_changes_where_messages_are_stored(prepared):
    with_messages = prepared.simulate()
    experiment = prepared.experiment.model_copy(update={"messages": False})
    without = prepared._replace(experiment=experiment).simulate()
    assert with_messages.drop_vars(RECORDED).identical(without)


def test_a_diverged_run_stores_infinite_messages_from_there_on(prepare):
    prepared = prepare([{"method": "sgc_dl", "step_size": [1e60, 0.05]}], T=12, messages=True)
    results = prepared.simulate()
    for trial in range(2):
        run = results.isel(trial=trial)
        at = int(run["diverged_at"][0])
        assert 0 < at < 6
        for name in ("messages", "update", "gradient"):
            assert np.isfinite(run[name][0, :at]).all()
            assert (run[name][0, at:] == np.inf).all()
            assert np.isfinite(run[name][1]).all()


def test_the_summary_passes_the_first_trial_on(prepared):
    results = prepared.simulate()
    found = summary(results)
    for name in RECORDED:
        assert found[name].identical(results[name].isel(trial=0, drop=True))
    assert not RECORDED & set(summary(results.drop_vars(RECORDED)).data_vars)

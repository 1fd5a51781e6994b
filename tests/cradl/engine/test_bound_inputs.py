"""Constants of an experiment, against loops over subsets and devices."""

import itertools

import numpy as np
import pytest
import xarray as xr

from cradl.engine.bound_inputs import constants
from cradl.engine.experiment import simulate
from theory.paper.table1 import TABLE_I
from theory.runs import hypotheses

CRA = {"method": "cra_dl", "aggregator": "trimmed_mean"}


def constants_of(prepared):
    return constants(prepared.experiment, prepared.datasets, prepared.allocations)


def test_constants_of_every_group_equal_loops(prepare):
    prepared = prepare([CRA, {"method": "mean_averaging"}], trials=3)
    found = constants_of(prepared)
    assert (
        found["data_draw"].values.tolist() == [0, 1, 2] == found["allocation_draw"].values.tolist()
    )
    for curve, group in itertools.product(range(2), range(3)):
        one = found.isel(curve=curve, group=group)
        name = prepared.experiment.curves[curve].allocation_id
        S = prepared.allocations[name]["S"].isel(draw=group).to_numpy()
        sets = [set(np.flatnonzero(row)) for row in S]
        assert int(one["most_subsets"]) == max(map(len, sets))
        assert int(one["d_min"]) == min(sum(k in held for held in sets) for k in range(20))
        assert int(one["nu"]) == max(len(a - b) for a, b in itertools.permutations(sets, 2))
        data = prepared.datasets["small"].isel(draw=group, sigma_h=0)
        assert float(one["initial_loss"]) == pytest.approx(
            0.5 * float((data["responses"] ** 2).sum())
        )
        hessian = data["designs"].T.to_numpy() @ data["designs"].to_numpy()
        assert float(one["smoothness"]) == pytest.approx(np.linalg.eigvalsh(hessian)[-1])
    assert found["robust"].values.tolist() == [True, False]
    assert found["fixed_step_size"].values.tolist() == [0.05, 0.05]
    assert found["schedule"].values.tolist() == ["fixed", "fixed"]


def test_a_rule_after_a_pre_aggregation_is_none_of_table_1(prepare):
    curve = CRA | {"pre_aggregation": {"name": "bucketing", "size": 2}}
    found = constants_of(prepare([CRA, curve]))
    names = ["trimmed_mean", "trimmed_mean after bucketing size 2"]
    assert found["aggregator"].values.tolist() == names
    assert [name in TABLE_I for name in names] == [True, False]
    known = hypotheses.regime(found, T=3)["factor"].sel(hypothesis="rule_in_table") < 1
    assert known.all("group").values.tolist() == [True, False]


def test_fixed_draws_are_one_group_and_random_starts_take_the_largest_loss(prepare):
    redraw = {"data": False, "allocation": False, "attack": True}
    prepared = prepare([CRA], trials=4, redraw=redraw, start="standard_normal")
    found = constants_of(prepared)
    assert found.sizes["group"] == 1
    losses = prepared.simulate()["loss"].isel(iteration=0, curve=0)
    assert len(np.unique(losses)) == 4
    assert float(found["initial_loss"][0, 0]) == pytest.approx(float(losses.max()))


def test_a_theorem_sets_the_rates_that_a_run_uses(prepare):
    schedule = {"schedule": "theorem2", "share": 0.5}
    prepared = prepare([CRA | {"step_size": schedule}, CRA], trials=2, allocation="regular")
    found = constants_of(prepared)
    assert found["schedule"].values.tolist() == ["theorem2", "fixed"]
    assert found["share"].values[0] == 0.5
    rates = np.arange(2 * 2 * 6, dtype=float).reshape(2, 2, 6) * 1e-4
    steps = xr.DataArray(rates, dims=("curve", "group", "iteration")).assign_coords(
        data_draw=("group", [1, 0]), allocation_draw=("group", [1, 0])
    )
    args = (prepared.experiment, prepared.datasets, prepared.allocations)
    results = simulate(*args, trials=[0, 1], step_sizes=steps)
    np.testing.assert_array_equal(results["step_size"][0], rates[0, ::-1])
    np.testing.assert_array_equal(results["step_size"][1], 0.05)
    # The last update of trial 1 is made at its own last rate: other rates, another model.
    other = simulate(*args, trials=[1], step_sizes=steps.where(steps["iteration"] < 5, 0.0))
    final = results["final_iterate"].isel(curve=0, trial=1)
    assert not np.allclose(other["final_iterate"].isel(curve=0, trial=0), final)
    np.testing.assert_array_equal(other["loss"][0, 0], results["loss"][0, 1])
    with pytest.raises(ValueError, match=r"need step_sizes for .*, got none"):
        simulate(*args, trials=[0])
    with pytest.raises(ValueError, match=r"need step sizes \(1, 6\)"):
        simulate(*args, trials=[0], step_sizes=steps.isel(group=[0]))

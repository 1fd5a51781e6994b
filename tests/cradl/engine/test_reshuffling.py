"""An allocation whose devices and subsets change places: read back from what devices send."""

import itertools
from collections import Counter

import numpy as np
import pytest

from cradl.allocation import ALLOCATIONS
from cradl.engine.bound_inputs import constants

CURVES = [{"method": "sgc_dl", "allocation": "cyclic_reshuffled", "r": 4}]
SIZES = {
    "N": 5,
    "alpha": 0,
    "datasets": {
        "small": {
            **{"generator": "gaussian_linear", "problem": "least_squares", "M": 10, "m": 20},
            **{"D": 3, "feature_variance": 4, "noise_variance": 1},
        }
    },
}


def sets_sent(prepared, runs, trial=0):
    """Yield the sets of subsets of which devices send half the gradients, one list an iteration."""
    draw = prepared.experiment.draws_of(trial).data
    data = prepared.datasets["small"].isel(draw=draw, sigma_h=0)
    designs, responses = data["designs"].to_numpy(), data["responses"].to_numpy()
    choices = list(itertools.combinations(range(10), 4))
    one = runs.isel(curve=0, trial=trial)
    x = np.zeros(3)
    for t in range(one.sizes["iteration"]):
        residuals = designs @ x - responses
        gradients = (residuals[:, np.newaxis] * designs).reshape(10, 2, 3).sum(axis=1)
        sums = np.array([gradients[list(held)].sum(axis=0) / 2 for held in choices])
        found = []
        for message in one["messages"][t].to_numpy():
            away = np.abs(sums - message).max(axis=1)
            assert np.sort(away)[1] > 1e-6 > 1e-9 > away.min()
            found.append(frozenset(choices[int(away.argmin())]))
        yield found
        x = x - 0.01 * one["update"][t].to_numpy()


def prepared_and_run(prepare, **keys):
    prepared = prepare(CURVES, **SIZES, messages=True, step_size=0.01, **keys)
    return prepared, prepared.simulate()


def test_every_iteration_has_a_cyclic_allocation_in_another_order(prepare):
    prepared, runs = prepared_and_run(prepare, T=11)
    seen = list(sets_sent(prepared, runs))
    for held in seen:
        # r = 4 of 10 subsets at steps of 2: all are on two devices, neighbours share two.
        assert set(Counter(itertools.chain(*held)).values()) == {2}
        assert sorted(len(a & b) for a, b in itertools.combinations(held, 2)) == [0] * 5 + [2] * 5
    assert len({tuple(held) for held in seen}) == 12
    # Both who holds neighbouring subsets and which subsets these are.
    assert len({tuple(len(held[0] & one) for one in held) for held in seen}) > 3
    assert len({frozenset(held) for held in seen}) == 12
    first = runs["S"][0, 0].to_numpy()
    assert seen[0] == [frozenset(np.flatnonzero(row)) for row in first]


@pytest.mark.parametrize("allocation", [False, True])
def test_trials_share_the_orders_if_the_allocation_is_not_redrawn(prepare, allocation):
    redraw = {"data": False, "allocation": allocation, "attack": True}
    prepared, runs = prepared_and_run(prepare, redraw=redraw)
    first, second = (list(sets_sent(prepared, runs, trial)) for trial in (0, 1))
    assert (first == second) != allocation
    assert all(one != other for one, other in zip(first, second, strict=True)) == allocation


def test_an_iteration_does_not_depend_on_how_many_follow(prepare):
    _, few = prepared_and_run(prepare, T=3)
    _, many = prepared_and_run(prepare, T=9)
    np.testing.assert_array_equal(many["messages"][:, :, :4], few["messages"])


def test_the_mean_of_honest_devices_is_that_of_any_regular_allocation(prepare):
    curves = [{"method": "sgc_dl", "allocation": ["cyclic", "cyclic_reshuffled"], "r": 4}]
    loss = prepare(curves, **SIZES).simulate()["loss"]
    np.testing.assert_allclose(loss[0], loss[1], rtol=1e-12)


def test_another_row_is_reshuffled_if_it_says_so(prepare):
    ALLOCATIONS["spread_anew"] = ALLOCATIONS["spread"]._replace(reshuffled=True)
    curves = [{**CURVES[0], "allocation": ["spread", "spread_anew"], "alpha": 0.4}]
    runs = prepare(curves, **SIZES | {"attack": {"name": "gaussian", "variance": 4}}).simulate()
    np.testing.assert_array_equal(runs["loss"][0, :, :1], runs["loss"][1, :, :1])
    assert (runs["loss"][0, :, 2:] != runs["loss"][1, :, 2:]).all()


def test_bounds_know_of_it_what_no_order_changes(prepare):
    curves = [{"method": "cra_dl", "aggregator": "median", "r": 4}]
    curves[0]["allocation"] = ["cyclic", "cyclic_reshuffled"]
    prepared = prepare(curves, **SIZES)
    found = constants(*prepared)
    for name in ("d_min", "nu", "spread_gain", "defect_max", "radius", "pair_radius"):
        np.testing.assert_allclose(found[name][0], found[name][1], rtol=1e-12, atol=1e-12)
    for name in ("spread_at_minimum", "spread_slope"):
        assert np.isfinite(found[name][0]).all()
        assert np.isposinf(found[name][1]).all()

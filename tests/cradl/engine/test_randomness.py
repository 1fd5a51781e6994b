"""Streams: what is paired, what is nested, what never depends on what."""

import numpy as np
import pytest
import scipy.stats

from cradl.engine.experiment import gather
from cradl.engine.trials import Trials
from cradl.labelled import of_xarray
from cradl.streams import Stream, device_orders, generator


def runs(prepared, trial=0):
    return list(Trials(*prepared).runs(trial))


def test_all_methods_see_the_same_data_devices_and_noise(prepare):
    prepared = prepare(
        [
            {"method": ["mean_averaging", "clairvoyant", "sgc_dl"]},
            {"method": ["rba_dl", "cra_dl"], "aggregator": ["median", "phocas"]},
        ],
        attack={"name": "gaussian", "variance": 4},
    )
    first, *others = runs(prepared, 1)
    for run in others:
        np.testing.assert_array_equal(run.orders, first.orders)
        np.testing.assert_array_equal(run.noise, first.noise)
        np.testing.assert_array_equal(run.data.designs, first.data.designs)
        np.testing.assert_array_equal(run.data.responses, first.data.responses)
    # Redundant methods share one allocation, non-redundant ones another.
    by_allocation = {}
    for run in (first, *others):
        by_allocation.setdefault(run.curve.allocation_id, []).append(run.encoding)
    assert {name: len(found) for name, found in by_allocation.items()} == {
        "disjoint-N10-M20-r2": 4,
        "random-N10-M20-r6": 3,
    }
    for same in by_allocation.values():
        for encoding in same:
            np.testing.assert_array_equal(encoding.subsets, same[0].subsets)


def test_byzantine_sets_and_noise_are_nested_in_alpha(prepare):
    prepared = prepare(
        [{"method": "mean_averaging", "alpha": [0.1, 0.3, 0.4]}],
        attack={"name": "gaussian", "variance": 4},
    )
    few, more, most = runs(prepared)
    assert [run.curve.f for run in (few, more, most)] == [1, 3, 4]
    for smaller, larger in ((few, more), (more, most)):
        f = smaller.curve.f
        for t in range(6):
            assert set(smaller.orders[t, :f]) <= set(larger.orders[t, : larger.curve.f])
        np.testing.assert_array_equal(smaller.noise, larger.noise[:, :f])


def test_allocations_are_nested_in_r(prepare):
    prepared = prepare([{"method": "sgc_dl", "r": [3, 8]}])
    small, large = (prepared.allocations[f"random-N10-M20-r{r}"]["S"] for r in (3, 8))
    assert bool((small <= large).all())


def test_identities_are_redrawn_in_every_iteration_or_persist(prepare):
    prepared = prepare(
        [{"method": "mean_averaging", "identities": ["redrawn", "persistent"]}], T=40
    )
    redrawn, persistent = runs(prepared)
    assert len({frozenset(row[:2].tolist()) for row in redrawn.orders}) > 10
    assert len({frozenset(row[:2].tolist()) for row in persistent.orders}) == 1
    np.testing.assert_array_equal(persistent.orders[0], redrawn.orders[0])


def test_every_pair_of_devices_is_byzantine_equally_often():
    orders = device_orders(
        generator(1, Stream.IDENTITIES, 0), N=6, iterations=6000, persistent=False
    )
    pairs = [tuple(sorted(row[:2].tolist())) for row in orders]
    _, counts = np.unique(pairs, axis=0, return_counts=True)
    assert len(counts) == 15
    assert scipy.stats.chisquare(counts).pvalue > 1e-3


def test_an_iteration_does_not_depend_on_how_many_follow(prepare):
    curves = [
        {"method": "cra_dl", "aggregator": "median", "attack": attack}
        for attack in (
            {"name": "gaussian", "variance": 4},
            {"name": "sample_duplicating", "victim": "own"},
        )
    ]
    short, long = prepare(curves, T=4), prepare(curves, T=11)
    for one, other in zip(runs(short), runs(long), strict=True):
        np.testing.assert_array_equal(one.orders, other.orders[:5])
        np.testing.assert_array_equal(one.noise, other.noise[:5])
    loss = long.simulate()["loss"].isel(iteration=slice(0, 5))
    np.testing.assert_allclose(short.simulate()["loss"], loss, rtol=1e-12)


def test_a_trial_alone_equals_the_same_trial_of_many(prepare):
    prepared = prepare(
        [
            {"method": ["mean_averaging", "sgc_dl", "clairvoyant"]},
            {"method": "cra_dl", "aggregator": ["median", "trimmed_mean", "phocas"]},
        ],
        trials=12,
        diagnostics=True,
        start="standard_normal",
        attack={"name": "sample_duplicating", "victim": "own"},
    )
    everything = prepared.simulate()
    assert prepared.simulate([7]).identical(everything.isel(trial=[7]))
    parts = [prepared.simulate(range(*ends)) for ends in ((5, 12), (0, 5))]
    parts = [of_xarray(part) for part in parts]
    assert gather(parts).to_xarray().identical(everything)
    with pytest.raises(ValueError, match="need every trial once"):
        gather([parts[0], parts[0]])


def test_what_is_not_redrawn_is_the_same_in_every_trial(prepare):
    redraw = {"data": False, "allocation": True, "attack": False}
    prepared = prepare([{"method": "sgc_dl"}], redraw=redraw, trials=3, start="standard_normal")
    assert prepared.datasets["small"].sizes["draw"] == 1
    assert prepared.allocations["random-N10-M20-r6"].sizes["draw"] == 3
    assert [tuple(one) for one in prepared.experiment.draws()] == [
        (0, 0, 0),
        (0, 1, 0),
        (0, 2, 0),
    ]
    first, last = runs(prepared, 0)[0], runs(prepared, 2)[0]
    np.testing.assert_array_equal(first.data.designs, last.data.designs)
    np.testing.assert_array_equal(first.orders, last.orders)
    np.testing.assert_array_equal(first.start, last.start)
    assert not np.array_equal(first.encoding.subsets, last.encoding.subsets)
    results = prepared.simulate()
    np.testing.assert_array_equal(results["allocation_draw"], [0, 1, 2])
    np.testing.assert_array_equal(results["data_draw"], [0, 0, 0])


def test_streams_differ_by_purpose_draw_and_seed():
    firsts = {
        generator(seed, stream, draw).random()
        for seed in (1, 2)
        for stream in Stream
        for draw in (0, 1)
    }
    assert len(firsts) == 2 * len(Stream) * 2

"""Runs with pre-aggregations and with rules that remember, recomputed from stored messages."""

import numpy as np
import pytest
import yaml
from studies import SMALL

from cradl.aggregation import RULES
from cradl.attacks import ATTACKS, Attack
from cradl.composition import composed
from cradl.config.findings import StudyError
from cradl.config.resolving import load_study
from cradl.parameters import Parameters
from cradl.streams import Stream, generator

NNM = {"name": "nearest_neighbour_mixing"}
BEFORE = [
    {"name": "none"},
    NNM,
    {"name": "bucketing", "size": 2},
    {"name": "static_clipping", "scale": 3.0},
    {"name": "adaptive_clipping"},
]


def curves(rule, before, **more):
    return [{"method": "cra_dl", "aggregator": rule, "pre_aggregation": before, **more}]


@pytest.mark.parametrize("before", BEFORE)
def test_the_server_mixes_what_it_received_and_then_applies_the_rule(prepare, before):
    prepared = prepare(curves("trimmed_mean", before), messages=True, trials=2)
    results = prepared.simulate()
    assert results["pre_aggregation"].item() == before["name"]
    for trial, t in np.ndindex(2, 4):
        now = results.isel(curve=0, trial=trial, iteration=t)
        received, keys = now["messages"].to_numpy(), None
        if before["name"] == "bucketing":
            draw = int(results["attack_draw"][trial])
            rng = generator(prepared.experiment.seed, Stream.PRE_AGGREGATION, draw)
            keys = rng.random((t + 1, len(received)))[t]
        decided = composed("trimmed_mean", before, keys=keys)(received, f=2)
        np.testing.assert_array_equal(now["update"], decided)


def test_a_curve_that_names_no_pre_aggregation_is_the_one_that_names_none(prepare):
    written = prepare(curves("median", {"name": "none"})).simulate()
    absent = prepare([{"method": "cra_dl", "aggregator": "median"}]).simulate()
    for name in written.data_vars:
        np.testing.assert_array_equal(written[name], absent[name])
    assert written["label"].item() == absent["label"].item() == "CRA-DL (median)"


def test_with_mixing_and_without_attack_every_rule_averages(prepare):
    rules = ["median", "krum", "geometric_median", "huber"]
    mixed = prepare(curves(rules, NNM), alpha=0).simulate()
    plain = prepare([{"method": "cra_dl", "aggregator": "mean"}], alpha=0).simulate()
    for curve in range(len(rules)):
        np.testing.assert_allclose(
            mixed["loss"].isel(curve=curve), plain["loss"].isel(curve=0), rtol=1e-10
        )


def test_clipping_remembers_the_last_aggregate(prepare):
    results = prepare(
        [{"method": "cra_dl", "aggregator": "centered_clipping"}], messages=True, trials=1
    ).simulate()
    last = np.zeros(results.sizes["feature"])
    for t in range(results.sizes["iteration"]):
        now = results.isel(curve=0, trial=0, iteration=t)
        gaps = now["messages"].to_numpy() - last
        lengths = np.linalg.norm(gaps, axis=1, keepdims=True)
        last = last + (gaps * np.minimum(1, 10 / lengths)).mean(axis=0)
        np.testing.assert_allclose(now["update"], last, rtol=1e-12)


class Nothing(Parameters):
    """No parameters."""


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("rule", ["trimmed_mean", "bulyan", "centered_clipping"])
def test_attackers_know_what_the_server_will_do(prepare, rule, before):
    if rule == "bulyan" and before["name"] == "bucketing":
        pytest.skip("too few buckets")
    foreseen = []

    def spy(own, honest, *, f, noise, context):
        """Send what is far off, and foresee what comes of it."""
        lies = np.full_like(own, 7.0)
        foreseen.append(context.aggregate(np.concatenate([lies, honest])))
        assert context.coordinatewise == (
            rule == "trimmed_mean" and before["name"] in ("none", "bucketing")
        )
        return lies

    ATTACKS["spy"] = Attack(craft=spy, parameters=Nothing)
    try:
        keys = {"attack": {"name": "spy"}, "messages": True, "trials": 1, "alpha": 0.1}
        results = prepare(curves(rule, before), **keys).simulate()
    finally:
        del ATTACKS["spy"]
    updates = results["update"].isel(curve=0, trial=0)
    np.testing.assert_allclose(np.array(foreseen)[-len(updates) :], updates, rtol=1e-9, atol=1e-12)


def told(tmp_path, curve, **keys):
    path = tmp_path / "study.yaml"
    study = SMALL | keys | {"experiments": {"one": {"curves": [curve]}}}
    path.write_text(yaml.safe_dump(study), encoding="utf-8")
    with pytest.raises(StudyError) as error:
        load_study(path)
    return str(error.value)


def test_what_cannot_run_is_refused_when_the_study_is_loaded(tmp_path):
    buckets = {"name": "bucketing", "size": 5}
    text = told(tmp_path, curves("median", buckets)[0])
    assert "at most 0 Byzantine devices of the 2 messages that bucketing makes of N=10" in text
    many = {"method": "cra_dl", "aggregator": "mda", "N": 50, "r": 2}
    text = told(tmp_path, many)
    assert "of N=50 for mda, got 10 (alpha=0.2), which makes 10,272,278,170 subsets" in text
    for wrong in ({"name": "nobody"}, {"name": "bucketing"}, {"name": "bucketing", "size": 0}):
        assert "pre_aggregation" in told(tmp_path, curves("median", wrong)[0])
    unused = {"method": "mean_averaging", "pre_aggregation": NNM}
    assert "no pre_aggregation, which mean_averaging does not use" in told(tmp_path, unused)


def test_labels_say_what_comes_before_the_rule(prepare):
    before = [{"name": "none"}, NNM, {"name": "bucketing", "size": 2}]
    prepared = prepare(curves("median", before))
    assert [curve.label for curve in prepared.experiment.curves] == [
        "CRA-DL (median)",
        "CRA-DL (median), NNM",
        "CRA-DL (median), bucketing size 2",
    ]
    alone = prepare(curves("median", NNM)).experiment.curves[0]
    assert (alone.label, alone.variant) == ("CRA-DL (median), NNM", "NNM")
    assert alone.rule_id == "median after nearest_neighbour_mixing"
    assert alone.aggregator in RULES

"""The table of settings names what curves share and what they differ in."""

import pytest

from cradl.results.settings_table import mixed, settings_table


def test_a_row_for_each_experiment_with_the_values_of_its_curves(prepare):
    curves = [
        {"method": "cra_dl", "aggregator": "median", "r": [2, 5]},
        {"method": "mean_averaging", "attack": {"name": "gaussian", "variance": 100}},
    ]
    experiment = prepare(curves, trials=3).experiment
    (row,) = settings_table([experiment.model_dump(mode="json")]).to_dict("records")
    assert row["experiment"] == "one"
    assert row["r"].split(", ")[:2] == ["2", "5"]
    assert row["attack"].endswith("gaussian (variance 100)")
    assert row["trials"] == "3"


GAUSSIAN = {"name": "gaussian", "variance": 100}


@pytest.mark.parametrize(
    ("keys", "differ"),
    [
        ([{"r": 2}, {"r": 5}], False),
        ([{"aggregator": "median"}, {"aggregator": "krum"}], False),
        ([{"attack": GAUSSIAN}, {"attack": GAUSSIAN, "label": "other"}], False),
        ([{"attack": GAUSSIAN}, {"attack": GAUSSIAN | {"variance": 10}}], True),
        ([{"alpha": 0.1}, {"alpha": 0.2}], True),
        ([{"sigma_h": 0.1}, {"sigma_h": 0.3}], True),
    ],
)
def test_curves_that_solve_different_problems_are_no_contest(prepare, keys, differ):
    curves = [{"method": "cra_dl", "r": 2, "aggregator": "median"} | one for one in keys]
    experiment = prepare(curves).experiment.model_dump(mode="json")
    assert mixed([experiment]) == (frozenset({"one"}) if differ else frozenset())


@pytest.mark.parametrize("key", ["N", "dataset"])
def test_other_devices_or_data_are_another_problem(prepare, key):
    alike = prepare([{"method": ["mean_averaging", "sgc_dl"]}]).experiment.model_dump(mode="json")
    assert not mixed([alike])
    alike["curves"][1][key] = "another"
    assert mixed([alike]) == {"one"}

"""The table of settings names what curves share and what they differ in."""

from cradl.results.settings_table import settings_table


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

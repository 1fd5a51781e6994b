"""Tables of runs against their definitions, and what a prompt is told."""

import numpy as np
import pytest
import scipy.stats
import yaml
from studies import SMALL

import cradl
from cradl import store
from cradl.config.findings import StudyError
from cradl.datasets import dataset


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Write a study of two experiments, of which one alone uses another data set."""
    other = SMALL["datasets"]["small"] | {"M": 10, "m": 10}
    keys = SMALL | {
        "trials": 5,
        "datasets": {**SMALL["datasets"], "other": other},
        "experiments": {
            "one": {
                "title": "The first",
                "curves": [
                    {"method": "mean_averaging"},
                    {"method": "cra_dl", "aggregator": "median", "r": [2, 6]},
                ],
            },
            "two": {"dataset": "other", "curves": [{"method": "mean_averaging"}]},
        },
    }
    path = tmp_path_factory.mktemp("session") / "small.yaml"
    path.write_text(yaml.safe_dump(keys, sort_keys=False), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def results(study):
    return cradl.run(study)


def test_a_tidy_table_has_a_row_for_each_curve_and_iteration(results):
    table = results.frame("one")
    assert len(table) == 3 * 6
    assert [*table["curve"].unique()] == ["MA", "CRA-DL (median), r = 2", "CRA-DL (median), r = 6"]
    assert table.groupby("curve", sort=False)["r"].first().tolist() == [2, 2, 6]
    assert {*table["experiment"]} == {"one"}
    assert {*results.frame()["experiment"]} == {"one", "two"}


def test_means_and_intervals_are_those_of_the_trials(results):
    each = results.frame("one", per_trial=True)
    assert len(each) == 3 * 5 * 6
    table = results.frame("one", level=0.9).set_index(["curve", "iteration"])
    for place, group in each.groupby(["curve", "iteration"]):
        for name in ("loss", "excess_loss", "gradient_norm_sq"):
            values = group[name].to_numpy()
            assert table.loc[place, name] == pytest.approx(values.mean(), rel=1e-12)
            if np.ptp(values) > 0:
                expected = scipy.stats.t.interval(0.9, 4, values.mean(), scipy.stats.sem(values))
                found = table.loc[place, [f"{name}_lower", f"{name}_upper"]].astype(float)
                np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_the_excess_is_over_the_minimum_of_each_trial(results, study):
    request = cradl.load_study(study).dataset_request("small")
    data = dataset(**request)
    first = results.frame("one", per_trial=True).query("iteration == 0 and r == 6")
    for trial, (loss, excess) in enumerate(zip(first["loss"], first["excess_loss"], strict=True)):
        designs = data["designs"].isel(draw=trial).to_numpy()
        responses = data["responses"].isel(draw=trial, sigma_h=0).to_numpy()
        _, residual, _, _ = np.linalg.lstsq(designs, responses)
        assert loss == pytest.approx((responses**2).sum() / 2, rel=1e-12)
        assert excess == pytest.approx(loss - residual[0] / 2, rel=1e-9)


def test_a_part_of_a_study_runs_without_the_data_that_it_does_not_use(study, results):
    found = cradl.run(study, only="one", trials=2)
    assert [*found.experiments] == ["one"]
    each = found.frame("one", per_trial=True)
    whole = results.frame("one", per_trial=True).query("trial < 2").reset_index(drop=True)
    np.testing.assert_array_equal(each["loss"], whole["loss"])
    assert [*cradl.load_study(study, overrides={"only": ["one"]}).datasets] == ["small"]


def test_results_say_what_is_there(results):
    assert repr(results).splitlines() == [
        "Results of small: 2 experiments, in memory",
        "  one  The first",
        "  two  two",
    ]


def test_a_figure_is_the_one_of_the_report(results):
    (ax,) = results.plot("one").axes[:1]
    assert len(ax.get_lines()) >= 3
    assert "excess" in ax.get_ylabel()
    assert "training" in results.plot("two", "training_loss").axes[0].get_ylabel()


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda one: one.frame("onee"), r"need one of one, two, got 'onee' \(did you mean one\?\)"),
        (lambda one: one.plot("three"), "need one of one, two, got 'three'"),
        (lambda one: one.plot("one", "los"), "need one of excess_loss, training_loss, got 'los'"),
    ],
)
def test_unknown_names_are_told_with_those_that_there_are(results, ask, told):
    with pytest.raises(ValueError, match=told):
        ask(results)


def test_an_unknown_experiment_does_not_run(study):
    with pytest.raises(StudyError, match=r"'onee' \(did you mean one\?\)"):
        cradl.run(study, only=["onee"])


def test_folders_without_runs_are_told(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="without runs: run it with snakemake"):
        cradl.load_results(tmp_path / "empty")
    with pytest.raises(FileNotFoundError, match="need one of none in"):
        cradl.load_results(tmp_path / "absent")


def test_a_study_that_has_not_run_to_its_end_says_so(tmp_path, results):
    store.write(
        results.stores["one"], tmp_path / "half" / "simulate" / "one.nc", config={}, source=""
    )
    found = cradl.load_results(tmp_path / "half")
    assert "which has not run to its end" in repr(found)
    assert len(found.frame("one")) == 18
    with pytest.raises(FileNotFoundError, match="run to its end, got no"):
        found.losses()


def test_tables_and_figures_have_the_accuracy_if_data_have_test_samples(tmp_path, results):
    digits = {"generator": "digits", "problem": "softmax", "M": 20, "m": 40, "test": 30}
    data = {"datasets": {"small": digits | {"split": "shuffled"}}}
    curves = [{"method": "mean_averaging"}]
    path = tmp_path / "study.yaml"
    experiments = {"experiments": {"one": {"curves": curves}}}
    path.write_text(yaml.safe_dump(SMALL | data | experiments), encoding="utf-8")
    found = cradl.run(path)
    table = found.frame().set_index("iteration")
    each = found.frame(per_trial=True)
    means = each.groupby("iteration")["test_accuracy"].mean()
    np.testing.assert_allclose(table["test_accuracy"], means, rtol=1e-12)
    assert (table["test_accuracy_lower"] <= table["test_accuracy"]).all()
    assert "accuracy" in found.plot("one", "test_accuracy").axes[0].get_ylabel()
    assert "test_accuracy" not in results.frame("one")
    with pytest.raises(ValueError, match="need one of excess_loss, training_loss, got"):
        results.plot("one", "test_accuracy")

"""What runs took is counted as by hand, and what exceeds the promise is marked."""

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from studies import SMALL

from cradl.allocation import allocations
from cradl.results.cost_table import counted

FIELDS = ("server gradients", "rounds", "numbers received")
LIMITED = ("storage", "computation", *FIELDS)


@pytest.fixture
def run(prepare):
    """Return a function that simulates curves; one of ten devices lies in each iteration."""

    def simulated(*curves, **keys):
        prepared = prepare(list(curves), **{"alpha": 0.1, "trials": 3} | keys)
        return prepared.simulate(), prepared.allocations

    return simulated


CODES = (
    {"method": "cra_dl", "aggregator": "median"},
    {"method": "fractional_repetition"},
    {"method": "detection"},
)


def column(rows, kind):
    return {row["curve"]: [row[f"{field} {kind}"] for field in LIMITED] for row in rows}


def test_a_small_run_by_hand(run):
    rows = counted(*run(*CODES)).to_dict("records")
    # Majority vote against one liar: groups of 4, 3 and 3 devices hold 7, 7 and 6 subsets.
    # Detection: five pairs hold four subsets each. Each pair with the liar halves them twice, both
    # devices answering, until one gradient is left, which the server computes.
    expected = {
        "CRA-DL (median)": [6, 6, 0, 1, 30],
        "Majority vote": [7, 7, 0, 1, 30],
        "Detection": [4, 4, 1, 3, 34],
    }
    assert column(rows, "largest") == expected
    assert column(rows, "promised") == expected
    assert [row["computation of all devices"] for row in rows] == [60, 4 * 7 + 3 * 7 + 3 * 6, 40]
    assert {row["experiment"] for row in rows} == {"one"}
    assert {row["within promise"] for row in rows} == {"yes"}
    for row in rows:
        measured = [row[f"{field} mean"] for field in FIELDS]
        assert measured == expected[row["curve"]][2:]
        assert [row[f"{field} ±"] for field in FIELDS] == [0, 0, 0]


def test_intervals_are_students_over_trials(run):
    results, drawn = run({"method": "detection"}, alpha=0.2, trials=5)
    row = counted(results, drawn).iloc[0]
    # Seven subsets are halved two or three times for each of the two liars.
    assert 1 <= row["rounds mean"] < row["rounds largest"] <= row["rounds promised"] == 7
    for field in FIELDS:
        trials = results[field.replace(" ", "_")].to_numpy()[0].mean(axis=1)
        half_width = scipy.stats.t.ppf(0.975, 4) * trials.std(ddof=1) / np.sqrt(5)
        assert row[f"{field} mean"] == pytest.approx(trials.mean())
        assert row[f"{field} ±"] == pytest.approx(half_width)


def test_one_trial_leaves_no_interval(run):
    rows = counted(*run(*CODES, trials=1))
    assert rows["rounds ±"].isna().all()


def test_each_curve_has_its_own_dimension_and_allocation(run):
    wide = SMALL["datasets"]["small"] | {"D": 5}
    results, drawn = run(
        {"method": "rba_dl", "aggregator": "mean", "dataset": ["small", "wide"]},
        {"method": "sgc_dl", "r": [2, 3]},
        datasets=SMALL["datasets"] | {"wide": wide},
    )
    rows = counted(results, drawn)
    assert rows["numbers received promised"].tolist() == [30, 50, 30, 30]
    assert rows["storage largest"].tolist() == [2, 2, 2, 3]
    assert set(rows["within promise"]) == {"yes"}


def test_only_the_draws_that_the_trials_used_are_counted(run):
    results, drawn = run(CODES[0], redraw={"data": True, "allocation": False, "attack": True})
    (name,) = drawn
    more = {name: allocations("random", N=10, M=20, r=6, seed=7, draws=2)}
    assert more[name].isel(draw=[0]).equals(drawn[name])
    more[name]["S"][1] = 1
    pd.testing.assert_frame_equal(counted(results, more), counted(results, drawn))


@pytest.mark.parametrize("field", FIELDS)
def test_one_count_beyond_the_promise_is_marked(run, field):
    results, drawn = run(*CODES)
    results[field.replace(" ", "_")][2, 1, 4] += 1
    rows = counted(results, drawn)
    assert rows["within promise"].tolist() == ["yes", "yes", "no"]
    row = rows.iloc[2]
    assert row[f"{field} largest"] == row[f"{field} promised"] + 1


def test_a_device_that_holds_more_than_promised_is_marked(run):
    results, drawn = run(*CODES)
    S = drawn["grouped-N10-M20-r4"]["S"]
    S[1, 0] = S[1].max("device")
    rows = counted(results, drawn)
    assert rows["within promise"].tolist() == ["yes", "yes", "no"]
    assert rows["storage largest"].tolist() == rows["computation largest"].tolist() == [6, 7, 20]


def test_iterations_after_divergence_are_not_counted(run):
    results, drawn = run({"method": "sgc_dl"}, step_size=1e100)
    assert (results["diverged_at"] > 0).all()
    row = counted(results, drawn).iloc[0]
    assert (row["rounds mean"], row["rounds largest"], row["within promise"]) == (1, 1, "yes")
    results["diverged_at"][0, 1] = 0
    with pytest.raises(ValueError, match="finite iteration in every trial of one, got 1 trials"):
        counted(results, drawn)

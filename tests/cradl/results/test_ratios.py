"""Ratios of coded to uncoded curves, against scipy's intervals of the same runs."""

import json

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from cradl.results.ratios import columns, pairs, ratios

UNCODED = {"method": "rba_dl", "r": 2, "allocation": "disjoint", "uncovered": "refuse"}
CODED = {"method": "cra_dl", "r": 4, "allocation": "random", "uncovered": "contribute_nothing"}
SHARED = {"aggregator": "median", "alpha": 0.2, "step_size": 0.1, "variant": ""}


def curve(label, kind, **others):
    return {"label": label} | kind | SHARED | others


CURVES = [
    curve("MA", {"method": "mean_averaging", "r": 2, "allocation": "disjoint"}),
    curve("RBA", UNCODED),
    curve("CRA", CODED),
    curve("CRA, r = 8", CODED, r=8, variant="r = 8"),
]
LOSS = np.random.default_rng(5).uniform(2, 9, size=(len(CURVES), 6, 9))
OPTIMAL = np.random.default_rng(6).uniform(0, 1, size=(len(CURVES), 6))
RUN = xr.Dataset(
    {
        "loss": (("curve", "trial", "iteration"), LOSS),
        "optimal_loss": (("curve", "trial"), OPTIMAL),
    },
    {
        "label": ("curve", [one["label"] for one in CURVES]),
        "trial": range(6),
        "iteration": range(9),
    },
    {"experiment": "one", "config": json.dumps({"curves": CURVES})},
)


def expected(above, below):
    ratio = above / below
    interval = stats.t.interval(0.95, len(ratio) - 1, ratio.mean(), stats.sem(ratio))
    return [ratio.mean(), interval[1] - ratio.mean()]


def test_each_coded_curve_is_divided_trial_by_trial():
    excess = LOSS - OPTIMAL[:, :, np.newaxis]
    found = ratios(RUN, times=(3, 50), last=4)
    assert [(one["curve"], one["over"], one["trials"]) for one in found] == [
        ("CRA", "RBA", 6),
        ("CRA, r = 8", "RBA", 6),
    ]
    for place, row in enumerate(found, start=2):
        assert [row["t=3"], row["t=3 ±"]] == pytest.approx(
            expected(excess[place, :, 3], excess[1, :, 3]), rel=1e-12
        )
        assert [row["plateau"], row["plateau ±"]] == pytest.approx(
            expected(excess[place, :, -4:].mean(axis=1), excess[1, :, -4:].mean(axis=1)), rel=1e-12
        )
        assert set(row) < set(columns((3, 50)))
        assert "t=50" not in row


def test_few_iterations_have_no_plateau():
    assert not any("plateau" in row for row in ratios(RUN, times=(3,), last=5))


@pytest.mark.parametrize(
    "other",
    [{"alpha": 0.1}, {"aggregator": "krum"}, {"step_size": 0.2}, {"attack": {"name": "gaussian"}}],
)
def test_a_curve_of_other_settings_is_no_counterpart(other):
    assert list(pairs([curve("RBA", UNCODED), curve("CRA", CODED, **other)])) == []


def test_of_two_counterparts_neither_is_taken():
    again = curve("RBA again", UNCODED)
    assert list(pairs([curve("RBA", UNCODED), again, curve("CRA", CODED)])) == []

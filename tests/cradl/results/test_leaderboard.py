"""Leaderboards against scipy, the printed tables of Demšar (2006), and rankings made by hand."""

import math

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from cradl.config.model import Leaderboard, Place
from cradl.results.leaderboard import (
    COLUMNS,
    TASK_COLUMNS,
    cliques,
    critical_difference,
    friedman,
    leaderboards,
    task_ranks,
)
from cradl.results.tabular import csv_of, read_table

RANDOM = np.random.default_rng(3)
# Table 5 (a) of Demšar: critical values of the two-tailed Nemenyi test, after division by √2.
PRINTED = {
    0.95: (1.960, 2.343, 2.569, 2.728, 2.850, 2.949, 3.031, 3.102, 3.164),
    0.90: (1.645, 2.052, 2.291, 2.459, 2.589, 2.693, 2.780, 2.855, 2.920),
}


@pytest.mark.parametrize("level", PRINTED)
@pytest.mark.parametrize("count", range(2, 11))
def test_critical_values_are_those_that_are_printed(level, count):
    unit = math.sqrt(count * (count + 1) / (6 * 14))
    found = critical_difference(count, 14, level=level) / unit
    assert found == pytest.approx(PRINTED[level][count - 2], abs=1.01e-3)


def test_demsars_example_of_four_classifiers_on_fourteen_data_sets():
    # Table 6: areas under the curve of C4.5, C4.5+m, C4.5+cf and C4.5+m+cf.
    areas = np.array(
        [
            *((0.763, 0.768, 0.771, 0.798), (0.599, 0.591, 0.590, 0.569)),
            *((0.954, 0.971, 0.968, 0.967), (0.628, 0.661, 0.654, 0.657)),
            *((0.882, 0.888, 0.886, 0.898), (0.936, 0.931, 0.916, 0.931)),
            *((0.661, 0.668, 0.609, 0.685), (0.583, 0.583, 0.563, 0.625)),
            *((0.775, 0.838, 0.866, 0.875), (1.000, 1.000, 1.000, 1.000)),
            *((0.940, 0.962, 0.965, 0.962), (0.619, 0.666, 0.614, 0.669)),
            *((0.972, 0.981, 0.9751, 0.975), (0.957, 0.978, 0.946, 0.970)),
        ]
    )
    ranks = task_ranks(-areas)
    assert ranks.mean(axis=0) == pytest.approx([3.143, 2.000, 2.893, 1.964], abs=5e-4)
    # He prints 9.28, without the correction for ties that scipy has too.
    statistic, p = friedman(ranks)
    ties = stats.friedmanchisquare(*(-areas).T)
    assert (statistic, p) == pytest.approx((ties.statistic, ties.pvalue), rel=1e-12)
    means = ranks.mean(axis=0)
    assert 12 * 14 / 20 * (np.square(means).sum() - 4 * 25 / 4) == pytest.approx(9.28, abs=5e-3)
    assert critical_difference(4, 14) == pytest.approx(1.25, abs=5e-3)
    assert critical_difference(4, 14, level=0.9) == pytest.approx(1.12, abs=5e-3)


@pytest.mark.parametrize("count", [3, 4, 7])
@pytest.mark.parametrize("tasks", [2, 9, 40])
def test_friedman_is_scipys_with_ties_and_without(count, tasks):
    smooth = RANDOM.normal(size=(tasks, count))
    tied = RANDOM.integers(0, 3, size=(tasks, count)).astype(float)
    tied[0] = np.arange(count)
    for values in (smooth, tied):
        ranks = task_ranks(values)
        np.testing.assert_array_equal(ranks, [stats.rankdata(row) for row in values])
        expected = stats.friedmanchisquare(*values.T)
        assert friedman(ranks) == pytest.approx((expected.statistic, expected.pvalue), rel=1e-10)


def test_friedman_of_two_is_the_sign_test_without_continuity():
    # Seven of nine tasks: chi² is (7 - 2)² / 9.
    ranks = np.array([[1.0, 2.0]] * 7 + [[2.0, 1.0]] * 2)
    expected = 25 / 9
    assert friedman(ranks) == pytest.approx((expected, stats.chi2.sf(expected, 1)), rel=1e-12)


def test_equal_contestants_are_not_told_apart():
    assert friedman(np.full((5, 3), 2.0)) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("mean_ranks", "difference", "groups"),
    [
        ([1.964, 2.0, 2.893, 3.143], 1.25, [(0, 3)]),
        ([1.964, 2.0, 2.893, 3.143], 1.12, [(0, 2), (2, 3)]),
        ([1.0, 2.0, 3.0], 0.5, []),
        # A difference as large as the critical one is one.
        ([1.0, 2.0, 3.0], 1.0, []),
        ([1.0, 2.0, 2.5, 4.0, 4.2], 1.6, [(0, 2), (2, 3), (3, 4)]),
        ([2.0, 2.0], 0.1, [(0, 1)]),
        ([1.0, 5.0], math.inf, [(0, 1)]),
    ],
)
def test_groups_made_by_hand(mean_ranks, difference, groups):
    assert cliques(mean_ranks, difference) == groups


TRIALS, LAST = 6, 4
NAMES = ("a", "b", "c")
"""Contestants; their curves are ``a, x`` and so on."""


def store(experiment, factors, *, optimal=2.0, noise=0.05):
    """Return runs whose excess loss is about `factors` (by label) on the plateau."""
    shape = (len(factors), TRIALS, 10)
    scale = np.array(list(factors.values()))[:, None, None]
    excess = scale * np.exp(noise * RANDOM.normal(size=shape))
    # Before the plateau, all is the other way round.
    excess[:, :, :-LAST] = 1 / excess[:, :, :-LAST]
    return xr.Dataset(
        {
            "loss": (("curve", "trial", "iteration"), excess + optimal),
            "optimal_loss": (("curve", "trial"), np.full(shape[:2], optimal)),
        },
        {"label": ("curve", list(factors)), "trial": range(TRIALS), "iteration": range(10)},
        {"experiment": experiment},
    )


def board(tasks, attacks=None, **keys):
    """Return a leaderboard of the contestants `NAMES` over tasks of some experiment each."""
    given = {
        "name": "board",
        "says": "Who?",
        "quantity": "excess_loss",
        "last": LAST,
        "level": 0.95,
        "contestants": NAMES,
        "tasks": tuple(tasks),
        "attacks": tuple(attacks or tasks),
        "curves": tuple(
            tuple(Place(experiment=where, curve=f"{name}, {task}") for name in NAMES)
            for task, where in tasks.items()
        ),
    }
    return Leaderboard(**given | keys)


def factors(task, *values):
    return {f"{name}, {task}": value for name, value in zip(NAMES, values, strict=True)}


ONE = store("one", factors("x", 1, 3, 9) | factors("y", 2, 4, 8))
TWO = store("two", factors("z", 5, 50, 1))
BOARD = board({"x": "one", "y": "one", "z": "two"}, ["flip", "flip", "noise"])


def plateaus(run, label):
    """Return log10 of a curve's plateau in every trial, computed anew."""
    place = run["label"].to_numpy().tolist().index(label)
    excess = run["loss"].to_numpy()[place] - run["optimal_loss"].to_numpy()[place][:, None]
    return np.log10(excess[:, -LAST:].mean(axis=1))


LOGS = np.array(
    [
        [plateaus(run, f"{name}, {task}") for name in NAMES]
        for run, task in ((ONE, "x"), (ONE, "y"), (TWO, "z"))
    ]
)


def test_a_leaderboard_made_by_hand():
    table, tasks = leaderboards([BOARD], [ONE, TWO])
    assert tuple(table) == COLUMNS
    assert tuple(tasks) == TASK_COLUMNS
    # Ranks: a 1 1 2, b 2 2 3, c 3 3 1.
    assert table["contestant"].tolist() == ["a", "b", "c"]
    assert table["mean rank"].tolist() == pytest.approx([4 / 3, 7 / 3, 7 / 3])
    assert table["wins"].tolist() == [2, 0, 1]
    assert table["place"].tolist() == [1, 2, 3]
    assert table["diverged"].tolist() == [0, 0, 0]
    assert (table["contestants"] == 3).all()
    assert (table["tasks"] == 3).all()
    expected = stats.friedmanchisquare(*LOGS.mean(axis=2).T)
    assert table["chi2"].tolist() == pytest.approx([expected.statistic] * 3)
    assert table["p"].tolist() == pytest.approx([expected.pvalue] * 3)
    # Three tasks tell none of three apart.
    assert table["cliques"].tolist() == ["1", "1", "1"]
    assert table["worst attack"].tolist() == ["noise", "noise", "flip"]
    over = LOGS.mean(axis=2) - LOGS.mean(axis=2).min(axis=1, keepdims=True)
    worst = [over[2, 0], over[2, 1], (over[0, 2] + over[1, 2]) / 2]
    assert table["over the best under it"].tolist() == pytest.approx(worst)
    assert table["worst task"].tolist() == ["z", "z", "x"]
    assert table["over the best in it"].tolist() == pytest.approx([over[2, 0], over[2, 1], over[0, 2]])
    assert tasks["rank"].tolist() == [1, 2, 3, 1, 2, 3, 2, 3, 1]
    assert tasks["value"].tolist() == pytest.approx(LOGS.mean(axis=2).ravel().tolist())
    assert tasks["over the best"].tolist() == pytest.approx(over.ravel().tolist(), abs=1e-15)
    assert tasks["curve"].tolist()[:2] == ["a, x", "b, x"]


def test_intervals_are_students_over_paired_trials_and_hold_together():
    table, _ = leaderboards([BOARD], [ONE, TWO])
    for place in (1, 2):
        pairs = (LOGS[:, place] - LOGS[:, 0]).mean(axis=0)
        # Two intervals: each at 1 - 0.05 / 2.
        low, high = stats.t.interval(0.975, TRIALS - 1, pairs.mean(), stats.sem(pairs))
        row = table.iloc[place]
        found = [row[f"over the first{end}"] for end in ("", " lower", " upper")]
        assert found == pytest.approx([pairs.mean(), low, high], rel=1e-9)
    assert table.loc[0, ["over the first", "over the first lower"]].tolist() == [0, 0]


def test_many_tasks_tell_contestants_apart():
    names = [f"t{place}" for place in range(20)]
    run = store("one", {k: v for name in names for k, v in factors(name, 1, 2, 4).items()})
    table, _ = leaderboards([board(dict.fromkeys(names, "one"))], [run])
    # Ranks 1, 2, 3 differ by 1, the critical difference is 2.343 √(12 / 120).
    assert table["critical difference"].iloc[0] == pytest.approx(2.343 * math.sqrt(0.1), abs=1e-3)
    assert table["cliques"].tolist() == ["", "", ""]
    assert table["wins"].tolist() == [20, 0, 0]
    assert table.loc[0, ["worst attack", "worst task"]].tolist() == ["", ""]


def test_what_diverged_ranks_last_and_ties_with_what_diverged():
    run = ONE.copy(deep=True)
    # One trial of the best, and all of another, in the task x.
    run["loss"][0, 2, 5:] = np.inf
    run["loss"][1, :, 5:] = np.inf
    table, tasks = leaderboards([BOARD], [run, TWO])
    assert tasks["rank"].tolist()[:3] == [2.5, 2.5, 1]
    rows = table.set_index("contestant")
    assert rows["diverged"].to_dict() == {"a": 1, "b": 1, "c": 0}
    assert rows["wins"].to_dict() == {"a": 1, "b": 0, "c": 2}
    assert rows.loc["a", "worst task"] == "x"
    assert rows.loc["a", "over the best in it"] == np.inf
    assert rows.loc["a", "worst attack"] == "flip"


def test_nobody_wins_a_task_in_which_all_diverge():
    run = ONE.copy(deep=True)
    run["loss"][:3, :, 5:] = np.inf
    table, tasks = leaderboards([BOARD], [run, TWO])
    assert tasks["rank"].tolist()[:3] == [2, 2, 2]
    assert tasks["over the best"].tolist()[:3] == [0, 0, 0]
    assert table["wins"].sum() == 2
    assert (table["diverged"] == 1).all()


def test_what_is_zero_but_for_rounding_is_equal():
    run = ONE.copy(deep=True)
    run["loss"][:2, :, -LAST:] = 2.0 + np.array([1e-15, 4e-16])[:, None, None]
    _, tasks = leaderboards([BOARD], [run, TWO])
    assert tasks["rank"].tolist()[:3] == [1.5, 1.5, 3]
    assert tasks["value"].tolist()[:2] == pytest.approx([math.log10(2e-12)] * 2)


def test_the_best_test_accuracy_ranks_first():
    run, (x, y) = ONE.copy(deep=True), ([0.9, 0.5, 1.0], [0.75, 0.8, 0.6])
    accuracies = np.broadcast_to(np.array([*x, *y])[:, None, None], run["loss"].shape)
    run["test_accuracy"] = run["loss"].dims, accuracies
    tested = board({"x": "one", "y": "one"}, quantity="test_error")
    _, tasks = leaderboards([tested], [run])
    assert tasks["rank"].tolist() == [2, 3, 1, 2, 1, 3]
    # A perfect trial is one of no error, not of infinitely less than another.
    assert tasks["value"].tolist() == pytest.approx([10, 50, 0, 25, 20, 40])
    assert tasks["over the best"].tolist() == pytest.approx([10, 50, 0, 5, 0, 20])
    assert set(tasks["unit"]) == {"points"}


def test_the_tables_come_back_as_they_were_written(tmp_path):
    for name, table in zip(
        ("leaderboards", "leaderboard_tasks"), leaderboards([BOARD], [ONE, TWO]), strict=True
    ):
        path = tmp_path / f"{name}.csv"
        path.write_text(csv_of(table), encoding="utf-8")
        assert read_table(path).to_dict("list") == table.to_dict("list")

"""Leaderboards: ranks of contestants over tasks, which of them differ, and where each fails.

The tests are those of J. Demšar, "Statistical comparisons of classifiers over multiple data sets",
JMLR 7 (2006) 1-30.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from scipy import special, stats

from cradl.arrays import Floats
from cradl.config.model import Leaderboard
from cradl.results.statistics import mean_interval
from cradl.results.verdicts import QUANTITIES, QuantityOf, in_phase

COLUMNS = (
    *("leaderboard", "says", "quantity", "unit", "contestants", "tasks", "trials", "chi2", "p", "level"),
    *("critical difference", "place", "contestant", "mean rank", "wins", "diverged", "cliques"),
    *("over the first", "over the first lower", "over the first upper"),
    *("worst attack", "over the best under it", "worst task", "over the best in it"),
)
"""Of the table of leaderboards."""
TASK_COLUMNS = (
    *("leaderboard", "task", "attack", "contestant", "experiment", "curve"),
    *("value", "unit", "rank", "over the best"),
)
"""Of the table of their tasks."""

RANKED = (
    *("loss", "optimal_loss", "pairwise_distance_sq", "device_norm_sq_mean"),
    *("honest_spread_mean", "gradient_norm_sq", "test_accuracy"),
)
"""Variables of a store that leaderboards use, those of all quantities."""

_QUANTITIES = QUANTITIES | {
    "test_error": QuantityOf(
        lambda store: 1 - store["test_accuracy"], lambda store: xr.ones_like(store["optimal_loss"]), 0.0
    )
}
"""The quantities that are ranked."""
_IN_POINTS = frozenset({"test_error"})
"""Those in percentage points, because a perfect trial has no logarithm; of the others, log10."""

def unit_of(board: Leaderboard) -> str:
    """Return the unit in which values of a leaderboard are given and compared."""
    return "points" if board.quantity in _IN_POINTS else "log10"


Values = Mapping[str, Mapping[tuple[str, int], Mapping[str, Floats]]]
"""What is ranked, in its unit, in every trial, by experiment, (quantity, last) and curve."""


def task_ranks(values: Floats) -> Floats:
    """Return the ranks of contestants in each task: 1 for the smallest value, ties averaged.

    Parameters
    ----------
    values
        Shape (tasks, contestants); infinite if a run diverged.

    Returns
    -------
    Shape (tasks, contestants).

    Examples
    --------
    >>> task_ranks(np.array([[3.0, 1.0, 1.0], [2.0, np.inf, np.inf]]))
    array([[3. , 1.5, 1.5],
           [1. , 2.5, 2.5]])
    """
    return np.asarray(stats.rankdata(values, axis=1), dtype=float)


def friedman(ranks: Floats) -> tuple[float, float]:
    """Return Friedman's statistic of ranks, corrected for ties, and its p-value.

    Parameters
    ----------
    ranks
        Shape (tasks, contestants), as `task_ranks` returns them.

    Returns
    -------
    chi², with k - 1 degrees of freedom for k contestants, and the probability of a larger one if
    none differ; 0 and 1 if all are equal in every task.

    Examples
    --------
    Three contestants in the same order in four tasks: chi² is 4 (3 - 1), the largest possible.

    >>> statistic, p = friedman(np.tile([1.0, 2.0, 3.0], (4, 1)))
    >>> print(round(statistic, 9), round(p, 6))
    8.0 0.018316
    """
    tasks, count = ranks.shape
    spread = float(np.square(ranks - (count + 1) / 2).sum())
    if not spread:
        return 0.0, 1.0
    between = float(np.square(ranks.sum(axis=0) - tasks * (count + 1) / 2).sum())
    statistic = (count - 1) * between / spread
    return statistic, float(special.chdtrc(count - 1, statistic))


def critical_difference(contestants: int, tasks: int, *, level: float = 0.95) -> float:
    """Return by how much two mean ranks differ if two contestants do: Nemenyi's test.

    q sqrt(k (k + 1) / (6 n)) for k contestants and n tasks, with the quantile q of the studentized
    range of k values, of infinitely many degrees of freedom, over √2.

    Parameters
    ----------
    level
        Confidence that no two of equal contestants differ by as much.

    Examples
    --------
    Demšar's example of four classifiers on fourteen data sets:

    >>> round(critical_difference(4, 14), 2)
    1.25
    """
    quantile = stats.studentized_range.ppf(level, contestants, np.inf) / math.sqrt(2)
    return float(quantile * math.sqrt(contestants * (contestants + 1) / (6 * tasks)))


def cliques(mean_ranks: Sequence[float], difference: float) -> list[tuple[int, int]]:
    """Return the largest groups of neighbours whose mean ranks lie closer than the difference.

    Parameters
    ----------
    mean_ranks
        In ascending order.

    Returns
    -------
    Of each group of at least two the places of the first and the last, from 0; no group is in
    another one.

    Examples
    --------
    >>> cliques([1.0, 1.5, 2.0, 4.0], 1.0)
    [(0, 1), (1, 2)]
    """
    found: list[tuple[int, int]] = []
    for first, least in enumerate(mean_ranks):
        last = max(place for place, one in enumerate(mean_ranks) if one - least < difference)
        if last > first and (not found or last > found[-1][1]):
            found.append((first, last))
    return found


def values_of(store: xr.Dataset, boards: Iterable[Leaderboard]) -> dict[tuple[str, int], Any]:
    """Return what leaderboards rank, in its unit, of all curves (trials,) of a store.

    Parameters
    ----------
    store
        From `cradl.simulate`.

    Returns
    -------
    By (quantity, last): the values by label, those below rounding as rounding.
    """
    asked = {
        (board.quantity, board.last)
        for board in boards
        if store.attrs["experiment"] in board.experiments
    }
    # Where F* is 0 there is no rounding of it, and a value of 0 has the logarithm -∞.
    with np.errstate(divide="ignore", over="ignore"):
        return {
            (name, last): in_phase(
                store, _QUANTITIES[name], None, last=last, per_cent=name in _IN_POINTS
            )
            for name, last in asked
        }


def leaderboards(
    boards: Sequence[Leaderboard], stores: Iterable[xr.Dataset]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rank the contestants of leaderboards.

    Parameters
    ----------
    stores
        From `cradl.simulate`, one for each experiment; each is read once.

    Returns
    -------
    Two tables, with the columns `COLUMNS` and `TASK_COLUMNS`.

    The first has a row for each contestant of each leaderboard, in the order of the mean ranks.
    ``chi2`` and ``p`` are Friedman's, ``critical difference`` Nemenyi's at the ``level``.
    ``cliques`` are the numbers of the groups of contestants that do not differ, in which it is; all
    are one group if Friedman's test does not tell them apart at the level. ``wins`` are the tasks
    in which none is smaller, ``diverged`` those in which a trial diverged.
    All comparisons are differences in the ``unit``: log10, or percentage points of a test error.
    ``over the first`` is how far its quantity lies over that of the first contestant, the mean over
    tasks and trials, with a Student interval over trials: all those of a leaderboard hold at once
    at the level (Bonferroni). ``over the best under it`` is how far it lies over the smallest one
    in the same task, the mean over the tasks with one attack: it is largest under the
    ``worst attack``, and in the ``worst task``; both are empty if it is never larger.

    The second has a row for each contestant in each task: the mean over trials of the quantity in
    its unit, its rank, and how far it lies over the smallest one.
    """
    values = {str(one.attrs["experiment"]): values_of(one, boards) for one in stores}
    found = [_leaderboard(board, values) for board in boards]
    rows = [row for table, _ in found for row in table]
    tasks = [row for _, table in found for row in table]
    return pd.DataFrame(rows, columns=[*COLUMNS]), pd.DataFrame(tasks, columns=[*TASK_COLUMNS])


Rows = list[dict[str, Any]]


def _leaderboard(board: Leaderboard, values: Values) -> tuple[Rows, Rows]:
    """Return the rows of one leaderboard in both tables."""
    what = board.quantity, board.last
    logs = np.array(
        [[values[one.experiment][what][one.curve] for one in row] for row in board.curves]
    )
    diverged = np.isposinf(logs) | np.isnan(logs)
    means = np.where(diverged.any(axis=2), np.inf, np.where(diverged, 0.0, logs).mean(axis=2))
    ranks, excess = task_ranks(means), _over_the_best(means)
    mean_ranks = ranks.mean(axis=0)
    wins = ((means < np.inf) & (excess == 0)).sum(axis=0)
    order = np.argsort(mean_ranks, kind="stable")
    tasks, count = ranks.shape
    statistic, p = friedman(ranks)
    difference = critical_difference(count, tasks, level=board.level)
    together = cliques(mean_ranks[order].tolist(), difference if p <= 1 - board.level else math.inf)
    known = {
        "leaderboard": board.name,
        "says": board.says,
        "quantity": board.quantity,
        "unit": unit_of(board),
        "contestants": count,
        "tasks": tasks,
        "trials": logs.shape[2],
        "chi2": statistic,
        "p": p,
        "level": board.level,
        "critical difference": difference,
    }
    rows = [
        known
        | {
            "place": place,
            "contestant": board.contestants[one],
            "mean rank": mean_ranks[one],
            "wins": int(wins[one]),
            "diverged": int(diverged[:, one].any(axis=1).sum()),
            "cliques": _numbers(place - 1, together),
        }
        | _over_the_first(logs[:, one], logs[:, order[0]], 1 - (1 - board.level) / (count - 1))
        | _worst(excess[:, one], board)
        for place, one in enumerate(order, start=1)
    ]
    return rows, _tasks(board, means, ranks, excess)


def _over_the_best(means: Floats) -> Floats:
    """Return how far each value (tasks, contestants) lies over the smallest one of its task."""
    best = means.min(axis=1, keepdims=True)
    # All that diverged, or all that are exact, are equal.
    with np.errstate(invalid="ignore"):
        return np.where(means == best, 0.0, means - best)


def _numbers(place: int, groups: Sequence[tuple[int, int]]) -> str:
    """Return the numbers, from 1, of the groups in which a place is."""
    inside = (str(one) for one, (first, last) in enumerate(groups, 1) if first <= place <= last)
    return " ".join(inside)


def _over_the_first(logs: Floats, first: Floats, level: float) -> dict[str, float]:
    """Return how far a contestant lies over the first one, and its interval over trials.

    Parameters
    ----------
    logs, first
        Shape (tasks, trials).
    """
    # Two runs that both diverged differ by nothing that is defined.
    with np.errstate(invalid="ignore"):
        statistic = (logs - first).mean(axis=0)
    interval = mean_interval(xr.DataArray(statistic, dims="trial"), level=level)
    ends = {"": "mean", " lower": "lower", " upper": "upper"}
    return {f"over the first{end}": float(interval[name]) for end, name in ends.items()}


def _worst(excess: Floats, board: Leaderboard) -> dict[str, Any]:
    """Return the attack and the task in which a contestant (tasks,) lies farthest over the best."""
    attacks = np.array(board.attacks)
    under = {one: float(excess[attacks == one].mean()) for one in dict.fromkeys(board.attacks)}
    attack = max(under, key=lambda one: under[one])
    task = int(excess.argmax())
    return {
        "worst attack": attack if under[attack] > 0 else "",
        "over the best under it": under[attack],
        "worst task": board.tasks[task] if excess[task] > 0 else "",
        "over the best in it": float(excess[task]),
    }


def _tasks(board: Leaderboard, means: Floats, ranks: Floats, excess: Floats) -> Rows:
    """Return a row for each contestant in each task."""
    return [
        {
            "leaderboard": board.name,
            "task": board.tasks[task],
            "attack": board.attacks[task],
            "contestant": board.contestants[one],
            "experiment": place.experiment,
            "curve": place.curve,
            "value": means[task, one],
            "unit": unit_of(board),
            "rank": ranks[task, one],
            "over the best": excess[task, one],
        }
        for task, row in enumerate(board.curves)
        for one, place in enumerate(row)
    ]

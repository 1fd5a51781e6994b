"""The settings of a study's experiments, as a table for readers."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

_OF_CURVES = {
    "N": "N",
    "M": "M",
    "r": "r",
    "alpha": "alpha",
    "attack": "attack",
    "pre_aggregation": "pre-aggregation",
    "step_size": "step size",
    "dataset": "data set",
    "sigma_h": "sigma_H",
    "allocation": "allocation",
    "identities": "identities",
    "start": "start",
    "tolerated": "tolerates f",
    "uncovered": "uncovered",
}

_PROBLEM = ("attack", "alpha", "dataset", "N", "sigma_h")


def settings_table(experiments: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Return a row for each experiment: what all of its curves share, and what they differ in.

    Parameters
    ----------
    experiments
        Resolved settings as stores of `cradl.simulate` carry them in their attribute ``config``.

    Returns
    -------
    Text columns; several values of a key are joined by commas, in the order of the curves.
    """
    return pd.DataFrame(
        [
            {
                "experiment": one["name"],
                "title": one["title"],
                "trials": str(one["trials"]),
                "T": str(one["T"]),
                "redrawn": ", ".join(key for key, value in one["redraw"].items() if value) or "-",
                **{head: _joined(one["curves"], key) for key, head in _OF_CURVES.items()},
            }
            for one in experiments
        ]
    )


def mixed(experiments: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Return the names of experiments whose curves solve different problems.

    The problem of a curve is its attack with all parameters, α, the data set, N and σ_H: of curves
    that differ in one of them, the one that ends lowest may have had the easiest problem.

    Parameters
    ----------
    experiments
        As for `settings_table`.
    """
    return frozenset(
        str(one["name"])
        for one in experiments
        if any(len({_written(curve[key]) for curve in one["curves"]}) > 1 for key in _PROBLEM)
    )


def _joined(curves: Iterable[Mapping[str, Any]], key: str) -> str:
    return ", ".join(dict.fromkeys(_written(one[key]) for one in curves))


def _written(value: Any) -> str:
    """Write a value, a row of a table with its parameters as ``gaussian (variance 100)``."""
    if not isinstance(value, Mapping):
        return f"{value:g}" if isinstance(value, float) else str(value)
    names = ("name", "schedule")
    title = next(str(value[one]) for one in names if one in value)
    rest = ", ".join(f"{key} {_written(one)}" for key, one in value.items() if key not in names)
    return f"{title} ({rest})" if rest else title

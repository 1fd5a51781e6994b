"""Runs as tidy tables: a row for each curve and iteration, as pandas and seaborn take them."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from cradl.results.statistics import excess_loss, mean_interval
from cradl.series import TESTED

SETTINGS = (
    *("method", "aggregator", "attack", "alpha", "N", "f", "r"),
    *("allocation", "sigma_h", "dataset"),
)
"""The settings of a curve that are columns of every table."""


def frame(store: xr.Dataset, *, level: float = 0.95) -> pd.DataFrame:
    """Return means over trials, with their intervals.

    Parameters
    ----------
    store
        From `cradl.simulate`.
    level
        Confidence level of each interval on its own.

    Returns
    -------
    A row for each curve and iteration. Columns ``experiment``, ``curve`` (the label), those of
    `SETTINGS`, ``iteration``, and ``loss``, ``excess_loss`` (loss minus its minimum),
    ``gradient_norm_sq``, and ``test_accuracy`` if the store has it, with ``_lower`` and ``_upper``,
    Student intervals; NaN for one trial.
    """
    series = {
        "loss": store["loss"],
        "excess_loss": excess_loss(store),
        "gradient_norm_sq": store["gradient_norm_sq"],
        **{name: store[name] for name in TESTED if name in store},
    }
    columns = {}
    for name, values in series.items():
        interval = mean_interval(values, level=level)
        for end, bound in (("", "mean"), ("_lower", "lower"), ("_upper", "upper")):
            columns[f"{name}{end}"] = interval[bound]
    return _tidy(store, columns, ("curve", "iteration"))


def trials_frame(store: xr.Dataset) -> pd.DataFrame:
    """Return every trial.

    Returns
    -------
    A row for each curve, trial and iteration. Columns as those of `frame`, ``trial``, and all that
    the store has over curves, trials and iterations, ``loss`` and ``excess_loss`` first.
    """
    dims = ("curve", "trial", "iteration")
    known = {str(name): one for name, one in store.data_vars.items() if set(one.dims) == {*dims}}
    return _tidy(store, {"loss": known.pop("loss"), "excess_loss": excess_loss(store), **known}, dims)


def _tidy(
    store: xr.Dataset, columns: Mapping[str, xr.DataArray], dims: tuple[str, ...]
) -> pd.DataFrame:
    shape = tuple(store.sizes[name] for name in dims)
    places = dict(zip(dims, np.indices(shape).reshape(len(dims), -1), strict=True))
    found = {
        "experiment": np.full(int(np.prod(shape)), store.attrs["experiment"], object),
        "curve": store["label"].to_numpy().astype(object)[places["curve"]],
        **{name: _plain(store[name].to_numpy())[places["curve"]] for name in SETTINGS},
        **{name: store[name].to_numpy()[places[name]] for name in dims[1:]},
        **{name: one.transpose(*dims).to_numpy().ravel() for name, one in columns.items()},
    }
    return pd.DataFrame(found)


def _plain(values: np.ndarray) -> np.ndarray:
    return values.astype(object) if values.dtype.kind == "U" else values

"""Intervals over Monte-Carlo trials."""

import numpy as np
import scipy.stats
import xarray as xr


def mean_interval(values: xr.DataArray, *, level: float = 0.95) -> xr.Dataset:
    """Return the mean over trials and its two-sided Student t interval.

    Parameters
    ----------
    values
        Has a dimension ``trial``, over which trials are independent.
    level
        Confidence level in (0, 1), of each interval on its own.

    Returns
    -------
    ``mean``, ``lower`` and ``upper`` over the other dimensions, in the units of `values`. With one
    trial the bounds are NaN: one trial says nothing about the spread. A diverged trial makes the
    mean and the upper bound infinite and the lower bound NaN.
    """
    if not 0 < level < 1:
        raise ValueError(f"need 0 < level < 1, got {level}")
    trials = values.sizes["trial"]
    mean = values.mean("trial")
    if trials == 1:
        half = xr.full_like(mean, np.nan)
    else:
        with np.errstate(invalid="ignore"):
            deviation = values.std("trial", ddof=1)
        quantile = scipy.stats.t.ppf(0.5 + level / 2, trials - 1)
        half = quantile * deviation / np.sqrt(trials)
    diverged = np.isinf(mean)
    return xr.Dataset(
        {
            "mean": mean,
            "lower": (mean - half).where(~diverged),
            "upper": (mean + half).where(~diverged, np.inf),
        }
    ).assign_attrs(values.attrs, level=level, trials=trials)


def excess_loss(store: xr.Dataset) -> xr.DataArray:
    """Return F(x^t) − F* of every curve, trial and iteration."""
    return (store["loss"] - store["optimal_loss"]).assign_attrs(
        long_name="F(x^t) - F*, excess of the training loss over its minimum", units="1"
    )


def plateau(values: xr.DataArray, *, last: int = 20) -> xr.DataArray:
    """Return each trial's mean over the last iterations."""
    if not 1 <= last <= values.sizes["iteration"]:
        raise ValueError(f"need 1 <= last <= {values.sizes['iteration']} iterations, got {last}")
    return values.isel(iteration=slice(-last, None)).mean("iteration")


_RECORDED = ("messages", "byzantine", "update", "gradient", "S")


def summary(store: xr.Dataset) -> xr.Dataset:
    """Return what figures draw: mean and 95% interval of the loss and of the excess loss.

    Returns
    -------
    ``loss``, ``loss_lower``, ``loss_upper`` and the same for ``excess_loss``, over
    (curve, iteration), with the curve coordinates and attributes of the store. Where messages were
    stored, those of the first trial, who lied in it, the updates, gradients and allocations.
    """
    parts = {name: store[name].isel(trial=0, drop=True) for name in _RECORDED if name in store}
    for name, values in (("loss", store["loss"]), ("excess_loss", excess_loss(store))):
        interval = mean_interval(values)
        parts[name] = interval["mean"].assign_attrs(values.attrs)
        parts[f"{name}_lower"], parts[f"{name}_upper"] = interval["lower"], interval["upper"]
    return xr.Dataset(parts).assign_attrs(
        experiment=store.attrs["experiment"],
        title=store.attrs["title"],
        trials=store.sizes["trial"],
    )

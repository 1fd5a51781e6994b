"""Intervals over Monte-Carlo trials."""

import numpy as np
import xarray as xr
from scipy import special

from cradl.series import PLATEAU, TESTED


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

    Examples
    --------
    The deviation of 1, 2 and 3 is 1, and Student's t with two degrees of freedom has the quantile
    4.303: the interval is 2 ± 4.303/√3.

    >>> found = mean_interval(xr.DataArray([1.0, 2.0, 3.0], dims="trial"))
    >>> [round(float(found[name]), 3) for name in ("mean", "lower", "upper")]
    [2.0, -0.484, 4.484]
    """
    if not 0 < level < 1:
        raise ValueError(f"need 0 < level < 1, got {level}")
    # Apart from its coordinates, which each operation would compare: they are joined once.
    plain, trials = xr.DataArray(values.variable), values.sizes["trial"]
    mean = plain.mean("trial")
    if trials == 1:
        half = xr.full_like(mean, np.nan)
    else:
        # What is about to diverge may be finite and have no finite square.
        with np.errstate(invalid="ignore", over="ignore"):
            deviation = plain.std("trial", ddof=1)
        half = special.stdtrit(trials - 1, 0.5 + level / 2) * deviation / np.sqrt(trials)
    centre, width = mean.to_numpy(), half.to_numpy()
    diverged = np.isinf(centre)
    found = {
        "mean": mean,
        "lower": (mean.dims, np.where(diverged, np.nan, centre - width)),
        "upper": (mean.dims, np.where(diverged, np.inf, centre + width)),
    }
    remaining = values.isel(trial=0, drop=True).coords
    return xr.Dataset(found, remaining, values.attrs | {"level": level, "trials": trials})


def excess_loss(store: xr.Dataset) -> xr.DataArray:
    """Return F(x^t) − F* of every curve, trial and iteration."""
    return (store["loss"] - store["optimal_loss"]).assign_attrs(
        long_name="F(x^t) - F*, excess of the training loss over its minimum", units="1"
    )


def plateau(values: xr.DataArray, *, last: int = PLATEAU) -> xr.DataArray:
    """Return each trial's mean over the last iterations.

    Examples
    --------
    >>> loss = xr.DataArray([[8.0, 4.0, 2.0, 0.0], [8.0, 7.0, 6.0, 8.0]], dims=("trial", "iteration"))
    >>> plateau(loss, last=2).values
    array([1., 7.])
    """
    if not 1 <= last <= values.sizes["iteration"]:
        raise ValueError(f"need 1 <= last <= {values.sizes['iteration']} iterations, got {last}")
    return values.isel(iteration=slice(-last, None)).mean("iteration")


def plateau_excess(store: xr.Dataset, *, last: int = PLATEAU) -> xr.DataArray:
    """Return each trial's mean of F - F* over the last iterations, in per cent of its own F*."""
    # Noiseless data may have F* = 0: the ratio is then infinite, which is an outcome and no error.
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = 100 * plateau(excess_loss(store), last=last) / store["optimal_loss"]
    return ratio.assign_attrs(long_name="plateau of F - F* in per cent of F*", units="percent")


def has_plateau(store: xr.Dataset, *, last: int = PLATEAU) -> bool:
    """Tell whether the last iterations are at most half of all: in fewer, no plateau is seen."""
    return 2 * last <= store.sizes["iteration"]


def still_falling(store: xr.Dataset, *, last: int = PLATEAU) -> xr.DataArray:
    """Tell of each curve whether F - F* still falls by more than a tenth within its last iterations.

    The means of their second half and of their first are compared trial by trial: the 95% interval
    of the difference to nine tenths must lie below zero. What is zero but for rounding rests.

    Examples
    --------
    >>> loss = xr.DataArray([[[8.0, 4.0, 2.0, 1.0]], [[8.0, 1.0, 1.0, 0.98]]], dims=_DIMENSIONS)
    >>> store = xr.Dataset({"loss": loss, "optimal_loss": ("trial", [0.5])})
    >>> still_falling(store, last=2).values
    array([ True, False])
    """
    half = last // 2
    if half < 1:
        return xr.zeros_like(store["loss"].isel(iteration=-1, trial=0, drop=True), dtype=bool)
    excess = excess_loss(store).isel(iteration=slice(-last, None))
    earlier, later = (
        excess.isel(iteration=part).mean("iteration")
        for part in (slice(None, half), slice(-half, None))
    )
    # Of curves that diverged there is no difference.
    with np.errstate(invalid="ignore"):
        difference = mean_interval(later - _RESTING * earlier)
    end = difference["upper"].where(np.isfinite(difference["upper"]), difference["mean"])
    return (end < 0) & (earlier.mean("trial") > _ROUNDING * abs(store["optimal_loss"]).mean("trial"))


_DIMENSIONS = ("curve", "trial", "iteration")
_RESTING, _ROUNDING = 0.9, 1e-11

_RECORDED = ("messages", "byzantine", "update", "gradient", "S")
SUMMARISED = ("loss", "optimal_loss", "gradient_norm_sq", *TESTED, *_RECORDED)
"""Variables of a store that `summary` and `left_sides` use."""


def summary(store: xr.Dataset, *, last: int = PLATEAU) -> xr.Dataset:
    """Return what figures draw: means and their 95% intervals.

    Parameters
    ----------
    store
        From `cradl.simulate`.
    last
        The plateau is the mean over this many last iterations.

    Returns
    -------
    ``loss``, ``loss_lower``, ``loss_upper`` and the same for ``excess_loss``, and for
    ``test_accuracy`` if the store has it, over (curve, iteration), and for ``plateau_excess`` (per cent of F*) over (curve), which is left out
    where the last iterations are more than half of all; ``still_falling`` over (curve) beside it;
    with the curve coordinates and attributes of the store. Where messages were stored, those of the first trial, who lied in it, the updates,
    gradients and allocations.
    """
    quantities = {"loss": store["loss"], "excess_loss": excess_loss(store)}
    quantities |= {name: store[name] for name in TESTED if name in store}
    parts = {name: store[name].isel(trial=0, drop=True) for name in _RECORDED if name in store}
    if has_plateau(store, last=last):
        quantities["plateau_excess"] = plateau_excess(store, last=last)
        parts["still_falling"] = still_falling(store, last=last)
    for name, values in quantities.items():
        interval = mean_interval(values)
        parts[name] = interval["mean"].assign_attrs(values.attrs)
        parts[f"{name}_lower"], parts[f"{name}_upper"] = interval["lower"], interval["upper"]
    return xr.Dataset(parts).assign_attrs(
        experiment=store.attrs["experiment"],
        title=store.attrs["title"],
        trials=store.sizes["trial"],
    )


def left_sides(store: xr.Dataset, *, level: float = 0.95) -> xr.Dataset:
    """Return what Theorems 1 and 2 bound, for every T up to the last iteration of the runs.

    Parameters
    ----------
    store
        From `cradl.simulate`.
    level
        Of the intervals.

    Returns
    -------
    Over (curve, group, iteration), where the iteration is T and a group the trials with the same
    data and allocation, over which the theorems' expectations are:

    - ``theorem1``: the mean over t <= T of E‖∇F(x^t)‖², with ``theorem1_lower`` and
      ``theorem1_upper``, Student intervals at each T;
    - ``theorem2``: the minimum over t <= T of E‖∇F(x^t)‖². The least of several estimates is below
      the least of what they estimate, hence ``theorem2_lower`` and ``theorem2_upper`` are the
      minima of the ends of intervals that hold for all t at once (Bonferroni); they may lie wide
      apart.

    NaN bounds where a group has one trial, infinity where a trial has diverged.
    """
    squares = store["gradient_norm_sq"].drop_attrs(deep=False)
    data, allocation = (store[name].to_numpy() for name in ("data_draw", "allocation_draw"))
    groups = sorted(set(zip(data.tolist(), allocation.tolist(), strict=True)))
    parts = [
        _left_sides(squares.isel(trial=(data == one) & (allocation == other)), level)
        for one, other in groups
    ]
    return (
        xr.concat(parts, "group")
        .transpose("curve", "group", ...)
        .assign_coords(
            data_draw=("group", [one for one, _ in groups]),
            allocation_draw=("group", [other for _, other in groups]),
        )
    )


def _left_sides(squares: xr.DataArray, level: float) -> xr.Dataset:
    """Return both left sides of one group."""
    count = squares.sizes["iteration"]
    places = xr.DataArray(np.arange(1, count + 1), dims="iteration")
    averages = mean_interval(squares.cumsum("iteration") / places, level=level)
    each = mean_interval(squares, level=1 - (1 - level) / count)
    found = {}
    for end, name in (("", "mean"), ("_lower", "lower"), ("_upper", "upper")):
        found[f"theorem1{end}"] = averages[name]
        # Where a trial has diverged there is no lower end: the minimum is over the others.
        found[f"theorem2{end}"] = xr.apply_ufunc(
            np.fmin.accumulate,
            each[name],
            input_core_dims=[["iteration"]],
            output_core_dims=[["iteration"]],
            kwargs={"axis": -1},
        )
    return xr.Dataset(found)

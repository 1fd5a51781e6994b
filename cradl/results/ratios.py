"""How much coding gains: the excess loss of CRA-DL over that of RBA-DL."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import xarray as xr

from cradl import store
from cradl.results.statistics import excess_loss, has_plateau, mean_interval, plateau

CODED, UNCODED = "cra_dl", "rba_dl"
_OF_CODING = ("label", "variant", "method", "r", "allocation", "uncovered")
"""Settings in which a coded curve may differ from the uncoded one that it is divided by."""


def columns(times: Sequence[int]) -> list[str]:
    """Return the columns of the table: the pair, then each quantity and its half-width."""
    quantities = [*(f"t={t}" for t in times), "plateau"]
    both = [name for quantity in quantities for name in (quantity, f"{quantity} ±")]
    return ["experiment", "curve", "over", "trials", *both]


def ratios(run: xr.Dataset, *, times: Sequence[int], last: int) -> list[dict[str, Any]]:
    """Return the ratios of F − F* of CRA-DL to that of RBA-DL, at some iterations and the plateau.

    A curve of CRA-DL is divided by the curve of RBA-DL whose rule, attack and other settings are
    the same; if there is no such curve, or several, it has no ratio.

    Parameters
    ----------
    run
        A store of `cradl.simulate`.
    times
        Iterations; those past the end have no ratio.
    last
        The plateau is the mean over this many last iterations, if they are at most half of all.

    Returns
    -------
    One row per pair, by the names of `columns`: means over trials of the ratio in the same trial
    with the half-widths of their 95% intervals; without what the experiment does not have.
    """
    known = {"experiment": run.attrs["experiment"], "trials": run.sizes["trial"]}
    return [
        known | {"curve": curve, "over": over} | _ratios(run, curve, over, times=times, last=last)
        for curve, over in pairs(store.from_json(run.attrs["config"])["curves"])
    ]


def pairs(curves: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield the labels of each coded curve that has one uncoded counterpart, and of that.

    Examples
    --------
    >>> uncoded = {"label": "RBA-DL", "method": "rba_dl", "aggregator": "median", "r": 1}
    >>> coded = {"label": "CRA-DL", "method": "cra_dl", "aggregator": "median", "r": 4}
    >>> list(pairs([uncoded, coded, coded | {"label": "CRA-DL (Krum)", "aggregator": "krum"}]))
    [('CRA-DL', 'RBA-DL')]
    """
    for coded in curves:
        if coded["method"] != CODED:
            continue
        alike = [
            other["label"]
            for other in curves
            if other["method"] == UNCODED and _shared(other) == _shared(coded)
        ]
        if len(alike) == 1:
            yield coded["label"], alike[0]


def _shared(curve: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in curve.items() if key not in _OF_CODING}


def _ratios(
    run: xr.Dataset, curve: str, over: str, *, times: Sequence[int], last: int
) -> dict[str, float]:
    """Return the mean ratio and its half-width for each quantity that the experiment has."""
    excess = excess_loss(run).swap_dims(curve="label").drop_vars("curve", errors="ignore")
    phases = {f"t={t}": excess.sel(iteration=t) for t in times if t in run["iteration"]}
    if has_plateau(run, last=last):
        phases["plateau"] = plateau(excess, last=last)
    found = {}
    for quantity, values in phases.items():
        above, below = (
            xr.DataArray(values.sel(label=label).to_numpy(), dims="trial")
            for label in (curve, over)
        )
        interval = mean_interval(above / below)
        found[quantity] = float(interval["mean"])
        found[f"{quantity} ±"] = float(interval["upper"] - interval["mean"])
    return found

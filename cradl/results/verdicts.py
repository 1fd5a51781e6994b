"""Deciding claims: an interval and a verdict for each cell, and for each claim as a whole."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from cradl.arrays import Floats
from cradl.results.statistics import excess_loss, mean_interval, plateau
from cradl.config.model import Cell


class QuantityOf(NamedTuple):
    """A row of `QUANTITIES`.

    Attributes
    ----------
    values
        store -> the quantity over (curve, trial, iteration).
    scale
        store -> what per cents of it refer to, which broadcasts against the values.
    floor
        Fraction of the scale that is rounding: log10 is taken of no less.
    """

    values: Callable[[xr.Dataset], xr.DataArray]
    scale: Callable[[xr.Dataset], xr.DataArray]
    floor: float


QUANTITIES: dict[str, QuantityOf] = {
    # In per cent of F*, of the coded gradients' mean squared norm, of the squared norm of ∇F.
    "excess_loss": QuantityOf(excess_loss, lambda store: store["optimal_loss"], 1e-12),
    # In percentage points.
    "test_accuracy": QuantityOf(
        lambda store: store["test_accuracy"], lambda store: xr.ones_like(store["optimal_loss"]), 0.0
    ),
    "pairwise_distance_sq": QuantityOf(
        lambda store: store["pairwise_distance_sq"],
        lambda store: store["device_norm_sq_mean"],
        1e-24,
    ),
    "honest_spread_mean": QuantityOf(
        lambda store: store["honest_spread_mean"], lambda store: store["gradient_norm_sq"], 1e-24
    ),
}
"""The quantities that claims are about."""


def judge(cells: Sequence[Cell], stores: Mapping[str, xr.Dataset], *, level: float) -> pd.DataFrame:
    """Decide every cell.

    Parameters
    ----------
    stores
        Results of `cradl.simulate` by experiment.
    level
        Confidence that all intervals hold at once; each has 1 - (1 - level) / len(cells).

    Returns
    -------
    One row a cell: the claim, the comparison in words and as JSON ``terms`` [sign, experiment,
    curve], ``mean``, ``lower`` and ``upper`` of the statistic over trials in ``unit``, the margin,
    and the ``verdict``: supported where the whole interval lies where the claim says, contradicted
    where it lies wholly elsewhere, undecided otherwise.
    """
    if not cells:
        raise ValueError("need at least one comparison, got none")
    each = 1 - (1 - level) / len(cells)

    @cache
    def values_of(
        experiment: str, quantity: str, iteration: int | None, last: int, per_cent: bool
    ) -> dict[str, Floats]:
        return in_phase(
            stores[experiment], QUANTITIES[quantity], iteration, last=last, per_cent=per_cent
        )

    rows = []
    for cell in cells:
        what = (cell.quantity, cell.iteration, cell.last, cell.per_cent)
        signed = [one.sign * values_of(one.experiment, *what)[one.curve] for one in cell.terms]
        # Two runs that both diverged differ by nothing that is defined.
        with np.errstate(invalid="ignore"):
            statistic = np.sum(signed, axis=0)
        end = int(stores[cell.terms[0].experiment]["iteration"][-1])
        rows.append(_row(cell, statistic, each, end))
    return pd.DataFrame(rows)


def _row(cell: Cell, statistic: Floats, level: float, end: int) -> dict[str, object]:
    """Return the row of a cell from its statistic in every trial; `end` is its last iteration."""
    interval = _interval(xr.DataArray(statistic, dims="trial"), level)
    mean, lower, upper = (float(interval[name]) for name in ("mean", "lower", "upper"))
    on_plateau = cell.iteration is None
    first, last = (end - cell.last + 1, end) if on_plateau else (cell.iteration, cell.iteration)
    terms = [[one.sign, one.experiment, one.curve] for one in cell.terms]
    return {
        "claim": cell.claim,
        "says": cell.says,
        "source": cell.source,
        "phase": "plateau" if on_plateau else f"t = {cell.iteration}",
        "first_iteration": first,
        "last_iteration": last,
        "comparison": _in_words(cell),
        "quantity": cell.quantity,
        "unit": "%" if cell.per_cent else "log10",
        "mean": mean,
        "lower": lower,
        "upper": upper,
        "claimed": cell.side,
        "margin": cell.margin,
        "level": level,
        "trials": len(statistic),
        "verdict": verdict(lower, upper, side=cell.side, margin=cell.margin),
        "some": cell.some,
        "terms": json.dumps(terms, ensure_ascii=False),
    }


def in_phase(
    store: xr.Dataset, quantity: QuantityOf, iteration: int | None, *, last: int, per_cent: bool
) -> dict[str, Floats]:
    """Return every curve's values (trials,) by label: per cents of the scale, or log10."""

    def at_phase(values: xr.DataArray) -> xr.DataArray:
        if "iteration" not in values.dims:
            return values
        return plateau(values, last=last) if iteration is None else values.sel(iteration=iteration)

    value, whole = at_phase(quantity.values(store)), at_phase(quantity.scale(store))
    found = 100 * value / whole
    if not per_cent:
        found = xr.apply_ufunc(np.log10, np.maximum(value, quantity.floor * whole))
    labels = [str(one) for one in store["label"].values]
    return dict(zip(labels, found.transpose("curve", "trial").to_numpy(), strict=True))


def _interval(statistic: xr.DataArray, level: float) -> xr.Dataset:
    """Return the interval; where all trials diverge alike it is that infinity."""
    infinite = statistic.isel(trial=0)
    if np.isinf(infinite) and (statistic == infinite).all():
        return xr.Dataset({"mean": infinite, "lower": infinite, "upper": infinite})
    if np.isfinite(statistic).all():
        return mean_interval(statistic, level=level)
    return xr.Dataset({"mean": np.nan, "lower": np.nan, "upper": np.nan})


def verdict(lower: float, upper: float, *, side: str, margin: float | None) -> str:
    """Compare an interval with what is claimed; an interval of NaN decides nothing.

    Examples
    --------
    >>> verdict(-3.0, -1.0, side="below", margin=None)
    'supported'
    >>> verdict(-3.0, 1.0, side="below", margin=None)
    'undecided'
    >>> verdict(0.5, 0.9, side="within", margin=1.0), verdict(2.0, 3.0, side="within", margin=1.0)
    ('supported', 'contradicted')
    """
    low, high = {
        "below": (-np.inf, 0.0),
        "above": (0.0, np.inf),
        "within": (-(margin or 0.0), margin or 0.0),
    }[side]
    if (lower > low or low == -np.inf) and (upper < high or high == np.inf):
        return "supported"
    return "contradicted" if upper < low or lower > high else "undecided"


def _in_words(cell: Cell) -> str:
    """Write the statistic as a sum of curves, the experiment before its first curve."""
    text, named = "", ""
    for one in cell.terms:
        sign = " − " if one.sign < 0 else " + " if text else ""
        where = "" if one.experiment == named else f"{one.experiment}: "
        text, named = f"{text}{sign}[{where}{one.curve}]", one.experiment
    return text


def summarise(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each claim and phase, the least supported first.

    A claim is supported where all of its comparisons are (where ``some``: one in each experiment),
    contradicted where some are and none is supported. ``least`` and ``most`` are the extreme means
    of its statistics, in ``unit``.
    """
    rows = []
    for (claim, phase), cells in table.groupby(["claim", "phase"], sort=False):
        counts = cells["verdict"].value_counts()
        rows.append(
            {
                "claim": claim,
                "says": cells["says"].iloc[0],
                "source": cells["source"].iloc[0],
                "phase": phase,
                **{one: int(counts.get(one, 0)) for one in _CELL_VERDICTS},
                "least": cells["mean"].min(),
                "most": cells["mean"].max(),
                "unit": cells["unit"].iloc[0],
                "verdict": _together(cells),
            }
        )
    return pd.DataFrame(rows).sort_values(
        "verdict", key=lambda column: column.map(_VERDICTS.index), kind="stable", ignore_index=True
    )


_CELL_VERDICTS = ["supported", "contradicted", "undecided"]
_VERDICTS = ["contradicted", "undecided", "partly supported", "supported"]


def _together(cells: pd.DataFrame) -> str:
    verdicts = cells["verdict"]
    if cells["some"].iloc[0]:
        experiments = cells["terms"].map(lambda text: json.loads(text)[0][1])
        best = verdicts.map(_VERDICTS.index).groupby(experiments).max()
        verdicts = best.map(lambda index: _VERDICTS[index])
    found = set(verdicts)
    if found == {"supported"}:
        return "supported"
    if "supported" in found:
        return "partly supported"
    return "contradicted" if "contradicted" in found else "undecided"

"""Plateaus, or last losses, over a grid of two keys: a cell per curve."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from paper_figures.drawing import style
from paper_figures.drawing.panels import diverged, lettered
from paper_figures.drawing.plateaus import PLATEAU
from paper_figures.drawing.values import note

_CELL, _LEAST, _OTHER = 0.34, 1.2, 0.75
"""In inches: the height of a cell, of a panel, of its title and labels."""
_DECADE = 10.0
_ROUNDING = 1e-9
"""Per cent of F* below which a plateau of F - F* is rounding."""
_FALLS = "still falls"
_NAMES = {
    "r": "$r$, subsets on each device",
    "α": "α, fraction of Byzantine devices",
    "σ_H": r"$\sigma_H$, heterogeneity",
    "γ": "γ, step size",
    "N": "$N$, devices",
    "dataset": "data set",
}


class _Grid(NamedTuple):
    title: str
    keys: tuple[str, str]
    """Of the horizontal and the vertical axis."""
    ticks: tuple[list[str], list[str]]
    mean: np.ndarray
    """Shape (vertical, horizontal): infinite if diverged, NaN without a curve."""
    lower: np.ndarray
    upper: np.ndarray
    falling: np.ndarray
    """Which of the curves have not come to rest; shape as `mean`."""
    quantity: str
    """What the values are, for the colour bar."""


def draw(data: Sequence[xr.Dataset]) -> Figure:
    """Draw the plateau of F - F* over the two keys of a grid, a panel per method and rule.

    Supports where in a grid the solution error is small. The numbers in a cell are the mean and the
    half-width of its 95% interval; below rounding it is 0. A run that is too short for a plateau
    shows F - F* at its end.

    Raises
    ------
    ValueError
        An experiment without a grid over two keys.
    """
    grids = [grid for panel in data for grid in _grids(panel)]
    heights = [max(_LEAST, _CELL * len(grid.ticks[1])) + _OTHER for grid in grids]
    titles = lettered([style.printed(grid.title) for grid in grids])
    with style.applied():
        figure = Figure(figsize=(style.COLUMN_WIDTH, sum(heights)), layout="constrained")
        axes = figure.subplots(len(grids), 1, squeeze=False, height_ratios=heights)[:, 0]
        for ax, grid, title in zip(axes, grids, titles, strict=True):
            ax.set_title(title)
            same = [one for one in grids if one.quantity == grid.quantity]
            _draw_grid(ax, grid, _norm(same))
    return figure


def _grids(panel: xr.Dataset) -> list[_Grid]:
    """Return the grids of an experiment."""
    name = panel.attrs["experiment"]
    groups: dict[tuple[str, ...], list[int]] = {}
    for curve, variant in enumerate(panel["variant"].values):
        *before, _, _ = ["", *str(variant).split(", ")]
        if len(before) == 1 or (len(before) == 2 and _mixes(panel, curve)):
            key = str(panel["method"].values[curve]), str(panel["aggregator"].values[curve])
            groups.setdefault((*key, *before), []).append(curve)
    if not groups:
        raise ValueError(f"need an experiment with a grid over two keys, got {name} without one")
    several = len(groups) > 1
    return [_grid(panel.isel(curve=curves), several=several) for curves in groups.values()]


def _mixes(panel: xr.Dataset, curve: int) -> bool:
    """Tell whether a pre-aggregation, which a variant begins with, sets a curve apart."""
    return "pre_aggregation" in panel and panel["pre_aggregation"].values[curve] != "none"


def _grid(curves: xr.Dataset, *, several: bool) -> _Grid:
    """Return the grid of the curves of one method and rule."""
    settings = [
        [_setting(one) for one in str(each).split(", ")[-2:]] for each in curves["variant"].values
    ]
    ticks = [_ordered([one[place][1] for one in settings]) for place in (0, 1)]
    shape = len(ticks[1]), len(ticks[0])
    values = [np.full(shape, np.nan) for _ in range(3)]
    falling = np.zeros(shape, dtype=bool)
    quantity = "plateau_excess" if "plateau_excess" in curves else "excess_loss"
    shown, last = curves.isel(iteration=-1), curves["iteration"].values[-1]
    label_of = {"plateau_excess": PLATEAU, "excess_loss": f"$F - F^*$ at $t = {last}$"}
    for curve, (across, up) in enumerate(settings):
        place = ticks[1].index(up[1]), ticks[0].index(across[1])
        for array, end in zip(values, ("", "_lower", "_upper"), strict=True):
            array[place] = shown[f"{quantity}{end}"].values[curve]
        if "still_falling" in curves:
            falling[place] = curves["still_falling"].values[curve]
        if diverged(curves)[curve]:
            values[0][place] = np.inf
    if quantity == "plateau_excess":
        values = [np.where(one < _ROUNDING, 0.0, one) for one in values]
    first = curves.isel(curve=0)
    grid = ", ".join(str(first["variant"].values).split(", ")[-2:])
    label = str(first["label"].values).removesuffix(f", {grid}")
    title = f"{curves.attrs['title']}: {label}" if several else str(curves.attrs["title"])
    keys = settings[0][0][0], settings[0][1][0]
    return _Grid(title, keys, (ticks[0], ticks[1]), *values, falling, label_of[quantity])


def _setting(words: str) -> tuple[str, str]:
    """Return the key and the value of a part of a variant; some have no key."""
    key, equals, value = words.rpartition(" = ")
    return (key, value) if equals else ("", words)


def _ordered(values: Sequence[str]) -> list[str]:
    """Return different values: numbers by size, words as they come."""
    different = list(dict.fromkeys(values))
    try:
        return sorted(different, key=float)
    except ValueError:
        return different


def _norm(grids: Sequence[_Grid]) -> Normalize:
    """Return the scale of colours of panels that show the same quantity."""
    values = np.concatenate([grid.mean.ravel() for grid in grids])
    finite = values[np.isfinite(values) & (values != 0)]
    low, high = (finite.min(), finite.max()) if len(finite) else (0.0, 1.0)
    if low > 0 and high > _DECADE * low:
        return LogNorm(low, high)
    return Normalize(low, high if high > low else low + 1)


def _draw_grid(ax: Any, grid: _Grid, norm: Normalize) -> None:
    logarithmic, high = isinstance(norm, LogNorm), float(norm.vmax or 0.0)
    colors = mpl.colormaps["cividis"].with_extremes(bad="0.9", over="black")
    shown = np.where(np.isinf(grid.mean), 2 * abs(high) + 1, grid.mean)
    # A scale of logarithms has no zero.
    shown = np.where(grid.mean == 0, norm.vmin, shown)
    cells = ax.pcolormesh(np.ma.masked_invalid(shown), cmap=colors, norm=norm)
    ax.grid(visible=False)
    ax.tick_params(length=0)
    for axis, ticks, key in zip((ax.xaxis, ax.yaxis), grid.ticks, grid.keys, strict=True):
        axis.set_ticks(np.arange(len(ticks)) + 0.5, [style.printed(one) for one in ticks])
        axis.set_label_text(_NAMES.get(key, style.printed(key)))
    for (row, column), mean in np.ndenumerate(grid.mean):
        said = _said(mean, grid.upper[row, column])
        said = f"{said}\n{_FALLS}" if grid.falling[row, column] else said
        red, green, blue, _ = cells.to_rgba([shown[row, column]])[0]
        dark = np.array([red, green, blue]) @ style.LUMINANCE < 0.5
        color = "white" if dark and not np.isnan(mean) else "black"
        ax.text(column + 0.5, row + 0.5, said, color=color, ha="center", va="center", fontsize=6)
    bar = ax.get_figure().colorbar(cells, ax=ax, label=grid.quantity, pad=0.02, format="{x:g}")
    if logarithmic:
        bar.ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        bar.ax.yaxis.set_minor_formatter(NullFormatter())
    key = f"{grid.keys[1]} = " if grid.keys[1] else ""
    for row, tick in enumerate(grid.ticks[1]):
        ends = grid.lower[row], grid.upper[row]
        note(ax, f"{key}{tick}", grid.ticks[0], grid.mean[row], *ends)


def _said(mean: float, upper: float) -> str:
    """Return what stands in a cell."""
    if np.isnan(mean):
        return "–"
    if np.isinf(mean):
        return "diverges"
    half = upper - mean
    if not np.isfinite(half) or half <= 0:
        return f"{mean:.3g}"
    # As many digits as the interval lets count.
    places = -math.floor(math.log10(half))
    digits = max(places, 0)
    return f"{round(mean, places):,.{digits}f}\n±{round(half, places):,.{digits}f}"

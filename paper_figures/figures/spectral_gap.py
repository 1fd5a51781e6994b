"""The plateau against the second eigenvalue of the allocation."""

from collections.abc import Mapping, Sequence
from typing import Any

import xarray as xr
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, NullLocator, ScalarFormatter

from paper_figures.drawing import style
from paper_figures.drawing.panels import titles

_HEIGHT = 2.5
_QUANTILE = 1.96
"""Of the normal distribution, for 95% intervals of means over many allocations."""
_MARKERS = "osD^vP<>h8"


def draw(
    data: Sequence[xr.Dataset],
    *,
    plateaus: Mapping[str, xr.DataArray],
    bounds: Mapping[str, xr.Dataset],
) -> Figure:
    """Draw the plateau of every allocation drawn against λ₂(S Sᵀ)/(r d), one panel per experiment.

    Supports that λ₂ bounds the worst case: with subsets in random order the plateau rises little
    with it, since their spread is the same on average for every regular allocation; it rises much
    if neighbouring subsets are alike and on the same devices. A small dot is one allocation, a
    large marker the mean of a kind with its 95% interval.
    """
    kinds = list(dict.fromkeys(str(kind) for panel in data for kind in _kinds(panel, bounds)))
    colors = dict(zip(kinds, style.ramp(len(kinds)), strict=True))
    with style.applied():
        width = style.COLUMN_WIDTH if len(data) == 1 else style.PAGE_WIDTH
        figure = Figure(figsize=(width, _HEIGHT), layout="constrained")
        axes = figure.subplots(1, len(data), squeeze=False, sharey=False)[0]
        for ax, panel, title in zip(axes, data, titles(data), strict=True):
            _draw_panel(ax, panel, plateaus, bounds, kinds, colors)
            ax.set_title(title)
            ax.set_xlabel(r"$\lambda_2(SS^\top)/(rd)$")
        axes[0].set_ylabel(r"plateau of $F - F^*$, % of $F^*$")
        entries = {
            kind.replace("_", " "): Line2D([], [], color=colors[kind], linestyle="", marker=marker)
            for kind, marker in zip(kinds, _MARKERS, strict=False)
        }
        columns = min(len(entries), 6)
        figure.legend(entries.values(), entries, loc="outside lower center", ncols=columns)
    return figure


def _kinds(panel: xr.Dataset, bounds: Mapping[str, xr.Dataset]) -> Any:
    return bounds[str(panel.attrs["experiment"])]["allocation"].values


def _draw_panel(
    ax: Any,
    panel: xr.Dataset,
    plateaus: Mapping[str, xr.DataArray],
    bounds: Mapping[str, xr.Dataset],
    kinds: Sequence[str],
    colors: Mapping[str, Any],
) -> None:
    name = str(panel.attrs["experiment"])
    known, measured = bounds[name], plateaus[name]
    drawn = list(zip(known["data_draw"].values, known["allocation_draw"].values, strict=True))
    ran = zip(measured["data_draw"].values, measured["allocation_draw"].values, strict=True)
    group = [drawn.index(pair) for pair in ran]
    for curve in range(known.sizes["curve"]):
        kind = str(known["allocation"].values[curve])
        x = known["spread_gain"].isel(curve=curve).to_numpy()[group]
        y = measured.isel(curve=curve).to_numpy()
        ax.plot(x, y, ".", color=colors[kind], markersize=1.2, alpha=0.5, zorder=1)
        half = _QUANTILE * float(y.std(ddof=1)) / len(y) ** 0.5 if len(y) > 1 else 0.0
        ax.errorbar(
            x.mean(),
            y.mean(),
            yerr=half,
            color=colors[kind],
            marker=_MARKERS[kinds.index(kind) % len(_MARKERS)],
            markeredgecolor="0.2",
            markeredgewidth=0.5,
            elinewidth=0.8,
            zorder=3,
        )
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(FixedLocator([0.2, 0.3, 0.4, 0.6, 0.8, 1.0]))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(ScalarFormatter())

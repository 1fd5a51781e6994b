"""A figure of training curves: one panel an experiment, mean and 95% band over trials."""

from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figures import style

_PANEL_HEIGHT = 1.75
_LEGEND_ROW_HEIGHT = 0.15


def training_curves(panels: Sequence[xr.Dataset], quantity: str, label: str) -> Figure:
    """Draw `quantity` against the iteration, a panel for each summary.

    Parameters
    ----------
    panels
        From `cradl.statistics.summary`: `quantity` with its ``_lower`` and ``_upper``.
    label
        Of the vertical, logarithmic axis.
    """
    names = list(dict.fromkeys(str(one) for panel in panels for one in panel["label"].values))
    legend_rows = -(-len(names) // 2)
    height = len(panels) * _PANEL_HEIGHT + legend_rows * _LEGEND_ROW_HEIGHT + 0.15
    figure, axes = style.figure(height=height, rows=len(panels))
    handles: dict[str, Any] = {}
    for index, (panel, ax) in enumerate(zip(panels, axes, strict=True)):
        handles |= _draw_panel(ax, panel, quantity)
        letter = f"({'abcdefghijklmnopqrstuvwxyz'[index]}) " if len(panels) > 1 else ""
        ax.set_title(f"{letter}{panel.attrs['title']}")
        ax.set_ylabel(label)
    axes[-1].set_xlabel("iteration $t$")
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=2)
    return figure


def _draw_panel(ax: Any, panel: xr.Dataset, quantity: str) -> dict[str, Any]:
    """Draw every curve with its band; return the legend's handles by label."""
    iterations = panel["iteration"].to_numpy()
    styles = style.lines(
        [str(one) for one in panel["method"].values],
        [str(one) for one in panel["aggregator"].values],
    )
    handles = {}
    for curve, line in enumerate(styles):
        one = panel.isel(curve=curve)
        mean = np.where(np.isfinite(one[quantity]), one[quantity], np.nan)
        lower, upper = one[f"{quantity}_lower"], one[f"{quantity}_upper"]
        # Markers of different curves are offset, so that curves that coincide stay countable.
        every = (curve, max(len(iterations) // 6, 1))
        (handle,) = ax.plot(
            iterations,
            mean,
            color=line.color,
            linestyle=line.linestyle,
            marker=line.marker,
            markevery=every,
            markerfacecolor="none",
            markeredgewidth=0.7,
        )
        ax.fill_between(iterations, lower, upper, color=line.color, alpha=0.25, linewidth=0)
        handles[str(one["label"].values)] = handle
    ax.set_yscale("log")
    ax.set_xlim(iterations[0], iterations[-1] or 1)
    ax.yaxis.set_major_formatter(mpl.ticker.LogFormatterSciNotation())
    return handles

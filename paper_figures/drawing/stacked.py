"""Panels of one series, one below the other, with a legend under them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figures.drawing import style
from paper_figures.drawing.naming import legend_order, rows_of, wrapped
from paper_figures.drawing.panels import draw_curves, lines_of, names_of, titles

_PANEL_HEIGHT, _LEGEND_ROW_HEIGHT = 1.7, 0.14
_SHORT_LABEL = 27
"""Characters of a label up to which two fit beside each other."""


def stacked(
    data: Sequence[xr.Dataset], quantity: str, label: str, *, logarithmic: bool = True
) -> Figure:
    """Draw a quantity of the summaries at all iterations, one panel per experiment.

    Parameters
    ----------
    data, quantity, label, logarithmic
        As in `paper_figures.drawing.panels.draw_curves`.
    """
    every = [name for panel in data for name in names_of(panel)]
    ends = [panel[quantity].isel(iteration=-1).to_numpy() for panel in data]
    names = legend_order(every, np.concatenate(ends).tolist())
    columns = 2 if max(map(len, names)) <= _SHORT_LABEL else 1
    rows = -(-rows_of(names) // columns) + 0.5
    height = len(data) * _PANEL_HEIGHT + rows * _LEGEND_ROW_HEIGHT + 0.2
    with style.applied():
        figure = Figure(figsize=(style.COLUMN_WIDTH, height), layout="constrained")
        axes = figure.subplots(len(data), 1, squeeze=False)[:, 0]
        handles: dict[str, Any] = {}
        for ax, panel, lines, title in zip(axes, data, lines_of(data), titles(data), strict=True):
            ax.set_title(title)
            drawn = draw_curves(ax, panel, quantity, lines, label, logarithmic=logarithmic)
            handles |= dict(zip(names_of(panel), drawn, strict=True))
        axes[-1].set_xlabel("iteration $t$")
        shown = [handles[name] for name in names]
        entries = [wrapped(name) for name in names]
        figure.legend(shown, entries, loc="outside lower center", ncols=columns)
    return figure

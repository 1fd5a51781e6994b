"""Training loss for several redundancies, with their Pareto front, as Fig. 3 of the paper shows."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figures import style
from paper_figures.panels import lines_of, training_curves
from paper_figures.pareto import draw_front

_PANEL_HEIGHT = 2.5
_MARGINS = {"left": 0.13, "right": 0.02, "bottom": 0.15, "top": 0.1}
"""Of an inset, for its labels and to the curves, in fractions of its panel."""


def draw(data: Sequence[xr.Dataset], *, after: Sequence[int]) -> Figure:
    """Draw F(x^t) for each redundancy, a panel for each experiment, with its front in an inset.

    Supports how much loss a device's redundancy r saves: the inset shows it after `after`
    iterations, where filled points are those that no other beats in both.
    """
    label = r"training loss $F(\mathbf{x}^t)$"
    figure = training_curves(data, "loss", label, panel_height=_PANEL_HEIGHT)
    # Where the curves leave room is known once the panels have their limits.
    for ax, panel, lines, iteration in zip(figure.axes, data, lines_of(data), after, strict=True):
        with style.applied_to_inset():
            inset = ax.inset_axes(_upper_right(ax))
            draw_front(inset, panel.sel(iteration=iteration), lines, joined="0.6")
            inset.set_title(f"after {iteration} iterations")
            inset.set_xlabel("$r$, subsets on each device")
    return figure


def _upper_right(ax: Any) -> tuple[float, float, float, float]:
    """Return the bounds of the largest inset above and right of all that is drawn, in fractions."""
    points = np.concatenate([line.get_xydata() for line in ax.lines])
    drawn = points[np.isfinite(points).all(axis=1)]
    x, y = ax.transAxes.inverted().transform(ax.transData.transform(drawn)).T
    corners = [(left, y[x >= left].max()) for left in np.unique(x)]
    sizes = [
        (
            1 - left - _MARGINS["left"] - _MARGINS["right"],
            1 - top - _MARGINS["bottom"] - _MARGINS["top"],
        )
        for left, top in corners
    ]
    width, height = max(sizes, key=lambda size: min(size) if min(size) <= 0 else size[0] * size[1])
    return (1 - _MARGINS["right"] - width, 1 - _MARGINS["top"] - height, width, height)

"""Training loss for several redundancies, with their Pareto front, as Fig. 3 of the paper shows."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figures.drawing import style
from paper_figures.drawing.front import draw_front
from paper_figures.drawing.panels import lines_of, training_curves

_PANEL_HEIGHT = 2.5
# Of the inset, in fractions of its panel; the gaps leave room for its labels.
_WIDTH, _LEAST_HEIGHT, _MOST_HEIGHT = 0.4, 0.3, 0.5
_LEFT_GAP, _RIGHT_GAP, _LOWER_GAP, _UPPER_GAP = 0.12, 0.03, 0.17, 0.1


def draw(data: Sequence[xr.Dataset], *, after: Sequence[int]) -> Figure:
    """Draw F(x^t) for each redundancy, one panel per experiment, with its front in an inset.

    Supports how much loss a device's redundancy r saves: the inset shows it after `after`
    iterations; filled points are those that no other beats in both.
    """
    label = r"training loss $F(\mathbf{x}^t)$"
    figure = training_curves(data, "loss", label, panel_height=_PANEL_HEIGHT)
    for ax, panel, lines, iteration in zip(figure.axes, data, lines_of(data), after, strict=True):
        with style.applied_to_inset():
            inset = ax.inset_axes(_above_the_curves(ax))
            # Filled and hollow must be told apart, which some markers cannot be.
            round_ones = [line._replace(marker="o") for line in lines]
            draw_front(inset, panel.sel(iteration=iteration), round_ones, joined="0.6")
            inset.set_title(f"after {iteration} iterations")
            inset.set_xlabel("$r$, subsets on each device")
    return figure


def _above_the_curves(ax: Any) -> tuple[float, float, float, float]:
    """Return the bounds of an inset in the upper right; raise the panel's top to make room."""
    points = np.concatenate([line.get_xydata() for line in ax.lines])
    points = points[np.isfinite(points).all(axis=1)]
    x, y = ax.transAxes.inverted().transform(ax.transData.transform(points)).T
    left = 1 - _RIGHT_GAP - _WIDTH
    highest = y[x >= min(left - _LEFT_GAP, x.max())].max()
    free = 1 - _LOWER_GAP - _UPPER_GAP
    bottom, top = np.log10(ax.get_ylim())
    stretch = max(1, highest / (free - _LEAST_HEIGHT))
    ax.set_ylim(top=10 ** (bottom + stretch * (top - bottom)))
    height = min(_MOST_HEIGHT, free - highest / stretch)
    return (left, 1 - _UPPER_GAP - height, _WIDTH, height)

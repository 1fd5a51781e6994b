"""Loss for several redundancies, and against the redundancy: Fig. 3 of the paper."""

from collections.abc import Sequence

import xarray as xr
from matplotlib.figure import Figure

from paper_figures.drawing import style
from paper_figures.drawing.front import draw_over_r, tick_redundancies
from paper_figures.drawing.naming import LINE_HEIGHT, name_ends, rows_of
from paper_figures.drawing.panels import EXCESS, draw_curves, early, lines_of, names_of, titles

_LEAST_HEIGHT, _OTHER_HEIGHT = 1.5, 0.45
"""In inches: of a panel, and of its title and the labels of its axis."""


def draw(data: Sequence[xr.Dataset], *, after: Sequence[int]) -> Figure:
    """Draw F(x^t) - F* for each redundancy r, one row per experiment, and against r.

    Supports how much loss a device's redundancy saves: the right panels show it after `after`
    iterations, with a ring at the best r.
    """
    inner = [max(_LEAST_HEIGHT, LINE_HEIGHT * rows_of(names_of(panel))) for panel in data]
    heights = [one + _OTHER_HEIGHT for one in inner]
    with style.applied():
        figure = Figure(figsize=(style.PAGE_WIDTH, sum(heights)), layout="constrained")
        grid = figure.subplots(
            *(len(data), 2), squeeze=False, height_ratios=heights, width_ratios=(1, 1)
        )
        for axes, panel, lines, title, iteration, height in zip(
            grid, data, lines_of(data), titles(data), after, inner, strict=True
        ):
            shown = early(panel)
            axes[0].set_title(title)
            draw_curves(axes[0], shown, "excess_loss", lines, EXCESS)
            ends = shown["excess_loss"].isel(iteration=-1).to_numpy()
            name_ends(axes[0], names_of(panel), ends, lines, height)
            axes[1].set_title(f"after {iteration} iterations")
            axes[1].set_ylabel(EXCESS)
            draw_over_r(axes[1], panel.sel(iteration=iteration), lines, "against r", "0.6")
            tick_redundancies(axes[1], panel["r"].to_numpy())
        grid[-1, 0].set_xlabel("iteration $t$")
        grid[-1, 1].set_xlabel("$r$, subsets on each device; ring: the least loss")
    return figure

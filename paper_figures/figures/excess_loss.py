"""Excess of the training loss over its minimum: the early iterations, and the plateau."""

from collections.abc import Sequence

import xarray as xr
from matplotlib.figure import Figure

from paper_figures.drawing import style
from paper_figures.drawing.naming import LINE_HEIGHT, name_ends, rows_of
from paper_figures.drawing.panels import EXCESS, draw_curves, early, lines_of, names_of, titles
from paper_figures.drawing.plateaus import draw_plateaus

_LEAST_HEIGHT, _OTHER_HEIGHT = 1.25, 0.45
"""In inches: of a panel, and of its title and the labels of its axis."""


def draw(data: Sequence[xr.Dataset]) -> Figure:
    """Draw F(x^t) - F*, one row per experiment: its early iterations, then its plateaus.

    Supports which method is the fastest and which has the smallest solution error: its plateau is
    that error, which the loss itself hides under F*. A run too short for a plateau has no second
    panel, and its curves are named at their ends.
    """
    inner = [max(_LEAST_HEIGHT, LINE_HEIGHT * rows_of(names_of(panel))) for panel in data]
    heights = [one + _OTHER_HEIGHT for one in inner]
    with style.applied():
        figure = Figure(figsize=(style.PAGE_WIDTH, sum(heights)), layout="constrained")
        columns = 2 if any("plateau_excess" in panel for panel in data) else 1
        grid = figure.subplots(len(data), columns, squeeze=False, height_ratios=heights)
        for axes, panel, lines, title, height in zip(
            grid, data, lines_of(data), titles(data), inner, strict=True
        ):
            shown = early(panel)
            axes[0].set_title(title)
            draw_curves(axes[0], shown, "excess_loss", lines, EXCESS)
            if "plateau_excess" in panel:
                draw_plateaus(axes[1], panel, lines, title=title)
            else:
                ends = shown["excess_loss"].isel(iteration=-1).to_numpy().tolist()
                name_ends(axes[0], names_of(panel), ends, lines, height)
                for ax in axes[1:]:
                    ax.set_axis_off()
        for ax in grid[:-1].flat:
            ax.set_xlabel("")
        grid[-1, 0].set_xlabel("iteration $t$")
    return figure

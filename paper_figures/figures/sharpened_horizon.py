"""Theorems 1′ and 2′ against T: what they bound, measured, below the bound known before the run."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from paper_figures.drawing import bound_sides, style
from paper_figures.drawing.panels import lettered, lines_of
from paper_figures.drawing.primed_sides import known_before, primed_sides
from paper_figures.drawing.values import note


def draw(
    data: Sequence[xr.Dataset],
    *,
    sharpened: Mapping[str, xr.Dataset],
    bounds: Mapping[str, xr.Dataset],
) -> Figure:
    """Draw the mean squared gradient (the least one if rates decay) below its bound.

    Supports that Theorems 1′ and 2′ give finite bounds, known before the run, where those of the
    paper do not apply, at every T.
    """
    panels = [primed_sides(panel, sharpened, bounds) for panel in data]
    styles = lines_of(panels)
    named = {
        str(label): line
        for panel, lines in zip(panels, styles, strict=True)
        for label, line in zip(panel["label"].values, lines, strict=True)
    }
    titles = lettered([style.printed(panel.attrs["title"]) for panel in panels])
    with style.applied():
        figure, axes, columns = bound_sides.canvas(len(panels), len(named), max(map(len, named)), 2)
        for ax, panel, lines, title in zip(axes, panels, styles, titles, strict=True):
            ax.set_title(title)
            _draw_panel(ax, panel, lines)
        _legend(figure, named, columns)
    return figure


def _draw_panel(ax: Any, panel: xr.Dataset, lines: Sequence[style.Line]) -> None:
    x = np.arange(panel.sizes["iteration"]) + 1.0
    before = known_before(panel).to_numpy()
    for curve, line in enumerate(lines):
        sides = panel.isel(curve=curve)
        # Curves lie close together: each has its markers where the others have none.
        places = bound_sides.marked(len(x), curve, len(lines))
        measured = sides["measured"].to_numpy()
        bound_sides.draw_measured(ax, x, measured, line, markevery=places)
        lower, upper = sides["lower"].to_numpy(), sides["upper"].to_numpy()
        ax.fill_between(x, lower, upper, color=line.color, alpha=0.25, linewidth=0)
        bound_sides.draw_bound(ax, x, before[curve], line, markevery=places)
        label = str(sides["label"].item())
        note(ax, f"{label}, measured", x, measured, lower, upper)
        note(ax, f"{label}, bound", x, before[curve])
    ax.set_xscale("log")
    ax.set_xlim(x[0], max(x[-1], 2))
    bound_sides.set_logarithmic(ax, [panel["measured"].to_numpy(), before])
    ax.set_xlabel("$T + 1$, iterations")
    ax.set_ylabel(bound_sides.label_of(f"theorem{one}" for one in panel["theorem"].values))


def _legend(figure: Figure, named: Mapping[str, style.Line], columns: int) -> None:
    # Two lists, because a curve may be called like a kind of line.
    handles = [
        Line2D([], [], color=line.color, linestyle="", **bound_sides.markers(line))
        for line in named.values()
    ]
    labels = [style.printed(name) for name in named]
    handles += [
        Line2D([], [], color="0.3"),
        Line2D([], [], color="0.3", linestyle=bound_sides.BOUND_STYLE),
    ]
    labels += ["measured, 95% band for all $T$ at once", "bound, known before the run"]
    figure.legend(handles, labels, loc="outside lower center", ncols=columns)

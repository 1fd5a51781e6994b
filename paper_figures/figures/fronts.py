"""Loss against redundancy for several aggregation rules: the Pareto front of each."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, NullLocator, ScalarFormatter

from paper_figures.drawing import style
from paper_figures.drawing.front import draw_front
from paper_figures.drawing.names import rule_name
from paper_figures.drawing.panels import titles

_PANEL_HEIGHT = 2.1
_LEGEND_HEIGHT = 0.45


def draw(data: Sequence[xr.Dataset], *, after: Sequence[int]) -> Figure:
    """Draw the loss after some iterations against r, one line per rule.

    Supports which redundancy pays with which rule: filled points are those of the rule that no
    other of it beats in both. Loss above that of the start is outside the panel.
    """
    rules = list(dict.fromkeys(rule for panel in data for rule in _rules(panel)))
    lines = dict(
        zip(rules, style.lines(["cra_dl"] * len(rules), rules, [""] * len(rules)), strict=True)
    )
    height = len(data) * _PANEL_HEIGHT + _LEGEND_HEIGHT
    with style.applied():
        figure = Figure(figsize=(style.COLUMN_WIDTH, height), layout="constrained")
        axes = figure.subplots(len(data), 1, squeeze=False)[:, 0]
        for ax, panel, title, iteration in zip(axes, data, titles(data), after, strict=True):
            _draw_panel(ax, panel, iteration, lines)
            ax.set_title(f"{title} (after {iteration} iterations)")
        uncoded = any("rba_dl" in panel["method"] for panel in data)
        ending = " (the smallest without coding)" if uncoded else ""
        axes[-1].set_xlabel(f"$r$, subsets on each device{ending}")
        handles = [
            Line2D([], [], color=line.color, marker=line.marker, label=rule_name(rule))
            for rule, line in lines.items()
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


def _rules(panel: xr.Dataset) -> list[str]:
    """Return the rule of each curve; methods that have none come with the mean."""
    return [str(rule) for rule in panel["aggregator"].values if rule != "mean"]


def _draw_panel(ax: Any, panel: xr.Dataset, iteration: int, lines: dict[str, style.Line]) -> None:
    points = panel.sel(iteration=iteration)
    start = panel["loss"].isel(iteration=0).max()
    # The intervals of points outside would cross the whole panel.
    inside = points["loss"] <= start
    points = points.assign({end: points[end].where(inside) for end in ("loss_lower", "loss_upper")})
    for rule in dict.fromkeys(_rules(panel)):
        chosen = points.isel(curve=points["aggregator"].to_numpy() == rule)
        line = lines[rule]
        draw_front(ax, chosen, [line] * chosen.sizes["curve"], joined=line.color)
    bottom, top = ax.get_ylim()
    ax.set_ylim(bottom, min(top, start.item()))
    ax.set_ylabel(r"training loss $F(\mathbf{x}^t)$")
    ax.xaxis.set_major_locator(FixedLocator(np.unique(points["r"]).tolist()))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(ScalarFormatter())

"""Loss against redundancy for several aggregation rules, one line per rule."""

from collections.abc import Sequence
from typing import Any

import xarray as xr
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from paper_figures.drawing import style
from paper_figures.drawing.front import draw_over_r, tick_redundancies
from paper_figures.drawing.names import rule_name
from paper_figures.drawing.naming import legend_order
from paper_figures.drawing.panels import EXCESS, titles

_PANEL_HEIGHT, _LEGEND_HEIGHT = 2.1, 0.45


def draw(data: Sequence[xr.Dataset], *, after: Sequence[int]) -> Figure:
    """Draw the excess loss after some iterations against r, one line per rule.

    Supports which redundancy pays with which rule: a ring marks the best r of each. Loss above
    that of the start is outside the panel.
    """
    rules = list(dict.fromkeys(rule for panel in data for rule in _rules(panel)))
    known = style.lines(["cra_dl"] * len(rules), rules, [""] * len(rules))
    lines = dict(zip(rules, known, strict=True))
    height = len(data) * _PANEL_HEIGHT + _LEGEND_HEIGHT
    with style.applied():
        figure = Figure(figsize=(style.COLUMN_WIDTH, height), layout="constrained")
        axes = figure.subplots(len(data), 1, squeeze=False)[:, 0]
        for ax, panel, title, iteration in zip(axes, data, titles(data), after, strict=True):
            ax.set_title(f"{title} (after {iteration} iterations)")
            _draw_panel(ax, panel, iteration, lines)
        chosen = data[0].sel(iteration=after[0])
        ruled = chosen.isel(curve=chosen["aggregator"].to_numpy() != "mean")
        order = legend_order(_rules(ruled), ruled["excess_loss"].to_numpy())
        uncoded = any("rba_dl" in panel["method"] for panel in data)
        ending = " (hollow: without coding)" if uncoded else ""
        axes[-1].set_xlabel(f"$r$, subsets on each device{ending}")
        handles = [
            Line2D([], [], label=rule_name(rule), **lines[rule].artist())
            for rule in dict.fromkeys([*order, *rules])
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


def _rules(panel: xr.Dataset) -> list[str]:
    """Return the rule of each curve; methods that have none come with the mean."""
    return [str(rule) for rule in panel["aggregator"].values if rule != "mean"]


def _draw_panel(ax: Any, panel: xr.Dataset, iteration: int, lines: dict[str, style.Line]) -> None:
    points = panel.sel(iteration=iteration)
    start = panel["excess_loss"].isel(iteration=0).max()
    # The intervals of points outside would cross the whole panel.
    inside = points["excess_loss"] <= start
    ends = ("excess_loss_lower", "excess_loss_upper")
    points = points.assign({end: points[end].where(inside) for end in ends})
    for rule in dict.fromkeys(_rules(panel)):
        chosen = points.isel(curve=points["aggregator"].to_numpy() == rule)
        coded = chosen["method"].to_numpy() != "rba_dl"
        looks = [lines[rule]._replace(filled=bool(one)) for one in coded]
        draw_over_r(ax, chosen, looks, rule_name(rule), lines[rule].color)
    bottom, top = ax.get_ylim()
    ax.set_ylim(bottom, min(top, start.item()))
    ax.set_ylabel(EXCESS)
    tick_redundancies(ax, points["r"].to_numpy())

"""Inputs on which constants of Table I are too small, on their line or in their plane."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle

from paper_figures.drawing import style
from paper_figures.drawing.names import rule_name

_LINE_HEIGHT, _PLANE_HEIGHT = 1.0, 2.9
_STACK = 0.16
"""Of the height of a number line, from one message to the next at the same place."""
_NAMES = {
    "honest": ("o", style.HONEST, "honest message (with how many are there)"),
    "byzantine": ("X", style.BYZANTINE, "Byzantine message"),
    "mean": ("|", "black", "mean of the honest messages"),
    "aggregate": ("*", "#0072b2", "what the rule returns"),
}


def draw(data: Sequence[xr.Dataset], *, counterexamples: Sequence[dict[str, Any]]) -> Figure:
    """Draw each counterexample: messages, honest mean, aggregate, and the ball that is printed.

    Supports that the printed constants of the median and Krum are too small: the aggregate lies
    outside the shaded ball of radius C_α √ς around the honest mean, which (7) says it is in. Beyond
    α = 1/3 the printed constant of FABA is negative, so that there is no ball.
    """
    lines = [example for example in counterexamples if example["D"] == 1]
    planes = [example for example in counterexamples if example["D"] == 2]
    with style.applied():
        height = len(lines) * _LINE_HEIGHT + 0.4
        figure = Figure(
            figsize=(style.PAGE_WIDTH, max(height, _PLANE_HEIGHT)), layout="constrained"
        )
        grid = figure.add_gridspec(len(lines), 2, width_ratios=(1.35, 1))
        for row, example in enumerate(lines):
            _draw_line(figure.add_subplot(grid[row, 0]), example)
        for example in planes[:1]:
            _draw_plane(figure.add_subplot(grid[:, 1]), example)
        entries: dict[str, Any] = {
            says: Line2D([], [], color=color, marker=marker, linestyle="")
            for marker, color, says in _NAMES.values()
        }
        entries[r"within $C_\alpha \sqrt{\varsigma}$, printed"] = Line2D(
            [], [], color="0.8", linewidth=5
        )
        figure.legend(entries.values(), entries, loc="outside lower center", ncols=3)
    return figure


def _title(example: dict[str, Any]) -> str:
    name = rule_name(example["rule"])
    sizes = f"$N = {example['N']}$, $f = {example['f']}$"
    return f"{name}, {sizes}: {example['reached']:.4g} > {example['printed']:.4g}"


def _draw_line(ax: Any, example: dict[str, Any]) -> None:
    """Draw numbers above their line, those at one place with their count."""
    ax.set_title(_title(example))
    radius = _radius(example)
    if radius:
        ax.axvspan(example["mean"][0] - radius, example["mean"][0] + radius, color="0.87", zorder=0)
    for kind in ("honest", "byzantine"):
        marker, color, _ = _NAMES[kind]
        places, counts = np.unique([point[0] for point in example[kind]], return_counts=True)
        ax.plot(places, np.full(len(places), 0.35), marker, color=color, markersize=4.5)
        for place, count in zip(places, counts, strict=True):
            if count > 1:
                above = {"textcoords": "offset points", "xytext": (0, 5), "ha": "center"}
                ax.annotate(f"{count}", (place, 0.35), fontsize=6, color=color, **above)
    ax.plot(example["mean"][:1], [0.0], "|", color="black", markersize=9)
    ax.plot(example["aggregate"][:1], [0.0], "*", color=_NAMES["aggregate"][1], markersize=6.5)
    ax.set_ylim(-0.3, 0.95)
    ax.set_yticks([])
    ax.grid(visible=False)
    ax.margins(x=0.06)


def _draw_plane(ax: Any, example: dict[str, Any]) -> None:
    ax.set_title(_title(example))
    radius = _radius(example)
    if radius:
        ax.add_patch(Circle(example["mean"], radius, facecolor="0.87", edgecolor="none", zorder=0))
    for kind in ("honest", "byzantine"):
        marker, color, _ = _NAMES[kind]
        points, counts = np.unique(np.array(example[kind]), axis=0, return_counts=True)
        ax.plot(points[:, 0], points[:, 1], marker, color=color, markersize=5)
        for point, count in zip(points, counts, strict=True):
            beside = {"textcoords": "offset points", "xytext": (5, 4), "fontsize": 6}
            ax.annotate(f"{count}", point, color=color, **beside)
    ax.plot(*example["mean"], "|", color="black", markersize=9)
    ax.plot(*example["aggregate"], "*", color=_NAMES["aggregate"][1], markersize=7)
    ax.set_aspect("equal")
    ax.margins(0.1)


def _radius(example: dict[str, Any]) -> float:
    """Return C_α √ς, 0 if the printed constant is no square."""
    return float(np.sqrt(max(example["printed"], 0.0) * example["largest"]))

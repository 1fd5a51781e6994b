"""Inputs on which constants of Table I are too small, on their number line."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from paper_figures.drawing import style
from paper_figures.drawing.names import rule_name
from paper_figures.drawing.panels import lettered
from paper_figures.drawing.values import note

_ROW_HEIGHT = 1.2
_NARROW = 0.05
"""Of the allowed distance: what goes beyond it by less is shown enlarged in a panel of its own."""
_BALL: dict[str, Any] = {"facecolor": "0.87", "edgecolor": "0.55", "linewidth": 0.6}
_NAMES = {
    "honest": ("o", style.HONEST, "honest message (with how many are there)"),
    "byzantine": ("X", style.BYZANTINE, "Byzantine message"),
    "mean": ("|", "black", "mean of the honest messages"),
    "aggregate": ("*", "#0072b2", "what the rule returns"),
}
_MESSAGES, _RESULTS = 0.4, 0.0
"""Heights above the number line."""


def draw(data: Sequence[xr.Dataset], *, counterexamples: Sequence[dict[str, Any]]) -> Figure:
    """Draw counterexamples of one coordinate: messages, honest mean, aggregate, what is allowed.

    Supports that the printed constants of the median and Krum are too small: the aggregate lies
    outside the shaded range of radius C_α √ς around the honest mean, which (7) says it is in. Those
    of a rule without a positive constant have no such range and are left out.
    """
    shown = [one for one in counterexamples if one["D"] == 1 and one["printed"] > 0]
    panels = [(one, enlarged) for one in shown for enlarged in _views(one)]
    with style.applied():
        rows = -(-len(panels) // 2)
        size = (style.PAGE_WIDTH, rows * _ROW_HEIGHT + 0.4)
        figure = Figure(figsize=size, layout="constrained")
        axes = list(figure.subplots(rows, 2, squeeze=False).flat)
        titles = lettered([_title(one, enlarged=enlarged) for one, enlarged in panels])
        for ax, title, (one, enlarged) in zip(axes, titles, panels, strict=False):
            ax.set_title(title)
            _draw_line(ax, one, enlarged=enlarged)
        for ax in axes[len(panels) :]:
            ax.remove()
        entries: dict[str, Any] = {
            says: Line2D([], [], color=color, marker=marker, linestyle="")
            for marker, color, says in _NAMES.values()
        }
        entries[r"allowed by Table I: within $C_\alpha \sqrt{\varsigma}$ of it"] = Patch(**_BALL)
        figure.legend(entries.values(), entries, loc="outside lower center", ncols=3)
    return figure


def _views(example: dict[str, Any]) -> list[bool]:
    """Tell of each panel of a counterexample whether it is the enlarged one."""
    beyond = _error(example) / _radius(example) - 1
    return [False, True] if beyond < _NARROW else [False]


def _error(example: dict[str, Any]) -> float:
    return float(abs(example["aggregate"][0] - example["mean"][0]))


def _radius(example: dict[str, Any]) -> float:
    """Return C_α √ς."""
    return float(np.sqrt(example["printed"] * example["largest"]))


def _title(example: dict[str, Any], *, enlarged: bool) -> str:
    error, allowed = _error(example), _radius(example)
    name = rule_name(example["rule"])
    if enlarged:
        return f"{name}, enlarged: error {error:.3f}, allowed {allowed:.3f}"
    # Krum's differ in the third digit.
    digits = 4 if error**2 < (1 + _NARROW) * allowed**2 else 2
    said = f"error² {error**2:.{digits}g} > bound {allowed**2:.{digits}g}"
    return f"{name}, $N = {example['N']}$, $f = {example['f']}$: {said}"


def _draw_line(ax: Any, example: dict[str, Any], *, enlarged: bool) -> None:
    """Draw numbers above their line, those at one place with their count."""
    (mean, *_), (aggregate, *_), radius = example["mean"], example["aggregate"], _radius(example)
    ax.axvspan(mean - radius, mean + radius, zorder=0, **_BALL)
    for kind in ("honest", "byzantine"):
        marker, color, says = _NAMES[kind]
        places, counts = np.unique([point[0] for point in example[kind]], return_counts=True)
        ax.plot(places, np.full(len(places), _MESSAGES), marker, color=color, markersize=4.5)
        for place, count in zip(places, counts, strict=True):
            if count > 1:
                above = {"textcoords": "offset points", "xytext": (0, 5), "ha": "center"}
                ax.annotate(
                    f"{count}", (place, _MESSAGES), fontsize=6, color=color, clip_on=True, **above
                )
        if not enlarged:
            note(ax, says, places, counts)
    ax.plot([mean, aggregate], [_RESULTS] * 2, color=_NAMES["aggregate"][1], linewidth=0.8)
    ax.plot(mean, _RESULTS, "|", color="black", markersize=9)
    ax.plot(aggregate, _RESULTS, "*", color=_NAMES["aggregate"][1], markersize=6.5)
    if not enlarged:
        note(ax, "error² of what the rule returns", [aggregate], [_error(example) ** 2])
        note(ax, "bound on the error²", [aggregate], [radius**2])
    ax.set_ylim(-0.35, 1.0)
    ax.set_yticks([])
    ax.grid(visible=False)
    ax.margins(x=0.06)
    if enlarged:
        _enlarge(ax, mean + np.copysign(radius, aggregate - mean), aggregate)


def _enlarge(ax: Any, edge: float, aggregate: float) -> None:
    """Show the end of what is allowed and the aggregate beyond it, far apart."""
    beyond = aggregate - edge
    ax.set_xlim(*sorted((edge - 2 * beyond, aggregate + beyond)))
    ax.axvline(edge, color=_BALL["edgecolor"], linewidth=0.8)
    at = {"ha": "right" if beyond > 0 else "left", "va": "top", "fontsize": 6, "color": "0.3"}
    ax.annotate(
        "end of what is allowed ",
        (edge, 0.95),
        xycoords=("data", "axes fraction"),
        **at,
    )

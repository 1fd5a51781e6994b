"""Effect of the choices that the paper does not print: one row per curve, grouped by choice."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from paper_figures.drawing import style
from paper_figures.drawing.values import note

_EARLY = (5, 10)
_ROW_HEIGHT = 0.125
_OTHER_HEIGHT = 0.45
"""Of the column titles and the axes' labels."""


class _Row(NamedTuple):
    label: str
    line: style.Line | None
    """None: the heading of a group."""
    values: dict[str, tuple[float, float, float]]
    """Mean, lower and upper end in each column for which the run is long enough."""


def draw(data: Sequence[xr.Dataset]) -> Figure:
    """Draw excess loss early and on the plateau, one group of rows per experiment.

    Supports that the order of the methods does not hang on the choices that the paper does not
    print. A loss above that of the start is an open triangle at the right edge.
    """
    rows = _rows(data)
    shown = {column for row in rows for column in row.values}
    columns = [column for column in _columns() if column in shown]
    if not columns:
        raise ValueError(
            f"need an experiment with iteration {_EARLY[0]}, "
            f"got at most {max(int(panel['iteration'][-1]) for panel in data)}"
        )
    with style.applied():
        height = len(rows) * _ROW_HEIGHT + _OTHER_HEIGHT
        figure = Figure(figsize=(style.PAGE_WIDTH, height), layout="constrained")
        axes = figure.subplots(1, len(columns), sharey=True, squeeze=False)[0]
        for ax, column in zip(axes, columns, strict=True):
            _draw_column(ax, rows, column)
        _name_rows(axes[0], rows)
    return figure


def _columns() -> dict[str, str]:
    """Return the columns, each with its label."""
    early = {f"{t}": f"$F(\\mathbf{{x}}^t) - F^*$ at $t = {t}$" for t in _EARLY}
    return early | {"plateau": "plateau, % of $F^*$"}


def _rows(panels: Sequence[xr.Dataset]) -> list[_Row]:
    """Return the rows from top to bottom."""
    rows: list[_Row] = []
    for panel in panels:
        rows.append(_Row(panel.attrs["title"], None, {}))
        kinds = [[str(value) for value in panel[key].values] for key in ("method", "aggregator")]
        lines = style.lines(*kinds, [""] * panel.sizes["curve"])
        rows += [
            _Row(str(panel["label"].values[curve]), line, _values(panel.isel(curve=curve)))
            for curve, line in enumerate(lines)
        ]
    return rows


def _values(curve: xr.Dataset) -> dict[str, tuple[float, float, float]]:
    """Return a curve's value in each column; infinity if it is larger than at the start."""
    shown = {
        f"{t}": ("excess_loss", curve.sel(iteration=t)) for t in _EARLY if t in curve["iteration"]
    }
    if "plateau_excess" in curve:
        shown["plateau"] = ("plateau_excess", curve.isel(iteration=-1))
    start = curve["excess_loss"][0]
    return {
        column: (
            point[name].item() if point["excess_loss"] <= start else np.inf,
            point[f"{name}_lower"].item(),
            point[f"{name}_upper"].item(),
        )
        for column, (name, point) in shown.items()
    }


def _draw_column(ax: Any, rows: Sequence[_Row], column: str) -> None:
    ax.set_xscale("log")
    ax.set_xlabel(_columns()[column])
    ax.grid(visible=False, axis="y")
    ax.tick_params(axis="y", length=0)
    if column == "plateau":
        # Less than two decades, as a rule.
        ax.xaxis.set_major_locator(LogLocator(subs=(1, 3)))
        ax.xaxis.set_major_formatter("{x:g}")
    ax.xaxis.set_minor_formatter(NullFormatter())
    heading = ""
    for place, row in enumerate(rows):
        if row.line is None:
            heading = row.label
            ax.axhline(place - 0.5, color="0.8", linewidth=0.5)
        elif column in row.values:
            _draw_value(ax, place, row.line, *row.values[column])
            note(ax, row.label, column, *row.values[column], panel=heading)


def _draw_value(
    ax: Any, place: int, line: style.Line, mean: float, lower: float, upper: float
) -> None:
    """Draw one mean with its interval, hollow if the method is dashed elsewhere."""
    if np.isinf(mean):
        ax.plot(
            1,
            place,
            ">",
            color=line.color,
            markerfacecolor="white",
            transform=ax.get_yaxis_transform(),
            clip_on=False,
        )
        return
    ax.errorbar(
        mean,
        place,
        xerr=[[mean - lower], [upper - mean]],
        color=line.color,
        marker=line.marker,
        markerfacecolor=line.color if line.linestyle == "-" else "white",
        markeredgewidth=0.7,
        elinewidth=0.8,
    )


def _name_rows(ax: Any, rows: Sequence[_Row]) -> None:
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_yticks(range(len(rows)), [style.printed(row.label) for row in rows])
    for row, text in zip(rows, ax.get_yticklabels(), strict=True):
        if row.line is None:
            text.set_fontweight("bold")

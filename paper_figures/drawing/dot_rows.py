"""Rows of dots on a logarithmic axis of ratios: bound over measured."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from matplotlib.ticker import FuncFormatter, NullFormatter

from paper_figures.drawing import style
from paper_figures.drawing.values import note

ROW_HEIGHT = 0.13
"""In inches."""
LABEL = "bound over measured, least over $T$"
_ROOM = 1.35
"""Factor by which the axis goes beyond the largest and the smallest dot."""


class Dot(NamedTuple):
    """One ratio in a row."""

    curve: str
    """What it is of, in the data of the figure."""
    ratio: float
    look: dict[str, Any]
    """Colour, marker and face of the dot, as `Axes.plot` takes them."""
    up: float = 0.0
    """How far above the middle of its row, in rows."""


class Row(NamedTuple):
    """One row, or the heading of those after it."""

    label: str
    dots: Sequence[Dot] = ()
    said: str = ""
    """Written at the right end."""
    heading: bool = False


def draw_rows(ax: Any, rows: Sequence[Row], limits: tuple[float, float]) -> None:
    """Draw the rows from top to bottom, with a line at 1, below which a bound would be wrong."""
    ax.set_xscale("log")
    ax.set_xlim(*limits)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.axvspan(limits[0], 1, facecolor="white", edgecolor="0.8", hatch="/////", linewidth=0)
    ax.axvline(1, color="0.2", linewidth=0.9)
    for place, row in enumerate(rows):
        if row.heading:
            _draw_heading(ax, row, place)
        for dot in row.dots:
            ax.plot(dot.ratio, place - dot.up, linestyle="", zorder=3, **dot.look)
        at = {"ha": "right", "va": "center", "fontsize": 5.5, "color": "0.3"}
        ax.text(0.99, place, row.said, transform=ax.get_yaxis_transform(), **at)
    ax.grid(visible=False, axis="y")
    ax.tick_params(axis="y", length=0)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_xlabel(LABEL)
    # Headings stand inside, where their rows have no dots.
    names = ["" if row.heading else style.printed(row.label) for row in rows]
    ax.set_yticks(range(len(rows)), names)


def limits_of(rows: Sequence[Row]) -> tuple[float, float]:
    """Return an axis that holds the dots of all rows, and 1 with some room before it."""
    ratios = [dot.ratio for row in rows for dot in row.dots]
    return min([0.7, *(one / _ROOM for one in ratios)]), max([10, *(one * _ROOM for one in ratios)])


def note_rows(ax: Any, rows: Sequence[Row]) -> None:
    """Note the dots: panel and heading, curve, the row's label, the ratio."""
    title = panel = ax.get_title(loc="left")
    for row in rows:
        if row.heading:
            panel = ": ".join(filter(None, [title, row.label]))
        for dot in row.dots:
            note(ax, dot.curve, [row.label], [dot.ratio], panel=panel)


def _draw_heading(ax: Any, row: Row, place: int) -> None:
    if place:
        ax.axhline(place - 0.5, color="0.7", linewidth=0.5)
    beside = {"textcoords": "offset points", "xytext": (3, 0), "va": "center", "fontsize": 6.5}
    name = style.printed(row.label)
    text = ax.annotate(name, (1, place), fontweight="bold", zorder=4, **beside)
    text.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 0.5})

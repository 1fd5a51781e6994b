"""Theorem 1′ (2′ for rates that decay): bound over measured, from a priori to measured forms."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from paper_figures.drawing import bound_sides, style
from paper_figures.drawing.dot_rows import ROW_HEIGHT, Dot, Row, draw_rows, limits_of, note_rows
from paper_figures.drawing.panels import lettered, lines_of
from paper_figures.drawing.primed_sides import by_rate, known_before, least_ratio, primed_sides

_FORMS: Mapping[str, str] = {
    "before": "known before the run",
    "sigma measured": "σ measured",
    "spread measured": "spread measured",
    "error measured": "errors measured",
}
"""From those that know least of a run to those that know most."""
_APART = 0.2
"""Of a row, from one curve's dot to the next one's."""
_OTHER_HEIGHT = 0.85
"""Of titles, axis and legend, in inches."""


def draw(
    data: Sequence[xr.Dataset],
    *,
    sharpened: Mapping[str, xr.Dataset],
    bounds: Mapping[str, xr.Dataset],
) -> Figure:
    """Draw one dot per curve and form: the bound over what is measured, least over T.

    Supports that Theorem 1′ gives finite bounds where those of the paper do not apply, and shows
    which step makes them loose: with σ of the iterates in place of a constant, the spread of the
    coded gradients in place of λ₂ σ, the errors themselves in place of the rule's constant. What is
    measured is the upper end of its 95% interval. Curves that differ in the rate γ stand in panels
    of their own.
    """
    parts = [
        (rate, part)
        for panel in data
        for rate, part in by_rate(primed_sides(panel, sharpened, bounds)).items()
    ]
    styles = lines_of([part for _, part in parts])
    dots = {
        (rate, part.attrs["title"]): _dots(part, lines)
        for (rate, part), lines in zip(parts, styles, strict=True)
    }
    columns = _columns(dots)
    limits = limits_of([row for rows in columns.values() for row in rows])
    named = {
        str(label): line
        for (_, part), lines in zip(parts, styles, strict=True)
        for label, line in zip(part["label"].values, lines, strict=True)
    }
    with style.applied():
        width = style.PAGE_WIDTH if len(columns) > 1 else style.COLUMN_WIDTH
        height = max(map(len, columns.values())) * ROW_HEIGHT + _OTHER_HEIGHT
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = figure.subplots(1, len(columns), sharey=True, squeeze=False)[0]
        titles = lettered([f"γ = {rate}" if rate else "" for rate in columns])
        for ax, rows, title in zip(axes, columns.values(), titles, strict=True):
            ax.set_title(title)
            draw_rows(ax, rows, limits)
            note_rows(ax, rows)
        _legend(figure, named)
    return figure


def _dots(sides: xr.Dataset, lines: Sequence[style.Line]) -> dict[str, list[Dot]]:
    """Return the dots of each form; a form without any is left out."""
    found: dict[str, list[Dot]] = {}
    middle = (len(lines) - 1) / 2
    for form, name in _FORMS.items():
        bound = known_before(sides) if form == "before" else sides["bound"].sel(form=form)
        for place, (ratio, line) in enumerate(zip(least_ratio(bound, sides), lines, strict=True)):
            if np.isfinite(ratio):
                look = bound_sides.markers(line) | {"color": line.color}
                label = str(sides["label"].values[place])
                up = _APART * min(1, 2 / len(lines)) * (middle - place)
                found.setdefault(name, []).append(Dot(label, float(ratio), look, up))
    return found


def _columns(dots: Mapping[tuple[str, str], Mapping[str, Sequence[Dot]]]) -> dict[str, list[Row]]:
    """Return the rows of each rate, in all the same: each title, and its forms with a dot."""
    columns: dict[str, list[Row]] = {rate: [] for rate, _ in dots}
    for title in dict.fromkeys(title for _, title in dots):
        shown = [found for (_, other), found in dots.items() if other == title]
        names = [name for name in _FORMS.values() if any(name in found for found in shown)]
        for rate, rows in columns.items():
            rows.append(Row(title, heading=True))
            for name in names:
                of_rate = dots.get((rate, title), {}).get(name, ())
                rows.append(Row(name, of_rate, "" if of_rate else "no bound"))
    return columns


def _legend(figure: Figure, named: Mapping[str, style.Line]) -> None:
    handles: list[Any] = [
        Line2D([], [], color=line.color, linestyle="", **bound_sides.markers(line))
        for line in named.values()
    ]
    labels = [*map(style.printed, named)]
    figure.legend(handles, labels, loc="outside lower center", ncols=3)

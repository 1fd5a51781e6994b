"""Theorems 1 and 2 against T: both sides, measured and bound."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figures.drawing import bound_sides, style
from paper_figures.drawing.panels import lines_of, titles
from paper_figures.drawing.values import note

_FEW = 4
"""Up to so many curves of an experiment are all drawn."""


def draw(
    data: Sequence[xr.Dataset],
    *,
    left_sides: Mapping[str, xr.Dataset],
    bounds: Mapping[str, xr.Dataset],
) -> Figure:
    """Draw both sides of the theorems against T, one panel per experiment.

    Supports that the bounds hold at every T, and shows how far above the measured values they lie.
    T is the end of a part of the same run, at the rates of that run; if T fails a hypothesis there
    is no bound, and the panel is shaded. ρ3/ρ1, to which the bounds tend at fixed λ and at rates
    (33), is a short line at the right edge if it lies inside the panel. Of more than four curves
    those with the least, the middle and the largest bound are drawn.
    """
    every = [bound_sides.sides(panel, left_sides, bounds) for panel in data]
    compared = [sides.isel(curve=_few(sides)) for sides in every]
    styles = lines_of(compared)
    named = {
        str(name): line
        for sides, lines in zip(compared, styles, strict=True)
        for name, line in zip(sides["label"].values, lines, strict=True)
    }
    with style.applied():
        figure, axes, columns = bound_sides.canvas(len(data), len(named), max(map(len, named)), 4)
        limits = False
        for place, (ax, title) in enumerate(zip(axes, titles(data), strict=True)):
            ax.set_title(title)
            limits |= _draw_panel(ax, compared[place], styles[place])
            _say(ax, every[place], compared[place])
        bound_sides.legend(figure, named, interval="95% band", limit=limits, columns=columns)
    return figure


def _few(sides: xr.Dataset) -> list[int]:
    """Choose the curves that are drawn, by their bounds at the last T."""
    if sides.sizes["curve"] <= _FEW:
        return list(range(sides.sizes["curve"]))
    last = sides["bound"].isel(iteration=-1).to_numpy()
    # Those without a bound come last, and are not chosen where three have one.
    order, known = np.argsort(last), max(3, int(np.isfinite(last).sum()))
    return sorted({int(order[place]) for place in (0, (known - 1) // 2, known - 1)})


def _draw_panel(ax: Any, sides: xr.Dataset, lines: Sequence[style.Line]) -> bool:
    """Draw both sides of every curve; tell whether a limit is shown."""
    T = sides["iteration"].to_numpy()
    x = T + 1.0
    for index, line in enumerate(lines):
        curve = sides.isel(curve=index)
        # A diverged curve ends where it leaves the finite numbers.
        measured = curve["measured"].where(np.isfinite(curve["measured"]))
        places = bound_sides.marked(len(x), index, len(lines))
        bound_sides.draw_measured(ax, x, measured.to_numpy(), line, markevery=places)
        ax.fill_between(
            x, curve["lower"], curve["upper"], color=line.color, alpha=0.25, linewidth=0
        )
        bound_sides.draw_bound(ax, x, curve["bound"].to_numpy(), line, markevery=places)
        label = str(curve["label"].item())
        note(ax, f"{label}, measured", x, curve["measured"], curve["lower"], curve["upper"])
        note(ax, f"{label}, bound", x, curve["bound"])
    ax.set_xscale("log")
    ax.set_xlim(x[0], max(x[-1], 2))
    bound_sides.set_logarithmic(ax, [sides[name].to_numpy() for name in ("measured", "bound")])
    _shade(ax, sides, lines)
    ax.set_xlabel("$T + 1$, iterations")
    ax.set_ylabel(bound_sides.label_of(sides["theorem"].values))
    limits = zip(sides["limit"].to_numpy(), lines, strict=True)
    return any([bound_sides.draw_limit(ax, limit, line) for limit, line in limits])


def _shade(ax: Any, sides: xr.Dataset, lines: Sequence[style.Line]) -> None:
    """Shade the T without a bound, in a curve's colour; in grey if no curve has any."""
    missing = np.isnan(sides["bound"].to_numpy())
    never = missing.all(axis=1)
    low, high = ax.get_xlim()
    if never.all():
        bound_sides.shade(ax, low, high, "0.3")
    for row, line in zip(missing[~never], np.flatnonzero(~never), strict=True):
        for first, past in bound_sides.parts(row):
            # Between the last T without a bound and the first with one, evenly on the axis.
            start = low if first == 0 else np.sqrt(first * (first + 1.0))
            end = high if past == len(row) else np.sqrt(past * (past + 1.0))
            bound_sides.shade(ax, start, end, lines[line].color)


def _say(ax: Any, every: xr.Dataset, drawn: xr.Dataset) -> None:
    """Write why some curves have no bound, and how many are not drawn."""
    count = every.sizes["curve"]
    never = np.flatnonzero(np.isnan(every["bound"].to_numpy()).all(axis=1))
    failures = [bound_sides.failure(every["factor"].isel(curve=index)) for index in never]
    few = drawn.sizes["curve"]
    which = "" if few == count else f"{few} of {count} curves: least, middle and largest bound"
    bound_sides.say_failures(ax, failures, count, first=which)

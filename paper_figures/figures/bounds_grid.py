"""Theorems 1 and 2 against redundancy or Byzantine fraction: both sides at the last iteration.

A panel's horizontal axis is r or α, whichever its experiment's curves differ in.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator, ScalarFormatter

from paper_figures.drawing import bound_sides, style
from paper_figures.drawing.panels import lettered
from paper_figures.drawing.values import note

_ROOM = 0.06
"""Of the horizontal axis, beyond the first and the last value."""


class _Axis(NamedTuple):
    label: str
    symbol: str
    """As labels of curves have it."""
    logarithmic: bool


_AXES: Mapping[str, _Axis] = {
    "r": _Axis("$r$, subsets on each device", "r", logarithmic=True),
    "alpha": _Axis(r"$\alpha$, Byzantine fraction", "α", logarithmic=False),
}


class _Point(NamedTuple):
    x: float
    measured: float
    lower: float
    upper: float
    bound: float
    factor: xr.DataArray


class _Kind(NamedTuple):
    """The keys that the points of a line share, as style.lines asks for them."""

    method: str
    aggregator: str
    variant: str


class _Panel(NamedTuple):
    title: str
    axis: str
    theorems: frozenset[str]
    names: dict[_Kind, str]
    series: dict[_Kind, list[_Point]]


def draw(
    data: Sequence[xr.Dataset],
    *,
    left_sides: Mapping[str, xr.Dataset],
    bounds: Mapping[str, xr.Dataset],
) -> Figure:
    """Draw both sides of the theorems against r or α.

    Supports how the bounds, and the quantities that they bound, depend on redundancy and Byzantine
    devices (Remarks 2 to 5), and where the theorems end. The range in which a hypothesis
    fails is shaded. Its boundary is interpolated between neighbours in the logarithm of the first
    factor to reach 1, linearly in the axis as drawn; it lies midway if no factor is finite and
    positive at both. A diverged curve is an open triangle at the upper edge.
    """
    panels = _panels(data, left_sides, bounds)
    names = {kind: name for panel in panels for kind, name in panel.names.items()}
    lines = dict(zip(names, style.lines(*zip(*names, strict=True)), strict=True))
    with style.applied():
        longest = max(map(len, names.values()))
        figure, axes, columns = bound_sides.canvas(len(panels), len(names), longest, 4)
        titles = lettered([style.printed(panel.title) for panel in panels])
        for ax, panel, title in zip(axes, panels, titles, strict=True):
            ax.set_title(title)
            _draw_panel(ax, panel, lines)
        named = {name: lines[kind] for kind, name in names.items()}
        bound_sides.legend(figure, named, interval="95% interval", limit=False, columns=columns)
    return figure


def _panels(
    data: Sequence[xr.Dataset],
    left_sides: Mapping[str, xr.Dataset],
    bounds: Mapping[str, xr.Dataset],
) -> list[_Panel]:
    """Return the panels of each experiment, in order."""
    panels = []
    for panel in data:
        sides = bound_sides.sides(panel, left_sides, bounds)
        axes = [name for name in _AXES if len(np.unique(sides[name])) > 1]
        panels += [_panel(str(panel.attrs["title"]), axis, sides) for axis in axes or ["r"]]
    return panels


def _panel(title: str, axis: str, sides: xr.Dataset) -> _Panel:
    # The curves of a line differ in the axis alone.
    own = re.compile(rf"(^|, ){_AXES[axis].symbol} = [^,]*")
    names: dict[_Kind, str] = {}
    series: dict[_Kind, list[_Point]] = {}
    last = sides.isel(iteration=-1)
    for index in range(sides.sizes["curve"]):
        curve = last.isel(curve=index)
        variant = own.sub("", str(curve["variant"].values)).removeprefix(", ")
        kind = _Kind(str(curve["method"].values), str(curve["aggregator"].values), variant)
        names.setdefault(kind, own.sub("", str(curve["label"].values)))
        numbers = (curve[name].item() for name in (axis, "measured", "lower", "upper", "bound"))
        series.setdefault(kind, []).append(_Point(*numbers, curve["factor"]))
    stated = frozenset(str(name) for name in sides["theorem"].values)
    ordered = {kind: sorted(points, key=lambda point: point.x) for kind, points in series.items()}
    return _Panel(title, axis, stated, names, ordered)


def _draw_panel(ax: Any, panel: _Panel, lines: Mapping[_Kind, style.Line]) -> None:
    """Draw both sides of every line."""
    for kind, points in panel.series.items():
        _draw_series(ax, panel.names[kind], points, lines[kind])
    together = [point for points in panel.series.values() for point in points]
    values = [np.array([[point.measured, point.upper, point.bound] for point in together])]
    bound_sides.set_logarithmic(ax, values)
    _set_horizontal(ax, panel.axis, np.unique([point.x for point in together]))
    for kind, points in panel.series.items():
        _shade(ax, points, lines[kind], logarithmic=_AXES[panel.axis].logarithmic)
    never = [
        bound_sides.failure(points[0].factor)
        for points in panel.series.values()
        if all(np.isnan(point.bound) for point in points)
    ]
    if len(never) == len(panel.series):
        bound_sides.shade(ax, *ax.get_xlim(), "0.3")
    bound_sides.say_failures(ax, never, len(panel.series))
    ax.set_ylabel(bound_sides.label_of(panel.theorems))


def _draw_series(ax: Any, name: str, points: Sequence[_Point], line: style.Line) -> None:
    x, measured, lower, upper, bound = (
        np.array([point[place] for point in points], dtype=float) for place in range(5)
    )
    diverged = np.isinf(measured)
    finite = np.where(diverged, np.nan, measured)
    bound_sides.draw_measured(ax, x, finite, line)
    ax.errorbar(
        x,
        finite,
        yerr=[finite - lower, np.where(diverged, np.nan, upper) - finite],
        color=line.color,
        linestyle="",
        elinewidth=0.8,
    )
    bound_sides.draw_bound(ax, x, bound, line)
    note(ax, f"{name}, measured", x, measured, lower, upper)
    note(ax, f"{name}, bound", x, bound)
    if diverged.any():
        ax.plot(
            x[diverged],
            np.ones(diverged.sum()),
            "^",
            color=line.color,
            markerfacecolor="white",
            transform=ax.get_xaxis_transform(),
            clip_on=False,
        )


def _set_horizontal(ax: Any, axis: str, values: np.ndarray) -> None:
    ax.set_xlabel(_AXES[axis].label)
    if _AXES[axis].logarithmic:
        ax.set_xscale("log")
        room = max((values[-1] / values[0]) ** _ROOM, 1.05)
        ax.set_xlim(values[0] / room, values[-1] * room)
    else:
        room = max(_ROOM * (values[-1] - values[0]), 0.005)
        ax.set_xlim(values[0] - room, values[-1] + room)
    ax.xaxis.set_major_locator(FixedLocator(values.tolist()))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(ScalarFormatter())


def _shade(ax: Any, points: Sequence[_Point], line: style.Line, *, logarithmic: bool) -> None:
    """Shade a line's parts without a bound in its colour, unless it has none anywhere."""
    missing = np.isnan([point.bound for point in points])
    if missing.all():
        return
    start, end = ax.get_xlim()
    for first, past in bound_sides.parts(missing):
        low, high = start, end
        if first > 0:
            low = _boundary(points[first - 1], points[first], logarithmic=logarithmic)
        if past < len(points):
            high = _boundary(points[past], points[past - 1], logarithmic=logarithmic)
        bound_sides.shade(ax, low, high, line.color)


def _boundary(holds: _Point, fails: _Point, *, logarithmic: bool) -> float:
    """Return the place between two neighbours from which a hypothesis fails."""
    part = _crossing(holds.factor.to_numpy(), fails.factor.to_numpy())
    if logarithmic:
        return float(holds.x ** (1 - part) * fails.x**part)
    return float(holds.x * (1 - part) + fails.x * part)


def _crossing(holds: np.ndarray, fails: np.ndarray) -> float:
    """Return the share of the way from no failing hypothesis to one at which its factor is 1."""
    usable = (holds > 0) & (holds < 1) & (fails >= 1) & np.isfinite(fails)
    if not usable.any():
        return 0.5
    low, high = np.log(holds[usable]), np.log(fails[usable])
    return float(np.min(low / (low - high)))

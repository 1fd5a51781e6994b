"""Effect of the choices that the paper does not print: what each changes, against the default."""

import textwrap
from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter

from paper_figures.drawing import style
from paper_figures.drawing.edges import draw_beyond
from paper_figures.drawing.names import rule_name
from paper_figures.drawing.values import note

_EARLY = (5, 10)
_ROW_HEIGHT, _OTHER_HEIGHT, _LEGEND_ROW_HEIGHT = 0.145, 0.5, 0.14
"""In inches: of a line of text, of the labels of the axes, of a row of the legend."""
_LEAST_HEIGHT = 0.5
_LENGTH, _LEGEND_COLUMNS = 50, 4
_LARGEST = 100.0
"""Factor beyond which a change is an arrow at the edge."""
_WRITTEN_OUT = 1e4
_FEW, _DECADES = 6.0, 50.0
"""Ratios of the largest change to the least up to which there is room for more ticks."""
_SPREAD = 0.5
"""Share of a row over which the dots of several methods are spread."""
_SETTING = ("method", "aggregator", "alpha", "attack", "attack_parameters")

Value = tuple[float, float, float]


class _Dot(NamedTuple):
    name: str
    """Of the method and rule."""
    line: style.Line
    values: Mapping[str, Value]
    """Mean, lower and upper end over the default's mean, in each column the runs reach."""


class _Row(NamedTuple):
    label: str
    dots: Sequence[_Dot]
    group: str
    """What is varied."""
    heading: bool = True


def draw(data: Sequence[xr.Dataset]) -> Figure:
    """Draw excess loss early and on the plateau as multiples of what the default choice gives.

    Supports that the order of the methods does not hang on the choices that the paper does not
    print. The default of a method is its first curve in an experiment; of a method with one curve
    there, the first default of another experiment with the same rule and attack. Intervals are
    those of the changed run alone. What is beyond a hundredfold, or above the loss of the start, is
    an arrow with its number.
    """
    rows = _rows(data)
    shown = {column for row in rows for dot in row.dots for column in dot.values}
    columns = [column for column in _columns() if column in shown]
    if not columns:
        raise ValueError(
            f"need a choice with a default and iteration {_EARLY[0]}, "
            f"got at most {max(int(panel['iteration'][-1]) for panel in data)}"
        )
    lines = {dot.name: dot.line for row in rows for dot in row.dots}
    heights = [row.label.count("\n") + 1 for row in rows]
    legend = -(-len(lines) // _LEGEND_COLUMNS) * _LEGEND_ROW_HEIGHT
    with style.applied():
        height = max(_LEAST_HEIGHT, sum(heights) * _ROW_HEIGHT) + _OTHER_HEIGHT + legend
        figure = Figure(figsize=(style.PAGE_WIDTH, height), layout="constrained")
        axes = figure.subplots(1, len(columns), sharey=True, squeeze=False)[0]
        middles = np.cumsum(heights) - np.array(heights) / 2
        for ax, column in zip(axes, columns, strict=True):
            _draw_column(ax, rows, middles, column)
        _name_rows(axes[0], rows, middles, sum(heights))
        entries = [
            Line2D([], [], label=style.printed(name), **line.artist() | {"linestyle": "none"})
            for name, line in lines.items()
        ]
        figure.legend(handles=entries, loc="outside lower center", ncols=_LEGEND_COLUMNS)
    return figure


def _columns() -> dict[str, str]:
    """Return the columns, each with its label."""
    early = {f"{t}": f"$F(\\mathbf{{x}}^t) - F^*$ at $t = {t}$" for t in _EARLY}
    return {key: f"{one}\n(default = 1)" for key, one in (early | {"plateau": "plateau"}).items()}


def _rows(panels: Sequence[xr.Dataset]) -> list[_Row]:
    """Return the rows from top to bottom: a heading per choice, a row per alternative."""
    firsts = [_defaults(panel) for panel in panels]
    rows: list[_Row] = []
    for place, panel in enumerate(panels):
        own, chosen, default = firsts[place], dict[str, list[_Dot]](), ""
        lines = style.lines(
            *([str(one) for one in panel[key].values] for key in ("method", "aggregator")),
            [""] * panel.sizes["curve"],
        )
        said = _alternatives(panel)
        for curve in range(panel.sizes["curve"]):
            one = panel.isel(curve=curve)
            several = (panel["method"] == one["method"]).sum() > 1
            first = own[str(one["method"].values)] if several else _elsewhere(one, firsts, place)
            if several and bool((first["label"] == one["label"]).item()):
                default = said[curve]
            elif first is not None:
                dot = _Dot(_base(one), lines[curve], _values(one, first))
                chosen.setdefault(said[curve], []).append(dot)
        rows += _group(panel.attrs["title"], chosen, default)
    return rows


def _group(title: str, chosen: Mapping[str, Sequence[_Dot]], default: str) -> list[_Row]:
    """Return the rows of one choice: a single alternative stands in its heading."""
    instead = f" instead of {default}" if default else ""
    if len(chosen) == 1:
        ((alternative, dots),) = chosen.items()
        label = f"{title}: {alternative}{instead}" if alternative else title
        return [_Row(_wrapped(label), dots, label)]
    rows = [_Row(_wrapped(f"{title}{',' if instead else ''}{instead}"), [], title)]
    rows += [_Row(_wrapped(name), dots, title, heading=False) for name, dots in chosen.items()]
    return rows if chosen else []


def _wrapped(label: str) -> str:
    # No line ends beside an equals sign: these blanks are none to textwrap.
    whole = label.replace(" = ", "\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}")
    lines = textwrap.wrap(whole, _LENGTH)
    return style.printed("\n".join(lines).replace("\N{NO-BREAK SPACE}", " "))


def _defaults(panel: xr.Dataset) -> dict[str, xr.Dataset]:
    """Return the first curve of each method."""
    methods = [str(one) for one in panel["method"].values]
    return {method: panel.isel(curve=methods.index(method)) for method in dict.fromkeys(methods)}


def _elsewhere(
    curve: xr.Dataset, firsts: Sequence[Mapping[str, xr.Dataset]], place: int
) -> xr.Dataset | None:
    """Return the first default of another panel whose setting is that of a curve."""
    for other, defaults in enumerate(firsts):
        first = defaults.get(str(curve["method"].values))
        keys = [key for key in _SETTING if key in curve.coords]
        if other == place or first is None:
            continue
        if all(key in first.coords and bool(first[key] == curve[key]) for key in keys):
            return first
    return None


def _alternatives(panel: xr.Dataset) -> list[str]:
    """Return what each curve has chosen: its variant without the words that all share."""
    variants = [str(one) for one in panel["variant"].values]
    words = [one.split(" ") for one in variants if one]
    shared = len(list(takewhile(lambda column: len({*column}) == 1, zip(*words, strict=False))))
    rules = [rule_name(str(one)).lower() for one in panel["aggregator"].values]
    if any(variants):
        said = [" ".join(one.split(" ")[shared:]) for one in variants]
        return ["α" if one == "alpha" else one for one in said]
    several = {
        str(method) for method in panel["method"].values if (panel["method"] == method).sum() > 1
    }
    return [
        rule if str(method) in several else ""
        for rule, method in zip(rules, panel["method"].values, strict=True)
    ]


def _base(curve: xr.Dataset) -> str:
    """Return the label of a curve without its variant."""
    return str(curve["label"].values).removesuffix(f", {curve['variant'].values}")


def _values(curve: xr.Dataset, first: xr.Dataset) -> dict[str, Value]:
    """Return a curve's value over its default's in each column."""
    found = {}
    for column in _columns():
        name, place = ("plateau_excess", -1) if column == "plateau" else ("excess_loss", column)
        pair = [one for one in (curve, first) if name in one]
        if place != -1:
            pair = [one.sel(iteration=int(place)) for one in pair if int(place) in one["iteration"]]
        if len(pair) == 2:
            unit = pair[1][name].item()
            mean, lower, upper = (
                pair[0][f"{name}{end}"].item() / unit for end in ("", "_lower", "_upper")
            )
            found[column] = mean, lower, upper
    return found


def _draw_column(ax: Any, rows: Sequence[_Row], middles: np.ndarray, column: str) -> None:
    ax.set_xscale("log")
    ax.set_xlabel(_columns()[column])
    ax.grid(visible=False, axis="y")
    ax.axvline(1, color="0.2", linewidth=0.8, zorder=1)
    ax.tick_params(axis="y", length=0)
    drawn = [1.0]
    for row, middle in zip(rows, middles, strict=True):
        height = row.label.count("\n") + 1
        if row.heading:
            ax.axhline(middle - 0.5 * height, color="0.85", linewidth=0.5)
        for place, dot in enumerate(row.dots):
            if column in dot.values:
                offset = _SPREAD * height * ((place + 0.5) / len(row.dots) - 0.5)
                drawn.append(dot.values[column][0])
                _draw_value(ax, middle + offset, dot.line, *dot.values[column])
                alternative = "" if row.heading else f", {row.label}"
                curve = f"{dot.name}{alternative}"
                note(ax, curve, column, *dot.values[column], panel=row.group)
    inside = [one for one in drawn if _inside(one)]
    wide = max(inside) / min(inside)
    subs = (1,) if wide > _DECADES else (1, 2, 5) if wide > _FEW else (1, 1.5, 2, 3, 5, 7)
    ax.xaxis.set_major_locator(LogLocator(subs=subs))
    ax.xaxis.set_major_formatter("{x:g}")
    ax.xaxis.set_minor_formatter(NullFormatter())


def _said(mean: float) -> str:
    if not np.isfinite(mean):
        return "diverges"
    return f"×{mean:.0f}" if 1 < mean < _WRITTEN_OUT else f"×{mean:.1g}"


def _inside(mean: float) -> bool:
    return 1 / _LARGEST <= mean <= _LARGEST


def _draw_value(
    ax: Any, place: float, line: style.Line, mean: float, lower: float, upper: float
) -> None:
    """Draw one mean with its interval, or an arrow with a number."""
    if not _inside(mean):
        draw_beyond(ax, place, line, _said(mean), high=not mean < 1, gap=6, fontsize=5.5)
        return
    kept = line.artist() | {"linestyle": "none"}
    ax.errorbar(mean, place, xerr=[[mean - lower], [upper - mean]], elinewidth=0.8, **kept)


def _name_rows(ax: Any, rows: Sequence[_Row], middles: np.ndarray, height: float) -> None:
    ax.set_ylim(height, 0)
    ax.set_yticks(middles, [row.label for row in rows])
    for row, text in zip(rows, ax.get_yticklabels(), strict=True):
        if row.heading:
            text.set_fontweight("bold")

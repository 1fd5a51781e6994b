"""Bound over measured of every curve: Theorems 1 and 2, and the sharpened ones beside them."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from paper_figures.drawing import bound_sides, style
from paper_figures.drawing.dot_rows import ROW_HEIGHT, Dot, Row, draw_rows, limits_of, note_rows
from paper_figures.drawing.names import RULES, failing, plain_variant, rule_name
from paper_figures.drawing.primed_sides import known_before, least_ratio, primed_sides

_MARKERS = {1: "o", 2: "s"}
"""Of Theorem 1 and of Theorem 2."""
_APART = 0.19
"""Of a row, from its middle to the dots of either theorem, if it has both."""
_OTHER_HEIGHT = 0.9
"""Of axis and legend, in inches."""
_ONE_COLUMN = 20
"""Up to so many rows stand in one column."""


def draw(
    data: Sequence[xr.Dataset],
    *,
    sharpened: Mapping[str, xr.Dataset],
    bounds: Mapping[str, xr.Dataset],
) -> Figure:
    """Draw one dot per curve and theorem: its bound over what is measured, least over T.

    Supports that no bound is below what is measured, and shows how far above it each lies: the
    closer to 1, the tighter. What is measured is the upper end of its 95% interval. Experiments of
    the same title, one for each theorem, share their rows. Hollow beside filled: Theorem 1′ or 2′
    in the tightest of its forms that are known before the run.
    """
    groups = _groups(data, sharpened, bounds)
    columns = _columns(groups)
    limits = limits_of([row for rows in columns for row in rows])
    with style.applied():
        width = style.PAGE_WIDTH if len(columns) > 1 else style.COLUMN_WIDTH
        height = max(map(len, columns)) * ROW_HEIGHT + _OTHER_HEIGHT
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = figure.subplots(1, len(columns), squeeze=False)[0]
        for ax, rows in zip(axes, columns, strict=True):
            draw_rows(ax, rows, limits)
            note_rows(ax, rows)
        _legend(figure, data, columns)
    return figure


def _groups(
    data: Sequence[xr.Dataset],
    sharpened: Mapping[str, xr.Dataset],
    bounds: Mapping[str, xr.Dataset],
) -> dict[str, list[Row]]:
    """Return the rows of each heading: a title, with the rate if it is one for all."""
    found: dict[str, dict[str, Row]] = {}
    for panel in data:
        sides = primed_sides(panel, sharpened, bounds)
        known = bounds[str(panel.attrs["experiment"])]
        known = known.isel(curve=known["robust"].to_numpy(), group=0)
        rows = found.setdefault(_heading(sides), {})
        for index, name in enumerate(_row_names(sides)):
            dots = list(_dots(sides.isel(curve=[index])))
            before = rows.get(name, Row(name))
            said = "" if any(not _hollow(dot) for dot in dots) else _why(known, index)
            rows[name] = Row(name, [*before.dots, *dots], said or before.said)
    return {heading: [_spread(row) for row in rows.values()] for heading, rows in found.items()}


def _heading(sides: xr.Dataset) -> str:
    rates = np.unique(sides["fixed_step_size"].to_numpy())
    fixed = len(rates) == 1 and np.isfinite(rates[0])
    return f"{sides.attrs['title']}, γ = {rates[0]:g}" if fixed else str(sides.attrs["title"])


def _row_names(sides: xr.Dataset) -> list[str]:
    """Return what sets each curve apart: its rule if there are several, and its variant."""
    rules = [rule_name(str(rule)) for rule in sides["aggregator"].values]
    variants = [plain_variant(str(variant)) for variant in sides["variant"].values]
    several = len(set(rules)) > 1
    return [
        ", ".join(filter(None, [rule if several or not variant else "", variant]))
        for rule, variant in zip(rules, variants, strict=True)
    ]


def _dots(sides: xr.Dataset) -> Iterator[Dot]:
    """Yield the dots of one curve: the paper's bound, and the sharpened one."""
    theorem, label = int(sides["theorem"].item()), str(sides["label"].item())
    color = style.lines(["cra_dl"], [str(sides["aggregator"].item())], [""])[0].color
    for prime, bound in (("", sides["paper"]), ("′", known_before(sides))):
        ratio = least_ratio(bound, sides).item()
        if np.isfinite(ratio):
            look = {
                "color": color,
                "marker": _MARKERS[theorem],
                "markerfacecolor": "white" if prime else color,
                "markeredgewidth": 0.8,
            }
            yield Dot(f"{label}, Theorem {theorem}{prime}", ratio, look)


def _hollow(dot: Dot) -> bool:
    return bool(dot.look["markerfacecolor"] == "white")


def _why(known: xr.Dataset, curve: int) -> str:
    """Say why a curve has no bound of the paper."""
    reason = bound_sides.failure(known["factor"].isel(curve=curve))
    return f"none of the paper: {failing(reason.hypothesis)}" if reason else "none of the paper"


def _spread(row: Row) -> Row:
    """Put the dots of two theorems above each other."""
    markers = {dot.look["marker"] for dot in row.dots}
    if len(markers) < 2:
        return row
    up = {_MARKERS[1]: _APART, _MARKERS[2]: -_APART}
    return row._replace(dots=[dot._replace(up=up[dot.look["marker"]]) for dot in row.dots])


def _columns(groups: Mapping[str, Sequence[Row]]) -> list[list[Row]]:
    """Return the rows of each column, headings included, divided between groups."""
    blocks = [[Row(heading, heading=True), *rows] for heading, rows in groups.items()]
    total = sum(map(len, blocks))
    if total <= _ONE_COLUMN or len(blocks) == 1:
        return [list(chain(*blocks))]
    ends = np.cumsum([len(block) for block in blocks])[:-1]
    first = int(np.argmin(np.maximum(ends, total - ends))) + 1
    return [list(chain(*blocks[:first])), list(chain(*blocks[first:]))]


def _legend(figure: Figure, data: Sequence[xr.Dataset], columns: Sequence[Sequence[Row]]) -> None:
    shown = {dot.look["marker"] for rows in columns for row in rows for dot in row.dots}
    used = {str(rule) for panel in data for rule in panel["aggregator"].values}
    rules = [*(rule for rule in RULES if rule in used), *sorted(used - {*RULES})]
    entries: dict[str, Any] = {
        rule_name(rule): Line2D(
            [],
            [],
            color=style.lines(["cra_dl"], [rule], [""])[0].color,
            linestyle="-",
            linewidth=4,
        )
        for rule in rules
    }
    for theorem, marker in _MARKERS.items():
        if marker not in shown:
            continue
        for prime, face in (("", "0.3"), ("′, known before the run", "white")):
            entries[f"Theorem {theorem}{prime}"] = Line2D(
                [], [], linestyle="", marker=marker, color="0.3", markerfacecolor=face
            )
    figure.legend(entries.values(), entries, loc="outside lower center", ncols=5)

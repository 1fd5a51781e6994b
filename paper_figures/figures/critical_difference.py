"""A leaderboard: mean ranks, groups that do not differ, and the worst attack of each contestant."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from paper_figures.drawing import style
from paper_figures.drawing.names import plain_variant
from paper_figures.drawing.values import note

_ROW, _OTHER = 0.16, 0.75
"""In inches: the height of a row, and of what is above and below them."""
_AXIS = 2.1
"""In inches: about how wide the axis is, beside names and columns."""
_LANE = 0.045 / _AXIS
"""From the bar of a group to that of the next, in widths of the axis."""
_LIGHT = "0.6"


def draw(data: Sequence[xr.Dataset], *, leaderboard: pd.DataFrame) -> Figure:
    """Draw the mean rank of each contestant, a row each, as a critical-difference diagram.

    Supports which contestants differ over the tasks: those that one bar right of the axis joins do
    not, because their mean ranks lie closer than the critical difference above the rows. The
    columns have the tasks that each wins, and the attack under which it lies farthest over the best
    of the same tasks, with the factor.

    Parameters
    ----------
    leaderboard
        Rows of ``verify/leaderboards.csv``, those of one leaderboard.
    """
    rows = leaderboard.sort_values("place")
    first = rows.iloc[0]
    with style.applied():
        figure = Figure(figsize=(style.PAGE_WIDTH, _ROW * len(rows) + _OTHER), layout="constrained")
        ax = figure.subplots()
        places, ranks = np.arange(len(rows)), rows["mean rank"].to_numpy()
        ax.hlines(places, 1, ranks, color=_LIGHT, linewidth=0.6)
        ax.plot(ranks, places, linestyle="", marker="o", color="0.15", zorder=3)
        _draw_difference(ax, float(first["critical difference"]))
        lanes = _draw_groups(ax, rows["cliques"])
        _draw_columns(ax, rows, 1 + (lanes + 1.5) * _LANE)
        ax.set_yticks(places, [style.printed(str(name)) for name in rows["contestant"]])
        ax.set_ylim(len(rows) - 0.4, -1.6)
        ax.set_xlim(1, max(len(rows), 1 + float(first["critical difference"])))
        ax.tick_params(axis="y", length=0)
        ax.grid(visible=False, axis="y")
        ax.spines[["top", "right", "left"]].set_visible(False)
        ax.xaxis.set_major_locator(MaxNLocator(8, integer=True))
        ax.set_xlabel(f"mean rank over {first['tasks']} tasks, 1 is the best")
        _note(ax, rows)
    return figure


def _draw_difference(ax: Any, difference: float) -> None:
    """Draw the critical difference as a length, from rank 1 on."""
    ends = {"marker": "|", "markersize": 5, "color": "0.15", "linewidth": 1.2}
    ax.plot([1, 1 + difference], [-0.9, -0.9], **ends)
    at = {"textcoords": "offset points", "xytext": (4, 0), "va": "center", "fontsize": 6}
    ax.annotate(f"critical difference {difference:.3g}", (1 + difference, -0.9), **at)


def _draw_groups(ax: Any, cliques: pd.Series) -> int:
    """Draw a bar beside each group that does not differ; return the number of lanes they take."""
    members: dict[str, list[int]] = {}
    for place, numbers in enumerate(cliques):
        for number in str(numbers).split():
            members.setdefault(number, []).append(place)
    ends: list[int] = []
    for rows in members.values():
        free = [lane for lane, end in enumerate(ends) if end < rows[0]]
        lane = free[0] if free else len(ends)
        ends[lane : lane + 1] = [rows[-1]]
        ax.plot(
            [1 + (lane + 1) * _LANE] * 2,
            [rows[0] - 0.25, rows[-1] + 0.25],
            transform=ax.get_yaxis_transform(),
            color="0.15",
            linewidth=1.8,
            solid_capstyle="butt",
            clip_on=False,
        )
    return len(ends)


def _draw_columns(ax: Any, rows: pd.DataFrame, start: float) -> None:
    """Write the wins and the worst attack of each contestant, right of the bars."""
    columns = (
        ("wins", start + 0.1, "right"),
        ("worst attack: over the best", start + 0.16, "left"),
    )
    written = zip(rows["wins"], map(_worst, rows.to_dict("records")), strict=True)
    for place, texts in [(-1, None), *enumerate(written)]:
        for number, (head, x, side) in enumerate(columns):
            ax.text(
                x,
                -0.9 if texts is None else place,
                head if texts is None else style.printed(str(texts[number])),
                transform=ax.get_yaxis_transform(),
                ha=side,
                va="center",
                fontsize=6,
                color="0.35" if texts is None else "0.15",
            )


def _worst(row: dict[Any, Any]) -> str:
    """Say under which attack a contestant is worst, and how many times the best it is there."""
    if not row["worst attack"]:
        return "none: the best under each"
    attack, over = plain_variant(row["worst attack"]), float(row["over the best under it"])
    return f"{attack}: {'diverges' if math.isinf(over) else f'× {_factor(over)}'}"


def _factor(exponent: float) -> str:
    """Write a power of ten: with three digits, or its whole exponent alone if it is large."""
    if exponent < 4:
        return f"{float(f'{10**exponent:.3g}'):,.10g}"
    return f"$10^{{{round(exponent)}}}$"


def _note(ax: Any, rows: pd.DataFrame) -> None:
    first = rows.iloc[0]
    panel, names = str(first["leaderboard"]), [str(name) for name in rows["contestant"]]
    over = [rows[f"over the first{end}"] for end in ("", " lower", " upper")]
    note(ax, "mean rank", names, rows["mean rank"], panel=panel)
    note(ax, "wins", names, rows["wins"], panel=panel)
    note(ax, "log10 over the first", names, *over, panel=panel)
    for row in rows.to_dict("records"):
        curve = f"log10 over the best under {row['worst attack'] or 'each attack'}"
        note(ax, curve, [str(row["contestant"])], row["over the best under it"], panel=panel)
    note(ax, "critical difference", ["all"], first["critical difference"], panel=panel)

"""A leaderboard: mean ranks, groups that do not differ, and the worst attack of each contestant."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.transforms import ScaledTranslation

from paper_figures.drawing import style
from paper_figures.drawing.description import NAME
from paper_figures.drawing.names import plain_variant
from paper_figures.drawing.values import note

_ROW, _OTHER = 0.16, 0.75
"""In inches: the height of a row, and of what is above and below them."""
_LANE, _GAP, _WINS, _WORST = 4.0, 6.0, 16.0, 24.0
"""In points: from the bar of a group to that of the next, and from the last bar to a column; from
there to the end of the wins and to the begin of the attacks."""
_SHORT = 0.6
"""Part of the axis up to which the critical difference is named right of its end."""
_TICKS = 8
"""The most steps between the ticks of the axis."""
_LIGHT = "0.6"
_QUANTITIES = {
    "excess_loss": "excess loss",
    "test_error": "test error (percentage points)",
    "pairwise_distance_sq": "largest squared distance of two messages",
    "honest_spread_mean": "spread of the honest messages",
}
"""The quantities that are ranked, in words."""


def draw(data: Sequence[xr.Dataset], *, leaderboard: pd.DataFrame) -> Figure:
    """Draw the mean rank of each contestant, a row each, as a critical-difference diagram.

    Supports which contestants differ over the tasks: those that one bar right of the axis joins do
    not, because their mean ranks lie closer than the critical difference above the rows. The
    columns have the tasks that each wins, and the attack under which it lies farthest over the best
    of the same tasks, with the factor, or the percentage points if test errors are ranked.

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
        difference = float(first["critical difference"])
        end = max(len(rows), 1 + difference)
        ax.hlines(places, 1, ranks, color=_LIGHT, linewidth=0.6)
        ax.plot(ranks, places, linestyle="", marker="o", color="0.15", zorder=3, clip_on=False)
        _draw_difference(ax, difference, end)
        lanes = _draw_groups(ax, rows["cliques"])
        _draw_columns(ax, rows, lanes * _LANE + _GAP)
        ax.set_yticks(places, [style.printed(str(name)) for name in rows["contestant"]])
        ax.set_ylim(len(rows) - 0.4, -1.6)
        ax.set_xlim(1, end)
        ax.set_xticks(range(1, len(rows) + 1, math.ceil((len(rows) - 1) / _TICKS)))
        ax.tick_params(axis="y", length=0)
        ax.grid(visible=False, axis="y")
        ax.spines[["top", "right", "left"]].set_visible(False)
        ranked = _QUANTITIES.get(first["quantity"], str(first["quantity"]))
        ax.set_xlabel(f"mean rank of the {ranked} over {first['tasks']} tasks, 1 is the best")
        _note(ax, rows)
    return figure


def _draw_difference(ax: Any, difference: float, end: float) -> None:
    """Draw the critical difference as a length, from rank 1 on; the axis goes to `end`."""
    ends = {"marker": "|", "markersize": 5, "color": "0.15", "linewidth": 1.2}
    ax.plot([1, 1 + difference], [-0.9, -0.9], **ends)
    said = f"critical difference {difference:.3g}"
    right = difference < _SHORT * (end - 1)
    ax.annotate(
        said,
        (1 + difference if right else 1 + difference / 2, -0.9),
        textcoords="offset points",
        xytext=(4 if right else 0, 0),
        ha="left" if right else "center",
        va="center",
        fontsize=6,
        gid=NAME,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
    )


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
            [1, 1],
            [rows[0] - 0.25, rows[-1] + 0.25],
            transform=_beside(ax, (lane + 1) * _LANE),
            color="0.15",
            linewidth=1.8,
            solid_capstyle="butt",
            clip_on=False,
        )
    return len(ends)


def _beside(ax: Any, points: float) -> Any:
    """Return the transform of heights in rows and widths of the axis, moved right by points."""
    moved = ScaledTranslation(points / 72, 0, ax.get_figure().dpi_scale_trans)
    return ax.get_yaxis_transform() + moved


def _draw_columns(ax: Any, rows: pd.DataFrame, start: float) -> None:
    """Write the wins and the worst attack of each contestant, from so many points on."""
    columns = (
        ("wins", start + _WINS, "right"),
        ("worst attack, over the best", start + _WORST, "left"),
    )
    written = zip(rows["wins"], map(_worst, rows.to_dict("records")), strict=True)
    for place, texts in [(-1, None), *enumerate(written)]:
        for number, (head, points, side) in enumerate(columns):
            ax.text(
                1,
                -0.9 if texts is None else place,
                head if texts is None else str(texts[number]),
                transform=_beside(ax, points),
                ha=side,
                va="center",
                fontsize=6,
                color="0.35" if texts is None else "0.15",
            )


def _worst(row: dict[Any, Any]) -> str:
    """Say under which attack a contestant is worst, and how many times the best it is there."""
    if not row["worst attack"]:
        return "none: the best under each"
    attack = style.printed(plain_variant(row["worst attack"]))
    over = float(row["over the best under it"])
    if math.isinf(over):
        return f"{attack}: diverges"
    return f"{attack}: {f'+ {over:.3g}' if row['unit'] == 'points' else f'× {_factor(over)}'}"


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
    unit = first["unit"]
    note(ax, f"{unit} over the first", names, *over, panel=panel)
    for row in rows.to_dict("records"):
        curve = f"{unit} over the best under {row['worst attack'] or 'each attack'}"
        note(ax, curve, [str(row["contestant"])], row["over the best under it"], panel=panel)
    note(ax, "critical difference", ["all"], first["critical difference"], panel=panel)

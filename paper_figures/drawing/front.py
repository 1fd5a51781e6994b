"""Loss against redundancy: every point with its interval, joined, and the best of a line marked."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from paper_figures.drawing import style
from paper_figures.drawing.values import note

_BEST = {"marker": "o", "markersize": 8, "markerfacecolor": "none", "linestyle": "none"}
_CLOSE = 1.7
"""Ratio of neighbouring ticks below which the smaller one has no label."""


def draw_over_r(
    ax: Any, points: xr.Dataset, lines: Sequence[style.Line], name: str, joined: Any
) -> None:
    """Draw the excess loss of each curve against its r, joined by a line.

    A ring marks the smallest. A curve that has diverged is no point.

    Parameters
    ----------
    points
        A summary at one iteration, whose ``excess_loss_lower`` and ``_upper`` may be NaN.
    lines
        The style of each curve.
    name
        Of the line through the points, which has the colour `joined`.
    """
    columns = ("r", "excess_loss", "excess_loss_lower", "excess_loss_upper")
    r, mean, lower, upper = (points[column].to_numpy() for column in columns)
    kept = [int(one) for one in np.argsort(r, kind="stable") if np.isfinite(mean[one])]
    if not kept:
        return
    ax.plot(r[kept], mean[kept], color=joined, linewidth=0.9, zorder=2, label=name)
    for one in kept:
        interval = [[mean[one] - lower[one]], [upper[one] - mean[one]]]
        look = lines[one].artist() | {"linestyle": "none"}
        ax.errorbar(r[one], mean[one], yerr=interval, elinewidth=0.7, zorder=3, **look)
    best = min(kept, key=lambda one: float(mean[one]))
    ax.plot(r[best], mean[best], **_BEST, markeredgecolor=joined, zorder=4)
    note(ax, name, r[kept], mean[kept], lower[kept], upper[kept])
    ax.set_xscale("log")
    ax.set_yscale("log")


def tick_redundancies(ax: Any, r: np.ndarray) -> None:
    """Mark every r that occurs; label those that are far enough from the next one."""
    places = np.unique(r).tolist()
    labelled: list[float] = []
    for place in reversed(places):
        if not labelled or _CLOSE * place < labelled[-1]:
            labelled.append(place)
    ax.xaxis.set_major_locator(FixedLocator(places))
    said = [f"{place:g}" if place in labelled else "" for place in places]
    ax.xaxis.set_major_formatter(FixedFormatter(said))
    ax.xaxis.set_minor_locator(NullLocator())

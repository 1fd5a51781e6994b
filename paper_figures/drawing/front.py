"""Fronts between redundancy and loss, as panels and insets show them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from paper_figures.drawing import style


def non_dominated(costs: np.ndarray) -> np.ndarray:
    """Tell for each row of `costs` whether no other is at most as large in all and less in one."""
    no_worse = (costs[:, np.newaxis] <= costs).all(axis=2)
    better = (costs[:, np.newaxis] < costs).any(axis=2)
    return np.asarray(~(no_worse & better).any(axis=0))


def draw_front(ax: Any, points: xr.Dataset, lines: Sequence[style.Line], *, joined: Any) -> None:
    """Draw the loss of each curve against its r, with its 95% interval, on logarithmic axes.

    Parameters
    ----------
    points
        A summary at one iteration; a curve that has diverged there is no point.
    lines
        The style of each curve.
    joined
        Colour of the line through the points that no other beats in both; these are filled, the
        others hollow.
    """
    finite = np.isfinite(points["loss"].to_numpy())
    r, mean, lower, upper = (
        points[name].to_numpy()[finite] for name in ("r", "loss", "loss_lower", "loss_upper")
    )
    kept = non_dominated(np.stack([r, mean], axis=1))
    order = np.argsort(r[kept], kind="stable")
    ax.plot(r[kept][order], mean[kept][order], color=joined, zorder=2)
    styles = [line for line, inside in zip(lines, finite, strict=True) if inside]
    for index, line in enumerate(styles):
        ax.errorbar(
            r[index],
            mean[index],
            yerr=[[mean[index] - lower[index]], [upper[index] - mean[index]]],
            color=line.color,
            marker=line.marker,
            markerfacecolor=line.color if kept[index] else "white",
            markeredgewidth=0.6,
            elinewidth=0.7,
            zorder=3,
        )
    ax.set_xscale("log")
    ax.set_yscale("log")

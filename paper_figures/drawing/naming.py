"""The names of curves: beside their ends, or in a legend in the order of the ends."""

import textwrap
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from scipy.optimize import isotonic_regression

from paper_figures.drawing import style
from paper_figures.drawing.description import NAME

LINE_HEIGHT = 0.125
"""Of one line of text, in inches."""
_LENGTH = 36
"""Characters beyond which a name is wrapped."""
_SAMPLE = (1.06, 1.13)
"""Where the sample of a line stands beside a panel, in widths of the panel."""


def wrapped(name: str) -> str:
    """Return a name as it is drawn, on several lines if it is long."""
    return style.printed("\n".join(textwrap.wrap(name, _LENGTH)))


def rows_of(names: Sequence[str]) -> int:
    """Return how many lines of text the names take below each other."""
    return sum(wrapped(name).count("\n") + 1 for name in names)


def name_ends(
    ax: Any, names: Sequence[str], ends: Sequence[float], lines: Sequence[style.Line], height: float
) -> None:
    """Name each curve right of a panel, as near to its end as the others allow.

    Parameters
    ----------
    ends
        The last value of each curve, on the vertical axis, whose limits are final; NaN stands at
        the top, as what has left the numbers.
    height
        Of the panel, in inches.
    """
    bottom, top = np.log10(ax.get_ylim())
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = (np.log10(np.asarray(ends, float)) - bottom) / (top - bottom)
    shares = np.clip(np.nan_to_num(shares, nan=1.0, neginf=0.0), 0, 1)
    texts = [wrapped(name) for name in names]
    order = np.argsort(shares, kind="stable")
    heights = np.array([LINE_HEIGHT * (texts[one].count("\n") + 1) / height for one in order])
    middles = np.cumsum(heights) - heights / 2
    # As near to the ends as texts that do not overlap can be, in least squares.
    least, most = 0.0, max(0.0, 1 - heights.sum())
    offsets = np.clip(isotonic_regression(shares[order] - middles).x, least, most)
    for one, middle in reversed([*zip(order, offsets + middles, strict=True)]):
        leader = {"color": "0.6", "linewidth": 0.4, "clip_on": False, "transform": ax.transAxes}
        ax.plot([1.0, 1.035, _SAMPLE[0]], [shares[one], middle, middle], **leader)
        places = [_SAMPLE[0], sum(_SAMPLE) / 2, _SAMPLE[1]]
        sample = lines[one].artist() | {"clip_on": False, "transform": ax.transAxes}
        ax.plot(places, [middle] * 3, **sample, markevery=[1])
        ax.text(
            *(_SAMPLE[1] + 0.02, middle, texts[one]),
            **{"transform": ax.transAxes, "va": "center", "gid": NAME},
            fontsize=mpl.rcParams["legend.fontsize"],
        )


def legend_order(names: Sequence[str], ends: Sequence[float]) -> list[str]:
    """Return the names from the highest end to the lowest, each once; what diverged is first."""
    last = np.nan_to_num(np.asarray(ends, float), nan=np.inf)
    order = np.argsort(-last, kind="stable")
    return list(dict.fromkeys(names[one] for one in order))

"""The numbers that a figure draws: noted while it is drawn, written beside its picture."""

from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

COLUMNS = ("panel", "curve", "x", "mean", "lower", "upper")

_NOTED: WeakKeyDictionary[Figure, list[pd.DataFrame]] = WeakKeyDictionary()


def note(
    ax: Any,
    curve: str,
    x: ArrayLike | Sequence[str],
    mean: ArrayLike,
    lower: ArrayLike | None = None,
    upper: ArrayLike | None = None,
    *,
    panel: str | None = None,
) -> None:
    """Note what is drawn of a curve: one row for each place, in the order in which they come.

    Parameters
    ----------
    ax
        The axes it is drawn in.
    curve
        As the legend or the label beside it says.
    x
        Shape (n,): the places on the horizontal axis, numbers or names.
    mean, lower, upper
        Shape (n,): the values, and the ends of their intervals where there are any.
    panel
        By default the title of the axes.
    """
    places = np.atleast_1d(np.asarray(x))
    nothing = np.full(len(places), np.nan)
    rows = {
        "panel": ax.get_title(loc="left") or ax.get_title() if panel is None else panel,
        "curve": curve,
        "x": places,
        "mean": np.atleast_1d(np.asarray(mean, dtype=float)),
        "lower": nothing if lower is None else np.atleast_1d(np.asarray(lower, dtype=float)),
        "upper": nothing if upper is None else np.atleast_1d(np.asarray(upper, dtype=float)),
    }
    _NOTED.setdefault(ax.get_figure(root=True), []).append(pd.DataFrame(rows))


def values(figure: Figure) -> pd.DataFrame:
    """Return what was noted of a figure, with the columns `COLUMNS`."""
    noted = _NOTED.get(figure, [])
    return pd.concat(noted, ignore_index=True) if noted else pd.DataFrame(columns=[*COLUMNS])

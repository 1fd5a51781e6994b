"""The plateaus of curves: a dot and an interval per curve, one below the other."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.ticker import LogLocator, NullFormatter

from paper_figures.drawing import style
from paper_figures.drawing.edges import draw_beyond
from paper_figures.drawing.naming import wrapped
from paper_figures.drawing.panels import diverged, names_of
from paper_figures.drawing.values import note

PLATEAU = "plateau of $F - F^*$, % of $F^*$"
_ROUNDING = 1e-9
"""Per cent of F* below which a plateau is the rounding of zero."""
_DECADE, _FEW_DECADES = 10.0, 1e3


def draw_plateaus(ax: Any, panel: xr.Dataset, lines: Sequence[style.Line], *, title: str) -> None:
    """Draw the plateau of each curve with its 95% interval, in the order in which the curves end.

    The names of the rows are those of the curves. Of a curve that is still falling that is said. A
    plateau that is zero but for rounding is an
    arrow to the left, one of a curve that ends above its start an arrow to the right with its
    number.

    Parameters
    ----------
    title
        Of the panel, for the numbers that are noted.
    """
    mean, lower, upper = (
        panel[f"plateau_excess{end}"].to_numpy() for end in ("", "_lower", "_upper")
    )
    falling = panel["still_falling"].to_numpy()
    away = diverged(panel) | ~np.isfinite(mean)
    zero = ~away & (np.abs(mean) < _ROUNDING)
    drawn = ~away & ~zero
    ends_of = [np.where(np.isfinite(end), end, mean)[drawn] for end in (lower, upper)]
    ends = panel["excess_loss"].isel(iteration=-1).to_numpy()
    order = np.argsort(np.where(away, -np.inf, -ends), kind="stable")
    names = names_of(panel)
    for row, curve in enumerate(order):
        line = lines[curve]
        values = mean[curve], lower[curve], upper[curve]
        note(ax, names[curve], "plateau", *values, panel=f"{title}: plateau, % of F*")
        if away[curve] or zero[curve]:
            _draw_outside(ax, row, line, values[0], high=bool(away[curve]))
        else:
            interval = [[max(0.0, values[0] - values[1])], [max(0.0, values[2] - values[0])]]
            kept = line.artist() | {"linestyle": "none", "label": names[curve]}
            ax.errorbar(values[0], row, xerr=np.nan_to_num(interval), elinewidth=0.8, **kept)
            if falling[curve]:
                _say_falling(ax, row, values[0])
    ax.set_yticks(range(len(order)), [wrapped(names[curve]) for curve in order])
    ax.set_ylim(len(order) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel(PLATEAU)
    if drawn.any():
        _scale(ax, mean[drawn], *ends_of)


def _say_falling(ax: Any, row: int, value: float) -> None:
    """Say of a dot that its curve has not come to rest."""
    ax.annotate(
        *("← still falling", (value, row)),
        xytext=(-6, 0),
        textcoords="offset points",
        **{"ha": "right", "va": "center", "fontsize": 6},
    )


def _draw_outside(ax: Any, row: int, line: style.Line, value: float, *, high: bool) -> None:
    """Draw an arrow at the edge, with the number that is beyond."""
    said = (
        (f"{value:.0e} %" if np.isfinite(value) else "diverges") if high else "0, but for rounding"
    )
    draw_beyond(ax, row, line, said, high=high, gap=7, fontsize=6)


def _scale(ax: Any, values: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> None:
    """Make the axis logarithmic if the values differ by more than a decade; show the intervals."""
    least, most = values.min(), values.max()
    if least > 0 and most > _DECADE * least:
        ax.set_xscale("log")
        ax.set_xlim(min(least / 1.5, *lower[lower > 0]), max(most * 1.5, *upper))
        subs = (1, 2, 5) if most < _FEW_DECADES * least else (1,)
        ax.xaxis.set_major_locator(LogLocator(subs=subs))
        ax.xaxis.set_major_formatter("{x:g}")
        ax.xaxis.set_minor_formatter(NullFormatter())
    else:
        low = min(0.0, least * 1.1, 1.02 * lower.min())
        high = max(0.0, most * 1.1, 1.02 * upper.max())
        ax.set_xlim(low, high if high > low else 1.0)

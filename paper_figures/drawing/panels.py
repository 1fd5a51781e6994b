"""Panels of training curves: means and 95% bands over trials against the iteration."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.ticker import MaxNLocator

from paper_figures.drawing import style
from paper_figures.drawing.values import note

EARLY = 20
"""Last iteration of the early phase, if the curves are on their plateaus then."""
_NEAR = 2.0
"""Multiple of its last value at which a curve is near its end."""
_SHORT_RUN = 30
"""Last iteration up to which all of a run is its early phase."""
_MOST_BANDS = 6
"""Curves of a panel up to which their bands are drawn: more hide each other."""
_MARKERS = 6
"""Of each curve."""
_FAR, _ABOVE = 1e3, 10.0
"""Multiples of the start: from the first on an axis is cut, at the second."""
EXCESS = r"excess loss $F(\mathbf{x}^t) - F^*$"
ACCURACY = r"test accuracy of $\mathbf{x}^t$"
LOSS = r"training loss $F(\mathbf{x}^t)$"


def lines_of(panels: Sequence[xr.Dataset]) -> list[list[style.Line]]:
    """Return a style for each curve of each panel, in all panels the same."""
    columns = [
        [str(value) for panel in panels for value in panel[name].values]
        for name in ("method", "aggregator", "variant")
    ]
    lines = iter(style.lines(*columns))
    return [list(itertools.islice(lines, panel.sizes["curve"])) for panel in panels]


def names_of(panel: xr.Dataset) -> list[str]:
    """Return the labels of a panel's curves, plain."""
    return [str(name) for name in panel["label"].values]


def titles(panels: Sequence[xr.Dataset]) -> list[str]:
    """Return the panels' titles as they are drawn, with letters if there are several."""
    return lettered([style.printed(panel.attrs["title"]) for panel in panels])


def lettered(names: Sequence[str]) -> list[str]:
    """Return titles with letters if there are several."""
    if len(names) == 1:
        return [*names]
    return [f"({chr(ord('a') + index)}) {name}" for index, name in enumerate(names)]


def early(panel: xr.Dataset) -> xr.Dataset:
    """Return the part of a summary before the plateau: all of it if it is short or has none.

    It has 20 iterations, or twice as many, and so on, until half of the curves are near their ends.
    """
    last, until = int(panel["iteration"][-1]), EARLY
    if last <= _SHORT_RUN or "plateau_excess" not in panel:
        return panel
    excess = panel["excess_loss"].to_numpy()
    settled = ~(excess > _NEAR * excess[:, -1:])
    while until < last and 2 * settled[:, until].sum() < len(excess):
        until *= 2
    return panel.sel(iteration=slice(None, until))


def draw_curves(
    ax: Any,
    panel: xr.Dataset,
    quantity: str,
    lines: Sequence[style.Line],
    label: str,
    *,
    logarithmic: bool = True,
) -> list[Any]:
    """Draw every curve, with its band if few are drawn; return the handles.

    Parameters
    ----------
    panel
        From `cradl.results.statistics.summary`: `quantity` with its ``_lower`` and ``_upper``, at
        the iterations to draw.
    label
        Of the vertical axis. The horizontal one is linear.
    logarithmic
        Whether the vertical axis is logarithmic, and cut where curves rise far above their start;
        else it is linear and shows all.
    """
    iterations, values = panel["iteration"].to_numpy(), panel[quantity].to_numpy()
    cut, handles = _end(values) if logarithmic else np.inf, []
    bands = len(lines) <= _MOST_BANDS
    for curve, (line, name) in enumerate(zip(lines, names_of(panel), strict=True)):
        drawn = panel.isel(curve=curve)
        # A diverged curve ends where it leaves the finite numbers.
        mean = drawn[quantity].where(np.isfinite(drawn[quantity]))
        lower, upper = (drawn[f"{quantity}_{end}"] for end in ("lower", "upper"))
        kept = mean.where(~(mean > cut))
        marked = _marked(len(iterations), curve, len(lines))
        width = {"zorder": 1.9} if line.width > 1 else {}
        handles += ax.plot(iterations, mean, **line.artist(), markevery=marked, label=name, **width)
        if bands:
            ends = [end.where(kept.notnull()) for end in (lower, upper)]
            ax.fill_between(iterations, *ends, color=line.color, alpha=0.25, linewidth=0)
        note(ax, name, iterations, mean, lower, upper)
    if logarithmic:
        ax.set_yscale("log")
        # Values below the rounding of the largest one are noise.
        bottom, top = ax.get_ylim()
        ax.set_ylim(bottom=max(bottom, 1e-14 * top))
        _cut(ax, values, cut)
    ax.set_xlim(iterations[0], iterations[-1] or 1)
    ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    ax.set_ylabel(label)
    return handles


def diverged(panel: xr.Dataset) -> np.ndarray:
    """Tell for each curve whether it ends above its start, or at no finite number."""
    loss = panel["excess_loss"].to_numpy()
    return np.asarray(~(loss[:, -1] <= loss[:, 0]))


def _end(values: np.ndarray) -> float:
    """Return where the axis of some curves ends: infinity unless one rises far above its start."""
    finite = np.where(np.isfinite(values), values, np.nan)
    start, most = np.nanmax(finite[:, 0]), np.nanmax(finite)
    return float(_ABOVE * start) if most > _FAR * start > 0 else np.inf


def _cut(ax: Any, values: np.ndarray, end: float) -> None:
    """End an axis, and say how many curves go beyond and how far."""
    if np.isinf(end):
        return
    finite = np.where(np.isfinite(values), values, np.nan)
    beyond = int((np.nanmax(finite, axis=1) > end).sum())
    ax.set_ylim(np.nanmin(finite[(finite > 0) & (finite <= end)]) / 2, end)
    ax.annotate(
        f"↑ {beyond} of {len(finite)} curves rise to {np.nanmax(finite):.0e}",
        (0.98, 0.97),
        xycoords="axes fraction",
        ha="right",
        va="top",
        fontsize="small",
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1},
    )


def _marked(count: int, curve: int, curves: int) -> list[int]:
    """Choose the points with a marker: offset from curve to curve, so that equal curves show."""
    apart = max(1, (count - 1) / _MARKERS)
    offset = apart * curve / max(1, curves)
    places = (round(offset + apart * step) for step in range(_MARKERS + 1))
    return sorted({place for place in places if place < count})

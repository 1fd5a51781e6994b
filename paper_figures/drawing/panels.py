"""A figure of training curves: one panel per experiment, mean and 95% band over trials."""

import itertools
import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator, ScalarFormatter

from paper_figures.drawing import style
from paper_figures.drawing.values import note

_PANEL_HEIGHT = 1.7
_LEGEND_ROW_HEIGHT = 0.14
_SHORT_LABEL, _LONG_LABEL = 27, 50
"""Characters of a label up to which two fit beside each other, and beyond which it is wrapped."""
_LINEAR_UP_TO = 20
"""Iterations drawn on a linear axis; the plateaus beyond are drawn on a logarithmic one."""
_TICKS = (0, 5, 10, 15, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000)


def training_curves(
    panels: Sequence[xr.Dataset],
    quantity: str,
    label: str,
    *,
    panel_height: float = _PANEL_HEIGHT,
) -> Figure:
    """Draw `quantity` against the iteration, one panel per summary.

    Parameters
    ----------
    panels
        From `cradl.results.statistics.summary`: `quantity` with its ``_lower`` and ``_upper``.
    label
        Of the vertical, logarithmic axis.
    panel_height
        In inches, with title and labels.
    """
    names = list(dict.fromkeys(str(name) for panel in panels for name in panel["label"].values))
    columns = 2 if max(map(len, names)) <= _SHORT_LABEL else 1
    entries = [style.printed("\n".join(textwrap.wrap(name, _LONG_LABEL))) for name in names]
    legend_rows = sum(entry.count("\n") + 1 for entry in entries) / columns + 0.5
    height = len(panels) * panel_height + legend_rows * _LEGEND_ROW_HEIGHT + 0.2
    with style.applied():
        figure = Figure(figsize=(style.COLUMN_WIDTH, height), layout="constrained")
        axes = figure.subplots(len(panels), 1, squeeze=False)[:, 0]
        handles: dict[str, Any] = {}
        for ax, panel, lines, title in zip(
            axes, panels, lines_of(panels), titles(panels), strict=True
        ):
            ax.set_title(title)
            handles |= _draw_panel(ax, panel, quantity, lines)
            ax.set_ylabel(label)
        linear = f" (logarithmic from {_LINEAR_UP_TO} on)" if _has_logarithmic_part(panels) else ""
        axes[-1].set_xlabel(f"iteration $t${linear}")
        shown = [handles[name] for name in names]
        figure.legend(shown, entries, loc="outside lower center", ncols=columns)
    return figure


def lines_of(panels: Sequence[xr.Dataset]) -> list[list[style.Line]]:
    """Return a style for each curve of each panel, in all panels the same."""
    columns = [
        [str(value) for panel in panels for value in panel[name].values]
        for name in ("method", "aggregator", "variant")
    ]
    lines = iter(style.lines(*columns))
    return [list(itertools.islice(lines, panel.sizes["curve"])) for panel in panels]


def titles(panels: Sequence[xr.Dataset]) -> list[str]:
    """Return the panels' titles as they are drawn, with letters if there are several."""
    return lettered([style.printed(panel.attrs["title"]) for panel in panels])


def lettered(names: Sequence[str]) -> list[str]:
    """Return titles with letters if there are several."""
    if len(names) == 1:
        return [*names]
    return [f"({chr(ord('a') + index)}) {name}" for index, name in enumerate(names)]


def _has_logarithmic_part(panels: Sequence[xr.Dataset]) -> bool:
    return any(panel["iteration"][-1] > _LINEAR_UP_TO for panel in panels)


def _draw_panel(
    ax: Any, panel: xr.Dataset, quantity: str, lines: Sequence[style.Line]
) -> dict[str, Any]:
    """Draw every curve with its band; return the legend's handles by label."""
    iterations = panel["iteration"].to_numpy()
    handles, cut = {}, _end(panel[quantity].to_numpy())
    for curve, line in enumerate(lines):
        drawn = panel.isel(curve=curve)
        # A diverged curve ends where it leaves the finite numbers.
        mean = drawn[quantity].where(np.isfinite(drawn[quantity]))
        (handle,) = ax.plot(
            iterations,
            mean,
            color=line.color,
            linestyle=line.linestyle,
            marker=line.marker,
            markevery=_marked(iterations, curve),
            markerfacecolor="white",
            markeredgewidth=0.7,
        )
        ax.fill_between(
            iterations,
            drawn[f"{quantity}_lower"],
            drawn[f"{quantity}_upper"],
            # The band of what left the picture would fill it.
            where=~(mean > cut),
            color=line.color,
            alpha=0.25,
            linewidth=0,
        )
        handles[str(drawn["label"].values)] = handle
        ends = (drawn[f"{quantity}_{end}"] for end in ("lower", "upper"))
        note(ax, str(drawn["label"].values), iterations, mean, *ends)
    ax.set_yscale("log")
    # Values below the rounding of the largest one are noise.
    bottom, top = ax.get_ylim()
    ax.set_ylim(bottom=max(bottom, 1e-14 * top))
    _cut(ax, panel[quantity].to_numpy(), cut)
    ax.set_xscale("symlog", linthresh=_LINEAR_UP_TO)
    ax.set_xlim(iterations[0], iterations[-1] or 1)
    ax.xaxis.set_major_locator(FixedLocator([tick for tick in _TICKS if tick <= iterations[-1]]))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(ScalarFormatter())
    return handles


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
    )


_FAR, _ABOVE = 1e3, 10.0
"""Multiples of the start: from the first on an axis is cut, at the second."""


def _marked(iterations: np.ndarray, curve: int) -> list[int]:
    """Choose the points with a marker: offset from curve to curve, so that equal curves show."""
    last = len(iterations) - 1
    linear = range(curve % 9, min(_LINEAR_UP_TO, last) + 1, 9)
    beyond = [int(_LINEAR_UP_TO * 1.6**step * 1.05**curve) for step in range(30)]
    return [*linear, *(place for place in beyond if _LINEAR_UP_TO < place <= last)]

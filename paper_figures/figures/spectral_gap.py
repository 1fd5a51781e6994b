"""The plateau under allocations that differ in their second eigenvalue."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator, ScalarFormatter

from paper_figures.drawing import style
from paper_figures.drawing.names import allocation_name
from paper_figures.drawing.panels import titles
from paper_figures.drawing.values import note

_HEIGHT = 2.5
_QUANTILE = 1.96
"""Of the normal distribution, for 95% intervals of means over many allocations."""
_WIDTH = 0.5
"""Of the strip of dots of a kind, in kinds."""
_GOLDEN = (5**0.5 - 1) / 2
"""Its multiples modulo 1 lie evenly in [0, 1), whatever their number."""
_LINE = 11
"""Characters in a line of a kind's name."""
_TICKS = (1, 2, 5, 10, 20, 30, 40, 50, 70, 100, 150, 200, 300, 500, 1000, 2000, 5000, 10_000)


class _Strip(NamedTuple):
    """The draws of one kind of allocation."""

    kind: str
    gain: np.ndarray
    plateau: np.ndarray
    line: style.Line


def draw(
    data: Sequence[xr.Dataset],
    *,
    plateaus: Mapping[str, xr.DataArray],
    bounds: Mapping[str, xr.Dataset],
) -> Figure:
    """Draw the plateau of every draw of each kind of allocation, in the order of λ₂(S Sᵀ)/(r d).

    Supports that λ₂ bounds the worst case: with subsets in random order the plateau rises little
    with it, since their spread is the same on average for every regular allocation; it rises much
    if neighbouring subsets are alike and on the same devices. A small dot is one allocation, a
    large marker with its value the mean of a kind with its 95% interval.
    """
    panels = [_strips(panel, plateaus, bounds) for panel in data]
    with style.applied():
        width = style.COLUMN_WIDTH if len(data) == 1 else style.PAGE_WIDTH
        figure = Figure(figsize=(width, _HEIGHT), layout="constrained")
        axes = figure.subplots(1, len(data), squeeze=False, sharey=True)[0]
        for ax, strips, title in zip(axes, panels, titles(data), strict=True):
            ax.set_title(title)
            _draw_panel(ax, strips)
            ax.set_xlabel(r"allocation, and its mean $\lambda_2(SS^\top)/(rd)$")
        axes[0].set_ylabel(r"plateau of $F - F^*$, % of $F^*$")
    return figure


def _strips(
    panel: xr.Dataset, plateaus: Mapping[str, xr.DataArray], bounds: Mapping[str, xr.Dataset]
) -> list[_Strip]:
    """Return the kinds of an experiment, by their mean eigenvalue."""
    name = str(panel.attrs["experiment"])
    known, measured = bounds[name], plateaus[name]
    drawn = list(zip(known["data_draw"].values, known["allocation_draw"].values, strict=True))
    ran = zip(measured["data_draw"].values, measured["allocation_draw"].values, strict=True)
    group = [drawn.index(pair) for pair in ran]
    columns = [
        [str(value) for value in known[key].values]
        for key in ("method", "aggregator", "allocation")
    ]
    lines = style.lines(*columns[:2], [""] * known.sizes["curve"])
    strips = [
        _Strip(
            kind,
            known["spread_gain"].isel(curve=curve).to_numpy()[group],
            measured.isel(curve=curve).to_numpy(),
            lines[curve],
        )
        for curve, kind in enumerate(columns[2])
    ]
    # Those that are printed alike stay in the order of the study.
    return sorted(strips, key=lambda strip: round(float(strip.gain.mean()), 2))


def _draw_panel(ax: Any, strips: Sequence[_Strip]) -> None:
    for place, (kind, gain, plateau, line) in enumerate(strips):
        aside = _WIDTH * ((np.arange(len(plateau)) * _GOLDEN) % 1 - 0.5)
        ax.plot(place + aside, plateau, ".", color=line.color, markersize=1.8, alpha=0.6, zorder=2)
        mean = float(plateau.mean())
        count = len(plateau)
        half = _QUANTILE * float(plateau.std(ddof=1)) / count**0.5 if count > 1 else 0.0
        ax.errorbar(
            place,
            mean,
            yerr=half,
            color="0.15",
            marker="D",
            markerfacecolor="white",
            markeredgewidth=0.8,
            elinewidth=0.9,
            capsize=2,
            zorder=3,
        )
        at = {"ha": "left", "va": "center", "fontsize": 6.5}
        ax.text(place + _WIDTH / 2 + 0.04, mean, f"{mean:.0f}", **at)
        note(ax, allocation_name(kind), [gain.mean()], [mean], [mean - half], [mean + half])
    ax.set_xticks(range(len(strips)), [_named(strip) for strip in strips])
    ax.set_xlim(-0.6, len(strips) - 0.4)
    ax.tick_params(axis="x", labelsize=6, length=0)
    ax.grid(visible=False, axis="x")
    ax.set_yscale("log")
    ax.yaxis.set_major_locator(FixedLocator(_TICKS))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(ScalarFormatter())


def _named(strip: _Strip) -> str:
    lines = textwrap.wrap(allocation_name(strip.kind), _LINE)
    return "\n".join([*lines, *[""] * (2 - len(lines)), f"{strip.gain.mean():.2f}"])

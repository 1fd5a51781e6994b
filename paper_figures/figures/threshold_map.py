"""The settings that the threshold on C_α leaves to the theorems, over α and r/M, for each rule."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from paper_figures.drawing import style
from paper_figures.drawing.names import DATASETS, rule_name
from paper_figures.drawing.values import note

_HEIGHT = 3.5
_COLUMNS = 3
_SIZES: Sequence[tuple[Any, str]] = [
    ("-", "o"),
    ((0, (4, 1.5)), "s"),
    ((0, (1, 1)), "^"),
    ((0, (4, 1.5, 1, 1.5)), "D"),
    ((0, (8, 1.5)), "v"),
]
"""Line and marker of each pair (N, D)."""
_SHADE = 0.18
_OUTSIDE: Mapping[str, Any] = {
    "facecolor": "white",
    "edgecolor": "0.8",
    "hatch": "/////",
    "linewidth": 0,
}


class _Setting(NamedTuple):
    N: int
    D: int
    rule: str
    alpha: float
    share: float
    met: bool
    place: str
    """Where in the paper it is from; empty if not from there."""


def draw(
    data: Sequence[xr.Dataset], *, bounds: Mapping[str, xr.Dataset], thresholds: xr.Dataset
) -> Figure:
    """Draw the region C_α < 1/(2√2 (1 − r/M)) of each rule of Table I, with the runs' settings.

    Supports that the printed constants leave the theorems little room: in the shaded part above the
    line the threshold is met if every subset is on equally many devices, as Remark 1 has it. Lines
    are drawn for each (N, D) of the settings, once if they coincide. A setting is filled if
    the threshold is met with the allocation's own d_min and ν, hollow if it is not, and has no
    point if C_α is not that of Table I. Those of Section V are named.
    """
    rules = [str(rule) for rule in thresholds["rule"].values]
    settings = _settings(data, bounds)
    sizes = sorted({(one.N, one.D) for one in settings}, reverse=True)
    with style.applied():
        figure = Figure(figsize=(style.PAGE_WIDTH, _HEIGHT), layout="constrained")
        rows = -(-len(rules) // _COLUMNS)
        axes = figure.subplots(rows, _COLUMNS, sharex=True, sharey=True, squeeze=False)
        for ax, rule in zip(axes.flat, rules, strict=False):
            line = style.lines(["cra_dl"], [rule], [""])[0]
            ax.set_title(rule_name(rule))
            ax.set(xlim=(0, 0.5), ylim=(0, 1))
            _draw_regions(ax, thresholds.sel(rule=rule), sizes, line.color)
            own = [one for one in settings if one.rule == rule]
            for one in own:
                _draw_setting(ax, one, _size(sizes.index((one.N, one.D)))[1], line)
            for place in dict.fromkeys(one.place for one in own if one.place):
                _name(ax, place, [one for one in own if one.place == place])
        for ax in axes[-1]:
            ax.set_xlabel(r"$\alpha$, Byzantine fraction")
        for ax in axes[:, 0]:
            ax.set_ylabel("$r/M$, share of the data\non each device")
        for ax in list(axes.flat)[len(rules) :]:
            ax.remove()
        entries = _entries(sizes)
        figure.legend(entries.values(), entries, loc="outside lower center", ncols=3)
    return figure


def _size(place: int) -> tuple[Any, str]:
    return _SIZES[place % len(_SIZES)]


def _settings(data: Sequence[xr.Dataset], bounds: Mapping[str, xr.Dataset]) -> list[_Setting]:
    """Return the setting of each curve with a rule of Table I, each once."""
    settings = {}
    for panel in data:
        regime = bounds[str(panel.attrs["experiment"])]
        known = regime["factor"].sel(hypothesis="rule_in_table").max("group") < 1
        met = (regime["factor"].sel(hypothesis="threshold") < 1).all("group")
        for index in np.flatnonzero(known):
            curve = regime.isel(curve=index)
            N, D, f, M, r = (int(curve[name]) for name in ("N", "D", "f", "M", "r"))
            rule, data_set = (str(curve[name].values) for name in ("aggregator", "dataset"))
            place = DATASETS.get(data_set, "")
            settings[_Setting(N, D, rule, f / N, r / M, bool(met[index]), place)] = None
    return list(settings)


def _draw_regions(
    ax: Any, thresholds: xr.Dataset, sizes: Sequence[tuple[int, int]], color: Any
) -> None:
    """Shade above the boundary of each size, once if they coincide, and beyond the domain.

    The domain of a row of Table I does not depend on the size.
    """
    drawn: list[np.ndarray] = []
    for place, (N, D) in enumerate(sizes):
        chosen = (thresholds["N"] == N) & (thresholds["D"] == D)
        region = thresholds.isel(size=int(np.flatnonzero(chosen)[0]))
        factor = region["factor"].transpose("alpha", "share")
        inside = factor.notnull().all("share").to_numpy()
        alpha, rows = region["alpha"].to_numpy(), factor.to_numpy()[inside]
        boundary = np.array([_boundary(region["share"].to_numpy(), row) for row in rows])
        if any(np.allclose(boundary, other) for other in drawn):
            continue
        if not drawn and not inside.all():
            ax.axvspan(alpha[~inside].min(), 0.5, **_OUTSIDE)
        drawn.append(boundary)
        ax.fill_between(alpha[inside], boundary, 1, color=color, alpha=_SHADE, linewidth=0)
        ax.plot(alpha[inside], boundary, color=color, linestyle=_size(place)[0])
        note(ax, f"threshold, N = {N}, D = {D}", alpha[inside], boundary)


def _boundary(share: np.ndarray, factor: np.ndarray) -> float:
    """Return the share from which on the factor, which falls linearly, is below 1."""
    if factor[0] < 1:
        return 0.0
    return float(np.interp(-1, -factor, share))


def _draw_setting(ax: Any, one: _Setting, marker: str, line: style.Line) -> None:
    ax.plot(
        one.alpha,
        one.share,
        linestyle="",
        marker=marker,
        color=line.color,
        markeredgecolor="0.2",
        markerfacecolor=line.color if one.met else "white",
        markeredgewidth=0.5,
        clip_on=False,
        zorder=3,
    )
    note(ax, "setting that meets it" if one.met else "setting that fails it", one.alpha, one.share)


def _name(ax: Any, place: str, settings: Sequence[_Setting]) -> None:
    """Write where settings are from, in the widest gap between them or after the last."""
    alphas = sorted({one.alpha for one in settings})
    gaps = [(high - low, (low + high) / 2) for low, high in itertools.pairwise(alphas)]
    x = max(gaps)[1] if gaps else alphas[0] + 0.08
    at = {"ha": "center", "va": "bottom", "fontsize": 6, "color": "0.2"}
    ax.text(x, max(one.share for one in settings) - 0.02, place, **at)


def _entries(sizes: Sequence[tuple[int, int]]) -> dict[str, Any]:
    entries: dict[str, Any] = {
        f"$N = {N}$, $D = {D}$": Line2D(
            [], [], color="0.3", linestyle=_size(place)[0], marker=_size(place)[1]
        )
        for place, (N, D) in enumerate(sizes)
    }
    entries["threshold met"] = Patch(facecolor="0.3", alpha=_SHADE, linewidth=0)
    entries["no constant in Table I"] = Patch(**_OUTSIDE)
    for name, face in (("setting that meets it", "0.3"), ("setting that fails it", "white")):
        entries[name] = Line2D(
            [], [], linestyle="", marker="o", color="0.2", markerfacecolor=face, markeredgewidth=0.5
        )
    return entries

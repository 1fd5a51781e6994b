"""Panels that both figures of the sharpened theorems share."""

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from paper_figures.drawing import bound_sides, style
from paper_figures.drawing.panels import lettered, lines_of

_BEFORE = ("any rule", "spectral", "least squares")
"""Forms that are known before a run; the smallest is drawn."""
_LINES: Mapping[str, tuple[str, Any]] = {
    "paper": ("bound of the paper", (0, (1, 1))),
    "before": ("sharpened bound, known before the run", (0, (5, 1.5))),
    "sigma measured": (r"sharpened, $\sigma$ measured", (0, (5, 1.5, 1, 1.5))),
    "spread measured": (r"sharpened, spread $V$ measured", (0, (2, 1))),
}
_COLUMNS = 3
_FEW = 4
"""Up to so many panels stand in two columns."""
_PANEL_HEIGHT = 1.75
_ROW = 0.15


def figure_of(
    data: Sequence[xr.Dataset],
    sharpened: Mapping[str, xr.Dataset],
    bounds: Mapping[str, xr.Dataset],
    *,
    gap: bool,
) -> Figure:
    """Draw one panel per experiment: the quantity that a statement bounds, and its bounds.

    Parameters
    ----------
    data
        Summaries of the experiments.
    sharpened, bounds
        By experiment: ``sides`` of `theory.runs.judge_primed`, and `theory.runs.hypotheses.regime`.
    gap
        Draw Theorem 3′; Theorem 1′, or 2′ if rates decay, otherwise.

    Raises
    ------
    ValueError
        Several draws of data or allocation, each with its own expectation and bound.
    """
    divided = [_by_rate(_panel(summary, sharpened, bounds, gap=gap)) for summary in data]
    # Rates one after the other, so that experiments stand beside each other.
    panels = [
        panel for same in itertools.zip_longest(*divided) for panel in same if panel is not None
    ]
    styles, titles = lines_of(panels), lettered([panel.attrs["title"] for panel in panels])
    names = {
        str(label): line
        for panel, lines in zip(panels, styles, strict=True)
        for label, line in zip(panel["label"].values, lines, strict=True)
    }
    columns = _COLUMNS if len(panels) > _FEW else min(2, len(panels))
    rows = -(-len(panels) // columns)
    shown = [key for key in _LINES if any(_draws(panel, key) for panel in panels)]
    entries = -(-(len(names) + len(shown) + 1) // 3)
    with style.applied():
        size = (style.PAGE_WIDTH, rows * _PANEL_HEIGHT + (entries + 0.7) * _ROW)
        figure = Figure(figsize=size, layout="constrained")
        axes = list(figure.subplots(rows, columns, squeeze=False, sharex=False).flat)
        for ax in axes[len(panels) :]:
            ax.remove()
        for place, (ax, panel, lines, title) in enumerate(
            zip(axes, panels, styles, titles, strict=False)
        ):
            _draw_panel(ax, panel, lines)
            ax.set_title(title)
            first = panels[place - place % columns]
            if place % columns == 0 or _label(panel, gap=gap) != _label(first, gap=gap):
                ax.set_ylabel(_label(panel, gap=gap))
            if place >= len(panels) - columns:
                ax.set_xlabel("$T + 1$, iterations")
        _legend(figure, names, shown)
    return figure


def _panel(
    panel: xr.Dataset,
    sharpened: Mapping[str, xr.Dataset],
    bounds: Mapping[str, xr.Dataset],
    *,
    gap: bool,
) -> xr.Dataset:
    """Return both sides of the statement that speaks of each curve (curve, iteration)."""
    name = str(panel.attrs["experiment"])
    sides, known = sharpened[name], bounds[name]
    if known.sizes["group"] != 1:
        drawn = f"{known.sizes['group']} of {name}"
        raise ValueError(f"need one draw of data and allocation for a bound, got {drawn}")
    robust = known.isel(curve=known["robust"].to_numpy(), group=0)
    decays = np.ptp(robust["step_size"].to_numpy(), axis=1) > 0
    statement = np.where(gap, "sharpened3", np.where(decays, "sharpened2", "sharpened1"))
    each = xr.DataArray(np.broadcast_to(statement, decays.shape), dims="curve")
    chosen = sides.sel(statement=each)
    before = chosen["bound"].sel(form=list(_BEFORE)).min("form")
    paper = robust["theorem1"].fillna(robust["theorem2"]).to_numpy()
    variables = {
        "measured": chosen["measured"],
        "lower": chosen["lower"],
        "upper": chosen["upper"],
        "before": before,
        "sigma measured": chosen["bound"].sel(form="sigma measured").where(before.isnull()),
        "spread measured": chosen["bound"].sel(form="spread measured"),
        "paper": (("curve", "iteration"), np.full_like(paper, np.nan) if gap else paper),
    }
    plain = {
        key: values.reset_coords(drop=True) if isinstance(values, xr.DataArray) else values
        for key, values in variables.items()
    }
    return xr.Dataset(
        plain,
        {
            name: ("curve", robust[name].to_numpy())
            for name in ("label", "variant", "method", "aggregator")
        }
        | {"decays": ("curve", decays)},
        {"title": style.printed(panel.attrs["title"])},
    )


_RATE = re.compile(r"(^|, )γ = ([^,]*)")


def _by_rate(panel: xr.Dataset) -> list[xr.Dataset]:
    """Divide curves of one experiment that differ in the learning rate; name it in the title."""
    matches = [_RATE.search(str(variant)) for variant in panel["variant"].values]
    rates = [match.group(2) if match else "" for match in matches]
    parts = []
    for rate in dict.fromkeys(rates):
        part = panel.isel(curve=[place for place, other in enumerate(rates) if other == rate])
        for name in ("variant", "label"):
            plain = [_RATE.sub("", str(text)).removeprefix(", ") for text in part[name].values]
            part = part.assign_coords({name: ("curve", plain)})
        title = f"{panel.attrs['title']}, $\\gamma = {rate}$" if rate else panel.attrs["title"]
        parts.append(part.assign_attrs(title=title))
    return parts


def _draws(panel: xr.Dataset, key: str) -> bool:
    return bool(np.isfinite(panel[key]).any())


def _label(panel: xr.Dataset, *, gap: bool) -> str:
    if gap:
        return r"$\mathrm{E} F(\mathbf{x}^T) - F^*$"
    names = {"theorem2" if falls else "theorem1" for falls in panel["decays"].values}
    return bound_sides.label_of(names)


def _draw_panel(ax: Any, panel: xr.Dataset, lines: Sequence[style.Line]) -> None:
    x = np.arange(panel.sizes["iteration"]) + 1.0
    for curve, line in enumerate(lines):
        sides = panel.isel(curve=curve)
        marked = np.unique(np.geomspace(1, len(x), 6).astype(int) - 1)[curve % 2 :]
        bound_sides.draw_measured(
            ax, x, sides["measured"].to_numpy(), line, markevery=marked.tolist()
        )
        ax.fill_between(
            x, sides["lower"], sides["upper"], color=line.color, alpha=0.25, linewidth=0
        )
        for key, (_, dashes) in _LINES.items():
            ax.plot(x, sides[key].to_numpy(), color=line.color, linestyle=dashes, linewidth=0.8)
    ax.set_xscale("log")
    ax.set_xlim(x[0], max(x[-1], 2))
    bound_sides.set_logarithmic(ax, [panel[key].to_numpy() for key in ("measured", *_LINES)])


def _legend(figure: Figure, names: Mapping[str, style.Line], shown: Sequence[str]) -> None:
    # Two lists, because a curve may be called like a kind of line.
    handles = [
        Line2D([], [], color=line.color, linestyle="", **bound_sides.markers(line))
        for line in names.values()
    ]
    labels = [style.printed(name) for name in names]
    handles.append(Line2D([], [], color="0.3"))
    labels.append("measured, 95% band for all $T$ at once")
    for key in shown:
        name, dashes = _LINES[key]
        handles.append(Line2D([], [], color="0.3", linestyle=dashes, linewidth=0.8))
        labels.append(name)
    figure.legend(handles, labels, loc="outside lower center", ncols=3)

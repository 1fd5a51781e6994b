"""Both sides of a theorem, and how the figures of bounds draw them."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from paper_figures.drawing import style
from paper_figures.drawing.names import failing

BOUND_STYLE = (0, (3, 1.5))
LEFT_SIDES: Mapping[str, str] = {
    "theorem1": r"mean of $\mathrm{E}\|\nabla F(\mathbf{x}^t)\|^2$, $t \leq T$",
    "theorem2": r"minimum of $\mathrm{E}\|\nabla F(\mathbf{x}^t)\|^2$, $t \leq T$",
}
"""The quantity that each theorem bounds."""
_OTHER_STEP: Mapping[str, str] = {"theorem1": "step_theorem2", "theorem2": "step_theorem1"}
_OF_PANELS = ("label", "variant", "method", "aggregator")
_OF_BOUNDS = ("r", "alpha", "schedule")
_SHADE = 0.2
_MARKERS = 7
"""About how many markers a curve has."""
_PANEL_HEIGHT = 1.9
_LEGEND_ROW_HEIGHT = 0.14
_SHORT_LABEL = 27
"""Characters of a label up to which two fit beside each other in a column of the page."""
_REASON_LENGTH = 62
"""Characters in a line of the reason why there is no bound."""
_REASON_HEIGHT = 0.075
"""Of such a line, as a share of the panel's height."""


def sides(
    panel: xr.Dataset, left_sides: Mapping[str, xr.Dataset], bounds: Mapping[str, xr.Dataset]
) -> xr.Dataset:
    """Put both sides of the theorem that speaks of each curve's learning rates side by side.

    Theorem 2 speaks of rates that decay, Theorem 1 of all others.

    Parameters
    ----------
    panel
        Summary of an experiment.
    left_sides, bounds
        By experiment: from `cradl.results.statistics.left_sides` and
        `theory.runs.hypotheses.regime`.

    Returns
    -------
    ``measured``, ``lower``, ``upper`` and ``bound``, NaN if there is none, over
    (curve, iteration); ``factor`` (curve, hypothesis) of the theorem's own hypotheses, NaN for
    those of the other; ``limit`` (curve), ρ3/ρ1, NaN if ρ1 is not positive; the coordinate
    ``theorem`` (curve).

    Raises
    ------
    ValueError
        Several draws of data or allocation, of which each has its own expectation and bound; or
        curves that are not those of the runs.
    """
    name = str(panel.attrs["experiment"])
    left, right = left_sides[name], bounds[name]
    for side in (left, right):
        if side.sizes["group"] != 1:
            drawn = f"{side.sizes['group']} of {name}"
            raise ValueError(f"need one draw of data and allocation for a bound, got {drawn}")
    runs, bounded = ([str(label) for label in store["label"].values] for store in (panel, right))
    if runs != bounded:
        raise ValueError(f"need the bounds of the curves {runs} of {name}, got {bounded}")
    left, right = left.isel(group=0), right.isel(group=0)
    decays = xr.DataArray(np.isin(right["schedule"], ["theorem2", "sharpened2"]), dims="curve")
    positive = right["rho_1"] > 0
    own = ~xr.where(
        decays,
        right["hypothesis"] == _OTHER_STEP["theorem2"],
        right["hypothesis"] == _OTHER_STEP["theorem1"],
    )
    variables = {
        shown: xr.where(decays, left[f"theorem2{end}"], left[f"theorem1{end}"])
        for shown, end in (("measured", ""), ("lower", "_lower"), ("upper", "_upper"))
    }
    variables |= {
        "bound": xr.where(decays, right["theorem2"], right["theorem1"]),
        "factor": right["factor"].where(own),
        "limit": right["rho_3"] / right["rho_1"].where(positive),
    }
    plain = xr.Dataset({key: values.reset_coords(drop=True) for key, values in variables.items()})
    described = {key: ("curve", panel[key].to_numpy()) for key in _OF_PANELS}
    described |= {key: ("curve", right[key].to_numpy()) for key in _OF_BOUNDS}
    described["theorem"] = ("curve", np.where(decays, "theorem2", "theorem1"))
    return plain.assign_coords(described)


def label_of(theorems: Iterable[str]) -> str:
    """Return the label of the vertical axis of a panel in which these theorems are drawn."""
    return "\n".join(LEFT_SIDES[theorem] for theorem in sorted(set(theorems)))


class Failure(NamedTuple):
    """The hypothesis that leaves a curve without any bound."""

    hypothesis: str
    factor: float
    """By how much; infinite or NaN where there is no number to it."""


def failure(factor: xr.DataArray) -> Failure | None:
    """Return the first hypothesis that fails, in their order; None if all hold."""
    for name, value in zip(factor["hypothesis"].values, factor.to_numpy(), strict=True):
        if value >= 1:
            return Failure(str(name), float(value))
    return None


def say_failures(
    ax: Any, failures: Sequence[Failure | None], curves: int, *, first: str = ""
) -> None:
    """Write above a panel's curves `first`, and why some have no bound: a line per hypothesis."""
    lines = [first] if first else []
    names = dict.fromkeys(reason.hypothesis if reason else "" for reason in failures)
    for name in names:
        alike = [reason for reason in failures if (reason.hypothesis if reason else "") == name]
        factors = [reason.factor for reason in alike if reason and np.isfinite(reason.factor)]
        ends = [f"{factor:.2g}" for factor in (min(factors), max(factors))] if factors else []
        times = f" ({' to '.join(dict.fromkeys(ends))} times)" if ends else ""
        which = "no bound" if len(alike) == curves else f"{len(alike)} of {curves} without bound"
        why = f": {failing(name)}{times}" if name else ""
        lines += textwrap.wrap(f"{which}{why}", _REASON_LENGTH)
    if not lines:
        return
    share = _REASON_HEIGHT * len(lines)
    low, high = np.log(ax.get_ylim())
    ax.set_ylim(top=np.exp(low + (high - low) / (1 - share)))
    at = {"transform": ax.transAxes, "ha": "right", "va": "top", "fontsize": 6, "color": "0.25"}
    ax.text(0.985, 0.97, "\n".join(lines), **at)


def draw_measured(ax: Any, x: np.ndarray, y: np.ndarray, line: style.Line, **keys: Any) -> Any:
    """Draw a left side: solid, its markers filled with coding and hollow without."""
    (drawn,) = ax.plot(x, y, color=line.color, linestyle="-", **markers(line), **keys)
    return drawn


def draw_bound(ax: Any, x: np.ndarray, y: np.ndarray, line: style.Line, **keys: Any) -> Any:
    """Draw a bound: dashed, in the colour of its left side and with small hollow markers."""
    small = markers(line) | {"markerfacecolor": "white", "markersize": 2.2}
    (drawn,) = ax.plot(x, y, color=line.color, linestyle=BOUND_STYLE, zorder=2.5, **small, **keys)
    return drawn


def markers(line: style.Line) -> dict[str, Any]:
    """Return the marker of a left side."""
    filled = line.linestyle == "-"
    return {
        "marker": line.marker,
        "markerfacecolor": line.color if filled else "white",
        "markeredgewidth": 0.7,
    }


def draw_limit(ax: Any, limit: float, line: style.Line) -> bool:
    """Draw and name ρ3/ρ1 at the right edge if it lies inside the panel; tell whether it does."""
    low, high = ax.get_ylim()
    inside = bool(low <= limit <= high)
    if inside:
        edge = ax.get_yaxis_transform()
        ax.plot([0.93, 1], [limit, limit], transform=edge, color=line.color, linewidth=1.6)
        at = {"ha": "left", "va": "center", "fontsize": 6, "color": line.color}
        ax.text(1.01, limit, r"$\rho_3/\rho_1$", transform=edge, **at)
    return inside


def marked(count: int, curve: int, curves: int) -> list[int]:
    """Choose the points with a marker, as far apart on the axis; those of others lie between."""
    steps = (np.arange(_MARKERS) + (curve + 0.5) / curves) / _MARKERS
    return sorted(set(np.rint(count**steps - 1).astype(int).tolist()))


def parts(missing: np.ndarray) -> Iterator[tuple[int, int]]:
    """Yield the first place of each part without a bound, and the place past its last."""
    steps = np.diff(np.concatenate([[False], missing, [False]]).astype(int))
    yield from zip(np.flatnonzero(steps > 0), np.flatnonzero(steps < 0), strict=True)


def shade(ax: Any, low: float, high: float, color: Any) -> None:
    """Shade the range in which a hypothesis fails."""
    ax.axvspan(low, high, facecolor=color, alpha=_SHADE, linewidth=0, zorder=0.5)


def set_logarithmic(ax: Any, values: Sequence[np.ndarray]) -> None:
    """Make the vertical axis logarithmic and fit it to the positive, finite `values`."""
    ax.set_yscale("log")
    together = np.concatenate([np.ravel(array) for array in values])
    shown = together[np.isfinite(together) & (together > 0)]
    if len(shown):
        room = (shown.max() / shown.min()) ** 0.06 * 1.1
        ax.set_ylim(shown.min() / room, shown.max() * room)


def canvas(panels: int, entries: int, longest: int, kinds: int) -> tuple[Figure, list[Any], int]:
    """Return a figure for some panels, its axes, and the number of its legend's columns.

    One panel is as wide as a column, several are as wide as the page.

    Parameters
    ----------
    panels
        Number of panels.
    entries, longest
        Number of entries of the legend that name curves, and characters of the longest.
    kinds
        Number of other entries.
    """
    columns = min(panels, 2)
    rows = -(-panels // columns)
    width = style.COLUMN_WIDTH if columns == 1 else style.PAGE_WIDTH
    beside = columns * (2 if longest <= _SHORT_LABEL else 1)
    legend = (-(-(entries + kinds) // beside) + 0.5) * _LEGEND_ROW_HEIGHT
    height = rows * _PANEL_HEIGHT + legend + 0.2
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = list(figure.subplots(rows, columns, squeeze=False).flat)
    for ax in axes[panels:]:
        ax.remove()
    return figure, axes[:panels], beside


def legend(
    figure: Figure, lines: Mapping[str, style.Line], *, interval: str, limit: bool, columns: int
) -> None:
    """Write the legend below the panels: the curves, then the kinds of line that each has."""
    shaded = any(ax.patches for ax in figure.axes)
    named, kinds = _named(lines), _kinds(interval=interval, limit=limit, shaded=shaded)
    # Two lists, because a curve may be called like a kind.
    handles, names = [*named.values(), *kinds.values()], [*map(style.printed, named), *kinds]
    figure.legend(handles, names, loc="outside lower center", ncols=columns)


def _named(lines: Mapping[str, style.Line]) -> dict[str, Any]:
    """Return the legend's entries that name curves."""
    return {
        name: Line2D([], [], color=line.color, linestyle="", **markers(line))
        for name, line in lines.items()
    }


def _kinds(*, interval: str, limit: bool, shaded: bool) -> dict[str, Any]:
    """Return the legend's entries for the kinds of line that each curve has."""
    entries: dict[str, Any] = {
        f"measured, {interval}": Line2D([], [], color="0.3"),
        "bound": Line2D([], [], color="0.3", linestyle=BOUND_STYLE),
    }
    if limit:
        entries[r"$\rho_3/\rho_1$, limit at fixed $\lambda$ or rates (33)"] = Line2D(
            [], [], color="0.3", linewidth=1.6
        )
    if shaded:
        entries["a hypothesis fails: no bound"] = Patch(facecolor="0.3", alpha=_SHADE, linewidth=0)
    return entries

"""The paradigm, which Fig. 1 of the paper sketches, drawn from the first iteration of a run."""

import math
import textwrap
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from paper_figures.drawing import style
from paper_figures.drawing.panels import EXCESS, lines_of, names_of
from paper_figures.drawing.values import note

_TITLES = ("allocation", "the server receives", "it decides", "it learns")
_ROW_HEIGHT = 1.75
_LEGEND_ROW_HEIGHT = 0.14
_LEGEND_COLUMNS = 5
_MOST_TICKS = 10
"""On each axis of an allocation."""
_NAMED_ROW = 0.08
"""Height of a device's name, as a share of the allocation's width."""
_MOST_NAMES = 4
"""Messages in one place that are named; of more their number is given."""
_TOGETHER = 0.13
"""Share of a plane's width up to which messages share a name."""
_NAME_LENGTH, _NAME_HEIGHT, _ROOM = 0.12, 0.09, 0.065
"""Shares of a plane's width: the size of one name; what it needs free around its middle line."""
_MARGIN = 0.02
"""Share of a plane's width that stays free inside its edges."""
_DISTANCES = (0.03, 0.06, 0.1, 0.15, 0.2)
"""Shares of a plane's width at which a name may stand from its point, the best first."""
_ANGLES = np.linspace(0, 2 * np.pi, 16, endpoint=False)
_DIRECTIONS = np.column_stack([np.cos(_ANGLES), np.sin(_ANGLES)])
_FRAME = "0.5"
_BESIDE_TICKS: dict[str, Any] = {
    "xycoords": "axes fraction",
    "xytext": (-2, -3.5),
    "textcoords": "offset points",
    "ha": "right",
    "va": "top",
    "fontsize": 6.5,
    "fontstyle": "italic",
}
"""Where the headings of the rows of an allocation's ticks stand."""
_MARKER_SIZE = 4.5


class Sent(NamedTuple):
    """One iteration's messages (N, 2), which of them are lies (N,), ∇F/N (2,)."""

    messages: np.ndarray
    lies: np.ndarray
    target: np.ndarray

    def names(self) -> list[str]:
        """Name each message as the paper does."""
        letters = ["b" if lie else "g" for lie in self.lies]
        return [rf"$\mathbf{{{letter}}}_{{{i}}}$" for i, letter in enumerate(letters, start=1)]


def draw(data: Sequence[xr.Dataset]) -> Figure:
    """Draw an iteration from left to right: allocation, messages, decision, loss.

    Supports no claim: it illustrates how a robust rule, unlike the mean, decides close to ∇F/N
    although a device is Byzantine. It shows the first trial at x⁰, one row for all curves with the
    same allocation and messages, and then the excess loss: the mean of all trials with its band.

    Raises
    ------
    ValueError
        Runs without stored messages, or with messages that are no points of a plane.
    """
    for runs in data:
        _require_plane(runs)
    rows = [(runs, curves) for runs in data for curves in _sharing(runs)]
    handles: dict[str, Any] = {}
    with style.applied():
        figure = Figure(layout="constrained")
        grid = figure.subplots(len(rows), len(_TITLES), squeeze=False, width_ratios=(1.3, 1, 1, 1))
        for row, ((runs, curves), axes) in enumerate(zip(rows, grid, strict=True)):
            for column, (ax, title) in enumerate(zip(axes, _TITLES, strict=True)):
                ax.set_title(f"({chr(ord('a') + len(_TITLES) * row + column)}) {title}")
            handles |= _draw_row(axes, runs, curves)
            if len(rows) > 1:
                heading = style.printed(textwrap.fill(runs.attrs["title"], 24))
                axes[0].set_ylabel(f"{heading}\n{axes[0].get_ylabel()}")
        legend_rows = math.ceil(len(handles) / _LEGEND_COLUMNS)
        height = len(rows) * _ROW_HEIGHT + legend_rows * _LEGEND_ROW_HEIGHT + 0.1
        figure.set_size_inches(style.PAGE_WIDTH, height)
        figure.legend(handles.values(), handles, loc="outside lower center", ncols=_LEGEND_COLUMNS)
    return figure


def _require_plane(runs: xr.Dataset) -> None:
    name = runs.attrs["experiment"]
    if "messages" not in runs:
        raise ValueError(f"need the messages of {name} (messages: true), got none")
    if runs.sizes["feature"] != 2:
        raise ValueError(f"need D = 2 to draw the messages of {name}, got {runs.sizes['feature']}")
    if not np.isfinite(runs["messages"].isel(iteration=0)).all():
        raise ValueError(f"need finite messages at x^0 of {name}, got some that are not")


def _sharing(runs: xr.Dataset) -> list[list[int]]:
    """Group the curves that have the same allocation, Byzantine devices and messages at x⁰."""
    groups: dict[bytes, list[int]] = {}
    first = runs[["S", "byzantine", "messages"]].isel(iteration=0)
    for curve in range(runs.sizes["curve"]):
        drawn = first.isel(curve=curve).data_vars.values()
        groups.setdefault(b"".join(part.to_numpy().tobytes() for part in drawn), []).append(curve)
    return list(groups.values())


def _draw_row(axes: Sequence[Any], runs: xr.Dataset, curves: list[int]) -> dict[str, Any]:
    """Draw the four panels of the curves; return the legend's handles by label."""
    (styles,) = lines_of([runs])
    group, lines = runs.isel(curve=curves), [styles[curve] for curve in curves]
    first = group.isel(iteration=0)
    updates, shared = first["update"].to_numpy(), first.isel(curve=0)
    messages, lies = shared["messages"].to_numpy(), shared["byzantine"].to_numpy() == 1
    sent = Sent(messages, lies, shared["gradient"].to_numpy() / len(messages))
    near = _square([*updates, *messages[~lies], sent.target])
    _draw_allocation(axes[0], shared["S"].to_numpy(), sent)
    handles = _draw_received(axes[1], sent, near)
    _draw_decided(axes[2], sent, near, updates, lines)
    for name, update in zip(names_of(group), updates, strict=True):
        note(axes[2], name, *update)
    return handles | _draw_losses(axes[3], group, lines)


def _square(points: Sequence[Any]) -> np.ndarray:
    """Return the limits (2, 2) of a square around the points."""
    low, high = np.min(points, axis=0), np.max(points, axis=0)
    half = 0.65 * float(np.max(high - low)) or 1.0
    centre = 0.5 * (low + high)
    return np.stack([centre - half, centre + half], axis=1)


def _draw_allocation(ax: Any, S: np.ndarray, sent: Sent) -> None:
    """Draw one cell per device and subset, filled if the device holds the subset."""
    colors = ListedColormap(["0.93", style.HONEST, style.BYZANTINE])
    cells = S * np.where(sent.lies, 2, 1)[:, np.newaxis]
    ax.pcolormesh(cells, cmap=colors, vmin=0, vmax=2, edgecolors="white", linewidth=1.5)
    ax.invert_yaxis()
    ax.grid(visible=False)
    devices, subsets = (np.arange(0, count, -(-count // _MOST_TICKS)) for count in S.shape)
    # Square cells, unless the devices' names need more height.
    ax.set_box_aspect(np.clip(S.shape[0] / S.shape[1], _NAMED_ROW * len(devices), 1))
    ax.set_anchor("N")
    counts = [int(S[:, k].sum()) for k in subsets]
    ticks = [f"{k + 1}\n{count}" for k, count in zip(subsets, counts, strict=True)]
    ax.set_xticks(subsets + 0.5, ticks)
    ax.set_xlabel("subset $k$, and on how many devices it is")
    ax.annotate("k\non", (0, 0), **_BESIDE_TICKS)
    for device, held in enumerate(S, start=1):
        note(ax, f"device {device}", np.arange(1, len(held) + 1), held)
    ax.set_yticks(devices + 0.5, devices + 1)
    ax.set_ylabel("device $i$")
    beside = ax.secondary_yaxis("right")
    names = sent.names()
    said = [f"{'lies' if sent.lies[device] else 'sends'} {names[device]}" for device in devices]
    beside.set_yticks(devices + 0.5, said)
    for axis in (ax, beside):
        for label, device in zip(axis.get_yticklabels(), devices, strict=True):
            label.set_color(style.BYZANTINE if sent.lies[device] else "black")
        axis.tick_params(length=0)
        axis.spines[:].set_visible(False)


def _draw_received(ax: Any, sent: Sent, near: np.ndarray) -> dict[str, Any]:
    """Draw all messages, and the frame of the next panel; return the legend's handles."""
    limits = _square([*sent.messages, sent.target, (0, 0)])
    handles = _draw_messages(ax, sent, limits)
    ax.set_ylabel("second coordinate")
    for message, lie in zip(sent.messages, sent.lies, strict=True):
        color = style.BYZANTINE if lie else style.HONEST
        ax.plot([0, message[0]], [0, message[1]], color=color, linewidth=0.6, alpha=0.5, zorder=1)
    corners = np.array([(near[0, i], near[1, j]) for i, j in ((0, 0), (0, 1), (1, 1), (1, 0))])
    ax.add_patch(Polygon(corners, fill=False, edgecolor=_FRAME, linewidth=0.6, zorder=1))
    steps = np.linspace(0, 1, 60)[:, np.newaxis]
    ways = [steps * message for message in sent.messages]
    edges = [a + steps * (b - a) for a, b in zip(corners, np.roll(corners, 1, axis=0), strict=True)]
    taken = np.concatenate([sent.target[np.newaxis], *ways, *edges])
    taken = _write_names(ax, sent, taken, limits)
    _write(ax, "(c)", 1, corners, taken, limits, _FRAME)
    return handles


def _draw_decided(
    ax: Any, sent: Sent, limits: np.ndarray, updates: np.ndarray, lines: list[style.Line]
) -> None:
    """Draw the server's decision of each curve, and its distance from ∇F/N."""
    _draw_messages(ax, sent, limits)
    taken = [sent.messages, sent.target[np.newaxis]]
    for update, line in zip(updates, lines, strict=True):
        way = np.linspace(sent.target, update, 60)
        taken.append(way)
        ax.plot(*way[[0, -1]].T, color=line.color, linestyle=":", zorder=1.5)
        ax.plot(*update, **line.artist(), markersize=_MARKER_SIZE)
    _write_names(ax, sent, np.concatenate(taken), limits)


def _draw_messages(ax: Any, sent: Sent, limits: np.ndarray) -> dict[str, Any]:
    """Draw the messages as points of the plane, and ∇F/N; return the legend's handles."""
    messages, lies = sent.messages, sent.lies
    (honest,) = ax.plot(*messages[~lies].T, "o", color=style.HONEST)
    (byzantine,) = ax.plot(*messages[lies].T, "X", color=style.BYZANTINE, markersize=5)
    for device, (message, lie) in enumerate(zip(messages, lies, strict=True), start=1):
        note(ax, f"{'lie' if lie else 'message'} of device {device}", *message)
    note(ax, "∇F/N", *sent.target)
    (cross,) = ax.plot(*sent.target, "+", color="black", markersize=8, markeredgewidth=1.1)
    ax.set(xlim=limits[0], ylim=limits[1], xlabel="first coordinate")
    ax.set_aspect("equal", anchor="N")
    return {"honest message": honest, "lie": byzantine, r"$\nabla F(\mathbf{x}^0)/N$": cross}


def _write_names(ax: Any, sent: Sent, taken: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """Write the names of the messages within the limits; return the points that are taken then."""
    names = sent.names()
    for members in _together(sent, limits):
        lie = sent.lies[members[0]]
        text = ", ".join(names[device] for device in members)
        if len(members) > _MOST_NAMES:
            text = f"{len(members)} {'lies' if lie else 'honest'}"
        color = style.BYZANTINE if lie else "black"
        count = min(len(members), _MOST_NAMES)
        taken = _write(ax, text, count, sent.messages[members], taken, limits, color)
    return taken


def _together(sent: Sent, limits: np.ndarray) -> list[list[int]]:
    """Group the devices whose messages lie within the limits and beside each other."""
    messages, lies = sent.messages, sent.lies
    radius = _TOGETHER * (limits[0, 1] - limits[0, 0])
    groups: list[list[int]] = []
    for device in np.flatnonzero(((messages > limits[:, 0]) & (messages < limits[:, 1])).all(1)):
        for group in groups:
            distance = np.linalg.norm(messages[group[0]] - messages[device])
            if lies[group[0]] == lies[device] and distance < radius:
                group.append(device)
                break
        else:
            groups.append([device])
    return groups


def _write(
    ax: Any,
    text: str,
    names: int,
    points: np.ndarray,
    taken: np.ndarray,
    limits: np.ndarray,
    color: str,
) -> np.ndarray:
    """Place `text` at the nearest free position, or at the least crowded one.

    Returns
    -------
    The points (n, 2) that are taken then.
    """
    width = limits[0, 1] - limits[0, 0]
    half = 0.5 * width * np.array([_NAME_LENGTH * names, _NAME_HEIGHT])
    reach = half + width * np.array(_DISTANCES)[:, np.newaxis]
    middles = (points + (reach[:, np.newaxis] * _DIRECTIONS)[:, :, np.newaxis]).reshape(-1, 2)
    edge = half + _MARGIN * width
    middles = np.clip(middles, limits[:, 0] + edge, limits[:, 1] - edge)
    covered = middles[:, np.newaxis] + np.linspace(-half, half, 9) * (1, 0)
    room = np.linalg.norm(covered[:, :, np.newaxis] - taken, axis=3).min(axis=(1, 2))
    best = int(np.argmax(np.minimum(room, _ROOM * width)))
    ax.text(*middles[best], text, color=color, ha="center", va="center")
    return np.concatenate([taken, covered[best]])


def _draw_losses(ax: Any, group: xr.Dataset, lines: list[style.Line]) -> dict[str, Any]:
    """Draw the excess loss of each curve; return the legend's handles."""
    iterations = group["iteration"].to_numpy()
    handles = {}
    for curve, line in enumerate(lines):
        loss = group["excess_loss"].isel(curve=curve)
        (handle,) = ax.plot(
            iterations,
            # A diverged curve ends where it leaves the finite numbers.
            loss.where(np.isfinite(loss)),
            **line.artist(),
            markevery=max(1, len(iterations) // 5),
            markersize=_MARKER_SIZE,
        )
        ends = [group[f"excess_loss_{end}"].isel(curve=curve) for end in ("lower", "upper")]
        ax.fill_between(iterations, *ends, color=line.color, alpha=0.25, linewidth=0)
        note(ax, names_of(group)[curve], iterations, loss.where(np.isfinite(loss)), *ends)
        handles[style.printed(str(group["label"].values[curve]))] = handle
    ax.set_yscale("log")
    ax.set_box_aspect(1)
    ax.set_anchor("N")
    ax.set_xlabel("iteration $t$")
    ax.set_ylabel(EXCESS)
    return handles

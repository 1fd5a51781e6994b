"""Layered layouts of directed graphs without cycles (Sugiyama, Tagawa and Toda, 1981)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from statistics import fmean
from typing import NamedTuple

import numpy as np
from scipy.optimize import isotonic_regression

Uses = Mapping[str, Sequence[str]]
"""By node: the nodes that it uses, which stand above it."""


class Point(NamedTuple):
    """A place where an edge passes a layer between its ends, or ends in a node."""

    node: str
    """The node, or the used end of the edges that pass."""
    layer: int


@dataclass(frozen=True)
class Layout:
    """Where nodes and edges stand.

    Attributes
    ----------
    layers
        By node, from 0 at the top.
    x
        By point, from 0: the middle of the node, or where the edges pass.
    width
        From the left end of the leftmost point to the right end of the rightmost.
    """

    layers: Mapping[str, int]
    x: Mapping[Point, float]
    width: float

    def path(self, used: str, user: str) -> list[Point]:
        """Return the points of an edge, from the used node down to the one that uses it.

        The edges from one node run together as far as they pass the same layers.
        """
        between = range(self.layers[used], self.layers[user])
        return [*(Point(used, layer) for layer in between), Point(user, self.layers[user])]


def layers(uses: Uses) -> dict[str, int]:
    """Give each node the least layer below all that it uses: its longest path from the top.

    A node that uses none stands right above the first that uses it, which shortens its edges.

    Raises
    ------
    ValueError
        If nodes use each other.

    Examples
    --------
    >>> layers({"a": [], "b": ["a"], "c": ["b", "d"], "d": []})
    {'a': 0, 'd': 1, 'b': 1, 'c': 2}
    """
    try:
        order = list(TopologicalSorter(uses).static_order())
    except CycleError as cycle:
        circle = ", ".join(cycle.args[1])
        raise ValueError(f"need nodes that do not use each other, got {circle}") from None
    placed: dict[str, int] = {}
    for node in order:
        placed[node] = max((placed[used] + 1 for used in uses[node]), default=0)
    for node in order:
        users = [placed[user] for user, used in uses.items() if node in used]
        if users and not uses[node]:
            placed[node] = min(users) - 1
    return placed


def layout(uses: Uses, *, node: float, edge: float, sweeps: int = 24) -> Layout:
    """Order the layers by barycentres, the order with the fewest crossings, and place them.

    Parameters
    ----------
    uses
        By node; all nodes are keys.
    node, edge
        How much room a node takes in its layer, and an edge that passes it.
    sweeps
        How often the order and the places are improved, up and down.
    """
    placed = layers(uses)
    links = _links(uses, placed)
    order = _ordered(_points(uses, links, placed), links, sweeps)
    room = {
        point: node if point.layer == placed[point.node] else edge
        for points in order
        for point in points
    }
    x = _places(order, links, room, sweeps)
    left = min((x[point] - room[point] / 2 for point in x), default=0.0)
    right = max((x[point] + room[point] / 2 for point in x), default=0.0)
    return Layout(placed, {point: x[point] - left for point in x}, right - left)


class _Links(NamedTuple):
    """The neighbours of each point in the layer above and in the layer below."""

    above: Mapping[Point, Sequence[Point]]
    below: Mapping[Point, Sequence[Point]]


def _links(uses: Uses, placed: Mapping[str, int]) -> _Links:
    pairs: dict[tuple[Point, Point], None] = {}
    bare = Layout(placed, {}, 0.0)
    for user, all_used in uses.items():
        for used in all_used:
            points = bare.path(used, user)
            pairs |= dict.fromkeys(pairwise(points))
    above: dict[Point, list[Point]] = {}
    below: dict[Point, list[Point]] = {}
    for high, low in pairs:
        above.setdefault(low, []).append(high)
        below.setdefault(high, []).append(low)
    return _Links(above, below)


def _points(uses: Uses, links: _Links, placed: Mapping[str, int]) -> list[list[Point]]:
    """Return the points of each layer, in the order of the nodes."""
    rank = {node: place for place, node in enumerate(uses)}
    points = {*links.above, *links.below, *(Point(node, placed[node]) for node in uses)}
    order: list[list[Point]] = [[] for _ in range(max(placed.values(), default=-1) + 1)]
    for point in sorted(points, key=lambda point: rank[point.node]):
        order[point.layer].append(point)
    return order


def _ordered(order: list[list[Point]], links: _Links, sweeps: int) -> list[list[Point]]:
    best, fewest = order, crossings(order, links.below)
    for sweep in range(sweeps):
        down = sweep % 2 == 0
        order = [list(points) for points in order]
        for layer in range(len(order)) if down else reversed(range(len(order))):
            side = -1 if down else 1
            if 0 <= layer + side < len(order):
                _sort(order[layer], order[layer + side], links.above if down else links.below)
        count = crossings(order, links.below)
        if count < fewest:
            best, fewest = order, count
    return best


def _sort(points: list[Point], fixed: Sequence[Point], near: Mapping[Point, list[Point]]) -> None:
    """Sort a layer by the mean place of each point's neighbours; without any, it stays."""
    places = {point: place for place, point in enumerate(fixed)}
    own = {point: place * len(fixed) / len(points) for place, point in enumerate(points)}
    points.sort(
        key=lambda point: (
            fmean(places[other] for other in near[point]) if point in near else own[point]
        )
    )


def crossings(order: Sequence[Sequence[Point]], below: Mapping[Point, Sequence[Point]]) -> int:
    """Count how often edges between neighbouring layers cross."""
    count = 0
    for points, lower in pairwise(order):
        places = {point: place for place, point in enumerate(lower)}
        ends: list[int] = []
        for point in points:
            mine = [places[other] for other in below.get(point, ())]
            count += sum(end > other for end in ends for other in mine)
            ends += mine
    return count


def _places(
    order: Sequence[Sequence[Point]], links: _Links, room: Mapping[Point, float], sweeps: int
) -> dict[Point, float]:
    """Move each point near the mean of its neighbours, layer by layer, in order and apart.

    The nearest places in order are an isotonic regression, from which the room is subtracted.
    """
    x: dict[Point, float] = {}
    starts = []
    for points in order:
        ends = np.cumsum([room[point] for point in points])
        starts.append(ends - [room[point] / 2 for point in points])
        x |= dict(zip(points, (starts[-1] - ends[-1] / 2).tolist(), strict=True))
    for sweep in range(sweeps):
        for layer in range(len(order)) if sweep % 2 == 0 else reversed(range(len(order))):
            points = order[layer]
            near = [
                [*links.above.get(point, ()), *links.below.get(point, ())] or [point]
                for point in points
            ]
            wanted = [fmean(x[other] for other in others) for others in near]
            fitted = isotonic_regression(np.array(wanted) - starts[layer]).x + starts[layer]
            x |= dict(zip(points, fitted.tolist(), strict=True))
    return x

"""The graph of the ledger's rows and the rows they rest on, as blueprints of proofs draw it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from paper_figures.report.layering import Layout, Uses, layout
from paper_figures.report.words import MARKS
from paper_figures.report.words import kind as verdict_class
from paper_figures.report.writing import slug

SEPARATOR = "; "
"""Stands between names in the column ``rests_on``."""
_NODE_WIDTH, _NODE_HEIGHT = 52, 24
_NODE_ROOM, _EDGE_ROOM = 58, 8
"""How wide the place of a node is, and of edges that pass, in pixels."""
_LAYER_HEIGHT = 64
_MARGIN = 6
_TAKEN_AS_GIVEN = ("definition", "assumption")


class Node(NamedTuple):
    """One row of the ledger in the drawing."""

    name: str
    anchor: str
    label: str
    """Its mark, if its verdict has one, and its name."""
    kind: str
    """As `verdict_class`."""
    says: str
    x: float
    """Of the left side, in pixels."""
    y: float
    """Of the upper side."""
    corner: float
    """Radius: none for a definition or an assumption."""
    edges: Sequence["Edge"]
    """Up to the rows that it rests on."""


class Edge(NamedTuple):
    """A line from a row down to one that rests on it."""

    used: str
    path: str
    """In the language of SVG."""


class Drawing(NamedTuple):
    """The graph, sizes in pixels."""

    width: int
    height: int
    node_width: int
    node_height: int
    nodes: Sequence[Node]
    alone: Sequence[str]
    """Rows that neither rest on one nor have one rest on them: they are not drawn."""


def rests_on(ledger: pd.DataFrame) -> dict[str, list[str]]:
    """Return the names of the rows that each row of ``verify/equations.csv`` rests on.

    Raises
    ------
    ValueError
        For a name that no row has.
    """
    names = ledger["equation"].astype(str)
    uses = {}
    for name, written in zip(names, ledger["rests_on"].fillna("").astype(str), strict=True):
        uses[name] = [used for used in written.split(SEPARATOR) if used]
        unknown = sorted({*uses[name]} - {*names})
        if unknown:
            raise ValueError(f"need rows of the ledger in rests_on, got {unknown[0]} in {name}")
    return uses


def drawing(ledger: pd.DataFrame) -> Drawing:
    """Draw every row that rests on another or has another rest on it, below all that it rests on.

    Raises
    ------
    ValueError
        For a name that no row has, or rows that rest on each other.
    """
    uses = rests_on(ledger)
    used = {name for names in uses.values() for name in names}
    joined = {name: names for name, names in uses.items() if names or name in used}
    laid = layout(joined, node=_NODE_ROOM, edge=_EDGE_ROOM)
    rows = {str(row["equation"]): row for row in ledger.to_dict("records")}
    deepest = max(laid.layers.values(), default=0)
    return Drawing(
        round(laid.width) + 2 * _MARGIN,
        deepest * _LAYER_HEIGHT + _NODE_HEIGHT + 2 * _MARGIN,
        _NODE_WIDTH,
        _NODE_HEIGHT,
        [_node(rows[name], joined, laid) for name in joined],
        [name for name in uses if name not in joined],
    )


def _node(row: Mapping[str, Any], uses: Uses, laid: Layout) -> Node:
    name, verdict = str(row["equation"]), row["verdict"]
    kind = verdict_class(verdict)
    grounds = f"rests on {', '.join(uses[name])}" if uses[name] else "rests on no other row"
    points = {used: laid.path(used, name) for used in uses[name]}
    middle = laid.x[laid.path(name, name)[0]] + _MARGIN
    return Node(
        name,
        f"eq-{slug(name)}",
        f"{MARKS[kind]} {name}".strip(),
        kind,
        f"{name} ({row['place']}): {verdict}, {grounds}",
        round(middle - _NODE_WIDTH / 2, 1),
        _top(laid.layers[name]),
        0 if verdict in _TAKEN_AS_GIVEN else _NODE_HEIGHT / 2,
        [
            Edge(used, _path([(laid.x[point] + _MARGIN, point.layer) for point in along]))
            for used, along in points.items()
        ],
    )


def _top(layer: int) -> int:
    return layer * _LAYER_HEIGHT + _MARGIN


def _path(points: Sequence[tuple[float, int]]) -> str:
    """Return a line from below the first point to above the last: straight down past a layer."""
    (x, layer), *rest = points
    upper = _top(layer) + _NODE_HEIGHT
    written = [f"M{x:.1f} {upper}"]
    for place, (next_x, next_layer) in enumerate(rest, start=1):
        lower = _top(next_layer)
        middle = (upper + lower) / 2
        written.append(f"C{x:.1f} {middle:.0f} {next_x:.1f} {middle:.0f} {next_x:.1f} {lower}")
        x, upper = next_x, lower + _NODE_HEIGHT
        if place < len(rest):
            written.append(f"V{upper}")
    return "".join(written)

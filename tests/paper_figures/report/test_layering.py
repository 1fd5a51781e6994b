"""Layered layouts: against paths and crossings by brute force, and by hand."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paper_figures.report.layering import Point, crossings, layers, layout

NODE, EDGE = 10.0, 2.0


@st.composite
def graphs(draw):
    """Return what each node uses: any of those before it."""
    count = draw(st.integers(0, 9))
    names = [f"n{place}" for place in range(count)]
    return {
        name: draw(st.lists(st.sampled_from(names[:place]), unique=True)) if place else []
        for place, name in enumerate(names)
    }


def longest(uses, node):
    """Return the number of edges of the longest path from the top, by trying every path."""
    return max((longest(uses, used) + 1 for used in uses[node]), default=0)


@given(graphs())
def test_every_edge_goes_to_a_deeper_layer(uses):
    placed = layers(uses)
    assert placed.keys() == uses.keys()
    for user, all_used in uses.items():
        assert all(placed[used] < placed[user] for used in all_used)


@given(graphs())
def test_layers_are_longest_paths_but_for_what_uses_nothing(uses):
    placed = layers(uses)
    for node, all_used in uses.items():
        if all_used:
            assert placed[node] == longest(uses, node)
        else:
            users = [placed[user] for user in uses if node in uses[user]]
            assert placed[node] == min(users, default=1) - 1


def test_nodes_that_use_each_other_are_refused():
    with pytest.raises(ValueError, match="need nodes that do not use each other, got a, b, a"):
        layers({"a": ["b"], "b": ["a"]})


@given(graphs())
def test_nothing_overlaps_in_a_layer_and_all_is_within_the_width(uses):
    laid = layout(uses, node=NODE, edge=EDGE)
    room = {one: NODE if one.layer == laid.layers[one.node] else EDGE for one in laid.x}
    assert {one for one in laid.x if room[one] == NODE} == {
        Point(node, layer) for node, layer in laid.layers.items()
    }
    for a, b in itertools.combinations(laid.x, 2):
        if a.layer == b.layer:
            assert abs(laid.x[a] - laid.x[b]) >= (room[a] + room[b]) / 2 - 1e-9
    for one, x in laid.x.items():
        assert room[one] / 2 - 1e-9 <= x <= laid.width - room[one] / 2 + 1e-9


@given(graphs())
def test_an_edge_passes_every_layer_between_its_ends(uses):
    laid = layout(uses, node=NODE, edge=EDGE)
    for user, all_used in uses.items():
        for used in all_used:
            path = laid.path(used, user)
            assert [one.layer for one in path] == [*range(laid.layers[used], laid.layers[user] + 1)]
            assert (path[0].node, path[-1].node) == (used, user)
            assert all(one in laid.x for one in path)


def test_crossings_are_those_counted_by_hand():
    a, b, c, d = (Point(name, layer) for name, layer in zip("abcd", (0, 0, 1, 1), strict=True))
    below = {a: [d], b: [c]}
    assert crossings([[a, b], [c, d]], below) == 1
    assert crossings([[a, b], [d, c]], below) == 0
    # Edges that meet do not cross.
    assert crossings([[a, b], [c, d]], {a: [c, d], b: [d]}) == 0
    assert crossings([[a, b], [c, d]], {a: [c, d], b: [c, d]}) == 1


def test_an_order_without_crossings_is_found():
    # In the order of the names a-f, b-e and c-d cross three times.
    uses = {"a": [], "b": [], "c": [], "d": ["c"], "e": ["b"], "f": ["a"]}
    laid = layout(uses, node=NODE, edge=EDGE)
    for used, user in (("a", "f"), ("b", "e"), ("c", "d")):
        (top, bottom) = laid.path(used, user)
        assert laid.x[top] == pytest.approx(laid.x[bottom])


def test_a_graph_without_nodes_has_no_width():
    laid = layout({}, node=NODE, edge=EDGE)
    assert (laid.layers, laid.width) == ({}, 0)

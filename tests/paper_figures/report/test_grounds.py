"""The graph of what rests on what, read back from the page that shows it."""

import re
from xml.etree import ElementTree

import pandas as pd
import pytest
from jinja2 import Environment, FileSystemLoader

from paper_figures.report.grounds import drawing, rests_on
from paper_figures.report.page import TEMPLATES
from theory.ledger import ROWS

SVG = "{http://www.w3.org/2000/svg}"
SMALL = pd.DataFrame(
    {
        "equation": ["1", "2", "T1.1", "R1"],
        "place": ["Section II", "Section II", "Table I", "Remark 1"],
        "verdict": ["definition", "proved", "refuted", "not applicable"],
        "rests_on": ["", "1", "2; 1", ""],
    }
)
WHOLE = pd.DataFrame(
    {
        "equation": [row.name for row in ROWS],
        "place": [row.place for row in ROWS],
        "verdict": "proved",
        "rests_on": ["; ".join(row.uses) for row in ROWS],
    }
)


def drawn(ledger):
    """Return the root of the SVG."""
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    text = environment.get_template("grounds.svg.j2").render(graph=drawing(ledger))
    return ElementTree.fromstring(text)


def boxes(root):
    """Return the left, upper, right and lower side of each node, by its link."""
    found = {}
    for link in root.iter(f"{SVG}a"):
        (rect,) = link.iter(f"{SVG}rect")
        x, y, width, height = (float(rect.get(key)) for key in ("x", "y", "width", "height"))
        found[link.get("href")] = (x, y, x + width, y + height)
    return found


def edges(root):
    """Return the ends of each edge by name, and its first and last point."""
    return {
        (path.get("data-used"), path.get("data-user")): (
            tuple(map(float, re.match(r"M(\S+) (\S+?)C", path.get("d")).groups())),
            tuple(map(float, path.get("d").split(" ")[-2:])),
        )
        for path in root.iter(f"{SVG}path")
    }


@pytest.mark.parametrize("ledger", [SMALL, WHOLE])
def test_edges_are_those_of_the_column(ledger):
    written = {
        (used, row["equation"])
        for row in ledger.to_dict("records")
        for used in re.findall(r"[\w.]+", row["rests_on"])
    }
    paths = list(drawn(ledger).iter(f"{SVG}path"))
    assert edges(drawn(ledger)).keys() == written
    assert len(paths) == len(written)


@pytest.mark.parametrize("ledger", [SMALL, WHOLE])
def test_an_edge_leaves_below_a_row_and_arrives_above_a_lower_one(ledger):
    root = drawn(ledger)
    nodes = boxes(root)
    for (used, user), (start, end) in edges(root).items():
        left, _, right, lower = nodes[f"#eq-{used.lower()}"]
        assert left <= start[0] <= right
        assert start[1] == lower
        left, upper, right, _ = nodes[f"#eq-{user.lower()}"]
        assert left <= end[0] <= right
        assert end[1] == upper
        assert lower < upper


def test_nodes_are_within_the_drawing_and_apart():
    root = drawn(WHOLE)
    width, height = float(root.get("width")), float(root.get("height"))
    nodes = list(boxes(root).values())
    assert len(nodes) > 100
    for left, upper, right, lower in nodes:
        assert 0 <= left < right <= width
        assert 0 <= upper < lower <= height
    for place, (left, upper, right, _) in enumerate(nodes):
        for other in nodes[:place]:
            assert upper != other[1] or right <= other[0] or other[2] <= left


def test_a_node_says_its_verdict_without_colour_and_leads_to_its_row():
    links = {link.get("href"): link for link in drawn(SMALL).iter(f"{SVG}a")}
    assert list(links) == ["#eq-1", "#eq-2", "#eq-t1.1"]
    texts = {name: link.find(f"{SVG}text").text for name, link in links.items()}
    assert texts == {"#eq-1": "1", "#eq-2": "✓ 2", "#eq-t1.1": "✗ T1.1"}
    says = links["#eq-t1.1"].find(f"{SVG}title").text
    assert says == links["#eq-t1.1"].get("aria-label")
    assert says == "T1.1 (Table I): refuted, rests on 2, 1"
    corners = {name: float(link.find(f"{SVG}rect").get("rx")) for name, link in links.items()}
    assert corners == {"#eq-1": 0, "#eq-2": 12, "#eq-t1.1": 12}


def test_rows_that_nothing_joins_are_named_and_not_drawn():
    assert drawing(SMALL).alone == ["R1"]


def test_an_unknown_name_is_refused_with_its_row():
    ledger = SMALL.assign(rests_on=["", "1; 99", "", ""])
    with pytest.raises(ValueError, match="need rows of the ledger in rests_on, got 99 in 2"):
        rests_on(ledger)


def test_rows_that_rest_on_each_other_are_refused():
    with pytest.raises(ValueError, match="need nodes that do not use each other"):
        drawing(SMALL.assign(rests_on=["2", "1", "", ""]))

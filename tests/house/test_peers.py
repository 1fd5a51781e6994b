"""The page on other libraries counts what is there: our rows, and their classes if installed."""

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

from cradl.aggregation import RULES
from cradl.attacks import ATTACKS
from cradl.pre_aggregation import PRE_AGGREGATIONS

PAGE = Path(__file__).parents[2] / "docs" / "site" / "explanation" / "peers.md"
LIBRARIES = ("byzfl", "byzpy", "krum")
"""In the order of the columns, after ours."""
PLACES = {
    "byzfl": (
        "byzfl.aggregators.aggregators",
        "byzfl.aggregators.preaggregators",
        "byzfl.attacks.attacks",
    ),
    "byzpy": ("byzpy.aggregators", "byzpy.pre_aggregators", "byzpy.attacks"),
    "krum": ("krum.primitives.aggregators", None, "krum.primitives.attacks"),
}
"""Where each library has its rules, its pre-aggregations and its attacks."""
ROWS = ("aggregation rules", "pre-aggregations", "attacks")


def counted(row):
    """Return the numbers in a row of the page; none where it has none."""
    (line,) = re.findall(rf"^\| {row} \|(.*)\|$", PAGE.read_text("utf-8"), re.MULTILINE)
    cells = [re.search(r"\d+", cell) for cell in line.split("|")]
    return [int(cell[0]) if cell else 0 for cell in cells]


def classes(place):
    """Return the classes that are defined in a module, or in the modules of a package."""
    top = importlib.import_module(place)
    inner = pkgutil.walk_packages(getattr(top, "__path__", []), f"{place}.")
    modules = [top, *(importlib.import_module(one.name) for one in inner if "test" not in one.name)]
    return {
        name
        for module in modules
        for name, one in inspect.getmembers(module, inspect.isclass)
        if one.__module__.startswith(place)
    }


def test_our_rows_are_counted():
    tables = (RULES, PRE_AGGREGATIONS, ATTACKS)
    numbers = [len(table.own.keys() - {"none"}) for table in tables]
    assert [counted(row)[0] for row in ROWS] == numbers


@pytest.mark.parametrize("library", LIBRARIES)
def test_their_classes_are_counted(library):
    pytest.importorskip(library)
    column = 1 + LIBRARIES.index(library)
    for row, place in zip(ROWS, PLACES[library], strict=True):
        # The bases of rules and attacks, and an enumeration beside krum's.
        bases = {"Aggregator", "PreAggregator", "Attack", "Direction"}
        found = classes(place) - bases if place else set()
        assert len(found) == counted(row)[column], (row, found)

"""Fixtures of all tests."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import settings
from studies import SMALL, Prepared

from cradl.aggregation import RULES
from cradl.allocation import ALLOCATIONS, allocations
from cradl.attacks import ATTACKS
from cradl.config.resolving import load_study
from cradl.datasets import DATASETS, dataset
from cradl.methods import METHODS
from cradl.problems import PROBLEMS

# No test depends on the clock, and a failure can be repeated.
settings.register_profile("cradl", deadline=None, derandomize=True)
settings.load_profile("cradl")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--results", help="examine the report of these results, results/<study>")


@pytest.fixture(autouse=True)
def rows_of_plugins_leave_with_their_test() -> Iterator[None]:
    """Take away the rows that a test's plugins add, and forget that those files ran."""
    tables: list[dict[str, Any]] = [ALLOCATIONS, ATTACKS, DATASETS, METHODS, PROBLEMS, RULES]
    before = [(table, dict(table)) for table in tables]
    modules = set(sys.modules)
    yield
    for table, rows in before:
        table.clear()
        table.update(rows)
    for name in sys.modules.keys() - modules:
        if name.startswith("cradl_plugin_"):
            del sys.modules[name]


@pytest.fixture
def prepare(tmp_path: Path) -> Callable[..., Prepared]:
    """Return a function that makes an experiment from curves and keys laid over `SMALL`."""

    def make(curves: list[dict[str, Any]], **keys: Any) -> Prepared:
        study = SMALL | keys | {"experiments": {"one": {"curves": curves}}}
        path = tmp_path / "study.yaml"
        path.write_text(yaml.safe_dump(study), encoding="utf-8")
        loaded = load_study(path)
        return Prepared(
            loaded.experiments["one"],
            {name: dataset(**loaded.dataset_request(name)) for name in loaded.datasets},
            {name: allocations(**one) for name, one in loaded.allocation_requests().items()},
        )

    return make

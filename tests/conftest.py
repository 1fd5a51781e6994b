"""Fixtures of all tests."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import settings
from studies import SMALL, Prepared, plugins_leave

from cradl.allocation import allocations
from cradl.config.resolving import load_study
from cradl.datasets import dataset

# No test depends on the clock, and a failure can be repeated.
settings.register_profile("cradl", deadline=None, derandomize=True)
settings.load_profile("cradl")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--results", help="examine the report of these results, results/<study>")
    parser.addoption("--studies", type=int, default=60, help="how many studies to generate")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how many studies were generated, and what became of them."""
    counts = Counter[str]()
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, found in getattr(report, "user_properties", ()):
                if name == "studies" and report.when == "teardown":
                    counts.update(found)
    if counts:
        told = ", ".join(f"{count} {what}" for what, count in counts.items())
        terminalreporter.write_line(f"studies: {told}")


@pytest.fixture(autouse=True)
def plugins_leave_with_their_test() -> Iterator[None]:
    with plugins_leave():
        yield


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

"""Small studies for tests: sizes at which an outside truth can be computed."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import xarray as xr
import yaml
from hypothesis import settings

from cradl.aggregation import RULES
from cradl.allocation import ALLOCATIONS, allocations
from cradl.attacks import ATTACKS
from cradl.config.model import Experiment
from cradl.config.resolving import load_study
from cradl.datasets import DATASETS, dataset
from cradl.engine.experiment import simulate
from cradl.methods import METHODS
from cradl.problems import PROBLEMS

# No test depends on the clock, and a failure can be repeated.
settings.register_profile("cradl", deadline=None, derandomize=True)
settings.load_profile("cradl")

SMALL: dict[str, Any] = {
    "study": "small",
    "seed": 7,
    "trials": 2,
    "T": 5,
    "chunks": 1,
    "redraw": {"data": True, "allocation": True, "attack": True},
    "diagnostics": False,
    "messages": False,
    "datasets": {
        "small": {
            "generator": "gaussian_linear",
            "problem": "least_squares",
            "M": 20,
            "m": 20,
            "D": 3,
            "feature_variance": 4,
            "noise_variance": 1,
        }
    },
    "dataset": "small",
    "sigma_h": 0,
    "N": 10,
    "r": 6,
    "allocation": "random",
    "uncovered": "contribute_nothing",
    "alpha": 0.2,
    "rounding": "nearest",
    "withstand": "alpha",
    "identities": "redrawn",
    "attack": {"name": "sign_flipping", "coefficient": -2},
    "step_size": 0.05,
    "start": "zero",
    "experiments": {"one": {"curves": [{"method": "mean_averaging"}]}},
}


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


class Prepared(NamedTuple):
    """An experiment with its data and allocations."""

    experiment: Experiment
    datasets: dict[str, xr.Dataset]
    allocations: dict[str, xr.Dataset]

    def simulate(self, trials: Any = None) -> xr.Dataset:
        chosen = range(self.experiment.trials) if trials is None else trials
        return simulate(self.experiment, self.datasets, self.allocations, trials=chosen)


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

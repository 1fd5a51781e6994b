"""Small studies: sizes at which an outside truth can be computed."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from cradl.aggregation import RULES
from cradl.allocation import ALLOCATIONS
from cradl.attacks import ATTACKS
from cradl.config import plugins
from cradl.config.findings import Findings
from cradl.config.model import Experiment
from cradl.datasets import DATASETS
from cradl.engine.experiment import simulate
from cradl.methods import METHODS
from cradl.problems import PROBLEMS
from cradl.rows import Table

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


class Prepared(NamedTuple):
    """An experiment with its data and allocations."""

    experiment: Experiment
    datasets: dict[str, xr.Dataset]
    allocations: dict[str, xr.Dataset]

    def simulate(self, trials: Any = None) -> xr.Dataset:
        chosen = range(self.experiment.trials) if trials is None else trials
        return simulate(self.experiment, self.datasets, self.allocations, trials=chosen)


@contextmanager
def plugins_leave() -> Iterator[None]:
    """Take away the rows that plugins add meanwhile, and forget that those files ran."""
    tables: list[Table[Any]] = [ALLOCATIONS, ATTACKS, DATASETS, METHODS, PROBLEMS, RULES]
    before = [(table, [*table]) for table in tables]
    modules, active = set(sys.modules), [*plugins._active]
    try:
        yield
    finally:
        if plugins._active != active:
            plugins.load_plugins([], Findings())
        for table, names in before:
            for name in table.keys() - names:
                del table[name]
        for name in sys.modules.keys() - modules:
            if name.startswith("cradl_plugin_"):
                del sys.modules[name]


def byzantine_devices(prepared: Prepared, trial: int) -> list[set[int]]:
    """The devices that lie, from the definition of the stream: the first f of a random order."""
    seed = np.random.SeedSequence(prepared.experiment.seed, spawn_key=(2, trial))
    one = prepared.experiment.curves[0]
    keys = np.random.default_rng(seed).random((prepared.experiment.T + 1, one.N))
    return [set(np.argsort(row)[: one.f].tolist()) for row in keys]

"""Small studies: sizes at which an outside truth can be computed."""

from typing import Any, NamedTuple

import xarray as xr

from cradl.config.model import Experiment
from cradl.engine.experiment import simulate

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

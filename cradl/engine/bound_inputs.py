"""What the bounds need to know of an experiment: its sizes, and constants of data and allocation.

A *group* is a pair of draws, of the data and of the allocation: the theorems' expectations are over
what the attack draws while both stay as they are.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import xarray as xr
from threadpoolctl import threadpool_limits

from cradl.engine import spreads
from cradl.engine.trials import draws_of, start_point
from cradl.methods import METHODS
from cradl.problems import PROBLEMS
from cradl.study import Curve, Experiment, Schedule

_OF_CURVES = (
    "label",
    "variant",
    "method",
    "aggregator",
    "alpha",
    "f",
    "withstood",
    "identities",
    "N",
    "M",
    "r",
    "allocation",
    "dataset",
    "sigma_h",
)
_OF_GROUPS = {
    "most_subsets": ("max r_i, most subsets on a device", "subsets"),
    "d_min": ("fewest devices that hold a subset", "devices"),
    "nu": ("largest |S_i without S_j| over pairs of devices", "subsets"),
    "smoothness": ("L, constant of Assumption 1", "1"),
    "strong_convexity": ("mu, |grad F|^2 >= 2 mu (F - F*); 0 where none is known", "1"),
    "heterogeneity_max_sq": ("beta^2 of Assumption 2 for all x; infinite: none exists", "1"),
    "heterogeneity_mean_sq": ("sigma^2, the same of the mean square over the subsets", "1"),
    "spread_gain": ("largest N^2 V over (M sigma)^2, V from heterogeneity alone", "1"),
    "defect_rms": ("root mean square of (N/M) sum_k s_ik/d_k - 1 over the devices", "1"),
    "defect_max": ("the largest of its absolute values", "1"),
    "radius": ("largest distance of a coded gradient to grad F/N, over beta", "1"),
    "pair_radius": ("largest distance of two coded gradients, over beta", "1"),
    "spread_at_minimum": ("N sqrt(V) at the minimum of least squares; infinite: none known", "1"),
    "spread_slope": ("what N sqrt(V) grows by with |grad F|; infinite: none known", "1"),
    "initial_loss": ("F(x^0), the largest over the trials of the group", "1"),
    "minimum": ("F*, infimum of the training loss, or a lower bound", "1"),
}


def constants(
    experiment: Experiment,
    datasets: Mapping[str, xr.Dataset],
    allocations: Mapping[str, xr.Dataset],
) -> xr.Dataset:
    """Gather what `theory.regime.regime` asks for.

    Parameters
    ----------
    experiment, datasets, allocations
        As in `cradl.simulate`.

    Returns
    -------
    Over (curve, group) the variables of Assumptions 1 to 3 and of the allocation; over (curve) the
    settings, ``robust`` (the server applies a rule to coded gradients), ``schedule``, ``share`` and
    ``fixed_step_size``, NaN where they do not apply; over (group) ``data_draw``,
    ``allocation_draw``.
    """
    trials = [draws_of(experiment, trial) for trial in range(experiment.trials)]
    groups = sorted({(one.data, one.allocation) for one in trials})

    @cache
    def initial_loss(name: str, sigma_h: float, kind: str, data: int, allocation: int) -> float:
        draw = datasets[name].isel(draw=data).sel(sigma_h=sigma_h)
        designs, responses = draw["designs"].to_numpy(), draw["responses"].to_numpy()
        loss = PROBLEMS[datasets[name].attrs["problem"]].loss
        group = (data, allocation)
        attacks = {one.attack for one in trials if (one.data, one.allocation) == group}
        starts = attacks if kind != "zero" else {0}
        points = [
            start_point(kind, designs.shape[1], seed=experiment.seed, draw=one) for one in starts
        ]
        return max(float(loss(designs @ one, responses).sum()) for one in points)

    @cache
    def of_allocation(name: str, draw: int) -> dict[str, float]:
        one = allocations[name].isel(draw=draw)
        return {
            "most_subsets": float(one["S"].sum("subset").max()),
            "d_min": float(one["degree"].min()),
            "nu": float(one["largest_difference"]),
            **spreads.of_allocation(one["S"].to_numpy()),
        }

    @cache
    def convexity(name: str, sigma_h: float, data: int) -> float:
        designs = datasets[name]["designs"].isel(draw=data).to_numpy()
        return PROBLEMS[datasets[name].attrs["problem"]].strong_convexity(designs)

    @cache
    def spread(
        name: str, sigma_h: float, data: int, kind: str, allocation: int
    ) -> dict[str, float]:
        draw = datasets[name].isel(draw=data).sel(sigma_h=sigma_h)
        if not PROBLEMS[datasets[name].attrs["problem"]].quadratic:
            return {"spread_at_minimum": np.inf, "spread_slope": np.inf}
        S = allocations[kind]["S"].isel(draw=allocation).to_numpy()
        return spreads.of_least_squares(draw["designs"].to_numpy(), draw["responses"].to_numpy(), S)

    def of_group(curve: Curve, data: int, allocation: int) -> dict[str, float]:
        draw = datasets[curve.dataset].isel(draw=data).sel(sigma_h=curve.sigma_h)
        found = {name: float(draw[name]) for name in _OF_GROUPS if name in draw}
        loss = initial_loss(curve.dataset, curve.sigma_h, curve.start, data, allocation)
        found |= {"initial_loss": loss, **of_allocation(curve.allocation_id, allocation)}
        found["strong_convexity"] = convexity(curve.dataset, curve.sigma_h, data)
        where = (curve.allocation_id, allocation)
        return found | spread(curve.dataset, curve.sigma_h, data, *where)

    # BLAS in one thread: the last bits of its sums then do not depend on the machine's cores.
    with threadpool_limits(limits=1, user_api="blas"):
        values = [[of_group(curve, *group) for group in groups] for curve in experiment.curves]
    variables = {
        name: (
            ("curve", "group"),
            np.array([[one[name] for one in row] for row in values]),
            {"long_name": long_name, "units": units},
        )
        for name, (long_name, units) in _OF_GROUPS.items()
    }
    return xr.Dataset(
        variables,
        {
            "data_draw": ("group", [one for one, _ in groups]),
            "allocation_draw": ("group", [one for _, one in groups]),
            **{
                name: ("curve", values_of)
                for name, values_of in _settings(experiment, datasets).items()
            },
        },
        {"experiment": experiment.name, "title": experiment.title},
    )


def _settings(experiment: Experiment, datasets: Mapping[str, xr.Dataset]) -> dict[str, list[Any]]:
    """Return the settings of every curve, by name."""
    curves = experiment.curves
    rates = [one.step_size for one in curves]
    return {name: [getattr(one, name) for one in curves] for name in _OF_CURVES} | {
        "D": [datasets[one.dataset].sizes["feature"] for one in curves],
        "robust": [METHODS[one.method].uses_rule for one in curves],
        "schedule": [one.schedule if isinstance(one, Schedule) else "fixed" for one in rates],
        "share": [one.share if isinstance(one, Schedule) else np.nan for one in rates],
        "fixed_step_size": [np.nan if isinstance(one, Schedule) else one for one in rates],
    }

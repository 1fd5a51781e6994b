"""Inputs of the bounds: an experiment's sizes, and constants of its data and allocations.

A *group* is a pair of draws, of the data and of the allocation: the theorems' expectations are over
what the attack draws while both stay as they are.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from cradl.allocation import ALLOCATIONS, DESCRIBED
from cradl.arrays import Floats
from cradl.config.keys import Schedule
from cradl.config.model import Curve, Experiment
from cradl.datasets import VARIABLES
from cradl.engine.objectives import data_of, deviations_of
from cradl.engine.trials import start_point
from cradl.labelled import Labelled, Variable, described
from cradl.methods import METHODS
from cradl.numerics.spreads import of_least_squares
from cradl.problems import PROBLEMS, Problem
from cradl.processes import mapped

_OF_CURVES = (
    "label",
    "variant",
    "method",
    "aggregator",
    "alpha",
    "f",
    "tolerated",
    "identities",
    "N",
    "M",
    "r",
    "allocation",
    "dataset",
    "sigma_h",
)
_DRAWS = {
    "data_draw": Variable(("group",), "draw of the data set"),
    "allocation_draw": Variable(("group",), "draw of the allocation"),
}
_SPREADS = {
    "spread_at_minimum": Variable(
        ("sigma_h", "group"), "N sqrt(V) at the minimum of least squares; infinite: none known"
    ),
    "spread_slope": Variable(
        ("group",), "what N sqrt(V) grows by with |grad F|; infinite: none known"
    ),
}
_OF_DATA = (
    "smoothness",
    "strong_convexity",
    "heterogeneity_max_sq",
    "heterogeneity_mean_sq",
    "minimum",
)
_OF_ALLOCATION = (
    "most_subsets",
    "spread_gain",
    "defect_rms",
    "defect_max",
    "radius",
    "pair_radius",
)
_OWN = {
    "d_min": Variable(("group",), "fewest devices that hold a subset", "devices"),
    "nu": DESCRIBED["largest_difference"],
    "initial_loss": Variable(("group",), "F(x^0), the largest over the trials of the group"),
}
_OF_GROUPS = {
    name: variable._replace(dims=("curve", "group"))
    for name, variable in {
        **{name: DESCRIBED[name] for name in _OF_ALLOCATION},
        **{name: VARIABLES[name] for name in _OF_DATA},
        **_SPREADS,
        **_OWN,
    }.items()
}


def constants(
    experiment: Experiment,
    datasets: Mapping[str, xr.Dataset],
    allocations: Mapping[str, xr.Dataset],
    spreads: Mapping[str, xr.Dataset] | None = None,
) -> xr.Dataset:
    """Gather what `theory.runs.hypotheses.regime` asks for.

    Parameters
    ----------
    experiment, datasets, allocations
        As in `cradl.simulate`. Designs are needed for start points other than zero,
        and for problems that are not generalised linear.
    spreads
        `pair_spreads` by `Curve.pair_id`; those that are absent are computed, from the designs.

    Returns
    -------
    Over (curve, group) the variables of Assumptions 1 to 3 and of the allocation; over (curve) the
    settings, ``aggregator`` (`Curve.rule_id`: a rule after a pre-aggregation is none of Table I),
    ``robust`` (the server applies a rule to coded gradients), ``schedule``, ``share`` and
    ``fixed_step_size``, NaN if they do not apply; over (group) ``data_draw``,
    ``allocation_draw``.
    """
    groups = groups_of(experiment)
    known = dict(spreads or {})
    missing: dict[str, list[Curve]] = {}
    for curve in experiment.curves:
        quadratic = PROBLEMS[datasets[curve.dataset].attrs["problem"]].quadratic
        # What is reshuffled meets the data in another way in every iteration.
        fixed = not ALLOCATIONS[curve.allocation].reshuffled
        if curve.pair_id not in known and quadratic and fixed:
            missing.setdefault(curve.pair_id, []).append(curve)
    for pair, curves in missing.items():
        first, sigma_h = curves[0], sorted({curve.sigma_h for curve in curves})
        stores = datasets[first.dataset], allocations[first.allocation_id]
        known[pair] = pair_spreads(*stores, sigma_h, groups).to_xarray()
    starts = _InitialLosses(experiment, datasets)
    values = []
    for curve in experiment.curves:
        stores = datasets[curve.dataset], allocations[curve.allocation_id]
        of_groups = _of_groups(curve, groups, *stores, known.get(curve.pair_id))
        losses = np.array([starts.of(curve, group) for group in groups])
        values.append(of_groups | {"initial_loss": losses})
    found = {name: [of_curve[name] for of_curve in values] for name in _OF_GROUPS}
    drawn = dict(zip(_DRAWS, zip(*groups, strict=True), strict=True))
    settings = {
        name: Variable(("curve",), f"{name} of the curve", "").of(values_of)
        for name, values_of in _settings(experiment, datasets).items()
    }
    return Labelled(
        described(_OF_GROUPS, {name: np.array(one, np.float64) for name, one in found.items()}),
        {**described(_DRAWS, drawn), **settings},
        {"experiment": experiment.name, "title": experiment.title},
    ).to_xarray()


def groups_of(experiment: Experiment) -> list[tuple[int, int]]:
    """Return the pairs of draws, of the data and of the allocation, that an experiment has."""
    return sorted({(one.data, one.allocation) for one in experiment.draws()})


def pair_spreads(
    dataset: xr.Dataset,
    allocation: xr.Dataset,
    sigma_h: Sequence[float],
    groups: Sequence[tuple[int, int]],
    *,
    processes: int = 1,
) -> Labelled:
    """Bound the spread of a least-squares data set under an allocation in each group.

    Returns
    -------
    ``spread_at_minimum`` (sigma_h, group) and ``spread_slope`` (group), as
    `cradl.numerics.spreads.of_least_squares` has them, with the coordinates ``data_draw`` and
    ``allocation_draw`` of the groups.
    """
    designs, S = dataset["designs"].to_numpy(), allocation["S"].to_numpy()
    responses = dataset["responses"].sel(sigma_h=list(sigma_h)).to_numpy()

    def spread(group: tuple[int, int]) -> tuple[Floats, float]:
        data, draw = group
        return of_least_squares(designs[data], responses[data], S[draw])

    at_minimum, slopes = zip(*mapped(spread, groups, processes=processes), strict=True)
    values = {"spread_at_minimum": np.transpose(at_minimum), "spread_slope": slopes}
    heterogeneity = Variable(("sigma_h",), "heterogeneity").of(np.array(sigma_h, np.float64))
    drawn = dict(zip(_DRAWS, zip(*groups, strict=True), strict=True))
    return Labelled(
        described(_SPREADS, values), {"sigma_h": heterogeneity, **described(_DRAWS, drawn)}, {}
    )


class _InitialLosses:
    """F(x⁰) of the curves of an experiment, each computed once."""

    def __init__(self, experiment: Experiment, datasets: Mapping[str, xr.Dataset]) -> None:
        self._seed, self._datasets = experiment.seed, datasets
        self._trials = experiment.draws()
        self._known: dict[tuple[str, float, str, tuple[int, int]], float] = {}

    def of(self, curve: Curve, group: tuple[int, int]) -> float:
        """Return the largest over the trials of a group."""
        key = (curve.dataset, curve.sigma_h, curve.start, group)
        if key not in self._known:
            self._known[key] = self._computed(curve, group)
        return self._known[key]

    def _computed(self, curve: Curve, group: tuple[int, int]) -> float:
        stored = self._datasets[curve.dataset]
        problem = PROBLEMS[stored.attrs["problem"]]
        if isinstance(problem, Problem) and curve.start == "zero":
            # The margins are zero: the designs, which are large, are not read.
            draw = stored["responses"].isel(draw=group[0]).sel(sigma_h=curve.sigma_h)
            responses = draw.to_numpy()
            return float(problem.loss(np.zeros(len(responses)), responses).sum())
        attacks = {one.attack for one in self._trials if (one.data, one.allocation) == group}
        deviations = deviations_of(stored)
        points = (
            start_point(curve.start, deviations, seed=self._seed, draw=one) for one in attacks
        )
        data = data_of(stored, group[0], curve.sigma_h)
        return max(data.loss(one) for one in points)


def _of_groups(
    curve: Curve,
    groups: Sequence[tuple[int, int]],
    dataset: xr.Dataset,
    allocation: xr.Dataset,
    spread: xr.Dataset | None,
) -> dict[str, Floats]:
    """Return the variables of `_OF_GROUPS`, but the initial loss, for one curve in every group."""
    of_data, of_allocation = (list(draws) for draws in zip(*groups, strict=True))
    at = dataset.get_index("sigma_h").get_loc(curve.sigma_h)
    found = {
        "d_min": allocation["degree"].min("subset").to_numpy()[of_allocation],
        "nu": allocation["largest_difference"].to_numpy()[of_allocation],
    }
    for name in _OF_GROUPS:
        if name in allocation:
            found[name] = allocation[name].to_numpy()[of_allocation]
        elif name in dataset:
            values = dataset[name].to_numpy()[of_data]
            found[name] = values[:, at] if values.ndim == 2 else values
    infinite = np.full(len(groups), np.inf)
    if spread is None:
        return found | {"spread_at_minimum": infinite, "spread_slope": infinite}
    known = list(zip(*(spread[name].to_numpy().tolist() for name in _DRAWS), strict=True))
    places = [known.index(group) for group in groups]
    chosen = spread.sel(sigma_h=curve.sigma_h)
    return found | {name: chosen[name].to_numpy()[places] for name in _SPREADS}


def _settings(experiment: Experiment, datasets: Mapping[str, xr.Dataset]) -> dict[str, list[Any]]:
    """Return the settings of every curve, by name."""
    curves = experiment.curves
    rates = [one.step_size for one in curves]
    return {name: [getattr(one, name) for one in curves] for name in _OF_CURVES} | {
        "aggregator": [one.rule_id for one in curves],
        "D": [int(datasets[one.dataset].attrs["D"]) for one in curves],
        "robust": [METHODS[one.method].uses_rule for one in curves],
        "schedule": [one.schedule if isinstance(one, Schedule) else "fixed" for one in rates],
        "share": [one.share if isinstance(one, Schedule) else np.nan for one in rates],
        "fixed_step_size": [np.nan if isinstance(one, Schedule) else one for one in rates],
    }

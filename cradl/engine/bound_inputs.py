"""What the bounds need to know of an experiment: its sizes, and constants of data and allocation.

A *group* is a pair of draws, of the data and of the allocation: the theorems' expectations are over
what the attack draws while both stay as they are.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from cradl.arrays import Floats
from cradl.config.keys import Schedule
from cradl.config.model import Curve, Experiment
from cradl.engine.trials import start_point
from cradl.labelled import Labelled
from cradl.methods import METHODS
from cradl.numerics.spreads import of_least_squares
from cradl.problems import PROBLEMS
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
_DRAWS = ("data_draw", "allocation_draw")
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
    spreads: Mapping[str, xr.Dataset] | None = None,
) -> xr.Dataset:
    """Gather what `theory.runs.hypotheses.regime` asks for.

    Parameters
    ----------
    experiment, datasets, allocations
        As in `cradl.simulate`. Designs are needed for start points other than zero alone.
    spreads
        `pair_spreads` by `Curve.pair_id`; those that are absent are computed, from the designs.

    Returns
    -------
    Over (curve, group) the variables of Assumptions 1 to 3 and of the allocation; over (curve) the
    settings, ``robust`` (the server applies a rule to coded gradients), ``schedule``, ``share`` and
    ``fixed_step_size``, NaN where they do not apply; over (group) ``data_draw``,
    ``allocation_draw``.
    """
    groups = groups_of(experiment)
    known = dict(spreads or {})
    for curve in experiment.curves:
        dataset, pair = datasets[curve.dataset], curve.pair_id
        if pair not in known and PROBLEMS[dataset.attrs["problem"]].quadratic:
            found = pair_spreads(dataset, allocations[curve.allocation_id], curve.sigma_h, groups)
            known[pair] = found.to_xarray()
    starts = _InitialLosses(experiment, datasets)
    values = []
    for curve in experiment.curves:
        stores = datasets[curve.dataset], allocations[curve.allocation_id]
        of_groups = _of_groups(curve, groups, *stores, known.get(curve.pair_id))
        losses = np.array([starts.of(curve, group) for group in groups])
        values.append(of_groups | {"initial_loss": losses})
    variables = {
        name: (
            ("curve", "group"),
            np.array([one[name] for one in values], dtype=np.float64),
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


def groups_of(experiment: Experiment) -> list[tuple[int, int]]:
    """Return the pairs of draws, of the data and of the allocation, that an experiment has."""
    return sorted({(one.data, one.allocation) for one in experiment.draws()})


def pair_spreads(
    dataset: xr.Dataset,
    allocation: xr.Dataset,
    sigma_h: float,
    groups: Sequence[tuple[int, int]],
    *,
    processes: int = 1,
) -> Labelled:
    """Bound the spread of a least-squares data set under an allocation in each group.

    Returns
    -------
    ``spread_at_minimum`` and ``spread_slope`` of `cradl.numerics.spreads.of_least_squares` over
    (group), with the coordinates ``data_draw`` and ``allocation_draw``.
    """
    designs, S = dataset["designs"].to_numpy(), allocation["S"].to_numpy()
    responses = dataset["responses"].sel(sigma_h=sigma_h).to_numpy()

    def spread(group: tuple[int, int]) -> dict[str, float]:
        data, draw = group
        return of_least_squares(designs[data], responses[data], S[draw])

    found = list(mapped(spread, groups, processes=processes))
    names = ("spread_at_minimum", "spread_slope")
    return Labelled(
        {
            name: (
                ("group",),
                np.array([one[name] for one in found]),
                dict(zip(("long_name", "units"), _OF_GROUPS[name], strict=True)),
            )
            for name in names
        },
        {
            "data_draw": (("group",), np.array([one for one, _ in groups]), {}),
            "allocation_draw": (("group",), np.array([one for _, one in groups]), {}),
        },
        {},
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
        whole = self._datasets[curve.dataset]
        draw = whole.isel(draw=group[0]).sel(sigma_h=curve.sigma_h)
        responses, loss = draw["responses"].to_numpy(), PROBLEMS[whole.attrs["problem"]].loss
        if curve.start == "zero":
            return float(loss(np.zeros(len(responses)), responses).sum())
        designs = draw["designs"].to_numpy()
        attacks = {one.attack for one in self._trials if (one.data, one.allocation) == group}
        points = (
            start_point(curve.start, designs.shape[1], seed=self._seed, draw=one) for one in attacks
        )
        return max(float(loss(designs @ one, responses).sum()) for one in points)


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
    return found | {str(name): one.to_numpy()[places] for name, one in spread.data_vars.items()}


def _settings(experiment: Experiment, datasets: Mapping[str, xr.Dataset]) -> dict[str, list[Any]]:
    """Return the settings of every curve, by name."""
    curves = experiment.curves
    rates = [one.step_size for one in curves]
    return {name: [getattr(one, name) for one in curves] for name in _OF_CURVES} | {
        "D": [int(datasets[one.dataset].attrs["D"]) for one in curves],
        "robust": [METHODS[one.method].uses_rule for one in curves],
        "schedule": [one.schedule if isinstance(one, Schedule) else "fixed" for one in rates],
        "share": [one.share if isinstance(one, Schedule) else np.nan for one in rates],
        "fixed_step_size": [np.nan if isinstance(one, Schedule) else one for one in rates],
    }

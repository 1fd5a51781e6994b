"""`simulate`: some trials of an experiment, as one labelled data set; `gather` joins such parts.

The unit of work is one trial with all its curves, because they share data, allocations and
Byzantine devices. Parallelism is between processes, each with its own part of the trials: an
iteration is a dozen short array operations, and threads would wait for each other at every one.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from cradl.algorithm import SERIES, UNITS, run_algorithm
from cradl.diagnostics import DIAGNOSTICS
from cradl.kernels import Floats, Ints
from cradl.runs import draws_of, runs_of_trial
from cradl.study import Experiment


def simulate(
    experiment: Experiment,
    datasets: Mapping[str, xr.Dataset],
    allocations: Mapping[str, xr.Dataset],
    *,
    trials: Sequence[int],
    progress: bool = False,
) -> xr.Dataset:
    """Run Algorithm 1 for every curve of an experiment in the given trials.

    Parameters
    ----------
    experiment
        As `cradl.load_study` resolves it.
    datasets
        By name, from `cradl.datasets.dataset`.
    allocations
        By `Curve.allocation_id`, from `cradl.allocation.allocations`.
    trials
        Indices of the trials; trial 7 alone equals trial 7 of many.
    progress
        Show a progress bar where standard error is a terminal.

    Returns
    -------
    xarray.Dataset
        Series over (curve, trial, iteration) for x⁰..x^T; ``optimal_loss`` F* and ``diverged_at``
        over (curve, trial); ``final_iterate`` x^{T+1} over (curve, trial, feature), NaN past the
        features of a curve's own problem. From the iteration at which a curve diverges on, its
        series hold infinity.

    Raises
    ------
    ValueError
        Data or allocations that lack a needed draw, or uncovered subsets where they are refused.
    """
    _require_inputs(experiment, datasets, allocations, trials)
    names = [*SERIES, *(DIAGNOSTICS if experiment.diagnostics else ())]
    shape = (len(experiment.curves), len(trials))
    features = max(datasets[one.dataset].sizes["feature"] for one in experiment.curves)
    series = {name: np.empty((*shape, experiment.T + 1)) for name in names}
    final = np.full((*shape, features), np.nan)
    optimal, diverged = np.empty(shape), np.empty(shape, np.int64)

    # BLAS in one thread: its sums then depend on the data alone, and jobs share a machine politely.
    with threadpool_limits(limits=1, user_api="blas"):
        bar = tqdm(trials, experiment.name, unit="trial", disable=None if progress else True)
        for place, trial in enumerate(bar):
            for row, run in enumerate(runs_of_trial(experiment, datasets, allocations, trial)):
                try:
                    outcome = run_algorithm(
                        run, iterations=experiment.T + 1, diagnostics=experiment.diagnostics
                    )
                except Exception as error:
                    error.add_note(f"in {experiment.name}, trial {trial}, curve {run.curve.label}")
                    raise
                for name in names:
                    series[name][row, place] = outcome.series[name]
                final[row, place, : len(outcome.final)] = outcome.final
                optimal[row, place] = run.data.minimum
                diverged[row, place] = outcome.diverged_at
    per_run: dict[str, Floats | Ints] = {"optimal_loss": optimal, "diverged_at": diverged}
    return _labelled(experiment, datasets, trials, series, per_run, final)


def gather(parts: Sequence[xr.Dataset]) -> xr.Dataset:
    """Join parts of an experiment's trials, in the order of the trials.

    Raises
    ------
    ValueError
        Parts that overlap or do not belong to the same experiment.
    """
    ordered = sorted(parts, key=lambda part: int(part["trial"][0]))
    trials = np.concatenate([part["trial"].to_numpy() for part in ordered])
    if len(np.unique(trials)) < len(trials):
        raise ValueError(f"need every trial once, got {trials.tolist()}")
    if len({part.attrs["experiment"] for part in parts}) > 1:
        raise ValueError("need parts of one experiment, got parts of several")
    return xr.concat(
        ordered, "trial", data_vars="minimal", coords="minimal", compat="equals", join="exact"
    )


def _require_inputs(
    experiment: Experiment,
    datasets: Mapping[str, xr.Dataset],
    allocations: Mapping[str, xr.Dataset],
    trials: Sequence[int],
) -> None:
    """Refuse what would fail halfway."""
    if not trials:
        raise ValueError("need at least one trial, got none")
    draws = [draws_of(experiment, trial) for trial in trials]
    for curve in experiment.curves:
        for kind, stores, name, last in (
            ("data set", datasets, curve.dataset, max(one.data for one in draws)),
            ("allocation", allocations, curve.allocation_id, max(one.allocation for one in draws)),
        ):
            if name not in stores:
                raise ValueError(f"need the {kind} {name}, got {', '.join(stores) or 'none'}")
            if stores[name].sizes["draw"] <= last:
                count = stores[name].sizes["draw"]
                raise ValueError(f"need draw {last} of {kind} {name}, got {count} draws")
        uncovered = int(allocations[curve.allocation_id]["uncovered"].max())
        if curve.uncovered == "refuse" and uncovered:
            raise ValueError(
                f"need every subset on some device ({curve.label}: uncovered: refuse), "
                f"got an allocation {curve.allocation_id} with {uncovered} on none"
            )


def _labelled(
    experiment: Experiment,
    datasets: Mapping[str, xr.Dataset],
    trials: Sequence[int],
    series: Mapping[str, Floats | Ints],
    per_run: Mapping[str, Floats | Ints],
    final: Floats,
) -> xr.Dataset:
    """Name the dimensions, coordinates and units."""
    curves = experiment.curves
    draws = [draws_of(experiment, trial) for trial in trials]
    long_names = SERIES | DIAGNOSTICS
    variables: dict[str, Any] = {
        name: (
            ("curve", "trial", "iteration"),
            values,
            {"long_name": long_names[name], "units": UNITS.get(name, "1")},
        )
        for name, values in series.items()
    }
    variables["optimal_loss"] = (
        ("curve", "trial"),
        per_run["optimal_loss"],
        {"long_name": "F*, minimum of the training loss", "units": "1"},
    )
    variables["diverged_at"] = (
        ("curve", "trial"),
        per_run["diverged_at"],
        {"long_name": "first iteration that is not finite, -1 for none", "units": "iterations"},
    )
    variables["final_iterate"] = (
        ("curve", "trial", "feature"),
        final,
        {"long_name": "x^(T+1), the trained model", "units": "1"},
    )
    coordinates = {
        "trial": ("trial", list(trials)),
        "iteration": ("iteration", np.arange(experiment.T + 1)),
        "data_draw": ("trial", [one.data for one in draws]),
        "allocation_draw": ("trial", [one.allocation for one in draws]),
        "attack_draw": ("trial", [one.attack for one in draws]),
        "label": ("curve", [one.label for one in curves]),
        "method": ("curve", [one.method for one in curves]),
        "aggregator": ("curve", [one.aggregator for one in curves]),
        "attack": ("curve", [one.attack["name"] for one in curves]),
        "alpha": ("curve", [one.alpha for one in curves]),
        "f": ("curve", [one.f for one in curves]),
        "N": ("curve", [one.N for one in curves]),
        "M": ("curve", [one.M for one in curves]),
        "r": ("curve", [one.r for one in curves]),
        "allocation": ("curve", [one.allocation for one in curves]),
        "dataset": ("curve", [one.dataset for one in curves]),
        "problem": ("curve", [datasets[one.dataset].attrs["problem"] for one in curves]),
        "sigma_h": ("curve", [one.sigma_h for one in curves]),
    }
    return xr.Dataset(
        variables, coordinates, {"experiment": experiment.name, "title": experiment.title}
    )

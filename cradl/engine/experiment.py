"""`simulate`: some trials of an experiment, as one labelled data set; `gather` joins such parts.

The unit of work is one trial with all its curves, because they share data, allocations and
Byzantine devices. Parallelism is between processes, each with its own part of the trials: an
iteration is a dozen short array operations, and threads would wait for each other at every one.
"""

import itertools
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from cradl.aggregation import RULES
from cradl.allocation import ALLOCATIONS
from cradl.attacks import ATTACKS
from cradl.config.model import Experiment
from cradl.engine.algorithm import Outcome, compile_stages, run_algorithm
from cradl.engine.trials import Run, Trials
from cradl.foreign import RowFault
from cradl.labelled import Entry, Labelled, Stored, described, joined
from cradl.methods import METHODS
from cradl.numerics.compiled import compiling_alone
from cradl.pre_aggregation import PRE_AGGREGATIONS
from cradl.processes import mapped
from cradl.rows import Table
from cradl.series import CURVES, DIAGNOSTICS, ITERATION, OF_RUNS, RECORDS, SERIES, TESTED, TRIALS

if TYPE_CHECKING:
    import xarray as xr

Records = dict[str, NDArray[Any]]
"""The arrays of one run that are kept if ``messages`` is set."""


def simulate(
    experiment: Experiment,
    datasets: Mapping[str, "xr.Dataset"],
    allocations: Mapping[str, "xr.Dataset"],
    *,
    trials: Sequence[int],
    step_sizes: "xr.DataArray | None" = None,
    progress: bool = False,
    processes: int = 1,
) -> "xr.Dataset":
    """Run Algorithm 1 for every curve of an experiment in the given trials.

    Parameters
    ----------
    experiment
        As `cradl.load_study` resolves it.
    datasets
        By name: ``cradl.datasets.dataset(**study.dataset_request(name))``, or a store.
    allocations
        By `Curve.allocation_id`: ``cradl.allocation.allocations(**request)`` for each request of
        ``study.allocation_requests()``, or a store.
    trials
        Indices of the trials; trial 7 alone equals trial 7 of many.
    step_sizes
        γ^t (curve, group, iteration) of `theory.runs.hypotheses.regime`, needed if a theorem
        sets rates.
    progress
        Show a progress bar where standard error is a terminal and one process works.
    processes
        How many share the trials. No result depends on it.

    Returns
    -------
    xarray.Dataset
        Series over (curve, trial, iteration) for x⁰..x^T, with ``test_accuracy`` if any of the data
        have test samples (NaN for curves whose data have none); ``optimal_loss`` F* and
        ``diverged_at`` over (curve, trial); ``final_iterate`` x^{T+1} over (curve, trial, feature),
        NaN past the features of a curve's own problem. From the iteration at which a curve diverges
        on, its series hold infinity, and the accuracy 0.

        Where the experiment asks for ``messages``, also those (curve, trial, iteration, device,
        feature) as the server received them, ``byzantine`` (curve, trial, iteration, device) 1
        where the device lied, ``update`` ĝ^t and ``gradient`` ∇F(x^t) (curve, trial, iteration,
        feature), and the allocation ``S`` (curve, trial, device, subset), that of the first
        iteration if it is reshuffled.

    Raises
    ------
    ValueError
        Data or allocations that lack a needed draw, or uncovered subsets where they are refused.
    """
    return simulated(
        experiment,
        datasets,
        allocations,
        trials=trials,
        rates=None if step_sizes is None else step_sizes.to_dataset(name="step_size"),
        progress=progress,
        processes=processes,
    ).to_xarray()


def simulated(
    experiment: Experiment,
    datasets: Mapping[str, Stored],
    allocations: Mapping[str, Stored],
    *,
    trials: Sequence[int],
    rates: Stored | None = None,
    progress: bool = False,
    processes: int = 1,
) -> Labelled:
    """Do as `simulate` does, with open stores and without loading xarray.

    Parameters
    ----------
    rates
        What `theory.runs.hypotheses.regime` returns, or its store.
    """
    _require_inputs(experiment, datasets, allocations, trials)
    count = max(min(processes, len(trials)), 1)
    ends = [part * len(trials) // count for part in range(count + 1)]
    parts = [trials[first:last] for first, last in itertools.pairwise(ends)]
    alone = progress and count == 1

    with compiling_alone():
        any(map(compile_stages, Trials(experiment, datasets, allocations, rates).runs(trials[0])))

    def some(part: Sequence[int]) -> Labelled:
        return _simulated(experiment, datasets, allocations, part, rates, progress=alone)

    return gather(list(mapped(some, parts, processes=count)))


def _simulated(
    experiment: Experiment,
    datasets: Mapping[str, Stored],
    allocations: Mapping[str, Stored],
    trials: Sequence[int],
    rates: Stored | None,
    *,
    progress: bool,
) -> Labelled:
    """Run some trials in this process."""
    names = [*SERIES, *(DIAGNOSTICS if experiment.diagnostics else ())]
    used = [datasets[one.dataset] for one in experiment.curves]
    names += TESTED if any("test_sample" in one.sizes for one in used) else ()
    shape = (len(experiment.curves), len(trials))
    features = max(int(one.attrs["D"]) for one in used)
    series = {name: np.empty((*shape, experiment.T + 1)) for name in names}
    final = np.full((*shape, features), np.nan)
    optimal, diverged = np.empty(shape), np.empty(shape, np.int64)
    kept: list[list[Records]] = [[] for _ in experiment.curves]

    bar = tqdm(trials, experiment.name, unit="trial", disable=None if progress else True)
    setup = Trials(experiment, datasets, allocations, rates)
    for place, trial in enumerate(bar):
        for row, run in enumerate(setup.runs(trial)):
            try:
                outcome = run_algorithm(
                    run, iterations=experiment.T + 1, record=experiment.messages
                )
            except Exception as error:
                where = f"in {experiment.name}, trial {trial}, curve {run.curve.label}"
                (error.__cause__ or error).add_note(where)
                if isinstance(error, RowFault):
                    raise type(error)(f"{where}: {error}") from error.__cause__
                raise
            for name in names:
                series[name][row, place] = outcome.series.get(name, np.nan)
            final[row, place, : len(outcome.final)] = outcome.final
            optimal[row, place] = run.data.minimum
            diverged[row, place] = outcome.diverged_at
            if experiment.messages:
                S = allocations[run.curve.allocation_id]["S"]
                draw = experiment.draws_of(trial).allocation
                kept[row].append(_records(run, outcome, np.asarray(S[draw])))
    values = series | {"optimal_loss": optimal, "diverged_at": diverged, "final_iterate": final}
    if experiment.messages:
        for name in RECORDS:
            values[name] = np.array([[run[name] for run in runs] for runs in kept])
    return Labelled(
        described(SERIES | DIAGNOSTICS | TESTED | OF_RUNS | RECORDS, values),
        _coordinates(experiment, datasets, trials),
        {"experiment": experiment.name, "title": experiment.title},
    )


def gather(parts: Sequence[Labelled]) -> Labelled:
    """Join parts of an experiment's trials, in the order of the trials.

    Raises
    ------
    ValueError
        Parts that overlap or do not belong to the same experiment.
    """
    ordered = sorted(parts, key=lambda part: int(part.coordinates["trial"][1][0]))
    trials = np.concatenate([part.coordinates["trial"][1] for part in ordered])
    if len(np.unique(trials)) < len(trials):
        raise ValueError(f"need every trial once, got {trials.tolist()}")
    if len({part.attributes["experiment"] for part in parts}) > 1:
        raise ValueError("need parts of one experiment, got parts of several")
    return joined(ordered, "trial")


def _require_inputs(
    experiment: Experiment,
    datasets: Mapping[str, Stored],
    allocations: Mapping[str, Stored],
    trials: Sequence[int],
) -> None:
    """Refuse what would fail halfway."""
    if len(trials) == 0:
        raise ValueError("need at least one trial, got none")
    _require_rows(experiment)
    draws = [experiment.draws_of(trial) for trial in trials]
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
        uncovered = int(np.max(allocations[curve.allocation_id]["uncovered"]))
        if curve.uncovered == "refuse" and uncovered:
            raise ValueError(
                f"need every subset on some device ({curve.label}: uncovered: refuse), "
                f"got an allocation {curve.allocation_id} with {uncovered} on none"
            )


def _require_rows(experiment: Experiment) -> None:
    """Refuse rows that were a plugin's: they end when another study is loaded."""
    for curve in experiment.curves:
        rows: list[tuple[str, Table[Any]]] = [
            (curve.aggregator, RULES),
            (curve.attack["name"], ATTACKS),
            (curve.method, METHODS),
            (curve.allocation, ALLOCATIONS),
            (curve.pre_aggregation["name"], PRE_AGGREGATIONS),
        ]
        for name, table in rows:
            if name not in table:
                needed = f"need the study of {experiment.name} to be the one loaded last"
                raise ValueError(f"{needed}, got no row {name} in {table.title}")


def _records(run: Run, outcome: Outcome, S: NDArray[Any]) -> Records:
    """Add to the records of a run who lied, and which device holds which subset."""
    byzantine = np.zeros(run.orders.shape, np.uint8)
    np.put_along_axis(byzantine, run.orders[:, : run.curve.f], 1, axis=1)
    return {**outcome.records, "byzantine": byzantine, "S": S}


def _parameters(chosen: Mapping[str, Any]) -> str:
    """Return the parameters of a row as JSON."""
    return json.dumps({key: one for key, one in chosen.items() if key != "name"})


def _coordinates(
    experiment: Experiment, datasets: Mapping[str, Stored], trials: Sequence[int]
) -> dict[str, Entry]:
    """Label curves, trials and iterations."""
    settings = [
        curve.model_dump()
        | {
            "attack": curve.attack["name"],
            "attack_parameters": _parameters(curve.attack),
            "pre_aggregation": curve.pre_aggregation["name"],
            "pre_aggregation_parameters": _parameters(curve.pre_aggregation),
            "problem": datasets[curve.dataset].attrs["problem"],
        }
        for curve in experiment.curves
    ]
    draws = np.array([experiment.draws_of(trial) for trial in trials])
    of_trials = (np.array(trials), *draws.T)
    values = {name: [curve[name] for curve in settings] for name in CURVES}
    return {
        **described(CURVES, values),
        **described(TRIALS, dict(zip(TRIALS, of_trials, strict=True))),
        **described(ITERATION, {"iteration": np.arange(experiment.T + 1)}),
    }

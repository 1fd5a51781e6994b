"""Algorithm 1 as one writes it with NumPy, and as this package runs it, on the same draws."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr

from cradl import load_study, simulate
from cradl.allocation import allocations, degrees
from cradl.arrays import Floats, Ints
from cradl.config.model import Experiment
from cradl.datasets import dataset
from cradl.engine import algorithm
from cradl.engine.algorithm import run_algorithm
from cradl.engine.trials import Run, Trials

PAPER = Path(__file__).parents[1] / "config" / "paper.yaml"
COMPARED_RULES = ("median", "trimmed_mean", "phocas")
REFERENCE = "cradl: run_algorithm"
STEPS = "cradl: step by step"
DIAGNOSED = "cradl: run_algorithm, diagnostics"
VECTORISED = "NumPy, vectorised, dense weights"
AGREEMENT = 10
"""Iterations over which all engines have to agree. Later the median amplifies rounding."""


class Task(NamedTuple):
    """One curve in all timed trials: as a user of `simulate` holds it, and prepared."""

    experiment: Experiment
    datasets: Mapping[str, xr.Dataset]
    allocations: Mapping[str, xr.Dataset]
    runs: Sequence[Run]
    plain: Sequence["Plain"]


class Plain(NamedTuple):
    """What a NumPy engine needs of one trial, prepared before the clock starts.

    Attributes
    ----------
    designs, responses
        Z (M, D) and y (M,): one sample a subset.
    held
        The subsets of each device.
    degrees
        d_k (M,); 1 where a subset is on no device, which no message then contains.
    weights
        Dense (N, M): S[i, k] / d_k.
    liars
        (T + 1, f): the Byzantine devices of each iteration.
    """

    designs: Floats
    responses: Floats
    held: Sequence[Ints]
    degrees: Ints
    weights: Floats
    liars: Ints
    coefficient: float
    step_size: float


class Engine(NamedTuple):
    """One row of `ENGINES`: returns the training loss (trials, iterations).

    Attributes
    ----------
    iterations
        How many it runs, where all would take too long; None: all.
    """

    run: Callable[[Task, int], Floats]
    iterations: int | None


def tasks(trials: int, rules: Sequence[str] = COMPARED_RULES, r: int = 40) -> dict[str, Task]:
    """Return the curves by rule, on the same draws of everything."""
    curves = [{"method": "cra_dl", "aggregator": list(rules), "r": r}]
    overrides = {
        "only": ["fig2a"],
        "claims": None,
        "figures": None,
        "trials": trials,
        "diagnostics": False,
        "messages": False,
        "experiments": {"fig2a": {"curves": curves}},
    }
    study = load_study(PAPER, overrides=overrides)
    (experiment,) = study.experiments.values()
    drawn_data = {name: dataset(**study.dataset_request(name)) for name in study.datasets}
    drawn_allocations = {
        name: allocations(**request) for name, request in study.allocation_requests().items()
    }
    found = {}
    for curve in experiment.curves:
        alone = experiment.model_copy(update={"curves": (curve,)})
        runs = [
            next(Trials(alone, drawn_data, drawn_allocations).runs(trial))
            for trial in range(trials)
        ]
        S = drawn_allocations[curve.allocation_id]["S"].to_numpy()
        plain = [_plain(run, one) for run, one in zip(runs, S, strict=True)]
        found[curve.aggregator] = Task(alone, drawn_data, drawn_allocations, runs, plain)
    return found


def _plain(run: Run, S: np.ndarray) -> Plain:
    if run.data.per_subset != 1:
        raise ValueError(f"need one sample a subset, got {run.data.per_subset}")
    d = np.maximum(degrees(S), 1)
    return Plain(
        designs=run.data.designs,
        responses=run.data.responses,
        held=[np.flatnonzero(row) for row in S],
        degrees=d,
        weights=S / d,
        liars=run.orders[:, : run.curve.f],
        coefficient=run.curve.attack["coefficient"],
        step_size=run.curve.step_size,
    )


def numpy_median(messages: Floats, f: int) -> Floats:
    """Median of each column."""
    return np.median(messages, axis=0)


def numpy_trimmed_mean(messages: Floats, f: int) -> Floats:
    """Mean of each column without its f smallest and f largest values."""
    trimmed: Floats = np.sort(messages, axis=0)[f : len(messages) - f].mean(axis=0)
    return trimmed


def numpy_phocas(messages: Floats, f: int) -> Floats:
    """Mean of the N - f values of each column that are nearest to its trimmed mean."""
    distances = np.abs(messages - numpy_trimmed_mean(messages, f))
    nearest = np.argsort(distances, axis=0)[: len(messages) - f]
    average: Floats = np.take_along_axis(messages, nearest, axis=0).mean(axis=0)
    return average


NUMPY_RULES = {
    "median": numpy_median,
    "trimmed_mean": numpy_trimmed_mean,
    "phocas": numpy_phocas,
}


def messages_by_subset(trial: Plain, residual: Floats) -> Floats:
    """Add up the weighted gradients one by one, (5)."""
    messages = np.zeros((len(trial.held), trial.designs.shape[1]))
    for i, held in enumerate(trial.held):
        for k in held:
            messages[i] += residual[k] * trial.designs[k] / trial.degrees[k]
    return messages


def messages_by_device(trial: Plain, residual: Floats) -> Floats:
    """Gather each device's gradients, weight and add them, (5)."""
    gradients = residual[:, np.newaxis] * trial.designs
    messages = np.empty((len(trial.held), trial.designs.shape[1]))
    for i, held in enumerate(trial.held):
        messages[i] = (gradients[held] / trial.degrees[held, np.newaxis]).sum(axis=0)
    return messages


def messages_at_once(trial: Plain, residual: Floats) -> Floats:
    """Multiply all gradients by the dense matrix of weights, (5)."""
    messages: Floats = trial.weights @ (residual[:, np.newaxis] * trial.designs)
    return messages


def numpy_engine(messages_of: Callable[[Plain, Floats], Floats]) -> Callable[[Task, int], Floats]:
    """Return Algorithm 1 as one writes it with NumPy alone, around a way to form the messages."""

    def run(task: Task, iterations: int) -> Floats:
        rule = NUMPY_RULES[task.experiment.curves[0].aggregator]
        loss = np.empty((len(task.plain), iterations))
        for row, trial in enumerate(task.plain):
            x = np.zeros(trial.designs.shape[1])
            for t in range(iterations):
                residual = trial.designs @ x - trial.responses
                loss[row, t] = 0.5 * (residual**2).sum()
                messages = messages_of(trial, residual)
                liars = trial.liars[t]
                messages[liars] *= trial.coefficient
                x -= trial.step_size * rule(messages, len(liars))
        return loss

    return run


def prepared_engine(*, diagnostics: bool) -> Callable[[Task, int], Floats]:
    """Return `run_algorithm` on runs that are set up before the clock starts."""

    def run(task: Task, iterations: int) -> Floats:
        found = [
            run_algorithm(one._replace(diagnostics=diagnostics), iterations=iterations)
            for one in task.runs
        ]
        return np.stack([one.series["loss"] for one in found])

    return run


def stepping_engine(task: Task, iterations: int) -> Floats:
    """Run as a study with rows of its own does: each iteration by `algorithm.step`."""
    known = algorithm.codes_of
    algorithm.codes_of = lambda *given, **named: None
    try:
        return prepared_engine(diagnostics=False)(task, iterations)
    finally:
        algorithm.codes_of = known


def public_engine(*, diagnostics: bool) -> Callable[[Task, int], Floats]:
    """Return `simulate`: set-up, runs and labels, but not the drawing of data and allocations."""

    def run(task: Task, iterations: int) -> Floats:
        changes = {"T": iterations - 1, "diagnostics": diagnostics}
        experiment = task.experiment.model_copy(update=changes)
        trials = range(len(task.runs))
        found = simulate(experiment, task.datasets, task.allocations, trials=trials)
        loss: Floats = found["loss"].isel(curve=0).to_numpy()
        return loss

    return run


ENGINES: dict[str, Engine] = {
    "NumPy, loops over devices, subsets": Engine(numpy_engine(messages_by_subset), AGREEMENT),
    "NumPy, loop over devices": Engine(numpy_engine(messages_by_device), None),
    VECTORISED: Engine(numpy_engine(messages_at_once), None),
    REFERENCE: Engine(prepared_engine(diagnostics=False), None),
    STEPS: Engine(stepping_engine, None),
    "cradl: simulate": Engine(public_engine(diagnostics=False), None),
    DIAGNOSED: Engine(prepared_engine(diagnostics=True), None),
    "cradl: simulate, diagnostics": Engine(public_engine(diagnostics=True), None),
}

"""About how long a study takes, told before it begins: right to a factor of two, not better."""

import csv
from collections.abc import Collection, Iterable
from pathlib import Path
from statistics import median
from typing import NamedTuple

from cradl.config.model import Experiment, Study

_START, _ITERATION, _NUMBER = 1.6, 3.8e-5, 1e-8
"""Seconds of one core: the start of a job, an iteration of a curve, a number that a device sends.

Measured once on the simulations of the paper's study, which take 0.4 to 1.7 times as long.
"""
_OTHER = 6.0
"""Seconds of one core that a job takes which simulates nothing, on average."""
_CHAIN = 30.0
"""Seconds that jobs take which wait for each other, however many cores there are."""


class Simulation(NamedTuple):
    """A job that simulates trials of an experiment."""

    experiment: str
    trials: int


def seconds(study: Study, one: Simulation) -> float:
    """Return about how long a job of trials takes one core."""
    experiment = study.experiments[one.experiment]
    runs = one.trials * (experiment.T + 1)
    sizes = [
        curve.N * study.datasets[curve.dataset].dimension
        for curve in experiment.curves
    ]
    return _START + runs * (_ITERATION * len(sizes) + _NUMBER * sum(sizes))


def device_steps(experiment: Experiment, trials: int) -> int:
    """Return how many messages devices send in all iterations of some trials."""
    return trials * (experiment.T + 1) * sum(curve.N for curve in experiment.curves)


def slowness(study: Study, benchmarks: Path) -> float:
    """Return how many times as long as expected earlier runs took; 1 if there were none.

    Parameters
    ----------
    benchmarks
        The folder ``results/<study>/benchmarks``, of which ``simulate/<experiment>.tsv`` is read.
    """
    found = []
    for name, one in study.experiments.items():
        path = benchmarks / "simulate" / f"{name}.tsv"
        try:
            (row,) = csv.DictReader(path.read_text("utf-8").splitlines(), delimiter="\t")
            # Of processes that were too short to be seen, no time is measured.
            measured = float(row["cpu_time"])
        except (OSError, ValueError, KeyError):
            continue
        if measured > _START:
            found.append(measured / seconds(study, Simulation(name, one.trials)))
    return median(found) if found else 1.0


def expected(
    study: Study,
    simulations: Collection[Simulation],
    others: int,
    *,
    cores: int,
    slowness: float = 1.0,
) -> float:
    """Return about how many seconds some jobs take.

    Parameters
    ----------
    simulations
        Those that simulate.
    others
        The number of those that do not.
    cores
        How many work at a time.
    slowness
        As `slowness` finds it.
    """
    if not simulations and not others:
        return 0.0
    work = sum(seconds(study, one) for one in simulations) + _OTHER * others
    return slowness * max(work / cores, min(work, _CHAIN))


def told(
    study: Study, simulations: Collection[Simulation], others: int, *, cores: int, slowness: float
) -> str:
    """Say how long some jobs take, and what they do.

    Examples
    --------
    The time is that of `expected`::

        About 6 minutes on 2 cores, or up to twice that: 81 jobs, of which 55 simulate
        256 million device steps.
    """
    time = spelled(expected(study, simulations, others, cores=cores, slowness=slowness))
    jobs = _counted(len(simulations) + others, "job")
    beginning = f"About {time} on {_counted(cores, 'core')}, or up to twice that: {jobs}"
    if not simulations:
        return f"{beginning}, none of which simulates."
    steps = sum(
        device_steps(study.experiments[one.experiment], one.trials) for one in simulations
    )
    verb = "simulates" if len(simulations) == 1 else "simulate"
    return f"{beginning}, of which {len(simulations)} {verb} {_large(steps)} device steps."


def spelled(duration: float) -> str:
    """Spell a duration as exactly as it is known.

    Examples
    --------
    >>> [spelled(one) for one in (3, 34, 89, 350, 5_000, 40_000)]
    ['10 seconds', '30 seconds', '90 seconds', '6 minutes', '80 minutes', '11 hours']
    """
    if duration < 95:
        return f"{max(round(duration / 10), 1) * 10} seconds"
    if duration < 600:
        return f"{round(duration / 60)} minutes"
    if duration < 7_000:
        return f"{round(duration / 600) * 10} minutes"
    return f"{round(duration / 3600)} hours"


def _large(number: int) -> str:
    """Write a large number with two digits."""
    for size, name in ((10**9, "billion"), (10**6, "million")):
        if number >= size:
            return f"{number / size:.2g} {name}" if number < 100 * size else f"{number // size} {name}"
    return f"{number:,}"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def simulations_of(study: Study, jobs: Iterable[tuple[str, str | None]]) -> list[Simulation]:
    """Return the jobs that simulate: of an experiment, whole (None) or in a part of its trials."""
    found = []
    for name, part in jobs:
        experiment = study.experiments[name]
        first, past = (0, experiment.trials) if part is None else experiment.parts()[part]
        found.append(Simulation(name, past - first))
    return found

"""Outcomes that cannot be meant, curve by curve, and the learning rates of a study."""

from typing import NamedTuple

import numpy as np

from cradl.arrays import Floats
from cradl.config.model import Study
from cradl.labelled import Stored
from cradl.numerics.step_sizes import Step


def steps(study: Study) -> list[Step]:
    """Return the learning rates that are numbers; those that a theorem sets are never too large."""
    return [
        Step(experiment.name, curve.label, curve.step_size, curve.N, curve.dataset)
        for experiment, curve in study.curves()
        if isinstance(curve.step_size, float)
    ]


class Outcome(NamedTuple):
    """A curve that ended where no curve is meant to end.

    Attributes
    ----------
    experiment, curve
        Their names.
    trials, diverged
        How many trials there are, and in how many a number was no longer finite.
    start, end
        Mean losses at x⁰ and x^T; infinite if a trial diverged.
    says
        What is wrong with it, in words.
    """

    experiment: str
    curve: str
    trials: int
    diverged: int
    start: float
    end: float
    says: str


def outcomes(results: Stored) -> list[Outcome]:
    """Return the curves of an experiment that diverge or end above their start.

    Parameters
    ----------
    results
        A store of `cradl.simulate`.
    """
    loss = np.asarray(results["loss"])
    diverged = (np.asarray(results["diverged_at"]) >= 0).sum(axis=1)
    labels = [str(one) for one in np.asarray(results["label"])]
    found = []
    for place, label in enumerate(labels):
        start, end = _mean(loss[place, :, 0]), _mean(loss[place, :, -1])
        count, trials = int(diverged[place]), loss.shape[1]
        if count:
            says = f"diverges in {count} of {trials} trials"
        elif end > start:
            says = f"ends above its start, at {end:.3g} from {start:.3g}"
        else:
            continue
        name = str(results.attrs["experiment"])
        found.append(Outcome(name, label, trials, count, start, end, says))
    return found


def _mean(values: Floats) -> float:
    # Halves of what is about to diverge are finite, and their sum may not be.
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.mean(values))

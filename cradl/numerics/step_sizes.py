"""Learning rates at which gradient descent diverges."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

LIMIT = 2.0
"""γL/N from which on gradient descent diverges on a quadratic of curvature L/N."""


class Step(NamedTuple):
    """A fixed learning rate γ, and whom it is for.

    Attributes
    ----------
    experiment, curve
        Their names.
    step_size, N, dataset
        γ, the number of devices, the name of the data set.
    """

    experiment: str
    curve: str
    step_size: float
    N: int
    dataset: str


def too_large(steps: Iterable[Step], smoothness: Mapping[str, ArrayLike]) -> list[str]:
    """Say which learning rates are at or above 2N/L, the largest that is stable, and what is not.

    Parameters
    ----------
    smoothness
        L of every draw, by the name of the data set; steps of others are passed over.

    Returns
    -------
    A sentence for each experiment, data set and rate, with what to write instead.

    Examples
    --------
    >>> (told,) = too_large([Step("mine", "MA", 0.5, 10, "tiny")], {"tiny": [50.0, 40.0]})
    >>> told.split(": gamma")[0]
    'mine: step_size 0.5 is too large for the data tiny'
    >>> "gamma L/N = 2.5," in told, "At most 0.4 is stable" in told
    (True, True)
    """
    groups: dict[tuple[str, float, int, str], list[str]] = {}
    for one in steps:
        place = one.experiment, one.step_size, one.N, one.dataset
        groups.setdefault(place, []).append(one.curve)
    told = []
    for (experiment, step_size, N, dataset), curves in groups.items():
        L = float(np.max(smoothness.get(dataset, 0.0)))
        # Infinite where no L is known.
        if step_size * L / N < LIMIT or np.isinf(L):
            continue
        who = curves[0] if len(curves) == 1 else f"{len(curves)} curves, {curves[0]} first"
        told.append(
            f"{experiment}: step_size {step_size:g} is too large for the data {dataset}: gamma "
            f"L/N = {step_size * L / N:.3g}, and from 2 on gradient descent diverges even without "
            f"an attack ({who}). At most {_below(LIMIT * N / L):g} is stable; step_size: "
            "{schedule: sharpened1, share: 0.5} takes half of that whatever the data."
        )
    return told


def _below(value: float) -> float:
    """Return a value of three digits that is not larger."""
    digits = 10.0 ** (np.floor(np.log10(value)) - 2) if value > 0 else 1.0
    return float(np.floor(value / digits * (1 + 1e-12)) * digits)

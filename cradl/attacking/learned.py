"""Attacks of devices that learn from the honest messages of earlier iterations."""

from typing import Literal, NamedTuple

import numpy as np

from cradl.arrays import Floats
from cradl.attack import AttackContext
from cradl.attacking.collusion import direction_of
from cradl.parameters import Parameters, PositiveInt


class LearnedMimic(Parameters):
    """All repeat the honest device that is outermost along a direction learned in a warm-up."""

    warmup: PositiveInt
    """Number of iterations in which the direction and the device are learned; later ones keep
    them."""
    end: Literal["largest", "least"]
    """Which device along the direction: that of the largest inner product with it, or of the
    least."""


class Learned(NamedTuple):
    """What the devices know after some iterations.

    Attributes
    ----------
    iterations
        How many they have learned from.
    average
        Mean of the honest means of these (D,).
    direction
        Unit vector (D,) along which honest messages vary most, as far as is learned.
    target
        Number of the device that is repeated.
    """

    iterations: int
    average: Floats
    direction: Floats
    target: int


def learn_direction(honest: Floats, known: Learned | None, *, context: AttackContext) -> Learned:
    """Take a step of Oja's rule, as long as the warm-up lasts.

    With the running mean μ of the honest means, ``z ← unit(t z + unit(Σ_i (g_i − μ)⟨g_i − μ, z⟩))``
    divided by t + 1 in iteration t. In the first one the old z is left out of the sum. The authors'
    code starts from a random z; here it starts from the deviation of the message that is farthest
    from the mean, so that nothing is drawn.

    Source: Karimireddy, He and Jaggi, ICLR 2022, and the class MimicVariantAttacker of their code.

    Raises
    ------
    ValueError
        The context does not say which devices are honest.
    """
    if context.devices is None:
        raise ValueError("need the numbers of the devices in AttackContext, got none")
    if known is not None and known.iterations >= context.parameters.warmup:
        return known
    mean = honest.mean(axis=0)
    if known is None:
        gaps = honest - mean
        farthest = (gaps**2).sum(axis=1).argmax()
        iterations, average, direction = 1, mean, _turned(gaps, direction_of(gaps[farthest]))
    else:
        t = known.iterations
        average = (t * known.average + mean) / (t + 1)
        step = _turned(honest - average, known.direction)
        iterations, direction = t + 1, direction_of(t * known.direction + step)
    place = _outermost(honest, direction, context.parameters.end)
    devices = context.devices[len(context.devices) - len(honest) :]
    return Learned(iterations, average, direction, int(devices[place]))


def _turned(gaps: Floats, direction: Floats) -> Floats:
    """Return the unit vector (D,) of the covariance of `gaps` (n, D) times a direction."""
    largest = np.abs(gaps).max()
    scaled = gaps / largest if largest > 0 else gaps
    return direction_of((scaled @ direction) @ scaled)


def _outermost(honest: Floats, direction: Floats, end: str) -> int:
    places = honest @ direction
    return int(places.argmax() if end == "largest" else places.argmin())


def learned_mimic(
    own: Floats, honest: Floats, *, f: int, noise: None, context: AttackContext
) -> Floats:
    """Copy the target that `learn_direction` has found.

    Where it is Byzantine itself, as redrawn identities allow, the honest device that is outermost
    along the direction takes its place.

    Source: Karimireddy, He and Jaggi, ICLR 2022.

    Raises
    ------
    ValueError
        The context does not say what was learned.
    """
    known, devices = context.memory, context.devices
    if known is None or devices is None:
        raise ValueError("need what was learned and the devices in AttackContext, got none")
    places = np.flatnonzero(devices[f:] == known.target)
    if len(places):
        return np.tile(honest[places[0]], (f, 1))
    place = _outermost(honest, known.direction, context.parameters.end)
    return np.tile(honest[place], (f, 1))

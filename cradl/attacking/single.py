"""Attacks of devices that look at no message of another one."""

import numpy as np
from numpy.random import Generator
from pydantic import Field

from cradl.arrays import Floats
from cradl.attack import AttackContext
from cradl.parameters import Parameters


class SignFlipping(Parameters):
    """Each Byzantine device flips the sign of its message and scales it (attack 1 of Section V)."""

    coefficient: float = Field(lt=0)
    """Factor on the own message; the paper prints -2."""


def sign_flipping(
    own: Floats, honest: Floats, *, f: int, noise: None, context: AttackContext
) -> Floats:
    """Multiply each own message by the coefficient.

    Examples
    --------
    >>> parameters = SignFlipping(coefficient=-2)
    >>> context = AttackContext(parameters, aggregate=np.mean, coordinatewise=True, monotone=True)
    >>> own, honest = np.array([[1.0, -3.0]]), np.zeros((4, 2))
    >>> sign_flipping(own, honest, f=1, noise=None, context=context)
    array([[-2.,  6.]])
    """
    flipped: Floats = context.parameters.coefficient * own
    return flipped


class Gaussian(Parameters):
    """Each Byzantine device sends zero-mean Gaussian entries (attack 2 of Section V)."""

    variance: float = Field(gt=0)
    """Variance, not standard deviation, of each entry; the paper prints N(0, 10000)."""


def standard_normals(rng: Generator, iterations: int, D: int) -> Floats:
    """Draw one for every coordinate and iteration (iterations, D)."""
    return rng.standard_normal((iterations, D))


def gaussian(
    own: Floats, honest: Floats, *, f: int, noise: Floats, context: AttackContext
) -> Floats:
    """Scale the standard normal `noise` (f, D) to the variance."""
    scaled: Floats = np.sqrt(context.parameters.variance) * noise
    return scaled


class Omission(Parameters):
    """Byzantine devices send nothing, which the server takes for a message of zeros."""


def omission(own: Floats, honest: Floats, *, f: int, noise: None, context: AttackContext) -> Floats:
    """Leave every entry zero.

    The server waits for N messages: one that does not come is a zero vector, to every method and
    rule a message like others, and counted among the numbers that it received.
    """
    return np.zeros_like(own)


class LabelFlipping(Parameters):
    """Each follows the algorithm on data whose labels it has flipped, y to -y."""


def label_flipping(
    own: Floats, honest: Floats, *, f: int, noise: None, context: AttackContext
) -> Floats:
    """Send the message that the flipped data make at the present model.

    Labels −1 and +1 change places; for losses of residuals every response is negated.

    Source: Karimireddy, He and Jaggi, ICLR 2022, where label y of ten becomes 9 - y.

    Raises
    ------
    ValueError
        The context has no messages of flipped data.
    """
    if context.flipped is None:
        raise ValueError("need the messages of flipped data in AttackContext, got none")
    return context.flipped

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
    """Each follows the algorithm on data whose labels it has flipped, y to -y or C - 1 - y."""


def flipped_labels(responses: Floats, classes: int, parameters: LabelFlipping) -> Floats:
    """Return −y, or C − 1 − y for class numbers from 0 to C − 1.

    Labels −1 and +1 change places; for losses of residuals every response is negated.

    Source: Karimireddy, He and Jaggi, ICLR 2022, where label y of ten becomes 9 - y.

    Examples
    --------
    >>> flipped_labels(np.array([-1.0, 1.0]), 0, LabelFlipping())
    array([ 1., -1.])
    >>> flipped_labels(np.array([0.0, 3.0, 9.0]), 10, LabelFlipping())
    array([9., 6., 0.])
    """
    return classes - 1 - responses if classes else -responses


class LabelPoisoning(Parameters):
    """Each follows the algorithm on data of which it has given every sample the same label."""

    target: float
    """The label: a class number from 0 on, -1 or +1, or any response of a loss of residuals."""


def poisoned_labels(responses: Floats, classes: int, parameters: LabelPoisoning) -> Floats:
    """Return the target for every sample.

    Source: Tolpegin, Truex, Gursoy and Liu, ESORICS 2020 (labels of a source class become those of
    a target class); here every class is a source.
    """
    return np.full_like(responses, parameters.target)


def of_other_labels(
    own: Floats, honest: Floats, *, f: int, noise: None, context: AttackContext
) -> Floats:
    """Send the message that the data with other labels make at the present model.

    Raises
    ------
    ValueError
        The context has no messages of such data.
    """
    if context.flipped is None:
        raise ValueError("need the messages of flipped data in AttackContext, got none")
    return context.flipped

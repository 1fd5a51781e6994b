"""What Byzantine devices send. An attack is a pure function and a row of `ATTACKS`."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.random import Generator
from pydantic import Field

from cradl.kernels import Floats
from cradl.parameters import Parameters


class AttackContext(NamedTuple):
    """What a liar knows besides the messages of its iteration.

    Attributes
    ----------
    parameters
        The attack's parameters as the study chose them.
    aggregate
        ``aggregate(messages) -> (D,)``: what the server would make of N messages. The strongest
        liars of the literature know the server's rule.
    """

    parameters: Any
    aggregate: Callable[[Floats], Floats]


class Attack(NamedTuple):
    """One row of `ATTACKS`.

    Attributes
    ----------
    craft
        ``craft(own, honest, *, f, noise, context) -> (f, D)``: what the f liars send, from their
        own true messages `own` (f, D) and the honest ones `honest` (n, D). `noise` holds one entry
        a liar (None where `needs` is None); `context` is an `AttackContext`.
    needs
        ``needs(rng, iterations, D) -> array (iterations, ...)``: the random numbers that *one* liar
        uses in a run, drawn before it starts; None where the attack is deterministic.
    parameters
        The model of the keys that a study gives beside ``name``.
    """

    craft: Callable[..., Floats]
    needs: Callable[[Generator, int, int], Floats] | None
    parameters: type[Parameters]


class SignFlipping(Parameters):
    """Each liar sends its own true message times a negative coefficient (attack 1 of Section V)."""

    coefficient: float = Field(lt=0)
    """Factor on the liar's own message; the paper prints -2."""


def sign_flipping(
    own: Floats, honest: Floats, *, f: int, noise: None, context: AttackContext
) -> Floats:
    """Multiply each liar's own message by the coefficient."""
    flipped: Floats = context.parameters.coefficient * own
    return flipped


class Gaussian(Parameters):
    """Each liar sends independent zero-mean Gaussian entries (attack 2 of Section V)."""

    variance: float = Field(gt=0)
    """Variance, not standard deviation, of each entry; the paper prints N(0, 10000)."""


def _standard_normals(rng: Generator, iterations: int, D: int) -> Floats:
    return rng.standard_normal((iterations, D))


def gaussian(
    own: Floats, honest: Floats, *, f: int, noise: Floats, context: AttackContext
) -> Floats:
    """Scale the standard normal `noise` (f, D) to the variance."""
    scaled: Floats = np.sqrt(context.parameters.variance) * noise
    return scaled


class SampleDuplicating(Parameters):
    """Each liar repeats the message of an honest device (attack 3 of Section V)."""

    victim: Literal["own", "common"]
    """`own`: each liar draws its own honest device; `common`: all repeat the same one."""


def _uniforms(rng: Generator, iterations: int, D: int) -> Floats:
    return rng.random(iterations)


def sample_duplicating(
    own: Floats, honest: Floats, *, f: int, noise: Floats, context: AttackContext
) -> Floats:
    """Copy the honest messages picked, with replacement, by the uniform `noise` (f,)."""
    victims = (noise * len(honest)).astype(np.int64)
    if context.parameters.victim == "common":
        victims[:] = victims[:1]
    return honest[victims]


ATTACKS: dict[str, Attack] = {
    "sign_flipping": Attack(sign_flipping, None, SignFlipping),
    "gaussian": Attack(gaussian, _standard_normals, Gaussian),
    "sample_duplicating": Attack(sample_duplicating, _uniforms, SampleDuplicating),
}


def parameters_of(attack: dict[str, Any]) -> Parameters:
    """Return the checked parameters of ``{name: ..., <parameter>: ...}`` as a study writes it."""
    given = {key: value for key, value in attack.items() if key != "name"}
    return ATTACKS[attack["name"]].parameters.model_validate(given)

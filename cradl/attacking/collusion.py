"""Attacks of devices that know the honest messages, and not the server's rule."""

from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.random import Generator
from pydantic import Field

from cradl.arrays import Floats
from cradl.attack import AttackContext
from cradl.numerics.kernels import squared_distances
from cradl.parameters import Parameters, PositiveFloat


class SampleDuplicating(Parameters):
    """Each Byzantine device repeats an honest message (attack 3 of Section V)."""

    victim: Literal["own", "common"]
    """`own`: each draws an honest device of its own; `common`: all repeat the same one."""


def uniforms(rng: Generator, iterations: int, D: int) -> Floats:
    """Draw one for every iteration (iterations,)."""
    return rng.random(iterations)


def sample_duplicating(
    own: Floats, honest: Floats, *, f: int, noise: Floats, context: AttackContext
) -> Floats:
    """Copy the honest messages picked, with replacement, by the uniform `noise` (f,)."""
    victims = (noise * len(honest)).astype(np.int64)
    if context.parameters.victim == "common":
        victims[:] = victims[:1]
    return honest[victims]


class Mimic(Parameters):
    """All repeat one honest message, which then weighs more than others."""

    target: Literal["fixed", "principal"]
    """`fixed`: the honest device of the smallest number, hence the same one wherever it is honest;
    `principal`: the one farthest from the honest mean along the direction in which the honest
    messages vary most."""


def mimic(own: Floats, honest: Floats, *, f: int, noise: None, context: AttackContext) -> Floats:
    """Copy the target.

    `principal` finds direction and target exactly, and anew in each iteration. The authors' code
    iterates for the direction in a first phase and then keeps the target, as
    `cradl.attacking.learned` does. A direction has no sign, so that both ends count.

    Source: Karimireddy, He and Jaggi, ICLR 2022; `fixed` as in ByzFL's Mimic with device 0.

    Raises
    ------
    ValueError
        For `fixed`, the context does not say which devices are honest.
    """
    if context.parameters.target == "fixed":
        if context.devices is None:
            raise ValueError("need the numbers of the devices in AttackContext, got none")
        target = context.devices[f:].argmin()
    else:
        # Places along the direction, in units of the largest singular value.
        places = np.linalg.svd(honest - honest.mean(axis=0), full_matrices=False)[0][:, 0]
        target = np.abs(places).argmax()
    return np.tile(honest[target], (f, 1))


class InnerProduct(Parameters):
    """Each sends a negative multiple of the honest mean (inner product manipulation)."""

    scale: float = Field(gt=0)
    """Epsilon: Byzantine devices send minus this times the honest mean."""


def inner_product(
    own: Floats, honest: Floats, *, f: int, noise: None, context: AttackContext
) -> Floats:
    """Turn the honest mean round.

    Source: Xie, Koyejo and Gupta, UAI 2019, Section 4.
    """
    return np.tile(-context.parameters.scale * honest.mean(axis=0), (f, 1))


class LittleIsEnough(Parameters):
    """Each sends the honest mean less a few standard deviations in every coordinate."""


def little_is_enough(
    own: Floats, honest: Floats, *, f: int, noise: None, context: AttackContext
) -> Floats:
    """Shift the honest mean by as much as a majority still supports.

    ``mean − z std`` with ``Φ(z) = (n − s)/n``, s = ⌊N/2 + 1⌋ − f honest supporters among n, and no
    shift where so many are not needed.

    Source: Baruch, Baruch and Goldberg, NeurIPS 2019, Algorithm 3.
    """
    shift = supported_shift(len(honest), f)
    return np.tile(honest.mean(axis=0) - shift * honest.std(axis=0), (f, 1))


def supported_shift(n: int, f: int) -> float:
    """Return by how many standard deviations f devices may shift the mean of n honest ones.

    Examples
    --------
    Of 50 devices 24 lie: they need s = 26 − 24 = 2 supporters, and Φ(1.43) = 24/26.

    >>> round(supported_shift(26, 24), 2)
    1.43
    """
    supporters = min(max((n + f) // 2 + 1 - f, 1), n - 1)
    return max(NormalDist().inv_cdf((n - supporters) / n), 0.0) if n > 1 else 0.0


class LargeNorm(Parameters):
    """Each sends the direction against the honest mean at a norm of its choice."""

    norm: PositiveFloat
    """Euclidean norm of the message."""


def large_norm(
    own: Floats, honest: Floats, *, f: int, noise: None, context: AttackContext
) -> Floats:
    """Scale minus the honest mean to the norm; nothing is sent if the mean is zero.

    Source: the omniscient attack of Blanchard et al., NeurIPS 2017.
    """
    return np.tile(-context.parameters.norm * direction_of(honest.mean(axis=0)), (f, 1))


def direction_of(vector: Floats) -> Floats:
    """Return the unit vector of `vector` (D,), zeros if it is zero.

    Examples
    --------
    >>> direction_of(np.array([3e300, -4e300]))
    array([ 0.6, -0.8])
    """
    largest = np.abs(vector).max()
    if largest == 0:
        return np.zeros_like(vector)
    scaled = vector / largest
    unit: Floats = scaled / np.linalg.norm(scaled)
    return unit


class _Perturbed(Parameters):
    """All send the honest mean, perturbed as far as the honest messages hide it."""

    perturbation: Literal["unit", "std", "sign"]
    """`unit`: against the honest mean; `std`: against the honest standard deviation of every
    coordinate; `sign`: against the sign of every coordinate of the honest mean."""


class MinMax(_Perturbed):
    """All send the honest mean, perturbed until one is as far off as two honest ones are."""


class MinSum(_Perturbed):
    """All send the honest mean, perturbed until its distances add up to an honest one's."""

    bound: Literal["largest", "least"]
    """Of the honest messages' sums of squared distances, the one that it may reach; `least` is what
    the code of the authors takes."""


def _way(honest: Floats, perturbation: str) -> Floats:
    """Return the unit vector of a perturbation (D,): its length is the attack's to choose."""
    mean = honest.mean(axis=0)
    if perturbation == "std":
        return -direction_of(honest.std(axis=0))
    return -direction_of(mean if perturbation == "unit" else np.sign(mean))


def min_max(own: Floats, honest: Floats, *, f: int, noise: None, context: AttackContext) -> Floats:
    """Go from the honest mean as far as no distance to an honest message exceeds theirs.

    ``z = mean + γ p`` with the largest γ for which ``max_i ‖z − z_i‖ ≤ max_{i,j} ‖z_i − z_j‖``: of
    the γ that each i allows the least, a root of ``‖γ p − d_i‖² = max_{i,j} ‖z_i − z_j‖²`` with
    ``d_i = z_i − mean``.

    Source: Shejwalkar and Houmansadr, NDSS 2021, with all honest messages known.
    """
    n, mean = len(honest), honest.mean(axis=0)
    deviations, way = honest - mean, _way(honest, context.parameters.perturbation)
    distances = np.empty((n, n))
    squared_distances(honest, np.arange(n), distances)
    along = deviations @ way
    room = distances.max() - (deviations**2).sum(axis=1)
    reach = along + np.sqrt(np.maximum(along**2 + room, 0.0))
    return np.tile(mean + max(reach.min(), 0.0) * way, (f, 1))


def min_sum(own: Floats, honest: Floats, *, f: int, noise: None, context: AttackContext) -> Floats:
    """Go from the honest mean as far as the sum of squared distances stays below an honest one's.

    ``z = mean + γ p`` with the largest γ for which ``Σ_i ‖z − z_i‖² ≤ max_i Σ_j ‖z_i − z_j‖²``, or
    the least of these sums. The sum for z is n ‖z − mean‖² and a constant, hence z is as far from
    the mean as the farthest, or the nearest, honest message.

    Source: Shejwalkar and Houmansadr, NDSS 2021, with all honest messages known.
    """
    mean, parameters = honest.mean(axis=0), context.parameters
    distances = np.linalg.norm(honest - mean, axis=1)
    gamma = distances.max() if parameters.bound == "largest" else distances.min()
    return np.tile(mean + gamma * _way(honest, parameters.perturbation), (f, 1))

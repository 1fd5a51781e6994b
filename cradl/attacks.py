"""Attacks: the messages of Byzantine devices. Each is a pure function and a row of `ATTACKS`."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, ClassVar, Literal, NamedTuple, Protocol

import numpy as np
from numpy.random import Generator
from pydantic import Field

from cradl.arrays import Floats
from cradl.parameters import Parameters
from cradl.rows import Row, Table


class AttackContext(NamedTuple):
    """The knowledge of a Byzantine device besides the messages of its iteration.

    Attributes
    ----------
    parameters
        The attack's parameters as the study chose them.
    aggregate
        ``aggregate(messages) -> (D,)``: what the server would make of N messages. The strongest
        attackers of the literature know the server's rule.
    coordinatewise
        Whether the server aggregates each coordinate on its own.
    monotone
        Whether no coordinate of the aggregate falls where a message grows in it.
    worst_reply
        ``worst_reply(honest, directions, f) -> (D,)`` as in `cradl.aggregation.Rule`, for what the
        server's rule tolerates; None if no closed form is known.
    """

    parameters: Any
    aggregate: Callable[[Floats], Floats]
    coordinatewise: bool
    monotone: bool
    worst_reply: Callable[[Floats, Floats, int], Floats] | None = None


class Craft(Protocol):
    """Crafts the messages of the Byzantine devices of one iteration."""

    def __call__(
        self, own: Floats, honest: Floats, /, *, f: int, noise: Any, context: AttackContext
    ) -> Floats:
        """Return the messages (f, D) of the f Byzantine devices.

        Parameters
        ----------
        own, honest
            Their own true messages (f, D), and those of the honest devices (n, D).
        noise
            One entry for each of them, as the attack's ``needs`` draws it; None if it needs none.
        """


class Needs(Protocol):
    """The random numbers that one Byzantine device uses in a run, drawn before it starts."""

    def __call__(self, rng: Generator, iterations: int, D: int, /) -> Floats:
        """Return them (iterations, ...)."""


@dataclass(frozen=True, kw_only=True)
class Attack(Row):
    """A row of `ATTACKS`.

    Attributes
    ----------
    craft
        ``craft(own, honest, *, f, noise, context) -> (f, D)``, as `Craft` says.
    needs
        ``needs(rng, iterations, D) -> (iterations, ...)``, as `Needs` says; None if the attack is
        deterministic.
    parameters
        The model of the keys that a study gives beside ``name``.
    replies
        Whether it asks the server's rule, which then has to be a bounded one: against others no
        reply is the worst.
    """

    CALLED: ClassVar[tuple[str, ...]] = ("craft", "needs")

    craft: Craft
    needs: Needs | None = None
    parameters: type[Parameters]
    replies: bool = False


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


def _standard_normals(rng: Generator, iterations: int, D: int) -> Floats:
    return rng.standard_normal((iterations, D))


def gaussian(
    own: Floats, honest: Floats, *, f: int, noise: Floats, context: AttackContext
) -> Floats:
    """Scale the standard normal `noise` (f, D) to the variance."""
    scaled: Floats = np.sqrt(context.parameters.variance) * noise
    return scaled


class SampleDuplicating(Parameters):
    """Each Byzantine device repeats an honest message (attack 3 of Section V)."""

    victim: Literal["own", "common"]
    """`own`: each draws an honest device of its own; `common`: all repeat the same one."""


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


class BestReply(Parameters):
    """Liars know all honest messages and the server's rule, and send what hurts it most.

    All send the same. For rules that work coordinate by coordinate it is chosen in each of them:
    for monotone ones and Phocas no replies are worse, else it is the best of many common values.
    For rules of whole messages it is the best of the honest messages and many points on three lines
    through their mean.
    """

    aim: Literal["error", "ascent"]
    """`error`: as far from the honest mean as possible; `ascent`: as far as possible against the
    gradient, which the true messages of all devices add up to."""


_GRID = np.concatenate([[0.05, 0.1, 0.2], np.arange(0.3, 1.3, 0.05), [1.6, 2.4, 4.0]])
"""Distances from the honest mean at which replies are tried, in units of the honest range."""
_FINE_GRID = np.concatenate([np.arange(0.1, 3.05, 0.1), [4.0, 6.0, 10.0]])
"""The same for rules of whole messages, in units of the largest honest deviation."""
_HALVINGS = 8


def best_reply(
    own: Floats, honest: Floats, *, f: int, noise: None, context: AttackContext
) -> Floats:
    """Take the worst reply where it is known; else try replies and refine the best by halving."""
    mean = honest.mean(axis=0)
    slope = own.sum(axis=0) + honest.sum(axis=0)
    if context.worst_reply is not None:
        ascent = context.parameters.aim == "ascent"
        directions = -np.sign(slope) if ascent else np.zeros_like(slope)
        reply = context.worst_reply(honest, directions, f)
        # Where the slope is zero, no reply is against it more than another.
        return np.tile(np.where(ascent & (slope == 0), mean, reply), (f, 1))
    if context.coordinatewise:
        lines = [honest.max(axis=0) - honest.min(axis=0)]
        # Beyond all honest values by their range: as far as any reply moves a monotone rule.
        distances = np.array([2.0]) if context.monotone else _GRID
    else:
        deviations = honest - mean
        farthest = deviations[(deviations**2).sum(axis=1).argmax()]
        size = float(np.linalg.norm(farthest))
        norms = [(one, float(np.linalg.norm(one))) for one in (slope, mean)]
        lines = [farthest, *(one * (size / norm) for one, norm in norms if norm > 0)]
        distances = _FINE_GRID

    messages = np.concatenate([np.empty_like(own), honest])

    def harm(reply: Floats) -> Floats:
        messages[:f] = reply
        moved = context.aggregate(messages) - mean
        if context.parameters.aim == "ascent":
            gain = -np.sign(slope) * moved if context.coordinatewise else -slope * moved
        else:
            gain = np.abs(moved) if context.coordinatewise else moved**2
        # Other rules are judged by the whole message.
        return gain if context.coordinatewise else np.full_like(gain, gain.sum())

    best, most = mean.copy(), harm(mean)
    for line in lines:
        for side in (line, -line):
            reply, reached = _best_on_line(harm, mean, side, distances)
            better = reached > most
            best[better], most[better] = reply[better], reached[better]
    for reply in () if context.coordinatewise else honest:
        # A rule that chooses among messages may take an honest one that has company.
        reached = harm(reply)
        if reached[0] > most[0]:
            best, most = reply, reached
    return np.tile(best, (f, 1))


def _best_on_line(
    harm: Callable[[Floats], Floats], start: Floats, line: Floats, distances: Floats
) -> tuple[Floats, Floats]:
    """Return the reply (D,) on a line that harms most in each coordinate, and that harm."""
    tried = np.array([harm(start + one * line) for one in distances])
    place, column = tried.argmax(axis=0), np.arange(tried.shape[1])
    near, most = distances[place], tried[place, column]
    if len(distances) == 1:
        return start + near * line, most
    # Where a little farther is too far, the rule drops the liars: the worst reply lies between.
    far = distances[np.minimum(place + 1, len(distances) - 1)]
    for _ in range(_HALVINGS):
        middle = 0.5 * (near + far)
        reached = harm(start + middle * line)
        better = reached >= most
        near, far = np.where(better, middle, near), np.where(better, far, middle)
        most = np.maximum(reached, most)
    return start + near * line, most


ATTACKS = Table(
    "ATTACKS",
    Attack,
    {
        "sign_flipping": Attack(craft=sign_flipping, parameters=SignFlipping),
        "gaussian": Attack(craft=gaussian, needs=_standard_normals, parameters=Gaussian),
        "sample_duplicating": Attack(
            craft=sample_duplicating, needs=_uniforms, parameters=SampleDuplicating
        ),
        "inner_product": Attack(craft=inner_product, parameters=InnerProduct),
        "little_is_enough": Attack(craft=little_is_enough, parameters=LittleIsEnough),
        "best_reply": Attack(craft=best_reply, parameters=BestReply, replies=True),
    },
)


def parameters_of(attack: dict[str, Any]) -> Parameters:
    """Return the checked parameters of ``{name: ..., <parameter>: ...}`` as a study writes it.

    Examples
    --------
    >>> parameters_of({"name": "sign_flipping", "coefficient": -2})
    SignFlipping(coefficient=-2.0)
    >>> parameters_of({"name": "sample_duplicating", "victim": "common"}).victim
    'common'
    """
    given = {key: value for key, value in attack.items() if key != "name"}
    return ATTACKS[attack["name"]].parameters.model_validate(given)

"""Attacks of devices that know the honest messages and the server's rule."""

from collections.abc import Callable
from typing import Literal

import numpy as np

from cradl.arrays import Floats
from cradl.attack import AttackContext
from cradl.attacking.collusion import direction_of
from cradl.parameters import Parameters


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
_FACTORS = np.concatenate([[0.001, 0.005], np.arange(0.02, 1.52, 0.02), _FINE_GRID[15:]])
"""Factors tried on a single line, where the harm has several peaks."""
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


class OptimalLittleIsEnough(Parameters):
    """All send the honest mean and the multiple of the standard deviation that harms most."""


class OptimalInnerProduct(Parameters):
    """All send the negative multiple of the honest mean that harms most."""


def optimal_little_is_enough(
    own: Floats, honest: Floats, *, f: int, noise: None, context: AttackContext
) -> Floats:
    """Send ``mean + τ std`` with the τ, of either sign, that moves the rule farthest.

    Source: Allouah et al., AISTATS 2023, as in ByzFL, with another line search.
    """
    mean, deviation = honest.mean(axis=0), honest.std(axis=0)
    lines = [-deviation, deviation]
    return np.tile(_farthest_moving(lines, mean, own, honest, context), (f, 1))


def optimal_inner_product(
    own: Floats, honest: Floats, *, f: int, noise: None, context: AttackContext
) -> Floats:
    """Send ``−τ mean`` with the τ > 0 that moves the rule farthest.

    Its unit is the length of the mean, or the distance of the farthest honest message if larger.

    Source: Allouah et al., AISTATS 2023, as in ByzFL, with another line search.
    """
    mean = honest.mean(axis=0)
    size = max(np.linalg.norm(mean), np.linalg.norm(honest - mean, axis=1).max())
    lines = [-size * direction_of(mean)]
    return np.tile(_farthest_moving(lines, np.zeros_like(mean), own, honest, context), (f, 1))


def _farthest_moving(
    lines: list[Floats], start: Floats, own: Floats, honest: Floats, context: AttackContext
) -> Floats:
    """Return the message (D,) on half-lines from `start` that moves the aggregate farthest."""
    mean, messages = honest.mean(axis=0), np.concatenate([np.empty_like(own), honest])

    def harm(reply: Floats) -> Floats:
        messages[: len(own)] = reply
        moved = context.aggregate(messages) - mean
        return np.array([moved @ moved])

    found = [_best_on_line(harm, start, line, _FACTORS) for line in lines]
    best, _ = max(found, key=lambda one: float(one[1][0]))
    return best

"""Inputs on which rules are compared: kinds of messages over a small grid of (N, f, D)."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.random import Generator

from cradl.arrays import Floats
from cradl.rule import Rule

GRID = ((5, 1, 1), (5, 1, 3), (7, 1, 2), (7, 2, 3), (8, 1, 2), (11, 2, 2), (11, 3, 3))
"""(N, f, D), with an even N among them; a rule is judged where it is defined."""

FAR = 1e8


def _random(rng: Generator, N: int, D: int) -> Floats:
    return rng.standard_normal((N, D))


def _tied(rng: Generator, N: int, D: int) -> Floats:
    return rng.integers(-2, 3, (N, D)).astype(np.float64)


def _offset(rng: Generator, N: int, D: int) -> Floats:
    return FAR + rng.standard_normal((N, D))


def _tiny(rng: Generator, N: int, D: int) -> Floats:
    return 1e-150 * rng.standard_normal((N, D))


def _huge(rng: Generator, N: int, D: int) -> Floats:
    return 1e150 * rng.standard_normal((N, D))


FINITE: dict[str, Callable[[Generator, int, int], Floats]] = {
    "random": _random,
    "tied": _tied,
    "offset": _offset,
    "tiny": _tiny,
    "huge": _huge,
}
"""Normal messages, small integers, messages around 1e8, and normal ones in units of 1e∓150."""

LIES = {"NaN": np.nan, "inf": np.inf, "-inf": -np.inf, "1e300": 1e300}
"""What f messages hold in one coordinate, or in all, while the others are normal."""


class Input(NamedTuple):
    """Messages (N, D), how many of them are Byzantine at most, and of which kind they are."""

    kind: str
    messages: Floats
    f: int


def places(rule: Rule) -> list[tuple[int, int, int]]:
    """Return the (N, f, D) of the grid for which a rule is defined."""
    return [(N, f, D) for N, f, D in GRID if f <= rule.max_f(N)]


def finite_inputs(rule: Rule, count: int, rng: Generator) -> Iterator[Input]:
    """Yield so many inputs of each kind at each place of the grid."""
    for kind, draw in FINITE.items():
        for N, f, D in places(rule):
            for _ in range(count):
                yield Input(kind, draw(rng, N, D), f)


def hostile_inputs(rule: Rule, rng: Generator) -> Iterator[Input]:
    """Yield messages the last f of which are no honest numbers, in one coordinate or in all."""
    for kind, lie in LIES.items():
        for N, f, D in places(rule):
            for width in {1, D}:
                messages = rng.standard_normal((N, D))
                messages[N - f :, :width] = lie
                yield Input(kind, messages, f)

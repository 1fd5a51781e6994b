"""Search for the worst input of any rule: a lower bound on C_α² of Definition 1."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from theory.proving import exact_rules

Floats = NDArray[np.float64]

_PLACES = np.concatenate([np.linspace(0.1, 6, 60), [10.0, 100.0, 1e4]])
"""Places of the Byzantine messages, in units of the largest honest deviation."""
_REFINED = 3
"""Number of starts that are refined."""


class SearchedRule(Protocol):
    """An aggregation rule of which nothing is known but its values."""

    def __call__(self, messages: Floats, *, f: int) -> Floats:
        """Return the aggregate (D,) of messages (N, D), f of them at most Byzantine."""


class Found(NamedTuple):
    """An input and its ratio: ‖A − z̄‖² over the largest or average squared deviation."""

    honest: Floats
    byzantine: Floats
    ratio: float


def search(
    rule: SearchedRule,
    *,
    N: int,
    f: int,
    D: int,
    average: bool = False,
    seed: int = 0,
    steps: int = 300,
) -> Found:
    """Search for the input on which a rule has the largest error.

    Parameters
    ----------
    rule
        Any function ``rule(messages, f=f) -> (D,)`` of messages (N, D).
    N, f, D
        Number of messages, of Byzantine ones among them, and of coordinates.
    average
        If true, divide by the average squared honest deviation, else by the largest.
    seed, steps
        Seed and number of the random changes that refine the best structured inputs.

    Returns
    -------
    The worst input found, scaled so that the honest mean is 0 and the divisor 1. Its ratio is a
    lower bound on the constant, up to rounding.

    Raises
    ------
    ValueError
        If a count is out of range.
    """
    if not (0 <= f < N - f and D >= 1):
        raise ValueError(f"need 0 <= 2f < N and D >= 1, got N={N}, f={f}, D={D}")
    rng = np.random.default_rng(seed)
    judge = _Judge(rule, average)
    starts = [_placed(judge, honest, f) for honest in _honest(N - f, D, rng)]
    starts.sort(key=lambda start: -start.ratio)
    return max(
        (_refined(judge, start, rng, steps) for start in starts[:_REFINED]),
        key=lambda refined: refined.ratio,
    )


class _Judge(NamedTuple):
    """Evaluate the error of a rule; for so few numbers `np.add.reduce` is faster than `mean`."""

    rule: SearchedRule
    average: bool

    def beside(self, honest: Floats) -> Callable[[Floats], Found]:
        """Return a function that judges Byzantine messages (f, D) beside these honest ones."""
        n = len(honest)
        middle = np.add.reduce(honest, axis=0) / n
        centred = honest - middle
        squares = np.add.reduce(centred**2, axis=1)
        scale = np.sqrt(np.add.reduce(squares) / n if self.average else squares.max())
        if scale == 0 or not np.isfinite(scale):
            return lambda byzantine: Found(honest, byzantine, 0.0)
        scaled = centred / scale
        rest = np.add.reduce(scaled, axis=0) / n

        def judge(byzantine: Floats) -> Found:
            sent = (byzantine - middle) / scale
            error = self.rule(np.concatenate([sent, scaled]), f=len(sent)) - rest
            return Found(scaled, sent, float(error @ error))

        return judge


def _honest(n: int, D: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Yield honest messages: two values shifted from coordinate to coordinate, groups, random."""
    for size in range(1, n):
        values = np.where(np.arange(n) < size, float(n - size), -float(size))
        shifts = np.arange(D) * size
        yield np.stack([np.roll(values, shift) for shift in shifts], axis=1)
        if size * D <= n and D > 1:
            groups = np.zeros((n, D))
            for column in range(D):
                groups[column * size : (column + 1) * size, column] = 1.0
            yield groups
            yield -groups
    # The corners of a simplex, as many as there are coordinates.
    corners = np.zeros((n, D))
    corners[np.arange(n), np.arange(n) % D] = np.arange(n) // D % 2 * -2.0 + 1.0
    if n > 1:
        yield corners
    for _ in range(3):
        yield rng.standard_normal((n, D))


def _placed(judge: _Judge, honest: Floats, f: int) -> Found:
    """Put all Byzantine messages at the worst place on one of three lines."""
    middle = honest.mean(axis=0)
    centred, beside = honest - middle, judge.beside(honest)
    lengths = np.linalg.norm(centred, axis=1)
    farthest, size, D = centred[lengths.argmax()], lengths.max(), honest.shape[1]
    together = np.tile(middle, (f, 1))
    best = beside(together)
    if f == 0 or size == 0:
        return best
    diagonal = np.ones(D) * size / np.sqrt(D)
    # In one coordinate there are no more than two directions.
    for line in (diagonal, -diagonal, -farthest)[: D + 1]:
        for place in middle + _PLACES[:, np.newaxis] * line:
            together[:] = place
            candidate = beside(together)
            best = candidate if candidate.ratio > best.ratio else best
    return best


def _refined(judge: _Judge, start: Found, rng: np.random.Generator, steps: int) -> Found:
    """Keep random changes that raise the ratio; a success enlarges the next change."""
    best, size = start, 0.3
    for _ in range(steps):
        changed = best.honest + size * rng.standard_normal(best.honest.shape) * (
            rng.random((len(best.honest), 1)) < 0.3
        )
        # Byzantine messages move together, or each on its own.
        shape = best.byzantine.shape if rng.random() < 0.5 else (1, best.byzantine.shape[1])
        sent = best.byzantine + size * rng.standard_normal(shape)
        moves = ((changed, best.byzantine), (best.honest, sent), (changed, sent))
        honest, byzantine = moves[rng.integers(3)]
        candidate = judge.beside(honest)(byzantine)
        better = candidate.ratio > best.ratio
        best, size = (candidate, min(size * 1.5, 1.0)) if better else (best, max(size * 0.95, 1e-6))
    return best


def exact_ratio(rule: str, found: Found, *, average: bool = False) -> Fraction:
    """Return the ratio of a found input in exact arithmetic, for a rule of `exact_rules`."""

    def exact(rows: Any) -> list[list[Fraction]]:
        return [[Fraction(float(entry)) for entry in row] for row in rows]

    return exact_rules.ratio(rule, exact(found.honest), exact(found.byzantine), average=average)

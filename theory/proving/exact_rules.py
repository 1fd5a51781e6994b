"""Evaluate the rules of Table I in exact arithmetic: at D = 1, or for points of any dimension.

Each rule takes the values of all N devices and the number f < N/2 of Byzantine ones to tolerate. At
D = 1 the geometric median is the median. If values tie, the first is taken (Phocas, Krum) or
dropped (FABA).
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

Values: TypeAlias = Sequence[int | Fraction]


def mean(values: Values) -> Fraction:
    """Return the exact mean."""
    return Fraction(sum(values), len(values))


def median(values: Values, f: int) -> Fraction:
    """Return the middle value, or the mean of the two in the middle."""
    ordered, half = sorted(values), len(values) // 2
    return mean(ordered[half : half + 1] if len(values) % 2 else ordered[half - 1 : half + 1])


def trimmed_mean(values: Values, f: int) -> Fraction:
    """Return the mean without the f smallest and the f largest values."""
    return mean(sorted(values)[f : len(values) - f])


def phocas(values: Values, f: int) -> Fraction:
    """Return the mean of the N − f values nearest to the trimmed mean."""
    centre = trimmed_mean(values, f)
    return mean(sorted(values, key=lambda value: abs(value - centre))[: len(values) - f])


def krum(values: Values, f: int) -> Fraction:
    """Return the value with the least sum of squared distances to its N − f − 2 nearest."""

    def score(i: int) -> Fraction:
        distances = sorted((values[i] - z) ** 2 for j, z in enumerate(values) if j != i)
        return Fraction(sum(distances[: len(values) - f - 2]))

    return Fraction(values[min(range(len(values)), key=score)])


def faba(values: Values, f: int) -> Fraction:
    """Drop f times the value farthest from the mean, and return the mean of the others."""
    left = list(values)
    for _ in range(f):
        centre = mean(left)
        left.remove(max(left, key=lambda value: abs(value - centre)))
    return mean(left)


RULES: dict[str, Callable[[Values, int], Fraction]] = {
    "median": median,
    "trimmed_mean": trimmed_mean,
    "geometric_median": median,
    "krum": krum,
    "phocas": phocas,
    "faba": faba,
}


def error_and_spreads(
    rule: str, honest: Values, byzantine: Values
) -> tuple[Fraction, Fraction, Fraction]:
    """Return (A − z̄)², the largest squared deviation ς of Definition 1, and the mean one.

    Source: (7).
    """
    middle, largest, average = _spreads(tuple(honest))
    # Byzantine values come first: a rule that must choose between ties takes theirs.
    aggregate = RULES[rule]([*byzantine, *honest], len(byzantine))
    return (aggregate - middle) ** 2, largest, average


# Enumerations try many Byzantine values beside the same honest ones.
@lru_cache(maxsize=1)
def _spreads(honest: tuple[int | Fraction, ...]) -> tuple[Fraction, Fraction, Fraction]:
    middle = mean(honest)
    squares = [(z - middle) ** 2 for z in honest]
    return middle, max(squares), mean(squares)


Points: TypeAlias = Sequence[Sequence[Fraction]]
"""Messages, one per row."""


def _distance_sq(first: Sequence[Fraction], second: Sequence[Fraction]) -> Fraction:
    return sum(((a - b) ** 2 for a, b in zip(first, second, strict=True)), Fraction(0))


def centre(points: Points) -> tuple[Fraction, ...]:
    """Return the exact mean of points."""
    return tuple(mean(column) for column in zip(*points, strict=True))


def krum_point(points: Points, f: int) -> Sequence[Fraction]:
    """Return the message that Krum chooses, in any dimension."""

    def score(i: int) -> Fraction:
        others = (_distance_sq(points[i], z) for j, z in enumerate(points) if j != i)
        return sum(sorted(others)[: len(points) - f - 2], Fraction(0))

    return points[min(range(len(points)), key=score)]


def faba_point(points: Points, f: int) -> tuple[Fraction, ...]:
    """Return the output of FABA for messages of any dimension."""
    left = list(points)
    for _ in range(f):
        middle = centre(left)
        left.pop(max(range(len(left)), key=lambda i: _distance_sq(left[i], middle)))
    return centre(left)


POINT_RULES: dict[str, Callable[[Points, int], Sequence[Fraction]]] = {
    "krum": krum_point,
    "faba": faba_point,
}
"""Rules that compare whole messages; the others treat every coordinate separately."""


def ratio(rule: str, honest: Points, byzantine: Points, *, average: bool) -> Fraction:
    """Return error² over the largest or the average squared honest deviation, 0 if both are 0.

    The geometric median is exact on a line only.

    Raises
    ------
    ValueError
        If the rule is the geometric median and points have several coordinates.
    """
    points, f = [*byzantine, *honest], len(byzantine)
    if rule == "geometric_median" and len(honest[0]) > 1:
        raise ValueError(f"need one coordinate for {rule}, got {len(honest[0])}")
    if rule in POINT_RULES:
        aggregate = POINT_RULES[rule](points, f)
    else:
        aggregate = [RULES[rule](column, f) for column in zip(*points, strict=True)]
    middle = centre(honest)
    deviations = [_distance_sq(z, middle) for z in honest]
    allowed = mean(deviations) if average else max(deviations)
    error = _distance_sq(aggregate, middle)
    return error / allowed if allowed else Fraction(0)

"""The rules of Table I on a line (D = 1) in exact arithmetic: what instances are evaluated with.

Each takes the values of all N devices and the number f < N/2 of them to withstand. On a line the
geometric median is the median. Of values that tie the first is taken (Phocas, Krum) or dropped
(FABA).
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TypeAlias

Values: TypeAlias = Sequence[int | Fraction]


def mean(values: Values) -> Fraction:
    """Return the exact mean."""
    return Fraction(sum(values)) / len(values)


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
    """Return the mean of what is left after dropping f times the value farthest from the mean."""
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
    """Return (A − z̄)², ς of Definition 1, and the mean instead of the largest squared deviation.

    Source: (7).
    """
    centre = mean(honest)
    # Byzantine values first: where the rule has to choose, it chooses theirs.
    aggregate = RULES[rule]([*byzantine, *honest], len(byzantine))
    squares = [(z - centre) ** 2 for z in honest]
    return (aggregate - centre) ** 2, max(squares), mean(squares)

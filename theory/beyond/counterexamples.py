"""Counterexamples show that printed constants of Table I are too small, in exact arithmetic."""

from fractions import Fraction
from typing import Any, NamedTuple

import sympy

from theory.paper.table1 import TABLE_I
from theory.proving.exact_rules import POINT_RULES, RULES, centre, ratio
from theory.proving.symbols import D, N, alpha


class Counterexample(NamedTuple):
    """Messages that violate (7) with the constant of Table I."""

    rule: str
    says: str
    """The distinctive feature, in words."""
    honest: tuple[tuple[Fraction, ...], ...]
    byzantine: tuple[tuple[Fraction, ...], ...]

    @property
    def sizes(self) -> tuple[int, int, int]:
        """Return N, f and D."""
        f = len(self.byzantine)
        return len(self.honest) + f, f, len(self.honest[0])

    def reached(self) -> sympy.Rational:
        """Return ‖A − z̄‖² / ς, exactly."""
        return sympy.Rational(str(ratio(self.rule, self.honest, self.byzantine, average=False)))

    def printed(self) -> sympy.Expr:
        """Return C_α² by the formula of Table I, also outside its domain."""
        devices, byzantine, dimension = self.sizes
        numbers = {N: devices, alpha: sympy.Rational(byzantine, devices), D: dimension}
        return sympy.expand(TABLE_I[self.rule].c_alpha_squared.subs(numbers))


def _line(*groups: tuple[int, object]) -> tuple[tuple[Fraction, ...], ...]:
    return tuple((Fraction(str(place)),) for count, place in groups for _ in range(count))


def _plane(*groups: tuple[int, str, str]) -> tuple[tuple[Fraction, ...], ...]:
    points = [(count, (Fraction(x), Fraction(y))) for count, x, y in groups]
    return tuple(point for count, point in points for _ in range(count))


COUNTEREXAMPLES: tuple[Counterexample, ...] = (
    Counterexample("median", "five numbers", _line((2, -1), (2, 1)), _line((1, 2))),
    Counterexample("median", "no liar: the printed constant is 1/2", _line((9, -10), (10, 9)), ()),
    # In each coordinate 26 of 75 honest messages are far out; Byzantine ones are beyond in both.
    Counterexample(
        "median",
        "a hundred points of the plane",
        _plane((26, "0.947", "-0.321"), (26, "-0.321", "0.947"), (23, "-0.7076", "-0.7076")),
        _plane((25, "2", "2")),
    ),
    Counterexample("krum", "29 numbers", _line((8, -1), (8, 1)), _line((13, Fraction(47, 10)))),
    Counterexample(
        "faba",
        "beyond 1/3, where the printed constant is negative",
        _line((4, -1), (2, 2)),
        _line((4, Fraction(99, 20))),
    ),
)
"""Counterexamples for the median and Krum inside their domains, and for FABA outside."""


def drawn() -> list[dict[str, Any]]:
    """Return the numbers that a figure draws of each counterexample, in floating point.

    The keys are ``rule``, ``N``, ``f``, ``D``, the messages ``honest`` and ``byzantine``, the
    honest ``mean``, the ``aggregate``, the ``largest`` squared honest deviation, and the constants
    ``reached`` and ``printed``.
    """
    return [_drawn(example) for example in COUNTEREXAMPLES]


def _drawn(example: Counterexample) -> dict[str, Any]:
    devices, byzantine, dimension = example.sizes
    points = [*example.byzantine, *example.honest]
    if example.rule in POINT_RULES:
        aggregate = POINT_RULES[example.rule](points, byzantine)
    else:
        columns = zip(*points, strict=True)
        aggregate = tuple(RULES[example.rule](column, byzantine) for column in columns)
    middle = centre(example.honest)
    squares = [
        sum((a - b) ** 2 for a, b in zip(point, middle, strict=True)) for point in example.honest
    ]
    return {
        "rule": example.rule,
        "N": devices,
        "f": byzantine,
        "D": dimension,
        "honest": [tuple(map(float, point)) for point in example.honest],
        "byzantine": [tuple(map(float, point)) for point in example.byzantine],
        "mean": tuple(map(float, middle)),
        "aggregate": tuple(map(float, aggregate)),
        "largest": float(max(squares)),
        "reached": float(example.reached()),
        "printed": float(example.printed()),
    }

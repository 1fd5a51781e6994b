"""Inputs on which the printed constants of Table I are too small, with their exact values."""

from fractions import Fraction
from typing import Any, NamedTuple

import sympy

from theory.paper.table1 import TABLE_I
from theory.proving.exact_rules import POINT_RULES, RULES, centre, ratio
from theory.proving.symbols import D, N, alpha


class Counterexample(NamedTuple):
    """Messages of which (7) does not hold with the constant of Table I."""

    rule: str
    says: str
    """What is special about it."""
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
        """Return C_α² of Table I as its formula gives it, outside its domain too."""
        devices, liars, dimension = self.sizes
        numbers = {N: devices, alpha: sympy.Rational(liars, devices), D: dimension}
        return sympy.expand(TABLE_I[self.rule].c_alpha_squared.subs(numbers))


def _line(*groups: tuple[int, object]) -> tuple[tuple[Fraction, ...], ...]:
    return tuple((Fraction(str(place)),) for count, place in groups for _ in range(count))


def _plane(*groups: tuple[int, str, str]) -> tuple[tuple[Fraction, ...], ...]:
    points = [(count, (Fraction(x), Fraction(y))) for count, x, y in groups]
    return tuple(point for count, point in points for _ in range(count))


COUNTEREXAMPLES: tuple[Counterexample, ...] = (
    Counterexample("median", "five numbers", _line((2, -1), (2, 1)), _line((1, 2))),
    Counterexample("median", "no liar: the printed constant is 1/2", _line((9, -10), (10, 9)), ()),
    # Each coordinate has 26 of 75 honest messages far out; liars are beyond in both.
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
"""The median and Krum inside the domains of their rows, FABA beyond."""


def drawn() -> list[dict[str, Any]]:
    """Return what a figure shows of each, in floating point.

    ``rule``, ``N``, ``f``, ``D``, ``honest`` and ``byzantine`` messages, their ``mean``, the
    ``aggregate``, ``largest`` squared honest deviation, constant ``reached`` and ``printed``.
    """
    return [_drawn(one) for one in COUNTEREXAMPLES]


def _drawn(one: Counterexample) -> dict[str, Any]:
    devices, liars, dimension = one.sizes
    points = [*one.byzantine, *one.honest]
    if one.rule in POINT_RULES:
        aggregate = POINT_RULES[one.rule](points, liars)
    else:
        columns = zip(*points, strict=True)
        aggregate = tuple(RULES[one.rule](column, liars) for column in columns)
    middle = centre(one.honest)
    squares = [
        sum((a - b) ** 2 for a, b in zip(point, middle, strict=True)) for point in one.honest
    ]
    return {
        "rule": one.rule,
        "N": devices,
        "f": liars,
        "D": dimension,
        "honest": [tuple(map(float, point)) for point in one.honest],
        "byzantine": [tuple(map(float, point)) for point in one.byzantine],
        "mean": tuple(map(float, middle)),
        "aggregate": tuple(map(float, aggregate)),
        "largest": float(max(squares)),
        "reached": float(one.reached()),
        "printed": float(one.printed()),
    }

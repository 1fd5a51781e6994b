"""How large C_α² truly is: for each rule of Table I the best proved bound and construction.

Two suprema of ‖A − z̄‖² over all inputs with f liars among N: over the *largest* squared deviation
of an honest message from their mean (Definition 1), and over their *average*. With n = N − f.

The coordinate-wise rules exceed the honest mean by at most the mean of some q largest honest
deviations, in every coordinate: q = ⌊(N − 2f)/2⌋ + 1 for the median (midway between the middle two
where N is even), q = n − f for the trimmed mean, and twice that for Phocas.
"""

from fractions import Fraction
from functools import cache
from typing import NamedTuple, Protocol

import sympy
from sympy import Rational, sqrt

from theory.paper.table1 import TABLE_I, byzantine_fraction
from theory.proving.symbols import N, f

n: sympy.Expr = N - f
"""Honest messages."""

q = sympy.Symbol("q", integer=True, positive=True)
"""Honest values on the far side of the rule."""

STATED: dict[str, sympy.Expr] = {
    # average deviation; at D ≥ n the largest one too
    "group": (n - q) / q,
    "trimmed group": f / (n - f),
    # FABA, largest deviation
    "faba": 4 * (f / (n - f)) ** 2,
    # geometric median: largest deviation for α > 1/3, average
    "far minority": n**2 / ((n + f) * (n - f)),
    "geometric_median": (2 * n / (n - f)) ** 2,
    # Krum: what the honest scores average to, over v; then largest and average deviation
    "score": n * (n - 2) * 2 / (n - 1),
}


class Interval(NamedTuple):
    """Between which bounds a constant lies; equal where it is known exactly."""

    lower: sympy.Expr
    upper: sympy.Expr


def group_size(rule: str, devices: int, liars: int) -> int:
    """Return q of the median or the trimmed mean."""
    middle = (devices - 2 * liars) // 2 + 1
    return middle if rule in ("median", "geometric_median") else devices - 2 * liars


def constant(rule: str, devices: int, liars: int, dimension: int, *, average: bool) -> Interval:
    """Bound the constant of a rule for 0 <= f < N/2; see `true_c_alpha_squared`."""
    return _RULES[rule](devices, liars, dimension, average=average)


def true_c_alpha_squared(
    rule: str, *, N: int, f: int, D: int, deviation: str = "max"
) -> tuple[sympy.Expr, sympy.Expr]:
    """Bound how large C_α² truly is: the supremum over all inputs, whatever Table I says.

    Parameters
    ----------
    rule, N, f, D
        As in `theory.paper.table1.c_alpha_squared`.
    deviation
        ``max``: error² over the largest squared honest deviation ς, as in Definition 1;
        ``average``: over their mean.

    Returns
    -------
    tuple
        What a construction reaches, as a supremum, and what is proved; equal where it is known
        exactly. For even N the median is midway between the middle two.

    Raises
    ------
    ValueError
        For an unknown rule, counts that ``c_alpha_squared`` refuses, α ≥ 1/2, N < 2f + 3 for Krum,
        or another deviation.
    """
    if rule not in TABLE_I:
        raise ValueError(f"need one of {', '.join(TABLE_I)}, got {rule!r}")
    if deviation not in ("max", "average"):
        raise ValueError(f"need deviation max or average, got {deviation!r}")
    if byzantine_fraction(N, f, D) >= Rational(1, 2):
        raise ValueError(f"need 2f < N, got f={f}, N={N}")
    return constant(rule, int(N), int(f), int(D), average=deviation == "average")


_ONE_COORDINATE = ("median", "trimmed_mean", "phocas")
"""Rules whose constant for the average deviation is that of one coordinate."""


def kappa(rule: str, *, N: int, f: int) -> sympy.Expr:
    """Bound κ of ``‖A − z̄‖² ≤ κ (1/n) Σ ‖z_i − z̄‖²`` in any number of coordinates.

    Parameters
    ----------
    rule, N, f
        As in `true_c_alpha_squared`.

    Raises
    ------
    ValueError
        As `true_c_alpha_squared`.

    Examples
    --------
    >>> kappa("trimmed_mean", N=100, f=20)
    1/3
    """
    dimension = 1 if rule in _ONE_COORDINATE else 2
    return true_c_alpha_squared(rule, N=N, f=f, D=dimension, deviation="average")[1]


class _Constant(Protocol):
    """The constant of a rule for N devices, f of them Byzantine, in D coordinates."""

    def __call__(self, devices: int, liars: int, dimension: int, /, *, average: bool) -> Interval:
        """Return lower and upper bound."""


def _coordinatewise(rule: str) -> _Constant:
    scale = 4 if rule == "phocas" else 1

    def interval(devices: int, liars: int, dimension: int, *, average: bool) -> Interval:
        size, honest = group_size(rule, devices, liars), devices - liars
        ratio = Rational(honest - size, size)
        if average:
            return Interval(scale * ratio, scale * ratio)
        upper = sympy.Min(ratio, dimension * sympy.Min(1, ratio) ** 2)
        lower = max(_reached(honest, size, used) for used in _useful(honest, size, dimension))
        return Interval(scale * lower, scale * upper)

    return interval


def _useful(honest: int, size: int, dimension: int) -> set[int]:
    """Return numbers of coordinates among which the best construction is."""
    few = min(size, honest - size) or 1
    return {min(dimension, honest), min(dimension, max(honest // few, 1)), 1}


def _reached(honest: int, size: int, dimension: int) -> sympy.Expr:
    """Return error² over the largest deviation² of the better of two constructions.

    In every coordinate the rule returns the mean of `size` equal largest values.
    """
    far = honest - size
    if far == 0:
        return sympy.Integer(0)
    # Values `far` and −`size`, shifted from coordinate to coordinate as evenly as possible: a
    # message is in the larger group of values m times.
    most = -(-dimension * size // honest) if far >= size else dimension * size // honest
    even = Rational(dimension * far**2, most * far**2 + (dimension - most) * size**2)
    few = min(size, far)
    if dimension * few > honest:
        return even
    # One group of `few` messages for each coordinate, far out in it alone; the others beside.
    apart = groups_apart(honest, few, dimension)
    return max(even, apart if far >= size else apart * Rational(far, size) ** 2)


def groups_apart(honest: int, few: int, dimension: int) -> sympy.Expr:
    """Return D a² for D disjoint groups of `few` messages, each at a in its own coordinate.

    Elsewhere a group is at −b and the rest at −c, where the mean of every coordinate is zero, no
    message is farther than 1 from it, and a is as large as that allows.
    """
    a, _, _ = apart(honest, few, dimension)
    return sympy.expand(dimension * a**2)


def apart(honest: int, few: int, dimension: int) -> tuple[sympy.Expr, sympy.Expr, sympy.Expr]:
    """Return a, b and c of `groups_apart`."""
    rest = Rational(honest - dimension * few, few)
    if rest**2 >= dimension:
        return sympy.Integer(1), sympy.Integer(0), 1 / rest
    pushed = rest / sqrt(dimension)
    if dimension == 1:
        return sympy.Min(1, pushed), sympy.Integer(0), sympy.Integer(1)
    root = sqrt((dimension - 1) * (dimension - pushed**2))
    b = (root - (dimension - 1) * pushed) / (dimension * (dimension - 1))
    return sympy.expand((dimension - 1) * b + pushed), b, 1 / sqrt(dimension)


def _geometric_median(devices: int, liars: int, dimension: int, *, average: bool) -> Interval:
    line = _coordinatewise("median")(devices, liars, 1, average=average)
    if dimension == 1:
        return line
    numbers = {N: devices, f: liars}
    if average:
        return Interval(line.lower, STATED["geometric_median"].subs(numbers))
    minority = 3 * liars <= devices
    upper = sympy.Integer(1) if minority else STATED["far minority"].subs(numbers)
    return Interval(max(line.lower, 0), upper)


def _faba(devices: int, liars: int, dimension: int, *, average: bool) -> Interval:
    numbers = {N: devices, f: liars}
    ratio, upper = (STATED[one].subs(numbers) for one in ("trimmed group", "faba"))
    if average:
        # No squared deviation is above n − 1 times their mean.
        return Interval(4 * ratio, max(4 * ratio, (devices - liars - 1) * upper))
    return Interval(4 * sympy.Min(1, ratio) ** 2, upper)


def _krum(devices: int, liars: int, dimension: int, *, average: bool) -> Interval:
    if devices < 2 * liars + 3:
        raise ValueError(f"need N >= 2f + 3 for krum, got N={devices}, f={liars}")
    upper = krum_average(devices, liars) if average else krum_largest(devices, liars)
    return Interval(_krum_reached(devices, liars, average=average), upper)


def krum_largest(devices: int, liars: int) -> sympy.Expr:
    """Return the upper bound for the largest deviation; 1 without liars."""
    if liars == 0:
        return sympy.Integer(1)
    nearest = devices - 2 * liars - 1
    a = sympy.Min(1, Rational(liars + 1, nearest))
    score = STATED["score"].subs({N: devices, f: liars})
    root = a + sqrt(a**2 + (score - nearest) / nearest)
    return sympy.expand(sympy.Max(1, root**2))


def krum_average(devices: int, liars: int) -> sympy.Expr:
    """Return the upper bound for the average deviation."""
    nearest = devices - 2 * liars - 1
    score = STATED["score"].subs({N: devices, f: liars})
    return sympy.expand((sqrt(Rational(liars + 1, nearest)) + sqrt(score / nearest)) ** 2)


@cache
def _krum_reached(devices: int, liars: int, *, average: bool) -> sympy.Rational:
    """Return the best error² on a line: honest messages at two places, liars at one."""
    honest, best = devices - liars, Fraction(0)
    for size in range(1, honest):
        # The mean is zero.
        places = Fraction(honest - size), Fraction(-size)
        deviation = (size * places[0] ** 2 + (honest - size) * places[1] ** 2) / honest
        allowed = deviation if average else max(place**2 for place in places)
        best = max(best, krum_error(devices, liars, size) ** 2 / allowed)
    return sympy.Rational(best.numerator, best.denominator)


def krum_error(devices: int, liars: int, size: int) -> Fraction:
    """Return how far from zero Krum is pulled by liars at one place beside `size` honest values.

    Those are at n − size, the other honest ones at −size. Without liars the error is that of the
    honest value which is chosen, the worse one where scores are equal.
    """
    honest = devices - liars
    # Places are whole multiples of the last step of the halving below: exact without fractions.
    farthest, unit = 4 * honest**2, 1
    while (farthest - honest + size) * 10**6 > unit * honest:
        unit *= 2
    near, other = (honest - size) * unit, -size * unit

    def score(place: int, groups: list[tuple[int, int]]) -> int:
        left, total = honest - 2, 0
        for square, count in sorted(((at - place) ** 2, count) for count, at in groups):
            taken = min(left, count)
            left, total = left - taken, total + taken * square
        return total

    def chosen(place: int) -> bool:
        liar = score(place, [(liars - 1, place), (size, near), (honest - size, other)])
        first = score(near, [(liars, place), (size - 1, near), (honest - size, other)])
        second = score(other, [(liars, place), (size, near), (honest - size - 1, other)])
        return liar <= min(first, second)

    alone = [
        (score(near, [(size - 1, near), (honest - size, other)]), near),
        (score(other, [(size, near), (honest - size - 1, other)]), -other),
    ]
    least = min(one for one, _ in alone)
    reached = max(error for one, error in alone if one == least) if liars == 0 else 0
    # What Krum chooses farther out it chooses here too only piece by piece: halve outwards.
    if liars and chosen(near):
        low, step = near, farthest * unit - near
        for _ in range(unit.bit_length() - 1):
            step //= 2
            low += step if chosen(low + step) else 0
        reached = max(reached, low)
    return Fraction(reached, unit)


_RULES: dict[str, _Constant] = {
    "median": _coordinatewise("median"),
    "trimmed_mean": _coordinatewise("trimmed_mean"),
    "geometric_median": _geometric_median,
    "krum": _krum,
    "phocas": _coordinatewise("phocas"),
    "faba": _faba,
}

"""Each rule of Table I gets an interval for its true C_α²: a construction and a proved bound.

C_α² is the supremum of ‖A − z̄‖² / δ over all inputs with f Byzantine messages among N. The divisor
δ is the *largest* squared deviation of an honest message from the honest mean z̄ (Definition 1), or
the *average* one. Let n = N − f.

In every coordinate the median exceeds the honest mean by at most the mean of the q largest honest
deviations, q = ⌊(N − 2f)/2⌋ + 1; if N is even, the median is midway between the middle two values.
For the trimmed mean q = n − f. Phocas has at most twice the error of the trimmed mean.
"""

from fractions import Fraction
from functools import cache
from typing import NamedTuple, Protocol

import sympy
from sympy import Max, Min, Rational, sqrt

from theory.paper.table1 import TABLE_I, byzantine_fraction
from theory.proving.symbols import D, N, f

n: sympy.Expr = N - f
"""Number of honest messages."""

q = sympy.Symbol("q", integer=True, positive=True)
"""Number of honest values at or beyond the output of the rule."""

kappa_, near, p, score = sympy.symbols("kappa a p score", nonnegative=True)
"""Constant for the average deviation; for Krum min(1, (f + 1)/p), N − 2f − 1, and the mean of the
honest scores over the average squared deviation."""

tolerated = sympy.Symbol("tolerated", integer=True, nonnegative=True)
"""Number of Byzantine messages that a rule is told to tolerate, at least f."""

STATED: dict[str, sympy.Expr] = {
    # For the average deviation; if D ≥ n, for the largest one too.
    "group": (n - q) / q,
    "trimmed group": f / (n - f),
    # For the largest deviation in D coordinates, from the constant for the average one.
    "coordinates": Min(kappa_, D * Min(1, kappa_) ** 2),
    # The trimmed mean that is told of more Byzantine messages than there are, average deviation.
    "over-estimated": tolerated / (n - tolerated),
    # No rule has a smaller constant for the average deviation.
    "any rule": f / (n - f),
    # For the largest deviation.
    "faba": 4 * (f / (n - f)) ** 2,
    # For the average deviation.
    "faba average": 4 * (n - 1) * (f / (n - f)) ** 2,
    # Geometric median: for the largest deviation if α > 1/3.
    "far minority": n**2 / ((n + f) * (n - f)),
    # For the average deviation.
    "geometric_median": N / (N - 2 * f),
    # Krum: the mean of the honest scores over the average squared deviation.
    "score": n * (n - 2) * 2 / (n - 1),
    # For the largest deviation, and for the average one.
    "krum": Max(1, (near + sqrt(near**2 + (score - p) / p)) ** 2),
    "krum average": (sqrt((f + 1) / p) + sqrt(score / p)) ** 2,
}
"""The closed forms, by rule or by the argument that gives them."""


class Interval(NamedTuple):
    """Lower and upper bound of a constant; they are equal if it is known exactly."""

    lower: sympy.Expr
    upper: sympy.Expr


def group_size(rule: str, devices: int, byzantine: int) -> int:
    """Return q: that of the median for medians, that of the trimmed mean for other rules."""
    middle = (devices - 2 * byzantine) // 2 + 1
    return middle if rule in ("median", "geometric_median") else devices - 2 * byzantine


def constant(rule: str, devices: int, byzantine: int, dimension: int, *, average: bool) -> Interval:
    """Bound the constant of a rule for 0 <= f < N/2; see `true_c_alpha_squared`."""
    return _RULES[rule](devices, byzantine, dimension, average=average)


def true_c_alpha_squared(
    rule: str, *, N: int, f: int, D: int, deviation: str = "max"
) -> tuple[sympy.Expr, sympy.Expr]:
    """Bound the true C_α² from below and above: the supremum over all inputs, not Table I.

    Parameters
    ----------
    rule, N, f, D
        As in `theory.paper.table1.c_alpha_squared`.
    deviation
        ``max`` divides error² by the largest squared honest deviation ς, as in Definition 1;
        ``average`` divides by the mean of the squared honest deviations.

    Returns
    -------
    tuple
        The supremum that a construction reaches, and the proved upper bound; they are equal if the
        constant is known exactly. For even N the median is midway between the middle two values.

    Raises
    ------
    ValueError
        If the rule or the deviation is unknown, ``c_alpha_squared`` refuses the counts, α ≥ 1/2,
        or N < 2f + 3 for Krum.
    """
    if rule not in TABLE_I:
        raise ValueError(f"need one of {', '.join(TABLE_I)}, got {rule!r}")
    if deviation not in ("max", "average"):
        raise ValueError(f"need deviation max or average, got {deviation!r}")
    if byzantine_fraction(N, f, D) >= Rational(1, 2):
        raise ValueError(f"need 2f < N, got f={f}, N={N}")
    return constant(rule, int(N), int(f), int(D), average=deviation == "average")


_ONE_COORDINATE = ("median", "trimmed_mean", "phocas")
"""Rules whose constant for the average deviation does not depend on D."""


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

    def __call__(
        self, devices: int, byzantine: int, dimension: int, /, *, average: bool
    ) -> Interval:
        """Return the lower and the upper bound."""


def _coordinatewise(rule: str) -> _Constant:
    scale = 4 if rule == "phocas" else 1

    def interval(devices: int, byzantine: int, dimension: int, *, average: bool) -> Interval:
        size, honest = group_size(rule, devices, byzantine), devices - byzantine
        ratio = Rational(honest - size, size)
        if average:
            return Interval(scale * ratio, scale * ratio)
        upper = STATED["coordinates"].subs({kappa_: ratio, D: dimension})
        lower = max(_reached(honest, size, used) for used in _useful(honest, size, dimension))
        return Interval(scale * lower, scale * upper)

    return interval


def _useful(honest: int, size: int, dimension: int) -> set[int]:
    """Return the numbers of coordinates to try: the best construction uses one of them."""
    few = min(size, honest - size) or 1
    return {min(dimension, honest), min(dimension, max(honest // few, 1)), 1}


def _reached(honest: int, size: int, dimension: int) -> sympy.Expr:
    """Return the larger ratio of two constructions: error² over the largest squared deviation.

    In every coordinate the rule returns the mean of the `size` largest honest values, all equal.
    """
    far = honest - size
    if far == 0:
        return sympy.Integer(0)
    # First: values `far` and −`size`, shifted from coordinate to coordinate as evenly as possible.
    # The farthest message has the value `far` in `most` coordinates.
    most = -(-dimension * size // honest) if far >= size else dimension * size // honest
    even = Rational(dimension * far**2, most * far**2 + (dimension - most) * size**2)
    few = min(size, far)
    if dimension * few > honest:
        return even
    # Second: each coordinate has a group of `few` messages that are far out in it alone.
    apart = groups_apart(honest, few, dimension)
    return max(even, apart if far >= size else apart * Rational(far, size) ** 2)


def groups_apart(honest: int, few: int, dimension: int) -> sympy.Expr:
    """Return D a² for D disjoint groups of `few` messages, each at a in its own coordinate.

    In the other coordinates a group is at −b; the rest is at −c everywhere. The mean is zero, no
    message is farther than 1 from it, and a is the largest possible value.
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


def _geometric_median(devices: int, byzantine: int, dimension: int, *, average: bool) -> Interval:
    line = _coordinatewise("median")(devices, byzantine, 1, average=average)
    if dimension == 1:
        return line
    numbers = {N: devices, f: byzantine}
    if average:
        return Interval(line.lower, STATED["geometric_median"].subs(numbers))
    minority = 3 * byzantine <= devices
    upper = sympy.Integer(1) if minority else STATED["far minority"].subs(numbers)
    return Interval(max(line.lower, 0), upper)


def _faba(devices: int, byzantine: int, dimension: int, *, average: bool) -> Interval:
    numbers = {N: devices, f: byzantine}
    names = ("trimmed group", "faba", "faba average")
    ratio, upper, of_average = (STATED[name].subs(numbers) for name in names)
    if average:
        return Interval(4 * ratio, of_average)
    return Interval(4 * sympy.Min(1, ratio) ** 2, upper)


def _krum(devices: int, byzantine: int, dimension: int, *, average: bool) -> Interval:
    if devices < 2 * byzantine + 3:
        raise ValueError(f"need N >= 2f + 3 for krum, got N={devices}, f={byzantine}")
    upper = krum_average(devices, byzantine) if average else krum_largest(devices, byzantine)
    return Interval(_krum_reached(devices, byzantine, average=average), upper)


def krum_largest(devices: int, byzantine: int) -> sympy.Expr:
    """Return the upper bound for the largest deviation; it is 1 if f = 0."""
    if byzantine == 0:
        return sympy.Integer(1)
    return _krum_stated("krum", devices, byzantine)


def krum_average(devices: int, byzantine: int) -> sympy.Expr:
    """Return the upper bound for the average deviation."""
    return _krum_stated("krum average", devices, byzantine)


def _krum_stated(name: str, devices: int, byzantine: int) -> sympy.Expr:
    nearest, numbers = devices - 2 * byzantine - 1, {N: devices, f: byzantine}
    share = Min(1, Rational(byzantine + 1, nearest))
    of_scores = {near: share, p: nearest, score: STATED["score"].subs(numbers)}
    return sympy.expand(STATED[name].subs(of_scores).subs(numbers))


@cache
def _krum_reached(devices: int, byzantine: int, *, average: bool) -> sympy.Rational:
    """Return the largest ratio on a line: honest messages at two places, Byzantine ones at one."""
    honest, best = devices - byzantine, Fraction(0)
    for size in range(1, honest):
        # The honest mean is zero.
        places = Fraction(honest - size), Fraction(-size)
        deviation = (size * places[0] ** 2 + (honest - size) * places[1] ** 2) / honest
        allowed = deviation if average else max(place**2 for place in places)
        best = max(best, krum_error(devices, byzantine, size) ** 2 / allowed)
    return sympy.Rational(best.numerator, best.denominator)


def krum_error(devices: int, byzantine: int, size: int) -> Fraction:
    """Return the largest error of Krum on a line if all Byzantine values are at one place.

    `size` honest values are at n − size and the others at −size, so that their mean is zero. If
    f = 0, Krum chooses an honest value, the worse one if scores tie.
    """
    honest = devices - byzantine
    # Places are whole multiples of the last step of the bisection: exact without fractions.
    farthest, unit = 4 * honest**2, 1
    while (farthest - honest + size) * 10**6 > unit * honest:
        unit *= 2
    near, far = (honest - size) * unit, -size * unit

    def score(place: int, groups: list[tuple[int, int]]) -> int:
        remaining, total = honest - 2, 0
        for square, count in sorted(((at - place) ** 2, count) for count, at in groups):
            taken = min(remaining, count)
            remaining, total = remaining - taken, total + taken * square
        return total

    def chosen(place: int) -> bool:
        sent = score(place, [(byzantine - 1, place), (size, near), (honest - size, far)])
        score_near = score(near, [(byzantine, place), (size - 1, near), (honest - size, far)])
        score_far = score(far, [(byzantine, place), (size, near), (honest - size - 1, far)])
        return sent <= min(score_near, score_far)

    choices = [
        (score(near, [(size - 1, near), (honest - size, far)]), near),
        (score(far, [(size, near), (honest - size - 1, far)]), -far),
    ]
    lowest = min(value for value, _ in choices)
    reached = max(error for value, error in choices if value == lowest) if byzantine == 0 else 0
    # Bisect outwards from `near` for a far place that Krum chooses; it may reject nearer ones.
    if byzantine and chosen(near):
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

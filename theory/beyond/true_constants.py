"""Each rule of Table I gets an interval for its true C_α²: a construction and a proved bound.

C_α² is the supremum of ‖A − z̄‖² / δ over all inputs with f Byzantine messages among N. The divisor
δ is the *largest* squared deviation of an honest message from the honest mean z̄ (Definition 1), or
the *average* one. Let n = N − f.

In every coordinate the median exceeds the honest mean by at most the mean of the q largest honest
deviations, q = ⌊(N − 2f)/2⌋ + 1; if N is even, the median is midway between the middle two values.
For the trimmed mean q = n − f. Phocas has at most twice the error of the trimmed mean.
"""

from typing import NamedTuple

import sympy
from sympy import Max, Min, Rational, sqrt

from theory.beyond.worst_inputs import Input, worst_input
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
    bound = sympy.expand(upper(rule, devices, byzantine, dimension, average=average))
    limit = known_input(rule, devices, byzantine, dimension, average=average).limit
    return Interval(Rational(limit.numerator, limit.denominator), bound)


def known_input(rule: str, devices: int, byzantine: int, dimension: int, *, average: bool) -> Input:
    """Return the input that gives the lower bound of `constant`."""
    group = group_size(rule, devices, byzantine)
    return worst_input(rule, devices, byzantine, dimension, group, average=average)


def true_c_alpha_squared(
    rule: str,
    *,
    N: int,
    f: int,
    D: int,
    deviation: str = "max",
    tolerated: int | None = None,
) -> tuple[sympy.Expr, sympy.Expr]:
    """Bound the true C_α² from below and above: the supremum over all inputs, not Table I.

    Parameters
    ----------
    rule, N, f, D
        As in `theory.paper.table1.c_alpha_squared`.
    deviation
        ``max`` divides error² by the largest squared honest deviation ς, as in Definition 1;
        ``average`` divides by the mean of the squared honest deviations.
    tolerated
        Number of Byzantine messages that the rule is told of, from f on; f unless given. A rule
        that does not use it has the same constant, and of the others the trimmed mean has one.

    Returns
    -------
    tuple
        The ratio that the rule gives on a kept input, or to which kept inputs come near, and the
        proved upper bound; they are equal if the constant is known exactly. For even N the median
        is midway between the middle two values.

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
    told = int(f) if tolerated is None else int(tolerated)
    if not f <= told < N / 2:
        raise ValueError(f"need f <= tolerated < N/2, got tolerated={tolerated}, f={f}, N={N}")
    average = deviation == "average"
    if told == f or rule in ("median", "geometric_median"):
        return constant(rule, int(N), int(f), int(D), average=average)
    if rule not in TOLERANT:
        needed = ", ".join(TOLERANT)
        raise ValueError(f"need one of {needed} for tolerated > f, got {rule!r}")
    return _over_estimated(int(N), int(f), told, int(D), average=average)


def _over_estimated(
    devices: int, byzantine: int, told: int, dimension: int, *, average: bool
) -> Interval:
    """Return the interval of the trimmed mean that drops more values than there are liars."""
    honest = devices - byzantine
    ratio = STATED["over-estimated"].subs({N: devices, f: byzantine, tolerated: told})
    # n − told honest values at `told`, the others at told − n, liars beyond all: in one coordinate.
    lower = ratio if average else Min(1, Rational(told, honest - told)) ** 2
    bound = ratio if average else STATED["coordinates"].subs({kappa_: ratio, D: dimension})
    return Interval(lower, bound)


TOLERANT = ("median", "trimmed_mean", "geometric_median")
"""Rules with a constant if they are told of more Byzantine messages than there are."""

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


def upper(rule: str, devices: int, byzantine: int, dimension: int, *, average: bool) -> sympy.Expr:
    """Return the proved upper bound of a constant."""
    numbers = {N: devices, f: byzantine}
    if rule == "krum":
        if devices < 2 * byzantine + 3:
            raise ValueError(f"need N >= 2f + 3 for krum, got N={devices}, f={byzantine}")
        return krum_average(devices, byzantine) if average else krum_largest(devices, byzantine)
    if rule == "faba":
        return STATED["faba average" if average else "faba"].subs(numbers)
    if rule == "geometric_median" and dimension > 1:
        if average:
            return STATED["geometric_median"].subs(numbers)
        minority = 3 * byzantine <= devices
        return sympy.Integer(1) if minority else STATED["far minority"].subs(numbers)
    size, honest = group_size(rule, devices, byzantine), devices - byzantine
    ratio, scale = Rational(honest - size, size), 4 if rule == "phocas" else 1
    if average:
        return scale * ratio
    return scale * STATED["coordinates"].subs({kappa_: ratio, D: dimension})


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

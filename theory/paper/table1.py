"""Definition 1 and Table I: robust bounded aggregation (RBA) rules and their printed constants."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from numbers import Integral, Rational
from typing import Any, NamedTuple, TypeAlias, overload

import numpy as np
import sympy
from numpy.typing import NDArray

from theory.proving.symbols import D, N, alpha
from theory.proving.tables import csv_text

Exact: TypeAlias = int | Fraction | sympy.Rational
FloatArray: TypeAlias = NDArray[np.floating[Any]]


@overload
def definition1(honest: FloatArray, aggregate: FloatArray) -> tuple[float, float]: ...
@overload
def definition1(
    honest: Sequence[Sequence[Exact]], aggregate: Sequence[Exact]
) -> tuple[sympy.Rational, sympy.Rational]: ...
def definition1(
    honest: FloatArray | Sequence[Sequence[Exact]], aggregate: FloatArray | Sequence[Exact]
) -> tuple[Any, Any]:
    """Return the two quantities that Definition 1 compares in inequality (7).

    The inequality is ``‖A − z̄‖² ≤ C_α² ς`` with ``z̄ = (1/N1) Σ z_i`` and ``ς = max_i ‖z̄ − z_i‖²``.

    Parameters
    ----------
    honest
        The messages z_i of the honest devices, shape (N1, D): rational numbers in any nesting or
        array, or a floating-point array.
    aggregate
        The rule's output A, shape (D,), of the same kind and in the same unit.

    Returns
    -------
    tuple
        ``(‖A − z̄‖², ς)`` in the messages' unit squared: sympy rationals, or floats.

    Raises
    ------
    ValueError
        If a shape is wrong, an entry is neither rational nor finite floating-point, or exact and
        floating-point input are mixed.
    """
    z, a = _array("honest", honest), _array("aggregate", aggregate)
    if z.ndim != 2 or 0 in z.shape:
        raise ValueError(
            f"need honest of shape (N1, D) with N1 >= 1 and D >= 1, got shape {z.shape}"
        )
    if a.shape != z.shape[1:]:
        raise ValueError(f"need aggregate of shape {z.shape[1:]}, got shape {a.shape}")
    if z.dtype != a.dtype:
        kinds = ["rational" if array.dtype == object else "floating-point" for array in (z, a)]
        raise ValueError(f"need honest and aggregate of one kind, got {' and '.join(kinds)}")
    z_bar = z.sum(axis=0) / len(z)
    error = ((a - z_bar) ** 2).sum()
    varsigma = ((z_bar - z) ** 2).sum(axis=1).max()
    number = sympy.Rational if z.dtype == object else float
    return number(error), number(varsigma)


def _array(name: str, values: Any) -> NDArray[Any]:
    """Return ``values`` as float64, or as an array of fractions if not a floating-point array."""
    if isinstance(values, np.ndarray) and np.issubdtype(values.dtype, np.floating):
        if not np.isfinite(values).all():
            raise ValueError(f"need finite entries in {name}, got inf or nan")
        return values.astype(np.float64)
    entries = np.array(values, dtype=object)
    # Rows of unequal length become lists in a one-dimensional array: the caller refuses its shape.
    ragged = any(isinstance(entry, Sequence) for entry in entries.flat)
    return entries if ragged else _fractions(name, entries)


def _fractions(name: str, entries: NDArray[Any]) -> NDArray[Any]:
    """Return the array with every entry as a Fraction."""
    exact = np.empty(entries.shape, dtype=object)
    for place, entry in np.ndenumerate(entries):
        if isinstance(entry, bool) or not isinstance(entry, Rational):
            raise ValueError(
                f"need rational entries or a floating-point array in {name}, "
                f"got {entry!r} of type {type(entry).__name__}"
            )
        # Through int, because a numpy integer inside a Fraction would overflow silently.
        exact[place] = Fraction(int(entry.numerator), int(entry.denominator))
    return exact


class TableIRow(NamedTuple):
    """One row of Table I."""

    printed: str
    """The rule's name as the table prints it."""
    c_alpha_squared: sympy.Expr
    """C_α² in the symbols N, D and alpha, without unit."""
    alpha_below: sympy.Rational
    """The row holds for α below this limit: 1/2, or the pole of the constant if that is less."""
    source: str
    """The publication that proposed the rule; the constants are from Dong et al., IEEE TSP 2023."""


_HALF, _THIRD = sympy.Rational(1, 2), sympy.Rational(1, 3)

TABLE_I: dict[str, TableIRow] = {
    "median": TableIRow(
        "Coordinate-wise median",
        # Table I, row 1
        1 / (2 * (1 - alpha) ** 2) * sympy.Min(2 * sympy.sqrt(N - N * alpha), sympy.sqrt(D)) ** 2,
        _HALF,
        "Yin et al., ICML 2018",
    ),
    "trimmed_mean": TableIRow(
        "Trimmed mean",
        # Table I, row 2
        2 * alpha * (1 - alpha) / (1 - 2 * alpha) ** 2,
        _HALF,
        "Yin et al., ICML 2018",
    ),
    "geometric_median": TableIRow(
        "Geometric median",
        # Table I, row 3
        (2 * ((1 - alpha) / (1 - 2 * alpha))) ** 2,
        _HALF,
        "Chen, Su and Xu, POMACS 2017",
    ),
    "krum": TableIRow(
        "Krum",
        # Table I, row 4
        2 * (1 + sympy.sqrt((1 - alpha) / (1 - 2 * alpha))) ** 2,
        _HALF,
        "Blanchard et al., NeurIPS 2017",
    ),
    "phocas": TableIRow(
        "Phocas",
        # Table I, row 5
        4 + 12 * alpha * (1 - alpha) / (1 - 2 * alpha) ** 2,
        _HALF,
        "Xie, Koyejo and Gupta, arXiv:1805.09682",
    ),
    "faba": TableIRow(
        "FABA",
        # Table I, row 6: N − 3Nα is zero at α = 1/3, and the constant is negative above.
        4 * (N * alpha / (N - N * alpha))
        + 4 * ((N + 1 - N * alpha) / (N - N * alpha) * (N * alpha / (N - 3 * N * alpha))),
        _THIRD,
        "Xia et al., IJCAI 2019",
    ),
}
"""The rows of Table I by the name of the rule, in the order of print."""


def c_alpha_squared(rule: str, *, N: int, f: int, D: int) -> sympy.Expr:
    """Evaluate a row of Table I as printed, exactly, at α = f/N.

    Parameters
    ----------
    rule
        A key of ``TABLE_I``.
    N, f, D
        Number of devices, of Byzantine devices among them, and of coordinates of a message.

    Returns
    -------
    sympy.Expr
        C_α² without unit: a Rational, or a + b√c with rational a, b, c for Krum.

    Raises
    ------
    ValueError
        If the rule is unknown, a count is no integer or out of range, or α is outside the row's
        domain.

    Examples
    --------
    >>> c_alpha_squared("trimmed_mean", N=100, f=20, D=1)
    8/9
    """
    if rule not in TABLE_I:
        raise ValueError(f"need one of {', '.join(TABLE_I)}, got {rule!r}")
    row, fraction = TABLE_I[rule], byzantine_fraction(N, f, D)
    if fraction >= row.alpha_below:
        raise ValueError(_outside(row, fraction))
    return _evaluate(row, N, fraction, D)


def byzantine_fraction(devices: int, byzantine: int, dimension: int) -> sympy.Rational:
    """Check the three counts and return α = f/N of Definition 1."""
    for name, count in {"N": devices, "f": byzantine, "D": dimension}.items():
        if isinstance(count, bool) or not isinstance(count, Integral):
            raise ValueError(f"need an integer {name}, got {count!r}")
        if name != "f" and count < 1:
            raise ValueError(f"need {name} >= 1, got {count}")
    if not 0 <= byzantine < devices:
        raise ValueError(f"need 0 <= f < N, got f={byzantine}, N={devices}")
    return sympy.Rational(int(byzantine), int(devices))


def _outside(row: TableIRow, fraction: sympy.Rational) -> str:
    return f"need alpha < {row.alpha_below}, got {fraction}"


def _evaluate(row: TableIRow, devices: int, fraction: sympy.Rational, dimension: int) -> sympy.Expr:
    """Evaluate a row's constant; a surd is written a + b√c, so that equal values look equal."""
    numbers = {N: int(devices), alpha: fraction, D: int(dimension)}
    return sympy.expand(row.c_alpha_squared.subs(numbers))


class TableRow(NamedTuple):
    """The constant C_α² of one rule at one (N, f, D)."""

    rule: str
    N: int
    f: int
    D: int
    alpha: str
    """f/N in lowest terms."""
    exact: str | None
    """C_α² as sympy writes it, without unit; None outside the domain."""
    value: float | None
    status: str
    """``valid``, or for example ``outside domain: need alpha < 1/3, got 2/5``."""


def table1(settings: Iterable[tuple[int, int, int]]) -> list[TableRow]:
    """Evaluate Table I at every (N, f, D); outside its domain a constant has no value.

    Raises
    ------
    ValueError
        If there is no setting, or ``c_alpha_squared`` refuses a count.
    """
    rows = [_table_row(rule, *setting) for setting in settings for rule in TABLE_I]
    if not rows:
        raise ValueError("need at least one setting (N, f, D), got none")
    return rows


def _table_row(rule: str, devices: int, byzantine: int, dimension: int) -> TableRow:
    row, fraction = TABLE_I[rule], byzantine_fraction(devices, byzantine, dimension)
    counts = (int(devices), int(byzantine), int(dimension))
    if fraction >= row.alpha_below:
        status = f"outside domain: {_outside(row, fraction)}"
        return TableRow(rule, *counts, str(fraction), None, None, status)
    exact = _evaluate(row, devices, fraction, dimension)
    # Forty digits first, so that cancellation in a surd does not limit the float.
    value = float(sympy.N(exact, 40))
    return TableRow(rule, *counts, str(fraction), str(exact), value, "valid")


def table1_csv(rows: Sequence[TableRow]) -> str:
    """Return rows of ``table1`` as CSV text: a header, all digits of floats, empty if no value."""
    return csv_text(rows, TableRow._fields)

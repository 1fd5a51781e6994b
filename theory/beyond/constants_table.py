"""Compare the printed constants of Table I with intervals for the true ones."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import sympy

from theory.beyond.true_constants import known_input, true_c_alpha_squared
from theory.beyond.worst_case import SearchedRule, exact_ratio, search
from theory.paper.table1 import TABLE_I, c_alpha_squared
from theory.proving.tables import csv_text

SEARCHED = 10
"""The largest N at which a search tries to raise inexact lower bounds; D is at most two."""

GRID: tuple[tuple[int, int, int], ...] = tuple(
    (devices, byzantine, dimension)
    for devices, many in {
        5: (0, 1, 2),
        8: (0, 1, 2, 3),
        10: (0, 1, 2, 3, 4),
        29: (0, 5, 10, 13),
        100: (0, 3, 10, 20, 25, 33, 40, 48),
    }.items()
    for byzantine in many
    for dimension in (1, 2, 10, 100)
)
"""Sizes (N, f, D) at which the constants are compared, in addition to those of a study."""


class ConstantRow(NamedTuple):
    """The constant of one rule at one (N, f, D), for one deviation."""

    rule: str
    N: int
    f: int
    D: int
    alpha: str
    deviation: str
    """``max`` divides by the largest squared honest deviation, as in Definition 1; ``average``
    divides by the mean."""
    printed: float | None
    """C_α² of Table I, which is defined for ``max``."""
    lower: float
    upper: float | None
    exact: bool
    """True if both bounds are equal."""
    verdict: str
    """``holds``, ``violated``, ``undecided``, ``outside its domain``, or ``not printed``."""
    slack: float | None
    """The printed constant over the upper bound: the factor by which it is too large."""
    lower_by: str
    """``input``, on which the rule gives the lower end; ``supremum``, to which inputs come near; or
    ``search``, an input that is found for these sizes, and evaluated exactly if possible."""


def constants_table(
    sizes: Iterable[tuple[int, int, int]],
    rule_of: Callable[[str], SearchedRule],
    *,
    others: Mapping[str, Callable[[int], int]] | None = None,
    known: Iterable[ConstantRow] = (),
) -> list[ConstantRow]:
    """Compare every rule's printed constant with the bounds of the true one.

    Parameters
    ----------
    sizes
        Every (N, f, D) to compare in addition to those of `GRID`.
    rule_of
        Name of a rule -> the rule as a function ``rule(messages, f=f)``. Only searches call it, so
        only at N and D up to the limits of `SEARCHED`.
    others
        Rules that are not in Table I, each with the largest f that it takes of N messages; a search
        gives each a lower bound.
    known
        Rows to reuse, from ``constants_table((), rule_of)``.
    """
    wanted = [size for size in dict.fromkeys((*GRID, *sizes)) if 2 * size[1] < size[0]]
    there = {(row.rule, row.N, row.f, row.D, row.deviation): row for row in known}
    rows = [
        there.get((rule, *size, deviation)) or _row(rule, *size, deviation, rule_of)
        for rule in TABLE_I
        for size in wanted
        for deviation in ("max", "average")
        if rule != "krum" or size[0] >= 2 * size[1] + 3
    ]
    return rows + [
        _searched_row(name, *size, rule_of(name))
        for name, largest in (others or {}).items()
        for size in wanted
        if _searchable(size[0], size[2]) and size[1] <= largest(size[0])
    ]


def _searchable(devices: int, dimension: int) -> bool:
    return devices <= SEARCHED and dimension <= 2


def _row(
    rule: str,
    devices: int,
    byzantine: int,
    dimension: int,
    deviation: str,
    rule_of: Callable[[str], SearchedRule],
) -> ConstantRow:
    sizes = {"N": devices, "f": byzantine, "D": dimension}
    lower, upper = true_c_alpha_squared(rule, **sizes, deviation=deviation)
    exact = lower == upper
    kept = known_input(rule, devices, byzantine, dimension, average=deviation == "average")
    lower_by = "supremum" if kept.ratio < kept.limit else "input"
    # A geometric median is evaluated exactly on a line only, where its constant is exact already.
    searchable = _searchable(devices, dimension) and rule != "geometric_median"
    if not exact and searchable:
        worst = search(rule_of(rule), **sizes, average=deviation == "average")
        reached = sympy.Rational(str(exact_ratio(rule, worst, average=deviation == "average")))
        if reached > lower:
            lower, lower_by = reached, "search"
    if lower > upper:
        raise ValueError(f"need a constant of at most {upper} for {rule} at {sizes}, got {lower}")
    printed = None
    if deviation == "max" and sympy.Rational(byzantine, devices) < TABLE_I[rule].alpha_below:
        printed = c_alpha_squared(rule, **sizes)
    return ConstantRow(
        rule,
        devices,
        byzantine,
        dimension,
        str(sympy.Rational(byzantine, devices)),
        deviation,
        None if printed is None else _float(printed),
        _float(lower),
        _float(upper),
        bool(exact),
        _verdict(deviation, printed, lower, upper),
        None if printed is None or upper == 0 else _float(printed / upper),
        lower_by,
    )


def _verdict(deviation: str, printed: Any, lower: Any, upper: Any) -> str:
    if printed is None:
        return "not printed" if deviation == "average" else "outside its domain"
    if printed >= upper:
        return "holds"
    return "violated" if printed < lower else "undecided"


def _searched_row(
    name: str, devices: int, byzantine: int, dimension: int, rule: SearchedRule
) -> ConstantRow:
    worst = search(rule, N=devices, f=byzantine, D=dimension)
    fraction = str(sympy.Rational(byzantine, devices))
    known = (None, worst.ratio, None, False, "not printed", None, "search")
    return ConstantRow(name, devices, byzantine, dimension, fraction, "max", *known)


def _float(value: Any) -> float:
    return float(sympy.N(value, 30))


def constants_csv(rows: Iterable[ConstantRow]) -> str:
    """Return rows as CSV text: a header, all digits of floats, empty if there is no number."""
    return csv_text(rows, ConstantRow._fields)


def read_constants(text: str) -> list[ConstantRow]:
    """Return the rows that `constants_csv` wrote."""
    return [
        ConstantRow(*(_READ[name](entry) for name, entry in row.items()))
        for row in csv.DictReader(io.StringIO(text))
    ]


def _optional(entry: str) -> float | None:
    return float(entry) if entry else None


_READ: dict[str, Callable[[str], Any]] = dict.fromkeys(ConstantRow._fields, str) | {
    "N": int,
    "f": int,
    "D": int,
    "printed": _optional,
    "lower": float,
    "upper": _optional,
    "exact": "True".__eq__,
    "slack": _optional,
}

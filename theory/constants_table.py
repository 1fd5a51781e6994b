"""Table I beside the truth: printed constants, true intervals, verdicts."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import sympy

from theory.rba import TABLE_I, c_alpha_squared, true_c_alpha_squared
from theory.worst_case import exact_ratio, search

SEARCHED = 10
"""Up to this N, and in at most two coordinates, a search tries to raise inexact lower bounds."""

GRID: tuple[tuple[int, int, int], ...] = tuple(
    (devices, liars, dimension)
    for devices, many in {
        5: (0, 1, 2),
        8: (0, 1, 2, 3),
        10: (0, 1, 2, 3, 4),
        29: (0, 5, 10, 13),
        100: (0, 3, 10, 20, 25, 33, 40, 48),
    }.items()
    for liars in many
    for dimension in (1, 2, 10, 100)
)
"""Sizes (N, f, D) at which the constants are compared, besides those of a study."""


class ConstantRow(NamedTuple):
    """One rule's constant at one (N, f, D), for one deviation."""

    rule: str
    N: int
    f: int
    D: int
    alpha: str
    deviation: str
    """``max``: over the largest squared honest deviation, as in Definition 1; ``average``."""
    printed: float | None
    """C_α² of Table I, which is about ``max``."""
    lower: float
    upper: float | None
    exact: bool
    """Whether both bounds agree."""
    verdict: str
    """``holds``, ``violated``, ``undecided``, ``outside its domain``, or ``not printed``."""
    slack: float | None
    """The printed constant over the upper bound: how many times too large it is."""
    lower_by: str
    """``construction`` or ``search``; what a search finds is evaluated exactly where it can be."""


def constants_table(
    sizes: Iterable[tuple[int, int, int]], rules: Mapping[str, Callable[..., Any]]
) -> list[ConstantRow]:
    """Compare every rule's printed constant with the truth.

    Parameters
    ----------
    sizes
        Every (N, f, D) asked for, besides those of `GRID`.
    rules
        Rules as functions ``rule(messages, f=f)``; those that are not in Table I get a lower bound
        by a search, where N and D are as small as `SEARCHED` says.
    """
    wanted = [one for one in dict.fromkeys((*GRID, *sizes)) if 2 * one[1] < one[0]]
    rows = [
        _row(rule, *size, deviation, rules.get(rule))
        for rule in TABLE_I
        for size in wanted
        for deviation in ("max", "average")
        if rule != "krum" or size[0] >= 2 * size[1] + 3
    ]
    unknown = [(name, rule) for name, rule in rules.items() if name not in TABLE_I]
    return rows + [
        _searched_row(name, *size, rule)
        for name, rule in unknown
        for size in wanted
        if _searchable(*size)
    ]


def _searchable(devices: int, liars: int, dimension: int) -> bool:
    return devices <= SEARCHED and dimension <= 2


def _row(
    rule: str,
    devices: int,
    liars: int,
    dimension: int,
    deviation: str,
    function: Callable[..., Any] | None,
) -> ConstantRow:
    sizes = {"N": devices, "f": liars, "D": dimension}
    lower, upper = true_c_alpha_squared(rule, **sizes, deviation=deviation)
    exact = lower == upper
    by = "construction"
    # A geometric median is known exactly on a line only, where its constant is.
    searchable = _searchable(devices, liars, dimension) and rule != "geometric_median"
    if function is not None and not exact and searchable:
        found = search(function, **sizes, average=deviation == "average")
        reached = sympy.Rational(str(exact_ratio(rule, found, average=deviation == "average")))
        if reached > lower:
            lower, by = reached, "search"
    if lower > upper:
        raise ValueError(f"need a constant of at most {upper} for {rule} at {sizes}, got {lower}")
    printed = None
    if deviation == "max" and sympy.Rational(liars, devices) < TABLE_I[rule].alpha_below:
        printed = c_alpha_squared(rule, **sizes)
    return ConstantRow(
        rule,
        devices,
        liars,
        dimension,
        str(sympy.Rational(liars, devices)),
        deviation,
        None if printed is None else _float(printed),
        _float(lower),
        _float(upper),
        bool(exact),
        _verdict(deviation, printed, lower, upper),
        None if printed is None or upper == 0 else _float(printed / upper),
        by,
    )


def _verdict(deviation: str, printed: Any, lower: Any, upper: Any) -> str:
    if printed is None:
        return "not printed" if deviation == "average" else "outside its domain"
    if printed >= upper:
        return "holds"
    return "violated" if printed < lower else "undecided"


def _searched_row(
    name: str, devices: int, liars: int, dimension: int, rule: Callable[..., Any]
) -> ConstantRow:
    found = search(rule, N=devices, f=liars, D=dimension)
    fraction = str(sympy.Rational(liars, devices))
    known = (None, found.ratio, None, False, "not printed", None, "search")
    return ConstantRow(name, devices, liars, dimension, fraction, "max", *known)


def _float(value: Any) -> float:
    return float(sympy.N(value, 30))


def violations(rows: Sequence[ConstantRow]) -> list[ConstantRow]:
    """Return the rows whose printed constant is too small."""
    return [row for row in rows if row.verdict == "violated"]

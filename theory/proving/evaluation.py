"""Evaluate statements and hypotheses at exact numbers, floating-point arrays, or mpmath numbers.

The evaluated expressions are the proved ones.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import sympy
from numpy.typing import NDArray

Number: TypeAlias = Any
"""An int, Fraction or sympy number (exact), a float or array (float64), or an mpmath number."""


class Hypothesis(NamedTuple):
    """A condition of a statement at given numbers."""

    name: str
    """The condition, an inequality between the given and the allowed value."""
    holds: Any
    """True if the condition is met; an array if the numbers are arrays."""
    factor: Any
    """The given value over the allowed one: below 1 if and only if the condition holds."""


def evaluate(expression: sympy.Expr, values: Mapping[sympy.Symbol, Number]) -> Number:
    """Evaluate an expression; the result is as exact as the least exact of the numbers.

    Parameters
    ----------
    expression
        Expression in the symbols of ``values`` and no others.
    values
        Numbers for the symbols; arrays broadcast.

    Returns
    -------
    A sympy number if every number is exact, an mpmath number of the current precision if one is
    from mpmath, else a float or a float64 array.
    """
    kind = _kind(list(values.values()))
    if kind is None:
        exact = {symbol: sympy.sympify(value) for symbol, value in values.items()}
        return expression.subs(exact)
    function = _compiled(expression, tuple(values), kind.__module__.partition(".")[0])
    if kind is not float:
        return function(*(_high_precision(value, kind) for value in values.values()))
    result = function(*(np.asarray(value, dtype=np.float64) for value in values.values()))
    return result if np.ndim(result) else float(result)


def _kind(values: Sequence[Number]) -> Any:
    """Return the type to which all numbers are converted, or None if all are exact."""
    for value in values:
        if hasattr(value, "_mpf_") and not isinstance(value, sympy.Basic):
            return type(value)
    exact = all(isinstance(value, int | Fraction | sympy.Basic) for value in values)
    return None if exact else float


@cache
def _compiled(
    expression: sympy.Expr, symbols: tuple[sympy.Symbol, ...], kind: str
) -> Callable[..., Any]:
    modules = {"builtins": "numpy", "mpmath": "mpmath"}[kind]
    return sympy.lambdify(symbols, expression, modules=modules, cse=True)  # type: ignore[no-any-return]


def _high_precision(value: Number, kind: Any) -> Number:
    if isinstance(value, Fraction):
        return kind(value.numerator) / value.denominator
    if isinstance(value, sympy.Basic):
        # Guard digits, so that the conversion does not limit the result.
        return kind(sympy.N(value, kind.context.dps + 5))
    return kind(value)


def floats(**values: Number) -> tuple[NDArray[np.float64], ...]:
    """Return numbers of any kind as float64, for comparisons.

    Raises
    ------
    ValueError
        If a number is not finite.
    """
    arrays = tuple(np.asarray(value, dtype=np.float64) for value in values.values())
    for name, array in zip(values, arrays, strict=True):
        if not np.isfinite(array).all():
            raise ValueError(f"need a finite {name}, got {values[name]}")
    return arrays


def require(condition: str, met: Any, **given: Number) -> None:
    """Refuse numbers outside the scope of a statement.

    Raises
    ------
    ValueError
        If the condition is not met; the message has the condition and the given numbers.
    """
    if not np.all(met):
        got = ", ".join(f"{name}={value}" for name, value in given.items())
        raise ValueError(f"need {condition}, got {got}")


def over(given: Number, allowed: Number) -> Number:
    """Return given over allowed, infinite if nothing positive is allowed."""
    if isinstance(allowed, np.ndarray):
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(allowed > 0, given / allowed, np.inf)
    infinity = sympy.oo if isinstance(allowed, sympy.Basic) else math.inf
    return given / allowed if allowed > 0 else infinity


def hypothesis(name: str, factor: Number) -> Hypothesis:
    """Return the hypothesis that a ratio of given over allowed is below 1."""
    met = factor < 1
    return Hypothesis(name, met if isinstance(met, np.ndarray) else bool(met), factor)


def refuse(hypotheses: Sequence[Hypothesis]) -> None:
    """Refuse numbers at which a hypothesis fails.

    Raises
    ------
    ValueError
        If a hypothesis fails; the message has the first that does, and its largest factor.
    """
    for name, holds, factor in hypotheses:
        if not np.all(holds):
            worst = float(np.max(np.asarray(factor, dtype=np.float64)))
            raise ValueError(f"need {name}, got {worst:.6g} times what is allowed")

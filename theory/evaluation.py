"""Numbers for the symbols of a statement: exact ones from exact ones, else floats and arrays."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
import sympy

Number: TypeAlias = Any
"""An int, Fraction or sympy number (exact), or a float or array (float64)."""


def evaluate(expression: sympy.Expr, values: Mapping[sympy.Symbol, Number]) -> Number:
    """Put numbers for symbols; a sympy number where all are exact, else a float or an array."""
    if all(isinstance(value, int | Fraction | sympy.Basic) for value in values.values()):
        return expression.subs({symbol: sympy.sympify(value) for symbol, value in values.items()})
    function = sympy.lambdify(list(values), expression, "numpy")
    result = function(*(np.asarray(value, dtype=np.float64) for value in values.values()))
    return result if np.ndim(result) else float(result)


def require(condition: str, met: Any, **given: Number) -> None:
    """Refuse numbers of which a statement does not speak.

    Raises
    ------
    ValueError
        With the condition and what was given; NaN meets no condition.
    """
    if not np.all(met):
        got = ", ".join(f"{name}={value}" for name, value in given.items())
        raise ValueError(f"need {condition}, got {got}")

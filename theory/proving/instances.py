"""Evaluate relations at exact numbers, to show what is possible and what is violated."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import sympy
from sympy.core.relational import Relational

Instance: TypeAlias = Mapping[sympy.Symbol, sympy.Expr | int]
"""Exact numbers by symbol."""


class Unproved(Exception):
    """A proof that does not go through."""


def require_violation(claim: sympy.Basic, given: Sequence[sympy.Basic], instance: Instance) -> None:
    """Check in exact arithmetic that an instance meets the hypotheses and not the claim.

    Raises
    ------
    Unproved
        If it does not.
    """
    require_admitted(given, instance)
    if holds(claim, instance):
        raise Unproved(f"need a violation of {claim}, got {named(instance)}")


def require_admitted(
    given: Sequence[sympy.Basic], instance: Instance, *, closed: bool = False
) -> None:
    """Check in exact arithmetic that an instance meets hypotheses and assumptions on symbols.

    Raises
    ------
    Unproved
        If it does not, or leaves a symbol open. If `closed`, ``<`` counts as ``≤``, and a positive
        symbol may be zero.
    """
    for symbol, number in instance.items():
        value = sympy.sympify(number)
        low = 1 if symbol.is_integer and symbol.is_positive else 0
        above = value > low or (value == low and (closed or symbol.is_positive is not True or low))
        if symbol.is_nonnegative and not above:
            raise Unproved(f"need an instance with {symbol} {symbol.assumptions0}, got {value}")
    relaxed = {sympy.Lt: sympy.Le, sympy.Gt: sympy.Ge}
    for relation in given:
        if closed and isinstance(relation, sympy.Lt | sympy.Gt):
            relation = relaxed[type(relation)](*relation.args)
        if not holds(relation, instance):
            raise Unproved(f"need an instance with {relation}, got {named(instance)}")


def holds(relation: sympy.Basic, instance: Instance) -> bool:
    """Tell whether both sides of a relation have a real value at exact numbers, and it is true."""
    if isinstance(relation, sympy.And | sympy.Or):
        parts = [holds(part, instance) for part in relation.args]
        return all(parts) if isinstance(relation, sympy.And) else any(parts)
    if relation in (sympy.true, sympy.false):
        return bool(relation)
    left, right = (value(side, instance) for side in relation.args)
    if left is None or right is None:
        return False
    difference = left - right
    if not difference.is_Rational and abs(sympy.N(difference, 40)) < sympy.Float("1e-30"):
        # Numbers that differ do so within forty digits.
        difference = sympy.simplify(difference)
    return bool(relation.func(difference, 0))


def value(expression: sympy.Expr, instance: Instance) -> sympy.Expr | None:
    """Return the real value of an expression at exact numbers, None if it has none.

    No part is cancelled before it is evaluated, so that 0/0 has no value.
    """
    if expression.is_Symbol:
        return sympy.sympify(instance[expression])
    if not expression.args:
        return expression
    known = [value(part, instance) for part in expression.args]
    parts = [part for part in known if part is not None]
    if len(parts) < len(known):
        return None
    if expression.is_Pow and parts[1].is_negative and parts[0].equals(0):
        return None
    result = expression.func(*parts)
    return result if result.is_finite and result.is_extended_real else None


def ratio(claim: Relational, instance: Instance) -> sympy.Expr:
    """Return the smaller side of an inequality over the larger one, exactly.

    Raises
    ------
    Unproved
        If it is not below one and at least zero.
    """
    small, large = (value(side, instance) for side in (claim.lts, claim.gts))
    if small is None or large is None or not 0 <= small < large:
        raise Unproved(f"need 0 <= {small} < {large} in a loose instance at {named(instance)}")
    return sympy.radsimp(small / large)


def named(instance: Mapping[sympy.Symbol, object]) -> str:
    """Return numbers by the names of their symbols."""
    return ", ".join(f"{symbol} = {value}" for symbol, value in instance.items())

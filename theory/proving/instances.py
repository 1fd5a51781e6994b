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
    """Check in exact arithmetic that hypotheses imply nothing at an instance.

    Either all of them hold and the claim does not, or one of them has no value there, and those
    that have one hold. As in the proofs, integer symbols are real numbers.

    Raises
    ------
    Unproved
        If it is not so.
    """
    defined = [relation for relation in given if has_value(relation, instance)]
    require_admitted(defined, instance, whole=False)
    if len(defined) == len(given) and holds(claim, instance):
        raise Unproved(f"need a violation of {claim}, got {named(instance)}")


def has_value(relation: sympy.Basic, instance: Instance) -> bool:
    """Tell whether every side of a relation has a real value at exact numbers."""
    if isinstance(relation, sympy.And | sympy.Or):
        return all(has_value(part, instance) for part in relation.args)
    return all(value(side, instance) is not None for side in relation.args)


def require_admitted(
    given: Sequence[sympy.Basic],
    instance: Instance,
    *,
    closed: bool = False,
    whole: bool = True,
) -> None:
    """Check in exact arithmetic that an instance meets hypotheses and assumptions on symbols.

    Raises
    ------
    Unproved
        If it does not, or leaves a symbol open. If `closed`, ``<`` counts as ``≤``, and a positive
        symbol may be zero. If not `whole`, an integer symbol may be any real number.
    """
    for symbol, number in instance.items():
        exact = sympy.sympify(number)
        if whole and symbol.is_integer and not exact.is_integer:
            raise Unproved(f"need an instance with an integer {symbol}, got {number}")
        if not _signed(symbol, exact, closed=closed):
            sign = "positive" if symbol.is_positive else "nonnegative"
            raise Unproved(f"need an instance with a {sign} {symbol}, got {number}")
    relaxed = {sympy.Lt: sympy.Le, sympy.Gt: sympy.Ge}
    for relation in given:
        if closed and isinstance(relation, sympy.Lt | sympy.Gt):
            relation = relaxed[type(relation)](*relation.args)
        if not holds(relation, instance):
            raise Unproved(f"need an instance with {relation}, got {named(instance)}")


def _signed(symbol: sympy.Symbol, number: sympy.Expr, *, closed: bool) -> bool:
    """Tell whether a number has the sign that sympy assumes of a symbol."""
    if symbol.is_positive and not closed:
        return bool(number > 0)
    return bool(number >= 0) if symbol.is_nonnegative else True


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

    Raises
    ------
    Unproved
        If a symbol has no number.
    """
    if expression.is_Symbol:
        if expression not in instance:
            raise Unproved(f"need a number for {expression}, got {named(instance)}")
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

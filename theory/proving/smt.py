"""Write relations between expressions as SMT-LIB, with the conditions on their having a value.

The variables are real. What sympy assumes of a symbol's sign is a hypothesis; of an integer symbol
it is assumed that it is at least one if it is positive, and nothing else.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import sympy
from sympy.core.relational import Relational

_RELATIONS: dict[type[Relational], str] = {
    sympy.Eq: "=",
    sympy.Ne: "distinct",
    sympy.Lt: "<",
    sympy.Le: "<=",
    sympy.Gt: ">",
    sympy.Ge: ">=",
}


class Condition(NamedTuple):
    """A condition under which an expression has a real value."""

    says: str
    """The condition in words."""
    term: str
    """The condition as an SMT-LIB term."""


class Problem:
    """Terms of SMT-LIB over common variables, one for each symbol and each square root.

    Symbols of one name but different assumptions are different variables, as in sympy.
    """

    def __init__(self) -> None:
        self.variables: dict[sympy.Symbol, str] = {}
        self.roots: dict[sympy.Expr, str] = {}
        self.conditions: list[Condition] = []
        """That denominators are not zero and radicands not negative, inner ones first."""
        self.guarded: list[str] = []
        """What is known of each square root if its radicand is not negative."""

    def formula(self, formula: sympy.Basic) -> str:
        """Translate a relation, or a conjunction or disjunction of relations.

        Raises
        ------
        TypeError
            If it is none, or an expression in it is no rational function with square roots,
            absolute values, minima and maxima of real symbols.
        """
        if isinstance(formula, sympy.And | sympy.Or):
            join = "and" if isinstance(formula, sympy.And) else "or"
            return _term(join, [self.formula(part) for part in formula.args])
        if isinstance(formula, Relational):
            sides = [self.number(formula.lhs), self.number(formula.rhs)]
            return _term(_RELATIONS[type(formula)], sides)
        if formula in (sympy.true, sympy.false):
            return "true" if formula else "false"
        raise TypeError(f"need a relation, got {formula} of type {type(formula).__name__}")

    def number(self, expression: sympy.Expr) -> str:
        """Translate an expression; conditions on its value are added to `conditions`."""
        if expression.is_Rational:
            return _rational(expression)
        if expression.is_Symbol:
            return self._variable(expression)
        if expression.is_Add:
            return _term("+", [self.number(part) for part in expression.args])
        if expression.is_Mul:
            return _term("*", [self.number(part) for part in expression.args])
        if expression.is_Pow and expression.exp.is_Rational and expression.exp.q in (1, 2):
            return self._power(expression.base, expression.exp)
        if isinstance(expression, sympy.Abs):
            inner = self.number(expression.args[0])
            return f"(ite (>= {inner} 0.0) {inner} (- {inner}))"
        if isinstance(expression, sympy.Min | sympy.Max):
            return self._extreme("<=" if isinstance(expression, sympy.Min) else ">=", expression)
        raise TypeError(f"need sums, products and square roots, got {expression}")

    def _variable(self, symbol: sympy.Symbol) -> str:
        if symbol.is_extended_real is False:
            raise TypeError(f"need a real symbol, got {symbol}")
        return self.variables.setdefault(symbol, f"v{len(self.variables)}")

    def _power(self, base: sympy.Expr, exponent: sympy.Rational) -> str:
        number = self.number(base)
        if exponent.q == 2:
            number = self._root(base, number)
        power = _term("*", [number] * abs(int(exponent.p)))
        if exponent > 0:
            return power
        condition = Condition(f"{base} != 0", f"(distinct {number} 0.0)")
        self.conditions.append(condition)
        return f"(/ 1.0 {power})"

    def _root(self, radicand: sympy.Expr, number: str) -> str:
        if radicand not in self.roots:
            root = self.roots[radicand] = f"root{len(self.roots)}"
            defined = f"(and (>= {root} 0.0) (= (* {root} {root}) {number}))"
            if radicand.is_Rational and radicand >= 0:
                self.guarded.append(defined)
            else:
                # Below zero the root is any number, so that nothing follows from it.
                self.conditions.append(Condition(f"{radicand} >= 0", f"(>= {number} 0.0)"))
                self.guarded.append(f"(=> (>= {number} 0.0) {defined})")
        return self.roots[radicand]

    def _extreme(self, compared: str, expression: sympy.Expr) -> str:
        first, *others = (self.number(part) for part in expression.args)
        for other in others:
            first = f"(ite ({compared} {first} {other}) {first} {other})"
        return first

    def assumed(self) -> list[str]:
        """Return what sympy assumes of the symbols that occur."""
        return [
            term for symbol, name in self.variables.items() for term in _assumptions(symbol, name)
        ]

    def instance(self, model: Mapping[str, sympy.Expr]) -> dict[sympy.Symbol, sympy.Expr]:
        """Return the numbers of a model by symbol; a number that it leaves open is one."""
        return {
            symbol: model.get(name, sympy.Integer(1)) for symbol, name in self.variables.items()
        }

    def text(self, assertions: Iterable[str]) -> str:
        """Return a script that declares all variables and asserts the terms."""
        names = (*self.variables.values(), *self.roots.values())
        declared = [f"(declare-const {name} Real)" for name in names]
        return "\n".join([*declared, *(f"(assert {term})" for term in assertions)])


def _assumptions(symbol: sympy.Symbol, name: str) -> list[str]:
    # A positive integer is at least one.
    if symbol.is_positive:
        return [f"(>= {name} 1.0)" if symbol.is_integer else f"(> {name} 0.0)"]
    if symbol.is_nonnegative:
        return [f"(>= {name} 0.0)"]
    return []


def _rational(number: sympy.Rational) -> str:
    size = f"(/ {abs(number.p)}.0 {number.q}.0)" if number.q != 1 else f"{abs(number.p)}.0"
    return f"(- {size})" if number < 0 else size


def _term(operator: str, parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"({operator} {' '.join(parts)})"

"""Prove rows of the ledger: identities by sympy, inequalities by z3, instances exactly.

Every proof states its hypotheses and shows that they can be met. Hypotheses that contradict each
other raise an error, because they would imply anything.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import sympy
import z3
from sympy.core.relational import Relational

MILLISECONDS = 20_000
"""The time after which z3 gives up, which is an error and not a verdict."""


class Unproved(Exception):
    """A proof that does not go through."""


class Outcome(NamedTuple):
    """The result of a check.

    Attributes
    ----------
    verdict
        ``definition``, ``assumption``, ``proved``, ``verified``, ``refuted`` or ``not applicable``.
    method
        The way of proof: sympy identity, SMT over the reals, exact enumeration, measured runs.
    evidence
        The instance, the counterexample or the margin, which a reader can check.
    hypotheses
        The hypotheses of the verdict.
    """

    verdict: str
    method: str
    evidence: str
    hypotheses: tuple[str, ...] = ()


class Step(NamedTuple):
    """One inequality of the paper.

    Attributes
    ----------
    claim
        The inequality, ``≤`` or ``≥`` between two expressions.
    given
        The relations that imply it.
    equality
        Values at which both sides are equal and not zero.
    """

    claim: Relational
    given: tuple[Relational, ...]
    equality: Mapping[sympy.Symbol, sympy.Rational | int]

    def prove(self) -> str:
        """Prove the claim, and that no smaller factor suffices; return the equality in words.

        Raises
        ------
        Unproved
            If the claim does not follow, or is no equality in the instance.
        """
        implied(self.claim, self.given)
        for relation in self.given:
            if relation.subs(self.equality) != sympy.true:
                raise Unproved(f"need an instance with {relation}, got {_written(self.equality)}")
        if self.claim.lhs.subs(self.equality) == 0:
            raise Unproved(f"need sides that are not zero, got {_written(self.equality)}")
        return tight(self.claim, self.equality)


def identity(left: sympy.Expr, right: sympy.Expr) -> None:
    """Prove that two expressions are equal wherever both are defined.

    Raises
    ------
    Unproved
        With the difference that is left.
    """
    # A difference at one point spares the simplification, which may take long.
    _differ_nowhere(left - right)
    difference = sympy.expand(left - right)
    # A common denominator shows most identities; `simplify` would try much else before.
    if sympy.expand(sympy.numer(sympy.together(difference))) == 0:
        return
    difference = sympy.simplify(difference)
    if difference != 0:
        difference = sympy.factor(sympy.radsimp(difference))
    if difference != 0:
        raise Unproved(f"need equal expressions, got a difference of {difference}")


def _differ_nowhere(difference: sympy.Expr) -> None:
    """Refuse a difference that is not zero at a point of distinct primes."""
    symbols = sorted(difference.free_symbols, key=str)
    # Primes suit integer symbols too, and no small sum of these primes is another of them.
    point = {symbol: sympy.prime(7 + 3 * place) for place, symbol in enumerate(symbols)}
    value = sympy.N(difference.subs(point), 30)
    if value.is_number and value.is_finite and abs(value) > sympy.Float("1e-15"):
        raise Unproved(f"need equal expressions, got a difference of {value} at {_written(point)}")


def implied(claim: sympy.Basic, given: Sequence[sympy.Basic]) -> Mapping[sympy.Symbol, str]:
    """Prove by z3 that hypotheses over the reals imply a claim.

    Parameters
    ----------
    claim, given
        Relations between rational functions and square roots of real symbols. The assumptions of
        sympy about a symbol (positive, nonnegative) are hypotheses too. Denominators must be
        nonzero under the hypotheses, which is proved first.

    Returns
    -------
    An instance that meets the hypotheses.

    Raises
    ------
    Unproved
        If there is a counterexample, the hypotheses contradict each other, or z3 gives up.
    """
    translation = _Translation()
    hypotheses = [translation.relation(relation) for relation in given]
    wanted = translation.relation(claim)
    symbols = set[sympy.Symbol]().union(*(relation.free_symbols for relation in (claim, *given)))
    hypotheses += [known for symbol in symbols for known in translation.assumed(symbol)]
    hypotheses += translation.defining
    instance = _model(hypotheses)
    if instance is None:
        raise Unproved(
            f"need hypotheses that can be met, got {[str(relation) for relation in given]}"
        )
    for denominator in translation.denominators:
        if _model([*hypotheses, denominator == 0]) is not None:
            raise Unproved(f"need a denominator that is not zero, got {denominator}")
    counterexample = _model([*hypotheses, z3.Not(wanted)])
    if counterexample is not None:
        raise Unproved(f"need {claim}, got the counterexample {translation.named(counterexample)}")
    return translation.named(instance)


def tight(relation: Relational, instance: Mapping[sympy.Symbol, sympy.Rational | int]) -> str:
    """Show that an inequality is an equality in one exact instance; return it in words.

    If the inequality is loosened by any factor, this equality fails; if it is tightened, its proof
    fails.
    """
    difference = sympy.simplify((relation.lhs - relation.rhs).subs(instance))
    if difference != 0:
        raise Unproved(f"need equality at {_written(instance)}, got a difference of {difference}")
    return f"equality at {_written(instance)}"


def violated(left: sympy.Expr, right: sympy.Expr) -> str:
    """Show that ``left ≤ right`` fails in an exact instance; return it in words.

    Raises
    ------
    Unproved
        If it holds.
    """
    left, right = sympy.sympify(left), sympy.sympify(right)
    if not bool(left > right):
        raise Unproved(f"need a violated inequality, got {left} <= {right}")
    return f"{left} > {right}"


def _written(instance: Mapping[sympy.Symbol, object]) -> str:
    return ", ".join(f"{symbol} = {value}" for symbol, value in instance.items())


def _model(constraints: Sequence[z3.BoolRef]) -> z3.ModelRef | None:
    """Return numbers that meet all constraints, or None if there are none."""
    solver = z3.Solver()
    solver.set("timeout", MILLISECONDS)
    solver.add(*constraints)
    answer = solver.check()
    if answer == z3.unknown:
        raise Unproved(f"need a decision of z3, got {solver.reason_unknown()}")
    return solver.model() if answer == z3.sat else None


class _Translation:
    """A translation from sympy to z3; a square root becomes a variable defined by its square."""

    def __init__(self) -> None:
        self.variables: dict[sympy.Symbol, z3.ArithRef] = {}
        self.roots: dict[sympy.Expr, z3.ArithRef] = {}
        self.defining: list[z3.BoolRef] = []
        self.denominators: list[z3.ArithRef] = []

    def relation(self, formula: sympy.Basic) -> z3.BoolRef:
        """Translate a relation, or a conjunction or disjunction of relations."""
        if isinstance(formula, sympy.And | sympy.Or):
            join = z3.And if isinstance(formula, sympy.And) else z3.Or
            return join(*(self.relation(part) for part in formula.args))
        if isinstance(formula, Relational):
            left, right = self.number(formula.lhs), self.number(formula.rhs)
            compared = {
                sympy.Eq: left == right,
                sympy.Ne: left != right,
                sympy.Lt: left < right,
                sympy.Le: left <= right,
                sympy.Gt: left > right,
                sympy.Ge: left >= right,
            }
            return compared[type(formula)]
        if formula in (sympy.true, sympy.false):
            return z3.BoolVal(bool(formula))
        raise TypeError(f"need a relation, got {formula} of type {type(formula).__name__}")

    def number(self, expression: sympy.Expr) -> z3.ArithRef:
        """Translate a rational function with square roots."""
        if expression.is_Rational:
            return z3.RealVal(str(expression))
        if expression.is_Symbol:
            return self.variables.setdefault(expression, z3.Real(expression.name))
        if expression.is_Add:
            return z3.Sum(*(self.number(part) for part in expression.args))
        if expression.is_Mul:
            return z3.Product(*(self.number(part) for part in expression.args))
        if expression.is_Pow and expression.exp.is_Rational and expression.exp.q in (1, 2):
            base = (
                self.number(expression.base)
                if expression.exp.q == 1
                else self._root(expression.base)
            )
            power = z3.Product(*[base] * abs(int(expression.exp.p)))
            if expression.exp > 0:
                return power
            self.denominators.append(base)
            return 1 / power
        raise TypeError(f"need sums, products and square roots, got {expression}")

    def _root(self, radicand: sympy.Expr) -> z3.ArithRef:
        if radicand not in self.roots:
            root = z3.Real(f"root{len(self.roots)}")
            self.roots[radicand] = root
            self.defining += [root >= 0, root * root == self.number(radicand)]
        return self.roots[radicand]

    def assumed(self, symbol: sympy.Symbol) -> list[z3.BoolRef]:
        """Return the constraints on the reals that sympy assumes of a symbol."""
        variable = self.variables.setdefault(symbol, z3.Real(symbol.name))
        if symbol.is_positive:
            # A positive integer is at least one.
            return [variable >= 1] if symbol.is_integer else [variable > 0]
        return [variable >= 0] if symbol.is_nonnegative else []

    def named(self, model: z3.ModelRef) -> dict[sympy.Symbol, str]:
        """Return the value of every symbol in a model."""
        return {
            symbol: str(model.eval(variable, model_completion=True))
            for symbol, variable in self.variables.items()
        }

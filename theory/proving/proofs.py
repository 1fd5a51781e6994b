"""What proves a row of the ledger: identities by sympy, inequalities by z3, instances exactly.

Every proof states its hypotheses and shows that they can be met; a proof from hypotheses that
cannot is an error, because it would prove anything.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import sympy
import z3
from sympy.core.relational import Relational

MILLISECONDS = 20_000
"""After which z3 gives up: an error, not a verdict."""


class Unproved(Exception):
    """A proof that does not go through."""


class Outcome(NamedTuple):
    """What a check found.

    Attributes
    ----------
    verdict
        ``definition``, ``assumption``, ``proved``, ``verified``, ``refuted`` or ``not applicable``.
    method
        How: sympy identity, SMT over the reals, exact enumeration, quadrature, measured runs.
    evidence
        What a reader can check: the instance, the counterexample, the margin.
    hypotheses
        What it rests on.
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
        What it says, ``≤`` or ``≥`` between two expressions.
    given
        Under which relations.
    equality
        Values under which both sides are equal and not zero.
    """

    claim: Relational
    given: tuple[Relational, ...]
    equality: Mapping[sympy.Symbol, sympy.Rational | int]

    def prove(self) -> str:
        """Prove the claim and that no factor can be saved; return the equality in words.

        Raises
        ------
        Unproved
            Where the claim does not follow, or is no equality in the instance.
        """
        implied(self.claim, self.given)
        for one in self.given:
            if one.subs(self.equality) != sympy.true:
                raise Unproved(f"need an instance with {one}, got {_written(self.equality)}")
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
    # What differs at one point need not be simplified, which may take long.
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
    """Refuse a difference that is not zero at a point of different primes."""
    symbols = sorted(difference.free_symbols, key=str)
    # Primes of which no small sum is another one, and integers for those that must be.
    point = {symbol: sympy.prime(7 + 3 * place) for place, symbol in enumerate(symbols)}
    value = sympy.N(difference.subs(point), 30)
    if value.is_number and value.is_finite and abs(value) > sympy.Float("1e-15"):
        raise Unproved(f"need equal expressions, got a difference of {value} at {_written(point)}")


def implied(claim: sympy.Basic, given: Sequence[sympy.Basic]) -> Mapping[sympy.Symbol, str]:
    """Prove by z3 that hypotheses over the reals imply a claim.

    Parameters
    ----------
    claim, given
        Relations between rational functions and square roots of real symbols. What sympy assumes
        of a symbol (positive, nonnegative) is a hypothesis too. Denominators must be nonzero under
        the hypotheses, which is proved first.

    Returns
    -------
    An instance that meets the hypotheses.

    Raises
    ------
    Unproved
        With a counterexample; where the hypotheses contradict each other; where z3 gives up.
    """
    translation = _Translation()
    hypotheses = [translation.relation(one) for one in given]
    wanted = translation.relation(claim)
    symbols = set[sympy.Symbol]().union(*(one.free_symbols for one in (claim, *given)))
    hypotheses += [one for symbol in symbols for one in translation.assumed(symbol)]
    hypotheses += translation.defining
    instance = _model(hypotheses)
    if instance is None:
        raise Unproved(f"need hypotheses that can be met, got {[str(one) for one in given]}")
    for denominator in translation.denominators:
        if _model([*hypotheses, denominator == 0]) is not None:
            raise Unproved(f"need a denominator that is not zero, got {denominator}")
    counterexample = _model([*hypotheses, z3.Not(wanted)])
    if counterexample is not None:
        raise Unproved(f"need {claim}, got the counterexample {translation.named(counterexample)}")
    return translation.named(instance)


def tight(relation: Relational, instance: Mapping[sympy.Symbol, sympy.Rational | int]) -> str:
    """Show that an inequality is an equality in one exact instance; return it in words.

    An inequality that is loosened, by whatever factor, loses this equality; one that is tightened
    loses its proof.
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
        Where it holds after all.
    """
    left, right = sympy.sympify(left), sympy.sympify(right)
    if not bool(left > right):
        raise Unproved(f"need a violated inequality, got {left} <= {right}")
    return f"{left} > {right}"


def _written(instance: Mapping[sympy.Symbol, object]) -> str:
    return ", ".join(f"{symbol} = {value}" for symbol, value in instance.items())


def _model(constraints: Sequence[z3.BoolRef]) -> z3.ModelRef | None:
    """Return numbers that meet all constraints, None where there are none."""
    solver = z3.Solver()
    solver.set("timeout", MILLISECONDS)
    solver.add(*constraints)
    answer = solver.check()
    if answer == z3.unknown:
        raise Unproved(f"need a decision of z3, got {solver.reason_unknown()}")
    return solver.model() if answer == z3.sat else None


class _Translation:
    """From sympy to z3; square roots become fresh variables that are defined by their squares."""

    def __init__(self) -> None:
        self.variables: dict[sympy.Symbol, z3.ArithRef] = {}
        self.roots: dict[sympy.Expr, z3.ArithRef] = {}
        self.defining: list[z3.BoolRef] = []
        self.denominators: list[z3.ArithRef] = []

    def relation(self, one: sympy.Basic) -> z3.BoolRef:
        """Translate a relation, or a conjunction or disjunction of relations."""
        if isinstance(one, sympy.And | sympy.Or):
            join = z3.And if isinstance(one, sympy.And) else z3.Or
            return join(*(self.relation(part) for part in one.args))
        if isinstance(one, Relational):
            left, right = self.number(one.lhs), self.number(one.rhs)
            compared = {
                sympy.Eq: left == right,
                sympy.Ne: left != right,
                sympy.Lt: left < right,
                sympy.Le: left <= right,
                sympy.Gt: left > right,
                sympy.Ge: left >= right,
            }
            return compared[type(one)]
        if one in (sympy.true, sympy.false):
            return z3.BoolVal(bool(one))
        raise TypeError(f"need a relation, got {one} of type {type(one).__name__}")

    def number(self, one: sympy.Expr) -> z3.ArithRef:
        """Translate a rational function, square roots in it included."""
        if one.is_Rational:
            return z3.RealVal(str(one))
        if one.is_Symbol:
            return self.variables.setdefault(one, z3.Real(one.name))
        if one.is_Add:
            return z3.Sum(*(self.number(part) for part in one.args))
        if one.is_Mul:
            return z3.Product(*(self.number(part) for part in one.args))
        if one.is_Pow and one.exp.is_Rational and one.exp.q in (1, 2):
            base = self.number(one.base) if one.exp.q == 1 else self._root(one.base)
            power = z3.Product(*[base] * abs(int(one.exp.p)))
            if one.exp > 0:
                return power
            self.denominators.append(base)
            return 1 / power
        raise TypeError(f"need sums, products and square roots, got {one}")

    def _root(self, radicand: sympy.Expr) -> z3.ArithRef:
        if radicand not in self.roots:
            root = z3.Real(f"root{len(self.roots)}")
            self.roots[radicand] = root
            self.defining += [root >= 0, root * root == self.number(radicand)]
        return self.roots[radicand]

    def assumed(self, symbol: sympy.Symbol) -> list[z3.BoolRef]:
        """Return what sympy assumes of a symbol, as far as the reals know it."""
        variable = self.variables.setdefault(symbol, z3.Real(symbol.name))
        if symbol.is_positive:
            # An integer that is positive is at least one.
            return [variable >= 1] if symbol.is_integer else [variable > 0]
        return [variable >= 0] if symbol.is_nonnegative else []

    def named(self, model: z3.ModelRef) -> dict[sympy.Symbol, str]:
        """Return the value of every symbol in a model."""
        return {
            symbol: str(model.eval(variable, model_completion=True))
            for symbol, variable in self.variables.items()
        }

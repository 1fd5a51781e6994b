"""Prove rows of the ledger: implications, inductions and identities that are data, and instances.

Every implication states its hypotheses, and shows that they can be met: hypotheses that contradict
each other would imply anything. It also says how far it is from an equality, so that neither a
hypothesis nor the conclusion can change unnoticed. Whatever a row proves is recorded.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, NamedTuple

import sympy
from sympy.core.relational import Relational

from theory.proving.deciding import implied
from theory.proving.instances import Instance, Unproved, named, ratio, require_admitted


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
    scope
        Of a proof: ``general``, or ``instances with a written argument``.
    kind
        Of a refutation: what is wrong, one of `theory.proving.statement.KINDS`.
    """

    verdict: str
    method: str
    evidence: str
    hypotheses: tuple[str, ...] = ()
    scope: str = ""
    kind: str = ""


_NONE: Mapping[Any, Any] = MappingProxyType({})


class Act(NamedTuple):
    """What one step of a proof shows.

    Attributes
    ----------
    kind
        ``implication``, ``identity`` or ``instance``.
    says
        What is shown, in words or as a formula.
    step
        The implication, if it is one.
    """

    kind: str
    says: str
    step: "Step | None" = None


_ACTS: ContextVar[list[Act] | None] = ContextVar("acts", default=None)


@contextmanager
def recorded() -> Iterator[list[Act]]:
    """Record what is shown inside the block, in order."""
    acts: list[Act] = []
    token = _ACTS.set(acts)
    try:
        yield acts
    finally:
        _ACTS.reset(token)


def _record(kind: str, says: str, step: "Step | None" = None) -> None:
    acts = _ACTS.get()
    if acts is not None:
        acts.append(Act(kind, says, step))


class Step(NamedTuple):
    """An implication between relations of real numbers, and how far it is from an equality.

    Attributes
    ----------
    claim
        The conclusion: an inequality or an equation.
    given
        The hypotheses, none of which can be left out. The assumptions of sympy about symbols
        (positive, nonnegative) are hypotheses too.
    equality
        An instance at which both sides of an inequality are equal. It meets the hypotheses; of a
        strict inequality it meets them with ``≤`` for ``<`` and with zero for positive symbols.
    loose
        Instead of `equality`: the instance with the largest ratio of both sides that is known.
    needed
        For a hypothesis, by its place: an instance at which it alone fails, and the claim too.
        Where it is not given, a solver finds one.
    """

    claim: Relational
    given: tuple[sympy.Basic, ...] = ()
    equality: Instance = _NONE
    loose: Instance = _NONE
    needed: Mapping[int, Instance] = _NONE

    def prove(self) -> str:
        """Prove the claim, and how far it is from an equality; return the latter in words.

        Raises
        ------
        Unproved
            If the claim does not follow, or the instance is not what it is said to be.
        """
        implied(self.claim, self.given)
        nearness = self._nearness()
        _record("implication", f"{self.written()}  [{nearness}]", self)
        return nearness

    def written(self) -> str:
        """Return the implication as text."""
        given = ", ".join(str(relation) for relation in self.given)
        return f"{self.claim}" + (f"  if  {given}" if given else "")

    def _nearness(self) -> str:
        if isinstance(self.claim, sympy.Eq) or self.claim == sympy.true:
            if self.equality or self.loose:
                raise Unproved(f"need no instance for {self.claim}, got one")
            return "an equation"
        if bool(self.equality) == bool(self.loose):
            got = "both" if self.loose else "neither"
            raise Unproved(f"need an equality or a loose instance of {self.claim}, got {got}")
        instance = self.equality or self.loose
        strict = isinstance(self.claim, sympy.Lt | sympy.Gt)
        require_admitted(self.given, instance, closed=strict and bool(self.equality))
        if self.loose:
            return f"at most {ratio(self.claim, instance)} of what is allowed at {named(instance)}"
        difference = sympy.simplify((self.claim.lhs - self.claim.rhs).subs(instance))
        if difference != 0:
            raise Unproved(f"need equality at {named(instance)}, got a difference of {difference}")
        if 0 not in self.claim.args and self.claim.lhs.subs(instance) == 0:
            raise Unproved(f"need sides that are not zero, got {named(instance)}")
        return f"{'approaches ' if strict else ''}equality at {named(instance)}"


class Induction(NamedTuple):
    """A relation for every number of terms: it holds for the first, and each one more keeps it.

    Attributes
    ----------
    claim
        The relation between the sums so far.
    start
        The sums at the start.
    grows
        The sums after one more term.
    given
        What is known of each term, and of the first one.
    equality, loose, needed
        As in `Step`, for the step from a number of terms to the next; the claim itself is its
        hypothesis number 0.
    """

    claim: Relational
    start: Mapping[sympy.Symbol, sympy.Expr | int]
    grows: Mapping[sympy.Symbol, sympy.Expr]
    given: tuple[sympy.Basic, ...] = ()
    equality: Instance = _NONE
    loose: Instance = _NONE
    needed: Mapping[int, Instance] = _NONE

    def first(self) -> tuple[sympy.Basic, tuple[sympy.Basic, ...]]:
        """Return the claim at the start, and the hypotheses that speak of its symbols alone."""
        claim = self.claim.subs(self.start, simultaneous=True)
        known = claim.free_symbols
        return claim, tuple(fact for fact in self.given if fact.free_symbols <= known)

    def step(self) -> Step:
        """Return the implication from a number of terms to the next."""
        after = self.claim.subs(self.grows, simultaneous=True)
        given = (self.claim, *self.given)
        return Step(after, given, self.equality, self.loose, self.needed)

    def prove(self) -> str:
        """Prove the start and the step; return in words how far the step is from an equality."""
        claim, given = self.first()
        implied(claim, given)
        _record("start", f"{claim} at {named(self.start)}")
        return self.step().prove()


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
    if sympy.expand(sympy.numer(sympy.together(difference))) != 0:
        difference = sympy.simplify(difference)
        if difference != 0:
            raise Unproved(f"need equal expressions, got a difference of {difference}")
    _record("identity", f"{left} = {right}")


def _differ_nowhere(difference: sympy.Expr) -> None:
    """Refuse a difference that is not zero at a point of distinct primes."""
    symbols = sorted(difference.free_symbols, key=str)
    # Primes suit integer symbols too, and no small sum of these primes is another of them.
    point = {symbol: sympy.prime(7 + 3 * place) for place, symbol in enumerate(symbols)}
    value = sympy.N(difference.subs(point), 30)
    if value.is_number and value.is_finite and abs(value) > sympy.Float("1e-15"):
        raise Unproved(f"need equal expressions, got a difference of {value} at {named(point)}")


def need(met: object, says: str, got: object) -> None:
    """Check an exact instance of a proof.

    Raises
    ------
    Unproved
        If it is not met; the message has what is needed and what is there.
    """
    if met not in (True, sympy.true):
        raise Unproved(f"need {says}, got {got}")
    _record("instance", says)


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
    _record("instance", f"{left} > {right}")
    return f"{left} > {right}"


def tightened(step: Step) -> Relational:
    """Return an inequality with a thousandth less allowed than occurs at its instance.

    Of a claim against zero the thousandth is absolute.
    """
    small, large = step.claim.lts, step.claim.gts
    less = sympy.Lt if isinstance(step.claim, sympy.Lt | sympy.Gt) else sympy.Le
    if step.loose:
        large *= ratio(step.claim, step.loose)
    share = abs(large) if 0 not in (small, large) else sympy.Integer(1)
    return less(small, large - share / 1000, evaluate=False)

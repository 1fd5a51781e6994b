"""Decide by a solver whether hypotheses imply a claim, and find exact counterexamples."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import sympy

from theory.proving.instances import Unproved, named, require_violation
from theory.proving.smt import Problem
from theory.proving.solvers import Answer, Solver, by_z3


def implied(
    claim: sympy.Basic, given: Sequence[sympy.Basic], solver: Solver = by_z3
) -> dict[sympy.Symbol, sympy.Expr]:
    """Prove that hypotheses over the reals imply a claim.

    Parameters
    ----------
    claim, given
        Relations that `theory.proving.smt` can translate. Denominators must not be zero and
        radicands not negative under the hypotheses, which is proved first.
    solver
        The solver to ask.

    Returns
    -------
    An instance that meets the hypotheses.

    Raises
    ------
    Unproved
        If there is a counterexample, the hypotheses contradict each other, or the solver gives up.
    """
    questions = Questions.of(claim, given)
    possible = _decided(solver, questions.possible)
    if not possible.met:
        raise Unproved(f"need hypotheses that can be met, got {[str(part) for part in given]}")
    for says, script in questions.conditions.items():
        if _decided(solver, script).met:
            raise Unproved(f"need {says}, which the hypotheses do not imply")
    violation = _decided(solver, questions.violated)
    if violation.met:
        at = named(questions.problem.instance(violation.model))
        raise Unproved(f"need {claim}, got the counterexample {at}")
    return questions.problem.instance(possible.model)


class Questions(NamedTuple):
    """Scripts for a solver which together decide an implication.

    Attributes
    ----------
    problem
        The variables of the scripts.
    possible
        Whether the hypotheses can be met; it must be so.
    conditions
        By the wanted condition in words: whether a denominator can be zero or a radicand negative;
        it must not be so.
    violated
        Whether the claim can be false; it must not be so.
    """

    problem: Problem
    possible: str
    conditions: Mapping[str, str]
    violated: str

    @classmethod
    def of(cls, claim: sympy.Basic, given: Sequence[sympy.Basic]) -> "Questions":
        """Return the questions of one implication."""
        problem = Problem()
        hypotheses = [problem.formula(relation) for relation in given]
        defined = [condition.term for condition in problem.conditions]
        wanted = problem.formula(claim)
        known = [*hypotheses, *problem.assumed(), *problem.guarded]
        conditions = {
            condition.says: problem.text([*known, f"(not {condition.term})"])
            for condition in problem.conditions
        }
        values = [condition.term for condition in problem.conditions]
        possible = problem.text([*known, *defined])
        violated = problem.text([*known, *values, f"(not {wanted})"])
        return cls(problem, possible, conditions, violated)


def _decided(solver: Solver, script: str) -> Answer:
    answer = solver(script)
    if answer.met is None:
        raise Unproved(f"need a decision of the solver, got {answer.reason}")
    return answer


def counterexample(
    claim: sympy.Basic, given: Sequence[sympy.Basic], solver: Solver = by_z3
) -> dict[sympy.Symbol, sympy.Expr]:
    """Return exact numbers at which hypotheses imply nothing, as `require_violation` has it.

    Raises
    ------
    Unproved
        If there are none, the solver gives up, or its numbers fail in exact arithmetic.
    """
    questions = Questions.of(claim, given)
    answers = [solver(script) for script in (questions.violated, *questions.conditions.values())]
    for answer in answers:
        if answer.met:
            instance = questions.problem.instance(answer.model)
            require_violation(claim, given, instance)
            return instance
    unknown = [answer.reason for answer in answers if answer.met is None]
    got = f"no decision ({unknown[0]})" if unknown else "none"
    raise Unproved(f"need a counterexample to {claim}, got {got}")

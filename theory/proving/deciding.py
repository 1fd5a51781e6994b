"""Decide by a solver whether hypotheses imply a claim, and find exact counterexamples."""

from collections.abc import Sequence

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
    problem = Problem()
    hypotheses = [problem.formula(relation) for relation in given]
    wanted = problem.formula(claim)
    known = [*hypotheses, *problem.assumed(), *problem.guarded]
    values = [condition.term for condition in problem.conditions]
    instance = _answer(problem, [*known, *values], solver)
    if not instance.met:
        raise Unproved(f"need hypotheses that can be met, got {[str(part) for part in given]}")
    for condition in problem.conditions:
        if _answer(problem, [*known, f"(not {condition.term})"], solver).met:
            raise Unproved(
                f"need {condition.says} under the hypotheses, of which it does not follow"
            )
    answer = _answer(problem, [*known, *values, f"(not {wanted})"], solver)
    if answer.met:
        raise Unproved(f"need {claim}, got the counterexample {named(_by_symbol(problem, answer))}")
    return _by_symbol(problem, instance)


def _answer(problem: Problem, assertions: Sequence[str], solver: Solver) -> Answer:
    answer = solver(problem.text(assertions))
    if answer.met is None:
        raise Unproved(f"need a decision of the solver, got {answer.reason}")
    return answer


def _by_symbol(problem: Problem, answer: Answer) -> dict[sympy.Symbol, sympy.Expr]:
    """Return the numbers of a model; a variable that it leaves open is one."""
    return {
        symbol: answer.model.get(name, sympy.Integer(1))
        for symbol, name in problem.variables.items()
    }


def counterexample(
    claim: sympy.Basic, given: Sequence[sympy.Basic], solver: Solver = by_z3
) -> dict[sympy.Symbol, sympy.Expr]:
    """Return exact numbers that meet all hypotheses, at which a claim is false or has no value.

    Raises
    ------
    Unproved
        If there are none, the solver gives up, or its numbers fail in exact arithmetic.
    """
    problem = Problem()
    known = [problem.formula(relation) for relation in given]
    of_hypotheses = [condition.term for condition in problem.conditions]
    wanted = problem.formula(claim)
    known += [*problem.assumed(), *problem.guarded, *of_hypotheses]
    values = [condition.term for condition in problem.conditions]
    fails = [*values, f"(not {wanted})"]
    undefined = f"(not (and true {' '.join(values)}))"
    answers = [solver(problem.text([*known, *case])) for case in (fails, [undefined])]
    for answer in answers:
        if answer.met:
            instance = _by_symbol(problem, answer)
            require_violation(claim, given, instance)
            return instance
    unknown = [answer.reason for answer in answers if answer.met is None]
    got = f"no decision ({unknown[0]})" if unknown else "none"
    raise Unproved(f"need a counterexample to {claim}, got {got}")

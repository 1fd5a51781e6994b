"""A second solver decides the ledger's implications again, and disagreement is told."""

import sympy
from sympy import Ge, Gt, Le

from theory import second_solver
from theory.ledger import ROWS
from theory.proving.proofs import Step
from theory.proving.solvers import Answer, by_cvc5, by_z3
from theory.second_solver import Implication, Opinion, implications, opinion, report

x, y = sympy.symbols("x y", real=True)


def test_cvc5_agrees_on_implications_of_the_ledger():
    # `make prove` asks for all of them, and counts what is decided within its limit of time.
    opinions = [opinion(proved.step, by_cvc5).follows for proved in implications(ROWS[::10])]
    assert False not in opinions
    assert True in opinions


def test_an_opinion_covers_conditions_and_the_claim():
    for solver in (by_z3, by_cvc5):
        assert opinion(Step(Le(x, y), (Le(x + 1, y),)), solver).follows
        assert opinion(Step(Le(x, y), (Le(x - 1, y),)), solver).follows is False
        # A denominator that may be zero.
        assert opinion(Step(Gt(1 / x, 0), (Ge(x, 0),)), solver).follows is False


def test_what_is_undecided_is_no_opinion_unless_a_violation_is_found():
    step = Step(Gt(1 / x, 0), (Gt(x, 0),))
    answers = iter([Answer(met=None, reason="hard"), Answer(met=False)])
    assert opinion(step, lambda _: next(answers)).follows is None
    answers = iter([Answer(met=None, reason="hard"), Answer(met=True)])
    assert opinion(step, lambda _: next(answers)).follows is False


def test_the_report_counts_and_lists(monkeypatch, capsys):
    proved = [Implication(f"U{place}-0", Step(Le(x, y), (Le(x + place, y),))) for place in range(3)]
    yes, no, unknown = (
        Opinion(follows=follows, seconds=seconds)
        for follows, seconds in [(True, 1.0), (False, 2.0), (None, 4.0)]
    )
    text = report([(proved[0], yes, yes), (proved[1], yes, unknown), (proved[2], yes, no)])
    assert text.splitlines() == [
        "3 implications, 2 decided by cvc5 too",
        "z3 3.0 s, cvc5 7.0 s",
        "undecided by cvc5: U1-0: x <= y  if  x + 1 <= y",
        "DISAGREE: U2-0: x <= y  if  x + 2 <= y",
    ]
    monkeypatch.setattr(second_solver, "implications", lambda: proved)
    assert second_solver.main() == 0
    monkeypatch.setattr(second_solver, "by_cvc5", lambda _: Answer(met=True))
    assert second_solver.main() == 1
    assert "DISAGREE: U0-0" in capsys.readouterr().out

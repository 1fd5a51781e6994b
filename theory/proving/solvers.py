"""Ask a solver of real arithmetic whether SMT-LIB assertions can be met together."""

import importlib
import multiprocessing
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

import sympy
import z3

MILLISECONDS = 20_000
"""The time after which a solver gives up, which is an error and not a verdict."""


CVC5_MILLISECONDS = 4_000
"""The same for the second solver, whose silence is no error."""


class Answer(NamedTuple):
    """The answer of a solver.

    Attributes
    ----------
    met
        True if numbers meet the assertions, False if none do, None if the solver gave up.
    reason
        Why it gave up.
    model
        Exact numbers by name of variable, if the solver gives them.
    """

    met: bool | None
    reason: str = ""
    model: Mapping[str, sympy.Expr] = {}


Solver: TypeAlias = Callable[[str], Answer]
"""A function of an SMT-LIB script without ``check-sat``."""


def by_z3(script: str) -> Answer:
    """Ask z3."""
    solver = z3.Solver()
    solver.set("timeout", MILLISECONDS)
    solver.add(z3.parse_smt2_string(script))
    answer = solver.check()
    if answer == z3.unknown:
        return Answer(met=None, reason=str(solver.reason_unknown()))
    if answer == z3.unsat:
        return Answer(met=False)
    model = solver.model()
    # Functions in a model, such as division by zero, are no numbers.
    numbers = [name for name in model.decls() if name.arity() == 0]
    return Answer(met=True, model={name.name(): _exact(model[name]) for name in numbers})


def _exact(number: Any) -> sympy.Expr:
    """Return a number of a model: a fraction, or a root of a polynomial."""
    if z3.is_rational_value(number):
        return sympy.Rational(number.numerator_as_long(), number.denominator_as_long())
    x = sympy.Symbol("x")
    coefficients = [sympy.Rational(str(coefficient)) for coefficient in number.poly()]
    polynomial = sympy.Poly(coefficients[::-1], x)
    # Both count real roots upwards, z3 from one.
    return sympy.CRootOf(polynomial, number.index() - 1)


def by_cvc5(script: str) -> Answer:
    """Ask cvc5, which ``make prove`` and the tests have and a study does not need.

    It runs in a process of its own, because not all that it does heeds its own limit of time.
    """
    importlib.import_module("cvc5")  # once, before processes are forked
    here = multiprocessing.get_context("fork")
    receiver, sender = here.Pipe(duplex=False)
    process = here.Process(target=_send_answer, args=(script, sender), daemon=True)
    process.start()
    sender.close()
    answer = "timeout"
    if receiver.poll(CVC5_MILLISECONDS / 1000 + 1):
        try:
            answer = receiver.recv()
        except EOFError:
            answer = "cvc5 ended without an answer"
    process.kill()
    process.join()
    met = {"sat": True, "unsat": False}.get(answer)
    return Answer(met, "" if met is not None else answer)


def _send_answer(script: str, sender: Any) -> None:
    cvc5: Any = importlib.import_module("cvc5")
    solver = cvc5.Solver(cvc5.TermManager())
    solver.setOption("tlimit-per", str(CVC5_MILLISECONDS))
    parser = cvc5.InputParser(solver)
    text = f"(set-logic QF_NRA)\n{script}\n(check-sat)"
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "proof")
    answer = ""
    while not (command := parser.nextCommand()).isNull():
        answer = str(command.invoke(solver, parser.getSymbolManager())).strip() or answer
    sender.send(answer)

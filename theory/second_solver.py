"""Let a second solver, cvc5, decide again every implication that the rows of the ledger prove.

``make prove`` runs this module. It prints both solvers' times, and ends with exit code 1 if they
disagree anywhere. What cvc5 leaves undecided is counted and listed; it is no disagreement.
"""

import io
import sys
import time
from collections.abc import Sequence
from typing import NamedTuple

from theory.ledger import ROWS
from theory.proving.deciding import Questions
from theory.proving.proofs import Step, recorded
from theory.proving.solvers import Solver, by_cvc5, by_z3
from theory.proving.statement import Statement


class Implication(NamedTuple):
    """An implication that a row of the ledger proves.

    Attributes
    ----------
    name
        The row's name, and the place of the implication in its proof, from zero.
    step
        The implication.
    """

    name: str
    step: Step


class Opinion(NamedTuple):
    """What a solver says of an implication.

    Attributes
    ----------
    follows
        Whether the claim follows, and has a value; None if the solver does not decide it.
    seconds
        Wall time.
    """

    follows: bool | None
    seconds: float


def implications(rows: Sequence[Statement] = ROWS) -> list[Implication]:
    """Return every implication that the checks of rows prove, in order."""
    found = []
    for row in rows:
        with recorded() as acts:
            row.check()
        steps = [act.step for act in acts if act.step is not None]
        found += [Implication(f"{row.name}-{place}", step) for place, step in enumerate(steps)]
    return found


def opinion(step: Step, solver: Solver) -> Opinion:
    """Ask one solver whether a claim can be without a value or false under its hypotheses."""
    start = time.perf_counter()
    questions = Questions.of(step.claim, step.given)
    answers = {
        solver(script).met for script in (*questions.conditions.values(), questions.violated)
    }
    follows = None if None in answers else True not in answers
    # A violation decides, whatever else is undecided.
    return Opinion(False if True in answers else follows, time.perf_counter() - start)


def report(both: Sequence[tuple[Implication, Opinion, Opinion]]) -> str:
    """Return both solvers' verdicts and times as text, with what they disagree on."""
    undecided = [proved for proved, _, second in both if second.follows is None]
    apart = [
        proved for proved, first, second in both if {first.follows, second.follows} == {True, False}
    ]
    times = (sum(first.seconds for _, first, _ in both), sum(second.seconds for *_, second in both))
    lines = [
        f"{len(both)} implications, {len(both) - len(undecided)} decided by cvc5 too",
        f"z3 {times[0]:.1f} s, cvc5 {times[1]:.1f} s",
        *(f"undecided by cvc5: {name}: {step.written()}" for name, step in undecided),
        *(f"DISAGREE: {name}: {step.written()}" for name, step in apart),
    ]
    return "\n".join(lines)


def main() -> int:
    """Ask both solvers and return the exit code."""
    both = [
        (proved, opinion(proved.step, by_z3), opinion(proved.step, by_cvc5))
        for proved in implications()
    ]
    text = report(both)
    # Formulas have letters that the encoding of a shell may lack.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.stdout.write(f"{text}\n")
    return int("DISAGREE" in text)


if __name__ == "__main__":
    sys.exit(main())

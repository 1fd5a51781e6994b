"""Define a statement of the ledger with its proof, and decide statements in a valid order."""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from types import ModuleType
from typing import NamedTuple

import sympy

from theory.proving.instances import Unproved
from theory.proving.proofs import Act, Outcome, recorded
from theory.proving.symbols import Printed

VERDICTS = ("definition", "assumption", "proved", "verified", "refuted", "not applicable")
SCOPES = ("general", "instances with a written argument")
"""What a proof covers by machine: every size, or some sizes beside an argument in words."""

KINDS = ("error", "misprint", "edge case", "outside its own hypotheses", "our text")
"""What is wrong with a refuted statement.

An *error* is false as meant; a *misprint* is false as printed and true as meant; an *edge case* is
false at the border of its hypotheses alone; *outside its own hypotheses* it is false where the
paper's own setting does not meet them; *our text* has it, and the print may not.
"""

FORMS = (
    "definition",
    "assumption",
    "identity",
    "inequality",
    "chain",
    "expectation",
    "constant",
    "remark",
)


@dataclass(frozen=True)
class Statement:
    """One row of the ledger; a call decides it.

    Attributes
    ----------
    name
        The equation's printed number, or for example ``T1.1`` for a row of Table I, ``R1`` for a
        remark, ``U1`` for an unnumbered step.
    place
        The place in the paper.
    form
        One of `FORMS`.
    says
        The statement in words.
    latex
        The statement as a formula: the proved expression, or LaTeX text if there is none.
    uses
        Names of the statements that this one uses.
    test
        The test, ``file::function``, that fails if the statement or its code is wrong.
    check
        Function that decides this statement alone and takes the used ones for granted; it raises
        `Unproved` if a proof fails.
    """

    name: str
    place: str
    form: str
    says: str
    latex: Printed
    uses: tuple[str, ...]
    test: str
    check: Callable[[], Outcome]

    def __post_init__(self) -> None:
        """Refuse attributes that a slip of the pen makes.

        Raises
        ------
        ValueError
            Says which, and what is needed.
        """
        if not re.fullmatch(r"\d+|T1\.\d+|[RUSK]\d+", self.name):
            needed = "an equation's number, T1.1 to T1.6, or R, U, S or K with a number"
            raise ValueError(f"need {needed} for a statement, got {self.name!r}")
        if self.form not in FORMS:
            raise ValueError(
                f"need a form among {', '.join(FORMS)} for {self.name}, got {self.form}"
            )
        if not isinstance(self.uses, tuple):
            raise ValueError(f"need a tuple of names that {self.name} uses, got {self.uses!r}")
        if self.latex in (sympy.true, sympy.false):
            needed = f"a formula for {self.name} that sympy does not evaluate (evaluate=False)"
            raise ValueError(f"need {needed}, got {self.latex}")

    def __call__(self) -> Outcome:
        """Decide the statement alone."""
        return self.check()


def statement(
    name: str,
    *,
    place: str,
    form: str,
    says: str,
    latex: Printed,
    uses: tuple[str, ...] = (),
    test: str,
) -> Callable[[Callable[[], Outcome]], Statement]:
    """Return a decorator that turns a check into a `Statement` with these attributes."""

    def decorated(check: Callable[[], Outcome]) -> Statement:
        return Statement(name, place, form, says, latex, uses, test, check)

    return decorated


def rows_of(module: ModuleType) -> tuple[Statement, ...]:
    """Return the statements that a module defines, in the order of its source."""
    rows = (value for value in vars(module).values() if isinstance(value, Statement))
    return tuple(row for row in rows if row.check.__module__ == module.__name__)


def order_of_proof(rows: Sequence[Statement]) -> list[Statement]:
    """Sort statements so that each comes after the statements that it uses.

    Raises
    ------
    ValueError
        If a name occurs twice, a statement uses one that is not among `rows`, or some use each
        other.
    """
    twice = [name for name, count in Counter(row.name for row in rows).items() if count > 1]
    if twice:
        raise ValueError(f"need every statement once, got {', '.join(twice)} more than once")
    known = {row.name: row for row in rows}
    for row in rows:
        unknown = [name for name in row.uses if name not in known]
        if unknown:
            raise ValueError(f"need statements of the ledger, got {row.name} using {unknown[0]}")
    sorter = TopologicalSorter({row.name: row.uses for row in rows})
    try:
        return [known[name] for name in sorter.static_order()]
    except CycleError as cycle:
        # The cycle lists each statement before the one that uses it.
        circle = " uses ".join(reversed(cycle.args[1]))
        raise ValueError(f"need statements that do not use each other, got {circle}") from None


def with_used(rows: Sequence[Statement], names: Iterable[str]) -> list[Statement]:
    """Return the named statements and all that they use, directly or not, in the order of rows.

    Examples
    --------
    >>> from theory.ledger import ROWS
    >>> [row.name for row in with_used(ROWS, ["U10"])]
    ['2', '3', '4', '5', '10', 'U5', '42', 'U10']
    """
    known, wanted, waiting = {row.name: row for row in rows}, set[str](), list(names)
    while waiting:
        name = waiting.pop()
        if name not in wanted:
            wanted.add(name)
            waiting += known[name].uses
    return [row for row in rows if row.name in wanted]


class Decision(NamedTuple):
    """The outcome of a check, its duration in seconds, and what the proof shows step by step."""

    outcome: Outcome
    seconds: float
    acts: tuple[Act, ...] = ()


def decide(rows: Sequence[Statement]) -> dict[str, Decision]:
    """Decide each statement once, after the statements that it uses; return decisions by name.

    Raises
    ------
    Unproved
        If a proof fails, or uses a statement that is refuted.
    ValueError
        As `order_of_proof`, or if a verdict is not one of `VERDICTS`, a proof has no scope of
        `SCOPES`, or a refutation no kind of `KINDS`.
    """
    decisions: dict[str, Decision] = {}
    for row in order_of_proof(rows):
        start = time.perf_counter()
        with recorded() as acts:
            outcome = row.check()
        decisions[row.name] = Decision(outcome, time.perf_counter() - start, tuple(acts))
        _require_judged(row.name, outcome)
        if outcome.verdict == "proved":
            false = [name for name in row.uses if decisions[name].outcome.verdict == "refuted"]
            if false:
                raise Unproved(f"need true statements under {row.name}, got {false[0]}, refuted")
    return decisions


def _require_judged(name: str, outcome: Outcome) -> None:
    needed = {
        "verdict": VERDICTS,
        "scope": SCOPES if outcome.verdict == "proved" else ("",),
        "kind": KINDS if outcome.verdict == "refuted" else ("",),
    }
    for attribute, allowed in needed.items():
        given = getattr(outcome, attribute)
        if given not in allowed:
            told = ", ".join(value or "none" for value in allowed)
            raise ValueError(f"need as {attribute} of {name} one of {told}, got {given!r}")

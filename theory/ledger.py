"""The ledger lists every statement of the paper with its verdict, in the paper's order."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from theory.beyond import (
    coordinate_rules_proofs,
    krum_proofs,
    message_rules_proofs,
    primed_theorems_proofs,
    second_eigenvalue,
    update_error_proofs,
)
from theory.paper import (
    definitions,
    descent_proofs,
    lemma1_proofs,
    lemma2_expectation,
    lemma2_proofs,
    redundancy,
    remark1,
    remarks,
    rho,
    table1_proofs,
    theorem1_proofs,
    theorem2_proofs,
    threshold,
)
from theory.proving.statement import Statement, decide, rows_of
from theory.proving.symbols import latex
from theory.proving.tables import csv_text

MODULES = (
    definitions,
    table1_proofs,
    theorem1_proofs,
    rho,
    threshold,
    descent_proofs,
    theorem2_proofs,
    redundancy,
    remarks,
    lemma1_proofs,
    remark1,
    lemma2_expectation,
    lemma2_proofs,
    coordinate_rules_proofs,
    message_rules_proofs,
    krum_proofs,
    second_eigenvalue,
    update_error_proofs,
    primed_theorems_proofs,
)
"""The modules in the paper's order; those beyond the paper come last.

Within a module an unnumbered statement stands after the equation it belongs to.
"""

ROWS: tuple[Statement, ...] = tuple(row for module in MODULES for row in rows_of(module))

ANCHORS = {"T1": 7, "R2": 32, "R3": 40, "R4": 40, "R5": 40}
"""Where a module's first row has no number: the equation it follows in print."""

EQUATIONS = tuple(str(number) for number in range(1, 53))
CONSTANTS = tuple(f"T1.{number}" for number in range(1, 7))


class LedgerRow(NamedTuple):
    """One row of the ledger; ``equations.csv`` has all columns but ``seconds``, which vary."""

    equation: str
    place: str
    form: str
    statement: str
    formula: str
    verdict: str
    scope: str
    """Of a proved row, what the machine covers: ``general``, or instances with an argument."""
    kind: str
    """Of a refuted row, what is wrong."""
    method: str
    hypotheses: str
    rests_on: str
    """Names of the statements that this one uses, joined by semicolons."""
    evidence: str
    test: str
    seconds: float


def ledger(rows: Sequence[Statement] = ROWS) -> list[LedgerRow]:
    """Decide every statement and return the rows in the paper's order.

    Each statement is decided after the statements that it uses.

    Raises
    ------
    Unproved
        If a proof fails.
    ValueError
        If a name occurs twice, a used name is unknown, statements use each other, or a verdict is
        not one of `theory.proving.statement.VERDICTS`.
    """
    decisions = decide(rows)
    decided = []
    for row in in_order(rows):
        outcome, seconds, _ = decisions[row.name]
        statement_fields = (row.name, row.place, row.form, row.says, latex(row.latex))
        judged = (outcome.verdict, outcome.scope, outcome.kind, outcome.method)
        grounds = ("; ".join(outcome.hypotheses), "; ".join(row.uses), outcome.evidence)
        decided.append(LedgerRow(*statement_fields, *judged, *grounds, row.test, seconds))
    return decided


def in_order(rows: Iterable[Statement]) -> list[Statement]:
    """Sort rows by equation; a row without a number follows the equation before it."""
    keyed, after = [], 0
    for row in rows:
        numbered = row.name.isdigit()
        anchor = ANCHORS.get(row.name.partition(".")[0])
        after = int(row.name) if numbered else after if anchor is None else anchor
        keyed.append((after, not numbered, row))
    # Stable: unnumbered rows after one equation keep their order.
    return [row for *_, row in sorted(keyed, key=lambda entry: entry[:2])]


def require_complete(names: Iterable[str]) -> None:
    """Check that every equation and every row of Table I occurs exactly once.

    Raises
    ------
    ValueError
        If a name is missing, repeated, or no name of a statement; the message tells which.
    """
    counts = Counter(names)
    for name in (*EQUATIONS, *CONSTANTS):
        if counts[name] != 1:
            raise ValueError(f"need ({name}) exactly once, got it {counts[name]} times")
    for name, count in counts.items():
        known = name in EQUATIONS or name in CONSTANTS
        if not known and (count > 1 or not re.fullmatch(r"[RUSK]\d+", name)):
            raise ValueError(
                f"need equations 1 to 52, T1.1 to T1.6, or R, U, S and K with a number, each once, "
                f"got {name!r} {count} times"
            )


def ledger_csv(rows: Sequence[LedgerRow]) -> str:
    """Return the ledger as CSV text without the seconds, so that every run gives the same bytes."""
    return csv_text((row[:-1] for row in rows), LedgerRow._fields[:-1])

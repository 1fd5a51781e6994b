"""The ledger: every statement of the paper, decided, in the paper's order."""

import csv
import io
import re
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from theory.beyond import primed_theorems, second_eigenvalue, true_constants_proofs, update_error
from theory.paper import (
    definitions,
    lemma1_proofs,
    lemma2_proofs,
    remarks,
    table1_proofs,
    theorem1,
    theorem2,
)
from theory.proving.proofs import Row

ROWS: tuple[Row, ...] = (
    *definitions.ROWS,
    *table1_proofs.ROWS,
    *theorem1.ROWS,
    *theorem2.ROWS,
    *remarks.ROWS,
    *lemma1_proofs.ROWS,
    *lemma2_proofs.ROWS,
    *true_constants_proofs.ROWS,
    *second_eigenvalue.ROWS,
    *update_error.ROWS,
    *primed_theorems.ROWS,
)
"""In every module an unnumbered statement stands after the equation it belongs to; what is not in
the paper comes last."""

VERDICTS = ("definition", "assumption", "proved", "verified", "refuted", "not applicable")

ANCHORS = {"T1": 7, "R2": 32, "R3": 40, "R4": 40, "R5": 40}
"""After which equation what opens a module without one is printed: Table I, four remarks."""

EQUATIONS = tuple(str(number) for number in range(1, 53))
CONSTANTS = tuple(f"T1.{number}" for number in range(1, 7))


class LedgerRow(NamedTuple):
    """One line of ``equations.csv``; all but ``seconds``, which differ between runs."""

    equation: str
    place: str
    kind: str
    statement: str
    formula: str
    verdict: str
    method: str
    hypotheses: str
    evidence: str
    test: str
    seconds: float


def ledger(rows: Sequence[Row] = ROWS) -> list[LedgerRow]:
    """Run every check; return the outcomes in the paper's order.

    Raises
    ------
    Unproved
        Where a proof that should go through does not.
    ValueError
        For a name that occurs twice or a verdict that is none.
    """
    twice = [name for name, count in Counter(row.name for row in rows).items() if count > 1]
    if twice:
        raise ValueError(f"need every statement once, got {', '.join(twice)} more than once")
    return [_decided(row) for row in in_order(rows)]


def _decided(row: Row) -> LedgerRow:
    start = time.perf_counter()
    verdict, method, evidence, hypotheses = row.check()
    seconds = time.perf_counter() - start
    if verdict not in VERDICTS:
        raise ValueError(f"need one of {', '.join(VERDICTS)} for {row.name}, got {verdict!r}")
    text = "; ".join(hypotheses)
    said = (row.name, row.place, row.kind, row.states, row.formula)
    return LedgerRow(*said, verdict, method, text, evidence, row.test, seconds)


def in_order(rows: Iterable[Row]) -> list[Row]:
    """Sort by equation; what has no number follows the equation that stands before it."""
    keyed, after = [], 0
    for row in rows:
        numbered = row.name.isdigit()
        anchor = ANCHORS.get(row.name.partition(".")[0])
        after = int(row.name) if numbered else after if anchor is None else anchor
        keyed.append((after, not numbered, row))
    # Stable: unnumbered rows after one equation keep their order.
    return [row for *_, row in sorted(keyed, key=lambda entry: entry[:2])]


def require_complete(names: Iterable[str]) -> None:
    """Check that every equation and every row of Table I is there exactly once.

    Raises
    ------
    ValueError
        With what is missing, there more than once, or no statement of the paper.
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
    """Write the ledger as CSV, without the seconds: the same bytes in every run."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(LedgerRow._fields[:-1])
    writer.writerows(row[:-1] for row in rows)
    return text.getvalue()

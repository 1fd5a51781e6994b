"""Write every proof of the ledger step by step, as a page of the documentation.

``python -m theory.written_proofs > docs/site/reference/proofs.md`` writes it; a test compares the
page with what the ledger proves, so that no step of a proof can go or change unseen.
"""

import io
import re
import sys
from collections.abc import Iterator, Sequence

from theory.ledger import ROWS, in_order
from theory.proving.statement import Decision, Statement, decide
from theory.proving.symbols import latex

_HEAD = """# Proofs, step by step

Each row of the ledger with all that the machine shows for it, in the order of the proof: every
implication with its hypotheses, decided over the reals; every identity; every instance, in exact
arithmetic. An implication also says where it is an equality, or how near it comes to one. What
connects the steps in words is the row's evidence.
"""


def page(rows: Sequence[Statement] = ROWS) -> str:
    """Decide rows of the ledger and return their proofs as Markdown.

    Raises
    ------
    Unproved
        If a proof fails.
    """
    return _HEAD + "".join(sections(rows).values())


def sections(rows: Sequence[Statement]) -> dict[str, str]:
    """Decide rows, all that they use among them, and return the part of each on the page by name.

    Raises
    ------
    Unproved
        If a proof fails.
    """
    decisions = decide(rows)
    return {row.name: _row(row, decisions[row.name]) for row in in_order(rows)}


def _row(row: Statement, decision: Decision) -> str:
    outcome = decision.outcome
    verdict = ", ".join(filter(None, (outcome.verdict, outcome.scope, outcome.kind)))
    rests = f"; rests on {', '.join(row.uses)}" if row.uses else ""
    steps = "\n".join(_steps(decision))
    formula = f"formula: {latex(row.latex)}"
    shown = f"\n```text\n{formula}\n{steps}\n```\n" if steps else f"\n```text\n{formula}\n```\n"
    says = row.says[0].upper() + row.says[1:]
    evidence = re.sub(r"([\\`*_<>\[\]|])", r"\\\1", outcome.evidence)
    return f"\n## {row.name}: {verdict}\n\n{says} ({row.place}{rests}).\n{shown}\n{evidence}.\n"


def _steps(decision: Decision) -> Iterator[str]:
    for act in decision.acts:
        yield f"{act.kind}: {act.says}"


if __name__ == "__main__":
    # The page is UTF-8 wherever it is written.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    sys.stdout.write(page())

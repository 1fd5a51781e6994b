"""The page of proofs is what the ledger proves: no step goes or changes unseen."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from sympy import Le, symbols

from theory import written_proofs
from theory.ledger import MODULES, ROWS, in_order
from theory.proving.proofs import Outcome, Step, need
from theory.proving.statement import decide, rows_of, statement

ROOT = Path(__file__).parents[2]
a, b = symbols("a b", real=True)


@pytest.fixture(scope="module")
def decisions():
    return decide(ROWS)


PAGE = (ROOT / "docs" / "site" / "reference" / "proofs.md").read_text(encoding="utf-8")
PUBLISHED = dict(re.findall(r"^\n## ([^:\n]+)(:.*?\n)(?=\n## |\Z)", PAGE, re.DOTALL | re.MULTILINE))
WRITE = "python -m theory.written_proofs > docs/site/reference/proofs.md"


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_the_page_is_what_the_ledger_proves(module):
    for row in rows_of(module):
        # Alone, because what it uses is on the page for itself.
        alone = replace(row, uses=())
        section = written_proofs.sections([alone])[row.name]
        rests = f"; rests on {', '.join(row.uses)}" if row.uses else ""
        written = section.replace(f"({row.place})", f"({row.place}{rests})", 1)
        assert written == f"\n## {row.name}{PUBLISHED[row.name]}", (
            f"{row.name} has changed: {WRITE}"
        )


def test_the_page_has_every_row_once_in_order():
    assert [*PUBLISHED] == [row.name for row in in_order(ROWS)], WRITE


def test_every_proof_and_refutation_shows_something(decisions):
    for name, decision in decisions.items():
        if decision.outcome.verdict in ("proved", "refuted"):
            assert decision.acts, name


def test_every_step_is_on_the_page():
    @statement("U1", place="here", form="chain", says="it holds", latex="x = 1", test="")
    def row():
        Step(Le(2 * a * b, a**2 + b**2), (), {a: 1, b: 1}).prove()
        need(met=True, says="an instance", got=0)
        return Outcome("proved", "SMT", "by *two* steps", scope="general")

    *_, text = written_proofs.page([row]).partition("## U1")
    assert text.splitlines() == [
        ": proved, general",
        "",
        "It holds (here).",
        "",
        "```text",
        "formula: x = 1",
        "implication: 2*a*b <= a**2 + b**2  [equality at a = 1, b = 1]",
        "instance: an instance",
        "```",
        "",
        r"by \*two\* steps.",
    ]

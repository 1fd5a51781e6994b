"""The page of proofs is what the ledger proves: no step goes or changes unseen."""

from pathlib import Path

import pytest
from sympy import Le, symbols

from theory import written_proofs
from theory.ledger import ROWS
from theory.proving.proofs import Outcome, Step, need
from theory.proving.statement import decide, statement

ROOT = Path(__file__).parents[2]
a, b = symbols("a b", real=True)


@pytest.fixture(scope="module")
def decisions():
    return decide(ROWS)


def test_the_page_is_what_the_ledger_proves():
    page = (ROOT / "docs" / "site" / "reference" / "proofs.md").read_text(encoding="utf-8")
    written = "python -m theory.written_proofs > docs/site/reference/proofs.md"
    assert page == written_proofs.page(), f"a proof has changed: read what changed, then {written}"


def test_every_proof_and_refutation_shows_something(decisions):
    for name, decision in decisions.items():
        if decision.outcome.verdict in ("proved", "refuted"):
            assert decision.acts, name


def test_every_step_is_on_the_page():
    @statement("U1", place="here", form="chain", says="it holds", latex="", test="")
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
        "implication: 2*a*b <= a**2 + b**2  [equality at a = 1, b = 1]",
        "instance: an instance",
        "```",
        "",
        r"by \*two\* steps.",
    ]

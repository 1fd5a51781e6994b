"""Test that the ledger is complete, ordered and reproducible, and that its pointers resolve."""

import ast
import csv
import io
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from theory.ledger import CONSTANTS, EQUATIONS, ROWS, in_order, ledger, ledger_csv, require_complete
from theory.paper import lemma1_proofs, table1_proofs
from theory.proving.instances import Unproved
from theory.proving.proofs import Outcome
from theory.proving.statement import VERDICTS, rows_of, statement, with_used

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def rows():
    return ledger()


def test_every_row_is_decided_and_says_why(rows):
    assert [row.equation for row in rows] == [row.name for row in in_order(ROWS)]
    for row in rows:
        assert row.verdict in VERDICTS
        assert row.evidence
        assert row.method
        assert row.seconds >= 0


def test_what_is_refuted_is_known(rows):
    refuted = {row.equation for row in rows if row.verdict == "refuted"}
    own = {"T1.1", "T1.4", "U2", "U7", "U8", "U14", "U15", "U16"}
    assert own <= refuted


def test_order_is_the_papers(rows):
    names = [row.equation for row in rows]
    numbers = [int(name) for name in names if name.isdigit()]
    assert numbers == sorted(numbers)
    for before, after in [("7", "T1.1"), ("T1.6", "8"), ("14", "R1"), ("R1", "15"), ("52", "U17")]:
        assert names.index(before) < names.index(after)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_pointer_leads_to_a_test(row):
    file, _, function = row.test.partition("::")
    defined = {
        node.name
        for node in ast.parse((ROOT / file).read_text()).body
        if isinstance(node, ast.FunctionDef)
    }
    assert function in defined
    assert function.startswith("test_")


def test_every_row_names_what_it_rests_on(rows):
    names = [row.equation for row in rows]
    rests_on = {row.equation: row.rests_on.split("; ") if row.rests_on else [] for row in rows}
    assert all(name in names for used in rests_on.values() for name in used)
    # Theorem 1 uses (31), which is (30) over its factor, and both lemmas.
    under = {row.name for row in with_used(ROWS, ["18"])}
    assert {"31", "30", "28", "27", "26", "16", "12", "52", "44", "9", "10", "11"} <= under
    assert not under & {"33", "34", "U4", "T1.1"}


NAMED = {"Assumption 1": "9", "Assumption 2": "10", "Assumption 3": "11", "Lemma 1": "12"}
NAMED |= {"Assumptions 1-3": "9 10 11", "Assumptions 1 and 3": "9 11", "Definition 1": "7"}


def test_what_a_row_assumes_is_under_it(rows):
    named = 0
    for row in rows:
        assumed = set(re.findall(r"\((\d+)\)|\b([SU]\d+|T1\.\d)\b", row.hypotheses))
        wanted = {number or name for number, name in assumed}
        wanted |= {n for words, ns in NAMED.items() if words in row.hypotheses for n in ns.split()}
        assert wanted <= {used.name for used in with_used(ROWS, [row.equation])}, row.equation
        named += len(wanted)
    assert named > 40


def test_csv_parses_back_without_the_seconds(rows):
    parsed = list(csv.DictReader(io.StringIO(ledger_csv(rows))))
    assert [tuple(record.values()) for record in parsed] == [row[:-1] for row in rows]
    assert "seconds" not in parsed[0]
    assert list(parsed[0])[:4] == ["equation", "place", "form", "statement"]


def test_csv_has_the_same_bytes_in_another_process(rows):
    code = "from theory.ledger import *; print(ledger_csv(ledger()), end='')"
    process = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "4", "PYTHONUTF8": "1"},
        capture_output=True,
        check=True,
    )
    assert process.stdout.decode() == ledger_csv(rows)


def test_every_statement_is_there_once_and_numbered_without_gaps():
    names = [row.name for row in ROWS]
    require_complete(names)
    for letter in "RU":
        numbers = sorted(int(name[1:]) for name in names if name.startswith(letter))
        assert numbers == list(range(1, len(numbers) + 1))


PURE = {"argparse", "collections", "csv", "dataclasses", "difflib", "fractions"}
PURE |= {"functools", "graphlib"}
PURE |= {"contextlib", "contextvars", "importlib", "io", "multiprocessing", "itertools", "types"}
PURE |= {"json", "math", "numbers", "re", "signal", "sys", "time", "typing"}
PURE |= {"mpmath", "numpy", "pandas", "scipy", "sympy", "theory", "xarray", "z3"}


def reached(node):
    """Return the packages that a node imports, and ``open`` if it calls that."""
    if isinstance(node, ast.Import):
        return {alias.name.partition(".")[0] for alias in node.names}
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, "need absolute imports, got a relative one"
        return {node.module.partition(".")[0]}
    if not isinstance(node, ast.Call):
        return set()
    called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    called = node.func.id if isinstance(node.func, ast.Name) else called
    return {called} & {"open", "read_text", "write_text", "open_dataset", "read_csv", "to_netcdf"}


@pytest.mark.parametrize(
    "path", sorted((ROOT / "theory").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT))
)
def test_theory_knows_neither_the_simulation_nor_files(path):
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    assert set().union(*map(reached, nodes)) <= PURE


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("from cradl.store import save", "cradl"),
        ("import pathlib", "pathlib"),
        ("open('x')", "open"),
    ],
)
def test_a_module_that_reaches_out_is_caught(code, what):
    used = set().union(*map(reached, ast.walk(ast.parse(code))))
    assert what in used - PURE


COMPLETE = [*EQUATIONS, *CONSTANTS, "R1", "U1"]


def test_a_complete_list_is_accepted():
    require_complete(COMPLETE)
    assert len(EQUATIONS) == 52


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([name for name in COMPLETE if name != "37"], r"need \(37\) exactly once, got it 0 times"),
        ([name for name in COMPLETE if name != "T1.6"], r"need \(T1.6\) exactly once, got it 0"),
        ([*COMPLETE, "12"], r"need \(12\) exactly once, got it 2 times"),
        ([*COMPLETE, "U1"], "got 'U1' 2 times"),
        ([*COMPLETE, "53"], "got '53' 1 times"),
        ([*COMPLETE, "T1.7"], "got 'T1.7' 1 times"),
        ([], r"need \(1\) exactly once, got it 0 times"),
    ],
)
def test_gaps_are_refused(names, message):
    with pytest.raises(ValueError, match=message):
        require_complete(names)


def row(name, verdict="proved"):
    made = statement(name, place="", form="identity", says="", latex="", test="")
    return made(lambda: Outcome(verdict, "none", "none", scope="general"))


def test_unnumbered_rows_follow_their_equation():
    rows = [row(name) for name in ("41", "U9", "R2", "U8", "T1.1", "T1.2", "12", "U3", "U2", "7")]
    expected = "7 T1.1 T1.2 12 U3 U2 R2 U8 41 U9"
    assert " ".join(row.name for row in in_order(rows)) == expected


def test_faulty_rows_are_refused():
    with pytest.raises(ValueError, match="need every statement once, got 12 more than once"):
        ledger([row("12"), row("12")])
    with pytest.raises(ValueError, match=r"need as verdict of 12 one of definition, .*'true'"):
        ledger([row("12", verdict="true")])


def test_a_proof_that_fails_stops_the_ledger(monkeypatch):
    broken = lemma1_proofs.PRINTED["13"] * 2
    monkeypatch.setitem(lemma1_proofs.PRINTED, "13", broken)
    with pytest.raises(Unproved):
        ledger(with_used(ROWS, ["13"]))


def test_rows_of_table_one_stand_in_its_order():
    assert tuple(row.name for row in rows_of(table1_proofs)) == CONSTANTS


def test_the_site_counts_what_is_proved(rows):
    ours = [row for row in rows if row.equation[0] in "KS"]
    papers = [row for row in rows if row.equation[0] not in "KS"]
    counts = Counter((row.verdict, row.scope or row.kind) for row in papers)
    text = (ROOT / "docs/site/explanation/findings.md").read_text(encoding="utf-8")
    text = " ".join(text.split())
    refuted = sum(count for (verdict, _), count in counts.items() if verdict == "refuted")
    given = counts["definition", ""] + counts["assumption", ""]
    for says in (
        f"{counts['proved', 'general']} proved for every size (none at fixed sizes alone)",
        f"{refuted} refuted exactly ({counts['refuted', 'error']} errors, "
        f"{counts['refuted', 'edge case']} edge cases, "
        f"{counts['refuted', 'outside its own hypotheses']} outside the paper's own hypotheses, "
        f"{counts['refuted', 'our text']} in our text",
        f"{given} definitions and assumptions, {counts['not applicable', '']} left to runs",
        f"{len(ours)} rows more, all proved for every size",
    ):
        assert says in text
    assert {row.scope for row in rows if row.verdict == "proved"} == {"general"}
    page = (ROOT / "docs/site/explanation/theory.md").read_text(encoding="utf-8")
    assert "at present all are general" in page

"""Faults in a toy module are killed, survive, or are stopped; its file is never touched."""

from pathlib import Path

import pytest
from mutants.trial import outcome

SOURCE = """
def least(values):
    best = values[0]
    for one in values:
        if one < best:
            best = one
    return best
"""
TEST = """
from toy.least import least

def test_least():
    assert least([3, 1, 2]) == 1
"""


@pytest.fixture
def toy(tmp_path):
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "least.py").write_text(SOURCE, encoding="utf-8")
    (tmp_path / "test_least.py").write_text(TEST, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\npythonpath = .\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("", "", "survived"),
        ("one < best", "one > best", "killed"),
        ("values[0]", "values[9]", "killed"),
        ("def least", "de least", "killed"),
        # Equal values are equal: nobody can tell.
        ("one < best", "one <= best", "survived"),
        ("best = one", "values.append(one)", "timed out"),
    ],
)
def test_outcomes(toy, before, after, expected):
    path = Path("toy/least.py")
    mutated = SOURCE.replace(before, after, 1) if before else SOURCE
    limit = 3 if expected == "timed out" else 120
    state, _ = outcome(toy, path, mutated, ("test_least.py",), limit=limit)
    assert state == expected
    assert (toy / path).read_text(encoding="utf-8") == SOURCE


def test_tests_that_are_not_there_are_no_success(toy):
    state, _ = outcome(toy, Path("toy/least.py"), SOURCE, ("test_other.py",), limit=120)
    assert state == "killed"

"""The page for reviewers names claims, figures and experiments that the paper's study has."""

import re
from pathlib import Path

import pytest

from cradl.config.resolving import load_study
from paper_figures.report import shown

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "site" / "explanation" / "artifact.md"
COLUMNS = {"plateau", "verdict", "evidence", "test", "failing", "measured", "bound", "ratio"}


@pytest.fixture(scope="module")
def study():
    return load_study(ROOT / "config" / "paper.yaml")


@pytest.fixture(scope="module")
def rows():
    """Return the cells of the table of claims."""
    lines = PAGE.read_text(encoding="utf-8").partition("## Which file")[2].splitlines()
    return [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")][1:]


def test_files_are_those_of_the_report(rows):
    files = {"verify/counterexamples.json"} | {
        one for one in vars(shown).values() if isinstance(one, str)
    }
    assert all(re.fullmatch("`(.*)`", file).group(1) in files for _, file, _ in rows)


def test_what_to_look_at_is_there(rows, study):
    claims = {cell.claim for cell in study.cells}
    for _, _, what in rows:
        for name in re.findall("`(.*?)`", what):
            figure = re.fullmatch(r"figures/(\w+)\.pdf", name)
            if figure:
                assert figure.group(1) in study.figures, name
            else:
                assert name in claims | set(study.experiments) | COLUMNS, name

"""The table of what the report shows, against what makes its tables and what the rule needs."""

import subprocess
import sys
from collections import Counter

from paper_figures.report.recipes import RECIPES
from paper_figures.report.shown import (
    CLAIMS,
    CLAIMS_SUMMARY,
    CONSTANTS,
    COSTS,
    EQUATIONS,
    LEADERBOARDS,
    LEDGER,
    OF_CLAIMS,
    OF_EXACT_CODES,
    OF_LEADERBOARDS,
    OF_THEORY,
    SECTIONS,
    SHARPENED,
    TABLE1,
    THEOREMS,
    files,
    promised,
)
from paper_figures.report.tables import WRITERS

PARTS = {OF_CLAIMS, OF_EXACT_CODES, OF_LEADERBOARDS, OF_THEORY}
ALL = promised(PARTS)


def test_every_table_is_made_by_one_recipe_and_one_writer():
    assert Counter(table.name for table in ALL if table.name) == Counter([*RECIPES, LEDGER])
    assert Counter(table.latex for table in ALL if table.latex) == Counter(WRITERS.keys())
    assert all(table.name or table.latex for table in ALL)


def test_a_study_without_claims_codes_leaderboards_or_theory_lacks_their_files_alone():
    theory = {EQUATIONS, THEOREMS, SHARPENED, CONSTANTS, TABLE1}
    for part, lacking in (
        (OF_EXACT_CODES, {COSTS}),
        (OF_CLAIMS, {CLAIMS, CLAIMS_SUMMARY}),
        (OF_LEADERBOARDS, {LEADERBOARDS}),
        (OF_THEORY, theory),
    ):
        assert {*files(ALL)} - {*files(promised(PARTS - {part}))} == lacking
    assert len(files(ALL)) == len({table.file for table in ALL})


def test_names_of_sections_and_headings_are_there_once():
    assert len({section.name for section in SECTIONS}) == len(SECTIONS)
    assert len({section.heading for section in SECTIONS}) == len(SECTIONS)


def test_the_table_loads_nothing_that_takes_time():
    code = (
        "import sys, paper_figures.report.shown; "
        "print({'numpy', 'pandas', 'matplotlib', 'jinja2', 'scipy'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"

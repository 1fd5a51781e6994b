"""The sections of the report, their tables, and the files that these are made of.

The rule of the report takes its inputs and outputs from here while Snakemake plans, so that this
module imports nothing that takes time.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

CLAIMS_SUMMARY = "verify/claims_summary.csv"
CLAIMS = "verify/claims.csv"
EQUATIONS = "verify/equations.csv"
THEOREMS = "verify/theorems.csv"
SHARPENED = "verify/sharpened.csv"
CONSTANTS = "verify/constants.csv"
LOSSES = "verify/losses.csv"
COSTS = "verify/costs.csv"
LEADERBOARDS = "verify/leaderboards.csv"
LEADERBOARD_TASKS = "verify/leaderboard_tasks.csv"
OF_RANKS = (LEADERBOARDS, LEADERBOARD_TASKS)
"""The tables of the leaderboards of a study."""
OUTCOMES = "verify/outcomes.csv"
RATIOS = "verify/ratios.csv"
TABLE1 = "bounds/table1.csv"

LEDGER = "ledger"
"""The table that the page shows as cards."""
OF_CLAIMS, OF_EXACT_CODES, OF_THEORY = "claims", "exact codes", "theory"
OF_LEADERBOARDS = "leaderboards"
"""Parts that not every study has."""


class Table(NamedTuple):
    """One table of the report.

    Attributes
    ----------
    name
        On the page, also as its anchor, and in Markdown: a row of `recipes.RECIPES`, or the
        ledger, which the page shows as cards. Empty if the table is in LaTeX alone.
    file
        That it is made of, below the study's results.
    latex
        Name of the same table in LaTeX, a row of `tables.WRITERS`; empty if there is none.
    part
        The part of a study without which there is no file; empty if every study has it.
    folded
        Whether the page folds it if it is long.
    markdown
        Whether Markdown has it too.
    """

    name: str
    file: str
    latex: str = ""
    part: str = ""
    folded: bool = False
    markdown: bool = True


class Section(NamedTuple):
    """One section with its tables.

    Attributes
    ----------
    name, heading
        Its anchor is ``section-`` and the name.
    tables
        In order.
    intro
        HTML above the tables.
    """

    name: str
    heading: str
    tables: Sequence[Table]
    intro: str = ""


SECTIONS = (
    Section(
        "claims",
        "Claims",
        (
            Table("claims", CLAIMS_SUMMARY, "claims", part=OF_CLAIMS),
            Table("comparisons", CLAIMS, part=OF_CLAIMS, folded=True, markdown=False),
        ),
        "What the study claims of its curves. A chip counts the comparisons that hold: 7 of 9. "
        "Early phases are iterations t; the plateau is the mean over the last iterations. Where "
        "one comparison in each experiment is enough, the chip counts experiments. Differences "
        "are of log<sub>10</sub> of the excess loss F − F<sup>∗</sup>, or in per cent of "
        "F<sup>∗</sup>.",
    ),
    Section(
        "leaderboards",
        "Leaderboards",
        (Table("leaderboards", LEADERBOARDS, "leaderboards", part=OF_LEADERBOARDS),),
        "Contestants in the order of their mean ranks over tasks; a run that diverges ranks last. "
        "Two that share the number of a group do not differ: their mean ranks lie closer than "
        "Nemenyi’s critical difference (Demšar 2006), or Friedman’s test tells none apart. "
        "“Over the first” is how far the quantity lies over that of the first contestant, trial "
        "by trial: in log<sub>10</sub>, or in percentage points of a test error. The worst attack "
        "is the one under which a contestant lies farthest over the best of the same task, in the "
        "same unit.",
    ),
    Section(
        "losses",
        "Losses",
        (Table("losses", LOSSES, folded=True),),
        "The training curves in numbers. The plateau is the mean over the last iterations, and "
        "empty where these are more than half of all. A curve that is still falling has not "
        "reached its plateau: the note says so.",
    ),
    Section(
        "constants",
        "Table I",
        (
            Table("", TABLE1, "table1", part=OF_THEORY),
            Table("constants", CONSTANTS, "constants", part=OF_THEORY),
            Table("sizes", CONSTANTS, "truth", folded=True, part=OF_THEORY),
        ),
        "The printed constants of Table I beside the true ones of Definition 1. Printed/true is "
        "how many times too large a constant is; below 1 it is too small, and contradicted. A "
        "true constant is one number where it is known exactly. Otherwise an input reaches the "
        "lower end, and a proof gives the upper one.",
    ),
    Section(
        "theorems",
        "Theorems",
        (
            Table("theorem-summary", THEOREMS, "theorems", part=OF_THEORY),
            Table("theorems", THEOREMS, folded=True, markdown=False, part=OF_THEORY),
        ),
        "Each statement on the study’s own curves: what is measured, and the bound. Where a "
        "hypothesis fails there is no bound: the tables name the one that fails first. "
        "Bound/measured is how loose a bound is: 1 is tight. The form ν uses the largest number "
        "of subsets that one device holds and another does not, in place of r − r²/M, so that "
        "the statement needs no exact balance. The shares of what each hypothesis allows are in "
        "the column <code>margins</code> of the file.",
    ),
    Section(
        "sharpened",
        "Sharpened theorems",
        (
            Table("sharpened-summary", SHARPENED, "sharpened", part=OF_THEORY),
            Table("sharpened", SHARPENED, folded=True, markdown=False, part=OF_THEORY),
        ),
        "Theorems 1′, 2′ and 3′ are ours, and need no small constant of the rule. Three forms are "
        "known before a run: <em>any rule</em>, <em>spectral</em>, <em>least squares</em>. Three "
        "more put in what a run measured: <em>σ</em>, the differences between subsets; "
        "<em>spread</em>, those between messages; <em>error</em>, that of the update.",
    ),
    Section(
        "ledger",
        "Equation ledger",
        (Table(LEDGER, EQUATIONS, part=OF_THEORY),),
        "Every numbered equation, row of Table I (T1), remark (R) and unnumbered step (U) of the "
        "paper; constants (K) and theorems (S) that go beyond it. A row is proved, or "
        "contradicted by an example in exact arithmetic; definitions and assumptions are taken as "
        "given, and one row is decided by runs.",
    ),
    Section(
        "costs",
        "Costs",
        (Table("costs", COSTS, "costs", part=OF_EXACT_CODES),),
        "What each method used at most, and what it promises.",
    ),
)


def promised(parts: Collection[str]) -> list[Table]:
    """Return the tables of a study that has these of the parts that not every study has."""
    tables = [table for section in SECTIONS for table in section.tables]
    return [table for table in tables if not table.part or table.part in parts]


def files(tables: Collection[Table]) -> list[str]:
    """Return the files that tables are made of, each once."""
    return list(dict.fromkeys(table.file for table in tables))

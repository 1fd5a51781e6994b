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
OUTCOMES = "verify/outcomes.csv"
RATIOS = "verify/ratios.csv"
TABLE1 = "bounds/table1.csv"

OF_CLAIMS, OF_EXACT_CODES = "claims", "exact codes"
"""Parts that not every study has."""


class Table(NamedTuple):
    """One table of the report.

    Attributes
    ----------
    name
        On the page, also as its anchor, and in Markdown: a row of `recipes.RECIPES`. Empty if the
        table is in LaTeX alone.
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
    level
        Of its heading: 3 stands within the section before.
    """

    name: str
    heading: str
    tables: Sequence[Table]
    intro: str = ""
    level: int = 2


SECTIONS = (
    Section(
        "claims",
        "Claims",
        (
            Table("claims", CLAIMS_SUMMARY, "claims", part=OF_CLAIMS),
            Table("comparisons", CLAIMS, part=OF_CLAIMS, folded=True, markdown=False),
        ),
        "Every claim of the study about its curves, with the numbers of comparisons that support "
        "and contradict it. <em>Least</em> and <em>most</em> are the extreme means of its "
        "statistic: differences of log<sub>10</sub> of the excess loss F − F*, or per cent of F*.",
    ),
    Section(
        "losses",
        "Losses",
        (Table("losses", LOSSES, folded=True),),
        "The training curves in numbers. A curve without a plateau, or with too few iterations to "
        "tell, has none here.",
    ),
    Section(
        "constants",
        "Table I and the truth",
        (
            Table("", TABLE1, "table1"),
            Table("constants", CONSTANTS, "constants"),
            Table("sizes", CONSTANTS, "truth", folded=True),
        ),
        "The printed constants C<sub>α</sub>² of Definition 1 beside how large they truly are: "
        "exactly if the interval is a point, otherwise between an input that reaches the lower end "
        "and a proof of the upper one. A ratio of printed to true above 1 is slack; below 1 the "
        "printed constant is violated.",
    ),
    Section(
        "theorems",
        "Theorems",
        (
            Table("theorem-summary", THEOREMS, "theorems"),
            Table("theorems", THEOREMS, folded=True, markdown=False),
        ),
        "Both sides of each statement on the study’s own curves. If a hypothesis fails there is no "
        "bound: the table names the first one that fails and the factor by which it does, and for "
        "every hypothesis the share of the allowed that is used (above 1 it fails). Forms marked ν "
        "hold for allocations without exact balance.",
    ),
    Section(
        "sharpened",
        "Sharpened theorems",
        (
            Table("sharpened-summary", SHARPENED, "sharpened"),
            Table("sharpened", SHARPENED, folded=True, markdown=False),
        ),
        "Theorems 1′, 2′ and 3′ need no condition on C<sub>α</sub>. Their forms are ordered by how "
        "much they take from the run: nothing (<em>any rule</em>, <em>spectral</em>, <em>least "
        "squares</em>), then more and more (<em>sigma</em>, <em>spread</em>, <em>error "
        "measured</em>).",
        level=3,
    ),
    Section(
        "ledger",
        "Equation ledger",
        (Table("ledger", EQUATIONS),),
        "Numbers are the paper’s; T1 the rows of Table I, R remarks, U unnumbered steps; K "
        "constants and S theorems that go beyond the paper.",
    ),
    Section("costs", "Costs", (Table("costs", COSTS, "costs", part=OF_EXACT_CODES),)),
)


def promised(parts: Collection[str]) -> list[Table]:
    """Return the tables of a study that has these of the parts that not every study has."""
    tables = [table for section in SECTIONS for table in section.tables]
    return [table for table in tables if not table.part or table.part in parts]


def files(tables: Collection[Table]) -> list[str]:
    """Return the files that tables are made of, each once."""
    return list(dict.fromkeys(table.file for table in tables))

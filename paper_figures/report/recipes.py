"""How each table of the report is made from its file, and how its columns are written."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import pandas as pd

from paper_figures.report import summaries
from paper_figures.report.content import Content
from paper_figures.report.writing import slug

Kind = Literal["text", "word", "number", "verdict", "code", "formula", "link", "margins"]
"""A word is a key that our own tables name in print; a text stands as a study or a proof has it."""


class Column(NamedTuple):
    """One column: its name in the table, its head, how its cells are written."""

    name: str
    head: str
    kind: Kind = "text"
    choose: bool = False
    """Whether a reader chooses among its values."""


_CLAIMS = (
    Column("says", "Claim"),
    Column("verdict", "Verdict", "verdict", choose=True),
    Column("phase", "Phase", choose=True),
    Column("supported", "supported", "number"),
    Column("contradicted", "contradicted", "number"),
    Column("undecided", "undecided", "number"),
    Column("least", "least", "number"),
    Column("most", "most", "number"),
    Column("unit", "unit"),
    Column("source", "Where it is made"),
)
_COMPARISONS = (
    Column("claim", "Claim", "code", choose=True),
    Column("phase", "Phase", choose=True),
    Column("comparison", "Comparison"),
    Column("verdict", "Verdict", "verdict", choose=True),
    Column("mean", "mean", "number"),
    Column("lower", "at least", "number"),
    Column("upper", "at most", "number"),
    Column("unit", "unit"),
    Column("trials", "trials", "number"),
)
_STATEMENTS = (
    Column("statement", "Statement", "word", choose=True),
    Column("form", "Form", "word", choose=True),
    *(Column(verdict, verdict, "number") for verdict in summaries.CURVE_VERDICTS),
    Column("least ratio", "bound/measured, least", "number"),
    Column("median ratio", "median", "number"),
    Column("largest ratio", "largest", "number"),
    Column("fails first", "hypotheses that fail first (curves)"),
)
_CURVES = (
    Column("experiment", "Experiment", "code", choose=True),
    Column("curve", "Curve"),
    Column("statement", "Statement", "word", choose=True),
    Column("form", "Form", "word", choose=True),
    Column("verdict", "Verdict", "verdict", choose=True),
    Column("failing", "fails first", "word", choose=True),
    Column("factor", "by a factor of", "number"),
    Column("measured", "measured", "number"),
    Column("low", "at least", "number"),
    Column("high", "at most", "number"),
    Column("bound", "bound", "number"),
    Column("ratio", "bound/measured", "number"),
    Column("margins", "hypotheses: share of what is allowed", "margins"),
)
_CONSTANTS = (
    Column("rule", "Rule", "word", choose=True),
    *(Column(verdict, verdict, "number") for verdict in summaries.CONSTANT_VERDICTS),
    Column("known exactly", "known exactly", "number"),
    Column("sizes", "of sizes", "number"),
    Column("least slack", "printed/true, least", "number"),
    Column("largest slack", "largest", "number"),
    Column("violated at", "violated at"),
)
_SIZES = (
    Column("rule", "Rule", "word", choose=True),
    Column("N", "N", "number", choose=True),
    Column("f", "f", "number"),
    Column("D", "D", "number", choose=True),
    Column("printed", "printed C_α²", "number"),
    Column("lower", "true, at least", "number"),
    Column("upper", "true, at most", "number"),
    Column("slack", "printed/true", "number"),
    Column("verdict", "Verdict", "verdict", choose=True),
    Column("lower_by", "lower end by"),
)
_LEDGER = (
    Column("equation", "Row", "link"),
    Column("verdict", "Verdict", "verdict", choose=True),
    Column("scope", "Scope of the proof", choose=True),
    Column("kind", "What is wrong", choose=True),
    Column("statement", "Statement"),
    Column("formula", "Formula", "formula"),
    Column("place", "Place", choose=True),
    Column("form", "Form", choose=True),
    Column("method", "Decided by", choose=True),
    Column("hypotheses", "Assumes"),
    Column("rests_on", "Rests on", "link"),
    Column("evidence", "Evidence"),
    Column("test", "Test that fails if it is wrong", "code"),
)
_COSTED = ("server gradients", "rounds", "numbers received")
_COSTS = (
    Column("experiment", "Experiment", "code"),
    Column("curve", "Curve"),
    *(
        Column(f"{quantity} {end}", f"{quantity}, {end}", "number")
        for quantity in ("storage", "computation")
        for end in ("largest", "promised")
    ),
    Column("computation of all devices", "computation of all devices", "number"),
    *(
        Column(f"{quantity} {end}", f"{quantity}, {end}", "number")
        for quantity in _COSTED
        for end in ("mean", "±", "largest", "promised")
    ),
    Column("within promise", "within promise", "verdict"),
)


class Recipe(NamedTuple):
    """How one table of the report is made.

    Attributes
    ----------
    caption, exact
        As in `View`.
    columns
        The table shows those of these that it has; if there are none, all of the file.
    pick
        Takes the rows to show from the file.
    anchor
        Takes a row and returns the name by which one links to it; None if nothing does.
    """

    caption: str
    columns: Sequence[Column]
    pick: Callable[[pd.DataFrame, Content], pd.DataFrame] = lambda table, _: table
    exact: bool = True
    anchor: Callable[[Mapping[str, Any]], str] | None = None


def claim_anchor(claim: str, phase: str) -> str:
    """Return the name by which one links to a phase of a claim.

    Names of claims may differ in capitals alone, and may stand in links as they are.
    """
    return f"claims-{claim}-{slug(phase)}"


_RATIOS = "Verdicts on the curves of the study, and bound over measured"
RECIPES: Mapping[str, Recipe] = {
    "claims": Recipe(
        "The claims, one by one and phase by phase",
        _CLAIMS,
        anchor=lambda row: claim_anchor(row["claim"], row["phase"]),
    ),
    "comparisons": Recipe(
        "Every comparison that decides a claim: its statistic with an interval, at one joint "
        "confidence",
        _COMPARISONS,
    ),
    "theorem-summary": Recipe(
        _RATIOS,
        _STATEMENTS,
        pick=lambda table, _: summaries.statements(table),
        exact=False,
    ),
    "theorems": Recipe("Definition 1, lemmas and theorems on every curve", _CURVES),
    "sharpened-summary": Recipe(
        _RATIOS,
        _STATEMENTS,
        pick=lambda table, _: summaries.statements(table),
        exact=False,
    ),
    "sharpened": Recipe(
        "Sharpened theorems on every curve to which they apply",
        _CURVES,
        pick=lambda table, _: table[table["verdict"] != "not applicable"],
    ),
    "constants": Recipe(
        "How often each printed constant holds, over all sizes examined",
        _CONSTANTS,
        pick=lambda table, _: summaries.constants(table),
        exact=False,
    ),
    "sizes": Recipe(
        "Printed and true constants at the sizes of this study",
        _SIZES,
        pick=lambda table, content: summaries.constants_at(table, content.sizes),
    ),
    "ledger": Recipe(
        "Every numbered equation, row of Table I, remark and unnumbered step; rows S and K go "
        "beyond the paper",
        _LEDGER,
        anchor=lambda row: f"eq-{slug(row['equation'])}",
    ),
    "losses": Recipe(
        "Training loss F(x^t) and plateaus: mean and half-width of its 95% interval over trials",
        (),
    ),
    "costs": Recipe("The costs of each method beside the most that it promises", _COSTS),
}
"""By the name of the table in `shown.SECTIONS`."""

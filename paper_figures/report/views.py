"""The tables of the report as rows of written cells, for the page and for Markdown."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import pandas as pd
from latex2mathml.converter import convert
from markupsafe import Markup

from paper_figures.report import summaries
from paper_figures.report.content import (
    CLAIMS,
    CLAIMS_SUMMARY,
    CONSTANTS,
    COSTS,
    EQUATIONS,
    LOSSES,
    SHARPENED,
    THEOREMS,
    Content,
)
from paper_figures.report.writing import number, slug

Kind = Literal["text", "number", "verdict", "code", "formula", "link"]


class Column(NamedTuple):
    """One column: its name in the table, its head, how its cells are written."""

    name: str
    head: str
    kind: Kind = "text"
    choose: bool = False
    """Whether a reader chooses among its values."""


class Cell(NamedTuple):
    """One written cell."""

    text: str
    html: Markup | str


class Line(NamedTuple):
    """One row: its place in the file, from 0, and the name by which one links to it."""

    place: int
    anchor: str
    cells: Sequence[Cell]


class View(NamedTuple):
    """One table of the report.

    Attributes
    ----------
    name
        Also its anchor.
    file
        That its rows are rows of, or that they sum up.
    exact
        Whether a row is a row of the file, at its ``place``, and a column a column of it.
    lines
        None where the file is missing.
    """

    name: str
    caption: str
    file: str
    exact: bool
    columns: Sequence[Column]
    lines: Sequence[Line] | None


_CLAIMS = (
    Column("says", "Claim"),
    Column("source", "Where"),
    Column("phase", "Phase", choose=True),
    Column("verdict", "Verdict", "verdict", choose=True),
    Column("supported", "supported", "number"),
    Column("contradicted", "contradicted", "number"),
    Column("undecided", "undecided", "number"),
    Column("least", "least", "number"),
    Column("most", "most", "number"),
    Column("unit", "unit"),
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
    Column("statement", "Statement", choose=True),
    Column("form", "Form", choose=True),
    *(Column(one, one, "number") for one in summaries.CURVE_VERDICTS),
    Column("least ratio", "bound/measured, least", "number"),
    Column("median ratio", "median", "number"),
    Column("largest ratio", "largest", "number"),
    Column("fails first", "hypotheses that fail first (curves)"),
)
_CURVES = (
    Column("experiment", "Experiment", "code", choose=True),
    Column("curve", "Curve"),
    Column("statement", "Statement", choose=True),
    Column("form", "Form", choose=True),
    Column("verdict", "Verdict", "verdict", choose=True),
    Column("failing", "fails first", choose=True),
    Column("factor", "by a factor of", "number"),
    Column("measured", "measured", "number"),
    Column("low", "at least", "number"),
    Column("high", "at most", "number"),
    Column("bound", "bound", "number"),
    Column("ratio", "bound/measured", "number"),
)
_CONSTANTS = (
    Column("rule", "Rule", choose=True),
    *(Column(one, one, "number") for one in summaries.CONSTANT_VERDICTS),
    Column("known exactly", "known exactly", "number"),
    Column("sizes", "of sizes", "number"),
    Column("least slack", "printed/true, least", "number"),
    Column("largest slack", "largest", "number"),
    Column("violated at", "violated at"),
)
_SIZES = (
    Column("rule", "Rule", choose=True),
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
    Column("statement", "Statement"),
    Column("formula", "Formula", "formula"),
    Column("place", "Place", choose=True),
    Column("kind", "Kind", choose=True),
    Column("method", "Decided by", choose=True),
    Column("hypotheses", "Assumes"),
    Column("evidence", "Evidence"),
    Column("test", "Test that fails if it is wrong", "code"),
)
_COSTED = ("server gradients", "rounds", "numbers received")
_COSTS = (
    Column("experiment", "Experiment", "code"),
    Column("curve", "Curve"),
    *(
        Column(f"{one} {end}", f"{one}, {end}", "number")
        for one in ("storage", "computation")
        for end in ("largest", "promised")
    ),
    Column("computation of all devices", "computation of all devices", "number"),
    *(
        Column(f"{one} {end}", f"{one}, {end}", "number")
        for one in _COSTED
        for end in ("mean", "±", "largest", "promised")
    ),
    Column("within promise", "within promise", "verdict"),
)


def views(content: Content) -> dict[str, View]:
    """Write every table that the study promises, by name."""

    def rows_of(file: str) -> pd.DataFrame | None:
        return content.tables.get(file)

    found = [
        _exact(
            "claims",
            "What Section V says, claim by claim and phase by phase",
            CLAIMS_SUMMARY,
            rows_of(CLAIMS_SUMMARY),
            _CLAIMS,
            anchor=("claim", "phase"),
        ),
        _exact(
            "comparisons",
            "Every comparison that decides a claim: differences of curves, "
            "intervals at one joint confidence",
            CLAIMS,
            rows_of(CLAIMS),
            _COMPARISONS,
        ),
        _summed(
            "theorem-summary",
            "Verdicts on the curves of the study, bound over measured",
            THEOREMS,
            _summed_up(rows_of(THEOREMS)),
            _STATEMENTS,
        ),
        _exact(
            "theorems",
            "Definition 1, lemmas and theorems on every curve",
            THEOREMS,
            rows_of(THEOREMS),
            _CURVES,
        ),
        _summed(
            "sharpened-summary",
            "Verdicts on the curves of the study, bound over measured",
            SHARPENED,
            _summed_up(rows_of(SHARPENED)),
            _STATEMENTS,
        ),
        _exact(
            "sharpened",
            "Sharpened theorems on every curve to which they apply",
            SHARPENED,
            _decided(rows_of(SHARPENED)),
            _CURVES,
        ),
        _summed(
            "constants",
            "How often each printed constant holds, over all sizes examined",
            CONSTANTS,
            _by_rule(rows_of(CONSTANTS)),
            _CONSTANTS,
        ),
        _exact(
            "sizes",
            "Printed and true constants at the sizes of this study",
            CONSTANTS,
            _at_sizes(rows_of(CONSTANTS), content.sizes),
            _SIZES,
        ),
        _exact(
            "ledger",
            "Every numbered equation, row of Table I, remark and unnumbered step; "
            "rows S and K go beyond the paper",
            EQUATIONS,
            rows_of(EQUATIONS),
            _LEDGER,
            anchor=("equation",),
            prefix="eq",
        ),
        _exact(
            "losses",
            "Training loss F(x^t) and plateaus: mean and half-width of its 95% "
            "interval over trials",
            LOSSES,
            rows_of(LOSSES),
            _of_losses(rows_of(LOSSES)),
        ),
        _exact(
            "costs",
            "What each method took beside the most that it promises",
            COSTS,
            rows_of(COSTS),
            _COSTS,
        ),
    ]
    return {one.name: one for one in found if one.file in content.expected}


def _summed_up(table: pd.DataFrame | None) -> pd.DataFrame | None:
    return None if table is None else summaries.statements(table)


def _by_rule(table: pd.DataFrame | None) -> pd.DataFrame | None:
    return None if table is None else summaries.constants(table)


def _at_sizes(
    table: pd.DataFrame | None, sizes: Sequence[tuple[int, int, int]]
) -> pd.DataFrame | None:
    return None if table is None else summaries.constants_at(table, sizes)


def _decided(table: pd.DataFrame | None) -> pd.DataFrame | None:
    return None if table is None else table[table["verdict"] != "not applicable"]


def _of_losses(table: pd.DataFrame | None) -> tuple[Column, ...]:
    given = [] if table is None else [one for one in table if one not in ("experiment", "curve")]
    return (
        Column("experiment", "Experiment", "code", choose=True),
        Column("curve", "Curve"),
        *(Column(one, _LOSS_HEADS.get(one, one), "number") for one in given),
    )


_LOSS_HEADS = {
    "plateau": "plateau of F",
    "plateau ±": "±",
    "excess %": "plateau of F − F*, % of F*",
    "excess % ±": "±",
}


def _exact(
    name: str,
    caption: str,
    file: str,
    table: pd.DataFrame | None,
    columns: Sequence[Column],
    *,
    anchor: Sequence[str] = (),
    prefix: str = "",
) -> View:
    """Write rows of a file; `anchor` names the columns that tell its rows apart."""
    if table is None:
        return View(name, caption, file, True, columns, None)
    shown = [one for one in columns if one.name in table]
    lines = [
        Line(
            int(place),
            "-".join([prefix or name, *(slug(str(row[one])) for one in anchor)]) if anchor else "",
            [_cell(row[one.name], one.kind, row) for one in shown],
        )
        for place, row in zip(table.index, table.to_dict("records"), strict=True)
    ]
    return View(name, caption, file, True, shown, lines)


def _summed(
    name: str, caption: str, file: str, table: pd.DataFrame | None, columns: Sequence[Column]
) -> View:
    return _exact(name, caption, file, table, columns)._replace(exact=False)


_VERDICT_CLASSES = {
    "supported": "good",
    "verified": "good",
    "proved": "good",
    "holds": "good",
    "yes": "good",
    "contradicted": "bad",
    "refuted": "bad",
    "violated": "bad",
    "no": "bad",
    "partly supported": "mixed",
    "undecided": "mixed",
}


def verdict_class(verdict: str) -> str:
    """Return what a verdict says of what it judges: ``good``, ``bad``, ``mixed``, ``neutral``."""
    return _VERDICT_CLASSES.get(verdict, "neutral")


def _cell(value: Any, kind: Kind, row: dict[str, Any]) -> Cell:
    if kind == "number":
        text = number(float(value))
        return Cell(text, text)
    text = "" if pd.isna(value) else str(value)
    if kind == "verdict":
        html = Markup('<span class="verdict {}">{}</span>').format(verdict_class(text), text)
        return Cell(text, html)
    if kind == "code":
        return Cell(text, Markup("<code>{}</code>").format(text) if text else "")
    if kind == "formula":
        return Cell(f"${text}$", formula(text))
    if kind == "link":
        name = f"eq-{slug(text)}"
        return Cell(text, Markup('<a href="#{}">{}</a>').format(name, text))
    return Cell(_WORDS.get(text, text), _WORDS.get(text, text))


_WORDS = {
    **summaries.STATEMENTS,
    **summaries.HYPOTHESES,
    **summaries.RULES,
    "nu for r - r^2/M": "ν for r − r²/M",
    "sigma measured": "σ measured",
}


def formula(latex: str) -> Markup:
    r"""Return a formula as MathML.

    Raises
    ------
    ValueError
        Where a command is not understood.
    """
    written = convert(latex.replace(r"\arg", r"\mathrm{arg}"))
    if "\\" in written:
        raise ValueError(f"need LaTeX that can be written as MathML, got {latex}")
    return Markup(written)

"""The tables of the report as rows of written cells, for the page and for Markdown."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd
from latex2mathml.converter import convert
from markupsafe import Markup

from paper_figures.report import summaries
from paper_figures.report.content import Content
from paper_figures.report.recipes import RECIPES, Column, Kind, Recipe
from paper_figures.report.writing import number, slug


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


def views(content: Content) -> dict[str, View]:
    """Write every table that the study promises, by name."""
    return {one.name: _view(one, content) for one in RECIPES if one.file in content.expected}


def _view(recipe: Recipe, content: Content) -> View:
    said = recipe.name, recipe.caption, recipe.file, recipe.exact
    if recipe.file not in content.tables:
        return View(*said, recipe.columns, None)
    table = recipe.pick(content.tables[recipe.file], content)
    columns = [one for one in recipe.columns or _all(table) if one.name in table]
    lines = [
        Line(int(place), _anchor(recipe, row), [_cell(row[one.name], one.kind) for one in columns])
        for place, row in zip(table.index, table.to_dict("records"), strict=True)
    ]
    return View(*said, columns, lines)


def _anchor(recipe: Recipe, row: Mapping[str, Any]) -> str:
    if not recipe.anchor:
        return ""
    parts = (slug(str(row[one])) for one in recipe.anchor)
    return "-".join([recipe.prefix or recipe.name, *parts])


_HEADS = {
    "plateau": "plateau of F",
    "excess %": "plateau of F − F*, % of F*",
}


def _all(table: pd.DataFrame) -> list[Column]:
    """Return every column of a table of losses; a half-width stands beside its mean."""
    return [
        Column("experiment", "Experiment", "code", choose=True),
        Column("curve", "Curve"),
        *(
            Column(one, "±" if one.endswith(" ±") else _HEADS.get(one, one), "number")
            for one in table
            if one not in ("experiment", "curve")
        ),
    ]


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


MARKS = {"good": "✓", "bad": "✗", "mixed": "~", "neutral": ""}
"""Stand before verdicts, so that they read without colour; ``page.css`` has the same."""


def verdict_class(verdict: str) -> str:
    """Return what a verdict says of what it judges: ``good``, ``bad``, ``mixed``, ``neutral``."""
    return _VERDICT_CLASSES.get(verdict, "neutral")


def _cell(value: Any, kind: Kind) -> Cell:
    if kind == "number":
        text = number(float(value))
        return Cell(text, text)
    text = "" if pd.isna(value) else str(value)
    if kind == "verdict":
        html = Markup('<span class="verdict {}">{}</span>').format(verdict_class(text), text)
        return Cell(text, html)
    if kind == "code":
        return Cell(text, Markup("<code>{}</code>").format(text) if text else "")
    if kind == "margins":
        told = _margins(text)
        return Cell(told, told)
    if kind == "formula":
        # A bar would end the cell of a Markdown table.
        bars = text.replace(r"\|", r"\Vert ").replace("|", r"\vert ")
        return Cell(f"${bars}$", formula(text))
    if kind == "link":
        names = filter(None, text.split("; "))
        links = [Markup('<a href="#eq-{}">{}</a>').format(slug(name), name) for name in names]
        return Cell(text, Markup("; ").join(links))
    return Cell(_WORDS.get(text, text), _WORDS.get(text, text))


_WORDS = {
    **summaries.STATEMENTS,
    **summaries.HYPOTHESES,
    **summaries.RULES,
    "nu for r - r^2/M": "ν for r − r²/M",
    "sigma measured": "σ measured",
}


def _margins(text: str) -> str:
    """Say of each hypothesis what share of the allowed is used: above 1 it fails."""
    given = json.loads(text) if text else {}
    return "; ".join(
        f"{summaries.HYPOTHESES.get(name, name)}: {number(share) if share else 'holds'}"
        for name, share in zip(given, map(float, given.values()), strict=True)
    )


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

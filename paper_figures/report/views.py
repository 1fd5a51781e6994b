"""The tables of the report as rows of written cells, for the page and for Markdown."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import pandas as pd
from latex2mathml.converter import convert
from markupsafe import Markup

from paper_figures.drawing import names
from paper_figures.report import words
from paper_figures.report.content import Content
from paper_figures.report.recipes import RECIPES, Column, Kind, Recipe
from paper_figures.report.shown import SECTIONS, Table
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
        None if the file is missing.
    """

    name: str
    caption: str
    file: str
    exact: bool
    columns: Sequence[Column]
    lines: Sequence[Line] | None


def views(content: Content) -> dict[str, View]:
    """Write every table of the page that the study promises, by name."""
    return {
        table.name: _view(table, RECIPES[table.name], content)
        for section in SECTIONS
        for table in section.tables
        if table.name and table.file in content.expected
    }


def _view(shown: Table, recipe: Recipe, content: Content) -> View:
    said = shown.name, recipe.caption, shown.file, recipe.exact
    if shown.file not in content.tables:
        return View(*said, recipe.columns, None)
    table = recipe.pick(content.tables[shown.file], content)
    columns = [column for column in recipe.columns or _all(table) if column.name in table]
    lines = [
        Line(
            int(place),
            recipe.anchor(row) if recipe.anchor else "",
            [_cell(row[column.name], column.kind) for column in columns],
        )
        for place, row in zip(table.index, table.to_dict("records"), strict=True)
    ]
    return View(*said, columns, lines)


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
            Column(name, "±" if name.endswith(" ±") else _HEADS.get(name, name), "number")
            for name in table
            if name not in ("experiment", "curve")
        ),
    ]


def _cell(value: Any, kind: Kind) -> Cell:
    if kind == "number":
        text = number(float(value))
        return Cell(text, text)
    text = str(value)
    if kind == "verdict":
        html = Markup('<span class="verdict {}">{}</span>').format(
            words.kind(text), words.word(text)
        )
        return Cell(words.word(text), html)
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
        rows = filter(None, text.split("; "))
        links = [Markup('<a href="#eq-{}">{}</a>').format(slug(row), row) for row in rows]
        return Cell(text, Markup("; ").join(links))
    if kind == "word":
        return Cell(_WORDS.get(text, text), _WORDS.get(text, text))
    return Cell(text, text)


_WORDS = {
    **names.STATEMENTS,
    **{key: hypothesis.name for key, hypothesis in names.HYPOTHESES.items()},
    **names.RULES,
    **names.FORMS,
}


def _margins(text: str) -> str:
    """Give for each hypothesis the share of the allowed that is used: above 1 it fails."""
    given = json.loads(text) if text else {}
    return "; ".join(
        f"{names.hypothesis_name(key)}: {number(share) if share else 'holds'}"
        for key, share in zip(given, map(float, given.values()), strict=True)
    )


def formula(latex: str) -> Markup:
    r"""Return a formula as MathML.

    Raises
    ------
    ValueError
        If a command is not understood.
    """
    written = convert(latex.replace(r"\arg", r"\mathrm{arg}"))
    if "\\" in written:
        raise ValueError(f"need LaTeX that can be written as MathML, got {latex}")
    return Markup(written)

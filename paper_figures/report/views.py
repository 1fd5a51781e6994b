"""The tables of the report as rows of written cells, for the page and for Markdown."""

from collections.abc import Sequence
from typing import NamedTuple

from paper_figures.report.cells import Cell, cell
from paper_figures.report.content import Content
from paper_figures.report.recipes import RECIPES, Column, Recipe
from paper_figures.report.shown import SECTIONS, Table


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
        if table.name in RECIPES and table.file in content.expected
    }


def _view(shown: Table, recipe: Recipe, content: Content) -> View:
    said = shown.name, recipe.caption, shown.file, recipe.exact
    if shown.file not in content.tables:
        return View(*said, (), None)
    table = recipe.pick(content.tables[shown.file], content)
    given = recipe.columns(table) if callable(recipe.columns) else recipe.columns
    columns = [column for column in given if column.name in table]
    lines = [
        Line(
            int(place),
            row[recipe.anchor] if recipe.anchor else "",
            [cell(row[column.name], column.kind) for column in columns],
        )
        for place, row in zip(table.index, table.to_dict("records"), strict=True)
    ]
    return View(*said, columns, lines)

"""The rows of the ledger as cards, in groups by place."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd
from markupsafe import Markup

from paper_figures.report import words
from paper_figures.report.cells import Cell, cell, chip
from paper_figures.report.grounds import rests_on
from paper_figures.report.headlines import BEYOND
from paper_figures.report.mathematics import formula
from paper_figures.report.writing import slug


class Link(NamedTuple):
    """A row of the ledger to which one links."""

    anchor: str
    name: str


class Card(NamedTuple):
    """One row of the ledger.

    Attributes
    ----------
    place
        In the file, from 0.
    verdict, fault, how
        The report's word; what is wrong, if it is refuted; the file's word, with the scope of the
        proof and the method.
    rests_on, used_by
        Rows above and below it in the graph.
    """

    place: int
    anchor: str
    name: str
    where: str
    form: str
    verdict: str
    fault: str
    chip: Markup
    mark: str
    statement: Cell
    formula: Markup
    latex: str
    how: str
    hypotheses: Cell
    evidence: Cell
    test: str
    rests_on: Sequence[Link]
    used_by: Sequence[Link]


class Group(NamedTuple):
    """The cards of one place of the paper."""

    name: str
    anchor: str
    beyond: bool
    cards: Sequence[Card]
    counts: Sequence[tuple[str, str]]
    """Kind and text of a chip for each verdict."""


def groups(ledger: pd.DataFrame) -> list[Group]:
    """Return the rows of ``verify/equations.csv`` by place, in the order of the file."""
    uses = rests_on(ledger)
    users: dict[str, list[str]] = {name: [] for name in uses}
    for name, used in uses.items():
        for one in used:
            users[one].append(name)
    found: dict[str, list[Card]] = {}
    for place, row in enumerate(ledger.to_dict("records")):
        name = str(row["equation"])
        card = _card(place, row, _links(uses[name]), _links(users[name]))
        found.setdefault(row["place"], []).append(card)
    return [_group(where, cards) for where, cards in found.items()]


def _group(where: str, cards: Sequence[Card]) -> Group:
    verdicts = [card.verdict for card in cards]
    counts = [
        (words.kind(verdict), words.several(verdicts.count(verdict), verdict))
        for verdict in dict.fromkeys(verdicts)
    ]
    beyond = cards[0].name[0] in BEYOND.strip("[]")
    return Group(where, f"ledger-{slug(where)}", beyond, cards, counts)


def _links(rows: Sequence[str]) -> list[Link]:
    return [Link(anchor(row), row) for row in rows]


def anchor(row: str) -> str:
    """Return the name by which one links to a row of the ledger."""
    return f"eq-{slug(row)}"


def _card(place: int, row: Mapping[str, Any], used: Sequence[Link], users: Sequence[Link]) -> Card:
    verdict = words.word(row["verdict"])
    method = "" if row["method"] == "none" else row["method"]
    how = f"{row['verdict']} ({row['scope']})" if row["scope"] else row["verdict"]
    kind = words.kind(verdict)
    return Card(
        place,
        anchor(row["equation"]),
        row["equation"],
        row["place"],
        row["form"],
        verdict,
        row["kind"],
        chip(kind, ": ".join(filter(None, [verdict, row["kind"]]))),
        words.MARKS[kind],
        cell(row["statement"], "math"),
        formula(row["formula"]),
        row["formula"],
        f"{how}: {method}" if method else how,
        cell(row["hypotheses"], "math"),
        cell(row["evidence"], "math"),
        row["test"],
        used,
        users,
    )

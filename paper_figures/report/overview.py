"""The evidence at a glance: what of each kind holds, and what does not."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import pandas as pd
from markupsafe import Markup

from paper_figures.report import summaries, words
from paper_figures.report.answers import FAULTS
from paper_figures.report.cards import anchor
from paper_figures.report.claimed import Claim, claims
from paper_figures.report.content import Content
from paper_figures.report.headlines import BEYOND
from paper_figures.report.mathematics import in_html, in_marked
from paper_figures.report.recipes import claim_anchor
from paper_figures.report.shown import CLAIMS_SUMMARY, CONSTANTS, EQUATIONS, SHARPENED, THEOREMS
from paper_figures.report.words import number_of
from paper_figures.report.writing import in_markdown


class Share(NamedTuple):
    """How many of a tile's items have one verdict, in words."""

    kind: str
    number: int
    text: str


class Tile(NamedTuple):
    """One line of the overview: the place it leads to, the items it counts."""

    anchor: str
    title: str
    unit: str
    shares: Sequence[Share]


class Entry(NamedTuple):
    """A statement in a list: the name by which one links to it, and where it is made."""

    anchor: str
    html: Markup | str
    marked: str
    where: str


def _shares(verdicts: Iterable[str]) -> list[Share]:
    """Count verdicts of tables, in the report's words, the good ones first."""
    counts = Counter(words.word(verdict) for verdict in verdicts)
    order = [*words.MARKS]
    return sorted(
        [
            Share(words.kind(told), count, words.several(count, told))
            for told, count in counts.items()
        ],
        key=lambda share: order.index(share.kind),
    )


def tiles(content: Content) -> list[Tile]:
    """Return the overview; a missing table has no line."""
    tables = content.tables
    found = []
    if CLAIMS_SUMMARY in tables:
        told = [phase.tally.word for one in claims(tables) for phase in one.phases]
        found.append(Tile("claims", "Claims", "claims, phase by phase", _shares(told)))
    if EQUATIONS in tables:
        ledger = tables[EQUATIONS]
        beyond = ledger["equation"].str.match(BEYOND)
        found += [
            Tile(_LEDGER, "Statements of the paper", "rows of the ledger", _rows(ledger[~beyond])),
            Tile(_LEDGER, "Beyond the paper", "rows K and S of the ledger", _rows(ledger[beyond])),
        ]
    if CONSTANTS in tables:
        printed = tables[CONSTANTS][tables[CONSTANTS]["printed"].notna()]
        unit = "rules and sizes (N, f, D)"
        found.append(Tile("constants", "Constants of Table I", unit, _shares(printed["verdict"])))
    if THEOREMS in tables:
        rows = tables[THEOREMS]
        proper = rows["statement"].str.startswith("theorem")
        at = "theorem-summary"
        found += [
            Tile(at, "Theorems 1 and 2", "curves, under each", _shares(rows[proper]["verdict"])),
            Tile(
                at, "Definition 1, lemmas", "curves, under each", _shares(rows[~proper]["verdict"])
            ),
        ]
    if SHARPENED in tables:
        unit = "curves, theorems and forms"
        shares = _shares(tables[SHARPENED]["verdict"])
        found.append(Tile("sharpened-summary", "Sharpened theorems", unit, shares))
    return [tile for tile in found if tile.shares]


_LEDGER = "section-ledger"


def _rows(ledger: pd.DataFrame) -> list[Share]:
    """Count rows of the ledger: what is refuted by what is wrong, what is given by its kind."""
    plain = ledger[~ledger["verdict"].isin(["refuted", "definition", "assumption"])]
    faults = summaries.counts(ledger.loc[ledger["verdict"] == "refuted", "kind"], summaries.FAULTS)
    given = [(one, int((ledger["verdict"] == one).sum())) for one in ("definition", "assumption")]
    shares = _shares(plain["verdict"].replace("not applicable", "decided by claims"))
    return [
        *(share for share in shares if share.kind != "neutral"),
        *(Share("bad", count, FAULTS[one](count)) for one, count in faults.items() if count),
        *(Share("neutral", count, number_of(count, one)) for one, count in given if count),
        *(share for share in shares if share.kind == "neutral"),
    ]


def failing(content: Content) -> dict[str, list[Entry]]:
    """Return the statements that do not hold, by what is wrong; empty groups are left out."""
    made = claims(content.tables)
    groups = {
        "Claims contradicted in every phase or in most comparisons": [
            _claim(one) for one in made if one.tally.word in (words.FAILS, words.MOSTLY_NOT)
        ],
        "Claims contradicted in some comparisons": [
            _claim(one) for one in made if one.tally.word == words.PARTLY and one.tally.against
        ],
        **_refuted(content),
        "Constants of Table I, too small": _violated(content),
    }
    return {title: entries for title, entries in groups.items() if entries}


def holding(content: Content) -> list[Entry]:
    """Return the claims that hold in every comparison."""
    return [_claim(one) for one in claims(content.tables) if one.tally.word == words.HOLDS]


def _claim(one: Claim) -> Entry:
    told = f"{one.tally} {'experiments' if one.some else 'comparisons'}"
    return Entry(claim_anchor(one.name), one.says, in_markdown(one.says), told)


_TITLES = {
    "error": "Errors of the paper",
    "misprint": "Misprints",
    "edge case": "Edge cases",
    "outside its own hypotheses": "Outside the paper’s own hypotheses",
    "our text": "In our text of the paper",
}


def _refuted(content: Content) -> dict[str, list[Entry]]:
    table = content.tables.get(EQUATIONS)
    if table is None:
        return {}
    refuted = table[table["verdict"] == "refuted"]
    return {
        _TITLES[fault]: [
            Entry(
                anchor(row["equation"]),
                in_html(row["statement"]),
                in_marked(row["statement"]),
                f"{row['equation']}, {row['place']}",
            )
            for row in refuted[refuted["kind"] == fault].to_dict("records")
        ]
        for fault in summaries.FAULTS
    }


def _violated(content: Content) -> list[Entry]:
    table = content.tables.get(CONSTANTS)
    if table is None:
        return []
    return [
        Entry("constants", row["rule"], in_markdown(row["rule"]), row["violated at"])
        for row in summaries.constants(table).to_dict("records")
        if row["violated"]
    ]

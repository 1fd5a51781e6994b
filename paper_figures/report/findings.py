"""The findings of a study: its figures, each with what the tables say of its experiments."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from paper_figures.drawing import names
from paper_figures.report import summaries, words
from paper_figures.report.answers import Chip, covered, wrong_constants
from paper_figures.report.cells import ends_of
from paper_figures.report.claimed import Claim, claims
from paper_figures.report.content import Content, Picture
from paper_figures.report.shown import CONSTANTS, LEADERBOARDS, LOSSES, SHARPENED, THEOREMS
from paper_figures.report.words import listed, number_of
from paper_figures.report.writing import number

FRONT = 10
"""How many figures stand before the appendix at most."""
LEADING = (
    "beats_rba",
    "redundancy_helps",
    "same_value_for_every_alpha",
    "beats_rba_when_heterogeneous",
)
"""Claims of ``config/paper.yaml`` that head the findings; other findings have their first claim."""


class Finding(NamedTuple):
    """A figure and what the tables say of it.

    Attributes
    ----------
    heading
        Empty if no table says anything.
    chip
        The verdict of the heading, if that is a claim.
    says
        Sentences with numbers from the tables.
    claims
        Those about its experiments, in the study's order.
    """

    picture: Picture
    heading: str
    chip: Chip | None
    says: Sequence[str]
    claims: Sequence[Claim]


def front(content: Content) -> list[Picture]:
    """Return the figures before the appendix."""
    return [picture for picture in content.figures if not picture.appendix][:FRONT]


def appendix(content: Content) -> list[Picture]:
    """Return the other figures."""
    shown = {picture.name for picture in front(content)}
    return [picture for picture in content.figures if picture.name not in shown]


def findings(content: Content) -> list[Finding]:
    """Return a finding for each figure before the appendix, in order."""
    made, told = claims(content.tables), set[str]()
    found = []
    for picture in front(content):
        mine = [
            claim
            for claim in made
            if _about(claim, picture) and (picture.reproduces or claim.name not in told)
        ]
        told |= {claim.name for claim in mine}
        found.append(_finding(picture, mine, content))
    return found


def _about(claim: Claim, picture: Picture) -> bool:
    """Tell whether a claim is about a figure: about its experiments, and no other figure."""
    if not claim.experiments & {*picture.experiments}:
        return False
    cited = re.search(r"Figs?\. ([\d, and]+)", claim.source)
    reproduced = re.search(r"\d+", picture.reproduces)
    if cited is None or reproduced is None:
        return True
    return reproduced[0] in re.findall(r"\d+", cited[1])


def _finding(picture: Picture, mine: Sequence[Claim], content: Content) -> Finding:
    if picture.leaderboard:
        return _ranked(picture, mine, content)
    says = [*_plateaus(picture, content), *_theory(picture, content)]
    if not mine and not content.of_paper:
        titles = [content.titles.get(name, name) for name in picture.experiments]
        return Finding(picture, "; ".join(titles), None, says, mine)
    if not mine:
        heading = says[0] if says else ""
        return Finding(picture, heading.removesuffix("."), None, says[1:], mine)
    lead = next((claim for claim in mine if claim.name in LEADING), mine[0])
    chip = Chip(words.kind(lead.tally.word), f"{lead.tally.word} {lead.tally}")
    return Finding(picture, lead.says, chip, says, mine)


def _ranked(picture: Picture, mine: Sequence[Claim], content: Content) -> Finding:
    """Say who is first and last in the leaderboard of a figure, under its question."""
    table = content.tables.get(LEADERBOARDS)
    rows = [] if table is None else table[table["leaderboard"] == picture.leaderboard]
    if not len(rows):
        return Finding(picture, "", None, [], mine)
    first, last = rows.iloc[0], rows.iloc[-1]
    told = [
        f"{row['contestant']} is {place}, of mean rank {number(row['mean rank'])} with "
        f"{number_of(row['wins'], 'win')}"
        for place, row in (("first", first), ("last", last))
    ]
    of = f"{first['contestants']} contestants in {first['tasks']} tasks"
    difference = number(first["critical difference"])
    apart = (
        f"Two mean ranks less than {difference} apart do not differ"
        if first["p"] <= 1 - first["level"]
        else "Friedman’s test tells no contestants apart"
    )
    return Finding(picture, first["says"], None, [f"Of {of}, {listed(told)}. {apart}."], mine)


def _plateaus(picture: Picture, content: Content) -> list[str]:
    """Say where the methods of each panel end: how far above the minimum, or how accurate."""
    table = content.tables.get(LOSSES)
    column, says = _ACCURACY if picture.draw == "test_accuracy" else _EXCESS
    if table is None or column not in table or not (picture.reproduces or not content.of_paper):
        return []
    found = []
    for name in picture.experiments:
        rows = table[(table["experiment"] == name) & table[column].notna()]
        # Less than this is what rounding leaves of nothing.
        reached = rows[column].where(rows[column].abs() > 1e-9, 0.0)
        methods = rows["curve"].map(lambda label: re.split(r" \(|, ", label)[0])
        ends = [
            f"{method} {ends_of(values.min(), values.max())}%"
            for method, values in reached.groupby(methods, sort=False)
        ]
        if ends:
            found.append(f"{content.titles.get(name, name)}: {listed(ends)}.")
    if found:
        found[0] = f"{says} {found[0]}"
    return found


_EXCESS = ("excess %", "Plateaus above the minimum, in per cent of it.")
_ACCURACY = ("accuracy %", "Test accuracy on the plateau, in per cent.")


def _theory(picture: Picture, content: Content) -> list[str]:
    """Say what the tables of theorems and constants have on a figure that draws them."""
    tables = content.tables
    if picture.draw == "counterexamples" and CONSTANTS in tables:
        return _constants(tables[CONSTANTS])
    if picture.draw == "threshold_map" and THEOREMS in tables:
        found = covered(tables[THEOREMS], frozenset(picture.experiments))
        return [f"The hypotheses of Theorem 1 or 2 are met on {found} curves of these settings."]
    if picture.draw.startswith("bounds") and THEOREMS in tables:
        return _bounds(tables[THEOREMS], picture, ("theorem1", "theorem2"))
    if picture.draw.startswith("sharpened") and SHARPENED in tables:
        return _bounds(tables[SHARPENED], picture, ("sharpened1", "sharpened2", "sharpened3"))
    return []


def _constants(table: pd.DataFrame) -> list[str]:
    wrong = wrong_constants(table)
    if not wrong:
        return ["No printed constant of Table I is too small at a size examined."]
    told = [
        f"{names.rule_name(rule)} at {tally.against} of {number_of(tally.of, 'size')}"
        for rule, tally in wrong.items()
    ]
    return [f"Printed constants of Table I are too small: {listed(told)}."]


def _bounds(table: pd.DataFrame, picture: Picture, statements: Sequence[str]) -> list[str]:
    rows = table[table["experiment"].isin(picture.experiments)]
    found = []
    for key in statements:
        mine = rows[(rows["statement"] == key) & (rows["verdict"] != "not applicable")]
        if mine.empty:
            continue
        counts = summaries.counts(mine["verdict"], summaries.CURVE_VERDICTS)
        ratio = mine["ratio"].dropna()
        says = f"{names.STATEMENTS[key]} holds in {counts['verified']} of {len(mine)} cases"
        if len(ratio):
            says += (
                f"; its bounds are {ends_of(ratio.min(), ratio.max())} times what is measured"
                f" (median {number(ratio.median())})"
            )
        found.append(f"{says}.")
    return found

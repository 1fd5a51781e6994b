"""The report as one self-contained page, and as Markdown."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote
from xml.etree import ElementTree

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from paper_figures.report import summaries
from paper_figures.report.answers import answers, verdict
from paper_figures.report.content import Content
from paper_figures.report.grounds import drawing
from paper_figures.report.recipes import claim_anchor
from paper_figures.report.shown import (
    CLAIMS_SUMMARY,
    CONSTANTS,
    EQUATIONS,
    SECTIONS,
    SHARPENED,
    THEOREMS,
)
from paper_figures.report.views import views
from paper_figures.report.words import kind as verdict_class
from paper_figures.report.words import number_of
from paper_figures.report.writing import in_markdown, number, slug

TEMPLATES = Path(__file__).parent / "templates"
TITLE = "Coded Robust Aggregation for Distributed Learning under Byzantine Attacks: checked"
_DESCRIPTION = "{http://purl.org/dc/elements/1.1/}description"
_IN_PATHS = re.compile(r'(?<= d=")[^"]*')
_LONG_DECIMALS = re.compile(r"(\.\d\d)\d+")


class Share(NamedTuple):
    """How many of a tile's items have one verdict; the key of the headline that says so."""

    verdict: str
    kind: str
    count: int
    key: str


class Tile(NamedTuple):
    """One line of the verdict summary: the place it leads to, the items it counts."""

    anchor: str
    title: str
    unit: str
    shares: tuple[Share, ...]


def page(content: Content) -> str:
    """Return the page: no script, style, font or picture comes from elsewhere.

    Formulas are MathML. A table or figure that is missing is said to be missing.
    """
    return _rendered("page.html.j2", content, autoescape=True)


def markdown(content: Content) -> str:
    """Return the report as Markdown; figures are links to the files beside it."""
    return _rendered("report.md.j2", content, autoescape=False)


def alt_text(svg: str) -> str:
    """Return the description in an SVG's metadata; an empty text if there is none."""
    description = next(ElementTree.fromstring(svg).iter(_DESCRIPTION), None)
    return "" if description is None else " ".join((description.text or "").split())


def gallery(captions: Mapping[str, str], words: Mapping[str, str]) -> str:
    """Return a page of Markdown that shows every figure.

    Parameters
    ----------
    captions, words
        By figure: its caption, and its description for those who do not see it.
    """
    shown = [
        f"## {name}\n\n![{in_markdown(words[name])}]({name}.png)\n\n{in_markdown(caption)}\n"
        for name, caption in captions.items()
    ]
    return "\n".join([_GALLERY_HEAD, *shown])


_GALLERY_HEAD = """# Gallery

<!-- Written by `snakemake gallery`: edit captions in config/paper.yaml, not here. -->

The figures of `config/paper.yaml`, smaller than in `results/paper/figures/`, where they are
PDF, SVG and PNG at 300 dots per inch.
"""


def _width(svg: str) -> int:
    """Return how wide a drawing is shown at most, in pixels: half as large again as in print."""
    points = float(ElementTree.fromstring(svg).attrib["width"].removesuffix("pt"))
    return round(points * _PIXELS_PER_POINT * _ENLARGED)


_PIXELS_PER_POINT, _ENLARGED = 96 / 72, 1.5


def _rendered(template: str, content: Content, *, autoescape: bool) -> str:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"number": number, "slug": slug, "md": in_markdown}
    written = views(content)
    return environment.get_template(template).render(
        content=content,
        views=written,
        sections=[
            section
            for section in SECTIONS
            if any(table.name in written for table in section.tables)
        ],
        tiles=tiles(content),
        title=TITLE if content.of_paper else content.study,
        verdict=verdict(content),
        answers=answers(content),
        number_of=number_of,
        failing=_failing(content),
        holding=_claims(content, "supported"),
        headlines={headline.key: headline for headline in content.headlines},
        embedded=_embedded,
        graph=drawing(content.tables[EQUATIONS]) if EQUATIONS in content.tables else None,
        width=_width,
        style=Markup((TEMPLATES / "page.css").read_text("utf-8")),
        script=Markup((TEMPLATES / "page.js").read_text("utf-8")),
    )


def _embedded(svg: str) -> str:
    """Return a drawing as a data URI, its paths to hundredths of a point."""
    short = _IN_PATHS.sub(lambda path: _LONG_DECIMALS.sub(r"\1", path[0]), svg)
    return f"data:image/svg+xml,{quote(short, safe=_UNQUOTED)}"


# Legal in an attribute within double quotes and in the path of a data URI.
_UNQUOTED = " /:;=,()!*+?@$'-._~"


def tiles(content: Content) -> list[Tile]:
    """Return the verdict summary; a missing table has no line."""
    numbers = {headline.key: headline.value for headline in content.headlines}

    def shares(prefix: str, verdicts: Iterable[str]) -> tuple[Share, ...]:
        """Return the verdicts that occur, and the bad ones even if none does."""
        shown = []
        for verdict in verdicts:
            key, kind = f"{prefix}.{slug(verdict)}", verdict_class(verdict)
            count = int(numbers.get(key, 0))
            if count or (kind == "bad" and key in numbers):
                shown.append(Share(verdict, kind if count else "neutral", count, key))
        return tuple(shown)

    return [
        Tile(anchor, title, unit, shares(prefix, verdicts))
        for file, anchor, title, unit, prefix, verdicts in _TILES
        if file in content.tables
    ]


_CLAIMED = summaries.CLAIM_VERDICTS
_TILES = (
    (CLAIMS_SUMMARY, "claims", "Claims", "claims, phase by phase", "claims", _CLAIMED),
    (
        EQUATIONS,
        "ledger",
        "Statements of the paper",
        "rows of the ledger",
        "equations",
        summaries.DECIDED,
    ),
    (
        EQUATIONS,
        "ledger",
        "Beyond the paper",
        "rows K and S of the ledger",
        "beyond",
        summaries.DECIDED,
    ),
    (
        CONSTANTS,
        "constants",
        "Constants of Table I",
        "rules and sizes (N, f, D) examined",
        "constants",
        summaries.CONSTANT_VERDICTS,
    ),
    (
        THEOREMS,
        "theorem-summary",
        "Theorems 1 and 2 on runs",
        "curves, under each theorem; not applicable: a hypothesis fails, there is no bound",
        "theorems",
        summaries.CURVE_VERDICTS,
    ),
    (
        THEOREMS,
        "theorem-summary",
        "Definition 1 and lemmas on runs",
        "curves and statements",
        "lemmas",
        summaries.CURVE_VERDICTS,
    ),
    (
        SHARPENED,
        "sharpened-summary",
        "Sharpened theorems on runs",
        "curves, theorems and forms",
        "sharpened",
        summaries.CURVE_VERDICTS,
    ),
)
"""Of each line of the summary: file, anchor, title, unit, key of its numbers, verdicts."""


def _failing(content: Content) -> dict[str, list[tuple[str, str, str]]]:
    """Return the statements that do not hold: anchor of the row, statement, place in the paper."""
    failing = {
        "Claims, contradicted": _claims(content, "contradicted"),
        **_refuted(content),
        "Constants of Table I, violated": _violated(content),
    }
    return {kind: rows for kind, rows in failing.items() if rows}


def _claims(content: Content, verdict: str) -> list[tuple[str, str, str]]:
    """Return the claims with one verdict, the phases of each together."""
    table = content.tables.get(CLAIMS_SUMMARY)
    if table is None:
        return []
    chosen = table[table["verdict"] == verdict]
    return [
        (
            claim_anchor(claim, rows["phase"].iloc[0]),
            rows["says"].iloc[0],
            ", ".join(rows["phase"]),
        )
        for claim, rows in chosen.groupby("claim", sort=False)
    ]


def _refuted(content: Content) -> dict[str, list[tuple[str, str, str]]]:
    """Return the refuted statements by what is wrong."""
    table = content.tables.get(EQUATIONS)
    if table is None:
        return {}
    refuted = table[table["verdict"] == "refuted"]
    return {
        f"Statements of the paper, refuted: {fault}": [
            (f"eq-{slug(row['equation'])}", row["statement"], f"{row['equation']}, {row['place']}")
            for row in refuted[refuted["kind"] == fault].to_dict("records")
        ]
        for fault in summaries.FAULTS
    }


def _violated(content: Content) -> list[tuple[str, str, str]]:
    table = content.tables.get(CONSTANTS)
    if table is None:
        return []
    rows = summaries.constants(table).to_dict("records")
    return [
        ("constants", f"The printed constant of {row['rule']}", row["violated at"])
        for row in rows
        if row["violated"]
    ]

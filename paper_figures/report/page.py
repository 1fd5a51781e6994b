"""The report as one self-contained page, and as Markdown."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from paper_figures.report import overview, pictures
from paper_figures.report.answers import answers, verdict
from paper_figures.report.cards import groups
from paper_figures.report.content import Content
from paper_figures.report.findings import appendix, findings
from paper_figures.report.grounds import drawing
from paper_figures.report.legend import intervals
from paper_figures.report.mathematics import in_html, in_marked
from paper_figures.report.settings import settings
from paper_figures.report.shown import EQUATIONS, SECTIONS, Section
from paper_figures.report.views import View, views
from paper_figures.report.words import MARKS, kind, number_of
from paper_figures.report.writing import in_markdown, number, slug

TEMPLATES = Path(__file__).parent / "templates"
TITLE = "Coded Robust Aggregation for Distributed Learning under Byzantine Attacks"
OF_THE_PAPER = ("constants", "theorems", "sharpened", "ledger")
"""Sections that a study of a reader's own has in its appendix."""
OF_OWN = ("leaderboards", "losses")
"""Sections with which such a study begins."""


def page(content: Content) -> str:
    """Return the page: no script, style, font or picture comes from elsewhere.

    Formulas are MathML. A table or figure that is missing is said to be missing.
    """
    return _rendered(
        "page.html.j2",
        content,
        autoescape=True,
        embedded=pictures.embedded,
        size=pictures.size,
        graph=drawing(content.tables[EQUATIONS]) if EQUATIONS in content.tables else None,
        style=Markup((TEMPLATES / "page.css").read_text("utf-8")),
        script=Markup((TEMPLATES / "page.js").read_text("utf-8")),
    )


def markdown(content: Content) -> str:
    """Return the report as Markdown; figures are links to the files beside it."""
    return _rendered("report.md.j2", content, autoescape=False)


def gallery(figures: Mapping[str, Mapping[str, Any]], words: Mapping[str, str]) -> str:
    """Return a page of Markdown that shows every figure, those of the appendix last.

    Parameters
    ----------
    figures
        By name: what `cradl.config.model.Figure` says of it, of which ``caption``, ``reproduces``
        and ``appendix`` are shown.
    words
        By name: its description for those who do not see it.
    """
    parts = [_GALLERY_HEAD]
    for last in (False, True):
        of_part = {name: one for name, one in figures.items() if one["appendix"] == last}
        if last and of_part:
            parts.append("## Appendix\n")
        level = "###" if last else "##"
        parts += [
            f"{level} {name}{f' ({of})' if (of := one['reproduces']) else ''}\n\n"
            f"![{in_markdown(words[name])}]({name}.png)\n\n{in_markdown(one['caption'])}\n"
            for name, one in of_part.items()
        ]
    return "\n".join(parts)


_GALLERY_HEAD = """# Gallery

<!-- Written by `snakemake gallery`: edit captions in config/paper.yaml, not here. -->

The figures of `config/paper.yaml`, smaller than in `results/paper/figures/`, where they are
PDF, SVG and PNG at 300 dots per inch, each with what it draws as a table, `<figure>.csv`. Where the
name of a figure of the paper stands behind that of one of ours, ours shows the same runs.
"""


def numbers(text: str) -> str:
    """Write the numbers with powers of ten in a text as `number` does.

    Examples
    --------
    >>> numbers("ends at 2.48e+11")
    'ends at 2.48 × 10¹¹'
    """
    return re.sub(r"-?\d+(\.\d+)?e[+-]\d+", lambda found: number(float(found[0])), text)


def _rendered(template: str, content: Content, *, autoescape: bool, **more: Any) -> str:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "number": number,
        "numbers": numbers,
        "slug": slug,
        "md": in_markdown,
        "math": in_html,
        "mathmd": in_marked,
    }
    written = views(content)
    first, last = _divided(content, written)
    return environment.get_template(template).render(
        content=content,
        title=TITLE if content.of_paper else content.study,
        paper=TITLE,
        verdict=verdict(content),
        answers=answers(content),
        findings=findings(content),
        appendix=appendix(content),
        tiles=overview.tiles(content),
        failing=overview.failing(content),
        holding=overview.holding(content),
        intervals=intervals(content),
        views=written,
        sections=first,
        of_paper=last,
        ledger=groups(content.tables[EQUATIONS]) if EQUATIONS in content.tables else [],
        settings=settings(content.settings),
        headlines=content.headlines,
        number_of=number_of,
        kind=kind,
        marks=MARKS,
        **more,
    )


def _divided(content: Content, written: Mapping[str, View]) -> tuple[list[Section], list[Section]]:
    """Return the sections of the page, and those that stand in its appendix."""
    shown = [
        section
        for section in SECTIONS
        if any(table.name in written for table in section.tables)
        or (section.name == "ledger" and EQUATIONS in content.expected)
    ]
    if content.of_paper:
        return shown, []
    return (
        sorted(
            (section for section in shown if section.name not in OF_THE_PAPER),
            key=lambda section: (section.name not in OF_OWN, section.name != OF_OWN[0]),
        ),
        [section for section in shown if section.name in OF_THE_PAPER],
    )

"""The cells of the report's tables, for the page and for Markdown."""

import math
from typing import Any, Literal, NamedTuple

from markupsafe import Markup

from paper_figures.drawing import names
from paper_figures.report import mathematics, words
from paper_figures.report.claimed import Phase, Tally
from paper_figures.report.writing import in_markdown, number

Kind = Literal[
    "text",
    "math",
    "word",
    "number",
    "verdict",
    "code",
    "tally",
    "phase",
    "range",
    "interval",
    "limits",
    "limited",
]
"""How a value is written.

``text`` stands as a study has it, ``math`` has mathematics in ASCII, a ``word`` is a key that our
own tables name in print. ``tally`` and ``phase`` take a `Tally` and a `Phase`, the last four pairs
and triples of numbers: ends; mean and half-width; mean, ends and unit; mean, largest and promised.
"""


class Cell(NamedTuple):
    """One written cell, for the page and for Markdown."""

    html: Markup | str
    marked: str


WORDS = {
    **names.STATEMENTS,
    **{key: hypothesis.name for key, hypothesis in names.HYPOTHESES.items()},
    **names.RULES,
    **names.FORMS,
}


def chip(kind: str, text: str) -> Markup:
    """Return a verdict in its colour; its mark comes with the style."""
    return Markup('<span class="verdict {}">{}</span>').format(kind, text)


def cell(value: Any, kind: Kind) -> Cell:
    """Write a value."""
    if kind == "number":
        return _plain(number(float(value)))
    if kind == "verdict":
        told = words.word(str(value))
        kind_of = words.kind(told)
        # Most rows of long tables are not applicable: these stand bare.
        return Cell(told if kind_of == "neutral" else chip(kind_of, told), _marked(told))
    if kind == "code":
        html = Markup("<code>{}</code>").format(value) if value else Markup("")
        return Cell(html, in_markdown(str(value)))
    if kind == "math":
        return Cell(mathematics.in_html(str(value)), mathematics.in_marked(str(value)))
    if kind == "word":
        # A key that is none of ours stands as it is.
        named = WORDS.get(str(value))
        return cell(named, "math") if named else _plain(str(value))
    if kind in ("tally", "phase"):
        return _counted(value)
    return _plain(str(value) if kind == "text" else _several(value, kind))


def _plain(text: str) -> Cell:
    return Cell(text, in_markdown(text))


def _marked(told: str, more: str = "") -> str:
    return " ".join(filter(None, [words.MARKS[words.kind(told)], told, more]))


def _counted(value: Tally | Phase | None) -> Cell:
    if value is None or isinstance(value, float):
        return Cell("", "")
    tally = value.tally if isinstance(value, Phase) else value
    if not tally.of:
        return Cell("", "")
    html = chip(words.kind(tally.word), f"{tally.word} {tally}")
    if isinstance(value, Phase):
        ends = f"{ends_of(value.least, value.most)} {unit(value.unit)}"
        html += Markup(' <span class="where">{}</span>').format(ends)
    return Cell(html, _marked(tally.word, str(tally)))


def unit(name: str) -> str:
    """Write a unit of a statistic."""
    return name.replace("log10", "log₁₀")


def ends_of(least: float, largest: float) -> str:
    """Write a range, or one number if the ends read the same."""
    if math.isnan(least) or number(least) == number(largest):
        return number(least)
    return f"{number(least)} to {number(largest)}"


def _several(value: tuple[Any, ...], kind: Kind) -> str:
    """Write a pair or a triple of numbers."""
    first, second, *more = value
    if kind == "range":
        return ends_of(first, second)
    if kind == "interval":
        return number(first) if math.isnan(second) else f"{number(first)} ± {number(second)}"
    if kind == "limited":
        relation = "≤" if second <= more[0] else ">"
        limited = f"{number(second)} {relation} {number(more[0])}"
        mean = "" if math.isnan(first) or first == second else f"mean {number(first)}; "
        return mean + limited
    told = number(first)
    if not math.isnan(second):
        told += f" ({ends_of(second, more[0])})"
    return " ".join([told, *map(unit, more[1:])])

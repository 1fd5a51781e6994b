"""A figure in words, for readers who do not see it."""

import re
import unicodedata
from collections.abc import Iterable

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator

NAME = "name of a curve"
"""The mark (`gid`) of texts in a panel that name curves."""

_NUMBER = re.compile(r"\s*[-−]?[\d.]*\s*")
_NUMBERS = ("No panel", "One panel", "Two panels", "Three panels", "Four panels")
_COMMANDS = {
    "leq": "≤",
    "geq": "≥",
    "nabla": "∇",
    "|": "‖",
    "in": "∈",
    "top": "⊤",
    "max": "max",
    "min": "min",
    "sqrt": "√",
    "setminus": "∖",
    "lambda": "λ",
    "varsigma": "ς",
    "varrho": "ϱ",
}
_FONTS = re.compile(r"\\(?:mathbf|mathrm|mathit|mathcal|text|bar|hat)\s*\{([^{}]*)\}")


def description(figure: Figure) -> str:
    """Describe a figure: the axes of its panels, the names beside curves and in its legend."""
    panels = [
        axes
        for axes in figure.axes
        if axes.axison and axes.get_visible() and axes.get_label() != "<colorbar>"
    ]
    count = _NUMBERS[len(panels)] if len(panels) < len(_NUMBERS) else f"{len(panels)} panels"
    sentences = [f"{count}.", *filter(None, _panels(panels))]
    beside = [plain(name) for panel in panels for name in _beside(panel)]
    if beside:
        sentences.append(f"Named: {'; '.join(dict.fromkeys(beside))}.")
    names = [
        plain(text.get_text())
        for legend in [*figure.legends, *(panel.get_legend() for panel in panels)]
        if legend is not None
        for text in legend.get_texts()
    ]
    if names:
        sentences.append(f"Legend: {'; '.join(dict.fromkeys(names))}.")
    return " ".join(sentences)


def _beside(panel: Axes) -> Iterable[str]:
    """Yield the names of a panel's curves, and those of its rows that are no numbers."""
    yield from (text.get_text() for text in panel.texts if text.get_gid() == NAME)
    yield from _rows(panel)


def _rows(panel: Axes) -> list[str]:
    """Return the names of a panel's rows that are no numbers."""
    if not isinstance(panel.yaxis.get_major_locator(), FixedLocator):
        return []
    names = (text.get_text() for text in panel.get_yticklabels())
    return [name for name in names if not _NUMBER.fullmatch(name)]


def _panels(panels: Iterable[Axes]) -> Iterable[str]:
    """Describe each panel; a label stands for the panels after it that have none."""
    across, up = "", ""
    labelled = list(panels)
    for place, panel in enumerate(labelled):
        up = plain(panel.get_ylabel()) or ("" if _rows(panel) else up)
        # The lowest panel of a column carries the label for those above it.
        column = [other for other in labelled[place:] if _column(other) == _column(panel)]
        beneath = (plain(other.get_xlabel()) for other in column)
        across = plain(panel.get_xlabel()) or next(filter(None, beneath), across)
        title = plain(panel.get_title("left") or panel.get_title())
        kind = {"log": ", logarithmic", "linear": ""}.get(panel.get_yscale(), "")
        shown = " against ".join(filter(None, [f"{up}{kind}" if up else "", across]))
        if shown or title:
            yield ": ".join(filter(None, [title, shown])) + "."


def _column(panel: Axes) -> int | None:
    """Return the column of a grid in which a panel stands, if it is in one."""
    place = panel.get_subplotspec()
    return None if place is None else place.colspan.start


def plain(text: str) -> str:
    r"""Write a label, mathematics included, as plain text on one line.

    Mathematics stands between dollar signs if their number is even; ``\$`` is a dollar sign.
    """
    parts = _DOLLAR.split(text)
    if len(parts) % 2 == 0:
        parts = [text]
    said = (
        _said(part) if place % 2 else part.replace(r"\$", "$") for place, part in enumerate(parts)
    )
    return " ".join("".join(said).split())


_DOLLAR = re.compile(r"(?<!\\)\$")


def _said(text: str) -> str:
    """Write mathematics as plain text."""
    while _FONTS.search(text):
        text = _FONTS.sub(r"\1", text)
    text = re.sub(r"\\([A-Za-z]+|\|)\s*", lambda match: _symbol(match[1]), text)
    return re.sub(r"[{}\\]", "", text)


def _symbol(command: str) -> str:
    if command in _COMMANDS:
        return _COMMANDS[command]
    try:
        return unicodedata.lookup(f"GREEK SMALL LETTER {command.upper()}")
    except KeyError:
        return command

"""Plain text with formulas in it, as LaTeX with the formulas as mathematics."""

import re
import textwrap
import unicodedata

from paper_figures.report.writing import in_latex

_GREEK = "α-ωΓΔΘΛΞΠΣΦΨΩ"
_PRODUCT = rf"[{_GREEK}][A-Z]?"
_NUMBER = r"[−-]?\d+(?:\.\d+)?(?:/\d+)?"
_LETTER = rf"(?<![\w'’.^\\-])(?:[A-Za-z]|{_PRODUCT})"
_SUBSCRIPT = rf"_(?:[{_GREEK}]|[A-Za-z0-9]+)"
_POWER = r"(?:\^(?:\d+|[A-Za-z*])|[²′*])"
_SYMBOL = rf"{_LETTER}(?:{_SUBSCRIPT})?{_POWER}?(?![\w'’_^²′*-])"
_ATOM = rf"(?:{_SYMBOL}|{_NUMBER}(?![\w.]))"
_OPERATOR = r"(?: [=<>≤≥≠≈+−-] |[/·×+−=<>≤≥])"
_FORMULA = re.compile(
    rf"{_SYMBOL}(?:{_OPERATOR}{_ATOM})+"
    rf"|{_PRODUCT}(?:{_SUBSCRIPT})?{_POWER}?(?![\w_^²′*])"
    rf"|{_LETTER}(?:{_SUBSCRIPT}{_POWER}?|{_POWER})(?![\w'’_^²′*-])"
)
"""Symbols joined by operators, or one that is Greek or has an index or a power."""

_KEPT = "\u00a0"
_SIGNS = {"−": "-", "²": "^2", "′": "'"}
_STAR = re.compile(r"(?<!\^)\*")
_ENDS_IN_COMMAND = re.compile(r"\\[A-Za-z]+$")
_WORD = re.compile(r"_([A-Za-z0-9]{2,})")


def typeset(text: str) -> str:
    r"""Write plain text on one line as LaTeX, each formula in it as one formula.

    What is no formula is written as `in_latex` writes it.

    Examples
    --------
    >>> print(typeset("CRA-DL (median), α = 0.1"))
    CRA-DL (median), $\alpha = 0.1$
    >>> print(typeset("ν for r − r²/M"))
    $\nu$ for $r - r^2/M$
    """
    line = unicodedata.normalize("NFC", " ".join(text.split()))
    written, end = [], 0
    for found in _FORMULA.finditer(line):
        written += [_words(line[end : found.start()]), f"${_formula(found[0])}$"]
        end = found.end()
    return "".join([*written, _words(line[end:])])


def wrapped(text: str, width: int) -> list[str]:
    r"""Write plain text as lines of LaTeX of about `width` letters; none ends within a formula.

    Examples
    --------
    >>> wrapped("Sign-flipping attack, α = 0.2", 13)
    ['Sign-flipping', 'attack,', '$\\alpha = 0.2$']
    """
    kept = _FORMULA.sub(lambda found: found[0].replace(" ", _KEPT), " ".join(text.split()))
    return [typeset(line) for line in textwrap.wrap(kept, width, break_long_words=False)]


def _words(part: str) -> str:
    """Write what stands between formulas, with the spaces at its ends."""
    return re.sub(r"\S(?:.*\S)?", lambda found: in_latex(found[0]), part)


def _formula(part: str) -> str:
    """Write a formula, without the dollars around it."""
    written = ""
    for sign in _STAR.sub("^*", part):
        command = _SIGNS.get(sign) or (sign if sign.isascii() else in_latex(sign).strip("$"))
        # A letter would go on with the name of the command before it.
        apart = sign.isascii() and sign.isalpha() and _ENDS_IN_COMMAND.search(written)
        written += f" {command}" if apart else command
    return _WORD.sub(r"_{\\mathrm{\1}}", written)

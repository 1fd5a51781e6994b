"""Mathematics that tables write in ASCII, set as mathematics."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Literal, NamedTuple

from latex2mathml.converter import convert
from markupsafe import Markup, escape

from paper_figures.report.writing import in_markdown

# In the order of their signs in `_UNICODE`; varrho has none of its own.
_LETTERS = (
    *("alpha", "beta", "gamma", "delta", "eta", "kappa", "lambda", "mu", "nu", "xi", "pi", "rho"),
    *("sigma", "varsigma", "tau", "phi", "psi", "omega", "Delta", "Sigma", "Phi", "nabla"),
    "varrho",
)
_GREEK = "|".join(sorted(_LETTERS, key=len, reverse=True))
_UNICODE = dict(zip("αβγδηκλμνξπρσςτφψωΔΣΦ∇", _LETTERS, strict=False))
_RAISED = {"²": "2", "³": "3"}
_BASE = rf"(?:(?<![A-Za-z\\])(?:{_GREEK})|(?<![A-Za-z'’])[A-Za-zα-ωΑ-Ω∇]|\|\|?|[)\]}}]|\b\d+)"
_INDEX = rf"(?:{_GREEK}|min|max|star|[A-Za-zα-ωΑ-Ω0-9]{{1,2}})"
_SCRIPT = rf"_{_INDEX}(?![A-Za-z])|\^(?:-?\d+|\*|[A-Za-z](?![A-Za-z]))|[²³]"
# Parentheses in parentheses, three deep.
_WITHIN = r"\([^()]*\)"
for _ in range(2):
    _WITHIN = rf"\((?:[^()]|{_WITHIN})*\)"
_PIECES = re.compile(
    rf"(?P<code>(?:\b(?:cradl|theory|tests)(?:[./]\w+)+)(?:::\w+)?)"
    rf"|(?P<root>\bsqrt{_WITHIN}|\bsqrt \d+)"
    rf"|(?P<set>{_BASE}(?:{_SCRIPT})+|\b[FxGN]\*(?![\w*(]))"
    rf"|(?P<greek>(?<![A-Za-z\\])(?:{_GREEK})\d?(?![A-Za-z]))"
    r"|(?P<words>\b[A-Za-z]+(?:_[A-Za-z0-9]+)+\b)"
)
_SIGNS = (
    (re.compile(r"<="), "≤"),
    (re.compile(r">="), "≥"),
    (re.compile(r"!="), "≠"),
    (re.compile(r"->"), "→"),
    (re.compile(r"\|\|"), "‖"),
    (re.compile(r"(?<=[\w)])\*(?=[\w(]|$)"), "·"),
    (re.compile(r"(?<![\w)])-(?=[\d.])|(?<= )-(?= )"), "−"),
    (re.compile(r"(?<=\b[A-Za-z])-(?=\d|[A-Za-z]\b)|(?<=\))-(?=\w)|(?<=\(\d)-(?=\d)"), "−"),
)


class Piece(NamedTuple):
    """A part of a text: LaTeX, code or plain."""

    kind: Literal["latex", "code", "plain"]
    text: str


def pieces(text: str) -> Iterator[Piece]:
    r"""Divide a text.

    Examples
    --------
    >>> [piece.text for piece in pieces("C_alpha^2 <= sqrt(3)/2, see theory.rba.krum")]
    ['C_{\\alpha}^{2}', ' ≤ ', '\\sqrt{3}', '/2, see ', 'theory.rba.krum']
    """
    place = 0
    for found in _PIECES.finditer(text):
        if found.start() > place:
            yield Piece("plain", _signed(text[place : found.start()]))
        kind = found.lastgroup
        if kind == "code":
            yield Piece("code", found[0])
        elif kind == "words":
            yield Piece("plain", found[0].replace("_", " "))
        else:
            yield Piece("latex", _latex(found[0]))
        place = found.end()
    if place < len(text):
        yield Piece("plain", _signed(text[place:]))


def _signed(text: str) -> str:
    for sign, written in _SIGNS:
        text = sign.sub(written, text)
    return text


def _latex(text: str) -> str:
    if text.startswith("sqrt"):
        inner = text.removeprefix("sqrt").strip()
        inner = inner[1:-1] if inner.startswith("(") else inner
        return rf"\sqrt{{{''.join(_inner(piece) for piece in pieces(inner))}}}"
    parts = re.findall(rf"{_GREEK}|min|max|star|\|\||[\^_]|-?\d+|[^\s]", text)
    written, script = "", ""
    for part in parts:
        if part in "^_":
            script = part
        elif part in _RAISED:
            written += f"^{{{_RAISED[part]}}}"
        elif script:
            joined = written.endswith("}") and script == "+"
            written += f"{script}{{{_symbol(part)}}}" if not joined else _symbol(part)
            script = ""
        elif written and re.match(r"[A-Za-z0-9]", part) and written.endswith("}"):
            # An index of several letters or digits, such as W_ik.
            written = f"{written[:-1]}{_symbol(part)}}}"
        elif written and part.isdigit():
            written += f"_{{{part}}}"
        else:
            written += "^{*}" if written and part == "*" else _symbol(part)
    return written


def _symbol(part: str) -> str:
    name = _UNICODE.get(part, part)
    if name in _LETTERS:
        return rf"\{name}"
    return {
        "||": r"\Vert ",
        "|": r"\vert ",
        "min": r"\min",
        "max": r"\max",
        "star": "*",
        "}": r"\}",
    }.get(part, part)


def _inner(piece: Piece) -> str:
    return piece.text.replace("−", "-").replace("·", r"\cdot ").replace("≤", r"\leq ")


@cache
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
    # HTML knows the namespace of a formula.
    return Markup(written.replace(' xmlns="http://www.w3.org/1998/Math/MathML"', ""))


def in_html(text: str) -> Markup:
    """Write a text with its mathematics as MathML."""
    return Markup("").join(
        formula(piece.text)
        if piece.kind == "latex"
        else Markup("<code>{}</code>").format(piece.text)
        if piece.kind == "code"
        else escape(piece.text)
        for piece in pieces(text)
    )


def in_marked(text: str) -> str:
    """Write a text for Markdown, with its mathematics as LaTeX between dollars."""
    written = []
    for piece in pieces(" ".join(text.split())):
        if piece.kind == "latex":
            bars = piece.text.replace(r"\|", r"\Vert ").replace("|", r"\vert ")
            # Formulas that touch are one.
            if written and written[-1].endswith("$") and written[-1].startswith("$"):
                written.append(f"{written.pop()[:-1]}{bars}$")
            else:
                written.append(f"${bars}$")
        else:
            # in_markdown strips, but here spaces join.
            inner = piece.text.strip()
            lead = piece.text[: len(piece.text) - len(piece.text.lstrip())]
            tail = piece.text[len(piece.text.rstrip()) :] if inner else ""
            written.append(f"{lead}{in_markdown(inner) if inner else ''}{tail}")
    return "".join(written)

"""How numbers and names are written, the same in the page, in Markdown and in LaTeX."""

import hashlib
import itertools
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

SIGNIFICANT = 3
"""Digits of a number that is not a count."""
_PLAIN = (1e-3, 1e5)
"""Magnitudes written without a power of ten."""
_EXACT = 1e6
"""Below this an integer, a count as a rule, is written with all its digits."""
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_LOWERED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
_ABSENT, _INFINITE = "—", "∞"

_GREEK = (
    "alpha beta gamma delta varepsilon zeta eta theta iota kappa lambda mu nu xi pi rho varsigma "
    "sigma tau upsilon varphi chi psi omega"
)
_CAPITALS = "ΓΔΘΛΞΠΣΦΨΩ"
_LETTERS = "ss ae AE oe OE o O l L i"
_IN_LATEX = {
    "σ_H": r"$\sigma_H$",
    **{
        letter: rf"$\{name}$"
        for letter, name in zip("αβγδεζηθικλμνξπρςστυφχψω", _GREEK.split(), strict=True)
    },
    **{special: rf"\{special}" for special in "{}$&#%_"},
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    **{sign: f"${sign}$" for sign in "<>|"},
    **{
        sign: f"${command}$"
        for sign, command in {
            "−": "-",
            "′": "'",
            "×": r"\times",
            "±": r"\pm",
            "·": r"\cdot",
            "≤": r"\leq",
            "≥": r"\geq",
            "≠": r"\neq",
            "≈": r"\approx",
            "∞": r"\infty",
            "∇": r"\nabla",
            "‖": r"\|",
            "²": "^2",
        }.items()
    },
    **{
        letter: rf"$\{unicodedata.name(letter).split()[-1].capitalize()}$".replace(
            "Lamda", "Lambda"
        )
        for letter in _CAPITALS
    },
    "–": "{--}",
    "—": "{---}",
    "’": "{'}",
    "‘": "{`}",
    "“": "{``}",
    "”": "{''}",
    "…": r"\ldots{}",
    **{
        letter: rf"\{name}{{}}" for letter, name in zip("ßæÆœŒøØłŁı", _LETTERS.split(), strict=True)
    },
    # A row that begins so would be an option of the row before.
    "[": "{[}",
    "*": "{*}",
}
_ACCENTS = dict(
    zip(
        "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030b\u030c\u0323\u0327\u0331",
        "`'^~=u.\"rHvdcb",
        strict=True,
    )
)
"""Commands of the accents that every font of TeX sets above or below a letter."""


def _parts(value: float) -> tuple[str, str]:
    """Return the digits of a finite number and its power of ten, empty if it has none."""
    if float(value).is_integer() and abs(value) < _EXACT:
        return str(int(value)), ""
    digits, _, exponent = f"{value:.{SIGNIFICANT}g}".partition("e")
    if _PLAIN[0] <= abs(float(f"{digits}e{exponent or 0}")) < _PLAIN[1]:
        return f"{float(f'{digits}e{exponent or 0}'):.10g}", ""
    return digits, str(int(exponent)) if exponent else ""


def number(value: float) -> str:
    """Write a number to three significant digits, ``6.26`` or ``−3.02 × 10¹⁷``; counts exactly."""
    if math.isnan(value):
        return _ABSENT
    if math.isinf(value):
        return _INFINITE if value > 0 else f"−{_INFINITE}"
    digits, exponent = _parts(value)
    power = f" × 10{exponent.translate(_RAISED)}" if exponent else ""
    return f"{digits}{power}".replace("-", "−")


def value_of(text: str) -> float:
    """Return the number that `number` wrote, as exactly as it was written.

    Raises
    ------
    ValueError
        For anything else.
    """
    if text == _ABSENT:
        return math.nan
    plain = text.replace("−", "-").replace(_INFINITE, "inf")
    digits, _, power = plain.partition(" × 10")
    return float(f"{digits}e{power.translate(_LOWERED)}" if power else digits)


def num(value: float) -> str:
    r"""Write a number for siunitx: ``\num{6.26}``, ``\num{-3.02e17}``, ``$\infty$``, ``---``."""
    if math.isnan(value):
        return "---"
    if math.isinf(value):
        return r"$\infty$" if value > 0 else r"$-\infty$"
    return rf"\num{{{siunitx(value)}}}"


def siunitx(value: float) -> str:
    """Write a finite number as an argument of siunitx."""
    digits, exponent = _parts(value)
    return f"{digits}e{exponent}" if exponent else digits


def between(least: float, largest: float) -> str:
    r"""Write a range for siunitx, ``\numrange{1.05}{195}``; one number if both are equal."""
    if not math.isfinite(least) or math.isnan(largest):
        return num(least)
    if math.isinf(largest):
        return rf"{num(least)} to {num(largest)}"
    if siunitx(least) == siunitx(largest):
        return num(least)
    return rf"\numrange{{{siunitx(least)}}}{{{siunitx(largest)}}}"


def with_half_width(mean: float, half_width: float) -> str:
    r"""Write a mean and the half-width of its interval for siunitx, ``6.26 +- 0.09``.

    The half-width has two significant digits, the mean as many decimals, both before a power of ten
    if the mean is large or the half-width has more digits. Without a half-width, or with powers of
    ten between them, the mean stands alone.
    """
    if not half_width > 0 or not math.isfinite(half_width) or not math.isfinite(mean):
        return siunitx(mean)
    rounded = float(f"{half_width:.1e}")
    decimals = 1 - math.floor(math.log10(rounded))
    power = 0
    if decimals < 0 or abs(mean) >= _PLAIN[1]:
        power = math.floor(math.log10(max(abs(mean), rounded)))
    if not 0 <= decimals + power <= 6:
        return siunitx(mean)
    both = (f"{value / 10**power:.{decimals + power}f}" for value in (mean, half_width))
    return " +- ".join(both) + (f"e{power}" if power else "")


def in_latex(text: str) -> str:
    r"""Write plain text on one line: special characters as themselves, Greek as mathematics.

    Letters that pdfLaTeX cannot set, such as Chinese ones, stay as they are for LuaLaTeX and
    XeLaTeX with a font that has them; pdfLaTeX prints their code points, such as ``U+4E2D``.

    Examples
    --------
    >>> print(in_latex("50 % of α_1, café"))
    50 \% of $\alpha$\_1, caf\'{e}
    """
    line = unicodedata.normalize("NFC", " ".join(text.split()))
    return _SPECIAL.sub(_in_latex, line)


_SPECIAL = re.compile(
    "|".join(
        [
            *map(re.escape, _IN_LATEX),
            # TeX joins these to one letter.
            r"-(?=-)|`(?=`)|'(?=')|[?!](?=`)",
            f"[^\x20-\x7e{re.escape(''.join(_IN_LATEX))}]+",
        ]
    )
)


def _in_latex(found: re.Match[str]) -> str:
    part = found[0]
    if part in _IN_LATEX:
        return _IN_LATEX[part]
    return f"{part}{{}}" if part.isascii() else _letters(part)


def _letters(run: str) -> str:
    """Write letters beyond ASCII."""
    written = []
    for settable, letters in itertools.groupby(run, lambda letter: _accented(letter) != ""):
        if settable:
            written += map(_accented, letters)
        else:
            same = "".join(letters)
            codes = " ".join(f"U+{ord(letter):04X}" for letter in same)
            # Only engines that read such letters themselves have this command.
            written.append(rf"\ifdefined\Umathchar {same}\else {codes}\fi{{}}")
    return "".join(written)


def _accented(letter: str) -> str:
    """Return the command of an ASCII letter with one accent; empty for any other letter."""
    base, *marks = unicodedata.normalize("NFD", letter)
    plain = base.isascii() and base.isalpha() and len(marks) == 1 and marks[0] in _ACCENTS
    return rf"\{_ACCENTS[marks[0]]}{{{base}}}" if plain else ""


def in_markdown(text: str) -> str:
    r"""Write plain text on one line, as a cell of a Markdown table or an entry of a list.

    Examples
    --------
    >>> print(in_markdown("a | b & <c>"))
    a \| b \& \<c\>
    """
    line = re.sub(r"([\\`*_{}\[\]<>|#~$&])", r"\\\1", " ".join(text.split()))
    # Otherwise it would begin a list within the list.
    return re.sub(r"^(\d*)([-+=.)])", r"\1\\\2", line)


def slug(text: str) -> str:
    """Return a name of small letters, digits, dots and hyphens: ``cra-dl-median-alpha-0.1``."""
    letters = "".join(
        unicodedata.name(letter).split()[-1] if "GREEK" in unicodedata.name(letter, "") else letter
        for letter in text
    )
    return re.sub(r"[^a-z0-9.]+", "-", letters.lower()).strip("-")


def slugs(texts: Iterable[str]) -> dict[str, str]:
    """Return a name for each of several texts, in whatever order they come.

    It is the `slug` of the text. If that is empty, or that of another text too, digits that depend
    on the text alone follow, for each of those texts.

    Examples
    --------
    >>> slugs(["Median", "median", "Krum"])
    {'Median': 'median-daab7c43', 'median': 'median-7896a617', 'Krum': 'krum'}
    """
    digits = dict.fromkeys(texts, 0)
    while True:
        names = {text: _with_digits(text, count) for text, count in digits.items()}
        counts = Counter(names.values())
        alike = [text for text, name in names.items() if not name or counts[name] > 1]
        if not alike:
            return names
        for text in alike:
            digits[text] += 8


def _with_digits(text: str, count: int) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
    return "-".join(filter(None, [slug(text), digest[:count]]))

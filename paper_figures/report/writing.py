"""How numbers and names are written, the same in the page, in Markdown and in LaTeX."""

import math
import re
import unicodedata

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
    "−": "$-$",
    "′": "$'$",
    "<": "$<$",
    ">": "$>$",
}


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

    The half-width has two significant digits, the mean as many decimals; without a half-width, or
    with powers of ten between them, the mean stands alone.
    """
    if not half_width > 0 or not math.isfinite(half_width):
        return siunitx(mean)
    decimals = 1 - math.floor(math.log10(float(f"{half_width:.1e}")))
    if not 0 <= decimals <= 6 or abs(mean) >= _PLAIN[1]:
        return siunitx(mean)
    return f"{mean:.{decimals}f} +- {half_width:.{decimals}f}"


def in_latex(text: str) -> str:
    """Write plain text: Greek letters as mathematics, special characters as themselves."""
    return re.sub("|".join(map(re.escape, _IN_LATEX)), lambda special: _IN_LATEX[special[0]], text)


def in_markdown(text: str) -> str:
    """Write plain text in a cell of a Markdown table."""
    return re.sub(r"([\\`*_{}\[\]<>|#~$])", r"\\\1", " ".join(text.split()))


def slug(text: str) -> str:
    """Return a name of small letters, digits, dots and hyphens: ``cra-dl-median-alpha-0.1``."""
    letters = "".join(
        unicodedata.name(letter).split()[-1] if "GREEK" in unicodedata.name(letter, "") else letter
        for letter in text
    )
    return re.sub(r"[^a-z0-9.]+", "-", letters.lower()).strip("-")

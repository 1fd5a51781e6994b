"""Text and lines of tables in LaTeX."""

import re
from collections.abc import Sequence

_GREEK = (
    "alpha beta gamma delta varepsilon zeta eta theta iota kappa lambda mu nu xi pi rho varsigma "
    "sigma tau upsilon varphi chi psi omega"
)
_WRITTEN = {
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
    "<": "$<$",
    ">": "$>$",
}


def in_latex(text: str) -> str:
    """Write plain text: Greek letters as mathematics, special characters as themselves."""
    return re.sub("|".join(map(re.escape, _WRITTEN)), lambda found: _WRITTEN[found[0]], text)


def table_line(entries: Sequence[str]) -> str:
    """Join the cells of one line of a ``tabular``."""
    return " & ".join(entries) + r" \\"


def number(value: float) -> str:
    r"""Write a number to three significant digits, for example ``$1.2 \times 10^{-7}$``."""
    digits, _, exponent = f"{value:.3g}".partition("e")
    return rf"${digits} \times 10^{{{int(exponent)}}}$" if exponent else f"${digits}$"

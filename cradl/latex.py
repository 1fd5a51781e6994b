"""Text in LaTeX."""

import re

_WRITTEN = {
    "σ_H": r"$\sigma_H$",
    "α": r"$\alpha$",
    "γ": r"$\gamma$",
    "−": r"$-$",
    **{sign: f"\\{sign}" for sign in "%&_#$"},
}


def in_latex(text: str) -> str:
    """Escape what LaTeX reads as commands; write Greek letters and signs as mathematics."""
    pattern = "|".join(map(re.escape, _WRITTEN))
    return re.sub(pattern, lambda found: _WRITTEN[found[0]], text)

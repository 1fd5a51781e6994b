"""The letters that figures can draw: those of the font that matplotlib ships."""

from functools import cache
from pathlib import Path

import matplotlib as mpl
from matplotlib.ft2font import FT2Font


def missing(text: str) -> str:
    """Return the letters of a text that the font lacks, each once; blanks and breaks count not.

    Examples
    --------
    >>> missing("α ≤ 1/3, Größe"), missing("loss 损失")
    ('', '损失')
    """
    known = _known()
    return "".join(
        dict.fromkeys(one for one in text if ord(one) not in known and one not in "\t\n")
    )


@cache
def _known() -> frozenset[int]:
    path = Path(mpl.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")
    return frozenset(FT2Font(str(path)).get_charmap())

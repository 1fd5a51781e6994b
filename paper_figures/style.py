"""Sizes, fonts, colours and markers of all figures, in this one place."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
import seaborn as sns
from matplotlib.figure import Figure

COLUMN_WIDTH = 3.5
"""Width of one column of an IEEE transactions page, in inches."""
PAGE_WIDTH = 7.16
"""Width of both columns and the gap between them, in inches."""

_SETTINGS: dict[str, Any] = {
    **sns.axes_style("ticks"),
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 7,
    "axes.titlesize": 7.5,
    "axes.labelsize": 7,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "legend.fontsize": 6.5,
    "legend.frameon": False,
    "axes.titlelocation": "left",
    "axes.titlepad": 3,
    "axes.linewidth": 0.6,
    "axes.grid": True,
    "grid.linewidth": 0.3,
    "grid.color": "0.85",
    "lines.linewidth": 1.0,
    "lines.markersize": 3.2,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "savefig.dpi": 300,
    "pdf.fonttype": 42,
    # Together with the metadata in `save`: the same figure gives the same bytes.
    "svg.hashsalt": "cradl",
}

_METADATA: dict[str, dict[str, Any]] = {
    ".pdf": {"CreationDate": None},
    ".svg": {"Date": None},
    ".png": {},
}

_PALETTE = sns.color_palette("colorblind")

HONEST, LIAR = "0.3", "#c1121f"
"""Colours of honest and Byzantine devices and of what they send."""


class Line(NamedTuple):
    """How one kind of curve is drawn, the same in every figure."""

    color: Any
    marker: str
    linestyle: Any


# A rule has its colour and marker; with coding it is drawn solid, without coding dashed. Methods
# without a rule have their own.
_RULES: Mapping[str, tuple[Any, str]] = {
    "median": (_PALETTE[0], "o"),
    "trimmed_mean": (_PALETTE[1], "s"),
    "phocas": (_PALETTE[2], "^"),
    "geometric_median": (_PALETTE[9], "v"),
    "krum": (_PALETTE[3], "P"),
    "faba": (_PALETTE[5], "p"),
}
_OTHERS: Mapping[str, Line] = {
    "mean_averaging": Line(_PALETTE[7], "x", "-"),
    "sgc_dl": Line(_PALETTE[4], "D", "-"),
    "clairvoyant": Line("black", "*", ":"),
    "fractional_repetition": Line("#4b2e83", "d", "-."),
    "detection": Line("#7a0019", "X", "-."),
}
_LINESTYLES: Mapping[str, Any] = {"cra_dl": "-", "rba_dl": (0, (3, 1.2))}
_SPARE_MARKERS = "<>h8"


def lines(methods: list[str], aggregators: list[str]) -> list[Line]:
    """Return a style for each curve of a panel.

    Curves that share method and rule (a grid over some other key), and rules or methods unknown
    here, get their own colours in the order in which they come.
    """
    kinds = list(zip(methods, aggregators, strict=True))
    known = [_known(*kind) if kinds.count(kind) == 1 else None for kind in kinds]
    count = sum(one is None for one in known)
    ramp = iter(zip(sns.color_palette("viridis", count), _SPARE_MARKERS * count, strict=False))
    return [
        one or Line(*next(ramp), _LINESTYLES.get(method, "-"))
        for one, method in zip(known, methods, strict=True)
    ]


def _known(method: str, aggregator: str) -> Line | None:
    if method in _OTHERS:
        return _OTHERS[method]
    if aggregator in _RULES and method in _LINESTYLES:
        return Line(*_RULES[aggregator], _LINESTYLES[method])
    return None


@contextmanager
def applied() -> Iterator[None]:
    """Use these settings: figures are drawn and saved inside."""
    with mpl.rc_context(_SETTINGS):
        yield


def save(drawn: Figure, path: Path) -> None:
    """Write a figure as PDF, SVG or PNG, by the suffix of `path`."""
    with applied():
        drawn.savefig(path, metadata=_METADATA[path.suffix])

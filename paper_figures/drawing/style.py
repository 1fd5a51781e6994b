"""Sizes, fonts, colours and markers of all figures, in this one place."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
import matplotlib.style
import numpy as np
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.font_manager import FontEntry, fontManager

from paper_figures.drawing.description import description

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
    # Fixed, so that no title looks for what may be in its way: nothing is above a panel.
    "axes.titley": 1.0,
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

_INSET: dict[str, Any] = {
    "axes.titlesize": 6,
    "axes.labelsize": 5.5,
    "axes.labelpad": 1,
    "axes.titlepad": 2,
    "axes.grid": False,
    "xtick.labelsize": 5.5,
    "ytick.labelsize": 5.5,
    "xtick.major.size": 2,
    "ytick.major.size": 2,
    "xtick.major.pad": 1.5,
    "ytick.major.pad": 1.5,
    "lines.linewidth": 0.7,
    "lines.markersize": 2.6,
}

_METADATA: dict[str, dict[str, Any]] = {
    ".pdf": {"CreationDate": None},
    ".svg": {"Date": None},
    ".png": {},
}

_SAID_IN: dict[str, tuple[str, str]] = {
    ".pdf": ("Title", "Subject"),
    ".svg": ("Title", "Description"),
    ".png": ("Title", "Description"),
}

_FONTS = Path(mpl.get_data_path(), "fonts", "ttf")

_PALETTE = sns.color_palette("colorblind")

HONEST, BYZANTINE = "0.3", "#c1121f"
"""Colours of honest and Byzantine devices and of their messages."""


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
_SPARE_MARKERS = "<>h8+124"
_RAMP_END = 0.8
"""Where the ramp of colours ends: beyond, viridis is too light on white."""


def lines(
    methods: Sequence[str], aggregators: Sequence[str], variants: Sequence[str]
) -> list[Line]:
    """Return a style for each curve of a figure.

    Curves that are a variant of a method and rule (a grid over some other key), and rules or
    methods unknown here, get colour and marker from a ramp, in the order in which they come. The
    same variant of the same rule has the same ones with coding and without.
    """
    curves = list(zip(methods, aggregators, variants, strict=True))
    known = [None if variant else _known(method, rule) for method, rule, variant in curves]
    keys = [
        ("" if method in _LINESTYLES else method, rule, variant) for method, rule, variant in curves
    ]
    steps = list(dict.fromkeys(key for key, line in zip(keys, known, strict=True) if line is None))
    colors = ramp(len(steps))
    places = {key: place for place, key in enumerate(steps)}
    return [
        line
        or Line(
            tuple(colors[places[key]]),
            _SPARE_MARKERS[places[key] % len(_SPARE_MARKERS)],
            _LINESTYLES.get(method, "-"),
        )
        for line, key, method in zip(known, keys, methods, strict=True)
    ]


def ramp(count: int) -> list[Any]:
    """Return colours for things in an order that have none of their own."""
    colors: list[Any] = mpl.colormaps["viridis"](np.linspace(0, _RAMP_END, count)).tolist()
    return colors


def _known(method: str, aggregator: str) -> Line | None:
    if method in _OTHERS:
        return _OTHERS[method]
    if aggregator in _RULES and method in _LINESTYLES:
        return Line(*_RULES[aggregator], _LINESTYLES[method])
    return None


# Labels and titles are plain text; this is how a symbol in them is printed.
_SYMBOLS: Mapping[str, str] = {"σ_H": r"$\sigma_H$"}


def printed(label: str) -> str:
    r"""Return a label or title of a study as Matplotlib draws it: its symbols as mathematics.

    Dollar signs stay dollar signs.

    Examples
    --------
    >>> print(printed("σ_H = 1"), printed("$x$"))
    $\sigma_H$ = 1 \$x\$
    """
    label = label.replace("$", r"\$")
    for symbol, mathematics in _SYMBOLS.items():
        label = label.replace(symbol, mathematics)
    return label


@contextmanager
def applied_to_inset() -> Iterator[None]:
    """Use the settings of an axes inside another."""
    with mpl.style.context(_SETTINGS | _INSET, after_reset=True), _shipped_fonts():
        yield


@contextmanager
def applied() -> Iterator[None]:
    """Use these settings and no others: figures are drawn and saved inside.

    They are laid over the defaults of Matplotlib, whatever the user's own are, and text is set in
    the fonts that Matplotlib ships, whatever fonts of the same names the machine has.
    """
    with mpl.style.context(_SETTINGS, after_reset=True), _shipped_fonts():
        yield


@contextmanager
def _shipped_fonts() -> Iterator[None]:
    """Let Matplotlib find the fonts that it ships alone."""
    before, shipped = fontManager.ttflist, _shipped()
    if before is shipped:
        yield
        return
    _look_in(shipped)
    try:
        yield
    finally:
        _look_in(before)


@cache
def _shipped() -> list[FontEntry]:
    """Return the fonts that Matplotlib ships."""
    before, fontManager.ttflist = fontManager.ttflist, []
    for path in sorted(_FONTS.glob("*.ttf")):
        fontManager.addfont(path)
    found, fontManager.ttflist = fontManager.ttflist, before
    return found


def _look_in(fonts: list[FontEntry]) -> None:
    fontManager.ttflist = []
    # A new font lets the manager forget what it found before.
    fontManager.addfont(_FONTS / "DejaVuSans.ttf")
    fontManager.ttflist = fonts


def save(drawn: Figure, path: Path, *, title: str) -> None:
    """Write a figure as PDF, SVG or PNG, by the suffix of `path`.

    Its title and its description in words are in the file's metadata. The layout is that of the
    first file: later ones neither solve it again nor measure all text for it.
    """
    said = title, description(drawn)
    metadata = _METADATA[path.suffix] | dict(zip(_SAID_IN[path.suffix], said, strict=True))
    with applied():
        if drawn.get_layout_engine() is not None:
            drawn.set_dpi(mpl.rcParams["savefig.dpi"])
            drawn.get_layout_engine().execute(drawn)
            drawn.set_layout_engine(None)
        drawn.savefig(path, metadata=metadata)

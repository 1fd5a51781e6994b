"""Sizes, fonts, colours and markers of all figures, in this one place."""

import hashlib
import re
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
    filled: bool = False
    """Whether its markers are filled; hollow otherwise."""
    width: float = 1.0
    """Of the line, as a multiple of the usual one."""

    @property
    def face(self) -> Any:
        """Colour inside its markers."""
        return self.color if self.filled else "white"

    def artist(self) -> dict[str, Any]:
        """Return how `Axes.plot` and `Axes.errorbar` draw it."""
        return {
            "color": self.color,
            "linestyle": self.linestyle,
            "linewidth": self.width * mpl.rcParams["lines.linewidth"],
            "marker": self.marker,
            "markerfacecolor": self.face,
            "markeredgewidth": 0.7,
        }


# A rule has its colour and marker, a method its line and its filled or hollow markers. Methods
# without a rule have a colour and a marker of their own.
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
    # Two codes with equal losses: a thin line on a wide one.
    "fractional_repetition": Line("#b39ddb", "d", "-", filled=True, width=3.0),
    "detection": Line("#7a0019", "X", "-.", filled=True),
}
_METHODS: Mapping[str, tuple[Any, bool]] = {"cra_dl": ("-", True), "rba_dl": ((0, (3, 1.2)), False)}
# For rules and methods that stand in no table above.
_SPARE_MARKERS = "<>h8H"
_SPARE_LINES = ((0, (5, 1, 1, 1)), (0, (1, 1)), (0, (6, 2)), (0, (3, 1, 1, 1, 1, 1)))
_LIGHTEST, _DARKEST = 76.0, 20.0
"""L* of the first and the last step of an order; lighter ones are unreadable on white."""
_RAMP_END = 0.8
"""Where the ramp of colours ends: beyond, viridis is too light on white."""
_SETTING = re.compile(r"(.+) = (-?[\d.]+(?:e[+-]?\d+)?)")


def lines(
    methods: Sequence[str], aggregators: Sequence[str], variants: Sequence[str]
) -> list[Line]:
    """Return a style for each curve of a figure.

    The colour and the marker tell the rule, the line tells the method. Variants of a rule (a grid
    over some other key) are shades of its colour, from light for the smallest value to dark for
    the largest; of a grid over several keys, the one with most values sets the shade and the
    others set the marker. Values without an order have a marker each as well. A rule or method
    that this module does not know has a colour that its name sets, in every figure.
    """
    curves = list(zip(methods, aggregators, variants, strict=True))
    bases = _bases([(method, rule) for method, rule, _ in curves])
    groups: dict[tuple[str, str], list[str]] = {}
    for method, rule, variant in curves:
        group = groups.setdefault(_owner(method, rule), [])
        if variant and variant not in group:
            group.append(variant)
    steps = {owner: _steps(group) for owner, group in groups.items()}
    found = []
    for base, (method, rule, variant) in zip(bases, curves, strict=True):
        owner = _owner(method, rule)
        if len(groups[owner]) < 2 or not variant:
            found.append(base)
            continue
        place, count, marker = steps[owner][variant]
        markers = [base.marker, *_SPARE_MARKERS]
        found.append(
            base._replace(
                color=shades(base.color, count)[place], marker=markers[marker % len(markers)]
            )
        )
    return found


def shades(color: Any, count: int) -> list[Any]:
    """Return colours of one hue for things in an order, from light to dark in equal steps of L*."""
    linear = _linear(np.array(mpl.colors.to_rgb(color)))
    luminance = float(linear @ LUMINANCE)
    found = []
    for lightness in np.linspace(_LIGHTEST, _DARKEST, count):
        wanted = float(((lightness + 16) / 116) ** 3)
        if wanted > luminance:
            mixed = linear + (1 - linear) * (wanted - luminance) / (1 - luminance)
        else:
            mixed = linear * wanted / luminance
        encoded = np.where(
            mixed <= 0.0031308, 12.92 * mixed, 1.055 * np.maximum(mixed, 1e-9) ** (1 / 2.4) - 0.055
        )
        found.append(tuple(np.clip(encoded, 0, 1).tolist()))
    return found


LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
"""Weights of linear red, green and blue (sRGB)."""


def _linear(rgb: np.ndarray) -> np.ndarray:
    """Return linear red, green and blue of a colour in sRGB."""
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def ramp(count: int) -> list[Any]:
    """Return colours for things in an order that have none of their own."""
    colors: list[Any] = mpl.colormaps["viridis"](np.linspace(0, _RAMP_END, count)).tolist()
    return colors


def _owner(method: str, rule: str) -> tuple[str, str]:
    """Return what has the shades of a curve: its rule, or a method without one."""
    return ("", rule) if method in _METHODS else (method, rule)


def _bases(curves: Sequence[tuple[str, str]]) -> list[Line]:
    """Return the style of each method and rule, whatever the variant."""
    unknown = {
        _named(*curve) for curve in curves if curve[0] not in _OTHERS and curve[1] not in _RULES
    }
    markers: dict[str, str] = {}
    for name in sorted(unknown):
        free = [one for one in _SPARE_MARKERS if one not in markers.values()] or _SPARE_MARKERS
        markers[name] = free[_digest(name) % len(free)]
    found = []
    for method, rule in curves:
        if method in _OTHERS:
            found.append(_OTHERS[method])
            continue
        name = _named(method, rule)
        color, marker = _RULES.get(name) or (_color_of(name), markers[name])
        spare = _SPARE_LINES[_digest(method) % len(_SPARE_LINES)], False
        found.append(Line(color, marker, *_METHODS.get(method, spare)))
    return found


def _named(method: str, rule: str) -> str:
    """Return what a curve's colour stands for; methods without a rule come with the mean."""
    return method if rule == "mean" and method not in _METHODS else rule


def _digest(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")


def _color_of(name: str) -> Any:
    """Return a colour that a name sets: of any hue, darker than those of known rules."""
    return sns.husl_palette(1, h=_digest(name) / 2**32, s=0.8, l=0.38)[0]


def _steps(variants: Sequence[str]) -> dict[str, tuple[int, int, int]]:
    """Return the shade of each variant, the number of shades, and the number of its marker."""
    settings = [[_SETTING.fullmatch(part) for part in one.split(", ")] for one in variants]
    parsed = [{hit[1]: float(hit[2]) for hit in one if hit} for one in settings]
    keys = [*dict.fromkeys(key for one in parsed for key in one)]
    if not all(all(one) for one in settings) or not all(one.keys() == {*keys} for one in parsed):
        return {one: (place, len(variants), place) for place, one in enumerate(variants)}
    values = {key: sorted({one[key] for one in parsed}) for key in keys}
    shade = max(keys, key=lambda key: len(values[key]), default="")
    others = [tuple(one[key] for key in keys if key != shade) for one in parsed]
    markers = sorted(set(others))
    return {
        variant: (values[shade].index(one[shade]), len(values[shade]), markers.index(other))
        for variant, one, other in zip(variants, parsed, others, strict=True)
    }


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
def applied() -> Iterator[None]:
    """Use these settings and no others: figures are drawn and saved inside.

    They are laid over the defaults of Matplotlib, whatever the user's own are, and text is set in
    the fonts that Matplotlib ships, whatever fonts of the same names the machine has.
    """
    with mpl.style.context([_SETTINGS, _OVERLAID], after_reset=True), _shipped_fonts():
        yield


_OVERLAID: dict[str, Any] = {}


def overlay(settings: Mapping[str, Any]) -> None:
    """Lay settings of a user over those of all figures that this process draws from now on."""
    _OVERLAID.clear()
    _OVERLAID.update(settings)


def shipped_fonts() -> list[FontEntry]:
    """Return the fonts that Matplotlib ships."""
    return list(_shipped())


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
        if (layout := drawn.get_layout_engine()) is not None:
            drawn.set_dpi(mpl.rcParams["savefig.dpi"])
            layout.execute(drawn)
            drawn.set_layout_engine(None)
        drawn.savefig(path, metadata=metadata)

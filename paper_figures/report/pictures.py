"""Drawings in the page: embedded, and as few bytes as show the same."""

import re
from collections import Counter
from urllib.parse import quote
from xml.etree import ElementTree

from markupsafe import Markup

_DESCRIPTION = "{http://purl.org/dc/elements/1.1/}description"
_PIXELS_PER_POINT, _ENLARGED = 96 / 72, 1.5
# Legal in an attribute within double quotes and in the path of a data URI.
_UNQUOTED = " /:;=,()!*+?@$'-._~>"
_NUMBERS_OF = {"M": 2, "L": 2, "Q": 4, "C": 6}
_LEFT_OUT = re.compile(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata>.*?</metadata>", re.DOTALL)


def alt_text(svg: str) -> str:
    """Return the description in an SVG's metadata; an empty text if there is none."""
    description = next(ElementTree.fromstring(svg).iter(_DESCRIPTION), None)
    return "" if description is None else " ".join((description.text or "").split())


def size(svg: str) -> tuple[int, int]:
    """Return how wide and high a drawing is shown at most, in pixels: half larger than in print."""
    root = ElementTree.fromstring(svg).attrib
    points = [float(root[side].removesuffix("pt")) for side in ("width", "height")]
    width, height = (round(one * _PIXELS_PER_POINT * _ENLARGED) for one in points)
    return width, height


def embedded(svg: str) -> Markup:
    """Return a drawing as a data URI that may stand in an attribute as it is."""
    return Markup(f"data:image/svg+xml,{quote(shortened(svg), safe=_UNQUOTED)}")


def shortened(svg: str) -> str:
    """Return the same drawing, to a tenth of a point, without what nobody sees.

    Raises
    ------
    ValueError
        For a path whose commands are not absolute ``M``, ``L``, ``Q``, ``C`` and ``z``.
    """
    text = _LEFT_OUT.sub("", svg).replace('"', "'")
    text = re.sub(r"(?<= d=')[^']*", lambda found: relative(found[0]), text)
    text = re.sub(r"(?<= [xy]=')[-\d.]+", lambda found: _short(_tenths(found[0])), text)
    text = re.sub(r"(?<=translate\()[^)]*", _translated, text)
    used = dict.fromkeys(re.findall(r"(?<=url\(#)[^)]*|(?<=href='#)[^']*", text))
    short = {name: f"{place:x}_" for place, name in enumerate(used)}
    text = re.sub(
        r" id='([^']*)'", lambda one: f" id='{short[one[1]]}'" if one[1] in short else "", text
    )
    text = re.sub(r"(?<=url\(#)[^)]*|(?<=href='#)[^']*", lambda one: short[one[0]], text)
    text = re.sub(r"(?<=style=')[^']*", lambda found: re.sub(r"([:;]) ", r"\1", found[0]), text)
    text = _classed(text.replace("xlink:href", "href"))
    return re.sub(r"\s*\n\s*", " ", re.sub(r">\s+<", "><", text)).strip()


def _classed(text: str) -> str:
    """Replace styles, with what they clip, that occur more than once by classes."""
    pattern = re.compile(r"(?: clip-path='([^']*)')? style='([^']*)'")
    counts = Counter(found.group(0, 1, 2) for found in pattern.finditer(text))
    often = [style for style, count in counts.most_common() if count > 1]
    rules = [
        f".s{place:x}{{{written}{f';clip-path:{clip}' if clip else ''}}}"
        for place, (_, clip, written) in enumerate(often)
    ]
    numbers = {whole: place for place, (whole, _, _) in enumerate(often)}
    text = pattern.sub(
        lambda found: f" class='s{numbers[found[0]]:x}'" if found[0] in numbers else found[0], text
    )
    return text.replace("</style>", f"{''.join(rules)}</style>", 1)


def relative(path: str) -> str:
    """Return a path with tenths, each point relative to the one before.

    Examples
    --------
    >>> relative("M 10 20.04 L 10.5 21 L 9 21 Q 1 2 3 4 z")
    'm10 20l.5 1-1.5 0q-8-19-6-17z'
    """
    written: list[str] = []
    last, x, y, start = "", 0, 0, (0, 0)
    for command, given in re.findall(r"([A-Za-z])([^A-Za-z]*)", path):
        if command in "zZ":
            written.append("z")
            last, (x, y) = "", start
            continue
        if command not in _NUMBERS_OF:
            raise ValueError(f"need M, L, Q, C and z in a path, got {command}")
        values = [_tenths(one) for one in given.split()]
        if len(values) != _NUMBERS_OF[command]:
            raise ValueError(f"need {_NUMBERS_OF[command]} numbers after {command}, got {given}")
        moved = [one - (y if place % 2 else x) for place, one in enumerate(values)]
        x, y = values[-2:]
        start = (x, y) if command == "M" else start
        text = "".join(
            one if one.startswith("-") or not place else f" {one}"
            for place, one in enumerate(map(_short, moved))
        )
        if command != last:
            text = command.lower() + text
        elif not text.startswith("-"):
            text = f" {text}"
        written.append(text)
        last = command
    return "".join(written)


def _translated(found: re.Match[str]) -> str:
    # Glyphs are placed in units of their font, hundreds of which make a point.
    return " ".join(_short(_tenths(one)) for one in found[0].split())


def _tenths(text: str) -> int:
    return round(float(text) * 10)


def _short(tenths: int) -> str:
    text = f"{tenths / 10:g}" if abs(tenths) < 10_000_000 else str(tenths // 10)
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text

"""A user's own Matplotlib style file, laid over the style of all figures."""

import logging
from pathlib import Path
from typing import Any

import matplotlib as mpl

from paper_figures.drawing import style

_OURS = ("figure.", "savefig.", "svg.", "pdf.", "ps.", "pgf.", "text.usetex", "path.sketch")
"""Beginnings of settings that figures compute, or on which the bytes of a file depend."""


def read(path: str | Path) -> dict[str, Any]:
    """Return the settings of a style file.

    Raises
    ------
    ValueError
        The file has a setting that Matplotlib does not know, a value that it refuses, a setting
        that figures compute, or a font that Matplotlib does not ship.
    """
    name, told = Path(path).name, _Told()
    logger = logging.getLogger("matplotlib")
    logger.addHandler(told)
    propagates, logger.propagate = logger.propagate, False
    try:
        found = mpl.rc_params_from_file(path, fail_on_error=True, use_default_template=False)
    except (ValueError, OSError, UnicodeDecodeError) as error:
        raise ValueError(f"need a style file of Matplotlib, got {name}: {_line(error)}") from error
    finally:
        logger.removeHandler(told)
        logger.propagate = propagates
    if told.lines:
        line = told.lines[0].replace(str(path), name).split(" You probably")[0]
        raise ValueError(f"need a style file of Matplotlib, got {name}: {line}")
    settings = {str(key): value for key, value in found.items()}
    for key in settings:
        if key.startswith(_OURS):
            raise ValueError(f"need no {key}, which figures set themselves, got it in {name}")
    for key in ("font.family", "font.serif", "font.sans-serif", "font.monospace"):
        for family in settings.get(key, ()):
            _require_shipped(family, name)
    return settings


def _require_shipped(family: str, name: str) -> None:
    """Refuse a font that other machines may not have."""
    generic = {"serif", "sans-serif", "cursive", "fantasy", "monospace"}
    shipped = sorted({one.name for one in style.shipped_fonts()})
    if family not in generic and family not in shipped:
        needed = f"need a font that Matplotlib ships ({', '.join(shipped)})"
        raise ValueError(f"{needed}, got {family} in {name}")


class _Told(logging.Handler):
    """Keeps what Matplotlib only warns of."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the message on one line."""
        self.lines.append(_line(record.getMessage()))


def _line(told: object) -> str:
    return " ".join(str(told).split())

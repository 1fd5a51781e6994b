"""The tables of a finished study as CSV: texts stay texts, numbers keep all their digits."""

import csv
import io
from collections.abc import Collection, Mapping
from pathlib import Path

import pandas as pd

_RUN = ("experiment", "curve")
_JUDGED = (*_RUN, "statement", "form", "verdict", "failing", "margins")

TEXTS: Mapping[str, Collection[str]] = {
    "claims": (
        *("claim", "says", "source", "phase", "comparison", "quantity", "unit"),
        *("claimed", "verdict", "terms"),
    ),
    "claims_summary": ("claim", "says", "source", "phase", "unit", "verdict"),
    "equations": (
        *("equation", "place", "form", "statement", "formula", "verdict", "scope", "kind"),
        *("method", "hypotheses", "rests_on", "evidence", "test"),
    ),
    "theorems": _JUDGED,
    "sharpened": _JUDGED,
    "constants": ("rule", "alpha", "deviation", "verdict", "lower_by"),
    "table1": ("rule", "alpha", "exact", "status"),
    "losses": (*_RUN, "note"),
    "leaderboards": (
        *("leaderboard", "says", "quantity", "unit", "contestant", "cliques"),
        *("worst attack", "worst task"),
    ),
    "leaderboard_tasks": ("leaderboard", "unit", "task", "attack", "contestant", *_RUN),
    "outcomes": (*_RUN, "says"),
    "ratios": (*_RUN, "over"),
    "costs": (*_RUN, "within promise"),
}
"""The columns of texts of every table, by the name of its file; the others hold numbers or flags.

A text is read as it was written, ``NA`` and ``007`` too; an empty one is no missing one.
"""

FLAGS: Mapping[str, Collection[str]] = {"claims": ("some",), "constants": ("exact",)}
"""The columns that hold True or False."""


def csv_of(table: pd.DataFrame) -> str:
    r"""Return a table as CSV: its rows without their index, each ended by ``\n`` on any system.

    A missing number is empty.

    Examples
    --------
    >>> csv_of(pd.DataFrame({"curve": ["NA", 'a "b", c'], "loss": [0.1, float("nan")]}))
    'curve,loss\nNA,0.1\n"a ""b"", c",\n'
    """
    return str(table.to_csv(index=False, lineterminator="\n"))


def read_table(path: str | Path) -> pd.DataFrame:
    """Read a table of a finished study.

    Parameters
    ----------
    path
        A file ``<name>.csv`` whose name is a key of `TEXTS`.

    Returns
    -------
    Columns of texts hold the texts; columns of numbers are integers if all of their entries are,
    otherwise floats with NaN for an empty entry; flags are True or False.

    Raises
    ------
    ValueError
        The name is unknown, a row is too long or too short, or an entry is no number or flag.
    """
    path = Path(path)
    if path.stem not in TEXTS:
        raise ValueError(f"need one of the tables {', '.join(TEXTS)}, got {path}")
    texts, flags = TEXTS[path.stem], FLAGS.get(path.stem, ())
    rows = list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8"), newline=""), strict=True))
    if not rows:
        raise ValueError(f"need the head of a table in {path}, got an empty file")
    head, *body = rows
    for place, row in enumerate(body, start=1):
        if len(row) != len(head):
            raise ValueError(f"need {len(head)} entries in row {place} of {path}, got {len(row)}")
    columns = {}
    for place, name in enumerate(head):
        entries = [row[place] for row in body]
        try:
            columns[name] = _read(entries, text=name in texts, flag=name in flags)
        except (KeyError, ValueError) as error:
            kind = "flags" if name in flags else "numbers"
            raise ValueError(f"need {kind} in column {name} of {path}, got {error}") from error
    return pd.DataFrame(columns)


def _read(entries: list[str], *, text: bool, flag: bool) -> pd.Series:
    """Return a column from its entries."""
    if text:
        return pd.Series(entries, dtype=object)
    if flag:
        return pd.Series([_FLAG[entry] for entry in entries], dtype=bool)
    try:
        return pd.Series([int(entry) for entry in entries], dtype="int64")
    except ValueError:
        return pd.Series([float(entry or "nan") for entry in entries], dtype="float64")


_FLAG = {"True": True, "False": False}

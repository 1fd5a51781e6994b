"""Columns of a user's own table, a CSV or Parquet file: every cell is checked where it is read."""

import csv
import hashlib
import io
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cradl.arrays import Floats

LARGEST = 2 * 10**9
"""Bytes of a file that is read: more would not fit beside what is computed from it."""


class DataFault(ValueError):
    """A table that cannot be used as a study says.

    Attributes
    ----------
    key
        The key of the data set to which this belongs.
    needed, given
        What is needed there, and what was found instead.
    choices
        The names of which one is needed; empty if this is about no name.
    """

    def __init__(self, key: str, needed: str, given: str, choices: Iterable[str] = ()) -> None:
        super().__init__(f"need {needed}, got {given}")
        self.key, self.needed, self.given, self.choices = key, needed, given, tuple(choices)


class Columns(NamedTuple):
    """The columns of a table that a study uses.

    Attributes
    ----------
    numbers
        The columns that must hold numbers (rows, columns).
    texts
        The cells of the column that may hold anything; empty if none is asked for.
    """

    numbers: Floats
    texts: tuple[str, ...]


_places: dict[str, Path] = {}


def remember(places: Mapping[str, str | Path]) -> None:
    """Say where the files with these SHA-256 are."""
    _places.update({digest: Path(path) for digest, path in places.items()})


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a table's bytes, and remember where it is.

    Raises
    ------
    DataFault
        No CSV or Parquet file that can be read, or too large a one.
    """
    if path.suffix.lower() not in (".csv", ".parquet"):
        raise DataFault("file", "a file that ends in .csv or .parquet", repr(path.name))
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise DataFault("file", f"at most {LARGEST / 1e9:g} GB", f"{size / 1e9:.1f} GB")
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DataFault("file", "a readable file", f"{error.strerror}: {path}") from error
    remember({found: path})
    return found


def names_of(digest: str) -> list[str]:
    """Return the names of a table's columns.

    Raises
    ------
    DataFault
        No names, one that stands twice, or no table with commas between its columns.
    """
    names = _parquet_names(digest) if _is_parquet(digest) else _csv_names(digest)
    twice = next((one for place, one in enumerate(names) if one and one in names[:place]), None)
    if twice is not None:
        raise DataFault("file", "another name for each column", f"{twice!r} twice")
    if not any(names):
        raise DataFault("file", "a first line with the names of the columns", "none")
    return names


@lru_cache(maxsize=4)
def read(digest: str, numbers: tuple[str, ...], text: str | None = None) -> Columns:
    """Read columns of the table with this SHA-256.

    Parameters
    ----------
    numbers
        The names of columns of numbers.
    text
        The name of a column that may hold anything but empty cells.

    Raises
    ------
    DataFault
        A cell that is not what it must be, with its row and column; a table without rows.
    """
    get = _read_parquet if _is_parquet(digest) else _read_csv
    found = get(digest, numbers, text)
    if not len(found.numbers):
        raise DataFault("file", "at least one row below the names", "none")
    found.numbers.flags.writeable = False
    return found


def _content(digest: str) -> io.BytesIO:
    path = _places.get(digest)
    if path is None:
        raise DataFault("file", "a table that a loaded study names", f"the SHA-256 {digest}")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise DataFault("file", "the file as it was when the study was loaded", "another content")
    return io.BytesIO(content)


def _is_parquet(digest: str) -> bool:
    return digest in _places and _places[digest].suffix.lower() == ".parquet"


def _rows(digest: str) -> Iterator[list[str]]:
    """Yield the rows of a CSV file, the names first, without empty lines."""
    text = io.TextIOWrapper(_content(digest), encoding="utf-8-sig", newline="")
    try:
        yield from filter(None, csv.reader(text))
    except UnicodeDecodeError as error:
        raise DataFault("file", "text in UTF-8", f"other bytes: {error.reason}") from error
    except csv.Error as error:
        raise DataFault("file", "a CSV file", str(error)) from error


def _csv_names(digest: str) -> list[str]:
    names = next(_rows(digest), [])
    if not names:
        raise DataFault("file", "a first line with the names of the columns", "an empty file")
    for sign, name in ((";", "semicolons"), ("\t", "tabulators")):
        if len(names) == 1 and sign in names[0]:
            needed = "commas between columns and decimal points in numbers"
            raise DataFault("file", needed, f"{name} in {names[0]!r}")
    return [one.strip() for one in names]


def _read_csv(digest: str, numbers: tuple[str, ...], text: str | None) -> Columns:
    import pandas as pd

    names = names_of(digest)
    _require_whole_rows(digest, names)
    used = [*numbers, *([text] if text is not None else [])]
    # By place: a name may be anything.
    places = [names.index(one) for one in used]
    kinds = {place: np.float64 for place in places[: len(numbers)]} | {
        place: object for place in places[len(numbers) :]
    }
    # Since its version 3, pandas reads every number exactly.
    exact = {} if int(pd.__version__.split(".")[0]) >= 3 else {"float_precision": "round_trip"}
    try:
        frame = pd.read_csv(
            _content(digest),
            encoding="utf-8-sig",
            header=0,
            names=range(len(names)),
            usecols=places,
            dtype=kinds,
            keep_default_na=False,
            na_values=[],
            low_memory=False,
            **exact,
        )
    except (ValueError, TypeError) as error:
        _tell_cell(digest, names, numbers, text)
        raise DataFault("file", "a table of numbers", " ".join(str(error).split())) from error
    values = frame[places[: len(numbers)]].to_numpy(np.float64)
    texts = () if text is None else tuple(str(one).strip() for one in frame[places[-1]])
    if not np.isfinite(values).all() or not all(texts):
        _tell_cell(digest, names, numbers, text)
    return Columns(values, texts)


def _require_whole_rows(digest: str, names: Sequence[str]) -> None:
    """Refuse a row that has more or fewer cells than there are names."""
    width = len(names)
    for place, row in enumerate(_rows(digest)):
        if len(row) != width:
            hint = " (a decimal comma?)" if len(row) > width else ""
            raise DataFault(
                "file", f"{width} cells in each row", f"{len(row)} in row {place}{hint}"
            )


def _tell_cell(digest: str, names: Sequence[str], numbers: Sequence[str], text: str | None) -> None:
    """Tell of each column of a CSV file the first cell that is not what it must be."""
    rows = _rows(digest)
    next(rows)
    wrong: dict[str, list[tuple[int, str]]] = {}
    where = [(name, names.index(name)) for name in numbers]
    for place, row in enumerate(rows, start=1):
        for name, at in where:
            if not is_number(row[at]):
                wrong.setdefault(name, []).append((place, row[at]))
        if text is not None and not row[names.index(text)].strip():
            wrong.setdefault(text, []).append((place, ""))
    if wrong:
        found = [_said(name, *cells[0], more=len(cells) - 1) for name, cells in wrong.items()]
        raise _cells_fault(found)


def is_number(cell: str) -> bool:
    """Tell whether a cell spells a finite number."""
    try:
        return "_" not in cell and cell.isascii() and math.isfinite(float(cell))
    except ValueError:
        return False


_MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "?", "-", "."})


def _cells_fault(found: Sequence[str]) -> DataFault:
    return DataFault("file", "a finite number in every cell that is used", "; ".join(found))


def _cell_fault(column: str, row: int, cell: str, *, more: int) -> DataFault:
    return _cells_fault([_said(column, row, cell, more=more)])


def _said(column: str, row: int, cell: str, *, more: int) -> str:
    """Say what is wrong with the cells of a column: the first one, and how many more."""
    hint = "leave column or row out, or code it as a number"
    if cell.strip().lower() in _MISSING:
        hint = "leave out rows with missing values, or fill them"
    elif "," in cell and is_number(cell.replace(",", "", 1)):
        hint = "write a decimal point"
    elif _is_infinite(cell):
        hint = "leave out what is infinite"
    others = f" and {more} more" if more else ""
    return f"{cell!r} in column {column!r}, row {row}{others}: {hint}"


def _is_infinite(cell: str) -> bool:
    try:
        return math.isinf(float(cell))
    except ValueError:
        return False


def _parquet(digest: str, **options: Any) -> Any:
    import pandas as pd

    try:
        return pd.read_parquet(_content(digest), engine="pyarrow", **options)
    except ImportError as error:
        given = f"{error.name or 'pyarrow'} not installed"
        hint = 'pip install "cradl[parquet]", or save the table as CSV'
        raise DataFault("file", "pyarrow to read Parquet", f"{given}: {hint}") from error
    # Which errors pyarrow raises for a broken file is its own affair.
    except Exception as error:
        if isinstance(error, DataFault):
            raise
        raise DataFault("file", "a Parquet file", " ".join(str(error).split())) from error


def _parquet_names(digest: str) -> list[str]:
    return [str(one) for one in _parquet(digest).columns]


def _read_parquet(digest: str, numbers: tuple[str, ...], text: str | None) -> Columns:
    import pandas as pd

    frame = _parquet(digest)
    columns = []
    for name in numbers:
        if not pd.api.types.is_numeric_dtype(frame[name].dtype):
            raise _cell_fault(name, 1, str(frame[name].iloc[0]), more=len(frame) - 1)
        values = frame[name].to_numpy(np.float64, na_value=np.nan)
        wrong = np.flatnonzero(~np.isfinite(values))
        if len(wrong):
            raise _cell_fault(name, int(wrong[0]) + 1, str(values[wrong[0]]), more=len(wrong) - 1)
        columns.append(values)
    texts: tuple[str, ...] = ()
    if text is not None:
        missing = np.flatnonzero(frame[text].isna())
        if len(missing):
            raise _cell_fault(text, int(missing[0]) + 1, "", more=len(missing) - 1)
        texts = tuple(map(str, frame[text]))
    return Columns(np.column_stack(columns) if columns else np.empty((len(frame), 0)), texts)

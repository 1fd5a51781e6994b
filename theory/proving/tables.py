"""Return tables as text; the theory writes no files."""

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd


def csv_text(rows: Iterable[Sequence[Any]], columns: Sequence[str]) -> str:
    """Return rows as CSV text: a header, all digits of floats, empty if there is no value."""
    # As objects, because a column of integers with a gap would become floats.
    table = pd.DataFrame(list(rows), columns=list(columns), dtype=object)
    return str(table.to_csv(index=False, lineterminator="\n"))

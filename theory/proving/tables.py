"""Tables as text: the theory writes no files."""

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd


def csv_text(rows: Iterable[Sequence[Any]], columns: Sequence[str]) -> str:
    """Write rows as CSV: a header, floats with all digits, empty where there is no value."""
    # As objects: a column of integers with a gap would come out as floats.
    table = pd.DataFrame(list(rows), columns=list(columns), dtype=object)
    return str(table.to_csv(index=False, lineterminator="\n"))

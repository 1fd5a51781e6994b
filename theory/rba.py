"""Plugins import Definition 1, Table I and its true constants from here."""

from theory.beyond.true_constants import true_c_alpha_squared
from theory.paper.table1 import (
    TABLE_I,
    Exact,
    FloatArray,
    TableIRow,
    TableRow,
    c_alpha_squared,
    definition1,
    table1,
    table1_csv,
)

__all__ = [
    "TABLE_I",
    "Exact",
    "FloatArray",
    "TableIRow",
    "TableRow",
    "c_alpha_squared",
    "definition1",
    "table1",
    "table1_csv",
    "true_c_alpha_squared",
]

"""Definition 1 and Table I, under the path that plugins import: `theory.paper.table1`."""

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
    table1_latex,
    true_c_alpha_squared,
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
    "table1_latex",
    "true_c_alpha_squared",
]

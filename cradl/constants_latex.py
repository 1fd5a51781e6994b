"""The table of true constants as LaTeX."""

import pandas as pd

from cradl.latex import in_latex, number, table_line

_COUNTED = ("holds", "violated", "undecided")


def constants_latex(table: pd.DataFrame) -> str:
    """Write, for each printed rule, how often its constant holds and by what factor, for booktabs.

    Raises
    ------
    ValueError
        If no constant is printed.
    """
    printed = table[table["printed"].notna()]
    if printed.empty:
        raise ValueError("need a rule with a printed constant, got none")
    heads = ["Rule", *_COUNTED, "known exactly", "least slack", "largest", "violated at"]
    lines = [rf"\begin{{tabular}}{{l{'r' * (len(heads) - 2)}l}}", r"\toprule"]
    lines += [table_line(heads), r"\midrule"]
    for rule, rows in printed.groupby("rule", sort=False):
        counts = rows["verdict"].value_counts()
        cells = [in_latex(str(rule)), *(str(int(counts.get(one, 0))) for one in _COUNTED)]
        cells += [f"{int(rows['exact'].sum())} of {len(rows)}"]
        slack = rows["slack"].dropna()
        cells += [number(slack.min()), number(slack.max())]
        lines.append(table_line([*cells, _places(rows[rows["verdict"] == "violated"])]))
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", ""])


def _places(rows: pd.DataFrame) -> str:
    """Say at which D, and up to which N, a constant is violated."""
    parts = [
        f"D = {dimension}: {len(of_it)} sizes" for dimension, of_it in rows.groupby("D", sort=True)
    ]
    return ", ".join(parts) or "---"

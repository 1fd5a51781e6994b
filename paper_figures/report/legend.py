"""How the intervals of a study are made, in plain words."""

import pandas as pd

from paper_figures.report.content import Content
from paper_figures.report.shown import CLAIMS
from paper_figures.report.words import number_of


def intervals(content: Content) -> list[str]:
    """Return sentences on the intervals that decide claims; none if no claim is decided."""
    table = content.tables.get(CLAIMS)
    if table is None or table.empty:
        return []
    each, count = float(table["level"].iloc[0]), len(table)
    joint = 1 - (1 - each) * count
    return [
        f"A comparison is the difference of two curves in the same trial, {_trials(table)}.",
        f"Its interval is Student’s t, at {100 * each:.6g}%: so that all "
        f"{number_of(count, 'interval')} hold together at {100 * joint:.4g}% (Bonferroni).",
        "A comparison holds if the whole interval lies on the claimed side, is contradicted if it "
        "lies wholly on the other, and is undecided otherwise.",
        "Bands and bars in figures are another thing: 95% for one curve at one iteration.",
    ]


def _trials(table: pd.DataFrame) -> str:
    least, most = int(table["trials"].min()), int(table["trials"].max())
    if least == most:
        return f"over {number_of(most, 'trial')}"
    return f"over {least} to {most} trials"

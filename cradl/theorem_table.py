"""The table of verdicts on the theorems, counted for each experiment and statement."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from cradl.latex import in_latex, number, table_line

VERDICTS = ("verified", "refuted", "undecided", "not measured", "not applicable")

_PRINTED = {
    "definition1": "Definition 1",
    "lemma1": "Lemma 1",
    "lemma2": "Lemma 2",
    "theorem1": "Theorem 1",
    "theorem2": "Theorem 2",
}
_FAILING = {
    "rule_in_table": "rule of Table I",
    "redrawn_identities": "redrawn identities",
    "coverage": "every subset on a device",
    "assumption_2": "Assumption 2",
    "alpha": "α < 1/2",
    "threshold": "threshold",
    "step_theorem1": "step size",
    "step_theorem2": "step size",
}


def counted(table: pd.DataFrame) -> pd.DataFrame:
    """Count the verdicts on the curves of every experiment, statement by statement.

    Parameters
    ----------
    table
        One row for each experiment, curve and statement, as the theory judges them.

    Returns
    -------
    One row for each experiment and statement: the number of curves with each verdict, the least
    and the largest ``ratio`` of a bound to what was measured, and which hypotheses fail first.

    Raises
    ------
    ValueError
        If there is no row.
    """
    if table.empty:
        raise ValueError("need a verdict on at least one curve, got none")
    groups = table.groupby(["experiment", "statement"], sort=False)
    return pd.DataFrame([_counts(name, one, rows) for (name, one), rows in groups])


def _counts(experiment: str, statement: str, rows: pd.DataFrame) -> dict[str, Any]:
    counts = rows["verdict"].value_counts()
    failing = [one for one in _FAILING if (rows["failing"] == one).any()]
    return {
        "experiment": experiment,
        "statement": statement,
        **{one: int(counts.get(one, 0)) for one in VERDICTS},
        "least": rows["ratio"].min(),
        "largest": rows["ratio"].max(),
        "failing": ", ".join(_FAILING[one] for one in failing),
    }


def theorems_latex(table: pd.DataFrame) -> str:
    """Write `counted` as a LaTeX ``tabular`` that needs the package booktabs."""
    heads = ["Experiment", "Statement", *VERDICTS, "least ratio", "largest", "fails first"]
    lines = [rf"\begin{{tabular}}{{ll{'r' * (len(heads) - 3)}l}}", r"\toprule"]
    lines += [table_line(heads), r"\midrule"]
    lines += [table_line(_cells(row)) for row in counted(table).to_dict("records")]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", ""])


def sharpened_latex(table: pd.DataFrame) -> str:
    """Write verdicts and ratios of the sharpened theorems as a ``tabular`` for booktabs.

    One line for each statement and form, over all curves of the table.
    """
    verdicts = ("verified", "refuted", "undecided", "not applicable")
    heads = ["Theorem", "Form", *verdicts, "least ratio", "median", "largest"]
    lines = [rf"\begin{{tabular}}{{ll{'r' * (len(heads) - 2)}}}", r"\toprule"]
    lines += [table_line(heads), r"\midrule"]
    for (statement, form), rows in table.groupby(["statement", "form"], sort=False):
        counts = rows["verdict"].value_counts()
        ratio = rows["ratio"]
        cells = [f"${statement.removeprefix('sharpened')}'$", in_latex(form)]
        cells += [str(int(counts.get(one, 0))) for one in verdicts]
        cells += [_ratio(one) for one in (ratio.min(), ratio.median(), ratio.max())]
        lines.append(table_line(cells))
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", ""])


def _cells(row: dict[str, Any]) -> Sequence[str]:
    names = [in_latex(row["experiment"]), _PRINTED[row["statement"]]]
    ratios = [_ratio(row[one]) for one in ("least", "largest")]
    return [*names, *(str(row[one]) for one in VERDICTS), *ratios, in_latex(row["failing"])]


def _ratio(value: float) -> str:
    """Write a ratio, an em-dash where nothing was compared."""
    if pd.isna(value):
        return "---"
    return r"$\infty$" if value == float("inf") else number(value)

"""Summaries of a study's tables of verdicts, for the page, Markdown and LaTeX alike."""

from collections.abc import Iterable, Sequence

import pandas as pd

from paper_figures.drawing import names

CLAIM_VERDICTS = ("supported", "partly supported", "contradicted", "undecided")
CURVE_VERDICTS = ("verified", "refuted", "undecided", "not measured", "not applicable")
CONSTANT_VERDICTS = ("holds", "violated", "undecided")
SCOPES = ("general", "instances with a written argument")
"""What the proofs of the ledger cover."""
FAULTS = ("error", "misprint", "edge case", "outside its own hypotheses", "our text")
"""What is wrong with the refuted statements of the ledger."""
DECIDED = (
    *(f"proved, {scope}" for scope in SCOPES),
    "verified",
    *(f"refuted, {fault}" for fault in FAULTS),
    "definition",
    "assumption",
    "not applicable",
)
"""The verdicts of the ledger, apart by the scope of a proof and the fault of what is refuted."""


def counts(values: pd.Series, kinds: Iterable[str]) -> dict[str, int]:
    """Count how often each kind occurs.

    Raises
    ------
    ValueError
        For a value of another kind.
    """
    occurring, kinds = values.value_counts(), tuple(kinds)
    unknown = [kind for kind in occurring.index if kind not in kinds]
    if unknown:
        raise ValueError(f"need {', '.join(kinds)}, got {unknown[0]!r}")
    return {kind: int(occurring.get(kind, 0)) for kind in kinds}


def decided(ledger: pd.DataFrame) -> pd.Series:
    """Return the verdict of every row of ``verify/equations.csv``, as in `DECIDED`."""
    more = ledger["scope"] + ledger["kind"]
    return ledger["verdict"].where(more == "", ledger["verdict"] + ", " + more)


def statements(table: pd.DataFrame) -> pd.DataFrame:
    """Count verdicts and give the ratios for each statement and form.

    Parameters
    ----------
    table
        ``verify/theorems.csv`` or ``verify/sharpened.csv``: one row for each curve.

    Returns
    -------
    One row for each statement and form: how many curves have each verdict; the least ``ratio`` of
    bound to measured, its median and the largest one, over the curves that have both; which
    hypotheses fail first, the most frequent before the others.

    Raises
    ------
    ValueError
        If there is no row.
    """
    if table.empty:
        raise ValueError("need a verdict on at least one curve, got none")
    rows = []
    for (statement, form), group in table.groupby(["statement", "form"], sort=False):
        ratio = group["ratio"].dropna()
        failing = group["failing"][group["failing"] != ""].value_counts(sort=True)
        rows.append(
            {
                "statement": names.STATEMENTS[statement],
                "form": form,
                **counts(group["verdict"], CURVE_VERDICTS),
                "least ratio": ratio.min(),
                "median ratio": ratio.median(),
                "largest ratio": ratio.max(),
                "fails first": ", ".join(
                    f"{names.hypothesis_name(key)} ({count})" for key, count in failing.items()
                ),
            }
        )
    order = {name: place for place, name in enumerate(names.STATEMENTS.values())}
    return pd.DataFrame(rows).sort_values(
        "statement", key=lambda column: column.map(order), kind="stable", ignore_index=True
    )


def constants(table: pd.DataFrame) -> pd.DataFrame:
    """Say of each rule of Table I how often its constant holds, and how much too large it is.

    Parameters
    ----------
    table
        ``verify/constants.csv``.

    Returns
    -------
    One row per rule: sizes at which the printed constant holds, is violated, is undecided; at how
    many of them the true constant is known exactly; least and largest ``slack``, printed over the
    upper end of the true one; the dimensions at which it is violated.

    Raises
    ------
    ValueError
        If no constant is printed.
    """
    printed = table[table["printed"].notna()]
    if printed.empty:
        raise ValueError("need a rule with a printed constant, got none")
    rows = []
    for rule, group in printed.groupby("rule", sort=False):
        violated = group[group["verdict"] == "violated"].groupby("D").size()
        rows.append(
            {
                "rule": names.rule_name(rule),
                **counts(group["verdict"], CONSTANT_VERDICTS),
                "known exactly": int(group["exact"].sum()),
                "sizes": len(group),
                "least slack": group["slack"].min(),
                "largest slack": group["slack"].max(),
                "violated at": ", ".join(
                    f"D = {dimension} ({count} {'size' if count == 1 else 'sizes'})"
                    for dimension, count in violated.items()
                ),
            }
        )
    return pd.DataFrame(rows)


def constants_at(table: pd.DataFrame, sizes: Sequence[tuple[int, int, int]]) -> pd.DataFrame:
    """Return the rows of ``constants.csv`` on Definition 1 at the study's own (N, f, D)."""
    asked = pd.MultiIndex.from_tuples(sizes, names=["N", "f", "D"])
    rows = pd.MultiIndex.from_frame(table[["N", "f", "D"]])
    return table[rows.isin(asked) & (table["deviation"] == "max")]


def phase_order(phase: str) -> tuple[bool, int]:
    """Return what sorts phases: iterations first, then the plateau."""
    early = phase.startswith("t = ")
    return not early, int(phase.removeprefix("t = ")) if early else 0

"""The tables of the report as LaTeX, for the packages booktabs and siunitx."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from paper_figures.drawing import names
from paper_figures.report import claimed, quoted, shown, summaries
from paper_figures.report.comparisons import comparisons
from paper_figures.report.content import Content
from paper_figures.report.formulas import typeset
from paper_figures.report.writing import (
    between,
    in_latex,
    num,
    number,
    with_half_width,
)

_NUMBER = "r"


def table1(table: pd.DataFrame, formulas: Mapping[str, str]) -> str:
    """Write the printed C_α² of every rule: its formula, then one line per (N, D, α).

    Parameters
    ----------
    table
        ``bounds/table1.csv``.
    formulas
        Of each rule, in LaTeX, as the ledger has them; empty if there is no ledger.

    Raises
    ------
    ValueError
        If there is no row.
    """
    if table.empty:
        raise ValueError("need at least one constant of Table I, got none")
    rules = list(dict.fromkeys(table["rule"]))
    heads = ["$N$", "$D$", r"$\alpha$", *(in_latex(names.rule_name(rule)) for rule in rules)]
    values = table.set_index(["N", "D", "f", "rule"])
    body = []
    for N, D, f in sorted({*zip(table["N"], table["D"], table["f"], strict=True)}):
        alpha = str(values.loc[(N, D, f, rules[0]), "alpha"])
        cells = [num(values.loc[(N, D, f, rule), "value"]) for rule in rules]
        body.append([str(N), str(D), alpha, *cells])
    notes = [
        f"{in_latex(names.rule_name(rule))}: ${formulas[rule]}$"
        for rule in rules
        if rule in formulas
    ]
    return _tabular(heads, "rrr" + _NUMBER * len(rules), body) + "".join(
        f"% {note}\n" for note in notes
    )


def formulas(ledger: pd.DataFrame) -> dict[str, str]:
    """Return the printed formula of every rule of Table I, from ``verify/equations.csv``."""
    rows = ledger.set_index("equation")["formula"]
    return {
        rule: rows[f"T1.{place}"]
        for place, rule in enumerate(names.RULES, start=1)
        if f"T1.{place}" in rows
    }


def truth(table: pd.DataFrame, sizes: Sequence[tuple[int, int, int]]) -> str:
    """Write the printed and the true C_α² of Definition 1 of every rule, by (N, f, D) of a study.

    A range lies between the value that an input reaches and the one that is proved. A dagger marks
    a printed constant that is violated, a double dagger one that is undecided.

    Parameters
    ----------
    table
        ``verify/constants.csv``.
    """
    rows = summaries.constants_at(table, sizes)
    rules = [rule for rule in names.RULES if rule in set(rows["rule"])]
    heads = ["$N$", "$D$", "$f$", "", *(in_latex(names.rule_name(rule)) for rule in rules)]
    printed, true = {}, {}
    for row in rows.to_dict("records"):
        size = (row["N"], row["D"], row["f"], row["rule"])
        printed[size] = num(row["printed"]) + _MARKS.get(row["verdict"], "")
        true[size] = between(row["lower"], row["upper"])
    body = []
    for size in sorted({key[:3] for key in true}):
        for first, says, cells in ((map(str, size), "printed", printed), ([""] * 3, "true", true)):
            body.append([*first, says, *(cells.get((*size, rule), "---") for rule in rules)])
    return _tabular(heads, "rrrl" + _NUMBER * len(rules), body)


_MARKS = {"violated": r"\textsuperscript{\dag}", "undecided": r"\textsuperscript{\ddag}"}


def constants(table: pd.DataFrame) -> str:
    """Write how often each printed constant holds, and by what factor it is too large."""
    heads = [
        "Rule",
        "holds",
        "violated",
        "undecided",
        "known exactly",
        "printed/true",
        "violated at",
    ]
    body = [
        [
            in_latex(row["rule"]),
            *(str(row[verdict]) for verdict in summaries.CONSTANT_VERDICTS),
            f"{row['known exactly']} of {row['sizes']}",
            between(row["least slack"], row["largest slack"]),
            typeset(row["violated at"]) or "---",
        ]
        for row in summaries.constants(table).to_dict("records")
    ]
    return _tabular(heads, "lrrrrll", body)


def claims(found: Sequence[claimed.Claim]) -> str:
    """Write each claim: the comparisons for it, against it and in all, by stage, and the verdict.

    A star marks a claim for which one comparison in each experiment is enough: its experiments are
    counted.
    """
    stages = [quoted.stages(claim) for claim in found]
    made = [name for name in ("early", "plateau") if any(name in one for one in stages)]
    body = []
    for claim, tallies in zip(found, stages, strict=True):
        star = r"\textsuperscript{*}" if claim.some else ""
        counts = [str(count) for name in made for count in tallies.get(name, ("---",) * 3)]
        body.append([f"{typeset(claim.says)}{star}", *counts, in_latex(claim.tally.word)])
    over = _line(["", *(rf"\multicolumn{{3}}{{c}}{{{name}}}" for name in made), ""])
    starts = [2 + 3 * place for place in range(len(made))]
    under = "".join(rf"\cmidrule(lr){{{start}-{start + 2}}}" for start in starts)
    heads = ["Claim", *["for", "against", "of"] * len(made), "verdict"]
    kinds = r"p{0.5\linewidth}" + "rrr" * len(made) + "l"
    return _tabular(heads, kinds, body, over=[over, under])


def statements(table: pd.DataFrame) -> str:
    """Write verdicts and ratios of every statement and form on the curves of the study."""
    heads = ["Statement", "Form", *summaries.CURVE_VERDICTS, "bound/measured", "median"]
    body = [
        [
            in_latex(row["statement"]),
            typeset(names.FORMS.get(row["form"], row["form"])) or "---",
            *(str(row[verdict]) for verdict in summaries.CURVE_VERDICTS),
            between(row["least ratio"], row["largest ratio"]),
            num(row["median ratio"]),
        ]
        for row in summaries.statements(table).to_dict("records")
    ]
    return _tabular(heads, "ll" + _NUMBER * (len(heads) - 2), body)


def leaderboards(table: pd.DataFrame) -> str:
    """Write the ranks of each leaderboard, a row for each contestant, under its question.

    Groups are of contestants that do not differ. Differences are in log10, or in percentage points
    of a test error: to the first contestant, with the half-width of the interval, and to the best
    under the worst attack.

    Parameters
    ----------
    table
        ``verify/leaderboards.csv``.

    Raises
    ------
    ValueError
        If there is no row.
    """
    if table.empty:
        raise ValueError("need at least one leaderboard, got none")
    heads = [
        "Contestant",
        "mean rank",
        "wins",
        "groups",
        "over the first",
        "worst attack",
        "over the best",
    ]
    body = []
    for _, rows in table.groupby("leaderboard", sort=False):
        first = rows.iloc[0]
        told = (
            f"{first['says']} ({first['quantity'].replace('_', ' ')} in {first['unit']}, "
            f"{first['tasks']} tasks, critical difference {number(first['critical difference'])})"
        )
        body.append(
            [rf"\multicolumn{{{len(heads)}}}{{p{{\linewidth}}}}{{\emph{{{typeset(told)}}}}}"]
        )
        body += [
            [
                typeset(row["contestant"]),
                num(row["mean rank"]),
                str(row["wins"]),
                row["cliques"].replace(" ", ", "),
                _interval(
                    row["over the first"], row["over the first"] - row["over the first lower"]
                ),
                typeset(names.plain_variant(row["worst attack"])) or "---",
                num(row["over the best under it"]),
            ]
            for row in rows.to_dict("records")
        ]
    return _tabular(heads, "lrrlrlr", body)


_COUNTED = ("server gradients", "rounds", "numbers received")


def costs(table: pd.DataFrame, titles: Mapping[str, str]) -> str:
    """Write the costs of each method beside the most that it promises, by experiment.

    A cell gives the largest count and the most that is promised, after the mean with the half-width
    of its interval if not every count is the largest.

    Parameters
    ----------
    table
        ``verify/costs.csv``.
    titles
        Of the experiments.

    Raises
    ------
    ValueError
        If there is no row.
    """
    if table.empty:
        raise ValueError("need the costs of at least one curve, got none")
    heads = ["Curve", "storage", "computation", "of all", *_COUNTED, "within"]
    units = ["", "subsets", "gradients", "gradients", "gradients", "", "", "promise"]
    body = []
    for experiment, rows in table.groupby("experiment", sort=False):
        title = typeset(titles.get(experiment, experiment))
        body.append([rf"\multicolumn{{{len(heads)}}}{{l}}{{\emph{{{title}}}}}"])
        body += [
            [
                typeset(row["curve"]),
                _limited(row, "storage"),
                _limited(row, "computation"),
                num(row["computation of all devices"]),
                *(_counted(row, quantity) for quantity in _COUNTED),
                row["within promise"],
            ]
            for row in rows.to_dict("records")
        ]
    return _tabular(heads, "lrrrrrrl", body, units)


def _counted(row: Mapping[str, Any], quantity: str) -> str:
    mean, limited = row[f"{quantity} mean"], _limited(row, quantity)
    if mean == row[f"{quantity} largest"]:
        return limited
    return f"{_interval(mean, row[f'{quantity} ±'])}; {limited}"


def _limited(row: Mapping[str, Any], quantity: str) -> str:
    largest, promised = row[f"{quantity} largest"], row[f"{quantity} promised"]
    relation = r"\leq" if largest <= promised else ">"
    return f"${largest} {relation} {promised}$"


def _interval(mean: float, half_width: float) -> str:
    if not math.isfinite(mean):
        return num(mean)
    written = with_half_width(mean, half_width)
    options = "[separate-uncertainty=true]" if "+-" in written else ""
    return rf"\num{options}{{{written}}}"


def _tabular(
    heads: Sequence[str],
    kinds: str,
    body: Sequence[Sequence[str]],
    units: Sequence[str] = (),
    over: Sequence[str] = (),
) -> str:
    lines = [rf"\begin{{tabular}}{{{kinds}}}", r"\toprule", *over, _line(heads)]
    lines += [_line(units)] if units else []
    lines += [r"\midrule", *map(_line, body), r"\bottomrule", r"\end{tabular}", ""]
    return "\n".join(lines)


def _line(entries: Sequence[str]) -> str:
    return " & ".join(entries) + r" \\"


def _table1_of(table: pd.DataFrame, content: Content) -> str:
    ledger = content.tables.get(shown.EQUATIONS)
    return table1(table, {} if ledger is None else formulas(ledger))


WRITERS: Mapping[str, Callable[[pd.DataFrame, Content], str]] = {
    "claims": lambda _, content: claims(claimed.claims(content.tables)),
    "table1": _table1_of,
    "constants": lambda table, _: constants(table),
    "truth": lambda table, content: truth(table, content.sizes),
    "theorems": lambda table, _: statements(table),
    "sharpened": lambda table, _: statements(table),
    "leaderboards": lambda table, _: leaderboards(table),
    "costs": lambda table, content: costs(table, content.titles),
}
"""By the name that a table has in LaTeX: its writer, which takes the file and the report."""


def latex(content: Content) -> dict[str, str]:
    """Write every LaTeX table whose file is there, by name."""
    losses = content.tables.get(shown.LOSSES)
    compared = {} if losses is None else comparisons(losses, content.titles)
    return compared | {
        table.latex: WRITERS[table.latex](content.tables[table.file], content)
        for section in shown.SECTIONS
        for table in section.tables
        if table.latex and table.file in content.tables
    }

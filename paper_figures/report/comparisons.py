"""Tables of curves against experiments, as papers print them."""

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from paper_figures.report.formulas import typeset, wrapped
from paper_figures.report.groups import groups
from paper_figures.report.writing import with_half_width

_WIDTH = 13
"""Letters in a line of a column's head."""
_DECIMALS = 4
"""The most that a column of intervals has."""
_ALIKE = 50
"""Times the narrowest interval of a column that the widest may be for them to share decimals."""
_ROUNDING = 1e-10
"""Per cent of F* that are rounding, as for claims."""
_LARGE = 1e5
"""Means from here on are written with powers of ten."""
_BEGIN = (
    "% Mean over trials and half-width of its 95% interval; bold: the least of its column.",
    r"\begingroup\sisetup{separate-uncertainty=true}",
    r"\def\cradlbest#1{\textbf{\num[reset-text-series=false,text-series-to-math=true]{#1}}}",
)


def comparisons(losses: pd.DataFrame, titles: Mapping[str, str]) -> dict[str, str]:
    """Write a table for each group of experiments with the same curves, by its name.

    Parameters
    ----------
    losses
        ``verify/losses.csv``.
    titles
        Of the experiments.
    """
    curves = {name: list(rows["curve"]) for name, rows in losses.groupby("experiment", sort=False)}
    return {
        name: comparison(losses[losses["experiment"].isin(together)], titles)
        for name, together in groups(curves).items()
    }


def comparison(losses: pd.DataFrame, titles: Mapping[str, str]) -> str:
    """Write one table: a row for each curve, a column for each experiment.

    A cell is the mean over trials of the plateau of F − F*, in per cent of F*, with the half-width
    of its 95% interval; if an experiment has no plateau, of F after its last iteration. The least
    mean of each column is bold.

    Parameters
    ----------
    losses
        Rows of ``verify/losses.csv``, of experiments with the same curves.

    Raises
    ------
    ValueError
        If there is no row.
    """
    if losses.empty:
        raise ValueError("need the losses of at least one curve, got none")
    experiments = list(dict.fromkeys(losses["experiment"]))
    labels = list(dict.fromkeys(losses["curve"]))
    plateau = "excess %" in losses and bool(losses["excess %"].notna().all())
    columns = []
    for name in experiments:
        rows = losses[losses["experiment"] == name].set_index("curve").loc[labels]
        columns.append(_cells(*(_plateaus(rows) if plateau else _last(rows))))
    count = len(experiments)
    ends = sorted(set(losses["T"])) if not plateau else []
    says = (
        r"plateau of $F - F^*$ (\si{\percent} of $F^*$)"
        if plateau
        else f"$F$ after {f'${ends[0]}$' if len(ends) == 1 else 'all'} iterations"
    )
    lines = [
        *_BEGIN,
        rf"\begin{{tabular}}{{l{'r' * count}}}",
        r"\toprule",
        rf"& \multicolumn{{{count}}}{{r}}{{{says}}} \\",
        rf"\cmidrule(l){{2-{count + 1}}}",
        " & ".join(["Curve", *_heads(experiments, titles)]) + r" \\",
        r"\midrule",
        *(
            " & ".join([typeset(label), *cells]) + r" \\"
            for label, *cells in zip(labels, *columns, strict=True)
        ),
        r"\bottomrule",
        r"\end{tabular}",
        r"\endgroup",
    ]
    return "\n".join([*lines, ""])


def _of(rows: pd.DataFrame, quantity: str) -> tuple[pd.Series, pd.Series]:
    """Return the means and half-widths of an experiment's curves."""
    return rows[quantity], rows[f"{quantity} ±"]


def _plateaus(rows: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return those of the plateaus; what claims take for rounding is zero."""
    means, halves = _of(rows, "excess %")
    return means.where(means.abs() > _ROUNDING, 0.0), halves.where(~(halves <= _ROUNDING), 0.0)


def _last(rows: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return those of F after the last iteration, which may be one of those always given."""
    given = f"loss t={rows['T'].iloc[0]}"
    return _of(rows, given if given in rows else "loss t=T")


def _cells(means: pd.Series, halves: pd.Series) -> list[str]:
    """Write a column, the least mean of several in bold."""
    decimals = _decimals(means, halves)
    cells = []
    for mean, half in zip(means, halves, strict=True):
        if not math.isfinite(mean):
            cells.append("---" if math.isnan(mean) else r"$\infty$")
            continue
        best = mean == means.min() and len(means) > 1
        written = with_half_width(mean, half)
        if decimals is not None:
            written = f"{mean:.{decimals}f} +- {half:.{decimals}f}"
        cells.append(rf"\cradlbest{{{written}}}" if best else rf"\num{{{written}}}")
    return cells


def _decimals(means: pd.Series, halves: pd.Series) -> int | None:
    """Return decimals that suit all of a column: two digits of its median half-width.

    None if a mean has no interval, or the intervals differ too much for one number of decimals.
    """
    finite = means[means.map(math.isfinite)]
    widths = halves[finite.index]
    positive = widths[widths > 0]
    alike = not positive.empty and positive.max() <= _ALIKE * positive.min()
    if not alike or widths.isna().any() or finite.abs().max() >= _LARGE:
        return None
    decimals = 1 - math.floor(math.log10(positive.median()))
    return decimals if 0 <= decimals <= _DECIMALS else None


def _heads(experiments: Sequence[str], titles: Mapping[str, str]) -> list[str]:
    """Return the heads of columns: titles in short lines, with the name if two have the same."""
    given = [titles.get(name, name) for name in experiments]
    told = [
        f"{title} ({name})" if given.count(title) > 1 and title != name else title
        for name, title in zip(experiments, given, strict=True)
    ]
    heads = []
    for text in told:
        rows = r" \\ ".join(wrapped(text, _WIDTH))
        heads.append(rf"\begin{{tabular}}[b]{{@{{}}r@{{}}}}{rows}\end{{tabular}}")
    return heads

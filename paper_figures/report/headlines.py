"""The numbers that a paper quotes, each under a key, and as LaTeX macros."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from paper_figures.report import quoted, shown, summaries
from paper_figures.report.writing import in_latex, siunitx, slug, slugs, with_half_width


class Headline(NamedTuple):
    """One number of the report."""

    key: str
    """Letters, digits, dots and hyphens, such as ``theorem1.printed.ratio.least``."""
    value: float
    half_width: float
    """Of its 95% interval; NaN if it has none."""
    unit: str
    file: str
    """Table it comes from, below the study's results."""
    says: str


def headlines(tables: Mapping[str, pd.DataFrame]) -> list[Headline]:
    """Return every headline that the tables at hand allow.

    Parameters
    ----------
    tables
        By file name below the study's results, such as ``verify/claims.csv``; one that is missing
        gives no number.

    Raises
    ------
    ValueError
        If two have the same key.
    """
    found = [(file, numbers(tables[file])) for file, numbers in _SOURCES.items() if file in tables]
    found += [(file, numbers(tables)) for file, numbers in quoted.SOURCES.items() if file in tables]
    collected = [
        Headline(key, float(value), half_width, unit, file, says)
        for file, numbers in found
        for key, value, half_width, unit, says in numbers
    ]
    keys = [headline.key for headline in collected]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise ValueError(f"need every key once, got {', '.join(twice)} more than once")
    return collected


_Number = tuple[str, float, float, str, str]


def _count(key: str, value: int, says: str) -> _Number:
    return key, value, math.nan, "", says


def _claims(table: pd.DataFrame) -> Iterator[_Number]:
    for verdict, count in summaries.counts(table["verdict"], summaries.CLAIM_VERDICTS).items():
        yield _count(f"claims.{slug(verdict)}", count, f"claims, phase by phase, {verdict}")
    yield _count("claims.all", len(table), "claims, phase by phase")


def _comparisons(table: pd.DataFrame) -> Iterator[_Number]:
    yield _count("comparisons.all", len(table), "comparisons that decide the claims")
    for verdict in ("supported", "contradicted", "undecided"):
        count = int((table["verdict"] == verdict).sum())
        yield _count(f"comparisons.{verdict}", count, f"comparisons {verdict}")


def _equations(table: pd.DataFrame) -> Iterator[_Number]:
    beyond = table["equation"].str.match(BEYOND)
    for key, rows, whose in (
        ("equations", table[~beyond], "of the paper"),
        ("beyond", table[beyond], "beyond the paper"),
    ):
        yield _count(f"{key}.all", len(rows), f"statements {whose}")
        # Each verdict, and each again by the scope of its proof or what is wrong.
        both = (rows["verdict"], summaries.decided(rows))
        totals = [values.value_counts(sort=False).to_dict() for values in both]
        for verdict, count in (totals[0] | totals[1]).items():
            yield _count(f"{key}.{slug(verdict)}", count, f"statements {whose}, {verdict}")


BEYOND = "[KS]"
"""How the names of rows of the ledger begin that are not the paper's."""


def _theorems(table: pd.DataFrame) -> Iterator[_Number]:
    theorems = table["statement"].isin(["theorem1", "theorem2"])
    yield from _verdicts(table[theorems], "theorems", "Theorems 1 and 2")
    yield from _verdicts(table[~theorems], "lemmas", "Definition 1 and the lemmas")
    yield from _statements(table)


def _sharpened(table: pd.DataFrame) -> Iterator[_Number]:
    yield from _verdicts(table, "sharpened", "the sharpened theorems")
    yield from _statements(table)


def _verdicts(table: pd.DataFrame, key: str, says: str) -> Iterator[_Number]:
    for verdict, count in summaries.counts(table["verdict"], summaries.CURVE_VERDICTS).items():
        yield _count(f"{key}.{slug(verdict)}", count, f"{says} on curves: {verdict}")


def _statements(table: pd.DataFrame) -> Iterator[_Number]:
    for row in summaries.statements(table).to_dict("records"):
        name = " ".join(filter(None, [row["statement"], f"({row['form']})" if row["form"] else ""]))
        key = slug(row["statement"].replace("′", "-sharpened"))
        key = ".".join(filter(None, [key, slug(row["form"])]))
        for verdict in summaries.CURVE_VERDICTS:
            yield _count(f"{key}.{slug(verdict)}", row[verdict], f"{name}: curves {verdict}")
        for end in ("least", "median", "largest"):
            if not math.isnan(row[f"{end} ratio"]):
                says = f"{name}: {end} ratio of bound to measured"
                yield f"{key}.ratio.{end}", row[f"{end} ratio"], math.nan, "", says


def _constants(table: pd.DataFrame) -> Iterator[_Number]:
    for verdict in summaries.CONSTANT_VERDICTS:
        count = int((table["verdict"] == verdict).sum())
        yield _count(f"constants.{verdict}", count, f"printed constants, size by size: {verdict}")
    for row in summaries.constants(table).to_dict("records"):
        key = f"constants.{slug(row['rule'])}"
        for verdict in summaries.CONSTANT_VERDICTS:
            says = f"{row['rule']}: sizes at which the printed constant {verdict}"
            yield _count(
                f"{key}.{verdict}", row[verdict], says.replace("undecided", "is undecided")
            )
        for end in ("least", "largest"):
            says = f"{row['rule']}: {end} factor of the printed constant over the true one"
            yield f"{key}.slack.{end}", row[f"{end} slack"], math.nan, "", says


def _losses(table: pd.DataFrame) -> Iterator[_Number]:
    experiments = slugs(table["experiment"])
    curves = {name: slugs(rows["curve"]) for name, rows in table.groupby("experiment")}
    for name, told in _PLATEAUS.items():
        column = f"{name} %"
        for row in table[table[column].notna()].to_dict("records") if column in table else ():
            experiment, curve = row["experiment"], row["curve"]
            key = f"{name}.{experiments[experiment]}.{curves[experiment][curve]}"
            says = f"{experiment}, {curve}: plateau of {told}"
            yield key, row[column], row[f"{column} ±"], "percent", says


_PLATEAUS = {
    "excess": "F − F* in per cent of F*",
    "accuracy": "the test accuracy in per cent",
}


_SOURCES = {
    shown.CLAIMS_SUMMARY: _claims,
    shown.CLAIMS: _comparisons,
    shown.EQUATIONS: _equations,
    shown.THEOREMS: _theorems,
    shown.SHARPENED: _sharpened,
    shown.CONSTANTS: _constants,
    shown.LOSSES: _losses,
}

_MACROS = r"""% Numbers of the study STUDY. With siunitx loaded and this file input,
%   \cradl{key}          prints a number, or the verdict on a claim,
%   \cradlinterval{key}  the number with the half-width of its 95% interval, if it has one,
%   \cradlraw{key}       is the number alone, all its digits, for \num, \SI and the like.
%   \cradlif{key}{text}{other}  is the text if the study has the number, otherwise the other.
% A key that is not below prints ?? and a warning.
\makeatletter
\newcommand{\cradl}[1]{\@ifundefined{cradl@word@#1}{\cradl@print{value}{#1}}%
  {\csname cradl@word@#1\endcsname}}
\newcommand{\cradlinterval}[1]{\cradl@print{interval}{#1}}
\newcommand{\cradlraw}[1]{\ifcsname cradl@raw@#1\endcsname\csname cradl@raw@#1\endcsname\else ??\fi}
\newcommand{\cradlif}[3]{\@ifundefined{cradl@value@#1}{#3}{#2}}
\newcommand{\cradl@print}[2]{\@ifundefined{cradl@#1@#2}%
  {\textbf{??}\@latex@warning{No number #2 in this study}}%
  {\begingroup\sisetup{separate-uncertainty=true}%
   \edef\cradl@found{\csname cradl@#1@#2\endcsname}\expandafter\num\expandafter{\cradl@found}%
   \endgroup}}
\newcommand{\cradl@set}[4]{%
  \@namedef{cradl@value@#1}{#2}\@namedef{cradl@interval@#1}{#3}\@namedef{cradl@raw@#1}{#4}}
\newcommand{\cradl@say}[2]{\@namedef{cradl@word@#1}{#2}}
"""


def macros(numbers: Sequence[Headline], study: str, words: Mapping[str, str] | None = None) -> str:
    """Write headlines and words, by their keys, as LaTeX macros; an infinite number has none."""
    said = (words or {}).items()
    lines = [rf"\cradl@say{{{key}}}{{{in_latex(word)}}}" for key, word in said]
    for headline in filter(lambda number: math.isfinite(number.value), numbers):
        interval = with_half_width(headline.value, headline.half_width)
        lines.append(f"% {in_latex(headline.says)}; {headline.file}")
        raw = int(headline.value) if headline.value.is_integer() else headline.value
        lines.append(
            rf"\cradl@set{{{headline.key}}}{{{siunitx(headline.value)}}}{{{interval}}}{{{raw}}}"
        )
    return "\n".join([_MACROS.replace("STUDY", study) + "\n".join(lines), r"\makeatother", ""])

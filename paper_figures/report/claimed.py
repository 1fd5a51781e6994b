"""The claims of a study with their verdicts, phase by phase."""

import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import pandas as pd

from paper_figures.report import words
from paper_figures.report.shown import CLAIMS, CLAIMS_SUMMARY
from paper_figures.report.summaries import phase_order


class Tally(NamedTuple):
    """How many comparisons hold, how many are contradicted, and how many there are."""

    holding: int
    against: int
    of: int

    @property
    def word(self) -> str:
        """The verdict."""
        return words.counted(*self)

    def __str__(self) -> str:
        """Return such as ``7 of 9``."""
        return f"{self.holding} of {self.of}"


class Phase(NamedTuple):
    """A claim in one phase.

    Attributes
    ----------
    tally
        Of its comparisons; if one in each experiment is enough, of the experiments.
    least, most
        Extreme means of the claim's statistic, in `unit`.
    """

    name: str
    tally: Tally
    least: float
    most: float
    unit: str


class Claim(NamedTuple):
    """A claim, its phases in order, the experiments that it compares.

    Attributes
    ----------
    some
        Whether one comparison in each experiment is enough.
    experiments
        Empty without the table of comparisons.
    """

    name: str
    says: str
    source: str
    some: bool
    experiments: frozenset[str]
    phases: tuple[Phase, ...]

    @property
    def tally(self) -> Tally:
        """Of all phases together."""
        return together(phase.tally for phase in self.phases)

    @property
    def final(self) -> Phase:
        """The phase that decides: the last one."""
        return self.phases[-1]


def together(tallies: Iterable[Tally]) -> Tally:
    """Add up tallies."""
    return Tally(*map(sum, zip(*tallies, strict=True)))


def claims(tables: Mapping[str, pd.DataFrame]) -> list[Claim]:
    """Return the claims of a study in its order; without a summary of claims there are none."""
    if CLAIMS_SUMMARY not in tables:
        return []
    summary, cells = tables[CLAIMS_SUMMARY], tables.get(CLAIMS)
    order = summary["claim"] if cells is None else cells["claim"]
    groups = dict(iter(summary.groupby("claim", sort=False)))
    return [
        _claim(groups[name], None if cells is None else cells[cells["claim"] == name])
        for name in dict.fromkeys(order)
    ]


def _claim(rows: pd.DataFrame, cells: pd.DataFrame | None) -> Claim:
    first = rows.iloc[0]
    some = cells is not None and bool(cells["some"].iloc[0])
    ordered = sorted(rows.to_dict("records"), key=lambda row: phase_order(row["phase"]))
    return Claim(
        first["claim"],
        first["says"],
        first["source"],
        some,
        frozenset() if cells is None else frozenset(_experiments(cells["terms"])),
        tuple(
            Phase(
                row["phase"],
                _of_experiments(cells[cells["phase"] == row["phase"]])
                if some and cells is not None
                else _of_comparisons(row),
                row["least"],
                row["most"],
                row["unit"],
            )
            for row in ordered
        ),
    )


def _experiments(terms: Iterable[str]) -> set[str]:
    return {experiment for one in terms for _, experiment, _ in json.loads(one)}


def _of_comparisons(row: Mapping[str, int]) -> Tally:
    return Tally(
        row["supported"],
        row["contradicted"],
        row["supported"] + row["contradicted"] + row["undecided"],
    )


def _of_experiments(cells: pd.DataFrame) -> Tally:
    """Count experiments: one supported comparison is enough, and all must be contradicted."""
    where = cells["terms"].map(lambda text: json.loads(text)[0][1])
    found = [set(verdicts) for _, verdicts in cells["verdict"].groupby(where)]
    holding = sum("supported" in verdicts for verdicts in found)
    against = sum(verdicts == {"contradicted"} for verdicts in found)
    return Tally(holding, against, len(found))

"""What a report is made of: the tables and figures of a study, and what is missing of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from paper_figures.report.headlines import Headline, headlines


class Picture(NamedTuple):
    """One figure of the study."""

    name: str
    caption: str
    svg: str | None
    """None where it is missing."""
    alt: str


class Assumed(NamedTuple):
    """One choice that the paper leaves open."""

    file: str
    line: int
    key: str
    text: str


class Origin(NamedTuple):
    """Where the runs of an experiment come from; empty texts where they are missing."""

    experiment: str
    seed: str
    versions: str
    source_hash: str


@dataclass(frozen=True)
class Content:
    """All that the report shows.

    Attributes
    ----------
    study
        Its name.
    expected
        The tables that the study promises, by file name below its results.
    tables
        Those that are there and up to date.
    figures
        In order.
    sizes
        The study's own (N, f, D).
    settings
        One row an experiment.
    assumed, origins
        The marked choices; where each experiment's runs come from.
    """

    study: str
    expected: Sequence[str]
    tables: Mapping[str, pd.DataFrame]
    figures: Sequence[Picture]
    sizes: Sequence[tuple[int, int, int]]
    settings: pd.DataFrame
    assumed: Sequence[Assumed]
    origins: Sequence[Origin]

    @property
    def missing(self) -> list[str]:
        """Names of what is promised and not there, below the study's results."""
        runs = [
            f"simulate/{origin.experiment}.nc" for origin in self.origins if not origin.source_hash
        ]
        return [
            *(file for file in self.expected if file not in self.tables),
            *(f"figures/{picture.name}.svg" for picture in self.figures if picture.svg is None),
            *runs,
        ]

    @property
    def headlines(self) -> list[Headline]:
        """The numbers that a paper quotes."""
        return headlines(self.tables)

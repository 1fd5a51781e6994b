"""The tables and figures of a study that a report is made of, and the missing ones."""

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
    """None if it is missing."""
    alt: str


class Assumed(NamedTuple):
    """One choice that the paper leaves open."""

    file: str
    line: int
    key: str
    text: str


class Origin(NamedTuple):
    """The origin of an experiment's runs; empty texts if they are missing."""

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
        One row per experiment.
    assumed, origins
        The marked choices; the origin of each experiment's runs.
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
        """Names of promised files that are not there, below the study's results."""
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

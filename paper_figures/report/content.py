"""The tables and figures of a study that a report is made of, and the missing ones."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from paper_figures.report.headlines import Headline, headlines
from paper_figures.report.shown import CLAIMS, OUTCOMES

PAPER = "paper"
"""Name of the study that repeats the paper: that of ``config/paper.yaml``."""


class Picture(NamedTuple):
    """One figure of the study."""

    name: str
    caption: str
    svg: str | None
    """None if it is missing."""
    alt: str
    draw: str = ""
    """The module of figures that draws it."""
    experiments: Sequence[str] = ()
    """Its panels."""
    reproduces: str = ""
    """The figure of the paper that it reproduces; empty if none."""
    appendix: bool = False
    leaderboard: str = ""
    """The leaderboard that it draws; empty if none."""


class Assumed(NamedTuple):
    """One choice that the paper leaves open."""

    file: str
    line: int
    key: str
    text: str


class Plugin(NamedTuple):
    """A file of the user's that a study runs or reads."""

    name: str
    sha256: str


class Origin(NamedTuple):
    """The origin of an experiment's runs; empty texts if they are missing."""

    experiment: str
    seed: str
    versions: str
    source_hash: str
    cautions: tuple[str, ...] = ()


class Strange(NamedTuple):
    """A curve that diverged or ended above its start, and what it did."""

    experiment: str
    curve: str
    says: str


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
    assumed, origins, plugins
        The marked choices; the origin of each experiment's runs; the user's own files.
    mixed
        The experiments whose curves solve different problems, from
        `cradl.results.settings_table.mixed`.
    """

    study: str
    expected: Sequence[str]
    tables: Mapping[str, pd.DataFrame]
    figures: Sequence[Picture]
    sizes: Sequence[tuple[int, int, int]]
    settings: pd.DataFrame
    assumed: Sequence[Assumed]
    origins: Sequence[Origin]
    plugins: Sequence[Plugin] = ()
    mixed: Collection[str] = frozenset()

    @property
    def of_paper(self) -> bool:
        """Whether this is the study of the paper itself, not one of a reader's own."""
        return self.study == PAPER

    @property
    def reproducing(self) -> frozenset[str]:
        """The experiments of figures that reproduce one of the paper's."""
        return frozenset(name for one in self.figures if one.reproduces for name in one.experiments)

    @property
    def titles(self) -> Mapping[str, str]:
        """The title of each experiment."""
        if not {"experiment", "title"} <= {*self.settings}:
            return {}
        return dict(zip(self.settings["experiment"], self.settings["title"], strict=True))

    @property
    def strange(self) -> list[Strange]:
        """Curves that ended where none is meant to end."""
        found = self.tables.get(OUTCOMES)
        if found is None:
            return []
        columns = (found["experiment"], found["curve"], found["says"])
        return [Strange(*one) for one in zip(*columns, strict=True)]

    @property
    def resting(self) -> int:
        """Number of comparisons that claims make with such a curve."""
        claims, strange = self.tables.get(CLAIMS), {one[:2] for one in self.strange}
        terms = [] if claims is None else [json.loads(one) for one in claims["terms"]]
        return sum(any((where, curve) in strange for _, where, curve in one) for one in terms)

    @property
    def cautions(self) -> list[str]:
        """What jobs told of settings that cannot work."""
        return [text for origin in self.origins for text in origin.cautions]

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

"""A study as it is written: what `cradl.config.values.parse` makes of it and what resolves it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from cradl.config.keys import ClaimKeys, DecisionKeys, LeaderboardKeys
from cradl.config.model import DataChoice


class Refused:
    """The type of `REFUSED`."""

    def __repr__(self) -> str:
        """Return its name, which findings show."""
        return "REFUSED"


REFUSED: Final = Refused()
"""Replaces a value in which something was found wrong: it is given, and nobody may use it."""

Settings = Mapping[str, Any]
"""Experiment and curve keys of one level: sound values, or `REFUSED`."""


@dataclass(frozen=True)
class WrittenCurve:
    """An entry of ``curves``.

    Attributes
    ----------
    path
        Where it stands.
    settings
        Its own curve keys; a list is a grid.
    label
        Its own label, if it has one.
    sound
        Whether nothing was found wrong with it.
    """

    path: str
    settings: Settings
    label: str | None
    sound: bool


@dataclass(frozen=True)
class WrittenExperiment:
    """An entry of ``experiments``.

    Attributes
    ----------
    path, settings
        Where it stands; its own experiment and curve keys.
    title
        Its own title, if it has one.
    curves
        Its curves, as far as they are mappings.
    sound
        Whether nothing was found wrong with its list of curves.
    """

    path: str
    settings: Settings
    title: str | None
    curves: tuple[WrittenCurve, ...]
    sound: bool


@dataclass(frozen=True)
class WrittenFigure:
    """An entry of ``figures``; absent and refused values are None.

    Attributes
    ----------
    path
        Where it stands.
    draw, experiments, leaderboard, after, caption, reproduces, appendix
        As `FigureKeys`; names of experiments that do not exist are among them.
    """

    path: str
    draw: str | None
    experiments: list[str] | None
    leaderboard: str | None
    after: list[int] | None
    caption: str | None
    reproduces: str | None
    appendix: bool | None


@dataclass(frozen=True)
class Written:
    """A study as it is written: every value sound, absent or `REFUSED`.

    Attributes
    ----------
    own
        Sound keys that stand at the study alone and hold no entries: ``study``, ``seed``, ...
    settings
        Experiment and curve keys at the study.
    datasets, experiments, figures, claims, leaderboards
        The entries by name. Figures: None if the study has no such section.
    decision
        How claims are decided, if that is said soundly.
    """

    own: Mapping[str, Any]
    settings: Settings
    datasets: Mapping[str, DataChoice | Refused]
    experiments: Mapping[str, WrittenExperiment]
    figures: Mapping[str, WrittenFigure] | None
    claims: Mapping[str, ClaimKeys]
    leaderboards: Mapping[str, LeaderboardKeys]
    decision: DecisionKeys | None

    def selected(self) -> dict[str, WrittenExperiment]:
        """Return the experiments that are to run."""
        only = self.own.get("only")
        return {name: one for name, one in self.experiments.items() if only is None or name in only}


def layered(keys: Iterable[str], *levels: Settings) -> dict[str, Any]:
    """Return the `keys` that any level gives; the last level, the innermost, wins."""
    merged: dict[str, Any] = {}
    for level in levels:
        merged |= {key: level[key] for key in sorted(keys) if key in level}
    return merged

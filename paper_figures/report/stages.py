"""Each claim as a whole: early, on the plateau, and over both."""

from collections.abc import Collection
from typing import Any, NamedTuple

import pandas as pd

STAGES = ("early", "plateau")


class Stage(NamedTuple):
    """The comparisons of a claim in some of its phases.

    Attributes
    ----------
    supported, contradicted, undecided
        Numbers of comparisons.
    verdict
        On all of them.
    """

    supported: int
    contradicted: int
    undecided: int
    verdict: str

    @property
    def all(self) -> int:
        """Number of comparisons."""
        return self.supported + self.contradicted + self.undecided

    @property
    def some(self) -> bool:
        """Whether the claim holds although not every comparison supports it: it asks for fewer."""
        return self.verdict == "supported" and self.supported < self.all


class Claim(NamedTuple):
    """One claim of a study.

    Attributes
    ----------
    name, says
        Its key, and the claim in words.
    stages
        By name, of those in which it is made.
    whole
        All of its phases together.
    """

    name: str
    says: str
    stages: dict[str, Stage]
    whole: Stage


def claims(summary: pd.DataFrame) -> list[Claim]:
    """Return every claim as a whole, in the order of the summary.

    Parameters
    ----------
    summary
        ``verify/claims_summary.csv``: one row for each claim and phase.
    """
    found = []
    for (name, says), rows in summary.groupby(["claim", "says"], sort=False):
        early = rows["phase"] != "plateau"
        stages = {"early": rows[early], "plateau": rows[~early]}
        together = {stage: _stage(part) for stage, part in stages.items() if len(part)}
        found.append(Claim(name, says, together, _stage(rows)))
    return found


def _stage(rows: pd.DataFrame) -> Stage:
    counts: dict[str, Any] = {
        name: int(rows[name].sum()) for name in ("supported", "contradicted", "undecided")
    }
    return Stage(**counts, verdict=verdict(set(rows["verdict"])))


def verdict(phases: Collection[str]) -> str:
    """Return the verdict on several phases together, from that on each.

    Examples
    --------
    >>> verdict({"supported", "undecided"}), verdict({"contradicted", "undecided"})
    ('partly supported', 'contradicted')
    """
    if set(phases) == {"supported"}:
        return "supported"
    if {"supported", "partly supported"} & set(phases):
        return "partly supported"
    return "contradicted" if "contradicted" in phases else "undecided"

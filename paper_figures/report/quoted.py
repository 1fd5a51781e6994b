"""Numbers and words that a paper quotes of single curves and claims, each under a key."""

import math
from collections.abc import Callable, Iterator, Mapping

import pandas as pd

from paper_figures.report import shown, stages
from paper_figures.report.writing import slug, slugs

Number = tuple[str, float, float, str, str]
"""Key, value, half-width of its 95% interval or NaN, unit, meaning."""

_COUNTS = ("supported", "contradicted", "undecided", "all")
_COUNTED = ("server gradients", "rounds", "numbers received")


def _early(table: pd.DataFrame) -> Iterator[Number]:
    times = [name for name in table if name.startswith("loss t=") and name[7:].isdecimal()]
    for key, row in _curves(table):
        for time in times:
            says = f"{row['experiment']}, {row['curve']}: F at {time.removeprefix('loss ')}"
            yield from _measured(f"loss.{key}.t{time[7:]}", row, time, says)


def _ratios(table: pd.DataFrame) -> Iterator[Number]:
    quantities = [name for name in table.columns[4:] if not name.endswith("±")]
    for key, row in _curves(table):
        for quantity in quantities:
            says = f"{row['experiment']}, {row['curve']}: F − F* over that of {row['over']}"
            name = quantity.replace("=", "")
            yield from _measured(f"ratio.{key}.{name}", row, quantity, f"{says}, {quantity}")


def _costs(table: pd.DataFrame) -> Iterator[Number]:
    for key, row in _curves(table):
        says = f"{row['experiment']}, {row['curve']}"
        for quantity in ("storage", "computation"):
            value = row[f"{quantity} largest"]
            yield f"cost.{key}.{quantity}", value, math.nan, "", f"{says}: {quantity} of a device"
        total = row["computation of all devices"]
        yield f"cost.{key}.computation.all", total, math.nan, "", f"{says}: gradients per iteration"
        for quantity in _COUNTED:
            count = f"{says}: {quantity} per iteration"
            value, half_width = row[f"{quantity} mean"], row[f"{quantity} ±"]
            yield f"cost.{key}.{slug(quantity)}", value, half_width, "", count
        for quantity in ("storage", "computation", *_COUNTED):
            promised = f"{says}: the most {quantity} that is promised"
            value = row[f"{quantity} promised"]
            yield f"cost.{key}.{slug(quantity)}.promised", value, math.nan, "", promised


def _claims(table: pd.DataFrame) -> Iterator[Number]:
    found = stages.claims(table)
    yield "claims.distinct", len(found), math.nan, "", "claims"
    yield "claims.phases", len(table), math.nan, "", "claims, phase by phase"
    for key, claim, stage in _stages(table):
        for count in _COUNTS:
            says = f"{claim.says}: comparisons{'' if count == 'all' else f' {count}'}"
            yield f"{key}.{count}", getattr(stage, count), math.nan, "", says


SOURCES: Mapping[str, Callable[[pd.DataFrame], Iterator[Number]]] = {
    shown.CLAIMS_SUMMARY: _claims,
    shown.LOSSES: _early,
    shown.RATIOS: _ratios,
    shown.COSTS: _costs,
}
"""By the file that they come from."""


def words(tables: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """Return the verdict on every claim, by its key.

    Parameters
    ----------
    tables
        By file name below the study's results.
    """
    table = tables.get(shown.CLAIMS_SUMMARY)
    if table is None:
        return {}
    return {f"{key}.verdict": stage.verdict for key, _, stage in _stages(table)}


def _stages(table: pd.DataFrame) -> Iterator[tuple[str, stages.Claim, stages.Stage]]:
    """Yield the parts of every claim, each with the start of its keys, and the whole claim."""
    found = stages.claims(table)
    keys = slugs(claim.name for claim in found)
    for claim in found:
        for name, stage in claim.stages.items():
            yield f"claim.{keys[claim.name]}.{name}", claim, stage
        yield f"claim.{keys[claim.name]}", claim, claim.whole


def _curves(table: pd.DataFrame) -> Iterator[tuple[str, pd.Series]]:
    """Yield every row of a table of curves with the key of its curve."""
    experiments = slugs(table["experiment"])
    curves = {name: slugs(rows["curve"]) for name, rows in table.groupby("experiment")}
    for _, row in table.iterrows():
        experiment = row["experiment"]
        yield f"{experiments[experiment]}.{curves[experiment][row['curve']]}", row


def _measured(key: str, row: pd.Series, column: str, says: str) -> Iterator[Number]:
    if not math.isnan(row[column]):
        yield key, row[column], row[f"{column} ±"], "", says

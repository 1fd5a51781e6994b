"""Numbers and words that a paper quotes of single curves and claims, each under a key."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

import pandas as pd

from paper_figures.drawing.names import plain_variant
from paper_figures.report import claimed, shown
from paper_figures.report.writing import slug, slugs

Tables = Mapping[str, pd.DataFrame]
Number = tuple[str, float, float, str, str]
"""Key, value, half-width of its 95% interval or NaN, unit, meaning."""

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


def _leaderboards(table: pd.DataFrame) -> Iterator[Number]:
    for key, rows in _boards(table):
        first = rows.iloc[0]
        for name, says in (
            ("contestants", "contestants"),
            ("tasks", "tasks"),
            ("chi2", "Friedman’s statistic"),
            ("p", "p-value of Friedman’s test"),
            ("critical difference", "critical difference of mean ranks"),
        ):
            told = f"{first['says']}: {says}"
            yield f"leaderboard.{key}.{slug(name)}", first[name], math.nan, "", told
        for end, row in _ends(rows):
            whose = f"{first['says']}: {row['contestant']}"
            start = f"leaderboard.{key}.{end}"
            yield f"{start}.rank", row["mean rank"], math.nan, "", f"{whose}, mean rank"
            yield f"{start}.wins", row["wins"], math.nan, "", f"{whose}, tasks won"
            worst = f"{whose}, over the best under its worst attack"
            yield f"{start}.worst", row["over the best under it"], math.nan, row["unit"], worst
            over, lower = row["over the first"], row["over the first lower"]
            yield f"{start}.over", over, over - lower, row["unit"], f"{whose}, over the first"


def _boards(table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the rows of every leaderboard with its key."""
    keys = slugs(table["leaderboard"])
    for name, rows in table.groupby("leaderboard", sort=False):
        yield keys[name], rows


def _ends(rows: pd.DataFrame) -> Iterator[tuple[str, pd.Series]]:
    """Yield the first and the last contestant of a leaderboard."""
    yield from (("first", rows.iloc[0]), ("last", rows.iloc[-1]))


def _claims(tables: Tables) -> Iterator[Number]:
    found = claimed.claims(tables)
    phases = sum(len(claim.phases) for claim in found)
    yield "claims.distinct", len(found), math.nan, "", "claims"
    yield "claims.phases", phases, math.nan, "", "claims, phase by phase"
    for key, claim, tally in _parts(found):
        counted = "experiments" if claim.some else "comparisons"
        for name, count, says in (
            ("supported", tally.holding, f"{counted} that support it"),
            ("contradicted", tally.against, f"{counted} that contradict it"),
            ("all", tally.of, counted),
        ):
            yield f"{key}.{name}", count, math.nan, "", f"{claim.says}: {says}"


def words(tables: Tables) -> dict[str, str]:
    """Return the verdict on every claim, and the first and the last of each leaderboard, by key.

    Parameters
    ----------
    tables
        By file name below the study's results.
    """
    parts = _parts(claimed.claims(tables))
    found = {f"{key}.verdict": tally.word for key, _, tally in parts}
    for key, rows in _boards(tables[shown.LEADERBOARDS]) if shown.LEADERBOARDS in tables else ():
        for end, row in _ends(rows):
            found[f"leaderboard.{key}.{end}"] = row["contestant"]
            found[f"leaderboard.{key}.{end}.worst-attack"] = (
                plain_variant(row["worst attack"]) or "none"
            )
    return found


def stages(claim: claimed.Claim) -> dict[str, claimed.Tally]:
    """Return the early phases of a claim together and its plateau, as far as it is made of them."""
    apart = {
        "early": [phase.tally for phase in claim.phases if phase.name != "plateau"],
        "plateau": [phase.tally for phase in claim.phases if phase.name == "plateau"],
    }
    return {name: claimed.together(tallies) for name, tallies in apart.items() if tallies}


def _parts(
    claims: Sequence[claimed.Claim],
) -> Iterator[tuple[str, claimed.Claim, claimed.Tally]]:
    """Yield every claim with the start of its keys: early, on the plateau, as a whole."""
    keys = slugs(claim.name for claim in claims)
    for claim in claims:
        for name, tally in stages(claim).items():
            yield f"claim.{keys[claim.name]}.{name}", claim, tally
        yield f"claim.{keys[claim.name]}", claim, claim.tally


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


SOURCES: Mapping[str, Callable[[Tables], Iterator[Number]]] = {
    shown.CLAIMS_SUMMARY: _claims,
    shown.LEADERBOARDS: lambda tables: _leaderboards(tables[shown.LEADERBOARDS]),
    shown.LOSSES: lambda tables: _early(tables[shown.LOSSES]),
    shown.RATIOS: lambda tables: _ratios(tables[shown.RATIOS]),
    shown.COSTS: lambda tables: _costs(tables[shown.COSTS]),
}
"""By the file that they come from."""

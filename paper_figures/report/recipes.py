"""How each table of the report is made from its file, and how its columns are written."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from paper_figures.report import summaries
from paper_figures.report.cells import Kind
from paper_figures.report.claimed import Tally, claims
from paper_figures.report.content import Content


class Column(NamedTuple):
    """One column: its name in the table, its head, how its cells are written."""

    name: str
    head: str
    kind: Kind = "text"
    choose: bool = False
    """Whether a reader chooses among its values."""


class Recipe(NamedTuple):
    """How one table of the report is made.

    Attributes
    ----------
    caption
        As in `View`.
    columns
        The table shows those of these that it has; or what returns them for a table.
    pick
        Takes the rows to show from the file.
    exact
        As in `View`.
    anchor
        Column with the name by which one links to a row; empty if nothing does.
    """

    caption: str
    columns: Sequence[Column] | Callable[[pd.DataFrame], Sequence[Column]]
    pick: Callable[[pd.DataFrame, Content], pd.DataFrame] = lambda table, _: table
    exact: bool = True
    anchor: str = ""


def claim_anchor(claim: str) -> str:
    """Return the name by which one links to a claim.

    Names of claims may differ in capitals alone, and may stand in links as they are.
    """
    return f"claims-{claim}"


def _claims(_: pd.DataFrame, content: Content) -> pd.DataFrame:
    made = claims(content.tables)
    phases = sorted({phase.name for one in made for phase in one.phases}, key=summaries.phase_order)
    return pd.DataFrame(
        [
            {
                "anchor": claim_anchor(one.name),
                "says": one.says,
                **dict.fromkeys(phases),
                **{phase.name: phase for phase in one.phases},
                "source": one.source,
            }
            for one in made
        ]
    )


def _claim_columns(table: pd.DataFrame) -> list[Column]:
    phases = [name for name in table if name not in ("anchor", "says", "source")]
    return [
        Column("says", "Claim"),
        *(Column(name, name, "phase") for name in phases),
        Column("source", "Source"),
    ]


_COMPARISONS = (
    Column("claim", "Claim", "code", choose=True),
    Column("phase", "Phase", choose=True),
    Column("comparison", "Comparison"),
    Column("verdict", "Verdict", "verdict", choose=True),
    Column("statistic", "Mean (interval)", "limits"),
)


def _comparisons(table: pd.DataFrame, _: Content) -> pd.DataFrame:
    return table.assign(statistic=_together(table, "mean", "lower", "upper", "unit"))


def _together(table: pd.DataFrame, *names: str) -> list[tuple[Any, ...]]:
    return list(zip(*(table[name] for name in names), strict=True))


_STATEMENTS = (
    Column("statement", "Statement", "word", choose=True),
    Column("form", "Form", "word", choose=True),
    Column("holds", "On curves", "tally"),
    Column("not applicable", "Hypothesis fails", "number"),
    Column("not measured", "Not measured", "number"),
    Column("ratio", "Bound / measured", "range"),
    Column("median ratio", "Median", "number"),
    Column("fails first", "Hypotheses that fail first (curves)", "math"),
)


def _statements(table: pd.DataFrame, _: Content) -> pd.DataFrame:
    found = summaries.statements(table)
    decided = zip(found["verified"], found["refuted"], found["undecided"], strict=True)
    return found.assign(
        holds=[Tally(good, bad, good + bad + open_) for good, bad, open_ in decided],
        ratio=_together(found, "least ratio", "largest ratio"),
    )


_CURVES = (
    Column("experiment", "Experiment", "code", choose=True),
    Column("curve", "Curve"),
    Column("statement", "Statement", "word", choose=True),
    Column("form", "Form", "word", choose=True),
    Column("verdict", "Verdict", "verdict", choose=True),
    Column("failing", "Fails first", "word", choose=True),
    Column("factor", "Times over", "number"),
    Column("measurement", "Measured (interval)", "limits"),
    Column("bound", "Bound", "number"),
    Column("ratio", "Bound / measured", "number"),
)


def _curves(table: pd.DataFrame, _: Content) -> pd.DataFrame:
    return table.assign(measurement=_together(table, "measured", "low", "high"))


_CONSTANTS = (
    Column("rule", "Rule", choose=True),
    Column("holds", "At sizes (N, f, D)", "tally"),
    Column("violated", "Contradicted", "number"),
    Column("undecided", "Undecided", "number"),
    Column("known exactly", "True value known exactly", "number"),
    Column("slack", "Printed/true", "range"),
    Column("violated at", "Contradicted at"),
)


def _constants(table: pd.DataFrame, _: Content) -> pd.DataFrame:
    found = summaries.constants(table)
    counts = zip(found["holds"], found["violated"], found["sizes"], strict=True)
    return found.assign(
        holds=[Tally(*one) for one in counts],
        slack=_together(found, "least slack", "largest slack"),
    )


_SIZES = (
    Column("rule", "Rule", "word", choose=True),
    Column("N", "N", "number", choose=True),
    Column("f", "f", "number"),
    Column("D", "D", "number", choose=True),
    Column("printed", "Printed C_α²", "number"),
    Column("true", "True C_α²", "range"),
    Column("slack", "Printed/true", "number"),
    Column("verdict", "Verdict", "verdict", choose=True),
)


def _sizes(table: pd.DataFrame, content: Content) -> pd.DataFrame:
    found = summaries.constants_at(table, content.sizes)
    return found.assign(true=_together(found, "lower", "upper"))


_COSTED = {
    "storage": "Storage, subsets",
    "computation": "Computation, gradients",
    "server gradients": "Gradients of the server",
    "rounds": "Rounds",
    "numbers received": "Numbers received",
}
_COSTS = (
    Column("method", "Curve"),
    *(Column(name, head, "limited") for name, head in _COSTED.items()),
)


def _costs(table: pd.DataFrame, _: Content) -> pd.DataFrame:
    written: dict[str, list[Any]] = {
        "method": [f"{one}: {curve}" for one, curve in _together(table, "experiment", "curve")]
    }
    for name in _COSTED:
        mean = table.get(f"{name} mean", table[f"{name} largest"])
        ends = (table[f"{name} {end}"] for end in ("largest", "promised"))
        written[name] = list(zip(mean, *ends, strict=True))
    return pd.DataFrame(written, index=table.index)


_HEADS = {
    "plateau": "Plateau of F",
    "excess %": "Plateau of F − F*, % of F*",
    "accuracy %": "Plateau of the test accuracy, %",
}


def _losses(table: pd.DataFrame, _: Content) -> pd.DataFrame:
    means = [name for name in table if f"{name} ±" in table]
    paired = {name: _together(table, name, f"{name} ±") for name in means}
    return table.drop(columns=[f"{name} ±" for name in means]).assign(**paired)


def _loss_columns(table: pd.DataFrame) -> list[Column]:
    kinds: dict[str, Kind] = {
        "experiment": "code",
        "curve": "text",
        "trials": "number",
        "T": "number",
        "note": "text",
    }
    return [
        Column(
            name,
            _HEADS.get(name, name.capitalize() if name in ("experiment", "curve") else name),
            kinds.get(name, "interval"),
            choose=name == "experiment",
        )
        for name in table
    ]


_LEADERBOARDS = (
    Column("leaderboard", "Leaderboard", "code", choose=True),
    Column("quantity", "Quantity", "code"),
    Column("unit", "Unit"),
    Column("place", "Place", "number"),
    Column("contestant", "Contestant"),
    Column("mean rank", "Mean rank", "number"),
    Column("wins", "Wins", "number"),
    Column("tasks", "Tasks", "number"),
    Column("diverged", "Diverged", "number"),
    Column("cliques", "Groups"),
    Column("over", "Over the first (interval)", "limits"),
    Column("worst attack", "Worst attack"),
    Column("over the best under it", "Over the best under it", "number"),
)


def _leaderboards(table: pd.DataFrame, _: Content) -> pd.DataFrame:
    ends = ("over the first", "over the first lower", "over the first upper")
    return table.assign(over=_together(table, *ends))


RECIPES: Mapping[str, Recipe] = {
    "claims": Recipe(
        "Each claim: how many of its comparisons hold, early and on the plateau; in grey the least "
        "and the largest mean difference",
        _claim_columns,
        pick=_claims,
        exact=False,
        anchor="anchor",
    ),
    "comparisons": Recipe("Every comparison that decides a claim", _COMPARISONS, pick=_comparisons),
    "leaderboards": Recipe(
        "Each leaderboard: mean ranks, tasks won, groups that do not differ, and the worst attack",
        _LEADERBOARDS,
        pick=_leaderboards,
    ),
    "theorem-summary": Recipe(
        "Definition 1, the lemmas and the theorems of the paper: curves on which they hold",
        _STATEMENTS,
        pick=_statements,
        exact=False,
    ),
    "theorems": Recipe("Definition 1, lemmas and theorems, curve by curve", _CURVES, pick=_curves),
    "sharpened-summary": Recipe(
        "The sharpened theorems 1′, 2′ and 3′: curves on which they hold",
        _STATEMENTS,
        pick=_statements,
        exact=False,
    ),
    "sharpened": Recipe(
        "Sharpened theorems, on every curve to which they apply",
        _CURVES,
        pick=lambda table, content: _curves(table[table["verdict"] != "not applicable"], content),
    ),
    "constants": Recipe(
        "How often each printed constant holds, over all sizes examined",
        _CONSTANTS,
        pick=_constants,
        exact=False,
    ),
    "sizes": Recipe("Printed and true constants at the sizes of this study", _SIZES, pick=_sizes),
    "losses": Recipe(
        "Training loss F at some iterations t and on the plateau: mean ± half-width of its 95% "
        "interval over trials",
        _loss_columns,
        pick=_losses,
    ),
    "costs": Recipe(
        "Costs of each method: the largest that was used and, after ≤, the most that it promises",
        _COSTS,
        pick=_costs,
        exact=False,
    ),
}
"""By the name of the table in `shown.SECTIONS`."""

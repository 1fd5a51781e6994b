"""The verdict of a study and the answers to what a reader asks first, from its tables alone."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

import pandas as pd

from paper_figures.drawing import names
from paper_figures.report import summaries, words
from paper_figures.report.claimed import Claim, Tally, claims, together
from paper_figures.report.content import Content
from paper_figures.report.headlines import BEYOND
from paper_figures.report.shown import CONSTANTS, EQUATIONS, LOSSES, THEOREMS
from paper_figures.report.words import listed, number_of
from paper_figures.report.writing import number


class Chip(NamedTuple):
    """A count and its kind, a key of `words.MARKS`."""

    kind: str
    text: str


class Answer(NamedTuple):
    """A question, its answer, and the section with the evidence.

    Attributes
    ----------
    short
        Such as ``No``.
    says
        Sentences of plain text.
    """

    question: str
    short: str
    kind: str
    chips: Sequence[Chip]
    says: str
    anchor: str


class Question(NamedTuple):
    """A question that claims of the paper's study decide; each claim with its rival."""

    asks: str
    rivals: Mapping[str, str]


QUESTIONS = (
    Question("Does CRA-DL beat its baselines?", {"beats_mean": "MA", "beats_rba": "RBA-DL"}),
    Question("Is it the best?", {"beats_sgc": "SGC-DL", "beats_clairvoyant": "Clairvoyant"}),
)
"""By the names of claims of ``config/paper.yaml``; a study without them is asked of its own."""


def answers(content: Content) -> list[Answer]:
    """Return the answers that the tables at hand allow; on the paper in its own study alone."""
    made = {claim.name: claim for claim in claims(content.tables)}
    found = [
        _compared(one, {made[name]: rival for name, rival in one.rivals.items()})
        for one in QUESTIONS
        if {*one.rivals} <= {*made}
    ]
    if made and not found:
        found = [_own(list(made.values()))]
    if THEOREMS in content.tables and content.of_paper:
        found.append(_covered(content))
    if CONSTANTS in content.tables and content.of_paper:
        found.append(_constants(content.tables[CONSTANTS]))
    return found


def _compared(question: Question, rivals: Mapping[Claim, str]) -> Answer:
    final = together(claim.final.tally for claim in rivals)
    early = [
        f"{rival} {together(phase.tally for phase in claim.phases[:-1])}"
        for claim, rival in rivals.items()
        if len(claim.phases) > 1
    ]
    phases = listed([phase.name for phase in next(iter(rivals)).phases[:-1]] or [""])
    return Answer(
        question.asks,
        _short(final),
        words.kind(final.word),
        [
            Chip(words.kind(claim.final.tally.word), f"{rival} {claim.final.tally}")
            for claim, rival in rivals.items()
        ],
        f"Comparisons {_when(next(iter(rivals)))}."
        + (f" At {phases}: {listed(early)}." if early else ""),
        "section-claims",
    )


def _short(tally: Tally) -> str:
    if tally.holding == tally.of:
        return "Yes"
    if tally.against:
        return "No"
    return "Not in every comparison" if tally.holding else "Undecided"


def _when(claim: Claim) -> str:
    return "on the plateau" if claim.final.name == "plateau" else f"at {claim.final.name}"


def _own(made: Sequence[Claim]) -> Answer:
    found = [claim.tally.word for claim in made]
    holding = found.count(words.HOLDS)
    return Answer(
        "Do the study’s claims hold?",
        "Yes" if holding == len(made) else f"{holding} of {len(made)}",
        words.kind(words.counted(holding, found.count(words.FAILS), len(made))),
        [
            Chip(words.kind(verdict), f"{found.count(verdict)} {verdict}")
            for verdict in dict.fromkeys(found)
        ],
        "A claim holds if all of its comparisons do, in every phase.",
        "section-claims",
    )


def theorems_hold(table: pd.DataFrame) -> Tally:
    """Count the curves whose hypotheses Theorem 1 or 2 has, and those on which its bound holds."""
    verdicts = table.loc[table["statement"].isin(_THEOREMS), "verdict"]
    holding, against = (int((verdicts == one).sum()) for one in ("verified", "refuted"))
    return Tally(holding, against, holding + against + int((verdicts == "undecided").sum()))


_THEOREMS = ("theorem1", "theorem2")


def covered(table: pd.DataFrame, experiments: frozenset[str]) -> Tally:
    """Count curves, and those that meet the hypotheses of Theorem 1 or of Theorem 2.

    Parameters
    ----------
    table
        ``verify/theorems.csv``.
    experiments
        Those whose curves count; all if empty.
    """
    rows = table[table["statement"].isin(_THEOREMS)]
    rows = rows[rows["experiment"].isin(experiments)] if experiments else rows
    met = (rows["verdict"] != "not applicable").groupby([rows["experiment"], rows["curve"]]).any()
    return Tally(int(met.sum()), int((~met).sum()), len(met))


def _covered(content: Content) -> Answer:
    table = content.tables[THEOREMS]
    experiments = content.reproducing
    found, bounds = covered(table, experiments), theorems_hold(table)
    whose = "of the paper’s figures" if experiments else "of the study"
    says = "Curves that meet the hypotheses of Theorem 1 or 2."
    if bounds.of:
        says += f" Wherever a curve of the study does, the bounds hold: {bounds}."
    return Answer(
        "Do the theorems cover the experiments?",
        {words.HOLDS: "Yes", words.FAILS: "No"}.get(found.word, "Some"),
        words.kind(found.word),
        [Chip(words.kind(found.word), f"{found} curves {whose}")],
        says,
        "section-theorems",
    )


def wrong_constants(table: pd.DataFrame) -> dict[str, Tally]:
    """Return the rules whose printed constant is too small at some size, and at how many."""
    printed = table[table["printed"].notna()]
    found = {}
    for rule, rows in printed.groupby("rule", sort=False):
        counts = summaries.counts(rows["verdict"], summaries.CONSTANT_VERDICTS)
        if counts["violated"]:
            found[str(rule)] = Tally(counts["holds"], counts["violated"], len(rows))
    return found


def _constants(table: pd.DataFrame) -> Answer:
    wrong = wrong_constants(table)
    printed = table[table["printed"].notna()]
    others = printed["rule"].nunique() - len(wrong)
    where = [f"{names.rule_name(rule)}: {_where(printed, rule)}" for rule in wrong]
    return Answer(
        "Which constants of Table I are wrong?",
        listed([names.rule_name(rule) for rule in wrong]) if wrong else "None found",
        "bad" if wrong else "good",
        [
            Chip(
                words.kind(words.FAILS), f"{names.rule_name(rule)} at {tally.against} of {tally.of}"
            )
            for rule, tally in wrong.items()
        ]
        + [Chip("good", f"{others} {'other' if others == 1 else 'others'}")] * bool(others),
        f"Of the sizes (N, f, D) examined. {'; '.join(where)}."
        if where
        else "At no size (N, f, D) examined.",
        "section-constants",
    )


def _where(printed: pd.DataFrame, rule: str) -> str:
    """Say up to which dimension, and from which fraction on, a printed constant is too small."""
    rows = printed[(printed["rule"] == rule) & (printed["verdict"] == "violated")]
    alphas = rows["alpha"].map(lambda text: Fraction(str(text)))
    told = []
    if rows["D"].max() < printed["D"].max():
        told.append(f"D ≤ {rows['D'].max()}")
    if alphas.min() > 0:
        told.append(f"α from {float(alphas.min()):.3g} on")
    return " and ".join(told) or "at small and large D and α"


def verdict(content: Content) -> list[str]:
    """Return the sentences of the verdict, each made from a table."""
    made = {claim.name: claim for claim in claims(content.tables)}
    sentences = [*_contest(made)] or [*_claims_hold(list(made.values()))]
    if LOSSES in content.tables and not content.of_paper:
        sentences += _lowest(content)
    if EQUATIONS in content.tables and content.of_paper:
        sentences.append(_statements(content.tables[EQUATIONS]))
    if THEOREMS in content.tables and content.of_paper:
        found = covered(content.tables[THEOREMS], content.reproducing)
        bounds = theorems_hold(content.tables[THEOREMS])
        where = "of its figures" if content.reproducing else "of the study"
        sentences.append(
            f"Theorems 1 and 2 hold in {bounds} cases whose hypotheses are met; "
            f"{found} curves {where} meet them."
        )
    return sentences


def _contest(made: Mapping[str, Claim]) -> list[str]:
    """Say against whom CRA-DL ends lower: for the paper's own claims alone."""
    parts = [
        (together(made[name].final.tally for name in one.rivals), listed([*one.rivals.values()]))
        for one in QUESTIONS
        if {*one.rivals} <= {*made}
    ]
    if len(parts) < len(QUESTIONS):
        return []
    (beaten, baselines), (best, strongest) = parts
    joint = "and" if best.word == beaten.word else "but"
    return [
        f"CRA-DL ends below {baselines} in {_out_of(beaten)} comparisons, {joint} below "
        f"{strongest} in {_out_of(best)}."
    ]


def _out_of(tally: Tally) -> str:
    return f"all {tally.of}" if tally.holding == tally.of else str(tally)


def _lowest(content: Content) -> list[str]:
    """Say which curve of each experiment ends lowest, for at most five of them.

    Nothing is said of experiments whose curves solve different problems: there the lowest end
    compares no methods.
    """
    losses, titles = content.tables[LOSSES], content.titles
    ends = losses[losses["loss t=T"].notna()] if "loss t=T" in losses else losses[:0]
    groups = [rows for _, rows in ends.groupby("experiment", sort=False) if len(rows) > 1]
    groups = [rows for rows in groups if rows["experiment"].iloc[0] not in content.mixed]
    found = []
    for rows in groups[:5]:
        best = rows.loc[rows["loss t=T"].idxmin()]
        where = titles.get(best["experiment"], best["experiment"])
        found.append(f"{where}: {best['curve']} ends lowest, at {number(best['loss t=T'])}.")
    return found


def _claims_hold(made: Sequence[Claim]) -> list[str]:
    if not made:
        return []
    found = together(claim.tally for claim in made)
    return [f"Of {number_of(len(made), 'claim')}, {found} comparisons hold."]


def _statements(ledger: pd.DataFrame) -> str:
    """Count the statements of the paper that are proved, and those refuted by what is wrong."""
    rows = ledger[~ledger["equation"].str.match(BEYOND)]
    proved = int((rows["verdict"] == "proved").sum())
    refuted = rows[rows["verdict"] == "refuted"]
    decided = proved + len(refuted)
    text = f"Of the paper’s {decided} statements that can be decided, {proved} are proved"
    if refuted.empty:
        return f"{text} and none is refuted."
    return f"{text} and {len(refuted)} contradicted: {listed(faults(refuted))}."


def faults(refuted: pd.DataFrame) -> list[str]:
    """Count refuted rows by what is wrong, such as ``5 errors``."""
    counts = summaries.counts(refuted["kind"], summaries.FAULTS)
    return [FAULTS[fault](count) for fault, count in counts.items() if count]


FAULTS = {
    "error": lambda count: number_of(count, "error"),
    "misprint": lambda count: number_of(count, "misprint"),
    "edge case": lambda count: number_of(count, "edge case"),
    "outside its own hypotheses": lambda count: (
        f"{count} outside " + ("its own hypotheses" if count == 1 else "their own hypotheses")
    ),
    "our text": lambda count: f"{count} in our text of the paper",
}
"""How many of each of `summaries.FAULTS` there are, in words."""

"""The comparisons of a claim: from its keys to the cells of the table of claims."""

import itertools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from cradl.config.findings import Findings, shown
from cradl.config.keys import ClaimKeys, DecisionKeys, Schedule
from cradl.config.model import Cell, Curve, Experiment, Term
from cradl.series import DIAGNOSTICS

SELECTABLE = frozenset(Curve.model_fields) - {"f", "tolerated", "M", "variant"}
"""Keys of a curve by which claims select."""
_NEEDS = {
    "less": frozenset({"than"}),
    "same": frozenset({"than"}),
    "negligible": frozenset(),
    "falls": frozenset({"along"}),
    "rises": frozenset({"along"}),
    "gap_grows": frozenset({"than", "along"}),
}


MOST_CELLS = 20_000
"""Of a study: comparisons of each curve with each other are soon more than can be listed."""
_FEWER = f"at most {MOST_CELLS:,} comparisons in the claims of a study"


class Unmet(Exception):
    """A claim that these experiments cannot decide: what is needed, what was given."""

    def __init__(self, needed: str, given: str) -> None:
        super().__init__(needed, given)
        self.needed, self.given = needed, given


class Chosen(NamedTuple):
    """A curve with its experiment."""

    experiment: Experiment
    curve: Curve

    def term(self, sign: Literal[-1, 1]) -> Term:
        """Return its term in a statistic."""
        return Term(sign=sign, experiment=self.experiment.name, curve=self.curve.label)

    def values(self, keys: Sequence[str]) -> tuple[Any, ...]:
        """Return its values of some keys of a curve."""
        return tuple(_value(self.curve, key) for key in keys)


def check_use(claim: ClaimKeys, path: str, findings: Findings) -> None:
    """Record the keys that the expectation lacks or has no use for, and unknown keys of curves."""
    for key in ("than", "along"):
        given, needed = bool(getattr(claim, key)), key in _NEEDS[claim.expect]
        if given != needed:
            what = f"{'this' if needed else 'no such'} key where expect is {claim.expect}"
            findings.add(f"{path}.{key}", what, shown(getattr(claim, key)) if given else "none")
    if "experiment" not in claim.of:
        findings.add(f"{path}.of", "the key experiment", "none")
    named = {
        f"{path}.of": [key for key in claim.of if key != "experiment"],
        f"{path}.than": [key for key in claim.than if key != "experiment"],
        f"{path}.matching": claim.matching,
        f"{path}.along": [claim.along] if claim.along else [],
    }
    for place, keys in named.items():
        for key in keys:
            if key not in SELECTABLE:
                findings.add_not_one_of(SELECTABLE, key, place)


def cells_of(
    name: str,
    claim: ClaimKeys,
    decision: DecisionKeys,
    experiments: Mapping[str, Experiment],
    tested: Collection[str] = (),
    *,
    most: int = MOST_CELLS,
) -> list[Cell]:
    """Return the cells of a claim: every comparison in every phase.

    Parameters
    ----------
    experiments
        Those that run. What a claim says of others is left out.
    tested
        The data sets that have test samples.
    most
        How many there may be.

    Raises
    ------
    Unmet
        Experiments that run hold no curves to compare, or their stores will lack what is judged.
    """
    of = _select(claim.of, experiments)
    than = _select({"experiment": claim.of["experiment"]} | claim.than, experiments)
    if not of or (claim.than and not than):
        return []
    compared = list(_COMPARISONS[claim.expect](claim, of, than))
    if not compared:
        raise Unmet("curves to compare", "none that differ and match")
    phases: list[int | None] = [*decision.early] if "early" in claim.phases else []
    phases += [None] if "plateau" in claim.phases else []
    if len(compared) * len(phases) > most:
        raise Unmet(_FEWER, f"{len(compared) * len(phases):,} in this one")
    for terms in compared:
        _require_runs(claim, [experiments[one.experiment] for one in terms], phases, decision)
        _require_tests(claim, terms, experiments, tested)
    return [_cell(name, claim, decision, terms, phase) for phase in phases for terms in compared]


def _select(selector: Mapping[str, Any], experiments: Mapping[str, Experiment]) -> list[Chosen]:
    """Return the curves that a selector names, of the experiments that run."""
    wanted = {key: _listed(one) for key, one in selector.items() if key != "experiment"}
    running = [experiments[one] for one in _listed(selector["experiment"]) if one in experiments]
    chosen = []
    for experiment in running:
        found = [
            Chosen(experiment, curve)
            for curve in experiment.curves
            if all(_written(curve, key) in values for key, values in wanted.items())
        ]
        if not found:
            told = {key: shown(one) for key, one in selector.items() if key in wanted}
            text = ", ".join(f"{key} {one}" for key, one in told.items())
            raise Unmet(f"a curve of {experiment.name} with {text or 'anything'}", "none")
        chosen += found
    return chosen


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _value(curve: Curve, key: str) -> Any:
    value = getattr(curve, key)
    return value["name"] if key in ("attack", "pre_aggregation") else value


def _written(curve: Curve, key: str) -> Any:
    """Return a curve's value of a key as a selector writes it."""
    value = _value(curve, key)
    return value.model_dump() if isinstance(value, Schedule) else value


def _pairs(
    claim: ClaimKeys, of: list[Chosen], than: list[Chosen]
) -> Iterator[tuple[Chosen, Chosen]]:
    """Yield the curves that are compared with each other."""
    across = "experiment" in claim.than

    def family(one: Chosen) -> tuple[Any, ...]:
        return ("" if across else one.experiment.name, *one.values(claim.matching))

    families: dict[Any, list[Chosen]] = {}
    for other in than:
        families.setdefault(family(other), []).append(other)
    count = 0
    for one in of:
        for other in families.get(family(one), ()):
            if one != other:
                count += 1
                if count > MOST_CELLS:
                    raise Unmet(_FEWER, "more in this one")
                yield one, other


def _differences(
    claim: ClaimKeys, of: list[Chosen], than: list[Chosen]
) -> Iterator[tuple[Term, ...]]:
    for one, other in _pairs(claim, of, than):
        yield one.term(1), other.term(-1)


def _values_alone(
    claim: ClaimKeys, of: list[Chosen], than: list[Chosen]
) -> Iterator[tuple[Term, ...]]:
    for one in of:
        yield (one.term(1),)


def _steps(claim: ClaimKeys, of: list[Chosen], than: list[Chosen]) -> Iterator[tuple[Term, ...]]:
    """Yield each curve with the one before it, in the order of the key."""
    for earlier, later in _consecutive(claim, [(one,) for one in of]):
        yield later[0].term(1), earlier[0].term(-1)


def _gap_steps(
    claim: ClaimKeys, of: list[Chosen], than: list[Chosen]
) -> Iterator[tuple[Term, ...]]:
    """Yield each gap, `than` minus `of`, with the one before it, in the order of the key."""
    matched = claim.model_copy(update={"matching": [*claim.matching, claim.along]})
    for earlier, later in _consecutive(claim, list(_pairs(matched, of, than))):
        yield later[1].term(1), later[0].term(-1), earlier[1].term(-1), earlier[0].term(1)


def _consecutive(
    claim: ClaimKeys, groups: Sequence[tuple[Chosen, ...]]
) -> Iterator[tuple[tuple[Chosen, ...], tuple[Chosen, ...]]]:
    """Yield neighbours along the key among groups of one experiment that match."""
    families: dict[Any, list[tuple[Chosen, ...]]] = {}
    for group in groups:
        family = (group[0].experiment.name, *group[0].values(claim.matching))
        families.setdefault(family, []).append(group)
    for members in families.values():
        if any(isinstance(_value(group[0].curve, claim.along), Schedule) for group in members):
            raise Unmet(f"a number as {claim.along} of every curve compared", "a schedule")
        ordered = sorted(members, key=lambda group: group[0].values([claim.along]))
        yield from itertools.pairwise(ordered)


_COMPARISONS: dict[
    str, Callable[[ClaimKeys, list[Chosen], list[Chosen]], Iterator[tuple[Term, ...]]]
] = {
    "less": _differences,
    "same": _differences,
    "negligible": _values_alone,
    "falls": _steps,
    "rises": _steps,
    "gap_grows": _gap_steps,
}


def _require_runs(
    claim: ClaimKeys,
    experiments: Sequence[Experiment],
    phases: Sequence[int | None],
    decision: DecisionKeys,
) -> None:
    """Refuse what the stores of these experiments will not be able to answer."""
    last = max((one for one in phases if one is not None), default=0)
    needed = max(last, decision.plateau - 1 if None in phases else 0)
    for one in experiments:
        if one.T < needed:  # noqa: SIM300 (T is a key, not a constant)
            raise Unmet(f"T >= {needed} in {one.name}", f"T={one.T}")
        if claim.quantity in DIAGNOSTICS and not one.diagnostics:
            raise Unmet(f"diagnostics in {one.name} for {claim.quantity}", "none")
        first = experiments[0]
        if (one.trials, one.redraw, one.T) != (first.trials, first.redraw, first.T):
            raise Unmet("the same trials, redraw and T", f"{first.name} and {one.name}")


def _require_tests(
    claim: ClaimKeys,
    terms: Sequence[Term],
    experiments: Mapping[str, Experiment],
    tested: Collection[str],
) -> None:
    """Refuse to judge the test accuracy of curves whose data have no test samples."""
    for term in terms if claim.quantity == "test_accuracy" else ():
        curves = {one.label: one for one in experiments[term.experiment].curves}
        used = curves[term.curve].dataset
        if used not in tested:
            needed = f"test samples in the data of {term.curve} for {claim.quantity}"
            raise Unmet(needed, f"none in {used}")


def _cell(
    name: str,
    claim: ClaimKeys,
    decision: DecisionKeys,
    terms: tuple[Term, ...],
    iteration: int | None,
) -> Cell:
    within = claim.expect in ("same", "negligible")
    absolute = claim.expect == "negligible" or (claim.expect == "same" and iteration is None)
    per_cent = absolute or claim.quantity == "test_accuracy"
    default = decision.plateau_margin if per_cent else decision.early_margin
    return Cell(
        claim=name,
        says=claim.says,
        source=claim.source,
        quantity=claim.quantity,
        iteration=iteration,
        last=decision.plateau,
        terms=terms,
        per_cent=per_cent,
        margin=(claim.margin or default) if within else None,
        side="within" if within else "below" if claim.expect in ("less", "falls") else "above",
        some=claim.some,
    )

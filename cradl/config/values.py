"""Parsing what a study file says: each value is checked once, in the place where it is written."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from cradl.aggregation import RULES
from cradl.allocation import ALLOCATIONS
from cradl.attacks import ATTACKS
from cradl.columns import DataFault
from cradl.config.comparisons import SELECTABLE, check_use
from cradl.config.findings import Findings, below, not_one_of, shown
from cradl.config.keys import (
    SHARED,
    ClaimKeys,
    CurveKeys,
    CurveOwnKeys,
    DatasetKeys,
    DecisionKeys,
    ExperimentKeys,
    ExperimentOwnKeys,
    FigureKeys,
    LeaderboardKeys,
    StudyKeys,
)
from cradl.config.model import DataChoice
from cradl.config.written import (
    REFUSED,
    Refused,
    Settings,
    Written,
    WrittenCurve,
    WrittenExperiment,
    WrittenFigure,
)
from cradl.datasets import DATASETS, classes_of, completed, unfit
from cradl.libraries import NotThere
from cradl.libraries import names as names_of_libraries
from cradl.methods import METHODS
from cradl.pre_aggregation import PRE_AGGREGATIONS
from cradl.problems import PROBLEMS

CURVE_KEYS = frozenset(CurveKeys.model_fields)
EXPERIMENT_KEYS = frozenset(ExperimentKeys.model_fields)
ROWS: dict[str, Mapping[str, Any]] = {
    "method": METHODS,
    "aggregator": RULES,
    "allocation": ALLOCATIONS,
}
"""The keys whose value names a row of a table that needs no parameters."""
CHOICES: dict[str, Mapping[str, Any]] = {"attack": ATTACKS, "pre_aggregation": PRE_AGGREGATIONS}
"""The keys whose value is a mapping: the ``name`` of a row, and its parameters."""
OPTIONAL_KEYS = frozenset({"pre_aggregation"})
"""Keys of a curve that need not stand anywhere."""
OF_CONTESTANTS = SELECTABLE - {"label", "attack"}
"""Keys of a curve that may make a contestant: what it meets, and how it is called, does not."""


def parse(
    raw: Mapping[str, Any],
    drawings: Mapping[str, Collection[str]] | None,
    places: Mapping[str, Path],
    findings: Findings,
) -> Written:
    """Parse a study that was read and merged; what is wrong with it is added to `findings`.

    Parameters
    ----------
    drawings
        As in `cradl.load_study`.
    places
        The folder from which the file of a data set is looked for, by the data set's name.
    """
    findings.check_known(raw, {*StudyKeys.model_fields, *EXPERIMENT_KEYS, *CURVE_KEYS}, "")
    required = {"study", "seed", "datasets", "experiments"}
    wrong = findings.check(StudyKeys, raw, "", required=required)
    # Some file systems do not tell capitals from small letters.
    if str(raw.get("study")).lower() == SHARED:
        needed = f"another name (results/{SHARED} holds what depends on no study)"
        findings.add("study", needed, repr(raw["study"]))
    given = raw.get("experiments")
    known = given if isinstance(given, dict) else {}
    _check_members(raw.get("only"), known, "only", findings)
    datasets = raw.get("datasets")
    sections = {"datasets", "experiments", "figures", "claims", "leaderboards", "decision"}
    return Written(
        own={
            key: raw[key]
            for key in StudyKeys.model_fields
            if key in raw and key not in wrong | sections
        },
        settings=_settings(raw, "", findings),
        datasets={
            name: _dataset(entry, below("datasets", name), places.get(name, Path()), findings)
            for name, entry in (datasets.items() if isinstance(datasets, dict) else ())
            if isinstance(name, str)
        },
        experiments={
            name: _experiment(entry, below("experiments", name), findings)
            for name, entry in _entries(raw, "experiments")
        },
        figures={
            name: _figure(entry, below("figures", name), raw, drawings, findings)
            for name, entry in _entries(raw, "figures")
        }
        if "figures" in raw
        else None,
        claims={
            name: claim
            for name, entry in _entries(raw, "claims")
            if (claim := _claim(entry, below("claims", name), known, findings))
        },
        leaderboards={
            name: board
            for name, entry in _entries(raw, "leaderboards")
            if (board := _leaderboard(entry, below("leaderboards", name), known, findings))
        },
        decision=_decision(raw, findings),
    )


def _entries(raw: Mapping[str, Any], section: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the entries of a section that are mappings; the others are findings of `StudyKeys`."""
    given = raw.get(section)
    for name, entry in given.items() if isinstance(given, dict) else ():
        if isinstance(name, str) and isinstance(entry, dict):
            yield name, entry


def _settings(keys: Mapping[str, Any], path: str, findings: Findings) -> Settings:
    """Parse the experiment and curve keys that stand at one level."""
    wrong = findings.check(ExperimentKeys, keys, path)
    for key in sorted(CURVE_KEYS & keys.keys()):
        value, before = keys[key], len(findings)
        if value == []:
            findings.add(below(path, key), "at least one value in the grid", "[]")
        grid = enumerate(value) if isinstance(value, list) else [(None, value)]
        for index, one in grid:
            where = below(path, key if index is None else f"{key}[{index}]")
            _check_value(key, one, where, findings)
        if len(findings) > before:
            wrong.add(key)
    return {
        key: REFUSED if key in wrong else keys[key]
        for key in sorted(CURVE_KEYS | EXPERIMENT_KEYS)
        if key in keys
    }


def _check_value(key: str, value: Any, where: str, findings: Findings) -> None:
    if findings.check(CurveKeys, {key: value}, where, place=where):
        return
    if key in ROWS:
        _check_name(ROWS[key], value, where, findings)
    if key in CHOICES:
        _check_row(value, "name", CHOICES[key], where, findings)


def _check_name(table: Mapping[str, Any], name: str, where: str, findings: Findings) -> None:
    """Check the name of a row, or of a rule ``library.Rule``, whose library must be installed."""
    try:
        if name not in table:
            library, dot, _ = name.partition(".")
            elsewhere = dot and table is RULES
            findings.add_not_one_of(
                [*names_of_libraries(library)] if elsewhere else table, name, where
            )
    except NotThere as absent:
        findings.add(where, absent.needed, absent.given)


def _check_selector(
    entry: Mapping[str, Any],
    selector: str,
    table: Mapping[str, Any],
    path: str,
    findings: Findings,
) -> None:
    """Record a key that is the selector misspelt, if there is no selector."""
    known = {key for row in table.values() for key in row.parameters.model_fields}
    for key in () if selector in entry else entry:
        needed, given = not_one_of([selector], key)
        if isinstance(key, str) and key not in known and given != shown(key):
            findings.add(below(path, key), needed, given)


def _check_row(
    entry: Mapping[str, Any],
    selector: str,
    table: Mapping[str, Any],
    path: str,
    findings: Findings,
) -> None:
    """Check an entry that names a row of a table and gives the row's parameters."""
    name = entry.get(selector)
    if not isinstance(name, str) or name not in table:
        _check_selector(entry, selector, table, path, findings)
        findings.add_not_one_of(table, name, below(path, selector))
        return
    given = {key: value for key, value in entry.items() if key != selector}
    fields = table[name].parameters.model_fields
    findings.check_known(given, fields, path)
    findings.check(table[name].parameters, given, path, required=fields)


def _dataset(entry: Any, path: str, folder: Path, findings: Findings) -> DataChoice | Refused:
    # That it is no mapping, `StudyKeys` has found.
    if not isinstance(entry, dict):
        return REFUSED
    before = len(findings)
    findings.check(DatasetKeys, entry, path, required={"problem"})
    rest = {key: value for key, value in entry.items() if key != "problem"}
    problem, chosen = _problem(entry.get("problem"), below(path, "problem"), findings)
    _check_row(rest, "generator", DATASETS, path, findings)
    if len(findings) > before:
        return REFUSED
    kind = rest.pop("generator")
    if needed := unfit(kind, problem):
        findings.add(below(path, "generator"), f"{needed} for {problem}", shown(kind))
    if entry.get("m") is not None and entry["m"] % entry["M"]:
        near = _divisible(kind, rest, problem, folder)
        such = f", such as {' or '.join(map(str, near))}" if near else ""
        findings.add(path, f"m divisible by M{such}", f"m={entry['m']}, M={entry['M']}")
    if len(findings) > before:
        return REFUSED
    try:
        parameters, place = completed(kind, rest, problem=problem, folder=folder)
    except DataFault as fault:
        findings.add_fault(fault, path)
        return REFUSED
    return DataChoice(
        generator=kind,
        problem=problem,
        problem_parameters=chosen,
        classes=classes_of(DATASETS[kind], parameters),
        parameters=parameters,
        place=place,
    )


def _divisible(kind: str, keys: Mapping[str, Any], problem: str, folder: Path) -> list[int]:
    """Return the multiples of M on both sides of m, without those that the data cannot give."""
    found = []
    below_m = keys["m"] - keys["m"] % keys["M"]
    for m in (below_m, below_m + keys["M"]):
        chosen = {**keys, "m": m}
        # A file that cannot be read says nothing of sizes.
        try:
            DATASETS[kind].parameters.model_validate(chosen)
            completed(kind, chosen, problem=problem, folder=folder)
        except ValidationError:
            continue
        except DataFault as fault:
            if fault.key in ("m", "test"):
                continue
        found.append(m)
    return found


def _problem(given: Any, path: str, findings: Findings) -> tuple[str, dict[str, Any]]:
    """Parse a problem, a name or a mapping: return its name and its parameters."""
    # That it is neither, `DatasetKeys` has found.
    if not isinstance(given, str | dict):
        return "", {}
    if isinstance(given, str) and given not in PROBLEMS:
        findings.add_not_one_of(PROBLEMS, given, path)
        return "", {}
    entry = {"name": given} if isinstance(given, str) else given
    _check_row(entry, "name", PROBLEMS, path, findings)
    chosen = {key: one for key, one in entry.items() if key != "name"}
    return str(entry.get("name")), chosen


def _experiment(entry: Mapping[str, Any], path: str, findings: Findings) -> WrittenExperiment:
    own = ExperimentOwnKeys.model_fields
    findings.check_known(entry, {*EXPERIMENT_KEYS, *CURVE_KEYS, *own}, path)
    settings = _settings(entry, path, findings)
    wrong = findings.check(ExperimentOwnKeys, entry, path, required={"curves"})
    given = entry.get("curves")
    curves = [
        _curve(one, f"{path}.curves[{index}]", findings)
        for index, one in enumerate(given if isinstance(given, list) else ())
        if isinstance(one, dict)
    ]
    title = entry.get("title") if "title" not in wrong else None
    return WrittenExperiment(path, settings, title, tuple(curves), "curves" not in wrong)


def _curve(entry: Mapping[str, Any], path: str, findings: Findings) -> WrittenCurve:
    before = len(findings)
    findings.check_known(entry, {*CURVE_KEYS, *CurveOwnKeys.model_fields}, path)
    wrong = findings.check(CurveOwnKeys, entry, path)
    own = {key: one for key, one in entry.items() if key in CURVE_KEYS}
    settings = _settings(own, path, findings)
    label = entry.get("label") if "label" not in wrong else None
    return WrittenCurve(path, settings, label, len(findings) == before)


def _figure(
    entry: Mapping[str, Any],
    path: str,
    raw: Mapping[str, Any],
    drawings: Mapping[str, Collection[str]] | None,
    findings: Findings,
) -> WrittenFigure:
    findings.check_known(entry, FigureKeys.model_fields, path)
    required = {"draw"} if "leaderboard" in entry else {"draw", "experiments"}
    wrong = findings.check(FigureKeys, entry, path, required=required)
    experiments, boards = (dict(_entries(raw, name)) for name in ("experiments", "leaderboards"))
    _check_members(entry.get("experiments"), experiments, f"{path}.experiments", findings)
    board = entry.get("leaderboard")
    if isinstance(board, str) and board not in boards:
        findings.add_not_one_of(boards, board, f"{path}.leaderboard")
    if board is not None and "experiments" in entry:
        needed = "no such key beside leaderboard, whose experiments are drawn"
        findings.add(f"{path}.experiments", needed, shown(entry["experiments"]))
    found = WrittenFigure(
        path,
        *(None if key in wrong else entry.get(key) for key in FigureKeys.model_fields),
    )
    if drawings is not None and found.draw is not None:
        if found.draw not in drawings:
            findings.add_not_one_of(drawings, found.draw, f"{path}.draw")
        else:
            for key in ("after", "leaderboard"):
                _check_used(key, entry, path, findings, uses=key in drawings[found.draw])
    if found.experiments and found.after and len(found.after) != len(found.experiments):
        needed = f"one iteration for each of the {len(found.experiments)} experiments"
        findings.add(f"{path}.after", needed, shown(found.after))
    return found


def _check_used(
    key: str, entry: Mapping[str, Any], path: str, findings: Findings, *, uses: bool
) -> None:
    """Check that a figure has a key if its drawing uses that, and only then."""
    if uses == (key in entry):
        return
    draw = entry["draw"]
    needed = f"this key, which {draw} uses" if uses else f"no {key}, which {draw} does not use"
    findings.add(f"{path}.{key}", needed, shown(entry.get(key)))


def _claim(
    entry: Mapping[str, Any], path: str, experiments: Collection[str], findings: Findings
) -> ClaimKeys | None:
    before, fields = len(findings), ClaimKeys.model_fields
    required = [name for name, one in fields.items() if one.is_required()]
    findings.check_known(entry, fields, path)
    findings.check(ClaimKeys, entry, path, required=required)
    for key in ("of", "than"):
        selector = entry.get(key)
        chosen = selector.get("experiment") if isinstance(selector, dict) else None
        if chosen == []:
            findings.add(f"{path}.{key}.experiment", "at least one entry", "[]")
        for one in chosen if isinstance(chosen, list) else [] if chosen is None else [chosen]:
            if not isinstance(one, str) or one not in experiments:
                findings.add_not_one_of(experiments, one, f"{path}.{key}.experiment")
    if len(findings) > before:
        return None
    claim = ClaimKeys(**entry)
    check_use(claim, path, findings)
    return claim


def _leaderboard(
    entry: Mapping[str, Any], path: str, experiments: Collection[str], findings: Findings
) -> LeaderboardKeys | None:
    before, fields = len(findings), LeaderboardKeys.model_fields
    required = [name for name, one in fields.items() if one.is_required()]
    findings.check_known(entry, fields, path)
    findings.check(LeaderboardKeys, entry, path, required=required)
    _check_members(entry.get("experiments"), experiments, f"{path}.experiments", findings)
    _check_members(entry.get("contestants"), OF_CONTESTANTS, f"{path}.contestants", findings)
    return LeaderboardKeys(**entry) if len(findings) == before else None


def _decision(raw: Mapping[str, Any], findings: Findings) -> DecisionKeys | None:
    """Parse ``decision``, which claims need."""
    before, fields, entry = len(findings), DecisionKeys.model_fields, raw.get("decision")
    if isinstance(entry, dict):
        findings.check_known(entry, fields, "decision")
        findings.check(DecisionKeys, entry, "decision", required=fields)
        return DecisionKeys(**entry) if len(findings) == before else None
    if raw.get("claims") and entry is None:
        findings.add("decision", "this key, by which claims are decided", "none")
    return None


def _check_members(names: Any, known: Collection[str], path: str, findings: Findings) -> None:
    for index, name in enumerate(names if isinstance(names, list) else ()):
        if isinstance(name, str) and name not in known:
            findings.add_not_one_of(known, name, f"{path}[{index}]")

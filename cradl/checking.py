"""Checking what a study file says, each value in the place where it is written."""

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from cradl.aggregation import RULES
from cradl.allocation import ALLOCATIONS
from cradl.attacks import ATTACKS
from cradl.datasets import DATASETS
from cradl.methods import METHODS
from cradl.parameters import Parameters
from cradl.problems import PROBLEMS
from cradl.reading import Finding
from cradl.study import CurveKeys, ExperimentKeys, FigureKeys, Name, StudyKeys

CURVE_KEYS = frozenset(CurveKeys.model_fields)
EXPERIMENT_KEYS = frozenset(ExperimentKeys.model_fields)
_STUDY_KEYS = frozenset(StudyKeys.model_fields)
_SECTIONS = frozenset({"datasets", "experiments", "figures"})
_ROWS: dict[str, Mapping[str, Any]] = {
    "method": METHODS,
    "aggregator": RULES,
    "allocation": ALLOCATIONS,
}


def check_written(raw: Mapping[str, Any], drawings: Collection[str] | None) -> list[Finding]:
    """Check every value of the file in its place."""
    findings = list(_unknown(raw, _STUDY_KEYS | EXPERIMENT_KEYS | CURVE_KEYS | _SECTIONS, ""))
    findings += _model_findings(StudyKeys, raw, "", required={"study", "seed"})
    findings += check_settings(raw, "")
    for name, entry in _section(raw, "datasets", findings):
        findings += _dataset(entry, f"datasets.{name}")
    for name, entry in _section(raw, "experiments", findings):
        findings += _experiment(entry, f"experiments.{name}")
    known = raw.get("experiments") if isinstance(raw.get("experiments"), dict) else {}
    for name, entry in _section(raw, "figures", findings, required=False):
        findings += _figure(entry, f"figures.{name}", known or {}, drawings)
    findings += _members(raw.get("only"), known or {}, "only")
    return findings


def _section(
    raw: Mapping[str, Any], key: str, findings: list[Finding], *, required: bool = True
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the named entries of a section; add to `findings` what is no entry or no name."""
    section = raw.get(key, {})
    if not isinstance(section, dict) or (required and not section):
        findings.append(Finding(key, "at least one named entry", _shown(section)))
        return
    for name, entry in section.items():
        try:
            TypeAdapter(Name).validate_python(name, strict=True)
        except ValidationError:
            findings.append(
                Finding(key, "names of letters, digits, - and _ (no paths)", _shown(name))
            )
        if isinstance(entry, dict):
            yield name, entry
        else:
            findings.append(Finding(f"{key}.{name}", "a mapping of keys to values", _shown(entry)))


def check_settings(keys: Mapping[str, Any], path: str) -> list[Finding]:
    """Check the experiment and curve keys that stand at one level."""
    findings = _model_findings(ExperimentKeys, keys, path)
    for key in sorted(CURVE_KEYS & keys.keys()):
        value = keys[key]
        if isinstance(value, list) and not value:
            findings.append(Finding(_join(path, key), "at least one value in the grid", "[]"))
        grid = enumerate(value) if isinstance(value, list) else [(None, value)]
        for index, one in grid:
            where = _join(path, key if index is None else f"{key}[{index}]")
            findings += _curve_value(key, one, path, where)
    return findings


def _curve_value(key: str, value: Any, path: str, where: str) -> list[Finding]:
    findings = _model_findings(CurveKeys, {key: value}, "", rename=where)
    if findings:
        return findings
    if key in _ROWS and value not in _ROWS[key]:
        return [Finding(where, _one_of(_ROWS[key]), _shown(value))]
    if key == "attack":
        return _table_entry(value, "name", ATTACKS, where)
    return []


def _table_entry(
    entry: Mapping[str, Any], selector: str, table: Mapping[str, Any], path: str
) -> list[Finding]:
    """Check an entry that names a row of a table and gives the row's parameters."""
    name = entry.get(selector)
    if not isinstance(name, str) or name not in table:
        return [Finding(_join(path, selector), _one_of(table), _shown(name))]
    given = {key: value for key, value in entry.items() if key != selector}
    model = table[name].parameters
    findings = list(_unknown(given, model.model_fields, path))
    return findings + _model_findings(model, given, path, required=set(model.model_fields))


def _dataset(entry: Mapping[str, Any], path: str) -> list[Finding]:
    findings = []
    if entry.get("problem") not in PROBLEMS:
        given = _shown(entry.get("problem"))
        findings.append(Finding(f"{path}.problem", _one_of(PROBLEMS), given))
    rest = {key: value for key, value in entry.items() if key != "problem"}
    findings += _table_entry(rest, "generator", DATASETS, path)
    if not findings and entry["m"] % entry["M"]:
        findings.append(Finding(path, "m divisible by M", f"m={entry['m']}, M={entry['M']}"))
    return findings


def _experiment(entry: Mapping[str, Any], path: str) -> list[Finding]:
    findings = list(_unknown(entry, EXPERIMENT_KEYS | CURVE_KEYS | {"title", "curves"}, path))
    findings += check_settings(entry, path)
    if not isinstance(entry.get("title", ""), str):
        findings.append(Finding(f"{path}.title", "a text", _shown(entry["title"])))
    curves = entry.get("curves")
    if not isinstance(curves, list) or not curves:
        return [
            *findings,
            Finding(f"{path}.curves", "a list of at least one curve", _shown(curves)),
        ]
    for index, curve in enumerate(curves):
        where = f"{path}.curves[{index}]"
        if not isinstance(curve, dict):
            findings.append(Finding(where, "a mapping of keys to values", _shown(curve)))
            continue
        findings += _unknown(curve, CURVE_KEYS | {"label"}, where)
        findings += check_settings({key: curve[key] for key in curve if key in CURVE_KEYS}, where)
        if not isinstance(curve.get("label", ""), str):
            findings.append(Finding(f"{where}.label", "a text", _shown(curve["label"])))
    return findings


def _figure(
    entry: Mapping[str, Any],
    path: str,
    experiments: Mapping[str, Any],
    drawings: Collection[str] | None,
) -> list[Finding]:
    fields = FigureKeys.model_fields
    findings = [
        *_unknown(entry, fields, path),
        *_model_findings(FigureKeys, entry, path, required=set(fields)),
        *_members(entry.get("experiments"), experiments, f"{path}.experiments"),
    ]
    if (
        drawings is not None
        and isinstance(entry.get("draw"), str)
        and entry["draw"] not in drawings
    ):
        findings.append(Finding(f"{path}.draw", _one_of(drawings), _shown(entry["draw"])))
    return findings


def _members(names: Any, experiments: Mapping[str, Any], path: str) -> list[Finding]:
    if not isinstance(names, list):
        return []
    return [
        Finding(f"{path}[{index}]", _one_of(experiments), _shown(name))
        for index, name in enumerate(names)
        if name not in experiments
    ]


def _unknown(keys: Mapping[str, Any], known: Iterable[str], path: str) -> Iterator[Finding]:
    known = sorted(known)
    for key in keys:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, n=1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            yield Finding(
                _join(path, str(key)), f"one of the keys {', '.join(known)}{hint}", "this"
            )


def _model_findings(
    model: type[Parameters],
    values: Mapping[str, Any],
    path: str,
    *,
    required: Collection[str] = (),
    rename: str | None = None,
) -> list[Finding]:
    """Validate the fields of `model` that `values` has, and that `required` ones are there."""
    fields = {key: value for key, value in values.items() if key in model.model_fields}
    try:
        model.model_validate(fields)
    except ValidationError as error:
        return [
            _finding(one, path, rename)
            for one in error.errors(include_url=False)
            if one["type"] != "missing" or len(one["loc"]) > 1 or one["loc"][0] in required
        ]
    return []


def _finding(error: Any, path: str, rename: str | None) -> Finding:
    """Translate one error of pydantic into what is needed and what was given."""
    location = list(error["loc"])
    where = rename if rename is not None else _join(path, str(location[0]))
    for part in location[1:]:
        if isinstance(part, int):
            where += f"[{part}]"
        elif "[" not in part and part not in ("float", "constrained-float"):
            where += f".{part}"
    if error["type"] == "missing":
        return Finding(where, "this key", "none")
    needed = error["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
    if error["type"] == "string_pattern_mismatch":
        needed = "a name of letters, digits, - and _ (no paths)"
    return Finding(where, needed, _shown(error["input"]))


def _shown(value: Any) -> str:
    """Show a value as it was given, with a hint where YAML read a number as text."""
    if value is None:
        return "none"
    if isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            return repr(value)
        return f"the text {value!r} (in YAML the number is written {_yaml_number(number)})"
    text = repr(value)
    return text if len(text) <= 120 else f"{text[:117]}..."


def _yaml_number(number: float) -> str:
    mantissa, _, exponent = repr(number).partition("e")
    return (
        f"{mantissa if '.' in mantissa else mantissa + '.0'}e{exponent}" if exponent else mantissa
    )


def _one_of(names: Iterable[str]) -> str:
    return f"one of {', '.join(sorted(names))}"


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key

"""Checking what a study file says, each value in the place where it is written."""

import difflib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from cradl.aggregation import RULES
from cradl.allocation import ALLOCATIONS
from cradl.attacks import ATTACKS
from cradl.config.comparisons import misused
from cradl.config.files import Finding, below
from cradl.config.model import (
    SHARED,
    ClaimKeys,
    CurveKeys,
    CurveOwnKeys,
    DatasetKeys,
    DecisionKeys,
    ExperimentKeys,
    ExperimentOwnKeys,
    FigureKeys,
    StudyKeys,
)
from cradl.datasets import DATASETS
from cradl.methods import METHODS
from cradl.parameters import Parameters
from cradl.problems import PROBLEMS

CURVE_KEYS = frozenset(CurveKeys.model_fields)
EXPERIMENT_KEYS = frozenset(ExperimentKeys.model_fields)
# The keys whose value names a row of a table that needs no parameters.
ROWS: dict[str, Mapping[str, Any]] = {
    "method": METHODS,
    "aggregator": RULES,
    "allocation": ALLOCATIONS,
    "problem": PROBLEMS,
}
_NEEDED = {
    "missing": "this key",
    "extra_forbidden": "no such key",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
    "too_short": "at least one entry",
    "string_type": "a text (quote what YAML reads as a number, a date or yes and no)",
    "string_pattern_mismatch": "a name of letters, digits, - and _, no path",
}


def check_written(
    raw: Mapping[str, Any], drawings: Mapping[str, Collection[str]] | None
) -> list[Finding]:
    """Check every value of the file in its place."""
    findings = list(_unknown(raw, {*StudyKeys.model_fields, *EXPERIMENT_KEYS, *CURVE_KEYS}, ""))
    findings += _check_model(
        StudyKeys, raw, "", required={"study", "seed", "datasets", "experiments"}
    )
    # Some file systems do not tell capitals from small letters.
    if str(raw.get("study")).lower() == SHARED:
        needed = f"another name (results/{SHARED} holds what depends on no study)"
        findings.append(Finding("study", needed, repr(raw["study"])))
    findings += check_settings(raw, "")
    experiments = raw.get("experiments")
    known = experiments if isinstance(experiments, dict) else {}
    findings += _members(raw.get("only"), known, "only")
    for name, entry in entries(raw, "datasets"):
        findings += check_dataset(entry, below("datasets", name))
    for name, entry in entries(raw, "experiments"):
        findings += _check_experiment(entry, below("experiments", name))
    for name, entry in entries(raw, "figures"):
        findings += _check_figure(entry, below("figures", name), known, drawings)
    for name, entry in entries(raw, "claims"):
        findings += _check_claim(entry, below("claims", name), known)
    findings += _check_decision(raw)
    return findings


def entries(raw: Mapping[str, Any], section: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the entries of a section that are mappings; the others are findings of `StudyKeys`."""
    given = raw.get(section)
    for name, entry in given.items() if isinstance(given, dict) else ():
        if isinstance(name, str) and isinstance(entry, dict):
            yield name, entry


def check_settings(keys: Mapping[str, Any], path: str) -> list[Finding]:
    """Check the experiment and curve keys that stand at one level."""
    findings = _check_model(ExperimentKeys, keys, path)
    for key in sorted(CURVE_KEYS & keys.keys()):
        value = keys[key]
        if value == []:
            findings.append(Finding(below(path, key), "at least one value in the grid", "[]"))
        grid = enumerate(value) if isinstance(value, list) else [(None, value)]
        for index, one in grid:
            where = below(path, key if index is None else f"{key}[{index}]")
            findings += _check_value(key, one, where)
    return findings


def _check_value(key: str, value: Any, where: str) -> list[Finding]:
    findings = _check_model(CurveKeys, {key: value}, where, place=where)
    if findings:
        return findings
    if key in ROWS and value not in ROWS[key]:
        return [not_one_of(ROWS[key], value, where)]
    if key == "attack":
        return _check_row(value, "name", ATTACKS, where)
    return []


def _check_row(
    entry: Mapping[str, Any], selector: str, table: Mapping[str, Any], path: str
) -> list[Finding]:
    """Check an entry that names a row of a table and gives the row's parameters."""
    name = entry.get(selector)
    if not isinstance(name, str) or name not in table:
        return [not_one_of(table, name, below(path, selector))]
    given = {key: value for key, value in entry.items() if key != selector}
    fields = table[name].parameters.model_fields
    return [
        *_unknown(given, fields, path),
        *_check_model(table[name].parameters, given, path, required=fields),
    ]


def check_dataset(entry: Mapping[str, Any], path: str) -> list[Finding]:
    """Check one entry of `datasets`."""
    problem = entry.get("problem")
    findings = _check_model(DatasetKeys, entry, path, required={"problem"})
    if isinstance(problem, str) and problem not in PROBLEMS:
        findings.append(not_one_of(PROBLEMS, problem, below(path, "problem")))
    rest = {key: value for key, value in entry.items() if key != "problem"}
    findings += _check_row(rest, "generator", DATASETS, path)
    if findings:
        return findings
    kind = entry["generator"]
    if PROBLEMS[entry["problem"]].labels and not DATASETS[kind].labels:
        needed = f"a generator of labels for {problem}"
        findings.append(Finding(below(path, "generator"), needed, shown(kind)))
    if entry["m"] % entry["M"]:
        findings.append(Finding(path, "m divisible by M", f"m={entry['m']}, M={entry['M']}"))
    return findings


def _check_experiment(entry: Mapping[str, Any], path: str) -> list[Finding]:
    own = ExperimentOwnKeys.model_fields
    findings = list(_unknown(entry, {*EXPERIMENT_KEYS, *CURVE_KEYS, *own}, path))
    findings += check_settings(entry, path)
    findings += _check_model(ExperimentOwnKeys, entry, path, required={"curves"})
    curves = entry.get("curves")
    for index, curve in enumerate(curves if isinstance(curves, list) else ()):
        if isinstance(curve, dict):
            findings += check_curve(curve, f"{path}.curves[{index}]")
    return findings


def check_curve(curve: Mapping[str, Any], path: str) -> list[Finding]:
    """Check one entry of `curves`."""
    settings = {key: curve[key] for key in CURVE_KEYS & curve.keys()}
    return [
        *_unknown(curve, {*CURVE_KEYS, *CurveOwnKeys.model_fields}, path),
        *_check_model(CurveOwnKeys, curve, path),
        *check_settings(settings, path),
    ]


def _check_figure(
    entry: Mapping[str, Any],
    path: str,
    experiments: Collection[str],
    drawings: Mapping[str, Collection[str]] | None,
) -> list[Finding]:
    findings = [
        *_unknown(entry, FigureKeys.model_fields, path),
        *_check_model(FigureKeys, entry, path, required={"draw", "experiments"}),
        *_members(entry.get("experiments"), experiments, f"{path}.experiments"),
    ]
    drawing = entry.get("draw")
    if drawings is not None and isinstance(drawing, str) and drawing not in drawings:
        findings.append(not_one_of(drawings, drawing, f"{path}.draw"))
    elif drawings is not None and isinstance(drawing, str):
        findings += _check_use("after" in drawings[drawing], entry, path)
    panels, after = entry.get("experiments"), entry.get("after")
    if isinstance(panels, list) and isinstance(after, list) and len(after) != len(panels):
        needed = f"one iteration for each of the {len(panels)} experiments"
        findings.append(Finding(f"{path}.after", needed, shown(after)))
    return findings


def _check_use(used: bool, entry: Mapping[str, Any], path: str) -> list[Finding]:
    """Check that a figure says after which iterations where that is `used`, and only there."""
    if used == ("after" in entry):
        return []
    draw = entry["draw"]
    needed = f"this key, which {draw} uses" if used else f"no after, which {draw} does not use"
    return [Finding(f"{path}.after", needed, shown(entry.get("after")))]


def _check_claim(
    entry: Mapping[str, Any], path: str, experiments: Collection[str]
) -> list[Finding]:
    fields = ClaimKeys.model_fields
    required = [name for name, one in fields.items() if one.is_required()]
    findings = [
        *_unknown(entry, fields, path),
        *_check_model(ClaimKeys, entry, path, required=required),
    ]
    for key in ("of", "than"):
        selector = entry.get(key)
        chosen = selector.get("experiment") if isinstance(selector, dict) else None
        named = chosen if isinstance(chosen, list) else [] if chosen is None else [chosen]
        findings += [
            not_one_of(experiments, one, f"{path}.{key}.experiment")
            for one in named
            if not isinstance(one, str) or one not in experiments
        ]
    return findings if findings else list(misused(ClaimKeys(**entry), path))


def _check_decision(raw: Mapping[str, Any]) -> list[Finding]:
    """Check `decision`, which claims need."""
    fields, entry = DecisionKeys.model_fields, raw.get("decision")
    if isinstance(entry, dict):
        unknown = _unknown(entry, fields, "decision")
        return [*unknown, *_check_model(DecisionKeys, entry, "decision", required=fields)]
    needed = bool(raw.get("claims")) and entry is None
    return [Finding("decision", "this key, by which claims are decided", "none")] if needed else []


def _members(names: Any, experiments: Collection[str], path: str) -> Iterator[Finding]:
    for index, name in enumerate(names if isinstance(names, list) else ()):
        if isinstance(name, str) and name not in experiments:
            yield not_one_of(experiments, name, f"{path}[{index}]")


def _unknown(keys: Mapping[str, Any], known: Iterable[str], path: str) -> Iterator[Finding]:
    for key in keys:
        if key not in known:
            yield not_one_of(known, key, below(path, key if isinstance(key, str) else shown(key)))


def not_one_of(names: Iterable[str], given: Any, path: str) -> Finding:
    """Return the finding that `given` is none of the names, with the nearest one as a hint."""
    # Among the names of the file's own entries may be some that are refused themselves.
    choices = sorted(one for one in names if isinstance(one, str) and one.isprintable())
    got = shown(given)
    near = difflib.get_close_matches(got.strip("'"), choices, n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    return Finding(path, f"one of {', '.join(choices) or 'none'}", got + hint)


def _check_model(
    model: type[Parameters],
    values: Mapping[str, Any],
    path: str,
    *,
    required: Collection[str] = (),
    place: str | None = None,
) -> list[Finding]:
    """Validate the fields of `model` that `values` has, and that `required` ones are there.

    Each finding is placed at its field below `path`, or at `place`, which stands for the field.
    """
    fields = {key: value for key, value in values.items() if key in model.model_fields}
    found: dict[str, Finding] = {}
    try:
        model.model_validate(fields)
    except ValidationError as error:
        for one in error.errors(include_url=False):
            field, *inner = one["loc"]
            if one["type"] == "missing" and not inner and field not in required:
                continue
            where = _place(place or below(path, str(field)), inner)
            needed = _needed(one["type"], one["msg"])
            given = "none" if one["type"] == "missing" else shown(one["input"])
            # One value has several errors where it is none of several types.
            if where in found:
                needed = f"{found[where].needed} or {needed}"
            found[where] = Finding(where, needed, given)
    return list(found.values())


def _place(path: str, inner: Iterable[int | str]) -> str:
    for part in inner:
        if isinstance(part, int):
            path += f"[{part}]"
        # The others are no place in the file: which of several types was tried.
        elif "[" not in part and part not in ("float", "constrained-float", "Schedule"):
            path = below(path, part)
    return path


def _needed(kind: str, message: str) -> str:
    return _NEEDED.get(kind) or re.sub(r"^(Value error, )?(\w+ should (be |have )?)?", "", message)


def shown(value: Any) -> str:
    """Show a value as it was given, with a hint where YAML read a number as text."""
    if value is None:
        return "none"
    if isinstance(value, str) and (number := _number(value)):
        return f"the text {value!r} (in YAML the number is written {number})"
    try:
        text = repr(value)
    # Python writes no integer of thousands of digits.
    except ValueError:
        return f"a value of type {type(value).__name__} too long to show"
    return text if len(text) <= 120 else f"{text[:117]}..."


def _number(text: str) -> str | None:
    """Return the number that `text` spells, as YAML spells it; None where it spells none."""
    if not re.fullmatch(r"[-+]?[\d.]+(e[-+]?\d{1,2})?", text, flags=re.IGNORECASE):
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    if number.is_integer() and abs(number) < 1e16:
        return str(int(number))
    mantissa, e, exponent = repr(number).partition("e")
    return f"{mantissa}{e}{exponent}" if not e or "." in mantissa else f"{mantissa}.0e{exponent}"

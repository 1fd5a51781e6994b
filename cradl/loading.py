"""`load_study`: from a YAML file to a checked and resolved `Study`, or to all that is wrong."""

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cradl.allocation import ALLOCATIONS
from cradl.checking import CURVE_KEYS, EXPERIMENT_KEYS, check_settings, check_written
from cradl.feasibility import byzantine_count, infeasible
from cradl.labels import labels
from cradl.methods import METHODS
from cradl.plugins import load_plugins
from cradl.reading import Finding, StudyError, read_study
from cradl.study import Curve, DataChoice, Experiment, FigureKeys, Redraw, Study

# Only some methods use these: ignored where inherited, refused where a curve gives them in vain.
_FOR_RULE = frozenset({"aggregator", "withstand"})
_FOR_REDUNDANCY = frozenset({"r", "allocation", "uncovered"})


def load_study(
    path: str | Path,
    *,
    overrides: Mapping[str, Any] | None = None,
    drawings: Collection[str] | None = None,
) -> Study:
    """Read, merge, check and resolve a study.

    Parameters
    ----------
    path
        A YAML file; ``extends`` in it is followed.
    overrides
        Laid over the file, as ``--config`` of Snakemake gives them.
    drawings
        What a figure's ``draw`` may name; not checked where None.

    Raises
    ------
    StudyError
        With all findings: the path in the file, what is needed there, what was given.
    """
    raw, findings = read_study(Path(path), overrides or {})
    plugins = raw.get("plugins", [])
    if isinstance(plugins, list):
        findings += load_plugins([one for one in plugins if isinstance(one, str)])
    findings += check_written(raw, drawings)
    experiments: dict[str, Experiment] = {}
    for name, entry in _selected(raw):
        experiment, more = _experiment(name, entry, raw)
        findings += more
        if experiment is not None:
            experiments[name] = experiment
    if findings:
        raise StudyError(str(path), findings)
    return Study(
        name=raw["study"],
        seed=raw["seed"],
        plugins=tuple(plugins),
        datasets={name: _data_choice(entry) for name, entry in raw["datasets"].items()},
        experiments=experiments,
        figures=_figures(raw, experiments),
    )


def _selected(raw: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the experiments that are to run, as far as they are entries at all."""
    section, only = raw.get("experiments"), raw.get("only")
    for name, entry in section.items() if isinstance(section, dict) else ():
        if isinstance(entry, dict) and not (isinstance(only, list) and name not in only):
            yield str(name), entry


def _data_choice(entry: Mapping[str, Any]) -> DataChoice:
    parameters = {key: one for key, one in entry.items() if key not in ("generator", "problem")}
    return DataChoice(generator=entry["generator"], problem=entry["problem"], parameters=parameters)


def _figures(
    raw: Mapping[str, Any], experiments: Mapping[str, Experiment]
) -> dict[str, FigureKeys]:
    """Return the figures whose experiments all run; without a section, two for each experiment."""
    if "figures" in raw:
        figures = {name: FigureKeys(**entry) for name, entry in raw["figures"].items()}
    else:
        figures = {
            f"{name}{suffix}": FigureKeys(draw=draw, experiments=[name])
            for name in experiments
            for suffix, draw in (("", "training_loss"), ("_excess", "excess_loss"))
        }
    return {
        name: figure
        for name, figure in figures.items()
        if all(one in experiments for one in figure.experiments)
    }


def _experiment(
    name: str, entry: Mapping[str, Any], raw: Mapping[str, Any]
) -> tuple[Experiment | None, list[Finding]]:
    """Resolve one experiment; what `check_written` already found is not found again."""
    path = f"experiments.{name}"
    settings = _layered(EXPERIMENT_KEYS, raw, entry)
    findings = _missing(EXPERIMENT_KEYS, settings, path)
    written = entry.get("curves")
    expanded: list[tuple[str, dict[str, Any]]] = []
    for index, curve in enumerate(written if isinstance(written, list) else []):
        if isinstance(curve, dict):
            grid, more = _grid(raw, entry, curve, path, f"{path}.curves[{index}]")
            expanded += grid
            findings += more
    if findings or not expanded or check_settings(settings, ""):
        return None, findings
    curves = []
    for (where, one), label in zip(expanded, labels([one for _, one in expanded]), strict=True):
        curve, more = _curve(one, label, raw, where)
        findings += more
        curves.append(curve)
    findings += _duplicates(curves, path)
    if findings:
        return None, findings
    return Experiment(
        name=name,
        title=entry.get("title", name),
        seed=raw.get("seed", 0),
        curves=tuple(one for one in curves if one is not None),
        **{**settings, "redraw": Redraw(**settings["redraw"])},
    ), []


def _layered(keys: Iterable[str], *levels: Mapping[str, Any]) -> dict[str, Any]:
    """Return the `keys` that any level gives; the last level, the innermost, wins."""
    merged: dict[str, Any] = {}
    for level in levels:
        merged |= {key: level[key] for key in sorted(keys) if key in level}
    return merged


def _missing(keys: Iterable[str], settings: Mapping[str, Any], path: str) -> list[Finding]:
    return [
        Finding(path, f"the key {key}, here or further out in the study", "none")
        for key in sorted(keys)
        if key not in settings
    ]


def _grid(
    raw: Mapping[str, Any],
    entry: Mapping[str, Any],
    written: Mapping[str, Any],
    path: str,
    where: str,
) -> tuple[list[tuple[str, dict[str, Any]]], list[Finding]]:
    """Expand one written curve into its grid; return the settings of each with their place."""
    settings = _layered(CURVE_KEYS, raw, entry, written)
    name = settings.get("method")
    if isinstance(name, list):
        expanded, findings = [], []
        for one in name:
            more, problems = _grid(raw, entry, {**written, "method": one}, path, where)
            expanded += more
            findings += problems
        return expanded, findings
    if not isinstance(name, str) or name not in METHODS:
        return [], [] if name is not None else _missing({"method"}, settings, path)
    method = METHODS[name]
    unused = set() if method.uses_rule else set(_FOR_RULE)
    unused |= set() if method.allocation is None else set(_FOR_REDUNDANCY)
    findings = [
        Finding(f"{where}.{key}", f"no such key: {name} does not use it", repr(written[key]))
        for key in sorted(unused & written.keys())
    ]
    findings += _missing(CURVE_KEYS - unused, settings, path)
    used = {key: settings[key] for key in settings if key not in unused}
    if findings or check_settings(used, ""):
        return [], findings
    values = [one if isinstance(one, list) else [one] for one in used.values()]
    label = {"label": written["label"]} if "label" in written else {}
    return [
        (where, {**dict(zip(used, chosen, strict=True)), **label})
        for chosen in itertools.product(*values)
    ], []


def _curve(
    settings: Mapping[str, Any], label: str, raw: Mapping[str, Any], where: str
) -> tuple[Curve | None, list[Finding]]:
    """Turn the settings of one curve into what the simulation needs; check that it can run."""
    method = METHODS[settings["method"]]
    data = raw.get("datasets", {}).get(settings["dataset"])
    if not isinstance(data, dict):
        return None, [Finding(where, "the name of an entry of datasets", settings["dataset"])]
    M, N = data.get("M"), settings["N"]
    if not isinstance(M, int) or M < 1:
        return None, []
    f = byzantine_count(settings["alpha"], N, settings["rounding"])
    withstand = settings.get("withstand", "alpha")
    withstood = f if withstand == "alpha" else byzantine_count(withstand, N, settings["rounding"])
    allocation = method.allocation or settings["allocation"]
    kept = {key: settings[key] for key in CURVE_KEYS & Curve.model_fields.keys() & settings.keys()}
    curve = Curve(
        **{
            **kept,
            "label": label,
            "aggregator": settings.get("aggregator", "mean"),
            "f": f,
            "withstood": withstood,
            "M": M,
            "allocation": allocation,
            "r": settings["r"] if ALLOCATIONS[allocation].redundant else max(M // N, 1),
            "uncovered": settings.get("uncovered", "refuse"),
            "alpha": float(settings["alpha"]),
            "sigma_h": float(settings["sigma_h"]),
            "step_size": float(settings["step_size"]),
        }
    )
    return curve, list(infeasible(curve, where))


def _duplicates(curves: Iterable[Curve | None], path: str) -> list[Finding]:
    seen: set[str] = set()
    findings = []
    for curve in curves:
        if curve is not None and curve.label in seen:
            findings.append(
                Finding(f"{path}.curves", "curves with different labels", f"{curve.label!r} twice")
            )
        seen.add(curve.label if curve is not None else "")
    return findings

"""`load_study`: from a YAML file to a checked and resolved `Study`, or to all that is wrong."""

import itertools
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cradl.checking import (
    CURVE_KEYS,
    EXPERIMENT_KEYS,
    check_curve,
    check_dataset,
    check_settings,
    check_written,
    entries,
    not_one_of,
    shown,
)
from cradl.feasibility import byzantine_count, infeasible
from cradl.labels import labels
from cradl.methods import METHODS, Method, prescribed_r
from cradl.plugins import load_plugins
from cradl.reading import Finding, StudyError, below, read_study
from cradl.study import Curve, DataChoice, Experiment, FigureKeys, Redraw, Study

# Only some methods use these: ignored where inherited, refused where a curve gives them in vain.
_FOR_RULE = frozenset({"aggregator"})
_FOR_PROMISE = frozenset({"withstand"})
_FOR_REDUNDANCY = frozenset({"r", "allocation", "uncovered"})
# Suffix of the second figure that an experiment gets where the study lists no figures.
_EXCESS = "_excess"


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
    curves: dict[str, list[Curve]] = {}
    for name, entry in _selected(raw):
        curves[name], more = _curves(raw, entry, below("experiments", name))
        findings += more
    if "figures" not in raw:
        findings += [
            Finding("experiments", f"another name (the figure of {name} has it)", repr(excess))
            for name in curves
            if (excess := f"{name}{_EXCESS}") in curves
        ]
    if findings:
        raise StudyError(str(path), findings)
    experiments = {name: _experiment(raw, name, resolved) for name, resolved in curves.items()}
    return Study(
        name=raw["study"],
        seed=raw["seed"],
        plugins=tuple(plugins),
        datasets={name: _data_choice(entry) for name, entry in raw["datasets"].items()},
        experiments=experiments,
        figures=_figures(raw, experiments),
    )


def _selected(raw: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the experiments that are to run, as far as they are entries."""
    only = raw.get("only")
    for name, entry in entries(raw, "experiments"):
        if not isinstance(only, list) or name in only:
            yield name, entry


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
            for suffix, draw in (("", "training_loss"), (_EXCESS, "excess_loss"))
        }
    return {
        name: figure
        for name, figure in figures.items()
        if all(one in experiments for one in figure.experiments)
    }


def _experiment(raw: Mapping[str, Any], name: str, curves: Iterable[Curve]) -> Experiment:
    """Put together an experiment in which nothing was found wrong."""
    entry = raw["experiments"][name]
    settings = _layered(EXPERIMENT_KEYS, raw, entry)
    settings["redraw"] = Redraw(**settings["redraw"])
    title = entry.get("title", name)
    return Experiment(name=name, title=title, seed=raw["seed"], curves=tuple(curves), **settings)


def _curves(
    raw: Mapping[str, Any], entry: Mapping[str, Any], path: str
) -> tuple[list[Curve], list[Finding]]:
    """Resolve the curves of one experiment; what `check_written` finds is not found again."""
    findings = _missing(EXPERIMENT_KEYS, _layered(EXPERIMENT_KEYS, raw, entry), path)
    written = entry.get("curves")
    expanded: list[tuple[str, dict[str, Any]]] = []
    for index, curve in enumerate(written if isinstance(written, list) else ()):
        where = f"{path}.curves[{index}]"
        if isinstance(curve, dict) and not check_curve(curve, ""):
            grid, more = _grid(raw, entry, curve, where)
            expanded += [(where, settings) for settings in grid]
            findings += more
    names = labels([settings for _, settings in expanded])
    curves = []
    for (where, settings), label in zip(expanded, names, strict=True):
        resolved, more = _curve(raw, settings, label, where)
        findings += more
        curves += resolved
    findings += [
        Finding(f"{path}.curves", "curves with different labels", f"{label!r} {count} times")
        for label, count in Counter(names).items()
        if count > 1
    ]
    return curves, findings


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
    raw: Mapping[str, Any], entry: Mapping[str, Any], written: Mapping[str, Any], where: str
) -> tuple[list[dict[str, Any]], list[Finding]]:
    """Expand one written curve into the settings of each curve of its grid."""
    settings = _layered(CURVE_KEYS, raw, entry, written)
    if check_settings({key: settings[key] for key in ("method",) if key in settings}, ""):
        return [], []
    if "method" not in settings:
        return [], _missing(["method"], settings, where)
    grid: list[dict[str, Any]] = []
    findings: list[Finding] = []
    for name in _listed(settings["method"]):
        unused = _unused(METHODS[name])
        used = {key: one for key, one in settings.items() if key not in unused} | {"method": name}
        findings += [
            Finding(f"{where}.{key}", f"no {key}, which {name} does not use", shown(written[key]))
            for key in sorted(unused & written.keys())
        ]
        findings += _missing(CURVE_KEYS - unused, settings, where)
        if not findings and not check_settings(used, ""):
            label = {"label": written["label"]} if "label" in written else {}
            values = [_listed(one) for one in used.values()]
            grid += [
                dict(zip(used, chosen, strict=True)) | label
                for chosen in itertools.product(*values)
            ]
    return grid, findings


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _unused(method: Method) -> frozenset[str]:
    """Return the keys that say nothing about this method."""
    unused = frozenset() if method.uses_rule else _FOR_RULE
    if not method.uses_rule and method.replication is None:
        unused |= _FOR_PROMISE
    return unused if method.allocation is None else unused | _FOR_REDUNDANCY


def _curve(
    raw: Mapping[str, Any], settings: Mapping[str, Any], label: str, where: str
) -> tuple[list[Curve], list[Finding]]:
    """Turn the settings of one curve into what the simulation needs; check that it can run."""
    datasets, name = raw.get("datasets"), settings["dataset"]
    if not isinstance(datasets, dict) or not datasets:
        return [], []
    if name not in datasets:
        return [], [not_one_of(datasets, name, f"{where}.dataset")]
    data = datasets[name]
    if not isinstance(data, dict) or check_dataset(data, ""):
        return [], []
    M, N = data["M"], settings["N"]
    f = byzantine_count(settings["alpha"], N, settings["rounding"])
    withstand = settings.get("withstand", "alpha")
    withstood = f if withstand == "alpha" else byzantine_count(withstand, N, settings["rounding"])
    method = METHODS[settings["method"]]
    resolved = {
        "label": label,
        "aggregator": settings.get("aggregator", "mean"),
        "f": f,
        "withstood": withstood,
        "M": M,
        "allocation": method.allocation or settings["allocation"],
        "r": prescribed_r(method, N=N, M=M, f=withstood) or settings["r"],
        "uncovered": settings.get("uncovered", "refuse"),
    }
    kept = {key: settings[key] for key in Curve.model_fields.keys() & settings.keys()}
    curve = Curve(**{**kept, **resolved})
    return [curve], list(infeasible(curve, where))

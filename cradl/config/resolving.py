"""`load_study`: from a YAML file to a checked and resolved `Study`, or to all that is wrong."""

import itertools
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cradl.config.coherence import byzantine_count, infeasible
from cradl.config.comparisons import Unmet, cells_of
from cradl.config.files import Finding, StudyError, below, read_study
from cradl.config.labels import labels, variants
from cradl.config.model import (
    Cell,
    ClaimKeys,
    Curve,
    DataChoice,
    DecisionKeys,
    Experiment,
    Figure,
    Redraw,
    Study,
)
from cradl.config.plugins import load_plugins
from cradl.config.values import (
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
from cradl.methods import METHODS, Method, prescribed_r

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
    drawings: Mapping[str, Collection[str]] | None = None,
) -> Study:
    """Read, merge, check and resolve a study.

    Parameters
    ----------
    path
        A YAML file; ``extends`` in it is followed.
    overrides
        Laid over the file, as ``--config`` of Snakemake gives them.
    drawings
        What a figure's ``draw`` may name, with what each takes besides the data; not checked where
        None.

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
    findings += _past_the_end(raw)
    findings += _drawn_anew(raw, drawings or {})
    findings += _shadowed(raw, overrides or {})
    if "figures" not in raw:
        findings += [
            Finding("experiments", f"another name (the figure of {name} has it)", repr(excess))
            for name in curves
            if (excess := f"{name}{_EXCESS}") in curves
        ]
    if findings:
        raise StudyError(str(path), findings)
    experiments = {name: _experiment(raw, name, resolved) for name, resolved in curves.items()}
    cells, findings = _cells(raw, experiments)
    if findings:
        raise StudyError(str(path), findings)
    used = {curve.dataset for one in experiments.values() for curve in one.curves}
    return Study(
        name=raw["study"],
        seed=raw["seed"],
        plugins=tuple(plugins),
        datasets={
            name: _data_choice(entry) for name, entry in raw["datasets"].items() if name in used
        },
        experiments=experiments,
        figures=_figures(raw, experiments),
        decision=DecisionKeys(**raw["decision"]) if "decision" in raw else None,
        cells=tuple(cells),
    )


def _selected(raw: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the experiments that are to run, as far as they are entries."""
    only = raw.get("only")
    for name, entry in entries(raw, "experiments"):
        if not isinstance(only, list) or name in only:
            yield name, entry


def _past_the_end(raw: Mapping[str, Any]) -> Iterator[Finding]:
    """Find iterations that a figure is to show and that an experiment does not reach."""
    running = dict(_selected(raw))
    for name, figure in entries(raw, "figures"):
        panels, after = figure.get("experiments"), figure.get("after")
        if not isinstance(panels, list) or not isinstance(after, list):
            continue
        for index, (panel, iteration) in enumerate(zip(panels, after, strict=False)):
            entry = running.get(panel) if isinstance(panel, str) else None
            T = _layered(["T"], raw, entry or {}).get("T")
            if entry and isinstance(T, int) and isinstance(iteration, int) and iteration > T:
                where = f"{below('figures', name)}.after[{index}]"
                yield Finding(where, f"at most T={T} of {panel}", str(iteration))


def _drawn_anew(
    raw: Mapping[str, Any], drawings: Mapping[str, Collection[str]]
) -> Iterator[Finding]:
    """Find experiments whose left sides a figure draws, and of which each trial has another."""
    running = dict(_selected(raw))
    for name, figure in entries(raw, "figures"):
        draw, panels = figure.get("draw"), figure.get("experiments")
        takes = drawings.get(draw, ()) if isinstance(draw, str) else ()
        for index, panel in enumerate(panels if isinstance(panels, list) else ()):
            entry = running.get(panel) if isinstance(panel, str) else None
            redraw = _layered(["redraw"], raw, entry or {}).get("redraw")
            expected = {"left_sides", "sharpened"} & {*takes}
            if entry is None or not expected or not isinstance(redraw, dict):
                continue
            if redraw.get("data") or redraw.get("allocation"):
                needed = f"the same data and allocation in every trial of {panel} ({draw})"
                where = f"{below('figures', name)}.experiments[{index}]"
                yield Finding(where, needed, f"redraw: {shown(redraw)}")


def _shadowed(raw: Mapping[str, Any], overrides: Mapping[str, Any]) -> list[Finding]:
    """Find overrides that would do nothing, because every experiment or curve has its own."""
    inner = [
        {**entry, **curve}
        for _, entry in entries(raw, "experiments")
        for curve in (entry["curves"] if isinstance(entry.get("curves"), list) else ())
        if isinstance(curve, dict)
    ]
    return [
        Finding(key, "an experiment or curve that takes it from the study", "its own in each")
        for key in sorted((CURVE_KEYS | EXPERIMENT_KEYS) & overrides.keys())
        if inner and all(key in one for one in inner)
    ]


def _data_choice(entry: Mapping[str, Any]) -> DataChoice:
    parameters = {key: one for key, one in entry.items() if key not in ("generator", "problem")}
    return DataChoice(generator=entry["generator"], problem=entry["problem"], parameters=parameters)


def _figures(raw: Mapping[str, Any], experiments: Mapping[str, Experiment]) -> dict[str, Figure]:
    """Return the figures, with the panels that run; without a section, two for each experiment."""
    if "figures" not in raw:
        return {
            f"{name}{suffix}": Figure(
                draw=draw, experiments=[name], options={}, caption=_titled([name], experiments)
            )
            for name in experiments
            for suffix, draw in (("", "training_loss"), (_EXCESS, "excess_loss"))
        }
    figures = {}
    for name, entry in raw["figures"].items():
        running = [place for place, one in enumerate(entry["experiments"]) if one in experiments]
        if running:
            given = {key: entry[key] for key in ("experiments", "after") if key in entry}
            kept = {key: [one[place] for place in running] for key, one in given.items()}
            panels = kept.pop("experiments")
            caption = " ".join(entry.get("caption", _titled(panels, experiments)).split())
            figures[name] = Figure(
                draw=entry["draw"], experiments=panels, options=kept, caption=caption
            )
    return figures


def _titled(panels: Iterable[str], experiments: Mapping[str, Experiment]) -> str:
    return f"{'; '.join(experiments[name].title for name in panels)}."


def _cells(
    raw: Mapping[str, Any], experiments: Mapping[str, Experiment]
) -> tuple[list[Cell], list[Finding]]:
    """Return the rows of the table of claims, as far as their experiments run."""
    cells: list[Cell] = []
    findings: list[Finding] = []
    for name, entry in raw.get("claims", {}).items():
        try:
            decision = DecisionKeys(**raw["decision"])
            cells += cells_of(name, ClaimKeys(**entry), decision, experiments)
        except Unmet as unmet:
            findings.append(Finding(below("claims", name), unmet.needed, unmet.given))
    return cells, findings


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
    """Resolve the curves of one experiment; what `check_written` finds is not found again.

    What can be judged of a curve is judged even where other keys of it are wrong.
    """
    experiment_settings = _layered(EXPERIMENT_KEYS, raw, entry)
    findings = _missing(EXPERIMENT_KEYS, experiment_settings, path)
    written = entry.get("curves")
    expanded: list[dict[str, Any]] = []
    sizes: list[dict[str, Any]] = []
    whole = True
    for index, curve in enumerate(written if isinstance(written, list) else ()):
        where = f"{path}.curves[{index}]"
        if not isinstance(curve, dict):
            whole = False
            continue
        grid, complete, more = _grid(raw, entry, curve, where)
        whole = whole and complete and not check_curve(curve, "")
        for settings in grid:
            sizes.append(_sizes(raw, settings))
            more += infeasible(settings | sizes[-1], where)
            if complete and "M" not in sizes[-1]:
                more += _unknown_dataset(raw, settings, where)
        expanded += grid
        findings += more
    if findings or not whole:
        return [], findings
    names = labels(expanded)
    findings += [
        Finding(f"{path}.curves", "curves with different labels", f"{label!r} {count} times")
        for label, count in Counter(names).items()
        if count > 1
    ]
    if experiment_settings.get("messages") is True:
        findings += _unequal_sizes(raw, expanded, f"{path}.curves")
    if findings or any("M" not in one for one in sizes):
        return [], findings
    resolved = zip(expanded, sizes, names, variants(expanded), strict=True)
    return [
        _curve(settings | more | {"label": label, "variant": variant})
        for settings, more, label, variant in resolved
    ], []


def _unequal_sizes(
    raw: Mapping[str, Any], curves: Iterable[Mapping[str, Any]], path: str
) -> list[Finding]:
    """Find curves whose messages do not fit into one array."""
    found = {
        f"N={curve['N']}, M={data['M']}, D={data['D']}": None
        for curve in curves
        if (data := _dataset(raw, curve)) is not None
    }
    needed = "the same N, M and D in all curves (messages: true)"
    return [Finding(path, needed, " and ".join(found))] if len(found) > 1 else []


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
) -> tuple[list[dict[str, Any]], bool, list[Finding]]:
    """Expand one written curve into the valid settings of each curve of its grid.

    Returns
    -------
    The settings, whether all that the curves need is among them, and what was found.
    """
    settings = _layered(CURVE_KEYS, raw, entry, written)
    if "method" not in settings:
        return [], False, _missing(["method"], settings, where)
    grid: list[dict[str, Any]] = []
    findings: list[Finding] = []
    complete = True
    for name in _listed(settings["method"]):
        if check_settings({"method": name}, ""):
            complete = False
            continue
        unused = _unused(METHODS[name])
        findings += [
            Finding(f"{where}.{key}", f"no {key}, which {name} does not use", shown(written[key]))
            for key in sorted(unused & written.keys())
        ]
        findings += _missing(CURVE_KEYS - unused, settings, where)
        valid = {
            key: one
            for key, one in (settings | {"method": name}).items()
            if key not in unused and not check_settings({key: one}, "")
        }
        complete = complete and valid.keys() == CURVE_KEYS - unused
        label = {"label": written["label"]} if "label" in written else {}
        values = [_listed(one) for one in valid.values()]
        grid += [
            dict(zip(valid, chosen, strict=True)) | label for chosen in itertools.product(*values)
        ]
    return grid, complete, findings


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _unused(method: Method) -> frozenset[str]:
    """Return the keys that say nothing about this method."""
    unused = frozenset() if method.uses_rule else _FOR_RULE
    if not method.uses_rule and method.replication is None:
        unused |= _FOR_PROMISE
    return unused if method.allocation is None else unused | _FOR_REDUNDANCY


def _dataset(raw: Mapping[str, Any], settings: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the curve's entry of `datasets`, if it names one that is in order."""
    datasets, name = raw.get("datasets"), settings.get("dataset")
    data = datasets.get(name) if isinstance(datasets, dict) else None
    return data if isinstance(data, dict) and not check_dataset(data, "") else None


def _unknown_dataset(
    raw: Mapping[str, Any], settings: Mapping[str, Any], where: str
) -> list[Finding]:
    datasets, name = raw.get("datasets"), settings["dataset"]
    if not isinstance(datasets, dict) or not datasets or name in datasets:
        return []
    return [not_one_of(datasets, name, f"{where}.dataset")]


def _sizes(raw: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return what follows from the settings, as far as they are there: f, M, r and so on."""
    found: dict[str, Any] = {}
    N, rounding = settings.get("N"), settings.get("rounding")
    if N is not None and rounding is not None:
        if "alpha" in settings:
            found["f"] = byzantine_count(settings["alpha"], N, rounding)
        withstand = settings.get("withstand", "alpha")
        if withstand != "alpha":
            found["withstood"] = byzantine_count(withstand, N, rounding)
        elif "f" in found:
            found["withstood"] = found["f"]
    data = _dataset(raw, settings)
    if data is not None:
        found["M"], found["generator"] = data["M"], data["generator"]
    method = METHODS[settings["method"]]
    if method.allocation is not None:
        found["allocation"] = method.allocation
        if found.keys() >= {"M", "withstood"}:
            found["r"] = prescribed_r(method, N=settings["N"], M=found["M"], f=found["withstood"])
    return found


def _curve(settings: Mapping[str, Any]) -> Curve:
    """Keep what the simulation needs; methods without a rule or redundancy have the neutral one."""
    neutral = {"aggregator": "mean", "uncovered": "refuse"}
    kept = {key: settings[key] for key in Curve.model_fields.keys() & settings.keys()}
    return Curve(**{**neutral, **kept})

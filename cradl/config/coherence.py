"""Conditions that tie several keys together, and that no single value breaks."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cradl.aggregation import RULES
from cradl.allocation import ALLOCATIONS
from cradl.attacks import ATTACKS, parameters_of
from cradl.composition import composed
from cradl.config.findings import Findings, below, shown
from cradl.config.model import Curve, DataChoice, Experiment
from cradl.config.values import CURVE_KEYS, EXPERIMENT_KEYS
from cradl.config.written import (
    Settings,
    Written,
    WrittenCurve,
    WrittenExperiment,
    layered,
)
from cradl.datasets import DATASETS
from cradl.foreign import RowFault, called
from cradl.methods import METHODS, Method
from cradl.problems import Problem

_OF_THEORY = frozenset({"bounds", "sharpened", "counterexamples", "thresholds"})
"""What a figure can take that only a study with `theory` has."""
_OF_TESTS = frozenset({"test_accuracy"})
"""Kinds of figures that draw the test accuracy."""
_OF_GRIDS = frozenset({"heat_map"})
"""Kinds of figures that draw a grid over two keys."""


def check_coherent(
    written: Written,
    changes: Mapping[str, Any],
    drawings: Mapping[str, Collection[str]],
    findings: Findings,
) -> None:
    """Record what figures ask of experiments in vain, keys that do nothing, names that collide.

    Parameters
    ----------
    changes
        The keys in which the study changes another one.
    """
    running = written.selected()
    style = written.own.get("style")
    if style is not None and not Path(style).is_file():
        findings.add("style", "an existing Matplotlib style file", repr(style))
    for figure in (written.figures or {}).values():
        draw = figure.draw or ""
        drawn = running.keys() & {*(figure.experiments or ())}
        takes_theory = _OF_THEORY & {*drawings.get(draw, ())}
        if drawn and takes_theory and not written.own.get("theory", True):
            needed = "a kind of figure that shows no theory, which this study does not check"
            findings.add(f"{figure.path}.draw", needed, repr(draw))
        expected = {"left_sides", "sharpened"} & {*drawings.get(draw, ())}
        for index, name in enumerate(figure.experiments or ()):
            if name not in running:
                continue
            settings = layered(EXPERIMENT_KEYS, written.settings, running[name].settings)
            if figure.after and index < len(figure.after):
                where = f"{figure.path}.after[{index}]"
                _check_reached(figure.after[index], name, settings, where, findings)
            redraw = settings.get("redraw")
            if draw in _OF_TESTS and not _has_tests(written, running[name]):
                where = f"{figure.path}.experiments[{index}]"
                findings.add(where, f"test samples in the data of {name} ({draw})", "none")
            if expected and isinstance(redraw, dict) and (redraw["data"] or redraw["allocation"]):
                needed = f"the same data and allocation in every trial of {name} ({draw})"
                where = f"{figure.path}.experiments[{index}]"
                findings.add(where, needed, f"redraw: {shown(redraw)}")
    _check_reaching(written, changes, findings)
    _check_names(written, findings)


def check_drawable(
    written: Written, experiments: Mapping[str, Experiment], findings: Findings
) -> None:
    """Record figures of a grid over two keys whose experiments have none."""
    for figure in (written.figures or {}).values():
        for index, name in enumerate(figure.experiments or ()):
            if figure.draw not in _OF_GRIDS or name not in experiments:
                continue
            if not any(map(_is_in_grid, experiments[name].curves)):
                needed = f"an experiment with a grid over two keys ({figure.draw})"
                findings.add(f"{figure.path}.experiments[{index}]", needed, f"{name} without one")


def _is_in_grid(curve: Curve) -> bool:
    """Tell whether two keys set a curve apart from others of its method, rule and mixing."""
    mixed = curve.pre_aggregation["name"] != "none"
    count = len(curve.variant.split(", "))
    # A variant begins with the mixing, which may be one of the two keys.
    return count == 2 or (mixed and count == 3)


def _has_tests(written: Written, experiment: WrittenExperiment) -> bool:
    """Tell whether the data of every curve have test samples; of a bad key, nothing is known."""
    for curve in experiment.curves:
        chosen = layered({"dataset"}, written.settings, experiment.settings, curve.settings)
        given = chosen.get("dataset")
        for name in given if isinstance(given, list) else [given]:
            data = written.datasets.get(name) if isinstance(name, str) else None
            if isinstance(data, DataChoice) and not data.tested:
                return False
    return True


def _check_reached(
    iteration: int, experiment: str, settings: Settings, where: str, findings: Findings
) -> None:
    """Record an iteration that a figure is to show and that the experiment does not reach."""
    T = settings.get("T")
    if isinstance(T, int) and iteration > T:
        findings.add(where, f"at most T={T} of {experiment}", str(iteration))


def _check_reaching(written: Written, changes: Mapping[str, Any], findings: Findings) -> None:
    """Record changes that reach no running curve: each has its own, or does not use the key."""
    running = written.selected()
    curves = [(one, curve) for one in running.values() for curve in one.curves]
    for key in sorted((CURVE_KEYS | EXPERIMENT_KEYS) & changes.keys()):
        if curves and not any(_takes(written, *one, key) for one in curves):
            needed = "an experiment or curve that takes it from the study"
            findings.add(key, needed, _why(written, curves, key))
    entries = changes.get("experiments")
    for name, entry in entries.items() if isinstance(entries, dict) else ():
        own = [(running[name], curve) for curve in running[name].curves] if name in running else []
        for key in sorted(CURVE_KEYS & {*entry}) if isinstance(entry, dict) and own else ():
            if not any(_takes(written, *one, key, inner=True) for one in own):
                needed = "a curve that takes it from the experiment"
                findings.add(below(running[name].path, key), needed, _why(written, own, key))


def _why(
    written: Written, curves: Sequence[tuple[WrittenExperiment, WrittenCurve]], key: str
) -> str:
    unused = [key in _unused(written, *one) for one in curves]
    if all(unused):
        return "none that uses it"
    return "its own in each" + (", or none that uses it" if any(unused) else "")


def _takes(
    written: Written,
    experiment: WrittenExperiment,
    curve: WrittenCurve,
    key: str,
    *,
    inner: bool = False,
) -> bool:
    """Tell whether a curve takes a key from the study, or from its experiment if `inner`."""
    own = {*curve.settings} if inner else {*curve.settings, *experiment.settings}
    return key not in own | _unused(written, experiment, curve)


def _unused(written: Written, experiment: WrittenExperiment, curve: WrittenCurve) -> frozenset[str]:
    """Return the keys that no method of a written curve uses."""
    chosen = layered({"method"}, written.settings, experiment.settings, curve.settings)
    given = chosen.get("method")
    names = given if isinstance(given, list) else [given]
    known = [METHODS[one] for one in names if isinstance(one, str) and one in METHODS]
    # Of a method that was refused, nothing is known.
    if len(known) < len(names):
        return frozenset()
    return frozenset.intersection(*map(unused_keys, known)) if known else frozenset()


# Only some methods use these: ignored if inherited, refused if a curve gives them in vain.
_FOR_RULE = frozenset({"aggregator", "pre_aggregation"})
_FOR_PROMISE = frozenset({"withstand"})
_FOR_REDUNDANCY = frozenset({"r", "allocation", "uncovered"})


def unused_keys(method: Method) -> frozenset[str]:
    """Return the keys that say nothing about this method."""
    unused = frozenset() if method.uses_rule else _FOR_RULE
    if not method.uses_rule and method.replication is None:
        unused |= _FOR_PROMISE
    return unused if method.allocation is None else unused | _FOR_REDUNDANCY


def needless(key: str, method: str, methods: Sequence[str]) -> str:
    """Say that a curve must not give a key in vain; and where to, if others of its methods use it.

    Examples
    --------
    >>> needless("r", "rba_dl", ["rba_dl"])
    'no r, which rba_dl does not use'
    """
    needed = f"no {key}, which {method} does not use"
    if all(key in unused_keys(METHODS[one]) for one in methods):
        return needed
    return f"{needed} (at the experiment or the study, it goes to the methods that use it)"


def _check_names(written: Written, findings: Findings) -> None:
    """Record names that are the same file on a disk that does not tell capitals from small."""
    sections: dict[str, Collection[str]] = {
        "experiments": written.experiments,
        "figures": written.figures or (),
        "datasets": written.datasets,
    }
    for section, names in sections.items():
        alike: dict[str, str] = {}
        for name in names:
            other = alike.setdefault(name.casefold(), name)
            if other != name:
                needed = f"a name that differs from {other} in more than capitals"
                findings.add(below(section, name), needed, repr(name))


def check_given(
    keys: Iterable[str], settings: Mapping[str, Any], path: str, findings: Findings
) -> None:
    """Record the keys that no level gives."""
    for key in sorted(keys):
        if key not in settings:
            findings.add(path, f"the key {key}, here or further out in the study", "none")


def check_feasible(settings: Mapping[str, Any], path: str, findings: Findings) -> None:
    """Record what makes a curve impossible to run.

    `settings` may lack keys, where something else was found wrong with them: conditions that need
    those are passed over.
    """
    have = settings.keys()
    if have >= {"generator", "sigma_h"} and settings["sigma_h"]:
        kind = settings["generator"]
        if not DATASETS[kind].heterogeneous:
            findings.add(path, f"sigma_h 0 for generator {kind}", f"{settings['sigma_h']}")
    if have >= {"allocation", "N", "M", "r"}:
        N, M, r = settings["N"], settings["M"], settings["r"]
        needed = ALLOCATIONS[settings["allocation"]].requirement(N, M, r)
        if needed is not None:
            whose = f"{needed} for allocation {settings['allocation']}"
            findings.add(path, whose, f"N={N}, M={M}, r={r}")
    if have >= {"f", "N"} and settings["f"] >= settings["N"]:
        findings.add(path, "at least one honest device", f"f={settings['f']} of N={settings['N']}")
    if "data" in settings:
        _check_model(settings, path, findings)
        _check_labels(settings, path, findings)
    _check_replication(settings, path, findings)
    _check_reply(settings, path, findings)
    if have >= {"aggregator", "N"}:
        _check_minority(settings, path, findings)


def _check_model(settings: Mapping[str, Any], path: str, findings: Findings) -> None:
    """Record a start that a model never leaves, and a learning rate that needs an unknown L."""
    data, loss = settings["data"], settings["data"].loss
    if isinstance(loss, Problem):
        return
    if loss.symmetric and settings.get("start") == "zero":
        needed = f"start scaled_normal or standard_normal for {data.problem}"
        findings.add(path, f"{needed}, whose units all stay alike from zero", "start: zero")
    if not loss.smooth and isinstance(settings.get("step_size"), dict):
        needed = f"a number as step_size for {data.problem}, of which no smoothness L is known"
        findings.add(path, needed, shown(settings["step_size"]))


def _check_labels(settings: Mapping[str, Any], path: str, findings: Findings) -> None:
    """Record an attack that makes labels which the problem does not have."""
    chosen, data = settings.get("attack"), settings["data"]
    if chosen is None or ATTACKS[chosen["name"]].relabel is None:
        return
    labels = isinstance(data.loss, Problem) and data.loss.labels
    known = np.array([-1.0, 1.0]) if labels else np.arange(float(data.classes))
    if not len(known):
        return
    given = known, data.classes, parameters_of(chosen)
    try:
        made = np.asarray(called(ATTACKS[chosen["name"]], "relabel", *given))
    except RowFault as fault:
        findings.add(path, "an attack that changes labels", str(fault))
        return
    if len(others := np.setdiff1d(made, known)):
        allowed = "-1 or +1" if labels else f"numbers from 0 to {data.classes - 1}"
        findings.add(path, f"labels {allowed} from {chosen['name']}", f"{others[0]:g}")


def _check_replication(settings: Mapping[str, Any], path: str, findings: Findings) -> None:
    """Record a code that needs more devices than there are."""
    replication = METHODS[settings["method"]].replication
    if replication is not None and settings.keys() >= {"tolerated", "N"}:
        devices, tolerated = replication(settings["tolerated"]), settings["tolerated"]
        if devices > settings["N"]:
            needed = f"at least {devices} devices to tolerate {tolerated} Byzantine ones"
            findings.add(path, f"{needed} for {settings['method']}", f"N={settings['N']}")


def _check_reply(settings: Mapping[str, Any], path: str, findings: Findings) -> None:
    """Record an attack that asks a rule for its worst input if no input is the worst."""
    if "attack" not in settings or not ATTACKS[settings["attack"]["name"]].replies:
        return
    method = METHODS[settings["method"]]
    # Of a rule that was refused, nothing is known.
    if method.uses_rule and "aggregator" not in settings:
        return
    rule = settings["aggregator"] if method.uses_rule else "mean"
    if "bounded" not in RULES[rule].contracts:
        needed = f"a method with a bounded rule for attack {settings['attack']['name']}"
        findings.add(path, needed, f"method={settings['method']}")


def _check_minority(settings: Mapping[str, Any], path: str, findings: Findings) -> None:
    """Record a rule that is set for, or meets, more Byzantine devices than it tolerates."""
    N, rule = settings["N"], settings["aggregator"]
    before = settings.get("pre_aggregation", {"name": "none"})
    applied = composed(rule, before)
    largest, mixed = applied.max_f(N), applied.before.count(N, applied.parameters)
    of = f"N={N}" if mixed == N else f"the {mixed} messages that {before['name']} makes of N={N}"
    counts = {
        settings.get("tolerated"): ("tolerated", "withstand"),
        settings.get("f"): ("Byzantine", "alpha"),
    }
    for count, (which, key) in counts.items():
        if count is not None and count > largest:
            enough = RULES[rule].least(count)
            needed = (
                f"at most {largest} {which} devices of {of} for {rule}"
                if largest >= 0
                else f"N of at least {enough} for {rule} with {count} {which} devices"
            )
            given = f"{count} ({key}={settings[key]})" if largest >= 0 else of
            findings.add(path, needed, given + RULES[rule].enumerated(mixed, count))

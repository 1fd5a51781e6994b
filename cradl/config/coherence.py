"""Conditions that tie several keys together, and that no single value breaks."""

from collections.abc import Collection, Mapping
from typing import Any

from cradl.aggregation import RULES
from cradl.allocation import ALLOCATIONS
from cradl.attacks import ATTACKS
from cradl.config.findings import Findings, shown
from cradl.config.values import CURVE_KEYS, EXPERIMENT_KEYS, Settings, Written, layered
from cradl.datasets import DATASETS
from cradl.methods import METHODS

EXCESS = "_excess"
"""Suffix of the second figure that an experiment gets if the study lists no figures."""


def check_coherent(
    written: Written,
    overrides: Mapping[str, Any],
    drawings: Mapping[str, Collection[str]],
    findings: Findings,
) -> None:
    """Record what figures ask of experiments in vain, and overrides that do nothing."""
    running = written.selected()
    for figure in (written.figures or {}).values():
        draw = figure.draw or ""
        expected = {"left_sides", "sharpened"} & {*drawings.get(draw, ())}
        for index, name in enumerate(figure.experiments or ()):
            if name not in running:
                continue
            settings = layered(EXPERIMENT_KEYS, written.settings, running[name].settings)
            if figure.after and index < len(figure.after):
                where = f"{figure.path}.after[{index}]"
                _check_reached(figure.after[index], name, settings, where, findings)
            redraw = settings.get("redraw")
            if expected and isinstance(redraw, dict) and (redraw["data"] or redraw["allocation"]):
                needed = f"the same data and allocation in every trial of {name} ({draw})"
                where = f"{figure.path}.experiments[{index}]"
                findings.add(where, needed, f"redraw: {shown(redraw)}")
    _check_overrides(written, overrides, findings)
    if written.figures is None:
        for name in running:
            if (excess := f"{name}{EXCESS}") in running:
                needed = f"another name (the figure of {name} has it)"
                findings.add("experiments", needed, repr(excess))


def _check_reached(
    iteration: int, experiment: str, settings: Settings, where: str, findings: Findings
) -> None:
    """Record an iteration that a figure is to show and that the experiment does not reach."""
    T = settings.get("T")
    if isinstance(T, int) and iteration > T:
        findings.add(where, f"at most T={T} of {experiment}", str(iteration))


def _check_overrides(written: Written, overrides: Mapping[str, Any], findings: Findings) -> None:
    """Record overrides that would do nothing, because every experiment or curve has its own."""
    inner = [
        experiment.settings.keys() | curve.settings.keys()
        for experiment in written.experiments.values()
        for curve in experiment.curves
    ]
    for key in sorted((CURVE_KEYS | EXPERIMENT_KEYS) & overrides.keys()):
        if inner and all(key in one for one in inner):
            needed = "an experiment or curve that takes it from the study"
            findings.add(key, needed, "its own in each")


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
    _check_replication(settings, path, findings)
    _check_reply(settings, path, findings)
    if have >= {"aggregator", "N"}:
        _check_minority(settings, path, findings)


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
    largest = RULES[rule].max_f(N)
    counts = {
        settings.get("tolerated"): ("tolerated", "withstand"),
        settings.get("f"): ("Byzantine", "alpha"),
    }
    for count, (which, key) in counts.items():
        if count is not None and count > largest:
            enough = RULES[rule].least(count)
            needed = (
                f"at most {largest} {which} devices of N={N} for {rule}"
                if largest >= 0
                else f"N of at least {enough} for {rule} with {count} {which} devices"
            )
            given = f"{count} ({key}={settings[key]})" if largest >= 0 else f"N={N}"
            findings.add(path, needed, given)

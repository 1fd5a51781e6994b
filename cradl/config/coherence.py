"""What is possible: the conditions that tie the keys of one curve together."""

import math
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from cradl.aggregation import RULES
from cradl.allocation import ALLOCATIONS
from cradl.attacks import ATTACKS
from cradl.config.files import Finding
from cradl.datasets import DATASETS
from cradl.methods import METHODS


def byzantine_count(alpha: float, N: int, rounding: str) -> int:
    """Return alpha * N as a number of devices, from the decimal value of alpha as written.

    Binary floats would turn 0.29 * 100 into 28.999...; halves round up under ``nearest``.
    """
    exact = Fraction(repr(alpha)) * N
    if rounding == "floor":
        return math.floor(exact)
    if rounding == "ceil":
        return math.ceil(exact)
    return math.floor(exact + Fraction(1, 2))


def infeasible(settings: Mapping[str, Any], path: str) -> Iterator[Finding]:
    """Yield what makes a curve impossible to run.

    `settings` may lack keys, where something else was found wrong with them: conditions that need
    those are passed over.
    """
    have = settings.keys()
    if have >= {"generator", "sigma_h"} and settings["sigma_h"]:
        kind = settings["generator"]
        if not DATASETS[kind].heterogeneous:
            yield Finding(path, f"sigma_h 0 for generator {kind}", f"{settings['sigma_h']}")
    if have >= {"allocation", "N", "M", "r"}:
        N, M, r = settings["N"], settings["M"], settings["r"]
        needed = ALLOCATIONS[settings["allocation"]].requirement(N, M, r)
        if needed is not None:
            whose = f"{needed} for allocation {settings['allocation']}"
            yield Finding(path, whose, f"N={N}, M={M}, r={r}")
    if have >= {"f", "N"} and settings["f"] >= settings["N"]:
        yield Finding(path, "at least one honest device", f"f={settings['f']} of N={settings['N']}")
    replication = METHODS[settings["method"]].replication
    if replication is not None and have >= {"withstood", "N"}:
        devices, withstood = replication(settings["withstood"]), settings["withstood"]
        if devices > settings["N"]:
            needed = f"at least {devices} devices to withstand {withstood} Byzantine ones"
            yield Finding(path, f"{needed} for {settings['method']}", f"N={settings['N']}")
    if have >= {"attack"} and ATTACKS[settings["attack"]["name"]].replies:
        rule = settings["aggregator"] if METHODS[settings["method"]].uses_rule else "mean"
        if "bounded" not in RULES[rule].contracts:
            needed = f"a method with a bounded rule for attack {settings['attack']['name']}"
            yield Finding(path, needed, f"method={settings['method']}")
    if have >= {"aggregator", "N"}:
        yield from _no_minority(settings, path)


def _no_minority(settings: Mapping[str, Any], path: str) -> Iterator[Finding]:
    """Yield a finding where a rule has to withstand, or meets, more liars than it can."""
    N, rule = settings["N"], settings["aggregator"]
    largest = RULES[rule].max_f(N)
    counts = {
        settings.get("withstood"): ("withstood", "withstand"),
        settings.get("f"): ("Byzantine", "alpha"),
    }
    for count, (which, key) in counts.items():
        if count is not None and count > largest:
            needed = f"at most {largest} {which} devices of N={N} for {rule}"
            yield Finding(path, needed, f"{count} ({key}={settings[key]})")

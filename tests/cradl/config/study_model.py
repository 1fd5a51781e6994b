"""What makes a small study valid, said a second time: from the texts, without the package."""

import itertools
import math
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple


class Uses(NamedTuple):
    """What a method uses: a rule, a redundant allocation; how many devices it needs for f."""

    rule: bool
    redundancy: bool
    allocation: str = ""
    devices: tuple[int, int] | None = None


METHODS = {
    "mean_averaging": Uses(False, False, "disjoint"),
    "rba_dl": Uses(True, False, "disjoint"),
    "sgc_dl": Uses(False, True),
    "clairvoyant": Uses(False, False, "disjoint"),
    "cra_dl": Uses(True, True),
    "fractional_repetition": Uses(False, False, "grouped", (2, 1)),
    "detection": Uses(False, False, "grouped", (1, 1)),
    "mine_method": Uses(True, True),
}
RULES = (
    *("mean", "median", "trimmed_mean", "geometric_median", "krum", "phocas", "faba"),
    "mine_rule",
)
ALLOCATIONS = (
    "disjoint",
    "random",
    "regular",
    "grouped",
    "balanced",
    "balanced_covering",
    "equal_overlap",
    "spread",
    "cyclic",
    "mine_allocation",
)
GENERATORS = {
    "gaussian_linear": ("M", "m", "D", "feature_variance", "noise_variance"),
    "common_curvature": ("M", "m", "D", "feature_variance", "noise_variance"),
    "contaminated_linear": (
        *("M", "m", "D", "feature_variance", "noise_variance"),
        *("outlier_fraction", "outlier_variance"),
    ),
    "breast_cancer": ("M", "m", "D", "intercept"),
    "mine_data": ("M", "m", "D", "feature_variance", "noise_variance"),
}
ATTACKS = {
    "sign_flipping": ("coefficient",),
    "gaussian": ("variance",),
    "sample_duplicating": ("victim",),
    "inner_product": ("scale",),
    "little_is_enough": (),
    "best_reply": ("aim",),
    "mimic": ("target",),
    "learned_mimic": ("warmup", "end"),
    "min_max": ("perturbation",),
    "min_sum": ("perturbation", "bound"),
    "large_norm": ("norm",),
    "omission": (),
    "label_flipping": (),
    "optimal_inner_product": (),
    "optimal_little_is_enough": (),
    "mine_attack": ("shift",),
}
REPLYING = ("best_reply", "optimal_inner_product", "optimal_little_is_enough")
PLUGIN = """
import numpy as np

from cradl.aggregation import RULES, Rule
from cradl.allocation import ALLOCATIONS
from cradl.attacks import ATTACKS, Attack
from cradl.datasets import DATASETS
from cradl.methods import METHODS
from cradl.parameters import Parameters
from cradl.problems import PROBLEMS


class Shift(Parameters):
    shift: float


def shifted(own, honest, *, f, noise, context):
    return own + context.parameters.shift


def mean(messages, f):
    return messages.mean(axis=0)


ATTACKS["mine_attack"] = Attack(craft=shifted, parameters=Shift)
RULES["mine_rule"] = Rule(aggregate=mean, max_f=lambda N: N, contracts=frozenset({"permutation"}))
ALLOCATIONS["mine_allocation"] = ALLOCATIONS["random"]
DATASETS["mine_data"] = DATASETS["gaussian_linear"]._replace()
METHODS["mine_method"] = METHODS["cra_dl"]._replace()
PROBLEMS["mine_problem"] = PROBLEMS["robust_regression"]._replace()
"""
"""A plugin that adds a row to each table."""
CURVE_KEYS = (
    *("method", "aggregator", "attack", "alpha", "rounding", "withstand", "identities", "dataset"),
    *("sigma_h", "N", "r", "allocation", "uncovered", "step_size", "start"),
)
EXPERIMENT_KEYS = ("trials", "T", "redraw", "diagnostics", "messages", "chunks")
SIZES = (2, 4, 6, 7, 8, 9, 12)
"""Numbers of subsets, M."""
# Block designs: each point is a device, each block a subset; (N, M, r) for one copy.
_DESIGNS = {(3, 3, 2), (4, 6, 3), (7, 7, 3)}


def used(method: str) -> frozenset[str]:
    """Return the curve keys that a method uses."""
    uses, unused = METHODS[method], set[str]()
    if not uses.rule:
        unused.add("aggregator")
    if not uses.rule and uses.devices is None:
        unused.add("withstand")
    if not uses.redundancy:
        unused |= {"r", "allocation", "uncovered"}
    return frozenset(CURVE_KEYS) - unused


def exists(allocation: str, N: int, M: int, r: int) -> bool:
    """Tell whether there is such an allocation, for N <= 8 and M <= 12."""
    if not 1 <= r <= M:
        return False
    if allocation in ("regular", "spread"):
        return N * r % M == 0
    if allocation in ("balanced", "balanced_covering"):
        # Hadamard matrices have the orders 2, 4, 8 and 12 here; the powers of primes are these.
        powers = {4: 2, 8: 2, 9: 3}
        s = powers.get(M, 0)
        linear = s > 0 and r * s % M == 0 and N * (s - 1) <= M - 1
        return linear or (M in (2, 4, 8, 12) and 2 * r == M and N < M)
    if allocation == "equal_overlap":
        return any(
            (n, copies * m, copies * k) == (N, M, r)
            for n, m, k in _DESIGNS
            for copies in range(1, 5)
        )
    return {
        "disjoint": N * r == M,
        "random": True,
        "mine_allocation": True,
        "grouped": N * r >= M,
        "cyclic": M % N == 0 and r % max(M // N, 1) == 0,
    }[allocation]


@cache
def feasible_sizes(allocation: str, M: int) -> tuple[tuple[int, int], ...]:
    """Return every (N, r) at which the allocation exists."""
    sizes = itertools.product(range(1, 9), range(1, M + 1))
    return tuple((N, r) for N, r in sizes if exists(allocation, N, M, r))


def count(alpha: Any, N: int, rounding: str) -> int:
    """Return alpha N as a whole number."""
    exact = Fraction(str(alpha)) * N
    whole = exact.numerator // exact.denominator
    part = exact - whole
    up = {"floor": False, "ceil": part > 0, "nearest": part >= Fraction(1, 2)}[rounding]
    return whole + up


def most_tolerated(rule: str, N: int) -> int:
    """Return for how many Byzantine devices a rule is defined."""
    if rule in ("mean", "mine_rule"):
        return N
    return math.floor((N - 3) / 2) if rule == "krum" else (N - 1) // 2


def resolved(curve: Mapping[str, Any], datasets: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return f, tolerated, M and r of one curve without lists; None if it cannot run."""
    uses, N = METHODS[curve["method"]], curve["N"]
    data = datasets[curve["dataset"]]
    M, rounding = data["M"], curve["rounding"]
    f = tolerated = count(curve["alpha"], N, rounding)
    if "withstand" in used(curve["method"]) and curve["withstand"] != "alpha":
        tolerated = count(curve["withstand"], N, rounding)
    if f >= N or (curve["sigma_h"] and data["generator"] == "breast_cancer"):
        return None
    bounded = uses.rule and curve["aggregator"] not in ("mean", "mine_rule")
    if curve["attack"]["name"] in REPLYING and not bounded:
        return None
    if uses.rule and max(f, tolerated) > most_tolerated(curve["aggregator"], N):
        return None
    if uses.redundancy:
        allocation, r = curve["allocation"], curve["r"]
    elif uses.devices is None:
        allocation, r = "disjoint", max(M // N, 1)
    else:
        share, more = uses.devices
        if share * tolerated + more > N:
            return None
        allocation = "grouped"
        r = math.ceil(M / (N // (share * tolerated + more)))
    if not exists(allocation, N, M, r):
        return None
    return {"f": f, "tolerated": tolerated, "M": M, "r": r, "allocation": allocation}


def listed(value: Any) -> list[Any]:
    """Return the values of a grid."""
    return value if isinstance(value, list) else [value]


def expanded(settings: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield each curve of a grid, with the keys that its method uses."""
    for method in listed(settings["method"]):
        keys = sorted(used(method) - {"method"})
        for values in itertools.product(*(listed(settings[key]) for key in keys)):
            yield {"method": method, **dict(zip(keys, values, strict=True))}


def curves_of(study: Mapping[str, Any], experiment: str) -> list[dict[str, Any]]:
    """Return the curves of an experiment of a valid study, without lists, in order."""
    entry = study["experiments"][experiment]
    outer = {key: study[key] for key in CURVE_KEYS if key in study}
    outer |= {key: entry[key] for key in CURVE_KEYS if key in entry}
    return [one for curve in entry["curves"] for one in expanded(outer | curve)]


def setting(study: Mapping[str, Any], experiment: str, key: str) -> Any:
    """Return an experiment's value of a key of experiments."""
    return study["experiments"][experiment].get(key, study.get(key))


def selected(study: Mapping[str, Any]) -> list[str]:
    """Return the names of the experiments that run."""
    return [one for one in study["experiments"] if one in study.get("only", study["experiments"])]

"""Faults between values: each value is sound, and together they are not.

Each is told only if all else is right, so that it is planted alone. As in `broken_studies`, a fault
changes the study and returns the place of the finding, or None if the study has no room for it.
"""

import copy
from random import Random
from typing import Any

from broken_studies import Fault, below
from study_model import EXPERIMENT_KEYS, METHODS, curves_of, expanded, listed, selected, used

_Study = dict[Any, Any]
_NEW = "new_one"


def _own_curve(study: _Study, random: Random, **wanted: Any) -> tuple[_Study, str] | None:
    """Make a running curve that has all of its keys itself; return it with its place.

    Parameters
    ----------
    wanted
        What the curve's method uses, as `study_model.Uses` says.
    """
    found = []
    for name in selected(study):
        outer = study | study["experiments"][name]
        for at, curve in enumerate(study["experiments"][name]["curves"]):
            one = next(expanded(outer | curve))
            uses = METHODS[one["method"]]._asdict()
            if all(uses[key] == value for key, value in wanted.items()):
                found.append((name, at, one))
    if not found:
        return None
    name, at, one = random.choice(found)
    study["experiments"][name]["curves"][at] = one
    return one, f"experiments.{name}.curves[{at}]"


def _curve_fault(*, uses: dict[str, Any] | None = None, **changes: Any) -> Fault:
    """Return the fault that gives a curve these values."""

    def plant(study: _Study, random: Random) -> str | None:
        found = _own_curve(study, random, **(uses or {}))
        if found is None:
            return None
        curve, path = found
        curve |= copy.deepcopy(changes)
        return path

    return plant


def samples_not_divisible(study: _Study, random: Random) -> str | None:
    name = random.choice([*study["datasets"]])
    study["datasets"][name]["m"] += 1
    return f"datasets.{name}"


def labels_missing(study: _Study, random: Random) -> str | None:
    found = [name for name, one in study["datasets"].items() if one["generator"] != "breast_cancer"]
    if not found:
        return None
    name = random.choice(found)
    study["datasets"][name]["problem"] = "logistic"
    return f"datasets.{name}.generator"


def heterogeneous_tumours(study: _Study, random: Random) -> str | None:
    found = _own_curve(study, random)
    data = study["datasets"][found[0]["dataset"]] if found else {}
    if found is None or data["generator"] != "breast_cancer":
        return None
    found[0]["sigma_h"] = 0.5
    return found[1]


def unused_key(study: _Study, random: Random) -> str | None:
    found = _own_curve(study, random)
    values = {"aggregator": "median", "withstand": 0, "r": 1, "uncovered": "refuse"}
    keys = [one for one in values if found and one not in used(found[0]["method"])]
    if found is None or not keys:
        return None
    key = random.choice(keys)
    found[0][key] = values[key]
    return f"{found[1]}.{key}"


def unknown_dataset(study: _Study, random: Random) -> str | None:
    found = _own_curve(study, random)
    if found is None:
        return None
    found[0]["dataset"] = random.choice(["nowhere", "", "a\nb", "x" * 5000])
    return found[1]


def curve_twice(study: _Study, random: Random) -> str | None:
    name = random.choice(selected(study))
    curves = study["experiments"][name]["curves"]
    curves.append(copy.deepcopy(random.choice(curves)))
    return f"experiments.{name}.curves"


def labelled_grid(study: _Study, random: Random) -> str | None:
    found = _own_curve(study, random)
    if found is None:
        return None
    found[0].update(label="one for all", start=["zero", "standard_normal"])
    return found[1].rpartition("[")[0]


def key_nowhere(study: _Study, random: Random) -> str | None:
    """Leave out a key of curves everywhere; a running curve that uses it is the place."""
    name = random.choice(selected(study))
    entry = study["experiments"][name]
    at = random.randrange(len(entry["curves"]))
    methods = listed((study | entry | entry["curves"][at])["method"])
    key = random.choice(sorted(used(random.choice(methods))))
    # Without a dataset, nothing may say which sizes it had.
    for one in (study, *study["experiments"].values()):
        one.pop(key, None)
        for curve in one.get("curves", ()):
            curve.pop(key, None)
    return f"experiments.{name}.curves[{at}]"


def experiment_key_nowhere(study: _Study, random: Random) -> str | None:
    name, key = random.choice(selected(study)), random.choice(EXPERIMENT_KEYS)
    for one in (study, study["experiments"][name]):
        one.pop(key, None)
    return f"experiments.{name}"


def messages_of_two_sizes(study: _Study, random: Random) -> str | None:
    found = _own_curve(study, random, redundancy=False, allocation="grouped")
    if found is None:
        return None
    curve, path = found
    experiment = study["experiments"][path.split(".")[1]]
    experiment["messages"] = True
    curve.pop("label", None)
    curve["N"] = [curve["N"], curve["N"] + 1]
    return path.rpartition("[")[0]


def _figure(study: _Study, **keys: Any) -> str:
    study["figures"] = study.get("figures", {}) | {_NEW: keys}
    return f"figures.{_NEW}"


def iterations_too_many(study: _Study, random: Random) -> str | None:
    name = random.choice(selected(study))
    path = _figure(study, draw="fronts", experiments=[name], after=[0, 0])
    return f"{path}.after"


def iteration_never_reached(study: _Study, random: Random) -> str | None:
    name = random.choice(selected(study))
    path = _figure(study, draw="fronts", experiments=[name], after=[10**9])
    return f"{path}.after[0]"


def after_in_vain(study: _Study, random: Random) -> str | None:
    name = random.choice(selected(study))
    wrong = random.choice([{"draw": "fronts"}, {"draw": "training_loss", "after": [0]}])
    return f"{_figure(study, experiments=[name], **wrong)}.after"


def redrawn_bound(study: _Study, random: Random) -> str | None:
    name = random.choice(selected(study))
    study["experiments"][name]["redraw"] = {"data": True, "allocation": False, "attack": False}
    path = _figure(study, draw="bounds_grid", experiments=[name])
    return f"{path}.experiments[0]"


def unknown_drawing(study: _Study, random: Random) -> str | None:
    name = random.choice(selected(study))
    return f"{_figure(study, draw='trianing_loss', experiments=[name])}.draw"


_DECISION = {"level": 0.9, "early": [0], "plateau": 1, "early_margin": 1, "plateau_margin": 1}


def _claim(study: _Study, **keys: Any) -> str:
    claim = {"says": "so", "source": "there", "expect": "negligible"} | keys
    study["claims"] = study.get("claims", {}) | {_NEW: claim}
    study["decision"] = study.get("decision", copy.deepcopy(_DECISION))
    return f"claims.{_NEW}"


def claim_without_decision(study: _Study, random: Random) -> str | None:
    _claim(study, of={"experiment": selected(study)[0]})
    del study["decision"]
    return "decision"


def claim_misused(study: _Study, random: Random) -> str | None:
    """Give a claim a key that its expectation does not use, or not one that it needs."""
    of = {"experiment": selected(study)[0]}
    expect, more, key = random.choice(
        [
            ("negligible", {"than": {"alpha": 0}}, "than"),
            ("less", {}, "than"),
            ("falls", {}, "along"),
            ("same", {"than": {"alpha": 0}, "along": "N"}, "along"),
            ("gap_grows", {"along": "N"}, "than"),
        ]
    )
    return below(_claim(study, of=of, expect=expect, **more), key)


def claim_of_no_key(study: _Study, random: Random) -> str | None:
    wrong = random.choice(["tolerated", "colour", "a\nb", "x" * 5000, 7])
    of = {"experiment": selected(study)[0]} | ({wrong: 1} if random.random() < 0.5 else {})
    more: dict[str, Any] = {} if wrong in of else {"matching": [wrong]}
    return f"{_claim(study, of=of, **more)}.{'of' if wrong in of else 'matching'}"


def claim_of_no_experiment(study: _Study, random: Random) -> str | None:
    of = random.choice([{"alpha": 0}, {"experiment": []}, {}])
    return f"{_claim(study, of=of)}.of"


def claim_of_no_curve(study: _Study, random: Random) -> str | None:
    key = random.choice(["label", "alpha", "method", "attack", "step_size"])
    value = random.choice(["a\nb", "x" * 5000, -1, [], {"a": 1}, [{}, None], 0.777, "\x85"])
    return _claim(study, of={"experiment": selected(study)[0], key: value})


def claim_too_late(study: _Study, random: Random) -> str | None:
    study["decision"] = _DECISION | random.choice([{"early": [999]}, {"plateau": 1000}])
    return _claim(study, of={"experiment": selected(study)[0]})


def claim_of_nothing_stored(study: _Study, random: Random) -> str | None:
    name = random.choice(selected(study))
    study["experiments"][name]["diagnostics"] = False
    of = {"experiment": name}
    return _claim(study, of=of, quantity="pairwise_distance_sq", phases=["early"])


def claim_of_one_curve(study: _Study, random: Random) -> str | None:
    name = random.choice(selected(study))
    if len(curves_of(study, name)) > 1:
        return None
    return _claim(study, of={"experiment": name}, expect="falls", along="N")


def claim_along_schedules(study: _Study, random: Random) -> str | None:
    """Order curves by step sizes of which some are no numbers."""
    found = _own_curve(study, random)
    if found is None:
        return None
    curve, path = found
    curve.pop("label", None)
    scheduled = {"schedule": "theorem1", "share": 0.5}
    other = random.choice([0.25, {"schedule": "theorem2", "share": 0.5}])
    curve["step_size"] = [scheduled, other]
    name = path.split(".")[1]
    return _claim(study, of={"experiment": name}, expect="rises", along="step_size")


INCOHERENT: dict[str, Fault] = {
    "m % M": samples_not_divisible,
    "a problem without its labels": labels_missing,
    "heterogeneous real data": heterogeneous_tumours,
    "r > M": _curve_fault(uses={"redundancy": True}, r=13),
    "nobody honest": _curve_fault(alpha=0.999, rounding="ceil"),
    "f too large for the code": _curve_fault(
        uses={"allocation": "grouped"}, withstand=0.9, rounding="ceil"
    ),
    "f too large for the rule": _curve_fault(
        uses={"rule": True}, aggregator="median", alpha=0, withstand=0.5, rounding="ceil"
    ),
    "too few devices for Krum": _curve_fault(
        uses={"rule": True, "redundancy": False}, aggregator="krum", N=1
    ),
    "more devices than subsets": _curve_fault(uses={"allocation": "disjoint"}, N=13),
    "no worst reply": _curve_fault(
        uses={"rule": False}, attack={"name": "best_reply", "aim": "error"}
    ),
    "unused key": unused_key,
    "unknown data set": unknown_dataset,
    "duplicate label": curve_twice,
    "label of a grid": labelled_grid,
    "key nowhere": key_nowhere,
    "experiment's key nowhere": experiment_key_nowhere,
    "messages of two sizes": messages_of_two_sizes,
    "too many iterations of a figure": iterations_too_many,
    "iteration never reached": iteration_never_reached,
    "after in vain": after_in_vain,
    "bound of redrawn data": redrawn_bound,
    "unknown drawing": unknown_drawing,
    "claim without decision": claim_without_decision,
    "claim with a wrong key": claim_misused,
    "claim of an unknown key": claim_of_no_key,
    "claim of no experiment": claim_of_no_experiment,
    "claim of no curve": claim_of_no_curve,
    "claim past the last iteration": claim_too_late,
    "claim of nothing stored": claim_of_nothing_stored,
    "claim of one curve": claim_of_one_curve,
    "claim along schedules": claim_along_schedules,
}

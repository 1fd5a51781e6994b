"""Faults of values: each is planted into a valid study, and must be told in its place.

A fault takes the study, as one mapping that it changes, and a source of choices; it returns the
place where a finding must stand, or None if the study has no room for it.
"""

import datetime
import math
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, NamedTuple

from study_files import Plain
from study_model import ATTACKS, CURVE_KEYS, GENERATORS

Fault = Callable[[dict[Any, Any], Random], str | None]

WHOLE, NUMBER, FLAG, TEXT, CHOICE = "whole", "number", "flag", "text", "choice"
# What is out of range for each number, by key.
_RANGES: dict[str, tuple[str, tuple[Any, ...]]] = {
    **dict.fromkeys(("trials", "chunks", "N", "r", "M", "m", "D"), (WHOLE, (0, -1, 10**9 + 1))),
    "plateau": (WHOLE, (0, -7)),
    **dict.fromkeys(("T", "early", "after"), (WHOLE, (-1, -(10**12)))),
    "seed": (WHOLE, (-1, 10**18 + 1)),
    "alpha": (NUMBER, (1, 1.0, -0.1, 7)),
    "withstand": (NUMBER, (1, 1.0, -0.1)),
    **dict.fromkeys(("sigma_h", "noise_variance"), (NUMBER, (-1, -1e-300))),
    **dict.fromkeys(("level", "share"), (NUMBER, (0, 1, 1.0, -0.5))),
    "outlier_fraction": (NUMBER, (1.001, -1)),
    "coefficient": (NUMBER, (0, 0.0, 2)),
    "shift": (NUMBER, ()),
    **dict.fromkeys(
        (
            *("step_size", "variance", "scale", "norm", "feature_variance", "outlier_variance"),
            *("early_margin", "plateau_margin", "margin"),
        ),
        (NUMBER, (0, 0.0, -3)),
    ),
}
_KINDS = {key: kind for key, (kind, _) in _RANGES.items()}
_KINDS |= dict.fromkeys(
    ("diagnostics", "messages", "data", "allocation of redraw", "intercept", "some"), FLAG
)
_KINDS |= dict.fromkeys(("title", "label", "caption", "says", "source"), TEXT)
_KINDS |= dict.fromkeys(
    (
        *("method", "aggregator", "allocation", "rounding", "identities", "uncovered", "start"),
        *("schedule", "victim", "aim", "target", "bound", "perturbation", "name", "generator"),
        *("problem", "expect", "quantity"),
        *("phases", "draw"),
    ),
    CHOICE,
)


class Site(NamedTuple):
    """A value that a fault may replace: in which mapping or list, at which key, with what place."""

    holder: Any
    at: Any
    place: str
    key: str

    @property
    def kind(self) -> str:
        """Return what it is: a whole number, a number, a flag, a text or a choice."""
        return _KINDS[self.key]


def below(path: str, key: str) -> str:
    """Return the place of a key."""
    return f"{path}.{key}" if path else key


def levels(study: dict[Any, Any]) -> Iterator[tuple[dict[Any, Any], str]]:
    """Yield the study, its experiments and their curves, with their places."""
    yield study, ""
    for name, entry in study["experiments"].items():
        yield entry, f"experiments.{name}"
        for index, curve in enumerate(entry["curves"]):
            yield curve, f"experiments.{name}.curves[{index}]"


def mappings(study: dict[Any, Any]) -> Iterator[tuple[dict[Any, Any], str]]:
    """Yield every mapping whose keys are known beforehand, with its place."""
    for entry, path in levels(study):
        yield entry, path
        for key in ("attack", "step_size", "redraw"):
            value = entry.get(key)
            grid = value if isinstance(value, list) else [value]
            for index, one in enumerate(grid):
                if isinstance(one, dict):
                    place = f"{key}[{index}]" if isinstance(value, list) else key
                    yield one, below(path, place)
    for section in ("datasets", "figures", "claims"):
        for name, entry in study.get(section, {}).items():
            yield entry, f"{section}.{name}"
    if "decision" in study:
        yield study["decision"], "decision"


def sites(study: dict[Any, Any]) -> list[Site]:
    """Return every value of a known kind; those in lists one by one."""
    found = []
    for mapping, path in mappings(study):
        for key, value in mapping.items():
            name = "data" if path.endswith("redraw") else key
            if name not in _KINDS or key in ("of", "than", "matching", "along"):
                continue
            place = below(path, key)
            if isinstance(value, list):
                found += [Site(value, at, f"{place}[{at}]", name) for at in range(len(value))]
            elif not isinstance(value, dict):
                found.append(Site(mapping, key, place, name))
    return found


def _replacing(values: Callable[[Site], tuple[Any, ...]]) -> Fault:
    """Return the fault that replaces a value by one of the wrong `values` for it."""

    def plant(study: dict[Any, Any], random: Random) -> str | None:
        possible = [site for site in sites(study) if values(site)]
        if not possible:
            return None
        site = random.choice(possible)
        site.holder[site.at] = random.choice(values(site))
        return site.place.removesuffix(".generator").removesuffix(".name")

    return plant


def _is_grid(site: Site) -> bool:
    return site.key in CURVE_KEYS or isinstance(site.holder, list)


def _numbers(*wrong: Any) -> Callable[[Site], tuple[Any, ...]]:
    return lambda site: wrong if site.kind in (WHOLE, NUMBER) else ()


_DAY = datetime.date(2025, 1, 31)
_DEEP: Any = {"a": 0}
for _ in range(15):
    _DEEP = {"a": [_DEEP]}


def _wrong_types(site: Site) -> tuple[Any, ...]:
    wrong: tuple[Any, ...] = ({"a": 1}, _DAY, _DEEP)
    if site.kind in (WHOLE, NUMBER):
        wrong = (*wrong, True, "many", False)
    if site.kind == WHOLE:
        wrong = (*wrong, 2.5, 3.0)
    if site.kind == FLAG:
        wrong = (*wrong, 0, 1, "true", 1.0)
    if site.kind in (TEXT, CHOICE):
        wrong = (*wrong, 3, 0.5, True, "" if site.kind == TEXT else 7)
    # A list is a grid for a curve's key outside of lists.
    return wrong if _is_grid(site) else (*wrong, [], [1, "a"])


_NONSENSE = ("", "nonsense", "mea n", "x" * 10_000, "a\nb", "\x85\x1f\u2028", "ϕ", "\U0001f600")


def _differing(site: Site) -> tuple[Any, ...]:
    """Return texts that YAML 1.1 and YAML 1.2 read differently."""
    if site.kind in (WHOLE, NUMBER):
        return tuple(map(Plain, ("010", "1e-3", "1:30", "0o17", "2e5", "-012")))
    return tuple(map(Plain, ("yes", "Off", "n", "ON"))) if site.kind == FLAG else ()


_MISSPELT = (
    "trails",
    "lable",
    "alhpa",
    "experimnts",
    "Name",
    "N ",
    "n",
    "seeds",
    "..",
    "x" * 9_000,
)
_ODD = (7, True, None, 2.5, _DAY, "", " ", "a\nb", "\x1f", "é", "1e3", 10**30, math.nan, "a.b[0]")


def misspelt_key(study: dict[Any, Any], random: Random) -> str | None:
    mapping, path = random.choice(list(mappings(study)))
    key = random.choice(_MISSPELT)
    mapping[key] = random.choice([3, "a", [1], {"b": {}}])
    # Of a long key, the beginning is told.
    return below(path, key if len(key) <= 120 else f"{key[:117]}...")


def odd_key(study: dict[Any, Any], random: Random) -> str | None:
    """Plant a key that is no text, or a strange one; its place begins with that of its mapping."""
    named = [(study[one], one) for one in ("datasets", "experiments", "figures") if study.get(one)]
    mapping, path = random.choice([*mappings(study), *named])
    key = random.choice([one for one in _ODD if one not in mapping])
    mapping[key] = random.choice([3, "a", {"b": {}}])
    return path


_REQUIRED = {
    "redraw": ("data", "allocation", "attack"),
    "decision": ("level", "early", "plateau", "early_margin", "plateau_margin"),
    "figures": ("draw", "experiments"),
    "claims": ("says", "source", "expect", "of"),
}


def missing_key(study: dict[Any, Any], random: Random) -> str | None:
    """Leave out a key that has to stand in just this mapping."""
    found = [(study, key, key) for key in ("study", "seed")]
    for mapping, path in mappings(study):
        room = path.partition(".")[0]
        keys: tuple[str, ...] = _REQUIRED.get(room, ())
        if room == "datasets":
            keys = (*GENERATORS[mapping["generator"]], "problem", "generator")
        elif "name" in mapping and "attack" in path:
            keys = ("name", *ATTACKS[mapping["name"]])
        elif "schedule" in mapping:
            keys = ("schedule", "share")
        elif path.endswith("redraw"):
            keys = _REQUIRED["redraw"]
        elif path.startswith("experiments.") and "curves" in mapping:
            keys = ("curves",)
        found += [(mapping, key, below(path, key)) for key in keys]
    mapping, key, place = random.choice(found)
    del mapping[key]
    # What a row needs is not known if the row is not.
    return place.removesuffix(".generator").removesuffix(".name")


def null_in_list(study: dict[Any, Any], random: Random) -> str | None:
    """Plant a null where it deletes nothing: in a curve, or as an item of a list."""
    found = [
        (mapping, key, below(path, key))
        for mapping, path in mappings(study)
        if ".curves[" in path
        for key in mapping
    ]
    found += [(one.holder, one.at, one.place) for one in sites(study) if isinstance(one.at, int)]
    if not found:
        return None
    mapping, key, place = random.choice(found)
    mapping[key] = None
    return place


def empty_collection(study: dict[Any, Any], random: Random) -> str | None:
    """Empty a list or mapping that has to have an entry."""
    choices: list[tuple[Any, Any, str, Any]] = [
        (study, "only", "only", []),
        (study, "datasets", "datasets", {}),
        (study, "experiments", "experiments", {}),
    ]
    for name, entry in study["experiments"].items():
        choices.append((entry, "curves", f"experiments.{name}.curves", []))
    for mapping, path in levels(study):
        choices += [(mapping, one, below(path, one), []) for one in CURVE_KEYS if one in mapping]
    if "decision" in study:
        choices.append((study["decision"], "early", "decision.early", []))
    for section, key in (("figures", "experiments"), ("claims", "phases")):
        for name, entry in study.get(section, {}).items():
            choices.append((entry, key, f"{section}.{name}.{key}", []))
    mapping, key, place, empty = random.choice(choices)
    mapping[key] = empty
    return place


def unknown_experiment(study: dict[Any, Any], random: Random) -> str | None:
    """Name an experiment that there is not: in only, a figure or a claim."""
    wrong = random.choice(["nowhere", "ONE ", "", "two\n"])
    only = list(study.get("only", study["experiments"]))
    at = random.randrange(len(only) + 1)
    only.insert(at, wrong)
    choices = [(study, "only", only, f"only[{at}]")]
    for name, entry in study.get("figures", {}).items():
        changed = [*entry["experiments"][:-1], wrong]
        place = f"figures.{name}.experiments[{len(changed) - 1}]"
        choices.append((entry, "experiments", changed, place))
    for name, entry in study.get("claims", {}).items():
        value = random.choice([wrong, [wrong]])
        choices.append((entry["of"], "experiment", value, f"claims.{name}.of.experiment"))
    mapping, key, value, place = random.choice(choices)
    mapping[key] = value
    return place


def wrong_name(study: dict[Any, Any], random: Random) -> str | None:
    """Give the study or an entry a name that is a path, too long, or no name at all."""
    wrong = random.choice(["../x", "a/b", "", ".", "-a", "x" * 81, "a b", "é", "a\n", "C:\\x"])
    sections = [one for one in ("datasets", "experiments", "figures", "claims") if study.get(one)]
    section = random.choice(["study", *sections])
    if section == "study":
        study["study"] = random.choice([wrong, "shared", "Shared"])
        return "study"
    study[section][wrong] = next(iter(study[section].values()))
    # A figure or a claim of that name is sound besides.
    return below(section, wrong if wrong.isprintable() else repr(wrong))


def wrong_section(study: dict[Any, Any], random: Random) -> str | None:
    """Replace a whole section or entry by something that is no mapping."""
    wrong = random.choice([[], [1], "text", 3, True, [_DEEP]])
    choices = [(study, one, one) for one in ("datasets", "experiments", "figures", "decision")]
    for section in ("datasets", "experiments", "figures", "claims"):
        entries = study.get(section, {})
        choices += [(entries, name, f"{section}.{name}") for name in entries]
    choices += [
        (entry["curves"], at, f"experiments.{name}.curves[{at}]")
        for name, entry in study["experiments"].items()
        for at in range(len(entry["curves"]))
    ]
    mapping, key, place = random.choice(choices)
    mapping[key] = wrong
    return place


def _ranges(site: Site) -> tuple[Any, ...]:
    return _RANGES[site.key][1] if site.key in _RANGES else ()


VALUE_FAULTS: dict[str, Fault] = {
    "misspelt key": misspelt_key,
    "odd key": odd_key,
    "missing key": missing_key,
    "null in a list": null_in_list,
    "empty list or mapping": empty_collection,
    "unknown experiment": unknown_experiment,
    "wrong name": wrong_name,
    "wrong section": wrong_section,
    "wrong type": _replacing(_wrong_types),
    "out of range": _replacing(_ranges),
    "text for a number": _replacing(_numbers("3", "1e-3", "0.5", "", "1_0", "١", "nan")),
    "not finite": _replacing(_numbers(math.nan, math.inf, -math.inf)),
    "huge number": _replacing(_numbers(10**400, -(10**400))),
    "unknown row or choice": _replacing(lambda one: _NONSENSE if one.kind == CHOICE else ()),
    "versions of YAML differ": _replacing(_differing),
}
"""Faults that are told whatever else is wrong, unless it is in the same place."""

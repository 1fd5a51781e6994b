"""A study, written as files that extend each other and overrides of the command line."""

import re
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import yaml
from hypothesis import strategies as st
from study_model import CURVE_KEYS, EXPERIMENT_KEYS, PLUGIN, listed, selected, used

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_ ]*")
_TRUTHS = re.compile(r"y|n|yes|no|on|off|true|false|null", re.IGNORECASE)


class Plain(str):
    """A text that is written without quotes, whatever a version of YAML makes of it."""


class Writer(yaml.SafeDumper):
    """Quotes every text that any version of YAML could take for something else."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _quoted(writer: Writer, text: str) -> yaml.ScalarNode:
    plain = _PLAIN.fullmatch(text) and not _TRUTHS.fullmatch(text)
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style=None if plain else '"')


def _unquoted(writer: Writer, text: Plain) -> yaml.ScalarNode:
    return writer.represent_scalar(writer.resolve(yaml.ScalarNode, text, (True, False)), text)


Writer.add_representer(str, _quoted)
Writer.add_representer(Plain, _unquoted)


class Written(NamedTuple):
    """Files by name, the first the study; and overrides."""

    files: dict[str, bytes]
    overrides: dict[str, Any]

    def write(self, folder: Path) -> Path:
        """Write all files below the folder; return the study's."""
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return folder / next(iter(self.files))


def leaves(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], Any]]:
    """Return what is no mapping, or an empty one, with the way to it."""
    if isinstance(node, dict) and node:
        return [leaf for key, one in node.items() for leaf in leaves(one, (*path, key))]
    return [(path, node)]


def put(study: dict[Any, Any], path: tuple[Any, ...], value: Any) -> None:
    """Set a value at the end of the way, through mappings that are made if they are not there."""
    for key in path[:-1]:
        study = study.setdefault(key, {})
    study[path[-1]] = value


def reaching(study: dict[str, Any]) -> frozenset[tuple[str, ...]]:
    """Return the ways to keys of the study and of its experiments that some running curve takes.

    Those of experiments that do not run are among them, since nobody can tell.
    """
    found: set[tuple[str, ...]] = set()
    running = selected(study)
    for name, entry in study["experiments"].items():
        own = {("experiments", name, key) for key in entry}
        if name not in running:
            found |= own
            continue
        found |= {(key,) for key in EXPERIMENT_KEYS if key not in entry}
        found |= {one for one in own if one[-1] in EXPERIMENT_KEYS}
        for curve in entry["curves"]:
            methods = listed((study | entry | curve).get("method", []))
            taken = {key for one in methods for key in used(one)} - curve.keys()
            found |= {(key,) for key in taken - entry.keys()}
            found |= {("experiments", name, key) for key in taken & entry.keys()}
    return frozenset(found)


def _is_idle(path: tuple[Any, ...], reached: frozenset[tuple[str, ...]]) -> bool:
    """Tell whether the way leads to a key of curves or experiments that reaches no curve."""
    top = 2 if path[0] == "experiments" else 0
    key = path[top] if len(path) > top else None
    return key in (*CURVE_KEYS, *EXPERIMENT_KEYS) and path[: top + 1] not in reached


@st.composite
def layouts(draw: st.DrawFn, study: dict[str, Any], reached: frozenset[tuple[str, ...]]) -> Written:
    """Distribute a study over one to three files and overrides.

    Parameters
    ----------
    reached
        What may be changed, as `reaching` says.
    """
    random = draw(st.randoms(use_true_random=True))
    count = draw(st.integers(1, 3))
    parts: list[dict[Any, Any]] = [{} for _ in range(count)]
    overrides: dict[str, Any] = {}
    may = sorted({"study", "seed"} | {path[0] for path in reached if len(path) == 1})
    asked = random.sample(may, draw(st.integers(0, 2)))
    junk = [0, "decoy", [1, None], True, 2.5]
    for path, value in leaves(study):
        # The study's own file may only change what some curve takes.
        place = random.randrange(1 if count > 1 and _is_idle(path, reached) else 0, count)
        if path[0] in asked and path[0] in study:
            put(overrides, path, value)
            if random.random() < 0.5:
                put(parts[place], path, random.choice(junk))
            continue
        put(parts[place], path, value)
        if place + 1 < count and value != {} and random.random() < 0.2:
            # Lists of plugins are added, and to none that is no list.
            decoys = [0, "decoy", [], value] if path == ("plugins",) else junk
            put(parts[random.randrange(place + 1, count)], path, random.choice(decoys))
    for mapping in ((), ("datasets",), ("experiments",)):
        # What a farther file has too much, a nearer one deletes.
        if (
            count > 1
            and random.random() < 0.2
            and isinstance(study.get(mapping[0]) if mapping else {}, dict)
        ):
            put(parts[-1], (*mapping, "too_much"), random.choice([*junk, {"a": 1}]))
            put(parts[random.randrange(count - 1)], (*mapping, "too_much"), None)
    names = [random.choice(["", "a/", "a/b/"]) + name for name in ("s.yaml", "t.yml", "u")]
    files: dict[str, bytes] = {}
    for index, part in enumerate(parts):
        up = "../" * names[index].count("/")
        if index + 1 < count:
            part = {"extends": up + names[index + 1]} | part
        if isinstance(part.get("plugins"), list):
            part["plugins"] = [up + one if isinstance(one, str) else one for one in part["plugins"]]
        files[names[index]] = _text(random, part).encode()
    return Written({**files, "mine.py": PLUGIN.encode()}, overrides)


def _text(random: Random, part: dict[Any, Any]) -> str:
    return yaml.dump(
        part,
        Dumper=Writer,
        sort_keys=False,
        allow_unicode=random.random() < 0.5,
        default_flow_style=random.choice([False, None, True]),
        width=random.choice([40, 10**6]),
        indent=random.choice([2, 4]),
        explicit_start=random.random() < 0.5,
    )

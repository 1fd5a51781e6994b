"""Reading study files: YAML 1.2 with unique keys, `extends`, and overrides of the command line."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.events import AliasEvent, Event
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from cradl.config.findings import Finding, Findings, StudyError, below, on_one_line, shown, spelled


def read_mapping(path: Path, findings: Findings, *, named_by: str = "") -> dict[str, Any]:
    """Read one YAML file.

    Keys that stand twice are findings, and so are values that the versions of YAML read
    differently: other programs, Snakemake among them, read the same file by YAML 1.1.

    Parameters
    ----------
    named_by
        The key that names the file, for the message.

    Raises
    ------
    StudyError
        The file is no readable mapping.
    """
    text = _text(path, named_by)
    try:
        reader = YAML(typ="safe", pure=True)
        reader.Composer = _Composer
        # All of them are findings, told with the others.
        reader.allow_duplicate_keys = True
        node = reader.compose(text)
        _check(node, "", (), findings)
        content = None if node is None else reader.constructor.construct_document(node)
    except _TooMuch as error:
        raise StudyError(
            str(path), [Finding("", error.needed, f"more on line {error.line}")]
        ) from error
    # Not only its own errors leave the reader: a wrong date raises ValueError, deep nesting
    # RecursionError, an odd tag KeyError or AttributeError.
    except Exception as error:
        wrong = [Finding("", "valid YAML", on_one_line(str(error)))]
        raise StudyError(str(path), wrong) from error
    if not isinstance(content, dict):
        given = "an empty file" if content is None else f"a {type(content).__name__}"
        raise StudyError(str(path), [Finding("", "a mapping of keys to values", given)])
    return content


def _text(path: Path, named_by: str) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LONGEST + 1)
        text = content.decode("utf-8")
    except (OSError, ValueError) as error:
        wrong = [Finding(named_by, "a readable UTF-8 file", on_one_line(str(error)))]
        raise StudyError(str(path), wrong) from error
    if len(content) > LONGEST:
        raise StudyError(str(path), [Finding("", f"a file of at most {LONGEST:,} bytes", "more")])
    return text


# Beyond these, reading takes minutes instead of seconds.
LONGEST = 10**6
"""Bytes of a study file."""
DEEPEST = 50
"""Lists and mappings within each other."""
MOST = 20_000
"""Keys and values of a file; those that an alias repeats count again."""


class _TooMuch(Exception):
    """A file that would take long to read: what is needed, and the line where there is more."""

    def __init__(self, needed: str, node: Node | Event) -> None:
        super().__init__(needed)
        self.needed, self.line = needed, node.start_mark.line + 1


class _Composer(Composer):
    """Composes nodes as far as the limits go."""

    def __init__(self, loader: YAML | None = None) -> None:
        super().__init__(loader)
        self._depth = self._count = 0
        self._counts: dict[Node, int] = {}

    def compose_node(self, parent: Node | None, index: Any) -> Node:
        before, repeats = self._count, self.parser.check_event(AliasEvent)
        self._depth += 1
        if self._depth > DEEPEST:
            raise _TooMuch(_NESTED, self.parser.peek_event())
        node: Node = super().compose_node(parent, index)
        self._depth -= 1
        # A circle repeats what is not yet counted; `_check` refuses it.
        self._count += self._counts.get(node, 0) if repeats else 1
        if self._count > MOST:
            raise _TooMuch(_REPEATED, node)
        if not repeats:
            self._counts[node] = self._count - before
        return node


_NESTED = f"at most {DEEPEST} lists and mappings within each other"
_REPEATED = f"at most {MOST:,} keys and values, with those that aliases repeat"


def _check(node: Node | None, path: str, above: tuple[Node, ...], findings: Findings) -> None:
    """Record keys that stand twice and values that are read differently; refuse circles."""
    if node in above:
        raise ValueError(f"{path} contains itself")
    if node is not None and len(above) > DEEPEST:
        raise _TooMuch(_NESTED, node)
    above = (*above, node) if node is not None else above
    if isinstance(node, ScalarNode):
        _check_reading(node, path, findings)
    elif isinstance(node, SequenceNode):
        for index, item in enumerate(node.value):
            _check(item, f"{path}[{index}]", above, findings)
    elif isinstance(node, MappingNode):
        lines: dict[str, int] = {}
        for key, value in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            where = below(path, name)
            if name in lines:
                given = f"it on line {lines[name]} and again on line {line}"
                findings.add_unread(where, "every key once", given)
            lines.setdefault(name, line)
            if isinstance(key, ScalarNode):
                _check_reading(key, where, findings)
            _check(value, where, above, findings)


def _check_reading(node: ScalarNode, path: str, findings: Findings) -> None:
    """Record a number or a truth value that YAML 1.1 and YAML 1.2 read differently."""
    if node.style is not None or not _SUSPECT.match(node.value):
        return
    if len(node.value) > _LONGEST_NUMBER and _OF_DIGITS.fullmatch(node.value):
        raise _TooMuch(f"numbers of at most {_LONGEST_NUMBER:,} characters", node)
    tag, old, new = _readings(node.value)
    # With a tag of its own, all versions read it alike.
    equal = type(old) is type(new) and (old == new or (old != old and new != new))
    if node.tag == tag and not equal:
        given = f"{node.value}: {spelled(old)} by YAML 1.1, {spelled(new)} by YAML 1.2"
        texts = " or in quotes" if isinstance(old, str) or isinstance(new, str) else ""
        numbers = " or ".join(spelled(one) for one in (old, new) if not isinstance(one, str))
        findings.add_unread(
            path, f"a value that YAML 1.1 and 1.2 read alike, {numbers}{texts}", given
        )


_SUSPECT = re.compile(
    r"(?!-?(0|[1-9]\d{,300})(\.\d+)?$)[-+.\d]|(y|n|yes|no|on|off|true|false)$",
    re.IGNORECASE | re.ASCII,
)
"""Matches the beginning of numbers other than plain decimals, and truth values."""
_OF_DIGITS = re.compile(r"[-+.:_\de]*", re.IGNORECASE | re.ASCII)
_LONGEST_NUMBER = 4300
"""As Python reads at most."""


@cache
def _readings(text: str) -> tuple[str, Any, Any]:
    """Return the tag that YAML 1.2 gives a text without quotes, and the values of 1.1 and 1.2."""
    reader = YAML(typ="safe", pure=True)
    node = reader.compose(text)
    return node.tag, yaml.safe_load(text), reader.constructor.construct_document(node)


class Read(NamedTuple):
    """A study as files and command line say it.

    Attributes
    ----------
    merged
        All keys: those of the files, the nearest on top, and the overrides.
    changes
        What is changed of another study: by the overrides, and by the study's own file if it
        extends one.
    places
        The folder of the file that names the file of a data set, by the data set's name.
    """

    merged: dict[str, Any]
    changes: dict[str, Any]
    places: dict[str, Path]


def read_study(path: Path, overrides: Mapping[str, Any], findings: Findings) -> Read:
    """Read a study file with everything it extends, then apply the overrides.

    Mappings are merged key by key, the nearer file wins, null deletes a key; lists are replaced,
    but for ``plugins``, which are added. Their paths and that of the ``style``
    become absolute, each relative to the file that names it.
    """
    files = _read_extended(path, (), findings)
    if "extends" in overrides:
        findings.add("extends", "this key in a file", "an override")
    places = files.places | _places(overrides, path)
    return Read(merge(files.merged, overrides), merge(files.changes, overrides), places)


def _places(content: Mapping[str, Any], path: Path) -> dict[str, Path]:
    """Return the folder of a study for each data set whose file it names."""
    entries = content.get("datasets")
    return {
        name: path.resolve().parent
        for name, entry in (entries.items() if isinstance(entries, Mapping) else ())
        if isinstance(entry, Mapping) and "file" in entry
    }


def _read_extended(path: Path, nearer: tuple[Path, ...], findings: Findings) -> Read:
    content = read_mapping(path, findings, named_by="extends" if nearer else "")
    path = path.resolve()
    if path in nearer:
        chain = " -> ".join(one.name for one in (*nearer, path))
        raise StudyError(str(nearer[0]), [Finding("extends", "no cycle", chain)])
    base = content.pop("extends", None)
    plugins = content.get("plugins")
    if isinstance(plugins, list):
        content["plugins"] = [
            str(path.parent / one) if isinstance(one, str) else one for one in plugins
        ]
    if isinstance(content.get("style"), str):
        content["style"] = str(path.parent / content["style"])
    if base is None:
        return Read(merge({}, content), {}, _places(content, path))
    if not isinstance(base, str):
        raise StudyError(str(path), [Finding("extends", "the path of a study", shown(base))])
    extended = _read_extended(path.parent / base, (*nearer, path), findings)
    below = extended.merged
    if isinstance(content.get("plugins"), list) and isinstance(below.get("plugins"), list):
        # What is inherited may name rows of the inherited plugins.
        content["plugins"] = list(dict.fromkeys([*below["plugins"], *content["plugins"]]))
    return Read(merge(below, content), content, extended.places | _places(content, path))


def merge(base: Mapping[Any, Any], over: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return `base` with `over` laid on top: mappings merge, null deletes, all else replaces.

    A null that has nothing to delete stays, for who checks the keys to refuse it.

    Examples
    --------
    >>> base = {"alpha": 0.2, "redraw": {"data": True, "attack": True}, "claims": {"one": {}}}
    >>> merge(base, {"alpha": [0.1, 0.3], "redraw": {"data": False}, "claims": None})
    {'alpha': [0.1, 0.3], 'redraw': {'data': False, 'attack': True}}
    """
    merged = dict(base)
    for key, value in over.items():
        if value is None and key in merged:
            del merged[key]
        elif isinstance(value, Mapping):
            inherited = merged.get(key)
            merged[key] = merge(inherited if isinstance(inherited, Mapping) else {}, value)
        else:
            merged[key] = value
    return merged

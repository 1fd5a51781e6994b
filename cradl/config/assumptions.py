"""What a study assumes: the comments `# ASSUME:` in its file and in those that it extends."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import yaml

from cradl.config.files import below, read_mapping

_MARK = re.compile(r"^\s*#\s*ASSUME:\s*(.*)$|^[^#]*\s#\s*ASSUME:\s*(.*)$")
_COMMENT = re.compile(r"^\s*#\s?(.*)$")


class Assumption(NamedTuple):
    """One choice that the paper leaves open."""

    file: str
    """Name of the study file."""
    line: int
    """Where the comment begins, from 1."""
    key: str
    """The key that it speaks of: on its own line, or the next one below."""
    text: str


def assumptions(path: str | Path) -> list[Assumption]:
    """Return what a study file and those that it extends mark as assumed, the nearest file first.

    Raises
    ------
    StudyError
        Where a file cannot be read.
    """
    path = Path(path).resolve()
    content, _ = read_mapping(path)
    found = list(_in_file(path))
    base = content.get("extends")
    return [*found, *assumptions(path.parent / base)] if isinstance(base, str) else found


def _in_file(path: Path) -> Iterator[Assumption]:
    text = path.read_text("utf-8")
    places = dict(_places(yaml.compose(text, Loader=yaml.SafeLoader), "", set()))
    lines = text.splitlines()
    for number, line in enumerate(lines, start=1):
        mark = _MARK.search(line)
        if mark is None:
            continue
        alone = mark[1] is not None
        words = [mark[1] if alone else mark[2]]
        for below_it in lines[number:] if alone else ():
            more = _COMMENT.match(below_it)
            if more is None or _MARK.search(below_it):
                break
            words.append(more[1])
        key = next((places[at] for at in sorted(places) if at >= number), "")
        yield Assumption(path.name, number, key, " ".join(" ".join(words).split()))


def _places(node: yaml.Node | None, path: str, seen: set[yaml.Node]) -> Iterator[tuple[int, str]]:
    """Yield the line on which each key or item of a list begins, the outermost of a line last.

    What an alias repeats has its place at the anchor.
    """
    if node is None or node in seen:
        return
    seen.add(node)
    if isinstance(node, yaml.SequenceNode):
        for index, one in enumerate(node.value):
            if one not in seen:
                yield from _places(one, f"{path}[{index}]", seen)
                yield one.start_mark.line + 1, f"{path}[{index}]"
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            where = below(path, str(key.value))
            yield from _places(value, where, seen)
            yield key.start_mark.line + 1, where

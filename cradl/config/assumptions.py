"""The assumptions of a study: comments `# ASSUME:` in its file and in those that it extends."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode
from ruamel.yaml.tokens import ScalarToken

from cradl.config.files import read_mapping
from cradl.config.findings import Findings, below
from cradl.config.model import Study

_MARK = "ASSUME:"


class Assumption(NamedTuple):
    """A choice that the paper leaves open."""

    file: str
    """Name of the study file."""
    line: int
    """The line on which the comment begins, from 1."""
    key: str
    """The key that it speaks of: on its own line, or the next one below."""
    text: str


def assumptions(path: str | Path) -> list[Assumption]:
    """Return what a study file and those that it extends mark as assumed, the nearest file first.

    What a nearer file says otherwise is no longer assumed.

    Raises
    ------
    StudyError
        A file cannot be read.
    """
    path = Path(path).resolve()
    content = read_mapping(path, Findings())
    found = list(_in_file(path))
    base = content.get("extends")
    if not isinstance(base, str):
        return found
    return [*found, *(one for one in assumptions(path.parent / base) if one.key not in content)]


def in_force(found: Iterable[Assumption], study: Study) -> list[Assumption]:
    """Return the assumptions that are about what a study runs."""
    sections: Mapping[str, Collection[str]] = {
        "datasets": study.datasets,
        "experiments": study.experiments,
        "figures": study.figures,
    }
    return [one for one in found if _concerns(one.key, sections)]


def _concerns(key: str, sections: Mapping[str, Collection[str]]) -> bool:
    section, _, rest = key.partition(".")
    return section not in sections or not rest or re.split(r"[.\[]", rest)[0] in sections[section]


class _Comment(NamedTuple):
    """A line of comment: its number, its text without ``#``, and whether nothing is before it."""

    line: int
    text: str
    alone: bool


def _in_file(path: Path) -> Iterator[Assumption]:
    text = path.read_text("utf-8")
    places = dict(_places(YAML(typ="safe", pure=True).compose(text), "", set()))
    comments = {one.line: one for one in _comments(text)}
    for number, comment in sorted(comments.items()):
        if not comment.text.startswith(_MARK):
            continue
        words, following = [comment.text.removeprefix(_MARK)], comments.get(number + 1)
        while comment.alone and following and following.alone:
            if following.text.startswith(_MARK):
                break
            words.append(following.text)
            following = comments.get(following.line + 1)
        key = next((places[at] for at in sorted(places) if at >= number), "")
        yield Assumption(path.name, number, key, " ".join(" ".join(words).split()))


def _comments(text: str) -> Iterator[_Comment]:
    """Yield the comments of a YAML text: every ``#`` after a space that stands in no value."""
    values = [
        (token.start_mark.index, token.end_mark.index)
        for token in YAML(typ="safe", pure=True).scan(text)
        if isinstance(token, ScalarToken)
    ]
    for found in re.finditer(r"(?:^|(?<=\s))#(.*)$", text, flags=re.MULTILINE):
        if not any(first <= found.start() < past for first, past in values):
            line = text.count("\n", 0, found.start())
            alone = not text[: found.start()].rpartition("\n")[2].strip()
            yield _Comment(line + 1, found[1].strip(), alone)


def _places(node: Node | None, path: str, seen: set[Node]) -> Iterator[tuple[int, str]]:
    """Yield the line on which each key or item of a list begins, the outermost of a line last.

    What an alias repeats has its place at the anchor.
    """
    if node is None or node in seen:
        return
    seen.add(node)
    if isinstance(node, SequenceNode):
        for index, one in enumerate(node.value):
            if one not in seen:
                yield from _places(one, f"{path}[{index}]", seen)
                yield one.start_mark.line + 1, f"{path}[{index}]"
    if isinstance(node, MappingNode):
        for key, value in node.value:
            where = below(path, str(key.value))
            yield from _places(value, where, seen)
            yield key.start_mark.line + 1, where

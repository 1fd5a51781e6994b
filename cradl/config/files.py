"""Reading study files: YAML with unique keys, `extends`, and overrides from the command line."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml


class Finding(NamedTuple):
    """One thing wrong with a study: where, what is needed there, what was given."""

    path: str
    needed: str
    given: str


def below(path: str, key: str) -> str:
    """Return the place of a key of the mapping at `path`, on one line."""
    name = key if key.isprintable() else repr(key)
    return f"{path}.{name}" if path else name


class StudyError(ValueError):
    """A study that cannot be run, with every finding and not only the first."""

    def __init__(self, source: str, findings: list[Finding]) -> None:
        self.findings = list(dict.fromkeys(findings))
        places: dict[tuple[str, str], list[str]] = {}
        for path, needed, given in self.findings:
            places.setdefault((needed, given), []).append(path or "the file")
        lines = [
            f"  {_listed(paths)}: need {needed}, got {given}"
            for (needed, given), paths in places.items()
        ]
        count = f"{len(lines)} problem{'s' if len(lines) > 1 else ''}"
        super().__init__("\n".join([f"{source}: {count}", *lines]))


def _listed(paths: list[str], most: int = 3) -> str:
    """Join the places of one and the same problem; say how many are left out."""
    more = f" and {len(paths) - most} more" if len(paths) > most else ""
    return ", ".join(paths[:most]) + more


def read_mapping(path: Path, named_by: str = "") -> tuple[dict[str, Any], list[Finding]]:
    """Read one YAML file; raise `StudyError` where it is no readable mapping.

    Parameters
    ----------
    named_by
        The key that names the file, for the message.

    Returns
    -------
    The mapping, and its duplicate keys (of which the last value is kept, to check it as well).
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        findings = [Finding(named_by, "a readable UTF-8 file", str(error))]
        raise StudyError(str(path), findings) from error
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        findings = list(_duplicates(node, "", ()))
        content = None if node is None else loader.construct_document(node)
    # Not only its own errors leave PyYAML: a wrong date raises ValueError, deep nesting
    # RecursionError, an odd tag KeyError or AttributeError.
    except Exception as error:
        findings = [Finding("", "valid YAML", " ".join(str(error).split()))]
        raise StudyError(str(path), findings) from error
    if not isinstance(content, dict):
        given = "an empty file" if content is None else f"a {type(content).__name__}"
        raise StudyError(str(path), [Finding("", "a mapping of keys to values", given)])
    return content, findings


def _duplicates(
    node: yaml.Node | None, path: str, above: tuple[yaml.Node, ...]
) -> Iterator[Finding]:
    """Yield every key that a mapping has twice, of which YAML would silently keep the last."""
    if node in above:
        raise ValueError(f"{path} contains itself")
    above = (*above, node) if node is not None else above
    if isinstance(node, yaml.SequenceNode):
        for index, one in enumerate(node.value):
            yield from _duplicates(one, f"{path}[{index}]", above)
    if not isinstance(node, yaml.MappingNode):
        return
    lines: dict[str, int] = {}
    for key, value in node.value:
        name, line = str(key.value), key.start_mark.line + 1
        where = below(path, name)
        if name in lines:
            yield Finding(
                where, "every key once", f"it on line {lines[name]} and again on line {line}"
            )
        lines.setdefault(name, line)
        yield from _duplicates(value, where, above)


def read_study(path: Path, overrides: Mapping[str, Any]) -> tuple[dict[str, Any], list[Finding]]:
    """Read a study file with everything it extends, then apply the overrides.

    Mappings are merged key by key, the nearer file wins, null deletes a key; lists are replaced.
    Paths in ``plugins`` become absolute, each relative to the file that names it.
    """
    merged, findings = _read_extended(path, ())
    if "extends" in overrides:
        findings.append(Finding("extends", "this key in a file", "an override"))
    return merge(merged, overrides), findings


def _read_extended(path: Path, nearer: tuple[Path, ...]) -> tuple[dict[str, Any], list[Finding]]:
    content, findings = read_mapping(path, "extends" if nearer else "")
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
    if base is None:
        return merge({}, content), findings
    if not isinstance(base, str):
        raise StudyError(str(path), [Finding("extends", "the path of a study", repr(base))])
    extended, more = _read_extended(path.parent / base, (*nearer, path))
    return merge(extended, content), more + findings


def merge(base: Mapping[Any, Any], over: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return `base` with `over` laid on top: mappings merge, null deletes, all else replaces."""
    merged = dict(base)
    for key, value in over.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping):
            inherited = merged.get(key)
            merged[key] = merge(inherited if isinstance(inherited, Mapping) else {}, value)
        else:
            merged[key] = value
    return merged

"""Reading study files: YAML with unique keys, `extends`, and overrides from the command line."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml


class Finding(NamedTuple):
    """One thing wrong with a study: where, what is needed there, what was given."""

    path: str
    needed: str
    given: str

    def __str__(self) -> str:
        """Return the finding as one line."""
        return f"{self.path or 'study'}: need {self.needed}, got {self.given}"


class StudyError(ValueError):
    """A study that cannot be run, with every finding and not only the first."""

    def __init__(self, source: str, findings: list[Finding]) -> None:
        self.findings = list(dict.fromkeys(findings))
        lines = "\n".join(f"  {finding}" for finding in self.findings)
        count = len(self.findings)
        super().__init__(f"{source}: {count} problem{'s' if count > 1 else ''}\n{lines}")


class _UniqueKeyLoader(yaml.SafeLoader):
    """Safe YAML loader that collects duplicate keys instead of letting the last one win."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self.duplicates: list[Finding] = []

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: dict[str, int] = {}
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                continue
            line = key_node.start_mark.line + 1
            if key_node.value in seen:
                self.duplicates.append(
                    Finding(
                        key_node.value,
                        "every key once",
                        f"it on line {seen[key_node.value]} and again on line {line}",
                    )
                )
            seen.setdefault(key_node.value, line)
        return super().construct_mapping(node, deep)


def read_mapping(path: Path) -> tuple[dict[str, Any], list[Finding]]:
    """Read one YAML file; raise `StudyError` where it is no readable mapping.

    Returns
    -------
    The mapping, and its duplicate keys (of which the last value is kept, to check it as well).
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(str(path), [Finding("", "a readable UTF-8 file", str(error))]) from error
    loader = _UniqueKeyLoader(text)
    try:
        content = loader.get_single_data()
    except yaml.YAMLError as error:
        raise StudyError(
            str(path), [Finding("", "valid YAML", " ".join(str(error).split()))]
        ) from error
    finally:
        loader.dispose()
    if not isinstance(content, dict):
        raise StudyError(str(path), [Finding("", "a mapping of keys to values", repr(content))])
    return content, loader.duplicates


def read_study(path: Path, overrides: Mapping[str, Any]) -> tuple[dict[str, Any], list[Finding]]:
    """Read a study file with everything it extends, then apply the overrides.

    Mappings are merged key by key, the nearer file wins, null deletes a key; lists are replaced.
    Paths in ``plugins`` become absolute, each relative to the file that names it.
    """
    merged, findings = _read_extended(path.resolve(), ())
    return merge(merged, overrides), findings


def _read_extended(path: Path, below: tuple[Path, ...]) -> tuple[dict[str, Any], list[Finding]]:
    if path in below:
        chain = " -> ".join(one.name for one in (*below, path))
        raise StudyError(str(below[0]), [Finding("extends", "no cycle", chain)])
    content, findings = read_mapping(path)
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
    extended, more = _read_extended((path.parent / base).resolve(), (*below, path))
    return merge(extended, content), more + findings


def merge(base: Mapping[Any, Any], over: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return `base` with `over` laid on top: mappings merge, null deletes, all else replaces."""
    merged = dict(base)
    for key, value in over.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping):
            below = merged.get(key)
            merged[key] = merge(below if isinstance(below, Mapping) else {}, value)
        else:
            merged[key] = value
    return merged

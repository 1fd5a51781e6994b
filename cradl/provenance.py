"""Which source code a result depends on: the import closure of a script, hashed."""

import ast
import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path


def source_hash(root: Path, files: Sequence[Path], packages: Sequence[str]) -> str:
    """Hash the given files and every module of `packages` that they import, directly or not.

    A package's ``__init__.py`` is not followed: it only offers names again that belong to its
    modules, and following it would make everything depend on everything.

    Parameters
    ----------
    root
        Folder in which the packages lie.
    files
        Where the closure starts.
    packages
        Names of the packages to follow.

    Returns
    -------
    Hexadecimal digest of the contents, independent of where the project lies.
    """
    waiting, seen = [one.resolve() for one in files], set[Path]()
    while waiting:
        file = waiting.pop()
        if file not in seen:
            seen.add(file)
            waiting += _imported(root.resolve(), file, packages)
    digest = hashlib.sha256()
    for content in sorted(hashlib.sha256(one.read_bytes()).hexdigest() for one in seen):
        digest.update(content.encode())
    return digest.hexdigest()


def _imported(root: Path, file: Path, packages: Iterable[str]) -> list[Path]:
    """Return the modules of `packages` that one file imports anywhere in it."""
    names: list[str] = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    candidates = [
        root.joinpath(*name.split(".")).with_suffix(".py")
        for name in names
        if name.split(".")[0] in packages
    ]
    return [one for one in candidates if one.is_file()]

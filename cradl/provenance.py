"""Which source code a result depends on: the import closure of a script, hashed."""

import ast
import functools
import hashlib
from collections.abc import Sequence
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
    root = root.resolve()
    waiting, contents = [one.resolve() for one in files], dict[Path, bytes]()
    while waiting:
        file = waiting.pop()
        if file not in contents:
            contents[file] = file.read_bytes()
            waiting += _imported(root, file, contents[file], tuple(packages))
    digest = hashlib.sha256()
    for one in sorted(hashlib.sha256(content).digest() for content in contents.values()):
        digest.update(one)
    return digest.hexdigest()


@functools.cache
def _imported(
    root: Path, file: Path, content: bytes, packages: tuple[str, ...]
) -> tuple[Path, ...]:
    """Return the modules of `packages` that one file imports anywhere in it."""
    names: list[str] = []
    for node in ast.walk(ast.parse(content, str(file))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = _absolute(root, file, node)
            names += [module, *(f"{module}.{alias.name}" for alias in node.names)]
    candidates = [
        root.joinpath(*name.split(".")).with_suffix(".py")
        for name in names
        if name.split(".")[0] in packages
    ]
    return tuple(one for one in candidates if one.is_file())


def _absolute(root: Path, file: Path, node: ast.ImportFrom) -> str:
    """Return the full name of the module that a ``from`` import names."""
    if not node.level:
        return node.module or ""
    folder = file.parents[node.level - 1]
    package = folder.relative_to(root).parts if folder.is_relative_to(root) else ()
    return ".".join([*package, *([node.module] if node.module else [])])

"""Provenance: the source code that a result depends on, hashed."""

import ast
import functools
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple


def source_hash(
    root: Path, files: Sequence[Path], packages: Sequence[str], versions: Sequence[str] = ()
) -> str:
    """Hash the given files and every module that they import, directly or not.

    Modules of `packages` count, and files beside the importing one, such as a script's helpers. The
    ``__init__.py`` of a package counts wherever the package or one of its modules is imported,
    because Python runs it. What stands under ``if TYPE_CHECKING`` is never run: it counts only as
    the place of a name that the package offers lazily, for who imports that name.

    Parameters
    ----------
    root
        Folder in which the packages lie.
    files
        Where the closure starts.
    packages
        Names of the packages to follow.
    versions
        Texts that count besides, such as ``name==version`` of what is installed.

    Returns
    -------
    Hexadecimal digest of the contents, independent of where the project lies.
    """
    digest = hashlib.sha256()
    contents = [one.read_bytes() for one in closure(root, files, packages)]
    for one in sorted(hashlib.sha256(content).digest() for content in contents):
        digest.update(one)
    for text in versions:
        digest.update(text.encode())
    return digest.hexdigest()


def closure(root: Path, files: Sequence[Path], packages: Sequence[str]) -> set[Path]:
    """Return the files that `source_hash` hashes."""
    root = root.resolve()
    waiting, found = [one.resolve() for one in files], set[Path]()
    while waiting:
        file = waiting.pop()
        if file not in found:
            found.add(file)
            if file.suffix == ".py":
                waiting += _imported(root, file, file.read_bytes(), tuple(packages))
    return found


class _Imports(NamedTuple):
    """The absolute names of the modules that a file imports, and of what it takes from them.

    Attributes
    ----------
    modules
        Of ``import a.b``.
    names
        Of ``from a import b``: (a, b).
    """

    modules: list[str]
    names: list[tuple[str, str]]


@functools.cache
def _imported(
    root: Path, file: Path, content: bytes, packages: tuple[str, ...]
) -> tuple[Path, ...]:
    """Return the files of what one file imports anywhere in it."""
    run, _ = _imports(root, file, content)
    names = [*run.modules, *(module for module, _ in run.names)]
    names += [f"{module}.{name}" for module, name in run.names]
    # Whoever has a package whole may use any name that it offers.
    offered = [one for module in run.modules for _, one in _offered(root, module)]
    for module, name in run.names:
        offered += [place for known, place in _offered(root, module) if name in (known, "*")]
    found: list[Path] = []
    for name in (*names, *offered):
        if name.split(".")[0] in packages:
            found += _files(root, name)
        # A script, which is in no package, finds the scripts beside it.
        elif not file.with_name("__init__.py").is_file():
            beside = file.with_name(f"{name}.py")
            found += [beside] if beside.is_file() else []
    return tuple(dict.fromkeys(found))


def _files(root: Path, module: str) -> list[Path]:
    """Return the file of a module, if it is one, and the ``__init__.py`` of its packages."""
    parts = module.split(".")
    packages = [root.joinpath(*parts[:end], "__init__.py") for end in range(1, len(parts) + 1)]
    return [one for one in (root.joinpath(*parts).with_suffix(".py"), *packages) if one.is_file()]


def _offered(root: Path, package: str) -> list[tuple[str, str]]:
    """Return the names that a package offers lazily, each with the module that has it."""
    file = root.joinpath(*package.split("."), "__init__.py")
    if not file.is_file():
        return []
    _, typed = _imports(root, file, file.read_bytes())
    return [(name, module) for module, name in typed.names]


@functools.cache
def _imports(root: Path, file: Path, content: bytes) -> tuple[_Imports, _Imports]:
    """Return what a file imports when it runs, and under ``if TYPE_CHECKING``."""
    tree = ast.parse(content, str(file))
    typed = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and _is_type_checking(node.test)
        for one in node.body
        for inner in ast.walk(one)
    }
    found = _Imports([], []), _Imports([], [])
    for node in ast.walk(tree):
        place = found[id(node) in typed]
        if isinstance(node, ast.Import):
            place.modules.extend(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = _absolute(root, file, node)
            place.names.extend((module, alias.name) for alias in node.names)
    return found


def _is_type_checking(test: ast.expr) -> bool:
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )


def _absolute(root: Path, file: Path, node: ast.ImportFrom) -> str:
    """Return the full name of the module that a ``from`` import names."""
    if not node.level:
        return node.module or ""
    folder = file.parents[node.level - 1]
    package = folder.relative_to(root).parts if folder.is_relative_to(root) else ()
    return ".".join([*package, *([node.module] if node.module else [])])

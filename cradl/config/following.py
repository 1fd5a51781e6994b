"""What a user's Python file depends on: modules that it imports, however deep, and versions."""

import ast
import hashlib
import importlib.metadata
import re
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import NamedTuple

PROJECT = frozenset({"cradl", "theory", "paper_figures"})
"""Packages of this project, which `cradl.provenance` follows."""
_IMPORTERS = {"import_module": 0, "__import__": 0}
_UNFOLLOWED = {
    "exec": "runs code that is made while it runs",
    "eval": "runs code that is made while it runs",
    "run_path": "runs a file that no import names",
    "run_module": "runs a module that no import names",
    "spec_from_file_location": "loads a file that no import names",
    "SourceFileLoader": "loads a file that no import names",
    "getenv": "reads an environment variable: make it a key of the study",
}
_READERS = frozenset(
    {"File", "open_dataset", "load_dataset", "open_mfdataset", "read_parquet", "read_hdf"}
    | {"read_feather", "read_orc", "read_table"}
)
"""Functions that open files without Python being told."""


class Sources(NamedTuple):
    """What the plugins of a study consist of.

    Attributes
    ----------
    files
        The plugins, the user's modules that they import, and the files that they read.
    versions
        Installed packages that they import and this project does not: ``name==version``.
    digest
        SHA-256 of all contents and versions when they were loaded, wherever the files lie.
    drawing
        Those of `files` that figures alone need: plugins that import `paper_figures`, and what no
        other plugin imports.
    """

    files: tuple[Path, ...] = ()
    versions: tuple[str, ...] = ()
    digest: str = ""
    drawing: tuple[Path, ...] = ()

    def is_unchanged(self) -> bool:
        """Tell whether the files still have the contents that were loaded."""
        try:
            return digest_of(self.files, self.versions) == self.digest
        except OSError:
            return False


def digest_of(files: Sequence[Path], versions: Sequence[str]) -> str:
    """Return the SHA-256 of the contents of files, in any order, and of versions."""
    parts = sorted(hashlib.sha256(one.read_bytes()).hexdigest() for one in files)
    return hashlib.sha256(" ".join([*parts, *versions]).encode()).hexdigest()


class Followed(NamedTuple):
    """What a file depends on.

    Attributes
    ----------
    files
        The file and the user's modules that it imports, directly or not.
    versions
        Installed packages among its imports that this project does not need itself, each as
        ``name==version``.
    refused
        What cannot be followed, each with its place and reason.
    draws
        Whether one of the files imports `paper_figures`.
    """

    files: tuple[Path, ...]
    versions: tuple[str, ...]
    refused: tuple[str, ...]
    draws: bool


def followed(path: Path) -> Followed:
    """Follow the imports of a file through all modules that are not installed.

    A name is looked for beside the file first, then in ``sys.path``, as Python does for a script.
    """
    beside = str(path.resolve().parent)
    waiting, files = [path.resolve()], list[Path]()
    versions, refused, draws = set[str](), list[str](), False
    while waiting:
        file = waiting.pop()
        if file in files:
            continue
        files.append(file)
        if file.suffix != ".py":
            continue
        try:
            tree = ast.parse(file.read_bytes(), str(file))
        # Who imports it says what is wrong with it.
        except (SyntaxError, ValueError):
            continue
        refused += _unfollowed(file, tree)
        for name in _imported(file, tree):
            draws = draws or name.split(".")[0] == "paper_figures"
            found = _found(name, [beside, *sys.path])
            waiting += [one for one in found if not is_installed(one)]
            if any(map(is_installed, found)):
                versions |= _versions(name.split(".")[0])
    return Followed(tuple(files), tuple(sorted(versions)), tuple(refused), draws)


def _imported(file: Path, tree: ast.Module) -> Iterator[str]:
    """Yield the full names of all modules that may be imported anywhere in a file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level:
                package = [*_package(file), ""][: -node.level]
                module = ".".join([*filter(None, package), *filter(None, [module])])
            if module:
                yield module
            yield from (f"{module}.{alias.name}".lstrip(".") for alias in node.names)
        elif isinstance(node, ast.Call) and _name(node.func) in _IMPORTERS:
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def _package(file: Path) -> list[str]:
    """Return the names of the packages in which a file lies, outermost first."""
    names: list[str] = []
    folder = file.parent
    while folder.joinpath("__init__.py").is_file():
        names.insert(0, folder.name)
        folder = folder.parent
    return names


def _found(name: str, places: Sequence[str]) -> list[Path]:
    """Return the files of a module and of the packages above it; of the project's own, none."""
    top, *inner = name.split(".")
    if top in PROJECT or top in sys.stdlib_module_names:
        return []
    found: list[Path] = []
    spec = _spec(top, places)
    for depth in range(len(inner) + 1):
        if spec is None:
            break
        if spec.origin and Path(spec.origin).is_file():
            found.append(Path(spec.origin).resolve())
        within = spec.submodule_search_locations
        if depth == len(inner) or within is None:
            break
        spec = _spec(".".join([top, *inner[: depth + 1]]), list(within))
    return found


def _spec(name: str, places: Sequence[str]) -> ModuleSpec | None:
    try:
        return PathFinder.find_spec(name, places)
    except (ImportError, ValueError, OSError):
        return None


@cache
def _installed_places() -> tuple[Path, ...]:
    kinds = ("stdlib", "platstdlib", "purelib", "platlib")
    return tuple({Path(sysconfig.get_path(one)).resolve() for one in kinds})


def is_installed(file: Path) -> bool:
    """Tell whether a file belongs to Python or to an installed package."""
    inside = any(one in file.parents for one in _installed_places())
    return inside or bool({"site-packages", "dist-packages"} & {*file.parts})


@cache
def _versions(top: str) -> set[str]:
    """Return the versions of the packages that a module comes from, but for those needed here."""
    needed = {_plain(re.split(r"[^\w.-]", one)[0]) for one in _requirements()}
    return {
        f"{one}=={importlib.metadata.version(one)}"
        for one in importlib.metadata.packages_distributions().get(top, ())
        if _plain(one) not in needed
    }


def _requirements() -> list[str]:
    try:
        listed = importlib.metadata.requires("cradl") or []
        return [one for one in listed if "extra ==" not in one]
    except importlib.metadata.PackageNotFoundError:
        return []


def _plain(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _unfollowed(file: Path, tree: ast.Module) -> Iterator[str]:
    """Yield what in a file no hash can cover, with its line and the reason."""
    for node in ast.walk(tree):
        where = f"line {getattr(node, 'lineno', 0)} of {file.name}"
        if isinstance(node, ast.Attribute) and node.attr == "environ":
            yield f"{where}, which reads the environment: make it a key of the study"
        if not isinstance(node, ast.Call):
            continue
        name = _name(node.func)
        constant = bool(node.args) and isinstance(node.args[0], ast.Constant)
        method = isinstance(node.func, ast.Attribute)
        if name in _IMPORTERS and not constant:
            yield f"{where}, which imports a module whose name is made while it runs"
        elif name in _UNFOLLOWED and not (name in ("exec", "eval") and (constant or method)):
            yield f"{where}, which {_UNFOLLOWED[name]}"
        elif name in _READERS and constant:
            yield f"{where}, which reads a file: name it by cradl.input_file(__file__, ...)"

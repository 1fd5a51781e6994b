"""A user's own Python files, which add rows to the tables of rules, attacks, methods and so on.

The rows are there while a study that names the files is the last that was loaded. A file that was
edited is loaded again.
"""

import contextlib
import importlib.util
import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cradl.config.findings import Findings
from cradl.config.following import Sources, digest_of, followed, is_installed
from cradl.config.watching import Unfollowed, loaded, named_files, watch
from cradl.rows import TABLES, Row, Table


@dataclass
class _Loaded:
    """The plugins that are loaded in this process, and what to take back when they end."""

    paths: tuple[Path, ...]
    before: set[str] = field(default_factory=lambda: {*sys.modules})
    tables: list[tuple[Table[Any], dict[str, Row]]] = field(
        default_factory=lambda: [(one, dict(one)) for one in TABLES]
    )
    search: list[str] = field(default_factory=list)
    sources: Sources = field(default_factory=Sources)

    def known(self) -> list[tuple[Table[Any], Mapping[str, Row]]]:
        """Return every table with the rows that are no plugin's.

        Of a table that a plugin was the first to import, those that it came with.
        """
        return [*self.tables, *((one, one.own) for one in TABLES[len(self.tables) :])]

    def modules(self) -> dict[str, Path]:
        """Return the files of the modules beside the plugins that were not there before."""
        places = {Path(one) for one in self.search}
        found = {}
        for name in {*sys.modules} - self.before:
            origin = getattr(sys.modules[name], "__file__", None)
            file = Path(origin).resolve() if origin else None
            if file and file.is_file() and places & {*file.parents}:
                found[name] = file
        return found

    def end(self) -> None:
        """Take back rows, modules and places to look for modules."""
        for table, known in self.known():
            table.restore(known)
        for name, file in self.modules().items():
            if not is_installed(file):
                del sys.modules[name]
        for place in self.search:
            with contextlib.suppress(ValueError):
                sys.path.remove(place)
        watch(())


_active: list[_Loaded] = []
"""The plugins of the study that was loaded last; empty if it has none."""


def load_plugins(paths: Sequence[str], findings: Findings) -> Sources:
    """Run each file in this process, unless it is there unchanged; end all others.

    What goes wrong with a file, and what it does that no hash of sources can cover, are findings.
    """
    there = [path for path in dict.fromkeys(paths) if _is_file(path, findings)]
    # A study and one that it extends may name the same file in two ways.
    wanted = tuple(dict.fromkeys(Path(one).resolve() for one in there))
    if _active and wanted == _active[0].paths and _active[0].sources.is_unchanged():
        return _active[0].sources
    while _active:
        _active.pop().end()
    if not there:
        return Sources()
    count, loading = len(findings), _Loaded(wanted)
    watch(wanted)
    for path in wanted:
        rows = _added_rows()
        _load(path, loading, findings)
        if (added := _added_rows() - rows) and followed(path).draws:
            needed = f"a file without figures for rows of runs ({path.name} imports paper_figures)"
            findings.add("plugins", needed, ", ".join(sorted(added)))
    loading.sources = _sources(wanted, loading, findings)
    if len(findings) > count:
        loading.end()
        return Sources()
    _active.append(loading)
    return loading.sources


def _sources(paths: Sequence[Path], loading: _Loaded, findings: Findings) -> Sources:
    """Return what loaded plugins consist of; record what they do that cannot be followed."""
    for table, known in loading.known():
        for name, row in known.items():
            if table.get(name) is not row:
                findings.add("plugins", "rows of this project as they are", row.key)
    found = [followed(path) for path in paths]
    for one in dict.fromkeys(told for each in found for told in each.refused):
        findings.add("plugins", "code whose sources can be followed", one)
    files = dict.fromkeys(file for each in found for file in each.files)
    for told in loaded(files):
        findings.add("plugins", *told.removeprefix("need ").split(", got ", 1))
    for name, file in sorted(loading.modules().items()):
        if file not in files and not is_installed(file):
            given = f"{name} ({file.name}), which none names"
            findings.add("plugins", "modules that an import statement names", given)
    versions = sorted({version for each in found for version in each.versions})
    everything = tuple(dict.fromkeys([*files, *named_files()]))
    running = {file for each in found if not each.draws for file in each.files}
    drawing = tuple(file for file in files if file not in running)
    return Sources(everything, tuple(versions), digest_of(everything, versions), drawing)


def _added_rows() -> set[str]:
    """Return the rows that no table came with."""
    return {f"{table.title}[{name!r}]" for table in TABLES for name in table.keys() - table.own}


def _is_file(path: str, findings: Findings) -> bool:
    if not Path(path).is_file():
        findings.add("plugins", "an existing Python file", repr(path))
        return False
    if Path(path).suffix != ".py":
        findings.add("plugins", "a file whose name ends in .py", repr(path))
        return False
    return True


def _load(path: Path, loading: _Loaded, findings: Findings) -> None:
    """Run a file, named by its whole path; modules beside it can be imported, as by a script."""
    name = f"cradl_plugin_{path.as_posix()}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        findings.add("plugins", "a file that Python can load", repr(str(path)))
        return
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    place = str(path.parent)
    sys.path.insert(0, place)
    loading.search.append(place)
    importlib.invalidate_caches()
    # Compiled files are told from edited ones by size and second: none are written.
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        with contextlib.redirect_stdout(sys.stderr):
            spec.loader.exec_module(module)
    # Among the offences already.
    except Unfollowed:
        pass
    # The file is the user's: whatever it raises is a finding, told with the others.
    except (Exception, SystemExit) as error:
        line = _line_of(error, path)
        given = f"{type(error).__name__}{line}: {' '.join(str(error).split())}"
        findings.add("plugins", f"{path.name} to import", given)
    finally:
        sys.dont_write_bytecode = writes


def _line_of(error: BaseException, path: Path) -> str:
    """Return where in the file an error was raised, if it was there."""
    frames = [one for one in traceback.extract_tb(error.__traceback__) if one.filename == str(path)]
    return f" on line {frames[-1].lineno}" if frames else ""


def require_plugins(paths: Sequence[str]) -> None:
    """Run each file; raise `StudyError` if one does not run."""
    findings = Findings()
    load_plugins(paths, findings)
    findings.refuse("plugins")

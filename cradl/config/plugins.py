"""A user's own Python files, which add rows to the tables of rules, attacks, methods and so on."""

import importlib.util
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from cradl.config.findings import Findings


def load_plugins(paths: Sequence[str], findings: Findings) -> None:
    """Run each file once in this process; record what goes wrong with any of them."""
    for path in paths:
        if not Path(path).is_file():
            findings.add("plugins", "an existing Python file", repr(path))
            continue
        name = f"cradl_plugin_{Path(path).resolve().as_posix()}"
        if name in sys.modules:
            continue
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            findings.add("plugins", "a file whose name ends in .py", repr(path))
            continue
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
        # The file is the user's: whatever it raises is a finding, told with the others.
        except (Exception, SystemExit) as error:
            del sys.modules[name]
            line = _line_of(error, path)
            given = f"{type(error).__name__}{line}: {' '.join(str(error).split())}"
            findings.add("plugins", f"{Path(path).name} to import", given)


def _line_of(error: BaseException, path: str) -> str:
    """Return where in the file an error was raised, if it was there."""
    frames = [one for one in traceback.extract_tb(error.__traceback__) if one.filename == path]
    return f" on line {frames[-1].lineno}" if frames else ""


def require_plugins(paths: Sequence[str]) -> None:
    """Run each file; raise `StudyError` if one does not run."""
    findings = Findings()
    load_plugins(paths, findings)
    findings.refuse("plugins")

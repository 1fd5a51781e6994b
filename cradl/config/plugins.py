"""A user's own Python files, which add rows to the tables of rules, attacks, methods and so on."""

import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path

from cradl.config.files import Finding, StudyError


def load_plugins(paths: Sequence[str]) -> list[Finding]:
    """Run each file once in this process; return what went wrong with any of them."""
    findings = []
    for path in paths:
        if not Path(path).is_file():
            findings.append(Finding("plugins", "an existing Python file", repr(path)))
            continue
        name = f"cradl_plugin_{Path(path).resolve().as_posix()}"
        if name in sys.modules:
            continue
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            findings.append(Finding("plugins", "a file whose name ends in .py", repr(path)))
            continue
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
        # The file is the user's: whatever it raises is a finding, told with the others.
        except (Exception, SystemExit) as error:
            del sys.modules[name]
            given = f"{type(error).__name__}: {' '.join(str(error).split())}"
            findings.append(Finding("plugins", f"{Path(path).name} to import", given))
    return findings


def require_plugins(paths: Sequence[str]) -> None:
    """Run each file; raise `StudyError` where one does not run."""
    findings = load_plugins(paths)
    if findings:
        raise StudyError("plugins", findings)

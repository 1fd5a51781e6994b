"""The tests under every Python that the project supports and this machine has.

``python tests/pythons/run.py [--python 3.12] [PATH ...]`` installs the lock and a clone of HEAD in
a fresh environment for each, and runs the given tests; without paths, those that start no workflow.
Interpreters are sought on the path, in pyenv and with uv. The exit code is 1 if tests fail, and 77
if no interpreter is found.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
VERSIONS = ("3.11", "3.12", "3.13", "3.14")
FAST = ("tests/cradl", "tests/paper_figures", "tests/house")
SUMMARY = re.compile(r"^=* ?(\d+ (?:passed|failed|error).*?) in [\d.:]+.*$", re.MULTILINE)


def candidates(version: str) -> Iterator[str]:
    """Yield commands that may be an interpreter of this version."""
    yield f"python{version}"
    yield f"/usr/bin/python{version}"
    pyenv = Path(os.getenv("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from map(str, sorted(pyenv.glob(f"versions/{version}.*/bin/python"), reverse=True))
    if uv := shutil.which("uv"):
        found = subprocess.run([uv, "python", "find", version], capture_output=True, text=True)
        yield found.stdout.strip()


def interpreter(version: str) -> str | None:
    """Return the path of an interpreter that runs and is of this version; None if none is here."""
    told = "import sys; print(sys.executable, '%d.%d' % sys.version_info[:2])"
    for command in filter(shutil.which, candidates(version)):
        done = subprocess.run([command, "-c", told], capture_output=True, text=True)
        if done.returncode == 0 and done.stdout.split()[-1] == version:
            return done.stdout.rsplit(maxsplit=1)[0]
    return None


def outcome(python: str, folder: Path, paths: Sequence[str]) -> str:
    """Install and test with one interpreter; return pytest's summary or the step that failed."""
    environment = folder / "environment"
    inside = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    inside["PATH"] = os.pathsep.join([str(environment / "bin"), os.environ["PATH"]])
    pip = [environment / "bin" / "python", "-m", "pip", "install", "--quiet"]
    steps = {
        "clone": ["git", "clone", "--quiet", ROOT, folder / "clone"],
        "environment": [python, "-m", "venv", environment],
        "install": [*pip, "--require-hashes", "-r", "requirements.lock"],
        "install cradl": [*pip, "--no-deps", "--no-build-isolation", "-e", "."],
        "tests": [environment / "bin" / "python", "-m", "pytest", "-q", *paths],
    }
    for name, command in steps.items():
        where = folder if name in ("clone", "environment") else folder / "clone"
        done = subprocess.run(command, cwd=where, env=inside, capture_output=True, text=True)
        if done.returncode:
            print(done.stdout[-4000:], done.stderr[-4000:], sep="\n", file=sys.stderr)
            found = SUMMARY.findall(done.stdout) if name == "tests" else []
            return f"failed: {found[-1] if found else name}"
    found = SUMMARY.findall(done.stdout)
    return f"passed: {found[-1]}" if found else "failed: no test ran"


def main(arguments: Sequence[str]) -> int:
    """Print the table and return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("paths", nargs="*", default=FAST, help="tests to run")
    parser.add_argument("--python", action="append", choices=VERSIONS, help="one version alone")
    given = parser.parse_args(arguments)
    rows = {}
    for version in given.python or VERSIONS:
        python = interpreter(version)
        with tempfile.TemporaryDirectory() as folder:
            rows[version] = outcome(python, Path(folder), given.paths) if python else "not here"
        print(f"{version:6}{rows[version]}", flush=True)
    if any(row.startswith("failed") for row in rows.values()):
        return 1
    return 0 if any(row.startswith("passed") for row in rows.values()) else 77


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

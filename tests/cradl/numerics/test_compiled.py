"""What is compiled once is used again, but never for other loops than those of the files."""

import ast
import importlib
import inspect
import pkgutil
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import cradl.numerics

ROOT = Path(__file__).parents[3]
# Its loop stands in one file, and calls one of another file.
RUN = """
import numpy as np
from cradl.numerics.diagnostics import diagnose
found = np.zeros(7)
rows = np.random.default_rng(0).normal(size=(40, 24))
diagnose(rows[:8].copy(), rows[0].copy(), np.ones(40), rows, np.zeros(24), found)
print(found.tobytes().hex())
"""


def run(folder: Path) -> tuple[str, int]:
    """Run in a copy of the package; return what is printed and the number of files compiled."""
    code = [sys.executable, "-c", RUN]
    done = subprocess.run(
        code, cwd=folder, env={"PATH": ""}, capture_output=True, text=True, check=True
    )
    return done.stdout, len(list(folder.rglob("*.nbc")))


def test_an_edit_of_a_loop_reaches_those_that_call_it(tmp_path):
    shutil.copytree(
        ROOT / "cradl", tmp_path / "cradl", ignore=shutil.ignore_patterns("__pycache__")
    )
    first, compiled = run(tmp_path)
    assert compiled
    # Loaded, it does bit for bit what it did compiled.
    assert run(tmp_path) == (first, compiled)
    file = tmp_path / "cradl" / "numerics" / "kernels.py"
    text = file.read_text(encoding="utf-8")
    file.write_text(f"{text}\n# edited\n", encoding="utf-8")
    again, more = run(tmp_path)
    assert again == first
    assert more > compiled


def test_what_is_kept_and_damaged_is_compiled_anew(tmp_path):
    folder = tmp_path / "kept"

    def printed(**more: str) -> str:
        code = [sys.executable, "-c", RUN]
        environment = {"PATH": "", "NUMBA_CACHE_DIR": str(folder), **more}
        return subprocess.run(
            code, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        ).stdout

    first = printed()
    for damage in (b"", b"\x80\x04", bytes(range(256)) * 20):
        files = [*folder.rglob("*.nbi"), *folder.rglob("*.nbc")]
        assert files
        for file in files:
            file.write_bytes(damage)
        assert printed() == first
    # Nothing below a folder that no one can write: neither there nor among temporary files.
    nowhere = "/dev/null/nowhere"
    assert printed(NUMBA_CACHE_DIR=nowhere, TMPDIR=nowhere, HOME=nowhere) == first


MODULES = [f"cradl.numerics.{one.name}" for one in pkgutil.iter_modules(cradl.numerics.__path__)]


@pytest.mark.parametrize("name", [*MODULES, "cradl.engine.stages"])
def test_no_loop_has_a_power(name):
    # What numba makes of it depends on which loop was compiled first.
    for function in vars(importlib.import_module(name)).values():
        if hasattr(function, "py_func"):
            tree = ast.parse(inspect.getsource(function.py_func))
            assert not [one for one in ast.walk(tree) if isinstance(one, ast.Pow)], function

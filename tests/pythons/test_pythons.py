"""Interpreters are found by running them; a run of tests is read from pytest's last line."""

import os
import subprocess
import sys

import pytest
from pythons import run


def told(path, version):
    """Write a command that says it is a Python of some version."""
    path.write_text(f"#!/bin/sh\necho {path} {version}\n", encoding="utf-8")
    path.chmod(0o755)


def test_an_interpreter_is_of_the_version_that_it_tells(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", os.pathsep.join([str(tmp_path), os.environ["PATH"]]))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    told(tmp_path / "python3.99", "3.98")
    assert run.interpreter("3.99") is None
    # A shim for a version that is not installed, and then the version itself.
    (tmp_path / "python3.99").write_text("#!/bin/sh\nexit 127\n", encoding="utf-8")
    assert run.interpreter("3.99") is None
    folder = tmp_path / "versions" / "3.99.1" / "bin"
    folder.mkdir(parents=True)
    told(folder / "python", "3.99")
    assert run.interpreter("3.99") == str(folder / "python")


@pytest.mark.parametrize(
    ("body", "code", "summary"),
    [
        ("def test_it():\n    pass\n", 0, "1 passed"),
        ("def test_it():\n    assert False\n", 1, "1 failed"),
        ("", 5, None),
    ],
)
def test_the_last_line_of_pytest_is_read(tmp_path, body, code, summary):
    (tmp_path / "test_planted.py").write_text(body, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "--rootdir", tmp_path]
    done = subprocess.run([*command, tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == code
    found = run.SUMMARY.findall(done.stdout)
    assert (found[-1] if found else None) == summary


def test_a_version_that_nobody_supports_is_refused():
    done = subprocess.run(
        [sys.executable, run.__file__, "--python", "2.7"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "invalid choice: '2.7'" in done.stderr

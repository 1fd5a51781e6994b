"""The hash of a script covers what the script imports from the project, and nothing else."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from cradl.provenance import closure, source_hash

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "workflow" / "scripts"
PACKAGES = ("cradl", "theory", "paper_figures")

PROJECT = {
    "run.py": "from lib import direct\nimport numpy\n",
    "lib/__init__.py": (
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from lib.unused import lazy\n    from lib.late import other\n"
    ),
    "lib/direct.py": "from lib.indirect import value\n",
    "lib/indirect.py": "value = 1\n",
    "lib/unused.py": "value = 2\n",
    "lib/late.py": "",
    "lib/sub/__init__.py": "",
    "lib/sub/deep.py": "",
    "lib/sub/beside.py": "",
    "other/__init__.py": "",
    "other/module.py": "",
}


def make(folder: Path, **files: str) -> Path:
    """Write `PROJECT` with other contents of some files."""
    for name, content in (PROJECT | files).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return folder


def hash_of(project: Path, *more: str) -> str:
    return source_hash(project, [project / "run.py", *(project / one for one in more)], ["lib"])


def depends(folder: Path, name: str, **files: str) -> bool:
    """Tell whether the hash of run.py changes with the content of a file."""
    project = make(folder, **files)
    before = hash_of(project)
    with (project / name).open("a", encoding="utf-8") as file:
        file.write("# edited\n")
    return hash_of(project) != before


@pytest.mark.parametrize("name", ["run.py", "lib/direct.py", "lib/indirect.py", "lib/__init__.py"])
def test_what_is_imported_directly_or_not_counts(tmp_path, name):
    assert depends(tmp_path, name)


def test_what_the_package_only_offers_does_not(tmp_path):
    assert not depends(tmp_path, "lib/unused.py")


@pytest.mark.parametrize(
    ("statement", "counts"),
    [
        ("from lib import lazy", {"unused"}),
        ("from lib import lazy, other", {"unused", "late"}),
        ("from lib import *", {"unused", "late"}),
        ("import lib", {"unused", "late"}),
        ("import lib.direct", set()),
        ("from lib import direct", set()),
    ],
)
def test_a_name_that_the_package_offers_counts_where_it_is_imported(tmp_path, statement, counts):
    files = {"run.py": f"{statement}\n"}
    for name in ("unused", "late"):
        assert depends(tmp_path / name, f"lib/{name}.py", **files) == (name in counts)


def test_what_a_package_imports_itself_ties_its_modules_together(tmp_path):
    files = {"lib/__init__.py": "from lib import late\n"}
    assert depends(tmp_path, "lib/late.py", **files)


def test_the_packages_around_a_module_count(tmp_path):
    files = {"run.py": "import lib.sub.deep\n"}
    assert depends(tmp_path, "lib/sub/__init__.py", **files)


def loaded(script: str) -> set[Path]:
    """Return the files of the project that Python has run when it has imported what a script does.

    The imports inside functions are run too.
    """
    tree = ast.parse((SCRIPTS / script).read_text(encoding="utf-8"))
    imports = [one for one in ast.walk(tree) if isinstance(one, ast.Import | ast.ImportFrom)]
    lines = "\n".join(ast.unparse(one) for one in imports)
    code = f"""
import sys
sys.path[:0] = [{str(SCRIPTS)!r}, {str(ROOT)!r}]
{lines}
print(*(one.__file__ for one in sys.modules.values() if getattr(one, "__file__", None)), sep="\\n")
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True
    )
    files = [Path(one).resolve() for one in done.stdout.splitlines()]
    return {one for one in files if any(one.is_relative_to(ROOT / name) for name in PACKAGES)}


@pytest.mark.parametrize("script", sorted(path.name for path in SCRIPTS.glob("*.py")))
def test_every_module_that_a_script_reaches_is_in_its_hash(script):
    assert loaded(script) <= closure(ROOT, [SCRIPTS / script], PACKAGES)


def test_other_packages_do_not(tmp_path):
    assert not depends(tmp_path, "other/module.py", **{"run.py": "import other.module\n"})


@pytest.mark.parametrize(
    "statement",
    [
        "import lib.late",
        "import lib.late as late, sys",
        "from lib import late",
        "from lib import direct, late as other",
        "from lib.late import value",
        "def function():\n    from lib import late\n",
        "class Class:\n    def method(self):\n        if self:\n            import lib.late\n",
        "try:\n    import lib.late\nexcept ImportError:\n    pass\n",
    ],
)
def test_every_form_and_place_of_an_import_counts(tmp_path, statement):
    assert depends(tmp_path, "lib/late.py", **{"lib/indirect.py": f"{statement}\n"})


@pytest.mark.parametrize(
    ("importer", "statement", "imported"),
    [
        ("lib/direct.py", "from . import late", "lib/late.py"),
        ("lib/direct.py", "from .late import value", "lib/late.py"),
        ("lib/direct.py", "from .sub import deep", "lib/sub/deep.py"),
        ("lib/direct.py", "from .sub.deep import value", "lib/sub/deep.py"),
        ("lib/sub/deep.py", "from . import beside", "lib/sub/beside.py"),
        ("lib/sub/deep.py", "from .. import late", "lib/late.py"),
        ("lib/sub/deep.py", "from ..late import value", "lib/late.py"),
    ],
)
def test_relative_imports_count(tmp_path, importer, statement, imported):
    files = {"run.py": "import lib.direct, lib.sub.deep\n", importer: f"{statement}\n"}
    assert depends(tmp_path, imported, **files)


def test_a_relative_import_outside_the_project_is_none_of_its_modules(tmp_path):
    project = make(tmp_path / "project")
    plugin = tmp_path / "lib" / "plugin.py"
    plugin.parent.mkdir()
    plugin.write_text("from . import late\n", encoding="utf-8")
    before = source_hash(project, [plugin], ["lib"])
    (project / "lib" / "late.py").write_text("value = 3\n", encoding="utf-8")
    assert source_hash(project, [plugin], ["lib"]) == before


def test_imports_in_a_circle_end(tmp_path):
    assert depends(tmp_path, "lib/late.py", **{"lib/indirect.py": "import lib.late, lib.direct\n"})


def test_the_place_of_the_project_does_not_matter(tmp_path, monkeypatch):
    here, there = make(tmp_path / "here"), make(tmp_path / "there" / "deeper")
    assert hash_of(here) == hash_of(there)
    link = tmp_path / "link"
    link.symlink_to(here)
    assert hash_of(link, "lib/direct.py") == hash_of(here)
    monkeypatch.chdir(here)
    assert source_hash(Path(), [Path("run.py")], ["lib"]) == hash_of(here)


def test_a_file_named_and_imported_counts_once(tmp_path):
    project = make(tmp_path)
    assert hash_of(project, "lib/direct.py") == hash_of(project)
    assert hash_of(project, "lib/late.py") != hash_of(project)


def test_any_encoding_that_python_reads(tmp_path):
    project = make(tmp_path)
    before = hash_of(project)
    (project / "run.py").write_bytes(b"# -*- coding: latin-1 -*-\nfrom lib import direct  # \xe4\n")
    assert hash_of(project) != before

"""The documentation builds without a network, and what it tells to run runs."""

import contextlib
import io
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

import cradl
from cradl import store
from cradl.config.resolving import load_study
from cradl.results.statistics import summary
from paper_figures.drawing.values import values
from paper_figures.kinds import FIGURES

ROOT = Path(__file__).parents[2]
SITE = ROOT / "docs" / "site"
PAGES = sorted(path.relative_to(SITE).as_posix() for path in SITE.rglob("*.md"))
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"# (config/[\w.]+)\n")
TABLE = re.compile(r"^<!-- (config/[\w.]+) -->\n```text\n(.*?)^```", re.MULTILINE | re.DOTALL)
PRINTS = re.compile(
    r"^```python\n([^`]*?)^```\n(?:\n```text\n(.*?)^```)?", re.MULTILINE | re.DOTALL
)
PIPELINE = ("Snakefile", "environment.yml", "config", "cradl", "paper_figures", "profiles")
PIPELINE += ("theory", "workflow")
ELSEWHERE = re.compile(r"<(?:script|link|img|iframe|source)\b[^>]*(?:src|href)=\"(?:https?:)?//")


def blocks(page, *kinds):
    """Return the code of a page as (language, code)."""
    text = (SITE / page).read_text(encoding="utf-8")
    return [found for found in BLOCK.findall(text) if found[0] in kinds]


@pytest.fixture
def project(tmp_path):
    """Return a function that copies the project and saves in it the files that a page names."""

    def save(page):
        folder = tmp_path / "project"
        for name in PIPELINE:
            source = ROOT / name
            skipped = shutil.ignore_patterns("__pycache__")
            copy = shutil.copytree if source.is_dir() else shutil.copy
            folder.mkdir(exist_ok=True)
            copy(source, folder / name, **({"ignore": skipped} if source.is_dir() else {}))
        saved = []
        for name, text in TABLE.findall((SITE / page).read_text(encoding="utf-8")):
            (folder / name).write_text(text, encoding="utf-8")
        for _, code in blocks(page, "python", "yaml"):
            if named := NAMED.match(code):
                path = folder / named[1]
                assert not path.exists(), f"{named[1]} is there already"
                path.write_text(code, encoding="utf-8")
                saved.append(path)
        return folder, saved

    return save


def run(folder, *command):
    """Run a command; return all that it printed."""
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_every_kind_of_code_is_one_that_is_tested_or_plain_text():
    for page in PAGES:
        fences = re.findall(r"^```(\w+)", (SITE / page).read_text(encoding="utf-8"), re.MULTILINE)
        assert set(fences) <= {"bash", "python", "r", "yaml", "text"}, page


def test_the_tutorial_shows_the_first_study_as_it_is():
    first = (ROOT / "config" / "first.yaml").read_text(encoding="utf-8")
    assert first in [code for _, code in blocks("tutorial.md", "yaml")]


WITH_STUDIES = [
    page for page in PAGES if any(NAMED.match(code) for _, code in blocks(page, "python", "yaml"))
]


@pytest.mark.parametrize("page", WITH_STUDIES)
def test_studies_of_a_page_load_and_run(project, page):
    _folder, saved = project(page)
    studies = [path for path in saved if path.suffix == ".yaml"]
    assert studies
    for path in studies:
        study = load_study(path)
        assert study.name == path.stem
        for results in cradl.run(path, trials=1).stores.values():
            assert results["loss"].notnull().all()
            for figure in study.figures.values():
                if figure.draw in FIGURES:
                    _check_drawn(FIGURES[figure.draw], results)
        used = {curve.aggregator for _, curve in study.curves()}
        used |= {curve.attack["name"] for _, curve in study.curves()}
        assert used


def _check_drawn(draw, results):
    """Draw the page's own figure from a run."""
    panel = summary(results)
    figure = draw([panel])
    (ax,) = figure.axes
    lengths = [bar.get_width() for bar in ax.patches]
    np.testing.assert_array_equal(lengths, panel["excess_loss"][:, -1])
    np.testing.assert_array_equal(values(figure)["mean"], lengths)


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "bash")])
def test_commands_of_a_page_run(project, page):
    folder, _ = project(page)
    for line in "".join(code for _, code in blocks(page, "bash")).splitlines():
        program, *arguments = shlex.split(line)
        if program == "snakemake":
            dry = [sys.executable, "-m", "snakemake", *arguments, "-n"]
            assert "This was a dry-run" in run(folder, *dry), line
        else:
            assert program == "python", line
            run(folder, sys.executable, *arguments)


NOTEBOOK = "howto/notebook.md"


@pytest.mark.parametrize(
    "page", [page for page in PAGES if blocks(page, "python") and page != NOTEBOOK]
)
def test_python_of_a_page_that_is_no_file_runs(page, tmp_path):
    code = "".join(code for _, code in blocks(page, "python") if not NAMED.match(code))
    if not code:
        pytest.skip("all of it is files, which other tests run")
    run(tmp_path, sys.executable, "-c", code)


@pytest.fixture
def cells(project, monkeypatch):
    """Return what the cells of the page about notebooks run and print, in a folder with results."""
    folder, saved = project(NOTEBOOK)
    (study,) = saved
    stores = cradl.run(study).stores
    for name, one in stores.items():
        place = folder / "results" / study.stem / "simulate" / f"{name}.nc"
        store.write(one, place, config={}, source="")
    monkeypatch.chdir(folder)
    return PRINTS.findall((SITE / NOTEBOOK).read_text(encoding="utf-8"))


def test_the_page_about_notebooks_prints_what_it_shows(cells):
    names = {}
    for code, printed in cells:
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(code, names)
        assert out.getvalue() == printed


def test_a_notebook_runs_and_shows_the_figure(cells):
    nbformat = pytest.importorskip("nbformat", reason="of the test extra")
    nbclient = pytest.importorskip("nbclient", reason="of the test extra")
    pytest.importorskip("ipykernel", reason="of the notebook extra")
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(code) for code, _ in cells]
    )
    nbclient.NotebookClient(notebook, timeout=300).execute()
    shown = [out.get("data", {}) for cell in notebook.cells for out in cell.outputs]
    assert sum("image/png" in one for one in shown) == 1


def test_profiles_name_options_that_snakemake_has():
    text = run(ROOT, sys.executable, "-m", "snakemake", "--help")
    paths = sorted((ROOT / "profiles").glob("*/profile.yaml"))
    assert [path.parent.name for path in paths] == ["default", "slurm"]
    for path in paths:
        for key in yaml.safe_load(path.read_text("utf-8")):
            assert f"--{key}" in text, f"{path.parent.name}: {key}"


def test_the_site_builds_without_a_warning_and_loads_nothing_from_elsewhere(tmp_path):
    pytest.importorskip("sphinx", reason="of the docs extra")
    pytest.importorskip("furo", reason="of the docs extra")
    pytest.importorskip("myst_parser", reason="of the docs extra")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html"]
    run(ROOT, *command, "-d", str(tmp_path / "cache"), str(SITE), str(tmp_path / "site"))
    built = {path.relative_to(tmp_path / "site").as_posix() for path in tmp_path.rglob("*.html")}
    assert {page.replace(".md", ".html") for page in PAGES} <= built
    for path in (tmp_path / "site").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not ELSEWHERE.search(text), path.name
    theory = (tmp_path / "site" / "explanation" / "theory.html").read_text(encoding="utf-8")
    assert "<math" in theory

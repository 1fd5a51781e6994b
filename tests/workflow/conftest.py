"""Two finished runs of the tiny study, shared by all tests of the pipeline."""

import shutil
import time
from pathlib import Path

import pandas as pd
import pytest
from html_tables import Page
from tiny_study import copy_pipeline, snakemake, write_study


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> tuple[Path, str]:
    """Run the study with two cores; return its folder and what was printed.

    The processes of one test session share the run: whoever comes first makes it.
    """
    alone = worker_id == "master"
    base = tmp_path_factory.getbasetemp() if alone else tmp_path_factory.getbasetemp().parent
    folder, printed = base / "finished", base / "finished.txt"
    try:
        folder.mkdir()
    except FileExistsError:
        while not printed.exists():
            time.sleep(0.5)
    else:
        told = "1\nneed a finished run of the tiny study, got an error in the test that made it"
        try:
            write_study(folder)
            code, output = snakemake(folder, "--cores", "2")
            told = f"{code}\n{output}"
        finally:
            # Others wait for it, whatever became of the run.
            unnamed = printed.with_suffix(".part")
            unnamed.write_text(told, encoding="utf-8")
            unnamed.rename(printed)
    code, _, output = printed.read_text(encoding="utf-8").partition("\n")
    assert code == "0", output
    return folder, output


@pytest.fixture(scope="session")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Run the same study in a copy of the project, in one core and in unlike surroundings.

    Returns the copy and the folder of the run.
    """
    base = tmp_path_factory.mktemp("elsewhere")
    project, folder = base / "a copy of the project", base / "run"
    copy_pipeline(project)
    write_study(folder, chunks=1)
    for package in ("cradl", "theory", "paper_figures"):
        another = base / "installed" / package / "__init__.py"
        another.parent.mkdir(parents=True)
        another.write_text("raise ImportError('another copy of the project')\n", encoding="utf-8")
    settings = base / "matplotlibrc"
    settings.write_text(
        "text.usetex: True\nsavefig.bbox: tight\nfigure.dpi: 57\n", encoding="utf-8"
    )
    code, output = snakemake(
        folder,
        "--cores",
        "1",
        project=project,
        environment={
            "LC_ALL": "C",
            "TZ": "Pacific/Auckland",
            "SOURCE_DATE_EPOCH": "1",
            "MATPLOTLIBRC": str(settings),
            "MPLBACKEND": "module://not_there",
            "PYTHONHASHSEED": "1",
            "PYTHONPATH": str(base / "installed"),
            "PYTHONDONTWRITEBYTECODE": "",
            "NUMBA_CACHE_DIR": str(base / "numba"),
        },
    )
    assert code == 0, output
    return project, folder


PATIENCE = 300_000
"""Milliseconds after which what a page is asked for will not come any more."""
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# Chromium asks its maker's hosts for updates otherwise; --no-sandbox is for root in a container.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="module")
def results(request):
    """Return the folder of results whose report is examined."""
    given = request.config.getoption("--results")
    if given is not None:
        path = Path(given).resolve()
        if not (path / "report" / "index.html").is_file():
            raise pytest.UsageError(f"need results/<study> of a finished study, got {given}")
        return path
    folder, _ = request.getfixturevalue("finished")
    return folder / "results" / "tiny"


@pytest.fixture(scope="module")
def page(results):
    return Page((results / "report" / "index.html").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def read(results):
    return lambda name: pd.read_csv(results / name, dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="of the browser extra")
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def opened(browser, results):
    """Open the page from disk; return it with the list of what went wrong."""
    contexts = []

    def open_page(**settings):
        contexts.append(browser.new_context(**settings))
        page, wrong = contexts[-1].new_page(), []
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda said: wrong.append(said.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("requestfailed", lambda request: wrong.append(request.url[:100]))
        page.on(
            "request",
            lambda one: (
                wrong.append(one.url[:100]) if not one.url.startswith(("file:", "data:")) else None
            ),
        )
        page.goto((results / "report" / "index.html").as_uri())
        return page, wrong

    yield open_page
    for one in contexts:
        one.close()

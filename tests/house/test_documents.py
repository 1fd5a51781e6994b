"""The documents around the code agree with it, and name no machine."""

import json
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
TEST_COMMAND = (
    "python3 -m venv .venv && . .venv/bin/activate"
    " && pip install --require-hashes -r requirements.lock"
    " && pip install --no-deps --no-build-isolation -e . && pytest"
)
CONDA_COMMAND = (
    "conda env create -f environment.yml && conda activate cradl && pip install --no-deps -e ."
)
# The escapes and groups keep each pattern from matching its own source.
WORKPLACE = re.compile(r"(?<![\w.])/(work|farm)/")
REGISTRY = re.compile(
    r"pypi\.org|pythonhosted\.org|deb\.debian\.org|archive\.ubuntu\.com|registry\.npmjs\.org"
    r"|anaconda\.(org|com)|proxy\.golang\.org|crates\.io"
)


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def bash_lines(markdown):
    blocks = re.findall(r"^\s*```bash\n(.*?)^\s*```", markdown, flags=re.MULTILINE | re.DOTALL)
    return [line.strip() for block in blocks for line in block.splitlines()]


@pytest.fixture
def committed_files():
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("not a git checkout")
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return [ROOT / name for name in listing.stdout.split("\0") if name]


@pytest.mark.parametrize(
    "name",
    [
        "Snakefile",
        "environment.yml",
        "README.md",
        "workflow",
        "cradl",
        "theory",
        "tests",
        "paper_figures",
    ],
)
def test_top_level_holds(name):
    assert (ROOT / name).exists()


def test_citation_and_changelog_carry_the_version_of_the_package():
    citation = yaml.safe_load(read("CITATION.cff"))
    assert citation["cff-version"] == "1.2.0"
    assert citation["version"] == VERSION
    newest = re.search(r"^## (\S+)", read("CHANGELOG.md"), flags=re.MULTILINE)
    assert newest.group(1) == VERSION


def test_codemeta_says_what_the_citation_and_the_package_say():
    codemeta, citation = json.loads(read("codemeta.json")), yaml.safe_load(read("CITATION.cff"))
    project = tomllib.loads(read("pyproject.toml"))["project"]
    assert codemeta["version"] == VERSION
    assert codemeta["description"] == project["description"]
    assert codemeta["license"].endswith(f"/{project['license']}")
    assert codemeta["keywords"] == citation["keywords"]
    paper, (reference,) = codemeta["referencePublication"], citation["references"]
    assert (paper["name"], paper["url"]) == (reference["title"], reference["url"])
    assert [(one["givenName"], one["familyName"]) for one in paper["author"]] == [
        (one["given-names"], one["family-names"]) for one in reference["authors"]
    ]
    packages = {re.split(r"[<>=]", one)[0] for one in project["dependencies"]}
    assert {*codemeta["softwareRequirements"]} <= packages


def test_the_workflow_catalogue_is_told_what_there_is():
    usage = yaml.safe_load(read(".snakemake-workflow-catalog.yml"))["usage"]
    assert usage["report"] is True
    flags = re.search(r"--configfile (\S+?)\.?$", usage["mandatory-flags"]["desc"]).group(1)
    assert (ROOT / flags).is_file()


def test_citation_names_the_paper():
    (paper,) = yaml.safe_load(read("CITATION.cff"))["references"]
    assert [author["family-names"] for author in paper["authors"]] == ["Li", "Xiao", "Skoglund"]
    assert paper["title"].startswith("Coded Robust Aggregation for Distributed Learning")


@pytest.mark.parametrize(
    ("page", "command"),
    [("README.md", TEST_COMMAND), ("docs/site/howto/run.md", CONDA_COMMAND)],
)
def test_the_page_gives_the_command(page, command):
    assert command in read(page).splitlines()


@pytest.mark.parametrize("pattern", [WORKPLACE, REGISTRY])
def test_committed_text_names_no_machine(pattern, committed_files):
    offenders = []
    for path in filter(Path.is_file, committed_files):
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        offenders += [f"{path.relative_to(ROOT)}: {match[0]}" for match in pattern.finditer(text)]
    assert offenders == []


@pytest.mark.parametrize(
    ("readme", "code", "message"),
    [
        ("```bash\necho --require-hashes pytest && exit 3\n```\n", 3, ""),
        ("```text\necho --require-hashes pytest && exit 3\n```\n", 1, "need a bash block"),
    ],
    ids=["command", "no command"],
)
def test_continuous_integration_runs_the_command_of_the_readme(tmp_path, readme, code, message):
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci" / "run")
    (tmp_path / "README.md").write_text(readme, encoding="utf-8")
    identity = ["-c", "user.name=tests", "-c", "user.email=tests@localhost"]
    commit = [*identity, "commit", "--no-gpg-sign", "-q", "-m", "planted"]
    for arguments in (["init", "-q"], ["add", "."], commit):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True)
    # What is on the path is not installed.
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("chromium", "kpsewhich", "pdftotext"):
        (tools / name).touch(mode=0o755)
    path = os.pathsep.join([str(tools), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", ".ci/run"],
        cwd=tmp_path,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
    )
    assert done.returncode == code
    assert message in done.stderr

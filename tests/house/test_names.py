"""Files, modules and functions that documents name are there."""

import importlib
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = ("docs/site/explanation/architecture.md", "CONTRIBUTING.md")
FILE = re.compile(r"`([\w.-]+(?:/[\w.-]+)+\.(?:py|smk|md|yaml|toml|json)|[\w.-]+(?:/[\w.-]+)*/)")
DOTTED = re.compile(r"(?<![\w./])((?:cradl|theory|paper_figures)(?:\.\w+)+)(?![\w/])")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
TARGET = re.compile(r"\bmake (\w+)")


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def exists(dotted):
    """Tell whether a dotted name is a module, or what a module or a class in it has."""
    parts = dotted.split(".")
    for end in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for name in parts[end:]:
            fields = getattr(found, "__annotations__", {}) | getattr(found, "model_fields", {})
            if hasattr(found, name):
                found = getattr(found, name)
            elif name in fields:
                found = fields[name]
            else:
                return False
        return True
    return False


@pytest.mark.parametrize(
    ("dotted", "there"),
    [
        ("cradl.config.model", True),
        ("cradl.config.model.byzantine_count", True),
        ("cradl.config.model.Curve.tolerated", True),
        ("cradl.engine.stages.Codes.f", True),
        ("cradl.attacks.AttackContext.aggregate", True),
        ("cradl.configuration", False),
        ("cradl.config.model.byzantine_counts", False),
        ("cradl.config.model.Curve.withstand", False),
        ("theory.paper.rho.check_rho_5", False),
    ],
)
def test_a_name_is_there_or_not(dotted, there):
    assert exists(dotted) is there


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_and_folder_that_is_named_is_there(document):
    named = set(FILE.findall(read(document)))
    assert len(named) >= 10
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_module_and_function_that_is_named_is_there(document):
    named = set(DOTTED.findall(read(document)))
    assert len(named) >= 5
    assert [name for name in sorted(named) if not exists(name)] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_test_link_and_target_that_is_named_is_there(document):
    text, folder = read(document), (ROOT / document).parent
    for file, test in TEST.findall(text):
        assert f"def {test}(" in read(file), f"{file}::{test}"
    assert [link for link in LINK.findall(text) if not (folder / link).exists()] == []
    targets = set(re.findall(r"^(\w+):", read("Makefile"), flags=re.MULTILINE))
    assert set(TARGET.findall(text)) <= targets


def test_every_module_in_the_picture_is_there():
    picture = read("docs/site/explanation/architecture.svg")
    words = re.findall(r"[^\s,·]+", " ".join(re.findall(r"<text[^>]*>([^<]*)<", picture)))
    named = {word for word in words if re.fullmatch(r"[a-z]\w*\.[a-z]\w*", word)}
    assert len(named) >= 8
    packages = ("cradl", "theory", "paper_figures")
    assert {one for one in named if not any(exists(f"{it}.{one}") for it in packages)} == set()


def test_the_layers_that_are_shown_are_those_that_are_checked():
    shown = re.search(r"^```text\n(.*?)^```", read(DOCUMENTS[0]), re.MULTILINE | re.DOTALL)[1]
    stacks = [stack.splitlines() for stack in shown.strip().split("\n\n")]
    expected = []
    for contract in tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"]:
        if contract["type"] == "layers":
            package = contract["layers"][-1].rpartition(".")[0]
            layers = [one.replace(f"{package}.", "") for one in contract["layers"]]
            expected.append([package, *layers])
    assert [[line.strip() for line in stack] for stack in stacks] == expected

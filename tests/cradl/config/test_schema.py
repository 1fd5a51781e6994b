"""The generated schema and README are up to date, and the schema refuses what the loader does."""

import copy

import pytest
import yaml
from studies import SMALL

from cradl.attacks import ATTACKS
from cradl.config.plugins import require_plugins
from cradl.config.schema import (
    README_FILE,
    ROOT,
    SCHEMA_FILE,
    config_readme,
    schema_text,
    study_schema,
)
from cradl.datasets import DATASETS

STUDIES = sorted((ROOT / "config").glob("*.yaml"))
ONE = SMALL["experiments"]["one"]


@pytest.fixture
def valid():
    """Return a function that tells whether a study meets the schema, its plugins' rows included."""
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator.check_schema(study_schema())

    def valid(study, folder=ROOT):
        require_plugins([str(folder / one) for one in study.get("plugins") or []])
        return jsonschema.Draft202012Validator(study_schema()).is_valid(study)

    return valid


@pytest.mark.parametrize(
    ("path", "generate"), [(SCHEMA_FILE, schema_text), (README_FILE, config_readme)]
)
def test_generated_files_are_up_to_date(path, generate):
    current = path.read_text(encoding="utf-8") if path.exists() else ""
    assert current == generate(), (
        f"need {path.name} as generated: run python -m cradl.config.schema"
    )


def test_the_folder_has_studies():
    assert {"paper.yaml", "smoke.yaml"} <= {path.name for path in STUDIES}


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.name)
def test_studies_of_the_folder_meet_the_schema(valid, path):
    assert valid(yaml.safe_load(path.read_text(encoding="utf-8")), path.parent)
    assert f"`{path.name}`" in config_readme()


def described_keys(node, place=""):
    """Yield the place and the schema of every key of every mapping."""
    if isinstance(node, dict):
        properties = node.get("properties", {})
        for key, schema in properties.items():
            yield f"{place}.{key}", schema
        for key, child in node.items():
            yield from described_keys(child, f"{place}.{key}")
    if isinstance(node, list):
        for index, child in enumerate(node):
            yield from described_keys(child, f"{place}[{index}]")


def test_every_key_is_described():
    keys = list(described_keys(study_schema()))
    assert len(keys) > 60
    assert [place for place, schema in keys if not schema.get("description", "").strip()] == []


def test_the_readme_names_every_key_and_row():
    text = config_readme()
    keys = {place.rpartition(".")[2] for place, _ in described_keys(study_schema())}
    missing = [key for key in sorted(keys - {"name"}) if f"| `{key}` |" not in text]
    assert missing == []
    assert all(f"`{name}`" in text for name in [*ATTACKS, *DATASETS])
    assert all(line.isprintable() for line in text.splitlines())


def changed(way, key, value):
    """Return `SMALL` with one key set at the end of the way."""
    study = copy.deepcopy(SMALL)
    node = study
    for step in way:
        node = node[step]
    node[key] = value
    return study


@pytest.mark.parametrize(
    "way",
    [
        (),
        ("redraw",),
        ("attack",),
        ("datasets", "small"),
        ("experiments", "one"),
        ("experiments", "one", "curves", 0),
    ],
    ids=str,
)
def test_unknown_keys_are_refused(valid, way):
    assert valid(SMALL)
    assert not valid(changed(way, "trails", 3))


@pytest.mark.parametrize(
    ("way", "key", "value"),
    [
        ((), "trials", 0),
        ((), "trials", "3"),
        ((), "alpha", 1),
        ((), "alpha", [0.1, -0.1]),
        ((), "alpha", []),
        ((), "method", "cra"),
        ((), "withstand", "beta"),
        ((), "study", "../x"),
        ((), "experiments", {"a/b": ONE}),
        ((), "attack", {"name": "gaussian", "coefficient": -2}),
        ((), "attack", [{"name": "gaussian"}]),
        ((), "attack", {"name": "gaussian", "variance": 0}),
        ((), "redraw", {"data": 1}),
        ((), "figures", {"a": {"draw": "training_loss", "experiments": []}}),
        (("experiments", "one"), "curves", []),
        (("experiments", "one"), "curves", [{"alpha": None}]),
        (("experiments", "one"), "curves", [{"attack": {"coefficient": -2}}]),
        (("datasets", "small"), "generator", "csv"),
        (("datasets", "small"), "D", 0),
    ],
)
def test_wrong_values_are_refused(valid, way, key, value):
    assert not valid(changed(way, key, value))


def test_a_study_that_extends_another_may_change_a_part_and_delete(valid):
    assert valid(
        {"extends": "paper.yaml", "attack": {"coefficient": -3}, "redraw": {"data": False}}
    )
    assert valid({"extends": "paper.yaml", "datasets": {"section_v": {"D": 5}}})
    deleting = {"name": "sign_flipping", "coefficient": -2, "variance": None}
    assert valid({"extends": "paper.yaml", "attack": deleting, "experiments": {"fig2a": None}})
    assert not valid({"attack": {"coefficient": -3}})


@pytest.mark.parametrize("key", study_schema()["properties"])
def test_null_deletes_any_key(valid, key):
    assert valid({"extends": "paper.yaml", key: None})

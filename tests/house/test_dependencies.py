"""The three lists of dependencies agree: pyproject.toml, environment.yml, requirements.lock."""

import csv
import importlib.metadata
import re
import tomllib
from itertools import chain
from pathlib import Path

import pytest
import yaml
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from rattler import MatchSpec

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
TEST_ENVIRONMENT = [Requirement(line) for line in PROJECT["dependencies"] + EXTRAS["test"]]
# Only for a data set that no study of the project uses; its tests are skipped without it.
UNLOCKED = {"mnist"}
LOCKED = [lines for name, lines in EXTRAS.items() if name not in UNLOCKED]
EVERYTHING = [
    requirement
    for requirement in map(Requirement, chain(PROJECT["dependencies"], *LOCKED))
    if requirement.name != PROJECT["name"]
]
# Where conda has another name, mostly for a package without the parts that this project does not
# use: the Qt back end of matplotlib, the statsmodels of seaborn, the cloud clients of snakemake.
CONDA_NAMES = {
    "matplotlib": "matplotlib-base",
    "seaborn": "seaborn-base",
    "snakemake": "snakemake-minimal",
    "ruamel-yaml": "ruamel.yaml",
}
LOCK_TEXT = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PINNED = re.compile(
    r"^(?P<pin>[^\s#][^\\\n]*) \\\n(?P<hashes>(?:    --hash=[^\n]*\n)+)", re.MULTILINE
)
LOCK = [Requirement(found["pin"]) for found in PINNED.finditer(LOCK_TEXT)]


def marker_environment(python: str, platform: str) -> dict[str, str]:
    names = {"linux": ("posix", "Linux"), "darwin": ("posix", "Darwin"), "win32": ("nt", "Windows")}
    os_name, system = names[platform]
    return default_environment() | {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": platform,
        "os_name": os_name,
        "platform_system": system,
    }


def pinned_version(requirement: Requirement) -> str:
    (specifier,) = requirement.specifier
    return specifier.version


def test_conda_environment_asks_for_the_same_names_and_ranges():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    *lines, wheels = environment["dependencies"]
    specs = [MatchSpec(line, strict=True) for line in lines]
    found = {spec.name.normalized: SpecifierSet(str(spec.version or "")) for spec in specs}
    by_pip = [Requirement(line) for line in wheels["pip"]]
    found |= {requirement.name: requirement.specifier for requirement in by_pip}
    expected = {CONDA_NAMES.get(r.name, r.name): r.specifier for r in TEST_ENVIRONMENT}
    expected["python"] = SpecifierSet(PROJECT["requires-python"])
    expected["pip"] = SpecifierSet()
    assert len(found) == len(specs) + len(by_pip)
    assert found == expected


def test_conda_environment_uses_community_channels_only():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert environment["name"] == PROJECT["name"]
    assert environment["channels"] == ["conda-forge", "bioconda", "nodefaults"]


def test_every_line_of_the_lock_is_a_pin_with_hashes():
    rest = PINNED.sub("", LOCK_TEXT).splitlines()
    assert [line for line in rest if line.strip() and not line.startswith("#")] == []
    for found in PINNED.finditer(LOCK_TEXT):
        for line in found["hashes"].splitlines():
            assert re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line), found["pin"]


def test_lock_has_the_build_backend_since_nothing_else_verifies_it():
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert table["dependency-groups"]["build"] == table["build-system"]["requires"]
    pins = {pin.name: pin for pin in LOCK}
    for requirement in map(Requirement, table["build-system"]["requires"]):
        assert requirement.specifier.contains(pinned_version(pins[requirement.name]))


def test_every_locked_package_has_a_licence():
    with (ROOT / "docs" / "licences.csv").open(encoding="utf-8") as file:
        licences = {row["name"]: row["licence"] for row in csv.DictReader(file)}
    assert list(licences) == sorted({canonicalize_name(pin.name) for pin in LOCK})
    assert [name for name, licence in licences.items() if not licence.strip()] == []


def test_lock_has_exact_pins_and_names_no_index():
    assert "://" not in LOCK_TEXT
    for pin in LOCK:
        assert not pin.extras, pin
        assert [s.operator for s in pin.specifier] == ["=="], pin
        assert "*" not in pinned_version(pin), pin


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
def test_lock_satisfies_every_requirement(python, platform):
    environment = marker_environment(python, platform)
    pins = [pin for pin in LOCK if pin.marker is None or pin.marker.evaluate(environment)]
    versions = {canonicalize_name(pin.name): pinned_version(pin) for pin in pins}
    assert len(versions) == len(pins), "two pins of one package apply at once"
    for requirement in EVERYTHING:
        if requirement.marker is None or requirement.marker.evaluate(environment):
            version = versions[canonicalize_name(requirement.name)]
            assert requirement.specifier.contains(version, prereleases=True), requirement


def requirements_of(pin: Requirement) -> list[Requirement]:
    """What the pinned version declares; nothing where it is absent or another one is installed."""
    try:
        distribution = importlib.metadata.distribution(pin.name)
    except importlib.metadata.PackageNotFoundError:
        return []
    same = pin.specifier.contains(distribution.version, prereleases=True)
    return [Requirement(line) for line in (distribution.requires or []) if same]


def test_lock_names_every_distribution_the_tests_reach():
    pins = {
        canonicalize_name(pin.name): pin
        for pin in LOCK
        if pin.marker is None or pin.marker.evaluate()
    }
    pending = [(r.name, extra) for r in TEST_ENVIRONMENT for extra in ("", *r.extras)]
    reached = set()
    while pending:
        name, extra = pending.pop()
        key = canonicalize_name(name)
        if (key, extra) in reached:
            continue
        reached.add((key, extra))
        assert key in pins
        for child in requirements_of(pins[key]):
            if child.marker is None or child.marker.evaluate({"extra": extra}):
                pending += [(child.name, e) for e in ("", *child.extras)]
    if len(reached) == len(TEST_ENVIRONMENT):
        pytest.skip("none of the locked versions is installed here")

"""The profile for Slurm groups the short jobs that the workflow has, and asks for one job's size.

Whether a cluster takes it is not tried here but by `make cluster`.
"""

import re

import pytest
import yaml
from tiny_study import ROOT, jobs, snakemake, write_study

from cradl.config.keys import Schedule
from cradl.config.resolving import load_study

PROFILE = ROOT / "profiles" / "slurm"
SETTINGS = yaml.safe_load((PROFILE / "profile.yaml").read_text(encoding="utf-8"))
RULES = {
    name
    for path in (ROOT / "workflow" / "rules").glob("*.smk")
    for name in re.findall(
        r"^(?:use rule \w+ as|rule) (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE
    )
}


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    """Return what a dry run through the profile prints; the plugin need not be installed."""
    folder = tmp_path_factory.mktemp("slurm")
    write_study(folder)
    options = ("-n", "--workflow-profile", PROFILE, "--executor", "local")
    code, output = snakemake(folder, *options)
    assert code == 0, output
    return output


def test_a_dry_run_through_the_profile_plans_every_job(planned):
    assert "profiles/slurm" in planned
    assert jobs(planned)["simulate_part"] == 4


def test_short_jobs_go_together_and_chunks_apart(planned):
    groups = re.findall(r"Group job (\w+)", planned)
    assert sorted(groups) == sorted(SETTINGS["group-components"])
    single = re.findall(r"^Job \d+: Simulate", planned, re.MULTILINE)
    assert len(single) == 4


def test_the_cluster_is_given_chunks_and_a_learning_rate_that_a_theorem_sets():
    study = load_study(ROOT / "tests" / "cluster" / "study.yaml")
    assert all(len(one.parts()) >= 2 for one in study.experiments.values())
    assert any(isinstance(curve.step_size, Schedule) for _, curve in study.curves())


def test_rules_that_the_profile_names_exist():
    """Snakemake ignores the name of a rule that is none."""
    assert {*SETTINGS["groups"], *SETTINGS["set-resources"]} <= RULES
    assert set(SETTINGS["group-components"]) == set(SETTINGS["groups"].values())


def test_a_group_asks_for_the_memory_of_one_job():
    """Without the limit it asks for the sum over its jobs, which no node may have."""
    assert SETTINGS["resources"] == {"mem_mb": SETTINGS["default-resources"]["mem_mb"]}

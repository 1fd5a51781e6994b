"""The arithmetic of how long a study takes, with costs that are given."""

import pytest
import yaml
from studies import SMALL

from cradl.config.resolving import load_study
from cradl.results import duration
from cradl.results.duration import Simulation


@pytest.fixture
def study(tmp_path, monkeypatch):
    """Return two experiments of 10 devices and 3 features: 2 trials of 1 or 2 curves, T = 5."""
    # A start takes a second, an iteration of a curve 1 ms, a number 10 ms, another job 4 s.
    for name, value in (("_START", 1.0), ("_ITERATION", 1e-3), ("_NUMBER", 1e-2)):
        monkeypatch.setattr(duration, name, value)
    monkeypatch.setattr(duration, "_OTHER", 4.0)
    monkeypatch.setattr(duration, "_CHAIN", 5.0)
    rules = {"method": "cra_dl", "aggregator": ["median", "mean"]}
    experiments = {
        "one": {"curves": [{"method": "mean_averaging"}]},
        "two": {"curves": [rules], "chunks": 2},
    }
    path = tmp_path / "study.yaml"
    path.write_text(yaml.safe_dump(SMALL | {"experiments": experiments}), "utf-8")
    return load_study(path)


# 2 trials of 6 iterations, each of 1 ms and 30 numbers.
ONE = 1 + 12 * (1e-3 + 0.3)
TWO_IN_PARTS = 2 * (1 + 6 * 2 * (1e-3 + 0.3))


def test_jobs_add_up_and_cores_share_them(study):
    jobs = duration.simulations_of(study, [("one", None), ("two", "0-0"), ("two", "1-1")])
    assert jobs == [Simulation("one", 2), Simulation("two", 1), Simulation("two", 1)]
    work = ONE + TWO_IN_PARTS + 3 * 4
    for cores in (1, 2, 4):
        found = duration.expected(study, jobs, 3, cores=cores)
        assert found == pytest.approx(max(work / cores, 5))
    assert duration.expected(study, jobs, 3, cores=100, slowness=3) == pytest.approx(15)
    assert duration.expected(study, [], 1, cores=100) == 4
    assert duration.expected(study, [], 0, cores=1) == 0


def test_it_is_told_with_jobs_and_device_steps(study):
    jobs = duration.simulations_of(study, [("one", None), ("two", "0-0")])
    # 2 trials of one curve, and one of two, each with 6 iterations of 10 devices.
    assert duration.told(study, jobs, 3, cores=2, slowness=10) == (
        "About 2 minutes on 2 cores, or up to twice that: 5 jobs, of which 2 simulate "
        "240 device steps."
    )
    text = duration.told(study, [], 1, cores=1, slowness=1)
    assert text == "About 10 seconds on 1 core, or up to twice that: 1 job, none of which simulates."


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (999, "999"),
        (12_345, "12,345"),
        (1_240_000, "1.2 million"),
        (256_179_068, "256 million"),
        (3_100_000_000, "3.1 billion"),
    ],
)
def test_large_numbers_are_written_with_two_digits(number, text):
    assert duration._large(number) == text


def test_earlier_runs_say_how_slow_a_machine_is(study, tmp_path):
    assert duration.slowness(study, tmp_path) == 1
    folder = tmp_path / "simulate"
    folder.mkdir()
    (folder / "one.tsv").write_text(f"s\tcpu_time\n9\t{3 * ONE}\n")
    assert duration.slowness(study, tmp_path) == pytest.approx(3)
    # Nothing was measured, or it is no such file.
    for text in ("s\tcpu_time\n9\t0.0\n", "s\tcpu_time\n9\tNA\n", "", "x\n1\n"):
        (folder / "two.tsv").write_text(text)
        assert duration.slowness(study, tmp_path) == pytest.approx(3)

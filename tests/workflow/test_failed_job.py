"""A job that fails: what its log says, and what is left of it and of the others."""

import pytest
from tiny_study import TINY, jobs, snakemake, snapshot, write_study

# The rule is called once an iteration: its sixth call is in the second of the job's trials.
PLUGIN = """
import itertools

from cradl.aggregation import RULES

calls = itertools.count(1)


def fragile(messages, f):
    if next(calls) == 6:
        raise ArithmeticError("planted fault")
    return messages.mean(axis=0)


RULES["fragile"] = RULES["median"]._replace(aggregate=fragile)
"""

OLD = ("verify/theorems.csv", "report/index.html", "report/tables/theorems.tex")


@pytest.fixture(scope="module")
def failed(tmp_path_factory):
    """Run a sound experiment and one that fails, with the profile's number of cores."""
    folder = tmp_path_factory.mktemp("failed")
    (folder / "fragile.py").write_text(PLUGIN, encoding="utf-8")
    sound = TINY["experiments"]["noisy"]
    broken = sound | {"curves": [{"method": "rba_dl", "aggregator": "fragile", "label": "cracks"}]}
    write_study(
        folder,
        plugins=["fragile.py"],
        experiments={"sound": sound, "broken": broken},
        figures={"one": {"draw": "training_loss", "experiments": ["broken"]}},
        claims=None,
        chunks=1,
        trials=2,
    )
    # What an earlier run has left, and this one should have made again.
    for name in OLD:
        path = folder / "results" / "tiny" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("an old value", encoding="utf-8")
    code, output = snakemake(folder, "--keep-going")
    return folder, code, output


def test_the_run_fails(failed):
    _, code, _ = failed
    assert code != 0


def test_only_the_finished_experiment_has_results(failed):
    folder, _, _ = failed
    results = folder / "results" / "tiny"
    assert list(snapshot(results / "simulate")) == ["sound.nc"]
    assert not (results / "figures").exists() or snapshot(results / "figures") == {}


def test_the_log_has_the_traceback_and_its_place(failed):
    folder, _, output = failed
    log = folder / "results" / "tiny" / "logs" / "simulate" / "broken.log"
    text = log.read_text(encoding="utf-8")
    assert "Traceback (most recent call last):" in text
    assert "ArithmeticError: planted fault\nin broken, trial 1, curve cracks\n" in text
    assert "done in" not in text
    # The default profile shows the logs of failed jobs.
    assert text.strip() in output


def test_the_report_tells_what_is_missing_and_shows_what_there_is(failed):
    folder, _, output = failed
    report = folder / "results" / "tiny" / "report"
    assert "The report says what there is: results/tiny/report/index.html. Missing: " in output
    page = (report / "index.html").read_text(encoding="utf-8")
    for name in ("verify/theorems.csv", "figures/one.svg", "simulate/broken.nc"):
        assert f"<li><code>{name}</code></li>" in page, name
    assert "Missing: <code>verify/theorems.csv</code>" in page
    assert "Missing: <code>figures/one.svg</code>" in page
    assert "simulate/sound.nc" not in page
    assert "an old value" not in page
    # The equations were decided.
    assert 'id="eq-52"' in page
    assert {path.name for path in (report / "tables").iterdir()} == {"numbers.tex"}


def test_the_next_run_resumes_with_what_is_missing(failed):
    folder, _, _ = failed
    code, output = snakemake(folder, "-n")
    assert code == 0
    # The search for its worst input meets the faulty rule too.
    missing = "simulate theorems sharpened constants losses figures_training_loss report all"
    assert jobs(output) == dict.fromkeys(missing.split(), 1)
    assert "Simulate broken" in output

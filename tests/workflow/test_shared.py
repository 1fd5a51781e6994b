"""What depends on no study is computed once, and is right for studies that run at once."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest
from tiny_study import ROOT, copy_pipeline, snakemake, snapshot, write_study

from cradl.provenance import source_hash

TABLES = ("equations", "constants")
# A ledger that waits until as many jobs are at work as there are studies.
MEETING = """

def ledger():
    import os, time
    from pathlib import Path

    Path(f"{os.getpid()}.there").touch()
    until = time.monotonic() + 120
    while len(list(Path().glob("*.there"))) < STUDIES:
        if time.monotonic() > until:
            raise TimeoutError("need all studies at work at once, got fewer")
        time.sleep(0.05)
    return [LedgerRow("MARK", *[""] * (len(LedgerRow._fields) - 2), 0.0)]


def require_complete(names):
    assert list(names) == ["MARK"]
"""


def verify(folder, study, *tables, project=ROOT):
    """Make tables of a study; return their texts."""
    paths = [f"results/{study}/verify/{name}.csv" for name in tables]
    options = {"project": project, "studies": (f"{study}.yaml",)}
    code, output = snakemake(folder, "--cores", "1", *paths, **options)
    assert code == 0, output
    return [(folder / path).read_text("utf-8") for path in paths]


def kept(folder, name):
    """Return the files that studies share, of one kind."""
    return sorted((folder / "results" / "shared").glob(f"{name}-*.csv"))


def keep(path, text):
    """Write a file that studies share, with its checksum beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    path.with_name(f"{path.name}.sha256").write_text(f"{digest}  {path.name}\n", "utf-8")


@pytest.fixture
def marked(finished, tmp_path):
    """Return a folder whose shared tables hold what no proof would give."""
    first, _ = finished
    for name in TABLES:
        (source,) = kept(first, name)
        text = source.read_text("utf-8").replace("median", "MARK", 1)
        assert "MARK" in text
        keep(tmp_path / "results" / "shared" / source.name, text)
    return tmp_path


def test_shared_tables_are_named_by_what_they_are_made_of(finished):
    folder, _ = finished
    modules = {
        "equations": ["theory/ledger.py"],
        "constants": ["theory/beyond/constants_table.py", "cradl/aggregation.py"],
    }
    for name, made_by in modules.items():
        files = [ROOT / one for one in made_by]
        source = source_hash(ROOT, files, ["cradl", "theory", "paper_figures"])
        assert [path.name for path in kept(folder, name)] == [f"{name}-{source[:12]}.csv"]


def test_a_second_study_proves_nothing_again(finished, marked):
    before = snapshot(marked / "results" / "shared")
    write_study(marked, "second.yaml", study="second")
    (equations,) = verify(marked, "second", "equations")
    assert equations == kept(marked, "equations")[0].read_text("utf-8")
    assert "MARK" in equations
    assert snapshot(marked / "results" / "shared") == before


def test_a_study_adds_its_own_sizes_to_the_grid(finished, tmp_path):
    first, _ = finished
    (source,) = kept(first, "constants")
    grid = pd.read_csv(source)
    # A bound that no computation would give, at a size of the grid.
    place = grid.index[(grid["rule"] == "phocas") & (grid["N"] == 29)][0]
    grid.loc[place, ["lower", "upper"]] = 12345.0
    keep(tmp_path / "results" / "shared" / source.name, grid.to_csv(index=False))
    write_study(tmp_path, "second.yaml", study="second", N=8, alpha=0.375)
    verify(tmp_path, "second", "constants")
    found = pd.read_csv(tmp_path / "results" / "second" / "verify" / "constants.csv")
    own = (found["N"] == 8) & (found["D"] == 20)
    pd.testing.assert_frame_equal(found[~own].reset_index(drop=True), grid)
    assert set(found[own]["f"]) == {3}
    # Krum is not defined there.
    assert found[own].groupby("rule").size().to_dict() == dict.fromkeys(
        ["faba", "geometric_median", "median", "phocas", "trimmed_mean"], 2
    )


@pytest.mark.parametrize("studies", [1, 2])
def test_an_edit_is_proved_anew_also_by_studies_that_run_at_once(marked, tmp_path, studies):
    project = tmp_path / "project"
    copy_pipeline(project)
    with (project / "theory" / "ledger.py").open("a", encoding="utf-8") as ledger:
        ledger.write(MEETING.replace("STUDIES", str(studies)))
    names = ["one", "two"][:studies]
    for name in names:
        write_study(marked, f"{name}.yaml", study=name)
    with ThreadPoolExecutor() as at_once:
        found = at_once.map(lambda name: verify(marked, name, "equations", project=project), names)
        texts = [text for (text,) in found]
    old, new = sorted(kept(marked, "equations"), key=lambda path: path.stat().st_size)[::-1]
    assert texts == studies * [new.read_text("utf-8")]
    assert [line.split(",")[0] for line in texts[0].splitlines()] == ["equation", "MARK"]
    assert len(old.read_text("utf-8").splitlines()) > 52

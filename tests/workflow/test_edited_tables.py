"""The content of a user's table counts, its place does not, and a fault stops before any job."""

from tiny_study import TINY, jobs, snakemake, write_study

ROWS = "a,b,y\n" + "".join(f"{place},{place**2 % 7},{place % 5}\n" for place in range(8))
TABLE = {
    "generator": "table",
    "problem": "least_squares",
    "file": "data/own.csv",
    "target": "y",
    "standardised": True,
    "intercept": True,
    "order": "random",
    "M": 8,
}


def prepare(folder):
    experiments = {
        "flipped": TINY["experiments"]["flipped"] | {"dataset": "own"},
        "noisy": TINY["experiments"]["noisy"],
    }
    (folder / "data").mkdir()
    (folder / "data" / "own.csv").write_text(ROWS)
    keys = {"datasets": TINY["datasets"] | {"own": TABLE}, "experiments": experiments}
    write_study(folder, chunks=1, claims=None, **keys)


def test_an_edit_reruns_what_depends_on_it_alone(tmp_path):
    prepare(tmp_path)
    wanted = [f"results/tiny/simulate/{name}.nc" for name in TINY["experiments"]]
    code, output = snakemake(tmp_path, "--cores", "2", *wanted)
    assert code == 0, output
    assert jobs(snakemake(tmp_path, "-n", *wanted)[1]) == {}
    (tmp_path / "data" / "own.csv").write_text(ROWS.replace("7,0,2", "7,0,3"))
    output = snakemake(tmp_path, "-n", *wanted)[1]
    assert jobs(output) == {"dataset": 1, "simulate": 1}
    assert "Simulate flipped" in output
    assert "Simulate noisy" not in output
    (tmp_path / "data" / "own.csv").write_text(ROWS)
    (tmp_path / "data").rename(tmp_path / "moved")
    (tmp_path / "data").symlink_to(tmp_path / "moved")
    assert jobs(snakemake(tmp_path, "-n", *wanted)[1]) == {}


def test_a_fault_is_told_before_any_job(tmp_path):
    prepare(tmp_path)
    (tmp_path / "data" / "own.csv").write_text(ROWS.replace("3,2,3", "3,,3"))
    code, output = snakemake(tmp_path, "--cores", "2")
    assert code != 0
    assert "datasets.own.file: need a finite number" in output
    assert "'' in column 'b', row 4: leave out rows with missing values" in output
    assert "Job stats" not in output
    assert not (tmp_path / "results").exists()

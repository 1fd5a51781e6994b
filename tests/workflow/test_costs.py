"""The table of costs is part of a study that runs an exact code, and of no other."""

import pandas as pd
from tiny_study import TINY, jobs, snakemake, write_study

CODED = {"curves": [{"method": "detection"}, {"method": "cra_dl", "aggregator": "median"}]}
EXPERIMENTS = TINY["experiments"] | {"coded": TINY["experiments"]["flipped"] | CODED}


def test_costs_are_tabulated_for_the_experiments_with_an_exact_code(tmp_path):
    write_study(tmp_path, experiments=EXPERIMENTS, figures=None)
    code, output = snakemake(tmp_path, "--cores", "2", "results/tiny/verify/costs.csv")
    assert code == 0, output
    # Of the three experiments one has a code.
    assert jobs(output) == {
        "dataset": 1,
        "allocate": 1,
        "simulate_part": 2,
        "gather": 1,
        "costs": 1,
    }
    results = tmp_path / "results" / "tiny"
    rows = pd.read_csv(results / "verify" / "costs.csv")
    assert rows["experiment"].tolist() == ["coded", "coded"]
    assert rows["curve"].tolist() == ["Detection", "CRA-DL (median)"]
    # One liar of four: two pairs of devices hold four of the eight subsets each.
    assert rows["storage largest"].tolist() == [4, 3]
    assert rows["server gradients mean"].tolist() == [1, 0]
    assert set(rows["within promise"]) == {"yes"}
    log = (results / "logs" / "verify" / "costs.log").read_text(encoding="utf-8")
    assert "curves beyond what is promised: 0" in log


def test_a_study_tabulates_costs_where_a_code_runs(tmp_path):
    write_study(tmp_path, experiments=EXPERIMENTS, figures=None)
    code, output = snakemake(tmp_path, "-n")
    assert code == 0, output
    assert jobs(output)["costs"] == 1
    code, output = snakemake(tmp_path, "-n", "--config", "only=[flipped]")
    assert code == 0, output
    assert "costs" not in jobs(output)

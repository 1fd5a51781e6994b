"""What is said of the bench is what its study found: the tables that `make ranking` copied."""

import re
from pathlib import Path

import pandas as pd
import pytest

from cradl.config.resolving import load_study

ROOT = Path(__file__).parents[2]
BENCH = ROOT / "docs" / "bench"
PAGE = " ".join((ROOT / "docs/site/explanation/bench.md").read_text(encoding="utf-8").split())
README = (ROOT / "README.md").read_text(encoding="utf-8")
ROW = re.compile(r"\| (\w[^|]*) against ([^|]*?) \| (\d+) \| (\d+) \| (\d+) \|")


@pytest.fixture(scope="module")
def claims():
    return pd.read_csv(BENCH / "claims_summary.csv").set_index("claim")


@pytest.fixture(scope="module")
def boards():
    return pd.read_csv(BENCH / "leaderboards.csv")


@pytest.fixture
def study():
    return load_study(ROOT / "config" / "benchmark.yaml")


def test_the_study_is_as_large_as_is_said(study):
    curves = sum(len(one.curves) for one in study.experiments.values())
    trials = {one.trials for one in study.experiments.values()}
    iterations = {one.T + 1 for one in study.experiments.values()}
    (trial,), (iteration,) = trials, iterations
    assert f"{curves} curves, {trial} trials and {iteration} iterations each" in PAGE
    assert curves <= 500


def test_the_verdicts_are_those_of_the_claims(claims):
    found = {tuple(row[:2]): tuple(map(int, row[2:])) for row in ROW.findall(PAGE)}
    expected = {}
    for row in claims.itertuples():
        one, other = re.split(r" ends? lower than ", row.says)
        expected[one, other] = (row.supported, row.contradicted, row.undecided)
    assert found == expected
    comparisons = sum(map(sum, expected.values()))
    assert f"All {comparisons} intervals" in PAGE


def test_the_sentences_count_what_the_tables_count(claims, boards):
    five = claims.loc["coding_buys_what_mixing_buys"]
    twice = claims.loc["twice_the_storage_buys_what_mixing_buys"]
    each = five.supported + five.contradicted + five.undecided
    more = f"buys more than mixing**, in {five.supported} of {each} comparisons"
    assert f"{more}. In {five.contradicted} it buys less" in PAGE
    assert f"less in {twice.contradicted} comparisons, more in {twice.supported}" in PAGE
    remedies = boards[boards["leaderboard"] == "remedies"]
    first = remedies.iloc[0]
    assert first["contestant"] == "CRA-DL, NNM, r = 15"
    assert f"first in {first['wins']} of {first['tasks']} tasks" in PAGE
    assert remedies.iloc[-1]["contestant"] == "RBA-DL"
    rules = boards[boards["leaderboard"] == "rules"].set_index("contestant")
    over = 10 ** rules.loc["mean", "over the best under it"]
    assert rules.loc["mean", "worst attack"] == "label flipping"
    assert f"{over:.0f} times over the best rule" in PAGE
    assert (rules.index[0], rules.index[-1]) == ("CGE", "Bulyan")
    groups = {name: {*str(row["cliques"]).split()} for name, row in rules.iterrows()}
    apart = [name for name, group in groups.items() if not group & groups["Bulyan"]]
    assert apart == [*rules.index[:5]]


def test_the_test_errors_are_those_of_the_leaderboard(boards):
    rows = boards[boards["leaderboard"] == "remedies_tested"].set_index("contestant")
    assert set(rows["unit"]) == {"points"}
    assert rows.index[0] == "CRA-DL, NNM, r = 15"
    over = rows["over the first"].map("{:.1f}".format)
    told = f"reads {over['RBA-DL']} percentage points more of them wrongly than the first"
    assert f"{told}, mixing alone {over['RBA-DL, NNM']}" in PAGE
    assert f"coding with r = 15 alone {over['CRA-DL, r = 15']}." in PAGE


def test_the_readme_gives_the_answer(claims, boards):
    five = claims.loc["coding_buys_what_mixing_buys"]
    each = five.supported + five.contradicted + five.undecided
    first = boards[boards["leaderboard"] == "remedies"].iloc[0]
    assert f"in {five.supported} of {each} comparisons, higher in {five.contradicted}" in README
    assert f"first in {first['wins']} of {first['tasks']} tasks" in README


def test_costs_are_those_of_the_study(study):
    curves = study.experiments["remedies"].curves
    stored = {one.r if one.method == "cra_dl" else one.M // one.N for one in curves}
    (N,) = {one.N for one in curves}
    assert sorted(stored) == [3, 6, 15]
    assert f"| 0 | {N * (N - 1) // 2} | 0 | 0 |" in PAGE
    assert f"of which {curves[0].f} are Byzantine" in PAGE

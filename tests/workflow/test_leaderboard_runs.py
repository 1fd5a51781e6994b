"""A study with a leaderboard runs to its table, its figure and its report."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from html_tables import Page
from scipy import stats
from test_report import alike, as_written, numbers_in, same
from tiny_study import TINY, jobs, snakemake, write_study

CURVES = [
    {"method": "mean_averaging"},
    {"method": "cra_dl", "aggregator": ["median", "trimmed_mean"]},
]
EXPERIMENTS = {
    name: TINY["experiments"][name] | {"curves": CURVES} for name in ("flipped", "noisy")
}
BOARD = {
    "says": "Which of them ends lowest, whoever attacks?",
    "experiments": ["flipped", "noisy"],
    "contestants": ["method", "aggregator"],
}
NAMES = ["MA", "CRA-DL (median)", "CRA-DL (trimmed mean)"]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("boards")
    write_study(
        folder,
        **{"experiments": EXPERIMENTS, "leaderboards": {"a-board": BOARD}, "claims": {}},
        figures={"ranks": {"draw": "critical_difference", "leaderboard": "a-board"}},
        theory=False,
        chunks=1,
    )
    code, output = snakemake(folder, "--cores", "2")
    assert code == 0, output
    assert jobs(output)["leaderboards"] == jobs(output)["figures_critical_difference"] == 1
    again, output = snakemake(folder, "--cores", "2")
    assert (again, jobs(output)) == (0, {})
    return folder / "results" / TINY["study"]


@pytest.fixture(scope="module")
def plateaus(results):
    """Return log10 of the plateaus (tasks, contestants, trials), from the stores alone."""
    found = []
    for name in EXPERIMENTS:
        run = xr.load_dataset(results / "simulate" / f"{name}.nc", engine="h5netcdf")
        assert run["label"].to_numpy().tolist() == NAMES
        excess = (run["loss"] - run["optimal_loss"]).transpose("curve", "trial", "iteration")
        found.append(np.log10(excess.to_numpy()[:, :, -2:].mean(axis=2)))
    return np.array(found)


def test_the_table_can_be_recomputed_from_the_stores(results, plateaus):
    table = pd.read_csv(results / "verify" / "leaderboards.csv").set_index("contestant")
    ranks = stats.rankdata(plateaus.mean(axis=2), axis=1)
    assert table.loc[NAMES, "mean rank"].tolist() == ranks.mean(axis=0).tolist()
    assert table["chi2"].iloc[0] == pytest.approx(
        stats.friedmanchisquare(*plateaus.mean(axis=2).T).statistic
    )
    first = NAMES.index(table.index[0])
    for place, name in enumerate(NAMES):
        ratio = (plateaus[:, place] - plateaus[:, first]).mean(axis=0)
        assert table.loc[name, "over the first"] == pytest.approx(ratio.mean(), abs=1e-12)
    over = plateaus.mean(axis=2) - plateaus.mean(axis=2).min(axis=1, keepdims=True)
    attacks = np.array(["sign flipping", "gaussian"])
    for place, name in enumerate(NAMES):
        if over[:, place].any():
            assert table.loc[name, "worst attack"] == attacks[over[:, place].argmax()]
        assert table.loc[name, "over the best in it"] == pytest.approx(over[:, place].max())
    tasks = pd.read_csv(results / "verify" / "leaderboard_tasks.csv")
    assert tasks["value"].tolist() == pytest.approx(plateaus.mean(axis=2).ravel().tolist())
    assert tasks["experiment"].tolist() == ["flipped"] * 3 + ["noisy"] * 3


def test_the_report_shows_the_table_and_the_figure(results):
    page = Page((results / "report" / "index.html").read_text(encoding="utf-8"))
    assert {"section-leaderboards", "leaderboards", "fig-ranks"} <= {*page.ids}
    file = pd.read_csv(results / "verify" / "leaderboards.csv", dtype=str, keep_default_na=False)
    (shown,) = [
        one for one in page.tables if one.attributes.get("data-file") == "verify/leaderboards.csv"
    ]
    assert len(shown.rows) == len(NAMES)
    for place, cells in shown.rows:
        row = file.iloc[place]
        for column, text in zip(shown.columns, cells, strict=True):
            if column == "over":
                ends = [row[f"over the first{end}"] for end in ("", " lower", " upper")]
                assert alike(numbers_in(text), ends)
            else:
                assert same(text, as_written(row[column])) or text == row[column]
    assert BOARD["says"] in (results / "report" / "report.md").read_text(encoding="utf-8")


def test_latex_has_the_table_and_the_first_and_the_last(results):
    tables = results / "report" / "tables"
    file = pd.read_csv(results / "verify" / "leaderboards.csv")
    written = (tables / "leaderboards.tex").read_text(encoding="utf-8")
    assert all(name in written for name in NAMES)
    numbers = (tables / "numbers.tex").read_text(encoding="utf-8")
    for end, place in (("first", 0), ("last", -1)):
        row = file.iloc[place]
        assert rf"\cradl@say{{leaderboard.a-board.{end}}}{{{row['contestant']}}}" in numbers
        assert rf"\cradl@set{{leaderboard.a-board.{end}.rank}}" in numbers


def test_the_figure_has_its_numbers_beside_it(results):
    file = pd.read_csv(results / "verify" / "leaderboards.csv")
    drawn = pd.read_csv(results / "figures" / "ranks.csv")
    ranks = drawn[drawn["curve"] == "mean rank"]
    assert ranks["x"].tolist() == file["contestant"].tolist()
    assert ranks["mean"].tolist() == file["mean rank"].tolist()
    for end in ("png", "pdf", "svg"):
        assert (results / "figures" / f"ranks.{end}").stat().st_size

"""Two folders of results are compared as they stand: made folders whose differences are known."""

import json

import numpy as np
import pytest
import xarray as xr

from cradl.results.against import compare, main


def store(path, **changes):
    loss = np.array([[4.0, 2.0, np.inf], [8.0, np.nan, -np.inf]])
    given = {
        "loss": (("trial", "iteration"), changes.get("loss", loss)),
        "allocation": changes.get("allocation", "random"),
    }
    settings = {"seed": 1, changes.get("key", "withstood"): 2, "dataset_code": path.parts[-3]}
    data = xr.Dataset(
        {"loss": given["loss"]},
        {
            "trial": [0, 1],
            changes.get("key", "withstood"): ("trial", [2, 2]),
            "allocation": ("trial", [given["allocation"]] * 2),
        },
        {"config": json.dumps(settings), "source_hash": path.parts[-3], "versions": "{}"},
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    data.to_netcdf(path, engine="h5netcdf")


def table(path, cells):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(cells, encoding="utf-8")


CSV = 'curve,excess,margins,formula\nMA,30.5,"{""gap"": ""inf""}",x\nCRA-DL,,"{""gap"": 0.5}",y\n'


@pytest.fixture
def folders(tmp_path):
    """Return two folders with equal results of different code."""
    both = tmp_path / "old", tmp_path / "new"
    for folder in both:
        store(folder / "simulate" / "fig.nc")
        table(folder / "verify" / "losses.csv", CSV)
        table(folder / "verify" / "found.json", '[{"D": 1, "honest": [[-1.0], [1.0]]}]')
        table(folder / "report" / "index.html", folder.name)
        table(folder / "logs" / f"{folder.name}.log", "")
    return both


def compared(folders):
    """Return what differs, as it is printed."""
    return [str(row) for row in compare(*folders)]


def test_equal_numbers_of_other_code_are_equal_with_infinities_and_nan(folders):
    assert compared(folders) == []


def test_one_number_that_moved_is_named_with_its_place_and_size(folders):
    moved = np.array([[4.0, 2.5, np.inf], [8.0, np.nan, -np.inf]])
    store(folders[1] / "simulate" / "fig.nc", loss=moved)
    (row,) = compare(*folders)
    # |2 - 2.5| / 2.5
    assert str(row) == (
        "simulate/fig.nc: loss differs in 1 of 6, relatively by 0.2 "
        "at trial 0, iteration 1: 2.0, then 2.5"
    )
    assert (row.differ, row.size, row.apart, row.beyond) == (1, 6, 0.2, True)


def test_a_difference_is_relative_to_the_values_of_its_iteration(folders):
    loss = np.array([[1e-20, 3.0, 1e9], [8.0, 3.0, 1e9]])
    store(folders[0] / "simulate" / "fig.nc", loss=loss)
    loss[0, 0] = 5e-20
    store(folders[1] / "simulate" / "fig.nc", loss=loss)
    (row,) = compare(*folders)
    # Relative to 8, the largest at iteration 0: neither to 5e-20 itself nor to 1e9 later.
    assert row.apart == pytest.approx(4e-20 / 8, rel=1e-12)


GROWING = 1e-15 * 100.0 ** np.arange(8)


@pytest.mark.parametrize(
    ("apart", "place"),
    [
        (GROWING, None),
        # A thousand times in one iteration is the limit; two such steps at once are a jump.
        (np.where(np.arange(8) < 5, GROWING, GROWING[4] * 1e4), 5),
        ([0, 0, 0, 0, 0, 0, 0, 1e-11], 7),
        ([1e-11, 0, 0, 0, 0, 0, 0, 0], 0),
        ([0, 0, 0, 1e-13, 0, 0, 9e-11, 0], None),
        ([0, 0, 0, 0, 0, 0, np.inf, np.inf], 6),
    ],
)
def test_rounding_grows_along_a_run_and_a_change_jumps(folders, apart, place):
    loss = np.ones((2, 8))
    store(folders[0] / "simulate" / "fig.nc", loss=loss)
    loss[0] *= 1 - np.nan_to_num(np.array(apart), posinf=0.0)
    loss[0, np.isinf(apart)] = np.inf
    store(folders[1] / "simulate" / "fig.nc", loss=loss)
    (row,) = compare(*folders)
    assert row.beyond is (place is not None)
    assert place is None or f"at trial 0, iteration {place}:" in row.says


@pytest.mark.parametrize(
    ("in_the_run", "in_the_table", "beyond"),
    [
        (0.0, 5e-13, False),
        (0.0, 2e-12, True),
        # A hundred times what the runs are apart.
        (9e-13, 8e-11, False),
        (9e-13, 2e-10, True),
    ],
)
def test_tables_may_differ_as_their_runs_do(folders, in_the_run, in_the_table, beyond):
    for folder, size in zip(folders, (0, 1), strict=True):
        store(folder / "simulate" / "fig.nc", loss=np.full((2, 3), 1 - size * in_the_run))
        cell = repr(30.5 * (1 - size * in_the_table))
        table(folder / "verify" / "losses.csv", CSV.replace("30.5", cell))
    *_, row = compare(*folders)
    assert (row.file, row.name) == ("verify/losses.csv", "excess")
    assert row.beyond is beyond


def test_a_verdict_differs_however_far_runs_are_apart(folders):
    store(folders[1] / "simulate" / "fig.nc", loss=np.ones((2, 3)))
    table(folders[1] / "verify" / "losses.csv", CSV.replace("MA,", "ma,"))
    assert [(row.name, row.beyond) for row in compare(*folders)] == [("loss", True), ("curve", True)]


def test_inputs_may_differ_by_rounding_alone(folders):
    for folder, apart in zip(folders, (0, 1e-11), strict=True):
        store(folder / "dataset" / "data.nc", loss=np.full((2, 3), 1 - apart))
    (row,) = compare(*folders)
    assert row.beyond


def test_the_shell_prints_what_rounding_does_not_explain(folders, capsys):
    store(folders[0] / "simulate" / "fig.nc", loss=np.ones((2, 3)))
    store(folders[1] / "simulate" / "fig.nc", loss=np.full((2, 3), 1 - 1e-15))
    given = [str(folder) for folder in folders]
    assert main(given) == 0
    assert capsys.readouterr().out == "no differences, 1 more by rounding\n"
    assert main([*given, "--exact"]) == 1
    assert capsys.readouterr().out.startswith("simulate/fig.nc: loss differs in 6 of 6")
    assert main([given[0], given[0], "--exact"]) == 0
    assert capsys.readouterr().out == "no differences\n"


@pytest.mark.parametrize(
    ("place", "value"), [((0, 2), 1e300), ((0, 2), -np.inf), ((0, 2), np.nan), ((1, 1), 0.0)]
)
def test_a_run_that_diverges_or_stops_to_is_infinitely_apart(folders, place, value):
    moved = np.array([[4.0, 2.0, np.inf], [8.0, np.nan, -np.inf]])
    moved[place] = value
    store(folders[1] / "simulate" / "fig.nc", loss=moved)
    (row,) = compare(*folders)
    assert row.apart == np.inf
    assert row.beyond


def test_a_missing_file_is_named_with_the_folder_that_has_it(folders):
    (folders[0] / "verify" / "losses.csv").unlink()
    table(folders[1] / "figures" / "fig.svg", "")
    assert compared(folders) == [
        f"figures/fig.svg: only in {folders[1]}",
        f"verify/losses.csv: only in {folders[1]}",
    ]


def test_a_renamed_coordinate_is_followed_into_the_settings_if_it_is_told(folders):
    store(folders[1] / "simulate" / "fig.nc", key="tolerated")
    lines = compared(folders)
    assert f"simulate/fig.nc: tolerated only in {folders[1]}" in lines
    assert any("attribute config" in line for line in lines)
    assert compare(*folders, renamed={"withstood": "tolerated"}) == []


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("30.5", "30.25", "excess"),
        ("MA,", "MA2,", "curve"),
        ("0.5}", "0.75}", "margins"),
        ("CRA-DL,,", "CRA-DL,0,", "excess"),
    ],
)
def test_a_cell_that_changed_is_named_by_its_column(folders, old, new, name):
    table(folders[1] / "verify" / "losses.csv", CSV.replace(old, new))
    (line,) = compared(folders)
    assert line.startswith(f"verify/losses.csv: {name} differs in 1 of 2")


def test_the_same_number_in_other_words_and_another_formula_are_no_difference(folders):
    other = CSV.replace("30.5", "3.05e1").replace(",x", r",\frac{x}{1}")
    table(folders[1] / "verify" / "losses.csv", other)
    assert compared(folders) == []


def test_texts_entries_and_shapes_are_compared(folders):
    store(folders[1] / "simulate" / "fig.nc", allocation="regular", loss=np.ones((2, 4)))
    table(folders[1] / "verify" / "found.json", '[{"D": 1, "honest": [[-1.0], [2.0]]}]')
    rows = compare(*folders)
    assert [row.name for row in rows] == ["allocation", "loss", "entries"]
    assert "{'trial': 2, 'iteration': 3}, then {'trial': 2, 'iteration': 4}" in rows[1].says
    assert rows[0].apart == rows[1].apart == np.inf


def test_pages_are_compared_by_their_names_and_logs_not_at_all(folders):
    (folders[1] / "report" / "index.html").unlink()
    assert compared(folders) == [f"report/index.html: only in {folders[0]}"]


def test_what_is_no_folder_of_results_is_refused(tmp_path, capsys):
    with pytest.raises(ValueError, match=r"need a folder of results, got .*none"):
        compare(tmp_path, tmp_path / "none")
    with pytest.raises(SystemExit) as end:
        main([str(tmp_path), str(tmp_path / "none")])
    assert end.value.code == 2
    assert f"need a folder of results, got {tmp_path / 'none'}" in capsys.readouterr().err

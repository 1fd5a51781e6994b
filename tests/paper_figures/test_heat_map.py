"""Cells hold the plateaus of their curves."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from summaries import summary

from paper_figures.drawing.description import description
from paper_figures.drawing.values import values
from paper_figures.figures import heat_map

# In another order than that of the numbers, and without one of the cells.
CELLS = [("40", "0.2"), ("20", "0.1"), ("40", "0.1"), ("160", "0.2"), ("160", "0.1")]


def grid(cells=CELLS, methods=None, **keys):
    methods = methods or ["cra_dl"] * len(cells)
    variants = [f"r = {r}, α = {alpha}" for r, alpha in cells]
    return summary(61, methods, ["median"] * len(cells), variants=variants, **keys)


def cells_of(ax):
    """Return the array of the cells, and the texts in them by column and row."""
    array = ax.collections[0].get_array()
    texts = {
        tuple((np.array(text.get_position()) - 0.5).astype(int)): text.get_text()
        for text in ax.texts
    }
    return array, texts


def test_a_cell_has_the_plateau_of_its_curve():
    panel = grid()
    figure = heat_map.draw([panel])
    ax, bar = figure.axes
    array, texts = cells_of(ax)
    across = [text.get_text() for text in ax.get_xticklabels()]
    up = [text.get_text() for text in ax.get_yticklabels()]
    assert (across, up) == (["20", "40", "160"], ["0.1", "0.2"])
    table = values(figure)
    for curve, (r, alpha) in enumerate(CELLS):
        column, row = across.index(r), up.index(alpha)
        mean = panel["plateau_excess"][curve].item()
        assert array[row, column] == mean
        said = {2: "2.0\n±0.4", 3: "3.0\n±0.6", 4: "4.0\n±0.8", 5: "5\n±1", 6: "6\n±1"}
        assert texts[column, row] == said[mean]
        (noted,) = table[(table["x"] == r) & (table["curve"] == f"α = {alpha}")].itertuples()
        np.testing.assert_allclose(
            [noted.mean, noted.lower, noted.upper], [mean, 0.9 * mean, 1.2 * mean]
        )
    assert array.mask[1, 0]
    assert texts[0, 1] == "–"
    assert not any(line.get_visible() for line in ax.get_xgridlines() + ax.get_ygridlines())
    assert "plateau" in bar.get_ylabel()
    assert description(figure).startswith("One panel. A title")
    FigureCanvasAgg(figure).draw()


def test_what_diverged_says_so():
    panel = grid()
    panel["excess_loss"][1, -1] = 1e9
    _, texts = cells_of(heat_map.draw([panel]).axes[0])
    assert texts[0, 0] == "diverges"


@pytest.mark.parametrize(
    ("mean", "upper", "said"),
    [
        (85.2, 125.7, "90\n±40"),
        (6.147, 6.52, "6.1\n±0.4"),
        (0.0215, 0.0224, "0.0215\n±0.0009"),
        (21_367.0, 22_093.0, "21,400\n±700"),
        (5.0, np.nan, "5"),
    ],
)
def test_the_interval_says_how_many_digits_count(mean, upper, said):
    panel = grid()
    panel["plateau_excess"][0], panel["plateau_excess_upper"][0] = mean, upper
    _, texts = cells_of(heat_map.draw([panel]).axes[0])
    assert said in texts.values()


def test_a_plateau_of_rounding_is_zero_and_leaves_the_scale_alone():
    panel = grid()
    for end in ("", "_lower", "_upper"):
        panel[f"plateau_excess{end}"][2] = 3e-14
    ax = heat_map.draw([panel]).axes[0]
    _, texts = cells_of(ax)
    assert texts[1, 0] == "0"
    assert ax.collections[0].get_clim() == (2.0, 6.0)


def test_panels_share_their_colours():
    panel = grid(CELLS[:2] * 2, ["rba_dl"] * 2 + ["cra_dl"] * 2)
    first, second = heat_map.draw([panel]).axes[:2]
    scales = {tuple(ax.collections[0].get_clim()) for ax in (first, second)}
    assert scales == {(2.0, 5.0)}


def test_what_still_falls_says_so():
    panel = grid()
    panel["still_falling"][2] = True
    _, texts = cells_of(heat_map.draw([panel]).axes[0])
    assert texts[1, 0].endswith("still falls")
    assert sum("still falls" in text for text in texts.values()) == 1


def test_each_method_has_a_panel():
    panel = grid(CELLS[:2] * 2, ["rba_dl"] * 2 + ["cra_dl"] * 2)
    figure = heat_map.draw([panel])
    titles = [ax.get_title(loc="left") for ax in figure.axes[:2]]
    assert titles == ["(a) A title: rba_dl median", "(b) A title: cra_dl median"]
    (first, _), (second, _) = (cells_of(ax) for ax in figure.axes[:2])
    assert first.compressed().tolist() == [3, 2]
    assert second.compressed().tolist() == [5, 4]


@pytest.mark.parametrize(
    ("keys", "axes"),
    [
        (("α = {}", "r = {}"), ("α, fraction of Byzantine devices", "$r$, subsets on each device")),
        (("α = {}", "dataset = {}"), ("α, fraction of Byzantine devices", "data set")),
    ],
)
def test_the_grids_of_a_benchmark_behind_a_pre_aggregation(keys, axes):
    cells = [(across, up) for up in (4, 8) for across in (0.1, 0.2)]
    variants = [", ".join(keys).format(*cell) for cell in cells]
    mixed = [f"bucketing size 2, {one}" for one in variants]
    panel = summary(
        61,
        ["cra_dl"] * 8,
        ["median"] * 8,
        variants=variants + mixed,
        pre_aggregation=["none"] * 4 + ["bucketing"] * 4,
    )
    figure = heat_map.draw([panel])
    plain, behind = (ax for ax in figure.axes if ax.get_label() != "<colorbar>")
    assert behind.get_title(loc="left") == "(b) A title: cra_dl median, bucketing size 2"
    for ax, first in ((plain, 2), (behind, 6)):
        assert (ax.get_xlabel(), ax.get_ylabel()) == axes
        assert [one.get_text() for one in ax.get_xticklabels()] == ["0.1", "0.2"]
        assert cells_of(ax)[0].ravel().tolist() == [first + one for one in range(4)]


def test_a_pre_aggregation_may_be_a_key_of_the_grid():
    cells = [(name, r) for name in ("bucketing size 2", "mixing") for r in (4, 8)]
    panel = summary(
        61,
        ["cra_dl"] * 4,
        ["median"] * 4,
        variants=[f"{name}, r = {r}" for name, r in cells],
        pre_aggregation=["bucketing"] * 2 + ["mixing"] * 2,
    )
    ax = heat_map.draw([panel]).axes[0]
    assert [one.get_text() for one in ax.get_xticklabels()] == ["bucketing size 2", "mixing"]
    assert [one.get_text() for one in ax.get_yticklabels()] == ["4", "8"]


def test_what_is_no_grid_is_refused():
    with pytest.raises(ValueError, match="need an experiment with a grid over two keys, got one"):
        heat_map.draw([summary()])


def test_a_run_without_a_plateau_shows_its_end():
    panel = grid(plateau=False)
    ax, bar = heat_map.draw([panel]).axes
    array, _ = cells_of(ax)
    ends = panel["excess_loss"].isel(iteration=-1).to_numpy()
    assert sorted(array.compressed()) == sorted(ends)
    assert bar.get_ylabel() == "$F - F^*$ at $t = 60$"

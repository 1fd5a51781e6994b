"""Rows of dots hold the stored numbers, each in the row of its curve."""

import numpy as np
import pytest
import xarray as xr
from matplotlib.backends.backend_agg import FigureCanvasAgg

from paper_figures.drawing import style
from paper_figures.figures import sensitivity


def summary(title, iterations=61, plateau=(20.0, 6.0)):
    """Return two curves; without a plateau where it is None."""
    fall = np.geomspace(5e6, 50, iterations)
    mean = np.stack([2 * fall, fall])
    series = {"excess_loss": mean, "excess_loss_lower": 0.8 * mean, "excess_loss_upper": 1.5 * mean}
    parts = {name: (("curve", "iteration"), values) for name, values in series.items()}
    if plateau is not None:
        for end, factor in (("", 1), ("_lower", 0.9), ("_upper", 1.2)):
            parts[f"plateau_excess{end}"] = ("curve", np.array(plateau) * factor)
    return xr.Dataset(
        parts,
        coords={
            "iteration": np.arange(iterations),
            "method": ("curve", ["rba_dl", "cra_dl"]),
            "aggregator": ("curve", ["median", "median"]),
            "label": ("curve", ["RBA-DL", "CRA-DL"]),
        },
        attrs={"title": title},
    )


def dots(ax):
    """Return the mean, the row and the ends of the interval of every dot."""
    found = []
    for container in ax.containers:
        line, _, (bar,) = container.lines
        (x,), (y,) = line.get_data()
        found.append((x, y, *bar.get_segments()[0][:, 0]))
    return np.array(found)


def expected(panel, rows, t):
    one = panel.sel(iteration=t)
    return np.stack(
        [one["excess_loss"], rows, one["excess_loss_lower"], one["excess_loss_upper"]], axis=1
    )


def test_each_number_stands_in_the_row_of_its_curve():
    panels = [summary("Start"), summary("Step", iterations=81)]
    figure = sensitivity.draw(panels)
    assert figure.get_figwidth() == style.PAGE_WIDTH == 7.16
    for ax, t in zip(figure.axes, (5, 10), strict=False):
        assert ax.get_xscale() == "log"
        truth = [expected(panels[0], [1, 2], t), expected(panels[1], [4, 5], t)]
        np.testing.assert_allclose(dots(ax), np.concatenate(truth))
    np.testing.assert_allclose(
        dots(figure.axes[2]),
        [[mean, row, 0.9 * mean, 1.2 * mean] for row, mean in ((1, 20), (2, 6), (4, 20), (5, 6))],
    )
    names = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert names == ["Start", "RBA-DL", "CRA-DL", "Step", "RBA-DL", "CRA-DL"]
    bold = [text.get_fontweight() == "bold" for text in figure.axes[0].get_yticklabels()]
    assert bold == [True, False, False] * 2
    faces = [one.lines[0].get_markerfacecolor() for one in figure.axes[0].containers]
    assert faces[:2] == ["white", style.lines(["cra_dl"], ["median"], [""])[0].color]


def test_a_short_run_is_shown_as_far_as_it_goes():
    panels = [summary("Long"), summary("Short", iterations=9, plateau=None)]
    figure = sensitivity.draw(panels)
    assert [len(ax.containers) for ax in figure.axes] == [4, 2, 2]
    assert len(sensitivity.draw(panels[1:]).axes) == 1
    with pytest.raises(ValueError, match="need an experiment with iteration 5, got at most 4"):
        sensitivity.draw([summary("Tiny", iterations=5, plateau=None)])


@pytest.mark.parametrize("value", [np.inf, 1e250])
def test_what_grew_is_a_triangle_at_the_right_edge(value):
    panel = summary("Diverged", plateau=(value, 6.0))
    panel["excess_loss"][0, 8:] = value
    panel["excess_loss_lower"][0, 8:] = np.nan
    panel["excess_loss_upper"][0, 8:] = np.inf
    figure = sensitivity.draw([panel])
    FigureCanvasAgg(figure).draw()
    for ax, diverged in zip(figure.axes, (False, True, True), strict=True):
        triangles = [line for line in ax.lines if line.get_marker() == ">"]
        assert [line.get_xydata().tolist() for line in triangles] == [[[1, 1]]] * diverged
        assert len(ax.containers) == 2 - diverged
        assert ax.get_xlim()[1] < 1e8


def test_one_trial_has_no_interval():
    panel = summary("Once")
    for name in ("excess_loss", "plateau_excess"):
        for end in ("_lower", "_upper"):
            panel[name + end][:] = np.nan
    figure = sensitivity.draw([panel])
    FigureCanvasAgg(figure).draw()
    for ax in figure.axes:
        assert len(ax.containers) == 2
        for points, _, bars in ax.containers:
            assert np.isfinite(points.get_xydata()).all()
            assert not any(len(one) for bar in bars for one in bar.get_segments())


def test_nothing_is_cut_off():
    panels = [summary(f"A choice that the paper does not print, {one}") for one in range(12)]
    figure = sensitivity.draw(panels)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    for ax in figure.axes:
        box = ax.get_tightbbox(canvas.get_renderer())
        assert box.x0 >= -1
        assert box.y0 >= -1
        assert box.x1 <= figure.bbox.width + 1
        assert box.y1 <= figure.bbox.height + 1

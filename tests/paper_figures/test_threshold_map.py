"""The map's lines solve C_α = 1/(2√2 (1 − r/M)); its points are the settings of the runs."""

import numpy as np
import pytest
from bound_stores import HYPOTHESES, experiment, together
from matplotlib.colors import to_rgba

from paper_figures.drawing import style
from paper_figures.drawing.values import values
from paper_figures.figures import threshold_map
from theory.paper.table1 import TABLE_I, c_alpha_squared
from theory.runs.threshold_map import threshold_map as evaluated


def drawn(*experiments, sizes=((100, 100), (31, 2))):
    panels, given = together(*experiments)
    figure = threshold_map.draw(panels, bounds=given["bounds"], thresholds=evaluated(sizes))
    assert figure.get_figwidth() == style.PAGE_WIDTH
    return figure, dict(zip(TABLE_I, figure.axes, strict=True))


def points(ax):
    """Return where the settings are, their markers, and whether they are filled."""
    found = [line for line in ax.lines if line.get_linestyle() == "None"]
    return [
        (*line.get_xydata()[0], line.get_marker(), line.get_markerfacecolor() != "white")
        for line in found
    ]


def boundaries(ax):
    return [line for line in ax.lines if line.get_linestyle() != "None"]


@pytest.mark.parametrize("rule", TABLE_I)
def test_the_line_solves_the_threshold_with_the_printed_constant(rule):
    _, panels = drawn(experiment("one", [{"aggregator": "median"}]))
    (line,) = boundaries(panels[rule])
    f = 10
    C = float(c_alpha_squared(rule, N=100, f=f, D=100)) ** 0.5
    at = np.interp(f / 100, line.get_xdata(), line.get_ydata())
    assert at == pytest.approx(1 - 1 / (2 * np.sqrt(2) * C), abs=1e-9)
    assert line.get_color() == style.lines(["cra_dl"], [rule], [""])[0].color
    (edge,) = [max(one.vertices[:, 1]) for one in panels[rule].collections[0].get_paths()]
    assert edge == 1


def test_a_constant_below_every_threshold_leaves_the_whole_height():
    _, panels = drawn(experiment("one", [{"aggregator": "median"}]))
    (line,) = boundaries(panels["trimmed_mean"])
    # C_alpha = 0 at alpha = 0.
    assert line.get_ydata()[0] == 0


def test_sizes_have_their_own_lines_where_these_differ():
    small = {"N": 31, "M": 125, "D": 2, "aggregator": "phocas"}
    _, panels = drawn(experiment("one", [{"aggregator": "median"}, small]))
    lines = boundaries(panels["median"])
    assert [line.get_linestyle() for line in lines] == ["-", "--"]
    # C^2 = min(2 sqrt(N), sqrt(D))^2 / 2 at alpha = 0: D/2 at both sizes.
    for line, D in zip(lines, (100, 2), strict=True):
        assert line.get_ydata()[0] == pytest.approx(1 - 1 / (2 * np.sqrt(2) * np.sqrt(D / 2)))
    assert len(boundaries(panels["trimmed_mean"])) == 1


def test_beyond_its_domain_a_rule_has_no_line_and_a_grey_part():
    _, panels = drawn(experiment("one", [{"aggregator": "median"}]))
    (line,) = boundaries(panels["faba"])
    assert line.get_xdata()[-1] < 1 / 3
    (grey,) = panels["faba"].patches
    assert 1 / 3 <= grey.get_x() < 0.34
    assert grey.get_x() + grey.get_width() == 0.5
    assert not panels["krum"].patches


def test_settings_are_filled_where_the_threshold_is_met_with_the_actual_allocation():
    curves = [
        {"aggregator": "median", "alpha": 0.2, "r": 40, "threshold": 24},
        {"aggregator": "median", "alpha": 0.1, "r": 900, "threshold": 0.9},
        {"aggregator": "phocas", "N": 31, "M": 125, "D": 2, "r": 100, "alpha": 0.31},
        {"aggregator": "mean", "alpha": 0.2, "r": 40},
    ]
    one = experiment("one", curves)
    one[2]["factor"][3, 0, HYPOTHESES.index("rule_in_table")] = np.inf
    figure, panels = drawn(one, experiment("again", curves[:1]))
    assert points(panels["median"]) == [(0.2, 0.04, "o", False), (0.1, 0.9, "o", True)]
    assert points(panels["phocas"]) == [(1, 0.8, "s", True)]
    assert not any(points(panels[rule]) for rule in ("krum", "faba", "geometric_median"))
    handles = dict(
        zip(
            [text.get_text() for text in figure.legends[0].get_texts()],
            figure.legends[0].legend_handles,
            strict=True,
        )
    )
    assert handles["$N = 31$, $D = 2$"].get_marker() == "s"
    assert to_rgba(handles["setting that fails it"].get_markerfacecolor()) == (1, 1, 1, 1)


def test_settings_of_section_v_are_named_between_their_points():
    curves = [
        {"aggregator": "median", "alpha": alpha, "r": 40, "dataset": "section_v", "threshold": 24}
        for alpha in (0.03, 0.2, 0.4)
    ]
    _, panels = drawn(experiment("one", curves), experiment("two", [{"aggregator": "krum"}]))
    (text,) = panels["median"].texts
    # The widest gap is that from 0.2 to 0.4.
    assert text.get_text() == "Section V"
    assert text.get_position()[0] == pytest.approx(0.3)
    assert not panels["krum"].texts


def test_what_is_noted_is_the_settings_and_the_lines():
    figure, panels = drawn(
        experiment("one", [{"aggregator": "median", "alpha": 0.2, "threshold": 2}])
    )
    found = values(figure).set_index(["panel", "curve"])
    fails = found.loc[("Median", "setting that fails it"), ["x", "mean"]]
    assert fails.to_numpy(float).ravel().tolist() == [0.2, 0.04]
    for rule, title in (("median", "Median"), ("phocas", "Phocas")):
        (line,) = boundaries(panels[rule])
        noted = found.loc[(title, "threshold, N = 100, D = 100")]
        np.testing.assert_array_equal(noted[["x", "mean"]].to_numpy(float), line.get_xydata())


def test_several_draws_meet_the_threshold_only_together():
    one = experiment("one", [{"aggregator": "median", "alpha": 0.1, "r": 900}], groups=3)
    one[2]["factor"][0, 2, HYPOTHESES.index("threshold")] = 2
    _, panels = drawn(one)
    assert points(panels["median"]) == [(0.1, 0.9, "o", False)]

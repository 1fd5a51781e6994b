"""Fronts hold the stored losses at the right iteration; who is dominated is counted by hand."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg

from paper_figures.drawing import style
from paper_figures.drawing.front import non_dominated
from paper_figures.figures import fronts, redundancy

R = [10, 20, 40, 80]
# After 5 iterations the second is beaten by the first, and the last by the third.
AFTER_5 = np.array([300.0, 400.0, 100.0, 100.0])
KEPT = [True, False, True, False]


def summary(rules=("median",), iterations=30):
    """Return a fall from 5e6 to 500; at iteration 5 the losses above, times 1, 2, ... by rule."""
    count = len(R) * len(rules)
    loss = np.geomspace(5e6, 500, iterations) * np.linspace(1, 1.1, count)[:, np.newaxis]
    loss[:, 5] = np.concatenate([AFTER_5 * (1 + index) for index in range(len(rules))])
    coded = ["rba_dl"] + ["cra_dl"] * (len(R) - 1)
    variants = ["", *(f"r = {r}" for r in R[1:])]
    parts = {"loss": loss, "loss_lower": 0.9 * loss, "loss_upper": 1.2 * loss}
    return xr.Dataset(
        {name: (("curve", "iteration"), values) for name, values in parts.items()},
        coords={
            "iteration": np.arange(iterations),
            "method": ("curve", coded * len(rules)),
            "aggregator": ("curve", np.repeat(rules, len(R))),
            "variant": ("curve", variants * len(rules)),
            "r": ("curve", R * len(rules)),
            "label": ("curve", [f"{rule} {r}" for rule in rules for r in R]),
        },
        attrs={"title": "A title"},
    )


def points(ax):
    """Return the points of a front: r, loss, whether filled, the ends of the interval."""
    found = []
    for container in ax.containers:
        line, _, (bar,) = container.lines
        (x,), (y,) = line.get_data()
        ends = bar.get_segments()[0][:, 1] if len(bar.get_segments()[0]) else None
        found.append((x, y, line.get_markerfacecolor() != "white", ends))
    return found


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=9))
def test_dominance_equals_brute_force(costs):
    expected = [not any(a <= c and b <= d and (a < c or b < d) for a, b in costs) for c, d in costs]
    assert non_dominated(np.array(costs)).tolist() == expected


def test_insets_hold_the_losses_after_their_own_iterations():
    panels = [summary(), summary()]
    for name, factor in (("loss", 1), ("loss_lower", 0.9), ("loss_upper", 1.2)):
        panels[1][name][:, 7] = factor * np.array([90.0, 80, 70, 60])
    figure = redundancy.draw(panels, after=[5, 7])
    for ax, panel, iteration in zip(figure.axes, panels, [5, 7], strict=True):
        (inset,) = ax.child_axes
        assert (inset.get_xscale(), inset.get_yscale()) == ("log", "log")
        assert inset.get_title(loc="left") == f"after {iteration} iterations"
        at = panel.sel(iteration=iteration)
        assert [one[0] for one in points(inset)] == R
        assert [one[1] for one in points(inset)] == at["loss"].values.tolist()
        for curve, (line, point) in enumerate(zip(ax.lines, inset.containers, strict=True)):
            assert point.lines[0].get_color() == line.get_color()
            np.testing.assert_array_equal(line.get_ydata(), panel["loss"][curve])
    first = points(figure.axes[0].child_axes[0])
    assert [one[2] for one in first] == KEPT
    np.testing.assert_allclose([one[3] for one in first], np.outer(AFTER_5, [0.9, 1.2]))
    joined = figure.axes[0].child_axes[0].lines[0]
    np.testing.assert_array_equal(joined.get_xdata(), [10, 40])
    np.testing.assert_array_equal(joined.get_ydata(), [300, 100])
    assert all(one[2] for one in points(figure.axes[1].child_axes[0]))


def test_the_end_without_coding_is_dashed():
    ax = redundancy.draw([summary()], after=[5]).axes[0]
    assert [line.get_linestyle() for line in ax.lines] == ["--", "-", "-", "-"]


@pytest.mark.parametrize("slow", [False, True])
def test_an_inset_covers_neither_curves_nor_the_edge(slow):
    panel = summary(iterations=101)
    if slow:
        for name, factor in (("loss", 1), ("loss_lower", 0.9), ("loss_upper", 1.2)):
            panel[name][:] = factor * np.geomspace(5e6, 1e6, 101)
    figure = redundancy.draw([panel], after=[5])
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    (ax,) = figure.axes
    (inset,) = ax.child_axes
    box = inset.get_tightbbox(canvas.get_renderer())
    for line in ax.lines:
        at = ax.transData.transform(line.get_xydata())
        # Between points the curves are falling lines.
        covered = (at[:, 0] >= box.x0) & (at[:, 1] >= box.y0)
        assert not covered.any()
    assert box.x1 <= ax.bbox.x1 + 1
    assert box.y1 <= ax.bbox.y1 + 1


def test_every_rule_has_its_own_front_in_its_colour():
    rules = ["median", "krum", "faba"]
    figure = fronts.draw([summary(rules), summary(rules)], after=[5, 6])
    ax = figure.axes[0]
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    found = points(ax)
    assert [one[0] for one in found] == R * 3
    assert [one[1] for one in found] == [*AFTER_5, *(2 * AFTER_5), *(3 * AFTER_5)]
    assert [one[2] for one in found] == KEPT * 3
    expected = style.lines(["cra_dl"] * 3, rules, [""] * 3)
    for index, container in enumerate(ax.containers):
        line = expected[index // len(R)]
        assert container.lines[0].get_color() == line.color
        assert container.lines[0].get_marker() == line.marker
    assert figure.axes[1].get_title(loc="left") == "(b) A title (after 6 iterations)"
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == ["Median", "Krum", "FABA"]


def test_what_is_worse_than_the_start_lies_outside_and_what_diverged_is_no_point():
    panel = summary()
    panel["loss"][0, 5], panel["loss_upper"][0, 5] = 1e200, np.inf
    panel["loss"][1, 5], panel["loss_upper"][1, 5] = np.inf, np.inf
    panel["loss_lower"][:2, 5] = np.nan
    figure = fronts.draw([panel], after=[5])
    FigureCanvasAgg(figure).draw()
    (ax,) = figure.axes
    assert [one[0] for one in points(ax)] == [10, 40, 80]
    assert ax.get_ylim()[1] <= panel["loss"][:, 0].max()


def test_curves_without_a_rule_are_no_points():
    panel = summary()
    panel["aggregator"] = ("curve", ["mean", "median", "median", "median"])
    assert [one[0] for one in points(fronts.draw([panel], after=[5]).axes[0])] == R[1:]

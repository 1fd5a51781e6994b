"""Figures of the bounds hold the stored numbers; where shades end is computed by hand."""

import numpy as np
import pytest
import xarray as xr
from bound_stores import HYPOTHESES, experiment, together
from matplotlib.backends.backend_agg import FigureCanvasAgg

from paper_figures.drawing import bound_sides, style
from paper_figures.drawing.values import values as noted_of
from paper_figures.figures import bounds_grid, bounds_horizon

RULES = ["median", "trimmed_mean", "geometric_median", "krum", "phocas", "faba"]


def rules(**factors):
    """Return a curve for each rule; `factors` are of their thresholds."""
    return [
        {
            "aggregator": rule,
            "measured": 1e3 * 2**index,
            "bound": 1e4 * 3**index,
            "threshold": factors.get(rule, 0.5),
        }
        for index, rule in enumerate(RULES)
    ]


def over(axis, values, factors, rule="median", **keys):
    symbol = {"r": "r", "alpha": "α"}[axis]
    return [
        {"aggregator": rule, axis: one, "variant": f"{symbol} = {one}", "threshold": factor} | keys
        for one, factor in zip(values, factors, strict=True)
    ]


def named(ax):
    """Return solid and dashed lines of a panel with several points or one with a marker."""
    lines = [line for line in ax.lines if line.get_marker() not in ("None", "", "^w")]
    solid = [line for line in lines if line.get_linestyle() == "-"]
    return solid, [line for line in lines if line.get_linestyle() == "--"]


def shades(ax):
    return [(one.get_x(), one.get_x() + one.get_width()) for one in ax.patches]


def short_lines(ax):
    """Return the limits drawn at the right edge."""
    return [line.get_ydata()[0] for line in ax.lines if list(line.get_xdata()) == [0.93, 1]]


@pytest.mark.parametrize("schedule", ["fixed", "theorem2"])
def test_both_sides_against_T_are_the_stored_ones(schedule):
    panel, left, bounds = experiment("one", rules()[:4], T=60, schedule=schedule)
    data, given = together((panel, left, bounds), experiment("two", rules()[:2], T=9))
    figure = bounds_horizon.draw(data, **given)
    assert len(figure.axes) == 2
    ax = figure.axes[0]
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    side = "theorem2" if schedule == "theorem2" else "theorem1"
    solid, dashed = named(ax)
    expected = style.lines(["cra_dl"] * 4, RULES[:4], [""] * 4)
    assert len(solid) == len(dashed) == len(ax.collections) == 4
    found = noted_of(figure).query("panel == '(a) A title'").set_index(["curve", "x"])
    for curve, (measured, bound, band, line) in enumerate(
        zip(solid, dashed, ax.collections, expected, strict=True)
    ):
        np.testing.assert_array_equal(measured.get_xdata(), np.arange(1, 62))
        np.testing.assert_array_equal(measured.get_ydata(), left[side][curve, 0])
        np.testing.assert_array_equal(bound.get_ydata(), bounds[side][curve, 0])
        corners = set(band.get_paths()[0].vertices[:, 1])
        assert set(left[f"{side}_lower"][curve, 0].values) <= corners
        assert set(left[f"{side}_upper"][curve, 0].values) <= corners
        assert measured.get_color() == bound.get_color() == line.color
        assert measured.get_marker() == bound.get_marker() == line.marker
        label = str(panel["label"].values[curve])
        noted = found.loc[f"{label}, measured"].to_numpy()[:, 1:]
        sides = [left[f"{side}{end}"][curve, 0] for end in ("", "_lower", "_upper")]
        np.testing.assert_array_equal(noted, np.transpose(sides))
        noted = found.loc[f"{label}, bound", "mean"]
        np.testing.assert_array_equal(noted, bounds[side][curve, 0])
    assert ax.get_ylabel() == bound_sides.LEFT_SIDES[side]
    assert not shades(ax)
    assert not ax.texts


def test_of_many_curves_those_with_the_least_the_middle_and_the_largest_bound_are_drawn():
    # Bounds grow threefold from rule to rule; that of Krum would be the middle one.
    data, given = together(experiment("one", rules(krum=2)[::-1]))
    figure = bounds_horizon.draw(data, **given)
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    drawn = ["CRA-DL (faba)", "CRA-DL (geometric_median)", "CRA-DL (median)"]
    assert names[:3] == drawn
    assert len(figure.axes[0].collections) == 3
    (text,) = figure.axes[0].texts
    assert text.get_text().splitlines() == [
        "3 of 6 curves: least, middle and largest bound",
        r"1 of 6 without bound: $C_\alpha$ too large (2 times)",
    ]


def test_one_curve_of_one_iteration_and_one_trial_can_be_drawn():
    panel, left, bounds = experiment("one", rules()[:1], T=0)
    for side in ("theorem1", "theorem2"):
        left[f"{side}_lower"][:], left[f"{side}_upper"][:] = np.nan, np.nan
    data, given = together((panel, left, bounds))
    for module in (bounds_horizon, bounds_grid):
        figure = module.draw(data, **given)
        assert figure.get_figwidth() == style.COLUMN_WIDTH
        FigureCanvasAgg(figure).draw()
        solid, dashed = named(figure.axes[0])
        assert [line.get_ydata().tolist() for line in solid] == [[1100]]
        assert [line.get_ydata().tolist() for line in dashed] == [[15000]]


def test_T_without_a_bound_is_shaded_up_to_the_first_that_has_one():
    panel, left, bounds = experiment("one", rules()[:3], T=99)
    bounds["theorem1"][1, 0, :20] = np.nan
    bounds["theorem1"][2, 0, 50:80] = np.nan
    ax = bounds_horizon.draw(
        together((panel, left, bounds))[0], **together((panel, left, bounds))[1]
    )
    ax = ax.axes[0]
    # T = 19 has none and T = 20 has one: x = T + 1 on a logarithmic axis from 1.
    np.testing.assert_allclose(
        shades(ax), [(1, np.sqrt(20 * 21)), (np.sqrt(50 * 51), np.sqrt(80 * 81))]
    )
    colors = [line.color for line in style.lines(["cra_dl"] * 3, RULES[:3], [""] * 3)]
    for one, color in zip(ax.patches, colors[1:], strict=True):
        np.testing.assert_allclose(one.get_facecolor()[:3], color)
    assert np.isnan(named(ax)[1][1].get_ydata()[:20]).all()


def test_curves_without_any_bound_are_counted_with_the_first_hypothesis_that_fails():
    some = experiment("some", rules(median=24, krum=3.04)[:4])
    every = experiment("every", rules(**dict.fromkeys(RULES, 7))[:4])
    every[2]["factor"][0, 0, 0] = np.inf
    data, given = together(some, every)
    first, second = bounds_horizon.draw(data, **given).axes
    assert not shades(first)
    (text,) = first.texts
    assert text.get_text() == r"2 of 4 without bound: $C_\alpha$ too large (3 to 24 times)"
    assert shades(second) == [second.get_xlim()]
    (text,) = second.texts
    assert text.get_text().splitlines() == [
        "1 of 4 without bound: no constant in Table I",
        r"3 of 4 without bound: $C_\alpha$ too large (7 times)",
    ]


def test_what_is_written_lies_above_the_curves():
    data, given = together(experiment("one", rules(median=24, krum=np.inf)))
    figure = bounds_horizon.draw(data, **given)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    (ax,) = figure.axes
    (text,) = ax.texts
    box = text.get_window_extent(canvas.get_renderer())
    assert box.x0 >= ax.bbox.x0
    for line in ax.lines:
        points = line.get_xydata()
        at = ax.transData.transform(points[np.isfinite(points).all(axis=1)])
        assert (at[:, 1] < box.y0).all()


def test_a_limit_is_drawn_where_it_lies_inside_the_panel():
    curves = [one | {"rho_3": rho_3} for one, rho_3 in zip(rules()[:3], (4e3, 0, 1e9), strict=True)]
    data, given = together(experiment("one", curves))
    figure = bounds_horizon.draw(data, **given)
    assert short_lines(figure.axes[0]) == [2e3]
    assert [text.get_text() for text in figure.axes[0].texts] == [r"$\rho_3/\rho_1$"]
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert r"$\rho_3/\rho_1$, limit at fixed $\lambda$ or rates (33)" in texts
    data, given = together(experiment("one", rules(median=2)[:1]))
    assert short_lines(bounds_horizon.draw(data, **given).axes[0]) == []


def test_what_diverged_ends_and_is_a_triangle_in_the_grid():
    panel, left, bounds = experiment("one", over("r", [20, 40, 80], [0.5] * 3), T=30)
    left["theorem1"][1, 0, 10:] = np.inf
    left["theorem1_lower"][1, 0, 10:], left["theorem1_upper"][1, 0, 10:] = np.nan, np.inf
    data, given = together((panel, left, bounds))
    drawn = named(bounds_horizon.draw(data, **given).axes[0])[0][1].get_ydata()
    assert np.isfinite(drawn[:10]).all()
    assert np.isnan(drawn[10:]).all()
    ax = bounds_grid.draw(data, **given).axes[0]
    np.testing.assert_array_equal(np.isnan(ax.lines[0].get_ydata()), [False, True, False])
    (triangle,) = [line for line in ax.lines if line.get_marker() == "^"]
    assert (triangle.get_xdata(), triangle.get_ydata()) == (40, 1)


@pytest.mark.parametrize(("axis", "values"), [("r", [20, 40, 80]), ("alpha", [0.1, 0.2, 0.4])])
def test_the_last_iteration_is_drawn_against_what_the_curves_differ_in(axis, values):
    curves = [
        one | {"measured": 10.0 * (place + 1), "bound": 1e3 * (place + 1)}
        for rule in ("phocas", "median")
        for place, one in enumerate(over(axis, values, [0.5] * 3, rule))
    ]
    # In the figure the points stand in order, whatever that of the curves.
    data, given = together(experiment("one", curves[::-1], T=9))
    figure = bounds_grid.draw(data, **given)
    (ax,) = figure.axes
    assert ax.get_xscale() == ("log" if axis == "r" else "linear")
    solid, dashed = named(ax)
    expected = style.lines(["cra_dl"] * 2, ["median", "phocas"], [""] * 2)
    for measured, bound, line, bars in zip(solid, dashed, expected, ax.containers, strict=True):
        np.testing.assert_array_equal(measured.get_xdata(), values)
        np.testing.assert_allclose(measured.get_ydata(), [2, 4, 6])
        np.testing.assert_allclose(bound.get_ydata(), [600, 1200, 1800])
        assert measured.get_color() == bound.get_color() == line.color
        ends = [one[:, 1] for one in bars.lines[2][0].get_segments()]
        np.testing.assert_allclose(ends, np.outer([2, 4, 6], [0.8, 1.3]))
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names[:2] == ["CRA-DL (median)", "CRA-DL (phocas)"]
    found = noted_of(figure).set_index(["curve", "x"])
    np.testing.assert_allclose(found.loc["CRA-DL (phocas), measured", "mean"], [2, 4, 6])
    np.testing.assert_allclose(found.loc["CRA-DL (median), measured", "upper"], [2.6, 5.2, 7.8])
    np.testing.assert_allclose(found.loc["CRA-DL (median), bound", "mean"], [600, 1200, 1800])


def test_a_grid_over_both_gives_a_panel_for_each_and_a_line_for_each_value_of_the_other():
    curves = [
        {"aggregator": "median", "r": r, "alpha": alpha, "variant": f"α = {alpha}, r = {r}"}
        for r in (20, 40, 80)
        for alpha in (0.1, 0.2)
    ]
    data, given = together(experiment("one", curves))
    figure = bounds_grid.draw(data, **given)
    against_r, against_alpha = figure.axes
    assert [len(line.get_xdata()) for line in named(against_r)[0]] == [3, 3]
    assert [len(line.get_xdata()) for line in named(against_alpha)[0]] == [2, 2, 2]
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    expected = ["α = 0.1", "α = 0.2", "r = 20", "r = 40", "r = 80"]
    assert names[:5] == [f"CRA-DL (median), {one}" for one in expected]


def test_a_shade_begins_where_the_factor_crosses_one():
    # From 1/2 to 4 in one doubling of r: 1 lies at a third of the way, on the axis as drawn.
    below = experiment("one", over("r", [20, 40, 80], [8, 4, 0.5]))
    (shaded,) = grid_of(below)
    assert shaded == pytest.approx((limits(below)[0], 80 * 2 ** (-1 / 3)))
    linear = experiment("two", over("alpha", [0.1, 0.2, 0.3], [0.25, 0.5, 4]))
    (shaded,) = grid_of(linear)
    assert shaded == pytest.approx((0.2 + 0.1 / 3, limits(linear)[1]))


def test_a_shade_begins_midway_where_no_factor_can_be_interpolated():
    from_zero = experiment("one", over("alpha", [0, 0.1], [0, 4]))
    to_infinity = experiment("one", over("alpha", [0, 0.1], [0.1, np.inf]))
    for one in (from_zero, to_infinity):
        assert grid_of(one)[0][0] == pytest.approx(0.05)


def test_the_first_hypothesis_to_fail_sets_the_boundary_and_not_that_of_the_other_theorem():
    panel, left, bounds = experiment("one", over("r", [20, 80], [0.25, 4]))
    step = HYPOTHESES.index("step_theorem1")
    bounds["factor"][:, 0, step] = [0.5, 32]
    (shaded,) = grid_of((panel, left, bounds))
    # The threshold is 1 halfway (at 40), the rate at a sixth of the way.
    assert shaded[0] == pytest.approx(20 * 4 ** (1 / 6))


def test_a_hole_between_bounds_is_shaded_and_a_line_alone_is_not():
    (shaded,) = grid_of(experiment("one", over("r", [20, 40, 80], [0.5, 2, 0.5])))
    assert shaded == pytest.approx((20 * np.sqrt(2), 40 * np.sqrt(2)))
    curves = over("r", [20, 40], [0.5] * 2) + over("r", [20, 40], [3, 2], "krum")
    data, given = together(experiment("one", curves))
    (ax,) = bounds_grid.draw(data, **given).axes
    assert not shades(ax)
    assert ax.texts[0].get_text() == r"1 of 2 without bound: $C_\alpha$ too large (3 times)"


def test_every_experiment_has_panels_of_its_own():
    curves = over("r", [20, 40], [0.5, 0.5])
    data, given = together(
        experiment("a", curves),
        experiment("b", curves),
        experiment("c", curves, schedule="theorem2"),
    )
    assert len(bounds_grid.draw(data, **given).axes) == 3


def grid_of(one):
    data, given = together(one)
    return shades(bounds_grid.draw(data, **given).axes[0])


def limits(one):
    data, given = together(one)
    return bounds_grid.draw(data, **given).axes[0].get_xlim()


@pytest.mark.parametrize("module", [bounds_horizon, bounds_grid])
def test_what_has_no_single_bound_or_other_curves_is_refused(module):
    data, given = together(experiment("one", rules(), groups=3))
    message = "need one draw of data and allocation for a bound, got 3 of one"
    with pytest.raises(ValueError, match=message):
        module.draw(data, **given)
    data, given = together(experiment("one", rules()[:1]))
    given["bounds"]["one"]["label"] = ("curve", ["another"])
    with pytest.raises(ValueError, match=r"need the bounds of the curves .*got \['another'\]"):
        module.draw(data, **given)


@pytest.mark.parametrize("module", [bounds_horizon, bounds_grid])
@pytest.mark.parametrize("count", [1, 3, 4])
def test_nothing_is_cut_off_and_the_legend_covers_no_panel(module, count):
    runs = [
        experiment(f"e{i}", rules(krum=2) + over("r", [20, 80], [9, 0.1])) for i in range(count)
    ]
    data, given = together(*runs)
    figure = module.draw(data, **given)
    width = style.COLUMN_WIDTH if count == 1 else style.PAGE_WIDTH
    assert figure.get_figwidth() == width
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    boxes = [one.get_tightbbox(renderer) for one in (*figure.axes, *figure.legends)]
    for box in boxes:
        assert box.x0 >= -1
        assert box.y0 >= -1
        assert box.x1 <= figure.bbox.width + 1
        assert box.y1 <= figure.bbox.height + 1
    assert boxes[-1].y1 <= min(box.y0 for box in boxes[:-1]) + 1


def test_sides_choose_the_theorem_by_the_rates():
    first = experiment("one", rules()[:1], T=4)
    second = experiment("one", rules()[:1], T=4, schedule="theorem2")
    joined = [xr.concat(pair, "curve", data_vars="all") for pair in zip(first, second, strict=True)]
    _, given = together(tuple(joined))
    one = bound_sides.sides(joined[0], **given)
    assert one["theorem"].values.tolist() == ["theorem1", "theorem2"]
    for curve, side in enumerate(one["theorem"].values):
        np.testing.assert_array_equal(one["measured"][curve], joined[1][side][curve, 0])
        np.testing.assert_array_equal(one["bound"][curve], joined[2][side][curve, 0])
        assert bound_sides.failure(one["factor"][curve]) is None

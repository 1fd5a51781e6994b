"""Losses against r hold the stored numbers at the right iteration, with a ring at the least."""

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from summaries import dots, rows_of, summary

from paper_figures.drawing import style
from paper_figures.drawing.values import values
from paper_figures.figures import fronts, redundancy

R = [10, 20, 40, 80]
AFTER_5 = np.array([300.0, 400.0, 100.0, 200.0])


def over_r(rules=("median",), order=(0, 1, 2, 3)):
    """Return runs at each r; after 5 iterations the losses above, times 1, 2, ... by rule."""
    count = len(rules)
    coded = [("rba_dl", "cra_dl")[r > 10] for r in R]
    variants = ["" if r == 10 else f"r = {r}" for r in R]
    panel = summary(
        *(30, coded * count, np.repeat(rules, len(R))), variants=variants * count, r=R * count
    )
    for end, factor in (("", 1), ("_lower", 0.9), ("_upper", 1.2)):
        losses = np.concatenate([factor * AFTER_5 * (1 + index) for index in range(count)])
        panel[f"excess_loss{end}"][:, 5] = losses
    return panel.isel(curve=[*order] if count == 1 else slice(None))


def rings(ax):
    return [
        line.get_xydata()[0].tolist() for line in ax.lines if line.get_markerfacecolor() == "none"
    ]


def test_the_right_panels_hold_the_losses_after_their_own_iterations():
    panels = [over_r(), over_r(order=(3, 0, 2, 1))]
    for name, factor in (("", 1), ("_lower", 0.9), ("_upper", 1.2)):
        panels[1][f"excess_loss{name}"][:, 7] = factor * np.array([60.0, 90, 70, 80])
    figure = redundancy.draw(panels, after=[5, 7])
    assert figure.get_figwidth() == style.PAGE_WIDTH == 7.16
    table = values(figure)
    for row, (panel, iteration) in enumerate(zip(panels, [5, 7], strict=True)):
        early, right = figure.axes[2 * row : 2 * row + 2]
        for curve in range(4):
            np.testing.assert_array_equal(
                early.lines[curve].get_ydata(), panel["excess_loss"][curve, :30]
            )
        assert (right.get_xscale(), right.get_yscale()) == ("log", "log")
        assert right.get_title(loc="left") == f"after {iteration} iterations"
        at = panel.sel(iteration=iteration).sortby("r")
        for curve, ((r, mean), ends, dot) in enumerate(dots(right, axis=1)):
            one = at.isel(curve=curve)
            assert (r, mean) == (one["r"], one["excess_loss"])
            np.testing.assert_allclose(ends, [0.9 * mean, 1.2 * mean])
            (line,) = (each for each in early.lines if each.get_label() == one["label"])
            assert dot.get_color() == line.get_color()
        np.testing.assert_array_equal(right.lines[0].get_xdata(), R)
        rows = rows_of(table, f"after {iteration} iterations", "against r")
        assert list(rows["x"]) == R
        for column, end in (("mean", ""), ("lower", "_lower"), ("upper", "_upper")):
            np.testing.assert_array_equal(rows[column], at[f"excess_loss{end}"])
    assert rings(figure.axes[1]) == [[40, 100]]
    assert rings(figure.axes[3]) == [[80, 60]]


def test_the_end_without_coding_is_dashed_and_hollow():
    early, right = redundancy.draw([over_r()], after=[5]).axes
    assert [line.get_linestyle() for line in early.lines[:4]] == ["--", "-", "-", "-"]
    assert [line.get_markerfacecolor() == "white" for _, _, line in dots(right, axis=1)] == [
        *(True, False, False, False)
    ]


def test_nothing_is_cut_off_and_no_names_overlap():
    figure = redundancy.draw([over_r(), over_r()], after=[5, 5])
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    for ax in figure.axes:
        box = ax.get_tightbbox(renderer)
        assert min(box.x0, box.y0) >= -1
        assert box.x1 <= figure.bbox.width + 1
        assert box.y1 <= figure.bbox.height + 1
    names = [text.get_window_extent(renderer) for text in figure.axes[0].texts]
    right = figure.axes[1].get_tightbbox(renderer)
    assert len(names) == 4
    assert not any(name.overlaps(right) for name in names)


def test_every_rule_has_a_line_through_all_its_points_in_its_colour():
    rules = ["median", "krum", "faba"]
    figure = fronts.draw([over_r(rules), over_r(rules)], after=[5, 6])
    ax, table = figure.axes[0], values(figure)
    found = dots(ax, axis=1)
    assert [r for (r, _), _, _ in found] == R * 3
    expected = np.concatenate([AFTER_5, 2 * AFTER_5, 3 * AFTER_5])
    assert [mean for (_, mean), _, _ in found] == expected.tolist()
    lines = style.lines(["cra_dl"] * 3, rules, [""] * 3)
    for index, (_, _, dot) in enumerate(found):
        line = lines[index // len(R)]
        assert (dot.get_color(), dot.get_marker()) == (line.color, line.marker)
        assert (dot.get_markerfacecolor() == "white") == (index % len(R) == 0)
    assert rings(ax) == [[40, 100], [40, 200], [40, 300]]
    assert figure.axes[1].get_title(loc="left") == "(b) A title (after 6 iterations)"
    # From the largest loss at the smallest r to the least.
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == ["FABA", "Krum", "Median"]
    for index, name in enumerate(("Median", "Krum", "FABA")):
        rows = rows_of(table, "(a) A title (after 5 iterations)", name)
        np.testing.assert_array_equal(rows["mean"], AFTER_5 * (1 + index))
        np.testing.assert_allclose(rows["upper"], 1.2 * AFTER_5 * (1 + index))


def test_what_is_worse_than_the_start_lies_outside_and_what_diverged_is_no_point():
    panel = over_r()
    panel["excess_loss"][0, 5], panel["excess_loss_upper"][0, 5] = 1e200, np.inf
    panel["excess_loss"][1, 5], panel["excess_loss_upper"][1, 5] = np.inf, np.inf
    panel["excess_loss_lower"][:2, 5] = np.nan
    figure = fronts.draw([panel], after=[5])
    FigureCanvasAgg(figure).draw()
    (ax,) = figure.axes
    assert [r for (r, _), _, _ in dots(ax, axis=1)] == [10, 40, 80]
    assert ax.get_ylim()[1] <= panel["excess_loss"][:, 0].max()


def test_curves_without_a_rule_are_no_points():
    panel = over_r()
    panel["aggregator"] = ("curve", ["mean", "median", "median", "median"])
    (ax,) = fronts.draw([panel], after=[5]).axes
    assert [r for (r, _), _, _ in dots(ax, axis=1)] == R[1:]


def test_redundancies_that_are_close_have_one_label():
    panel = over_r().assign_coords(r=("curve", [10, 20, 40, 50]))
    (ax,) = fronts.draw([panel], after=[5]).axes
    assert [text.get_text() for text in ax.get_xticklabels()] == ["10", "20", "", "50"]

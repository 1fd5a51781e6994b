"""What is drawn equals what is stored, is noted as numbers, and can be told apart."""

import importlib
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from summaries import METHODS, RULES, dots, rows_of, summary

from paper_figures import figures
from paper_figures.drawing import style
from paper_figures.drawing.panels import early
from paper_figures.drawing.values import COLUMNS, values
from paper_figures.figures import excess_loss, test_accuracy, training_loss


def test_the_training_loss_is_drawn_at_all_iterations_on_linear_axes():
    panels = [summary(), summary(iterations=13)]
    figure = training_loss.draw(panels)
    assert len(figure.axes) == 2
    for ax, panel in zip(figure.axes, panels, strict=True):
        assert (ax.get_xscale(), ax.get_yscale()) == ("linear", "log")
        for line, curve in zip(ax.lines, range(9), strict=True):
            np.testing.assert_array_equal(line.get_xdata(), panel["iteration"])
            np.testing.assert_array_equal(line.get_ydata(), panel["loss"][curve])


def test_the_accuracy_is_drawn_with_bands_on_a_linear_axis():
    panel = summary(methods=METHODS[:4], rules=RULES[:4])
    shares = np.linspace(0.1, 0.9, 101) * np.linspace(0.5, 1, 4)[:, np.newaxis]
    for end, shift in (("", 0), ("_lower", -0.05), ("_upper", 0.05)):
        panel[f"test_accuracy{end}"] = ("curve", "iteration"), shares + shift
    (ax,) = test_accuracy.draw([panel]).axes
    assert (ax.get_xscale(), ax.get_yscale()) == ("linear", "linear")
    assert "accuracy" in ax.get_ylabel()
    for line, share in zip(ax.lines, shares, strict=True):
        np.testing.assert_array_equal(line.get_ydata(), share)
    for band, share in zip(ax.collections, shares, strict=True):
        ends = band.get_paths()[0].vertices[:, 1]
        assert (ends.min(), ends.max()) == (share.min() - 0.05, share.max() + 0.05)


def test_an_axis_of_accuracies_ends_where_shares_end():
    panel = summary(61, ["cra_dl"], ["median"])
    shares = np.full((1, 61), 0.7)
    for end, shift in (("", 0.0), ("_lower", -1.5), ("_upper", 1.5)):
        panel[f"test_accuracy{end}"] = ("curve", "iteration"), shares + shift
    (ax,) = test_accuracy.draw([panel]).axes
    assert ax.get_ylim() == (0.0, 1.0)


def test_the_excess_is_drawn_early_and_as_a_plateau():
    panel = summary()
    before, plateau = excess_loss.draw([panel]).axes
    assert (before.get_xscale(), before.get_yscale()) == ("linear", "log")
    for line, curve in zip(before.lines, range(9), strict=True):
        np.testing.assert_array_equal(line.get_xdata(), range(21))
        np.testing.assert_array_equal(line.get_ydata(), panel["excess_loss"][curve, :21])
    rows = [text.get_text() for text in plateau.get_yticklabels()]
    for ((mean, row), ends, line), curve in zip(dots(plateau), reversed(range(9)), strict=True):
        # The curve that ends highest is on top.
        assert row == 8 - curve
        assert rows[int(row)] == panel["label"][curve]
        assert mean == panel["plateau_excess"][curve]
        np.testing.assert_allclose(ends, [0.9 * mean, 1.2 * mean])
        assert line.get_marker() == before.lines[curve].get_marker()
        assert line.get_color() == before.lines[curve].get_color()


@pytest.mark.parametrize(("iterations", "plateau", "last"), [(31, True, 30), (36, False, 35)])
def test_a_short_run_or_one_without_a_plateau_is_early_as_a_whole(iterations, plateau, last):
    panel = summary(iterations=iterations, plateau=plateau)
    assert early(panel)["iteration"][-1] == last
    figure = excess_loss.draw([panel])
    assert len(figure.axes) == 1 + plateau
    if not plateau:
        names = [text.get_text() for text in figure.axes[0].texts]
        # From the highest end to the lowest.
        assert names == list(panel["label"].values[::-1])


def test_the_early_part_grows_until_half_of_the_curves_are_near_their_ends():
    panel = summary()
    panel["excess_loss"][:5] = np.geomspace(5e6, 50, 101)
    # Twice the end is reached at t = 94.
    assert early(panel)["iteration"][-1] == 100
    panel["excess_loss"][:5] = 5e6 * 0.7 ** np.arange(101) + 50
    # Within 50 of the end from t = 33 on.
    assert early(panel)["iteration"][-1] == 40
    panel["excess_loss"][0] = panel["excess_loss"][8]
    assert early(panel)["iteration"][-1] == 20


def test_names_beside_curves_do_not_overlap_and_stand_in_the_order_of_the_ends():
    panel = summary(plateau=False)
    panel["excess_loss"][:] = panel["excess_loss"][0]
    figure = excess_loss.draw([panel])
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    boxes = [text.get_window_extent(canvas.get_renderer()) for text in figure.axes[0].texts]
    assert len(boxes) == 9
    for above, below in pairwise(boxes):
        assert above.y0 >= below.y1 - 1
    assert max(box.x1 for box in boxes) <= figure.bbox.width + 1


@pytest.mark.parametrize(
    ("module", "quantity", "shown"),
    [(training_loss, "loss", 101), (excess_loss, "excess_loss", 21)],
)
def test_the_noted_numbers_are_those_of_the_artists_and_of_the_summary(module, quantity, shown):
    panels = [summary(), summary()]
    panels[1].attrs["title"] = "Another"
    figure = module.draw(panels)
    table = values(figure)
    assert list(table.columns) == list(COLUMNS)
    drawn = [ax for ax in figure.axes if ax.get_yscale() == "log"]
    for letter, panel, ax in zip("ab", panels, drawn, strict=True):
        title = f"({letter}) {panel.attrs['title']}"
        for curve, name in enumerate(panel["label"].values):
            rows, one = rows_of(table, title, name), panel.isel(curve=curve)
            np.testing.assert_array_equal(rows["x"].astype(int), range(shown))
            np.testing.assert_array_equal(rows["mean"], ax.lines[curve].get_ydata())
            for column, end in (("mean", ""), ("lower", "_lower"), ("upper", "_upper")):
                np.testing.assert_array_equal(rows[column], one[quantity + end][:shown])


def test_the_noted_plateaus_are_those_of_the_dots():
    panel = summary()
    figure = excess_loss.draw([panel])
    table = values(figure)
    table = table[table["x"] == "plateau"]
    assert set(table["panel"]) == {"A title: plateau, % of F*"}
    assert list(table["curve"]) == list(panel["label"].values[::-1])
    for row, ((mean, _), ends, _) in zip(table.itertuples(), dots(figure.axes[1]), strict=True):
        assert row.mean == mean
        np.testing.assert_allclose([row.lower, row.upper], ends)


def test_what_diverged_and_what_is_zero_are_arrows_with_their_numbers():
    panel = summary()
    panel["excess_loss"][0, 50:] = 1e9
    panel["plateau_excess"][0] = 1e4
    panel["plateau_excess"][1] = -3e-14
    panel["plateau_excess_lower"][1] = -1e-13
    _, ax = excess_loss.draw([panel]).axes
    assert len(ax.containers) == 7
    arrows = {line.get_marker(): line.get_xydata().tolist() for line in ax.lines}
    assert arrows[">"] == [[1.0, 0]]
    assert arrows["<"] == [[0.0, 8]]
    assert [text.get_text() for text in ax.texts] == ["1e+04 %", "0, but for rounding"]


@pytest.mark.parametrize("least", [2.0, 0.1])
def test_no_interval_leaves_the_picture(least):
    panel = summary()
    panel["plateau_excess"][0], panel["plateau_excess_lower"][0] = least, least / 3
    panel["plateau_excess_upper"][8] = 25.0
    _, ax = excess_loss.draw([panel]).axes
    low, high = ax.get_xlim()
    assert low <= least / 3
    assert high >= 25.0


def test_what_is_still_falling_says_so():
    panel = summary()
    panel["still_falling"][3] = True
    _, ax = excess_loss.draw([panel]).axes
    (said,) = ax.texts
    assert said.get_text() == "← still falling"
    assert said.xy[0] == panel["plateau_excess"][3]


def test_the_axis_of_plateaus_is_logarithmic_beyond_a_decade():
    panel = summary()
    assert excess_loss.draw([panel]).axes[1].get_xscale() == "linear"
    panel["plateau_excess"][0] = 0.1
    assert excess_loss.draw([panel]).axes[1].get_xscale() == "log"


def test_the_bands_are_the_intervals():
    panel = summary(methods=METHODS[-6:], rules=RULES[-6:])
    ax = training_loss.draw([panel]).axes[0]
    assert len(ax.collections) == 6
    for curve, band in enumerate(ax.collections):
        corners = band.get_paths()[0].vertices[:, 1]
        for end in ("lower", "upper"):
            assert set(panel[f"loss_{end}"][curve].to_numpy()) <= set(corners)
    # Of more curves, the bands hide each other.
    assert not training_loss.draw([summary()]).axes[0].collections


def test_the_legend_names_every_curve_once_from_the_highest_end_and_like_its_line():
    figure = training_loss.draw([summary(), summary()])
    (legend,) = figure.legends
    names = [text.get_text().replace("\n", " ") for text in legend.get_texts()]
    assert names == list(summary()["label"].values[::-1])
    lines = figure.axes[1].lines[::-1]
    for handle, line in zip(legend.legend_handles, lines, strict=True):
        assert handle.get_color() == line.get_color()
        assert handle.get_marker() == line.get_marker()


def test_the_nine_curves_of_fig_2_are_told_apart_without_colour():
    lines = style.lines(METHODS, RULES, [""] * 9)
    assert len({(line.marker, str(line.linestyle)) for line in lines}) == 9
    assert len({(str(line.color), line.marker, str(line.linestyle)) for line in lines}) == 9


def test_all_methods_and_rules_are_told_apart_without_colour_or_without_marker():
    rules = ["median", "trimmed_mean", "geometric_median", "krum", "phocas", "faba"]
    alone = [*METHODS[:3], "fractional_repetition", "detection"]
    methods = alone + ["rba_dl"] * 6 + ["cra_dl"] * 6
    lines = style.lines(methods, ["mean"] * 5 + rules * 2, [""] * 17)
    assert len({(line.marker, str(line.linestyle)) for line in lines}) == 17
    assert len({(str(line.color), str(line.linestyle)) for line in lines}) == 17
    assert len({line.color for line in lines}) == 11
    assert not {line.marker for line in lines} & set(style._SPARE_MARKERS)


def test_a_rule_keeps_its_colour_whatever_stands_beside_it():
    among_others = style.lines(METHODS, RULES, [""] * 9)
    assert style.lines(["cra_dl"], ["median"], [""]) == [among_others[6]]


def lightness(color, seen=1.0):
    """Return L* of a colour (CIE 1976), seen through a matrix on linear red, green and blue."""
    rgb = np.array(to_rgb(color))
    linear = np.where(rgb > 0.04045, ((rgb + 0.055) / 1.055) ** 2.4, rgb / 12.92)
    luminance = np.clip(np.dot(seen, linear), 0, 1) @ [0.2126, 0.7152, 0.0722]
    return 116 * np.cbrt(luminance) - 16 if luminance > 0.008856 else 903.3 * luminance


# Machado, Oliveira and Fernandes (2009), at full severity.
DEUTERANOPIA = np.array(
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]]
)
PROTANOPIA = np.array(
    [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ]
)
ORDERS = {
    "fig3": (["rba_dl"] + ["cra_dl"] * 7, ["median"] * 8, ["", *(f"r = {r}" for r in range(7))]),
    "fig4": (
        ["cra_dl"] * 5 + ["fractional_repetition", "detection"],
        ["median"] * 5 + ["mean"] * 2,
        [*(f"α = {0.1 * k:.15g}" for k in range(5)), "", ""],
    ),
    "fig5": (
        ["rba_dl"] * 5 + ["cra_dl"] * 5,
        ["median"] * 10,
        [f"σ_H = {one}" for one in (0, 0.1, 0.2, 0.5, 1)] * 2,
    ),
    "fig2": (METHODS, RULES, [""] * 9),
    "two keys": (
        ["cra_dl"] * 9,
        ["faba"] * 9,
        [f"r = {r}, α = {alpha}" for r in (20, 40, 80) for alpha in (0.1, 0.2, 0.3)],
    ),
    "two rules": (["cra_dl"] * 8, ["median", "krum"] * 4, [f"r = {r // 2}" for r in range(8)]),
    "rules of a user": (["cra_dl"] * 4, ["mine", "yours", "ours", "theirs"], [""] * 4),
}


@pytest.mark.parametrize("seen", [1.0, DEUTERANOPIA, PROTANOPIA], ids=["all", "deu", "pro"])
@pytest.mark.parametrize("figure", ORDERS)
def test_curves_with_equal_marks_and_lines_differ_in_lightness(figure, seen):
    alike = {}
    for line in style.lines(*ORDERS[figure]):
        # Yellow is unreadable on white.
        assert lightness(line.color, seen) < 80
        kind = line.marker, str(line.linestyle), line.filled, line.width
        alike.setdefault(kind, []).append(lightness(line.color, seen))
    for one in alike.values():
        assert (np.diff(sorted(one)) > 6).all()


def test_an_order_of_values_goes_from_light_to_dark_in_the_hue_of_its_rule():
    # In the study's order, which is not that of the numbers.
    variants = [f"r = {r}" for r in (1000, 20, 160, 40)]
    lines = style.lines(["cra_dl"] * 4, ["median"] * 4, variants)
    light = [lightness(line.color) for line in lines]
    assert np.argsort(light).tolist() == [0, 2, 3, 1]
    assert {line.marker for line in lines} == {"o"}
    for line in lines:
        red, green, blue = line.color
        assert red < green < blue


def test_a_variant_has_one_colour_and_marker_with_coding_and_without():
    variants = ["σ_H = 0", "σ_H = 1", "σ_H = 2"]
    lines = style.lines(["rba_dl"] * 3 + ["cra_dl"] * 3, ["median"] * 6, variants * 2)
    for without, coded in zip(lines[:3], lines[3:], strict=True):
        assert (without.color, without.marker) == (coded.color, coded.marker)
        assert (str(without.linestyle), coded.linestyle) == ("(0, (3, 1.2))", "-")
        assert (without.filled, coded.filled) == (False, True)
        assert without.face == "white"
    assert len({line.color for line in lines}) == 3


def test_of_two_keys_one_sets_the_shade_and_the_other_the_marker():
    variants = [f"r = {r}, α = {alpha}" for r in (1, 2, 3) for alpha in (0.1, 0.2)]
    lines = style.lines(["cra_dl"] * 6, ["median"] * 6, variants)
    assert [line.color for line in lines[::2]] == [line.color for line in lines[1::2]]
    assert len({line.color for line in lines}) == 3
    assert len({line.marker for line in lines[::2]}) == len({line.marker for line in lines[1::2]})
    assert lines[0].marker != lines[1].marker


def test_values_without_an_order_have_marks_of_their_own():
    lines = style.lines(["sgc_dl"] * 3, ["mean"] * 3, ["random", "covering", "regular"])
    assert len({line.marker for line in lines}) == 3
    assert len({line.color for line in lines}) == 3


def test_a_rule_of_a_user_has_its_colour_in_every_figure():
    (alone,) = style.lines(["cra_dl"], ["mine"], [""])
    among = style.lines(["cra_dl", "rba_dl", "cra_dl"], ["median", "mine", "yours"], [""] * 3)
    assert among[1].color == alone.color
    assert among[2].color != alone.color
    assert among[2].marker != among[1].marker
    own, other = style.lines(["my_method", "their_method"], ["mean"] * 2, ["", ""])
    assert own.color != other.color
    known = [line.color for line in style.lines(METHODS, RULES, [""] * 9)]
    assert alone.color not in known


def test_the_two_exact_codes_are_both_seen_where_they_are_one_curve():
    panel = summary(methods=["detection", "fractional_repetition"], rules=["mean"] * 2)
    panel["excess_loss"][1] = panel["excess_loss"][0]
    thin, wide = excess_loss.draw([panel]).axes[0].lines
    assert wide.get_linewidth() > 2 * thin.get_linewidth()
    assert wide.get_zorder() < thin.get_zorder()


def test_panels_with_different_parts_of_a_grid_share_its_colours():
    panels = [summary(methods=["cra_dl"] * 2, rules=["median"] * 2) for _ in range(2)]
    for panel, variants in zip(panels, (["r = 1", "r = 2"], ["r = 2", "r = 3"]), strict=True):
        panel["variant"] = ("curve", variants)
    one, two = ([line.get_color() for line in ax.lines] for ax in training_loss.draw(panels).axes)
    assert one[1] == two[0]
    assert len({*one, *two}) == 3


def test_a_diverged_curve_ends_where_it_diverged():
    panel = summary()
    panel["loss"][2, 5:] = np.inf
    drawn = training_loss.draw([panel]).axes[0].lines[2].get_ydata()
    assert np.isfinite(drawn[:5]).all()
    assert np.isnan(drawn[5:]).all()


def test_noise_below_rounding_is_not_shown():
    panel = summary()
    panel["excess_loss"][0, 10:] = 1e-13
    panel["excess_loss"][0, 0] = 5e6
    low, _ = excess_loss.draw([panel]).axes[0].get_ylim()
    assert 1e-9 < low < 1e-5


def test_a_single_iteration_and_a_single_trial_can_be_drawn():
    panel = summary(iterations=1)
    for bound in ("loss_lower", "loss_upper"):
        panel[bound][:] = np.nan
    assert isinstance(training_loss.draw([panel]), Figure)


@pytest.mark.parametrize("longer", ["", ", r = 40, sign flipping coefficient -2 and much more"])
@pytest.mark.parametrize("module", [training_loss, excess_loss])
def test_figures_have_the_widths_of_the_journal_and_nothing_is_cut_off(module, longer):
    panel = summary()
    panel["label"] = panel["label"].str.slice(0, 20) + panel["label"].str.slice(-2) + longer
    figure = module.draw([panel] * 3)
    assert figure.get_figwidth() == (3.5 if module is training_loss else 7.16)
    assert (style.COLUMN_WIDTH, style.PAGE_WIDTH) == (3.5, 7.16)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    width, height = figure.bbox.width, figure.bbox.height
    renderer = canvas.get_renderer()
    boxes = [artist.get_tightbbox(renderer) for artist in (*figure.axes, *figure.legends)]
    for box in boxes:
        assert box.x0 >= -1
        assert box.y0 >= -1
        assert box.x1 <= width + 1
        assert box.y1 <= height + 1
    panels = len(figure.axes)
    # The legend covers no panel.
    assert not boxes[panels:] or max(box.y1 for box in boxes[panels:]) <= boxes[panels - 1].y0 + 1


def test_vector_formats_are_stable_and_embed_their_fonts(tmp_path):
    names = ["one.pdf", "two.pdf", "one.svg", "two.svg"]
    for name in names:
        style.save(training_loss.draw([summary()]), tmp_path / name, title="one")
    one_pdf, two_pdf, one_svg, two_svg = ((tmp_path / name).read_bytes() for name in names)
    assert one_pdf == two_pdf
    assert one_svg == two_svg
    assert b"/FontFile2" in one_pdf
    assert not re.search(rb"/Subtype /Type3", one_pdf)
    # Files that are put on a page tell those who do not see them what they show.
    assert "One panel. A title: training loss F(x^t), logarithmic" in one_svg.decode()


def test_formats_share_the_layout_that_matplotlib_solves(tmp_path):
    one, other = (training_loss.draw([summary(), summary()]) for _ in range(2))
    for name in ("one.pdf", "one.svg", "one.png"):
        style.save(one, tmp_path / name, title="one")
    with style.applied():
        other.set_dpi(300)
        other.draw_without_rendering()
    for found, expected in zip(one.axes, other.axes, strict=True):
        np.testing.assert_array_equal(found.get_position().bounds, expected.get_position().bounds)


def test_every_figure_module_says_what_its_figure_supports():
    folder = Path(figures.__file__).parent
    modules = [path.stem for path in folder.glob("[!_]*.py")]
    assert modules
    for name in modules:
        module = importlib.import_module(f"paper_figures.figures.{name}")
        assert "Supports" in module.draw.__doc__

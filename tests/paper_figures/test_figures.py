"""What is drawn equals what is stored, and can be told apart."""

import importlib
import re
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from paper_figures import figures
from paper_figures.drawing import style
from paper_figures.figures import excess_loss, training_loss

METHODS = ["mean_averaging", "sgc_dl", "clairvoyant", *["rba_dl"] * 3, *["cra_dl"] * 3]
RULES = ["mean"] * 3 + ["median", "trimmed_mean", "phocas"] * 2


def summary(iterations=101, methods=METHODS, rules=RULES):
    rng = np.random.default_rng(0)
    shape = (len(methods), iterations)
    parts = {}
    for quantity in ("loss", "excess_loss"):
        mean = rng.lognormal(3, 2, shape)
        parts |= {
            quantity: (("curve", "iteration"), mean),
            f"{quantity}_lower": (("curve", "iteration"), 0.9 * mean),
            f"{quantity}_upper": (("curve", "iteration"), 1.2 * mean),
        }
    return xr.Dataset(
        parts,
        coords={
            "iteration": np.arange(iterations),
            "method": ("curve", methods),
            "aggregator": ("curve", rules),
            "variant": ("curve", [""] * len(methods)),
            "label": (
                "curve",
                [f"{m} {r} {i}" for i, (m, r) in enumerate(zip(methods, rules, strict=True))],
            ),
        },
        attrs={"title": "A title", "experiment": "one", "trials": 100},
    )


@pytest.mark.parametrize(
    ("module", "quantity"), [(training_loss, "loss"), (excess_loss, "excess_loss")]
)
def test_drawn_values_are_the_stored_ones(module, quantity):
    panels = [summary(), summary(iterations=13)]
    figure = module.draw(panels)
    assert len(figure.axes) == 2
    for ax, panel in zip(figure.axes, panels, strict=True):
        assert ax.get_yscale() == "log"
        for line, band, curve in zip(ax.lines, ax.collections, range(9), strict=True):
            one = panel.isel(curve=curve)
            np.testing.assert_array_equal(line.get_xdata(), one["iteration"])
            np.testing.assert_array_equal(line.get_ydata(), one[quantity])
            corners = band.get_paths()[0].vertices[:, 1]
            assert set(one[f"{quantity}_lower"].to_numpy()) <= set(corners)
            assert set(one[f"{quantity}_upper"].to_numpy()) <= set(corners)


def test_the_legend_names_every_curve_once_and_like_its_line():
    figure = training_loss.draw([summary(), summary()])
    (legend,) = figure.legends
    names = [text.get_text().replace("\n", " ") for text in legend.get_texts()]
    assert names == list(summary()["label"].values)
    for handle, line in zip(legend.legend_handles, figure.axes[1].lines, strict=True):
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


def test_a_grid_of_one_method_and_rule_gets_distinct_lines():
    variants = [f"r = {r}" for r in range(12)]
    lines = style.lines(
        ["cra_dl"] * 12 + ["user_method"], ["median"] * 12 + ["mean"], [*variants, ""]
    )
    assert len({str(line.color) for line in lines}) == 13
    # Yellow is unreadable on white: contrast of at least 1.8 to 1 (WCAG relative luminance).
    for line in lines:
        rgb = np.array(line.color[:3])
        linear = np.where(rgb > 0.04, ((rgb + 0.055) / 1.055) ** 2.4, rgb / 12.92)
        assert 1.05 / (linear @ [0.2126, 0.7152, 0.0722] + 0.05) > 1.8


def test_a_variant_has_one_colour_and_marker_with_coding_and_without():
    values = ["σ_H = 0", "σ_H = 1", "σ_H = 2"]
    lines = style.lines(["rba_dl"] * 3 + ["cra_dl"] * 3, ["median"] * 6, values * 2)
    for without, coded in zip(lines[:3], lines[3:], strict=True):
        assert (without.color, without.marker) == (coded.color, coded.marker)
        assert (str(without.linestyle), coded.linestyle) == ("(0, (3, 1.2))", "-")
    assert len({line.color for line in lines}) == 3


def test_variants_of_different_rules_and_methods_are_told_apart():
    methods, rules = ["cra_dl"] * 4 + ["sgc_dl"] * 2, ["median"] * 2 + ["phocas"] * 2 + ["mean"] * 2
    lines = style.lines(methods, rules, ["r = 1", "r = 2"] * 3)
    assert len({line.color for line in lines}) == 6


def test_panels_with_different_parts_of_a_grid_share_its_colours():
    panels = [summary(methods=["cra_dl"] * 2, rules=["median"] * 2) for _ in range(2)]
    for panel, values in zip(panels, (["r = 1", "r = 2"], ["r = 2", "r = 3"]), strict=True):
        panel["variant"] = ("curve", values)
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
    panel["excess_loss"][0, 50:] = 1e-13
    panel["excess_loss"][0, 0] = 5e6
    low, _ = excess_loss.draw([panel]).axes[0].get_ylim()
    assert 1e-9 < low < 1e-6


def test_a_single_iteration_and_a_single_trial_can_be_drawn():
    panel = summary(iterations=1)
    for bound in ("loss_lower", "loss_upper"):
        panel[bound][:] = np.nan
    assert isinstance(training_loss.draw([panel]), Figure)


@pytest.mark.parametrize("longer", ["", ", r = 40, sign flipping coefficient -2 and much more"])
def test_figures_have_the_width_of_a_column_and_nothing_is_cut_off(longer):
    panel = summary()
    panel["label"] = panel["label"].str.slice(0, 20) + panel["label"].str.slice(-2) + longer
    figure = training_loss.draw([panel] * 3)
    assert figure.get_figwidth() == style.COLUMN_WIDTH == 3.5
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
    # The legend covers no panel.
    assert max(box.y1 for box in boxes[3:]) <= min(box.y0 for box in boxes[:3]) + 1


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

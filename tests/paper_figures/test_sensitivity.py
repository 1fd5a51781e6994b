"""Each dot is a stored number over that of the default choice, in the row of its choice."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from summaries import dots, rows_of, summary

from paper_figures.drawing import style
from paper_figures.drawing.values import values
from paper_figures.figures import sensitivity

BOTH = ["rba_dl", "cra_dl"]


def choice(title, variants, methods=BOTH, iterations=61, **keys):
    """Return every method with every variant."""
    count = len(variants)
    one = summary(
        *(iterations, np.repeat(methods, count).tolist(), ["median"] * count * len(methods)),
        variants=variants * len(methods),
        **keys,
    )
    return one.assign_attrs(title=title)


def row_names(figure):
    return [text.get_text() for text in figure.axes[0].get_yticklabels()]


def test_a_value_is_a_multiple_of_the_first_of_its_method():
    panel = choice("Step", ["γ = 0.1", "γ = 0.2", "γ = 0.3"])
    figure = sensitivity.draw([panel])
    assert figure.get_figwidth() == style.PAGE_WIDTH == 7.16
    assert row_names(figure) == ["Step, instead of 0.1", "0.2", "0.3"]
    weights = [text.get_fontweight() for text in figure.axes[0].get_yticklabels()]
    assert weights == ["bold", "normal", "normal"]
    table = values(figure)
    columns = [("excess_loss", {"iteration": 5}), ("excess_loss", {"iteration": 10})]
    columns.append(("plateau_excess", {}))
    for ax, (name, at), column in zip(figure.axes, columns, ("5", "10", "plateau"), strict=True):
        found = dots(ax)
        assert len(found) == 4
        shown = panel.isel(at)
        # Row by row, in each the methods as they come.
        for ((mean, row), ends, dot), curve in zip(found, (1, 4, 2, 5), strict=True):
            unit = shown[name][0 if curve < 3 else 3]
            np.testing.assert_allclose(mean, shown[name][curve] / unit)
            truth = [shown[f"{name}_{end}"][curve] / unit for end in ("lower", "upper")]
            np.testing.assert_allclose(ends, truth)
            assert abs(row - (1.5, 2.5)[curve % 3 - 1]) < 0.5
            assert (dot.get_markerfacecolor() == "white") == (curve < 3)
            label = f"{('rba_dl', 'cra_dl')[curve // 3]} median, {('0.2', '0.3')[curve % 3 - 1]}"
            (noted,) = rows_of(table[table["x"] == column], "Step", label).itertuples()
            np.testing.assert_allclose([noted.mean, noted.lower, noted.upper], [mean, *ends])
        # The reference line.
        assert ax.lines[0].get_xdata() == [1, 1]


def test_a_single_alternative_stands_in_its_heading_in_plain_words():
    panels = [
        choice("Start", ["zero", "standard normal"]),
        choice("Victims", ["sample duplicating victim own", "sample duplicating victim common"]),
        choice("Promise", ["withstand = alpha", "withstand = 0.3"]),
    ]
    assert row_names(sensitivity.draw(panels)) == [
        "Start: standard normal instead of zero",
        "Victims: common instead of own",
        "Promise: 0.3 instead of α",
    ]


def test_other_rules_are_alternatives_to_the_first():
    panel = summary(61, ["cra_dl"] * 3, ["median", "lower_median", "upper_median"])
    panel.attrs["title"] = "Ties"
    figure = sensitivity.draw([panel])
    assert row_names(figure) == ["Ties, instead of median", "lower median", "upper median"]


def test_an_experiment_without_variants_is_compared_with_the_default_of_another():
    first = choice("Start", ["zero", "normal"], alpha=[0.2] * 4)
    other = choice("Other attack", ["zero", "normal"], alpha=[0.4] * 4)
    for end in ("", "_lower", "_upper"):
        other[f"excess_loss{end}"] *= 7
    single = choice("Same data", [""], alpha=[0.2] * 2)
    for end in ("", "_lower", "_upper"):
        single[f"excess_loss{end}"] = 3 * first[f"excess_loss{end}"][[0, 2]]
    figure = sensitivity.draw([other, first, single])
    found = dots(figure.axes[0])[-2:]
    np.testing.assert_allclose([mean for (mean, _), _, _ in found], [3, 3])
    assert row_names(figure)[-1] == "Same data"


def test_a_short_run_is_shown_as_far_as_it_goes():
    panels = [choice("Long", ["a", "b"]), choice("Short", ["a", "b"], iterations=9, plateau=False)]
    figure = sensitivity.draw(panels)
    assert [len(ax.containers) for ax in figure.axes] == [4, 2, 2]
    assert len(sensitivity.draw(panels[1:]).axes) == 1
    tiny = choice("Tiny", ["a", "b"], iterations=5, plateau=False)
    with pytest.raises(ValueError, match="need a choice with a default and iteration 5, got at"):
        sensitivity.draw([tiny])
    with pytest.raises(ValueError, match="need a choice with a default"):
        sensitivity.draw([choice("Alone", [""])])


@pytest.mark.parametrize(
    ("value", "said"), [(np.inf, "diverges"), (1e250, "×2e+243"), (5e6 * 150, "×150")]
)
def test_what_grew_is_an_arrow_with_its_number(value, said):
    panel = choice("Choice", ["a", "b"], methods=["cra_dl"])
    panel["excess_loss"][0, 5], panel["excess_loss"][1, 5] = 5e6, value
    panel["excess_loss_lower"][1, 5], panel["excess_loss_upper"][1, 5] = np.nan, np.inf
    figure = sensitivity.draw([panel])
    FigureCanvasAgg(figure).draw()
    ax = figure.axes[0]
    (arrow,) = (line for line in ax.lines if line.get_marker() == ">")
    assert arrow.get_xydata().tolist() == [[1, 0.5]]
    assert not ax.containers
    assert [text.get_text() for text in ax.texts] == [said]
    assert ax.get_xlim()[1] < 100


def test_one_trial_has_no_interval():
    panel = choice("Once", ["a", "b"])
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


def test_nothing_is_cut_off_and_it_fits_on_a_page():
    titles = [f"A choice that the paper does not print, α = {one}" for one in range(12)]
    figure = sensitivity.draw([choice(title, ["a", "b", "c"]) for title in titles])
    assert figure.get_figheight() <= 9
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    for ax in figure.axes:
        box = ax.get_tightbbox(canvas.get_renderer())
        assert box.x0 >= -1
        assert box.y0 >= -1
        assert box.x1 <= figure.bbox.width + 1
        assert box.y1 <= figure.bbox.height + 1

"""Fig. 1 shows the stored iteration: its cells, messages, decisions and losses."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba

from cradl.results.statistics import summary
from paper_figures.drawing import style
from paper_figures.drawing.values import values
from paper_figures.figures import paradigm

PLANE = {
    "generator": "gaussian_linear",
    "problem": "least_squares",
    "M": 8,
    "m": 8,
    "D": 2,
    "feature_variance": 1,
    "noise_variance": 1,
}
KEYS = {"datasets": {"small": PLANE}, "N": 4, "r": 6, "alpha": 0.25, "messages": True}
CURVES = [{"method": "sgc_dl"}, {"method": "cra_dl", "aggregator": "trimmed_mean"}]


@pytest.fixture
def shown(prepare):
    """Return a function that simulates an experiment and summarises it."""

    def make(curves=CURVES, **keys):
        return summary(prepare(curves, **KEYS | {"allocation": "regular"} | keys).simulate())

    return make


def points(ax, marker):
    """Return the points (n, 2) drawn with this marker."""
    found = [line.get_xydata() for line in ax.lines if line.get_marker() == marker]
    return np.concatenate(found)


def test_drawn_values_are_the_stored_ones(shown):
    one = shown()
    first = one.isel(curve=0, iteration=0)
    allocation, received, decided, learned = paradigm.draw([one]).axes[:4]

    lies = first["byzantine"].to_numpy() == 1
    cells = allocation.collections[0]
    colors = cells.to_rgba(cells.get_array()).reshape(4, 8, 4)
    held = first["S"].to_numpy() == 1
    assert (colors[held & lies[:, np.newaxis]] == to_rgba(style.BYZANTINE)).all()
    assert (colors[held & ~lies[:, np.newaxis]] == to_rgba(style.HONEST)).all()
    assert len(np.unique(colors[~held], axis=0)) == 1
    ticks = [text.get_text() for text in allocation.get_xticklabels()]
    assert ticks == [f"{k + 1}\n{count}" for k, count in enumerate(held.sum(axis=0))]

    for ax in (received, decided):
        np.testing.assert_array_equal(points(ax, "o"), first["messages"][~lies])
        np.testing.assert_array_equal(points(ax, "X"), first["messages"][lies])
        np.testing.assert_array_equal(points(ax, "+"), [first["gradient"] / 4])
    lines = style.lines(["sgc_dl", "cra_dl"], ["mean", "trimmed_mean"], ["", ""])
    for curve, line in enumerate(lines):
        (update,) = points(decided, line.marker)
        np.testing.assert_array_equal(update, one["update"][curve, 0])
        ways = [one.get_xydata() for one in decided.lines if one.get_linestyle() == ":"]
        np.testing.assert_array_equal(ways[curve], [first["gradient"] / 4, update])
        drawn = learned.lines[curve]
        np.testing.assert_array_equal(drawn.get_ydata(), one["excess_loss"][curve])
        assert (drawn.get_marker(), drawn.get_color()) == (line.marker, line.color)


def test_the_noted_numbers_are_the_stored_ones(shown):
    one = shown()
    first = one.isel(curve=0, iteration=0)
    table = values(paradigm.draw([one]))
    held = table[table["panel"] == "(a) allocation"]
    np.testing.assert_array_equal(held["mean"].to_numpy().reshape(4, 8), first["S"])
    for panel in ("(b) the server receives", "(c) it decides"):
        sent = table[table["panel"] == panel].iloc[:4]
        np.testing.assert_array_equal(sent[["x", "mean"]].astype(float), first["messages"])
    decided = table[table["panel"] == "(c) it decides"].iloc[-2:]
    np.testing.assert_array_equal(decided[["x", "mean"]].astype(float), one["update"][:, 0])
    learned = table[table["panel"] == "(d) it learns"]
    for curve, name in enumerate(one["label"].values):
        rows = learned[learned["curve"] == name]
        for column, end in (("mean", ""), ("lower", "_lower"), ("upper", "_upper")):
            np.testing.assert_array_equal(rows[column], one[f"excess_loss{end}"][curve])


def test_rows_say_who_sends_what_and_byzantine_devices_are_red(shown):
    one = shown()
    lies = one["byzantine"][0, 0].to_numpy()
    figure = paradigm.draw([one])
    (beside,) = figure.axes[0].child_axes
    for device, label in enumerate(beside.get_yticklabels()):
        word, letter, color = (
            ("lies", "b", style.BYZANTINE) if lies[device] else ("sends", "g", "black")
        )
        assert label.get_text() == rf"{word} $\mathbf{{{letter}}}_{{{device + 1}}}$"
        assert label.get_color() == color


def test_curves_with_other_allocations_have_a_row_of_their_own(shown):
    one = shown([*CURVES, {"method": "rba_dl", "aggregator": ["median", "phocas"]}])
    figure = paradigm.draw([one])
    assert len(figure.axes) == 8
    assert [len(figure.axes[index].lines) for index in (3, 7)] == [2, 2]
    assert [text.get_text() for text in figure.legends[0].get_texts()][3:] == list(
        one["label"].values
    )


def boxes(figure):
    """Return the extents of the texts in the planes, and of panels and legend, as displayed."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    texts = [[text.get_window_extent(renderer) for text in ax.texts] for ax in figure.axes[1:3]]
    outer = [one.get_tightbbox(renderer) for one in (*figure.axes, *figure.legends)]
    return texts, outer


@pytest.mark.parametrize("seed", range(5))
def test_names_cover_neither_each_other_nor_messages_and_nothing_is_cut_off(shown, seed):
    one = shown(seed=seed)
    figure = paradigm.draw([one])
    assert figure.get_figwidth() == style.PAGE_WIDTH == 7.16
    texts, outer = boxes(figure)
    for box in outer:
        assert box.x0 >= -1
        assert box.y0 >= -1
        assert box.x1 <= figure.bbox.width + 1
        assert box.y1 <= figure.bbox.height + 1
    *panels, legend = outer
    assert legend.y1 <= min(panel.y0 for panel in panels) + 1
    for ax, found in zip(figure.axes[1:3], texts, strict=True):
        assert found
        messages = ax.transData.transform(one["messages"][0, 0])
        for index, box in enumerate(found):
            assert not any(box.overlaps(other) for other in found[:index])
            assert not any(box.contains(*message) for message in messages)


def test_the_same_runs_give_the_same_bytes(shown, tmp_path):
    for name in ("one.pdf", "two.pdf", "one.svg", "two.svg"):
        style.save(paradigm.draw([shown()]), tmp_path / name, title="one")
    for end in ("pdf", "svg"):
        assert (tmp_path / f"one.{end}").read_bytes() == (tmp_path / f"two.{end}").read_bytes()


@pytest.mark.parametrize("changes", [{"N": 12, "alpha": 0.4, "r": 2}, {"alpha": 0}, {"r": 8}])
def test_many_byzantine_devices_none_and_equal_messages_can_be_drawn(shown, changes):
    figure = paradigm.draw([shown(**changes)])
    assert all(text.get_text() for ax in figure.axes[1:3] for text in ax.texts)


def test_what_is_no_plane_of_messages_is_refused(shown):
    with pytest.raises(ValueError, match=r"need the messages of one .messages: true., got none"):
        paradigm.draw([shown(messages=False)])
    with pytest.raises(ValueError, match=r"need D = 2 to draw the messages of one, got 3"):
        paradigm.draw([shown(datasets={"small": PLANE | {"D": 3}})])
    one = shown()
    one["messages"][0, 0, 0] = np.inf
    with pytest.raises(ValueError, match=r"need finite messages at x\^0 of one"):
        paradigm.draw([one])

"""The diagram shows the ranks, groups and worst attacks of its table."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from paper_figures.drawing.description import description
from paper_figures.drawing.values import values
from paper_figures.figures import critical_difference

ROWS = pd.DataFrame(
    {
        "leaderboard": "board",
        "says": "Who is first?",
        "quantity": "excess_loss",
        "unit": "log10",
        "tasks": 12,
        "critical difference": 1.35,
        "place": [1, 2, 3, 4],
        "contestant": ["A", "$B$", "C", "D"],
        "mean rank": [1.25, 2.25, 2.5, 4.0],
        "wins": [9, 2, 1, 0],
        "cliques": ["1", "1 2", "2", ""],
        "over the first": [0.0, 0.2, 0.3, np.inf],
        "over the first lower": [0.0, 0.1, -0.1, np.nan],
        "over the first upper": [0.0, 0.3, 0.7, np.inf],
        "worst attack": ["", "gaussian variance 9", "inner product", "little is enough"],
        "over the best under it": [0.0, 0.5, 5.3, np.inf],
    }
)


def texts(ax):
    """Return what is written in a panel beside its names, from top to bottom and left to right."""
    FigureCanvasAgg(ax.get_figure()).draw()
    found = [one for one in ax.texts if one.get_text()]
    boxes = {one: one.get_window_extent() for one in found}
    rows = {
        one: round(ax.transData.inverted().transform((0, (box.y0 + box.y1) / 2))[1])
        for one, box in boxes.items()
    }
    return [one.get_text() for one in sorted(found, key=lambda one: (rows[one], boxes[one].x0))]


def test_a_row_has_the_rank_the_wins_and_the_worst_attack_of_its_contestant():
    # Whatever the order of the rows.
    ax = critical_difference.draw([], leaderboard=ROWS.iloc[::-1]).axes[0]
    assert [one.get_text() for one in ax.get_yticklabels()] == ["A", r"\$B\$", "C", "D"]
    (dots,) = [one for one in ax.lines if one.get_marker() == "o"]
    np.testing.assert_array_equal(dots.get_xydata(), [[1.25, 0], [2.25, 1], [2.5, 2], [4.0, 3]])
    assert texts(ax) == [
        *("critical difference 1.35", "wins", "worst attack, over the best"),
        *("9", "none: the best under each"),
        *("2", "Gaussian, variance 9: × 3.16"),
        *("1", "inner product: × $10^{5}$"),
        *("0", "little is enough: diverges"),
    ]
    bottom, top = ax.get_ylim()
    assert bottom > top
    assert ax.get_xlabel() == "mean rank of the excess loss over 12 tasks, 1 is the best"
    assert [int(one) for one in ax.get_xticks()] == [1, 2, 3, 4]


def test_the_critical_difference_has_its_length():
    ax = critical_difference.draw([], leaderboard=ROWS).axes[0]
    (line,) = [one for one in ax.lines if one.get_marker() == "|"]
    ends = line.get_xdata()
    assert ends[1] - ends[0] == pytest.approx(1.35)


def test_a_bar_joins_each_group_and_bars_that_meet_stand_apart():
    ax = critical_difference.draw([], leaderboard=ROWS).axes[0]
    FigureCanvasAgg(ax.get_figure()).draw()
    bars = [
        one for one in ax.lines if one.get_solid_capstyle() == "butt" and one.get_linewidth() > 1.5
    ]
    assert [[round(end) for end in one.get_ydata()] for one in bars] == [[0, 1], [1, 2]]
    across = [one.get_transform().transform(one.get_xydata())[0, 0] for one in bars]
    right = ax.get_window_extent().x1
    assert right < across[0] < across[1]


def many(count):
    """Return a table of so many contestants with long names, each alike to its neighbours."""
    ranks = np.linspace(1.5, count - 0.5, count)
    return pd.DataFrame(
        {
            "leaderboard": "many",
            "says": "Who?",
            "quantity": "excess_loss",
            "unit": "log10",
            "tasks": 30,
            "critical difference": 3.0,
            "place": np.arange(1, count + 1),
            "contestant": [f"CRA-DL (geometric median), NNM, r = {one}" for one in range(count)],
            "mean rank": ranks,
            "wins": 1,
            "cliques": [f"{one} {one + 1}" for one in range(count)],
            "over the first": 0.1,
            "over the first lower": 0.0,
            "over the first upper": 0.2,
            "worst attack": "optimal little is enough",
            "over the best under it": 2.2,
        }
    )


@pytest.mark.parametrize("count", [2, 4, 20])
def test_no_text_meets_another_one_or_leaves_the_figure(count):
    figure = critical_difference.draw([], leaderboard=many(count))
    ax = figure.axes[0]
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    shown: list[Text] = [*ax.texts, *ax.get_yticklabels(), *ax.get_xticklabels(), ax.xaxis.label]
    boxes = [one.get_window_extent() for one in shown if one.get_text()]
    for place, box in enumerate(boxes):
        assert box.x0 >= 0
        assert box.y0 >= 0
        assert box.x1 <= figure.bbox.x1
        assert box.y1 <= figure.bbox.y1
        assert not any(box.overlaps(other) for other in boxes[:place])
    # The axis keeps a good part of the width.
    assert ax.get_window_extent().width > 0.25 * figure.bbox.width


def test_a_difference_that_none_reaches_is_within_the_axis():
    table = ROWS.assign(**{"critical difference": 4.5})
    ax = critical_difference.draw([], leaderboard=table).axes[0]
    assert ax.get_xlim() == (1, 5.5)


def test_test_errors_differ_by_percentage_points():
    rows = ROWS.assign(quantity="test_error", unit="points")
    ax = critical_difference.draw([], leaderboard=rows).axes[0]
    assert "inner product: + 5.3" in texts(ax)
    assert "test error (percentage points)" in ax.get_xlabel()


def test_its_numbers_are_noted():
    table = values(critical_difference.draw([], leaderboard=ROWS))
    assert set(table["panel"]) == {"board"}
    for curve, column in (("mean rank", "mean rank"), ("wins", "wins")):
        noted = table[table["curve"] == curve]
        assert noted["x"].tolist() == ROWS["contestant"].tolist()
        assert noted["mean"].tolist() == ROWS[column].tolist()
    over = table[table["curve"] == "log10 over the first"]
    assert over["lower"].tolist()[:3] == [0.0, 0.1, -0.1]
    assert over["upper"].tolist() == [0.0, 0.3, 0.7, np.inf]
    worst = table[table["curve"] == "log10 over the best under inner product"]
    assert worst[["x", "mean"]].to_numpy().tolist() == [["C", 5.3]]
    assert table.loc[table["curve"] == "critical difference", "mean"].tolist() == [1.35]


def test_its_description_names_axis_difference_and_contestants():
    assert description(critical_difference.draw([], leaderboard=ROWS)) == (
        "One panel. mean rank of the excess loss over 12 tasks, 1 is the best. "
        "Named: critical difference 1.35; A; $B$; C; D."
    )

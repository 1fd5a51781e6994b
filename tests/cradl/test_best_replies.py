"""Best replies against dense searches over all common replies on a line."""

import numpy as np
import pytest
from replies import reply

from cradl.aggregation import RULES


def dense(rule, honest, f, judged):
    """Return the most that equal replies on a line reach, from a dense search."""
    size, mean = np.abs(honest - honest.mean()).max(), honest.mean()
    values = mean + size * np.linspace(-11, 11, 8801)
    return max(
        judged(rule(np.concatenate([np.full((f, 1), one), honest]), f=f)[0] - mean)
        for one in values
    )


@pytest.mark.parametrize("name", ["faba", "krum", "geometric_median"])
@pytest.mark.parametrize(("n", "f"), [(7, 2), (9, 3)])
def test_on_a_line_the_best_reply_is_that_of_a_dense_search(name, n, f):
    ratios = []
    for seed in range(6):
        honest = np.random.default_rng(seed).standard_normal((n, 1))
        _, moved = reply(RULES[name], honest, f)
        ratios.append(abs(moved[0]) / dense(RULES[name], honest, f, abs))
    assert min(ratios) >= 0.9
    assert np.median(ratios) >= 0.99


@pytest.mark.parametrize("name", ["faba", "krum", "phocas", "median"])
@pytest.mark.parametrize("side", [-1, 1])
def test_against_the_gradient_the_best_reply_is_that_of_a_dense_search(name, side):
    lost = []
    for seed in range(6):
        honest = np.random.default_rng(seed).standard_normal((9, 1))
        own = np.full((2, 1), 100.0 * side)
        _, moved = reply(RULES[name], honest, 2, own=own, aim="ascent")
        most = dense(RULES[name], honest, 2, lambda one: -one * side)
        lost.append((most + moved[0] * side) / np.ptp(honest))
    assert max(lost) <= 0.05
    assert np.median(lost) <= 0.002


def test_without_a_slope_no_reply_is_worse_than_the_honest_mean():
    honest = np.array([[1.0, 2.0], [3.0, 5.0], [-1.0, -1.0], [0.0, 0.0], [2.0, 4.0]])
    own = np.array([[-5.0, 1.0]])
    sent, moved = reply(RULES["phocas"], honest, 1, own=own, aim="ascent")
    assert sent[0, 0] == 1.0
    assert moved[1] < 0
    # For the error it is of no account.
    other, farther = reply(RULES["phocas"], honest, 1, own=own)
    assert abs(farther[0]) > abs(moved[0])
    assert other[0, 0] != 1.0


def test_a_rule_that_chooses_may_take_an_honest_message_that_has_company():
    # Krum takes what the liars repeat; no point of the three lines is (0, 9), its worst choice.
    honest = np.array([[0.0, 9.0], [1.0, 0.0], [1.0, 0.1], [1.1, 0.0], [0.9, 0.0], [1.0, -0.1]])
    sent, moved = reply(RULES["krum"], honest, 1)
    best = max(
        (
            np.linalg.norm(RULES["krum"](np.concatenate([one[None], honest]), f=1) - honest.mean(0))
            for one in honest
        ),
    )
    assert np.linalg.norm(moved) >= best - 1e-12
    assert np.isfinite(sent).all()


@pytest.mark.parametrize("name", ["faba", "krum", "geometric_median"])
@pytest.mark.parametrize("aim", ["error", "ascent"])
def test_replies_are_tried_on_the_line_of_the_farthest_and_against_the_gradient(name, aim):
    # The honest mean is zero: it gives no line; nor does the slope, unless own messages give it.
    honest = np.array(
        [[3, 0], [-1, 1], [-1, -1], [-1, 1], [0, -1], [0, 0], [1, 1], [-1, -1]], float
    )
    own = np.array([[0, 0], [0, 50]], float) if aim == "ascent" else np.zeros((2, 2))
    _, moved = reply(RULES[name], honest, 2, own=own, aim=aim)
    line = np.array([0.0, 1.0]) if aim == "ascent" else np.array([1.0, 0.0])
    harms = []
    for distance in 3 * np.linspace(-10, 10, 2001):
        messages = np.concatenate([np.tile(distance * line, (2, 1)), honest])
        other = RULES[name](messages, f=2)
        harms.append(-other[1] if aim == "ascent" else np.linalg.norm(other))
    reached = -moved[1] if aim == "ascent" else np.linalg.norm(moved)
    assert max(harms) > 0.1
    assert reached >= 0.98 * max(harms)


def test_the_size_of_a_sum_of_deviations_is_not_their_distance():
    # (5, -5) is the farthest from the mean 0, although its entries add up to nothing.
    honest = np.array([[5, -5], [-2, 1], [-1, 2], [-2, 1], [-1, 2], [0, 0], [1, -1]], float)
    _, moved = reply(RULES["geometric_median"], honest, 2)
    line = np.array([1, -1])
    harms = [
        np.linalg.norm(RULES["geometric_median"](np.concatenate([[one * line] * 2, honest]), f=2))
        for one in np.linspace(-50, 50, 401)
    ]
    assert np.linalg.norm(moved) >= 0.99 * max(harms)

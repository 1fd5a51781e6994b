"""Krum, FABA and geometric median against their definitions: exact fractions, 50 digits."""

import math

import mpmath
import numpy as np
import pytest
import test_filtering_rules
from exact_rows import fractions, mean_of, squared
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cradl.aggregation import RULES
from cradl.numerics import geometric_median as solver

EPS = np.finfo(float).eps
HOSTILE = [1e308, -1e308, 1e305, -7e306]


def krum_with(rows, neighbours, cost=squared):
    """The first row with the smallest sum of `cost` to its nearest other rows."""
    scores = []
    for i, row in enumerate(rows):
        others = sorted(cost(row, other) for j, other in enumerate(rows) if j != i)
        scores.append(sum(others[:neighbours]))
    return rows[scores.index(min(scores))]


def exact_krum(rows, f):
    return krum_with(rows, len(rows) - f - 2)


def exact_faba(rows, f):
    rows = list(rows)
    for _ in range(f):
        centre = mean_of(rows)
        distances = [squared(row, centre) for row in rows]
        del rows[distances.index(max(distances))]
    return mean_of(rows)


def unit_sum(points, y):
    """Sum of the unit vectors from y to the points elsewhere, sum of inverse distances, others."""
    total, inverses, here = mpmath.zeros(len(y), 1), mpmath.mpf(0), 0
    for point in points:
        distance = mpmath.norm(point - y)
        if distance == 0:
            here += 1
        else:
            total += (point - y) / distance
            inverses += 1 / distance
    return total, inverses, here


def total_distance(points, y):
    return mpmath.fsum(mpmath.norm(point - y) for point in points)


def newton_step(points, y):
    """Newton's step for the sum of distances, and its length in mean distances to the points."""
    force, inverses, _ = unit_sum(points, y)
    hessian = mpmath.zeros(len(y))
    for point in points:
        distance = mpmath.norm(point - y)
        unit = (point - y) / distance
        hessian += (mpmath.eye(len(y)) - unit * unit.T) / distance
    step = mpmath.lu_solve(hessian, force)
    return step, mpmath.norm(step) * inverses


def exact_geometric_median(rows, start):
    """A message that is the minimiser, or else Newton's method until the gradient vanishes.

    The sum of distances is convex: where its gradient is zero is its minimiser, wherever Newton's
    method was started.
    """
    points = [mpmath.matrix([mpmath.mpf(x.numerator) / x.denominator for x in row]) for row in rows]
    for point in points:
        force, _, here = unit_sum(points, point)
        if mpmath.norm(force) <= here * (1 + mpmath.mpf(10) ** -40):
            return list(point)
    y = mpmath.matrix(start.tolist())
    for _ in range(20):
        step, length = newton_step(points, y)
        y += step
        if length < mpmath.mpf(10) ** -30:
            return list(y)
    raise AssertionError("the reference did not converge")


DEFINITIONS = {
    "geometric_median": lambda rows, f, near: exact_geometric_median(rows, near),
    "krum": lambda rows, f, near: exact_krum(rows, f),
    "faba": lambda rows, f, near: exact_faba(rows, f),
}


@pytest.fixture(autouse=True)
def fifty_digits():
    with mpmath.workdps(50):
        yield


def defined(name, messages, f):
    near = RULES[name](messages, f=f)
    return np.array([float(x) for x in DEFINITIONS[name](fractions(messages), f, near)])


def test_every_rule_of_whole_vectors_has_a_definition_to_be_compared_with():
    others = {
        *test_filtering_rules.EXACT,
        *test_filtering_rules.NAIVE,
        "centered_clipping",
        "huber",
    }
    vector_rules = {name for name, rule in RULES.items() if not rule.coordinatewise}
    assert set(DEFINITIONS) | others == vector_rules


@st.composite
def messages_and_f(draw, name):
    N = draw(st.integers(3 if name == "krum" else 1, 9))
    D = draw(st.integers(1, 3))
    f = draw(st.integers(0, RULES[name].max_f(N)))
    return draw(hnp.arrays(np.float64, (N, D), elements=st.integers(-3, 3))), f


@pytest.mark.parametrize("name", ["krum", "faba"])
@given(data=st.data())
def test_equals_the_definition_on_integers_with_many_ties(name, data):
    # The first of equals is chosen (Krum) or dropped (FABA), and integers make equals exact.
    messages, f = data.draw(messages_and_f(name))
    expected = defined(name, messages, f)
    np.testing.assert_allclose(RULES[name](messages, f=f), expected, rtol=1e-15, atol=1e-15)


def spread_out(rng, N, D):
    return rng.standard_normal((N, D)) * 10.0 ** rng.integers(-2, 3, size=(N, 1))


@pytest.mark.parametrize("name", DEFINITIONS)
@pytest.mark.parametrize("D", [2, 3, 6])
def test_equals_the_definition_on_reals(name, D):
    rng = np.random.default_rng(D)
    for N, f in [(5, 1), (8, 2), (9, 3), (14, 5)]:
        for messages in (rng.standard_normal((N, D)), spread_out(rng, N, D)):
            result, expected = RULES[name](messages, f=f), defined(name, messages, f)
            np.testing.assert_allclose(result, expected, rtol=0, atol=1e-13)


@mpmath.workdps(700)
@pytest.mark.parametrize("name", DEFINITIONS)
@pytest.mark.parametrize("scale", [1e-300, 1e-150, 1.0, 1e150, 1e300])
def test_equals_the_definition_among_liars_of_every_size(name, scale):
    rng = np.random.default_rng(11)
    for _ in range(10):
        messages = scale * rng.standard_normal((11, 3))
        messages[:4] = rng.choice(HOSTILE, size=(4, 3))
        rng.shuffle(messages)
        result, expected = RULES[name](messages, f=4), defined(name, messages, 4)
        np.testing.assert_allclose(result / scale, expected / scale, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", DEFINITIONS)
@pytest.mark.parametrize("offset", [1e8, -1e12])
def test_equals_the_definition_far_from_the_origin(name, offset):
    rng = np.random.default_rng(12)
    for _ in range(10):
        messages = rng.standard_normal((9, 3)) + offset
        result, expected = RULES[name](messages, f=3), defined(name, messages, 3)
        np.testing.assert_allclose(result, expected, rtol=4 * EPS)


def test_krum_far_from_the_origin_is_not_what_uncentred_squares_give():
    messages = np.random.default_rng(2).standard_normal((9, 3)) + 1e8
    squares = (messages**2).sum(axis=1)
    distances = squares[:, np.newaxis] + squares - 2 * messages @ messages.T
    np.fill_diagonal(distances, np.inf)
    cancelled = messages[np.sort(distances, axis=1)[:, :4].sum(axis=1).argmin()]
    assert (cancelled != defined("krum", messages, 3)).any()
    np.testing.assert_array_equal(RULES["krum"](messages, f=3), defined("krum", messages, 3))


def distance(a, b):
    return math.sqrt(squared(a, b))


@pytest.mark.parametrize(
    ("values", "f", "neighbours", "cost", "other"),
    [
        ([0, 8, 10, 12, 13, 26, 36], 1, 5, squared, 12),  # N - f - 1 neighbours
        ([0, 8, 10, 12, 13, 26, 36], 1, 3, squared, 10),  # N - f - 3, or itself counted
        ([2, 3, 7, 22, 27, 28, 30, 39], 2, 4, distance, 28),  # distances that are not squared
    ],
)
def test_krum_is_none_of_its_variants(values, f, neighbours, cost, other):
    messages = np.array(values, dtype=float)[:, np.newaxis]
    chosen = RULES["krum"](messages, f=f)[0]
    assert chosen == krum_with(fractions(messages), len(values) - f - 2)[0]
    assert krum_with(fractions(messages), neighbours, cost)[0] == other != chosen


def test_krum_worked_out_by_hand():
    # Four nearest others, squared: 8 is at 2, 4, 5, 8 (109), 10 at 2, 2, 3, 10 (117).
    messages = np.array([[0.0], [8.0], [10.0], [12.0], [13.0], [26.0], [36.0]])
    assert RULES["krum"](messages, f=1) == [8.0]
    # Of the ends of the closest pair, the first.
    messages = np.array([[3.0], [9.0], [10.0]])
    assert RULES["krum"](messages, f=0) == [9.0]
    assert RULES["krum"](messages[::-1].copy(), f=0) == [10.0]


@pytest.mark.parametrize(("N", "f"), [(1, 0), (2, 0), (4, 1), (10, 4), (100, 49)])
def test_krum_needs_2f_and_3_messages(N, f):
    with pytest.raises(ValueError, match=f"for {N} messages, got f={f}"):
        RULES["krum"](np.zeros((N, 2)), f=f)


def test_faba_moves_the_mean_after_each_drop():
    # Mean 8.2: drop 31. Mean 2.5: drop 9, not the -1 that was farther from the first mean.
    messages = np.array([[-1.0], [0.0], [2.0], [9.0], [31.0]])
    assert RULES["faba"](messages, f=2) == pytest.approx([1 / 3])
    # Of -1 and 1, equally far from their mean, the first goes.
    assert RULES["faba"](np.array([[-1.0], [0.0], [1.0]]), f=1) == [0.5]


def test_an_input_separates_the_rules_from_the_mean_and_from_each_other():
    messages = np.array([[0, 0], [1, 0], [0, 2], [4, 1], [3, 5], [9, 2], [30, 40]], dtype=float)
    names = ["mean", "median", "trimmed_mean", "phocas", *DEFINITIONS]
    values = np.array([RULES[name](messages, f=2) for name in names])
    gaps = np.linalg.norm(values[:, np.newaxis] - values, axis=2)
    assert (gaps[~np.eye(len(names), dtype=bool)] > 0.05).all()


# ‖A − z̄‖ over the largest distance of an honest message to z̄. Geometric median and Krum: Table I;
# FABA: its docstring, for all f < N / 2, where the table says nothing from N / 3 on.
REACH = {
    "geometric_median": lambda N, f: 2 * (N - f) / (N - 2 * f),
    "krum": lambda N, f: math.sqrt(2) * (1 + math.sqrt((N - f) / (N - 2 * f))),
    "faba": lambda N, f: N / (N - 2 * f),
}


def hostile_messages(rng, honest, f):
    """Liars at every distance, in one direction or many, alone or together."""
    D = honest.shape[1]
    directions = rng.standard_normal((f, D)) * rng.choice([0, 1]) + rng.standard_normal(D)
    distances = 10 ** rng.uniform(-1, rng.choice([1, 2, 300]), (f, 1)) * rng.choice([-1, 1])
    liars = honest.mean(axis=0) + distances * directions
    return np.broadcast_to(liars[:1], liars.shape) if rng.random() < 0.3 else liars


@pytest.mark.parametrize(("N", "f"), [(3, 1), (5, 1), (9, 3), (10, 4), (11, 5), (40, 19)])
@pytest.mark.parametrize("name", REACH)
def test_liars_move_the_result_no_farther_than_proved(name, N, f):
    f = min(f, RULES[name].max_f(N))
    rng = np.random.default_rng(N)
    ratios = []
    for _ in range(300):
        honest = rng.standard_normal((N - f, rng.integers(1, 4)))
        honest *= rng.choice([0.1, 1.0], (N - f, 1))
        messages = np.concatenate([honest, hostile_messages(rng, honest, f)])
        centre = honest.mean(axis=0)
        radius = np.linalg.norm(honest - centre, axis=1).max()
        moved = np.linalg.norm(RULES[name](messages, f=f) - centre)
        ratios.append(moved / (REACH[name](N, f) * radius))
    assert 0.02 < max(ratios) <= 1 + 1e-12


def test_faba_nearly_reaches_what_it_is_proved_to_stay_within():
    # The liars hold the mean at 21, a little nearer to themselves than to the honest -1 and 1.
    N, f = 41, 20
    honest = np.array([-1.0] * 10 + [1.0] * 11)
    messages = np.concatenate([honest, np.full(f, 43.0)])[:, np.newaxis]
    moved = RULES["faba"](messages, f=f)[0] - honest.mean()
    assert 0.95 < moved / (REACH["faba"](N, f) * abs(honest - honest.mean()).max()) <= 1


@pytest.mark.parametrize("distance", [1e9, 1e150, 1e308])
@pytest.mark.parametrize("f", [1, 5, 9])
def test_far_liars_hold_the_geometric_median_where_the_honest_pull_as_much_back(f, distance):
    # f = (N − f) y / √(1 + y²) for honest messages at (0, ±1) and liars far along the first axis.
    N = f + 10
    messages = np.zeros((N, 2))
    messages[:10, 1] = [1, -1] * 5
    messages[10:, 0] = distance
    expected = [f / math.sqrt(N * (N - 2 * f)), 0]
    result = RULES["geometric_median"](messages, f=f)
    np.testing.assert_allclose(result, expected, rtol=0, atol=max(2e-14, 100 / distance))


def triangle(cosine):
    """An isosceles triangle whose angle at the first corner, the origin, has this cosine."""
    sine = math.sqrt(1 - cosine**2)
    return np.array([[0.0, 0.0], [1.0, 0.0], [cosine, sine]])


@pytest.mark.parametrize("cosine", [-0.5, -0.50001, -0.7, -0.999])
def test_a_corner_of_120_degrees_or_more_is_the_geometric_median(cosine):
    for shift in range(3):
        corners = np.roll(triangle(cosine), shift, axis=0) + np.array([3.0, -7.0])
        np.testing.assert_array_equal(RULES["geometric_median"](corners, f=1), [3.0, -7.0])


@pytest.mark.parametrize("excess", [1e-2, 1e-5, 1e-8])
def test_a_corner_of_little_less_than_120_degrees_is_not(excess):
    # On the bisector, where each far corner is seen at 120 degrees from the near one.
    cosine = -0.5 + excess
    result = RULES["geometric_median"](triangle(cosine), f=1)
    expected = defined("geometric_median", triangle(cosine), 1)
    assert 0.1 * excess < np.linalg.norm(result) < 10 * excess
    np.testing.assert_allclose(result, expected, rtol=0, atol=1e-14)


def test_closed_forms_of_the_geometric_median():
    rule = RULES["geometric_median"]
    corners = triangle(0.5)
    np.testing.assert_allclose(rule(corners, f=1), corners.mean(axis=0), rtol=0, atol=4 * EPS)
    # Of four convex points, where the diagonals cross; of four others, the inner point.
    convex = np.array([[0.0, 0.0], [5.0, 5.0], [4.0, 0.0], [0.0, 4.0]])
    np.testing.assert_allclose(rule(convex, f=1), [2.0, 2.0], rtol=0, atol=1e-14)
    skew = np.array([[0.0, 0.0, 1.0], [6.0, 3.0, 1.0], [2.0, -1.0, 1.0], [2.0, 9.0, 1.0]])
    np.testing.assert_allclose(rule(skew, f=1), [2.0, 1.0, 1.0], rtol=0, atol=4e-14)
    inner = np.array([[0.0, 0.0], [9.0, 1.0], [2.0, 3.0], [1.0, 8.0]])
    np.testing.assert_array_equal(rule(inner, f=1), [2.0, 3.0])


@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
def test_less_than_a_majority_at_the_median_is_pulled_away(scale):
    # Four of nine are at the coordinate-wise median 0; the others, each without another coordinate,
    # pull with 2√5 > 4. By symmetry the minimiser is t (1, ..., 1), the least of
    # 4 √5 t + 5 √(4 (1 − t)² + t²).
    messages = np.concatenate([np.zeros((4, 5)), 1 - np.eye(5)]) * scale
    assert (RULES["median"](messages, f=4) == 0).all()
    t = mpmath.findroot(
        lambda t: 4 * mpmath.sqrt(5) + 5 * (5 * t - 4) / mpmath.sqrt(4 * (1 - t) ** 2 + t**2), 0.1
    )
    result = RULES["geometric_median"](messages, f=4) / scale
    np.testing.assert_allclose(result, np.full(5, float(t)), rtol=1e-12)


@pytest.mark.parametrize("N", [1, 2, 9, 10, 100])
def test_on_the_line_the_geometric_median_is_the_median(N):
    rng = np.random.default_rng(N)
    for values in (rng.standard_normal(N), rng.integers(-3, 4, N) / 7, np.full(N, 0.1)):
        result = RULES["geometric_median"](values[:, np.newaxis], f=0)
        np.testing.assert_allclose(result, [np.median(values)], rtol=2 * EPS)
        place = rng.integers(-5, 6, 4) + np.outer(values, [3, -1, 2, 0])
        middle = RULES["median"](place, f=0)
        np.testing.assert_allclose(
            RULES["geometric_median"](place, f=0), middle, rtol=0, atol=4e-15
        )


@pytest.mark.parametrize("scale", [1e-300, 1e-150, 1.0, 1e150, 1e300])
@pytest.mark.parametrize("others", [1, 3, 4])
def test_a_majority_at_one_point_is_the_geometric_median(scale, others):
    rng = np.random.default_rng(others)
    messages = rng.standard_normal((others + 5, 4)) * 10.0 ** rng.integers(-9, 9, (others + 5, 1))
    messages[:5] = [0.1, 0.2, 0.3, -0.7]
    shuffled = scale * rng.permutation(messages)
    np.testing.assert_array_equal(RULES["geometric_median"](shuffled, f=0), scale * messages[0])


@given(data=st.data())
def test_on_integers_with_many_ties_no_place_has_less_total_distance(data):
    messages, _ = data.draw(messages_and_f("geometric_median"))
    result = RULES["geometric_median"](messages, f=0)
    points = [mpmath.matrix(row.tolist()) for row in messages]
    y = mpmath.matrix(result.tolist())
    force, inverses, here = unit_sum(points, y)
    # What rounding of the result, of size 3 at most, and of the unit vectors can hide.
    assert mpmath.norm(force) - here <= 16 * EPS * (len(points) + 3 * inverses)


def hard_inputs(rng, kind):
    N, D = int(rng.integers(2, 25)), int(rng.integers(2, 8))
    messages = rng.standard_normal((N, D))
    line = rng.standard_normal((N, 1)) * rng.standard_normal(D)
    copies = messages[rng.integers(0, max(1, N // 3), N)]
    return {
        "sizes": messages * 10.0 ** rng.integers(-12, 13, (N, 1)),
        "flat": messages * 10.0 ** rng.uniform(-8, 0, D),
        "near a line": line + 1e-6 * messages,
        "on a line, far": line + 1e8,
        "nearly equal": copies + 1e-10 * messages,
        "lattice": rng.integers(-1, 2, (N, D)) * 10.0 ** rng.integers(-3, 4, (N, 1)),
    }[kind]


KINDS = ["sizes", "flat", "near a line", "on a line, far", "nearly equal", "lattice"]


@pytest.mark.parametrize("kind", KINDS)
def test_hard_inputs_converge_to_the_least_total_distance(kind):
    rng = np.random.default_rng(KINDS.index(kind))
    for _ in range(60):
        messages = hard_inputs(rng, kind)
        result = RULES["geometric_median"](messages, f=0)
        points = [mpmath.matrix(row.tolist()) for row in messages]
        reached = total_distance(points, mpmath.matrix(result.tolist()))
        # The lower bound that convexity gives from the subgradient at any place, here the result.
        force, inverses, here = unit_sum(points, mpmath.matrix(result.tolist()))
        size = float(np.abs(messages).max())
        assert mpmath.norm(force) - here <= 64 * EPS * (len(points) + size * inverses)
        for nudge in 1e-9 * size * rng.standard_normal((5, messages.shape[1])):
            other = total_distance(points, mpmath.matrix((result + nudge).tolist()))
            assert reached <= other * (1 + 16 * EPS)


def looks_at(monkeypatch, inputs):
    """How often the solver evaluates the sum of distances, on average."""
    looks, look = [], solver._look
    with monkeypatch.context() as patch:
        patch.setattr(solver, "_look", lambda *given: looks.append(0) or look(*given))
        for loop in ("_descend", "_search"):
            # Compiled, they would call what `_look` was.
            patch.setattr(solver, loop, getattr(solver, loop).py_func)
        for messages in inputs:
            RULES["geometric_median"](messages, f=0)
    return len(looks) / len(inputs)


@pytest.mark.parametrize("shape", [(100, 100), (100, 3), (7, 50)])
def test_the_geometric_median_is_quick(shape, monkeypatch):
    messages = np.random.default_rng(4).standard_normal(shape)
    messages[: len(messages) // 3] *= -2
    assert looks_at(monkeypatch, [messages]) < 60


def test_the_geometric_median_is_quick_near_messages(monkeypatch):
    # Weiszfeld's steps alone would take about 10^k for the corner of this angle.
    corners = [triangle(-0.5 + 0.1**k) for k in range(1, 13)]
    assert looks_at(monkeypatch, corners) < 70
    rng = np.random.default_rng(5)
    nearly_equal = [hard_inputs(rng, "nearly equal") for _ in range(60)]
    assert looks_at(monkeypatch, nearly_equal) < 45


def test_what_does_not_converge_is_no_result(monkeypatch):
    monkeypatch.setattr(solver, "_MAX_STEPS", 2)
    messages = np.random.default_rng(0).standard_normal((20, 3))
    needed = r"need subgradients within .*e-1\d of zero for the geometric median, got .* 2 steps"
    with pytest.raises(ArithmeticError, match=needed):
        RULES["geometric_median"](messages, f=0)


@pytest.mark.parametrize("name", DEFINITIONS)
def test_results_are_no_views_of_the_messages(name):
    # The second is the geometric median and Krum's choice, and the first two are FABA's.
    messages = np.array([[0.0, 1.0], [0.0, 0.0], [1.0, -1.0], [-2.0, -2.0], [9.0, 9.0]])
    before = messages.copy()
    RULES[name](messages, f=1)[:] = 0
    np.testing.assert_array_equal(messages, before)


@pytest.mark.parametrize("name", DEFINITIONS)
@pytest.mark.parametrize("value", [0.0, 0.1, 1e-300, 1e308])
def test_all_equal(name, value):
    messages = np.full((6, 3), value)
    np.testing.assert_allclose(RULES[name](messages, f=1), messages[0], rtol=4 * EPS)

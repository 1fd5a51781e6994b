"""The constants of Assumptions 1 to 3 against calculus, enumeration, closed forms and solvers."""

import itertools
import math

import mpmath
import numpy as np
import pytest
import scipy.optimize
import sympy

from cradl.problems import GEMAN_MCCLURE_SLOPE, PROBLEMS, Problem

S, Y = sympy.symbols("s y", real=True)
U = sympy.Symbol("u", real=True)
PHI = {
    "least_squares": (S - Y) ** 2 / 2,
    "logistic": sympy.log(1 + sympy.exp(-Y * S)),
    "robust_regression": ((S - Y) ** 2 / (2 * (1 + (S - Y) ** 2))),
}
GEMAN_MCCLURE = U**2 / (2 * (1 + U**2))
BOUNDED = ["logistic", "robust_regression"]
SCALES = [0.0, 1e-3, 1.0, 30.0, 1e6]


def some_data(name, m=24, D=3, seed=0, scale=1.0):
    """Random designs (m, D) and the responses that the problem takes; not separable."""
    rng = np.random.default_rng(seed)
    designs = scale * rng.standard_normal((m, D))
    responses = rng.standard_normal(m)
    return designs, np.where(responses > 0, 1.0, -1.0) if PROBLEMS[name].labels else responses


def some_models(D, seed=1, scales=SCALES):
    rng = np.random.default_rng(seed)
    return [scale * x for scale in scales for x in rng.standard_normal((40, D))]


def value(name, designs, responses, x):
    return float(PROBLEMS[name].loss(designs @ x, responses).sum())


def spread(name, designs, responses, M, x):
    """‖∇f_k(x) − ∇F(x)/M‖² of every subset, by a loop over the samples."""
    slopes = PROBLEMS[name].slope(designs @ x, responses)
    each = [slope * z for slope, z in zip(slopes, designs, strict=True)]
    size = len(each) // M
    local = [np.sum(each[size * k : size * (k + 1)], axis=0) for k in range(M)]
    return [float(((one - np.sum(each, axis=0) / M) ** 2).sum()) for one in local]


def test_every_problem_is_tested():
    assert PHI.keys() == {name for name, row in PROBLEMS.items() if isinstance(row, Problem)}


@pytest.mark.parametrize("name", PHI)
def test_loss_and_slope_are_those_of_the_formula(name):
    loss = sympy.lambdify((S, Y), PHI[name], "mpmath")
    slope = sympy.lambdify((S, Y), sympy.diff(PHI[name], S), "mpmath")
    problem = PROBLEMS[name]
    with mpmath.workdps(60):
        for margin in (-700.0, -30.0, -1.5, -1e-7, 0.0, 1e-7, 0.3, 1 / math.sqrt(3), 40.0, 1e5):
            for response in (-1.0, 1.0):
                arguments = np.array([margin]), np.array([response])
                exact = [float(one(mpmath.mpf(margin), response)) for one in (loss, slope)]
                found = [float(one(*arguments)[0]) for one in (problem.loss, problem.slope)]
                np.testing.assert_allclose(found, exact, rtol=1e-13, atol=1e-300)


def test_the_largest_slope_of_geman_mcclure_is_exact():
    slope = sympy.simplify(sympy.diff(GEMAN_MCCLURE, U))
    extremes = [slope.subs(U, at) for at in sympy.solveset(sympy.diff(slope, U), U, sympy.S.Reals)]
    assert set(extremes) == {3 * sympy.sqrt(3) / 16, -3 * sympy.sqrt(3) / 16}
    assert sympy.limit(slope, U, sympy.oo) == 0
    assert pytest.approx(float(max(extremes)), rel=1e-15) == GEMAN_MCCLURE_SLOPE


def test_the_second_derivatives_lie_where_smoothness_assumes():
    curvature = sympy.diff(GEMAN_MCCLURE, U, 2)
    at = [0, 1, -1]
    assert {*sympy.solveset(sympy.diff(curvature, U), U, sympy.S.Reals)} == set(at)
    assert [curvature.subs(U, one) for one in at] == [1, *[-sympy.Rational(1, 4)] * 2]
    assert sympy.limit(curvature, U, sympy.oo) == 0
    logistic = sympy.diff(PHI["logistic"].subs(Y, 1), S, 2)
    p = 1 / (1 + sympy.exp(-S))
    rest = sympy.Rational(1, 4) - logistic - (p - sympy.Rational(1, 2)) ** 2
    assert sympy.simplify(rest) == 0


@pytest.mark.parametrize("name", PHI)
def test_no_hessian_exceeds_the_smoothness(name):
    designs, responses = some_data(name)
    curvature = sympy.lambdify((S, Y), sympy.diff(PHI[name], S, 2), "numpy")
    bound = PROBLEMS[name].smoothness(designs)
    largest = 0.0
    for x in some_models(3, scales=[0.0, 1e-3, 1.0, 3.0]):
        seconds = np.broadcast_to(curvature(designs @ x, responses), len(designs))
        hessian = designs.T @ (seconds[:, np.newaxis] * designs)
        largest = max(largest, np.abs(np.linalg.eigvalsh(hessian)).max())
    assert largest <= bound * (1 + 1e-12)
    # Attained: at every x, at x = 0, and where all residuals are zero, which they are not here.
    if name != "robust_regression":
        assert largest == pytest.approx(bound, rel=1e-12)


def test_the_smoothness_of_robust_regression_is_attained_where_all_residuals_are_zero():
    designs, _ = some_data("robust_regression")
    bound, x, step = PROBLEMS["robust_regression"].smoothness(designs), np.array([1, -2, 3.0]), 1e-4
    direction = np.linalg.svd(designs)[2][0]
    gradients = [
        PROBLEMS["robust_regression"].slope(designs @ at, designs @ x) @ designs
        for at in (x + step * direction, x - step * direction)
    ]
    rise = np.linalg.norm(gradients[0] - gradients[1]) / (2 * step)
    assert rise == pytest.approx(bound, rel=1e-6)


@pytest.mark.parametrize("M", [1, 2, 8, 24])
@pytest.mark.parametrize("name", BOUNDED)
def test_heterogeneity_is_never_exceeded(name, M):
    designs, responses = some_data(name, scale=2.0)
    largest_sq, mean_sq = PROBLEMS[name].heterogeneity(designs, responses, M)
    # Along a residual of 1/√3, where the slope of Geman-McClure is largest, too.
    fits = [
        np.linalg.lstsq(designs[j : j + 3], responses[j : j + 3] + 1 / math.sqrt(3))[0]
        for j in range(0, 21, 3)
    ]
    measured = [
        spread(name, designs, responses, M, x) for x in [*some_models(3), *fits, np.zeros(3)]
    ]
    rounding = 1e-20
    assert max(map(max, measured)) <= largest_sq * (1 + 1e-12) + rounding
    assert max(map(np.mean, measured)) <= mean_sq * (1 + 1e-12) + rounding
    assert mean_sq <= largest_sq * (1 + 1e-12)
    if M == 1:
        assert (largest_sq, mean_sq) == pytest.approx((0.0, 0.0), abs=rounding)
    else:
        # No bound of use would be far above what 200 models reach.
        assert largest_sq < 20 * max(map(max, measured))


def extreme_spreads(name, designs, responses, M):
    """Yield the spread of the subsets for every choice of extreme slopes."""
    b = GEMAN_MCCLURE_SLOPE
    choices = [(0.0, -y) if PROBLEMS[name].labels else (-b, b) for y in responses]
    for slopes in itertools.product(*choices):
        each = np.array(slopes)[:, np.newaxis] * designs
        local = each.reshape(M, -1, designs.shape[1]).sum(axis=1)
        yield ((local - local.mean(axis=0)) ** 2).sum(axis=1)


@pytest.mark.parametrize("D", [1, 2, 5])
@pytest.mark.parametrize("name", BOUNDED)
def test_heterogeneity_lies_between_all_extreme_slopes_and_the_triangle_inequality(name, D):
    designs, responses = some_data(name, m=8, D=D, seed=D)
    designs[3] = 0.0
    M = 4
    largest_sq, mean_sq = PROBLEMS[name].heterogeneity(designs, responses, M)
    extreme = np.array(list(extreme_spreads(name, designs, responses, M)))
    assert extreme.max() <= largest_sq * (1 + 1e-12)
    assert extreme.mean(axis=1).max() <= mean_sq * (1 + 1e-12)
    norms = np.linalg.norm(designs, axis=1).reshape(M, -1).sum(axis=1)
    steepest = 1.0 if PROBLEMS[name].labels else GEMAN_MCCLURE_SLOPE
    triangle = steepest * ((1 - 2 / M) * norms + norms.sum() / M)
    assert largest_sq <= triangle.max() ** 2 * (1 + 1e-12)
    if D == 1 and name == "robust_regression":
        assert largest_sq == pytest.approx(extreme.max(), rel=1e-12)


@pytest.mark.parametrize("name", BOUNDED)
def test_heterogeneity_is_attained_by_two_orthogonal_samples(name):
    # Both slopes are extreme at once: u_1 = ½(c_1 z_1 − c_2 z_2) = −u_2.
    designs, responses = 3 * np.eye(2), np.array([1.0, -1.0])
    x = np.array([-1e3, 1e3]) if name == "logistic" else (responses + 1 / math.sqrt(3)) / 3
    first, second = spread(name, designs, responses, 2, x)
    assert first == pytest.approx(second, rel=1e-12)
    bounds = PROBLEMS[name].heterogeneity(designs, responses, 2)
    assert bounds == pytest.approx((first, first), rel=1e-12)


def test_least_squares_is_bounded_where_all_subsets_have_one_hessian():
    rng = np.random.default_rng(3)
    designs, responses = np.tile(rng.standard_normal((4, 3)), (6, 1)), rng.standard_normal(24)
    bounds = PROBLEMS["least_squares"].heterogeneity(designs, responses, 6)
    for x in some_models(3, scales=[0.0, 1.0, 1e4]):
        measured = spread("least_squares", designs, responses, 6, x)
        assert (max(measured), np.mean(measured)) == pytest.approx(bounds, rel=1e-9)


def test_least_squares_with_different_hessians_has_no_bound():
    designs, responses = some_data("least_squares")
    assert PROBLEMS["least_squares"].heterogeneity(designs, responses, 8) == (np.inf, np.inf)
    x = np.ones(3)
    near, far = (max(spread("least_squares", designs, responses, 8, s * x)) for s in (1e3, 1e6))
    assert far == pytest.approx(1e6 * near, rel=1e-2)
    # One subset more than those that agree is enough.
    designs[:21] = np.tile(designs[:3], (7, 1))
    assert PROBLEMS["least_squares"].heterogeneity(designs, responses, 8).largest_sq == np.inf
    designs[21:] = designs[:3]
    assert PROBLEMS["least_squares"].heterogeneity(designs, responses, 8).largest_sq < np.inf


@pytest.mark.parametrize("seed", range(5))
def test_the_minimum_of_logistic_regression_is_that_of_a_solver(seed):
    designs, labels = some_data("logistic", m=60, D=4, seed=seed)
    designs *= 10.0 ** np.arange(-2, 2)
    lower, gap = PROBLEMS["logistic"].minimum(designs, labels)
    found = scipy.optimize.minimize(
        lambda x: value("logistic", designs / 10.0 ** np.arange(-2, 2), labels, x),
        np.zeros(4),
        method="Nelder-Mead",
        options={"xatol": 1e-10, "fatol": 1e-13, "maxiter": 10**5, "maxfev": 10**5},
    )
    assert lower == pytest.approx(found.fun, rel=1e-10)
    assert 0 <= gap <= 1e-12 * lower
    assert min(value("logistic", designs, labels, x) for x in some_models(4)) >= lower


def test_the_minimum_of_logistic_regression_in_closed_form():
    # With the feature 1 alone the model is one probability: F* = m H(share of +1).
    labels = np.array([1.0] * 7 + [-1.0] * 3)
    share = sympy.Rational(7, 10)
    entropy = -share * sympy.log(share) - (1 - share) * sympy.log(1 - share)
    lower, gap = PROBLEMS["logistic"].minimum(np.ones((10, 1)), labels)
    assert lower == pytest.approx(float(10 * entropy), rel=1e-13)
    # The same feature twice: the Hessian is singular.
    assert PROBLEMS["logistic"].minimum(np.ones((10, 2)), labels).lower == pytest.approx(lower)
    assert gap <= 1e-12 * lower


def test_separable_labels_have_minimum_zero_and_reach_it_nowhere():
    designs, _ = some_data("logistic", m=40, D=3)
    labels = np.sign(designs @ np.array([1.0, 2.0, -1.0]))
    assert PROBLEMS["logistic"].minimum(designs, labels) == (0.0, 0.0)
    assert value("logistic", designs, labels, np.array([1.0, 2.0, -1.0])) > 0


def test_partly_separable_labels_are_bounded_from_both_sides():
    # Feature 1 has both labels once: 2 log 2. Feature 2 separates the rest, at no finite x.
    designs = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 2.0]])
    labels = np.array([1.0, -1.0, 1.0, 1.0])
    lower, gap = PROBLEMS["logistic"].minimum(designs, labels)
    assert lower <= 2 * math.log(2) * (1 + 1e-15)
    assert lower + gap >= 2 * math.log(2) * (1 - 1e-15)
    assert gap < 1e-10


def test_the_minimum_of_robust_regression_lies_in_its_bracket():
    # One feature: a fine grid finds F*, with 3 of 15 responses gross outliers.
    rng = np.random.default_rng(5)
    designs = rng.standard_normal((15, 1))
    responses = 2 * designs[:, 0] + 0.1 * rng.standard_normal(15)
    responses[:3] += 50
    lower, gap = PROBLEMS["robust_regression"].minimum(designs, responses)
    grid = np.linspace(-100, 100, 2_000_001)
    losses = sum(
        u**2 / (2 * (1 + u**2))
        for u in (z * grid - y for z, y in zip(designs[:, 0], responses, strict=True))
    )
    assert lower == 0
    assert lower + gap == pytest.approx(losses.min(), rel=1e-6)
    assert abs(grid[losses.argmin()] - 2) < 0.2


def test_the_bound_of_zero_is_attained_without_noise():
    designs, _ = some_data("robust_regression")
    minimum = PROBLEMS["robust_regression"].minimum(designs, designs @ np.array([1.0, -2.0, 0.5]))
    assert minimum == pytest.approx((0.0, 0.0), abs=1e-20)

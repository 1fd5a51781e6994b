"""The generator of Section V and its constants against definitions and exact arithmetic."""

import numpy as np
import pytest
import scipy.stats
import sympy

from cradl.datasets import DATASETS, GaussianLinear, dataset
from cradl.problems import PROBLEMS, Problem

SECTION_V = {"M": 1000, "m": 1000, "D": 100, "feature_variance": 100, "noise_variance": 1}


def section_v(sigma_h=(0.0,), draws=1, **changes):
    return dataset(
        "gaussian_linear",
        SECTION_V | changes,
        problem="least_squares",
        sigma_h=sigma_h,
        seed=11,
        draws=draws,
    )


def test_features_have_variance_100_not_deviation_100():
    designs = section_v()["designs"].to_numpy()
    assert scipy.stats.kstest(designs.ravel(), scipy.stats.norm(0, 10).cdf).pvalue > 1e-3


def test_responses_have_unit_noise_around_a_standard_normal_target():
    data = section_v(draws=20)
    # Twice the minimum of a least-squares loss is chi-squared with m - D degrees of freedom.
    twice = 2 * data["minimum"].to_numpy().ravel()
    assert scipy.stats.kstest(twice, scipy.stats.chi2(900).cdf).pvalue > 1e-3
    solutions = [
        np.linalg.lstsq(
            data["designs"].isel(draw=draw).to_numpy(),
            data["responses"].isel(draw=draw, sigma_h=0).to_numpy(),
        )[0]
        for draw in range(20)
    ]
    assert scipy.stats.kstest(np.ravel(solutions), scipy.stats.norm.cdf).pvalue > 1e-3


def test_heterogeneity_shifts_the_responses_linearly_and_leaves_the_rest():
    plain = section_v()
    shifted = section_v(sigma_h=(0.0, 0.5, 2.0))
    np.testing.assert_array_equal(shifted["designs"], plain["designs"])
    responses = shifted["responses"].isel(draw=0).to_numpy()
    np.testing.assert_array_equal(responses[0], plain["responses"].isel(draw=0)[0])
    np.testing.assert_allclose(responses[2] - responses[0], 4 * (responses[1] - responses[0]))
    # y_k is N(<z_k, x + x_k>, 1): given z_k the shift has variance sigma^2 |z_k|^2.
    norms = np.linalg.norm(plain["designs"].isel(draw=0), axis=1)
    standard = (responses[2] - responses[0]) / (2.0 * norms)
    assert scipy.stats.kstest(standard, scipy.stats.norm.cdf).pvalue > 1e-3


def test_samples_of_a_subset_share_its_shift():
    row = DATASETS["gaussian_linear"]
    parameters = GaussianLinear(M=5, m=500, D=3, feature_variance=1, noise_variance=0)
    designs, responses, _ = row.draw(np.random.default_rng(0), parameters, [0.0, 1.0])
    shift = responses[1] - responses[0]
    for k in range(5):
        mine = slice(100 * k, 100 * (k + 1))
        _, residual, _, _ = np.linalg.lstsq(designs[mine], shift[mine])
        assert residual[0] < 1e-20


def test_smoothness_and_minimum_in_exact_arithmetic():
    Z = sympy.Matrix([[1, 2], [3, -1], [0, 1], [2, 2]])
    y = sympy.Matrix([1, 0, -2, 5])
    problem = PROBLEMS["least_squares"]
    designs, responses = np.array(Z, dtype=float), np.array(y, dtype=float).ravel()
    largest = max((Z.T * Z).eigenvals(multiple=True), key=float)
    assert problem.smoothness(designs) == pytest.approx(float(largest), rel=1e-14)
    solution = (Z.T * Z).LUsolve(Z.T * y)
    residual = Z * solution - y
    exact = (residual.T * residual)[0] / 2
    assert problem.minimum(designs, responses) == pytest.approx((float(exact), 0.0), rel=1e-13)


@pytest.mark.parametrize(
    "name", [name for name, row in PROBLEMS.items() if isinstance(row, Problem)]
)
def test_slope_is_the_derivative_of_the_loss(name):
    problem = PROBLEMS[name]
    margins, responses = np.random.default_rng(1).standard_normal((2, 50))
    step = 1e-6
    difference = problem.loss(margins + step, responses) - problem.loss(margins - step, responses)
    np.testing.assert_allclose(
        problem.slope(margins, responses), difference / (2 * step), rtol=1e-6
    )


def test_a_draw_does_not_depend_on_how_many_there_are():
    few, many = section_v(draws=1, m=60, M=60, D=4), section_v(draws=3, m=60, M=60, D=4)
    assert many.isel(draw=[0]).equals(few)
    assert not many.isel(draw=1)["designs"].equals(many.isel(draw=2)["designs"])

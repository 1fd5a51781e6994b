"""Bounds on the spread of coded gradients, against the definition at many gradients."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
import scipy.optimize

from cradl.allocation import ALLOCATIONS, second_eigenvalue
from cradl.numerics.spreads import of_allocation, of_least_squares

SIZES = {"N": 6, "M": 12, "r": 4}
KINDS = ["regular", "grouped", "balanced_covering", "random"]


def draw(kind, seed):
    sizes = {"N": 6, "M": 9, "r": 3} if kind == "balanced_covering" else SIZES
    sizes = sizes | ({"N": 4} if kind == "balanced_covering" else {})
    for attempt in range(100):
        S = ALLOCATIONS[kind](np.random.default_rng(seed + 1000 * attempt), **sizes)
        if S.any(axis=0).all():
            return S
    raise AssertionError(kind)


def coded(S, gradients):
    """Eq. (5), device by device."""
    d = S.sum(axis=0)
    return np.array([sum(gradients[k] / d[k] for k in np.flatnonzero(row)) for row in S])


def spread_sq(S, gradients):
    deviations = coded(S, gradients) - gradients.sum(axis=0) / len(S)
    return (deviations**2).sum() / len(S), (deviations**2).sum(axis=1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(3))
def test_no_gradients_spread_more_than_the_allocation_lets_them(kind, seed):
    S, rng = draw(kind, seed), np.random.default_rng(seed)
    N, M = S.shape
    found = of_allocation(S)
    for _ in range(200):
        common = rng.normal(size=3) * rng.choice([0, 1, 10])
        u = rng.normal(size=(M, 3)) * rng.exponential(size=(M, 1)) ** 3
        u -= u.mean(axis=0)
        V, each = spread_sq(S, u + common)
        y = np.linalg.norm(M * common) / N
        sigma = np.sqrt((u**2).sum() / M)
        limit = np.sqrt(found["spread_gain"]) * M * sigma / N + found["defect_rms"] * y
        assert np.sqrt(V) <= limit * (1 + 1e-12)
        beta = np.sqrt((u**2).sum(axis=1).max())
        farthest = found["radius"] * beta + found["defect_max"] * y
        assert np.sqrt(each.max()) <= farthest * (1 + 1e-12)
        messages = coded(S, u + common)
        apart = np.linalg.norm(messages[:, None] - messages, axis=2).max()
        paired = found["pair_radius"] * beta + 2 * found["defect_max"] * y
        assert apart <= paired * (1 + 1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_some_gradients_reach_the_gain(kind):
    S = draw(kind, 0)
    N, M = S.shape
    weights = S / S.sum(axis=0)
    centred = weights - weights.mean(axis=1, keepdims=True)
    worst = np.linalg.svd(centred)[2][:1].T
    V, _ = spread_sq(S, worst)
    gain = of_allocation(S)["spread_gain"]
    assert pytest.approx(gain * M * (worst**2).sum(), rel=1e-10) == N**2 * V


@pytest.mark.parametrize("kind", ["regular", "grouped"])
def test_a_regular_allocation_has_the_gain_of_its_second_eigenvalue(kind):
    S = draw(kind, 1)
    N, M = S.shape
    r, d = SIZES["r"], N * SIZES["r"] // M
    found = of_allocation(S)
    assert found["spread_gain"] == pytest.approx(second_eigenvalue(S) / (r * d), rel=1e-12)
    assert found["defect_rms"] == pytest.approx(0, abs=1e-15)
    assert found["radius"] == pytest.approx(r / d)
    held = [set(np.flatnonzero(row)) for row in S]
    nu = max(len(one - other) for one in held for other in held)
    assert found["pair_radius"] == pytest.approx(2 * nu / d)


def test_large_shares_of_the_data_leave_a_small_radius():
    S = 1 - np.eye(5, dtype=np.uint8)
    # Four of five subsets on each device, each on four: one over four, not four over four.
    assert of_allocation(S)["radius"] == pytest.approx(1 / 4)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("per_subset", [1, 3])
def test_least_squares_spread_no_more_than_said_and_reach_it(kind, per_subset):
    S, rng = draw(kind, 2), np.random.default_rng(5)
    N, M = S.shape
    designs = rng.normal(size=(M * per_subset, 4))
    responses = designs @ rng.normal(size=4) + rng.normal(size=len(designs))
    # Each of several responses has its own minimum, and all have one slope.
    (_, at_minimum), slope = of_least_squares(designs, np.stack([0 * responses, responses]), S)

    def both(x):
        terms = (designs @ x - responses)[:, None] * designs
        gradients = terms.reshape(M, per_subset, -1).sum(axis=1)
        V, _ = spread_sq(S, gradients)
        return N * np.sqrt(V), np.linalg.norm(gradients.sum(axis=0))

    best = np.linalg.lstsq(designs, responses)[0]
    assert both(best)[0] == pytest.approx(at_minimum, rel=1e-9)
    ratios = []
    for size in (0.1, 1, 10, 1e6):
        for _ in range(300):
            spread, gradient = both(best + size * rng.normal(size=4))
            limit = at_minimum + slope * gradient
            assert spread <= limit * (1 + 1e-9)
            ratios.append(spread / limit)
    # Far from the minimum the slope is all that counts, and some direction comes near it.
    assert max(ratios) > 0.9


def test_a_singular_hessian_has_no_such_bound():
    S = draw("regular", 0)
    designs = np.ones((12, 2))
    at_minimum, slope = of_least_squares(designs, np.arange(24.0).reshape(2, 12), S)
    assert at_minimum.tolist() == [np.inf, np.inf]
    assert slope == np.inf


def gaps_of_weights(S):
    """The sum of |W_ik − W_jk| over the subsets, for every pair of devices, exactly."""
    d = S.sum(axis=0, dtype=int).tolist()
    return [
        [
            sum(Fraction(abs(int(a) - int(b)), one) for a, b, one in zip(i, j, d, strict=True))
            for j in S
        ]
        for i in S
    ]


@pytest.mark.parametrize("kind", ["random", "balanced_covering", "disjoint", "cyclic"])
def test_radius_and_defects_are_those_of_a_linear_programme_and_of_fractions(kind):
    S = np.eye(4, dtype=np.uint8).repeat(3, axis=1) if kind == "disjoint" else draw(kind, 4)
    N, M = S.shape
    found, weights = of_allocation(S), S / S.sum(axis=0)
    # One dimension is the worst: u_k in [-1, 1] whose sum is zero.
    worst = [
        -scipy.optimize.linprog(-row, A_eq=np.ones((1, M)), b_eq=[0], bounds=(-1, 1)).fun
        for row in weights
    ]
    assert found["radius"] == pytest.approx(max(worst), rel=1e-9)
    farthest = max(itertools.chain.from_iterable(gaps_of_weights(S)))
    assert found["pair_radius"] == pytest.approx(float(farthest), rel=1e-12)
    degree = S.sum(axis=0, dtype=int).tolist()
    defects = [
        Fraction(N, M) * sum(Fraction(int(held), d) for held, d in zip(row, degree, strict=True))
        - 1
        for row in S
    ]
    assert found["defect_max"] == pytest.approx(float(max(map(abs, defects))), abs=1e-14)
    mean_sq = float(sum(one**2 for one in defects) / N)
    assert found["defect_rms"] == pytest.approx(np.sqrt(mean_sq), abs=1e-14)


def test_a_subset_on_no_device_has_no_weight():
    S = np.array([[1, 1, 0], [0, 1, 0]], np.uint8)
    # W = [[1, 1/2, 0], [0, 1/2, 0]]; (N/M) of its sums less one is 0 and -2/3.
    found = of_allocation(S)
    assert found["defect_max"] == pytest.approx(2 / 3)
    assert found["defect_rms"] == pytest.approx(np.sqrt(2) / 3)
    assert found["pair_radius"] == pytest.approx(1)
    # Half of the first row lies above its median of 1/2, half below.
    assert found["radius"] == pytest.approx(1)
    # Centred rows (1/2, 0, -1/2) and (-1/6, 1/3, -1/6): the Gram matrix is diag(1/2, 1/6).
    assert found["spread_gain"] == pytest.approx(1 / 2 * 2 / 3)


@pytest.mark.parametrize("N", [1, 3])
def test_devices_that_hold_everything_do_not_spread(N):
    found = of_allocation(np.ones((N, 4), np.uint8))
    np.testing.assert_allclose(list(found.values()), 0, atol=1e-12)


@pytest.mark.parametrize("D", [1, 2, 9])
@pytest.mark.parametrize("per_subset", [1, 2])
def test_the_slope_is_the_largest_singular_value_of_all_devices_together(D, per_subset):
    # Few dimensions: device by device. Many: by the Gram matrix of all samples.
    S, rng = draw("random", 6), np.random.default_rng(D)
    N, M = S.shape
    designs = rng.normal(size=(M * per_subset, D)) * rng.exponential(size=D)
    _, slope = of_least_squares(designs, designs[:, :1].T, S)
    hessians = [one.T @ one for one in designs.reshape(M, per_subset, D)]
    inverse = np.linalg.inv(sum(hessians))
    d = S.sum(axis=0)
    stacked = np.concatenate(
        [
            sum(hessians[k] / d[k] for k in np.flatnonzero(row)) @ inverse - np.eye(D) / N
            for row in S
        ]
    )
    truth = np.sqrt(N) * np.linalg.svd(stacked, compute_uv=False)[0]
    assert slope == pytest.approx(truth, rel=1e-9)

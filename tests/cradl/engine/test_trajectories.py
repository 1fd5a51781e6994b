"""Algorithm 1 against closed forms of gradient descent and of its mean under attack."""

import itertools

import numpy as np
import pytest
import scipy.stats
from closed_forms import ATTACKS, closed_form, data_of
from studies import byzantine_devices

from cradl.aggregation import RULES

# Others compare with zero or with a scale.
ROBUST = [
    name for name, rule in RULES.items() if {"bounded", "translation", "scaling"} <= rule.contracts
]


def robust(alpha, N):
    """Rules that take so many Byzantine devices, and have few subsets to compare."""
    f = round(alpha * N)
    return [
        name
        for name in ROBUST
        if RULES[name].max_f(N) >= f
        and (RULES[name].subsets is None or RULES[name].subsets(N, f) < 1000)
    ]


@pytest.mark.parametrize("allocation", ["random", "regular"])
@pytest.mark.parametrize(("alpha", "N"), [(0.2, 10), (0.4, 11), (0.03, 100)])
def test_with_all_subsets_everywhere_every_rule_is_gradient_descent(prepare, alpha, N, allocation):
    rules = robust(alpha, N)
    prepared = prepare(
        [{"method": "cra_dl", "aggregator": rules, "attack": ATTACKS}],
        r=20,
        N=N,
        alpha=alpha,
        T=30,
        diagnostics=True,
        allocation=allocation,
    )
    results = prepared.simulate()
    assert results.sizes["curve"] == len(rules) * len(ATTACKS)
    for trial in range(2):
        expected = closed_form(*data_of(prepared, trial), 0.05 / N, 31)
        for final in results["final_iterate"].isel(trial=trial).to_numpy():
            np.testing.assert_allclose(final, expected, rtol=1e-11, atol=1e-12)
    # All coded gradients are grad F / N, up to the rounding of the M gradients they sum.
    scale = results["heterogeneity_mean_sq"]
    for quantity in ("pairwise_distance_sq", "device_deviation_sq_mean", "aggregation_error_sq"):
        assert float((results[quantity] / scale).max()) < 1e-24


def test_without_attack_the_mean_methods_are_gradient_descent(prepare):
    prepared = prepare(
        [{"method": ["mean_averaging", "clairvoyant", "sgc_dl"]}],
        alpha=0,
        allocation="regular",
        T=40,
    )
    results = prepared.simulate()
    for trial in range(2):
        designs, responses = data_of(prepared, trial)
        expected = closed_form(designs, responses, 0.05 / 10, 41)
        for final in results["final_iterate"].isel(trial=trial).to_numpy():
            np.testing.assert_allclose(final, expected, rtol=1e-11, atol=1e-12)
        for t in (0, 1, 7, 40):
            x = closed_form(designs, responses, 0.05 / 10, t)
            loss = 0.5 * ((designs @ x - responses) ** 2).sum()
            gradient = designs.T @ (designs @ x - responses)
            here = results.isel(trial=trial, iteration=t)
            np.testing.assert_allclose(here["loss"], loss, rtol=1e-11)
            np.testing.assert_allclose(here["gradient_norm_sq"], gradient @ gradient, rtol=1e-8)


def hotelling(samples, mean):
    """P-value of the hypothesis that the rows of `samples` have this mean."""
    n, D = samples.shape
    deviation = samples.mean(axis=0) - mean
    statistic = n * deviation @ np.linalg.solve(np.cov(samples.T), deviation)
    return scipy.stats.f.sf(statistic * (n - D) / (D * (n - 1)), D, n - D)


@pytest.mark.parametrize("method", ["mean_averaging", "sgc_dl"])
@pytest.mark.parametrize("T", [0, 3, 12])
def test_the_mean_under_sign_flipping_follows_the_linear_recursion(prepare, method, T):
    # A uniformly random fraction alpha multiplies its message by -2: the mean message is, in
    # expectation, (1 - alpha - 2 alpha) grad F / N, and the recursion of the mean is linear.
    prepared = prepare(
        [{"method": method}],
        redraw={"data": False, "allocation": False, "attack": True},
        allocation="regular",
        trials=1500,
        T=T,
    )
    finals = prepared.simulate()["final_iterate"].isel(curve=0).to_numpy()
    data = data_of(prepared)
    predicted = closed_form(*data, 0.05 / 10 * (1 - 3 * 0.2), T + 1)
    assert hotelling(finals, predicted) > 1e-3
    # The test has the power to tell a neighbouring factor.
    assert hotelling(finals, closed_form(*data, 0.05 / 10 * (1 - 2 * 0.2), T + 1)) < 1e-6


def naive_run(prepared, curve, trial, T):
    """Algorithm 1 for CRA-DL with sign-flipping, with loops, from the printed equations."""
    one = prepared.experiment.curves[curve]
    designs, responses = data_of(prepared, trial)
    S = prepared.allocations[one.allocation_id]["S"].isel(draw=trial).to_numpy()
    per_subset = len(designs) // one.M
    liars = byzantine_devices(prepared, trial)
    x = np.zeros(designs.shape[1])
    rows = []
    for t in range(T + 1):
        residual = designs @ x - responses
        local = [
            sum(residual[j] * designs[j] for j in range(k * per_subset, (k + 1) * per_subset))
            for k in range(one.M)
        ]
        coded = [
            sum((local[k] / S[:, k].sum() for k in np.flatnonzero(row)), np.zeros(len(x)))
            for row in S
        ]
        honest = [coded[i] for i in range(one.N) if i not in liars[t]]
        received = [-2 * coded[i] if i in liars[t] else coded[i] for i in range(one.N)]
        mean = np.mean(honest, axis=0)
        update = np.median(received, axis=0)
        spread = [((one_of - mean) ** 2).sum() for one_of in honest]
        gradient, N, M = sum(local), one.N, one.M
        rows.append(
            {
                "loss": 0.5 * (residual**2).sum(),
                "gradient_norm_sq": gradient @ gradient,
                "step_size": 0.05,
                "aggregation_error_sq": ((update - mean) ** 2).sum(),
                "honest_spread_max": max(spread),
                "honest_spread_mean": np.mean(spread),
                "server_gradients": 0,
                "rounds": 1,
                "numbers_received": N * len(x),
                "pairwise_distance_sq": max(
                    ((a - b) ** 2).sum() for a, b in itertools.combinations(coded, 2)
                ),
                "honest_mean_norm_sq": mean @ mean,
                "mean_error_sq": ((mean - gradient / N) ** 2).sum(),
                "device_norm_sq_mean": np.mean([g @ g for g in coded]),
                "device_deviation_sq_mean": np.mean(
                    [((g - gradient / N) ** 2).sum() for g in coded]
                ),
                "heterogeneity_max_sq": max(((u - gradient / M) ** 2).sum() for u in local),
                "heterogeneity_mean_sq": np.mean([((u - gradient / M) ** 2).sum() for u in local]),
            }
        )
        x = x - 0.05 * update
    return rows, x


@pytest.mark.parametrize("samples", [20, 60])
def test_every_stored_variable_equals_a_naive_run(prepare, samples):
    keys = {"generator": "gaussian_linear", "problem": "least_squares", "M": 20, "m": samples}
    small = keys | {"D": 3, "feature_variance": 4, "noise_variance": 1}
    prepared = prepare(
        [{"method": "cra_dl", "aggregator": "median"}],
        datasets={"small": small},
        diagnostics=True,
        step_size=0.05,
    )
    results = prepared.simulate()
    for trial in range(2):
        rows, final = naive_run(prepared, 0, trial, 5)
        for name in rows[0]:
            stored = results[name].isel(curve=0, trial=trial).to_numpy()
            np.testing.assert_allclose(stored, [row[name] for row in rows], rtol=1e-9, err_msg=name)
        np.testing.assert_allclose(results["final_iterate"][0, trial], final, rtol=1e-10)
    stored = {str(name) for name in results.data_vars}
    assert stored == {*rows[0], "optimal_loss", "diverged_at", "final_iterate"}


def test_a_diverging_curve_stores_infinity_and_leaves_the_others_alone(prepare):
    # One step multiplies the error by |1 - gamma * curvature / N|: 1e60 overflows within 6 steps.
    prepared = prepare(
        [
            {"method": "mean_averaging", "step_size": [1e60, 0.05]},
            {"method": "cra_dl", "aggregator": "median", "step_size": 0.05},
        ],
        T=12,
    )
    results = prepared.simulate()
    at = results["diverged_at"].isel(curve=0)
    assert ((at > 0) & (at < 6)).all()
    for trial in range(2):
        loss = results["loss"][0, trial].to_numpy()
        assert np.isfinite(loss[: int(at[trial])]).all()
        assert np.isinf(loss[int(at[trial]) :]).all()
    assert np.isinf(results["final_iterate"].isel(curve=0)).all()
    others = results.isel(curve=[1, 2])
    assert (others["diverged_at"] == -1).all()
    assert np.isfinite(others["loss"]).all()


def test_uncovered_subsets_can_be_refused(prepare):
    prepared = prepare([{"method": "sgc_dl"}], r=1, uncovered="refuse")
    with pytest.raises(ValueError, match=r"need every subset on some device .* on none"):
        prepared.simulate()


def test_missing_draws_are_refused_before_anything_runs(prepare):
    prepared = prepare([{"method": "sgc_dl"}])
    with pytest.raises(ValueError, match="need draw 9 of data set small, got 2 draws"):
        prepared.simulate([9])

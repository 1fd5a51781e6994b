"""Runs under attacks of the literature, recomputed from stored messages."""

import numpy as np
import pytest

from cradl.engine.algorithm import compile_stages
from cradl.engine.trials import Trials

IDENTITIES = ["redrawn", "persistent"]
ATTACK_ROWS = [
    {"name": "mimic", "target": "fixed"},
    {"name": "mimic", "target": "principal"},
    {"name": "min_max", "perturbation": "std"},
    {"name": "min_sum", "perturbation": "unit", "bound": "largest"},
    {"name": "large_norm", "norm": 100},
    {"name": "omission"},
    {"name": "label_flipping"},
    {"name": "optimal_inner_product"},
    {"name": "optimal_little_is_enough"},
]
REGRESSION = {"generator": "gaussian_linear", "M": 20, "m": 60, "D": 3, "feature_variance": 4}
DATA = {
    "least_squares": REGRESSION | {"noise_variance": 1},
    "robust_regression": REGRESSION | {"noise_variance": 1},
    "logistic": {"generator": "breast_cancer", "M": 20, "m": 60, "D": 3, "intercept": True},
}


def slopes_of(problem, margins, responses):
    """Return the derivatives of the losses as they are defined."""
    if problem == "logistic":
        return -responses / (1 + np.exp(responses * margins))
    gaps = margins - responses
    return gaps if problem == "least_squares" else gaps / (1 + gaps**2) ** 2


@pytest.mark.parametrize("problem", DATA)
@pytest.mark.parametrize("identities", IDENTITIES)
@pytest.mark.parametrize("allocation", ["random", "cyclic_reshuffled"])
def test_flipped_messages_are_those_of_negated_labels(prepare, problem, identities, allocation):
    prepared = prepare(
        [{"method": "cra_dl", "aggregator": "median", "attack": {"name": "label_flipping"}}],
        datasets={"small": DATA[problem] | {"problem": problem}},
        identities=identities,
        allocation=allocation,
        r=4,
        trials=2,
        messages=True,
    )
    results = prepared.simulate()
    for trial in range(2):
        run = results.isel(curve=0, trial=trial)
        data = prepared.datasets["small"].isel(draw=trial, sigma_h=0)
        designs, responses = data["designs"].to_numpy(), data["responses"].to_numpy()
        later, x = next(Trials(*prepared).runs(trial)).later, np.zeros(3)
        for t in range(6):
            now = run.isel(iteration=t)
            S = later.allocation(t) if later else run["S"].to_numpy()
            for device in range(10):
                labels = -responses if now["byzantine"][device] else responses
                slopes = slopes_of(problem, designs @ x, labels)
                local = (slopes[:, None] * designs).reshape(20, 3, 3).sum(axis=1)
                coded = sum(local[k] / S[:, k].sum() for k in np.flatnonzero(S[device]))
                np.testing.assert_allclose(now["messages"][device], coded, rtol=1e-9, atol=1e-12)
            x = x - float(now["step_size"]) * now["update"].to_numpy()


@pytest.mark.parametrize("identities", IDENTITIES)
def test_the_fixed_target_is_one_device_wherever_it_is_honest(prepare, identities):
    results = prepare(
        [{"method": "cra_dl", "aggregator": "median", "attack": ATTACK_ROWS[0]}],
        identities=identities,
        messages=True,
        T=20,
        alpha=0.4,
    ).simulate()
    for trial, t in np.ndindex(2, 21):
        now = results.isel(curve=0, trial=trial, iteration=t)
        byzantine, messages = now["byzantine"].to_numpy() == 1, now["messages"].to_numpy()
        target = int(np.flatnonzero(~byzantine)[0])
        assert (messages[byzantine] == messages[target]).all()


@pytest.mark.parametrize("identities", IDENTITIES)
@pytest.mark.parametrize("attack", ATTACK_ROWS, ids=lambda one: one["name"])
def test_every_attack_runs_step_by_step_with_both_identities(prepare, attack, identities):
    curves = [{"method": "cra_dl", "aggregator": "trimmed_mean", "attack": attack}]
    prepared = prepare(curves, identities=identities, messages=True)
    assert not compile_stages(next(Trials(*prepared).runs(0)))
    results = prepared.simulate()
    assert np.isfinite(results["loss"]).all()
    liars = results["byzantine"].isel(curve=0)
    assert bool((liars == liars.isel(iteration=0)).all()) == (identities == "persistent")
    if attack["name"] == "omission":
        assert (results["messages"].where(results["byzantine"] == 1, 0) == 0).all()


@pytest.mark.parametrize("attack", ATTACK_ROWS, ids=lambda one: one["name"])
def test_without_byzantine_devices_no_attack_changes_anything(prepare, attack):
    rows = [attack, {"name": "sign_flipping", "coefficient": -2}]
    curves = [{"method": "cra_dl", "aggregator": "median", "attack": one} for one in rows]
    losses = prepare(curves, alpha=0).simulate()["loss"]
    np.testing.assert_array_equal(losses[0], losses[1])

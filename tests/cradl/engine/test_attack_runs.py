"""Runs under attacks of the literature, recomputed from stored messages."""

import numpy as np
import pytest

from cradl.attack import AttackContext
from cradl.attacking.learned import LearnedMimic, learn_direction
from cradl.engine.algorithm import compile_stages
from cradl.engine.trials import Trials

IDENTITIES = ["redrawn", "persistent"]
ATTACK_ROWS = [
    {"name": "mimic", "target": "fixed"},
    {"name": "mimic", "target": "principal"},
    {"name": "learned_mimic", "warmup": 3, "end": "largest"},
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


def learned_targets(messages, byzantine, warmup, end):
    """Return the device of every iteration as the authors' code chooses it, with their start.

    `messages` (T + 1, N, D), `byzantine` (T + 1, N); by covariance matrices.
    """
    average = direction = target = None
    chosen = []
    for t, (sent, lies) in enumerate(zip(messages, byzantine, strict=True)):
        devices = np.flatnonzero(~lies)
        honest = sent[devices]
        if t < warmup:
            mean = honest.mean(axis=0)
            average = mean if t == 0 else t / (1 + t) * average + mean / (1 + t)
            gaps = honest - average
            if t == 0:
                direction = gaps[np.linalg.norm(gaps, axis=1).argmax()]
            step = gaps.T @ gaps @ direction
            step = step / np.linalg.norm(step)
            mixed = step if t == 0 else t / (1 + t) * direction + step / (1 + t)
            direction = mixed / np.linalg.norm(mixed)
        places = honest @ direction
        outermost = devices[places.argmax() if end == "largest" else places.argmin()]
        target = outermost if t < warmup else target
        chosen.append(outermost if lies[target] else target)
    return chosen


@pytest.mark.parametrize("identities", IDENTITIES)
@pytest.mark.parametrize("end", ["largest", "least"])
@pytest.mark.parametrize("warmup", [1, 4, 30])
def test_a_learned_mimic_follows_whom_a_direct_simulation_finds(prepare, warmup, end, identities):
    attack = {"name": "learned_mimic", "warmup": warmup, "end": end}
    results = prepare(
        [{"method": "cra_dl", "aggregator": "median", "attack": attack}],
        identities=identities,
        messages=True,
        T=20,
        alpha=0.3,
    ).simulate()
    followed = set()
    for trial in range(2):
        run = results.isel(curve=0, trial=trial)
        messages, byzantine = run["messages"].to_numpy(), run["byzantine"].to_numpy() == 1
        targets = learned_targets(messages, byzantine, warmup, end)
        for t, target in enumerate(targets):
            assert (messages[t][byzantine[t]] == messages[t][target]).all()
        followed |= {(trial, target) for target in targets[warmup:]}
    # After the warm-up one device is followed as long as it is honest.
    if warmup < 20 and identities == "persistent":
        assert len(followed) == 2


def test_what_is_learned_comes_near_the_direction_of_most_variance():
    rng = np.random.default_rng(6)
    scales, parameters = np.array([1.0, 3.0, 1.0, 0.5]), LearnedMimic(warmup=400, end="largest")
    context = AttackContext(parameters, np.mean, coordinatewise=True, monotone=True)
    context = context._replace(devices=np.arange(20))
    known = None
    for _ in range(400):
        honest = 5 + rng.standard_normal((18, 4)) * scales
        known = learn_direction(honest, known, context=context)
    assert abs(known.direction[1]) > 0.99
    assert known.iterations == 400
    # Learning has ended.
    assert learn_direction(honest[::-1], known, context=context) is known


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

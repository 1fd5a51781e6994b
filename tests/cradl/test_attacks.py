"""Attacks against the sentences of Section V that define them."""

import numpy as np
import pytest
import scipy.stats
from pydantic import ValidationError

from cradl.attacks import ATTACKS, AttackContext, parameters_of

OWN = np.arange(12.0).reshape(4, 3)
HONEST = 100 + np.arange(18.0).reshape(6, 3)


def craft(attack, noise=None):
    context = AttackContext(parameters_of(attack), lambda messages: messages.mean(axis=0))
    return ATTACKS[attack["name"]].craft(OWN, HONEST, f=4, noise=noise, context=context)


def test_sign_flipping_multiplies_each_liars_own_message():
    np.testing.assert_array_equal(craft({"name": "sign_flipping", "coefficient": -2}), -2 * OWN)


def test_gaussian_entries_have_mean_zero_and_the_variance():
    needs = ATTACKS["gaussian"].needs
    noise = needs(np.random.default_rng(2), 5000, 3)
    assert noise.shape == (5000, 3)
    entries = craft({"name": "gaussian", "variance": 10_000}, noise).ravel()
    assert scipy.stats.kstest(entries, scipy.stats.norm(0, 100).cdf).pvalue > 1e-3


def test_every_duplicating_device_draws_its_own_honest_victim_uniformly():
    needs = ATTACKS["sample_duplicating"].needs
    attack = {"name": "sample_duplicating", "victim": "own"}
    rng = np.random.default_rng(4)
    counts, repeated = np.zeros(6), 0
    for _ in range(600):
        noise = np.array([needs(rng, 1, 3)[0] for _ in range(4)])
        sent = craft(attack, noise)
        victims = [int(np.flatnonzero((message == HONEST).all(axis=1))[0]) for message in sent]
        counts += np.bincount(victims, minlength=6)
        repeated += len(set(victims)) < 4
    assert scipy.stats.chisquare(counts).pvalue > 1e-3
    # With replacement: P(all four differ) = 6*5*4*3 / 6^4.
    assert scipy.stats.binomtest(repeated, 600, 1 - 360 / 1296).pvalue > 1e-3


def test_duplicating_devices_can_share_a_victim():
    noise = np.array([0.5, 0.1, 0.9, 0.99])
    sent = craft({"name": "sample_duplicating", "victim": "common"}, noise)
    np.testing.assert_array_equal(sent, np.tile(HONEST[3], (4, 1)))


@pytest.mark.parametrize("edge", [0.0, np.nextafter(1.0, 0.0)])
def test_victims_are_in_range_at_the_ends_of_the_uniform_numbers(edge):
    sent = craft({"name": "sample_duplicating", "victim": "own"}, np.full(4, edge))
    np.testing.assert_array_equal(sent, np.tile(HONEST[0 if edge == 0 else -1], (4, 1)))


@pytest.mark.parametrize(
    "attack",
    [
        {"name": "sign_flipping", "coefficient": 2},
        {"name": "sign_flipping"},
        {"name": "gaussian", "variance": 0},
        {"name": "gaussian", "variance": float("inf")},
        {"name": "sample_duplicating", "victim": "any"},
    ],
)
def test_impossible_parameters_are_refused(attack):
    with pytest.raises(ValidationError):
        parameters_of(attack)

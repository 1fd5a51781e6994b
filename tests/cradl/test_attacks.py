"""Attacks against the sentences of Section V that define them."""

import itertools
from dataclasses import FrozenInstanceError
from fractions import Fraction

import numpy as np
import pytest
import scipy.stats
from pydantic import ValidationError
from replies import context_of, reply

from cradl.aggregation import RULES
from cradl.attacks import ATTACKS, parameters_of, supported_shift

OWN = np.arange(12.0).reshape(4, 3)
HONEST = 100 + np.arange(18.0).reshape(6, 3)


def craft(attack, noise=None):
    mean = RULES["mean"]
    context = context_of(attack, mean, f=4)
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


@pytest.mark.parametrize("name", ["median", "trimmed_mean"])
@pytest.mark.parametrize(("n", "f"), [(3, 1), (4, 2), (5, 2), (4, 1)])
def test_no_reply_moves_a_monotone_rule_farther(name, n, f):
    rng = np.random.default_rng(n)
    for _ in range(5):
        honest = rng.integers(-3, 4, (n, 1)).astype(float)
        _, moved = reply(RULES[name], honest, f)
        values = np.linspace(-20, 20, 41)
        for sent in itertools.product(values, repeat=f):
            messages = np.concatenate([np.array(sent)[:, None], honest])
            other = RULES[name](messages, f=f) - honest.mean()
            assert abs(other) <= abs(moved) + 1e-12


@pytest.mark.parametrize(("n", "f"), [(4, 1), (5, 2), (12, 3), (30, 8)])
def test_few_common_values_move_phocas_farther_than_a_search_and_none_than_the_worst_reply(n, f):
    rng = np.random.default_rng(n)
    rule, honest = RULES["phocas"], rng.standard_normal((n, 20))
    _, moved = reply(rule._replace(worst_reply=None), honest, f)
    _, farthest = reply(rule, honest, f)
    most = np.zeros(20)
    for value in np.linspace(-8, 8, 16001):
        messages = np.concatenate([np.full((f, 20), value), honest])
        most = np.maximum(most, np.abs(rule(messages, f=f) - honest.mean(axis=0)))
    ratio = np.abs(moved) / most
    # In single coordinates the worst place may lie between those that are tried.
    assert np.median(ratio) >= 0.99
    assert ratio.min() >= 0.75
    assert (np.abs(farthest) >= most).all()


@pytest.mark.parametrize(
    "name", [one for one, rule in RULES.items() if "bounded" in rule.contracts]
)
@pytest.mark.parametrize("aim", ["error", "ascent"])
def test_no_other_attack_moves_a_rule_farther(name, aim):
    rule, rng = RULES[name], np.random.default_rng(8)
    messages = 0.3 + rng.standard_normal((20, 6))
    own, honest = messages[:4], messages[4:]
    _, moved = reply(rule, honest, 4, own=own, aim=aim)
    slope = messages.sum(axis=0)
    for attack, noise in (
        ({"name": "sign_flipping", "coefficient": -2}, None),
        ({"name": "gaussian", "variance": 10_000}, rng.standard_normal((4, 6))),
        ({"name": "sample_duplicating", "victim": "common"}, np.full(4, 0.5)),
        ({"name": "inner_product", "scale": 1.0}, None),
        ({"name": "little_is_enough"}, None),
    ):
        sent = ATTACKS[attack["name"]].craft(
            own, honest, f=4, noise=noise, context=context_of(attack, rule, f=4)
        )
        other = rule(np.concatenate([sent, honest]), f=4) - honest.mean(axis=0)
        if aim == "ascent" and rule.coordinatewise:
            assert (-np.sign(slope) * moved >= -np.sign(slope) * other - 1e-12).all()
        elif aim == "ascent":
            assert -slope @ moved >= -slope @ other - 1e-12
        else:
            assert moved @ moved >= other @ other - 1e-12


@pytest.mark.parametrize("name", ["trimmed_mean", "phocas", "krum"])
def test_replies_move_and_scale_with_the_messages(name):
    honest = np.random.default_rng(1).standard_normal((9, 4))
    sent, moved = reply(RULES[name], honest, 3)
    scaled, farther = reply(RULES[name], 8 * honest, 3)
    np.testing.assert_allclose(scaled, 8 * sent, rtol=1e-9)
    np.testing.assert_allclose(farther, 8 * moved, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["median", "phocas", "krum", "geometric_median"])
def test_equal_honest_messages_leave_nothing_to_gain(name):
    honest = np.full((7, 3), 2.5)
    sent, moved = reply(RULES[name], honest, 2, own=np.full((2, 3), 2.5))
    assert np.isfinite(sent).all()
    np.testing.assert_allclose(moved, 0, atol=1e-12)


def test_inner_product_turns_the_honest_mean_round():
    sent = craft({"name": "inner_product", "scale": 0.5})
    np.testing.assert_allclose(sent, np.tile(-0.5 * HONEST.mean(axis=0), (4, 1)))


def test_a_little_is_enough_shifts_by_the_quantile_of_the_paper():
    # N = 50, f = 24: two honest devices must support, Φ(z) = 24/26.
    honest = np.random.default_rng(0).standard_normal((26, 3))
    attack = {"name": "little_is_enough"}
    sent = ATTACKS["little_is_enough"].craft(
        honest[:24], honest, f=24, noise=None, context=context_of(attack, RULES["mean"], f=24)
    )
    shift = scipy.stats.norm.ppf(24 / 26)
    np.testing.assert_allclose(sent[0], honest.mean(axis=0) - shift * honest.std(axis=0))
    assert (sent == sent[0]).all()


@pytest.mark.parametrize(
    ("n", "f"),
    [(26, 24), (80, 20), (7, 2), (6, 2), (60, 40), (51, 49), (5, 0), (2, 1), (3, 3), (9, 1)],
)
def test_supporters_are_those_that_a_majority_lacks(n, f):
    # s = ⌊N/2 + 1⌋ − f, at least one and not all of the n; no shift if half of them are needed.
    needed = (n + f) // 2 + 1 - f
    share = Fraction(n - min(max(needed, 1), n - 1), n)
    expected = max(scipy.stats.norm.ppf(float(share)), 0)
    assert supported_shift(n, f) == pytest.approx(expected, abs=1e-12)
    assert (supported_shift(n, f) == 0) == (share <= Fraction(1, 2))


@pytest.mark.parametrize("f", [0, 1, 5])
def test_a_single_honest_device_is_not_shifted_from(f):
    assert supported_shift(1, f) == 0


def test_rows_are_read_only_and_named():
    row = ATTACKS["gaussian"]
    with pytest.raises(FrozenInstanceError):
        row.craft = None
    with pytest.raises(TypeError):
        type(row)(row.craft, row.needs)
    assert [name for name, one in ATTACKS.items() if one.replies] == [
        "best_reply",
        "optimal_inner_product",
        "optimal_little_is_enough",
    ]

"""Attacks of the literature against their definitions, searched or in closed form."""

import numpy as np
import pytest
from pydantic import ValidationError
from replies import context_of

from cradl.aggregation import RULES
from cradl.attacks import ATTACKS, AttackContext, parameters_of
from cradl.composition import composed

PERTURBATIONS = ["unit", "std", "sign"]


def honest_of(seed, n=9, D=4):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, D)) * rng.uniform(0.2, 3, D) + rng.standard_normal(D)


def craft(attack, honest, *, f=3, rule=RULES["mean"], **known):
    context = context_of(attack, rule, f=f)._replace(**known)
    own = np.full((f, honest.shape[1]), 5.0)
    sent = ATTACKS[attack["name"]].craft(own, honest, f=f, noise=None, context=context)
    assert sent.shape == own.shape
    assert (sent == sent[0]).all()
    return sent[0]


def squared(points, z):
    return ((points - z) ** 2).sum(axis=-1)


def perturbation_of(honest, kind):
    mean = honest.mean(axis=0)
    return {
        "unit": -mean / np.linalg.norm(mean),
        "std": -honest.std(axis=0, ddof=1),
        "sign": -np.sign(mean),
    }[kind]


def farthest_allowed(honest, kind, measured, bound):
    """Return the farthest perturbed mean whose squared distances are within a bound."""
    mean, p = honest.mean(axis=0), perturbation_of(honest, kind)
    low, high = 0.0, 1e3
    for _ in range(100):
        middle = 0.5 * (low + high)
        allowed = measured(squared(honest, mean + middle * p)) <= bound
        low, high = (middle, high) if allowed else (low, middle)
    return mean + low * p


@pytest.mark.parametrize("kind", PERTURBATIONS)
@pytest.mark.parametrize("n", [2, 3, 9, 30])
def test_min_max_is_as_far_as_bisection_finds(kind, n):
    for seed in range(5):
        honest = honest_of(seed, n)
        bound = max(squared(honest, one).max() for one in honest)
        expected = farthest_allowed(honest, kind, np.max, bound)
        sent = craft({"name": "min_max", "perturbation": kind}, honest)
        np.testing.assert_allclose(sent, expected, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("kind", PERTURBATIONS)
@pytest.mark.parametrize(("bound", "chosen"), [("largest", max), ("least", min)])
def test_min_sum_is_as_far_as_bisection_finds(kind, bound, chosen):
    for seed in range(5):
        honest = honest_of(seed)
        most = chosen(squared(honest, one).sum() for one in honest)
        expected = farthest_allowed(honest, kind, np.sum, most)
        attack = {"name": "min_sum", "perturbation": kind, "bound": bound}
        np.testing.assert_allclose(craft(attack, honest), expected, rtol=1e-7, atol=1e-7)


def test_min_max_on_a_line_is_a_diameter_from_the_farther_end():
    # Honest values 1, 2 and 6 have mean 3; no value below 1 is farther from 6 than they are wide.
    attack = {"name": "min_max", "perturbation": "unit"}
    assert craft(attack, np.array([[1.0], [2.0], [6.0]]))[0] == pytest.approx(1)
    # The other way the mean is negative, and the message goes up to 6.
    assert craft(attack, np.array([[-10.0], [-9.0], [-5.0]]))[0] == pytest.approx(-5)


@pytest.mark.parametrize("name", ["min_max", "min_sum"])
@pytest.mark.parametrize("kind", PERTURBATIONS)
def test_equal_honest_messages_leave_nothing_to_hide_in(name, kind):
    more = {"bound": "largest"} if name == "min_sum" else {}
    sent = craft({"name": name, "perturbation": kind} | more, np.full((5, 3), 2.5))
    np.testing.assert_allclose(sent, 2.5)


@pytest.mark.parametrize("n", [1, 2, 8])
def test_the_principal_target_is_the_outermost_along_the_direction_of_most_variance(n):
    angles = np.linspace(0, np.pi, 200_001)
    directions = np.stack([np.cos(angles), np.sin(angles)])
    for seed in range(6):
        honest = honest_of(seed, n, 2)
        places = (honest - honest.mean(axis=0)) @ directions
        along = np.abs(places[:, (places**2).sum(axis=0).argmax()])
        sent = craft({"name": "mimic", "target": "principal"}, honest)
        target = np.flatnonzero((honest == sent).all(axis=1))[0]
        # Two messages are equally far from their mean.
        assert along[target] == pytest.approx(along.max(), rel=1e-6)


def test_the_fixed_target_is_the_honest_device_of_the_smallest_number():
    honest = honest_of(0, 4)
    devices = np.array([0, 5, 2, 6, 3, 1, 4])
    sent = craft({"name": "mimic", "target": "fixed"}, honest, devices=devices)
    np.testing.assert_array_equal(sent, honest[2])


def test_a_large_norm_stands_against_the_mean():
    honest = honest_of(1)
    sent, mean = craft({"name": "large_norm", "norm": 1e6}, honest), honest.mean(axis=0)
    assert np.linalg.norm(sent) == pytest.approx(1e6)
    assert sent @ mean == pytest.approx(-1e6 * np.linalg.norm(mean))
    symmetric = np.array([[1.0, -2.0], [-1.0, 2.0]])
    np.testing.assert_array_equal(craft({"name": "large_norm", "norm": 1.0}, symmetric), 0)


def test_omission_is_a_message_of_zeros():
    np.testing.assert_array_equal(craft({"name": "omission"}, honest_of(2)), 0)


@pytest.mark.parametrize(
    ("attack", "missing"),
    [
        ({"name": "mimic", "target": "fixed"}, "need the numbers of the devices"),
        ({"name": "label_flipping"}, "need the messages of flipped data"),
        ({"name": "learned_mimic", "warmup": 1, "end": "least"}, "need what was learned"),
    ],
)
def test_knowledge_that_is_not_there_is_told(attack, missing):
    with pytest.raises(ValueError, match=missing):
        craft(attack, honest_of(3))


def lines_of(name, honest):
    """Return where an optimal attack's messages start, and in which directions they may go."""
    mean = honest.mean(axis=0)
    if name == "optimal_inner_product":
        return np.zeros_like(mean), [-mean]
    return mean, [honest.std(axis=0), -honest.std(axis=0)]


def context_with(attack, aggregate):
    return AttackContext(parameters_of(attack), aggregate, coordinatewise=False, monotone=False)


@pytest.mark.parametrize("name", ["optimal_inner_product", "optimal_little_is_enough"])
@pytest.mark.parametrize("rule", ["median", "trimmed_mean", "krum", "geometric_median", "faba"])
@pytest.mark.parametrize("before", ["none", "nearest_neighbour_mixing"])
def test_few_factors_move_the_server_as_far_as_a_dense_search(name, rule, before):
    server, ratios = composed(rule, {"name": before}), []
    for seed in range(5):
        honest = honest_of(seed, 10)
        mean = honest.mean(axis=0)

        def moved(message, honest=honest, mean=mean):
            lies = np.tile(message, (3, 1))
            return np.linalg.norm(server(np.concatenate([lies, honest]), f=3) - mean)

        context = context_with({"name": name}, lambda messages: server(messages, f=3))
        own = np.zeros((3, 4))
        sent = ATTACKS[name].craft(own, honest, f=3, noise=None, context=context)[0]
        start, ways = lines_of(name, honest)
        # It lies on one of the half-lines.
        assert any(np.linalg.matrix_rank([sent - start, way], tol=1e-9) == 1 for way in ways)
        assert max((sent - start) @ way for way in ways) > 0
        most = max(moved(start + at * way) for way in ways for at in np.linspace(0.02, 10, 500))
        ratios.append(moved(sent) / most)
    assert np.median(ratios) >= 0.99
    assert min(ratios) >= 0.9


@pytest.mark.parametrize("name", ["optimal_inner_product", "optimal_little_is_enough"])
@pytest.mark.parametrize("radius", [0.37, 1.23, 5.5])
def test_the_factor_is_where_the_server_stops_believing(name, radius):
    # This server takes the first message if it is near enough: the farthest such one is best.
    honest = np.random.default_rng(4).standard_normal((8, 3)) + 2
    start, ways = lines_of(name, honest)
    mean, length = honest.mean(axis=0), np.linalg.norm(ways[0])

    def aggregate(messages):
        near = np.linalg.norm(messages[0] - start) <= radius * length
        return messages[0] if near else mean

    context = context_with({"name": name}, aggregate)
    own = np.zeros((2, 3))
    sent = ATTACKS[name].craft(own, honest, f=2, noise=None, context=context)[0]
    reached = np.linalg.norm(sent - start) / length
    assert reached <= radius * (1 + 1e-12)
    assert reached == pytest.approx(radius, rel=0.02)


@pytest.mark.parametrize(
    "attack",
    [
        {"name": "mimic", "target": "any"},
        {"name": "min_max"},
        {"name": "min_sum", "perturbation": "unit"},
        {"name": "large_norm", "norm": 0},
        {"name": "omission", "norm": 1},
    ],
)
def test_impossible_parameters_are_refused(attack):
    with pytest.raises(ValidationError):
        parameters_of(attack)

"""Where definitions coincide, our rows compute what byzfl, krum, ByzPy and Flower compute.

Each library is skipped if it is not installed; no number is expected that is not theirs.
"""

import numpy as np
import pytest

from cradl.aggregation import RULES
from cradl.attack import AttackContext
from cradl.attacks import ATTACKS, parameters_of
from cradl.libraries import LIBRARIES
from cradl.pre_aggregation import PRE_AGGREGATIONS, mixing_parameters_of

SIZES = ((7, 1, 1), (12, 2, 5), (13, 3, 40), (15, 2, 200))
"""(N, f, D)."""
OTHERWISE = {
    # One neighbour more.
    "byzfl": {"Krum", "MultiKrum", "GeometricMedian", "CAF", "SMEA"},
    # Smoothed by a length of its own; fewer messages chosen.
    "krum": {"GeometricMedian", "Bulyan"},
    # One neighbour more; stops early; three steps of the power method; of an even number of values
    # the lower one in the middle, which MeaMed starts from too.
    "byzpy": {
        "Krum",
        "MultiKrum",
        "GeometricMedian",
        "CAF",
        "CoordinateWiseMedian",
        "MeanOfMedians",
    },
    "flwr": set(),
}
"""Rules whose definition is another one: `docs/site/howto/conformance.md` says which."""
SAME = [
    (library, name)
    for library, one in LIBRARIES.items()
    for name in one.rules
    if name not in OTHERWISE[library]
]
MIXING = {"name": "nearest_neighbour_mixing"}
CLIPPING = {"name": "static_clipping", "scale": 2.5}
ADAPTIVE = {"name": "adaptive_clipping"}
TURNED = {"name": "inner_product", "scale": 0.7}
COPIED = {"name": "mimic", "target": "fixed"}


def drawn(N, f, D):
    """Return honest messages around a common mean, and f of them turned round."""
    rng = np.random.default_rng([N, f, D])
    messages = rng.standard_normal(D) + rng.standard_normal((N, D))
    messages[rng.permutation(N)[:f]] *= -2.0
    return messages


def near(found, expected):
    np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("N", "f", "D"), SIZES)
@pytest.mark.parametrize(("library", "name"), SAME)
def test_a_rule_of_the_same_definition_agrees(library, name, N, f, D):
    pytest.importorskip(library)
    rule = LIBRARIES[library].rules[name]
    row = RULES[rule.definition]
    if f > row.max_f(N):
        pytest.skip(f"{rule.definition} takes {row.max_f(N)} of {N}")
    messages = drawn(N, f, D)
    near(rule.aggregate(messages.copy(), f), row(messages, f=f))


def tensors(messages):
    return list(pytest.importorskip("torch").from_numpy(messages))


def of_byzfl(name, *given):
    return lambda messages: getattr(pytest.importorskip("byzfl"), name)(*given)(messages)


def of_byzpy(module, name, *given):
    def called(messages):
        place = pytest.importorskip(f"byzpy.pre_aggregators.{module}")
        mixed = getattr(place, name)(*given).pre_aggregate(tensors(messages))
        return np.stack([one.numpy() for one in mixed])

    return called


@pytest.mark.parametrize(("N", "f", "D"), SIZES)
@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (lambda f: of_byzfl("NNM", f), {"name": "nearest_neighbour_mixing"}),
        (lambda f: of_byzfl("Clipping", 2.5), {"name": "static_clipping", "scale": 2.5}),
        (lambda f: of_byzfl("ARC", f), {"name": "adaptive_clipping"}),
        (
            lambda f: of_byzpy("nnm", "NearestNeighborMixing", f),
            {"name": "nearest_neighbour_mixing"},
        ),
        (
            lambda f: of_byzpy("clipping", "Clipping", 2.5),
            {"name": "static_clipping", "scale": 2.5},
        ),
        (lambda f: of_byzpy("arc", "ARC", f), {"name": "adaptive_clipping"}),
    ],
    ids=["byzfl NNM", "byzfl Clipping", "byzfl ARC", "byzpy NNM", "byzpy Clipping", "byzpy ARC"],
)
def test_a_pre_aggregation_of_the_same_definition_agrees(theirs, ours, N, f, D):
    messages, parameters = drawn(N, f, D), mixing_parameters_of(ours)
    mix = PRE_AGGREGATIONS[ours["name"]].mix
    near(theirs(f)(messages.copy()), mix(messages, f, parameters=parameters, keys=None))


@pytest.mark.parametrize("size", [2, 3, 5])
def test_buckets_of_the_same_order_agree(size):
    byzfl, messages = pytest.importorskip("byzfl"), drawn(13, 3, 4)
    # byzfl draws from the global state; an order of rows is an order of their numbers.
    np.random.seed(5)  # noqa: NPY002
    order = np.random.permutation(13)  # noqa: NPY002
    np.random.seed(5)  # noqa: NPY002
    buckets = byzfl.Bucketing(size)(messages.copy())
    parameters = mixing_parameters_of({"name": "bucketing", "size": size})
    keys = np.argsort(order).astype(np.float64)
    near(buckets, PRE_AGGREGATIONS["bucketing"].mix(messages, 3, parameters=parameters, keys=keys))


def crafted(attack, honest, f):
    context = AttackContext(
        parameters=parameters_of(attack),
        aggregate=lambda messages: messages.mean(axis=0),
        coordinatewise=True,
        monotone=True,
        # The Byzantine devices have the largest numbers.
        devices=np.roll(np.arange(len(honest) + f), f),
    )
    own = np.zeros((f, honest.shape[1]))
    return ATTACKS[attack["name"]].craft(own, honest, f=f, noise=None, context=context)


def lie_of_byzpy(module, name, **given):
    def called(honest):
        place = pytest.importorskip(f"byzpy.attacks.{module}")
        return getattr(place, name)(**given).apply(honest_grads=tensors(honest))

    return called


@pytest.mark.parametrize(("N", "f", "D"), SIZES)
@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        # byzfl turns the honest mean round, not the device's own message.
        (of_byzfl("SignFlipping"), TURNED | {"scale": 1}),
        (of_byzfl("InnerProductManipulation", 0.7), TURNED),
        (of_byzfl("Mimic", 0), COPIED),
        (lie_of_byzpy("empire", "EmpireAttack", scale=-0.7), TURNED),
        (lie_of_byzpy("mimic", "MimicAttack", epsilon=0), COPIED),
    ],
    ids=["byzfl SignFlipping", "byzfl IPM", "byzfl Mimic", "byzpy Empire", "byzpy Mimic"],
)
def test_an_attack_of_the_same_definition_agrees(theirs, ours, N, f, D):
    honest = drawn(N, f, D)[f:]
    lies = crafted(ours, honest, f)
    assert (lies == lies[0]).all()
    near(theirs(honest.copy()), lies[0])

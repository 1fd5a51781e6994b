"""The codes recover ∇F/N whatever the promised number of liars sends, and notice more of them."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from closed_forms import ATTACKS, closed_form, data_of

from cradl.allocation import ALLOCATIONS, degrees
from cradl.config.findings import StudyError
from cradl.config.resolving import load_study
from cradl.methods import METHODS, coded_gradient, prescribed_r
from cradl.protocol import DecodeContext
from cradl.results.costs import Costs, costs

PAPER = Path(__file__).parents[2] / "config" / "paper.yaml"
CODES = ["fractional_repetition", "detection"]


class Setting:
    """Gradients, who holds them, and true messages, from the definitions."""

    def __init__(self, method, N, M, D, f, seed=0):
        self.rng = np.random.default_rng(seed)
        self.method, self.f, self.N = method, f, N
        r = prescribed_r(METHODS[method], N=N, M=M, f=f)
        self.S = ALLOCATIONS["grouped"](self.rng, N=N, M=M, r=r)
        self.encoding = coded_gradient(self.S)
        self.gradients = self.rng.standard_normal((M, D)) + 1.0
        self.weights = self.S / degrees(self.S)
        self.true = self.weights @ self.gradients

    def groups(self):
        return [
            np.flatnonzero(np.equal(self.S, row).all(axis=1)) for row in np.unique(self.S, axis=0)
        ]

    def parts(self, device, coordinate):
        """The terms of one coordinate of a device's true message, in the order of its subsets."""
        held = np.flatnonzero(self.S[device])
        return self.weights[device, held] * self.gradients[held, coordinate]

    def decode(self, messages, liars=(), answer=None):
        """Decode; honest devices answer the truth, liars sums of ``answer(parts, lie, rng)``."""

        def answered(devices, first, last, coordinate):
            return np.array([one(device, first, last, coordinate) for device in devices])

        def one(device, first, last, coordinate):
            parts = self.parts(device, coordinate)
            if device in liars:
                parts = answer(parts, messages[device, coordinate] - parts.sum(), self.rng)
            return parts[first:last].sum()

        context = DecodeContext(
            None, None, self.encoding, lambda k: self.gradients[k], answered, messages.size
        )
        update = METHODS[self.method].decode(messages, f=self.f, context=context)
        return update, context

    def assert_exact(self, update, tolerance=1e-13):
        expected = self.gradients.sum(axis=0) / self.N
        assert np.abs(update - expected).max() <= tolerance * np.abs(self.gradients).mean() * 10


def put_on(index):
    """A liar's answers if it puts its whole lie on one subset."""

    def answer(parts, lie, rng):
        return parts + lie * (np.arange(len(parts)) == index % len(parts))

    return answer


ANSWERS = {
    "evenly": lambda parts, lie, rng: parts + lie / len(parts),
    "on the first": put_on(0),
    "on the last": put_on(-1),
    "anywhere": lambda parts, lie, rng: put_on(rng.integers(len(parts)))(parts, lie, rng),
    "opposite lies": lambda parts, lie, rng: parts + 5 * lie * (-1.0) ** np.arange(len(parts)),
    "the truth": lambda parts, lie, rng: parts,
    "nothing": lambda parts, lie, rng: 0 * parts,
    "noise": lambda parts, lie, rng: rng.standard_normal(len(parts)),
    "huge": lambda parts, lie, rng: 1e307 * np.ones(len(parts)),
    "no numbers": lambda parts, lie, rng: np.nan * parts,
}


def one_coordinate(true, rng):
    lies = true.copy()
    lies[:, np.abs(true[0]).argmax()] *= 1 + 1e-6
    return lies


def one_sends_the_truth(true, rng):
    return np.concatenate([true[:1], -2 * true[1:]])


MESSAGES = {
    "flipped": lambda true, rng: -2 * true,
    "colluding": lambda true, rng: np.zeros_like(true) + rng.standard_normal(true.shape[1]),
    "colluding and close": lambda true, rng: true + 1e-4 * rng.standard_normal(true.shape[1]),
    "one coordinate by a millionth": one_coordinate,
    "one sends the truth": one_sends_the_truth,
    "each its own": lambda true, rng: true + rng.standard_normal(true.shape),
    "not numbers": lambda true, rng: np.full_like(true, np.nan),
    "infinite": lambda true, rng: true + np.array([np.inf] + [0.0] * (true.shape[1] - 1)),
    "huge": lambda true, rng: 1.7e308 * np.sign(true),
    "hugely different": lambda true, rng: (
        1.7e308 * (-1.0) ** np.arange(true.size).reshape(true.shape[::-1]).T
    ),
}


def lied(setting, liars, kind):
    messages, rows = setting.true.copy(), np.array(liars, int)
    if len(rows):
        messages[rows] = MESSAGES[kind](messages[rows], setting.rng)
    return messages


@pytest.mark.parametrize("kind", MESSAGES)
@pytest.mark.parametrize(
    ("method", "f"),
    [*itertools.product(CODES, [1, 2]), ("fractional_repetition", 3), ("detection", 6)],
)
def test_every_liar_set_of_the_promised_size_is_undone(method, f, kind):
    setting = Setting(method, N=7, M=10, D=3, f=f)
    most = costs(method, N=7, M=10, D=3, f=f)
    answers = ANSWERS.values() if method == "detection" else [None]
    for count, answer in itertools.product(range(f + 1), answers):
        for liars in itertools.combinations(range(7), count):
            update, context = setting.decode(lied(setting, liars, kind), liars, answer)
            setting.assert_exact(update)
            assert context.server_gradients <= len(liars)
            assert context.rounds <= most.rounds
            assert context.numbers_received <= most.numbers_received
            if not liars or method != "detection":
                assert (context.rounds, context.numbers_received) == (1, 21)


@pytest.mark.parametrize("method", CODES)
@pytest.mark.parametrize("kind", MESSAGES)
def test_liars_anywhere_among_a_hundred_devices_are_undone(method, kind):
    setting = Setting(method, N=100, M=1000, D=5, f=10, seed=1)
    crowd = setting.groups()[0][:10]
    sets = [setting.rng.choice(100, 10, replace=False) for _ in range(5)] + [crowd]
    for liars, answer in itertools.product(sets, ANSWERS.values()):
        update, context = setting.decode(lied(setting, liars, kind), liars, answer)
        setting.assert_exact(update)
        assert context.server_gradients <= 10


def test_the_papers_sizes():
    curves = load_study(PAPER).experiments["fig4"].curves
    found = [one for one in curves if one.method in CODES]
    assert [(one.label, one.r, one.allocation_id) for one in found] == [
        ("Majority vote", 250, "grouped-N100-M1000-r250"),
        ("Detection", 112, "grouped-N100-M1000-r112"),
    ]
    sizes = [[len(group) for group in Setting(m, 100, 1000, 1, 10).groups()] for m in CODES]
    assert sorted(sizes[0]) == [25] * 4
    assert sorted(sizes[1]) == [11] * 8 + [12]


@pytest.mark.parametrize("method", CODES)
@pytest.mark.parametrize(("alpha", "N"), [(0.2, 10), (0.4, 11), (0.03, 100), (0, 10)])
@pytest.mark.parametrize("samples", [20, 60])
def test_under_any_attack_the_trajectory_is_gradient_descent(prepare, method, alpha, N, samples):
    keys = {"generator": "gaussian_linear", "problem": "least_squares", "M": 20, "m": samples}
    small = keys | {"D": 3, "feature_variance": 4, "noise_variance": 1}
    prepared = prepare(
        [{"method": method, "attack": ATTACKS}],
        datasets={"small": small},
        N=N,
        alpha=alpha,
        T=30,
        step_size=0.001 * N,
    )
    results = prepared.simulate()
    f = prepared.experiment.curves[0].f
    for trial in range(2):
        expected = closed_form(*data_of(prepared, trial), 0.001, 31)
        for final in results["final_iterate"].isel(trial=trial).to_numpy():
            np.testing.assert_allclose(final, expected, rtol=1e-11, atol=1e-12)
    computed = results["server_gradients"]
    assert float(computed.max()) <= f
    assert bool((computed > 0).any()) == (method == "detection" and f > 0)
    asked = results["numbers_received"] - 3 * N
    assert bool((asked >= 2 * (results["rounds"] - 1)).all())
    assert bool((asked <= 2 * f * (results["rounds"] - 1)).all())
    units = [results[name].attrs["units"] for name in ("server_gradients", "rounds", "loss")]
    assert units == ["gradients", "rounds", "1"]


@pytest.mark.parametrize("method", CODES)
def test_copies_that_differ_by_rounding_are_equal(method):
    setting = Setting(method, N=7, M=10, D=3, f=2)
    noise = 1 + 1e-12 * setting.rng.standard_normal(setting.true.shape)
    for liars in itertools.combinations(range(7), 2):
        messages = noise * lied(setting, liars, "one coordinate by a millionth")
        update, context = setting.decode(messages, liars, ANSWERS["evenly"])
        setting.assert_exact(update, 1e-12)
        assert context.server_gradients <= 2


def test_no_gradient_is_spent_on_a_lie_below_the_rounding_of_the_sum():
    # At the minimum the one group's gradients cancel: a message is what rounding left of them.
    setting = Setting("detection", N=7, M=40, D=3, f=3)
    setting.gradients -= setting.gradients.mean(axis=0)
    setting.true = setting.weights @ setting.gradients
    assert 0 < np.abs(setting.true).max() < 1e-14
    for liars in itertools.combinations(range(7), 3):
        update, context = setting.decode(lied(setting, liars, "flipped"), liars, ANSWERS["evenly"])
        assert np.abs(update).max() < 1e-13
        assert context.server_gradients == 0


def test_a_broken_majority_is_refused():
    setting = Setting("fractional_repetition", N=7, M=10, D=3, f=1)
    for group in setting.groups():
        needed = f"need {len(group) - 1} equal messages from a group of {len(group)} devices "
        for kind in ("each its own", "not numbers"):
            with pytest.raises(ValueError, match=rf"{needed}to tolerate 1 .*, got at most 1"):
                setting.decode(lied(setting, group[:-1], kind))
    # Two against two: no side has all but one.
    four = max(setting.groups(), key=len)
    for kind in ("flipped", "not numbers"):
        with pytest.raises(ValueError, match=r"need 3 equal messages .* got at most 2"):
            setting.decode(lied(setting, four[:2], kind))


@pytest.mark.parametrize("kind", ["flipped", "each its own", "not numbers"])
def test_more_exposed_liars_than_promised_are_refused(kind):
    setting = Setting("detection", N=7, M=10, D=3, f=1)
    liars = [int(group[0]) for group in setting.groups()[:2]]
    with pytest.raises(ValueError, match="need at most 1 Byzantine devices, got 2 exposed"):
        setting.decode(lied(setting, liars, kind), liars, ANSWERS["evenly"])


@pytest.mark.parametrize(
    ("method", "replication"), [("fractional_repetition", 7), ("detection", 4)]
)
def test_groups_that_are_too_small_are_refused(method, replication):
    setting = Setting(method, N=7, M=10, D=3, f=1)
    setting.f = 3
    needed = f"need at least {replication} devices in every group to tolerate 3 .*, got [23]"
    with pytest.raises(ValueError, match=needed):
        setting.decode(setting.true)


@pytest.mark.parametrize(
    ("method", "message"),
    [
        ("fractional_repetition", r"need \d equal messages from a group of \d devices"),
        ("detection", r"need at most 1 Byzantine devices, got 2 exposed as liars"),
    ],
)
def test_a_run_whose_promise_is_broken_stops_with_the_reason(prepare, method, message):
    prepared = prepare([{"method": method}], alpha=0.4, withstand=0.1, T=20)
    with pytest.raises(ValueError, match=message) as caught:
        prepared.simulate()
    assert "curve " in caught.value.__notes__[0]


@pytest.mark.parametrize(
    ("method", "replication", "N"), [("fractional_repetition", 11, 10), ("detection", 6, 5)]
)
def test_too_few_devices_are_refused_by_the_study(prepare, method, replication, N):
    message = f"need at least {replication} devices to tolerate 5 Byzantine ones for {method}"
    with pytest.raises(StudyError, match=rf"{message}, got N={N}"):
        prepare([{"method": method}], N=N, alpha=0.2, withstand=5 / N - 0.05)


@pytest.mark.parametrize("key", ["r", "allocation", "uncovered", "aggregator"])
def test_what_a_code_prescribes_cannot_be_given(prepare, key):
    value = {"r": 3, "allocation": "random", "uncovered": "refuse", "aggregator": "median"}[key]
    with pytest.raises(StudyError, match=f"{key}: need no {key}, which detection does not use"):
        prepare([{"method": "detection", key: value}])


def test_costs_counted_by_hand():
    # Ten devices, twelve subsets, one liar. Detection: five groups of two would hold 3, 3, 2, 2, 2;
    # the liar is asked twice, as 3 halves to 2 and to 1, and so is its rival. Majority: three
    # groups of at least three devices hold four subsets each.
    sizes = {"N": 10, "M": 12, "D": 3, "f": 1}
    assert costs("detection", **sizes) == Costs(3, 3, 1, 3, 30 + 4)
    assert costs("fractional_repetition", **sizes) == Costs(4, 4, 0, 1, 30)
    assert costs("cra_dl", r=5, **sizes) == Costs(5, 5, 0, 1, 30)
    at_paper = {"N": 100, "M": 1000, "D": 100, "f": 10}
    assert costs("detection", **at_paper) == Costs(112, 112, 10, 71, 10_140)
    assert costs("fractional_repetition", **at_paper) == Costs(250, 250, 0, 1, 10_000)


def test_costs_are_attained_by_liars_in_one_group_and_halved_in_rounds_side_by_side():
    setting = Setting("detection", N=6, M=16, D=2, f=2)
    most = costs("detection", N=6, M=16, D=2, f=2)
    assert most == Costs(8, 8, 2, 7, 12 + 12)
    one, other = setting.groups()
    for liars, rounds in ((one[:2], most.rounds), ([one[0], other[0]], 4)):
        messages = setting.true.copy()
        messages[liars] += [[1.0], [10.0]]
        update, context = setting.decode(messages, liars, ANSWERS["evenly"])
        setting.assert_exact(update)
        assert context.rounds == rounds
        assert context.numbers_received == most.numbers_received
        assert context.server_gradients == most.server_gradients


def test_two_liars_who_contradict_each_other_cost_one_gradient():
    setting = Setting("detection", N=6, M=16, D=2, f=2)
    liars = setting.groups()[0][:2]
    messages = setting.true.copy()
    messages[liars] += [[1.0], [-0.7]]
    update, context = setting.decode(messages, liars, ANSWERS["evenly"])
    setting.assert_exact(update)
    assert (context.server_gradients, context.rounds) == (1, 4)


def test_costs_need_r_where_the_study_chooses_it():
    with pytest.raises(ValueError, match="need r for cra_dl, got none"):
        costs("cra_dl", N=10, M=12, D=3, f=1)
    with pytest.raises(ValueError, match="need no r for detection, got 4"):
        costs("detection", N=10, M=12, D=3, f=1, r=4)

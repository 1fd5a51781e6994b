"""Runs of losses with many outputs against Algorithm 1 with loops, from the printed equations."""

import json

import numpy as np
import pytest
from studies import byzantine_devices

from cradl.engine.bound_inputs import constants
from cradl.faults import RowFault
from cradl.losses.model import Evaluation, Model
from cradl.losses.softmax import Softmax, SoftmaxKeys
from cradl.problems import PROBLEMS, ModelProblem, model_of
from theory.runs import hypotheses

CLASSES = 10
DIGITS = {"generator": "digits", "M": 20, "m": 60, "test": 50, "D": 4, "split": "shuffled"}
SOFTMAX = DIGITS | {"problem": {"name": "softmax", "ridge": 0.02}}
NETWORK = DIGITS | {"problem": {"name": "hidden_layer", "units": 3}}
FLIPPING = {"name": "label_flipping"}
CRA = {"method": "cra_dl", "aggregator": "median"}


def prepared_digits(prepare, curves, data=SOFTMAX, **keys):
    return prepare(curves, datasets={"small": data}, **keys)


def sample_gradient(x, z, y):
    """(p − e_y)(z, 1)ᵀ + ridge x of one sample."""
    rows = x.reshape(CLASSES, -1)
    scores = [row[:-1] @ z + row[-1] for row in rows]
    weights = [np.exp(one) for one in scores]
    slopes = [one / sum(weights) for one in weights]
    slopes[int(y)] -= 1
    return np.concatenate([slope * np.append(z, 1) for slope in slopes]) + 0.02 * x


def sample_loss(x, z, y):
    scores = [row[:-1] @ z + row[-1] for row in x.reshape(CLASSES, -1)]
    return np.log(sum(map(np.exp, scores))) - scores[int(y)] + 0.01 * (x @ x)


def naive_run(prepared, relabel, trial=0):
    """CRA-DL with the median, with loops."""
    curve = prepared.experiment.curves[0]
    data = prepared.datasets["small"].isel(draw=trial, sigma_h=0)
    designs, responses = data["designs"].to_numpy(), data["responses"].to_numpy()
    S = prepared.allocations[curve.allocation_id]["S"].isel(draw=trial).to_numpy()
    liars = byzantine_devices(prepared, trial)
    n, x, rows = len(designs) // curve.M, np.zeros(CLASSES * 5), []

    def local(k, labels):
        return sum(sample_gradient(x, designs[j], labels[j]) for j in range(n * k, n * (k + 1)))

    for t in range(prepared.experiment.T + 1):
        right = [
            np.argmax([row[:-1] @ z + row[-1] for row in x.reshape(CLASSES, -1)]) == y
            for z, y in zip(data["test_designs"].values, data["test_responses"].values, strict=True)
        ]
        honest = [local(k, responses) for k in range(curve.M)]
        poisoned = [local(k, relabel(responses)) for k in range(curve.M)]
        received = [
            sum(
                (poisoned if i in liars[t] else honest)[k] / S[:, k].sum()
                for k in np.flatnonzero(S[i])
            )
            for i in range(curve.N)
        ]
        gradient = sum(honest)
        losses = [sample_loss(x, z, y) for z, y in zip(designs, responses, strict=True)]
        rows.append((sum(losses), gradient @ gradient, np.mean(right)))
        x = x - curve.step_size * np.median(received, axis=0)
    return np.array(rows), x


@pytest.mark.parametrize(
    ("attack", "relabel"),
    [
        (FLIPPING, lambda y: 9 - y),
        ({"name": "label_poisoning", "target": 3}, lambda y: np.full_like(y, 3)),
    ],
    ids=["flipped", "poisoned"],
)
@pytest.mark.parametrize("samples", [20, 60])
def test_a_run_is_algorithm_1_on_data_that_some_have_relabelled(prepare, attack, relabel, samples):
    data = SOFTMAX | {"m": samples}
    prepared = prepared_digits(prepare, [CRA], data, attack=attack, step_size=0.3)
    results = prepared.simulate()
    for trial in range(2):
        rows, final = naive_run(prepared, relabel, trial)
        here = results.isel(curve=0, trial=trial)
        for name, column in zip(("loss", "gradient_norm_sq", "test_accuracy"), rows.T, strict=True):
            np.testing.assert_allclose(here[name], column, rtol=1e-10, err_msg=name)
        np.testing.assert_allclose(here["final_iterate"], final, rtol=1e-9, atol=1e-12)
    # Some trial learns something, so that the accuracies say something.
    assert np.ptp(results["test_accuracy"].to_numpy()) > 0.1


@pytest.mark.parametrize("data", [SOFTMAX, NETWORK], ids=["softmax", "network"])
def test_without_attack_the_mean_is_gradient_descent_from_a_scaled_start(prepare, data):
    keys = {"alpha": 0, "T": 8, "step_size": 0.2}
    method = [{"method": "mean_averaging"}]
    prepared = prepared_digits(prepare, method, data, start="scaled_normal", **keys)
    drawn = prepared.datasets["small"]
    row = PROBLEMS[drawn.attrs["problem"]]
    model = model_of(row, 4, CLASSES, json.loads(drawn.attrs["problem_parameters"]))
    results = prepared.simulate()
    for trial in range(2):
        one = drawn.isel(draw=trial, sigma_h=0)
        samples = one["designs"].to_numpy(), one["responses"].to_numpy()
        # From the definition of the stream of start points.
        seed = np.random.SeedSequence(prepared.experiment.seed, spawn_key=(4, trial))
        normals = np.random.default_rng(seed).standard_normal(model.dimension)
        x = normals * model.deviations()
        for t in range(9):
            loss, (gradient,) = model.evaluate(x, *samples, 1)
            found = results["loss"].isel(curve=0, trial=trial, iteration=t)
            assert float(found) == pytest.approx(loss, rel=1e-11)
            x = x - 0.2 / 10 * gradient
        final = results["final_iterate"].isel(curve=0, trial=trial)
        np.testing.assert_allclose(final, x, rtol=1e-10, atol=1e-12)


def test_curves_without_test_samples_have_no_accuracy(prepare):
    data = {"small": SOFTMAX, "other": SOFTMAX | {"test": 0}}
    results = prepare([{"method": "mean_averaging", "dataset": ["small", "other"]}], datasets=data)
    found = results.simulate()["test_accuracy"]
    assert found.isel(curve=0).notnull().all()
    assert found.isel(curve=1).isnull().all()
    alone = prepare([{"method": "mean_averaging", "dataset": "other"}], datasets=data)
    assert "test_accuracy" not in alone.simulate()


def test_a_run_that_diverges_classifies_nothing_from_then_on(prepare):
    prepared = prepared_digits(prepare, [{"method": "mean_averaging"}], step_size=1e200, T=4)
    results = prepared.simulate().isel(curve=0)
    for trial in range(2):
        first = int(results["diverged_at"][trial])
        assert 0 < first <= 4
        assert not results["test_accuracy"][trial, first:].any()
        assert np.isinf(results["loss"][trial, first:]).all()


def test_messages_are_as_long_as_the_model(prepare):
    prepared = prepared_digits(prepare, [CRA], messages=True)
    results = prepared.simulate()
    assert results["messages"].sizes["feature"] == 50
    expected = (results["gradient"] ** 2).sum("feature")
    np.testing.assert_allclose(results["gradient_norm_sq"], expected, rtol=1e-12)
    assert (results["numbers_received"] == 10 * 50).all()


def test_diagnostics_measure_the_subsets_gradients(prepare):
    prepared = prepared_digits(prepare, [CRA], diagnostics=True, alpha=0)
    results = prepared.simulate().isel(curve=0, trial=0, iteration=0)
    data = prepared.datasets["small"].isel(draw=0, sigma_h=0)
    samples = zip(data["designs"].values, data["responses"].values, strict=True)
    each = np.array([sample_gradient(np.zeros(50), z, y) for z, y in samples])
    local = each.reshape(20, 3, 50).sum(axis=1)
    spread = ((local - local.mean(axis=0)) ** 2).sum(axis=1)
    assert float(results["heterogeneity_max_sq"]) == pytest.approx(spread.max(), rel=1e-12)
    assert float(results["heterogeneity_mean_sq"]) == pytest.approx(spread.mean(), rel=1e-12)


@pytest.mark.parametrize("start", ["zero", "scaled_normal"])
def test_theorems_do_not_apply_to_a_network_and_have_constants_for_softmax(prepare, start):
    curve = [{"method": "cra_dl", "aggregator": "trimmed_mean", "r": 20}]
    for data, known in ((NETWORK, False), (SOFTMAX, True)):
        if start == "zero" and not known:
            continue
        prepared = prepared_digits(prepare, curve, data, start=start)
        found = constants(prepared.experiment, prepared.datasets, prepared.allocations)
        assert bool(np.isfinite(found["smoothness"]).all()) is known
        assert bool(np.isfinite(found["heterogeneity_max_sq"]).all()) is known
        assert found["D"].values == [prepared.datasets["small"].attrs["D"]]
        first = prepared.simulate()["loss"].isel(curve=0, iteration=0)
        expected = first.max() if start == "zero" else first
        np.testing.assert_allclose(found["initial_loss"].values.ravel(), expected, rtol=1e-12)
        bounds = hypotheses.regime(found, T=5)
        assert bool((bounds["factor"].sel(hypothesis="assumption_2") < 1).all()) is known
        if not known:
            assert bounds["theorem1"].isnull().all()
            assert bounds["theorem2"].isnull().all()


@pytest.mark.parametrize(
    ("gradients", "told"),
    [
        (lambda found: found[:, :-1], r"need gradients \(20, 50\) from the model of PROBLEMS"),
        (lambda found: found[:1], r"got shape \(1, 50\)"),
    ],
)
def test_gradients_of_a_users_model_have_one_row_for_each_subset(prepare, gradients, told):
    class Mine(Model):
        def __init__(self, D, C, keys):
            super().__init__(D, C)
            self.whole = Softmax(D, C, keys)

        dimension = 50

        def deviations(self):
            return np.ones(50)

        def evaluate(self, x, designs, responses, M):
            loss, found = self.whole.evaluate(x, designs, responses, M)
            return Evaluation(loss, gradients(found) if M == 20 else found)

        def scores(self, x, designs):
            return self.whole.scores(x, designs)

    PROBLEMS["mine"] = ModelProblem(model=Mine, parameters=SoftmaxKeys)
    prepared = prepared_digits(prepare, [CRA], DIGITS | {"problem": "mine"})
    with pytest.raises(RowFault, match=told):
        prepared.simulate()


def test_a_users_model_runs_as_one_of_the_package(prepare):
    class Mine(Softmax):
        pass

    PROBLEMS["mine"] = ModelProblem(model=Mine, parameters=SoftmaxKeys)
    problems = SOFTMAX["problem"], SOFTMAX["problem"] | {"name": "mine"}
    own, users = (
        prepared_digits(prepare, [CRA], DIGITS | {"problem": one}).simulate() for one in problems
    )
    np.testing.assert_array_equal(own["final_iterate"], users["final_iterate"])
    np.testing.assert_array_equal(own["optimal_loss"], users["optimal_loss"])

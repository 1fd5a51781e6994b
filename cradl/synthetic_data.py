"""Synthetic data: the linear regression of Section V, with equal curvatures, and with outliers."""

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from numpy.random import Generator
from pydantic import Field

from cradl.arrays import Floats, aligned, slices
from cradl.parameters import NonNegativeFloat, Parameters, PositiveFloat, PositiveInt
from cradl.samples import Samples


class GaussianLinear(Parameters):
    """The synthetic linear regression of Section V, eq. (41)."""

    M: PositiveInt
    """Number of subsets the data are divided into."""
    m: PositiveInt
    """Number of samples; a multiple of M."""
    D: PositiveInt
    """Number of features, the dimension of the model."""
    feature_variance: PositiveFloat
    """Variance of every entry of z_j; the paper prints N(0, 100), a standard deviation of 10."""
    noise_variance: NonNegativeFloat
    """Variance of y_j around ⟨z_j, x⟩; the paper prints 1."""


class CommonCurvature(GaussianLinear):
    """Linear regression in which every subset has the same features, and its own responses.

    With least squares, ∇f_k − ∇F/M is then the same at every x: Assumption 2 holds with equality.
    """


class ContaminatedLinear(GaussianLinear):
    """Linear regression of which some responses are gross outliers."""

    outlier_fraction: Annotated[float, Field(ge=0, le=1)]
    """Fraction of the samples that are outliers; the nearest number of them is chosen."""
    outlier_variance: PositiveFloat
    """Variance of what is added to the response of an outlier."""


def gaussian_linear(
    rng: Generator, parameters: GaussianLinear, sigma_h: Sequence[float]
) -> Samples:
    """Draw z_j ~ N(0, v I), x̂ ~ N(0, I), y_j ~ N(⟨z_j, x̂ + σ_H x̃_k⟩, w), x̃_k ~ N(0, I) a subset.

    Everything but σ_H is the same in every row of responses. The x̃_k come last from the stream, so
    that asking for heterogeneous responses leaves the others as they were.
    """
    designs = _features(rng, parameters, parameters.m)
    return _shifted(rng, parameters.M, designs, _noisy(rng, parameters, designs), sigma_h)


def common_curvature(
    rng: Generator, parameters: CommonCurvature, sigma_h: Sequence[float]
) -> Samples:
    """Draw as `gaussian_linear`, but the features of one subset alone, which all others share."""
    M = parameters.M
    designs = np.tile(_features(rng, parameters, parameters.m // M), (M, 1))
    return _shifted(rng, M, designs, _noisy(rng, parameters, designs), sigma_h)


def contaminated_linear(
    rng: Generator, parameters: ContaminatedLinear, sigma_h: Sequence[float]
) -> Samples:
    """Draw as `gaussian_linear`; then add N(0, outlier_variance) to randomly chosen responses.

    From equal streams the outliers of a smaller fraction are among those of a larger one.
    """
    m = parameters.m
    designs = _features(rng, parameters, m)
    centred = _noisy(rng, parameters, designs)
    outliers = rng.permutation(m)[: round(parameters.outlier_fraction * m)]
    errors = np.sqrt(parameters.outlier_variance) * rng.standard_normal(m)
    centred[outliers] += errors[outliers]
    return _shifted(rng, parameters.M, designs, centred, sigma_h)


def _features(rng: Generator, parameters: GaussianLinear, count: int) -> Floats:
    deviation = float(np.sqrt(parameters.feature_variance))
    # Scaled in place: at large sizes a second array of them is what does not fit.
    features = rng.standard_normal(out=aligned((count, parameters.D)))
    features *= deviation
    return features


def _noisy(rng: Generator, parameters: GaussianLinear, designs: Floats) -> Floats:
    """Draw responses (m,) around those of one random model."""
    m, D = designs.shape
    target = rng.standard_normal(D)
    deviation = float(np.sqrt(parameters.noise_variance))
    return designs @ target + deviation * rng.standard_normal(m)


def _shifted(
    rng: Generator, M: int, designs: Floats, centred: Floats, sigma_h: Sequence[float]
) -> Samples:
    """Add to the responses of every subset those of a model of its own, times each σ_H."""
    m, D = designs.shape
    if not any(sigma_h):
        return Samples(designs, np.tile(centred, (len(sigma_h), 1)))
    per_subset, shifted = m // M, np.empty(m)
    for subsets in slices(M, D):
        shifts = rng.standard_normal((subsets.stop - subsets.start, D))
        samples = slice(subsets.start * per_subset, subsets.stop * per_subset)
        repeated = np.repeat(shifts, per_subset, axis=0)
        shifted[samples] = np.einsum("jd,jd->j", designs[samples], repeated)
    return Samples(designs, np.stack([centred + sigma * shifted for sigma in sigma_h]))

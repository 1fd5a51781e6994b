"""Training data. A data set is a generator (a function and its parameters) and a row of `DATASETS`.

Subset k of the paper's M subsets holds the samples ``k * m / M`` up to ``(k + 1) * m / M``.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.random import Generator
from threadpoolctl import threadpool_limits

from cradl.kernels import Floats
from cradl.parameters import NonNegativeFloat, Parameters, PositiveFloat, PositiveInt
from cradl.problems import PROBLEMS
from cradl.streams import Stream, generator


class Samples(NamedTuple):
    """One draw: `designs` z_j (m, D), `responses` y_j for each heterogeneity (len(sigma_h), m)."""

    designs: Floats
    responses: Floats


class DataGenerator(NamedTuple):
    """One row of `DATASETS`.

    Attributes
    ----------
    draw
        ``draw(rng, parameters, sigma_h) -> Samples``, one row of responses for each sigma_h.
    parameters
        The model of the keys that a study gives; it has at least M (subsets), m (samples) and D.
    """

    draw: Callable[[Generator, Any, Sequence[float]], Samples]
    parameters: type[Parameters]


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


def gaussian_linear(
    rng: Generator, parameters: GaussianLinear, sigma_h: Sequence[float]
) -> Samples:
    """Draw z_j ~ N(0, v I), x̂ ~ N(0, I), y_j ~ N(⟨z_j, x̂ + σ_H x̃_k⟩, w), x̃_k ~ N(0, I) a subset.

    Everything but σ_H is the same in every row of responses. The x̃_k come last from the stream, so
    that asking for heterogeneous responses leaves the others as they were.
    """
    M, m, D = parameters.M, parameters.m, parameters.D
    designs = np.sqrt(parameters.feature_variance) * rng.standard_normal((m, D))
    target = rng.standard_normal(D)
    centred = designs @ target + np.sqrt(parameters.noise_variance) * rng.standard_normal(m)
    if not any(sigma_h):
        return Samples(designs, np.tile(centred, (len(sigma_h), 1)))
    shifts = np.repeat(rng.standard_normal((M, D)), m // M, axis=0)
    shifted = np.einsum("jd,jd->j", designs, shifts)
    return Samples(designs, np.stack([centred + sigma * shifted for sigma in sigma_h]))


DATASETS: dict[str, DataGenerator] = {
    "gaussian_linear": DataGenerator(gaussian_linear, GaussianLinear),
}


def dataset(
    kind: str,
    parameters: Mapping[str, Any],
    *,
    problem: str,
    sigma_h: Sequence[float],
    seed: int,
    draws: int,
) -> xr.Dataset:
    """Draw data sets and compute the constants of Assumptions 1 and 3 for each.

    Returns
    -------
    ``designs`` (draw, sample, feature), ``responses`` (draw, sigma_h, sample), ``smoothness`` L
    (draw), ``minimum`` F* (draw, sigma_h).
    """
    row, loss = DATASETS[kind], PROBLEMS[problem]
    chosen = row.parameters.model_validate(dict(parameters))
    samples = [
        row.draw(generator(seed, Stream.DATA, draw), chosen, sigma_h) for draw in range(draws)
    ]
    designs = np.stack([one.designs for one in samples])
    responses = np.stack([one.responses for one in samples])
    # BLAS in one thread: the last bits of its sums then do not depend on the machine's cores.
    with threadpool_limits(limits=1, user_api="blas"):
        smoothness = np.array([loss.smoothness(one.designs) for one in samples])
        minimum = np.array(
            [[loss.minimum(one.designs, y) for y in one.responses] for one in samples]
        )
    return xr.Dataset(
        {
            "designs": (
                ("draw", "sample", "feature"),
                designs,
                {"long_name": "z_j, the features of the samples", "units": "1"},
            ),
            "responses": (
                ("draw", "sigma_h", "sample"),
                responses,
                {"long_name": "y_j, the responses of the samples", "units": "1"},
            ),
            "smoothness": (
                "draw",
                smoothness,
                {"long_name": "L, smallest constant of Assumption 1", "units": "1"},
            ),
            "minimum": (
                ("draw", "sigma_h"),
                minimum,
                {"long_name": "F*, minimum of the training loss", "units": "1"},
            ),
        },
        coords={
            "draw": ("draw", np.arange(draws), {"long_name": "draw", "units": "1"}),
            "sigma_h": ("sigma_h", list(sigma_h), {"long_name": "heterogeneity", "units": "1"}),
        },
        attrs={"dataset": kind, "problem": problem, "M": chosen.model_dump()["M"]},
    )

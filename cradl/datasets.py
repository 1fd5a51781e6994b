"""Training data. A data set is a generator (a function and its parameters) and a row of `DATASETS`.

Subset k of the paper's M subsets holds the samples ``k * m / M`` up to ``(k + 1) * m / M``.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Protocol

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import Field

from cradl.arrays import Floats, aligned, slices
from cradl.foreign import called, is_foreign, returned
from cradl.labelled import Labelled, Variable, described
from cradl.parameters import NonNegativeFloat, Parameters, PositiveFloat, PositiveInt
from cradl.problems import PROBLEMS
from cradl.processes import mapped
from cradl.real_data import BreastCancer, OwnTable, TableKeys, breast_cancer, own_table
from cradl.rows import Row, Table
from cradl.samples import Samples as Samples
from cradl.samples import checked
from cradl.streams import Stream, generator

if TYPE_CHECKING:
    import xarray as xr


class Draw(Protocol):
    """Draws data."""

    def __call__(self, rng: Generator, parameters: Any, sigma_h: Sequence[float], /) -> Samples:
        """Return the samples, with one row of responses for each heterogeneity."""


@dataclass(frozen=True, kw_only=True)
class DataGenerator(Row):
    """A row of `DATASETS`.

    Attributes
    ----------
    draw
        ``draw(rng, parameters, sigma_h) -> Samples``, one row of responses for each sigma_h.
    parameters
        The model of the keys that a study gives; it has at least M (subsets), m (samples) and D.
    labels
        Whether responses are −1 and +1 if the problem needs that.
    heterogeneous
        Whether sigma_h may be other than 0.
    completed
        If a file says m and D: the parameters with those, made by
        ``completed.of(parameters, folder, labels=labels)``.
    """

    CALLED: ClassVar[tuple[str, ...]] = ("draw",)

    draw: Draw
    parameters: type[Parameters]
    labels: bool = False
    heterogeneous: bool = False
    completed: type[OwnTable] | None = None


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


DATASETS = Table(
    "DATASETS",
    DataGenerator,
    {
        "gaussian_linear": DataGenerator(
            draw=gaussian_linear, parameters=GaussianLinear, heterogeneous=True
        ),
        "common_curvature": DataGenerator(
            draw=common_curvature, parameters=CommonCurvature, heterogeneous=True
        ),
        "contaminated_linear": DataGenerator(
            draw=contaminated_linear, parameters=ContaminatedLinear, heterogeneous=True
        ),
        "breast_cancer": DataGenerator(draw=breast_cancer, parameters=BreastCancer, labels=True),
        "table": DataGenerator(
            draw=own_table, parameters=TableKeys, completed=OwnTable, labels=True
        ),
    },
)


def completed(
    kind: str, keys: Mapping[str, Any], *, problem: str, folder: Path
) -> tuple[dict[str, Any], str]:
    """Return the parameters of a data set, and the place of its file, empty if it has none.

    Parameters
    ----------
    keys
        As a study gives them, each of them sound.
    folder
        From which its file is looked for.

    Raises
    ------
    cradl.columns.DataFault
        A file that cannot be used.
    """
    row = DATASETS[kind]
    if row.completed is None:
        return dict(keys), ""
    given = TableKeys.model_validate(dict(keys))
    found = row.completed.of(given, folder, labels=PROBLEMS[problem].labels)
    return found.model_dump(), str(folder / given.file)


def dataset(
    kind: str,
    parameters: Mapping[str, Any],
    *,
    problem: str,
    sigma_h: Sequence[float],
    seed: int,
    draws: int,
) -> "xr.Dataset":
    """Draw data sets and compute the constants of each: `drawn` as an xarray data set."""
    found = drawn(kind, parameters, problem=problem, sigma_h=sigma_h, seed=seed, draws=draws)
    return found.to_xarray()


def drawn(
    kind: str,
    parameters: Mapping[str, Any],
    *,
    problem: str,
    sigma_h: Sequence[float],
    seed: int,
    draws: int,
    processes: int = 1,
) -> Labelled:
    """Draw data sets and compute the constants of Assumptions 1 to 3 for each.

    Parameters
    ----------
    processes
        How many draw at a time.

    Returns
    -------
    ``designs`` (draw, sample, feature), ``responses`` (draw, sigma_h, sample); over (draw)
    ``smoothness`` L and ``strong_convexity`` μ; over (draw, sigma_h) ``minimum``, which is F* or a
    lower bound, ``minimum_gap``, by which F* may be larger, ``heterogeneity_max_sq`` β² and
    ``heterogeneity_mean_sq`` σ², upper bounds over all x, infinite if there are none.

    Raises
    ------
    ValueError
        Responses that the problem cannot take, or a sigma_h that the generator cannot give.
    """
    row, loss = DATASETS[kind], PROBLEMS[problem]
    if loss.labels and not row.labels:
        raise ValueError(f"need a generator of labels for {problem}, got {kind}")
    if any(sigma_h) and not row.heterogeneous:
        raise ValueError(f"need sigma_h 0 for {kind}, got {list(sigma_h)}")
    chosen = (row.completed or row.parameters).model_validate(dict(parameters))
    M = int(chosen.model_dump()["M"])
    draw = functools.partial(_one, kind, chosen, problem, tuple(sigma_h), M, seed)
    values: dict[str, NDArray[Any]] = {}
    # A single draw is not copied; each of several goes to its place at once.
    for place, found in enumerate(mapped(draw, range(draws), processes=processes)):
        for name, value in found.items():
            if draws == 1:
                values[name] = value[np.newaxis]
                continue
            if place == 0:
                values[name] = np.empty((draws, *value.shape))
            values[name][place] = value
    heterogeneities = np.array(sigma_h, dtype=np.float64)
    return Labelled(
        described(VARIABLES, values),
        described(_COORDINATES, {"draw": np.arange(draws), "sigma_h": heterogeneities}),
        {"dataset": kind, "problem": problem, "M": M, "D": values["designs"].shape[-1]},
    )


def samples(
    row: DataGenerator,
    rng: Generator,
    parameters: Parameters,
    sigma_h: Sequence[float],
    *,
    labels: bool,
) -> Samples:
    """Draw samples; compare those of a user's generator with what the parameters say of them.

    Parameters
    ----------
    labels
        Whether every response must be −1 or +1.

    Raises
    ------
    cradl.faults.RowFault
        As `cradl.samples.checked`.
    """
    drawn = called(row, "draw", rng, parameters, sigma_h)
    if not is_foreign(row.draw):
        return Samples(*drawn)
    sizes = parameters.model_dump()
    shapes = {"designs": (sizes["m"], sizes["D"]), "responses": (len(sigma_h), sizes["m"])}
    return checked(drawn, shapes, row.key, labels=labels or row.labels)


def check_first(
    kind: str,
    parameters: Mapping[str, Any],
    *,
    problem: str,
    sigma_h: Sequence[float],
    seed: int,
    **_: Any,
) -> None:
    """Draw the first of some data sets if the generator is a user's, and compare it with its sizes.

    The arguments are those of `drawn`; how many are drawn says nothing here.

    Raises
    ------
    cradl.foreign.RowFault
        As `samples`.
    """
    row = DATASETS[kind]
    if is_foreign(row.draw):
        chosen = row.parameters.model_validate(dict(parameters))
        rng = generator(seed, Stream.DATA, 0)
        samples(row, rng, chosen, sigma_h, labels=PROBLEMS[problem].labels)


def _one(
    kind: str,
    parameters: Parameters,
    problem: str,
    sigma_h: Sequence[float],
    M: int,
    seed: int,
    draw: int,
) -> dict[str, NDArray[Any]]:
    """Draw one data set; return the values of `VARIABLES`."""
    loss = PROBLEMS[problem]
    rng = generator(seed, Stream.DATA, draw)
    designs, responses = samples(DATASETS[kind], rng, parameters, sigma_h, labels=loss.labels)

    def constants(field: str, *given: Any, shape: tuple[int, ...] = ()) -> Floats:
        value = called(loss, field, *given)
        return returned(loss, field, np.array(value) if shape else value, shape)

    pair = functools.partial(constants, shape=(2,))
    minimum = np.stack([pair("minimum", designs, y) for y in responses])
    spread = np.stack([pair("heterogeneity", designs, y, M) for y in responses])
    return {
        "designs": designs,
        "responses": responses,
        "smoothness": constants("smoothness", designs),
        "strong_convexity": constants("strong_convexity", designs),
        "minimum": minimum[:, 0],
        "minimum_gap": minimum[:, 1],
        "heterogeneity_max_sq": spread[:, 0],
        "heterogeneity_mean_sq": spread[:, 1],
    }


_EACH = ("draw", "sigma_h")
VARIABLES = {
    "designs": Variable(("draw", "sample", "feature"), "z_j, the features of the samples"),
    "responses": Variable((*_EACH, "sample"), "y_j, the responses of the samples"),
    "smoothness": Variable(("draw",), "L, constant of Assumption 1"),
    "strong_convexity": Variable(
        ("draw",), "mu, |grad F|^2 >= 2 mu (F - F*); 0 where none is known"
    ),
    "minimum": Variable(
        _EACH, "F*, infimum of the training loss, or a lower bound (see minimum_gap)"
    ),
    "minimum_gap": Variable(_EACH, "most by which F* exceeds minimum; 0: minimum is F*"),
    "heterogeneity_max_sq": Variable(
        _EACH, "beta^2 of Assumption 2 for all x; infinite: none exists"
    ),
    "heterogeneity_mean_sq": Variable(
        _EACH, "sigma^2, bound for all x on the mean over subsets of (10)"
    ),
}
"""The variables that `drawn` returns, with dimensions and long names."""

_COORDINATES = {
    "draw": Variable(("draw",), "draw"),
    "sigma_h": Variable(("sigma_h",), "heterogeneity"),
}

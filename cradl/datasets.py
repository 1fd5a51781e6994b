"""Training data. A data set is a generator (a function and its parameters) and a row of `DATASETS`.

Subset k of the paper's M subsets holds the samples ``k * m / M`` up to ``(k + 1) * m / M``.
"""

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from cradl.arrays import Floats
from cradl.foreign import called, is_foreign, returned
from cradl.image_data import DigitsKeys, MnistKeys, digits, mnist
from cradl.labelled import Labelled, Variable, described
from cradl.parameters import Parameters
from cradl.problems import PROBLEMS, Model, Problem, loss_of
from cradl.processes import mapped
from cradl.real_data import BreastCancer, OwnTable, TableKeys, breast_cancer, own_table
from cradl.rows import Row, Table
from cradl.samples import Samples, checked
from cradl.streams import Stream, generator
from cradl.synthetic_data import (
    CommonCurvature,
    ContaminatedLinear,
    GaussianLinear,
    common_curvature,
    contaminated_linear,
    gaussian_linear,
)

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["DATASETS", "DataGenerator", "GaussianLinear", "Samples", "dataset", "gaussian_linear"]


class Draw(Protocol):
    """Draws data."""

    def __call__(self, rng: Generator, parameters: Any, sigma_h: Sequence[float], /) -> Samples:
        """Return the samples, with one row of responses for each heterogeneity."""


class Completed(Protocol):
    """Parameters with what the data say of themselves, as `DataGenerator.completed` makes them."""

    @classmethod
    def of(cls, keys: Any, folder: Path, *, labels: bool, classes: bool) -> Parameters:
        """Return the keys of a study, with M, m and D; refuse what the data cannot give.

        Raises
        ------
        cradl.columns.DataFault
            Says where and what to write instead.
        """

    @classmethod
    def model_validate(cls, obj: Any) -> Any:
        """Return checked parameters."""


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
    classes
        Number of classes if responses are their numbers, from 0 on; 0 for all others. None if
        the responses suit any problem: the completed parameters then say it as ``classes``.
    heterogeneous
        Whether sigma_h may be other than 0.
    completed
        If the data say m, D or the number of classes: the parameters with those, made by
        ``completed.of(parameters, folder, labels=labels, classes=classes)``.
    """

    CALLED: ClassVar[tuple[str, ...]] = ("draw",)

    draw: Draw
    parameters: type[Parameters]
    labels: bool = False
    classes: int | None = 0
    heterogeneous: bool = False
    completed: type[Completed] | None = None


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
            draw=own_table, parameters=TableKeys, completed=OwnTable, labels=True, classes=None
        ),
        "digits": DataGenerator(
            draw=digits, parameters=DigitsKeys, completed=DigitsKeys, classes=10
        ),
        "mnist": DataGenerator(
            draw=mnist, parameters=MnistKeys, completed=MnistKeys, classes=10, name="MNIST"
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
        A file that cannot be used, or data that are not as the keys want them.
    """
    row = DATASETS[kind]
    if row.completed is None:
        return dict(keys), ""
    given = row.parameters.model_validate(dict(keys))
    loss = PROBLEMS[problem]
    found = row.completed.of(given, folder, labels=loss.labels, classes=loss.classes)
    return found.model_dump(), str(folder / given.file) if isinstance(given, TableKeys) else ""


def unfit(kind: str, problem: str) -> str | None:
    """Say which generator the problem needs if this one gives it no responses; None if it does."""
    row, loss = DATASETS[kind], PROBLEMS[problem]
    if row.classes is not None and loss.classes != bool(row.classes):
        return f"a generator of {'classes' if loss.classes else 'labels or real numbers'}"
    return "a generator of labels" if loss.labels and not row.labels else None


def classes_of(row: DataGenerator, parameters: Mapping[str, Any]) -> int:
    """Return the number of classes of data with these parameters; 0 if they have none."""
    return int(parameters["classes"]) if row.classes is None else row.classes


def dataset(
    kind: str,
    parameters: Mapping[str, Any],
    *,
    problem: str,
    problem_parameters: Mapping[str, Any] | None = None,
    sigma_h: Sequence[float],
    seed: int,
    draws: int,
) -> "xr.Dataset":
    """Draw data sets and compute the constants of each: `drawn` as an xarray data set."""
    return drawn(
        kind,
        parameters,
        problem=problem,
        problem_parameters=problem_parameters,
        sigma_h=sigma_h,
        seed=seed,
        draws=draws,
    ).to_xarray()


def drawn(
    kind: str,
    parameters: Mapping[str, Any],
    *,
    problem: str,
    problem_parameters: Mapping[str, Any] | None = None,
    sigma_h: Sequence[float],
    seed: int,
    draws: int,
    processes: int = 1,
) -> Labelled:
    """Draw data sets and compute the constants of Assumptions 1 to 3 for each.

    Parameters
    ----------
    problem_parameters
        The keys of the problem, besides its name.
    processes
        How many draw at a time.

    Returns
    -------
    ``designs`` (draw, sample, feature), ``responses`` (draw, sigma_h, sample); over (draw)
    ``smoothness`` L and ``strong_convexity`` μ; over (draw, sigma_h) ``minimum``, which is F* or a
    lower bound, ``minimum_gap``, by which F* may be larger, ``heterogeneity_max_sq`` β² and
    ``heterogeneity_mean_sq`` σ², upper bounds over all x, infinite if there are none. If the
    generator keeps samples apart, ``test_designs`` (draw, test_sample, feature) and
    ``test_responses`` (draw, test_sample). The attribute ``D`` is the dimension of the model.

    Raises
    ------
    ValueError
        Responses that the problem cannot take, or a sigma_h that the generator cannot give.
    """
    row = DATASETS[kind]
    if needed := unfit(kind, problem):
        raise ValueError(f"need {needed} for {problem}, got {kind}")
    if any(sigma_h) and not row.heterogeneous:
        raise ValueError(f"need sigma_h 0 for {kind}, got {list(sigma_h)}")
    chosen = (row.completed or row.parameters).model_validate(dict(parameters))
    sizes = chosen.model_dump()
    M, classes = int(sizes["M"]), classes_of(row, sizes)
    loss = loss_of(problem, sizes["D"], classes, problem_parameters or {})
    draw = functools.partial(_one, kind, chosen, loss, tuple(sigma_h), M, seed)
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
        {"dataset": kind, "problem": problem, "M": M}
        | _of_problem(loss, values["designs"].shape[-1], problem_parameters or {}),
    )


def _of_problem(loss: Problem | Model, D: int, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of a store that say what is needed to evaluate the loss."""
    if isinstance(loss, Problem):
        return {"D": D}
    keys = json.dumps(dict(parameters), sort_keys=True)
    return {"D": loss.dimension, "classes": loss.C, "problem_parameters": keys}


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
    classes = classes_of(row, sizes)
    labels = labels or (row.labels and not classes)
    return checked(drawn, shapes, row.key, labels=labels, classes=classes)


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
        chosen = (row.completed or row.parameters).model_validate(dict(parameters))
        rng = generator(seed, Stream.DATA, 0)
        samples(row, rng, chosen, sigma_h, labels=PROBLEMS[problem].labels)


def _one(
    kind: str,
    parameters: Parameters,
    loss: Problem | Model,
    sigma_h: Sequence[float],
    M: int,
    seed: int,
    draw: int,
) -> dict[str, NDArray[Any]]:
    """Draw one data set; return the values of `VARIABLES`."""
    rng = generator(seed, Stream.DATA, draw)
    labels = isinstance(loss, Problem) and loss.labels
    designs, responses, test = samples(DATASETS[kind], rng, parameters, sigma_h, labels=labels)

    def constants(field: str, *given: Any, shape: tuple[int, ...] = ()) -> Floats:
        if isinstance(loss, Model):
            return np.array(getattr(loss, field)(*given), np.float64)
        value = called(loss, field, *given)
        return returned(loss, field, np.array(value) if shape else value, shape)

    pair = functools.partial(constants, shape=(2,))
    minimum = np.stack([pair("minimum", designs, y) for y in responses])
    spread = np.stack([pair("heterogeneity", designs, y, M) for y in responses])
    apart = {} if test is None else {"test_designs": test[0], "test_responses": test[1]}
    return {
        "designs": designs,
        "responses": responses,
        **apart,
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
    "test_designs": Variable(("draw", "test_sample", "feature"), "features of the test samples"),
    "test_responses": Variable(("draw", "test_sample"), "classes of the test samples"),
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

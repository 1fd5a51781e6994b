"""Data sets as the engine asks them: the messages at a model, and its loss, gradient and accuracy.

Generalised linear problems answer from ⟨z_j, x⟩, which the compiled stages write; all others from
the gradients of the subsets, which `cradl.losses.model.Model` computes for all samples at once.
"""

import json
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from cradl.arrays import Floats, aligned
from cradl.engine import stages
from cradl.engine.stages import Coding, Scratch
from cradl.faults import RowFault
from cradl.foreign import called, is_foreign, returned
from cradl.labelled import Stored
from cradl.losses.model import Model
from cradl.problems import PROBLEMS, ModelProblem, Problem, model_of

_LANES = 8
"""Numbers in the widest vector register of today's machines."""
_LOSS, _ACCURACY, _GRADIENT = 0, 1, 2
"""Places in what is read off a model's data: F, the test accuracy, and ∇F from there on."""


class Evaluated(NamedTuple):
    """The series that a problem says of a run.

    Attributes
    ----------
    losses, gradients
        F (T + 1,) and ∇F (T + 1, P) at x⁰..x^T.
    accuracies
        Share (T + 1,) of the test samples that are classified rightly; None without such samples.
    """

    losses: Floats
    gradients: Floats
    accuracies: Floats | None = None


class Seen(NamedTuple):
    """The data at one model.

    Attributes
    ----------
    x
        The model, padded (W,).
    readings
        What is kept of it: ⟨z_j, x⟩ (m,), or loss, test accuracy and gradient (2 + P,).
    gradients
        Of the subsets (M, P); None if they follow from the margins.
    """

    x: Floats
    readings: Floats
    gradients: Floats | None = None


@dataclass(frozen=True, eq=False)
class LinearData:
    """A data set at one heterogeneity, with a generalised linear problem.

    Attributes
    ----------
    designs, padded
        z_j (m, D); the same with zeros up to a width (m, W) that suits vector units.
    responses, minimum, problem, per_subset
        y_j (m,); F*; the loss; samples in each subset.
    """

    designs: Floats
    padded: Floats
    responses: Floats
    minimum: float
    problem: Problem
    per_subset: int

    classes: ClassVar[int] = 0

    @property
    def dimension(self) -> int:
        """Number of entries of x."""
        return int(self.designs.shape[1])

    @property
    def width(self) -> int:
        """The same with the zeros."""
        return int(self.padded.shape[1])

    @property
    def read(self) -> int:
        """How many numbers are read off in an iteration: the margins."""
        return len(self.responses)

    @property
    def has_rows(self) -> bool:
        """Whether subset gradients need rows of their own: one sample's is a multiple of z_j."""
        return self.per_subset > 1

    def look(self, x: Floats) -> Seen:
        """Compute the margins at a padded model."""
        margins = np.empty(len(self.responses))
        stages.write_margins(self.padded, x, margins)
        return Seen(x, margins)

    def send(self, seen: Seen, responses: Floats, coding: Coding, scratch: Scratch) -> None:
        """Write every device's message about data with these responses (m,)."""
        slopes = called(self.problem, "slope", seen.readings, responses)
        scratch.slopes[:] = returned(self.problem, "slope", slopes, responses.shape)
        stages.send(self.padded, coding, scratch)

    def rows(self, scratch: Scratch) -> Floats:
        """Return what, times the scales, is the gradients of the subsets (M, W)."""
        return scratch.rows if self.has_rows else self.padded

    def loss(self, x: Floats) -> float:
        """Return F(x) at a model (D,)."""
        losses = called(self.problem, "loss", self.designs @ x, self.responses)
        return float(returned(self.problem, "loss", losses, self.responses.shape).sum())

    def evaluated(self, readings: Floats) -> Evaluated:
        """Return loss and gradient from the margins (T + 1, m) of all iterations."""
        slopes, losses = (
            returned(self.problem, field, called(self.problem, field, *at), readings.shape)
            for at in [(readings, self.responses)]
            for field in ("slope", "loss")
        )
        return Evaluated(losses.sum(axis=1), slopes @ self.designs)


@dataclass(frozen=True, eq=False)
class ModelData:
    """A data set with a problem whose model is any differentiable function.

    Attributes
    ----------
    designs, responses, minimum, problem, M
        z_j (m, D); the classes y_j (m,); F*; the row of `PROBLEMS`; the number of subsets.
    model
        The loss for as many features and classes.
    test_designs, test_responses
        Samples that are kept apart, for the accuracy; None if there are none.
    """

    designs: Floats
    responses: Floats
    minimum: float
    problem: ModelProblem
    M: int
    model: Model
    test_designs: Floats | None
    test_responses: Floats | None

    has_rows: ClassVar[bool] = True

    @property
    def classes(self) -> int:
        """Number of classes."""
        return self.model.C

    @property
    def dimension(self) -> int:
        """Number of entries of x."""
        return self.model.dimension

    @property
    def width(self) -> int:
        """The same with zeros."""
        return _padded_width(self.model.dimension)

    @property
    def read(self) -> int:
        """How many numbers are read off in an iteration: loss, accuracy, gradient."""
        return _GRADIENT + self.model.dimension

    def look(self, x: Floats) -> Seen:
        """Evaluate loss, gradients and test accuracy at a padded model."""
        loss, gradients = self._evaluate(x[: self.dimension], self.responses)
        readings = np.empty(self.read)
        readings[_LOSS], readings[_ACCURACY] = loss, self._accuracy(x[: self.dimension])
        gradients.sum(axis=0, out=readings[_GRADIENT:])
        return Seen(x, readings, gradients)

    def send(self, seen: Seen, responses: Floats, coding: Coding, scratch: Scratch) -> None:
        """Write every device's message about data with these responses (m,)."""
        P, gradients = self.dimension, seen.gradients
        if gradients is None or responses is not self.responses:
            gradients = self._evaluate(seen.x[:P], responses)[1]
        scratch.rows[:, :P], scratch.rows[:, P:] = gradients, 0.0
        scratch.scales[:] = 1.0
        stages.send_rows(scratch.rows, coding, scratch)

    def rows(self, scratch: Scratch) -> Floats:
        """Return the gradients of the subsets (M, W)."""
        return scratch.rows

    def loss(self, x: Floats) -> float:
        """Return F(x) at a model (P,)."""
        return self._evaluate(x, self.responses)[0]

    def evaluated(self, readings: Floats) -> Evaluated:
        """Return the series from what was kept of all iterations (T + 1, 2 + P)."""
        accuracies = None if self.test_designs is None else readings[:, _ACCURACY].copy()
        return Evaluated(readings[:, _LOSS].copy(), readings[:, _GRADIENT:], accuracies)

    def _evaluate(self, x: Floats, responses: Floats) -> tuple[float, Floats]:
        """Return F and the gradients (M, P); check those of a user's model."""
        if not is_foreign(self.problem.model):
            return self.model.evaluate(x, self.designs, responses, self.M)
        given = x.copy(), self.designs.copy(), responses.copy()
        loss, gradients = self.model.evaluate(*given, self.M)
        needed, found = (self.M, self.dimension), np.shape(gradients)
        if found != needed:
            what = f"need gradients {needed} from the model of {self.problem.key}"
            raise RowFault(f"{what}, got shape {found}")
        return float(loss), np.asarray(gradients, np.float64)

    def _accuracy(self, x: Floats) -> float:
        if self.test_designs is None or self.test_responses is None:
            return 0.0
        return self.model.accuracy(x, self.test_designs, self.test_responses)


Data = LinearData | ModelData


def data_of(stored: Stored, draw: int, sigma_h: float) -> Data:
    """Read one draw of a data set at one heterogeneity."""
    at = int(np.flatnonzero(np.asarray(stored["sigma_h"]) == sigma_h)[0])
    designs = np.asarray(stored["designs"][draw])
    responses = np.asarray(stored["responses"][draw, at])
    minimum, M = float(stored["minimum"][draw, at]), int(stored.attrs["M"])
    problem = PROBLEMS[stored.attrs["problem"]]
    if isinstance(problem, Problem):
        rows, padded = padded_rows(designs)
        return LinearData(rows, padded, responses, minimum, problem, len(responses) // M)
    tested = "test_sample" in stored.sizes
    apart = [
        np.asarray(stored[name][draw]) if tested else None
        for name in ("test_designs", "test_responses")
    ]
    return ModelData(designs, responses, minimum, problem, M, _model(stored, problem), *apart)


def deviations_of(stored: Stored) -> Floats:
    """Return the deviations (P,) of the start point ``scaled_normal``: 1/√inputs of each weight."""
    problem, D = PROBLEMS[stored.attrs["problem"]], int(stored.sizes["feature"])
    if isinstance(problem, Problem):
        return np.full(D, 1 / np.sqrt(D))
    return _model(stored, problem).deviations()


def _model(stored: Stored, problem: ModelProblem) -> Model:
    attributes: Any = stored.attrs
    return model_of(
        problem,
        int(stored.sizes["feature"]),
        int(attributes["classes"]),
        json.loads(attributes["problem_parameters"]),
    )


def padded_rows(designs: Floats) -> tuple[Floats, Floats]:
    """Return the rows (m, D), and with zeros up to a width that `_LANES` divides (m, W).

    Where D is such a width both are the rows themselves: the stages only read them.
    """
    m, D = designs.shape
    width = _padded_width(D)
    if width == D and designs.flags.c_contiguous:
        return designs, designs
    padded = aligned((m, width))
    padded[:, :D], padded[:, D:] = designs, 0.0
    return padded[:, :D], padded


def _padded_width(entries: int) -> int:
    return -(-entries // _LANES) * _LANES

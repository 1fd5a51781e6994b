"""`Model`: a loss of class numbers that is any differentiable function of a parameter vector."""

from abc import ABC, abstractmethod
from typing import ClassVar, NamedTuple

import numpy as np

from cradl.arrays import Floats
from cradl.losses.constants import Heterogeneity, Minimum, Reached, minimised


class Evaluation(NamedTuple):
    """What the samples make of a model.

    Attributes
    ----------
    loss
        F, the sum over all samples.
    gradients
        ∇f_k (M, P), one row for each subset.
    """

    loss: float
    gradients: Floats


class Model(ABC):
    """A loss F(x) = Σ_k f_k(x) of samples with class numbers; x (P,) is any parameter vector.

    Attributes
    ----------
    D, C
        Number of features and of classes.

    A subclass says `dimension`, `deviations`, `evaluate` and `scores`. The constants of Assumptions
    1 to 3 are those of a loss of which nothing is known but that it is not negative.
    """

    symmetric: ClassVar[bool] = False
    """Whether descent from zero stays where all hidden units are alike."""

    def __init__(self, D: int, C: int) -> None:
        self.D, self.C = D, C

    @property
    @abstractmethod
    def dimension(self) -> int:
        """P, the number of entries of x."""

    @abstractmethod
    def deviations(self) -> Floats:
        """Return the deviations (P,) of a start point drawn at random: 1/√inputs, 0 for biases."""

    @abstractmethod
    def evaluate(self, x: Floats, designs: Floats, responses: Floats, M: int) -> Evaluation:
        """Return F and the gradients of M subsets of equal size at x.

        Parameters
        ----------
        designs, responses
            z_j (m, D); the classes y_j (m,), numbers from 0 to C − 1.
        """

    @abstractmethod
    def scores(self, x: Floats, designs: Floats) -> Floats:
        """Return the scores of the classes (m, C): the largest one is predicted."""

    def smoothness(self, designs: Floats) -> float:
        """Return L of Assumption 1; infinite if none is known."""
        return np.inf

    @property
    def smooth(self) -> bool:
        """Whether an L is known."""
        return type(self).smoothness is not Model.smoothness

    def strong_convexity(self, designs: Floats) -> float:
        """Return the largest known μ >= 0 with ‖∇F‖² ≥ 2 μ (F − F*) at every x."""
        return 0.0

    def heterogeneity(self, designs: Floats, responses: Floats, M: int) -> Heterogeneity:
        """Return the constants of Assumption 2; infinite if none are known."""
        return Heterogeneity(np.inf, np.inf)

    def minimum(self, designs: Floats, responses: Floats) -> Minimum:
        """Bound F* of Assumption 3: F* ≥ 0, and F* is at most what descent reaches.

        Descent starts where no two units of a layer are alike; fixed numbers, so that the bound
        depends on nothing but the data.
        """
        waves = np.sqrt(2) * np.sin(np.arange(1.0, self.dimension + 1) ** 2)
        start = waves * self.deviations()
        return Minimum(0.0, descended(self, designs, responses, start).value)

    def accuracy(self, x: Floats, designs: Floats, responses: Floats) -> float:
        """Return the share of samples whose class has the largest score."""
        return float((self.scores(x, designs).argmax(axis=1) == responses).mean())


def descended(model: Model, designs: Floats, responses: Floats, start: Floats) -> Reached:
    """Return the model (P,) that a quasi-Newton method reaches from `start`, and F there."""

    def value_and_gradient(x: Floats) -> tuple[float, Floats]:
        loss, (gradient,) = model.evaluate(x, designs, responses, 1)
        return loss, gradient

    return minimised(value_and_gradient, start)


def cross_entropy(scores: Floats, responses: Floats) -> tuple[float, Floats]:
    """Return Σ_j −log p_j(y_j) of the probabilities p that scores (m, C) give, and its slopes.

    Returns
    -------
    The sum over the samples, and its derivatives p_j − e_{y_j} (m, C) in the scores.
    """
    shifted = scores - scores.max(axis=1, keepdims=True)
    slopes = np.exp(shifted)
    totals = slopes.sum(axis=1, keepdims=True)
    at = np.arange(len(scores)), responses.astype(np.int64)
    loss = float((np.log(totals[:, 0]) - shifted[at]).sum())
    slopes /= totals
    slopes[at] -= 1.0
    return loss, slopes

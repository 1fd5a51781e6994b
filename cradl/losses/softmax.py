"""Softmax regression: linear scores of C classes, with an intercept and a ridge."""

import numpy as np
from pydantic import Field

from cradl.arrays import Floats
from cradl.losses.constants import (
    Heterogeneity,
    Minimum,
    largest_curvature,
    of_slopes_in_balls,
    subset_sums,
)
from cradl.losses.model import Evaluation, Model, cross_entropy, descended
from cradl.parameters import NonNegativeFloat, Parameters

_NEWTON_STEPS, _SOLVER_STEPS = 50, 200
_SIZES = 0.5 ** np.arange(20)
"""Of Newton's steps: the first that lowers F is taken."""
_RELATIVE_GAP = 1e-12


class SoftmaxKeys(Parameters):
    """Softmax regression (multinomial logistic): −log of the probability of the sample's class."""

    ridge: NonNegativeFloat = Field(default=0.0)
    """½ ridge ‖x‖² is added to the loss of each sample, intercepts included; if absent, 0. Above 0
    the minimum is unique, and known with a proof."""


class Softmax(Model):
    """Scores W z + b of C classes: x holds one row (w_c, b_c) after the other, P = C (D + 1)."""

    def __init__(self, D: int, C: int, keys: SoftmaxKeys) -> None:
        super().__init__(D, C)
        self.ridge = keys.ridge

    @property
    def dimension(self) -> int:
        """C (D + 1)."""
        return self.C * (self.D + 1)

    def deviations(self) -> Floats:
        """Return 1/√D for the weights and 0 for the intercepts."""
        rows = np.full((self.C, self.D + 1), 1 / np.sqrt(self.D))
        rows[:, -1] = 0.0
        return rows.ravel()

    def scores(self, x: Floats, designs: Floats) -> Floats:
        """Return W z_j + b (m, C)."""
        rows = x.reshape(self.C, self.D + 1)
        found: Floats = designs @ rows[:, :-1].T + rows[:, -1]
        return found

    def evaluate(self, x: Floats, designs: Floats, responses: Floats, M: int) -> Evaluation:
        """Return F, and of a subset of n samples Σ_j (p_j − e_{y_j}) (z_j, 1)ᵀ + n ridge x."""
        loss, slopes = cross_entropy(self.scores(x, designs), responses)
        gradients = np.empty((M, self.C, self.D + 1))
        gradients[..., :-1] = subset_sums(slopes, designs, M).reshape(M, self.C, self.D)
        gradients[..., -1] = slopes.reshape(M, -1, self.C).sum(axis=1)
        rows = gradients.reshape(M, -1)
        if self.ridge:
            rows += len(designs) / M * self.ridge * x
            loss += 0.5 * self.strong_convexity(designs) * float(x @ x)
        return Evaluation(loss, rows)

    def smoothness(self, designs: Floats) -> float:
        """½ λ_max(Σ_j (z_j, 1)(z_j, 1)ᵀ) + m ridge: diag(p) − p pᵀ is at most ½ I.

        Equality where two classes share all probability, which intercepts bring about in the limit;
        hence the smallest that holds for all responses. Source: Böhning, Annals of the Institute of
        Statistical Mathematics 44 (1992), 197-200.
        """
        return 0.5 * largest_curvature(_with_ones(designs)) + self.strong_convexity(designs)

    def strong_convexity(self, designs: Floats) -> float:
        """M ridge: the curvature of the ridge alone."""
        return len(designs) * self.ridge

    def heterogeneity(self, designs: Floats, responses: Floats, M: int) -> Heterogeneity:
        """Slopes p_j − e_{y_j} lie within √(1 − 1/C) of 1/C − e_{y_j}.

        The ridge pulls all subsets alike, so that it is no part of their spread.
        """
        centres = np.full((len(designs), self.C), 1 / self.C)
        centres[np.arange(len(designs)), responses.astype(np.int64)] -= 1.0
        radii = np.full(len(designs), np.sqrt(1 - 1 / self.C))
        return of_slopes_in_balls(_with_ones(designs), centres, radii, M)

    def minimum(self, designs: Floats, responses: Floats) -> Minimum:
        """Bound F* by F(x) ≥ F* ≥ F(x) − ‖∇F(x)‖²/(2 m ridge) where Newton's method ends.

        Without a ridge F* ≥ 0, and F* is at most what descent reaches.
        """
        mu, x = self.strong_convexity(designs), np.zeros(self.dimension)
        if not mu:
            return Minimum(0.0, descended(self, designs, responses, x).value)
        loss, (gradient,) = self.evaluate(x, designs, responses, 1)
        for _ in range(_NEWTON_STEPS):
            if gradient @ gradient <= 2 * mu * _RELATIVE_GAP * loss:
                break
            step = self._newton_step(x, gradient, designs)
            reached = (
                (x - size * step, *self.evaluate(x - size * step, designs, responses, 1))
                for size in _SIZES
            )
            lower = next((one for one in reached if one[1] < loss), None)
            # Near the minimum rounding decides.
            if lower is None:
                break
            x, loss, (gradient,) = lower
        gap = float(gradient @ gradient) / (2 * mu)
        return Minimum(loss - gap, gap)

    def _newton_step(self, x: Floats, gradient: Floats, designs: Floats) -> Floats:
        """Solve H s = ∇F, with the Hessian H of F at x, by conjugate gradients."""
        from scipy.sparse.linalg import LinearOperator, cg

        scores = self.scores(x, designs)
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)

        def times(direction: Floats) -> Floats:
            along = p * self.scores(direction, designs)
            along -= p * along.sum(axis=1, keepdims=True)
            rows = np.hstack([along.T @ designs, along.sum(axis=0)[:, np.newaxis]])
            return np.asarray(rows.ravel() + self.strong_convexity(designs) * direction)

        hessian = LinearOperator((len(x), len(x)), times, dtype=np.float64)
        found, _ = cg(hessian, gradient, rtol=1e-6, maxiter=_SOLVER_STEPS)
        return np.asarray(found, np.float64)


def _with_ones(designs: Floats) -> Floats:
    return np.hstack([designs, np.ones((len(designs), 1))])

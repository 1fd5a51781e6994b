"""Problems: losses f_k(x), summed over the samples j of subset k, of two kinds.

A generalised linear one (`Problem`), f_k(x) = Σ_j φ(⟨z_j, x⟩, y_j), is the scalar function φ, its
derivative in the first argument (the *slope* c_j, so that ∇f_k = Σ_j c_j z_j), and the constants of
Assumptions 1 to 3 from the data, which hold at every x. Any other (`ModelProblem`) is a
`cradl.losses.model.Model`, which computes the same for class numbers y_j and any parameter vector.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from cradl.arrays import Floats, slices
from cradl.foreign import called
from cradl.losses.constants import (
    Heterogeneity,
    Minimum,
    is_dense,
    largest_curvature,
    least_curvature,
    minimised,
    of_bounded_slopes,
)
from cradl.losses.hidden_layer import HiddenLayer, HiddenLayerKeys
from cradl.losses.model import Model
from cradl.losses.softmax import Softmax, SoftmaxKeys
from cradl.numerics import iterative
from cradl.parameters import Parameters
from cradl.rows import Row, Table

__all__ = ["PROBLEMS", "Heterogeneity", "Minimum", "Model", "ModelProblem", "Problem"]

GEMAN_MCCLURE_SLOPE = 3 * math.sqrt(3) / 16
"""Largest |φ′| of `robust_regression`, at residuals ±1/√3."""

# Newton's method converges in about ten steps, or never where the minimum is not attained.
_NEWTON_STEPS = 100
_RELATIVE_GAP = 1e-12


@dataclass(frozen=True, kw_only=True)
class Problem(Row):
    """A row of `PROBLEMS`.

    Attributes
    ----------
    loss
        φ(margins, responses), elementwise.
    slope
        ∂φ/∂margin, elementwise.
    labels
        Whether every response must be −1 or +1.
    smoothness
        designs (m, D) -> L of Assumption 1, the smallest that holds for all responses; above
        `DENSE` at most 1 + 2 `iterative.LANCZOS_TOLERANCE` times as large.
    minimum
        (designs (m, D), responses (m,)) -> F* of Assumption 3, the infimum of F.
    heterogeneity
        (designs (m, D), responses (m,), M) -> the constants of Assumption 2.
    strong_convexity
        designs (m, D) -> the largest known μ >= 0 with ‖∇F‖² ≥ 2 μ (F − F*) at every x.
    quadratic
        Whether the loss is ½ (margin − response)².

    Examples
    --------
    ``F(x) = ½ x² + ½ (x − 2)²`` is least at x = 1, where it is 1; its second derivative is 2.

    >>> designs, responses = np.array([[1.0], [1.0]]), np.array([0.0, 2.0])
    >>> row = PROBLEMS["least_squares"]
    >>> round(row.minimum(designs, responses).lower, 12), round(row.smoothness(designs), 12)
    (1.0, 2.0)

    One sample a subset, the same curvature: the gradients x and x − 2 stay 1 from their mean.

    >>> row.heterogeneity(designs, responses, 2)
    Heterogeneity(largest_sq=1.0, mean_sq=1.0)
    """

    classes: ClassVar[bool] = False
    parameters: ClassVar[type[Parameters]] = Parameters
    CALLED: ClassVar[tuple[str, ...]] = (
        "loss",
        "slope",
        "smoothness",
        "minimum",
        "heterogeneity",
        "strong_convexity",
    )

    loss: Callable[[Floats, Floats], Floats]
    slope: Callable[[Floats, Floats], Floats]
    labels: bool
    smoothness: Callable[[Floats], float]
    minimum: Callable[[Floats, Floats], Minimum]
    heterogeneity: Callable[[Floats, Floats, int], Heterogeneity]
    strong_convexity: Callable[[Floats], float]
    quadratic: bool = False


@dataclass(frozen=True, kw_only=True)
class ModelProblem(Row):
    """A row of `PROBLEMS` whose model is any differentiable function of a parameter vector.

    Responses are class numbers, from 0 on. No compiled loop knows it: its runs go step by step.

    Attributes
    ----------
    model
        ``model(D, C, parameters) -> Model`` for D features and C classes.
    parameters
        The model of the keys that a study gives beside ``name``.
    """

    labels: ClassVar[bool] = False
    quadratic: ClassVar[bool] = False
    classes: ClassVar[bool] = True
    CALLED: ClassVar[tuple[str, ...]] = ("model",)

    model: Callable[[int, int, Any], Model]
    parameters: type[Parameters] = Parameters


def _half_square(margins: Floats, responses: Floats) -> Floats:
    """Eq. (41): ½(⟨x, z⟩ − y)²."""
    return 0.5 * (margins - responses) ** 2


def residual(margins: Floats, responses: Floats) -> Floats:
    """⟨x, z⟩ − y, the slope of (41)."""
    return margins - responses


def _unknown(designs: Floats) -> float:
    return 0.0


def _least_squares_minimum(designs: Floats, responses: Floats) -> Minimum:
    if is_dense(designs):
        solution = np.linalg.lstsq(designs, responses)[0]
        return Minimum(float(_half_square(designs @ solution, responses).sum()), 0.0)
    return _bounded_minimum(designs, responses)


def _bounded_minimum(designs: Floats, responses: Floats) -> Minimum:
    """Bound F* at an approximate fit x: F(x) ≥ F* ≥ F(x) − ‖∇F(x)‖²/(2μ), and F* ≥ 0.

    Zero is the lower bound where no μ is proved. Where m ≤ D and the rows are independent, F* is 0.
    """
    residuals = designs @ iterative.fit(designs, responses) - responses
    reached = float((0.5 * residuals**2).sum())
    gradient, curvature = residuals @ designs, iterative.least_eigenvalue(designs)
    excess = float(gradient @ gradient) / (2 * curvature) if curvature else np.inf
    gap = min(excess, reached)
    return Minimum(reached - gap, gap)


def _least_squares_heterogeneity(designs: Floats, responses: Floats, M: int) -> Heterogeneity:
    """∇f_k = H_k x − b_k: u_k is bounded if and only if all H_k are equal, and then constant."""
    D = designs.shape[1]
    blocks, targets = designs.reshape(M, -1, D), responses.reshape(M, -1)
    if not _equal_curvatures(blocks):
        return Heterogeneity(np.inf, np.inf)

    def pulls(subsets: slice) -> Floats:
        return np.asarray(np.einsum("knd,kn->kd", blocks[subsets], targets[subsets]))

    parts = list(slices(M, D))
    mean = np.sum([pulls(part).sum(axis=0) for part in parts], axis=0) / M
    deviations = np.concatenate([((pulls(part) - mean) ** 2).sum(axis=1) for part in parts])
    return Heterogeneity(float(deviations.max()), float(deviations.mean()))


def _equal_curvatures(blocks: Floats) -> bool:
    """Tell whether Z_kᵀ Z_k of all blocks (M, m/M, D) are equal; some rows at a time."""
    D = blocks.shape[2]
    others = [one for one in blocks[1:] if not np.array_equal(one, blocks[0])]
    for part in slices(D, D):
        rows = blocks[0][:, part].T @ blocks[0]
        if not all(np.array_equal(one[:, part].T @ one, rows) for one in others):
            return False
    return True


def _log_loss(margins: Floats, labels: Floats) -> Floats:
    """Logistic regression: log(1 + exp(−y⟨x, z⟩)) for labels y = ±1."""
    return np.logaddexp(0.0, -labels * margins)


def minus_doubt(margins: Floats, labels: Floats) -> Floats:
    """−y times the probability that the model gives to the other label."""
    from scipy.special import expit

    return np.asarray(-labels * expit(-labels * margins))


def _quarter_curvature(designs: Floats) -> float:
    """¼ λ_max(Σ_j z_j z_jᵀ): φ″ = p(1 − p) ≤ ¼ with equality at x = 0, whatever the labels."""
    return 0.25 * largest_curvature(designs)


def _logistic_minimum(designs: Floats, labels: Floats) -> Minimum:
    """Bound F* from both sides at every iterate of Newton's method.

    With a_j = y_j z_j and the binary entropy H, convexity gives log(1 + e^(−s)) ≥ H(q) − q s for
    every q in [0, 1]; hence F* ≥ Σ_j H(q_j) wherever Σ_j q_j a_j = 0. The probabilities p of the
    iterate become such a q by a Newton step n: q_j = p_j − p_j(1 − p_j)⟨a_j, n⟩. Where some x
    separates the labels, F vanishes along it and F* = 0 is not attained.

    Above `DENSE` the bounds are 0 and what descent reaches.
    """
    from scipy.special import entr, expit

    if not is_dense(designs):
        start = np.zeros(designs.shape[1])
        return Minimum(0.0, _descended(_log_loss, minus_doubt, designs, labels, start))

    signed = labels[:, np.newaxis] * designs
    sizes = 0.5 ** np.arange(30)
    x, lower, upper = np.zeros(designs.shape[1]), 0.0, np.inf
    for _ in range(_NEWTON_STEPS):
        margins = signed @ x
        if margins.min() > 0:
            return Minimum(0.0, 0.0)
        upper = min(upper, float(np.logaddexp(0.0, -margins).sum()))
        p = expit(-margins)
        curvature = p * (1 - p)
        step = np.linalg.lstsq(signed.T @ (curvature[:, np.newaxis] * signed), signed.T @ p)[0]
        along = signed @ step
        q = p - curvature * along
        if q.min() >= 0 and q.max() <= 1:
            lower = max(lower, float((entr(q) + entr(1 - q)).sum()))
        if upper - lower <= _RELATIVE_GAP * upper:
            break
        ahead = margins[:, np.newaxis] + along[:, np.newaxis] * sizes
        x = x + sizes[np.logaddexp(0.0, -ahead).sum(axis=0).argmin()] * step
    # By rounding, the bounds may pass each other by some last bits.
    return Minimum(min(lower, upper), max(upper - lower, 0.0))


def _logistic_heterogeneity(designs: Floats, labels: Floats, M: int) -> Heterogeneity:
    """Slopes lie between 0 and −y."""
    return of_bounded_slopes(designs, np.minimum(-labels, 0.0), np.maximum(-labels, 0.0), M)


def _geman_mcclure(margins: Floats, responses: Floats) -> Floats:
    """Robust regression: u²/(2(1 + u²)) of the residual u = ⟨x, z⟩ − y, bounded and not convex."""
    residuals = margins - responses
    # The root of 1 + u² where u² would overflow.
    return 0.5 * (residuals / np.hypot(1.0, residuals)) ** 2


def geman_mcclure_slope(margins: Floats, responses: Floats) -> Floats:
    """u/(1 + u²)² of the residual u, the slope of `_geman_mcclure`."""
    residuals = margins - responses
    shrinking = 1 / np.hypot(1.0, residuals)
    return residuals * shrinking**4


def _geman_mcclure_minimum(designs: Floats, responses: Floats) -> Minimum:
    """F ≥ 0; and F* is at most what descent reaches from zero and from the least-squares fit."""
    starts = np.zeros(designs.shape[1]), _fit(designs, responses)
    reached = [
        _descended(_geman_mcclure, geman_mcclure_slope, designs, responses, start)
        for start in starts
    ]
    return Minimum(0.0, min(reached))


def _fit(designs: Floats, responses: Floats) -> Floats:
    """Return the least-squares fit x (D,), above `DENSE` one near it."""
    if is_dense(designs):
        return np.asarray(np.linalg.lstsq(designs, responses)[0], np.float64)
    return iterative.fit(designs, responses)


def _descended(
    loss: Callable[[Floats, Floats], Floats],
    slope: Callable[[Floats, Floats], Floats],
    designs: Floats,
    responses: Floats,
    start: Floats,
) -> float:
    """Return the value of F that a quasi-Newton method reaches from `start`."""

    def value_and_gradient(x: Floats) -> tuple[float, Floats]:
        margins = designs @ x
        return float(loss(margins, responses).sum()), slope(margins, responses) @ designs

    return minimised(value_and_gradient, start).value


def _geman_mcclure_heterogeneity(designs: Floats, responses: Floats, M: int) -> Heterogeneity:
    """Slopes lie within ±3√3/16, and at one x any of them may be anything in between."""
    largest = np.full(len(designs), GEMAN_MCCLURE_SLOPE)
    return of_bounded_slopes(designs, -largest, largest, M)


PROBLEMS: Table[Problem | ModelProblem] = Table(
    "PROBLEMS",
    Problem | ModelProblem,
    {
        "least_squares": Problem(
            loss=_half_square,
            slope=residual,
            labels=False,
            smoothness=largest_curvature,
            minimum=_least_squares_minimum,
            heterogeneity=_least_squares_heterogeneity,
            strong_convexity=least_curvature,
            quadratic=True,
        ),
        "logistic": Problem(
            loss=_log_loss,
            slope=minus_doubt,
            labels=True,
            smoothness=_quarter_curvature,
            minimum=_logistic_minimum,
            heterogeneity=_logistic_heterogeneity,
            strong_convexity=_unknown,
        ),
        "robust_regression": Problem(
            loss=_geman_mcclure,
            slope=geman_mcclure_slope,
            labels=False,
            # φ″ = (1 − 3u²)/(1 + u²)³ lies in [−¼, 1] and is 1 if a residual is zero.
            smoothness=largest_curvature,
            minimum=_geman_mcclure_minimum,
            heterogeneity=_geman_mcclure_heterogeneity,
            strong_convexity=_unknown,
        ),
        "softmax": ModelProblem(model=Softmax, parameters=SoftmaxKeys),
        "hidden_layer": ModelProblem(model=HiddenLayer, parameters=HiddenLayerKeys),
    },
)


def model_of(problem: ModelProblem, D: int, C: int, parameters: Mapping[str, Any]) -> Model:
    """Return the loss of D features and C classes with the parameters that a study gives."""
    found: Model = called(problem, "model", D, C, problem.parameters.model_validate(parameters))
    return found


def loss_of(problem: str, D: int, C: int, parameters: Mapping[str, Any]) -> Problem | Model:
    """Return the loss of data with D features: a row of `PROBLEMS`, or its model for C classes."""
    row = PROBLEMS[problem]
    return row if isinstance(row, Problem) else model_of(row, D, C, parameters)

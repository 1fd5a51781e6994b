"""The point with the least total distance to given points."""

import math
from typing import NamedTuple

import numpy as np

from cradl.arrays import Flags, Floats
from cradl.numerics.compiled import compiled, compiled_reordering
from cradl.numerics.kernels import squared

_ROUNDINGS = 8 * float(np.finfo(np.float64).eps)
_MAX_STEPS = 500
"""A guard against looping for ever: no input of the tests comes near it."""
_MAX_TRIALS = 40
"""Along one step: doubled or halved by a factor of up to 1e12."""


class _Place(NamedTuple):
    """A point, and what the sum of distances is like there.

    Attributes
    ----------
    at, force
        The point (D,), and the sum of the unit vectors from it to the points elsewhere (D,).
    weight
        Sum of the inverse distances to the points elsewhere.
    here, nearest
        How many points are exactly here; the index of the nearest.
    excess
        The norm of the smallest subgradient: the points here balance a force of 1 each. Zero or
        less means that this is a minimiser.
    slack
        What rounding of the unit vectors and of the point itself adds to `excess`.
    """

    at: Floats
    force: Floats
    weight: float
    here: int
    nearest: int
    excess: float
    slack: float


def least_total_distance(points: Floats) -> tuple[Floats, int | None]:
    """Minimise ``Σ_i ‖y − p_i‖`` over y, from the origin, which should be in the middle.

    Each step is Weiszfeld's, ``y + Σ u_i / Σ (1/d_i)`` with unit vectors u_i and distances d_i to
    the points that are not at y; with η points at y, shortened by ``η / ‖Σ u_i‖``, after Vardi and
    Zhang. Where these steps become slow, Newton's is taken. A point that is nearest for the first
    time is tried as the minimiser, which steps would only approach.

    Source: Vardi and Zhang, PNAS 97(4), 2000; the searches along steps and Newton's are ours.

    Parameters
    ----------
    points
        (N, D), most of them within a few units of the origin, none beyond 1e140.

    Returns
    -------
    The minimiser, and the index of the point that it is, if it is one.

    Raises
    ------
    ArithmeticError
        ``‖Σ u_i‖ ≤ η``, up to rounding, is not reached.
    """
    at, tried = np.zeros(points.shape[1]), np.zeros(len(points), np.bool_)
    slow, left = False, _MAX_STEPS
    while True:
        now, slow, left = _descend(points, at, slow, tried, left)
        if now.excess <= now.slack:
            return now.at, now.nearest if now.here else None
        if left == 0:
            raise ArithmeticError(
                f"need subgradients within {now.slack:.2g} of zero for the geometric median, "
                f"got {now.excess:.2g} after {_MAX_STEPS} steps"
            )
        place, slow = _search(points, now, _newton(points, now), 1.0)
        at, left = place.at, left - 1


@compiled
def _descend(
    points: Floats, at: Floats, slow: bool, tried: Flags, left: int
) -> tuple[_Place, bool, int]:
    """Go on from `at` (D,) to a minimiser, for `left` steps, or until Newton's step is due.

    `tried` (N,) marks points that were tried as the minimiser, and is brought up to date.

    Returns
    -------
    Where this ends, whether the last step was slow, and how many steps are left.
    """
    now = _look(points, at)
    while left > 0 and now.excess > now.slack:
        left -= 1
        if not now.here and not tried[now.nearest]:
            tried[now.nearest] = True
            there = _look(points, points[now.nearest].copy())
            if _downhill(now, there) or there.excess <= there.slack:
                now = there
                continue
        if slow and not now.here:
            return now, slow, left + 1
        share = now.excess / (now.excess + now.here)
        now, slow = _search(points, now, now.force, share / now.weight)
    return now, slow, left


@compiled_reordering
def _look(points: Floats, at: Floats) -> _Place:
    N, D = points.shape
    force = np.empty_like(at)
    force[:] = 0.0
    weight, here, nearest, smallest = 0.0, 0, 0, np.inf
    for i in range(N):
        distance_sq = 0.0
        for j in range(D):
            distance_sq += squared(points[i, j] - at[j])
        if distance_sq < smallest:
            nearest, smallest = i, distance_sq
        if distance_sq == 0.0:
            here += 1
            continue
        inverse = 1.0 / math.sqrt(distance_sq)
        weight += inverse
        for j in range(D):
            force[j] += inverse * (points[i, j] - at[j])
    excess = math.sqrt(_dot(force, force)) - here
    slack = _ROUNDINGS * (N + math.sqrt(_dot(at, at)) * weight)
    return _Place(at, force, weight, here, nearest, excess, slack)


@compiled
def _downhill(now: _Place, there: _Place) -> bool:
    """Say whether the sum of distances, which is convex, falls all the way to the point `there`."""
    slope, squared = 0.0, 0.0
    for j in range(len(now.at)):
        way = there.at[j] - now.at[j]
        slope += there.force[j] * way
        squared += way * way
    return slope + there.here * math.sqrt(squared) >= 0


def _newton(points: Floats, now: _Place) -> Floats:
    """Solve ``Σ (I − u_i u_iᵀ) / d_i · step = Σ u_i``.

    The matrix is singular where all points are on one line: a trace of its first part is added.
    """
    gaps = points - now.at
    distances = np.sqrt((gaps**2).sum(axis=1))
    scaled = gaps / (distances * np.sqrt(distances))[:, np.newaxis]
    hessian = (1 + 1e-12) * now.weight * np.eye(len(now.at)) - scaled.T @ scaled
    step: Floats = np.linalg.solve(hessian, now.force)
    return step


@compiled
def _search(points: Floats, start: _Place, step: Floats, length: float) -> tuple[_Place, bool]:
    """Go `length` steps, doubled or halved until the slope is at most half of that at the start.

    The slope grows monotonically along the step, which the sum of distances itself, with huge and
    tiny parts, would show less exactly.

    Returns
    -------
    Where this ends, and whether more than half of the excess is left there.
    """
    slope = _dot(start.force, step) - start.here * math.sqrt(_dot(step, step))
    low, high, best = 0.0, math.inf, start
    for _ in range(_MAX_TRIALS):
        ahead = np.empty_like(step)
        for j in range(len(step)):
            ahead[j] = start.at[j] + length * step[j]
        place = _look(points, ahead)
        left = _dot(place.force, step)
        if abs(left) <= 0.5 * slope or place.excess <= place.slack:
            return place, place.excess > 0.5 * start.excess
        if left > 0:
            low, best = length, place
        else:
            high = length
        length = 2 * length if high == math.inf else 0.5 * (low + high)
    return best, best.excess > 0.5 * start.excess


@compiled_reordering
def _dot(first: Floats, second: Floats) -> float:
    total = 0.0
    for j in range(len(first)):
        total += first[j] * second[j]
    return total

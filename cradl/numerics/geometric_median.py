"""The point with the least total distance to given points."""

import math
from typing import NamedTuple

import numpy as np

from cradl.arrays import Floats
from cradl.numerics.kernels import pull

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
    """

    at: Floats
    force: Floats
    weight: float
    here: int
    nearest: int

    def excess(self) -> float:
        """Return the norm of the smallest subgradient: the points here balance a force of 1 each.

        Zero or less means that this is a minimiser.
        """
        return _norm(self.force) - self.here

    def slack(self, count: int) -> float:
        """Return what rounding of `count` unit vectors and of the point itself adds to `excess`."""
        return _ROUNDINGS * (count + _norm(self.at) * self.weight)


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
    now = _look(points, np.zeros(points.shape[1]))
    tried: set[int] = set()
    slow = False
    for _ in range(_MAX_STEPS):
        if now.excess() <= now.slack(len(points)):
            return now.at, now.nearest if now.here else None
        if not now.here and now.nearest not in tried:
            tried.add(now.nearest)
            there = _look(points, points[now.nearest])
            if _downhill(now, there) or there.excess() <= there.slack(len(points)):
                now = there
                continue
        before = now
        step = _newton(points, now) if slow and not now.here else _weiszfeld(now)
        now = _search(points, now, step)
        slow = now.excess() > 0.5 * before.excess()
    raise ArithmeticError(
        f"need subgradients within {now.slack(len(points)):.2g} of zero for the geometric median, "
        f"got {now.excess():.2g} after {_MAX_STEPS} steps"
    )


def _look(points: Floats, at: Floats) -> _Place:
    force = np.empty_like(at)
    return _Place(at, force, *pull(points, at, force))


def _downhill(now: _Place, there: _Place) -> bool:
    """Say whether the sum of distances, which is convex, falls all the way to the point `there`."""
    way = there.at - now.at
    return bool(there.force @ way + there.here * _norm(way) >= 0)


def _weiszfeld(now: _Place) -> Floats:
    return (1 - now.here / _norm(now.force)) / now.weight * now.force


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


def _search(points: Floats, start: _Place, step: Floats) -> _Place:
    """Go along the step, doubled or halved until the slope is at most half of that at the start.

    The slope grows monotonically along the step, which the sum of distances itself, with huge and
    tiny parts, would show less exactly.
    """
    slope = start.force @ step - start.here * _norm(step)
    low, high, length, best = 0.0, math.inf, 1.0, start
    for _ in range(_MAX_TRIALS):
        place = _look(points, start.at + length * step)
        left = place.force @ step
        if abs(left) <= 0.5 * slope or place.excess() <= place.slack(len(points)):
            return place
        if left > 0:
            low, best = length, place
        else:
            high = length
        length = 2 * length if high == math.inf else 0.5 * (low + high)
    return best


def _norm(vector: Floats) -> float:
    return math.sqrt(vector @ vector)

"""Candidates for the point with the nearest neighbours, by one matrix product.

Squared distances from a matrix product take a fraction of the time of sums of squared differences,
but cancellation costs them digits. Their error is bounded: what it leaves open is little.
"""

import numpy as np

from cradl.arrays import Floats, Ints

_WIDTH = 2048
"""Coordinates in one matrix product: a hundred centred points then fit a core's cache."""

_ABSOLUTE = 1e-290
"""More than what underflow can take from a sum of squares."""

_LIMIT = 1e300
"""Where sizes and sums are below this, squares that overflow are those of farther points."""


def possibly_least(points: Floats, neighbours: int) -> Ints:
    """Return the points that may have the least sum of squared distances to their nearest others.

    A point is left out only if its sum is not the least, neither exactly nor as rounded where one
    adds squared differences of points centred on their coordinate-wise median. The first look is
    from the first point. If it leaves several, the second is from the best of them, near which
    cancellation is least.

    Parameters
    ----------
    points
        (N, D), finite.
    neighbours
        How many of the nearest others count, N / 2 - 1 < neighbours < N.

    Returns
    -------
    Indices in ascending order, at least one.
    """
    best = 0
    for _ in range(2):
        # Comparisons with NaN are false: they leave nothing out.
        with np.errstate(over="ignore", invalid="ignore"):
            sums, errors = _bounded_sums(points, points[best], neighbours)
            possible = np.flatnonzero(~(sums - errors > np.fmin.reduce(sums + errors)))
        if len(possible) == 1:
            break
        best = possible[np.argmin(sums[possible])]
    return possible


def _bounded_sums(points: Floats, centre: Floats, neighbours: int) -> tuple[Floats, Floats]:
    """Return each point's sum of squared distances (N,), and a bound on its error (N,).

    With a_i the centred points and ``u = eps / 2``, ``‖a_i‖² + ‖a_k‖² − 2 a_i·a_k`` is within
    ``(2D + 16) u (‖a_i‖² + ‖a_k‖²)`` of the squared distance d_ik, in whatever order the products
    are added: 2D for the products, 8 for their sum, 8 for the centring. Here
    ``‖a_k‖² ≤ 2 ‖a_i‖² + 2 d_ik``, so that i's own size and sum bound its error. Adding the
    distances costs another ``N u`` of the sum, and the rounding of squared differences
    ``(D + N + 6 √N + 10) u`` of it: i and its neighbours are a majority, so their median is within
    the root of i's sum of i, and centring there loses little. The bound is twice all that or more.
    It is infinite if squares may overflow.
    """
    N, D = points.shape
    products = np.zeros((N, N))
    for start in range(0, D, _WIDTH):
        part = slice(start, start + _WIDTH)
        centred = points[:, part] - centre[part]
        products += centred @ centred.T
    sizes = products.diagonal()
    distances = sizes[:, np.newaxis] + sizes - 2 * products
    distances.sort(axis=1)
    # Among them that to itself, exactly zero.
    sums: Floats = distances[:, : neighbours + 1].sum(axis=1)
    rounding = 16 * (D + N) * np.finfo(np.float64).eps
    errors: Floats = rounding * (neighbours * sizes + sums) + _ABSOLUTE
    errors[~(np.maximum(sizes, sums) < _LIMIT)] = np.inf
    return sums, errors

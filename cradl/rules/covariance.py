"""A rule that lowers the weights of messages along the direction in which they vary most."""

import numpy as np

from cradl.arrays import Floats
from cradl.rules.units import gaps_of, in_units_of_rank


def caf(messages: Floats, f: int) -> Floats:
    """Weighted mean with the smallest covariance among those that a spectral filter passes through.

    All weights c are 1 at first. While they add up to more than N − 2f: with the weighted mean μ,
    the largest eigenvalue of the weighted covariance matrix and its unit vector v, each weight is
    multiplied by 1 − τ_i / max τ, ``τ_i = ⟨v, z_i − μ⟩²``. The result is the μ at which that
    eigenvalue was smallest. If N − f messages are equal, it is that one: of the weights of the
    others at least as much goes in each step as of theirs, until none is left.

    ASSUME: the maximum is over messages with some weight left. Over all, a far message that has
    none would keep the weights of the others where they are, and no step would be the last.

    Source: Allouah, Guerraoui and Stephan, ICML 2025, arXiv:2505.01874, Algorithm 2 (covariance
    bound-agnostic filter), with exact eigenvectors.

    Examples
    --------
    The first step takes the weight of 90, the second that of 0 or 2.

    >>> caf(np.array([[0.0], [2.0], [1.0], [90.0]]), 1).round(4)
    array([1.0075])
    """
    N = len(messages)
    centre, gaps, sizes = gaps_of(messages)
    points, unit = in_units_of_rank(gaps, sizes, N - f - 1)
    if unit == 0:
        return centre
    weights = np.ones(N)
    best, record = points.sum(axis=0) / N, np.inf
    while weights.sum() > N - 2 * f:
        mean = weights @ points / weights.sum()
        deviations = points - mean
        eigenvalue, along = _largest(deviations * np.sqrt(weights)[:, np.newaxis])
        if eigenvalue / weights.sum() < record:
            best, record = mean, eigenvalue / weights.sum()
        if eigenvalue == 0:
            break
        sizes = np.abs(deviations @ along) * (weights > 0)
        weights *= 1 - (sizes / sizes.max()) ** 2
    result: Floats = 2 * (0.5 * centre + unit * best)
    return result


def _largest(rows: Floats) -> tuple[float, Floats]:
    """Return the largest eigenvalue of the sum of the outer products of rows (n, D), and a vector.

    The vector (D,) is an eigenvector, of no particular length.
    """
    n, D = rows.shape
    if n >= D:
        values, vectors = np.linalg.eigh(rows.T @ rows)
        return max(float(values[-1]), 0.0), vectors[:, -1]
    values, vectors = np.linalg.eigh(rows @ rows.T)
    return max(float(values[-1]), 0.0), rows.T @ vectors[:, -1]

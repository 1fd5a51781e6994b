"""The quantities of the theorems, measured in one iteration."""

import numpy as np

from cradl.arrays import Floats
from cradl.numerics.compiled import compiled_reordering
from cradl.numerics.kernels import squared


@compiled_reordering
def diagnose(
    coded: Floats,
    honest_mean: Floats,
    scales: Floats,
    rows: Floats,
    gradient: Floats,
    found: Floats,
) -> None:
    """Write the quantities of `cradl.series.DIAGNOSTICS`, in order, into `found` (7,).

    Parameters
    ----------
    coded
        Coded gradients (N, W) of all devices, before any lie.
    honest_mean
        Mean (W,) of the honest ones.
    scales, rows
        The gradient of subset k is ``scales[k] * rows[k]``; (M,), (M, W).
    gradient
        Its sum over the subsets (W,) is written here.
    """
    N, W = coded.shape
    M = len(rows)
    _sum_rows(scales, rows, gradient)
    norm, error, size, deviation = 0.0, 0.0, 0.0, 0.0
    for j in range(W):
        norm += honest_mean[j] * honest_mean[j]
        error += squared(honest_mean[j] - gradient[j] / N)
    share = np.empty(W)
    for j in range(W):
        share[j] = gradient[j] / N
    for i in range(N):
        for j in range(W):
            size += coded[i, j] * coded[i, j]
            deviation += squared(coded[i, j] - share[j])
    found[0] = _largest_distance_sq(coded)
    found[1], found[2], found[3], found[4] = norm, error, size / N, deviation / N
    for j in range(W):
        share[j] = gradient[j] / M
    largest, total = 0.0, 0.0
    for k in range(M):
        scale, row, distance = scales[k], rows[k], 0.0
        for j in range(W):
            distance += squared(scale * row[j] - share[j])
        largest = max(largest, distance)
        total += distance
    found[5], found[6] = largest, total / M


@compiled_reordering
def _sum_rows(factors: Floats, rows: Floats, total: Floats) -> None:
    """Write ``Σ_k factors[k] rows[k]`` into `total` (W,), four rows a pass."""
    M, W = rows.shape
    total[:] = 0.0
    whole = M - M % 4
    for k in range(0, whole, 4):
        a, b, c, d = factors[k], factors[k + 1], factors[k + 2], factors[k + 3]
        row_a, row_b, row_c, row_d = rows[k], rows[k + 1], rows[k + 2], rows[k + 3]
        for j in range(W):
            total[j] += a * row_a[j] + b * row_b[j] + c * row_c[j] + d * row_d[j]
    for k in range(whole, M):
        factor, row = factors[k], rows[k]
        for j in range(W):
            total[j] += factor * row[j]


@compiled_reordering
def _largest_distance_sq(points: Floats) -> float:
    """Return the largest squared distance between two of the points (N, W).

    Differences are squared directly, so that an offset cancels no digits; six pairs at a time, so
    that a row that is loaded is used more than once.
    """
    N, W = points.shape
    largest = 0.0
    for i in range(0, N - 1, 2):
        a, b = points[i], points[i + 1]
        own = 0.0
        for j in range(W):
            own += squared(a[j] - b[j])
        largest = max(largest, own)
        k = i + 2
        while k + 3 <= N:
            p, q, r = points[k], points[k + 1], points[k + 2]
            ap, aq, ar, bp, bq, br = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
            for j in range(W):
                ap += squared(a[j] - p[j])
                aq += squared(a[j] - q[j])
                ar += squared(a[j] - r[j])
                bp += squared(b[j] - p[j])
                bq += squared(b[j] - q[j])
                br += squared(b[j] - r[j])
            largest = max(largest, ap, aq, ar, bp, bq, br)
            k += 3
        while k < N:
            p = points[k]
            ap, bp = 0.0, 0.0
            for j in range(W):
                ap += squared(a[j] - p[j])
                bp += squared(b[j] - p[j])
            largest = max(largest, ap, bp)
            k += 1
    return largest

"""What the theorems speak of, measured in one iteration; stored where ``diagnostics`` is set."""

import numpy as np

from cradl.arrays import Floats
from cradl.numerics.kernels import heterogeneity

DIAGNOSTICS = {
    "pairwise_distance_sq": "largest squared distance between two coded gradients, left of (12)",
    "honest_mean_norm_sq": "squared norm of the honest devices' mean message, left of (16)",
    "mean_error_sq": "squared distance of the honest devices' mean message to grad F / N",
    "device_norm_sq_mean": "mean squared norm of the N coded gradients",
    "device_deviation_sq_mean": "mean squared distance of the N coded gradients to grad F / N",
    "heterogeneity_max_sq": "largest squared distance of a subset's gradient to grad F / M (10)",
    "heterogeneity_mean_sq": "mean squared distance of the subsets' gradients to grad F / M",
}


def diagnose(
    coded: Floats, honest_mean: Floats, slopes: Floats, designs: Floats, per_subset: int
) -> dict[str, float]:
    """Return every quantity of `DIAGNOSTICS` at one iterate.

    Parameters
    ----------
    coded
        Coded gradients (N, D) of all devices, before any lie.
    honest_mean
        Mean (D,) of the honest ones.
    slopes, designs, per_subset
        The samples' gradients are ``slopes[:, None] * designs``; samples in each subset.
    """
    N, M = len(coded), len(slopes) // per_subset
    gradient = slopes @ designs
    largest, mean = heterogeneity(slopes, designs, per_subset, gradient / M)
    deviations = coded - gradient / N
    values = (
        _largest_pair(coded),
        float(honest_mean @ honest_mean),
        float(((honest_mean - gradient / N) ** 2).sum()),
        float(np.einsum("ij,ij->", coded, coded)) / N,
        float(np.einsum("ij,ij->", deviations, deviations)) / N,
        largest,
        mean,
    )
    return dict(zip(DIAGNOSTICS, values, strict=True))


def _largest_pair(messages: Floats) -> float:
    """Return max ‖g_i − g_j‖² from centred inner products: an offset would cancel the digits."""
    centred = messages - messages.mean(axis=0)
    products = centred @ centred.T
    norms = np.diag(products)
    return max(float((norms[:, np.newaxis] + norms - 2.0 * products).max()), 0.0)

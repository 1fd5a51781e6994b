"""How far coded gradients may lie from ∇F/N, from the allocation and the data alone.

With the weights W = S diag(1/d), u_k = ∇f_k − ∇F/M and a = ∇F/N, a device's coded gradient is
``g_i = a + Σ_k W_ik u_k + ε_i a``, ``ε_i = (N/M) Σ_k W_ik − 1``, where every subset is on a device.
"""

import math

import numpy as np
from scipy.spatial.distance import pdist

from cradl.allocation import degrees
from cradl.arrays import Floats, Matrix


def weights(S: Matrix) -> Floats:
    """Return W (N, M); a subset on no device has the weight 0."""
    return np.asarray(S / np.maximum(degrees(S), 1))


def of_allocation(S: Matrix) -> dict[str, float]:
    """Describe an allocation S (N, M).

    Returns
    -------
    - ``spread_gain``: the largest N² (1/N) Σ_i ‖Σ_k W_ik u_k‖² over M Σ_k ‖u_k‖², over all u_k
      whose sum is zero; λ₂(S Sᵀ)/(r d) for a regular allocation
    - ``defect_rms``, ``defect_max``: root mean square and largest |ε_i|; 0 for a regular one
    - ``radius``: the largest ‖Σ_k W_ik u_k‖ where no ‖u_k‖ exceeds 1 and their sum is zero, or more
    - ``pair_radius``: the same of the difference of two devices
    """
    N, M = S.shape
    W = weights(S)
    sums = W.sum(axis=1)
    largest = np.linalg.eigvalsh(W @ W.T - np.outer(sums, sums) / M)[-1]
    defects = N / M * sums - 1
    centred = np.abs(W - np.median(W, axis=1, keepdims=True)).sum(axis=1)
    return {
        "spread_gain": max(float(largest), 0.0) * N / M,
        "defect_rms": math.sqrt(float((defects**2).mean())),
        "defect_max": float(np.abs(defects).max()),
        "radius": float(centred.max()),
        "pair_radius": float(pdist(W, "cityblock").max(initial=0.0)),
    }


def of_least_squares(designs: Floats, responses: Floats, S: Matrix) -> dict[str, float]:
    """Bound the spread for ``F(x) = ½ Σ_j (⟨x, z_j⟩ − y_j)²`` with an invertible Hessian H.

    ``g_i(x) − a(x) = g_i(x*) + K_i ∇F(x)``, ``K_i = (Σ_k W_ik H_k − H/N) H⁻¹``.

    Parameters
    ----------
    designs, responses, S
        z (m, D), y (m,), allocation (N, M); subset k holds the k-th m/M samples.

    Returns
    -------
    ``spread_at_minimum`` and ``spread_slope``, p and q such that
    ``N √((1/N) Σ_i ‖g_i − a‖²) ≤ p + q ‖∇F(x)‖`` at every x; infinite where H is singular.
    """
    N, M = S.shape
    W = np.repeat(weights(S), len(responses) // M, axis=1)
    H = designs.T @ designs
    if np.linalg.matrix_rank(H, hermitian=True) < len(H):
        return {"spread_at_minimum": math.inf, "spread_slope": math.inf}
    residuals = designs @ np.linalg.solve(H, designs.T @ responses) - responses
    at_minimum = N * (((W * residuals) @ designs) ** 2).sum()
    inverse = np.linalg.inv(H)
    total = np.zeros_like(H)
    for row in W:
        held = np.flatnonzero(row)
        K = (designs[held].T * row[held]) @ (designs[held] @ inverse) - np.eye(len(H)) / N
        total += K.T @ K
    slope = N * float(np.linalg.eigvalsh(total)[-1])
    return {"spread_at_minimum": math.sqrt(at_minimum), "spread_slope": math.sqrt(slope)}

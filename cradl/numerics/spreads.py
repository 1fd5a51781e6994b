"""Bounds on how far coded gradients lie from ∇F/N, from the allocation and the data alone.

With the weights W = S diag(1/d), u_k = ∇f_k − ∇F/M and a = ∇F/N, a device's coded gradient is
``g_i = a + Σ_k W_ik u_k + ε_i a``, ``ε_i = (N/M) Σ_k W_ik − 1``, where every subset is on a device.
"""

import math

import numpy as np

from cradl.arrays import Floats, Ints, Matrix


def degrees(S: Matrix) -> Ints:
    """Return d_k (M,), the number of devices that hold subset k.

    Examples
    --------
    >>> degrees(np.array([[1, 1, 0], [0, 1, 0]], np.uint8))
    array([1, 2, 0])
    """
    counts: Ints = S.sum(axis=0, dtype=np.int64)
    return counts


def weights(S: Matrix) -> Floats:
    """Return W (N, M); a subset on no device has the weight 0.

    Examples
    --------
    >>> weights(np.array([[1, 1, 0], [0, 1, 0]], np.uint8))
    array([[1. , 0.5, 0. ],
           [0. , 0.5, 0. ]])
    """
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
    # Where both hold a subset their weights on it are equal: the rest is what one of them holds.
    apart = sums[:, np.newaxis] + sums - 2 * (W @ S.T.astype(np.float64))
    return {
        "spread_gain": max(float(largest), 0.0) * N / M,
        "defect_rms": math.sqrt(float((defects**2).mean())),
        "defect_max": float(np.abs(defects).max()),
        "radius": float(centred.max()),
        "pair_radius": max(float((apart - np.diag(np.diag(apart))).max()), 0.0),
    }


def of_least_squares(designs: Floats, responses: Floats, S: Matrix) -> tuple[Floats, float]:
    """Bound the spread for ``F(x) = ½ Σ_j (⟨x, z_j⟩ − y_j)²`` with an invertible Hessian H.

    ``g_i(x) − a(x) = g_i(x*) + K_i ∇F(x)``, ``K_i = A_i H⁻¹ − I/N`` with ``A_i = Σ_k W_ik H_k``.

    Parameters
    ----------
    designs, responses, S
        z (m, D), several y (heterogeneities, m), allocation (N, M); subset k holds the k-th m/M
        samples.

    Returns
    -------
    p for each y, and q, such that ``N √((1/N) Σ_i ‖g_i − a‖²) ≤ p + q ‖∇F(x)‖`` at every x;
    infinite if H is singular.
    """
    N, M = S.shape
    W, (m, D) = weights(S), designs.shape
    per_subset = m // M
    H = designs.T @ designs
    if np.linalg.matrix_rank(H, hermitian=True) < D:
        return np.full(len(responses), math.inf), math.inf
    at_minimum = []
    for y in responses:
        residuals = designs @ np.linalg.solve(H, designs.T @ y) - y
        gradients = (residuals[:, np.newaxis] * designs).reshape(M, per_subset, D).sum(axis=1)
        at_minimum.append(math.sqrt(N * ((W @ gradients) ** 2).sum()))
    inverse = np.linalg.inv(H)
    total = inverse @ _sum_of_squares(W, designs) @ inverse
    # Σ_i K_iᵀ K_i, with Σ_i A_i the part of H that is on some device.
    held = np.repeat(W.sum(axis=0), per_subset)[:, np.newaxis]
    cross = ((held * designs).T @ designs) @ inverse / N
    total += np.eye(D) / N - cross - cross.T
    slope = N * max(float(np.linalg.eigvalsh(total)[-1]), 0.0)
    return np.array(at_minimum), math.sqrt(slope)


def _sum_of_squares(W: Floats, designs: Floats) -> Floats:
    """Return ``Σ_i A_i²`` (D, D), ``A_i = Σ_k W_ik Z_kᵀ Z_k`` with Z_k the rows of subset k.

    Device by device; or, where that takes more multiplications, with the Gram matrix G of all rows
    as ``Zᵀ (G ∘ Wᵀ W) Z``, in which no device is left.
    """
    (N, M), (m, D) = W.shape, designs.shape
    per_subset = m // M
    held = np.count_nonzero(W) * per_subset
    if (held + N * D) * D**2 > m**2 * (N + 2 * D):
        shared = np.repeat(np.repeat(W.T @ W, per_subset, axis=0), per_subset, axis=1)
        shared *= designs @ designs.T
        return np.asarray(designs.T @ (shared @ designs))
    total = np.zeros((D, D))
    for row in np.repeat(W, per_subset, axis=1):
        places = np.flatnonzero(row)
        rows = designs[places]
        A = (rows * row[places, np.newaxis]).T @ rows
        total += A @ A
    return total

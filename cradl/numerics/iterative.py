"""Spectra and least squares of matrices that are too large to decompose, with error bounds.

A matrix Z (m, D) is only multiplied by vectors, where its smaller side is not far smaller: nothing
as large as Z is made. The bounds hold up to the rounding of what they are computed from.
"""

import numpy as np

from cradl.arrays import Floats

LANCZOS_TOLERANCE = 1e-10
"""Largest residual ‖A v − θ v‖/θ that `largest_eigenvalue` accepts."""
_LANCZOS_VECTORS = 64

_FIT_TOLERANCE = 1e-12
_FIT_STEPS = 300
"""Steps of LSMR: some 100 suffice at a condition number of 10; a random square matrix needs more
than there is time for, but its F* is 0."""

_PROVED_SHARE = 0.9
"""Share of an estimate of the least eigenvalue that `least_eigenvalue` tries to prove."""
_GRAM = 1 << 25
"""Numbers in the largest ZᵀZ that `least_eigenvalue` makes at any m > D: 256 MiB."""


def largest_eigenvalue(Z: Floats) -> tuple[float, float]:
    """Return the Rayleigh quotient θ of ZᵀZ at a vector v, |v| = 1, and ε = ‖ZᵀZ v − θ v‖.

    θ is at most λ_max, and some eigenvalue lies within ε of θ. That this one is λ_max is what
    Lanczos' method from a random start gives with a probability next to 1, and no proof. The start
    is the same in every call.

    Raises
    ------
    RuntimeError
        The iteration has not come to ε ≤ `LANCZOS_TOLERANCE` θ.

    Source: Kuczyński and Woźniakowski, SIAM Journal on Matrix Analysis and Applications 13, 1992.
    """
    from scipy.sparse.linalg import LinearOperator, eigsh

    if not Z.any():
        return 0.0, 0.0
    wide = Z if Z.shape[0] < Z.shape[1] else Z.T
    side = len(wide)

    def product(v: Floats) -> Floats:
        return np.asarray(wide @ (wide.T @ v))

    start = np.random.default_rng(0).standard_normal(side)
    operator = LinearOperator((side, side), matvec=product, dtype=np.float64)
    vectors = min(_LANCZOS_VECTORS, side)
    # Asked for less than it has to reach, which leaves room for the rounding of the residual.
    tolerance = LANCZOS_TOLERANCE / 100
    v = eigsh(operator, 1, which="LA", v0=start, ncv=vectors, tol=tolerance)[1][:, 0]
    v /= np.linalg.norm(v)
    image = product(v)
    largest = float(v @ image)
    residual = float(np.linalg.norm(image - largest * v))
    if residual > LANCZOS_TOLERANCE * largest:
        raise RuntimeError(f"need a residual of {LANCZOS_TOLERANCE:g}, got {residual / largest:g}")
    return largest, residual


def fit(Z: Floats, y: Floats) -> Floats:
    """Return x (D,) near a minimiser of ‖Z x − y‖, by LSMR from zero.

    Source: Fong and Saunders, SIAM Journal on Scientific Computing 33, 2011.
    """
    from scipy.sparse.linalg import lsmr

    tolerance = _FIT_TOLERANCE
    found = lsmr(Z, y, atol=tolerance, btol=tolerance, conlim=0.0, maxiter=_FIT_STEPS)
    return np.asarray(found[0])


def least_eigenvalue(Z: Floats) -> float:
    """Return a lower bound on all eigenvalues of ZᵀZ (D, D); 0 where none is proved.

    A Cholesky factor of ZᵀZ − s I exists only if no eigenvalue is below s, up to a rounding that
    is subtracted; s is 0.9 of the least eigenvalue. Not tried where m ≤ D, nor where ZᵀZ takes more
    than half the memory of Z and more than `_GRAM` numbers.

    Source: Rump, BIT Numerical Mathematics 46, 2006.
    """
    from scipy.linalg.lapack import dpotrf, dpotrs
    from scipy.sparse.linalg import LinearOperator, eigsh

    m, D = Z.shape
    if m <= D or (m < 2 * D and D * D > _GRAM):
        return 0.0
    # In the order of columns LAPACK works in place, on one triangle: the other keeps ZᵀZ.
    gram = (Z.T @ Z).T
    diagonal = gram.diagonal().copy()
    factor, failed = dpotrf(gram, lower=0, clean=0, overwrite_a=1)
    if failed:
        return 0.0
    start = np.random.default_rng(0).standard_normal(D)
    inverse = LinearOperator((D, D), matvec=lambda v: dpotrs(factor, v)[0], dtype=np.float64)
    estimate = 1 / float(eigsh(inverse, 1, which="LA", v0=start, tol=0.01)[0][0])
    np.fill_diagonal(gram, diagonal - _PROVED_SHARE * estimate)
    failed = dpotrf(gram, lower=1, clean=0, overwrite_a=1)[1]
    rounding = 4 * (m + D) * np.finfo(np.float64).eps * float(diagonal.sum())
    return 0.0 if failed else max(_PROVED_SHARE * estimate - rounding, 0.0)

"""Lemma 2 and its proof in Appendix B bound the expected squared norm of the honest mean."""

from fractions import Fraction
from typing import Any

import numpy as np
import sympy
from numpy.typing import NDArray
from sympy import Ge, Le

from theory.paper import lemma1
from theory.paper.lemma1 import d_k, h
from theory.proving import symbols
from theory.proving.evaluation import Number, evaluate, require
from theory.proving.proofs import Step
from theory.proving.small_instances import Rows, exact, norm_sq
from theory.proving.symbols import G, M, N, alpha, beta, d_min, phi_1, phi_2, r

FloatArray = NDArray[np.floating[Any]]

p = sympy.Symbol("p", real=True)
"""A coordinate of a gradient."""

total, gram = sympy.symbols("total gram", nonnegative=True)
"""Σ_i ‖g_i‖² and ‖Σ_i g_i‖²."""

PHI_1 = 1 - alpha
PHI_2 = (1 - alpha) * (N - N * alpha - 1) / (N - 1)
"""φ1 and φ2 of (17)."""

_per_subset = beta**2 + G / M**2


def _printed(phi_1: sympy.Expr, phi_2: sympy.Expr) -> dict[str, sympy.Expr]:
    """Return the right-hand sides of Lemma 2 and its proof by equation number."""
    return {
        "16": 2 * r**2 * (phi_1 - phi_2) / ((1 - alpha) ** 2 * N * d_min**2) * _per_subset
        + phi_2 / ((1 - alpha) ** 2 * N**2) * G,
        # On the diagonal and off it.
        "50 same": phi_1,
        "50 other": phi_2,
        # With ‖Σ_i g_i‖² in place of ‖∇F‖².
        "51": (phi_1 - phi_2) / ((1 - alpha) ** 2 * N**2) * total
        + phi_2 / ((1 - alpha) ** 2 * N**2) * gram,
        "52": 2 * N * r**2 / d_min**2 * _per_subset,
    }


PRINTED: dict[str, sympy.Expr] = _printed(PHI_1, PHI_2)

IN_PHI: dict[str, sympy.Expr] = _printed(phi_1, phi_2)
"""`PRINTED` with φ1 and φ2 as symbols, as in the paper."""

SHARPER: dict[str, sympy.Expr] = {
    # At most half the right side of (52).
    "52": r * M / d_min * _per_subset,
    # (16) with that bound.
    "16": (PHI_1 - PHI_2) * r * M / ((1 - alpha) ** 2 * N**2 * d_min) * _per_subset
    + PHI_2 / ((1 - alpha) ** 2 * N**2) * G,
    # The factor of the mean of ‖g_i − ∇F/N‖² in E‖ḡ − ∇F/N‖².
    "tau": alpha / ((1 - alpha) * (N - 1)),
}
"""Bounds sharper than the paper's, by equation number, and τ."""

STEPS: dict[str, Step] = {
    # The first inequality of (52), after (43) with r terms.
    "52 d_min": Step(
        Le(p**2 / d_k**2, p**2 / d_min**2), (Ge(d_k, d_min),), {p: 1, d_k: 2, d_min: 2}
    ),
    # The second: u_k and ∇F/M apart.
    "52 split": lemma1.STEPS["44 split"],
    # The third: Assumption 2.
    "52 heterogeneity": Step(
        Le(h + G / M**2, beta**2 + G / M**2), (Le(h, beta**2),), {h: 4, beta: 2, G: 1, M: 3}
    ),
}


def phi1(*, N: Number, alpha: Number) -> Number:
    """Evaluate φ1 of (17), the probability that a device is honest."""
    _need_devices(N, alpha)
    return evaluate(PHI_1, {symbols.alpha: alpha})


def phi2(*, N: Number, alpha: Number) -> Number:
    """Evaluate φ2 of (17), the probability that two given devices are both honest."""
    _need_devices(N, alpha)
    return evaluate(PHI_2, {symbols.N: N, symbols.alpha: alpha})


def bound(
    *,
    N: Number,
    M: Number,
    r: Number,
    d_min: Number,
    alpha: Number,
    beta: Number,
    gradient_norm_sq: Number,
) -> Number:
    """Evaluate the right side of (16).

    Parameters
    ----------
    N, M, r, d_min
        Devices, subsets, subsets per device, smallest number of devices that hold a subset.
    alpha
        Fraction of Byzantine devices.
    beta, gradient_norm_sq
        β of Assumption 2 and ‖∇F(x)‖². All may be arrays that broadcast.

    Returns
    -------
    The bound in the unit of ‖∇F‖²; exact if all arguments are.

    Raises
    ------
    ValueError
        If a number is outside the scope of the lemma.
    """
    values = _values(N, M, r, d_min, alpha, beta, gradient_norm_sq)
    return evaluate(PRINTED["16"], values)


def bound_sharp(
    *,
    N: Number,
    M: Number,
    r: Number,
    d_min: Number,
    alpha: Number,
    beta: Number,
    gradient_norm_sq: Number,
) -> Number:
    """Evaluate (16) with rM/d_min, at most half of the 2Nr²/d_min² there; arguments as `bound`."""
    values = _values(N, M, r, d_min, alpha, beta, gradient_norm_sq)
    return evaluate(SHARPER["16"], values)


def expectation(coded: FloatArray | Rows, *, f: int) -> float | sympy.Rational:
    """Return E‖ḡ‖² over all sets of f Byzantine devices, by (51) with ‖Σ_i g_i‖² for ‖∇F‖².

    Parameters
    ----------
    coded
        g_1..g_N, shape (N, D): a floating-point array, or rational numbers row by row.
    f
        Number of Byzantine devices.

    Returns
    -------
    A float, or a sympy rational for rational numbers.
    """
    floating = isinstance(coded, np.ndarray) and np.issubdtype(coded.dtype, np.floating)
    rows: NDArray[Any] = np.asarray(coded) if floating else exact(coded)
    require("coded of shape (N, D)", rows.ndim == 2, shape=rows.shape)
    devices = len(rows)
    require("N >= 2", devices >= 2, N=devices)
    require("0 <= f < N", 0 <= f < devices, f=f, N=devices)
    squares = sum(norm_sq(row) for row in rows) if not floating else float((rows**2).sum())
    of_sum = rows.sum(axis=0)
    of_sum_sq = norm_sq(of_sum) if not floating else float((of_sum**2).sum())
    fraction = Fraction(int(f), devices)
    return expectation_of_norms(N=devices, alpha=fraction, squares=squares, sum_sq=of_sum_sq)


def expectation_of_norms(*, N: Number, alpha: Number, squares: Number, sum_sq: Number) -> Number:
    """Return `expectation` from Σ_i ‖g_i‖² and ‖Σ_i g_i‖² alone.

    Parameters
    ----------
    N, alpha
        Number of devices, and the fraction of Byzantine devices.
    squares, sum_sq
        Σ_i ‖g_i‖² and ‖Σ_i g_i‖². The latter is ‖∇F‖² if every subset is on some device. All may be
        arrays that broadcast.
    """
    _need_devices(N, alpha)
    require("squares >= 0", squares >= 0, squares=squares)
    require("sum_sq >= 0", sum_sq >= 0, sum_sq=sum_sq)
    values = {symbols.N: N, symbols.alpha: alpha, total: squares, gram: sum_sq}
    return evaluate(PRINTED["51"], values)


def _need_devices(devices: Number, fraction: Number) -> None:
    require("N >= 2", devices >= 2, N=devices)
    require("0 <= alpha < 1", (fraction >= 0) & (fraction < 1), alpha=fraction)


def _values(
    N: Number,
    M: Number,
    r: Number,
    d_min: Number,
    alpha: Number,
    beta: Number,
    gradient_norm_sq: Number,
) -> dict[sympy.Symbol, Number]:
    """Check the arguments of (16) and return them by symbol."""
    _need_devices(N, alpha)
    require("1 <= r <= M", (r >= 1) & (r <= M), r=r, M=M)
    require("1 <= d_min <= N", (d_min >= 1) & (d_min <= N), d_min=d_min, N=N)
    require("beta >= 0", beta >= 0, beta=beta)
    require("gradient_norm_sq >= 0", gradient_norm_sq >= 0, gradient_norm_sq=gradient_norm_sq)
    return {
        symbols.N: N,
        symbols.M: M,
        symbols.r: r,
        symbols.d_min: d_min,
        symbols.alpha: alpha,
        symbols.beta: beta,
        symbols.G: gradient_norm_sq,
    }

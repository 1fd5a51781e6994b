"""Lemma 1 and its proof in Appendix A bound the distance between two coded gradients.

Let u_k = ∇f_k − ∇F/M, so that ‖u_k‖ ≤ β and Σ_k u_k = 0. A squared norm is a sum over coordinates,
so an inequality proved for real numbers holds for vectors of any dimension.
"""

import sympy
from sympy import Eq, Ge, Le

from theory.proving import symbols
from theory.proving.evaluation import Number, evaluate, require
from theory.proving.proofs import Induction, Step
from theory.proving.symbols import G, M, N, beta, d, d_min, nu, r

a, b, s, u, w = sympy.symbols("a b s u w", real=True)
"""Coordinates: a and b of two vectors, s of a sum, u of u_k/d_k, w of ∇F/(M d_k)."""

n, q = sympy.symbols("n q", nonnegative=True)
"""Number of vectors, and the sum of their squared coordinates."""

apart, shared, own = sympy.symbols("apart shared own", nonnegative=True)
"""A squared distance of two vectors, |S_i∩S_j| and |S_i∖S_j|."""

h, m, A, B, c = sympy.symbols("h m A B c", nonnegative=True)
"""‖u_k‖², ‖∇F‖/M, the sums of 1/d_k over S_i∖S_j and over S_j∖S_i, and ν/d_min."""

d_k = sympy.Symbol("d_k", integer=True, positive=True)

farthest = sympy.Symbol(r"\max_{i,j} \|g_i - g_j\|^2")
"""The left side of (12), as printed."""

unshared = r - r**2 / M
"""|S_i∖S_j| if every two devices share exactly r²/M subsets."""

_per_subset = beta**2 + G / M**2

PRINTED: dict[str, sympy.Expr] = {
    "12": 8 / d_min**2 * unshared**2 * _per_subset,
    "44": 8 / d_min**2 * unshared**2 * _per_subset,
    "13": 8 * (M - r) ** 2 / N**2 * _per_subset,
    "14": 4 * beta**2,
}
"""The right-hand sides of the paper by equation number; of (44) the last line."""

SHARPER: dict[str, sympy.Expr] = {
    # (12) with ν in place of r − r²/M.
    "any": 8 * nu**2 / d_min**2 * _per_subset,
    # Half of "any".
    "sharp": 4 * nu**2 / d_min**2 * _per_subset,
    # d_1 = … = d_M = d.
    "regular": 4 * nu**2 * beta**2 / d**2,
    # No redundancy: each device holds M/N subsets.
    "uncoded": 4 * (M / N) ** 2 * beta**2,
}
"""Bounds beyond the paper: for any allocation, for regular ones, and without redundancy."""

STEPS: dict[str, Step] = {
    # The first inequality of (44): two sums.
    "44 pair": Step(Le((a - b) ** 2, 2 * (a**2 + b**2)), (), {a: 1, b: -1}),
    # The third: u_k and ∇F/M apart. The second is (43) with n = |S_i∖S_j|.
    "44 split": Step(Le((u + w) ** 2, 2 * (u**2 + w**2)), (), {u: 1, w: 1}),
    # The fourth: Assumption 2.
    "44 heterogeneity": Step(
        Le(h / d_k**2 + G / (d_k * M) ** 2, (beta**2 + G / M**2) / d_k**2),
        (Le(h, beta**2),),
        {h: 4, beta: 2, G: 1, M: 3, d_k: 2},
    ),
    # The last: d_k ≥ d_min.
    "44 d_min": Step(
        Le(_per_subset / d_k**2, _per_subset / d_min**2),
        (Ge(d_k, d_min),),
        {beta: 1, G: 1, M: 2, d_k: 3, d_min: 3},
    ),
    # ‖g_i − g_j‖ ≤ β(A + B) + m|A − B|, and A ≥ B without loss of generality.
    "sharp": Step(
        Le((beta * (A + B) + m * (A - B)) ** 2, 4 * c**2 * (beta**2 + m**2)),
        (Le(B, A), Le(A, c)),
        {A: 2, B: 2, c: 2, beta: 3, m: 0},
    ),
    # If A = B, the gradient of F cancels.
    "regular": Step(
        Le((beta * (A + B) + m * (A - B)) ** 2, 4 * c**2 * beta**2),
        (Eq(A, B), Le(A, c)),
        {A: 2, B: 2, c: 2, beta: 3, m: 1},
    ),
    # The first step of (44) for u_i and u_j, whose norms are at most β.
    "14": Step(
        Le(apart, PRINTED["14"]),
        (Le(apart, 2 * (h + q)), Le(h, beta**2), Le(q, beta**2)),
        {apart: 36, h: 9, q: 9, beta: 3},
    ),
    "U13": Step(Eq(own, unshared), (Eq(shared + own, r), Eq(shared, r**2 / M))),
}

CAUCHY = Induction(
    claim=Le(s**2, n * q),
    start={n: 1, s: a, q: a**2},
    grows={n: n + 1, s: s + a, q: q + a**2},
    equality={n: 3, s: 3, q: 3, a: 1},
)
"""(43): the square of a sum of n numbers is at most n times the sum of their squares."""


def bound(*, M: Number, r: Number, d_min: Number, beta: Number, gradient_norm_sq: Number) -> Number:
    """Evaluate the right side of (12), for allocations with overlaps of exactly r²/M.

    Parameters
    ----------
    M, r, d_min
        Subsets in all, subsets per device, smallest number of devices that hold a subset.
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
    require("1 <= r <= M", (r >= 1) & (r <= M), r=r, M=M)
    return evaluate(PRINTED["12"], _values(M, d_min, beta, gradient_norm_sq) | {symbols.r: r})


def approximation(
    *, N: Number, M: Number, r: Number, beta: Number, gradient_norm_sq: Number
) -> Number:
    """Evaluate the right side of (13), which is (12) at d_min = Nr/M; arguments as `bound`."""
    require("1 <= r <= M", (r >= 1) & (r <= M), r=r, M=M)
    require("N >= 1", N >= 1, N=N)
    values = _values(M, 1, beta, gradient_norm_sq) | {symbols.N: N, symbols.r: r}
    return evaluate(PRINTED["13"], values)


def bound_any(
    *, nu: Number, M: Number, d_min: Number, beta: Number, gradient_norm_sq: Number
) -> Number:
    """Evaluate (8 ν²/d_min²)(β² + ‖∇F‖²/M²): (12) for any allocation, ν = max |S_i∖S_j|."""
    require("0 <= nu <= M", (nu >= 0) & (nu <= M), nu=nu, M=M)
    return evaluate(SHARPER["any"], _values(M, d_min, beta, gradient_norm_sq) | {symbols.nu: nu})


def bound_sharp(
    *, nu: Number, M: Number, d_min: Number, beta: Number, gradient_norm_sq: Number
) -> Number:
    """Evaluate half of `bound_any`: this bound holds as well and is attained."""
    require("0 <= nu <= M", (nu >= 0) & (nu <= M), nu=nu, M=M)
    return evaluate(SHARPER["sharp"], _values(M, d_min, beta, gradient_norm_sq) | {symbols.nu: nu})


def bound_regular(*, nu: Number, d: Number, beta: Number) -> Number:
    """Evaluate 4ν²β²/d²: the bound if d devices hold each subset, and all devices equally many."""
    require("nu >= 0", nu >= 0, nu=nu)
    require("d >= 1", d >= 1, d=d)
    require("beta >= 0", beta >= 0, beta=beta)
    values = {symbols.nu: nu, symbols.d: d, symbols.beta: beta}
    return evaluate(SHARPER["regular"], values)


def _values(
    M: Number, d_min: Number, beta: Number, gradient_norm_sq: Number
) -> dict[sympy.Symbol, Number]:
    """Check the arguments of every bound and return them by symbol."""
    require("M >= 1", M >= 1, M=M)
    require("d_min >= 1, every subset on some device", d_min >= 1, d_min=d_min)
    require("beta >= 0", beta >= 0, beta=beta)
    require("gradient_norm_sq >= 0", gradient_norm_sq >= 0, gradient_norm_sq=gradient_norm_sq)
    return {symbols.M: M, symbols.d_min: d_min, symbols.beta: beta, symbols.G: gradient_norm_sq}

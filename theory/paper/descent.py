"""The descent of the loss in one iteration of Algorithm 1, (23) to (27), and steps of its proof.

Squared norms and inner products are sums over coordinates, so an inequality proved for real numbers
holds for vectors of any dimension. Expectations keep inequalities.
"""

import sympy

from theory.paper import lemma1, lemma2
from theory.paper.lemma1 import d_k, unshared
from theory.paper.lemma2 import PHI_1, PHI_2
from theory.proving.proofs import Induction, Step
from theory.proving.symbols import (
    C_alpha,
    E_honest,
    E_spread,
    G,
    L,
    M,
    N,
    alpha,
    beta,
    d_min,
    eta,
    gamma,
    phi_1,
    phi_2,
    r,
)

slope, error, honest = sympy.symbols("slope error honest", real=True)
"""A coordinate of ∇F, of ĝ − ḡ and of ḡ."""

across, along, update, change = sympy.symbols("across along update change", real=True)
"""E⟨∇F, ĝ − ḡ⟩, E⟨∇F, ḡ⟩, E‖ĝ‖² and E[F(x^{t+1})] − F(x^t)."""

distances, one, most = sympy.symbols("distances one most", nonnegative=True)
"""Distances between honest messages: a sum of them, one of them, and the largest."""

terms = sympy.Symbol("terms", integer=True, nonnegative=True)
"""Number of terms of a sum."""

n = sympy.Symbol("n", integer=True, positive=True)
"""Number of honest devices."""

farthest = sympy.Symbol("farthest", nonnegative=True)
"""The left side of (12)."""

spread, inverse = sympy.symbols("spread inverse", positive=True)
"""ς of Definition 1 in expectation, and 1/n."""

most_spread, most_honest = sympy.symbols("most_spread most_honest", nonnegative=True)
"""Bounds on E[‖ĝ − ḡ‖²] and on E[‖ḡ‖²]."""

holders, share = sympy.symbols("holders share", nonnegative=True)
"""Some of the devices that hold subset k, and the part of ∇f_k in the sum of their messages."""


def _both_lemmas(phi_1: sympy.Expr, phi_2: sympy.Expr) -> dict[str, sympy.Expr]:
    """Return both sides of (27)."""
    return {
        "27 left": gamma
        * (1 / N - (eta + 8 * C_alpha**2 / (eta * M**2 * d_min**2) * unshared**2) / 2)
        * G
        - L
        * gamma**2
        * G
        * (
            2 * r**2 * (phi_1 - phi_2) / ((1 - alpha) ** 2 * N * d_min**2 * M**2)
            + phi_2 / ((1 - alpha) ** 2 * N**2)
            + C_alpha**2 * 8 / (d_min**2 * M**2) * unshared**2
        ),
        # Without F(x^t) − E[F(x^{t+1})].
        "27 right": gamma / eta * 4 * beta**2 * C_alpha**2 / d_min**2 * unshared**2
        + L
        * gamma**2
        * (
            2 * r**2 * beta**2 * (phi_1 - phi_2) / ((1 - alpha) ** 2 * N * d_min**2)
            + 8 * C_alpha**2 * beta**2 / d_min**2 * unshared**2
        ),
    }


PRINTED: dict[str, sympy.Expr] = {
    "12": lemma1.PRINTED["12"],
    "16": lemma2.PRINTED["16"],
    # Two terms, in one coordinate.
    "43": 2 * (error**2 + honest**2),
    # The inequality in (23), in one coordinate.
    "Young": (eta * slope**2 + error**2 / eta) / 2,
    # The last line, without F(x^t).
    "23": gamma * (eta * G + E_spread / eta) / 2
    - gamma * G / N
    + L * gamma**2 * E_spread
    + L * gamma**2 * E_honest,
    # The factor of the gradient.
    "24": 1 / N,
    # The factor of the largest squared distance of a pair.
    "25": sympy.Integer(1),
    "26": 8 * C_alpha**2 / d_min**2 * unshared**2 * (beta**2 + G / M**2),
    **_both_lemmas(PHI_1, PHI_2),
    "eta": 2 * sympy.sqrt(2 * C_alpha**2) * unshared / (d_min * M),
}
"""The right-hand sides of the paper by equation number; the chosen η follows (27)."""

IN_PHI: dict[str, sympy.Expr] = _both_lemmas(phi_1, phi_2)
"""Both sides of (27) with φ1 and φ2 as symbols, as in the paper."""


STEPS: dict[str, Step | Induction] = {
    # Each of the d_k devices that hold subset k sends 1/d_k of its gradient.
    "24 cover": Induction(
        sympy.Eq(share, holders / d_k),
        {share: 0, holders: 0},
        {share: share + 1 / d_k, holders: holders + 1},
    ),
    # z_i − z̄ is the sum of the differences z_i − z_j over n, of which one is zero.
    "25 distances": Induction(
        sympy.Le(distances, terms * most),
        {distances: 0, terms: 0},
        {distances: distances + one, terms: terms + 1},
        (sympy.Le(one, most),),
        {distances: 4, terms: 2, one: 2, most: 2},
    ),
    "25 mean": Step(
        sympy.Le((distances / n) ** 2, (1 - 1 / n) ** 2 * most**2),
        (sympy.Le(distances, (n - 1) * most),),
        {distances: 3, n: 2, most: 3},
    ),
}
"""Implications in the proofs that have no printed formula in them."""


def descent() -> sympy.Expr:
    """Return the bound on E[F(x^{t+1})] − F(x^t) from (23), (26) and (16) at the chosen η."""
    bounds = {E_spread: PRINTED["26"], E_honest: PRINTED["16"]}
    return PRINTED["23"].subs(bounds).subs(eta, PRINTED["eta"])

"""Theorems 1′, 2′ and 3′ hold without a condition on C_α, also if the paper's theorems do not.

Let a = ∇F/N, y = ‖a‖, h = γL/N and ĝ the update; E is over identities and attack given x^t. If

    ‖E ĝ − a‖ ≤ p_0 + p_1 y   and   E‖ĝ − a‖² ≤ (q_0 + q_1 y)²,

one update changes the loss by at most γN(−A y² + C y + E). `theory.beyond.update_error` derives p
and q from an allocation and a rule.
"""

from typing import NamedTuple

import numpy as np
import sympy
from sympy import Ge, Gt, Le, Lt

from theory.proving import symbols
from theory.proving.evaluation import Number, evaluate, floats, require
from theory.proving.proofs import Step
from theory.proving.symbols import F_0, F_star, L, N, T, gamma, gamma_0

p_0, p_1, q_0, q_1, h = sympy.symbols("p_0 p_1 q_0 q_1 h", nonnegative=True)
mu = sympy.Symbol("mu", positive=True)
"""Constant of the condition of Polyak and Łojasiewicz: ‖∇F‖² ≥ 2 μ (F − F*)."""

turn = sympy.Symbol("turn", nonnegative=True)
"""|1 − h|."""

A, C, E = sympy.symbols("A C E", nonnegative=True)
y = sympy.Symbol("y", nonnegative=True)
gap, gap_next = sympy.symbols("gap gap_next", nonnegative=True)
"""F(x) − F* before and after an update."""

rates, squares, bias, noise = sympy.symbols("rates squares bias noise", nonnegative=True)
"""Sums over t = 0..T of γ^t, γ^t h^t, γ^t (1 − h^t) p_0² and γ^t h^t q_0²."""

FACTORS: dict[sympy.Symbol, sympy.Expr] = {
    A: 1 - h / 2 - turn * p_1 - h / 2 * q_1**2,
    C: turn * p_0 + h * q_0 * q_1,
    E: h / 2 * q_0**2,
}
"""Factors of −y², y and 1 in the change of the loss by one update, over γN."""

STATED: dict[str, sympy.Expr] = {
    # √Y for the largest Y with A Y − C √Y ≤ E.
    "root": (C + sympy.sqrt(C**2 + 4 * A * E)) / (2 * A),
    # The term that the initial loss adds to E.
    "1' start": (F_0 - F_star) / (gamma * N * (T + 1)),
    # For any rates with h ≤ 1.
    "2'": N**2
    * (2 / N * (F_0 - F_star) + bias / (1 - p_1) + (1 + q_1) * noise)
    / ((1 - p_1) * rates - (q_1 + q_1**2 - p_1) * squares),
    # For γ^t = γ^0/√(t+1) and p_1 = q_1 = 0.
    "2' decaying": N**2 * p_0**2
    + (
        2 * N * (F_0 - F_star) / gamma_0
        + gamma_0 * L * N * (1 + sympy.log(T + 1)) * (q_0**2 - p_0**2)
    )
    / sympy.sqrt(T + 1),
    # The gap after an update is at most this factor times the gap before, plus the next entry.
    "3' factor": 1 - gamma * A * mu / N,
    "3' added": gamma * N * (C**2 / (2 * A) + E),
    # The limit at a fixed rate.
    "3' limit": N**2 * (C**2 / (2 * A) + E) / (A * mu),
}

B, q, inner, bias_sq, variance = sympy.symbols("B q inner bias_sq variance", real=True)
"""p_0 + p_1 y, q_0 + q_1 y, ⟨a, E ĝ − a⟩, ‖E ĝ − a‖² and the variance of ĝ."""

_CHANGE = -(y**2 + inner) + h / 2 * (y**2 + 2 * inner + bias_sq + variance)
"""Right side of (9) for one update, in expectation, over γN."""

STEPS: dict[str, Step] = {
    # ‖E ĝ‖² = y² + 2⟨a, b⟩ + ‖b‖²: the last term plus the variance is E‖ĝ − a‖².
    "update": Step(
        Le(_CHANGE, -(1 - h / 2) * y**2 + turn * y * B + h / 2 * q**2),
        (
            Le(inner**2, y**2 * bias_sq),
            Le(bias_sq, B**2),
            Ge(B, 0),
            Le(bias_sq + variance, q**2),
            Ge(turn, 1 - h),
            Ge(turn, h - 1),
        ),
        {h: sympy.Rational(1, 2), turn: sympy.Rational(1, 2), y: 2, B: 1, q: 2}
        | {inner: -2, bias_sq: 1, variance: 3},
    ),
    # Theorem 1′: the larger root of the quadratic.
    "root": Step(
        Le(y, STATED["root"]),
        (Le(A * y**2 - C * y, E), Gt(A, 0)),
        {A: 1, C: 2, E: 3, y: 3},
    ),
    # Theorem 2′: Young's inequality for both terms that are linear in y.
    "bias": Step(
        Le(y * (p_0 + p_1 * y), (1 + p_1) / 2 * y**2 + p_0**2 / (2 * (1 - p_1))),
        (Lt(p_1, 1),),
        {y: 2, p_0: 1, p_1: sympy.Rational(1, 2)},
    ),
    "noise": Step(
        Le((q_0 + q_1 * y) ** 2, (1 + q_1) * q_0**2 + (q_1 + q_1**2) * y**2),
        (),
        {q_0: 2, q_1: 3, y: 2},
    ),
    # Theorem 3′: half of the term in y² absorbs the linear term, up to C²/(2A).
    "contraction": Step(
        Le(gap_next, STATED["3' factor"] * gap + STATED["3' added"]),
        (
            Le(gap_next, gap + gamma * N * (-A * y**2 + C * y + E)),
            Ge(y**2, 2 * mu * gap / N**2),
            Gt(A, 0),
        ),
        {A: 1, C: 2, E: 1, y: 2, mu: 1, N: 2, gap: 8, gamma: sympy.Rational(1, 2), gap_next: 9},
    ),
}


class Errors(NamedTuple):
    """Error of an update against ∇F/N: p_0 and q_0 in the unit of a gradient, p_1 and q_1 without.

    If p_0 and q_0 are multiples of one quantity that varies between iterates, the root of the mean
    of its expected square may replace it.
    """

    p_0: Number
    q_0: Number
    p_1: Number = 0
    q_1: Number = 0


_ERRORS = (p_0, q_0, p_1, q_1)


def factors(errors: Errors, *, rate: Number) -> tuple[Number, Number, Number]:
    """Evaluate A, C and E at h = `rate` = γL/N; Theorems 1′ and 3′ need A > 0.

    Raises
    ------
    ValueError
        If a number is negative or not finite.
    """
    given = errors._asdict() | {"rate": rate}
    for (name, value), array in zip(given.items(), floats(**given), strict=True):
        require(f"{name} >= 0", array >= 0, **{name: value})
    values = dict(zip((*_ERRORS, h), given.values(), strict=True))
    a, c, e = (
        evaluate(FACTORS[symbol].subs(turn, sympy.Abs(1 - h)), values) for symbol in (A, C, E)
    )
    return a, c, e


def theorem1(
    errors: Errors, *, N: Number, L: Number, gamma: Number, F_0: Number, F_star: Number, T: Number
) -> Number:
    """Evaluate Theorem 1′, a bound on the mean of E[‖∇F(x^t)‖²] over t = 0..T at a fixed rate.

    Parameters
    ----------
    errors
        Errors of every update.
    N, L, gamma
        Devices, smoothness of the loss, learning rate below 2N/L.
    F_0, F_star
        Training loss at the start, and a lower bound of it.
    T
        Index of the last iteration.

    Returns
    -------
    The bound, in the unit of a squared gradient.

    Raises
    ------
    ValueError
        If a number is out of range, or A is not positive.
    """
    rate = gamma * L / N
    a, c, e = factors(errors, rate=rate)
    holds = np.asarray(a, dtype=np.float64) > 0
    require("A = 1 - h/2 - |1-h| p_1 - h q_1^2/2 > 0", holds, h=rate, **errors._asdict())
    given = dict(zip(_START, (F_0, F_star, gamma, N, T), strict=True))
    total = e + evaluate(STATED["1' start"], given)
    return N**2 * evaluate(STATED["root"] ** 2, {A: a, C: c, E: total})


_START = (symbols.F_0, symbols.F_star, symbols.gamma, symbols.N, symbols.T)


class Sums(NamedTuple):
    """Sums over t = 0..T of γ^t, γ^t h^t, γ^t (1 − h^t) E p_0² and γ^t h^t E q_0²."""

    rates: Number
    squares: Number
    bias: Number
    noise: Number


def theorem2(
    sums: Sums,
    *,
    N: Number,
    F_0: Number,
    F_star: Number,
    rate: Number,
    p_1: Number = 0,
    q_1: Number = 0,
) -> Number:
    """Evaluate Theorem 2′, a bound on the minimum of E[‖∇F(x^t)‖²], t = 0..T, for rates γ^t ≤ N/L.

    Parameters
    ----------
    sums, N, F_0, F_star, p_1, q_1
        As in `theorem1`.
    rate
        The largest h.

    Raises
    ------
    ValueError
        If a rate is above N/L, or too large for p_1 and q_1.
    """
    largest, bias_slope, noise_slope = floats(rate=rate, p_1=p_1, q_1=q_1)
    require("h <= 1", largest <= 1, h=rate)
    positive = 1 - bias_slope > largest * (noise_slope + noise_slope**2 - bias_slope)
    require("1 - p_1 > h (q_1 + q_1^2 - p_1)", positive, h=rate, p_1=p_1, q_1=q_1)
    given = (N, F_0, F_star, *sums, p_1, q_1)
    return evaluate(STATED["2'"], dict(zip(_SUMS, given, strict=True)))


def theorem2_decaying(
    errors: Errors,
    *,
    N: Number,
    L: Number,
    gamma_0: Number,
    F_0: Number,
    F_star: Number,
    T: Number,
) -> Number:
    """Evaluate Theorem 2′ in closed form for rates γ⁰/√(t+1), where p_1 = q_1 = 0.

    Parameters
    ----------
    errors, N, L, F_0, F_star, T
        As in `theorem1`.
    gamma_0
        First learning rate, at most N/L.

    Raises
    ------
    ValueError
        If the rate is above N/L, or p_1 or q_1 is not zero.
    """
    require("gamma_0 <= N/L", gamma_0 * L <= N, gamma_0=gamma_0, N=N, L=L)
    relative = {"p_1": errors.p_1, "q_1": errors.q_1}
    require("p_1 = q_1 = 0", errors.p_1 == 0 and errors.q_1 == 0, **relative)
    given = (N, L, gamma_0, F_0, F_star, T, errors.p_0, errors.q_0)
    return evaluate(STATED["2' decaying"], dict(zip(_DECAYING, given, strict=True)))


_DECAYING = (N, L, gamma_0, F_0, F_star, T, p_0, q_0)
_SUMS = (N, F_0, F_star, rates, squares, bias, noise, p_1, q_1)


def theorem3(
    *, N: Number, gamma: Number, mu: Number, A: Number, C: Number, E: Number, gap: Number
) -> Number:
    """Evaluate one update of Theorem 3′: a bound on E[F(x^{t+1}) − F*] from a bound at x^t.

    Parameters
    ----------
    N, gamma, mu
        Devices, learning rate, constant of Polyak and Łojasiewicz.
    A, C, E
        Values of `factors`, with the root mean square for C.
    gap
        A bound on E[F(x^t) − F*].
    """
    values = dict(zip(_UPDATE, (N, gamma, mu, A, C, E, gap), strict=True))
    return evaluate(_AFTER, values)


def theorem3_limit(*, N: Number, mu: Number, A: Number, C: Number, E: Number) -> Number:
    """Evaluate the limit of the bound of Theorem 3′ as t grows; arguments as `theorem3`."""
    return evaluate(STATED["3' limit"], dict(zip(_LIMIT, (N, mu, A, C, E), strict=True)))


_LIMIT = (N, mu, A, C, E)
_UPDATE = (N, gamma, mu, A, C, E, gap)
_AFTER = STATED["3' factor"] * gap + STATED["3' added"]

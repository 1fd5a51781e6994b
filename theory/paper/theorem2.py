"""Evaluate Theorem 2 and the limit in Remark 3 for decaying learning rates, (33) to (40)."""

import sympy

from theory.paper.lemma2 import PHI_1, PHI_2
from theory.paper.rho import in_numbers, majority, threshold
from theory.paper.setting import Setting
from theory.paper.theorem1 import weighted
from theory.proving.evaluation import Hypothesis, Number, hypothesis, over, refuse
from theory.proving.proofs import Induction, Step
from theory.proving.symbols import (
    F_0,
    C_alpha,
    F_star,
    L,
    M,
    N,
    T,
    alpha,
    beta,
    gamma,
    gamma_0,
    phi_1,
    phi_2,
    r,
    rho_1,
    rho_2,
    rho_3,
    rho_4,
    t,
)

first = gamma_0 * rho_1 - gamma_0**2 * rho_2
"""The factor of ‖∇F(x^0)‖² in iteration 0."""


def _limit(phi_1: sympy.Expr, phi_2: sympy.Expr) -> sympy.Expr:
    """Return the right side of (40)."""
    return (
        beta**2
        * M**2
        * sympy.sqrt(2 * C_alpha**2)
        * (1 - r / M)
        / (
            1
            - 2 * sympy.sqrt(2 * C_alpha**2) * (1 - r / M)
            - gamma_0
            * (
                2 * L * (phi_1 - phi_2) / ((1 - alpha) ** 2 * N**2)
                + phi_2 * L / ((1 - alpha) ** 2 * N)
                + 8 * L * C_alpha**2 / N * (1 - r / M) ** 2
            )
        )
    )


PRINTED: dict[str, sympy.Expr] = {
    "33": (rho_1 - sympy.sqrt(rho_1**2 - 4 * rho_2 * first / sympy.sqrt(t + 1))) / (2 * rho_2),
    "34": (F_0 - F_star) / (first * sympy.sqrt(T + 1))
    + rho_3 / (rho_1 - gamma_0 * rho_2)
    + gamma_0**2 * rho_4 * (2 + sympy.log(T + 1)) / (first * sympy.sqrt(T + 1)),
    "35": first / sympy.sqrt(t + 1),
    # The first term of the last right side.
    "36": (F_0 - F_star) / (first * sympy.sqrt(T + 1)),
    "37": sympy.sqrt(T + 1),
    "38": gamma * (rho_1 - gamma_0 * rho_2),
    # After (38): the bound on the rate.
    "rate": gamma_0 / sympy.sqrt(t + 1),
    "39": rho_3 / (rho_1 - gamma_0 * rho_2)
    + gamma_0**2 * rho_4 * (2 + sympy.log(T + 1)) / (first * sympy.sqrt(T + 1)),
    # After (39): the bound on the sum of 1/(t+1).
    "harmonic": 2 + sympy.log(T + 1),
    "40": _limit(PHI_1, PHI_2),
}
"""The right-hand sides of the paper by equation number."""

LIMIT_IN_PHI = _limit(phi_1, phi_2)
"""(40) with φ1 and φ2 as symbols, as the paper prints it."""

RADICAND = (rho_1 - 2 * gamma_0 * rho_2) ** 2 + 4 * rho_2 * first * (1 - 1 / sympy.sqrt(t + 1))
"""The radicand of (33) as a sum of nonnegative terms.

Rounding may make the printed difference negative if γ⁰ is near ρ1/(2ρ2).
"""

STABLE = 2 * PRINTED["35"] / (rho_1 + sympy.sqrt(RADICAND))
"""(33) in a stable form: the printed numerator cancels as t grows."""

ALLOWED = sympy.Lt(2 * gamma_0 * rho_2, rho_1)
"""The condition of Theorem 2 on γ⁰."""

scaled, base, start = sympy.symbols("scaled base start", positive=True)
"""The right side of (35) in two iterations, and in the first."""

later = sympy.Symbol("later", integer=True, nonnegative=True)
"""An iteration after t."""

terms = sympy.Symbol("terms", integer=True, nonnegative=True)
"""Number of terms of a sum."""

total, harmonic, weight = sympy.symbols("total harmonic weight", nonnegative=True)
"""The sums of 1/√(t+1), of 1/(t+1), and of the right sides of (35), up to T."""

least, term = sympy.symbols("least term", nonnegative=True)
"""The least E[‖∇F(x^t)‖²], and one of them."""

x = sympy.Symbol("x", positive=True)
log_x, log_T, gain = sympy.symbols("log_x log_T gain", nonnegative=True)
"""A number of at least one, its logarithm, and those of T + 1 and of (T + 2)/(T + 1)."""

FACTOR = gamma * (rho_1 - gamma * rho_2)
"""The left side of (35)."""

_RADICAND = rho_1**2 - 4 * rho_2 * scaled
RATE = (rho_1 - sympy.sqrt(_RADICAND)) / (2 * rho_2)
"""(33) with `scaled` for the right side of (35)."""

REAL = sympy.Le(4 * rho_2 * scaled, rho_1**2)

STEPS: dict[str, Step | Induction] = {
    # The right sides of (35) fall, and are at most the first.
    "35 positive": Step(sympy.Gt(first, 0), (ALLOWED,), {gamma_0: 0, rho_1: 1, rho_2: 1}),
    "35 falls": Step(
        sympy.Lt(start / sympy.sqrt(later + 1), start / sympy.sqrt(t + 1)),
        (sympy.Lt(t, later),),
        {start: 1, t: 3, later: 3},
    ),
    "35 first": Step(sympy.Le(start / sympy.sqrt(t + 1), start), (), {start: 2, t: 0}),
    # (33) is real, the smaller root, and falls with the right side of (35).
    "33 real": Step(REAL, (sympy.Le(scaled, first),), {rho_1: 2, rho_2: 1, gamma_0: 1, scaled: 1}),
    "33 smaller": Step(sympy.Le(2 * rho_2 * RATE, rho_1), (REAL,), {rho_1: 2, rho_2: 1, scaled: 1}),
    "33 falls": Step(
        sympy.Lt(RATE, RATE.subs(scaled, base)),
        (sympy.Lt(scaled, base), REAL.subs(scaled, base)),
        {rho_1: 4, rho_2: 1, scaled: 3, base: 3},
    ),
    "33 at most the first": Step(
        sympy.Le(RATE, gamma_0),
        (sympy.Le(scaled, first),),
        {rho_1: 4, rho_2: 1, gamma_0: 1, scaled: 3},
    ),
    # The least term is at most the weighted mean.
    "36 weights": Induction(
        sympy.Eq(weight, start * total),
        {weight: 0, total: 0},
        {weight: weight + start / sympy.sqrt(t + 1), total: total + 1 / sympy.sqrt(t + 1)},
    ),
    "36 mean": Induction(
        sympy.Ge(weighted, weight * least),
        {weighted: 0, weight: 0},
        {weighted: weighted + scaled * term, weight: weight + scaled},
        (sympy.Ge(term, least),),
        {weighted: 6, weight: 2, least: 3, term: 3, scaled: 1},
    ),
    # Below 2√(T + 1) − 1, for the report on (37).
    "37 above": Induction(
        sympy.Le(total, 2 * sympy.sqrt(terms) - 1),
        {total: 1, terms: 1},
        {total: total + 1 / sympy.sqrt(terms + 1), terms: terms + 1},
        loose={terms: 9999, total: 2 * sympy.sqrt(9999) - 1},
    ),
    # log x ≥ 1 − 1/x, by its derivative, at x = (T + 2)/(T + 1).
    "U27 slope": Step(sympy.Ge(1 / x - 1 / x**2, 0), (sympy.Ge(x, 1),), {x: 1}),
    "U27 sharp": Induction(
        sympy.Le(harmonic, 1 + log_T),
        {harmonic: 1, log_T: 0, terms: 1},
        {harmonic: harmonic + 1 / (terms + 1), log_T: log_T + gain, terms: terms + 1},
        (sympy.Ge(gain, 1 - terms / (terms + 1)),),
        {harmonic: 1, log_T: 0, terms: 1, gain: sympy.Rational(1, 2)},
    ),
}
"""Implications in the proofs that have no printed formula in them."""


def hypotheses(setting: Setting) -> tuple[Hypothesis, ...]:
    """Judge the hypotheses of Theorem 2: whether each holds, and by which factor.

    Parameters
    ----------
    setting
        With alpha, c_alpha_squared, L and gamma_0.

    Raises
    ------
    ValueError
        If one of these is not given.
    """
    values = setting.numbers("alpha", "c_alpha_squared", "L", "gamma_0")
    step = over(in_numbers(2 * gamma_0 * rho_2, values), in_numbers(rho_1, values))
    return majority(values), threshold(values), hypothesis("gamma_0 < rho_1 / (2 rho_2)", step)


def largest_rate(setting: Setting) -> Number:
    """Evaluate ρ1/(2ρ2): γ⁰ must be below it; if it is negative, no rate is allowed."""
    return in_numbers(rho_1 / (2 * rho_2), setting.numbers("alpha", "c_alpha_squared", "L"))


def learning_rates(setting: Setting) -> Number:
    """Evaluate the rates (33) at iterations t; they start at γ⁰ and decrease.

    Parameters
    ----------
    setting
        As in `hypotheses`, with t too: an iteration or an array of them, ``np.arange(T + 1)`` for a
        whole run.

    Returns
    -------
    The rates γ^t, of the kind that `evaluate` returns.

    Raises
    ------
    ValueError
        If one of these is not given, or a hypothesis fails.
    """
    refuse(hypotheses(setting))
    return in_numbers(STABLE, setting.numbers("t"))


def bound(setting: Setting) -> Number:
    """Evaluate the right side of (34), a bound on the minimum of E[‖∇F(x^t)‖²] over t = 0..T.

    Parameters
    ----------
    setting
        As in `hypotheses`, with beta, F_0, F_star and T too.

    Returns
    -------
    The bound, in the unit of a squared gradient; of the kind that `evaluate` returns.

    Raises
    ------
    ValueError
        If one of these is not given, or a hypothesis fails.
    """
    refuse(hypotheses(setting))
    return in_numbers(PRINTED["34"], setting.numbers("beta", "F_0", "F_star", "T"))


def asymptotic_error(setting: Setting) -> Number:
    """Evaluate ρ3/(ρ1 − γ⁰ρ2), the limit of the right side of (34) as T grows.

    Raises
    ------
    ValueError
        If beta or an argument of `hypotheses` is not given, or a hypothesis fails.
    """
    refuse(hypotheses(setting))
    return in_numbers(rho_3 / (rho_1 - gamma_0 * rho_2), setting.numbers("beta"))

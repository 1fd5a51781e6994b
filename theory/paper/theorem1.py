"""Evaluate Theorem 1 and Remark 2 for a fixed learning rate, (18) and (28) to (32).

`theory.paper.rho` defines its constants; `theory.paper.descent` proves the bound of one iteration.
"""

import sympy

from theory.paper.rho import in_numbers, majority, threshold
from theory.paper.setting import Setting
from theory.proving.evaluation import Hypothesis, Number, hypothesis, over, refuse
from theory.proving.proofs import Induction, Step
from theory.proving.symbols import (
    F_0,
    C_alpha,
    F_star,
    G,
    L,
    M,
    T,
    beta,
    gamma,
    lambda_,
    r,
    rho_1,
    rho_2,
    rho_3,
    rho_4,
)

root = sympy.sqrt(T + 1)

weighted, used = sympy.symbols("weighted used", real=True)
"""The sums over all iterations on both sides of (30)."""

PRINTED: dict[str, sympy.Expr] = {
    "18": (F_0 - F_star) / (lambda_ * root * rho_1 - lambda_**2 * rho_2)
    + (root * rho_3 + lambda_ * rho_4) / (root * rho_1 - lambda_ * rho_2),
    "28 left": gamma * rho_1 * G - gamma**2 * rho_2 * G,
    # Without F(x^t) − E[F(x^{t+1})].
    "28 right": gamma * rho_3 + gamma**2 * rho_4,
    # For any rates.
    "30": (F_0 - F_star + used) / (T + 1),
    # For a fixed rate.
    "30 fixed": (F_0 - F_star) / (T + 1) + gamma * rho_3 + gamma**2 * rho_4,
    "31": (F_0 - F_star) / ((T + 1) * (gamma * rho_1 - gamma**2 * rho_2))
    + (rho_3 + gamma * rho_4) / (rho_1 - gamma * rho_2),
    "32": beta**2
    * M**2
    * sympy.sqrt(2 * C_alpha**2)
    * (1 - r / M)
    / (1 - 2 * sympy.sqrt(2 * C_alpha**2) * (1 - r / M)),
    # The hypothesis of Theorem 1 is that T is larger.
    "T": (lambda_ * rho_2 / rho_1) ** 2 - 1,
}
"""The right-hand sides of the paper by equation number; of (31) the middle."""

now, after, likely, value, step = sympy.symbols("now after likely value step", real=True)
"""Losses of two iterations in a row, a number's mean over one cell, a number, and a step's size."""

inner, outer, low, high = sympy.symbols("inner outer low high", real=True)
"""Expectations as sums over outcomes so far."""

left, right = sympy.symbols("left right", real=True)
"""A bounded number and its bound in one outcome."""

chance, sure = sympy.symbols("chance sure", positive=True)
"""The probability of one outcome, and of those so far."""

average = sympy.Symbol("average", nonnegative=True)
"""The mean (1/(T+1)) Σ E[‖∇F(x^t)‖²]."""

terms = sympy.Symbol("terms", integer=True, nonnegative=True)
squares = sympy.Symbol("squares", nonnegative=True)
"""Number of iterations so far, and their sum of E[‖∇F(x^t)‖²]."""

signed = sympy.Symbol("signed", real=True)
"""ρ1 of any sign."""

FACTOR = gamma * rho_1 - gamma**2 * rho_2
POSITIVE = sympy.Gt(FACTOR, 0)
"""The factor of the gradient at a fixed rate."""

_DESCENT = sympy.Le(after, now + step * G + L / 2 * step**2 * G)
"""Assumption 1, (9), at y = x^t and x = y + step ∇F(y)."""

_BOUNDED = sympy.Ge(after, F_star)
"""Assumption 3, (11), at the same x."""

_BY_LOSS = sympy.Le(G, 2 * L * (now - F_star))
"""A bound on the gradient by the loss."""

STEPS: dict[str, Step | Induction] = {
    # Tower property: the past is one of many cells, each with a chance and a conditional mean.
    "29 tower": Induction(
        sympy.Eq(outer, inner),
        {outer: 0, inner: 0},
        {outer: outer + chance * likely, inner: inner + value},
        (sympy.Eq(likely, value / chance),),
    ),
    # Expectations keep inequalities.
    "29 order": Induction(
        sympy.Le(low, high),
        {low: 0, high: 0},
        {low: low + chance * left, high: high + chance * right},
        (sympy.Le(left, right),),
        {low: 1, high: 1, chance: sympy.Rational(1, 2), left: 4, right: 4},
    ),
    "29 gradient": Step(
        _BY_LOSS,
        (_DESCENT, _BOUNDED, sympy.Eq(step, -1 / L)),
        {G: 4, L: 2, now: 3, F_star: 2, after: 2, step: -sympy.Rational(1, 2)},
    ),
    # The terms of one iteration, which are the same in each.
    "30 constant": Induction(
        sympy.Eq(used, terms * (gamma * rho_3 + gamma**2 * rho_4)),
        {used: 0, terms: 0},
        {used: used + gamma * rho_3 + gamma**2 * rho_4, terms: terms + 1},
    ),
    "30 weights": Induction(
        sympy.Eq(weighted, FACTOR * squares),
        {weighted: 0, squares: 0},
        {weighted: weighted + FACTOR * G, squares: squares + G},
    ),
}
"""Implications in the proofs that have no printed formula in them."""


def hypotheses(setting: Setting) -> tuple[Hypothesis, ...]:
    """Judge the hypotheses of Theorem 1: whether each holds, and by which factor.

    Parameters
    ----------
    setting
        With ``alpha``, ``c_alpha_squared``, ``L``, ``T`` and either ``lambda_`` or ``gamma``.

    Raises
    ------
    ValueError
        If one of these is not given.
    """
    values = setting.numbers("alpha", "c_alpha_squared", "L", "T")
    # ρ1 > 0 is a separate hypothesis: T > (λρ2/ρ1)² − 1 does not imply the sign of ρ1.
    step = over(in_numbers(_lambda(values) / root * rho_2, values), in_numbers(rho_1, values))
    return (
        majority(values),
        threshold(values),
        hypothesis("gamma < rho_1/rho_2, equivalently T > (lambda rho_2/rho_1)^2 - 1", step),
    )


def _lambda(values: dict[sympy.Symbol, Number]) -> sympy.Expr:
    """Return λ in terms of the given symbol: λ itself, or γ."""
    given = [symbol for symbol in (lambda_, gamma) if symbol in values]
    if len(given) != 1:
        got = "both" if given else "neither"
        raise ValueError(f"need one of lambda_ and gamma, got {got}")
    return lambda_ if given == [lambda_] else gamma * root


def largest_rate(setting: Setting) -> Number:
    """Evaluate ρ1/ρ2: the learning rate must be below it; if it is negative, no rate is allowed."""
    return in_numbers(rho_1 / rho_2, setting.numbers("alpha", "c_alpha_squared", "L"))


def bound(setting: Setting) -> Number:
    """Evaluate the right side of (18), a bound on the mean of E[‖∇F(x^t)‖²] over t = 0..T.

    Parameters
    ----------
    setting
        As in `hypotheses`, with beta, F_0 and F_star too.

    Returns
    -------
    The bound, in the unit of a squared gradient; of the kind that `evaluate` returns.

    Raises
    ------
    ValueError
        If one of these is not given, or a hypothesis fails.

    Examples
    --------
    >>> sizes = {"N": 10, "M": 20, "r": 20, "d_min": 10, "alpha": 0, "c_alpha_squared": 1}
    >>> bound(Setting(**sizes, L=1, beta=1, F_0=2, F_star=0, T=0, gamma=5))
    8
    """
    refuse(hypotheses(setting))
    values = setting.numbers("beta", "F_0", "F_star")
    return in_numbers(PRINTED["18"].subs(lambda_, _lambda(values)), values)


def asymptotic_error(setting: Setting) -> Number:
    """Evaluate ρ3/ρ1, the limit of the right side of (18) as T grows at fixed λ.

    Raises
    ------
    ValueError
        If c_alpha_squared or beta is not given, or ρ1 is not positive.
    """
    values = setting.numbers("c_alpha_squared", "beta")
    refuse([threshold(values)])
    return in_numbers(rho_3 / rho_1, values)

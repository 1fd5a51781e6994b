"""Rows of the ledger beyond the paper prove Theorems 1′, 2′ and 3′."""

import sympy
from sympy import Eq, Ge, Gt, Le, Lt

from theory.beyond.primed_theorems import (
    FACTORS,
    STATED,
    STEPS,
    A,
    B,
    C,
    E,
    Errors,
    Sums,
    bias,
    gap,
    gap_next,
    h,
    mu,
    noise,
    p_0,
    p_1,
    q,
    q_0,
    q_1,
    rates,
    squares,
    theorem1,
    theorem2,
    turn,
    y,
)
from theory.proving.proofs import Induction, Outcome, Step, identity
from theory.proving.statement import statement
from theory.proving.symbols import (
    F_0,
    F_star,
    L,
    N,
    T,
    gamma,
    gamma_0,
    least_gradient,
    mean_gradient,
)

_IN_SUMS = {
    rates: sympy.Symbol(r"\Sigma \gamma^t"),
    squares: sympy.Symbol(r"\Sigma \gamma^t h^t"),
    bias: sympy.Symbol(r"\Sigma \gamma^t (1 - h^t) p_0^2"),
    noise: sympy.Symbol(r"\Sigma \gamma^t h^t q_0^2"),
}
_IN_LOSSES = {
    gap: sympy.Symbol(r"\left(E F(x^t) - F^*\right)"),
    gap_next: sympy.Symbol(r"E F(x^{t+1}) - F^*"),
}


def check_exact_run() -> str:
    """Show that Theorems 1′ and 2′ are equalities for one update of gradient descent at h = 1."""
    devices, smoothness, place = sympy.Integer(3), sympy.Rational(2, 5), sympy.Integer(7)
    loss, squared = smoothness * place**2 / 2, (smoothness * place) ** 2
    run = {"N": devices, "F_0": loss, "F_star": sympy.Integer(0)}
    zero = sympy.Integer(0)
    rate = devices / smoothness
    fixed = theorem1(Errors(zero, zero, zero, zero), L=smoothness, gamma=rate, T=zero, **run)
    least = theorem2(Sums(rate, rate, zero, zero), rate=sympy.Integer(1), p_1=zero, q_1=zero, **run)
    for bound in (fixed, least):
        identity(bound, squared)
    return f"equality for F = {smoothness} x^2/2 at x = {place}, N = {devices}, gamma = N/L, T = 0"


_HERE = "tests/theory/beyond/test_primed_theorems.py"
_SLIPS = f"{_HERE}::test_a_slip_of_the_pen_flips_the_proof"


@statement(
    "S9",
    place="beyond the paper",
    form="inequality",
    says="what one update does to the loss, given the bias and the mean squared error of ĝ",
    latex=Le(sympy.Symbol(r"E F(x^+) - F(x)"), gamma * N * (-A * y**2 + C * y + E)),
    uses=("8", "9"),
    test=_SLIPS,
)
def check_update() -> Outcome:
    """Prove by (9) the bound on the change of the loss in one update."""
    equality = STEPS["update"].prove()
    linear = STEPS["update"].claim.rhs.subs({B: p_0 + p_1 * y, q: q_0 + q_1 * y})
    identity(sympy.expand(linear), sympy.expand((-A * y**2 + C * y + E).subs(FACTORS)))
    return Outcome(
        "proved",
        "SMT over the reals, sympy identity",
        "the square of the bias and the variance are E||g - a||^2 together, so that the bias alone "
        f"meets the factor |1 - h|, zero at h = 1; {equality}",
        ("Assumption 1", "||E g - a|| <= p_0 + p_1 y", "E||g - a||^2 <= (q_0 + q_1 y)^2"),
        scope="general",
    )


@statement(
    "S10",
    place="beyond the paper",
    form="inequality",
    says="Theorem 1': the mean squared gradient at a fixed rate below 2N/L, any C_alpha",
    latex=Le(mean_gradient, N**2 * STATED["root"].subs(E, E + STATED["1' start"]) ** 2),
    uses=("11", "S9"),
    test=_SLIPS,
)
def check_theorem1() -> Outcome:
    """Prove Theorem 1′ from one update."""
    equality = STEPS["root"].prove()
    AVERAGED.prove()
    # At h = 1 and without relative error the bias vanishes.
    plain = {p_1: 0, q_1: 0}
    start = sympy.Symbol("start", nonnegative=True)
    right = STATED["root"].subs({A: FACTORS[A], C: FACTORS[C]}).subs(E, start + FACTORS[E])
    at_one = right.subs(plain).subs({h: 1, turn: 0}) ** 2
    identity(at_one, 2 * start + q_0**2)
    return Outcome(
        "proved",
        "SMT over the reals, sympy identity",
        f"the mean over iterates is at most the square of the larger root of A Y - C sqrt(Y) = E; "
        f"{equality}; {check_exact_run()}; at h = 1 it is 2 L (F^0 - F*)/(T+1) + N^2 q_0^2",
        ("S9 for every iterate", "Assumption 3", "A > 0", "a fixed rate"),
        scope="general",
    )


products, first, second, one, other = sympy.symbols(
    "products first second one other", nonnegative=True
)

AVERAGED = Induction(
    claim=Le(products**2, first * second),
    start={products: one * other, first: one**2, second: other**2},
    grows={products: products + one * other, first: first + one**2, second: second + other**2},
    equality={products: 1, first: 1, second: 1, one: 1, other: 1},
)
"""A mean of products is at most the product of the root mean squares."""


@statement(
    "S11",
    place="beyond the paper",
    form="inequality",
    says="Theorem 2': the least squared gradient for any rates up to N/L, any C_alpha",
    latex=Le(least_gradient, STATED["2'"].subs(_IN_SUMS)),
    uses=("11", "37", "S9", "U27"),
    test=_SLIPS,
)
def check_theorem2() -> Outcome:
    """Prove Theorem 2′ from one update, and its form for decaying rates."""
    bias_step, noise_step = STEPS["bias"].prove(), STEPS["noise"].prove()
    # One update over γN with h ≤ 1, after both of Young's inequalities.
    change = -(1 - h / 2) * y**2 + (1 - h) * STEPS["bias"].claim.rhs
    change += h / 2 * STEPS["noise"].claim.rhs
    taken = (1 - p_1) / 2 - h / 2 * (q_1 + q_1**2 - p_1)
    added = (1 - h) * p_0**2 / (2 * (1 - p_1)) + h / 2 * (1 + q_1) * q_0**2
    identity(change, -taken * y**2 + added)
    # Summed with the factors γN: the least E y² times Σ γ·`taken` is at most
    # (F^0 − F*)/N + Σ γ·`added`.
    least = sympy.Symbol("least", nonnegative=True)
    start = sympy.Symbol("start", nonnegative=True)
    left = least * ((1 - p_1) / 2 * rates - (q_1 + q_1**2 - p_1) / 2 * squares)
    right = start / N + bias / (2 * (1 - p_1)) + (1 + q_1) / 2 * noise
    claim = Le(least * N**2, STATED["2'"].subs(F_0 - F_star, start).subs(F_0, start + F_star))
    positive = Gt((1 - p_1) * rates - (q_1 + q_1**2 - p_1) * squares, 0)
    in_sums = Step(
        claim,
        (Le(left, right), positive, Lt(p_1, 1)),
        {least: 3, N: 1, rates: 2, squares: 1, p_1: 0, q_1: 0, start: 1, bias: 3, noise: 1},
    ).prove()
    _check_decaying()
    return Outcome(
        "proved",
        "SMT over the reals, sympy identity",
        f"{bias_step}; {noise_step}; {in_sums}; {check_exact_run()}",
        ("S9 for every iterate", "Assumption 3", "h <= 1", "1 - p_1 > h (q_1 + q_1^2 - p_1)"),
        scope="general",
    )


def _check_decaying() -> None:
    """Prove the closed form: Σ γ ≥ γ⁰ √(T+1) and Σ γh ≤ (γ⁰)² (L/N) (1 + log(T+1))."""
    most = gamma_0**2 * L / N * (1 + sympy.log(T + 1))
    sums = {squares: most, rates: gamma_0 * sympy.sqrt(T + 1)}
    plain = {p_1: 0, q_1: 0, bias: p_0**2 * (rates - squares), noise: q_0**2 * squares}
    identity(STATED["2'"].subs(plain).subs(sums), STATED["2' decaying"])
    # The bound falls in the first sum and rises in the second, because p_0 ≤ q_0.
    x, x_least, z, z_most, k, w = sympy.symbols("x x_least z z_most k w", nonnegative=True)
    Step(
        Le((k + w * z) / x, (k + w * z_most) / x_least),
        (Ge(x, x_least), Gt(x_least, 0), Le(z, z_most)),
        {k: 1, w: 1, x: 1, x_least: 1, z: 1, z_most: 1},
    ).prove()


@statement(
    "S12",
    place="beyond the paper",
    form="inequality",
    says="Theorem 3': the loss over its minimum contracts up to a limit",
    latex=STEPS["contraction"].claim.subs(_IN_LOSSES),
    uses=("S9",),
    test=_SLIPS,
)
def check_theorem3() -> Outcome:
    """Prove Theorem 3′ from one update."""
    equality = STEPS["contraction"].prove()
    # Because μ ≤ L and A ≤ 1 − h/2, the factor is at least 1/2: a bound may replace the gap.
    half = sympy.Rational(1, 2)
    Step(
        Ge(STATED["3' factor"], half),
        (Le(A, 1 - h / 2), Eq(h, gamma * L / N), Le(mu, L)),
        {h: 1, A: half, gamma: 1, L: 1, N: 1, mu: 1},
    ).prove()
    limit = STATED["3' limit"]
    identity(STATED["3' factor"] * limit + STATED["3' added"], limit)
    return Outcome(
        "proved",
        "SMT over the reals, sympy identity",
        f"{equality}; the limit is the fixed point; least squares has mu = the least positive "
        "eigenvalue of its Hessian",
        ("S9", "Polyak-Lojasiewicz", "A > 0"),
        scope="general",
    )

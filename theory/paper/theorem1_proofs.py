"""Rows of the ledger prove Theorem 1 and the limit in Remark 2."""

import sympy

from theory.paper import descent
from theory.paper.lemma1 import unshared
from theory.paper.rho import RHO
from theory.paper.theorem1 import PRINTED, root
from theory.proving import symbols
from theory.proving.deciding import implied
from theory.proving.instances import Unproved
from theory.proving.proofs import Outcome, identity, tight
from theory.proving.statement import statement
from theory.proving.symbols import (
    F_0,
    C_alpha,
    E_honest,
    E_spread,
    F_star,
    G,
    L,
    M,
    N,
    T,
    beta,
    d_min,
    gamma,
    lambda_,
    mean_gradient,
    r,
    rho_1,
    rho_2,
    rho_3,
    rho_4,
)

average = sympy.Symbol("average", nonnegative=True)
"""The mean (1/(T+1)) Σ E[‖∇F(x^t)‖²]."""

_FACTOR = gamma * rho_1 - gamma**2 * rho_2
_POSITIVE = _FACTOR > 0

_HERE = "tests/theory/paper/test_theorem1.py"
_SLIPS = f"{_HERE}::test_a_slip_of_the_pen_flips_the_proof"


@statement(
    "28",
    place="proof of Theorem 1",
    form="inequality",
    says="the descent with the four constants",
    latex=sympy.Le(PRINTED["28 left"], descent.fall + PRINTED["28 right"]),
    uses=("19", "20", "21", "22", "27", "U20"),
    test=_SLIPS,
)
def check_28() -> Outcome:
    """Prove (28), which is (27) at the chosen η."""
    left = PRINTED["28 left"].subs(RHO)
    right = PRINTED["28 right"].subs(RHO)
    chosen = {symbols.eta: descent.PRINTED["eta"]}
    identity(descent.PRINTED["27 left"].subs(chosen), left)
    identity(descent.PRINTED["27 right"].subs(chosen), right)
    # At r = M and at C_alpha = 0 the chosen eta is zero, and a limit replaces (27).
    limit = descent.PRINTED["23"].subs({E_spread: 0, symbols.eta: 0})
    limit = limit.subs(E_honest, descent.PRINTED["16"])
    for agreeing in ({r: M}, {C_alpha: 0}):
        identity((right - left).subs(agreeing), limit.subs(agreeing))
    return Outcome(
        "proved",
        "sympy identity",
        "both sides of (27) at the chosen eta; at r = M and at C_alpha = 0 its limit; the print's "
        "gradient at x, here and in (29), is the one at x^t",
        ("(27)", "rho_1 to rho_4 of (19)-(22)"),
    )


@statement(
    "29",
    place="proof of Theorem 1",
    form="expectation",
    says="full expectations of (28)",
    latex=r"E[E[\cdot | \mathcal F^t]] = E[\cdot]",
    uses=("9", "11", "28"),
    test=f"{_HERE}::test_rows_have_the_verdicts_that_the_report_gives",
)
def check_29() -> Outcome:
    """Prove that full expectations keep (28), and that they are finite."""
    past = sympy.symbols("p_1:3", positive=True)
    given = sympy.symbols("q_1:5", positive=True)
    loss = sympy.symbols("f_1:5", real=True)
    inner = [given[2 * i] * loss[2 * i] + given[2 * i + 1] * loss[2 * i + 1] for i in range(2)]
    outcomes = [past[i // 2] * given[i] * loss[i] for i in range(4)]
    identity(sum(p * e for p, e in zip(past, inner, strict=True)), sum(outcomes))
    # (9) at x = y − ∇F(y)/L and (11) bound the gradient by the loss, and (28) bounds the next loss.
    now, after = sympy.symbols("now after", real=True)
    implied(2 * L * (now - F_star) >= G, [after <= now - G / L + G / (2 * L), after >= F_star])
    return Outcome(
        "proved",
        "sympy identity, SMT over the reals",
        "tower property on a tree of two steps; every expectation is finite, because "
        "||nabla F||^2 <= 2 L (F - F*) and (28) bounds the next loss",
        ("(28)", "Assumptions 1 and 3"),
    )


@statement(
    "30",
    place="proof of Theorem 1",
    form="chain",
    says="the mean of (29) over T + 1 iterations telescopes",
    latex=sympy.Le(_FACTOR * mean_gradient, PRINTED["30"]),
    uses=("11", "29"),
    test=_SLIPS,
)
def check_30() -> Outcome:
    """Prove by induction that the losses telescope, and that F* may replace the last one."""
    loss = sympy.Function("F")
    first, last = loss(0) - loss(1), loss(0) - loss(T + 1)
    identity(last.subs(T, 0), first)
    identity(last.subs(T, T + 1) - last, loss(T + 1) - loss(T + 2))
    final = sympy.Symbol("final", real=True)
    rates = gamma * rho_3 + gamma**2 * rho_4
    claim = sympy.Le((F_0 - final) / (T + 1) + rates, PRINTED["30"])
    implied(claim, [final >= F_star])
    instance = {F_0: 3, F_star: 1, final: 1, T: 4, gamma: 1, rho_3: 2, rho_4: 5}
    return Outcome(
        "proved",
        "induction over T by sympy identities, SMT over the reals",
        tight(claim, instance),
        ("(29) for t = 0..T", "x^0 fixed", "Assumption 3"),
    )


@statement(
    "31",
    place="proof of Theorem 1",
    form="chain",
    says="(30) at a fixed rate, divided by the factor of the gradient",
    latex=sympy.Le(mean_gradient, PRINTED["31"]),
    uses=("30",),
    test=_SLIPS,
)
def check_31() -> Outcome:
    """Prove that (30) may be divided by the factor of the gradient."""
    start = [average * (gamma * rho_1 - gamma**2 * rho_2) <= PRINTED["30"], _POSITIVE]
    claim = sympy.Le(average, PRINTED["31"])
    implied(claim, start)
    # gamma rho_1 - gamma^2 rho_2 = 1, and the right side of (30) is 2 + 3 + 4.
    instance = {gamma: 1, rho_1: 2, rho_2: 1, rho_3: 3, rho_4: 4}
    instance |= {F_0: 4, F_star: 0, T: 1, average: 9}
    return Outcome(
        "proved",
        "SMT over the reals, sympy identity",
        tight(claim, instance),
        ("(30)", "rho_1 > 0", "gamma < rho_1/rho_2"),
    )


@statement(
    "U26",
    place="Theorem 1",
    form="inequality",
    says="the condition on T makes the factor of the gradient positive",
    latex=(sympy.Gt(T, PRINTED["T"]), r"\iff", sympy.Gt(_FACTOR, 0)),
    test=_SLIPS,
)
def check_t() -> Outcome:
    """Prove that the condition on T is γ < ρ1/ρ2 if ρ1 is positive, and not otherwise."""
    enough = PRINTED["T"] < T
    rate = {gamma: lambda_ / root}
    implied(_POSITIVE.subs(rate), [enough])
    implied(enough, [_POSITIVE.subs(rate)])
    implied(gamma < rho_1 / rho_2, [_POSITIVE])
    signed = sympy.Symbol("signed", real=True)
    instance = {signed: -1, rho_2: 1, lambda_: 1, T: 3}
    met = enough.subs(rho_1, signed).subs(instance)
    factor = (lambda_ / root * signed - (lambda_ / root) ** 2 * rho_2).subs(instance)
    if met != sympy.true or not factor < 0:
        raise Unproved(f"need a counterexample without rho_1 > 0, got {factor}")
    return Outcome(
        "proved",
        "SMT over the reals",
        "an equivalence where rho_1 > 0; the square hides its sign: at rho_1 = -1, rho_2 = lambda "
        f"= 1, T = 3 the condition holds and gamma rho_1 - gamma^2 rho_2 = {factor}",
        ("rho_1 > 0",),
    )


@statement(
    "18",
    place="Theorem 1",
    form="inequality",
    says="the mean squared gradient over T + 1 iterations is bounded",
    latex=sympy.Le(mean_gradient, PRINTED["18"]),
    uses=("28", "29", "30", "31", "U26"),
    test=_SLIPS,
)
def check_18() -> Outcome:
    """Prove Theorem 1, which is (31) written in λ, and its limit."""
    identity(PRINTED["31"].subs(gamma, lambda_ / root), PRINTED["18"])
    s = sympy.Symbol("s", positive=True)
    right = PRINTED["18"].subs(root, s)
    identity(sympy.limit(right, s, sympy.oo), rho_3 / rho_1)
    return Outcome(
        "proved",
        "the rows (28) to (31)",
        "equals the right side of (31); tends to rho_3/rho_1 as T grows at fixed lambda",
        ("Assumptions 1-3", "pair-wise balance", "rho_1 > 0", "T > (lambda rho_2/rho_1)^2 - 1"),
    )


@statement(
    "32",
    place="Remark 2",
    form="constant",
    says="what the bound tends to, where all d_k are about equal",
    latex=(sympy.Eq(rho_3 / rho_1, PRINTED["32"]), r"\text{ at }", sympy.Eq(d_min, N * r / M)),
    uses=("18", "19", "21"),
    test=_SLIPS,
)
def check_32() -> Outcome:
    """Prove that (32) is exact for equal d_k, and too small for others."""
    exact = (rho_3 / rho_1).subs(RHO)
    identity(exact.subs(d_min, N * r / M), PRINTED["32"])
    # With a = 2√2 C_α (r − r²/M)/M, ρ3/ρ1 = β²M²a/2 / (d_min/N − a), which falls in d_min/N.
    a, share, equal = sympy.symbols("a share equal", positive=True)
    claim = sympy.Ge(a / (share - a), a / (equal - a))
    identity(exact, (beta**2 * M**2 * a / 2 / (d_min / N - a)).subs(a, _excess()))
    implied(claim, [share <= equal, a < share])
    instance = {N: 3, M: 4, r: 2, d_min: 1, C_alpha: sympy.Rational(2, 5), beta: 1}
    ratio = sympy.N((exact / PRINTED["32"]).subs(instance), 4)
    return Outcome(
        "proved",
        "sympy identity, SMT over the reals",
        "equality at d_min = N r/M; d_min <= N r/M always, and then rho_3/rho_1 is the larger: "
        f"{ratio} times (32) at N=3, M=4, r=2, d_min=1, C_alpha=2/5; "
        f"{tight(claim, {a: 1, share: 2, equal: 2})}",
        ("d_min = N r/M for the equality", "rho_1 > 0"),
    )


def _excess() -> sympy.Expr:
    return 2 * sympy.sqrt(2) * C_alpha * unshared / M

"""Rows of the ledger prove Theorem 2 and the limit in Remark 3."""

import sympy

from theory.paper.rho import RHO
from theory.paper.theorem2 import LIMIT_IN_PHI, PRINTED, RADICAND, STABLE, first
from theory.proving.deciding import implied
from theory.proving.instances import Unproved
from theory.proving.proofs import Outcome, identity, tight
from theory.proving.statement import statement
from theory.proving.symbols import (
    F_0,
    F_star,
    M,
    N,
    T,
    alpha,
    d_min,
    gamma,
    gamma_0,
    least_gradient,
    r,
    rho_1,
    rho_2,
    rho_3,
    rho_4,
    t,
)

rate_t = sympy.Symbol(r"\gamma^t")
"""Learning rate of iteration t, and below it the rates' share of the bound; printed only."""

SHARE = sympy.Symbol(
    r"\frac{\sum_t (\gamma^t \rho_3 + (\gamma^t)^2 \rho_4)}"
    r"{\sum_t (\gamma^t \rho_1 - (\gamma^t)^2 \rho_2)}"
)

_STEP = 2 * gamma_0 * rho_2 < rho_1

_HERE = "tests/theory/paper/test_theorem2.py"
_SLIPS = f"{_HERE}::test_a_slip_of_the_pen_flips_the_proof"


@statement(
    "33",
    place="Theorem 2",
    form="identity",
    says="the rates start at gamma^0 and decrease",
    latex=sympy.Eq(rate_t, PRINTED["33"]),
    test=_SLIPS,
)
def check_33() -> Outcome:
    """Prove that (33) starts at γ⁰, is the smaller root, and has an equal form that is stable."""
    # The radicand at t = 0 is a square; its root is ρ1 − 2γ⁰ρ2 only if that is positive.
    radicand = rho_1**2 - 4 * rho_2 * PRINTED["35"]
    identity(radicand.subs(t, 0), (rho_1 - 2 * gamma_0 * rho_2) ** 2)
    implied(sympy.Eq(PRINTED["33"].subs(t, 0), gamma_0), [_STEP])
    scaled, base = sympy.symbols("scaled base", positive=True)
    # For any t >= 0 the factor is at most the first one, so the radicand is at least zero.
    implied(rho_1**2 >= 4 * rho_2 * scaled, [_STEP, scaled <= first])
    rate = PRINTED["33"].subs(sympy.sqrt(t + 1), first / scaled)
    identity(RADICAND, radicand)
    stable = STABLE.subs(RADICAND, radicand).subs(sympy.sqrt(t + 1), first / scaled)
    allowed = [4 * rho_2 * scaled <= rho_1**2]
    implied(sympy.Eq(rate, stable), allowed)
    implied(2 * rho_2 * rate <= rho_1, allowed)
    implied(rate < rate.subs(scaled, base), [scaled < base, 4 * rho_2 * base <= rho_1**2])
    return Outcome(
        "proved",
        "sympy identity, SMT over the reals",
        "starts at gamma_0, is real, the smaller root, strictly decreasing in t; equal to "
        "2c/(rho_1 + sqrt(rho_1^2 - 4 rho_2 c)); it would still start at gamma_0 = "
        "rho_1/(2 rho_2), and above that at rho_1/rho_2 - gamma_0 instead",
        ("rho_1 > 0", "0 < gamma_0 < rho_1/(2 rho_2)"),
    )


@statement(
    "35",
    place="proof of Theorem 2",
    form="identity",
    says="the factor of the gradient falls like 1/sqrt(t+1)",
    latex=sympy.Eq(rate_t * rho_1 - rate_t**2 * rho_2, PRINTED["35"]),
    uses=("33",),
    test=_SLIPS,
)
def check_35() -> Outcome:
    """Prove that the rates (33) solve (35)."""
    identity(PRINTED["33"] * rho_1 - PRINTED["33"] ** 2 * rho_2, PRINTED["35"])
    return Outcome(
        "proved",
        "sympy identity",
        "a root of the quadratic equation; that the rates decrease is in row (33)",
        ("(33)",),
    )


least, mean, weight, total, sum_, excess = sympy.symbols(
    "least mean weight total sum excess", nonnegative=True
)


@statement(
    "36",
    place="proof of Theorem 2",
    form="chain",
    says="the least term is at most the weighted mean, which (30) bounds",
    latex=sympy.Le(least_gradient, PRINTED["36"] + SHARE),
    uses=("11", "30", "35", "37"),
    test=_SLIPS,
)
def check_36() -> Outcome:
    """Prove that the least term is at most the weighted mean, and that (30) and (37) bound it."""
    term = sympy.Symbol("term", nonnegative=True)
    # Induction over t: a weighted sum is at least the sum of the weights times the least term.
    implied(
        sum_ + weight * term >= (total + weight) * least, [sum_ >= total * least, term >= least]
    )
    claim = sympy.Le(least, sum_ / total)
    implied(claim, [sum_ >= total * least, total > 0])
    evidence = tight(claim, {least: 2, sum_: 6, total: 3})
    # Take (30) times T + 1, insert (35) in the weights, then (37) below the positive numerator.
    start = sympy.Symbol("start", positive=True)
    weights = start * total
    bounded = sympy.Le(least, PRINTED["36"].subs(first, start) + excess / weights)
    known = [least * weights <= F_0 - F_star + excess, F_star <= F_0]
    implied(bounded, [*known, total >= PRINTED["37"]])
    at_start = {T: 0, total: 1, start: 2, F_0: 3, F_star: 1, excess: 4, least: 3}
    evidence = "; ".join([evidence, tight(bounded, at_start)])
    return Outcome(
        "proved",
        "induction over T by SMT over the reals",
        f"{evidence}; the step named 'equality' rests on (35) and the 'last equality' is an "
        "inequality, which needs F(x^0) >= F*",
        ("(30)", "(35)", "(37)", "Assumption 3"),
    )


@statement(
    "37",
    place="proof of Theorem 2",
    form="inequality",
    says="the sum of 1/sqrt(t+1) is at least sqrt(T+1)",
    latex=sympy.Ge(sympy.Sum(1 / sympy.sqrt(t + 1), (t, 0, T)), PRINTED["37"], evaluate=False),
    test=_SLIPS,
)
def check_37() -> Outcome:
    """Prove (37) by induction over T."""
    root = PRINTED["37"]
    claim = sympy.Ge(1, root)
    evidence = tight(claim, {T: 0})
    implied(root + 1 / sympy.sqrt(T + 2) >= root.subs(T, T + 1), [])
    # The sum is at most twice as large: 1/sqrt(t+1) <= 2 sqrt(t+1) − 2 sqrt(t).
    implied(1 / sympy.sqrt(t + 1) <= 2 * sympy.sqrt(t + 1) - 2 * sympy.sqrt(t), [])
    return Outcome(
        "proved",
        "induction over T by SMT over the reals",
        f"{evidence}; never off by more than 2, its limit: the sum is at most 2 sqrt(T + 1)",
    )


@statement(
    "38",
    place="proof of Theorem 2",
    form="inequality",
    says="every rate is at most the first over sqrt(t+1)",
    latex=(
        sympy.Ge(PRINTED["35"], PRINTED["38"].subs(gamma, rate_t)),
        r"\implies",
        sympy.Le(rate_t, PRINTED["rate"]),
    ),
    uses=("33", "35"),
    test=_SLIPS,
)
def check_38() -> Outcome:
    """Prove (38) and the bound on the rate that follows from it."""
    factor = gamma * (rho_1 - gamma * rho_2)
    claim = sympy.Ge(factor, PRINTED["38"])
    implied(claim, [gamma <= gamma_0])
    bounded = sympy.Le(gamma, PRINTED["rate"])
    implied(bounded, [sympy.Eq(factor, PRINTED["35"]), gamma <= gamma_0, _STEP])
    identity(PRINTED["35"], PRINTED["rate"] * (rho_1 - gamma_0 * rho_2))
    instance = {gamma: 2, gamma_0: 2, rho_1: 5, rho_2: 1, t: 0}
    return Outcome(
        "proved",
        "SMT over the reals, sympy identity",
        "; ".join([tight(claim, instance), tight(bounded, instance)]),
        ("(35)", "gamma^t <= gamma_0", "gamma_0 < rho_1/rho_2"),
    )


@statement(
    "39",
    place="proof of Theorem 2",
    form="chain",
    says="the rates' share of the bound",
    latex=sympy.Le(SHARE, PRINTED["39"]),
    uses=("35", "37", "38", "U27"),
    test=_SLIPS,
)
def check_39() -> Outcome:
    """Prove (39) from the bounded rates, (37) and the bound on Σ1/(t+1)."""
    used = PRINTED["rate"] * rho_3 + PRINTED["rate"] ** 2 * rho_4
    implied(gamma * rho_3 + gamma**2 * rho_4 <= used, [gamma <= PRINTED["rate"]])
    # Sums over t: `total` of 1/sqrt(t+1), `harmonic` of 1/(t+1).
    harmonic = sympy.Symbol("harmonic", positive=True)
    identity(used, gamma_0 * rho_3 / sympy.sqrt(t + 1) + gamma_0**2 * rho_4 / (t + 1))
    middle = (gamma_0 * rho_3 * total + gamma_0**2 * rho_4 * harmonic) / (first * total)
    split = rho_3 / (rho_1 - gamma_0 * rho_2) + gamma_0**2 * rho_4 * harmonic / (first * total)
    identity(middle, split)
    numerator = sympy.Symbol("numerator", nonnegative=True)
    claim = numerator * harmonic / total <= numerator * weight / PRINTED["37"]
    implied(claim, [total >= PRINTED["37"], harmonic <= weight])
    last = split.subs({harmonic: PRINTED["harmonic"], total: PRINTED["37"]})
    identity(PRINTED["39"], last)
    return Outcome(
        "proved",
        "SMT over the reals, sympy identity",
        "first term exact; second loose by (2 + log(T + 1))/H_{T+1} and by (37)",
        ("(37)", "(38)", "rho_3, rho_4 >= 0", "gamma_0 < rho_1/rho_2"),
    )


@statement(
    "U27",
    place="after (39)",
    form="inequality",
    says="the sum of 1/(t+1) is at most 2 + log(T+1)",
    latex=sympy.Le(sympy.Sum(1 / (t + 1), (t, 0, T)), PRINTED["harmonic"], evaluate=False),
    test=_SLIPS,
)
def check_harmonic() -> Outcome:
    """Prove the bound on Σ1/(t+1) from log x >= 1 − 1/x, and the sharper 1 + log(T+1)."""
    sharp = 1 + sympy.log(T + 1)
    x = sympy.Symbol("x", positive=True)
    gap = sympy.log(x) - (1 - 1 / x)
    if gap.subs(x, 1) != 0:
        raise Unproved(f"need log x = 1 - 1/x at x = 1, got a difference of {gap.subs(x, 1)}")
    implied(sympy.diff(gap, x) >= 0, [x >= 1])
    # The step of the induction: log((T+2)/(T+1)) >= 1/(T+2).
    step = sharp.subs(T, T + 1) - sharp
    ratio = (T + 2) / (T + 1)
    identity(sympy.expand_log(gap.subs(x, ratio), force=True), step - 1 / (T + 2))
    if sharp.subs(T, 0) != 1:
        raise Unproved(f"need the sum 1 at T = 0, got {sharp.subs(T, 0)}")
    identity(PRINTED["harmonic"] - sharp, sympy.Integer(1))
    worst = max(_harmonic_excess(last) for last in range(200))
    if worst > 0:
        raise Unproved(f"need sums below 1 + log(T + 1), got an excess of {worst}")
    return Outcome(
        "proved",
        "induction over T: sympy identity, SMT over the reals; 30 digits for T < 200",
        "1 + log(T + 1) suffices, with equality at T = 0; the printed 2 exceeds it by exactly 1",
    )


def _harmonic_excess(last: int) -> sympy.Expr:
    return sympy.N(sympy.harmonic(last + 1) - 1 - sympy.log(last + 1), 30, chop=True)


@statement(
    "34",
    place="Theorem 2",
    form="inequality",
    says="the least expected squared gradient of T + 1 iterations is bounded",
    latex=sympy.Le(least_gradient, PRINTED["34"]),
    uses=("33", "35", "36", "37", "38", "39", "U27"),
    test=_SLIPS,
)
def check_34() -> Outcome:
    """Prove Theorem 2 from its steps; with 1 + log(T + 1) it would be tight at T = 0."""
    identity(PRINTED["34"], PRINTED["36"] + PRINTED["39"])
    at_start = (F_0 - F_star + gamma_0 * rho_3 + gamma_0**2 * rho_4) / first
    identity(PRINTED["34"].subs(T, 0) - at_start, gamma_0**2 * rho_4 / first)
    s = sympy.Symbol("s", positive=True)
    limit = sympy.limit(PRINTED["34"].subs(T, s - 1), s, sympy.oo)
    identity(limit, rho_3 / (rho_1 - gamma_0 * rho_2))
    return Outcome(
        "proved",
        "the rows (33) to (39)",
        "(36) with (39); at T = 0 above (30) by gamma_0^2 rho_4 over the first factor, which is "
        "the 2 for 1 before the logarithm; tends to rho_3/(rho_1 - gamma_0 rho_2)",
        ("Assumptions 1-3", "pair-wise balance", "rho_1 > 0", "0 < gamma_0 < rho_1/(2 rho_2)"),
    )


@statement(
    "40",
    place="Remark 3",
    form="constant",
    says="what the bound tends to, where all d_k are about equal",
    latex=(
        sympy.Eq(rho_3 / (rho_1 - gamma_0 * rho_2), LIMIT_IN_PHI),
        r"\text{ at }",
        sympy.Eq(d_min, N * r / M),
    ),
    uses=("19", "20", "21", "34"),
    test=_SLIPS,
)
def check_40() -> Outcome:
    """Prove that (40) is exact for equal d_k."""
    exact = (rho_3 / (rho_1 - gamma_0 * rho_2)).subs(RHO)
    identity(exact.subs(d_min, N * r / M), PRINTED["40"])
    # As d_min falls, ρ1 falls, and ρ2 and ρ3 grow.
    less = sympy.Symbol("less", positive=True)
    for symbol, grows in ((rho_1, False), (rho_2, True), (rho_3, True)):
        values = RHO[symbol], RHO[symbol].subs(d_min, less)
        regime = [less <= d_min, r <= M, alpha < 1, N >= 2, N * (1 - alpha) >= 1]
        implied(values[0] <= values[1] if grows else values[0] >= values[1], regime)
    return Outcome(
        "proved",
        "sympy identity, SMT over the reals",
        "equality at d_min = N r/M; d_min <= N r/M always, and then the limit is at least (40)",
        ("d_min = N r/M for the equality", "gamma_0 < rho_1/rho_2"),
    )

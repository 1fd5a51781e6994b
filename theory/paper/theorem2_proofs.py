"""Rows of the ledger prove Theorem 2 and the limit in Remark 3."""

import sympy

from theory.paper.rho import RHO
from theory.paper.theorem2 import LIMIT_IN_PHI, PRINTED, RADICAND, STABLE, first
from theory.proving.proofs import Induction, Outcome, Step, identity, need
from theory.proving.statement import statement
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
    Step(sympy.Eq(PRINTED["33"].subs(t, 0), gamma_0), (_STEP,)).prove()
    scaled, base = sympy.symbols("scaled base", positive=True)
    # For any t >= 0 the factor is at most the first one, so the radicand is at least zero.
    at = {rho_1: 2, rho_2: 1, gamma_0: 1, scaled: 1}
    Step(rho_1**2 >= 4 * rho_2 * scaled, (scaled <= first,), at).prove()
    rate = PRINTED["33"].subs(sympy.sqrt(t + 1), first / scaled)
    identity(RADICAND, radicand)
    stable = STABLE.subs(RADICAND, radicand).subs(sympy.sqrt(t + 1), first / scaled)
    allowed = (4 * rho_2 * scaled <= rho_1**2,)
    Step(sympy.Eq(rate, stable), allowed).prove()
    Step(2 * rho_2 * rate <= rho_1, allowed, {rho_1: 2, rho_2: 1, scaled: 1}).prove()
    share = sympy.Rational(3, 4)
    Step(
        rate < rate.subs(scaled, base),
        (scaled < base, 4 * rho_2 * base <= rho_1**2),
        {rho_1: 2, rho_2: 1, scaled: share, base: share},
    ).prove()
    return Outcome(
        "proved",
        "sympy identity, SMT over the reals",
        "starts at gamma_0, is real, the smaller root, strictly decreasing in t; equal to "
        "2c/(rho_1 + sqrt(rho_1^2 - 4 rho_2 c)); it would still start at gamma_0 = "
        "rho_1/(2 rho_2), and above that at rho_1/rho_2 - gamma_0 instead",
        ("rho_1 > 0", "0 < gamma_0 < rho_1/(2 rho_2)"),
        scope="general",
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
        scope="general",
    )


least, weight, total, sum_, excess, term, harmonic = sympy.symbols(
    "least weight total sum excess term harmonic", nonnegative=True
)
"""The least term; weight, sum of the weights, weighted sum; Σ (γ^t ρ3 + (γ^t)² ρ4); one term;
Σ 1/(t+1)."""

now, after = sympy.symbols("now after", real=True)
"""log(T + 1) and log(T + 2)."""

INDUCTIONS: dict[str, Induction] = {
    # A weighted sum is at least the sum of the weights times the least term.
    "36": Induction(
        claim=sympy.Ge(sum_, total * least),
        start={sum_: weight * term, total: weight},
        grows={sum_: sum_ + weight * term, total: total + weight},
        given=(sympy.Ge(term, least),),
        equality={least: 1, total: 1, sum_: 1, weight: 1, term: 1},
    ),
    # Each rate is at most γ⁰/√(t+1).
    "39": Induction(
        claim=sympy.Le(excess, gamma_0 * rho_3 * total + gamma_0**2 * rho_4 * harmonic),
        start={excess: 0, total: 0, harmonic: 0},
        grows={
            excess: excess + gamma * rho_3 + gamma**2 * rho_4,
            total: total + 1 / sympy.sqrt(t + 1),
            harmonic: harmonic + 1 / (t + 1),
        },
        given=(sympy.Le(gamma, gamma_0 / sympy.sqrt(t + 1)),),
        equality={excess: 0, total: 0, harmonic: 0}
        | {gamma: 1, gamma_0: 1, t: 0, rho_3: 1, rho_4: 1},
    ),
    # log((T+2)/(T+1)) is at least 1/(T+2).
    "U27": Induction(
        claim=sympy.Le(harmonic, 1 + now),
        start={harmonic: 1, T: 0, now: 0},
        grows={harmonic: harmonic + 1 / (T + 2), T: T + 1, now: after},
        given=(sympy.Ge(after - now, 1 / (T + 2)),),
        equality={harmonic: 1, T: 0, now: 0, after: sympy.Rational(1, 2)},
    ),
}


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
    INDUCTIONS["36"].prove()
    evidence = Step(
        sympy.Le(least, sum_ / total),
        (INDUCTIONS["36"].claim, total > 0),
        {least: 2, sum_: 6, total: 3},
    ).prove()
    # Take (30) times T + 1, insert (35) in the weights, then (37) below the positive numerator.
    start = sympy.Symbol("start", positive=True)
    weights = start * total
    at_start = Step(
        sympy.Le(least, PRINTED["36"].subs(first, start) + excess / weights),
        (
            least * weights <= F_0 - F_star + excess,
            F_star <= F_0,
            total >= PRINTED["37"],
        ),
        {T: 0, total: 1, start: 2, F_0: 3, F_star: 1, excess: 4, least: 3},
    ).prove()
    evidence = f"{evidence}; {at_start}"
    return Outcome(
        "proved",
        "induction over T by SMT over the reals",
        f"{evidence}; the step named 'equality' rests on (35) and the 'last equality' is an "
        "inequality, which needs F(x^0) >= F*",
        ("(30)", "(35)", "(37)", "Assumption 3"),
        scope="general",
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
    # One step never reaches the bound, but comes as near as one likes as T grows.
    near = Induction(
        claim=sympy.Ge(total, root),
        start={total: 1, T: 0},
        grows={total: total + 1 / sympy.sqrt(T + 2), T: T + 1},
        loose={T: 9998, total: sympy.sqrt(9999)},
    ).prove()
    need(root.subs(T, 0) == 1, "equality at T = 0, 1 = 1", root)
    # The sum is at most twice as large: 1/sqrt(t+1) <= 2 sqrt(t+1) − 2 sqrt(t).
    Step(
        1 / sympy.sqrt(t + 1) <= 2 * sympy.sqrt(t + 1) - 2 * sympy.sqrt(t), (), loose={t: 9999}
    ).prove()
    return Outcome(
        "proved",
        "induction over T by SMT over the reals",
        f"equality at T = 0; one step: {near}; never off by more than 2, its limit: the sum is at "
        "most 2 sqrt(T + 1)",
        scope="general",
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
    at = {gamma: 2, gamma_0: 2, rho_1: 5, rho_2: 1}
    evidence = [Step(sympy.Ge(factor, PRINTED["38"]), (gamma <= gamma_0,), at).prove()]
    known = (sympy.Eq(factor, PRINTED["35"]), gamma <= gamma_0, gamma_0 * rho_2 < rho_1)
    evidence += [Step(sympy.Le(gamma, PRINTED["rate"]), known, at | {t: 0}).prove()]
    identity(PRINTED["35"], PRINTED["rate"] * (rho_1 - gamma_0 * rho_2))
    return Outcome(
        "proved",
        "SMT over the reals, sympy identity",
        "; ".join(evidence),
        ("(35)", "gamma^t <= gamma_0", "gamma_0 < rho_1/rho_2"),
        scope="general",
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
    summed = INDUCTIONS["39"]
    identity(PRINTED["rate"], summed.given[0].rhs)
    summed.prove()
    middle = summed.claim.rhs / (first * total)
    split = rho_3 / (rho_1 - gamma_0 * rho_2) + gamma_0**2 * rho_4 * harmonic / (first * total)
    identity(middle, split)
    numerator = sympy.Symbol("numerator", nonnegative=True)
    Step(
        numerator * harmonic / total <= numerator * weight / PRINTED["37"],
        (total >= PRINTED["37"], harmonic <= weight),
        {numerator: 1, harmonic: 1, weight: 1, total: 1, T: 0},
    ).prove()
    last = split.subs({harmonic: PRINTED["harmonic"], total: PRINTED["37"]})
    identity(PRINTED["39"], last)
    return Outcome(
        "proved",
        "SMT over the reals, sympy identity",
        "first term exact; second loose by (2 + log(T + 1))/H_{T+1} and by (37)",
        ("(37)", "(38)", "rho_3, rho_4 >= 0", "gamma_0 < rho_1/rho_2"),
        scope="general",
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
    need(gap.subs(x, 1) == 0, "log x = 1 - 1/x at x = 1", gap.subs(x, 1))
    Step(sympy.diff(gap, x) >= 0, (x >= 1,), {x: 1}).prove()
    # The step of the induction: log((T+2)/(T+1)) >= 1/(T+2).
    step = sharp.subs(T, T + 1) - sharp
    ratio = (T + 2) / (T + 1)
    identity(sympy.expand_log(gap.subs(x, ratio), force=True), step - 1 / (T + 2))
    INDUCTIONS["U27"].prove()
    identity(sharp, INDUCTIONS["U27"].claim.rhs.subs(now, sympy.log(T + 1)))
    identity(PRINTED["harmonic"] - sharp, sympy.Integer(1))
    worst = max(_harmonic_excess(last) for last in range(200))
    need(worst <= 0, "sums of at most 1 + log(T + 1) for T < 200", worst)
    return Outcome(
        "proved",
        "induction over T: sympy identity, SMT over the reals; 30 digits for T < 200",
        "1 + log(T + 1) suffices, with equality at T = 0; the printed 2 exceeds it by exactly 1",
        scope="general",
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
        scope="general",
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
    falling = less <= d_min
    at = {N: 2, M: 2, r: 1, d_min: 1, less: 1, alpha: 0, beta: 1, C_alpha: 1, L: 1}
    for symbol, regime in (
        (rho_1, (falling, r <= M)),
        (rho_2, (falling, alpha < 1, N >= 2)),
        (rho_3, (falling, r <= M)),
    ):
        more, fewer = RHO[symbol], RHO[symbol].subs(d_min, less)
        claim = more >= fewer if symbol == rho_1 else more <= fewer
        used = claim.free_symbols | {d_min, less}
        Step(claim, regime, {one: at[one] for one in at if one in used}).prove()
    with_fewer = sympy.symbols("rho_1f rho_2f rho_3f", positive=True)
    Step(
        rho_3 / (rho_1 - gamma_0 * rho_2)
        <= with_fewer[2] / (with_fewer[0] - gamma_0 * with_fewer[1]),
        (
            rho_1 >= with_fewer[0],
            rho_2 <= with_fewer[1],
            rho_3 <= with_fewer[2],
            with_fewer[0] > gamma_0 * with_fewer[1],
        ),
        dict(zip(with_fewer, (3, 1, 2), strict=True)) | {rho_1: 3, rho_2: 1, rho_3: 2, gamma_0: 1},
    ).prove()
    return Outcome(
        "proved",
        "sympy identity, SMT over the reals",
        "equality at d_min = N r/M; d_min <= N r/M always, and then the limit is at least (40)",
        ("d_min = N r/M for the equality", "gamma_0 < rho_1/rho_2"),
        scope="general",
    )

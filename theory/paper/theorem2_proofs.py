"""Rows of the ledger prove Theorem 2 and the limit in Remark 3."""

import sympy

from theory.paper.rho import RHO
from theory.paper.theorem1 import used, weighted
from theory.paper.theorem1_proofs import need_admitted
from theory.paper.theorem2 import (
    ALLOWED,
    FACTOR,
    LIMIT_IN_PHI,
    PRINTED,
    RADICAND,
    RATE,
    REAL,
    STABLE,
    STEPS,
    first,
    harmonic,
    least,
    log_T,
    scaled,
    start,
    terms,
    total,
    weight,
    x,
)
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
    Step(sympy.Eq(PRINTED["33"].subs(t, 0), gamma_0), (ALLOWED,)).prove()
    identity(PRINTED["33"].subs(sympy.sqrt(t + 1), first / scaled), RATE)
    identity(PRINTED["35"].subs(first, start), start / sympy.sqrt(t + 1))
    for name in ("35 positive", "35 first", "33 real", "33 smaller", "33 falls"):
        STEPS[name].prove()
    identity(RADICAND, radicand)
    stable = STABLE.subs(RADICAND, radicand).subs(sympy.sqrt(t + 1), first / scaled)
    Step(sympy.Eq(RATE, stable), (REAL,)).prove()
    STEPS["33 at most the first"].prove()
    last = STEPS["35 falls"].prove()
    return Outcome(
        "proved",
        "SMT over the reals, sympy identity",
        "starts at gamma_0, is real, the smaller root, strictly decreasing in t because the right "
        f"side of (35) is ({last}); equal to 2c/(rho_1 + sqrt(rho_1^2 - 4 rho_2 c)); it would "
        "still start at gamma_0 = rho_1/(2 rho_2), and above that at rho_1/rho_2 - gamma_0 instead",
        ("rho_1 > 0", "0 < gamma_0 < rho_1/(2 rho_2)"),
        "general",
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
        "general",
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
    for name in ("36 weights", "36 mean"):
        STEPS[name].prove()
    # The weights are the right sides of (35); (30) times T + 1; (37).
    weights = STEPS["36 weights"].claim.rhs
    known = (
        STEPS["36 mean"].claim.subs(weight, weights),
        sympy.Le(weighted, F_0 - F_star + used),
        sympy.Ge(total, PRINTED["37"]),
        sympy.Le(F_star, F_0),
    )
    bounded = sympy.Le(least, PRINTED["36"].subs(first, start) + used / weights)
    instance = {T: 0, total: 1, start: 2, F_0: 3, F_star: 1, used: 4, weighted: 6, least: 3}
    last = Step(bounded, known, instance).prove()
    return Outcome(
        "proved",
        "induction over T by SMT over the reals",
        f"{last}; the step named 'equality' rests on (35) and the 'last equality' is an "
        "inequality, which needs F(x^0) >= F*",
        ("(30)", "(35)", "(37)", "Assumption 3"),
        "general",
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
    STEPS["37 above"].prove()
    # From no term on.
    last = Induction(
        sympy.Ge(total, PRINTED["37"].subs(T, terms - 1)),
        {total: 0, terms: 0},
        {total: total + 1 / sympy.sqrt(terms + 1), terms: terms + 1},
        equality={total: 0, terms: 0},
    ).prove()
    return Outcome(
        "proved",
        "induction over T by SMT over the reals",
        f"{last}; never off by more than 2, its limit: the sum is at most 2 sqrt(T + 1) - 1",
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
    at_most_first = STEPS["33 at most the first"].claim.subs(RATE, gamma)
    instance = {gamma: 2, gamma_0: 2, rho_1: 5, rho_2: 1, t: 0}
    falls = Step(sympy.Ge(FACTOR, PRINTED["38"]), (at_most_first,), instance)
    evidence = falls.prove()
    known = (sympy.Eq(FACTOR, PRINTED["35"]), falls.claim, ALLOWED)
    last = Step(sympy.Le(gamma, PRINTED["rate"]), known, instance).prove()
    identity(PRINTED["35"], PRINTED["rate"] * (rho_1 - gamma_0 * rho_2))
    return Outcome(
        "proved",
        "SMT over the reals, sympy identity",
        f"for every rate up to gamma_0: {evidence}; {last}",
        ("(35)", "gamma^t <= gamma_0 by (33)", "gamma_0 < rho_1/(2 rho_2)"),
        "general",
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
    most = gamma_0 * rho_3 * total + gamma_0**2 * rho_4 * harmonic
    one = {gamma: 2, gamma_0: 2, t: 0, rho_3: 3, rho_4: 1}
    sums = Induction(
        sympy.Le(used, most),
        {used: 0, total: 0, harmonic: 0},
        {
            used: used + gamma * rho_3 + gamma**2 * rho_4,
            total: total + 1 / sympy.sqrt(t + 1),
            harmonic: harmonic + 1 / (t + 1),
        },
        (sympy.Le(gamma, PRINTED["rate"]),),
        one | {used: 10, total: 1, harmonic: 1},
    )
    sums.prove()
    known = (
        sums.claim,
        sympy.Ge(total, PRINTED["37"]),
        sympy.Le(harmonic, PRINTED["harmonic"].subs(sympy.log(T + 1), log_T)),
        ALLOWED,
    )
    claim = sympy.Le(used / (first * total), PRINTED["39"].subs(sympy.log(T + 1), log_T))
    instance = {T: 0, log_T: 0, total: 1, harmonic: 2, gamma_0: 1, rho_1: 3, rho_2: 1}
    last = Step(claim, known, instance | {rho_3: 1, rho_4: 1, used: 3}).prove()
    return Outcome(
        "proved",
        "induction over T by SMT over the reals",
        f"{last}; the first term is exact, and the second loose by (2 + log(T + 1))/H_(T+1) and "
        "by (37)",
        ("(37)", "(38)", "rho_3, rho_4 >= 0", "gamma_0 < rho_1/(2 rho_2)"),
        "general",
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
    gap = sympy.log(x) - (1 - 1 / x)
    need(gap.subs(x, 1) == 0, "log x = 1 - 1/x at x = 1", gap.subs(x, 1))
    identity(sympy.diff(gap, x), STEPS["U27 slope"].claim.lhs)
    STEPS["U27 slope"].prove()
    # What is known of log((T + 2)/(T + 1)), which one more term adds to log(T + 1).
    step = sympy.log(terms + 1) - sympy.log(terms)
    known = STEPS["U27 sharp"].given[0]
    quotient = gap.subs(x, (terms + 1) / terms)
    identity(sympy.expand_log(quotient, force=True), step - known.rhs)
    last = STEPS["U27 sharp"].prove()
    sharp = STEPS["U27 sharp"].claim.rhs.subs(log_T, sympy.log(T + 1))
    identity(PRINTED["harmonic"] - sharp, sympy.Integer(1))
    return Outcome(
        "proved",
        "induction over T: SMT over the reals, sympy identity",
        f"1 + log(T + 1) suffices, with equality at T = 0 ({last}); the printed 2 exceeds it by "
        "exactly 1",
        ("log x >= 1 - 1/x, by its derivative",),
        "general",
    )


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
    by_steps = sympy.symbols("first_term second_term share", nonnegative=True)
    known = sympy.Le(least, by_steps[0] + by_steps[2]), sympy.Le(by_steps[2], by_steps[1])
    together = dict(zip((least, *by_steps), (3, 1, 2, 2), strict=True))
    Step(sympy.Le(least, by_steps[0] + by_steps[1]), known, together).prove()
    at_start = (F_0 - F_star + gamma_0 * rho_3 + gamma_0**2 * rho_4) / first
    identity(PRINTED["34"].subs(T, 0) - at_start, gamma_0**2 * rho_4 / first)
    s = sympy.Symbol("s", positive=True)
    limit = sympy.limit(PRINTED["34"].subs(T, s - 1), s, sympy.oo)
    identity(limit, rho_3 / (rho_1 - gamma_0 * rho_2))
    return Outcome(
        "proved",
        "SMT over the reals, sympy identity, exact instance",
        "(36) with (39); at T = 0 above (30) by gamma_0^2 rho_4 over the first factor, which is "
        "the 2 for 1 before the logarithm; tends to rho_3/(rho_1 - gamma_0 rho_2); "
        f"{need_admitted()}",
        ("Assumptions 1-3", "pair-wise balance", "rho_1 > 0", "0 < gamma_0 < rho_1/(2 rho_2)"),
        "general",
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
    uses=("19", "20", "21", "34", "U6"),
    test=_SLIPS,
)
def check_40() -> Outcome:
    """Prove that (40) is exact for equal d_k."""
    limit = rho_3 / (rho_1 - gamma_0 * rho_2)
    identity(limit.subs(RHO).subs(d_min, N * r / M), PRINTED["40"])
    # As d_min falls, ρ1 falls, and ρ2 and ρ3 grow.
    less = sympy.Symbol("less", integer=True, positive=True)
    fewer, smaller = sympy.Le(less, d_min), {d_min: less}
    honest = (sympy.Lt(alpha, 1), sympy.Ge(N, 2))
    sizes = {N: 4, M: 4, r: 2, d_min: 2, less: 2, alpha: sympy.Rational(1, 2)}
    sizes |= {C_alpha: 1, L: 1, beta: 1}
    falls = sympy.Le(RHO[rho_1].subs(smaller), RHO[rho_1])
    grows = [sympy.Ge(RHO[symbol].subs(smaller), RHO[symbol]) for symbol in (rho_2, rho_3)]
    Step(falls, (fewer, sympy.Le(r, M)), sizes).prove()
    Step(grows[0], (fewer, *honest), sizes).prove()
    Step(grows[1], (fewer, sympy.Le(r, M)), sizes).prove()
    of_less = sympy.symbols("less_1:3", positive=True) + sympy.symbols("less_3:4", nonnegative=True)
    known = (
        sympy.Le(of_less[0], rho_1),
        sympy.Ge(of_less[1], rho_2),
        sympy.Ge(of_less[2], rho_3),
        sympy.Gt(of_less[0] - gamma_0 * of_less[1], 0),
    )
    claim = sympy.Ge(of_less[2] / (of_less[0] - gamma_0 * of_less[1]), limit)
    numbers = {rho_1: 3, rho_2: 1, rho_3: 2, gamma_0: 1}
    last = Step(claim, known, numbers | dict(zip(of_less, (3, 1, 2), strict=True))).prove()
    return Outcome(
        "proved",
        "sympy identity, SMT over the reals",
        "equality at d_min = N r/M; d_min <= N r/M always, and then the limit is at least (40): "
        f"{last}; no balanced allocation with r < M has d_min = N r/M, since its d_k vary by U6",
        ("d_min = N r/M for the equality", "gamma_0 < rho_1/rho_2"),
        "general",
    )

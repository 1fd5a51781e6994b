"""Rows of the ledger prove Theorem 1 and the limit in Remark 2."""

import sympy

from theory.paper import descent
from theory.paper.descent_proofs import fall
from theory.paper.lemma1 import unshared
from theory.paper.rho import PRINTED as CONSTANTS
from theory.paper.rho import RHO
from theory.paper.table1 import c_alpha_squared
from theory.paper.theorem1 import (
    FACTOR,
    POSITIVE,
    PRINTED,
    STEPS,
    after,
    average,
    chance,
    high,
    low,
    now,
    root,
    signed,
    squares,
    sure,
    terms,
    used,
    weighted,
)
from theory.paper.threshold import balanced, need_balanced
from theory.proving import small_instances, symbols
from theory.proving.proofs import Induction, Outcome, Step, identity, need
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

_MEAN_G = sympy.Symbol(r"E\|\nabla F(x^t)\|^2")
_FALL = sympy.Symbol(r"E[F(x^t)] - E[F(x^{t+1})]")
_SUMS = {
    weighted: sympy.Symbol(
        r"\sum_{t=0}^T (\gamma^t \rho_1 - (\gamma^t)^2 \rho_2) E\|\nabla F(x^t)\|^2"
    ),
    used: sympy.Symbol(r"\sum_{t=0}^T (\gamma^t \rho_3 + (\gamma^t)^2 \rho_4)"),
}
"""Full expectations in (29), and the sums in (30); printed only."""

_HERE = "tests/theory/paper/test_theorem1.py"
_SLIPS = f"{_HERE}::test_a_slip_of_the_pen_flips_the_proof"


@statement(
    "28",
    place="proof of Theorem 1",
    form="inequality",
    says="the descent with the four constants",
    latex=sympy.Le(PRINTED["28 left"], fall + PRINTED["28 right"]),
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
        "general",
    )


@statement(
    "29",
    place="proof of Theorem 1",
    form="expectation",
    says="full expectations of (28)",
    latex=(
        sympy.Le(PRINTED["28 left"].subs(G, _MEAN_G), _FALL + PRINTED["28 right"]),
        r",\quad E[E[\cdot | \mathcal F^t]] = E[\cdot]",
    ),
    uses=("9", "11", "28"),
    test=_SLIPS,
)
def check_29() -> Outcome:
    """Prove that full expectations keep (28), and that they are finite."""
    for name in ("29 tower", "29 order", "29 gradient"):
        STEPS[name].prove()
    # (28) in one outcome of the past, which `29 order` weighs by its chance; chances sum to one.
    one = sympy.Le(PRINTED["28 left"], now - after + PRINTED["28 right"])
    means = PRINTED["28 left"].subs(G, squares), PRINTED["28 right"] * sure
    start = {gamma: 1, rho_1: 3, rho_2: 1, rho_3: 1, rho_4: 1, G: 2, squares: 1}
    start |= {chance: sympy.Rational(1, 2), sure: sympy.Rational(1, 2), now: 3, after: 1}
    whole = Induction(
        sympy.Le(means[0], low - high + means[1]),
        {squares: 0, low: 0, high: 0, sure: 0},
        {
            squares: squares + chance * G,
            low: low + chance * now,
            high: high + chance * after,
            sure: sure + chance,
        },
        (one,),
        start | {low: 3, high: 2},
    ).prove()
    # (28) and the bound on the gradient keep the expected loss finite.
    next_loss = sympy.Le(
        after, now + PRINTED["28 right"] + 2 * gamma**2 * rho_2 * L * (now - F_star)
    )
    at_minimum = {now: 2, F_star: 2, G: 0, after: 4, L: 1}
    at_minimum |= {gamma: 1, rho_1: 1, rho_2: 1, rho_3: 1, rho_4: 1}
    Step(next_loss, (one, STEPS["29 gradient"].claim), at_minimum).prove()
    return Outcome(
        "proved",
        "SMT over the reals with induction over the outcomes",
        "a finite number of outcomes, one more at a time; every expectation is finite, because "
        f"||nabla F||^2 <= 2 L (F - F*) and (28) bounds the next loss; {whole}",
        ("(28)", "Assumptions 1 and 3", "finitely many outcomes, or their limit"),
        "general",
    )


@statement(
    "30",
    place="proof of Theorem 1",
    form="chain",
    says="the mean of (29) over T + 1 iterations telescopes, at any rates",
    latex=sympy.Le(weighted / (T + 1), PRINTED["30"]).subs(_SUMS),
    uses=("11", "29"),
    test=_SLIPS,
)
def check_30() -> Outcome:
    """Prove by induction that the losses telescope at any rates, and the case of a fixed rate."""
    # γ and G are those of one iteration, and (29) is what is known of it.
    known = sympy.Le(PRINTED["28 left"], now - after + PRINTED["28 right"])
    sums = {weighted: 5, F_0: 6, now: 3, used: 2, after: 2}
    one = {gamma: 1, rho_1: 3, rho_2: 1, rho_3: 1, rho_4: 2, G: 2}
    telescoped = Induction(
        sympy.Le(weighted, F_0 - now + used),
        {weighted: 0, now: F_0, used: 0},
        {
            weighted: weighted + PRINTED["28 left"],
            now: after,
            used: used + PRINTED["28 right"],
        },
        (known,),
        sums | one,
    )
    telescoped.prove()
    end = {F_0: 6, F_star: 1, now: 1, used: 5, weighted: 10, T: 4}
    claim = sympy.Le(weighted / (T + 1), PRINTED["30"])
    last = Step(claim, (telescoped.claim, sympy.Ge(now, F_star)), end).prove()
    # A fixed rate: both sums in closed form.
    closed = []
    for name in ("30 constant", "30 weights"):
        STEPS[name].prove()
        closed.append(STEPS[name].claim.subs({terms: T + 1, squares: (T + 1) * average}))
    fixed = Step(
        sympy.Le(FACTOR * average, PRINTED["30 fixed"]),
        (claim, *closed),
        {F_0: 6, F_star: 1, used: 10, weighted: 15, T: 4, average: 3}
        | {gamma: 1, rho_1: 2, rho_2: 1, rho_3: 1, rho_4: 1},
    ).prove()
    return Outcome(
        "proved",
        "induction over T by SMT over the reals",
        f"any rates: {last}; a fixed rate: {fixed}",
        ("(29) for t = 0..T", "x^0 fixed", "Assumption 3"),
        "general",
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
    known = (sympy.Le(FACTOR * average, PRINTED["30 fixed"]), POSITIVE)
    # γρ1 − γ²ρ2 = 1, and the right side of (30) is 2 + 3 + 4.
    instance = {gamma: 1, rho_1: 2, rho_2: 1, rho_3: 3, rho_4: 4}
    instance |= {F_0: 4, F_star: 0, T: 1, average: 9}
    divided = Step(sympy.Le(average, PRINTED["31"]), known, instance).prove()
    return Outcome(
        "proved",
        "SMT over the reals",
        divided,
        ("(30)", "rho_1 > 0", "gamma < rho_1/rho_2"),
        "general",
    )


@statement(
    "U26",
    place="Theorem 1",
    form="inequality",
    says="the condition on T makes the factor of the gradient positive",
    latex=(sympy.Gt(T, PRINTED["T"]), r"\iff", sympy.Gt(FACTOR, 0)),
    test=_SLIPS,
)
def check_t() -> Outcome:
    """Prove that the condition on T is γ < ρ1/ρ2 if ρ1 is positive, and not otherwise."""
    enough = sympy.Gt(T, PRINTED["T"])
    positive = POSITIVE.subs(gamma, lambda_ / root)
    border = {T: 3, lambda_: 2, rho_1: 1, rho_2: 1}
    Step(positive, (enough,), border).prove()
    both = Step(enough, (positive,), border).prove()
    below = sympy.Lt(gamma, rho_1 / rho_2)
    rates = {gamma: 1, rho_1: 1, rho_2: 1}
    Step(below, (POSITIVE,), rates).prove()
    Step(POSITIVE, (below,), rates).prove()
    instance = {signed: -1, rho_2: 1, lambda_: 1, T: 3}
    met = enough.subs(rho_1, signed).subs(instance)
    factor = positive.lhs.subs(rho_1, signed).subs(instance)
    need(met == sympy.true and factor < 0, "a counterexample without rho_1 > 0", factor)
    return Outcome(
        "proved",
        "SMT over the reals, exact instance",
        f"an equivalence where rho_1 > 0 ({both}); the square hides its sign: at rho_1 = -1, rho_2 "
        f"= lambda = 1, T = 3 the condition holds and gamma rho_1 - gamma^2 rho_2 = {factor}",
        ("rho_1 > 0",),
        "general",
    )


_TWO_MEET = (0, 0, 1, 3)
"""Lines of which no three meet in a point: the allocation has d_min = 2."""


def need_admitted() -> str:
    """Check that an allocation and a rule of Table I meet the condition on C_α; return it in words.

    Raises
    ------
    Unproved
        If they do not.
    """
    sizes = need_balanced(balanced(_TWO_MEET), 2)
    squared = c_alpha_squared("median", N=4, f=1, D=1)
    most = (CONSTANTS["threshold"] / unshared).subs(sizes) ** 2
    need(squared < most, f"C_alpha^2 = {squared} below {most}", squared)
    return (
        "an allocation with N=4, M=25, r=20, overlaps 16 and d_min=2 exists, and at f=1, D=1 the "
        f"median of Table I is below the threshold: C_alpha^2 = {squared} < {most}"
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
    rate = {gamma: lambda_ / root}
    known = sympy.Le(FACTOR * average, PRINTED["30 fixed"]).subs(rate)
    # γ = 1/2 and γρ1 − γ²ρ2 = 1, and the right side of (30) is 1 + 1 + 1.
    instance = {T: 3, lambda_: 1, rho_1: 4, rho_2: 4, rho_3: 2, rho_4: 4}
    instance |= {F_0: 4, F_star: 0, average: 3}
    enough = sympy.Gt(T, PRINTED["T"])
    last = Step(sympy.Le(average, PRINTED["18"]), (known, enough), instance).prove()
    identity(PRINTED["31"].subs(rate), PRINTED["18"])
    s = sympy.Symbol("s", positive=True)
    identity(sympy.limit(PRINTED["18"].subs(root, s), s, sympy.oo), rho_3 / rho_1)
    return Outcome(
        "proved",
        "SMT over the reals, sympy identity, exact instance",
        "equals the right side of (31); tends to rho_3/rho_1 as T grows at fixed lambda; "
        f"{last}; {need_admitted()}",
        ("Assumptions 1-3", "pair-wise balance", "rho_1 > 0", "T > (lambda rho_2/rho_1)^2 - 1"),
        "general",
    )


@statement(
    "32",
    place="Remark 2",
    form="constant",
    says="what the bound tends to, where all d_k are about equal",
    latex=(sympy.Eq(rho_3 / rho_1, PRINTED["32"]), r"\text{ at }", sympy.Eq(d_min, N * r / M)),
    uses=("18", "19", "21", "U6"),
    test=_SLIPS,
)
def check_32() -> Outcome:
    """Prove that (32) is exact for equal d_k, and too small for others."""
    exact = (rho_3 / rho_1).subs(RHO)
    identity(exact.subs(d_min, N * r / M), PRINTED["32"])
    # With a = 2√2 C_α (r − r²/M)/M, ρ3/ρ1 = β²M²a/2 / (d_min/N − a), which falls in d_min/N.
    a, share, equal = sympy.symbols("a share equal", positive=True)
    identity(exact, (beta**2 * M**2 * a / 2 / (d_min / N - a)).subs(a, _excess()))
    falls = Step(
        sympy.Ge(a / (share - a), a / (equal - a)),
        (sympy.Le(share, equal), sympy.Lt(a, share)),
        {a: 1, share: 2, equal: 2},
    ).prove()
    sizes = need_balanced(small_instances.BALANCED, 1)
    instance = sizes | {C_alpha: sympy.Rational(2, 5), beta: 1}
    larger = (exact / PRINTED["32"]).subs(instance)
    need(larger > 1, "a limit above (32)", larger)
    return Outcome(
        "proved",
        "sympy identity, SMT over the reals, exact instance",
        "equality at d_min = N r/M; d_min <= N r/M always, and then rho_3/rho_1 is the larger: "
        f"{sympy.N(larger, 4)} times (32) at N=3, M=4, r=2, d_min=1, C_alpha=2/5; {falls}; no "
        "balanced allocation with r < M has d_min = N r/M, since its d_k vary by U6",
        ("d_min = N r/M for the equality", "rho_1 > 0"),
        "general",
    )


def _excess() -> sympy.Expr:
    return 2 * sympy.sqrt(2) * C_alpha * unshared / M

"""Rows of the ledger prove Theorem 1 and the limit in Remark 2."""

import sympy

from theory.paper import descent
from theory.paper.lemma1 import unshared
from theory.paper.lemma1_proofs import OPPOSITE
from theory.paper.rho import PRINTED as THRESHOLDS
from theory.paper.rho import RHO
from theory.paper.theorem1 import PRINTED, root
from theory.proving import small_instances, symbols
from theory.proving.proofs import Induction, Outcome, Step, identity, need, violated
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
    alpha,
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
_ADDED = gamma * rho_3 + gamma**2 * rho_4
_POSITIVE = _FACTOR > 0

inner, joint, loss, last, after, gain, added = sympy.symbols(
    "inner joint loss last after gain added", real=True
)
"""Expectation given one past, expectation over both, one loss; E F(x^t) and E F(x^{t+1}), and the
sums so far of both sides of (29) without the losses."""

past, chance = sympy.symbols("past chance", nonnegative=True)
"""Probability of one past, and of one outcome after it."""

TOWER = Induction(
    claim=sympy.Eq(past * inner, joint),
    start={inner: 0, joint: 0},
    grows={inner: inner + chance * loss, joint: joint + past * chance * loss},
)
"""An expectation over one past, weighted, is the sum over its outcomes."""

TELESCOPED = Induction(
    claim=sympy.Le(gain, F_0 - last + added),
    start={gain: 0, last: F_0, added: 0},
    grows={gain: gain + _FACTOR * G, last: after, added: added + _ADDED},
    given=(sympy.Le(_FACTOR * G, last - after + _ADDED),),
    equality={gamma: 1, rho_1: 2, rho_2: 1, rho_3: 1, rho_4: 1, G: 1}
    | {gain: 1, F_0: 3, last: 2, added: 0, after: 3},
)
"""(29) summed over any number of iterations, at a rate γ of its own in each."""

_BELOW_IN_OUR_TEXT = sympy.Lt(C_alpha, THRESHOLDS["threshold, N inside"] / unshared)

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
        scope="general",
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
    TOWER.prove()
    # (9) at x = y − ∇F(y)/L and (11) bound the gradient by the loss, and (28) bounds the next loss.
    now, slope, move = sympy.symbols("now slope move", real=True)
    equality = Step(
        2 * L * (now - F_star) >= slope**2,
        (
            after <= now + slope * move + L / 2 * move**2,
            sympy.Eq(move, -slope / L),
            after >= F_star,
        ),
        {L: 1, slope: 2, move: -2, now: 3, after: 1, F_star: 1},
    ).prove()
    return Outcome(
        "proved",
        "induction over outcomes, SMT over the reals",
        "outcome by outcome p_i q_j f_ij is counted once on both sides; every expectation is "
        f"finite, because ||nabla F||^2 <= 2 L (F - F*) and (28) bounds the next loss; {equality}",
        ("(28)", "Assumptions 1 and 3"),
        scope="general",
    )


@statement(
    "30",
    place="proof of Theorem 1",
    form="chain",
    says="the sum of (29) over T + 1 iterations telescopes, at any rates; its mean at a fixed one",
    latex=sympy.Le(_FACTOR * mean_gradient, PRINTED["30"]),
    uses=("11", "29"),
    test=_SLIPS,
)
def check_30() -> Outcome:
    """Prove by induction that the losses telescope, and that F* may replace the last one."""
    telescoped = TELESCOPED.prove()
    at_fixed_rate = Step(
        sympy.Le(_FACTOR * average, PRINTED["30"]),
        (
            TELESCOPED.claim.subs(
                {gain: (T + 1) * _FACTOR * average, added: (T + 1) * _ADDED}, simultaneous=True
            ),
            last >= F_star,
        ),
        {gamma: 1, rho_1: 2, rho_2: 1, rho_3: 3, rho_4: 4}
        | {F_0: 4, F_star: 0, last: 0, T: 1, average: 9},
    ).prove()
    return Outcome(
        "proved",
        "induction over the iterations and SMT over the reals",
        "for any rates the sum of (gamma^t rho_1 - (gamma^t)^2 rho_2) E||nabla F(x^t)||^2 is at "
        "most F(x^0) - E F(x^{T+1}) and the sum of gamma^t rho_3 + (gamma^t)^2 rho_4: "
        f"{telescoped}; at a fixed rate, divided by T + 1: {at_fixed_rate}",
        ("(29) for t = 0..T", "x^0 fixed", "Assumption 3"),
        scope="general",
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
    equality = Step(
        sympy.Le(average, PRINTED["31"]),
        (_FACTOR * average <= PRINTED["30"], _POSITIVE),
        # gamma rho_1 - gamma^2 rho_2 = 1, and the right side of (30) is 2 + 3 + 4.
        {gamma: 1, rho_1: 2, rho_2: 1, rho_3: 3, rho_4: 4} | {F_0: 4, F_star: 0, T: 1, average: 9},
    ).prove()
    return Outcome(
        "proved",
        "SMT over the reals",
        equality,
        ("(30)", "rho_1 > 0", "gamma < rho_1/rho_2"),
        scope="general",
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
    at = {T: 3, lambda_: 2, rho_1: 1, rho_2: 1}
    Step(_POSITIVE.subs(rate), (enough,), at).prove()
    Step(enough, (_POSITIVE.subs(rate),), at).prove()
    Step(gamma < rho_1 / rho_2, (_POSITIVE,), {gamma: 1, rho_1: 1, rho_2: 1}).prove()
    signed = sympy.Symbol("signed", real=True)
    instance = {signed: -1, rho_2: 1, lambda_: 1, T: 3}
    met = enough.subs(rho_1, signed).subs(instance)
    factor = (lambda_ / root * signed - (lambda_ / root) ** 2 * rho_2).subs(instance)
    need(met, "the condition on T at rho_1 = -1", met)
    need(factor < 0, "a negative factor of the gradient at rho_1 = -1", factor)
    return Outcome(
        "proved",
        "SMT over the reals",
        "an equivalence where rho_1 > 0; the square hides its sign: at rho_1 = -1, rho_2 = lambda "
        f"= 1, T = 3 the condition holds and gamma rho_1 - gamma^2 rho_2 = {factor}",
        ("rho_1 > 0",),
        scope="general",
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
        scope="general",
    )


@statement(
    "U30",
    place="Theorem 1",
    form="inequality",
    says="(18) under the threshold that our text has, N inside the root",
    latex=(_BELOW_IN_OUR_TEXT, r"\implies", sympy.Le(mean_gradient, PRINTED["18"])),
    uses=("9", "10", "11", "7", "19", "20", "21", "22", "U23"),
    test=f"{_HERE}::test_the_counterexample_to_theorem_1_in_our_text_is_a_run",
)
def check_18_in_our_text() -> Outcome:
    """Refute (18) as our text has it: every hypothesis holds and the right side is negative."""
    # f_k(x) = (x − a_k)²/2 with a = 0, 1, −1, 0 from x^0 = 1, no Byzantine device, and the mean.
    places, start = OPPOSITE, 1
    devices = small_instances.BALANCED
    sizes = {N: len(devices), M: len(places), r: 2, alpha: 0, L: len(places)}
    sizes |= {d_min: min(small_instances.degrees(devices)), C_alpha: sympy.Rational(3, 5)}
    sizes[beta] = sympy.sqrt(sympy.Rational(small_instances.heterogeneity_sq(places)))
    shared = small_instances.overlaps(devices)
    need(shared == {(r**2 / M).subs(sizes)}, "overlaps of exactly r^2/M", shared)
    need(_BELOW_IN_OUR_TEXT.subs(sizes), "C_alpha below the threshold in our text", sizes)
    values = {symbol: constant.subs(sizes) for symbol, constant in RHO.items()}
    values |= {
        lambda_: 1,
        F_0: sum(sympy.Rational(start - place) ** 2 for (place,) in places) / 2,
        F_star: sum(sympy.Rational(place) ** 2 for (place,) in places) / 2,
    }
    condition = PRINTED["T"].subs(values)
    values[T] = sympy.ceiling(condition) + 1
    need(PRINTED["T"].subs(values) < values[T], "T above its bound", values[T])
    right = sympy.radsimp(PRINTED["18"].subs(values))
    violated(sympy.Integer(0), right)
    return Outcome(
        "refuted",
        "exact counterexample",
        "N=3, M=4, r=2, d = (3, 1, 1, 1), overlaps of 1, f_k(x) = (x - a_k)^2/2 with a = 0, 1, -1, "
        f"0, x^0 = 1, no Byzantine device, the mean as the rule, C_alpha = 3/5, T = {values[T]}: a "
        f"mean of squares cannot be at most the right side of (18), {float(right):.4g}",
        ("Assumptions 1-3", "pair-wise balance", "C_alpha < d_min M/(2 sqrt(2N) (r - r^2/M))"),
        kind="our text",
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
    falls = Step(
        sympy.Ge(a / (share - a), a / (equal - a)),
        (share <= equal, a < share),
        {a: 1, share: 2, equal: 2},
    )
    identity(exact, (beta**2 * M**2 * a / 2 / (d_min / N - a)).subs(a, _excess()))
    instance = {N: 3, M: 4, r: 2, d_min: 1, C_alpha: sympy.Rational(2, 5), beta: 1}
    ratio = sympy.N((exact / PRINTED["32"]).subs(instance), 4)
    return Outcome(
        "proved",
        "sympy identity, SMT over the reals",
        "equality at d_min = N r/M; d_min <= N r/M always, and then rho_3/rho_1 is the larger: "
        f"{ratio} times (32) at N=3, M=4, r=2, d_min=1, C_alpha=2/5; "
        f"{falls.prove()}",
        ("d_min = N r/M for the equality", "rho_1 > 0"),
        scope="general",
    )


def _excess() -> sympy.Expr:
    return 2 * sympy.sqrt(2) * C_alpha * unshared / M

"""Rows of the ledger decide Remarks 2 to 5 and the sentences around them."""

from fractions import Fraction

import sympy

from theory.paper import theorem1, theorem2
from theory.paper.rho import BELOW, GENERAL, RHO, threshold
from theory.paper.setting import Setting
from theory.paper.table1 import TABLE_I, c_alpha_squared
from theory.proving import small_instances
from theory.proving.proofs import Outcome, Step, identity, need, violated
from theory.proving.statement import statement
from theory.proving.symbols import (
    C_alpha,
    D,
    L,
    M,
    N,
    alpha,
    beta,
    d_min,
    gamma,
    gamma_0,
    nu,
    r,
    rho_1,
    rho_2,
    rho_3,
    rho_4,
)

p, q, fixed = sympy.symbols("p q fixed", nonnegative=True)

DISTANCE = sympy.sqrt(2) * C_alpha * (1 - r / M)
"""The expression through which (32) and (40) depend on r and C_α."""

EQUAL_OVERLAPS = DISTANCE * N / (N - 1)
"""The same for regular allocations with equal overlaps, which exist."""

REGULAR = {nu: r * (1 - r / M) * N / (N - 1), d_min: N * r / M}
"""ν and d_min of a regular allocation with equal overlaps, r(d − 1)/(N − 1) each."""


def _room(distance: sympy.Symbol, name: str) -> sympy.Expr:
    """Return the denominator of (32) or (40); ``fixed`` depends on neither r nor C_α."""
    share = {"32": 0, "40": gamma_0 * (fixed + 4 * L * distance**2 / N)}[name]
    return 1 - 2 * distance - share


def _monotone(printed: sympy.Expr, limit: sympy.Expr, name: str) -> None:
    """Prove that a limit grows with the distance, which r lowers and C_α raises."""
    low, high = [beta**2 * M**2 * d / _room(d, name) for d in (p, q)]
    rest = (RHO[rho_2] * N).subs({C_alpha: 0, d_min: N * r / M})
    identity(low.subs({p: DISTANCE, fixed: rest}), printed)
    identity(low.subs({p: EQUAL_OVERLAPS, fixed: rest}), limit.subs(GENERAL).subs(REGULAR))
    share = sympy.Rational(1, 8)
    at = {p: share, q: share, beta: 1, M: 2}
    at |= {} if name == "32" else {gamma_0: share, fixed: 1, L: 1, N: 2}
    Step(low < high, (beta > 0, p < q, _room(q, name) > 0), at).prove()
    falls = EQUAL_OVERLAPS.subs(r, q) < EQUAL_OVERLAPS.subs(r, p)
    at = {p: 1, q: 1, C_alpha: 1, M: 2, N: 2}
    Step(falls, (p < q, C_alpha > 0, N >= 2), at).prove()
    rises = EQUAL_OVERLAPS.subs(C_alpha, p) < EQUAL_OVERLAPS.subs(C_alpha, q)
    Step(rises, (p < q, r < M, N >= 2), {p: 1, q: 1, r: 1, M: 2, N: 2}).prove()
    need(low.subs(p, 0) == 0, "a limit of 0 at distance 0", low.subs(p, 0))
    need(EQUAL_OVERLAPS.subs(r, M) == 0, "distance 0 at r = M", EQUAL_OVERLAPS.subs(r, M))
    # {1, 2}, {2, 3}, {3, 1}: overlaps of 1.
    held = ((1, 1, 0), (0, 1, 1), (1, 0, 1))
    measured = {
        nu: small_instances.largest_surplus(held),
        d_min: min(small_instances.degrees(held)),
    }
    expected = {symbol: formula.subs({N: 3, M: 3, r: 2}) for symbol, formula in REGULAR.items()}
    need(measured == expected, "an allocation with equal overlaps, N = M = 3, r = 2", measured)


_HERE = "tests/theory/paper/test_remarks.py"
_SLIPS = f"{_HERE}::test_a_slip_of_the_pen_flips_the_proof"


@statement(
    "R2",
    place="Remark 2",
    form="remark",
    says="the limit of the bound falls as r grows or C_alpha falls, and is zero at r = M",
    latex=(r"\rho_3 / \rho_1 \text{ grows with }", EQUAL_OVERLAPS),
    uses=("18", "32", "U19"),
    test=_SLIPS,
)
def check_r2() -> Outcome:
    """Prove Remark 2 for (32), and show its limits."""
    _monotone(theorem1.PRINTED["32"], rho_3 / rho_1, "32")
    apart = {d_min: 1, N: 8, M: 16, C_alpha: sympy.Rational(1, 10), beta: 1}
    few, many = [(rho_3 / rho_1).subs(RHO).subs(r, k).subs(apart) for k in (4, 8)]
    floor = ((rho_3 + gamma * rho_4) / (rho_1 - gamma * rho_2)).subs(RHO).subs({r: M, d_min: N})
    Step(
        floor > 0,
        _FLOOR,
        {alpha: 0, beta: 1, N: 2, M: 2, L: 1, gamma: sympy.Rational(1, 10)},
    ).prove()
    need(few < many, "a limit that grows with r at fixed d_min, from r = 4 to 8", (few, many))
    return Outcome(
        "proved",
        "SMT over the reals, sympy identity, exact instance",
        "for a regular allocation with equal overlaps rho_3/rho_1 depends on p = sqrt(2) C_alpha "
        "(1 - r/M) N/(N - 1) only, grows with it and is 0 at r = M; (32) is the same without N/(N "
        "- 1), for overlaps of r^2/M, which no allocation has with d_min = N r/M and r < M; at "
        "fixed d_min rho_3/rho_1 may grow with r, as from r = 4 to 8 at N = 8, M = 16, d_min = 1, "
        "C_alpha = 1/10; at a rate that does not shrink with T the bound keeps gamma rho_4/(rho_1 "
        "- gamma rho_2) > 0 even at r = M where alpha > 0; zero gradient is the minimum of a "
        "convex loss only",
        (
            "a regular allocation with equal overlaps",
            "rho_1 > 0",
            "beta > 0",
            "C_alpha finite: alpha < 1/2, FABA's < 1/3",
        ),
        scope="general",
    )


_FLOOR = (
    alpha > 0,
    alpha < 1,
    beta > 0,
    N >= 2,
    gamma * RHO[rho_2].subs({r: M, d_min: N}) < 1 / N,
)
"""The hypotheses of Theorem 1 at r = M, for any fixed rate."""


@statement(
    "R3",
    place="Remark 3",
    form="remark",
    says="the same of the bound with decaying rates",
    latex=(r"\rho_3 / (\rho_1 - \gamma^0 \rho_2) \text{ grows with }", EQUAL_OVERLAPS),
    uses=("34", "40", "U19"),
    test=_SLIPS,
)
def check_r3() -> Outcome:
    """Prove Remark 3 for (40)."""
    _monotone(theorem2.PRINTED["40"], rho_3 / (rho_1 - gamma_0 * rho_2), "40")
    # An admitted rate stays admitted: twice the share of γ⁰ is below 1 − 2p.
    fits = [1 - 2 * d - 2 * gamma_0 * (fixed + 4 * L * d**2 / N) > 0 for d in (p, q)]
    half = sympy.Rational(1, 2)
    at = {p: half, q: half, gamma_0: 0, fixed: 1, L: 1, N: 2}
    Step(fits[0], (p < q, fits[1]), at).prove()
    return Outcome(
        "proved",
        "SMT over the reals, sympy identity",
        "for a regular allocation with equal overlaps the limit depends on r and C_alpha through "
        "sqrt(2) C_alpha (1 - r/M) N/(N - 1) only, grows with it and is 0 at r = M; (40) is the "
        "same without N/(N - 1); gamma_0 meets its hypothesis at larger r and smaller C_alpha too",
        (
            "a regular allocation with equal overlaps",
            "gamma_0 fixed, below rho_1/(2 rho_2)",
            "beta > 0",
        ),
        scope="general",
    )


_SECTION_V = {"N": 100, "M": 1000, "r": 40, "d_min": 4}


@statement(
    "R4",
    place="Remark 4",
    form="remark",
    says="in practice the limit error is close to zero",
    latex=r"\lim_t F(x^t) \approx F^*",
    uses=("18",),
    test=f"{_HERE}::test_rows_have_the_verdicts_that_the_report_gives",
)
def check_r4() -> Outcome:
    """Tell which runs decide Remark 4, and which limit the theorems give."""
    trimmed = c_alpha_squared("trimmed_mean", N=100, f=3, D=100)
    limit = theorem1.asymptotic_error(Setting(**_SECTION_V, c_alpha_squared=trimmed, beta=1))
    return Outcome(
        "not applicable",
        "measured runs",
        "decided by measured runs, in verify/claims.csv; no theorem gives it: where rho_1 > 0 in "
        f"Section V (trimmed mean, alpha = 3/100), rho_3/rho_1 = {float(limit):.4g} beta^2",
    )


@statement(
    "R5",
    place="Remark 5",
    form="remark",
    says="both bounds depend on the Byzantine fraction",
    latex=r"\partial_\alpha C_\alpha^2 > 0",
    uses=("18", "19", "20", "21", "22", "34"),
    test=_SLIPS,
)
def check_r5() -> Outcome:
    """Prove that both bounds grow with alpha, through C_α and directly."""
    less = sympy.Symbol("less", nonnegative=True)
    grows, valued = less <= C_alpha, (alpha < 1, N >= 2)
    at = {N: 2, M: 2, r: 1, d_min: 1, alpha: 0, beta: 1, C_alpha: 1, less: 1, L: 1}
    for symbol, regime in (
        (rho_1, (grows, r <= M)),
        (rho_2, (grows, *valued)),
        (rho_3, (grows, r <= M)),
        (rho_4, (grows, *valued)),
    ):
        low, high = RHO[symbol].subs(C_alpha, less), RHO[symbol]
        claim = low >= high if symbol == rho_1 else low <= high
        used = claim.free_symbols
        Step(claim, regime, {one: at[one] for one in at if one in used}).prove()
    # At fixed C_α, ρ2 and ρ4 depend on alpha through this share.
    share = alpha / ((N - 1) * (1 - alpha))
    quarter = sympy.Rational(1, 4)
    rising = share.subs(alpha, less) < share
    Step(rising, (less < alpha, *valued), {less: quarter, alpha: quarter, N: 2}).prove()
    second = L / N**2 + L * (2 * r**2 / (d_min**2 * M**2) - 1 / N**2) * share
    fourth = 2 * r**2 * beta**2 * L / d_min**2 * share
    identity(RHO[rho_2].subs(C_alpha, 0), second)
    identity(RHO[rho_4].subs(C_alpha, 0), fourth)
    for row in TABLE_I.values():
        for branch in _branches(row.c_alpha_squared):
            used = branch.free_symbols
            at = {less: quarter, alpha: quarter, N: 4, D: 1}
            Step(
                branch.subs(alpha, less) < branch,
                (less < alpha, alpha < row.alpha_below),
                {one: at[one] for one in at if one in used | {less}},
            ).prove()
    return Outcome(
        "proved",
        "SMT over the reals, sympy identity",
        "rho_1 falls, rho_2, rho_3, rho_4 rise with C_alpha, every row of Table I strictly with "
        "alpha; beside C_alpha, rho_2 and rho_4 rise with alpha/((N - 1)(1 - alpha))",
        ("d_min M <= N r", "alpha < 1/2, for FABA < 1/3"),
        scope="general",
    )


def _branches(constant: sympy.Expr) -> list[sympy.Expr]:
    """Return a constant of Table I once per term of its minimum, or once if it has no minimum."""
    minima = list(constant.atoms(sympy.Min))
    return [constant.subs(minima[0], term) for term in minima[0].args] if minima else [constant]


@statement(
    "41",
    place="Section V",
    form="definition",
    says="least squares, one sample a subset",
    latex=r"F(x) = \sum_k \frac{1}{2} (\langle x, z_k \rangle - y_k)^2",
    test="tests/cradl/test_datasets.py::test_smoothness_and_minimum_in_exact_arithmetic",
)
def check_41() -> Outcome:
    """Tell which code implements (41)."""
    return Outcome(
        "definition", "none", "problem least_squares of a study; m of (41) is M, one sample"
    )


@statement(
    "U28",
    place="Section II",
    form="remark",
    says="redrawn identities are the strongest attack",
    latex=r"\mathcal B^t \text{ redrawn against } \mathcal B^t = \mathcal B",
    uses=("8", "24"),
    test=f"{_HERE}::test_persistent_identities_keep_the_honest_mean_off_the_gradient",
)
def check_persistent() -> Outcome:
    """Refute that redrawn identities are the worst: persistent ones leave a lasting error."""
    centres = [Fraction(0), Fraction(0), Fraction(3)]
    best = sum(centres) / len(centres)
    # One device per term (x − c_k)²/2; the last is always Byzantine, and the server knows it.
    reached = sum(centres[:2]) / 2
    redrawn = sum((sum(centres) - centre) / 2 for centre in centres) / len(centres)
    need(redrawn == best, "redrawn identities that leave the minimum in the mean", redrawn)
    lasting, none = ((best - place) ** 2 for place in (reached, redrawn))
    excess = violated(sympy.Rational(lasting), sympy.Rational(none))
    return Outcome(
        "refuted",
        "exact counterexample; measured runs besides",
        "with N = M = 3, r = 1, f_k(x) = (x - c_k)^2/2 and c = 0, 0, 3, even a server that knows "
        f"the Byzantine device 3 ends at x = {reached} if it stays, at {redrawn} in the mean if "
        f"redrawn, and the minimum is at {best}: squared errors {excess}. (24) needs redrawn "
        "identities; runs with persistent ones are in verify/claims.csv",
        kind="error",
    )


@statement(
    "U29",
    place="Section V",
    form="remark",
    says="the experiments meet the hypotheses of the theorems",
    latex=(BELOW, r",\quad", sympy.Lt(gamma, rho_1 / rho_2)),
    uses=("10", "41", "U22"),
    test=f"{_HERE}::test_section_v_is_outside_by_the_factors_worked_out_by_hand",
)
def check_section_v() -> Outcome:
    """Compute the factors by which Section V is outside the theorems."""
    factors = []
    for rule in ("median", "trimmed_mean", "phocas"):
        for byzantine in (3, 20, 40):
            constant = c_alpha_squared(rule, N=100, f=byzantine, D=100)
            setting = Setting(
                **_SECTION_V, alpha=Fraction(byzantine, 100), c_alpha_squared=constant
            )
            condition = threshold(setting.numbers())
            inside = rule == "trimmed_mean" and byzantine == 3
            side = "below" if inside else "above"
            says = f"C_alpha of {rule} at {byzantine} {side} its threshold"
            need(condition.holds == inside, says, condition)
            word = "holds" if condition.holds else "fails"
            factors.append(f"{rule} alpha={byzantine / 100} {float(condition.factor):.3g} ({word})")
    # Two terms (z x − y)²/2 with z = 1, 2: f_1' − F'/2 has slope 1 − 5/2 in x.
    z = sympy.Matrix([1, 2])
    slope = z[0] ** 2 - (z.T * z)[0] / 2
    need(slope != 0, "gradients that differ without bound", slope)
    return Outcome(
        "refuted",
        "exact evaluation",
        f"C_alpha over its threshold at d_min = 4: {', '.join(factors)}; every bound is infinite "
        "where an allocation leaves a subset on no device, so that d_min = 0; Assumption 2 fails "
        "in least squares, where no beta serves every x unless all subsets have one curvature; "
        "gamma < N/L is decided on the data, in the bounds of a study",
        ("least squares (41)", "d_min = N r/M = 4"),
        kind="outside its own hypotheses",
    )

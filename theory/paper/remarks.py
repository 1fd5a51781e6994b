"""Rows of the ledger decide Remarks 4 and 5 and the sentences around them."""

from fractions import Fraction

import sympy

from theory.paper import theorem1, theorem2
from theory.paper.rho import BELOW, RHO, threshold
from theory.paper.setting import Setting
from theory.paper.table1 import TABLE_I, c_alpha_squared
from theory.proving.instances import Instance
from theory.proving.proofs import Outcome, Step, identity, need
from theory.proving.statement import statement
from theory.proving.symbols import (
    F_0,
    C_alpha,
    D,
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
    lambda_,
    r,
    rho_1,
    rho_2,
    rho_3,
    rho_4,
)

less = sympy.Symbol("less", nonnegative=True)
"""A constant below C_α."""

higher = sympy.Symbol("higher", nonnegative=True)
"""A Byzantine fraction above α."""

share_p, share_q, squared = sympy.symbols("share_p share_q squared", nonnegative=True)
"""α/((N − 1)(1 − α)) at two fractions, and (r/(d_min M))²."""

_QUARTER = sympy.Rational(1, 4)

STEPS: dict[str, Step] = {
    "R5 share": Step(
        sympy.Lt(alpha / ((N - 1) * (1 - alpha)), higher / ((N - 1) * (1 - higher))),
        (sympy.Lt(alpha, higher), sympy.Lt(higher, 1), sympy.Ge(N, 2)),
        {alpha: _QUARTER, higher: _QUARTER, N: 2},
    ),
    "R5 factor": Step(
        sympy.Ge((r / (d_min * M)) ** 2, 1 / N**2),
        (sympy.Le(d_min * M, N * r),),
        {N: 2, M: 2, r: 1, d_min: 1},
    ),
    "R5 second": Step(
        sympy.Lt(
            1 / N**2 + (2 * squared - 1 / N**2) * share_p,
            1 / N**2 + (2 * squared - 1 / N**2) * share_q,
        ),
        (sympy.Lt(share_p, share_q), sympy.Ge(squared, 1 / N**2)),
        {N: 2, squared: 1, share_p: 1, share_q: 1},
    ),
}
"""Implications in the proofs below that have no printed formula in them."""

_HERE = "tests/theory/paper/test_remarks.py"
_SLIPS = f"{_HERE}::test_a_slip_of_the_pen_flips_the_proof"


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
        "Section V (trimmed mean, alpha = 3/100), rho_3/rho_1 = "
        f"{float(limit) / 1e6:.4g} 10^6 beta^2",
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
    everywhere = {N: 4, M: 4, r: 2, d_min: 1, alpha: _QUARTER, C_alpha: 1, less: 1, L: 1, beta: 1}
    smaller, honest = sympy.Le(less, C_alpha), (sympy.Lt(alpha, 1), sympy.Ge(N, 2))
    for symbol, regime in ((rho_1, ()), (rho_2, honest), (rho_3, ()), (rho_4, honest)):
        low, high = RHO[symbol].subs(C_alpha, less), RHO[symbol]
        claim = sympy.Ge(low, high) if symbol == rho_1 else sympy.Le(low, high)
        # Without a square of r − r²/M its sign counts.
        signs = regime or (sympy.Le(r, M),)
        Step(claim, (smaller, *signs), everywhere).prove()
    # At fixed C_α, ρ2 and ρ4 depend on alpha through this share.
    share = STEPS["R5 share"].claim.lhs
    second = STEPS["R5 second"].claim.lhs.subs({squared: STEPS["R5 factor"].claim.lhs})
    identity(RHO[rho_2].subs(C_alpha, 0), L * second.subs(share_p, share))
    fourth = 2 * r**2 * beta**2 * L / d_min**2 * share
    identity(RHO[rho_4].subs(C_alpha, 0), fourth)
    for name in ("R5 share", "R5 factor", "R5 second"):
        STEPS[name].prove()
    for row in TABLE_I.values():
        for branch in _branches(row.c_alpha_squared):
            limits = (sympy.Lt(alpha, higher), sympy.Lt(higher, row.alpha_below))
            equal = {alpha: _QUARTER, higher: _QUARTER, N: 4, D: 4}
            Step(sympy.Lt(branch, branch.subs(alpha, higher)), limits, equal).prove()
    for sides in _BOUNDS:
        _bound_grows(*sides)
    return Outcome(
        "proved",
        "SMT over the reals, sympy identity",
        "rho_1 falls, rho_2, rho_3, rho_4 rise with C_alpha, every row of Table I strictly with "
        "alpha; beside C_alpha, rho_2 and rho_4 rise with alpha/((N - 1)(1 - alpha)); both bounds "
        "grow as rho_1 falls and as rho_2, rho_3 and rho_4 rise",
        ("d_min M <= N r", "alpha < 1/2, for FABA < 1/3"),
        "general",
    )


def _bound_grows(bound: sympy.Expr, room: sympy.Expr, instance: Instance) -> None:
    """Prove that a bound grows as ρ1 falls and as ρ2, ρ3 and ρ4 rise."""
    worse = {
        rho_1: sympy.Symbol("worse_1", positive=True),
        rho_2: sympy.Symbol("worse_2", positive=True),
        rho_3: sympy.Symbol("worse_3", nonnegative=True),
        rho_4: sympy.Symbol("worse_4", nonnegative=True),
    }
    known = [sympy.Le(worse[rho_1], rho_1), sympy.Le(F_star, F_0)]
    known += [sympy.Ge(worse[symbol], symbol) for symbol in (rho_2, rho_3, rho_4)]
    known.append(sympy.Gt(room.subs(worse), 0))
    equal = {worse[symbol]: instance[symbol] for symbol in worse}
    claim = sympy.Le(bound, bound.subs(worse))
    Step(claim, tuple(known), {**instance, **equal}).prove()


_LOG_T = sympy.Symbol("log_T", nonnegative=True)
_NUMBERS = {rho_1: 3, rho_2: 1, rho_3: 1, rho_4: 1, F_0: 3, F_star: 1, T: 3}
_BOUNDS = (
    (
        theorem1.PRINTED["18"],
        theorem1.root * rho_1 - lambda_ * rho_2,
        {**_NUMBERS, lambda_: 1},
    ),
    (
        theorem2.PRINTED["34"].subs(sympy.log(T + 1), _LOG_T),
        rho_1 - gamma_0 * rho_2,
        {**_NUMBERS, gamma_0: 1, _LOG_T: 1},
    ),
)
"""Both bounds, a positive factor of their denominators, and an instance."""


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
    """Refute that a server which identifies persistent Byzantine devices is better off."""
    centres = [Fraction(0), Fraction(0), Fraction(3)]
    best = sum(centres) / len(centres)
    # One device per term (x − c_k)²/2; the last is always Byzantine, and the server knows it.
    reached = sum(centres[:2]) / 2
    redrawn = sum((sum(centres) - centre) / 2 for centre in centres) / len(centres)
    ends = (reached, redrawn)
    need(redrawn == best != reached, f"an end off the minimum {best} only if it stays", ends)
    # From x the mean update with redrawn identities is the gradient over N, as in (24).
    x = sympy.Symbol("x", real=True)
    slopes = [x - sympy.Rational(centre) for centre in centres]
    means = [(sum(slopes) - slope) / 2 for slope in slopes]
    identity(sum(means) / 3, sum(slopes) / 3)
    losses = [sum((place - centre) ** 2 / 2 for centre in centres) for place in (reached, best)]
    need(losses[0] > losses[1], "a larger loss if the Byzantine device stays", losses)
    return Outcome(
        "refuted",
        "exact instance, sympy identity",
        "with N = M = 3, r = 1, f_k(x) = (x - c_k)^2/2 and c = 0, 0, 3, even a server that has "
        f"identified the Byzantine device 3 ends at x = {reached} if it stays, at {redrawn} in the "
        f"mean if redrawn, and the minimum is at {best}: losses {losses[0]} and {losses[1]}; runs "
        "with persistent identities are in verify/claims.csv, and (24) needs redrawn ones",
        ("server told the identities", "rate small"),
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
            says = f"C_alpha of {rule} at f = {byzantine} {side} its threshold"
            need(condition.holds == inside, says, condition)
            word = "holds" if condition.holds else "fails"
            factors.append(f"{rule} alpha={byzantine / 100} {float(condition.factor):.3g} ({word})")
    # Two terms (z x − y)²/2 with z = 1, 2: f_1' − F'/2 has slope 1 − 5/2 in x.
    z = sympy.Matrix([1, 2])
    apart = z[0] ** 2 - (z.T * z)[0] / 2
    need(apart != 0, "gradients that differ without bound", apart)
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

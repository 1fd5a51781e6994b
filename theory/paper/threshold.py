"""Rows of the ledger decide the threshold on C_α, the signs of ρ1 to ρ4, and any allocation."""

from collections.abc import Sequence

import sympy

from theory.paper import descent, lemma1, lemma2
from theory.paper.lemma1 import unshared
from theory.paper.rho import BELOW, GENERAL, PRINTED, RHO, derived, over_threshold
from theory.paper.table1 import c_alpha_squared
from theory.paper.theorem1 import PRINTED as THEOREM_1
from theory.paper.theorem1 import signed
from theory.proving import small_instances
from theory.proving.proofs import Outcome, Step, identity, need, violated
from theory.proving.statement import statement
from theory.proving.symbols import (
    F_0,
    C_alpha,
    E_honest,
    E_spread,
    F_star,
    L,
    M,
    N,
    T,
    alpha,
    beta,
    d_min,
    eta,
    gamma,
    lambda_,
    mean_gradient,
    nu,
    r,
    rho_1,
    rho_2,
    rho_3,
    rho_4,
)

ratio = sympy.Symbol("ratio", positive=True)
"""r over d_min M, at least 1/N."""

z_1, z_2, z_3, middle, spread = sympy.symbols("z_1 z_2 z_3 middle spread", real=True)
"""Three honest numbers in order, their median with any fourth number, and ς."""

ADMITTED = (sympy.Ge(N, 2), sympy.Ge(N * (1 - alpha), 1))
"""There are two devices, of which one is honest."""


def balanced(shifts: Sequence[int]) -> small_instances.Rows:
    """Return S with N = 4, M = 25 and r = 20, whose overlaps are all r²/M = 16.

    The subsets are the points of the plane modulo 5. Each device lacks the points of one line; the
    four lines have different directions, so that two of them meet in one point.
    """
    points = [(x, y) for x in range(5) for y in range(5)]
    lines = zip(((1, 0), (0, 1), (1, 1), (1, 2)), shifts, strict=True)
    return [[int((a * x + b * y - c) % 5 != 0) for x, y in points] for (a, b), c in lines]


def need_balanced(allocation: small_instances.Rows, fewest: int) -> dict[sympy.Symbol, int]:
    """Check that an allocation is pair-wise balanced; return N, M, r and d_min.

    Raises
    ------
    Unproved
        If the devices hold different numbers of subsets, an overlap is not r²/M, or d_min is not
        `fewest`.
    """
    sizes = {sum(row) for row in allocation}
    mine, subsets = int(max(sizes)), len(allocation[0])
    need(sizes == {mine}, f"r = {mine} subsets on each device", sizes)
    shared = small_instances.overlaps(allocation)
    overlap = sympy.Rational(mine**2, subsets)
    need(shared == {overlap}, f"overlaps of r^2/M = {overlap}", shared)
    degrees = small_instances.degrees(allocation)
    need(min(degrees) == fewest, f"d_min = {fewest}", degrees)
    return {N: len(allocation), M: subsets, r: mine, d_min: fewest}


STEPS: dict[str, Step] = {
    # The median of three honest numbers and a fourth: the mean of the middle two.
    "median": Step(
        sympy.Le(middle**2, spread / 4),
        (
            sympy.Eq(z_1 + z_2 + z_3, 0),
            sympy.Ge(middle, (z_1 + z_2) / 2),
            sympy.Le(middle, (z_2 + z_3) / 2),
            sympy.Le(z_1**2, spread),
            sympy.Le(z_3**2, spread),
        ),
        {z_1: -2, z_2: 1, z_3: 1, middle: 1, spread: 4},
    ),
}
"""Implications in the proofs below that have no printed formula in them."""

_HERE = "tests/theory/paper/test_theorem1.py"
_SLIPS = f"{_HERE}::test_a_slip_of_the_pen_flips_the_proof"

_PARTED = {N: 3, M: 4, r: 2, d_min: 1, C_alpha: sympy.Rational(3, 5)}
"""An instance at which the two readings of the threshold differ; its overlap is r²/M = 1."""


@statement(
    "U22",
    place="Theorem 1",
    form="inequality",
    says="the threshold on C_alpha, N outside the root, makes rho_1 positive",
    latex=(BELOW, r"\iff \rho_1 > 0"),
    uses=("19",),
    test=_SLIPS,
)
def check_threshold() -> Outcome:
    """Prove that C_α is below the threshold if and only if ρ1 is positive."""
    below = sympy.Lt(C_alpha * unshared, PRINTED["threshold"])
    positive = sympy.Gt(RHO[rho_1], 0)
    border = {N: 3, M: 4, r: 2, d_min: 1, C_alpha: sympy.sqrt(2) / 3}
    Step(below, (positive,), border).prove()
    sufficient = Step(positive, (below,), border).prove()
    identity(N * RHO[rho_1], 1 - over_threshold())
    return Outcome(
        "proved",
        "SMT over the reals, sympy identity",
        "N rho_1 = 1 - C_alpha/threshold; every C_alpha is below it at r = M; both ways: "
        f"{sufficient}",
        ("1 <= r <= M", "d_min >= 1", "N outside the root"),
        "general",
    )


@statement(
    "U23",
    place="Theorem 1",
    form="inequality",
    says="the threshold on C_alpha, N inside the root, makes rho_1 positive",
    latex=(sympy.Lt(C_alpha, PRINTED["threshold, N inside"] / unshared), r"\implies \rho_1 > 0"),
    uses=("19",),
    test=_SLIPS,
)
def check_other_threshold() -> Outcome:
    """Refute that the reading with N inside the root makes ρ1 positive."""
    below = sympy.Lt(C_alpha * unshared, PRINTED["threshold, N inside"])
    value = RHO[rho_1].subs(_PARTED)
    sizes = need_balanced(small_instances.BALANCED, 1)
    need(sizes.items() <= _PARTED.items(), f"an allocation of {_PARTED}", sizes)
    met = below.subs(_PARTED) == sympy.true and value < 0
    need(met, "a counterexample", f"rho_1 = {value} at {_PARTED}")
    single = {N: 1, M: 4, r: 2, d_min: 1, C_alpha: sympy.sqrt(2)}
    Step(below, (sympy.Gt(RHO[rho_1], 0),), single).prove()
    return Outcome(
        "refuted",
        "exact instance, SMT over the reals",
        "N=3, M=4, r=2, d_min=1, C_alpha=3/5: below sqrt(6)/3 = 0.816, above sqrt(2)/3 = 0.471, "
        f"and rho_1 = {value} = {float(value):.4f}; the reading is necessary, not sufficient, and "
        "both agree at N = 1",
        kind="our text",
    )


_THREE_MEET = (0, 0, 0, 1)
"""Lines of which three meet in a point: the allocation has d_min = 1."""


@statement(
    "U30",
    place="Theorem 1",
    form="inequality",
    says="the mean squared gradient is bounded by (18) below the threshold with N inside the root",
    latex=(
        sympy.Lt(C_alpha, PRINTED["threshold, N inside"] / unshared),
        r"\implies",
        sympy.Le(mean_gradient, THEOREM_1["18"]),
    ),
    uses=("7", "9", "10", "11", "19", "20", "21", "22"),
    test=_SLIPS,
)
def check_theorem_inside() -> Outcome:
    """Refute Theorem 1 with N inside the root: all its hypotheses hold, and (18) does not."""
    Step(
        sympy.Lt(THEOREM_1["18"].subs(rho_1, signed), 0),
        (sympy.Lt(signed, 0), sympy.Le(F_star, F_0), sympy.Gt(rho_3, 0)),
        {signed: -1, F_0: 2, F_star: 2, rho_2: 1, rho_3: 0, rho_4: 0, lambda_: 1, T: 3},
    ).prove()
    sizes = need_balanced(balanced(_THREE_MEET), 1)
    # Definition 1 for the median of four numbers, of which three are honest.
    STEPS["median"].prove()
    squared = c_alpha_squared("median", N=4, f=1, D=1)
    need(squared >= sympy.Rational(1, 4), f"C_alpha^2 = {squared} of at least 1/4", squared)
    # f_k = (x − c_k)²/2 with c = 1, −1, 0, …, 0 in one coordinate, from x = 1.
    x = sympy.Symbol("x", real=True)
    losses = [(x - c) ** 2 / 2 for c in (1, -1, *[0] * 23)]
    loss = sum(losses)
    slope = sympy.diff(loss, x)
    apart = {sympy.expand(sympy.diff(one, x) - slope / 25) ** 2 for one in losses}
    identity(loss, 25 * x**2 / 2 + 1)
    known = {alpha: sympy.Rational(1, 4), C_alpha: sympy.sqrt(squared), L: 25, beta: 1}
    known |= {F_0: loss.subs(x, 1), F_star: 1, lambda_: sympy.Rational(1, 100), T: 0}
    need(max(apart) == known[beta] ** 2, "Assumption 2 with beta = 1", apart)
    known |= {symbol: value.subs(sizes).subs(known) for symbol, value in RHO.items()}
    below = sympy.Lt(C_alpha * unshared, PRINTED["threshold, N inside"]).subs(sizes).subs(known)
    need(below, f"C_alpha^2 = {squared} below the threshold with N inside", squared)
    need(
        (THEOREM_1["T"] < T).subs(known), f"T = {known[T]} above (lambda rho_2/rho_1)^2 - 1", known
    )
    left, right = slope.subs(x, 1) ** 2, THEOREM_1["18"].subs(known)
    violated(left, right)
    return Outcome(
        "refuted",
        "exact instance, SMT over the reals",
        "N=4, f=1, M=25, r=20, overlaps 16, d_min=1; coordinate-wise median, whose constant of "
        f"Table I at D=1 is C_alpha^2 = {squared}, between the two thresholds squared, 625/2048 "
        "and 625/512; f_k = (x - c_k)^2/2 with c = 1, -1, 0, ..., 0, so that L = 25, beta = 1; "
        f"x^0 = 1, T = 0, lambda = 1/100: rho_1 = {known[rho_1]}, and (18) needs {left} <= "
        f"{right}; where rho_1 < 0 the right side is negative at every T",
        ("Assumptions 1-3", "pair-wise balance", "Definition 1", "T > (lambda rho_2/rho_1)^2 - 1"),
        kind="our text",
    )


@statement(
    "U24",
    place="after (28)",
    form="inequality",
    says="rho_1 to rho_4 are all positive",
    latex=r"\rho_1, \rho_2, \rho_3, \rho_4 > 0",
    uses=("19", "20", "21", "22"),
    test=_SLIPS,
)
def check_positive() -> Outcome:
    """Refute that all four constants are positive, and prove their true signs."""
    everywhere = {N: 5, M: 4, r: 4, d_min: 5, alpha: 0, C_alpha: 1, beta: 1, L: 1}
    Step(sympy.Gt(RHO[rho_2], 0), ADMITTED, everywhere | {L: 0}).prove()
    Step(sympy.Ge(RHO[rho_3], 0), (sympy.Le(r, M),), everywhere).prove()
    honest = (sympy.Ge(N, 2), sympy.Lt(alpha, 1))
    Step(sympy.Ge(RHO[rho_4], 0), honest, everywhere).prove()
    zero = [RHO[rho_3].subs(r, M), RHO[rho_4].subs({r: M, alpha: 0})]
    need(zero == [0, 0], "rho_3 = rho_4 = 0 at r = M and alpha = 0", zero)
    return Outcome(
        "refuted",
        "exact instance, SMT over the reals",
        "rho_3 = 0 at r = M, at C_alpha = 0 and at beta = 0; rho_4 = 0 at beta = 0, and at "
        "alpha = 0 with r = M or C_alpha = 0; rho_2 > 0 always, rho_3, rho_4 >= 0, and no more is "
        "used",
        ("N (1 - alpha) >= 1", "N >= 2, as (17) divides by N - 1"),
        kind="edge case",
    )


@statement(
    "U25",
    place="Theorem 1",
    form="inequality",
    says="the condition on T keeps the learning rate below N/L",
    latex=(sympy.Lt(gamma, rho_1 / rho_2), r"\le", N / L),
    uses=("19", "20"),
    test=_SLIPS,
)
def check_classical_step() -> Outcome:
    """Prove that the theorem's learning rates are below N/L, those of plain gradient descent."""
    everywhere = {N: 5, M: 4, r: 4, d_min: 5, alpha: 0, C_alpha: 1, L: 3}
    # Extremes of both constants: ρ1 <= 1/N, and ρ2 >= L/N² because d_min <= N r/M.
    first = Step(sympy.Le(RHO[rho_1], 1 / N), (sympy.Le(r, M),), everywhere)
    least = RHO[rho_2].subs({C_alpha: 0, r: ratio * d_min * M})
    equal = {N: 5, ratio: sympy.Rational(1, 5), alpha: 0, L: 3}
    without = Step(sympy.Ge(least, L / N**2), (*ADMITTED, sympy.Ge(ratio, 1 / N)), equal)
    honest = (sympy.Ge(N, 2), sympy.Lt(alpha, 1))
    second = Step(sympy.Ge(RHO[rho_2], RHO[rho_2].subs(C_alpha, 0)), honest, everywhere)
    for step in (first, without, second):
        step.prove()
    rate = Step(
        sympy.Lt(gamma, N / L),
        (
            sympy.Lt(gamma, rho_1 / rho_2),
            sympy.Le(rho_1, first.claim.rhs),
            sympy.Ge(rho_2, without.claim.rhs),
        ),
        {gamma: 4, N: 8, L: 2, rho_1: sympy.Rational(1, 8), rho_2: sympy.Rational(1, 32)},
    ).prove()
    both = (RHO[rho_1] / RHO[rho_2]).subs(everywhere)
    need(both == (N / L).subs(everywhere), "rho_1/rho_2 = N/L without Byzantine devices", both)
    return Outcome(
        "proved",
        "SMT over the reals",
        f"{rate}; rho_1/rho_2 = N/L at r = M and alpha = 0",
        ("d_min M <= N r", "C_alpha below the threshold"),
        "general",
    )


@statement(
    "U19",
    place="Theorems 1 and 2",
    form="remark",
    says="both theorems hold for any allocation that covers every subset",
    latex=(
        r"\rho_1, \ldots, \rho_4 \text{ with } \nu = \max_{i,j} |S_i \setminus S_j| \text{"
        " for } r - r^2/M"
    ),
    uses=("16", "18", "23", "25", "34", "U4"),
    test=_SLIPS,
)
def check_general() -> Outcome:
    """Prove that both theorems hold for any allocation that covers every subset, with ν."""
    chosen = {eta: descent.PRINTED["eta"] / unshared * nu}
    spread = C_alpha**2 * lemma1.SHARPER["any"]
    bounds = {E_spread: spread, E_honest: lemma2.PRINTED["16"]}
    change = descent.PRINTED["23"].subs(bounds).subs(chosen)
    for symbol, constant in derived(change).items():
        identity(constant, GENERAL[symbol])
        identity(GENERAL[symbol].subs(nu, unshared), RHO[symbol])
    identity(N * GENERAL[rho_1], 1 - over_threshold(nu))
    return Outcome(
        "proved",
        "sympy identity",
        "coefficients of (23) with Lemma 1 for any allocation (U4), (16) and the eta of (27) with "
        "nu; all later steps use the signs of rho_1 to rho_4 alone",
        ("every d_k >= 1", "r = max r_i"),
        "general",
    )

"""Rows of the ledger prove Lemma 1 and every step of Appendix A."""

import sympy
from sympy import Eq, Ge, Le, sqrt

from theory.paper import lemma1
from theory.paper.lemma1 import (
    CAUCHY,
    PRINTED,
    SHARPER,
    STEPS,
    a,
    b,
    c,
    farthest,
    m,
    n,
    q,
    s,
    u,
    unshared,
    w,
)
from theory.proving import small_instances
from theory.proving.proofs import Outcome, Step, identity, need, violated
from theory.proving.statement import statement
from theory.proving.symbols import G, M, beta, d, d_min, nu, r

ALTERNATING: small_instances.Rows = ((1,), (1,), (-1,), (-1,))
"""Gradients of four subsets with ∇F = 0 and β = 1; two messages of `CYCLIC` are opposite."""

OPPOSITE: small_instances.Rows = ((0,), (1,), (-1,), (0,))
"""Gradients of four subsets with ∇F = 0 and β = 1; two messages of `BALANCED` are opposite."""

EXACT = ("overlaps of exactly r^2/M", "r subsets on each device", "every d_k >= 1", "Assumption 2")
ANY = ("nu = max |S_i minus S_j|", "every d_k >= 1", "Assumption 2")
REGULAR = ("d_1 = ... = d_M = d", "equally many subsets on each device", "Assumption 2")

UNBRACKETED = (a - b) ** 2, 2 * a**2 + b**2
"""Both sides of the first inequality of (44) as printed, in one coordinate."""

FOURTH_LINE = (beta**2 + M**2 * G) / d_min**2, STEPS["44 d_min"].claim.rhs
"""Both sides of the last inequality of (44) as printed in our text of the paper."""

_HERE = "tests/theory/paper/test_lemma1.py"
_SLIPS = f"{_HERE}::test_a_slip_of_the_pen_flips_the_proof"


def sizes(S: small_instances.Rows, gradients: small_instances.Rows) -> dict[str, sympy.Expr]:
    """Return both sides of every bound at an instance, exactly."""
    common = {
        "M": len(gradients),
        "beta": sqrt(sympy.Rational(small_instances.heterogeneity_sq(gradients))),
        "gradient_norm_sq": small_instances.gradient_norm_sq(gradients),
    }
    nu_and_d = {"nu": small_instances.largest_surplus(S), "d_min": min(small_instances.degrees(S))}
    return {
        "left": sympy.Rational(small_instances.largest_difference_sq(S, gradients)),
        "12": lemma1.bound(r=sum(S[0]), d_min=nu_and_d["d_min"], **common),
        "13": lemma1.approximation(N=len(S), r=sum(S[0]), **common),
        "any": lemma1.bound_any(**nu_and_d, **common),
        "sharp": lemma1.bound_sharp(**nu_and_d, **common),
    }


def need_equal(left: sympy.Expr, right: sympy.Expr) -> None:
    """Refuse an instance in which two numbers differ."""
    need(left == right, f"equality in the instance, {right} on both sides", f"{left} and {right}")


@statement(
    "12",
    place="Lemma 1",
    form="inequality",
    says="no two coded gradients are farther apart than the redundancy allows",
    latex=Le(farthest, PRINTED["12"]),
    uses=("44",),
    test=_SLIPS,
)
def check_12() -> Outcome:
    """Prove (12), whose right side is the last line of (44)."""
    identity(PRINTED["44"], PRINTED["12"])
    instance = sizes(small_instances.BALANCED, OPPOSITE)
    return Outcome(
        "proved",
        "SMT over the reals, step by step",
        "every step of (44) has an equality, all of them together only at beta = 0: the left side "
        "is never more than half the right (U3); N=3, M=4, r=2 with overlaps of 1 has "
        f"{instance['left']} and {instance['12']}",
        EXACT,
        scope="general",
    )


@statement(
    "U2",
    place="Lemma 1",
    form="inequality",
    says="(12) for allocations with r subsets on each device and overlaps other than r^2/M",
    latex=Le(farthest, PRINTED["12"]),
    uses=("5", "10", "U4"),
    test=f"{_HERE}::test_counterexamples_worked_out_by_hand",
)
def check_other_overlaps() -> Outcome:
    """Refute (12) if r is constant and the overlaps are not r²/M."""
    sides = sizes(small_instances.CYCLIC, ALTERNATING)
    excess = violated(sides["left"], sides["12"])
    need(sides["left"] <= sides["any"], f"(U4) in the instance, {sides['any']} at most", sides)
    return Outcome(
        "refuted",
        "exact counterexample",
        "S = {1,2}, {2,3}, {3,4}, {4,1}, overlaps 0 and 1 where r^2/M = 1, gradients 1, 1, -1, -1: "
        f"{excess}; with nu = 2 in place of r - r^2/M = 1 (U4) the right side is {sides['any']}. "
        "Lemma 1 speaks of exactly balanced allocations only",
        ("r subsets on each device", "d_1 = ... = d_M", "Assumption 2"),
        kind="outside its own hypotheses",
    )


@statement(
    "U3",
    place="Lemma 1",
    form="inequality",
    says="half of the constant of (12) is enough, for any allocation, and is attained",
    latex=Le(farthest, SHARPER["sharp"]),
    uses=("10", "42"),
    test=f"{_HERE}::test_bounds_hold_on_every_small_allocation",
)
def check_sharp() -> Outcome:
    """Prove for any allocation that half of the constant of (12) suffices, and no smaller one."""
    equality = STEPS["sharp"].prove()
    per_pair = STEPS["sharp"].claim.rhs.subs({c: nu / d_min, m: sqrt(G) / M})
    identity(per_pair, SHARPER["sharp"])
    instance = sizes(small_instances.BALANCED, OPPOSITE)
    need_equal(instance["left"], instance["sharp"])
    return Outcome(
        "proved",
        "SMT over the reals, exact instance",
        "g_i - g_j is a sum of at most nu terms u_k/d_k on either side and (A - B) nabla F/M, "
        f"so its norm is at most beta (A+B) + |A-B| |nabla F|/M, A, B <= nu/d_min; {equality}; "
        f"attained by N=3, M=4, r=2, overlaps of 1, gradients 0, 1, -1, 0: {instance['left']}",
        ANY,
        scope="general",
    )


@statement(
    "U4",
    place="Lemma 1",
    form="inequality",
    says="(12) holds for any allocation with the measured nu in place of r - r^2/M",
    latex=Le(farthest, SHARPER["any"]),
    uses=("10", "42", "43"),
    test=f"{_HERE}::test_bounds_hold_on_every_small_allocation",
)
def check_any() -> Outcome:
    """Prove (12) with the measured ν, which (44) gives for any allocation."""
    identity(PRINTED["12"], SHARPER["any"].subs(nu, unshared))
    _chain(nu, SHARPER["any"])
    identity(SHARPER["any"], 2 * SHARPER["sharp"])
    return Outcome(
        "proved",
        "SMT over the reals, step by step",
        "(44) with nu in place of r - r^2/M; twice U3",
        ANY,
        scope="general",
    )


@statement(
    "U5",
    place="Lemma 1",
    form="inequality",
    says="for regular allocations the gradient of F cancels",
    latex=Le(farthest, SHARPER["regular"]),
    uses=("10", "42"),
    test=f"{_HERE}::test_bounds_hold_on_every_small_allocation",
)
def check_regular() -> Outcome:
    """Prove the bound without the gradient of F for regular allocations."""
    equality = STEPS["regular"].prove()
    identity(STEPS["regular"].claim.rhs.subs(c, nu / d), SHARPER["regular"])
    instance = sizes(small_instances.CYCLIC, ALTERNATING)
    surplus, degree = (
        small_instances.largest_surplus(small_instances.CYCLIC),
        small_instances.degrees(small_instances.CYCLIC)[0],
    )
    need_equal(instance["left"], lemma1.bound_regular(nu=surplus, d=degree, beta=1))
    return Outcome(
        "proved",
        "SMT over the reals, exact instance",
        f"A = B, so the terms in nabla F cancel; {equality}; attained by the cyclic allocation "
        f"N=M=4, r=d=2 with gradients 1, 1, -1, -1: {instance['left']}",
        REGULAR,
        scope="general",
    )


@statement(
    "42",
    place="Appendix A",
    form="identity",
    says="what two devices share cancels in the difference of their coded gradients",
    latex=(
        r"g_i - g_j = \sum_{S_i \setminus S_j} \nabla f_k / d_k - \sum_{S_j \setminus S_i}"
        r" \nabla f_k / d_k"
    ),
    uses=("5",),
    test=f"{_HERE}::test_what_is_shared_cancels",
)
def check_42() -> Outcome:
    """Prove (42) subset by subset: shared subsets cancel."""
    s_i, s_j = sympy.symbols("s_i s_j")
    # Coefficient of ∇f_k/d_k on both sides, s(i, k) and s(j, k) zero or one.
    identity(s_i - s_j, s_i * (1 - s_j) - (1 - s_i) * s_j)
    return Outcome(
        "proved",
        "sympy identity",
        "coefficient of nabla f_k/d_k: s_i - s_j = s_i(1-s_j) - (1-s_i)s_j, for every k",
        ("(5)", "s(i,k) in {0, 1}"),
        scope="general",
    )


@statement(
    "U13",
    place="Appendix A",
    form="identity",
    says="how many subsets one device holds and another does not",
    latex=Eq(sympy.Symbol(r"|S_i \setminus S_j|"), unshared),
    test=f"{_HERE}::test_overlaps_fix_the_variance_of_the_degrees",
)
def check_count() -> Outcome:
    """Prove the number of subsets that one device holds and another does not."""
    STEPS["U13"].prove()
    need_equal(
        small_instances.largest_surplus(small_instances.BALANCED), unshared.subs({M: 4, r: 2})
    )
    cyclic = small_instances.largest_surplus(small_instances.CYCLIC)
    return Outcome(
        "proved",
        "SMT over the reals",
        "|S_i| = |S_i and S_j| + |S_i minus S_j|; elsewhere the measured nu is larger: the cyclic "
        f"allocation of U2 has nu = {cyclic}",
        EXACT[:2],
        scope="general",
    )


@statement(
    "43",
    place="Appendix A",
    form="inequality",
    says="a squared norm of a sum is at most the number of terms times the sum of squared norms",
    latex=r"\|\sum_{i=1}^n a_i\|^2 \le n \sum_{i=1}^n \|a_i\|^2",
    test=_SLIPS,
)
def check_43() -> Outcome:
    """Prove (43) by induction over n."""
    equality = CAUCHY.prove()
    # The slack of (43) is n Σ‖a_i‖² − ‖Σ a_i‖² = Σ_{i<j} ‖a_i − a_j‖².
    lost = (n + 1) * (q + a**2) - (s + a) ** 2 - (n * q - s**2)
    identity(lost, q - 2 * a * s + n * a**2)
    return Outcome(
        "proved",
        "SMT over the reals with induction over n, sympy identity",
        f"{equality}; the two sides differ by the sum of ||a_i - a_j||^2 over pairs, so they are "
        "equal exactly where all vectors are",
        scope="general",
    )


@statement(
    "44",
    place="Appendix A",
    form="chain",
    says="(12) in five steps from (42)",
    latex=Le(farthest, PRINTED["44"]),
    uses=("10", "42", "43", "U13"),
    test=_SLIPS,
)
def check_44() -> Outcome:
    """Prove (44) with the two brackets and the power of M that its last line needs."""
    steps = _chain(unshared, PRINTED["44"])
    return Outcome(
        "proved",
        "SMT over the reals and sympy identity, step by step",
        "; ".join(steps)
        + "; in our text of the paper two pairs of brackets are missing (U14) and the fourth line "
        "has M^2 where 1/M^2 is meant (U15)",
        (*EXACT, "(42)", "(43)"),
        scope="general",
    )


def _chain(surplus: sympy.Expr, last: sympy.Expr) -> list[str]:
    """Prove the five inequalities of (44) and that their factors multiply to the last line."""
    steps = [f"43: {CAUCHY.prove()}"]
    steps += [f"{name}: {STEPS[name].prove()}" for name in STEPS if name.startswith("44")]
    two = sympy.cancel(STEPS["44 pair"].claim.rhs / (a**2 + b**2))
    count = sympy.cancel(CAUCHY.claim.rhs / q).subs(n, surplus)
    split = sympy.cancel(STEPS["44 split"].claim.rhs / (u**2 + w**2))
    # Two sets with `surplus` elements each.
    identity(two * count * split * 2 * surplus * STEPS["44 d_min"].claim.rhs, last)
    return steps


@statement(
    "U14",
    place="Appendix A",
    form="chain",
    says="the first and third inequality of (44) without the two pairs of brackets they lack",
    latex=Le(*UNBRACKETED),
    test=f"{_HERE}::test_counterexamples_worked_out_by_hand",
)
def check_44_brackets() -> Outcome:
    """Refute the first and third inequality of (44) as printed, without brackets."""
    third = n * n * (u + w) ** 2, 2 * n * (n * u**2 + w**2)
    values = {a: 1, b: -1, n: 2, u: 1, w: 1}
    outer = violated(*(side.subs(values) for side in UNBRACKETED))
    inner = violated(*(side.subs(values) for side in third))
    return Outcome(
        "refuted",
        "exact counterexample",
        "without brackets the factor 2 and the maximum do not reach the second norm, nor the sum "
        f"over k the second term: a = 1, b = -1 gives {outer}; two equal terms give {inner}. "
        "With them both lines are proved, see (44)",
        kind="our text",
    )


@statement(
    "U15",
    place="Appendix A",
    form="chain",
    says="the last inequality of (44) from its fourth line as our text of the paper has it",
    latex=Le(*FOURTH_LINE),
    test=f"{_HERE}::test_counterexamples_worked_out_by_hand",
)
def check_44_power() -> Outcome:
    """Refute that the last line of (44) follows from its fourth line as printed."""
    printed, meant = FOURTH_LINE
    values = {beta: 0, G: 1, M: 2, d_min: 1}
    excess = violated(printed.subs(values), meant.subs(values))
    Step(Ge(printed, meant), (), {beta: 1, G: 1, M: 1, d_min: 1}).prove()
    return Outcome(
        "refuted",
        "exact counterexample",
        "our text of the paper reads M^2 ||nabla F||^2 / d_k^2 where the third line gives "
        "||nabla F||^2 / (d_k^2 M^2): true as a bound of the third line, being larger, but the "
        f"last line does not follow: beta = 0, ||nabla F|| = 1, M = 2, d_k = 1: {excess}. With "
        "1/M^2 both are proved, see (44)",
        kind="our text",
    )

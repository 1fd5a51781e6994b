"""Rows of the ledger: Lemma 1, Remark 1 and every step of Appendix A."""

import sympy
from sympy import Eq, Ge, Gt, Le, Lt, sqrt

from theory.paper import lemma1
from theory.paper.lemma1 import PRINTED, SHARPER, STEPS, a, b, c, m, n, q, s, u, unshared, w
from theory.proving import small_instances
from theory.proving.proofs import Outcome, Row, Unproved, identity, implied, violated
from theory.proving.symbols import G, M, N, beta, d, d_min, nu, r

ALTERNATING: small_instances.Rows = ((1,), (1,), (-1,), (-1,))
"""Gradients of four subsets: F's is zero, β = 1, two devices of `CYCLIC` are opposite."""

OPPOSITE: small_instances.Rows = ((0,), (1,), (-1,), (0,))
"""The same for the first two devices of `BALANCED`."""

TRIANGLE: small_instances.Rows = ((1, 1, 0), (0, 1, 1), (1, 0, 1))
"""Regular with equal overlaps: N = M = 3, r = d = 2."""

EXACT = ("overlaps of exactly r^2/M", "r subsets on each device", "every d_k >= 1", "Assumption 2")
ANY = ("nu = max |S_i minus S_j|", "every d_k >= 1", "Assumption 2")
REGULAR = ("d_1 = ... = d_M = d", "equally many subsets on each device", "Assumption 2")

r_1, r_2 = sympy.symbols("r_1 r_2", positive=True)


def _sizes(S: small_instances.Rows, gradients: small_instances.Rows) -> dict[str, sympy.Expr]:
    """Return what the bounds say about an instance, exactly."""
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


def _need_equal(left: sympy.Expr, right: sympy.Expr) -> None:
    if left != right:
        raise Unproved(f"need equality in the instance, got {left} and {right}")


def check_12() -> Outcome:
    """Prove (12): its right side is the last line of (44)."""
    check_44()
    found = _sizes(small_instances.BALANCED, OPPOSITE)
    return Outcome(
        "proved",
        "SMT over the reals, step by step",
        "every step of (44) has an equality, all of them together only at beta = 0: the left side "
        "is never more than half the right (U3); N=3, M=4, r=2 with overlaps of 1 has "
        f"{found['left']} and {found['12']}",
        EXACT,
    )


def check_sharp() -> Outcome:
    """Prove that half of (12)'s constant is enough, and no less, for any allocation."""
    found = STEPS["sharp"].prove()
    per_pair = STEPS["sharp"].claim.rhs.subs({c: nu / d_min, m: sqrt(G) / M})
    identity(per_pair, SHARPER["sharp"])
    instance = _sizes(small_instances.BALANCED, OPPOSITE)
    _need_equal(instance["left"], instance["sharp"])
    return Outcome(
        "proved",
        "SMT over the reals, exact instance",
        "g_i - g_j is a sum of at most nu terms u_k/d_k on either side and (A - B) nabla F/M, "
        f"so its norm is at most beta (A+B) + |A-B| |nabla F|/M, A, B <= nu/d_min; {found}; "
        f"attained by N=3, M=4, r=2, overlaps of 1, gradients 0, 1, -1, 0: {instance['left']}",
        ANY,
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
    )


def check_regular() -> Outcome:
    """Prove the bound without the gradient of F for regular allocations."""
    found = STEPS["regular"].prove()
    identity(STEPS["regular"].claim.rhs.subs(c, nu / d), SHARPER["regular"])
    instance = _sizes(small_instances.CYCLIC, ALTERNATING)
    surplus, degree = (
        small_instances.largest_surplus(small_instances.CYCLIC),
        small_instances.degrees(small_instances.CYCLIC)[0],
    )
    _need_equal(instance["left"], lemma1.bound_regular(nu=surplus, d=degree, beta=1))
    return Outcome(
        "proved",
        "SMT over the reals, exact instance",
        f"A = B, so the terms in nabla F cancel; {found}; attained by the cyclic allocation "
        f"N=M=4, r=d=2 with gradients 1, 1, -1, -1: {instance['left']}",
        REGULAR,
    )


def check_other_overlaps() -> Outcome:
    """Refute (12) where r is constant and the overlaps are not r²/M."""
    found = _sizes(small_instances.CYCLIC, ALTERNATING)
    excess = violated(found["left"], found["12"])
    if not found["left"] <= found["any"]:
        raise Unproved(f"need U4 to hold, got {found}")
    return Outcome(
        "refuted",
        "exact counterexample",
        "S = {1,2}, {2,3}, {3,4}, {4,1}, overlaps 0 and 1 where r^2/M = 1, gradients 1, 1, -1, -1: "
        f"{excess}; with nu = 2 in place of r - r^2/M = 1 (U4) the right side is {found['any']}. "
        "Lemma 1 speaks of exactly balanced allocations only",
        ("r subsets on each device", "d_1 = ... = d_M", "Assumption 2"),
    )


def check_13() -> Outcome:
    """Prove that (13) is (12) where d_min M = Nr."""
    identity(PRINTED["12"].subs(d_min, N * r / M), PRINTED["13"])
    return Outcome(
        "proved",
        "sympy identity",
        "equal to (12) at d_min = Nr/M and smaller than it for every smaller d_min; no exactly "
        "balanced allocation with r < M has d_min = Nr/M (U7), see U8 and U9",
        ("d_min M = Nr",),
    )


def check_variance() -> Outcome:
    """Prove how much d_k varies where all overlaps are r²/M, by double counting."""
    # Each device counts in r of the d_k, each ordered pair of them in r²/M of the d_k(d_k − 1).
    first, second = N * r / M, (N * r + N * (N - 1) * r**2 / M) / M
    identity(second - first**2, N * r / M * (1 - r / M))
    found = small_instances.degrees(small_instances.BALANCED)
    measured = sum(one**2 for one in found) - sympy.Rational(sum(found) ** 2, len(found))
    _need_equal(measured, (N * r * (1 - r / M)).subs({N: 3, M: 4, r: 2}))
    return Outcome(
        "proved",
        "sympy identity, exact instance",
        f"sum d_k = Nr, sum d_k^2 = Nr + N(N-1) r^2/M; N=3, M=4, r=2: d = {found}, variance 3/4; "
        "at N=100, M=1000, r=40 it would be 3.84 with mean 4",
        EXACT[:2],
    )


def check_constant_degrees() -> Outcome:
    """Refute that balanced allocations have d_min M ≈ Nr."""
    variance = N * r / M * (1 - r / M)
    implied(Gt(variance, 0), [Lt(r, M)])
    found = small_instances.degrees(small_instances.BALANCED)
    excess = violated(sympy.Integer(sum(found)), sympy.Integer(min(found) * len(found)))
    return Outcome(
        "refuted",
        "SMT over the reals, exact counterexample",
        "by U6 the d_k vary for every r < M, by a standard deviation of sqrt((1 - r/M) M/(Nr)) of "
        f"their mean; overlaps of exactly r^2/M with N=3, M=4, r=2 have d = {found}: Nr against "
        f"d_min M is {excess}",
        EXACT[:2],
    )


def check_13_balanced() -> Outcome:
    """Refute (13) as an inequality for exactly balanced allocations."""
    found = _sizes(small_instances.BALANCED, OPPOSITE)
    return Outcome(
        "refuted",
        "exact counterexample",
        "N=3, M=4, r=2, overlaps of 1, gradients 0, 1, -1, 0: "
        f"{violated(found['left'], found['13'])}, while (12) gives {found['12']}",
        EXACT,
    )


def check_13_regular() -> Outcome:
    """Prove (13) for regular allocations whose overlaps are all equal, from four devices on."""
    # Each subset of S_i is on d − 1 of the N − 1 other devices.
    surplus = r - r * (d - 1) / (N - 1)
    degree = N * r / M
    sharper = SHARPER["regular"].subs(nu, surplus).subs(d, degree)
    identity(sharper, 4 * (M - r) ** 2 * beta**2 / (N - 1) ** 2)
    # √2 (N − 1) ≥ N from N = 4 on; the factor of β² is what is left of (13).
    implied(Le(N**2, 2 * (N - 1) ** 2), [Ge(N, 4)])
    implied(Ge(PRINTED["13"], 8 * (M - r) ** 2 / N**2 * beta**2), [])
    three = ((1,), (-1,), (0,))
    found = _sizes(TRIANGLE, three)
    return Outcome(
        "proved",
        "sympy identity, SMT over the reals, exact instance",
        "nu = r(N-d)/(N-1), so the left side is at most 4(M-r)^2 beta^2/(N-1)^2 (U5), without the "
        "gradient of F; N >= 4 is needed: {1,2}, {2,3}, {1,3} has "
        f"{violated(found['left'], found['13'])} with gradients 1, -1, 0",
        (*REGULAR, "overlaps r(d-1)/(N-1)", "N >= 4"),
    )


def check_14() -> Outcome:
    """Prove (14): a zero inserted, (43) with n = 2, Assumption 2 twice."""
    # The first relation of (14) is an equality; its two norms are those of u_i and u_j.
    pair, found = STEPS["44 pair"], STEPS["14"].prove()
    pair.prove()
    identity(pair.claim.rhs, 2 * a**2 + 2 * b**2)
    return Outcome(
        "proved",
        "SMT over the reals",
        f"{found}; attained by M = N = 2, gradients 1, -1: 4 beta^2 = 4",
        ("M = N", "r = 1", "Assumption 2"),
    )


def check_remark_1() -> Outcome:
    """Prove that (13) falls with r and vanishes at r = M."""
    fraction = G / M**2 + beta**2
    lower, higher = (PRINTED["13"].subs(r, one) for one in (r_1, r_2))
    implied(Lt(higher, lower), [Lt(r_1, r_2), Le(r_2, M), Gt(fraction, 0)])
    identity(PRINTED["13"].subs(r, M), sympy.Integer(0))
    identity(PRINTED["12"].subs(r, M), sympy.Integer(0))
    return Outcome(
        "proved",
        "SMT over the reals, sympy identity",
        "strictly decreasing in r up to r = M, where (12) and (13) are zero: all devices then send "
        "the gradient of F over N. For the premise d_min M = Nr see U7, for (13) itself U8 and U9",
        ("beta and the gradient of F not both zero",),
    )


def check_uncoded() -> Outcome:
    """Prove (14) with M/N subsets on each device, of which (14) is the case M = N."""
    identity(SHARPER["uncoded"].subs(N, M), PRINTED["14"])
    identity(SHARPER["regular"].subs(nu, M / N).subs(d, 1), SHARPER["uncoded"])
    return Outcome(
        "proved",
        "sympy identity",
        "the case d = 1, nu = M/N of U5, attained where u_k = beta on one device and -beta on "
        "another; 400 beta^2 at the sizes of Section V, N=100, M=1000, where (13) at r=40 is "
        f"{sympy.N(8 * sympy.Rational(960, 100) ** 2, 5)} (beta^2 + |nabla F|^2/M^2)",
        ("N divides M", "Assumption 2"),
    )


def check_threshold() -> Outcome:
    """Prove from which r on (13) is below (14)."""
    coded, plain = PRINTED["13"], SHARPER["uncoded"]
    # ‖∇F‖² = g M²β²: without the gradient of F, g = 0.
    g = sympy.Symbol("g", nonnegative=True)
    coded = 8 * (M - r) ** 2 / N**2 * beta**2 * (1 + g)
    identity(coded, PRINTED["13"].subs(G, g * M**2 * beta**2))
    least = (1 - 1 / sqrt(2)) * M
    implied(Gt(r, least), [Lt(coded.subs(g, 0), plain), Le(r, M)])
    implied(Lt(coded.subs(g, 0), plain), [Gt(r, least), Le(r, M), Gt(beta, 0)])
    implied(Gt(r, least), [Lt(coded, plain), Le(r, M)])
    return Outcome(
        "proved",
        "SMT over the reals",
        "with ||nabla F|| = 0 (13) is below the uncoded bound if and only if r > (1 - 1/sqrt 2) M "
        "= 0.2929 M, with ||nabla F|| > 0 only for larger r; the comparison of (13) with (14) "
        "speaks for coding from there on. U5 does for every r: nu <= r = dM/N gives "
        "4 nu^2 beta^2/d^2 <= 4 (M/N)^2 beta^2",
        ("beta > 0", "d_min M = Nr"),
    )


def check_always() -> Outcome:
    """Prove that by the sharper lemma regular coding never spreads the messages."""
    implied(
        Le(SHARPER["regular"], SHARPER["uncoded"]),
        [Le(nu, r), Eq(r, d * M / N)],
    )
    implied(
        Lt(SHARPER["regular"], SHARPER["uncoded"]),
        [Lt(nu, r), Eq(r, d * M / N), Gt(beta, 0)],
    )
    return Outcome(
        "proved",
        "SMT over the reals",
        "4 nu^2 beta^2/d^2 <= 4 (M/N)^2 beta^2, strictly where every two devices share a subset",
        REGULAR,
    )


def check_42() -> Outcome:
    """Prove (42) subset by subset: what two devices share cancels."""
    s_i, s_j = sympy.symbols("s_i s_j")
    # Coefficient of ∇f_k/d_k on both sides, s(i, k) and s(j, k) zero or one.
    identity(s_i - s_j, s_i * (1 - s_j) - (1 - s_i) * s_j)
    return Outcome(
        "proved",
        "sympy identity",
        "coefficient of nabla f_k/d_k: s_i - s_j = s_i(1-s_j) - (1-s_i)s_j, for every k",
        ("(5)", "s(i,k) in {0, 1}"),
    )


def check_count() -> Outcome:
    """Prove how many subsets one device holds and another does not."""
    shared, own = sympy.symbols("shared own", nonnegative=True)
    implied(Eq(own, unshared), [Eq(shared + own, r), Eq(shared, r**2 / M)])
    _need_equal(
        small_instances.largest_surplus(small_instances.BALANCED), unshared.subs({M: 4, r: 2})
    )
    other = small_instances.largest_surplus(small_instances.CYCLIC)
    return Outcome(
        "proved",
        "SMT over the reals",
        "|S_i| = |S_i and S_j| + |S_i minus S_j|; elsewhere the measured nu is larger: the cyclic "
        f"allocation of U2 has nu = {other}",
        EXACT[:2],
    )


def check_43() -> Outcome:
    """Prove (43) by induction over n."""
    found = STEPS["43"].prove()
    first = STEPS["43"].claim.rhs.subs({n: 0, q: 0})
    identity(first, a**2)
    # What the inequality loses: (43) is the identity n Σ‖a_i‖² − ‖Σ a_i‖² = Σ_{i<j} ‖a_i − a_j‖².
    lost = (n + 1) * (q + a**2) - (s + a) ** 2 - (n * q - s**2)
    identity(lost, q - 2 * a * s + n * a**2)
    return Outcome(
        "proved",
        "SMT over the reals with induction over n, sympy identity",
        f"{found}; the two sides differ by the sum of ||a_i - a_j||^2 over pairs, so they are "
        "equal exactly where all vectors are",
    )


def check_44() -> Outcome:
    """Prove (44) with the two brackets and the power of M that its last line needs."""
    steps = _chain(unshared, PRINTED["12"])
    return Outcome(
        "proved",
        "SMT over the reals and sympy identity, step by step",
        "; ".join(steps)
        + "; in our text of the paper two pairs of brackets are missing (U14) and the fourth line "
        "has M^2 where 1/M^2 is meant (U15)",
        (*EXACT, "(42)", "(43)"),
    )


def _chain(surplus: sympy.Expr, last: sympy.Expr) -> list[str]:
    """Prove the five inequalities of (44) and that their factors multiply to the last line."""
    steps = [f"{name}: {STEPS[name].prove()}" for name in STEPS if name.startswith(("43", "44"))]
    two = sympy.cancel(STEPS["44 pair"].claim.rhs / (a**2 + b**2))
    # The first vector of (43) makes the factor one, each further one adds one.
    count = sympy.cancel(STEPS["43"].claim.rhs / (q + a**2)).subs(n, surplus - 1)
    split = sympy.cancel(STEPS["44 split"].claim.rhs / (u**2 + w**2))
    # Two sets with `surplus` elements each.
    identity(two * count * split * 2 * surplus * STEPS["44 d_min"].claim.rhs, last)
    return steps


def check_44_brackets() -> Outcome:
    """Refute the first and third inequality of (44) where nothing is read into them."""
    first = (a - b) ** 2, 2 * a**2 + b**2
    third = n * n * (u + w) ** 2, 2 * n * (n * u**2 + w**2)
    values = {a: 1, b: -1, n: 2, u: 1, w: 1}
    outer = violated(*(side.subs(values) for side in first))
    inner = violated(*(side.subs(values) for side in third))
    return Outcome(
        "refuted",
        "exact counterexample",
        "without brackets the factor 2 and the maximum do not reach the second norm, nor the sum "
        f"over k the second term: a = 1, b = -1 gives {outer}; two equal terms give {inner}. "
        "With them both lines are proved, see (44)",
    )


def check_44_power() -> Outcome:
    """Refute the last inequality of (44) from its fourth line as it reads."""
    printed = beta**2 / d_min**2 + M**2 * G / d_min**2
    meant = STEPS["44 d_min"].claim.rhs
    values = {beta: 0, G: 1, M: 2, d_min: 1}
    excess = violated(printed.subs(values), meant.subs(values))
    implied(Ge(printed, meant), [])
    return Outcome(
        "refuted",
        "exact counterexample",
        "our text of the paper reads M^2 ||nabla F||^2 / d_k^2 where the third line gives "
        "||nabla F||^2 / (d_k^2 M^2): true as a bound of the third line, being larger, but the "
        f"last line does not follow: beta = 0, ||nabla F|| = 1, M = 2, d_k = 1: {excess}. With "
        "1/M^2 both are proved, see (44)",
    )


_SLIPS = "tests/theory/paper/test_lemma1.py::test_a_slip_of_the_pen_flips_the_proof"
_EXACT = "tests/theory/paper/test_lemma1.py::test_bounds_hold_on_every_small_allocation"
_INSTANCES = "tests/theory/paper/test_lemma1.py::test_counterexamples_worked_out_by_hand"

ROWS: tuple[Row, ...] = (
    Row(
        "12",
        "Lemma 1",
        "inequality",
        "no two coded gradients are farther apart than the redundancy allows",
        r"\max_{i,j} \|g_i - g_j\|^2 \le \frac{8}{d_{\min}^2} (r - r^2/M)^2"
        r" (\beta^2 + \|\nabla F\|^2 / M^2)",
        check_12,
        _SLIPS,
    ),
    Row(
        "U2",
        "Lemma 1",
        "inequality",
        "(12) for allocations with r subsets on each device and overlaps other than r^2/M",
        r"(12)",
        check_other_overlaps,
        _INSTANCES,
    ),
    Row(
        "U3",
        "Lemma 1",
        "inequality",
        "half of the constant of (12) is enough, for any allocation, and is attained",
        r"\max_{i,j} \|g_i - g_j\|^2 \le \frac{4 \nu^2}{d_{\min}^2}"
        r" (\beta^2 + \|\nabla F\|^2 / M^2)",
        check_sharp,
        _EXACT,
    ),
    Row(
        "U4",
        "Lemma 1",
        "inequality",
        "(12) holds for any allocation with the measured nu in place of r - r^2/M",
        r"\max_{i,j} \|g_i - g_j\|^2 \le \frac{8 \nu^2}{d_{\min}^2}"
        r" (\beta^2 + \|\nabla F\|^2 / M^2)",
        check_any,
        _EXACT,
    ),
    Row(
        "U5",
        "Lemma 1",
        "inequality",
        "for regular allocations the gradient of F cancels",
        r"\max_{i,j} \|g_i - g_j\|^2 \le 4 \nu^2 \beta^2 / d^2",
        check_regular,
        _EXACT,
    ),
    Row(
        "13",
        "Remark 1",
        "identity",
        "(12) where the d_k do not differ",
        r"\frac{8}{d_{\min}^2} (r - r^2/M)^2 = \frac{8 (M - r)^2}{N^2}"
        r" \text{ at } d_{\min} M = N r",
        check_13,
        _SLIPS,
    ),
    Row(
        "U6",
        "Remark 1",
        "identity",
        "overlaps of exactly r^2/M fix the variance of d_k over the subsets",
        r"\mathrm{Var}_k(d_k) = \frac{N r}{M} (1 - r/M)",
        check_variance,
        "tests/theory/paper/test_lemma1.py::test_overlaps_fix_the_variance_of_the_degrees",
    ),
    Row(
        "U7",
        "Remark 1",
        "remark",
        "the d_k of an exactly pair-wise balanced allocation can all be Nr/M with r < M",
        r"d_{\min} M = N r",
        check_constant_degrees,
        "tests/theory/paper/test_lemma1.py::test_overlaps_fix_the_variance_of_the_degrees",
    ),
    Row(
        "U8",
        "Remark 1",
        "inequality",
        "(13) for exactly pair-wise balanced allocations",
        r"\max_{i,j} \|g_i - g_j\|^2 \le \frac{8 (M - r)^2}{N^2}"
        r" (\beta^2 + \|\nabla F\|^2 / M^2)",
        check_13_balanced,
        _INSTANCES,
    ),
    Row(
        "U9",
        "Remark 1",
        "inequality",
        "(13) for regular allocations with equal overlaps, from N = 4 on",
        r"\max_{i,j} \|g_i - g_j\|^2 \le \frac{4 (M - r)^2}{(N - 1)^2} \beta^2"
        r" \le \frac{8 (M - r)^2}{N^2} (\beta^2 + \|\nabla F\|^2 / M^2)",
        check_13_regular,
        _INSTANCES,
    ),
    Row(
        "14",
        "Remark 1",
        "chain",
        "how far apart local gradients can be",
        r"\max_{i,j} \|\nabla f_i - \nabla f_j\|^2 \le 4 \beta^2",
        check_14,
        "tests/theory/paper/test_lemma1.py::test_no_inequality_can_be_tightened_and_none_is_loose",
    ),
    Row(
        "R1",
        "Remark 1",
        "remark",
        "the bound (13) falls as redundancy grows, and is zero at r = M",
        r"(13) \text{ decreases in } r,\ (13) = 0 \text{ at } r = M",
        check_remark_1,
        _SLIPS,
    ),
    Row(
        "U10",
        "Remark 1",
        "inequality",
        "(14) with M/N subsets on each device",
        r"\max_{i,j} \|g_i - g_j\|^2 \le 4 (M/N)^2 \beta^2",
        check_uncoded,
        _SLIPS,
    ),
    Row(
        "U11",
        "Remark 1",
        "remark",
        "from which redundancy on (13) is below the bound without redundancy",
        r"(13) < 4 (M/N)^2 \beta^2 \iff r > (1 - 1/\sqrt 2) M \text{ at } \nabla F = 0",
        check_threshold,
        _SLIPS,
    ),
    Row(
        "U12",
        "Remark 1",
        "inequality",
        "a regular allocation never spreads the messages farther than no redundancy",
        r"4 \nu^2 \beta^2 / d^2 \le 4 (M/N)^2 \beta^2",
        check_always,
        _SLIPS,
    ),
    Row(
        "42",
        "Appendix A",
        "identity",
        "what two devices share cancels in the difference of their coded gradients",
        r"g_i - g_j = \sum_{S_i \setminus S_j} \nabla f_k / d_k"
        r" - \sum_{S_j \setminus S_i} \nabla f_k / d_k",
        check_42,
        "tests/theory/paper/test_lemma1.py::test_what_is_shared_cancels",
    ),
    Row(
        "U13",
        "Appendix A",
        "identity",
        "how many subsets one device holds and another does not",
        r"|S_i \setminus S_j| = r - r^2/M",
        check_count,
        "tests/theory/paper/test_lemma1.py::test_overlaps_fix_the_variance_of_the_degrees",
    ),
    Row(
        "43",
        "Appendix A",
        "inequality",
        "a squared norm of a sum is at most the number of terms times the sum of squared norms",
        r"\|\sum_{i=1}^n a_i\|^2 \le n \sum_{i=1}^n \|a_i\|^2",
        check_43,
        _SLIPS,
    ),
    Row(
        "44",
        "Appendix A",
        "chain",
        "(12) in five steps from (42)",
        r"\max_{i,j} \|g_i - g_j\|^2 \le \dots \le (12)",
        check_44,
        _SLIPS,
    ),
    Row(
        "U14",
        "Appendix A",
        "chain",
        "the first and third inequality of (44) without the two pairs of brackets they lack",
        r"\|a - b\|^2 \le 2 \|a\|^2 + \|b\|^2",
        check_44_brackets,
        _INSTANCES,
    ),
    Row(
        "U15",
        "Appendix A",
        "chain",
        "the last inequality of (44) from its fourth line as our text of the paper has it",
        r"\frac{\beta^2 + M^2 \|\nabla F\|^2}{d_k^2}"
        r" \le \frac{1}{d_{\min}^2} (\beta^2 + \|\nabla F\|^2 / M^2)",
        check_44_power,
        _INSTANCES,
    ),
)

"""Rows of the ledger decide Remark 1, and for which allocations (13) and (14) hold."""

import sympy
from sympy import Eq, Ge, Gt, Le, Lt, sqrt

from theory.paper.lemma1 import PRINTED, SHARPER, STEPS, a, apart, b, farthest, h, q
from theory.paper.lemma1_proofs import EXACT, OPPOSITE, REGULAR, need_equal, sizes
from theory.proving import small_instances
from theory.proving.proofs import Outcome, Step, identity, violated
from theory.proving.statement import statement
from theory.proving.symbols import G, M, N, beta, d, d_min, nu, r

TRIANGLE: small_instances.Rows = ((1, 1, 0), (0, 1, 1), (1, 0, 1))
"""A regular allocation with equal overlaps: N = M = 3, r = d = 2."""

VARIANCE = N * r / M * (1 - r / M)
"""Variance of d_k over the subsets if all overlaps are r²/M."""

EQUAL_OVERLAPS = 4 * (M - r) ** 2 * beta**2 / (N - 1) ** 2
"""The bound (12) for a regular allocation with equal overlaps."""

LEAST = (1 - 1 / sqrt(2)) * M
"""The value of r above which (13) is below (14)."""

r_1, r_2 = sympy.symbols("r_1 r_2", positive=True)

_TRIANGULAR = {N: 3, M: 3, r: 2, beta: 1}

_HERE = "tests/theory/paper/test_lemma1.py"
_SLIPS = f"{_HERE}::test_a_slip_of_the_pen_flips_the_proof"


@statement(
    "13",
    place="Remark 1",
    form="inequality",
    says="(12) where the d_k do not differ",
    latex=(Le(farthest, PRINTED["13"]), r"\text{ at }", Eq(d_min, N * r / M)),
    uses=("12",),
    test=_SLIPS,
)
def check_13() -> Outcome:
    """Prove that (12) implies (13) if d_min M = Nr."""
    identity(PRINTED["12"].subs(d_min, N * r / M), PRINTED["13"])
    equality = Step(
        Le(apart, PRINTED["13"]),
        (Le(apart, PRINTED["12"]), Eq(d_min * M, N * r)),
        {apart: 2, N: 2, M: 2, r: 1, d_min: 1, beta: 1, G: 0},
    ).prove()
    return Outcome(
        "proved",
        "sympy identity, SMT over the reals",
        "(12) and d_min M = Nr imply it, the right sides are then equal; both together hold for no "
        "exactly balanced allocation with r < M (U7): U8 refutes (13) for those, U9 proves it for "
        f"regular allocations with equal overlaps; {equality}",
        ("(12)", "d_min M = Nr"),
        scope="general",
    )


@statement(
    "U6",
    place="Remark 1",
    form="identity",
    says="overlaps of exactly r^2/M fix the variance of d_k over the subsets",
    latex=Eq(sympy.Symbol(r"\mathrm{Var}_k(d_k)"), VARIANCE),
    test=f"{_HERE}::test_overlaps_fix_the_variance_of_the_degrees",
)
def check_variance() -> Outcome:
    """Prove the variance of d_k by double counting, if all overlaps are r²/M."""
    # Each device counts in r of the d_k, each ordered pair of devices in r²/M of the d_k(d_k − 1).
    first, second = N * r / M, (N * r + N * (N - 1) * r**2 / M) / M
    identity(second - first**2, VARIANCE)
    degrees = small_instances.degrees(small_instances.BALANCED)
    measured = sum(degree**2 for degree in degrees) - sympy.Rational(
        sum(degrees) ** 2, len(degrees)
    )
    need_equal(measured, (M * VARIANCE).subs({N: 3, M: 4, r: 2}))
    return Outcome(
        "proved",
        "sympy identity, exact instance",
        f"sum d_k = Nr, sum d_k^2 = Nr + N(N-1) r^2/M; N=3, M=4, r=2: d = {degrees}, variance 3/4; "
        "at N=100, M=1000, r=40 it would be 3.84 with mean 4",
        EXACT[:2],
        scope="general",
    )


@statement(
    "U7",
    place="Remark 1",
    form="remark",
    says="the d_k of an exactly pair-wise balanced allocation can all be Nr/M with r < M",
    latex=Eq(d_min, N * r / M),
    uses=("U6",),
    test=f"{_HERE}::test_overlaps_fix_the_variance_of_the_degrees",
)
def check_constant_degrees() -> Outcome:
    """Refute that balanced allocations have d_min M ≈ Nr."""
    Step(Gt(VARIANCE, 0), (Lt(r, M),), {N: 3, r: 4, M: 4}).prove()
    degrees = small_instances.degrees(small_instances.BALANCED)
    excess = violated(sympy.Integer(sum(degrees)), sympy.Integer(min(degrees) * len(degrees)))
    return Outcome(
        "refuted",
        "SMT over the reals, exact counterexample",
        "by U6 the d_k vary for every r < M, by a standard deviation of sqrt((1 - r/M) M/(Nr)) of "
        f"their mean; overlaps of exactly r^2/M with N=3, M=4, r=2 have d = {degrees}: Nr against "
        f"d_min M is {excess}",
        EXACT[:2],
        kind="error",
    )


@statement(
    "U8",
    place="Remark 1",
    form="inequality",
    says="(13) for exactly pair-wise balanced allocations",
    latex=Le(farthest, PRINTED["13"]),
    uses=("5", "10"),
    test=f"{_HERE}::test_counterexamples_worked_out_by_hand",
)
def check_13_balanced() -> Outcome:
    """Refute (13) as an inequality for exactly balanced allocations."""
    instance = sizes(small_instances.BALANCED, OPPOSITE)
    return Outcome(
        "refuted",
        "exact counterexample",
        f"N=3, M=4, r=2, devices that hold {_held()}, gradients 0, 1, -1, 0, so that "
        f"beta = 1: {violated(instance['left'], instance['13'])}, "
        f"while (12) gives {instance['12']}",
        EXACT,
        kind="error",
    )


def _held() -> str:
    """Write which subsets each device of the example holds."""
    rows = small_instances.BALANCED
    held = [[str(k) for k, one in enumerate(row, start=1) if one] for row in rows]
    return ", ".join(f"{{{', '.join(one)}}}" for one in held)


@statement(
    "U9",
    place="Remark 1",
    form="inequality",
    says="(13) for regular allocations with equal overlaps, from N = 4 on",
    latex=(Le(farthest, EQUAL_OVERLAPS), r"\le", PRINTED["13"]),
    uses=("U5",),
    test=f"{_HERE}::test_counterexamples_worked_out_by_hand",
)
def check_13_regular() -> Outcome:
    """Prove (13) for regular allocations whose overlaps are all equal, from four devices on."""
    # Each subset of S_i is on d − 1 of the N − 1 other devices.
    surplus = r - r * (d - 1) / (N - 1)
    degree = N * r / M
    sharper = SHARPER["regular"].subs(nu, surplus).subs(d, degree)
    identity(sharper, EQUAL_OVERLAPS)
    # √2 (N − 1) ≥ N from N = 4 on; without ∇F, (13) is its term with β².
    loose = Step(
        Le(EQUAL_OVERLAPS, PRINTED["13"]),
        (Ge(N, 4),),
        loose={N: 4, M: 2, r: 1, beta: 1, G: 0},
    ).prove()
    three = ((1,), (-1,), (0,))
    instance = sizes(TRIANGLE, three)
    return Outcome(
        "proved",
        "sympy identity, SMT over the reals, exact instance",
        "nu = r(N-d)/(N-1), so the left side is at most 4(M-r)^2 beta^2/(N-1)^2 (U5), without the "
        "gradient of F; N >= 4 is needed: {1,2}, {2,3}, {1,3} has "
        f"{violated(instance['left'], instance['13'])} with gradients 1, -1, 0; {loose}",
        (*REGULAR, "overlaps r(d-1)/(N-1)", "N >= 4"),
        scope="general",
    )


@statement(
    "14",
    place="Remark 1",
    form="chain",
    says="how far apart local gradients can be",
    latex=Le(sympy.Symbol(r"\max_{i,j} \|\nabla f_i - \nabla f_j\|^2"), PRINTED["14"]),
    uses=("10", "43"),
    test="tests/theory/proving/test_every_proof.py::test_no_claim_can_be_tightened",
)
def check_14() -> Outcome:
    """Prove (14): insert a zero, then use (43) with n = 2 and Assumption 2 twice."""
    # The first relation of (14) is an equality; its two norms are those of u_i and u_j.
    pair, equality = STEPS["44 pair"], STEPS["14"].prove()
    pair.prove()
    identity(pair.claim.rhs, STEPS["14"].given[0].rhs.subs({h: a**2, q: b**2}))
    return Outcome(
        "proved",
        "SMT over the reals",
        f"{equality}; attained by M = N = 2, gradients 1, -1: 4 beta^2 = 4",
        ("M = N", "r = 1", "Assumption 2"),
        scope="general",
    )


@statement(
    "R1",
    place="Remark 1",
    form="remark",
    says="the bound (13) falls as redundancy grows, and is zero at r = M",
    latex=r"(13) \text{ decreases in } r,\ (13) = 0 \text{ at } r = M",
    uses=("12", "13"),
    test=_SLIPS,
)
def check_remark_1() -> Outcome:
    """Prove that (13) falls with r and vanishes at r = M."""
    fraction = G / M**2 + beta**2
    lower, higher = (PRINTED["13"].subs(r, held) for held in (r_1, r_2))
    Step(
        Lt(higher, lower),
        (Lt(r_1, r_2), Le(r_2, M), Gt(fraction, 0)),
        {r_1: 1, r_2: 1, M: 2, N: 1, beta: 1, G: 0},
    ).prove()
    identity(PRINTED["13"].subs(r, M), sympy.Integer(0))
    identity(PRINTED["12"].subs(r, M), sympy.Integer(0))
    return Outcome(
        "proved",
        "SMT over the reals, sympy identity",
        "strictly decreasing in r up to r = M, where (12) and (13) are zero: all devices then send "
        "the gradient of F over N. For the premise d_min M = Nr see U7, for (13) itself U8 and U9",
        ("beta and the gradient of F not both zero",),
        scope="general",
    )


@statement(
    "U10",
    place="Remark 1",
    form="inequality",
    says="(14) with M/N subsets on each device",
    latex=Le(farthest, SHARPER["uncoded"]),
    uses=("U5",),
    test=_SLIPS,
)
def check_uncoded() -> Outcome:
    """Prove (14) with M/N subsets on each device; (14) itself is the case M = N."""
    identity(SHARPER["uncoded"].subs(N, M), PRINTED["14"])
    identity(SHARPER["regular"].subs(nu, M / N).subs(d, 1), SHARPER["uncoded"])
    return Outcome(
        "proved",
        "sympy identity",
        "the case d = 1, nu = M/N of U5, attained where u_k = beta on one device and -beta on "
        "another; 400 beta^2 at the sizes of Section V, N=100, M=1000, where (13) at r=40 is "
        f"{sympy.N(8 * sympy.Rational(960, 100) ** 2, 5)} (beta^2 + |nabla F|^2/M^2)",
        ("N divides M", "Assumption 2"),
        scope="general",
    )


@statement(
    "U11",
    place="Remark 1",
    form="remark",
    says="from which redundancy on the bound is below that without redundancy",
    latex=(Lt(EQUAL_OVERLAPS, SHARPER["uncoded"]), r"\iff", Gt(r, M / N)),
    uses=("13", "U9", "U10"),
    test=_SLIPS,
)
def check_threshold() -> Outcome:
    """Prove the r above which coding lowers the bound: U9 from M/N on, (13) much later."""
    plain, sharp = SHARPER["uncoded"], EQUAL_OVERLAPS.subs(r, r_1)
    most = Le(r_1, M)
    at = {r_1: 2, M: 4, N: 2, beta: 1}
    Step(Gt(r_1, M / N), (Lt(sharp, plain), Ge(N, 2)), at).prove()
    Step(Lt(sharp, plain), (Gt(r_1, M / N), most, Gt(beta, 0)), at).prove()
    need_equal(sizes(TRIANGLE, ((1,), (-1,), (0,)))["left"], EQUAL_OVERLAPS.subs(_TRIANGULAR))
    # ‖∇F‖² = g M²β²: without the gradient of F, g = 0.
    g = sympy.Symbol("g", nonnegative=True)
    coded = 8 * (M - r_1) ** 2 / N**2 * beta**2 * (1 + g)
    identity(coded, PRINTED["13"].subs({G: g * M**2 * beta**2, r: r_1}))
    least = LEAST.subs(M, 2)
    at = {r_1: least, M: 2, N: 1, beta: 1}
    Step(Gt(r_1, LEAST), (Lt(coded, plain),), at | {g: 0}).prove()
    Step(Lt(coded.subs(g, 0), plain), (Gt(r_1, LEAST), most, Gt(beta, 0)), at).prove()
    return Outcome(
        "proved",
        "SMT over the reals, exact instance",
        "the bound of U9 is below the uncoded one if and only if r > M/N, so as soon as there is "
        "any redundancy; {1,2}, {2,3}, {1,3} attains it. The right side of (13), as a number, is "
        "below that of (14) only from r > (1 - 1/sqrt 2) M = 0.2929 M on at ||nabla F|| = 0, and "
        "later for other gradients",
        ("beta > 0", "regular allocations with equal overlaps"),
        scope="general",
    )


@statement(
    "U12",
    place="Remark 1",
    form="inequality",
    says="a regular allocation never spreads the messages farther than no redundancy",
    latex=Le(SHARPER["regular"], SHARPER["uncoded"]),
    uses=("U5", "U10"),
    test=_SLIPS,
)
def check_always() -> Outcome:
    """Prove by the sharper lemma that regular coding never increases the largest distance."""
    coded, plain = SHARPER["regular"], SHARPER["uncoded"]
    regular = Eq(r, d * M / N)
    at = {nu: 2, r: 2, d: 1, M: 4, N: 2, beta: 1}
    Step(Le(coded, plain), (Le(nu, r), regular), at).prove()
    Step(Lt(coded, plain), (Lt(nu, r), regular, Gt(beta, 0)), at).prove()
    return Outcome(
        "proved",
        "SMT over the reals",
        "4 nu^2 beta^2/d^2 <= 4 (M/N)^2 beta^2, strictly where every two devices share a subset",
        REGULAR,
        scope="general",
    )

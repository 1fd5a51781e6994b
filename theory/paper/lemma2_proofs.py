"""Rows of the ledger prove Lemma 2, (52) of Appendix B, and sharper bounds."""

from fractions import Fraction

import sympy
from sympy import Eq, Ge, Le

from theory.paper.lemma1 import CAUCHY, d_k, n, q, u, w
from theory.paper.lemma2 import IN_PHI, PHI_1, PHI_2, PRINTED, SHARPER, STEPS, gram, p, total
from theory.paper.lemma2_expectation import COVERED, MEAN_SQUARE, RANDOM, SQUARES, at, honest_sets
from theory.proving import small_instances
from theory.proving.proofs import Induction, Outcome, Step, identity, need
from theory.proving.statement import statement
from theory.proving.symbols import G, M, N, alpha, beta, d_min, phi_1, phi_2, r

mean_square = sympy.Symbol("mean_square", nonnegative=True)
"""E‖ḡ‖²."""

total_sq, mixed, squares = sympy.symbols("total_sq mixed squares", real=True)
count = sympy.Symbol("count", integer=True, nonnegative=True)

BINOMIALS = Induction(
    claim=Eq(total_sq, count * w**2 + 2 * w * mixed + squares),
    start={total_sq: 0, count: 0, mixed: 0, squares: 0},
    grows={
        total_sq: total_sq + (w + u) ** 2,
        count: count + 1,
        mixed: mixed + u,
        squares: squares + u**2,
    },
)
"""Σ (w + u_k)² = M w² + 2 w Σ u_k + Σ u_k², for any number of subsets."""

_HERE = "tests/theory/paper/test_lemma2.py"
_SLIPS = f"{_HERE}::test_a_slip_of_the_pen_flips_the_proof"


@statement(
    "15",
    place="Lemma 2",
    form="definition",
    says="mean of the messages of the honest devices",
    latex=r"\bar g^t = \frac{1}{|H^t|} \sum_{i \in H^t} g_i^t",
    uses=("5",),
    test="tests/cradl/engine/test_trajectories.py::test_every_stored_variable_equals_a_naive_run",
)
def check_15() -> Outcome:
    """Tell which code computes the honest mean."""
    return Outcome(
        "definition",
        "none",
        "mean over the honest devices of one iteration; aggregation_error_sq in "
        "cradl.engine.algorithm.run_algorithm is the squared distance of the update to it",
    )


@statement(
    "16",
    place="Lemma 2",
    form="inequality",
    says="the mean of the honest messages is bounded on average",
    latex=Le(MEAN_SQUARE, IN_PHI["16"]),
    uses=("51", "52"),
    test=_SLIPS,
)
def check_16() -> Outcome:
    """Prove (16): insert (52) in (51)."""
    equality = Step(
        Le(mean_square, PRINTED["16"]),
        (
            Eq(mean_square, PRINTED["51"].subs(gram, G)),
            Le(total, PRINTED["52"]),
            Le(alpha, 1 - 1 / N),
            Ge(N, 2),
        ),
        {mean_square: 2, total: 4, alpha: sympy.Rational(1, 2)}
        | {N: 2, M: 2, r: 1, d_min: 1, beta: 1, G: 0},
    ).prove()
    identity(PRINTED["51"].subs({total: PRINTED["52"], gram: G}), PRINTED["16"])
    identity(PRINTED["16"].subs(alpha, 0), G / N**2)
    return Outcome(
        "proved",
        "sympy identity, SMT over the reals",
        "(51) with (52) for its sum, whose factor is not negative; equality at alpha = 0, where "
        f"both sides are |nabla F|^2/N^2, and of numbers alone: {equality}; for alpha > 0 messages "
        "reach it only at beta = 0 = nabla F (U17)",
        (*RANDOM, *COVERED, "r subsets on each device", "Assumption 2", "N >= 2"),
        scope="general",
    )


@statement(
    "17",
    place="Lemma 2",
    form="definition",
    says="probabilities that one device, and that two devices are honest",
    latex=(Eq(phi_1, PHI_1), r",\quad", Eq(phi_2, PHI_2)),
    test=f"{_HERE}::test_bounds_worked_out_by_hand",
)
def check_17() -> Outcome:
    """Tell which code evaluates φ1 and φ2, and prove φ1 ≥ φ2."""
    Step(Ge(PHI_1, PHI_2), (Le(alpha, 1), Ge(N, 2)), {alpha: 0, N: 2}).prove()
    return Outcome(
        "definition",
        "SMT over the reals",
        "theory.paper.lemma2.phi1 and phi2; phi1 >= phi2, equal at alpha = 0; phi2 needs N >= 2",
    )


@statement(
    "52",
    place="Appendix B",
    form="chain",
    says="the coded gradients are bounded together",
    latex=Le(SQUARES, PRINTED["52"]),
    uses=("5", "10", "43"),
    test=_SLIPS,
)
def check_52() -> Outcome:
    """Prove (52) step by step."""
    steps = [f"43: {CAUCHY.prove()}"]
    steps += [f"{name}: {step.prove()}" for name, step in STEPS.items()]
    count = sympy.cancel(CAUCHY.claim.rhs / q).subs(n, r)
    scale = STEPS["52 d_min"].claim.rhs / p**2
    split = sympy.cancel(STEPS["52 split"].claim.rhs / (u**2 + w**2))
    # N devices with r subsets each.
    per_subset = STEPS["52 heterogeneity"].claim.rhs
    identity(N * r * count * scale * split * per_subset, PRINTED["52"])
    return Outcome(
        "proved",
        "SMT over the reals and sympy identity, step by step",
        "; ".join(steps)
        + "; all together only at beta = 0 = nabla F, because the u_k sum to zero: "
        "the left side is never more than half the right (U17)",
        (*COVERED, "r subsets on each device", "(43)", "Assumption 2"),
        scope="general",
    )


@statement(
    "U17",
    place="Appendix B",
    form="inequality",
    says="half of (52) is enough, and is attained",
    latex=(Le(SQUARES, SHARPER["52"]), r"\le", PRINTED["52"] / 2),
    uses=("5", "10", "43", "51"),
    test=f"{_HERE}::test_bounds_hold_on_every_small_allocation",
)
def check_52_half() -> Outcome:
    """Prove that half of (52) suffices, and that no smaller factor does."""
    # Σ_i ‖g_i‖² ≤ r Σ_i Σ_{S_i} ‖∇f_k‖²/d_k² = r Σ_k ‖∇f_k‖²/d_k, because k is in d_k of the S_i.
    identity(d_k * (p / d_k) ** 2, p**2 / d_k)
    of_degrees = Step(Le(p**2 / d_k, p**2 / d_min), (Ge(d_k, d_min),), {p: 1, d_k: 2, d_min: 2})
    of_degrees.prove()
    BINOMIALS.prove()
    summed = BINOMIALS.claim.rhs.subs(count, M)
    Step(
        Le(summed, M * (w**2 + beta**2)),
        (Eq(mixed, 0), Le(squares, M * beta**2)),
        {mixed: 0, w: 1, M: 2, beta: 1, squares: 2},
    ).prove()
    identity(r / d_min * M * (G / M**2 + beta**2), SHARPER["52"])
    # d_min is at most the mean Nr/M.
    at = {N: 2, M: 2, r: 1, d_min: 1, beta: 1, G: 0}
    Step(Le(2 * SHARPER["52"], PRINTED["52"]), (Le(d_min * M, N * r),), at).prove()
    identity(PRINTED["51"].subs({total: SHARPER["52"], gram: G}), SHARPER["16"])
    S, gradients = ((1, 0), (0, 1)), ((3,), (1,))
    left = sum(
        small_instances.norm_sq(row) for row in small_instances.coded_gradients(S, gradients)
    )
    values = {N: 2, M: 2, r: 1, d_min: 1, beta: 1, G: 16}
    need(left == SHARPER["52"].subs(values), "equality in the instance, 10 = 10", left)
    need(2 * left == PRINTED["52"].subs(values), "half of (52) in the instance", left)
    return Outcome(
        "proved",
        "SMT over the reals, sympy identity, exact instance",
        "sum_i |g_i|^2 <= r sum_k |nabla f_k|^2/d_k <= (r/d_min) (M |nabla F|^2/M^2 + sum |u_k|^2),"
        " at most half of (52) because d_min M <= Nr; attained by N=M=2, r=1, gradients 3 and 1: "
        f"{left}, where (52) has {PRINTED['52'].subs(values)}",
        (*COVERED, "at most r subsets on each device", "Assumption 2"),
        scope="general",
    )


@statement(
    "U18",
    place="Appendix B",
    form="expectation",
    says="how far the honest mean is from the gradient over N on average",
    latex=Eq(
        sympy.Symbol(r"E\|\bar g - \frac{1}{N} \nabla F\|^2"),
        SHARPER["tau"] * sympy.Symbol(r"\frac{1}{N} \sum_i \|g_i - \frac{1}{N} \nabla F\|^2"),
    ),
    uses=("51",),
    test=_SLIPS,
)
def check_tau() -> Outcome:
    """Prove the expected squared distance of the honest mean from ∇F/N."""
    # (51) for G_i = g_i − ∇F/N, which sum to zero.
    identity(PRINTED["51"].subs(gram, 0), SHARPER["tau"] * total / N)
    instance = _tau_instance(((1, 2), (-3, 5), (4, 0), (0, 1)), 2)
    return Outcome(
        "proved",
        "sympy identity, exact enumeration",
        f"(51) for g_i - nabla F/N, which sum to zero; N=4, f=2 by enumeration: {instance}",
        (*RANDOM, *COVERED, "N >= 2"),
        scope="general",
    )


def _tau_instance(messages: small_instances.Rows, byzantine: int) -> Fraction:
    """Return E‖ḡ − ∇F/N‖² by enumeration, after a comparison with the formula."""
    rows = small_instances.exact(messages)
    centre = rows.sum(axis=0) / Fraction(len(rows))
    sets = honest_sets(len(rows), byzantine)
    means = [rows[list(members)].sum(axis=0) / Fraction(len(members)) for members in sets]
    average = sum((small_instances.norm_sq(mean - centre) for mean in means), Fraction(0)) / len(
        sets
    )
    spread = sum((small_instances.norm_sq(row - centre) for row in rows), Fraction(0)) / len(rows)
    expected = at(SHARPER["tau"], len(rows), byzantine) * sympy.Rational(spread)
    need(sympy.Rational(average) == expected, f"an average of {expected}", average)
    return average

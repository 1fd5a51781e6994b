"""Rows of the ledger: Lemma 2 and every step of Appendix B."""

from fractions import Fraction
from itertools import combinations

import sympy
from sympy import Eq, Ge, Le

from theory.paper.lemma1 import a, d_k, n, q, u, w
from theory.paper.lemma2 import IN_PHI, PHI_1, PHI_2, PRINTED, SHARPER, STEPS, gram, p, total
from theory.proving import small_instances
from theory.proving.proofs import Outcome, Unproved, identity, implied, violated
from theory.proving.statement import statement
from theory.proving.symbols import G, M, N, alpha, beta, d_min, f, phi_1, phi_2, r

RANDOM = ("Byzantine set uniform among all of f devices, given the past", "f = N alpha an integer")
COVERED = ("every d_k >= 1",)

MEAN_SQUARE = sympy.Symbol(r"E\|\bar g\|^2")
SQUARES = sympy.Symbol(r"\sum_i \|g_i\|^2")
"""Left sides of (16) and (52), as printed."""

LARGEST = 7
"""Number of devices up to which all Byzantine sets are enumerated."""


def _sizes() -> list[tuple[int, int]]:
    return [(devices, liars) for devices in range(2, LARGEST + 1) for liars in range(devices)]


def _honest_sets(devices: int, liars: int) -> list[tuple[int, ...]]:
    return list(combinations(range(devices), devices - liars))


def _at(expression: sympy.Expr, devices: int, liars: int) -> sympy.Expr:
    return expression.subs({N: devices, alpha: sympy.Rational(liars, devices)})


_HERE = "tests/theory/paper/test_lemma2.py"
_SLIPS = f"{_HERE}::test_a_slip_of_the_pen_flips_the_proof"


@statement(
    "15",
    place="Lemma 2",
    kind="definition",
    says="mean of the messages of the honest devices",
    latex=r"\bar g^t = \frac{1}{|H^t|} \sum_{i \in H^t} g_i^t",
    uses=("5",),
    test="tests/cradl/test_trajectories.py::test_every_stored_variable_equals_a_naive_run",
)
def check_15() -> Outcome:
    """Say where the mean of the honest messages is computed."""
    return Outcome(
        "definition",
        "none",
        "mean over the honest devices of one iteration; aggregation_error_sq in "
        "cradl.engine.algorithm.run_algorithm is the squared distance of the update to it",
    )


@statement(
    "16",
    place="Lemma 2",
    kind="inequality",
    says="the mean of the honest messages is bounded on average",
    latex=Le(MEAN_SQUARE, IN_PHI["16"]),
    uses=(
        "51",
        "52",
    ),
    test=_SLIPS,
)
def check_16() -> Outcome:
    """Prove (16): (52) inside (51)."""
    # A larger value may stand for Σ‖g_i‖² only if its factor is not negative.
    implied(Ge(sympy.diff(PRINTED["51"], total), 0), [Le(alpha, 1 - 1 / N), Ge(N, 2)])
    identity(PRINTED["51"].subs({total: PRINTED["52"], gram: G}), PRINTED["16"])
    identity(PRINTED["16"].subs(alpha, 0), G / N**2)
    return Outcome(
        "proved",
        "sympy identity, SMT over the reals",
        "(51) with (52) for its sum, whose factor is not negative; equality at alpha = 0, where "
        "both sides are |nabla F|^2/N^2; for alpha > 0 only at beta = 0 = nabla F (U17)",
        (*RANDOM, *COVERED, "r subsets on each device", "Assumption 2", "N >= 2"),
    )


@statement(
    "17",
    place="Lemma 2",
    kind="definition",
    says="probabilities that one device, and that two devices are honest",
    latex=(Eq(phi_1, PHI_1), r",\quad", Eq(phi_2, PHI_2)),
    test=f"{_HERE}::test_bounds_worked_out_by_hand",
)
def check_17() -> Outcome:
    """Say what the constants are."""
    implied(Ge(PHI_1, PHI_2), [Le(alpha, 1), Ge(N, 2)])
    return Outcome(
        "definition",
        "SMT over the reals",
        "theory.paper.lemma2.phi1 and phi2; phi1 >= phi2, equal at alpha = 0; phi2 needs N >= 2",
    )


@statement(
    "45",
    place="Appendix B",
    kind="definition",
    says="matrix of the weighted gradients",
    latex=r"A = [\nabla f_1 / d_1, \dots, \nabla f_M / d_M]",
    uses=("4",),
    test=f"{_HERE}::test_coded_gradients_worked_out_by_hand",
)
def check_45() -> Outcome:
    """Say where the columns of A are computed."""
    return Outcome(
        "definition",
        "none",
        "column k is weighted by 1/d_k: theory.proving.small_instances.coded_gradients, and the "
        "weights of cradl.methods.coded_gradient; needs every d_k >= 1",
        COVERED,
    )


@statement(
    "46",
    place="Appendix B",
    kind="identity",
    says="its product with the allocation has the coded gradients as columns",
    latex=r"G = A S^T = [g_1, \dots, g_N]",
    uses=(
        "5",
        "45",
    ),
    test=f"{_HERE}::test_coded_gradients_worked_out_by_hand",
)
def check_46() -> Outcome:
    """Prove that the columns of A Sᵀ are the coded gradients of (5)."""
    devices, subsets = 3, 4
    S = sympy.Matrix(devices, subsets, lambda i, k: sympy.Symbol(f"s_{i}{k}"))
    columns = sympy.Matrix(1, subsets, lambda _, k: sympy.Symbol(f"a_{k}"))
    product = columns * S.T
    for i in range(devices):
        # (5), one coordinate
        identity(product[i], sum(S[i, k] * columns[k] for k in range(subsets)))
    return Outcome(
        "proved",
        "sympy identity",
        "column i of A S^T is sum_k s(i,k) nabla f_k/d_k, entry by entry; N=3, M=4, all symbols",
        ("(5)", "s(i,k) in {0, 1}"),
    )


@statement(
    "47",
    place="Appendix B",
    kind="identity",
    says="the honest mean is a product with the vector of identities",
    latex=r"\bar g = \frac{1}{(1 - \alpha) N} G h",
    uses=(
        "15",
        "46",
    ),
    test=f"{_HERE}::test_expectation_equals_the_enumeration",
)
def check_47() -> Outcome:
    """Prove that G h over (1 − α)N is the mean of the honest messages."""
    for devices, liars in _sizes():
        g = sympy.symbols(f"g_:{devices}")
        honest = _at((1 - alpha) * N, devices, liars)
        for members in _honest_sets(devices, liars):
            product = sum(g[i] * int(i in members) for i in range(devices))
            if sympy.expand(product / honest - sum(g[i] for i in members) / len(members)) != 0:
                raise Unproved(f"need the mean of {members}, got {product}/{honest}")
    return Outcome(
        "proved",
        "exact enumeration",
        f"every honest set of the {len(_sizes())} pairs (N, f) with 2 <= N <= {LARGEST}, symbolic "
        "messages; for every N because |H| = N - f = (1-alpha) N",
        RANDOM[1:],
    )


@statement(
    "48",
    place="Appendix B",
    kind="identity",
    says="its squared norm is a trace",
    latex=r"\|\bar g\|^2 = \frac{1}{(1 - \alpha)^2 N^2} \mathrm{Tr}[h h^T G^T G]",
    uses=("47",),
    test=f"{_HERE}::test_expectation_equals_the_enumeration",
)
def check_48() -> Outcome:
    """Prove that the squared norm is a quadratic form and a trace."""
    devices, dimension = 3, 2
    messages = sympy.Matrix(dimension, devices, lambda i, j: sympy.Symbol(f"g_{i}{j}"))
    honest = sympy.Matrix(devices, 1, lambda i, _: sympy.Symbol(f"h_{i}"))
    mean = messages * honest
    form = (honest.T * messages.T * messages * honest)[0]
    identity((mean.T * mean)[0], form)
    identity(form, (honest * honest.T * messages.T * messages).trace())
    return Outcome(
        "proved",
        "sympy identity",
        "each side is the sum of h_i h_j <g_i, g_j>; N=3, D=2 with symbols holds every kind of "
        "term; the factor is that of (47) squared",
        ("(47)",),
    )


@statement(
    "49",
    place="Appendix B",
    kind="expectation",
    says="the expectation goes inside the trace",
    latex=r"E\|\bar g\|^2 = \frac{1}{(1 - \alpha)^2 N^2} \mathrm{Tr}[E[h h^T] G^T G]",
    uses=("48",),
    test=f"{_HERE}::test_expectation_equals_the_enumeration",
)
def check_49() -> Outcome:
    """Prove that the expectation goes inside the trace."""
    for devices, liars in _sizes():
        inner = sympy.Matrix(
            devices, devices, lambda i, j: sympy.Symbol(f"c_{min(i, j)}{max(i, j)}")
        )
        sets = _honest_sets(devices, liars)
        outside = sum(inner[i, j] for members in sets for i in members for j in members)
        inside = sum(
            sum(i in members and j in members for members in sets) * inner[i, j]
            for i in range(devices)
            for j in range(devices)
        )
        if sympy.expand(outside - inside) != 0:
            raise Unproved(f"need equal traces at N={devices}, f={liars}")
    return Outcome(
        "proved",
        "exact enumeration",
        f"linear in h h^T; all Byzantine sets of the {len(_sizes())} pairs (N, f) with "
        f"2 <= N <= {LARGEST}, symbolic inner products. The coded gradients are fixed given the "
        "past, because the identities of iteration t are drawn independently of it",
        RANDOM,
    )


@statement(
    "50",
    place="Appendix B",
    kind="expectation",
    says="how often two devices are honest together",
    latex=r"E[h h^T] = (\phi_1 - \phi_2) I + \phi_2 1 1^T",
    uses=("17",),
    test=_SLIPS,
)
def check_50() -> Outcome:
    """Prove (50) by enumeration, and by counting for every N and f."""
    for devices, liars in _sizes():
        sets = _honest_sets(devices, liars)
        for i in range(devices):
            for j in range(devices):
                found = Fraction(sum(i in one and j in one for one in sets), len(sets))
                name = "50 same" if i == j else "50 other"
                expected = _at(PRINTED[name], devices, liars)
                if sympy.Rational(found) != expected:
                    raise Unproved(f"need {expected} at N={devices}, f={liars}, got {found}")
    for fixed, name in [(1, "50 same"), (2, "50 other")]:
        counted = sympy.binomial(N - fixed, f) / sympy.binomial(N, f)
        identity(sympy.combsimp(counted), PRINTED[name].subs(alpha, f / N))
    return Outcome(
        "proved",
        "exact enumeration, sympy identity",
        f"all Byzantine sets of the {len(_sizes())} pairs (N, f) with 2 <= N <= {LARGEST}; "
        "C(N-1, f)/C(N, f) and C(N-2, f)/C(N, f) for every N",
        (*RANDOM, "N >= 2"),
    )


@statement(
    "51",
    place="Appendix B",
    kind="expectation",
    says="the mean squared norm from the coded gradients",
    latex=Eq(MEAN_SQUARE, IN_PHI["51"].subs({total: SQUARES, gram: G})),
    uses=(
        "5",
        "49",
        "50",
    ),
    test=_SLIPS,
)
def check_51() -> Outcome:
    """Prove (51): (50) inside (49)."""
    for devices, liars in _sizes():
        g = sympy.symbols(f"g_:{devices}")
        sets = _honest_sets(devices, liars)
        scale = sympy.Rational(1, len(sets) * (devices - liars) ** 2)
        average = scale * sum(sum(g[i] for i in one) ** 2 for one in sets)
        values = {total: sum(one**2 for one in g), gram: sum(g) ** 2}
        if sympy.expand(average - _at(PRINTED["51"], devices, liars).subs(values)) != 0:
            raise Unproved(f"need (51) at N={devices}, f={liars}, got E = {average}")
    same, other = sympy.symbols("same other")
    # Coefficients of ‖g_i‖² and of ⟨g_i, g_j⟩, i ≠ j, in (50) and in (51).
    factor = 1 / ((1 - alpha) ** 2 * N**2)
    summed = PRINTED["51"].subs({total: same, gram: same + other})
    identity(summed, factor * (PRINTED["50 same"] * same + PRINTED["50 other"] * other))
    return Outcome(
        "proved",
        "exact enumeration, sympy identity",
        f"all Byzantine sets of the {len(_sizes())} pairs (N, f) with 2 <= N <= {LARGEST}, "
        "symbolic messages, and for every N term by term; the last line needs sum_i g_i = "
        "nabla F, hence every subset on some device (U16)",
        (*RANDOM, *COVERED, "N >= 2"),
    )


@statement(
    "U16",
    place="Appendix B",
    kind="identity",
    says="the last line of (51) where a subset is on no device",
    latex=Eq(sympy.Symbol(r"\|\sum_i g_i\|^2"), G),
    uses=("5",),
    test=f"{_HERE}::test_coded_gradients_worked_out_by_hand",
)
def check_coverage() -> Outcome:
    """Refute the last line of (51) where a subset is on no device."""
    S, gradients = ((1, 1, 0), (1, 1, 0)), ((1,), (1,), (1,))
    summed = small_instances.norm_sq(small_instances.coded_gradients(S, gradients).sum(axis=0))
    whole = small_instances.gradient_norm_sq(gradients)
    excess = violated(sympy.Rational(whole), sympy.Rational(summed))
    # Where every subset is covered, subset k is in d_k messages with weight 1/d_k.
    covered = small_instances.coded_gradients(
        small_instances.BALANCED, ((1,), (2,), (3,), (5,))
    ).sum(axis=0)
    if small_instances.norm_sq(covered) != 121:
        raise Unproved(f"need the sum 11, got {covered}")
    return Outcome(
        "refuted",
        "exact counterexample",
        "S = {1,2}, {1,2} of three subsets, all gradients 1: |nabla F|^2 and |sum_i g_i|^2 differ, "
        f"{excess}; with every d_k >= 1 subset k counts d_k times 1/d_k and the line is proved",
    )


@statement(
    "52",
    place="Appendix B",
    kind="chain",
    says="the coded gradients are bounded together",
    latex=Le(SQUARES, PRINTED["52"]),
    uses=(
        "5",
        "10",
        "43",
    ),
    test=_SLIPS,
)
def check_52() -> Outcome:
    """Prove (52) step by step."""
    steps = [f"{name}: {one.prove()}" for name, one in STEPS.items()]
    count = sympy.cancel(STEPS["43"].claim.rhs / (q + a**2)).subs(n, r - 1)
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
    )


@statement(
    "U17",
    place="Appendix B",
    kind="inequality",
    says="half of (52) is enough, and is attained",
    latex=(Le(SQUARES, SHARPER["52"]), r"\le", PRINTED["52"] / 2),
    uses=(
        "5",
        "10",
        "43",
        "51",
    ),
    test=f"{_HERE}::test_bounds_hold_on_every_small_allocation",
)
def check_52_half() -> Outcome:
    """Prove that half of (52) is enough, and that no more can be saved."""
    # Σ_i ‖g_i‖² ≤ r Σ_i Σ_{S_i} ‖∇f_k‖²/d_k² = r Σ_k ‖∇f_k‖²/d_k, because k is in d_k of the S_i.
    identity(d_k * (p / d_k) ** 2, p**2 / d_k)
    implied(Le(p**2 / d_k, p**2 / d_min), [Ge(d_k, d_min)])
    # Σ_k ‖w + u_k‖² = M w² + Σ_k u_k², the mixed term being zero; from k subsets to k + 1.
    mixed, squares = sympy.symbols("mixed squares", real=True)
    identity((w + u) ** 2 - w**2 - u**2, 2 * w * u)
    summed = M * w**2 + 2 * w * mixed + squares
    implied(
        Le(summed, M * (w**2 + beta**2)), [Eq(mixed, 0), Le(squares, M * beta**2), Ge(squares, 0)]
    )
    identity(r / d_min * M * (G / M**2 + beta**2), SHARPER["52"])
    # d_min is at most the mean Nr/M.
    implied(Le(2 * SHARPER["52"], PRINTED["52"]), [Le(d_min * M, N * r)])
    identity(PRINTED["51"].subs({total: SHARPER["52"], gram: G}), SHARPER["16"])
    S, gradients = ((1, 0), (0, 1)), ((3,), (1,))
    left = sum(
        small_instances.norm_sq(row) for row in small_instances.coded_gradients(S, gradients)
    )
    values = {N: 2, M: 2, r: 1, d_min: 1, beta: 1, G: 16}
    if left != SHARPER["52"].subs(values) or 2 * left != PRINTED["52"].subs(values):
        raise Unproved(f"need equality at {values}, got {left}")
    return Outcome(
        "proved",
        "SMT over the reals, sympy identity, exact instance",
        "sum_i |g_i|^2 <= r sum_k |nabla f_k|^2/d_k <= (r/d_min) (M |nabla F|^2/M^2 + sum |u_k|^2),"
        " at most half of (52) because d_min M <= Nr; attained by N=M=2, r=1, gradients 3 and 1: "
        f"{left}, where (52) has {PRINTED['52'].subs(values)}",
        (*COVERED, "at most r subsets on each device", "Assumption 2"),
    )


@statement(
    "U18",
    place="Appendix B",
    kind="expectation",
    says="how far the honest mean is from the gradient over N on average",
    latex=Eq(
        sympy.Symbol(r"E\|\bar g - \frac{1}{N} \nabla F\|^2"),
        SHARPER["tau"] * sympy.Symbol(r"\frac{1}{N} \sum_i \|g_i - \frac{1}{N} \nabla F\|^2"),
    ),
    uses=("51",),
    test=_SLIPS,
)
def check_tau() -> Outcome:
    """Prove how far the honest mean is from ∇F/N on average."""
    # (51) for G_i = g_i − ∇F/N, which sum to zero.
    identity(PRINTED["51"].subs(gram, 0), SHARPER["tau"] * total / N)
    instance = _tau_instance(((1, 2), (-3, 5), (4, 0), (0, 1)), 2)
    return Outcome(
        "proved",
        "sympy identity, exact enumeration",
        f"(51) for g_i - nabla F/N, which sum to zero; N=4, f=2 by enumeration: {instance}",
        (*RANDOM, *COVERED, "N >= 2"),
    )


def _tau_instance(messages: small_instances.Rows, liars: int) -> Fraction:
    """Return E‖ḡ − ∇F/N‖² by enumeration, having compared it with the formula."""
    rows = small_instances.exact(messages)
    centre = rows.sum(axis=0) / Fraction(len(rows))
    sets = _honest_sets(len(rows), liars)
    means = [rows[list(one)].sum(axis=0) / Fraction(len(one)) for one in sets]
    found = sum((small_instances.norm_sq(mean - centre) for mean in means), Fraction(0)) / len(sets)
    spread = sum((small_instances.norm_sq(row - centre) for row in rows), Fraction(0)) / len(rows)
    expected = _at(SHARPER["tau"], len(rows), liars) * sympy.Rational(spread)
    if sympy.Rational(found) != expected:
        raise Unproved(f"need {expected}, got {found}")
    return found

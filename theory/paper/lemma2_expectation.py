"""Rows of the ledger prove the expected squared norm of the honest mean, (45) to (51)."""

from fractions import Fraction
from itertools import combinations

import sympy
from sympy import Eq

from theory.paper.lemma2 import IN_PHI, PRINTED, gram, total
from theory.proving import small_instances
from theory.proving.instances import Unproved
from theory.proving.proofs import Outcome, identity, violated
from theory.proving.statement import statement
from theory.proving.symbols import G, N, alpha, f

RANDOM = ("Byzantine set uniform among all of f devices, given the past", "f = N alpha an integer")
COVERED = ("every d_k >= 1",)

MEAN_SQUARE = sympy.Symbol(r"E\|\bar g\|^2")
SQUARES = sympy.Symbol(r"\sum_i \|g_i\|^2")
"""The left sides of (16) and (52), as printed."""

LARGEST = 7
"""The largest number of devices for which all Byzantine sets are enumerated."""

_HERE = "tests/theory/paper/test_lemma2.py"
_SLIPS = f"{_HERE}::test_a_slip_of_the_pen_flips_the_proof"


def sizes() -> list[tuple[int, int]]:
    """Return the pairs (N, f) whose Byzantine sets are all enumerated."""
    return [
        (devices, byzantine) for devices in range(2, LARGEST + 1) for byzantine in range(devices)
    ]


def honest_sets(devices: int, byzantine: int) -> list[tuple[int, ...]]:
    """Return every set of honest devices."""
    return list(combinations(range(devices), devices - byzantine))


def at(expression: sympy.Expr, devices: int, byzantine: int) -> sympy.Expr:
    """Return an expression at one pair (N, f)."""
    return expression.subs({N: devices, alpha: sympy.Rational(byzantine, devices)})


@statement(
    "45",
    place="Appendix B",
    form="definition",
    says="matrix of the weighted gradients",
    latex=r"A = [\nabla f_1 / d_1, \dots, \nabla f_M / d_M]",
    uses=("4",),
    test=f"{_HERE}::test_coded_gradients_worked_out_by_hand",
)
def check_45() -> Outcome:
    """Tell which code computes the columns of A."""
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
    form="identity",
    says="its product with the allocation has the coded gradients as columns",
    latex=r"G = A S^T = [g_1, \dots, g_N]",
    uses=("5", "45"),
    test=f"{_HERE}::test_coded_gradients_worked_out_by_hand",
)
def check_46() -> Outcome:
    """Prove that the columns of A Sᵀ are the coded gradients of (5)."""
    devices, subsets = 3, 4
    S = sympy.Matrix(devices, subsets, lambda i, k: sympy.Symbol(f"s_{i}{k}"))
    columns = sympy.Matrix(1, subsets, lambda _, k: sympy.Symbol(f"a_{k}"))
    product = columns * S.T
    for i in range(devices):
        # One coordinate of (5).
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
    form="identity",
    says="the honest mean is a product with the vector of identities",
    latex=r"\bar g = \frac{1}{(1 - \alpha) N} G h",
    uses=("15", "46"),
    test=f"{_HERE}::test_expectation_equals_the_enumeration",
)
def check_47() -> Outcome:
    """Prove that G h over (1 − α)N is the mean of the honest messages."""
    for devices, byzantine in sizes():
        g = sympy.symbols(f"g_:{devices}")
        honest = at((1 - alpha) * N, devices, byzantine)
        for members in honest_sets(devices, byzantine):
            product = sum(g[i] * int(i in members) for i in range(devices))
            if sympy.expand(product / honest - sum(g[i] for i in members) / len(members)) != 0:
                raise Unproved(f"need the mean of {members}, got {product}/{honest}")
    return Outcome(
        "proved",
        "exact enumeration",
        f"every honest set of the {len(sizes())} pairs (N, f) with 2 <= N <= {LARGEST}, symbolic "
        "messages; for every N because |H| = N - f = (1-alpha) N",
        RANDOM[1:],
    )


@statement(
    "48",
    place="Appendix B",
    form="identity",
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
    form="expectation",
    says="the expectation goes inside the trace",
    latex=r"E\|\bar g\|^2 = \frac{1}{(1 - \alpha)^2 N^2} \mathrm{Tr}[E[h h^T] G^T G]",
    uses=("48",),
    test=f"{_HERE}::test_expectation_equals_the_enumeration",
)
def check_49() -> Outcome:
    """Prove that the expectation goes inside the trace."""
    for devices, byzantine in sizes():
        inner = sympy.Matrix(
            devices, devices, lambda i, j: sympy.Symbol(f"c_{min(i, j)}{max(i, j)}")
        )
        sets = honest_sets(devices, byzantine)
        outside = sum(inner[i, j] for members in sets for i in members for j in members)
        inside = sum(
            sum(i in members and j in members for members in sets) * inner[i, j]
            for i in range(devices)
            for j in range(devices)
        )
        if sympy.expand(outside - inside) != 0:
            raise Unproved(f"need equal traces at N={devices}, f={byzantine}")
    return Outcome(
        "proved",
        "exact enumeration",
        f"linear in h h^T; all Byzantine sets of the {len(sizes())} pairs (N, f) with "
        f"2 <= N <= {LARGEST}, symbolic inner products. The coded gradients are fixed given the "
        "past, because the identities of iteration t are drawn independently of it",
        RANDOM,
    )


@statement(
    "50",
    place="Appendix B",
    form="expectation",
    says="how often two devices are honest together",
    latex=r"E[h h^T] = (\phi_1 - \phi_2) I + \phi_2 1 1^T",
    uses=("17",),
    test=_SLIPS,
)
def check_50() -> Outcome:
    """Prove (50) by enumeration, and by counting for every N and f."""
    for devices, byzantine in sizes():
        sets = honest_sets(devices, byzantine)
        for i in range(devices):
            for j in range(devices):
                share = Fraction(sum(i in members and j in members for members in sets), len(sets))
                name = "50 same" if i == j else "50 other"
                expected = at(PRINTED[name], devices, byzantine)
                if sympy.Rational(share) != expected:
                    raise Unproved(f"need {expected} at N={devices}, f={byzantine}, got {share}")
    for fixed, name in [(1, "50 same"), (2, "50 other")]:
        counted = sympy.binomial(N - fixed, f) / sympy.binomial(N, f)
        identity(sympy.combsimp(counted), PRINTED[name].subs(alpha, f / N))
    return Outcome(
        "proved",
        "exact enumeration, sympy identity",
        f"all Byzantine sets of the {len(sizes())} pairs (N, f) with 2 <= N <= {LARGEST}; "
        "C(N-1, f)/C(N, f) and C(N-2, f)/C(N, f) for every N",
        (*RANDOM, "N >= 2"),
    )


@statement(
    "51",
    place="Appendix B",
    form="expectation",
    says="the mean squared norm from the coded gradients",
    latex=Eq(MEAN_SQUARE, IN_PHI["51"].subs({total: SQUARES, gram: G})),
    uses=("5", "49", "50"),
    test=_SLIPS,
)
def check_51() -> Outcome:
    """Prove (51): insert (50) in (49)."""
    for devices, byzantine in sizes():
        g = sympy.symbols(f"g_:{devices}")
        sets = honest_sets(devices, byzantine)
        scale = sympy.Rational(1, len(sets) * (devices - byzantine) ** 2)
        average = scale * sum(sum(g[i] for i in members) ** 2 for members in sets)
        values = {total: sum(message**2 for message in g), gram: sum(g) ** 2}
        if sympy.expand(average - at(PRINTED["51"], devices, byzantine).subs(values)) != 0:
            raise Unproved(f"need (51) at N={devices}, f={byzantine}, got E = {average}")
    same, different = sympy.symbols("same other")
    # Coefficients of ‖g_i‖² and of ⟨g_i, g_j⟩, i ≠ j, in (50) and in (51).
    factor = 1 / ((1 - alpha) ** 2 * N**2)
    summed = PRINTED["51"].subs({total: same, gram: same + different})
    identity(summed, factor * (PRINTED["50 same"] * same + PRINTED["50 other"] * different))
    return Outcome(
        "proved",
        "exact enumeration, sympy identity",
        f"all Byzantine sets of the {len(sizes())} pairs (N, f) with 2 <= N <= {LARGEST}, "
        "symbolic messages, and for every N term by term; the last line needs sum_i g_i = "
        "nabla F, hence every subset on some device (U16)",
        (*RANDOM, *COVERED, "N >= 2"),
    )


@statement(
    "U16",
    place="Appendix B",
    form="identity",
    says="the last line of (51) where a subset is on no device",
    latex=Eq(sympy.Symbol(r"\|\sum_i g_i\|^2"), G),
    uses=("5",),
    test=f"{_HERE}::test_coded_gradients_worked_out_by_hand",
)
def check_coverage() -> Outcome:
    """Refute the last line of (51) if a subset is on no device."""
    S, gradients = ((1, 1, 0), (1, 1, 0)), ((1,), (1,), (1,))
    summed = small_instances.norm_sq(small_instances.coded_gradients(S, gradients).sum(axis=0))
    whole = small_instances.gradient_norm_sq(gradients)
    excess = violated(sympy.Rational(whole), sympy.Rational(summed))
    # If every subset is covered, subset k is in d_k messages with weight 1/d_k.
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

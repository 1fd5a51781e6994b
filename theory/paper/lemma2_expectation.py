"""Rows of the ledger prove the expected squared norm of the honest mean, (45) to (51)."""

from fractions import Fraction
from itertools import combinations

import sympy
from sympy import And, Eq, Gt, MatrixSymbol, Or, Sum, Trace

from theory.paper.lemma2 import IN_PHI, PRINTED, gram, total
from theory.proving import small_instances
from theory.proving.proofs import Induction, Outcome, Step, identity, need, violated
from theory.proving.statement import statement
from theory.proving.symbols import D, G, M, N, alpha, f

RANDOM = ("Byzantine set uniform among all of f devices, given the past", "f = N alpha an integer")
COVERED = ("every d_k >= 1",)

MEAN_SQUARE = sympy.Symbol(r"E\|\bar g\|^2")
SQUARES = sympy.Symbol(r"\sum_i \|g_i\|^2")
"""The left sides of (16) and (52), as printed."""

product, chosen, one, is_honest, added, average = sympy.symbols(
    "product chosen one is_honest added average", real=True
)
"""In one coordinate: Σ h_i g_i, the sum of the honest messages, one message, its h_i, what
it adds, and ḡ."""

honest = sympy.Symbol("honest", nonnegative=True)
"""|H|."""

HONEST = Induction(
    claim=Eq(product, chosen),
    start={product: 0, chosen: 0},
    grows={product: product + is_honest * one, chosen: chosen + added},
    # The next device adds its message if it is honest, and nothing otherwise.
    given=(Or(And(Eq(is_honest, 1), Eq(added, one)), And(Eq(is_honest, 0), Eq(added, 0))),),
)
"""The product with the vector of identities is the sum of the honest messages."""

outside, inside, weight, entry, other = sympy.symbols(
    "outside inside weight entry other", real=True
)
"""Of one entry of h hᵀ and of Gᵀ G: expectation of the product, expectation of the first, the
probability of one set, and both entries."""

EXPECTED = Induction(
    claim=Eq(outside, inside * other),
    start={outside: 0, inside: 0},
    grows={outside: outside + weight * entry * other, inside: inside + weight * entry},
)
"""An expectation over any number of sets is linear."""

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
    S, columns = MatrixSymbol("S", N, M), MatrixSymbol("A", D, M)
    row, i, k = sympy.symbols("row i k", integer=True, nonnegative=True)
    # One coordinate of (5).
    coded = Sum(S[i, k] * columns[row, k], (k, 0, M - 1))
    product = (columns * S.T)[row, i]
    need(product.dummy_eq(coded), "entry (row, i) of A S^T is sum_k S[i, k] A[row, k]", product)
    return Outcome(
        "proved",
        "matrix identity, symbolic sizes",
        "column i of A S^T is sum_k s(i,k) nabla f_k/d_k, entry by entry, for every N, M and D",
        ("(5)", "s(i,k) in {0, 1}"),
        scope="general",
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
    HONEST.prove()
    Step(
        Eq(average, product / ((1 - alpha) * N)),
        (Eq(average * honest, product), Eq(honest, (1 - alpha) * N), Gt(honest, 0)),
    ).prove()
    for devices, byzantine in sizes():
        g = sympy.symbols(f"g_:{devices}")
        number = at((1 - alpha) * N, devices, byzantine)
        means = [
            sum(g[i] * int(i in members) for i in range(devices)) / number
            - sum(g[i] for i in members) / len(members)
            for members in honest_sets(devices, byzantine)
        ]
        same = all(sympy.expand(difference) == 0 for difference in means)
        need(same, f"the mean of every honest set at N={devices}, f={byzantine}", means)
    return Outcome(
        "proved",
        "induction over the devices, exact enumeration",
        "device by device, h_i g_i is g_i or 0, and |H| = N - f = (1-alpha) N; every honest set of "
        f"the {len(sizes())} pairs (N, f) with 2 <= N <= {LARGEST} besides, symbolic messages",
        RANDOM[1:],
        scope="general",
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
    messages, h, row = MatrixSymbol("G", D, N), MatrixSymbol("h", N, 1), MatrixSymbol("w", 1, N)
    norm, form = ((messages * h).T * (messages * h)).doit(), h.T * messages.T * messages * h
    need(norm == form, "(G h)^T (G h) = h^T G^T G h", norm)
    # For any row w of N numbers, here h^T G^T G: a number is its own trace.
    trace = Trace(h * row).rewrite(Sum)
    need((row * h)[0, 0].dummy_eq(trace), "w h = Tr[h w]", trace)
    return Outcome(
        "proved",
        "matrix identities, symbolic sizes",
        "(G h)^T (G h) = h^T G^T G h, and w h = Tr[h w] with w = h^T G^T G, for every N and D; the "
        "factor is that of (47) squared",
        ("(47)",),
        scope="general",
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
    EXPECTED.prove()
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
        same = sympy.expand(outside - inside) == 0
        need(same, f"equal traces at N={devices}, f={byzantine}", outside - inside)
    return Outcome(
        "proved",
        "induction over the Byzantine sets, exact enumeration",
        f"entry by entry linear in h h^T; all Byzantine sets of the {len(sizes())} pairs (N, f), "
        f"2 <= N <= {LARGEST}, symbolic inner products. The coded gradients are fixed given the "
        "past, because the identities of iteration t are drawn independently of it",
        RANDOM,
        scope="general",
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
        shares = {"50 same": set[Fraction](), "50 other": set[Fraction]()}
        for i in range(devices):
            for j in range(devices):
                share = Fraction(sum(i in members and j in members for members in sets), len(sets))
                shares["50 same" if i == j else "50 other"].add(share)
        for name, found in shares.items():
            expected = at(PRINTED[name], devices, byzantine)
            met = {sympy.Rational(share) for share in found} == {expected}
            need(met, f"{name}: {expected} at N={devices}, f={byzantine}", found)
    for fixed, name in [(1, "50 same"), (2, "50 other")]:
        counted = sympy.binomial(N - fixed, f) / sympy.binomial(N, f)
        identity(sympy.combsimp(counted), PRINTED[name].subs(alpha, f / N))
    return Outcome(
        "proved",
        "exact enumeration, sympy identity",
        f"all Byzantine sets of the {len(sizes())} pairs (N, f) with 2 <= N <= {LARGEST}; "
        "C(N-1, f)/C(N, f) and C(N-2, f)/C(N, f) for every N",
        (*RANDOM, "N >= 2"),
        scope="general",
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
        same = sympy.expand(average - at(PRINTED["51"], devices, byzantine).subs(values)) == 0
        need(same, f"(51) at N={devices}, f={byzantine}", average)
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
        scope="general",
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
    need(small_instances.norm_sq(covered) == 11**2, "the sum 11 where all are covered", covered)
    return Outcome(
        "refuted",
        "exact counterexample",
        "S = {1,2}, {1,2} of three subsets, all gradients 1: |nabla F|^2 and |sum_i g_i|^2 differ, "
        f"{excess}; with every d_k >= 1 subset k counts d_k times 1/d_k and the line is proved",
        kind="edge case",
    )

"""Rows of the ledger beyond the paper: the second eigenvalue governs a regular allocation.

Every subset is on d devices and every device has r subsets. The gradients u_k sum to zero, and
G_i = (1/d) Σ_{k in S_i} u_k.
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, permutations, product
from typing import Any

import numpy as np
import sympy
from numpy.typing import NDArray
from sympy import Eq, Ge, Le

from theory.proving import small_instances
from theory.proving.evaluation import Number, evaluate
from theory.proving.proofs import Induction, Outcome, Step, identity, need
from theory.proving.statement import statement
from theory.proving.symbols import M, N, d, r

lambda_2 = sympy.Symbol("lambda_2", nonnegative=True)
"""Second eigenvalue of S Sᵀ."""

STATED: dict[str, sympy.Expr] = {
    # The least λ₂ of a regular allocation.
    "least": r * (N - d) / (N - 1),
    # (1/N) Σ ‖G_i‖² over Σ ‖u_k‖²: its maximum, and its mean over relabellings of the subsets.
    "worst": lambda_2 / (N * d**2),
    "average": (M - r) / (d * N * (M - 1)),
}


def least_eigenvalue(*, N: int, M: int, r: int) -> sympy.Rational:
    """Return the least possible second eigenvalue of S Sᵀ at these sizes, exactly.

    Raises
    ------
    ValueError
        If no allocation has each subset on N r/M devices and r subsets on each device.

    Examples
    --------
    >>> least_eigenvalue(N=100, M=1000, r=40)
    1280/33
    """
    if N < 2 or not 1 <= r <= M or N * r % M:
        got = f"N={N}, M={M}, r={r}"
        raise ValueError(f"need N >= 2, 1 <= r <= M and an integer N r/M, got {got}")
    return evaluate(STATED["least"], _numbers(N, M, r))


def spread(
    *, N: int, M: int, r: int, sigma: Number, second_eigenvalue: Number | None = None
) -> float:
    """Return a bound on √V for a regular allocation: the root mean square of ‖g_i − ∇F/N‖.

    Parameters
    ----------
    N, M, r
        Number of devices, of subsets, and of subsets on each device.
    sigma
        Root mean square of ‖∇f_k − ∇F/M‖ over the subsets.
    second_eigenvalue
        λ₂ of S Sᵀ; if None, the least possible one.

    Returns
    -------
    The bound in the unit of `sigma`.

    Raises
    ------
    ValueError
        If `least_eigenvalue` refuses the sizes, or no such allocation has the eigenvalue.
    """
    smallest, numbers = least_eigenvalue(N=N, M=M, r=r), _numbers(N, M, r)
    top = r * numbers[d]
    given = smallest if second_eigenvalue is None else second_eigenvalue
    if not smallest <= given <= top:
        raise ValueError(f"need {smallest} <= λ₂ <= {top}, got {given}")
    # Σ ‖u_k‖² = M σ²
    return float(sympy.sqrt(evaluate(STATED["worst"], numbers | {lambda_2: given}) * M) * sigma)


total, top, one, form, norm, part = sympy.symbols("total top one form norm part", real=True)
"""Sum of eigenvalues so far, the largest, the next one; Σ λ_i c_i² and Σ c_i² so far, and c_i."""

count = sympy.Symbol("count", integer=True, nonnegative=True)

LARGEST = Induction(
    claim=Le(total, count * top),
    start={total: 0, count: 0},
    grows={total: total + one, count: count + 1},
    given=(Le(one, top),),
    equality={total: 2, count: 2, top: 1, one: 1},
)
"""Numbers sum to at most their count times the largest."""

RAYLEIGH = Induction(
    claim=Le(form, lambda_2 * norm),
    start={form: 0, norm: 0},
    grows={form: form + one * part**2, norm: norm + part**2},
    given=(Le(one, lambda_2),),
    equality={form: 2, lambda_2: 2, norm: 1, one: 2, part: 1},
)
"""Along eigenvectors with eigenvalues of at most λ₂, a quadratic form is at most λ₂ ‖u‖²."""

sum_u, squares, pairs, u_k = sympy.symbols("sum_u squares pairs u_k", real=True)
"""Σ u_k, Σ u_k², the sum of u_k u_l over ordered pairs, and the next u_k."""

PAIRS = Induction(
    claim=Eq(sum_u**2, squares + pairs),
    start={sum_u: 0, squares: 0, pairs: 0},
    grows={sum_u: sum_u + u_k, squares: squares + u_k**2, pairs: pairs + 2 * u_k * sum_u},
)

SPREAD = sympy.Symbol(r"\frac{1}{N} \sum_i \|G_i\|^2")
HETEROGENEITY = sympy.Symbol(r"\sum_k \|u_k\|^2")
"""Both sides of S2 and S3 without the factor; printed only."""

SIZES = ((4, 4, 2), (3, 3, 2), (4, 6, 3))
"""The sizes (N, M, r) at which all regular allocations are enumerated."""


def regular_allocations(devices: int, subsets: int, held: int) -> Iterator[NDArray[Any]]:
    """Yield every regular allocation as integers of shape (N, M)."""
    columns = [
        np.isin(np.arange(devices), chosen).astype(np.int64)
        for chosen in combinations(range(devices), devices * held // subsets)
    ]
    for chosen in product(columns, repeat=subsets):
        S = np.array(chosen).T
        if (S.sum(axis=1) == held).all():
            yield S


def _numbers(devices: int, subsets: int, held: int) -> dict[sympy.Symbol, Any]:
    return {N: devices, M: subsets, r: held, d: devices * held // subsets}


_HERE = "tests/theory/beyond/test_second_eigenvalue.py"
_SLIPS = f"{_HERE}::test_a_slip_of_the_pen_flips_the_proof"


@statement(
    "S1",
    place="beyond the paper",
    form="inequality",
    says="the least second eigenvalue of a regular allocation, that of equal overlaps alone",
    latex=Ge(sympy.Symbol(r"\lambda_2(S S^\top)"), STATED["least"]),
    test=_SLIPS,
)
def check_least() -> Outcome:
    """Prove the least second eigenvalue, and that only equal overlaps attain it."""
    # S Sᵀ 1 = r d 1. The other N − 1 eigenvalues have this mean, and their largest is at least it.
    LARGEST.prove()
    equality = Step(
        Ge(top, STATED["least"]),
        (Le(total, (N - 1) * top), Eq(total, N * r - r * d), Ge(N, 2)),
        {N: 3, r: 2, d: 2, total: 2, top: 1},
    ).prove()
    enumerated, equal, exact = 0, 0, list[bool]()
    for size in SIZES:
        mean = Fraction(str(STATED["least"].subs(_numbers(*size))))
        devices, subsets, held = size
        first = held * devices * held // subsets
        for S in regular_allocations(*size):
            products = S @ S.T
            # Σ (λ − mean)² of the others follows from the trace of the square.
            variance = int((products**2).sum()) - first**2 - (devices - 1) * mean**2
            same = len({int(products[i, j]) for i, j in combinations(range(devices), 2)}) == 1
            met = variance >= 0 and (variance == 0) == same
            exact.append(met)
            enumerated, equal = enumerated + 1, equal + same
    need(all(exact), f"equality for the {equal} of {enumerated} with equal overlaps alone", exact)
    return Outcome(
        "proved",
        "SMT over the reals with induction over eigenvalues, exact enumeration",
        "trace N r, top eigenvalue r d: the mean of the others is r (N-d)/(N-1), and all are "
        "equal if and only if S S' = (r - o) I + o J; "
        f"{enumerated} regular allocations with N <= 4, {equal} of them with equal overlaps; "
        + equality,
        ("every d_k = d", "r subsets on each device"),
        scope="general",
    )


@statement(
    "S2",
    place="beyond the paper",
    form="inequality",
    says="the spread of coded gradients is governed by the second eigenvalue",
    latex=Le(SPREAD, STATED["worst"] * HETEROGENEITY),
    uses=("5",),
    test=_SLIPS,
)
def check_worst() -> Outcome:
    """Prove that λ₂ bounds the spread, and that some gradients attain the bound."""
    RAYLEIGH.prove()
    spread_, squares = sympy.symbols("spread squares", nonnegative=True)
    equality = Step(
        Le(spread_, STATED["worst"] * squares),
        (Eq(spread_ * N * d**2, form), RAYLEIGH.claim, Eq(norm, squares)),
        {N: 4, d: 2, lambda_2: 2, form: 4, norm: 2, squares: 2, spread_: sympy.Rational(1, 4)},
    ).prove()
    u = sympy.symbols("u_1:4", real=True)
    gradients = (*u, -sum(u))
    S = small_instances.CYCLIC
    # Eigenvalues 2 + 2 cos(2πk/4) of S Sᵀ: 4, 2, 2, 0.
    values = sorted(sympy.Matrix(np.array(S) @ np.array(S).T).eigenvals(multiple=True))
    numbers = _numbers(4, 4, 2) | {lambda_2: values[-2]}
    factor = STATED["worst"].subs(numbers)
    sums = [sum(g for held, g in zip(row, gradients, strict=True) if held) for row in S]
    left = sum(message**2 for message in sums) / (4 * 2**2)
    right = factor * sum(g**2 for g in gradients)
    worst = dict(zip(u, (1, 0, -1), strict=True))
    Step(Le(sympy.expand(left), sympy.expand(right)), (), worst).prove()
    return Outcome(
        "proved",
        "SMT over the reals with induction over eigenvectors, exact instance",
        "sum_i ||G_i||^2 = tr(U S'S U')/d^2 with U 1 = 0, where 1 is the top eigenvector of S'S; "
        "direction by direction at most lambda_2; equality at u = (1, 0, -1, 0) for the cyclic "
        f"allocation N = M = 4, r = 2; {equality}",
        ("every d_k = d", "r subsets on each device", "sum_k u_k = 0", "spectral theorem"),
        scope="general",
    )


@statement(
    "S3",
    place="beyond the paper",
    form="expectation",
    says="on average over relabellings of the subsets the spread does not depend on it",
    latex=(r"E", Eq(SPREAD, STATED["average"] * HETEROGENEITY)),
    uses=("5",),
    test=_SLIPS,
)
def check_average() -> Outcome:
    """Prove the mean of the spread over relabellings of the subsets."""
    diagonal, rest = d, d * (r - 1) / (M - 1)
    # Each device has r (r − 1) ordered pairs of subsets, spread over all M (M − 1) pairs.
    identity((N * r * (r - 1) / (M * (M - 1))).subs(N, M * d / r), rest)
    # Σ_k u_k = 0, so that the products of different u_k sum to −Σ u_k².
    PAIRS.prove()
    mean_form = diagonal * squares + rest * pairs
    Step(
        Eq(mean_form / (N * d**2), STATED["average"] * squares),
        (PAIRS.claim, Eq(sum_u, 0), Ge(M, 2)),
    ).prove()
    u = (Fraction(3), Fraction(-1), Fraction(0), Fraction(-2))
    grouped = [[1, 1, 0, 0], [0, 0, 1, 1]] * 3
    for S in (np.array(small_instances.CYCLIC), np.array(grouped)):
        devices, subsets = S.shape
        held, degree = int(S[0].sum()), int(S[:, 0].sum())
        orders = list(permutations(u))
        total = Fraction(0)
        for order in orders:
            sums = [sum(g for g, has in zip(order, row, strict=True) if has) for row in S]
            total += sum((Fraction(message) ** 2 for message in sums), Fraction(0))
        mean = total / len(orders) / devices / degree**2
        numbers = {N: devices, M: subsets, r: held, d: degree}
        wanted = Fraction(str(STATED["average"].subs(numbers))) * sum(g**2 for g in u)
        need(mean == wanted, f"{wanted} on average over all orders of four subsets", mean)
    return Outcome(
        "proved",
        "SMT over the reals with induction over subsets, exact enumeration",
        "relabelling makes S'S on average d on and d (r-1)/(M-1) off the diagonal, whatever S: "
        "subsets in random order spread alike on every regular allocation, whatever its lambda_2; "
        "all 24 orders of four subsets on two allocations",
        ("every d_k = d", "r subsets on each device", "gradients that do not depend on the labels"),
        scope="general",
    )


inverse, degrees = sympy.symbols("inverse degrees", positive=True)
degree = sympy.Symbol("degree", positive=True)
"""Σ 1/d_k and Σ d_k so far, and the next d_k."""

HARMONIC = Induction(
    claim=Ge(inverse * degrees, count**2),
    start={inverse: 1 / degree, degrees: degree, count: 1},
    grows={inverse: inverse + 1 / degree, degrees: degrees + degree, count: count + 1},
    equality={inverse: 2, degrees: 2, count: 2, degree: 1},
)
"""The harmonic mean is at most the arithmetic mean."""

LEAST_OF_ANY = (M**2 / (N * r) - M / N) / (N - 1)
"""The least largest eigenvalue of W (I − 11ᵀ/M) Wᵀ, W = S diag(1/d), with N r = Σ r_i."""


@statement(
    "S13",
    place="beyond the paper",
    form="inequality",
    says="equal overlaps on regular allocations spread least, among all allocations without defect",
    latex=Ge(sympy.Symbol(r"\lambda_{\max}(W (I - 11^\top / M) W^\top)"), LEAST_OF_ANY),
    uses=("5", "S1"),
    test=f"{_HERE}::test_no_allocation_without_defect_spreads_less",
)
def check_any() -> Outcome:
    """Prove that no allocation with the same budget has a smaller largest eigenvalue."""
    # A column of W has d_k entries 1/d_k, and a row the sum M/N: there is no defect.
    identity(d * (1 / d) ** 2, 1 / d)
    identity(N * (M / N) ** 2 / M, M / N)
    # 1ᵀ W = 1ᵀ, and 1ᵀ (I − 11ᵀ/M) = 0: one eigenvalue is zero.
    identity(d * (1 / d), sympy.Integer(1))
    identity(1 - M / M, sympy.Integer(0))
    HARMONIC.prove()
    LARGEST.prove()
    equality = Step(
        Ge(top, LEAST_OF_ANY),
        (
            Le(total, (N - 1) * top),
            Eq(total, inverse - M / N),
            Ge(inverse * degrees, M**2),
            Eq(degrees, N * r),
            Ge(N, 2),
        ),
        {N: 3, M: 3, r: 2, degrees: 6, inverse: sympy.Rational(3, 2)}
        | {total: sympy.Rational(1, 2), top: sympy.Rational(1, 4)},
    ).prove()
    identity((STATED["least"] / d**2).subs(d, N * r / M), LEAST_OF_ANY)
    return Outcome(
        "proved",
        "SMT over the reals with inductions over subsets and eigenvalues, sympy identity",
        "trace sum 1/d_k - M/N, N - 1 eigenvalues beside a zero, sum 1/d_k >= M^2/(N r) because "
        "sum d_k = N r; unequal d_k and unequal r_i included. S1 is the regular case, in which "
        f"equal overlaps attain it; {equality}",
        ("every d_k >= 1", "sum_k W_ik = M/N for every device", "sum_i r_i = N r", "N >= 2"),
        scope="general",
    )

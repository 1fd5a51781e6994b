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
from theory.proving.deciding import implied
from theory.proving.evaluation import Number, evaluate
from theory.proving.instances import Unproved
from theory.proving.proofs import Outcome, identity
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
    identity((N * r - r * d) / (N - 1), STATED["least"])
    count, equal = 0, 0
    for size in SIZES:
        mean = Fraction(str(STATED["least"].subs(_numbers(*size))))
        devices, subsets, held = size
        top = held * devices * held // subsets
        for S in regular_allocations(*size):
            products = S @ S.T
            # Σ (λ − mean)² of the others follows from the trace of the square.
            variance = int((products**2).sum()) - top**2 - (devices - 1) * mean**2
            same = len({int(products[i, j]) for i, j in combinations(range(devices), 2)}) == 1
            if variance < 0 or (variance == 0) != same:
                raise Unproved(f"need equality for equal overlaps alone, got {variance} at {size}")
            count, equal = count + 1, equal + same
    return Outcome(
        "proved",
        "sympy identity, exact enumeration",
        "trace N r, top eigenvalue r d: the mean of the others is r (N-d)/(N-1), and all are "
        "equal if and only if S S' = (r - o) I + o J; "
        f"{count} regular allocations with N <= 4, {equal} of them with equal overlaps",
        ("every d_k = d", "r subsets on each device"),
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
    implied(Le(sympy.expand(left), sympy.expand(right)), [])
    worst = dict(zip(u, (1, 0, -1), strict=True))
    identity(left.subs(worst), right.subs(worst))
    return Outcome(
        "proved",
        "Rayleigh quotient, SMT over the reals, exact instance",
        "sum_i ||G_i||^2 = tr(U S'S U')/d^2 with U 1 = 0, where 1 is the top eigenvector of S'S; "
        "equality at u = (1, 0, -1, 0) for the cyclic allocation N = M = 4, r = 2",
        ("every d_k = d", "r subsets on each device", "sum_k u_k = 0"),
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
    identity((diagonal - rest) / (N * d**2), STATED["average"])
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
        if mean != wanted:
            raise Unproved(f"need {wanted} on average, got {mean}")
    return Outcome(
        "proved",
        "sympy identity, exact enumeration",
        "relabelling makes S'S on average d on and d (r-1)/(M-1) off the diagonal, whatever S: "
        "subsets in random order spread alike on every regular allocation, whatever its lambda_2; "
        "all 24 orders of four subsets on two allocations",
        ("every d_k = d", "r subsets on each device", "gradients that do not depend on the labels"),
    )

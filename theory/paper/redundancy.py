"""Rows of the ledger decide Remarks 2 and 3: the limits of both bounds as the redundancy grows."""

import sympy

from theory.paper import theorem1, theorem2
from theory.paper.rho import GENERAL, RHO
from theory.proving import small_instances
from theory.proving.proofs import Outcome, Step, identity, need
from theory.proving.statement import statement
from theory.proving.symbols import (
    C_alpha,
    L,
    M,
    N,
    alpha,
    beta,
    d_min,
    gamma,
    gamma_0,
    nu,
    r,
    rho_1,
    rho_2,
    rho_3,
    rho_4,
)

p, q, fixed = sympy.symbols("p q fixed", nonnegative=True)

more = sympy.Symbol("more", integer=True, positive=True)
"""A redundancy above r."""

less = sympy.Symbol("less", nonnegative=True)
"""A constant below C_α."""

DISTANCE = sympy.sqrt(2) * C_alpha * (1 - r / M)
"""The expression through which (32) and (40) depend on r and C_α."""

EQUAL = N / (N - 1) * DISTANCE
"""The same for a regular allocation with equal overlaps, r(d − 1)/(N − 1) with d = Nr/M."""

REGULAR = {nu: r * (N - d_min) / (N - 1)}
"""ν of such an allocation, with d_min for d."""

RHO_2_ALONE = GENERAL[rho_2].subs({C_alpha: 0, d_min: N * r / M})
"""ρ2 without the part of C_α, at d_min = Nr/M."""

_LIMITS = {"32": rho_3 / rho_1, "40": rho_3 / (rho_1 - gamma_0 * rho_2)}
"""What the right sides of (18) and (34) tend to."""


def _room(distance: sympy.Expr, name: str) -> sympy.Expr:
    """Return the denominator of (32) or (40); ``fixed`` depends on neither r nor C_α."""
    share = {"32": 0, "40": gamma_0 * (fixed + 4 * L * distance**2 / N)}[name]
    return 1 - 2 * distance - share


def _limit(distance: sympy.Expr, name: str) -> sympy.Expr:
    """Return (32) or (40) as a function of the distance."""
    return beta**2 * M**2 * distance / _room(distance, name)


def equal_overlaps(allocation: small_instances.Rows) -> dict[sympy.Symbol, int]:
    """Check that an allocation is regular with equal overlaps; return N, M, r, d and ν.

    Raises
    ------
    Unproved
        If it is not, or ν is not r(N − d)/(N − 1).
    """
    degrees, sizes = small_instances.degrees(allocation), {sum(row) for row in allocation}
    shared = small_instances.overlaps(allocation)
    regular = len(set(degrees)) == len(sizes) == len(shared) == 1
    says = f"equal overlaps at r = {max(sizes)}, d = {degrees[0]}"
    need(regular, says, (degrees, sizes, shared))
    numbers = {N: len(allocation), M: len(allocation[0]), r: int(max(sizes)), d_min: degrees[0]}
    surplus = small_instances.largest_surplus(allocation)
    need(REGULAR[nu].subs(numbers) == surplus, "nu = r(N - d)/(N - 1)", surplus)
    return numbers | {nu: surplus}


CYCLES: tuple[small_instances.Rows, ...] = (
    ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    ((1, 1, 0), (0, 1, 1), (1, 0, 1)),
    ((1, 1, 1), (1, 1, 1), (1, 1, 1)),
)
"""Regular allocations with equal overlaps for N = M = 3 and r = d = 1, 2, 3."""

APART: tuple[small_instances.Rows, ...] = (
    ((1, 1, 0, 0, 0, 0), (0, 0, 1, 1, 0, 0), (0, 0, 0, 0, 1, 1)),
    ((1, 1, 1, 0, 0, 0), (0, 0, 0, 1, 1, 1), (1, 1, 1, 0, 0, 0)),
)
"""Allocations for N = 3, M = 6 with d_min = 1, r = ν = 2 and 3."""

_SOME = sympy.Gt(C_alpha, 0), sympy.Ge(N, 2)
_TENTH, _QUARTER = sympy.Rational(1, 10), sympy.Rational(1, 4)
_SIZES = {N: 3, M: 3, r: 1, C_alpha: 1}

STEPS: dict[str, Step] = {
    "falls with r": Step(
        sympy.Lt(EQUAL.subs(r, more), EQUAL), (sympy.Lt(r, more), *_SOME), _SIZES | {more: 1}
    ),
    "grows with C": Step(
        sympy.Lt(EQUAL.subs(C_alpha, less), EQUAL),
        (sympy.Lt(less, C_alpha), sympy.Lt(r, M), sympy.Ge(N, 2)),
        _SIZES | {less: 1},
    ),
}
"""Implications in the proofs below that have no printed formula in them."""


def _monotone(printed: sympy.Expr, name: str) -> str:
    """Prove that a limit grows with the distance, which r lowers and C_α raises.

    Returns
    -------
    How the limits fall over `CYCLES`, in words.
    """
    of_equal = _LIMITS[name].subs(GENERAL).subs(REGULAR)
    identity(_limit(p, name).subs({p: DISTANCE, fixed: N * RHO_2_ALONE}), printed)
    identity(
        _limit(p, name).subs({p: EQUAL, fixed: N * RHO_2_ALONE}), of_equal.subs(d_min, N * r / M)
    )
    for part in ("falls with r", "grows with C"):
        STEPS[part].prove()
    grows = sympy.Lt(_limit(p, name), _limit(q, name))
    known = (sympy.Lt(p, q), sympy.Gt(_room(q, name), 0), sympy.Gt(beta, 0))
    start = {p: _QUARTER, q: _QUARTER, beta: 1, M: 2}
    start |= {"32": {}, "40": {gamma_0: _QUARTER, fixed: 1, L: 1, N: 4}}[name]
    Step(grows, known, start).prove()
    zeros = [_limit(p, name).subs(p, 0), EQUAL.subs(r, M)]
    need(zeros == [0, 0], "0 at r = M", zeros)
    numbers = {C_alpha: _TENTH, beta: 1, alpha: 0, L: 1, gamma_0: _QUARTER}
    falling = [of_equal.subs(equal_overlaps(rows)).subs(numbers) for rows in CYCLES]
    need(falling[0] > falling[1] > falling[2] == 0, "limits that fall to zero", falling)
    words = ", ".join(str(sympy.N(value, 4)) for value in falling[:2])
    return f"at N = M = 3, C_alpha = 1/10 and r = 1, 2, 3 it is {words} and 0 (beta = 1)"


_HERE = "tests/theory/paper/test_remarks.py"
_SLIPS = f"{_HERE}::test_a_slip_of_the_pen_flips_the_proof"


@statement(
    "R2",
    place="Remark 2",
    form="remark",
    says="the limit of the bound falls as r grows or C_alpha falls, and is zero at r = M",
    latex=(
        sympy.Eq(_LIMITS["32"], _limit(EQUAL, "32")),
        r"\text{ at }",
        sympy.Eq(nu, REGULAR[nu]),
        r",\quad",
        sympy.Eq(d_min, N * r / M),
    ),
    uses=("18", "32", "U6", "U19"),
    test=_SLIPS,
)
def check_r2() -> Outcome:
    """Prove Remark 2 for regular allocations with equal overlaps and for (32), with its limits."""
    falling = _monotone(theorem1.PRINTED["32"], "32")
    numbers = {N: 3, M: 6, d_min: 1, C_alpha: _TENTH, beta: 1}
    surplus = [small_instances.largest_surplus(rows) for rows in APART]
    fewest = [min(small_instances.degrees(rows)) for rows in APART]
    need((surplus, fewest) == ([2, 3], [1, 1]), "nu = 2 and 3 at d_min = 1", (surplus, fewest))
    few, many = [_LIMITS["32"].subs(GENERAL).subs(nu, k).subs(numbers) for k in surplus]
    need(few < many, "a limit that grows at fixed d_min", (few, many))
    floor = ((rho_3 + gamma * rho_4) / (rho_1 - gamma * rho_2)).subs(RHO).subs({r: M, d_min: N})
    honest = {alpha: 0, beta: 1, N: 2, M: 2, L: 1, gamma: _QUARTER}
    Step(sympy.Gt(floor, 0), _FLOOR, honest).prove()
    return Outcome(
        "proved",
        "SMT over the reals, sympy identity, exact instances",
        "for regular allocations with equal overlaps, d = N r/M and nu = r(N - d)/(N - 1): "
        f"{falling}; (32) has sqrt(2) C_alpha (1 - r/M) where they have N/(N - 1) times as much, "
        "so it is smaller, falls alike and is 0 at r = M, but no balanced allocation with r < M "
        "has the d_min = N r/M that it takes (U6); at fixed d_min = 1 the limit may grow with r, "
        "as from r = nu = 2 to 3 at N = 3, M = 6, C_alpha = 1/10; at a rate that does not shrink "
        "with T the bound keeps gamma rho_4/(rho_1 - gamma rho_2) > 0 even at r = M where alpha > "
        "0; zero gradient is the minimum of a convex loss only",
        (
            "regular allocations with equal overlaps at fixed N and M",
            "rho_1 > 0",
            "beta > 0",
            "C_alpha > 0, and finite: alpha < 1/2, FABA's < 1/3",
        ),
        "general",
    )


_FLOOR = (
    sympy.Gt(alpha, 0),
    sympy.Gt(beta, 0),
    sympy.Ge(N * (1 - alpha), 1),
    sympy.Lt(gamma * RHO[rho_2].subs({r: M, d_min: N}), 1 / N),
)
"""The hypotheses of Theorem 1 at r = M, for any fixed rate."""


@statement(
    "R3",
    place="Remark 3",
    form="remark",
    says="the same of the limit of the bound with decaying rates",
    latex=(
        sympy.Eq(_LIMITS["40"], _limit(EQUAL, "40").subs(fixed, N * RHO_2_ALONE)),
        r"\text{ at }",
        sympy.Eq(nu, REGULAR[nu]),
        r",\quad",
        sympy.Eq(d_min, N * r / M),
    ),
    uses=("34", "40", "U6", "U19"),
    test=_SLIPS,
)
def check_r3() -> Outcome:
    """Prove Remark 3 for regular allocations with equal overlaps and for (40)."""
    falling = _monotone(theorem2.PRINTED["40"], "40")
    # An admitted rate stays admitted: twice the share of γ⁰ is below 1 − 2p.
    fits = [sympy.Gt(1 - 2 * d - 2 * gamma_0 * (fixed + 4 * L * d**2 / N), 0) for d in (p, q)]
    border = {p: _QUARTER, q: _QUARTER, gamma_0: _QUARTER, L: 4, N: 4, fixed: 3 * _QUARTER}
    Step(fits[0], (sympy.Lt(p, q), fits[1]), border).prove()
    return Outcome(
        "proved",
        "SMT over the reals, sympy identity, exact instances",
        "for regular allocations with equal overlaps, d = N r/M and nu = r(N - d)/(N - 1), with "
        f"gamma_0 = 1/4, L = 1, alpha = 0: {falling}; (40) has sqrt(2) C_alpha (1 - r/M) where "
        "they have N/(N - 1) times as much; gamma_0 meets its hypothesis at larger r and smaller "
        "C_alpha too",
        (
            "regular allocations with equal overlaps at fixed N and M",
            "gamma_0 fixed, below rho_1/(2 rho_2)",
            "beta > 0",
            "C_alpha > 0",
        ),
        "general",
    )

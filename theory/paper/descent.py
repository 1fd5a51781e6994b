"""Rows of the ledger prove the descent of the loss in one iteration of Algorithm 1, (23) to (27).

Squared norms and inner products are sums over coordinates, so an inequality proved for real numbers
holds for vectors of any dimension. Expectations keep inequalities.
"""

from fractions import Fraction
from itertools import combinations
from math import comb

import sympy

from theory.paper import lemma1, lemma2
from theory.paper.lemma1 import unshared
from theory.paper.lemma2 import PHI_1, PHI_2
from theory.proving.proofs import Induction, Outcome, Step, identity, need
from theory.proving.statement import statement
from theory.proving.symbols import (
    C_alpha,
    E_honest,
    E_spread,
    G,
    L,
    M,
    N,
    alpha,
    beta,
    d_min,
    eta,
    gamma,
    phi_1,
    phi_2,
    r,
)

rise = sympy.Symbol(r"E F(x^{t+1}) - F(x^t)")
fall = sympy.Symbol(r"F(x^t) - E F(x^{t+1})")
"""Change of the loss in one update, with either sign; printed only."""

n, k = sympy.symbols("n k", positive=True)
total, distance, most = sympy.symbols("total distance most", real=True)

DISTANCES = Induction(
    claim=sympy.Le(total, k * most),
    start={k: 1, total: distance},
    grows={k: k + 1, total: total + distance},
    given=(sympy.Le(distance, most),),
    equality={k: 2, total: 2, most: 1, distance: 1},
)
"""Along the line from z_i to the mean: k distances sum to at most k times the largest."""

slope, error, honest = sympy.symbols("slope error honest", real=True)
"""A coordinate of ∇F, of ĝ − ḡ and of ḡ."""


def _both_lemmas(phi_1: sympy.Expr, phi_2: sympy.Expr) -> dict[str, sympy.Expr]:
    """Return both sides of (27)."""
    return {
        "27 left": gamma
        * (1 / N - (eta + 8 * C_alpha**2 / (eta * M**2 * d_min**2) * unshared**2) / 2)
        * G
        - L
        * gamma**2
        * G
        * (
            2 * r**2 * (phi_1 - phi_2) / ((1 - alpha) ** 2 * N * d_min**2 * M**2)
            + phi_2 / ((1 - alpha) ** 2 * N**2)
            + C_alpha**2 * 8 / (d_min**2 * M**2) * unshared**2
        ),
        # Without F(x^t) − E[F(x^{t+1})].
        "27 right": gamma / eta * 4 * beta**2 * C_alpha**2 / d_min**2 * unshared**2
        + L
        * gamma**2
        * (
            2 * r**2 * beta**2 * (phi_1 - phi_2) / ((1 - alpha) ** 2 * N * d_min**2)
            + 8 * C_alpha**2 * beta**2 / d_min**2 * unshared**2
        ),
    }


PRINTED: dict[str, sympy.Expr] = {
    "12": lemma1.PRINTED["12"],
    "16": lemma2.PRINTED["16"],
    # Two terms, in one coordinate.
    "43": 2 * (error**2 + honest**2),
    # The inequality in (23), in one coordinate.
    "Young": (eta * slope**2 + error**2 / eta) / 2,
    # The last line, without F(x^t).
    "23": gamma * (eta * G + E_spread / eta) / 2
    - gamma * G / N
    + L * gamma**2 * E_spread
    + L * gamma**2 * E_honest,
    # The factor of the gradient.
    "24": 1 / N,
    # The factor of the largest squared distance of a pair.
    "25": sympy.Integer(1),
    "26": 8 * C_alpha**2 / d_min**2 * unshared**2 * (beta**2 + G / M**2),
    **_both_lemmas(PHI_1, PHI_2),
    "eta": 2 * sympy.sqrt(2 * C_alpha**2) * unshared / (d_min * M),
}
"""The right-hand sides of the paper by equation number; the chosen η follows (27)."""

IN_PHI: dict[str, sympy.Expr] = _both_lemmas(phi_1, phi_2)
"""Both sides of (27) with φ1 and φ2 as symbols, as in the paper."""


def descent() -> sympy.Expr:
    """Return the bound on E[F(x^{t+1})] − F(x^t) from (23), (26) and (16) at the chosen η."""
    bounds = {E_spread: PRINTED["26"], E_honest: PRINTED["16"]}
    return PRINTED["23"].subs(bounds).subs(eta, PRINTED["eta"])


_HERE = "tests/theory/paper/test_theorem1.py"
_SLIPS = f"{_HERE}::test_a_slip_of_the_pen_flips_the_proof"


@statement(
    "23",
    place="proof of Theorem 1",
    form="chain",
    says="one update raises the expected loss by at most four terms, for every eta > 0",
    latex=sympy.Le(rise, PRINTED["23"]),
    uses=("8", "9", "24", "43"),
    test=_SLIPS,
)
def check_23() -> Outcome:
    """Prove the chain (23) from its two elementary inequalities."""
    young = sympy.Le(-slope * error, PRINTED["Young"])
    basic = sympy.Le((error + honest) ** 2, PRINTED["43"])
    evidence = [
        Step(young, (), {slope: 1, eta: 2, error: -2}).prove(),
        Step(basic, (), {error: 1, honest: 1}).prove(),
    ]
    # Insert (8) in (9).
    update = -gamma * (error + honest)
    first = slope * update + L / 2 * update**2
    # The two terms with ∇F and ḡ cancel in expectation, by (24).
    last = PRINTED["23"].subs({G: slope**2, E_spread: error**2, E_honest: honest**2})
    last += gamma * slope**2 * PRINTED["24"] - gamma * slope * honest
    slack = gamma * (young.rhs - young.lhs) + L * gamma**2 / 2 * (basic.rhs - basic.lhs)
    identity(last - first, slack)
    return Outcome(
        "proved",
        "SMT over the reals, sympy identity",
        "; ".join(["both ends differ by the slack of (43) and of Young's inequality", *evidence]),
        ("Assumption 1", "(8)", "(24)", "(43)", "eta > 0"),
        scope="general",
    )


@statement(
    "24",
    place="proof of Theorem 1",
    form="expectation",
    says="the mean of the honest messages is the gradient over N in expectation",
    latex=sympy.Eq(sympy.Symbol(r"E[\bar g^t]"), PRINTED["24"] * sympy.Symbol(r"\nabla F(x^t)")),
    uses=("3", "5", "15"),
    test=_SLIPS,
)
def check_24() -> Outcome:
    """Prove that every device has the weight 1/N in the mean over uniform Byzantine sets."""
    sizes = [(devices, byzantine) for devices in range(1, 8) for byzantine in range(devices)]
    for devices, byzantine in sizes:
        wanted = PRINTED["24"].subs(N, devices)
        weights = _weights(devices, byzantine)
        met = all(weight == wanted for weight in weights)
        need(met, f"the weight {wanted} of every device at N={devices}, f={byzantine}", weights)
    # Device i is honest in C(N − 1, n − 1) of C(N, n) sets, and then has the weight 1/n.
    n = sympy.Symbol("n", integer=True, positive=True)
    share = sympy.binomial(N - 1, n - 1) / sympy.binomial(N, n) / n
    identity(sympy.gammasimp(sympy.combsimp(share)), PRINTED["24"])
    return Outcome(
        "proved",
        "exact enumeration, sympy identity",
        f"all Byzantine sets of the {len(sizes)} pairs (N, f) with N <= 7, binomials for every N; "
        "sum_i g_i = nabla F because subset k counts d_k times 1/d_k: a subset on no device is "
        "missing from the sum, and (24) fails",
        ("Byzantine sets uniform given the past", "every d_k >= 1", "N alpha an integer"),
        scope="general",
    )


def _weights(devices: int, byzantine: int) -> list[Fraction]:
    """Return the expected weight of each device in the honest mean."""
    honest_sets = list(combinations(range(devices), devices - byzantine))
    share = Fraction(1, (devices - byzantine) * comb(devices, byzantine))
    return [share * sum(i in members for members in honest_sets) for i in range(devices)]


@statement(
    "25",
    place="proof of Theorem 1",
    form="chain",
    says="the aggregate misses the honest mean by at most the largest distance of a pair",
    latex=sympy.Le(E_spread, C_alpha**2 * PRINTED["25"] * lemma1.farthest),
    uses=("6", "7", "15"),
    test=_SLIPS,
)
def check_25() -> Outcome:
    """Prove that no message is farther from the mean than the largest distance of two messages."""
    DISTANCES.prove()
    # The mean is at distance total/n, and total is the sum of the n − 1 distances from z_i.
    sharp = (1 - 1 / n) ** 2
    equality = Step(
        (total / n) ** 2 <= sharp * most**2,
        (total <= (n - 1) * most, total >= 0),
        {n: 3, total: 2, most: 1},
    ).prove()
    aggregate, largest = sympy.symbols("aggregate largest", nonnegative=True)
    Step(
        aggregate <= C_alpha**2 * PRINTED["25"] * most**2,
        (aggregate <= C_alpha**2 * largest, largest <= sharp * most**2, n >= 1),
        loose={n: 1000, most: 1, C_alpha: 1, largest: sharp.subs(n, 1000)}
        | {aggregate: sharp.subs(n, 1000)},
    ).prove()
    supremum = sympy.limit(sharp, n, sympy.oo)
    need(supremum == PRINTED["25"], f"the supremum {supremum} of {sharp}", PRINTED["25"])
    return Outcome(
        "proved",
        "SMT over the reals with induction over the messages, limit",
        "sharp factor (1 - 1/n)^2 for n honest messages, n - 1 at 0 and one at 1; its supremum is "
        f"1; {equality}",
        ("Definition 1 for every Byzantine set", "(6)", "(15)"),
        scope="general",
    )


@statement(
    "26",
    place="proof of Theorem 1",
    form="inequality",
    says="Lemma 1 bounds that distance",
    latex=sympy.Le(E_spread, PRINTED["26"]),
    uses=("12", "25"),
    test=_SLIPS,
)
def check_26() -> Outcome:
    """Prove (26): insert Lemma 1 in (25)."""
    identity(C_alpha**2 * PRINTED["25"] * PRINTED["12"], PRINTED["26"])
    hypotheses = ("Lemma 1", "(25)")
    return Outcome("proved", "sympy identity", "C_alpha^2 times (12)", hypotheses, scope="general")


@statement(
    "27",
    place="proof of Theorem 1",
    form="inequality",
    says="both lemmas inside the descent",
    latex=sympy.Le(IN_PHI["27 left"], fall + IN_PHI["27 right"]),
    uses=("16", "23", "26"),
    test=_SLIPS,
)
def check_27() -> Outcome:
    """Prove (27): insert (26) and (16) in (23)."""
    equality = Step(
        PRINTED["23"] <= PRINTED["27 right"] - PRINTED["27 left"],
        (E_spread <= PRINTED["26"], E_honest <= PRINTED["16"], alpha < 1, N >= 2),
        {N: 2, M: 2, r: 1, d_min: 1, alpha: 0, beta: 1, G: 0, C_alpha: 1}
        | {L: 1, gamma: 1, eta: 1, E_spread: 2, E_honest: 0},
    ).prove()
    substituted = PRINTED["23"].subs({E_spread: PRINTED["26"], E_honest: PRINTED["16"]})
    identity(PRINTED["27 right"] - PRINTED["27 left"], substituted)
    return Outcome(
        "proved",
        "sympy identity, SMT over the reals",
        f"right side less left side is the last line of (23) with (26) and (16); {equality}",
        ("(16)", "(23)", "(26)", "eta > 0"),
        scope="general",
    )


@statement(
    "U20",
    place="after (27)",
    form="identity",
    says="the chosen eta makes the factor of the gradient as large as it can be",
    latex=sympy.Eq(eta, PRINTED["eta"]),
    uses=("27",),
    test=_SLIPS,
)
def check_eta() -> Outcome:
    """Prove that the chosen η maximises the bracket of (27)."""
    root = sympy.Symbol("root", nonnegative=True)
    squared = 8 * C_alpha**2 * unshared**2 / (M**2 * d_min**2)
    identity(PRINTED["eta"] ** 2, squared)
    best = Step(root <= (eta + root**2 / eta) / 2, (), {eta: 3, root: 3})
    bracket = sympy.diff(PRINTED["27 left"], gamma, G).subs(gamma, 0)
    identity(bracket.subs(eta, PRINTED["eta"]), 1 / N - PRINTED["eta"])
    return Outcome(
        "proved",
        "sympy identity, SMT over the reals",
        f"bracket 1/N - eta, no other eta gives more; {best.prove()}",
        ("C_alpha > 0", "r < M"),
        scope="general",
    )


@statement(
    "U21",
    place="after (27)",
    form="inequality",
    says="the chosen eta is positive, as (23) needs it",
    latex=sympy.Gt(PRINTED["eta"], 0),
    uses=("23", "26", "27"),
    test=_SLIPS,
)
def check_eta_positive() -> Outcome:
    """Refute that (23) always admits the chosen η."""
    for place in ({r: M}, {C_alpha: 0}):
        chosen = PRINTED["eta"].subs(place)
        need(chosen == 0, f"eta = 0 at {place}", chosen)
    # At r = M the error term vanishes, and the bracket tends to 1/N as η tends to 0.
    identity(PRINTED["26"].subs(r, M), sympy.Integer(0))
    bracket = sympy.diff(PRINTED["27 left"].subs(r, M), gamma, G).subs(gamma, 0)
    identity(sympy.limit(bracket, eta, 0), 1 / N)
    return Outcome(
        "refuted",
        "exact instance",
        "eta = 0 at r = M and at C_alpha = 0, where (23) needs eta > 0; (28) holds there all the "
        "same, as the limit eta -> 0 of (27)",
        kind="edge case",
    )

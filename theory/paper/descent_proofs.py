"""Rows of the ledger prove the descent of the loss in one iteration, (23) to (27)."""

from fractions import Fraction
from itertools import combinations
from math import comb

import sympy

from theory.paper import lemma1
from theory.paper.descent import (
    IN_PHI,
    PRINTED,
    STEPS,
    across,
    along,
    change,
    error,
    farthest,
    holders,
    honest,
    inverse,
    most,
    most_honest,
    most_spread,
    n,
    slope,
    spread,
    update,
)
from theory.paper.lemma1 import d_k, unshared
from theory.proving.proofs import Outcome, Step, identity, need
from theory.proving.statement import statement
from theory.proving.symbols import (
    C_alpha,
    E_honest,
    E_spread,
    G,
    L,
    M,
    N,
    d_min,
    eta,
    gamma,
    r,
)

rise = sympy.Symbol(r"E F(x^{t+1}) - F(x^t)")
fall = sympy.Symbol(r"F(x^t) - E F(x^{t+1})")
"""Change of the loss in one update, with either sign; printed only."""

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
    young = Step(
        sympy.Le(-slope * error, PRINTED["Young"]), (), {slope: 1, eta: 2, error: -2}
    ).prove()
    basic = Step(sympy.Le((error + honest) ** 2, PRINTED["43"]), (), {error: 1, honest: 1}).prove()
    squares = {slope: sympy.sqrt(G), error: sympy.sqrt(E_spread), honest: sympy.sqrt(E_honest)}
    # (9) with (8) in it; (24); both inequalities, summed over coordinates, in expectation.
    known = (
        sympy.Le(change, -gamma * (across + along) + L * gamma**2 / 2 * update),
        sympy.Eq(along, PRINTED["24"] * G),
        sympy.Le(-across, PRINTED["Young"].subs(squares)),
        sympy.Le(update, PRINTED["43"].subs(squares)),
    )
    together = {gamma: 1, eta: 1, L: 1, N: 1, G: 1, E_spread: 1, E_honest: 1}
    together |= {across: -1, along: 1, update: 4, change: 2}
    chain = Step(sympy.Le(change, PRINTED["23"]), known, together).prove()
    return Outcome(
        "proved",
        "SMT over the reals",
        f"Young: {young}; (43): {basic}; the chain: {chain}",
        ("Assumption 1", "(8)", "(24)", "(43)", "eta > 0"),
        "general",
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
    # Device i is honest in C(N − 1, n − 1) of C(N, n) sets, and then has the weight 1/n.
    with_i = sympy.binomial(N - 1, n - 1)
    without_i = sympy.binomial(N - 1, n)
    identity(sympy.gammasimp(sympy.combsimp((with_i + without_i) / sympy.binomial(N, n))), 1)
    weight = with_i / sympy.binomial(N, n) / n
    identity(sympy.gammasimp(sympy.combsimp(weight)), PRINTED["24"])
    STEPS["24 cover"].prove()
    identity(STEPS["24 cover"].claim.rhs.subs(holders, d_k), sympy.Integer(1))
    sizes = [(devices, byzantine) for devices in range(1, 8) for byzantine in range(devices)]
    for devices, byzantine in sizes:
        wanted = PRINTED["24"].subs(N, devices)
        weights = _weights(devices, byzantine)
        equal = all(weight == wanted for weight in weights)
        need(equal, f"weights of {wanted} at N={devices}, f={byzantine}", weights)
    return Outcome(
        "proved",
        "sympy identity with binomials, induction by SMT over the reals, exact enumeration",
        "binomials for every N and f, and all Byzantine sets of the "
        f"{len(sizes)} pairs (N, f) with N <= 7; sum_i g_i = nabla F because subset k counts d_k "
        "times 1/d_k: a subset on no device is missing from the sum, and (24) fails",
        ("Byzantine sets uniform given the past", "every d_k >= 1", "N alpha an integer"),
        "general",
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
    sharp = [STEPS[name].prove() for name in ("25 distances", "25 mean")][-1]
    # The sharp factor of n honest messages tends to its supremum as 1/n falls.
    supremum = Step(
        sympy.Lt((1 - inverse) ** 2 * spread, PRINTED["25"] * spread),
        (sympy.Le(inverse, 1),),
        {inverse: 0, spread: 1},
    ).prove()
    known = (
        sympy.Le(E_spread, C_alpha**2 * spread),
        sympy.Le(spread, PRINTED["25"] * farthest),
    )
    both = {E_spread: 18, C_alpha: 3, spread: 2, farthest: 2}
    last = Step(sympy.Le(E_spread, C_alpha**2 * PRINTED["25"] * farthest), known, both).prove()
    return Outcome(
        "proved",
        "SMT over the reals with induction over the messages",
        f"sharp factor (1 - 1/n)^2 for n honest messages, n - 1 at 0 and one at 1: {sharp}; its "
        f"supremum is 1: {supremum}; with Definition 1: {last}",
        ("Definition 1 for every Byzantine set", "(6)", "(15)", "triangle inequality"),
        "general",
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
    known = (
        sympy.Le(E_spread, C_alpha**2 * PRINTED["25"] * farthest),
        sympy.Le(farthest, most),
    )
    last = Step(
        sympy.Le(E_spread, C_alpha**2 * PRINTED["25"] * most),
        known,
        {E_spread: 18, C_alpha: 3, farthest: 2, most: 2},
    ).prove()
    identity(C_alpha**2 * PRINTED["25"] * PRINTED["12"], PRINTED["26"])
    return Outcome(
        "proved",
        "SMT over the reals, sympy identity",
        f"C_alpha^2 times (12); {last}",
        ("Lemma 1", "(25)"),
        "general",
    )


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
    known = (
        sympy.Le(change, PRINTED["23"]),
        sympy.Le(E_spread, most_spread),
        sympy.Le(E_honest, most_honest),
    )
    bounded = PRINTED["23"].subs({E_spread: most_spread, E_honest: most_honest})
    # At γ = η = L = N = G = 1 and bounds of one, (23) is 1 − 1 + 1 + 1.
    together = {gamma: 1, eta: 1, L: 1, N: 1, G: 1, change: 2}
    together |= {E_spread: 1, E_honest: 1, most_spread: 1, most_honest: 1}
    last = Step(sympy.Le(change, bounded), known, together).prove()
    inserted = bounded.subs({most_spread: PRINTED["26"], most_honest: PRINTED["16"]})
    identity(PRINTED["27 right"] - PRINTED["27 left"], inserted)
    return Outcome(
        "proved",
        "SMT over the reals, sympy identity",
        f"right side less left side is the last line of (23) with (26) and (16); {last}",
        ("(16)", "(23)", "(26)", "eta > 0"),
        "general",
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
    best = Step(sympy.Le(root, (eta + root**2 / eta) / 2), (), {eta: 3, root: 3}).prove()
    bracket = sympy.diff(PRINTED["27 left"], gamma, G).subs(gamma, 0)
    identity(bracket.subs(eta, PRINTED["eta"]), 1 / N - PRINTED["eta"])
    return Outcome(
        "proved",
        "sympy identity, SMT over the reals",
        f"bracket 1/N - eta, no other eta gives more; {best}",
        ("C_alpha > 0", "r < M"),
        "general",
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
    zeros = [PRINTED["eta"].subs(r, M), PRINTED["eta"].subs(C_alpha, 0)]
    need(zeros == [0, 0], "eta = 0 at r = M and at C_alpha = 0", zeros)
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

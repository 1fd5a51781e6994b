"""Rows of the ledger bound the true constants of Krum."""

from collections.abc import Callable

import sympy
from sympy import Eq, Ge, Gt, Le, Or, sqrt

from theory.beyond.true_constants import (
    STATED,
    kappa_,
    krum_average,
    krum_largest,
    n,
    near,
    p,
    score,
)
from theory.proving.proofs import Outcome, Step, identity, need
from theory.proving.statement import statement
from theory.proving.symbols import C_alpha, N, f

count = sympy.Symbol("count", nonnegative=True)
"""n as a real number."""

Delta = sympy.Symbol("Delta", real=True)
"""Error of Krum."""

nearest, inside, outside, pull, factor = sympy.symbols(
    "nearest inside outside pull factor", real=True
)
"""Krum with ς = 1, for a chosen Byzantine message: number of honest messages among its nearest, sum
of their squared deviations, that sum for the other honest messages, norm of the sum of the nearest
deviations, and 2 (n − 2)/(n − 1)."""

STEPS: dict[str, Step] = {
    # The score of a chosen Byzantine message is at most the mean of the honest scores.
    "krum": Step(
        Le(nearest * Delta**2 - 2 * Delta * pull + nearest, factor * count),
        (
            Le(
                nearest * Delta**2 - 2 * Delta * pull + inside,
                factor * (inside + outside),
            ),
            Le(inside, nearest),
            Le(outside, count - nearest),
            Ge(factor, 1),
        ),
        {nearest: 2, count: 5, inside: 2, outside: 3, factor: 2, pull: 1}
        | {Delta: (1 + sqrt(17)) / 2},
    ),
}

_HERE = "tests/theory/beyond/test_true_constants.py"
_SLIPS = f"{_HERE}::test_a_slip_of_the_pen_flips_the_proof"


@statement(
    "K6",
    place="beyond the paper",
    form="constant",
    says="a constant for Krum",
    latex=Le(C_alpha**2, STATED["krum"]),
    uses=("7",),
    test=_SLIPS,
)
def check_krum() -> Outcome:
    """Prove the bound on Krum for the largest deviation."""
    equality = STEPS["krum"].prove()
    identity(STATED["score"], 2 * (n - 2) / (n - 1) * n)
    # Σ δ over all honest messages is zero, so its norm is at most that of the p nearest, and of the
    # others, of which there are n − p = f + 1.
    identity(n - (N - 2 * f - 1), f + 1)
    below = Step(
        Le(Delta**2, STATED["krum"]),
        (
            Or(Le(Delta, 1), Le(p * Delta**2 - 2 * p * near * Delta + p, score)),
            Ge(Delta, 0),
            Ge(score, p),
            Gt(p, 0),
        ),
        {p: 1, near: 1, score: 5, Delta: 1 + sqrt(5)},
    ).prove()
    Step(
        Ge(STATED["score"].subs(N, count + f), count - f - 1),
        (Ge(count, 3),),
        loose={count: 3, f: 0},
    ).prove()
    _need_evaluated("krum", krum_largest)
    return Outcome(
        "proved",
        "SMT over the reals after a short argument",
        "a chosen honest message is within sqrt(varsigma); a chosen liar has p = N-2f-1 honest "
        "messages among those that count, and its score is at most the mean of the honest scores, "
        "so that C^2 <= (a + sqrt(a^2 + (2n(n-2)/(n-1) - p)/p))^2 with a = min(1, (f+1)/p); "
        f"{equality}; {below}",
        ("N >= 2f + 3",),
        scope="general",
    )


@statement(
    "K10",
    place="beyond the paper",
    form="constant",
    says="a constant for Krum and the average deviation",
    latex=Le(kappa_, STATED["krum average"]),
    test=_SLIPS,
)
def check_krum_average() -> Outcome:
    """Prove the bound on Krum for the average deviation."""
    most, width, share = sympy.symbols("most width share", nonnegative=True)
    # v = 1: ‖Σ δ‖² is largest if both of its bounds are equal.
    Step(
        Le(pull, nearest * share),
        (
            Le(pull**2, nearest * inside),
            Le(pull**2, most * (count - inside)),
            Eq(count, nearest + most),
            Eq(nearest * share**2, most),
        ),
        {nearest: 1, most: 1, count: 2, share: 1, inside: 1, pull: 1},
    ).prove()
    equality = Step(
        Le(Delta, share + width),
        (
            Le(nearest * Delta**2 - 2 * Delta * pull + inside, nearest * width**2),
            Le(pull**2, nearest * inside),
            Le(pull, nearest * share),
            Gt(nearest, 0),
        ),
        {nearest: 1, inside: 1, pull: 1, share: 1, width: 2, Delta: 3},
    ).prove()
    Step(
        Le(Delta**2, STATED["krum average"]),
        (
            Le(Delta, share + width),
            Ge(Delta, 0),
            Eq(p * share**2, f + 1),
            Eq(p * width**2, score),
        ),
        {p: 1, f: 0, share: 1, score: 4, width: 2, Delta: 3},
    ).prove()
    _need_evaluated("krum average", krum_average)
    return Outcome(
        "proved",
        "SMT over the reals after a short argument",
        "kappa <= (sqrt((f+1)/p) + sqrt(2n(n-2)/((n-1)p)))^2 with p = N-2f-1: of a chosen message, "
        "honest or not, p honest messages count, itself included, and its score is at most the "
        f"mean of the honest scores; {equality}",
        ("N >= 2f + 3",),
        scope="general",
    )


def _need_evaluated(name: str, evaluated: Callable[[int, int], sympy.Expr]) -> None:
    """Refuse a function whose numbers are not those of the proved expression."""
    for devices, liars in ((5, 1), (7, 2), (29, 13), (100, 20)):
        places = devices - 2 * liars - 1
        values = {p: places, near: min(sympy.Integer(1), sympy.Rational(liars + 1, places))}
        values |= {score: STATED["score"].subs({N: devices, f: liars}), f: liars}
        proved = sympy.expand(STATED[name].subs(values))
        got = evaluated(devices, liars)
        need(sympy.expand(got - proved) == 0, f"{name} at N={devices}, f={liars}: {proved}", got)

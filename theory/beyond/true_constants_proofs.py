"""Rows of the ledger beyond the paper prove the true constants of the rules of Table I."""

from fractions import Fraction

import sympy
from sympy import Eq, Ge, Gt, Le

from theory.beyond.true_constants import STATED, constant, group_size, n, q
from theory.proving.deciding import implied
from theory.proving.exact_rules import ratio
from theory.proving.instances import Unproved
from theory.proving.proofs import Outcome, Step, identity
from theory.proving.statement import statement
from theory.proving.symbols import C_alpha, N, alpha, f

sums, far_squares, near_squares, v = sympy.symbols("sums far_squares near_squares v", real=True)
"""In one coordinate: sum of the q largest honest deviations, sum of their squares, sum of squares
of the other honest deviations, and average squared deviation."""

m, sigma, count, size = sympy.symbols("m sigma count size", nonnegative=True)
"""Error of the rule in one coordinate, √ς, and n and q as real numbers."""

T, kept, k, A = sympy.symbols("T kept k A", real=True)
"""Phocas with ς = 1: error of the trimmed mean, sum of the kept honest deviations, number of kept
Byzantine messages, error."""

Delta, a = sympy.symbols("Delta a", real=True)
"""Geometric median with ς = 1: its error, and an honest deviation along it."""

nearest, inside, outside, pull, factor = sympy.symbols(
    "nearest inside outside pull factor", real=True
)
"""Krum with ς = 1, for a chosen Byzantine message: number of honest messages among its nearest, sum
of their squared deviations, that sum for the other honest messages, norm of the sum of the nearest
deviations, and 2 (n − 2)/(n − 1)."""

kappa, near, p = sympy.symbols("kappa a p", nonnegative=True)
"""Printed only: constant for the average deviation; for Krum min(1, (f + 1)/p), p = N − 2f − 1."""

STEPS: dict[str, Step] = {
    # The q largest deviations sum to at least q m, the others to the negative of that sum. The
    # inequality of Cauchy and Schwarz bounds both sums of squares.
    "group": Step(
        Le(m**2, (count - size) / size * v),
        (
            Le(size * m, sums),
            Le(sums**2, size * far_squares),
            Le(sums**2, (count - size) * near_squares),
            Eq(far_squares + near_squares, count * v),
            Gt(count, size),
            Ge(size, 1),
        ),
        {count: 3, size: 2, m: 1, sums: 2, far_squares: 2, near_squares: 4, v: 2},
    ),
    # No other deviation is below −σ.
    "group, largest": Step(
        Le(m, (count - size) / size * sigma),
        (Le(size * m, sums), Le(sums, (count - size) * sigma), Ge(size, 1)),
        {count: 5, size: 3, m: 2, sums: 6, sigma: 3},
    ),
    # Pair each kept Byzantine value with a dropped honest one: their sum is at most 2T.
    "phocas, many": Step(
        Le(A, 2),
        (
            Le(count * A, 2 * k * T + 2 * kept),
            Le(kept, count - k),
            Le(T, 1),
            Gt(count, 0),
            Ge(k, 0),
        ),
        {A: 2, count: 3, k: 2, T: 1, kept: 1},
    ),
    "phocas, few": Step(
        Le(A, 2 * f / (count - f)),
        (
            Le(count * A, 2 * k * T + 2 * kept),
            Le(kept, k),
            Le(T, f / (count - f)),
            Le(k, f),
            Gt(count, f),
            Ge(k, 0),
        ),
        {A: 1, count: 3, f: 1, k: 1, T: sympy.Rational(1, 2), kept: 1},
    ),
    # An honest message pulls back with at least (Δ − a)/√(Δ² + 1 − 2Δa); both sides are squared.
    "minority": Step(
        Le((1 - a) ** 2 * (Delta**2 + 1 - 2 * Delta * a), 4 * (Delta - a) ** 2),
        (Ge(Delta, 1), Ge(a, -1), Le(a, 1)),
        {Delta: 2, a: -1},
    ),
    "far minority": Step(
        Le((Delta**2 - 1) * (Delta**2 + 1 - 2 * Delta * a), Delta**2 * (Delta - a) ** 2),
        (),
        {Delta: 2, a: sympy.Rational(1, 2)},
    ),
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
        | {Delta: (1 + sympy.sqrt(17)) / 2},
    ),
}

_HERE = "tests/theory/beyond/test_true_constants.py"
_SLIPS = f"{_HERE}::test_a_slip_of_the_pen_flips_the_proof"


@statement(
    "K1",
    place="beyond the paper",
    form="constant",
    says="the constants of median and trimmed mean for the average deviation, exactly",
    latex=Eq(kappa, STATED["group"]),
    test=_SLIPS,
)
def check_group() -> Outcome:
    """Prove the constants of the coordinate-wise rules for the average deviation."""
    equality = STEPS["group"].prove()
    identity((n - q).subs(q, n - f) / (n - f), STATED["trimmed group"])
    # If N is even: one value at the lower of the middle two, q − 1 at the higher or above.
    low, high = sympy.symbols("low high", real=True)
    implied(Ge(low + (size - 1) * high, size * (low + high) / 2), [Ge(size, 2), Le(low, high)])
    return Outcome(
        "proved",
        "SMT over the reals after a short argument",
        "q honest values have a mean at or beyond the rule's, q = floor((N-2f)/2) + 1 for the "
        "median and N - 2f for the trimmed mean: kappa = (n-q)/q in every dimension, reached by "
        f"q equal values; {equality}",
        ("alpha < 1/2",),
    )


@statement(
    "K2",
    place="beyond the paper",
    form="constant",
    says="the same for the largest deviation, exactly for D = 1 and D >= n",
    latex=(Eq(C_alpha**2, sympy.Min(1, STATED["group"]) ** 2), r"\text{ or }", STATED["group"]),
    uses=("7", "K1"),
    test=_SLIPS,
)
def check_group_largest() -> Outcome:
    """Prove the constants for the largest deviation, which are attained in n dimensions."""
    tight = STEPS["group, largest"].prove()
    reached = [_reach(rule, devices, byzantine) for rule, devices, byzantine in _CYCLIC]
    return Outcome(
        "proved",
        "SMT over the reals, exact instances",
        "C^2 = min(1, (n-q)/q)^2 on a line and at most D times that, at most kappa; kappa for "
        f"D >= n, by values shifted from coordinate to coordinate: {'; '.join(reached)}; {tight}",
        ("alpha < 1/2",),
    )


_CYCLIC = (("median", 5, 1), ("median", 6, 1), ("trimmed_mean", 5, 1), ("trimmed_mean", 7, 3))


def _reach(rule: str, devices: int, byzantine: int) -> str:
    """Check that cyclic shifts of the honest values attain the upper bound in n dimensions."""
    honest, size = devices - byzantine, group_size(rule, devices, byzantine)
    values = [Fraction(honest - size)] * size + [Fraction(-size)] * (honest - size)
    if rule == "trimmed_mean":
        values = [Fraction(byzantine)] * (honest - byzantine) + [
            Fraction(byzantine - honest)
        ] * byzantine
    points = [values[i:] + values[:i] for i in range(honest)]
    sent = [[Fraction(10 * honest)] * honest] * byzantine
    reached = sympy.Rational(str(ratio(rule, points, sent, average=False)))
    wanted = constant(rule, devices, byzantine, honest, average=False).upper
    if reached != wanted:
        raise Unproved(f"need {wanted} for {rule}, N={devices}, f={byzantine}, got {reached}")
    return f"{rule}, N={devices}, f={byzantine}: {reached}"


@statement(
    "K3",
    place="beyond the paper",
    form="constant",
    says="four times those of the trimmed mean are the constants of Phocas",
    latex=Eq(C_alpha**2, 4 * sympy.Min(1, STATED["trimmed group"]) ** 2),
    uses=("K1", "K2", "T1.5"),
    test=_SLIPS,
)
def check_phocas() -> Outcome:
    """Prove that Phocas has at most twice the error of the trimmed mean, for ς too."""
    equalities = [STEPS[name].prove() for name in ("phocas, many", "phocas, few")]
    # n − f honest values at f and f at f − n, Byzantine ones just below 2f − (f − n), where T = f.
    far = 2 * f - (f - n)
    identity(((n - f) * f + f * far) / n, 2 * f)
    return Outcome(
        "proved",
        "SMT over the reals after a short argument",
        "4 min(1, f/(n-f))^2 for the largest deviation on a line, as a supremum: liars just below "
        f"the place at which they are dropped double the error; {'; '.join(equalities)}",
        ("alpha < 1/2",),
    )


@statement(
    "K4",
    place="beyond the paper",
    form="constant",
    says="the geometric median is within the largest honest deviation for alpha up to 1/3",
    latex=(Le(C_alpha**2, 1), r",\quad", Le(C_alpha**2, STATED["far minority"])),
    uses=("7",),
    test=_SLIPS,
)
def check_geometric_median() -> Outcome:
    """Prove that the geometric median stays within √ς of the honest mean up to α = 1/3."""
    minority, far = (STEPS[name].prove() for name in ("minority", "far minority"))
    # Deviations sum to zero, so Σ (1 − a_i)/2 = n/2: more than f Byzantine messages can pull.
    implied(Gt(count / 2, f), [Gt(count, 2 * f)])
    pulled = Le(count**2 * (Delta**2 - 1), f**2 * Delta**2)
    implied(Le(Delta**2 * (count**2 - f**2), count**2), [pulled])
    identity(STATED["far minority"], ((1 - alpha) ** 2 / (1 - 2 * alpha)).subs(alpha, f / N))
    return Outcome(
        "proved",
        "SMT over the reals after a short argument",
        "at distance D > sqrt(varsigma) the honest messages pull back with more than n/2 together, "
        "and f <= n/2 liars do not hold against it: C^2 = 1 for alpha <= 1/3, reached where half "
        "of the honest values are at either end; above, each pulls with sqrt(1 - 1/D^2) or more: "
        f"C^2 <= (1-alpha)^2/(1-2 alpha); {minority}; {far}",
        ("alpha < 1/2",),
    )


@statement(
    "K5",
    place="beyond the paper",
    form="constant",
    says="the constant of FABA, exactly for alpha up to 1/3",
    latex=Eq(C_alpha**2, STATED["faba"]),
    uses=("T1.6",),
    test=_SLIPS,
)
def check_faba() -> Outcome:
    """Prove that the bound on FABA is reached up to α = 1/3."""
    # f honest values at −1, the others at f/(n − f) <= 1. Byzantine values stand just below
    # `place`: from there on FABA drops them.
    place = N / (N - 2 * f)
    first_mean = f * place / N
    identity(place - first_mean, first_mean + 1)
    error = (f + f * place) / n
    identity(error**2, STATED["faba"])
    return Outcome(
        "proved",
        "sympy identity after a short argument",
        "C^2 = 4 (f/(n-f))^2 for alpha <= 1/3 in every dimension, as a supremum: f honest values "
        "at -1, n - f at f/(n-f), liars just below N/(N-2f), all of which stay",
        ("alpha <= 1/3", "T1.6 for the upper bound"),
    )


@statement(
    "K6",
    place="beyond the paper",
    form="constant",
    says="a constant for Krum",
    latex=Le(C_alpha, near + sympy.sqrt(near**2 + (STATED["score"] - p) / p)),
    uses=("7",),
    test=_SLIPS,
)
def check_krum() -> Outcome:
    """Prove the bounds on Krum."""
    equality = STEPS["krum"].prove()
    # The larger root of the quadratic, if ‖Σ δ‖ <= nearest a.
    share, root = sympy.symbols("share root", nonnegative=True)
    implied(
        Le(Delta, share + root),
        [
            Le(nearest * Delta**2 - 2 * Delta * nearest * share, nearest * (root**2 - share**2)),
            Gt(nearest, 0),
        ],
    )
    identity(STATED["score"], 2 * (n - 2) / (n - 1) * n)
    # For the average deviation, v = 1: ‖Σ δ‖² is largest if both of its bounds are equal.
    most, width = sympy.symbols("most width", nonnegative=True)
    implied(
        Le(pull, nearest * share),
        [
            Le(pull**2, nearest * inside),
            Le(pull**2, most * (count - inside)),
            Eq(count, nearest + most),
            Eq(nearest * share**2, most),
            Gt(nearest, 0),
        ],
    )
    implied(
        Le(Delta, share + width),
        [
            Le(nearest * Delta**2 - 2 * Delta * pull + inside, nearest * width**2),
            Le(pull**2, nearest * inside),
            Le(pull, nearest * share),
            Gt(nearest, 0),
        ],
    )
    return Outcome(
        "proved",
        "SMT over the reals after a short argument",
        "C^2 <= (a + sqrt(a^2 + (2n(n-2)/(n-1) - p)/p))^2 with p = N-2f-1 and a = min(1, (f+1)/p), "
        "since a chosen liar has p honest messages among those that count and its score is at most "
        f"the mean of the honest scores; reached within a factor by two places; {equality}",
        ("N >= 2f + 3",),
    )

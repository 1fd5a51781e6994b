"""Rows of the ledger prove the true constants of median, trimmed mean and Phocas.

These rules treat every coordinate alone. In one coordinate honest deviations sum to zero.
"""

from fractions import Fraction

import sympy
from sympy import Eq, Ge, Gt, Le, Min

from theory.beyond.true_constants import STATED, constant, group_size, kappa_, n, q, tolerated
from theory.proving.exact_rules import ratio
from theory.proving.proofs import Induction, Outcome, Step, identity, need
from theory.proving.statement import statement
from theory.proving.symbols import C_alpha, D, N, f

sums, far_squares, near_squares, v = sympy.symbols("sums far_squares near_squares v", real=True)
"""In one coordinate: sum of the q largest honest deviations, sum of their squares, sum of squares
of the other honest deviations, and average squared deviation."""

m, sigma, count, size = sympy.symbols("m sigma count size", nonnegative=True)
"""Error of the rule in one coordinate, √ς, and n and q as real numbers."""

T, kept, k, A = sympy.symbols("T kept k A", real=True)
"""Phocas with ς = 1: error of the trimmed mean, minus the sum of the paired dropped deviations,
number of pairs, error."""

byzantine, dropped = sympy.symbols("byzantine dropped", real=True)
"""A kept Byzantine value and the dropped honest one that it is paired with."""

error, bounds, square, allowed = sympy.symbols("error bounds square allowed", nonnegative=True)
"""Over the coordinates so far: ‖A − z̄‖² and the sum of its bounds; both for one more."""

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
    # A mean of deviations is no deviation larger than all.
    "group, one": Step(
        Le(m, sigma), (Le(size * m, size * sigma), Gt(size, 0)), {m: 1, sigma: 1, size: 2}
    ),
    # A kept value is no farther from the trimmed mean than a dropped one. The pair is at most twice
    # as far apart if the dropped value is not above the trimmed mean; else it lowers the error.
    "phocas, below": Step(
        Le(byzantine - dropped, 2 * (T - dropped)),
        (Le((byzantine - T) ** 2, (dropped - T) ** 2), Le(dropped, T)),
        {byzantine: 3, T: 1, dropped: -1},
    ),
    "phocas, above": Step(
        Le(byzantine, dropped),
        (Le((byzantine - T) ** 2, (dropped - T) ** 2), Ge(dropped, T)),
        {byzantine: 2, T: 1, dropped: 2},
    ),
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
    # Error and deviations of all coordinates.
    "average": Step(
        Le(error, kappa_ * sigma),
        (Le(error, kappa_ * v), Le(v, sigma)),
        {error: 6, kappa_: 2, v: 3, sigma: 3},
    ),
}

COORDINATES = Induction(
    claim=Le(error, bounds),
    start={error: 0, bounds: 0},
    grows={error: error + square, bounds: bounds + allowed},
    given=(Le(square, allowed),),
    equality={error: 2, bounds: 2, square: 1, allowed: 1},
)
"""What bounds the squared error in each coordinate bounds it in all."""

_HERE = "tests/theory/beyond/test_true_constants.py"
_SLIPS = f"{_HERE}::test_a_slip_of_the_pen_flips_the_proof"


@statement(
    "K1",
    place="beyond the paper",
    form="constant",
    says="the constants of median and trimmed mean for the average deviation, exactly",
    latex=Eq(kappa_, STATED["group"]),
    test=_SLIPS,
)
def check_group() -> Outcome:
    """Prove the constants of the coordinate-wise rules for the average deviation."""
    equality = STEPS["group"].prove()
    COORDINATES.prove()
    identity((n - q).subs(q, n - f) / (n - f), STATED["trimmed group"])
    # If N is even: one value at the lower of the middle two, q − 1 at the higher or above.
    low, high = sympy.symbols("low high", real=True)
    Step(
        Ge(low + (size - 1) * high, size * (low + high) / 2),
        (Ge(size, 2), Le(low, high)),
        {size: 3, low: 1, high: 1},
    ).prove()
    # q honest values at n − q, the others at −q: the mean is zero and the rule returns n − q.
    spread = (q * (n - q) ** 2 + (n - q) * q**2) / n
    identity(q * (n - q) + (n - q) * -q, sympy.Integer(0))
    identity((n - q) ** 2 / spread, STATED["group"])
    return Outcome(
        "proved",
        "SMT over the reals with induction over coordinates, sympy identity",
        "q honest values have a mean at or beyond the rule's, q = floor((N-2f)/2) + 1 for the "
        "median and N - 2f for the trimmed mean: kappa = (n-q)/q in every dimension, reached by "
        f"q equal values; {equality}",
        ("alpha < 1/2",),
        scope="general",
    )


@statement(
    "K2",
    place="beyond the paper",
    form="constant",
    says="the same for the largest deviation, exactly for D = 1 and D >= n",
    latex=(Eq(C_alpha**2, Min(1, STATED["group"]) ** 2), r"\text{ or }", STATED["group"]),
    uses=("7", "K1"),
    test=_SLIPS,
)
def check_group_largest() -> Outcome:
    """Prove the constants for the largest deviation, which are attained in n dimensions."""
    tight = STEPS["group, largest"].prove()
    STEPS["group, one"].prove()
    # n cyclic shifts: each message has the value n − q in q coordinates and −q in the others.
    farthest = q * (n - q) ** 2 + (n - q) * q**2
    identity(n * (n - q) ** 2 / farthest, STATED["group"])
    reached = [_reach(rule, devices, liars) for rule, devices, liars in _CYCLIC]
    return Outcome(
        "proved",
        "SMT over the reals, sympy identity, exact instances",
        "C^2 = min(1, (n-q)/q)^2 on a line; kappa for D >= n, by values shifted from coordinate to "
        f"coordinate: {'; '.join(reached)}; {tight}",
        ("alpha < 1/2",),
        scope="general",
    )


_CYCLIC = (("median", 5, 1), ("median", 6, 1), ("trimmed_mean", 5, 1), ("trimmed_mean", 7, 3))


def _reach(rule: str, devices: int, liars: int) -> str:
    """Check that cyclic shifts of the honest values attain the upper bound in n dimensions."""
    honest, group = devices - liars, group_size(rule, devices, liars)
    values = [Fraction(honest - group)] * group + [Fraction(-group)] * (honest - group)
    points = [values[i:] + values[:i] for i in range(honest)]
    sent = [[Fraction(10 * honest)] * honest] * liars
    reached = sympy.Rational(str(ratio(rule, points, sent, average=False)))
    wanted = constant(rule, devices, liars, honest, average=False).upper
    says = f"{rule}, N={devices}, f={liars}: {wanted}"
    need(reached == wanted, says, reached)
    return says


@statement(
    "K7",
    place="beyond the paper",
    form="constant",
    says="an upper bound for the largest deviation in any number of coordinates",
    latex=Le(C_alpha**2, STATED["coordinates"]),
    uses=("7", "K1", "K2"),
    test=_SLIPS,
)
def check_coordinates() -> Outcome:
    """Prove what the constants on a line and for the average deviation give together."""
    COORDINATES.prove()
    equality = STEPS["average"].prove()
    # D coordinates, in each of which the squared error is at most min(1, kappa)² ς.
    both = Step(
        Le(error, STATED["coordinates"] * sigma),
        (Le(error, kappa_ * sigma), Le(error, D * Min(1, kappa_) ** 2 * sigma)),
        {error: 2, kappa_: 2, D: 3, sigma: 1},
    ).prove()
    return Outcome(
        "proved",
        "SMT over the reals with induction over coordinates",
        "D times the constant on a line, and kappa, because the average deviation is at most the "
        f"largest; {equality}; {both}",
        ("alpha < 1/2", "a rule that treats every coordinate alone"),
        scope="general",
    )


@statement(
    "K3",
    place="beyond the paper",
    form="constant",
    says="four times those of the trimmed mean bound the constants of Phocas, exactly on a line",
    latex=Eq(C_alpha**2, 4 * Min(1, STATED["trimmed group"]) ** 2),
    uses=("K1", "K2", "K7", "T1.5"),
    test=_SLIPS,
)
def check_phocas() -> Outcome:
    """Prove that Phocas has at most twice the error of the trimmed mean, for ς too."""
    names = ("phocas, below", "phocas, above", "phocas, many", "phocas, few")
    equalities = [STEPS[name].prove() for name in names]
    # n − f honest values at f and f at f − n, Byzantine ones just below 2f − (f − n), where T = f.
    far = 2 * f - (f - n)
    identity(((n - f) * f + f * far) / n, 2 * f)
    spread = ((n - f) * f**2 + f * (n - f) ** 2) / n
    identity((2 * f) ** 2 / spread, 4 * STATED["trimmed group"])
    return Outcome(
        "proved",
        "SMT over the reals after a short argument",
        "as many honest values are dropped as Byzantine ones kept. Pairs with a dropped value "
        "above the trimmed mean T lower the error; the others are at most twice T less the dropped "
        "value apart: 4 min(1, f/(n-f))^2 for the largest deviation on a line, 4 f/(n-f) for the "
        "average one in every dimension. Both are suprema: n - f honest values at f, f at f - n, "
        "liars just below the place at which they are dropped double the error; "
        f"{'; '.join(equalities)}",
        ("alpha < 1/2", "an upper bound for D > 1, by K7"),
        scope="general",
    )


@statement(
    "K12",
    place="beyond the paper",
    form="constant",
    says="the trimmed mean that is told of more Byzantine devices than there are",
    latex=Eq(kappa_, STATED["over-estimated"]),
    uses=("K1", "K2", "K7"),
    test=f"{_HERE}::test_an_over_estimated_number_costs_what_is_said",
)
def check_over_estimated() -> Outcome:
    """Prove the constant of the trimmed mean that drops more values than there are liars."""
    equality = STEPS["group"].prove()
    # Sorted, the j-th value of all is at most the j-th honest one. What is kept are the places
    # `tolerated` + 1 to N − `tolerated`; the mean of the honest ones from there to n is no less.
    middle, top = sympy.symbols("middle top", real=True)
    some = sympy.Symbol("some", nonnegative=True)
    Step(
        Le(middle * size, middle * size + some * (top - middle)),
        (Le(middle, top),),
        {middle: 1, top: 1, size: 2, some: 1},
    ).prove()
    group = n - tolerated
    identity((n - group) / group, STATED["over-estimated"])
    identity(STATED["over-estimated"].subs(tolerated, f), STATED["trimmed group"])
    # n − `tolerated` honest values at `tolerated`, the others at `tolerated` − n, liars far above.
    reached = _over_estimated(8, 1, 2)
    return Outcome(
        "proved",
        "SMT over the reals after a short argument, exact instance",
        "as K1 with q = n - t, t the number that the rule is told: kappa = t/(N - f - t), the rate "
        f"that is known to be optimal; reached, N=8, f=1, t=2: {reached}; {equality}",
        ("f <= t < N/2",),
        scope="general",
    )


def _over_estimated(devices: int, liars: int, told: int) -> Fraction:
    """Return the ratio of an input on which the constant is reached."""
    honest = devices - liars
    values = [told] * (honest - told) + [told - honest] * told
    sent = [10 * honest] * liars
    ordered = sorted([*values, *sent])[told : devices - told]
    reached = Fraction(sum(ordered), len(ordered)) ** 2 / Fraction(
        sum(value**2 for value in values), honest
    )
    wanted = STATED["over-estimated"].subs({N: devices, f: liars, tolerated: told})
    need(sympy.Rational(str(reached)) == wanted, f"{wanted} in the instance", reached)
    return reached

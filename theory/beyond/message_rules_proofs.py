"""Rows of the ledger bound the true constants of geometric median and FABA, and of any rule."""

import sympy
from sympy import Eq, Ge, Gt, Le, Min, sqrt

from theory.beyond.true_constants import (
    STATED,
    kappa_,
    n,
)
from theory.proving.proofs import Induction, Outcome, Step, identity
from theory.proving.statement import statement
from theory.proving.symbols import C_alpha, N, alpha, f

count, v = sympy.symbols("count v", nonnegative=True)
"""n as a real number, and the average squared deviation."""

Delta, a = sympy.symbols("Delta a", real=True)
"""Error of the rule, and with ς = 1 an honest deviation along it."""

x, b, rho, cosine, away = sympy.symbols("x b rho cosine away", real=True)
"""Of a message seen from the geometric median: its component along the honest mean, the norm of the
others, its distance, its cosine; and a place `away` on the line through the honest mean."""

total, cosines = sympy.symbols("total cosines", real=True)
"""Σ ‖z_i − place‖² and Σ cosines, over the honest messages so far."""

STEPS: dict[str, Step] = {
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
    # Deviations sum to zero, so Σ (1 − a_i)/2 = n/2: more than f Byzantine messages can pull.
    "majority": Step(Gt(count / 2, f), (Gt(count, 2 * f),), {count: 2, f: 1}),
    "pulled": Step(
        Le(Delta**2 * (count**2 - f**2), count**2),
        (Le(count**2 * (Delta**2 - 1), f**2 * Delta**2),),
        {count: 2, f: 1, Delta: 2 / sqrt(3)},
    ),
    # The distance of a message from the place `away`, by its direction from the geometric median.
    "direction": Step(
        Ge((away - x) ** 2 + b**2, away**2 / 2 * (1 - cosine)),
        (
            Eq(x, cosine * rho),
            Eq(rho**2, x**2 + b**2),
            Ge(rho, 0),
            Ge(cosine, -1),
            Ge(away, 0),
        ),
        {away: 1, x: 0, b: 0, rho: 0, cosine: -1},
    ),
    # The cosines sum to at most f, because at the geometric median all directions sum to zero.
    "mean of squares": Step(
        Le(Delta**2, (count + f) / (count - f) * v),
        (
            Eq(total, count * v + count * (away - Delta) ** 2),
            Ge(total, away**2 / 2 * (count - cosines)),
            Le(cosines, f),
            Eq(away * (count + f), 2 * count * Delta),
            Gt(count, f),
        ),
        {count: 2, f: 1, Delta: 3, v: 3, away: 4, total: 8, cosines: 1},
    ),
}

DIRECTIONS = Induction(
    claim=Ge(total, away**2 / 2 * (count - cosines)),
    start={total: 0, count: 0, cosines: 0},
    grows={total: total + b, count: count + 1, cosines: cosines + cosine},
    given=(Ge(b, away**2 / 2 * (1 - cosine)),),
    equality={total: 2, away: 2, count: 1, cosines: 0, b: 2, cosine: 0},
)
"""The squared distances, here b for the next one, sum to what the cosines say."""

along, squares, component = sympy.symbols("along squares component", real=True)

SHIFTED = Induction(
    claim=Eq(
        total, squares + 2 * (away - Delta) * (count * Delta - along) + count * (away - Delta) ** 2
    ),
    start={total: 0, squares: 0, along: 0, count: 0},
    grows={
        total: total + (away - component) ** 2,
        squares: squares + (Delta - component) ** 2,
        along: along + component,
        count: count + 1,
    },
)
"""Squared distances from the place `away` in place of the honest mean Δ; Σ x_i = n Δ."""

_HERE = "tests/theory/beyond/test_true_constants.py"
_SLIPS = f"{_HERE}::test_a_slip_of_the_pen_flips_the_proof"


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
    STEPS["majority"].prove()
    STEPS["pulled"].prove()
    identity(STATED["far minority"], ((1 - alpha) ** 2 / (1 - 2 * alpha)).subs(alpha, f / N))
    identity(STATED["far minority"], n**2 / (n**2 - f**2))
    return Outcome(
        "proved",
        "SMT over the reals after a short argument",
        "at distance D > sqrt(varsigma) the honest messages pull back with more than n/2 together, "
        "and f <= n/2 liars do not hold against it: C^2 = 1 for alpha <= 1/3, reached where half "
        "of the honest values are at either end; above, each pulls with sqrt(1 - 1/D^2) or more: "
        f"C^2 <= (1-alpha)^2/(1-2 alpha); {minority}; {far}",
        ("alpha < 1/2",),
        scope="general",
    )


@statement(
    "K8",
    place="beyond the paper",
    form="constant",
    says="the constant of the geometric median for the average deviation",
    latex=Le(kappa_, STATED["geometric_median"]),
    test=f"{_HERE}::test_the_geometric_median_stays_within_its_average_constant",
)
def check_geometric_median_average() -> Outcome:
    """Prove κ ≤ N/(N − 2f) for any minimiser, in any number of coordinates."""
    STEPS["direction"].prove()
    DIRECTIONS.prove()
    SHIFTED.prove()
    equality = STEPS["mean of squares"].prove()
    factor = STEPS["mean of squares"].claim.rhs / v
    identity(factor.subs(count, n), STATED["geometric_median"])
    # Even N: f + q messages at one place and n − q = f + q at another; both places are minimisers.
    half = (N - 2 * f) / 2
    identity((n - half) / half, STATED["geometric_median"])
    return Outcome(
        "proved",
        "SMT over the reals with inductions over messages",
        "where the sum of distances is least all directions sum to zero, so those of the honest "
        "messages sum to at most f along the honest mean. A message is at least as far from any "
        "place on that line as its direction allows; summed, at the best place: kappa <= "
        "N/(N - 2f), a supremum for even N and D >= 2: q = (N - 2f)/2 honest messages at one place "
        f"with all liars, n - q at another, one of them moved aside by as little as one likes; "
        f"{equality}",
        ("alpha < 1/2",),
        scope="general",
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
        scope="general",
    )


@statement(
    "K9",
    place="beyond the paper",
    form="constant",
    says="a constant of FABA for the average deviation",
    latex=Le(kappa_, STATED["faba average"]),
    uses=("T1.6",),
    test=_SLIPS,
)
def check_faba_average() -> Outcome:
    """Prove that no squared deviation exceeds n − 1 times the mean of all."""
    one, rest, error = sympy.symbols("one rest error", nonnegative=True)
    # The other deviations sum to −one: the inequality of Cauchy and Schwarz.
    equality = Step(
        Le(one**2, (count - 1) * v),
        (Le(one**2, (count - 1) * rest), Eq(one**2 + rest, count * v), Gt(count, 1)),
        {count: 3, one: 2, rest: 2, v: 2},
    ).prove()
    of_largest = STATED["faba"].subs(N, count + f)
    Step(
        Le(error, STATED["faba average"].subs(N, count + f) * v),
        (Le(error, of_largest * one**2), Le(one**2, (count - 1) * v), Gt(count, f)),
        {count: 2, f: 1, one: 1, v: 1, error: 4},
    ).prove()
    return Outcome(
        "proved",
        "SMT over the reals",
        f"n - 1 times the constant for the largest deviation; {equality}",
        ("alpha < 1/2", "N - f >= 2"),
        scope="general",
    )


@statement(
    "K11",
    place="beyond the paper",
    form="constant",
    says="no rule whatever has a smaller constant than the trimmed mean for the average deviation",
    latex=(
        Ge(kappa_, STATED["any rule"]),
        r",\quad",
        Ge(C_alpha, sympy.Min(1, STATED["any rule"])),
    ),
    uses=("7", "K1", "K2", "K5"),
    test=f"{_HERE}::test_no_rule_can_tell_both_scenarios_apart",
)
def check_any_rule() -> Outcome:
    """Prove a lower bound for every rule from two scenarios with the same messages."""
    out, largest = sympy.symbols("out largest", real=True)
    # N − f zeros and f ones. If the ones lie, all deviations are zero and the rule must return 0;
    # if f of the zeros lie, the honest mean is f/n.
    mean, spread = f / count, f * (count - f) / count**2
    exposed = Le(out**2, kappa_ * 0, evaluate=False)
    average = Step(
        Ge(kappa_, STATED["any rule"].subs(N, count + f)),
        (exposed, Le((out - mean) ** 2, kappa_ * spread), Gt(count, f)),
        {kappa_: 1, count: 2, f: 1, out: 0},
    ).prove()
    squared = sympy.Symbol("C_squared", nonnegative=True)
    floor = Min(1, STATED["any rule"].subs(N, count + f))
    Step(
        Ge(squared, floor**2),
        (
            Le(out**2, squared * 0, evaluate=False),
            Le((out - mean) ** 2, squared * largest**2),
            Eq(largest, sympy.Max(mean, 1 - mean)),
            Gt(count, f),
        ),
        {squared: sympy.Rational(1, 4), count: 3, f: 1, out: 0, largest: sympy.Rational(2, 3)},
    ).prove()
    identity(STATED["any rule"], STATED["trimmed group"])
    identity(STATED["faba"], 4 * STATED["any rule"] ** 2)
    return Outcome(
        "proved",
        "SMT over the reals",
        "N - f zeros and f ones: whoever lies, the messages are the same. If the ones lie the rule "
        "must return 0, and if f zeros lie it then misses the honest mean f/n. So the trimmed mean "
        "is exactly optimal for the average deviation (K1), on a line for the largest too (K2), "
        f"and FABA is within a factor of 4 for alpha <= 1/3 (K5); {average}",
        ("alpha < 1/2",),
        scope="general",
    )

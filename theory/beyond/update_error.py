"""Rows of the ledger beyond the paper derive the error of an update from the spread of messages.

Let a = ∇F/N, y = ‖a‖, G_i = g_i − a and V = (1/N) Σ ‖G_i‖². Every form bounds √V by v_0 + v_1 y.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations

import numpy as np
import sympy
from sympy import Eq, Ge, Le, sqrt

from theory.beyond.primed_theorems import Errors, y
from theory.paper.lemma2 import PHI_1, PHI_2, SHARPER
from theory.proving import small_instances
from theory.proving.deciding import implied
from theory.proving.evaluation import Number, evaluate
from theory.proving.instances import Unproved
from theory.proving.proofs import Outcome, Step, identity
from theory.proving.statement import statement
from theory.proving.symbols import N, alpha

kappa, v_0, v_1, tau = sympy.symbols("kappa v_0 v_1 tau", nonnegative=True)
"""The rule's constant for the mean squared deviation, both terms of the bound on √V, and
`SHARPER["tau"]`."""

V = sympy.Symbol("V", nonnegative=True)
"""The spread (1/N) Σ ‖G_i‖²."""

STATED: dict[str, sympy.Expr] = {
    # Roots of the factors of V in E‖ĝ − ḡ‖² and in E‖ḡ − a‖².
    "rule": sqrt(kappa * (1 - tau)),
    "sampling": sqrt(tau),
}

x_sq, z_sq, xz, k, s, v = sympy.symbols("x_sq z_sq xz k s v", real=True)
"""E‖ĝ − ḡ‖², E‖ḡ − a‖², E⟨ĝ − ḡ, ḡ − a⟩, the roots of the first two factors, and √V."""

STEPS: dict[str, Step] = {
    # Minkowski's inequality, for ĝ − a and for G_i = U_i + ε_i a.
    "sum": Step(
        Le(x_sq + 2 * xz + z_sq, (k * v + s * v) ** 2),
        (
            Le(xz**2, x_sq * z_sq),
            Le(x_sq, (k * v) ** 2),
            Le(z_sq, (s * v) ** 2),
            Ge(x_sq, 0),
            Ge(z_sq, 0),
            Ge(k, 0),
            Ge(s, 0),
            Ge(v, 0),
        ),
        {k: 2, s: 1, v: 3, x_sq: 36, z_sq: 9, xz: 18},
    ),
}


def errors(*, N: Number, alpha: Number, kappa: Number, v_0: Number, v_1: Number = 0) -> Errors:
    """Return the error of an update from the spread of all coded gradients.

    Parameters
    ----------
    N, alpha
        Number of devices, and the Byzantine fraction.
    kappa
        The proved constant of the rule: ``‖ĝ − ḡ‖² ≤ κ (1/n) Σ ‖g_i − ḡ‖²``.
    v_0, v_1
        Both terms of the bound ``√V ≤ v_0 + v_1 ‖∇F‖/N``.
    """
    rule, sampling = _roots(N, alpha, kappa)
    return Errors(rule * v_0, (rule + sampling) * v_0, rule * v_1, (rule + sampling) * v_1)


def errors_of_any_rule(
    *,
    N: Number,
    alpha: Number,
    c_alpha_squared: Number,
    m_0: Number,
    m_1: Number,
    v_0: Number,
    v_1: Number,
) -> Errors:
    """Return the error of an update by Definition 1.

    Parameters
    ----------
    N, alpha, c_alpha_squared
        Number of devices, the Byzantine fraction, and the rule's constant.
    m_0, m_1
        Both terms of the largest distance m_0 + m_1 ‖∇F‖/N of an honest message from the honest
        mean.
    v_0, v_1
        As in `errors`.
    """
    _, sampling = _roots(N, alpha, 0)
    C = np.sqrt(c_alpha_squared)
    return Errors(C * m_0, C * m_0 + sampling * v_0, C * m_1, C * m_1 + sampling * v_1)


def _roots(devices: Number, fraction: Number, constant: Number) -> tuple[Number, Number]:
    values = {N: devices, alpha: fraction, kappa: constant}
    roots = (STATED[name].subs(tau, SHARPER["tau"]) for name in ("rule", "sampling"))
    rule, sampling = (evaluate(root, values) for root in roots)
    return rule, sampling


SIZES = [(devices, byzantine) for devices in range(2, 7) for byzantine in range(devices)]
"""The pairs (N, f) for which all Byzantine sets are enumerated."""

_HERE = "tests/theory/beyond/test_primed_theorems.py"
_SLIPS = f"{_HERE}::test_a_slip_of_the_pen_flips_the_proof"


@statement(
    "S4",
    place="beyond the paper",
    form="expectation",
    says="how V divides into the error of the honest mean and the spread around it",
    latex=(
        Eq(sympy.Symbol(r"E\|\bar g - a\|^2"), STATED["sampling"] ** 2 * V),
        r",\quad",
        Eq(
            sympy.Symbol(r"E \frac{1}{n} \sum_{i \in H} \|g_i - \bar g\|^2"),
            STATED["rule"] ** 2 / kappa * V,
        ),
    ),
    uses=("U18",),
    test=f"{_HERE}::test_another_factor_is_refused",
)
def check_sampling() -> Outcome:
    """Prove the mean spread of the honest devices and the mean squared error of the honest mean."""
    factor = SHARPER["tau"]
    for devices, byzantine in SIZES:
        # Two coordinates, each with the sum zero over the devices.
        points = [(Fraction(i**2), Fraction(3 * i)) for i in range(devices)]
        centre = [sum(column) / devices for column in zip(*points, strict=True)]
        spread = [[entry - c for entry, c in zip(p, centre, strict=True)] for p in points]
        numbers = {N: devices, alpha: sympy.Rational(byzantine, devices), kappa: 1}
        squares = (STATED[name].subs(tau, factor).subs(numbers) ** 2 for name in STATED)
        _need_shares(spread, byzantine, *(Fraction(str(square)) for square in squares))
    identity((PHI_1 - PHI_2) / ((1 - alpha) ** 2 * N), factor)
    return Outcome(
        "proved",
        "exact enumeration, sympy identity",
        f"all Byzantine sets of the {len(SIZES)} pairs (N, f) with N <= 6; (51) for vectors whose "
        "sum is zero gives tau = alpha/((1-alpha)(N-1)), and V is the sum of both",
        ("Byzantine sets uniform given the past", "sum_i G_i = 0: every d_k >= 1"),
    )


def _need_shares(
    spread: Sequence[Sequence[Fraction]], byzantine: int, inside: Fraction, of_mean: Fraction
) -> None:
    """Refuse shares of V that differ from the means over all Byzantine sets."""
    total = sum((entry**2 for row in spread for entry in row), Fraction(0)) / len(spread)
    parts = []
    for honest in combinations(spread, len(spread) - byzantine):
        mean = [sum(column) / len(honest) for column in zip(*honest, strict=True)]
        error = sum((entry**2 for entry in mean), Fraction(0))
        norms = sum((entry**2 for row in honest for entry in row), Fraction(0)) / len(honest)
        parts.append((norms - error, error))
    within, between = (sum(part, Fraction(0)) / len(parts) for part in zip(*parts, strict=True))
    if (within, between) != (inside * total, of_mean * total):
        raise Unproved(f"need {inside} and {of_mean} of {total}, got {within} and {between}")


@statement(
    "S5",
    place="beyond the paper",
    form="inequality",
    says="bias and mean squared error of the update",
    latex=(
        Eq(sympy.Symbol("p"), STATED["rule"] * (v_0 + v_1 * y)),
        r",\quad",
        Eq(sympy.Symbol("q"), (STATED["rule"] + STATED["sampling"]) * (v_0 + v_1 * y)),
    ),
    uses=("S4",),
    test=_SLIPS,
)
def check_errors() -> Outcome:
    """Prove the error of an update from the spread of all coded gradients."""
    equality = STEPS["sum"].prove()
    # The bias is a mean: its square is at most the mean of squares.
    first, second, share = sympy.symbols("first second share", nonnegative=True)
    implied(
        Le(
            (share * first + (1 - share) * second) ** 2,
            share * first**2 + (1 - share) * second**2,
        ),
        [Le(share, 1)],
    )
    return Outcome(
        "proved",
        "SMT over the reals",
        "p = sqrt(kappa (1-tau)) and q = p + sqrt(tau), times what bounds sqrt(V); " + equality,
        ("S4", "E||g - g_bar||^2 <= kappa times the mean squared honest deviation"),
    )


UNEQUAL: small_instances.Rows = ((1, 1, 0), (0, 1, 1), (0, 0, 1))
"""A covering allocation with d = (1, 2, 2) and unequal numbers of subsets on the devices."""


@statement(
    "S6",
    place="beyond the paper",
    form="inequality",
    says="the spread of any allocation that covers every subset",
    latex=r"\sqrt V \le \sqrt{\lambda M / N} \sigma + \mathrm{rms}(\epsilon) y",
    uses=("5",),
    test=_SLIPS,
)
def check_allocation() -> Outcome:
    """Prove the spread that heterogeneity and ∇F itself cause in a covering allocation."""
    tight = STEPS["sum"].prove()
    gradients = sympy.symbols("g_1:4", real=True)
    total = sum(gradients)
    devices, subsets = len(UNEQUAL), len(gradients)
    shares = []
    for row in UNEQUAL:
        weights = [
            sympy.Rational(held, d)
            for held, d in zip(row, small_instances.degrees(UNEQUAL), strict=True)
        ]
        deviations = [g - total / subsets for g in gradients]
        of_heterogeneity = sum(w * u for w, u in zip(weights, deviations, strict=True))
        share = sympy.Rational(devices, subsets) * sum(weights) - 1
        message = sum(w * g for w, g in zip(weights, gradients, strict=True))
        identity(message - total / devices, of_heterogeneity + share * total / devices)
        shares.append(share)
    if sum(shares) != 0:
        raise Unproved(f"need defects whose sum is zero, got {shares}")
    return Outcome(
        "proved",
        "SMT over the reals, sympy identity",
        "G_i = sum_k W_ik u_k + e_i a with W = S diag(1/d), e_i = (N/M) sum_k W_ik - 1, so that "
        "sqrt(V) <= sqrt(lambda M/N) sigma + rms(e) y with lambda the largest eigenvalue of "
        "W (I - 11'/M) W', which is lambda_2/d^2 for a regular allocation, and e = 0 there; "
        f"d = (1, 2, 2): e = {tuple(shares)}; {tight}",
        ("every d_k >= 1",),
    )


@statement(
    "S7",
    place="beyond the paper",
    form="inequality",
    says="the largest honest deviation, for rules of which only Definition 1 is known",
    latex=(
        r"\max_{i \in H} \|g_i - \bar g\| \le \frac{\omega \beta + \max|\epsilon| y}{1 - "
        r"\alpha}"
    ),
    uses=("10", "25"),
    test=_SLIPS,
)
def check_largest() -> Outcome:
    """Prove the largest distance of an honest message from the honest mean, for Definition 1."""
    n, f, most = sympy.symbols("n f most", positive=True)
    # Σ_i U_i = 0: the honest mean is −1/n times the sum over the Byzantine devices.
    identity(most * (1 + f / n), (most / (1 - alpha)).subs(alpha, f / (n + f)))
    # Σ_k u_k = 0: any number may be subtracted from all weights of a device.
    u_1, u_2, weight, c = sympy.symbols("u_1 u_2 weight c", real=True)
    u_3 = -u_1 - u_2
    identity(weight * u_1, (weight - c) * u_1 - c * u_2 - c * u_3)
    return Outcome(
        "proved",
        "sympy identity",
        "||U_i|| <= beta min_c sum_k |W_ik - c|, min(r, M-r)/d for a regular allocation; honest "
        "messages are within 1/(1-alpha) of its largest from their mean; and within 1 - 1/n of the "
        "largest distance of two, (25), which is beta max_ij sum_k |W_ik - W_jk| or less",
        ("every d_k >= 1", "Assumption 2"),
    )


@statement(
    "S8",
    place="beyond the paper",
    form="inequality",
    says="the spread for least squares, known before a run",
    latex=r"N \sqrt{V(x)} \le N \sqrt{V(x^*)} + \sqrt b \|\nabla F(x)\|",
    uses=("5", "41"),
    test=_SLIPS,
)
def check_least_squares() -> Outcome:
    """Prove the form for least squares, for which no β exists."""
    equality = STEPS["sum"].prove()
    x = sympy.Symbol("x", real=True)
    curvatures, pulls = sympy.symbols("c_1:4", positive=True), sympy.symbols("b_1:4", real=True)
    slopes = [c * x - b for c, b in zip(curvatures, pulls, strict=True)]
    curvature, total = sum(curvatures), sum(slopes)
    best = sum(pulls) / curvature
    for row in UNEQUAL:
        weights = [
            sympy.Rational(held, d)
            for held, d in zip(row, small_instances.degrees(UNEQUAL), strict=True)
        ]
        deviation = sum(w * g for w, g in zip(weights, slopes, strict=True)) - total / len(UNEQUAL)
        own = sum(w * c for w, c in zip(weights, curvatures, strict=True)) - curvature / 3
        identity(deviation, deviation.subs(x, best) + own / curvature * total)
    return Outcome(
        "proved",
        "sympy identity, SMT over the reals",
        "G_i(x) = G_i(x*) + K_i grad F(x) with K_i = (sum_k W_ik H_k - H/N) H^-1, so that "
        "N sqrt(V) <= N sqrt(V(x*)) + sqrt(b) ||grad F||, b the largest eigenvalue of N sum K'K; "
        "for any allocation, known before a run; " + equality,
        ("least squares with an invertible Hessian H", "every d_k >= 1"),
    )

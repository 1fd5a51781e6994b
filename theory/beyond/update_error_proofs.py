"""Rows of the ledger beyond the paper prove the error of an update from the spread of messages."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations

import sympy
from sympy import Eq, Gt, Inverse, Le, MatrixSymbol, sqrt

from theory.beyond.primed_theorems import y
from theory.beyond.second_eigenvalue import RAYLEIGH
from theory.beyond.update_error import STATED, STEPS, V, kappa, tau, v_0, v_1
from theory.paper.lemma2 import PHI_1, PHI_2, SHARPER
from theory.proving import small_instances
from theory.proving.proofs import Induction, Outcome, Step, identity, need
from theory.proving.statement import statement
from theory.proving.symbols import D, M, N, alpha, beta

apart, squares, middle, g, total_g = sympy.symbols("apart squares middle g total_g", real=True)
count = sympy.Symbol("count", integer=True, nonnegative=True)

APART = Induction(
    claim=Eq(apart, squares - 2 * middle * total_g + count * middle**2),
    start={apart: 0, squares: 0, total_g: 0, count: 0},
    grows={
        apart: apart + (g - middle) ** 2,
        squares: squares + g**2,
        total_g: total_g + g,
        count: count + 1,
    },
)
"""Σ (g_i − m)² = Σ g_i² − 2 m Σ g_i + n m²."""

bias, mass, mean_sq, chance, outcome = sympy.symbols(
    "bias mass mean_sq chance outcome", nonnegative=True
)

MEANS = Induction(
    claim=Le(bias**2, mass * mean_sq),
    start={bias: 0, mass: 0, mean_sq: 0},
    grows={
        bias: bias + chance * outcome,
        mass: mass + chance,
        mean_sq: mean_sq + chance * outcome**2,
    },
    equality={bias: 2, mass: 1, mean_sq: 4, chance: 1, outcome: 2},
)
"""The square of an expectation is at most the expectation of squares, for probabilities or less."""

message, of_heterogeneity, weights_sum, mean_gradient, weight, u_k = sympy.symbols(
    "message of_heterogeneity weights_sum mean_gradient weight u_k", real=True
)
"""In one coordinate: Σ_k W_ik ∇f_k, Σ_k W_ik u_k, Σ_k W_ik, ∇F/M, and W_ik and u_k of one more."""

ENCODED = Induction(
    claim=Eq(message, of_heterogeneity + weights_sum * mean_gradient),
    start={message: 0, of_heterogeneity: 0, weights_sum: 0},
    grows={
        message: message + weight * (u_k + mean_gradient),
        of_heterogeneity: of_heterogeneity + weight * u_k,
        weights_sum: weights_sum + weight,
    },
)

shifted, sum_u, c = sympy.symbols("shifted sum_u c", real=True)

SHIFTED = Induction(
    claim=Eq(of_heterogeneity, shifted + c * sum_u),
    start={of_heterogeneity: 0, shifted: 0, sum_u: 0},
    grows={
        of_heterogeneity: of_heterogeneity + weight * u_k,
        shifted: shifted + (weight - c) * u_k,
        sum_u: sum_u + u_k,
    },
)
"""Σ_k W_ik u_k = Σ_k (W_ik − c) u_k + c Σ_k u_k, and the last sum is zero."""

norm, next_norm, size, sizes, h = sympy.symbols("norm next_norm size sizes h", nonnegative=True)
"""‖Σ_k (W_ik − c) u_k‖ so far and with one more subset, |W_ik − c|, their sum, and ‖u_k‖."""

TRIANGLES = Induction(
    claim=Le(norm, beta * sizes),
    start={norm: 0, sizes: 0},
    grows={norm: next_norm, sizes: sizes + size},
    given=(Le(next_norm, norm + size * h), Le(h, beta)),
    equality={norm: 2, sizes: 1, beta: 2, next_norm: 4, size: 1, h: 2},
)
"""‖Σ_k (W_ik − c) u_k‖ ≤ β Σ_k |W_ik − c|, by the triangle inequality and Assumption 2."""

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
    APART.prove()
    # A device is honest with probability n/N, and then counts 1/n.
    honest_share = (1 - alpha) * N
    identity(honest_share / N * (1 / honest_share), 1 / N)
    inside, mean_sq = sympy.symbols("inside mean_sq", nonnegative=True)
    Step(
        Eq(inside, STATED["rule"] ** 2 / kappa * V),
        (
            Eq(inside, V - mean_sq),
            Eq(mean_sq, STATED["sampling"] ** 2 * V),
        ),
    ).prove()
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
        "SMT over the reals with induction over devices, sympy identity, exact enumeration",
        "the squared distances from a mean are the mean of squares less its square, V - tau V in "
        "expectation; (51) for vectors whose sum is zero gives tau = alpha/((1-alpha)(N-1)); all "
        f"Byzantine sets of the {len(SIZES)} pairs (N, f) with N <= 6 besides",
        ("Byzantine sets uniform given the past", "sum_i G_i = 0: every d_k >= 1"),
        scope="general",
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
    met = (within, between) == (inside * total, of_mean * total)
    says = f"{inside} and {of_mean} of V at N={len(spread)}, f={byzantine}"
    need(met, says, (within, between))


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
    MEANS.prove()
    return Outcome(
        "proved",
        "SMT over the reals with induction over outcomes",
        "p = sqrt(kappa (1-tau)) and q = p + sqrt(tau), times what bounds sqrt(V); " + equality,
        ("S4", "E||g - g_bar||^2 <= kappa times the mean squared honest deviation"),
        scope="general",
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
    ENCODED.prove()
    own, a_sum = sympy.symbols("own a_sum", real=True)
    weights = weights_sum
    # G_i = g_i − ∇F/N with the mean gradient ∇F/M and the defect ε_i = (N/M) Σ_k W_ik − 1.
    defect = N / M * weights - 1
    Step(
        Eq(own, of_heterogeneity + defect * a_sum / N),
        (ENCODED.claim, Eq(mean_gradient, a_sum / M), Eq(own, message - a_sum / N)),
    ).prove()
    RAYLEIGH.prove()
    gradients = sympy.symbols("g_1:4", real=True)
    total = sum(gradients)
    devices, subsets = len(UNEQUAL), len(gradients)
    shares = []
    for row in UNEQUAL:
        row_weights = [
            sympy.Rational(held, d)
            for held, d in zip(row, small_instances.degrees(UNEQUAL), strict=True)
        ]
        deviations = [g - total / subsets for g in gradients]
        spread = sum(w * u for w, u in zip(row_weights, deviations, strict=True))
        share = sympy.Rational(devices, subsets) * sum(row_weights) - 1
        coded = sum(w * g for w, g in zip(row_weights, gradients, strict=True))
        identity(coded - total / devices, spread + share * total / devices)
        shares.append(share)
    need(sum(shares) == 0, "defects whose sum is zero", shares)
    return Outcome(
        "proved",
        "SMT over the reals with inductions over subsets and eigenvectors, exact instance",
        "G_i = sum_k W_ik u_k + e_i a with W = S diag(1/d), e_i = (N/M) sum_k W_ik - 1, so that "
        "sqrt(V) <= sqrt(lambda M/N) sigma + rms(e) y with lambda the largest eigenvalue of "
        "W (I - 11'/M) W', which is lambda_2/d^2 for a regular allocation, and e = 0 there; "
        f"d = (1, 2, 2): e = {tuple(shares)}; {tight}",
        ("every d_k >= 1", "spectral theorem"),
        scope="general",
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
    n, f, most, own, middle = sympy.symbols("n f most own middle", nonnegative=True)
    # Σ_i U_i = 0: the honest mean is −1/n times the sum over the Byzantine devices.
    fraction = sympy.Symbol("fraction", nonnegative=True)
    equality = Step(
        Le(own + middle, most / (1 - fraction)),
        (Le(own, most), Le(n * middle, f * most), Eq(fraction * (n + f), f), Gt(n, 0)),
        {n: 2, f: 1, fraction: sympy.Rational(1, 3), most: 2, own: 2, middle: 1},
    ).prove()
    # Σ_k u_k = 0: any number may be subtracted from all weights of a device.
    SHIFTED.prove()
    TRIANGLES.prove()
    return Outcome(
        "proved",
        "SMT over the reals with inductions over subsets",
        "||U_i|| <= beta min_c sum_k |W_ik - c|, min(r, M-r)/d for a regular allocation; honest "
        "messages are within 1/(1-alpha) of its largest from their mean; and within 1 - 1/n of the "
        "largest distance of two, (25), which is beta max_ij sum_k |W_ik - W_jk| or less; "
        + equality,
        ("every d_k >= 1", "Assumption 2"),
        scope="general",
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
    # In any number of coordinates: K_i = (Σ_k W_ik H_k − H/N) H⁻¹ is a matrix over H.
    hessian, own_hessian = MatrixSymbol("H", D, D), MatrixSymbol("B", D, D)
    pull, place = MatrixSymbol("b", D, 1), MatrixSymbol("x", D, 1)
    same = (own_hessian * Inverse(hessian) * hessian).doit()
    need(same == own_hessian, "K_i H = sum_k W_ik H_k - H/N", same)
    slope = (hessian * (place - Inverse(hessian) * pull)).expand().doit()
    need(slope == hessian * place - pull, "grad F(x) = H (x - x*)", slope)
    RAYLEIGH.prove()
    x = sympy.Symbol("x", real=True)
    curvatures, pulls = sympy.symbols("c_1:4", positive=True), sympy.symbols("b_1:4", real=True)
    slopes = [c * x - b for c, b in zip(curvatures, pulls, strict=True)]
    curvature, total = sum(curvatures), sum(slopes)
    best = sum(pulls) / curvature
    spreads, gains = [], []
    for row in UNEQUAL:
        weights = [
            sympy.Rational(held, d)
            for held, d in zip(row, small_instances.degrees(UNEQUAL), strict=True)
        ]
        deviation = sum(w * g for w, g in zip(weights, slopes, strict=True)) - total / len(UNEQUAL)
        own = sum(w * c for w, c in zip(weights, curvatures, strict=True)) - curvature / 3
        identity(deviation, deviation.subs(x, best) + own / curvature * total)
        spreads.append(deviation)
        gains.append(own / curvature)
    _need_bounded_spread(spreads, gains, total, best)
    return Outcome(
        "proved",
        "matrix identities, SMT over the reals with induction over eigenvectors, exact instance",
        "G_i(x) = G_i(x*) + K_i grad F(x) with K_i = (sum_k W_ik H_k - H/N) H^-1, so that "
        "N sqrt(V) <= N sqrt(V(x*)) + sqrt(b) ||grad F||, b the largest eigenvalue of N sum K'K; "
        "for any allocation, known before a run; " + equality,
        ("least squares with an invertible Hessian H", "every d_k >= 1", "spectral theorem"),
        scope="general",
    )


def _need_bounded_spread(
    spreads: Sequence[sympy.Expr],
    gains: Sequence[sympy.Expr],
    total: sympy.Expr,
    best: sympy.Expr,
) -> None:
    """Refuse a bound on N √V that an instance with three curvatures exceeds."""
    values = dict(zip(sympy.symbols("c_1:4", positive=True), (1, 2, 3), strict=True))
    values |= dict(zip(sympy.symbols("b_1:4", real=True), (1, 1, 0), strict=True))
    x, devices = sympy.Symbol("x", real=True), len(spreads)
    # In one coordinate N Σ K_i² is its own eigenvalue.
    largest = (devices * sum(gain**2 for gain in gains)).subs(values)
    at_best = sympy.Rational(best.subs(values))
    least = sqrt(devices * sum(G**2 for G in spreads).subs(values).subs(x, at_best))
    for place in (-2, 0, 5):
        left = sqrt(devices * sum(G**2 for G in spreads).subs(values).subs(x, place))
        right = least + sqrt(largest) * abs(total.subs(values).subs(x, place))
        need(left <= right, f"N sqrt(V) of at most its bound at x = {place}", (left, right))

"""Both theorems share the constants ρ1 to ρ4, (19) to (22), and the threshold on C_α.

The threshold is read with N outside the root; with N inside, it would admit a negative ρ1.
"""

import sympy

from theory.paper import descent, lemma1, lemma2
from theory.paper.lemma1 import unshared
from theory.paper.lemma2 import PHI_1, PHI_2
from theory.paper.setting import Setting
from theory.proving.evaluation import Hypothesis, Number, evaluate, hypothesis
from theory.proving.proofs import Outcome, Step, identity, need
from theory.proving.statement import statement
from theory.proving.symbols import (
    C_alpha,
    C_squared,
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
    nu,
    phi_1,
    phi_2,
    r,
    rho_1,
    rho_2,
    rho_3,
    rho_4,
)


def _rho(
    apart: sympy.Expr, phi_1: sympy.Expr = PHI_1, phi_2: sympy.Expr = PHI_2
) -> dict[sympy.Symbol, sympy.Expr]:
    """Return ρ1 to ρ4, (19) to (22), with `apart` for |S_i∖S_j|."""
    return {
        rho_1: 1 / N - 2 * sympy.sqrt(2 * C_alpha**2) * apart / (d_min * M),
        rho_2: 2 * r**2 * L * (phi_1 - phi_2) / ((1 - alpha) ** 2 * N * d_min**2 * M**2)
        + phi_2 * L / ((1 - alpha) ** 2 * N**2)
        + 8 * L * C_alpha**2 / (d_min**2 * M**2) * apart**2,
        rho_3: beta**2 * M * sympy.sqrt(2 * C_alpha**2) / d_min * apart,
        rho_4: 2 * r**2 * beta**2 * L * (phi_1 - phi_2) / ((1 - alpha) ** 2 * N * d_min**2)
        + 8 * C_alpha**2 * beta**2 * L / d_min**2 * apart**2,
    }


RHO: dict[sympy.Symbol, sympy.Expr] = _rho(unshared)
"""ρ1 to ρ4 of both theorems."""

IN_PHI: dict[sympy.Symbol, sympy.Expr] = _rho(unshared, phi_1, phi_2)
"""`RHO` with φ1 and φ2 as symbols, as in the paper."""

GENERAL: dict[sympy.Symbol, sympy.Expr] = _rho(nu)
"""`RHO` for any allocation that covers every subset, with ν = max |S_i∖S_j| for r − r²/M."""

PRINTED: dict[str, sympy.Expr] = {
    # The threshold of Theorem 1 times r − r²/M, which is finite at r = M too.
    "threshold": d_min * M / (2 * sympy.sqrt(2) * N),
    # The other reading, with N inside the root.
    "threshold, N inside": d_min * M / (2 * sympy.sqrt(2 * N)),
}
"""The threshold on C_α (r − r²/M)."""

BELOW = sympy.Lt(C_alpha, PRINTED["threshold"] / unshared)
"""The condition of Theorems 1 and 2 on C_α, as printed."""


def over_threshold(apart: sympy.Expr = unshared) -> sympy.Expr:
    """Return C_α over its threshold: below 1 if the theorems hold, 0 at r = M."""
    return C_alpha * apart / PRINTED["threshold"]


def threshold_in_words(apart: str = "(r - r^2/M)") -> str:
    """Return in words the condition that `over_threshold` is below 1."""
    return f"C_alpha < d_min M / (2 sqrt(2) N {apart})"


def in_numbers(expression: sympy.Expr, values: dict[sympy.Symbol, Number]) -> Number:
    """Evaluate an expression in ρ1 to ρ4 and the paper's symbols, with ν if it is given."""
    forms = GENERAL if nu in values else RHO
    return evaluate(expression.subs(forms).subs(C_alpha, sympy.sqrt(C_squared)), values)


def constants(setting: Setting) -> dict[str, Number]:
    """Evaluate ρ1 to ρ4 of (19)-(22), by name."""
    values = setting.numbers("alpha", "c_alpha_squared", "L", "beta")
    return {symbol.name: in_numbers(symbol, values) for symbol in RHO}


def majority(values: dict[sympy.Symbol, Number]) -> Hypothesis:
    """Judge whether more than half of the devices are honest."""
    return hypothesis("alpha < 1/2", 2 * values[alpha])


def threshold(values: dict[sympy.Symbol, Number]) -> Hypothesis:
    """Judge whether C_α is below its threshold, with ν if it is given."""
    known = nu in values
    words = threshold_in_words("nu") if known else threshold_in_words()
    factor = in_numbers(over_threshold(nu if known else unshared), values)
    return hypothesis(f"{words}, equivalently rho_1 > 0", factor)


def derived(change: sympy.Expr) -> dict[sympy.Symbol, sympy.Expr]:
    """Derive ρ1 to ρ4 from a bound on the change of the loss in one iteration."""
    return {
        rho_1: -sympy.diff(change, gamma, G).subs(gamma, 0),
        rho_2: sympy.diff(change, gamma, 2, G) / 2,
        rho_3: sympy.diff(change, gamma).subs({gamma: 0, G: 0}),
        rho_4: sympy.diff(change, gamma, 2).subs(G, 0) / 2,
    }


def _check_constant(constant: sympy.Symbol) -> Outcome:
    """Prove that a constant follows from the descent of one iteration."""
    identity(derived(descent.descent())[constant], RHO[constant])
    return Outcome(
        "proved",
        "sympy identity",
        "a coefficient of (23) with (26) and (16) at the chosen eta",
        ("C_alpha > 0", "r < M", "or their limit"),
        scope="general",
    )


_HERE = "tests/theory/paper/test_theorem1.py"
_SLIPS = f"{_HERE}::test_a_slip_of_the_pen_flips_the_proof"


@statement(
    "19",
    place="Theorem 1",
    form="constant",
    says="rho_1 is what the proof needs",
    latex=sympy.Eq(rho_1, IN_PHI[rho_1]),
    uses=("16", "23", "26"),
    test=_SLIPS,
)
def check_rho_1() -> Outcome:
    """Prove (19)."""
    return _check_constant(rho_1)


@statement(
    "20",
    place="Theorem 1",
    form="constant",
    says="rho_2 is what the proof needs",
    latex=sympy.Eq(rho_2, IN_PHI[rho_2]),
    uses=("16", "17", "23", "26"),
    test=_SLIPS,
)
def check_rho_2() -> Outcome:
    """Prove (20)."""
    return _check_constant(rho_2)


@statement(
    "21",
    place="Theorem 1",
    form="constant",
    says="rho_3 is what the proof needs",
    latex=sympy.Eq(rho_3, IN_PHI[rho_3]),
    uses=("16", "23", "26"),
    test=_SLIPS,
)
def check_rho_3() -> Outcome:
    """Prove (21)."""
    return _check_constant(rho_3)


@statement(
    "22",
    place="Theorem 1",
    form="constant",
    says="rho_4 is what the proof needs",
    latex=sympy.Eq(rho_4, IN_PHI[rho_4]),
    uses=("16", "17", "23", "26"),
    test=_SLIPS,
)
def check_rho_4() -> Outcome:
    """Prove (22)."""
    return _check_constant(rho_4)


_PARTED = {N: 3, M: 4, r: 2, d_min: 1, C_alpha: sympy.Rational(3, 5)}
"""An instance at which the two readings of the threshold differ; its overlap is r²/M = 1."""


@statement(
    "U22",
    place="Theorem 1",
    form="inequality",
    says="the threshold on C_alpha, N outside the root, makes rho_1 positive",
    latex=(BELOW, r"\iff \rho_1 > 0"),
    uses=("19",),
    test=_SLIPS,
)
def check_threshold() -> Outcome:
    """Prove that C_α is below the threshold if and only if ρ1 is positive."""
    below = sympy.Lt(C_alpha * unshared, PRINTED["threshold"])
    positive = sympy.Gt(RHO[rho_1], 0)
    at = {N: 1, M: 2, r: 1, d_min: 1, C_alpha: sympy.sqrt(2)}
    Step(positive, (below,), at).prove()
    Step(below, (positive,), at).prove()
    identity(N * RHO[rho_1], 1 - over_threshold())
    return Outcome(
        "proved",
        "SMT over the reals, sympy identity",
        "N rho_1 = 1 - C_alpha/threshold; every C_alpha is below it at r = M",
        ("1 <= r <= M", "d_min >= 1", "N outside the root"),
        scope="general",
    )


@statement(
    "U23",
    place="Theorem 1",
    form="inequality",
    says="the threshold on C_alpha, N inside the root, makes rho_1 positive",
    latex=(sympy.Lt(C_alpha, PRINTED["threshold, N inside"] / unshared), r"\implies \rho_1 > 0"),
    uses=("19",),
    test=_SLIPS,
)
def check_other_threshold() -> Outcome:
    """Refute that the reading with N inside the root makes ρ1 positive."""
    below = sympy.Lt(C_alpha * unshared, PRINTED["threshold, N inside"])
    value = RHO[rho_1].subs(_PARTED)
    need(below.subs(_PARTED), f"{below} in the instance", _PARTED)
    need(value < 0, "a negative rho_1 in the instance", value)
    at = {N: 1, M: 2, r: 1, d_min: 1, C_alpha: sympy.sqrt(2)}
    Step(below, (RHO[rho_1] > 0,), at).prove()
    return Outcome(
        "refuted",
        "exact instance, SMT over the reals",
        "N=3, M=4, r=2, d_min=1, C_alpha=3/5: below sqrt(6)/3 = 0.816, above sqrt(2)/3 = 0.471, "
        f"and rho_1 = {value} = {float(value):.4f}; the reading is necessary, not sufficient",
        kind="our text",
    )


@statement(
    "U24",
    place="after (28)",
    form="inequality",
    says="rho_1 to rho_4 are all positive",
    latex=r"\rho_1, \rho_2, \rho_3, \rho_4 > 0",
    uses=("19", "20", "21", "22"),
    test=_SLIPS,
)
def check_positive() -> Outcome:
    """Refute that all four constants are positive, and prove their true signs."""
    sizes = {N: 2, M: 2, r: 1, d_min: 1, C_alpha: 1, alpha: 0}
    Step(RHO[rho_2] > 0, (N >= 2, N * (1 - alpha) >= 1), sizes | {L: 0}).prove()
    Step(RHO[rho_3] >= 0, (r <= M,), sizes | {beta: 0}).prove()
    Step(RHO[rho_4] >= 0, (N >= 2, alpha < 1), sizes | {L: 1, beta: 0}).prove()
    zero = [RHO[rho_3].subs(r, M), RHO[rho_4].subs({r: M, alpha: 0})]
    need(zero == [0, 0], "rho_3 = rho_4 = 0 at r = M and alpha = 0", zero)
    return Outcome(
        "refuted",
        "exact instance, SMT over the reals",
        "rho_3 = 0 at r = M, at C_alpha = 0 and at beta = 0; rho_4 = 0 at beta = 0, and at "
        "alpha = 0 with r = M or C_alpha = 0; rho_2 > 0 always, rho_3, rho_4 >= 0, and no more is "
        "used",
        ("N (1 - alpha) >= 1", "N >= 2, as (17) divides by N - 1"),
        kind="edge case",
    )


@statement(
    "U25",
    place="Theorem 1",
    form="inequality",
    says="the condition on T keeps the learning rate below N/L",
    latex=(sympy.Lt(gamma, rho_1 / rho_2), r"\le", N / L),
    uses=("19", "20"),
    test=_SLIPS,
)
def check_classical_step() -> Outcome:
    """Prove that the theorem's learning rates are below N/L, those of plain gradient descent."""
    # Extremes of both constants: ρ1 <= 1/N, and ρ2 >= L/N² because d_min <= N r/M.
    full = {N: 5, M: 4, r: 4, d_min: 5, alpha: 0, C_alpha: 1, L: 1}
    first = {symbol: full[symbol] for symbol in (N, M, r, d_min, C_alpha)}
    Step(RHO[rho_1] <= 1 / N, (r <= M,), first).prove()
    without = RHO[rho_2].subs(C_alpha, 0)
    Step(RHO[rho_2] >= without, (alpha < 1, N >= 2), full).prove()
    ratio = sympy.Symbol("ratio", positive=True)
    second = without.subs(r, ratio * d_min * M)
    at = {N: 5, M: 4, d_min: 5, alpha: 0, L: 1, ratio: sympy.Rational(1, 5)}
    Step(second >= L / N**2, (alpha < 1, N >= 2, ratio >= 1 / N), at).prove()
    equality = Step(
        sympy.Le(rho_1 / rho_2, N / L),
        (rho_1 <= 1 / N, rho_2 >= L / N**2),
        {N: 2, L: 1, rho_1: sympy.Rational(1, 2), rho_2: sympy.Rational(1, 4)},
    ).prove()
    reached = (RHO[rho_1] / RHO[rho_2]).subs(full)
    need(reached == (N / L).subs(full), "equality at r = M and alpha = 0", reached)
    return Outcome(
        "proved",
        "SMT over the reals, exact instance",
        f"rho_1 <= 1/N and rho_2 >= L/N^2; {equality}; reached at r = M, alpha = 0, N = 5",
        ("d_min M <= N r", "C_alpha below the threshold"),
        scope="general",
    )


@statement(
    "U19",
    place="Theorems 1 and 2",
    form="remark",
    says="both theorems hold for any allocation that covers every subset",
    latex=(
        r"\rho_1, \ldots, \rho_4 \text{ with } \nu = \max_{i,j} |S_i \setminus S_j| \text{"
        " for } r - r^2/M"
    ),
    uses=("16", "18", "23", "25", "34", "U4"),
    test=_SLIPS,
)
def check_general() -> Outcome:
    """Prove that both theorems hold for any allocation that covers every subset, with ν."""
    chosen = {eta: descent.PRINTED["eta"] / unshared * nu}
    spread = C_alpha**2 * lemma1.SHARPER["any"]
    bounds = {E_spread: spread, E_honest: lemma2.PRINTED["16"]}
    change = descent.PRINTED["23"].subs(bounds).subs(chosen)
    for symbol, constant in derived(change).items():
        identity(constant, GENERAL[symbol])
        identity(GENERAL[symbol].subs(nu, unshared), RHO[symbol])
    identity(N * GENERAL[rho_1], 1 - over_threshold(nu))
    return Outcome(
        "proved",
        "sympy identity",
        "coefficients of (23) with Lemma 1 for any allocation (U4), (16) and the eta of (27) with "
        "nu; all later steps use the signs of rho_1 to rho_4 alone",
        ("every d_k >= 1", "r = max r_i"),
        scope="general",
    )

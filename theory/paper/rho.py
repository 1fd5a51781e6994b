"""Both theorems share the constants ρ1 to ρ4, (19) to (22), and the threshold on C_α.

The threshold is read with N outside the root; with N inside, it would admit a negative ρ1.
"""

import sympy

from theory.paper import descent
from theory.paper.lemma1 import unshared
from theory.paper.lemma2 import PHI_1, PHI_2
from theory.paper.setting import Setting
from theory.proving.evaluation import Hypothesis, Number, evaluate, hypothesis
from theory.proving.proofs import Outcome, identity
from theory.proving.statement import statement
from theory.proving.symbols import (
    C_alpha,
    C_squared,
    G,
    L,
    M,
    N,
    alpha,
    beta,
    d_min,
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
        "general",
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

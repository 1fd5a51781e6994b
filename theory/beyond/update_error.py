"""The error of an update follows from the spread of the messages.

Let a = ∇F/N, y = ‖a‖, G_i = g_i − a and V = (1/N) Σ ‖G_i‖². Every form bounds √V by v_0 + v_1 y.
"""

import numpy as np
import sympy
from sympy import Ge, Le, sqrt

from theory.beyond.primed_theorems import Errors
from theory.paper.lemma2 import SHARPER
from theory.proving.evaluation import Number, evaluate
from theory.proving.proofs import Step
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
            Ge(k * s, 0),
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

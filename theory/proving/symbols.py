"""Define the paper's symbols with the assumptions of its statements, and print them as LaTeX."""

from typing import Any, TypeAlias

import sympy
from sympy.printing.latex import LatexPrinter

N = sympy.Symbol("N", integer=True, positive=True)
"""Number of devices, Section II."""

D = sympy.Symbol("D", integer=True, positive=True)
"""Dimension of a message, Definition 1."""

alpha = sympy.Symbol("alpha", nonnegative=True)
"""Fraction of Byzantine devices, Definition 1; zero is allowed."""

C_alpha = sympy.Symbol("C_alpha", nonnegative=True)
"""Constant of a robust bounded aggregation rule, inequality (7)."""

C_squared = sympy.Symbol("C_squared", nonnegative=True)
"""C_α² of Table I."""

M = sympy.Symbol("M", integer=True, positive=True)
"""Number of subsets of the data, Section II."""

r = sympy.Symbol("r", integer=True, positive=True)
"""Number of subsets on each device, Section III."""

d_min = sympy.Symbol("d_min", integer=True, positive=True)
"""Smallest number of devices that hold a subset, Lemma 1."""

beta = sympy.Symbol("beta", nonnegative=True)
"""Bound on the heterogeneity among the subsets, Assumption 2."""

L = sympy.Symbol("L", positive=True)
"""Smoothness of the training loss, Assumption 1."""

F_star = sympy.Symbol("F_star", real=True)
"""Lower bound of the training loss, Assumption 3."""

F_0 = sympy.Symbol("F_0", real=True)
"""Training loss at the start point, Theorem 1."""

G = sympy.Symbol("G", nonnegative=True)
"""Squared norm of the gradient of F, as in (12) and (16)."""

lambda_ = sympy.Symbol("lambda", positive=True)
"""Scale of the fixed learning rate, Theorem 1."""

gamma = sympy.Symbol("gamma", positive=True)
"""Learning rate, (8)."""

gamma_0 = sympy.Symbol("gamma_0", positive=True)
"""First of the decaying learning rates, Theorem 2."""

eta = sympy.Symbol("eta", positive=True)
"""Parameter of Young's inequality in (23)."""

T = sympy.Symbol("T", integer=True, nonnegative=True)
"""Index of the last iteration, Algorithm 1."""

t = sympy.Symbol("t", integer=True, nonnegative=True)
"""Index of an iteration, Algorithm 1."""

nu = sympy.Symbol("nu", nonnegative=True)
"""Most subsets that one device holds and another does not, max |S_i∖S_j|; r − r²/M in Lemma 1."""

d = sympy.Symbol("d", integer=True, positive=True)
"""Number of devices that hold a subset, if it is the same for all: d_1 = … = d_M = d."""

f = sympy.Symbol("f", integer=True, nonnegative=True)
"""Number of Byzantine devices, αN."""

E_spread = sympy.Symbol("E_spread", nonnegative=True)
"""E[‖ĝ − ḡ‖²], bounded by (25) and (26)."""

E_honest = sympy.Symbol("E_honest", nonnegative=True)
"""E[‖ḡ‖²], bounded by (16)."""

rho_1 = sympy.Symbol("rho_1", positive=True)
"""Constant (19), positive below the threshold on C_α."""

rho_2 = sympy.Symbol("rho_2", positive=True)
"""Constant (20)."""

rho_3 = sympy.Symbol("rho_3", nonnegative=True)
"""Constant (21); zero if all coded gradients agree."""

rho_4 = sympy.Symbol("rho_4", nonnegative=True)
"""Constant (22)."""

mean_gradient = sympy.Symbol(r"\frac{1}{T + 1} \sum_{t=0}^{T} E\|\nabla F(x^t)\|^2")
"""Left side of (18); printed only."""

least_gradient = sympy.Symbol(r"\min_{0 \le t \le T} E\|\nabla F(x^t)\|^2")
"""Left side of (34); printed only."""

phi_1, phi_2 = sympy.symbols("phi_1 phi_2", nonnegative=True)
"""Probabilities that one device is honest, and that two devices are, (17)."""

_NAMES = {
    E_honest: r"E\|\bar g\|^2",
    E_spread: r"E\|\hat g - \bar g\|^2",
    d_min: r"d_{\min}",
    F_0: "F(x^0)",
    F_star: "F^*",
    G: r"\|\nabla F\|^2",
    gamma_0: r"\gamma^0",
}

Printed: TypeAlias = sympy.Basic | str | tuple[sympy.Basic | str, ...]
"""An expression or relation, LaTeX as it is, or a row of both."""


class _Printer(LatexPrinter):  # type: ignore[misc]
    """A printer that puts positive terms first, as in print, and keeps names in LaTeX."""

    def _as_ordered_terms(self, expr: sympy.Expr, order: Any = None) -> list[sympy.Expr]:
        terms = super()._as_ordered_terms(expr, order=order)
        return sorted(terms, key=lambda term: term.could_extract_minus_sign())

    def _print_Symbol(self, expr: sympy.Symbol, style: str = "plain") -> str:
        known = expr.name.isidentifier() or expr in _NAMES
        return str(super()._print_Symbol(expr, style)) if known else expr.name.removeprefix(_LAST)


_PRINTER = _Printer({"symbol_names": _NAMES})
_LAST = "~"
"""A prefix that sorts a name after all others."""


def latex(printed: Printed) -> str:
    """Return the LaTeX of a formula in the paper's letters."""
    if isinstance(printed, tuple):
        return " ".join(latex(part) for part in printed)
    if isinstance(printed, str):
        return printed
    # A norm or a sum would seem to contain the factors after it, so it comes last.
    names = {symbol: _NAMES.get(symbol, symbol.name) for symbol in printed.free_symbols}
    last = {
        symbol: sympy.Symbol(f"{_LAST}{name}", **symbol.assumptions0)
        for symbol, name in names.items()
        if " " in name
    }
    return str(_PRINTER.doprint(printed.xreplace(last)))

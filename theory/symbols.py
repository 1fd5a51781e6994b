"""The paper's symbols, with the assumptions under which its statements are made."""

import sympy

N = sympy.Symbol("N", integer=True, positive=True)
"""Number of devices, Section II."""

D = sympy.Symbol("D", integer=True, positive=True)
"""Dimension of a message, Definition 1."""

alpha = sympy.Symbol("alpha", nonnegative=True)
"""Fraction of Byzantine devices, Definition 1; zero is allowed."""

C_alpha = sympy.Symbol("C_alpha", nonnegative=True)
"""Constant of a robust bounded aggregation rule, inequality (7)."""

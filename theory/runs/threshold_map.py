"""Evaluate over (α, r/M) whether the constants of Table I meet the threshold of the theorems.

At d_min = N r/M, its largest value, the threshold is C_α < 1/(2√2 (1 − r/M)). N and M cancel, so
that they matter only through C_α.
"""

from collections.abc import Iterable

import numpy as np
import sympy
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from theory.paper.rho import over_threshold
from theory.paper.table1 import TABLE_I
from theory.proving import symbols
from theory.proving.evaluation import evaluate, floats, require
from theory.proving.symbols import C_alpha, M, d_min, r

Floats = NDArray[np.float64]

share = sympy.Symbol("share", positive=True)
"""r/M, the share of all subsets that a device holds."""

FACTOR: sympy.Expr = sympy.simplify(
    over_threshold().subs(d_min, symbols.N * r / M).subs(r, share * M)
)
"""C_α over the threshold at d_min = N r/M; the theorems need it below 1."""


def threshold_factor(rule: str, *, N: int, D: int, alphas: ArrayLike, shares: ArrayLike) -> Floats:
    """Evaluate `FACTOR` with the printed constant of one rule.

    Parameters
    ----------
    rule
        A key of ``TABLE_I``.
    N, D
        Number of devices, and of coordinates of a message.
    alphas
        Byzantine fractions in [0, 1/2); multiples of 1/N are those of a real setting.
    shares
        Values of r/M in (0, 1].

    Returns
    -------
    Factors (alphas, shares): below 1 if the threshold is met, NaN if α is outside the domain of
    the rule's row.

    Raises
    ------
    ValueError
        If the rule is unknown, or a number is out of range.
    """
    if rule not in TABLE_I:
        raise ValueError(f"need one of {', '.join(TABLE_I)}, got {rule!r}")
    fractions, parts = floats(alphas=alphas, shares=shares)
    require("N >= 1 and D >= 1", min(N, D) >= 1, N=N, D=D)
    require("0 <= alpha < 1/2", (fractions >= 0) & (fractions < 0.5), alphas=alphas)
    require("0 < r/M <= 1", (parts > 0) & (parts <= 1), shares=shares)
    row = TABLE_I[rule]
    inside = fractions < float(row.alpha_below)
    constant = np.full(fractions.shape, np.nan)
    values = {symbols.N: N, symbols.D: D, symbols.alpha: fractions[inside]}
    constant[inside] = np.sqrt(np.asarray(evaluate(row.c_alpha_squared, values)))
    together = {C_alpha: constant[:, np.newaxis], share: parts[np.newaxis]}
    return np.asarray(evaluate(FACTOR, together))


def threshold_map(
    sizes: Iterable[tuple[int, int]], *, alpha_steps: int = 200, share_steps: int = 200
) -> xr.Dataset:
    """Evaluate `threshold_factor` for every rule of Table I.

    Parameters
    ----------
    sizes
        Pairs (N, D).
    alpha_steps, share_steps
        Number of equally spaced values of α in [0, 1/2), and of r/M in (0, 1].

    Returns
    -------
    ``factor`` (size, rule, alpha, share), with the coordinates ``N`` and ``D`` of each size.

    Raises
    ------
    ValueError
        If there is no pair, or `threshold_factor` refuses a number.
    """
    pairs = list(sizes)
    if not pairs:
        raise ValueError("need at least one pair (N, D), got none")
    alphas = np.arange(alpha_steps) / (2 * alpha_steps)
    shares = np.arange(1, share_steps + 1) / share_steps
    factor = [
        [threshold_factor(rule, N=N, D=D, alphas=alphas, shares=shares) for rule in TABLE_I]
        for N, D in pairs
    ]
    long_name = "C_alpha of Table I over its threshold at d_min = N r/M"
    attributes = {"long_name": long_name, "units": "1"}
    return xr.Dataset(
        {"factor": (("size", "rule", "alpha", "share"), np.array(factor), attributes)},
        {
            "N": ("size", [N for N, _ in pairs]),
            "D": ("size", [D for _, D in pairs]),
            "rule": list(TABLE_I),
            "alpha": ("alpha", alphas, {"long_name": "Byzantine fraction", "units": "1"}),
            "share": ("share", shares, {"long_name": "r/M", "units": "1"}),
        },
    )

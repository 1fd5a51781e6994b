"""Where Table I leaves a place for the theorems: the threshold over (α, r/M).

At d_min = N r/M, the largest there is, the threshold is C_α < 1/(2√2 (1 − r/M)): N and M cancel, so
that only what C_α itself depends on remains.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import sympy
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from theory.constants import PRINTED
from theory.evaluation import evaluate
from theory.lemma1 import unshared
from theory.rba import TABLE_I, c_alpha_squared
from theory.symbols import C_alpha, M, N, d_min, r

Floats = NDArray[np.float64]

share = sympy.Symbol("share", positive=True)
"""r/M, the part of all subsets that a device holds."""

FACTOR: sympy.Expr = sympy.simplify(
    (C_alpha * unshared / PRINTED["threshold"]).subs(d_min, N * r / M).subs(r, share * M)
)
"""C_α over the threshold at d_min = N r/M; the theorems need it below 1."""


def threshold_factor(
    rule: str, *, N: int, D: int, byzantine: Sequence[int], shares: ArrayLike
) -> Floats:
    """Evaluate `FACTOR` with the printed constant of a rule.

    Parameters
    ----------
    rule
        A key of ``TABLE_I``.
    N, D
        Devices, and coordinates of a message.
    byzantine
        Numbers f of Byzantine devices, α = f/N.
    shares
        Values of r/M in (0, 1].

    Returns
    -------
    Over (byzantine, shares): below 1 where the threshold is met; NaN where α is outside the domain
    of the rule's row.

    Raises
    ------
    ValueError
        For a share outside (0, 1], or what `theory.rba.c_alpha_squared` refuses.
    """
    parts = np.asarray(shares, dtype=np.float64)
    if not ((parts > 0) & (parts <= 1)).all():
        raise ValueError(f"need 0 < r/M <= 1, got {shares}")
    constants = np.array([_constant(rule, N, f, D) for f in byzantine])
    values = {C_alpha: constants[:, np.newaxis], share: parts[np.newaxis]}
    return np.asarray(evaluate(FACTOR, values))


def _constant(rule: str, devices: int, f: int, dimension: int) -> float:
    if rule in TABLE_I and sympy.Rational(f, devices) >= TABLE_I[rule].alpha_below:
        return np.nan
    return float(sympy.N(sympy.sqrt(c_alpha_squared(rule, N=devices, f=f, D=dimension)), 30))


def threshold_map(sizes: Iterable[tuple[int, int]], *, steps: int = 200) -> xr.Dataset:
    """Evaluate `threshold_factor` of every rule of Table I.

    Parameters
    ----------
    sizes
        Pairs (N, D).
    steps
        Number of values of r/M, equally far apart up to 1.

    Returns
    -------
    ``factor`` over (size, rule, byzantine, share), NaN from f = N/2 on, with the coordinates ``N``
    and ``D`` of each size and ``alpha`` (size, byzantine).
    """
    pairs = list(sizes)
    if not pairs:
        raise ValueError("need at least one pair (N, D), got none")
    most = max((devices + 1) // 2 for devices, _ in pairs)
    shares = np.arange(1, steps + 1) / steps
    factor = np.full((len(pairs), len(TABLE_I), most, steps), np.nan)
    for place, (devices, dimension) in enumerate(pairs):
        byzantine = range((devices + 1) // 2)
        for row, rule in enumerate(TABLE_I):
            factor[place, row, : len(byzantine)] = threshold_factor(
                rule, N=devices, D=dimension, byzantine=byzantine, shares=shares
            )
    devices = np.array([one for one, _ in pairs])
    long_name = "C_alpha of Table I over its threshold at d_min = N r/M"
    dimensions = ("size", "rule", "byzantine", "share")
    return xr.Dataset(
        {"factor": (dimensions, factor, {"long_name": long_name, "units": "1"})},
        {
            "N": ("size", devices),
            "D": ("size", [one for _, one in pairs]),
            "rule": list(TABLE_I),
            "byzantine": np.arange(most),
            "alpha": (("size", "byzantine"), np.arange(most) / devices[:, np.newaxis]),
            "share": ("share", shares, {"long_name": "r/M", "units": "1"}),
        },
    )

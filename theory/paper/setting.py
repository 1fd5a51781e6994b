"""A setting holds the numbers in both theorems, named by the paper's symbols."""

from dataclasses import dataclass, fields

import numpy as np
import sympy
from numpy.typing import NDArray

from theory.proving import symbols
from theory.proving.evaluation import Number, floats, require

_INTEGERS = ("N", "M", "r", "d_min", "T", "t")
_LEAST = {"N": 2, "d_min": 1, "alpha": 0, "c_alpha_squared": 0}
_LEAST |= {"beta": 0, "nu": 0, "T": 0, "t": 0}
_POSITIVE = ("L", "lambda_", "gamma", "gamma_0")
_SYMBOLS = {
    "N": symbols.N,
    "M": symbols.M,
    "r": symbols.r,
    "d_min": symbols.d_min,
    "alpha": symbols.alpha,
    "c_alpha_squared": symbols.C_squared,
    "L": symbols.L,
    "beta": symbols.beta,
    "F_0": symbols.F_0,
    "F_star": symbols.F_star,
    "nu": symbols.nu,
    "lambda_": symbols.lambda_,
    "gamma": symbols.gamma,
    "gamma_0": symbols.gamma_0,
    "T": symbols.T,
    "t": symbols.t,
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Setting:
    """Devices, data, rule and learning rate of one setting; None marks a number not given.

    Each attribute is a number of any kind or an array; arrays broadcast. Results are as exact as
    the least exact attribute.

    Attributes
    ----------
    N, M, r, d_min
        Devices, subsets, subsets on each device, fewest devices that hold a subset.
    alpha, c_alpha_squared
        Byzantine fraction, and the rule's constant C_α².
    L, beta
        Smoothness of the training loss, and heterogeneity of Assumption 2 in the unit of a
        gradient.
    F_0, F_star
        Training loss at the start, and a lower bound of it.
    nu
        ``max |S_i∖S_j|``, if the allocation is not pair-wise balanced; r is then the largest number
        of subsets on a device.
    lambda_, gamma, gamma_0
        Scale of the fixed learning rate γ = λ/√(T+1), that rate itself, first decaying rate.
    T, t
        Index of the last iteration, and of any iteration.

    Raises
    ------
    ValueError
        If the numbers are outside the scope of both theorems; the message states the requirement.

    Examples
    --------
    >>> Setting(N=10, M=20, r=8, d_min=5)
    Traceback (most recent call last):
    ValueError: need d_min M <= N r, got N=10, M=20, r=8, d_min=5
    """

    N: Number
    M: Number
    r: Number
    d_min: Number
    alpha: Number = None
    c_alpha_squared: Number = None
    L: Number = None
    beta: Number = None
    F_0: Number = None
    F_star: Number = None
    nu: Number = None
    lambda_: Number = None
    gamma: Number = None
    gamma_0: Number = None
    T: Number = None
    t: Number = None

    def __post_init__(self) -> None:
        """Refuse numbers outside the scope of both theorems."""
        given = self._given()
        x = dict(zip(given, floats(**given), strict=True))
        for name in x.keys() & set(_INTEGERS):
            require(f"an integer {name}", x[name] % 1 == 0, **{name: given[name]})
        for name in x.keys() & _LEAST.keys():
            require(f"{name} >= {_LEAST[name]}", x[name] >= _LEAST[name], **{name: given[name]})
        for name in x.keys() & set(_POSITIVE):
            require(f"{name} > 0", x[name] > 0, **{name: given[name]})
        self._require_sizes(x)

    def _require_sizes(self, x: dict[str, NDArray[np.float64]]) -> None:
        """Refuse numbers that contradict each other."""
        sizes = {"N": self.N, "M": self.M, "r": self.r, "d_min": self.d_min}
        require("1 <= r <= M", (x["r"] >= 1) & (x["r"] <= x["M"]), **sizes)
        # The mean of all d_k is N r / M.
        require("d_min M <= N r", x["d_min"] * x["M"] <= x["N"] * x["r"], **sizes)
        if "nu" in x:
            require("nu <= r", x["nu"] <= x["r"], nu=self.nu, r=self.r)
        if "alpha" in x:
            byzantine = x["N"] * x["alpha"]
            # ASSUME: a float within 1e-9 of an integer stands for it, as 100 * 0.07 for 7.
            whole = np.abs(byzantine - np.rint(byzantine)) <= 1e-9
            require("an integer N alpha", whole, N=self.N, alpha=self.alpha)
        if "F_0" in x and "F_star" in x:
            require("F_star <= F_0", x["F_star"] <= x["F_0"], F_star=self.F_star, F_0=self.F_0)

    def _given(self) -> dict[str, Number]:
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    def numbers(self, *needed: str) -> dict[sympy.Symbol, Number]:
        """Return the given numbers by symbol.

        Raises
        ------
        ValueError
            If one of the `needed` is not given.
        """
        given = self._given()
        for name in needed:
            if name not in given:
                raise ValueError(f"need {name}, got none")
        return {_SYMBOLS[name]: value for name, value in given.items()}

"""Evaluate hypotheses, learning rates and bounds of the theorems in the settings of a study.

ν = max |S_i∖S_j| replaces r − r²/M. Both are equal if the allocation is pair-wise balanced, see
`theory.paper.threshold.check_general`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import sympy
import xarray as xr
from numpy.typing import NDArray

from theory.paper import theorem1, theorem2
from theory.paper.rho import in_numbers, over_threshold, threshold_in_words
from theory.paper.table1 import TABLE_I, c_alpha_squared
from theory.proving import symbols
from theory.proving.evaluation import evaluate
from theory.proving.symbols import C_squared, gamma, gamma_0, nu, rho_1, rho_2, rho_3, rho_4

Floats = NDArray[np.float64]

HYPOTHESES = {
    "rule_in_table": "a rule of Table I aggregates the messages, set for the alpha there is",
    "redrawn_identities": "the Byzantine identities are redrawn in every iteration",
    "coverage": "every subset is on some device",
    "assumption_2": "some beta bounds the heterogeneity at every x",
    "alpha": "alpha < 1/2",
    "threshold": threshold_in_words("nu"),
    "step_theorem1": "a fixed rate below rho_1/rho_2",
    "step_theorem2": "rates (33) that start below rho_1/(2 rho_2)",
}
"""The hypotheses in the order of checking; a factor is NaN if an earlier failure leaves it
undefined."""

_SHARED = ("rule_in_table", "redrawn_identities", "coverage", "assumption_2", "alpha", "threshold")
NEEDED = {
    "definition1": ("rule_in_table",),
    "lemma1": ("coverage",),
    "lemma2": ("redrawn_identities", "coverage"),
    "theorem1": (*_SHARED, "step_theorem1"),
    "theorem2": (*_SHARED, "step_theorem2"),
}
"""The hypotheses of each statement. Lemma 1 takes the heterogeneity of the iterate as β²."""

_RHO = (rho_1, rho_2, rho_3, rho_4)
_OF_N_AND_L: dict[str, Callable[[NDArray[np.int64]], Floats]] = {
    "sharpened1": lambda t: np.full(t.shape, 2.0),
    "sharpened2": lambda t: np.asarray(1 / np.sqrt(t + 1)),
}
"""γ^t divided by share·N/L for Theorems 1′ and 2′, which allow any C_α."""


def regime(constants: xr.Dataset, *, T: int) -> xr.Dataset:
    """Evaluate hypotheses, learning rates and bounds of every curve.

    Parameters
    ----------
    constants
        From `cradl.engine.bound_inputs.constants`.
    T
        Index of the last iteration.

    Returns
    -------
    The variables of `constants` and

    - ``factor`` (curve, group, hypothesis), in the order of `HYPOTHESES`: the given value over the
      allowed one, below 1 if the hypothesis holds;
    - ``c_alpha_squared`` (curve); ``rho_1`` to ``rho_4`` (curve, group);
    - ``step_size`` (curve, group, iteration);
    - ``theorem1`` and ``theorem2`` (curve, group, iteration): the right sides of (18) and (34) with
      that iteration as T, NaN if a hypothesis fails.

    Raises
    ------
    ValueError
        If a theorem is to set the rate of a curve at which its hypotheses fail.
    """
    constant = np.array([_constant(constants.isel(curve=i)) for i in range(constants.curve.size)])
    C2 = np.broadcast_to(constant[:, np.newaxis], constants["d_min"].shape)
    speaks = (constants["d_min"].to_numpy() >= 1) & np.isfinite(C2)
    values = _values(constants, C2)
    rho = {symbol: _where(speaks, values, _evaluated(symbol)) for symbol in _RHO}
    shared = _shared_factors(constants, C2, _where(speaks, values, _evaluated(over_threshold(nu))))
    _need_rates(constants, shared)
    rates = _rates(constants, rho, T)
    factors = shared | _step_factors(constants, rho, rates[..., 0], speaks)
    factor = np.stack([factors[name] for name in HYPOTHESES], axis=-1)
    of_groups = ("curve", "group")
    variables = {
        "factor": ((*of_groups, "hypothesis"), factor, "given over allowed, holds below 1"),
        "c_alpha_squared": ("curve", constant, "C_alpha^2 of Table I as printed"),
        "pairwise_balance": (
            of_groups,
            _unshared(constants),
            "r - r^2/M, the nu of pair-wise balance",
        ),
        "step_size": ((*of_groups, "iteration"), rates, "gamma^t, learning rate"),
    }
    variables |= {
        symbol.name: (of_groups, rho[symbol], f"{symbol.name} with nu for r - r^2/M")
        for symbol in _RHO
    }
    labels = {"hypothesis": list(HYPOTHESES), "iteration": np.arange(T + 1)}
    result = _assigned(constants.assign_coords(labels), variables)
    bounds = {
        name: (
            (*of_groups, "iteration"),
            _bound(result, name, rho, T),
            f"right side of ({number}) at T = t",
        )
        for name, number in {"theorem1": 18, "theorem2": 34}.items()
    }
    return _assigned(result, bounds)


def _assigned(store: xr.Dataset, variables: dict[str, tuple[Any, Floats, str]]) -> xr.Dataset:
    """Add variables without unit; `variables` is name -> (dimensions, numbers, long name)."""
    return store.assign(
        {
            name: (dimensions, array, {"long_name": says, "units": "1"})
            for name, (dimensions, array, says) in variables.items()
        }
    )


def _shared_factors(constants: xr.Dataset, C2: Floats, threshold: Floats) -> dict[str, Floats]:
    """Return the factors of the hypotheses that both theorems share, (curve, group) each."""
    shape = C2.shape
    return {
        "rule_in_table": _infinite(~np.isfinite(C2)),
        "redrawn_identities": _infinite(_of_curve(constants["identities"] != "redrawn", shape)),
        "coverage": _infinite(~(constants["d_min"].to_numpy() >= 1)),
        "assumption_2": _infinite(~np.isfinite(constants["heterogeneity_max_sq"].to_numpy())),
        "alpha": _of_curve(2 * constants["f"] / constants["N"], shape),
        "threshold": threshold,
    }


def _step_factors(
    constants: xr.Dataset,
    rho: dict[sympy.Symbol, Floats],
    first: Floats,
    speaks: NDArray[np.bool_],
) -> dict[str, Floats]:
    """Return the factors of the first learning rates, (curve, group) each."""
    with np.errstate(divide="ignore", invalid="ignore"):
        # If rho_1 is not positive, no rate is allowed.
        step = np.where(rho[rho_1] > 0, first * rho[rho_2] / rho[rho_1], np.inf)
    step = np.where(speaks, step, np.nan)
    schedule = np.broadcast_to(constants["schedule"].to_numpy()[:, np.newaxis], step.shape)
    decays = np.isin(schedule, ["theorem2", "sharpened2"])
    return {
        "step_theorem1": np.where(decays, np.inf, step),
        "step_theorem2": np.where(schedule == "theorem2", 2 * step, np.inf),
    }


def fails(bounds: xr.Dataset, statement: str) -> xr.DataArray:
    """Return (curve, group, hypothesis): true where a hypothesis of the statement fails."""
    return ~(bounds["factor"].sel(hypothesis=list(NEEDED[statement])) < 1)


def _constant(curve: xr.Dataset) -> float:
    """Return C_α² of Table I, or NaN if the table has none for the server's rule and f."""
    rule, N, f = str(curve["aggregator"].values), int(curve["N"]), int(curve["f"])
    if not curve["robust"] or rule not in TABLE_I or int(curve["tolerated"]) != f:
        return np.nan
    if sympy.Rational(f, N) >= TABLE_I[rule].alpha_below:
        return np.nan
    return float(sympy.N(c_alpha_squared(rule, N=N, f=f, D=int(curve["D"])), 30))


def _values(constants: xr.Dataset, C2: Floats) -> dict[sympy.Symbol, Floats]:
    """Return the numbers of every (curve, group) by symbol."""
    shape = C2.shape
    of_curves = {
        symbols.N: constants["N"],
        symbols.M: constants["M"],
        symbols.alpha: constants["f"] / constants["N"],
    }
    of_groups = {
        symbols.r: "most_subsets",
        symbols.d_min: "d_min",
        nu: "nu",
        symbols.L: "smoothness",
        symbols.F_0: "initial_loss",
        symbols.F_star: "minimum",
    }
    values = {symbol: _of_curve(column, shape) for symbol, column in of_curves.items()}
    values |= {symbol: constants[name].to_numpy() for symbol, name in of_groups.items()}
    beta_sq = constants["heterogeneity_max_sq"].to_numpy()
    return values | {C_squared: C2, symbols.beta: np.sqrt(beta_sq)}


def _of_curve(of_curves: xr.DataArray, shape: tuple[int, ...]) -> Floats:
    column = of_curves.to_numpy().astype(np.float64)[:, np.newaxis]
    return np.broadcast_to(column, shape)


def _infinite(failing: Any) -> Floats:
    return np.where(failing, np.inf, 0.0)


def _unshared(constants: xr.Dataset) -> Floats:
    r = constants["most_subsets"].to_numpy()
    return np.asarray(r - r**2 / constants["M"].to_numpy()[:, np.newaxis])


def _evaluated(expression: sympy.Expr) -> Callable[[dict[sympy.Symbol, Floats]], Floats]:
    return lambda values: np.asarray(in_numbers(expression, values))


def _where(
    places: NDArray[np.bool_],
    values: dict[sympy.Symbol, Floats],
    function: Callable[[dict[sympy.Symbol, Floats]], Floats],
) -> Floats:
    """Evaluate a function at the true places; return NaN elsewhere."""
    result = np.full(places.shape, np.nan)
    if places.any():
        # An infinite beta gives infinite constants, or NaN at r = M: no bound, but no error.
        with np.errstate(invalid="ignore"):
            result[places] = function(
                {symbol: numbers[places] for symbol, numbers in values.items()}
            )
    return result


def _need_rates(constants: xr.Dataset, factors: dict[str, Floats]) -> None:
    """Refuse curves whose schedule names a theorem that allows no rate there."""
    problems = []
    for i, schedule in enumerate(constants["schedule"].to_numpy()):
        failing = [name for name in _SHARED if not (factors[name][i] < 1).all()]
        if str(schedule).startswith("theorem") and failing:
            most = float(factors[failing[0]][i].max())
            got = f" (by a factor of {most:.6g})" if np.isfinite(most) else ""
            label = str(constants["label"].to_numpy()[i])
            problems.append(f"{label}, {schedule}: fails that {HYPOTHESES[failing[0]]}{got}")
    if problems:
        listed = "; ".join(problems)
        raise ValueError(f"need a theorem that allows a learning rate for each curve, got {listed}")


def _rates(constants: xr.Dataset, rho: dict[sympy.Symbol, Floats], T: int) -> Floats:
    """Return γ^t (curve, group, iteration)."""
    fixed = _of_curve(constants["fixed_step_size"], rho[rho_1].shape)
    rates = np.repeat(fixed[..., np.newaxis], T + 1, axis=-1)
    iterations = np.arange(T + 1)
    for i, schedule in enumerate(constants["schedule"].to_numpy()):
        if schedule == "fixed":
            continue
        if schedule in _OF_N_AND_L:
            largest = constants["share"][i].item() * constants["N"][i].item()
            largest = largest / constants["smoothness"].isel(curve=i).to_numpy()[:, np.newaxis]
            rates[i] = largest * _OF_N_AND_L[schedule](iterations[np.newaxis])
            continue
        largest = float(constants["share"][i]) * rho[rho_1][i] / rho[rho_2][i]
        if schedule == "theorem1_lambda":
            largest = largest / np.sqrt(T + 1)
        if schedule == "theorem2":
            values = {symbol: rho[symbol][i][:, np.newaxis] for symbol in _RHO}
            values |= {gamma_0: largest[:, np.newaxis] / 2, symbols.t: iterations[np.newaxis]}
            rates[i] = _plain(theorem2.STABLE, values)
        else:
            rates[i] = largest[:, np.newaxis]
    return rates


def _plain(expression: sympy.Expr, values: dict[sympy.Symbol, Floats]) -> Floats:
    """Evaluate an expression in which ρ1 to ρ4 are given as numbers."""
    return np.asarray(evaluate(expression, values))


def _bound(bounds: xr.Dataset, statement: str, rho: dict[sympy.Symbol, Floats], T: int) -> Floats:
    """Evaluate (18) or (34) for every prefix; return NaN if a hypothesis fails."""
    result = np.full(bounds["step_size"].shape, np.nan)
    holds = ~fails(bounds, statement).any("hypothesis").to_numpy()
    if not holds.any():
        return result
    values = {symbol: rho[symbol][holds][:, np.newaxis] for symbol in _RHO}
    names = {symbols.F_0: "initial_loss", symbols.F_star: "minimum"}
    values |= {
        symbol: bounds[name].to_numpy()[holds][:, np.newaxis] for symbol, name in names.items()
    }
    first = bounds["step_size"].to_numpy()[holds][:, :1]
    values[gamma if statement == "theorem1" else gamma_0] = first
    values[symbols.T] = np.arange(T + 1)[np.newaxis]
    in_gamma = theorem1.PRINTED["18"].subs(symbols.lambda_, gamma * theorem1.root)
    expression = {"theorem1": in_gamma, "theorem2": theorem2.PRINTED["34"]}[statement]
    result[holds] = _plain(expression, values)
    return result

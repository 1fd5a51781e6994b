"""Which rows of the tables `cradl.engine.stages.stretch` knows, by the functions in them.

A row whose function is not here, such as a plugin's, runs step by step.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from cradl import aggregation, attacks, methods, problems
from cradl.engine import stages
from cradl.numerics import selection, slopes

_SLOPES: dict[Callable[..., Any], int] = {
    problems.residual: slopes.RESIDUAL,
    problems.minus_doubt: slopes.LOGISTIC,
    problems.geman_mcclure_slope: slopes.GEMAN_MCCLURE,
}
_RULES: dict[Callable[..., Any], int] = {
    aggregation.mean: selection.MEAN,
    aggregation.median: selection.MEDIAN,
    aggregation.trimmed_mean: selection.TRIMMED_MEAN,
    aggregation.phocas: selection.PHOCAS,
}
_ATTACKS: dict[Callable[..., Any], int] = {
    attacks.sign_flipping: stages.SIGN_FLIPPING,
    attacks.gaussian: stages.GAUSSIAN,
    attacks.sample_duplicating: stages.DUPLICATING,
    attacks.inner_product: stages.INNER_PRODUCT,
    attacks.little_is_enough: stages.LITTLE_IS_ENOUGH,
}


def codes_of(
    method: methods.Method,
    rule: aggregation.Rule,
    attack: attacks.Attack,
    problem: problems.Problem,
    *,
    parameters: Any,
    N: int,
    f: int,
    tolerated: int,
) -> stages.Codes | None:
    """Return the codes of a run's rows; None if it has to run step by step."""
    slope, crafted = _SLOPES.get(problem.slope), _ATTACKS.get(attack.craft)
    if method.decode is methods.average:
        decoded: int | None = selection.MEAN
    elif method.decode is methods.aggregate:
        decoded = _RULES.get(rule.aggregate)
    else:
        decoded = selection.MEAN if method.decode is methods.average_honest else None
    if slope is None or decoded is None or (f and crafted is None):
        return None
    honest = method.decode is methods.average_honest
    return stages.Codes(
        slope,
        crafted or 0,
        stages.HONEST_MEAN if honest else stages.BY_RULE,
        decoded,
        f,
        tolerated,
        _number(crafted, parameters, N - f, f) if f else 0.0,
    )


def _number(attack: int | None, parameters: Any, n: int, f: int) -> float:
    """Return the number that the compiled attack takes."""
    if attack == stages.SIGN_FLIPPING:
        return float(parameters.coefficient)
    if attack == stages.GAUSSIAN:
        return float(np.sqrt(parameters.variance))
    if attack == stages.DUPLICATING:
        return float(parameters.victim == "common")
    if attack == stages.INNER_PRODUCT:
        return float(parameters.scale)
    return attacks.supported_shift(n, f)

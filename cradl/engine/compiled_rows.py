"""Rows of the tables that `cradl.engine.stages.stretch` knows, by the functions in them.

A row whose function is not here, such as a plugin's, runs step by step.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from cradl import aggregation, attacks, methods, problems
from cradl.composition import Composed
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
    aggregation.meamed: selection.MEAMED,
}
_ATTACKS: dict[Callable[..., Any], int] = {
    attacks.sign_flipping: stages.SIGN_FLIPPING,
    attacks.gaussian: stages.GAUSSIAN,
    attacks.sample_duplicating: stages.DUPLICATING,
    attacks.inner_product: stages.INNER_PRODUCT,
    attacks.little_is_enough: stages.LITTLE_IS_ENOUGH,
    attacks.best_reply: stages.BEST_REPLY,
}


def codes_of(
    method: methods.Method,
    applied: Composed,
    attack: attacks.Attack,
    problem: problems.Problem,
    *,
    parameters: Any,
    N: int,
    f: int,
    tolerated: int,
) -> stages.Codes | None:
    """Return the codes of a run's rows; None if it has to run step by step."""
    rule = applied.rule
    slope, crafted = _SLOPES.get(problem.slope), _ATTACKS.get(attack.craft)
    if method.decode is methods.average:
        decoded: int | None = selection.MEAN
    elif method.decode is methods.aggregate:
        decoded = _RULES.get(rule.aggregate) if applied.plain else None
    else:
        decoded = selection.MEAN if method.decode is methods.average_honest else None
    if slope is None or decoded is None or (f and crafted is None):
        return None
    if method.uses_rule and not 0 <= tolerated <= rule.max_f(N):
        return None
    honest = method.decode is methods.average_honest
    known = 2 * f < N and _reply_known(rule, decoded, honest=honest)
    if crafted == stages.BEST_REPLY and not known:
        return None
    return stages.Codes(
        slope,
        crafted or 0,
        stages.HONEST_MEAN if honest else stages.BY_RULE,
        decoded,
        f,
        tolerated,
        _number(crafted, parameters, N - f, f) if f else 0.0,
    )


def _reply_known(rule: aggregation.Rule, decoded: int, *, honest: bool) -> bool:
    """Tell whether the compiled best reply is that of the row."""
    if honest or decoded == selection.MEAN:
        return False
    if decoded == selection.PHOCAS:
        return rule.worst_reply is aggregation.worst_reply_to_phocas
    return rule.coordinatewise and "monotone" in rule.contracts and rule.worst_reply is None


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
    if attack == stages.BEST_REPLY:
        return float(parameters.aim == "ascent")
    return attacks.supported_shift(n, f)

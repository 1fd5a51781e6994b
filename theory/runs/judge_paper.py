"""Judge every statement of the paper on every curve of measured runs.

Definition 1 and Lemma 1 are judged at every iterate of every run, Lemma 2 by the exact expectation
at every iterate, and the theorems by intervals for expectations over the attack's random draws.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from theory.runs.hypotheses import NEEDED
from theory.runs.pairs import Floats, Pair, pairs
from theory.runs.statements import DIAGNOSED, STATEMENTS, Finding, tells_start


def theorems(
    bounds: Mapping[str, xr.Dataset], measured: Mapping[str, xr.Dataset], *, level: float = 0.95
) -> pd.DataFrame:
    """Judge every statement on every curve.

    Parameters
    ----------
    bounds
        By experiment, from `theory.runs.hypotheses.regime`.
    measured
        By experiment, the runs of the same curves (curve, trial, iteration).
    level
        Confidence of the intervals of a row, for all prefixes and groups simultaneously.

    Returns
    -------
    One row per experiment, curve and statement. ``verdict`` is one of

    - verified: the bound is at or above the whole interval of the measured side everywhere;
    - refuted: the bound is below the whole interval of the measured side somewhere;
    - undecided: neither;
    - not measured: the runs have no finite iterate, or lack the diagnostics of the statement;
    - not applicable: a hypothesis fails; ``failing`` names the first, ``factor`` tells by how much.

    ``measured``, its interval ``low`` to ``high``, ``bound`` and ``ratio`` are those of the
    iteration and group with the least ratio. The ratio is the bound over ``high``, or over
    ``measured`` if nothing is estimated. For Lemma 2 the interval is that of the mean over trials
    at iteration 0, which must contain the exact expectation. ``margins`` is JSON: the largest
    factor of every hypothesis over the groups.

    Raises
    ------
    ValueError
        If stores do not match, or a number is missing.
    """
    if not 0 < level < 1:
        raise ValueError(f"need 0 < level < 1, got {level}")
    starts = sum(int(tells_start(pair).sum()) for pair in pairs(bounds, measured))
    rows = []
    for pair in pairs(bounds, measured):
        tables = [_rows(pair, name, level, starts) for name in STATEMENTS]
        rows += [row for of_curve in zip(*tables, strict=True) for row in of_curve]
    return pd.DataFrame(rows).astype({"iteration": "Int64"})


_CONSTANTS = ("smoothness", "heterogeneity_max_sq", "initial_loss", "minimum")


def _found(pair: Pair, statement: str, factor: Floats, level: float, starts: int) -> list[Finding]:
    """Judge a statement on every curve; `factor` is (curve, group, hypothesis)."""
    findings = [_failing(pair.name, NEEDED[statement], of_curve) for of_curve in factor]
    applies = np.flatnonzero((factor < 1).all(axis=(1, 2)))
    row = STATEMENTS[statement]
    if applies.size and (not row.diagnosed or set(DIAGNOSED) <= set(pair.runs)):
        judged = row.find(pair.of(applies), level, starts)
        for curve, finding in zip(applies, judged, strict=True):
            findings[curve] = finding
    return findings


def _rows(pair: Pair, statement: str, level: float, starts: int) -> list[dict[str, Any]]:
    """Return the row of a statement for every curve of an experiment."""
    names = NEEDED[statement]
    factor = pair.factors(names)
    findings = _found(pair, statement, factor, level, starts)
    of_groups = {name: pair.of_groups(name) for name in _CONSTANTS}
    heads = zip(pair.bounds["label"].to_numpy(), _forms(pair, statement), findings, strict=True)
    rows = []
    for curve, (label, form, finding) in enumerate(heads):
        at = {name: float(array[curve, finding.group]) for name, array in of_groups.items()}
        beta_sq = at["heterogeneity_max_sq"] if finding.beta_sq is None else finding.beta_sq
        decided = finding._asdict()
        del decided["group"], decided["beta_sq"]
        rows.append(
            {
                "experiment": pair.name,
                "curve": str(label),
                "statement": statement,
                "form": form,
                **decided,
                "trials": pair.runs.sizes["trial"],
                "groups": pair.bounds.sizes["group"],
                "L": at["smoothness"],
                "beta_sq": beta_sq,
                "gap": at["initial_loss"] - at["minimum"],
                "margins": _margins(names, factor[curve]),
            }
        )
    return rows


def _forms(pair: Pair, statement: str) -> list[str]:
    """Return for every curve whether the bound is the printed one or has ν for r − r²/M."""
    if statement == "definition1":
        return [""] * pair.bounds.sizes["curve"]
    nu, balance = pair.of_groups("nu"), pair.of_groups("pairwise_balance")
    same = np.atleast_1d(np.isclose(nu, balance, rtol=1e-12, atol=0).all(axis=1)).tolist()
    overlap = STATEMENTS[statement].overlap
    return ["nu for r - r^2/M" if overlap and not balanced else "printed" for balanced in same]


def _worst(factor: Floats) -> Floats:
    """Return the largest factor over the groups (hypothesis); NaN only if all are NaN."""
    return np.asarray(np.fmax.reduce(factor, axis=0))


def _failing(experiment: str, names: Sequence[str], factor: Floats) -> Finding:
    """Return the first hypothesis that fails, and the group where it fails most."""
    fails = ~(factor < 1)
    if not fails.any():
        return Finding("not measured")
    first = int(np.argmax(fails.any(axis=0)))
    largest = float(_worst(factor)[first])
    if np.isnan(factor[fails[:, first], first]).any():
        raise ValueError(f"need a factor of {names[first]} in {experiment}, got NaN")
    group = int(np.nanargmax(factor[:, first]))
    return Finding("not applicable", failing=names[first], factor=largest, group=group)


def _margins(names: Sequence[str], factor: Floats) -> str:
    """Return the largest factors as JSON, infinity as a string, undefined ones left out."""
    worst = dict(zip(names, _worst(factor).tolist(), strict=True))
    margins = {
        name: "inf" if ratio == np.inf else ratio for name, ratio in worst.items() if ratio == ratio
    }
    return json.dumps(margins, allow_nan=False)

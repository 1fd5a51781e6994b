"""Print answers as text or as JSON, on streams of any encoding."""

import json
import math
import sys
from collections.abc import Mapping
from typing import Any

import sympy

from theory.proving.evaluation import Hypothesis


def finite(value: Any) -> float:
    """Round an exact number; thirty digits first, because sums of surds may nearly cancel.

    Raises
    ------
    ValueError
        If it fits no floating-point number.
    """
    try:
        rounded = float(sympy.N(sympy.sympify(value), 30))
    except (OverflowError, TypeError):
        rounded = math.nan
    if not math.isfinite(rounded):
        raise ValueError("need numbers for which the answer fits a floating-point number")
    return rounded


def all_finite(values: Mapping[str, Any]) -> dict[str, float]:
    """Return numbers as `finite`, by name."""
    return {name: finite(value) for name, value in values.items()}


def readable(condition: Hypothesis) -> dict[str, Any]:
    """Return a hypothesis for JSON, which has no infinity: null means that nothing is allowed."""
    factor = float(sympy.N(sympy.sympify(condition.factor), 30))
    shown = factor if math.isfinite(factor) else None
    return {"name": condition.name, "holds": bool(condition.holds), "factor": shown}


def write_json(answer: Any) -> None:
    """Write valid JSON."""
    json.dump(answer, sys.stdout, indent=2, allow_nan=False)
    sys.stdout.write("\n")


def write(answer: Mapping[str, Any], *, as_json: bool) -> int:
    """Write an answer: hypotheses, what is assumed, constants, result; return the exit code."""
    failed = not all(condition["holds"] for condition in answer.get("hypotheses", ()))
    if as_json:
        write_json(answer)
        return int(failed)
    for condition in answer.get("hypotheses", ()):
        share = condition["factor"]
        factor = "nothing allowed" if share is None else f"{share:.6g} times what is allowed"
        verdict = "holds" if condition["holds"] else "FAILS"
        sys.stdout.write(f"{verdict}  {condition['name']}: {factor}\n")
    for says in answer.get("assumed", ()):
        sys.stdout.write(f"assumed  {says}\n")
    meaning = answer.get("meaning", {})
    for part in ("constants", "result"):
        for name, value in answer.get(part, {}).items():
            says = f"  {meaning[name]}" if name in meaning else ""
            sys.stdout.write(f"{name:<16}  {value:<14.12g}{says}".rstrip() + "\n")
    return int(failed)


def any_encoding() -> None:
    """Let streams escape letters that their encoding lacks."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")

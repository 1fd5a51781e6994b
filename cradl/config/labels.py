"""The names of curves in legends and stores: method, rule, and what sets them apart."""

from collections.abc import Mapping, Sequence
from typing import Any

from cradl.aggregation import RULES
from cradl.allocation import ALLOCATIONS
from cradl.attacks import ATTACKS
from cradl.methods import METHODS
from cradl.pre_aggregation import PRE_AGGREGATIONS
from cradl.rows import Table

# Their values say nothing without the key, or are the user's own names.
_NAMED = {"dataset", "withstand"}
_APART = frozenset({"label", "pre_aggregation"})
_SYMBOLS = {"alpha": "α", "r": "r", "sigma_h": "σ_H", "N": "N", "step_size": "γ"}


def labels(curves: Sequence[Mapping[str, Any]]) -> list[str]:
    """Label the curves of one experiment.

    A curve's own ``label`` wins. Otherwise: the method's printed name, its rule in parentheses, and
    what sets it apart from the curves of the same method and rule. Of settings without method or
    rule, the rest is said.
    """
    return [
        curve.get("label", ", ".join(filter(None, [_base(curve), variant])))
        for curve, variant in zip(curves, variants(curves), strict=True)
    ]


def variants(curves: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say of each curve in what it differs from those of the same method and rule; "": nothing."""
    bases = [_base(curve) for curve in curves]
    alike: dict[str, list[Mapping[str, Any]]] = {}
    for curve, base in zip(curves, bases, strict=True):
        alike.setdefault(base, []).append(curve)
    # What differs from the first of them varies; of that, each curve differs from some other.
    varying = {
        base: {
            key for one in group for key in {*one, *group[0]} if one.get(key) != group[0].get(key)
        }
        for base, group in alike.items()
    }
    return [
        ", ".join(
            [
                *_before(curve),
                *(_detail(key, curve[key]) for key in curve if key in varying[base] - _APART),
            ]
        )
        for curve, base in zip(curves, bases, strict=True)
    ]


def _before(curve: Mapping[str, Any]) -> list[str]:
    """Name the pre-aggregation, which sets a curve apart even if all others have it."""
    chosen = curve.get("pre_aggregation", {"name": "none"})
    return [] if chosen["name"] == "none" else [_chosen(PRE_AGGREGATIONS, chosen)]


def _chosen(table: Table[Any], value: Mapping[str, Any]) -> str:
    parameters = [f"{name} {one}" for name, one in value.items() if name != "name"]
    return " ".join([table.printed(value["name"]), *parameters])


def _base(curve: Mapping[str, Any]) -> str:
    """Return the printed method with its rule, as far as these are among the settings."""
    method = METHODS.printed(curve["method"]) if "method" in curve else ""
    uses_rule = "aggregator" in curve and (not method or METHODS[curve["method"]].uses_rule)
    rule = RULES.printed(curve["aggregator"]) if uses_rule else ""
    return f"{method} ({rule})" if method and rule else method or rule


def _detail(key: str, value: Any) -> str:
    if key == "attack":
        return _chosen(ATTACKS, value)
    if key == "allocation":
        return ALLOCATIONS.printed(value)
    if key == "step_size" and isinstance(value, Mapping):
        return f"γ: {_words(value['schedule'])}, share {value['share']:.15g}"
    if isinstance(value, str) and key not in _NAMED:
        return _words(value)
    # 15 digits tell apart whatever a study tells apart.
    shown = value if isinstance(value, str) else f"{value:.15g}"
    return f"{_SYMBOLS.get(key, key)} = {shown}"


def _words(name: str) -> str:
    return name.replace("_", " ")

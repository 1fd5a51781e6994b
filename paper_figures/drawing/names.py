"""How figures and tables call rules, statements, their forms and hypotheses, in this one place."""

import re
from collections.abc import Mapping
from typing import NamedTuple

RULES: Mapping[str, str] = {
    "median": "Median",
    "trimmed_mean": "Trimmed mean",
    "geometric_median": "Geometric median",
    "krum": "Krum",
    "phocas": "Phocas",
    "faba": "FABA",
}
"""The rules of Table I, in its order."""

_OTHER_RULES: Mapping[str, str] = {
    "multi_krum": "Multi-Krum",
    "meamed": "MeaMed",
    "caf": "CAF",
    "cge": "CGE",
    "mda": "MDA",
    "smea": "SMEA",
    "monna": "MoNNA",
}
"""Rules that are not of Table I and whose names are not their keys' words."""

STATEMENTS: Mapping[str, str] = {
    "definition1": "Definition 1",
    "lemma1": "Lemma 1",
    "lemma2": "Lemma 2",
    "theorem1": "Theorem 1",
    "theorem2": "Theorem 2",
    "sharpened1": "Theorem 1′",
    "sharpened2": "Theorem 2′",
    "sharpened3": "Theorem 3′",
}

FORMS: Mapping[str, str] = {
    "nu for r - r^2/M": "ν for r − r²/M",
    "sigma measured": "σ measured",
}
"""Forms of statements that are written with the paper's letters; others read as they are."""


DATASETS: Mapping[str, str] = {"section_v": "Section V"}
"""Data sets that figures call by the place in the paper."""

ATTACKS: Mapping[str, str] = {
    "sign flipping": "sign-flipping",
    "gaussian": "Gaussian",
    "sample duplicating": "duplicating",
    "best reply": "best reply",
    "inner product": "inner product",
    "little is enough": "little is enough",
    "mimic": "mimic",
    "min-max": "min-max",
    "min-sum": "min-sum",
    "large norm": "large norm",
    "omission": "omission",
    "label flipping": "label-flipping",
    "optimal inner product": "optimal inner product",
    "optimal little is enough": "optimal little is enough",
}
"""The attacks as figures call them, by how labels of curves begin."""


ALLOCATIONS: Mapping[str, str] = {
    "spread": "even overlaps",
    "regular": "random, regular",
    "cyclic": "neighbours in a row",
    "grouped": "equal groups",
}
"""Allocations in words."""


class Hypothesis(NamedTuple):
    """One hypothesis of the theorems."""

    name: str
    """In tables, plain text."""
    failing: str
    """Why there is no bound if it fails, with mathematics as Matplotlib reads it."""


HYPOTHESES: Mapping[str, Hypothesis] = {
    "rule_in_table": Hypothesis("rule of Table I", "no constant in Table I"),
    "redrawn_identities": Hypothesis("redrawn identities", "identities persist"),
    "coverage": Hypothesis("every subset on a device", "a subset is on no device"),
    "assumption_2": Hypothesis("Assumption 2", r"no $\beta$ holds everywhere"),
    "alpha": Hypothesis("α < 1/2", r"$\alpha$ too large"),
    "threshold": Hypothesis("threshold on C_α", r"$C_\alpha$ too large"),
    "step_theorem1": Hypothesis("learning rate", r"$\gamma$ too large"),
    "step_theorem2": Hypothesis("learning rate", r"$\gamma^0$ too large"),
    # Of the sharpened theorems.
    "rule": Hypothesis("known constant of the rule", "no constant known"),
    "spread": Hypothesis("bounded differences of messages", "differences not bounded"),
    "rate": Hypothesis("learning rate", r"$\gamma$ too large"),
    "relative": Hypothesis("error below the gradient’s share", "error too large"),
    "curvature": Hypothesis("least curvature above zero", "no least curvature"),
}


def rule_name(rule: str) -> str:
    """Return the printed name of a rule; a rule that is not of Table I has its key's words.

    A rule of another library has its name there.

    Examples
    --------
    >>> rule_name("faba"), rule_name("centered_clipping"), rule_name("byzfl.TrMean")
    ('FABA', 'Centered clipping', 'byzfl.TrMean')
    """
    if "." in rule:
        return rule
    known = {**RULES, **_OTHER_RULES}
    return known.get(rule, rule.replace("_", " ").capitalize())


def hypothesis_name(key: str) -> str:
    """Return the name of a hypothesis in tables; an unknown one has its key."""
    return HYPOTHESES[key].name if key in HYPOTHESES else key


def failing(key: str) -> str:
    """Return why there is no bound if a hypothesis fails; for an unknown one, its key."""
    return HYPOTHESES[key].failing if key in HYPOTHESES else key


def allocation_name(key: str) -> str:
    """Return an allocation in words; a key not known here has its own.

    Examples
    --------
    >>> allocation_name("grouped"), allocation_name("traded_20"), allocation_name("by_hand")
    ('equal groups', 'groups, 20 trades', 'by hand')
    """
    words = re.sub(r"^traded_(\d+)$", r"groups, \1 trades", key)
    return ALLOCATIONS.get(key, words.replace("_", " "))


def plain_variant(variant: str) -> str:
    """Return what sets a curve apart, in the words of a row's label.

    Examples
    --------
    >>> plain_variant("dataset = tumours"), plain_variant("gaussian variance 10000")
    ('tumours data', 'Gaussian, variance 10000')
    """
    for key, name in ATTACKS.items():
        if variant.startswith(key):
            return ", ".join(filter(None, [name, variant.removeprefix(key).strip()]))
    return re.sub(r"dataset = ([^,]*)", r"\1 data", variant).replace("_", " ")

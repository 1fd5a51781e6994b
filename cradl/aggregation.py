"""Aggregation rules. A rule is a pure function of the messages and a row of `RULES`.

A rule is called as ``rule(messages, *, f)`` with `messages` (N, D), one row a device, and f the
number of Byzantine messages it has to tolerate; it returns (D,). What the rules compute is in
`cradl.rules`.
"""

import functools
from typing import Any

from cradl import libraries
from cradl.arrays import Floats
from cradl.rows import Table
from cradl.rule import Rule
from cradl.rules.clipping import CenteredClipping, Huber
from cradl.rules.coordinates import (
    meamed,
    mean,
    median,
    phocas,
    trimmed_mean,
    worst_reply_to_phocas,
)
from cradl.rules.covariance import caf
from cradl.rules.messages import bulyan, cge, faba, geometric_median, krum, monna, multi_krum
from cradl.rules.subsets import largest_enumerable, mda, smea, subsets_of

__all__ = [
    "RULES",
    "CenteredClipping",
    "Huber",
    "Rule",
    "bulyan",
    "caf",
    "cge",
    "faba",
    "geometric_median",
    "krum",
    "mda",
    "meamed",
    "mean",
    "median",
    "monna",
    "multi_krum",
    "phocas",
    "smea",
    "trimmed_mean",
    "worst_reply_to_phocas",
]


def _largest_minority(N: int) -> int:
    return (N - 1) // 2


_EQUIVARIANT = frozenset({"permutation", "translation", "scaling"})
_BY_COORDINATE = _EQUIVARIANT | {"coordinatewise"}
_ROBUST_MEAN = frozenset({"mean_without_attack", "bounded"})


class _Rules(Table[Rule]):
    """The table of rules, in which those of other libraries can be looked up as well."""

    def __getitem__(self, name: str) -> Rule:
        """Return the row of this name; ``library.Rule`` is a rule of an installed library.

        Raises
        ------
        cradl.libraries.NotThere
            The library is not installed.
        """
        row = self._rows.get(name)
        return _of_library(name) if row is None else row


@functools.cache
def _of_library(name: str) -> Rule:
    """Return a row for ``library.Rule``: it takes the f of its definition, and promises nothing."""
    if name not in libraries.names():
        raise KeyError(name)
    library, _, rule = name.partition(".")
    found = libraries.rules_of(library)[rule]

    def aggregate(messages: Floats, f: int) -> Any:
        return found.aggregate(messages, f)

    # As of a user's row, what it returns is checked, and what it raises is told with its name.
    aggregate.__module__ = library
    defined = RULES[found.definition]
    row = Rule(
        name=name,
        aggregate=aggregate,
        max_f=defined.max_f,
        contracts=frozenset(),
        subsets=defined.subsets,
    )
    object.__setattr__(row, "key", f"{RULES.title}[{name!r}]")
    return row


RULES = _Rules(
    "RULES",
    Rule,
    {
        "mean": Rule(
            aggregate=mean,
            max_f=lambda N: N,
            contracts=_BY_COORDINATE | {"linear", "mean_without_attack", "monotone"},
        ),
        "median": Rule(
            aggregate=median,
            max_f=_largest_minority,
            contracts=_BY_COORDINATE | {"bounded", "monotone"},
        ),
        "trimmed_mean": Rule(
            aggregate=trimmed_mean,
            max_f=_largest_minority,
            contracts=_BY_COORDINATE | {"mean_without_attack", "bounded", "monotone"},
        ),
        "geometric_median": Rule(
            aggregate=geometric_median,
            max_f=_largest_minority,
            contracts=_EQUIVARIANT | {"bounded"},
        ),
        "krum": Rule(
            name="Krum",
            aggregate=krum,
            max_f=lambda N: (N - 3) // 2,
            contracts=_EQUIVARIANT | {"bounded"},
        ),
        "phocas": Rule(
            name="Phocas",
            aggregate=phocas,
            max_f=_largest_minority,
            contracts=_BY_COORDINATE | {"mean_without_attack", "bounded"},
            worst_reply=worst_reply_to_phocas,
        ),
        "faba": Rule(
            name="FABA",
            aggregate=faba,
            max_f=_largest_minority,
            contracts=_EQUIVARIANT | {"mean_without_attack", "bounded"},
        ),
        "multi_krum": Rule(
            name="Multi-Krum",
            aggregate=multi_krum,
            max_f=lambda N: (N - 3) // 2,
            contracts=_EQUIVARIANT | _ROBUST_MEAN,
        ),
        "meamed": Rule(
            name="MeaMed",
            aggregate=meamed,
            max_f=_largest_minority,
            contracts=_BY_COORDINATE | _ROBUST_MEAN,
        ),
        "bulyan": Rule(
            name="Bulyan",
            aggregate=bulyan,
            max_f=lambda N: (N - 3) // 4,
            contracts=_ROBUST_MEAN | {"translation", "scaling"},
        ),
        "caf": Rule(
            name="CAF",
            aggregate=caf,
            max_f=_largest_minority,
            contracts=_EQUIVARIANT | _ROBUST_MEAN,
        ),
        "cge": Rule(
            name="CGE",
            aggregate=cge,
            max_f=_largest_minority,
            contracts=_ROBUST_MEAN | {"permutation", "scaling"},
        ),
        "mda": Rule(
            name="MDA",
            aggregate=mda,
            max_f=largest_enumerable,
            subsets=subsets_of,
            contracts=_EQUIVARIANT | _ROBUST_MEAN,
        ),
        "smea": Rule(
            name="SMEA",
            aggregate=smea,
            max_f=largest_enumerable,
            subsets=subsets_of,
            contracts=_EQUIVARIANT | _ROBUST_MEAN,
        ),
        "monna": Rule(
            name="MoNNA",
            aggregate=monna,
            max_f=_largest_minority,
            contracts=frozenset({"translation", "scaling", "mean_without_attack"}),
        ),
        "centered_clipping": Rule(
            name="centered clipping at 10",
            aggregate=CenteredClipping(scale=10.0, iterations=1),
            max_f=_largest_minority,
            contracts=frozenset({"permutation", "bounded"}),
            remembers=True,
        ),
        "huber": Rule(
            name="Huber at 10",
            aggregate=Huber(scale=10.0),
            max_f=_largest_minority,
            contracts=frozenset({"permutation", "translation", "bounded"}),
        ),
    },
)

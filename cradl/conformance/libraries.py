"""What is judged: the rules of libraries, those of cradl, and any function."""

import importlib
from typing import Any, NamedTuple

import numpy as np

from cradl.aggregation import RULES
from cradl.arrays import Floats
from cradl.libraries import LIBRARIES, Aggregate, NotThere, rules_of

JUDGED = ("cradl", *LIBRARIES)
"""The libraries that are known; the first one is this one."""


class Peer(NamedTuple):
    """A rule of a library.

    Attributes
    ----------
    library, name
        Whose, and as it is called there.
    rule
        The key of its definition in `RULES`.
    aggregate
        ``aggregate(messages, f)`` of (N, D), returning (D,).
    """

    library: str
    name: str
    rule: str
    aggregate: Aggregate


def peers_of(library: str) -> list[Peer]:
    """Return the rules of a library.

    Raises
    ------
    NotThere
        It is not installed, or does not import.
    """
    if library == "cradl":
        return [Peer(library, rule, rule, _own(rule)) for rule in RULES.own]
    found = rules_of(library)
    return [Peer(library, name, one.definition, one.aggregate) for name, one in found.items()]


def _own(rule: str) -> Aggregate:
    return lambda messages, f: RULES[rule](messages, f=f)


def peer_of(place: str, rule: str, calls: str) -> Peer:
    """Return any function as a rule.

    Parameters
    ----------
    place
        ``module:function``.
    rule
        The key of its definition in `RULES`.
    calls
        A Python expression of ``function``, ``messages`` (N, D), ``f``, ``N`` and ``np``.

    Raises
    ------
    NotThere
        No such module, or no such function.

    Examples
    --------
    >>> peer = peer_of("numpy:median", "median", "function(messages, axis=0)")
    >>> float(peer.aggregate(np.array([[1.0], [5.0], [2.0]]), 1)[0])
    2.0
    """
    module, _, name = place.partition(":")
    try:
        function = importlib.import_module(module)
        for part in name.split("."):
            function = getattr(function, part)
    except (ImportError, AttributeError) as error:
        raise NotThere("module:function that imports", f"{place}: {error}") from error
    code = compile(calls, "--calls", "eval")

    def aggregate(messages: Floats, f: int) -> Any:
        names = {"function": function, "messages": messages, "f": f, "N": len(messages), "np": np}
        return eval(code, names)

    return Peer(module, name, rule, aggregate)

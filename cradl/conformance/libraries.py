"""Libraries with aggregation rules, each called as documented: on NumPy arrays, or on tensors.

None of them is a dependency: a library is imported when it is judged.
"""

import importlib
import importlib.metadata
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from cradl.aggregation import RULES
from cradl.arrays import Floats

Aggregate = Callable[[Floats, int], Any]
CLIPPED_AT = 10.0
"""The scale of centered clipping in the row of `RULES`."""


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


class NotThere(Exception):
    """A library that is not installed, or does not import; says why."""


def _byzfl(library: Any) -> dict[str, tuple[str, Aggregate]]:
    """Objects that are called; those that tolerate f are made with it."""

    def of(name: str, **given: Any) -> Aggregate:
        return lambda messages, _f: getattr(library, name)(**given)(messages)

    def with_f(name: str) -> Aggregate:
        return lambda messages, f: getattr(library, name)(f=f)(messages)

    tolerant = {
        "TrMean": "trimmed_mean",
        "Krum": "krum",
        "MultiKrum": "multi_krum",
        "MDA": "mda",
        "MoNNA": "monna",
        "Meamed": "meamed",
        "CAF": "caf",
        "SMEA": "smea",
    }
    return {
        "Average": ("mean", of("Average")),
        "Median": ("median", of("Median")),
        "GeometricMedian": ("geometric_median", of("GeometricMedian")),
        "CenteredClipping": ("centered_clipping", of("CenteredClipping", tau=CLIPPED_AT)),
        **{name: (rule, with_f(name)) for name, rule in tolerant.items()},
    }


def _byzpy(_library: Any) -> dict[str, tuple[str, Aggregate]]:
    """Objects with a method `aggregate` of tensors, in modules of their own."""
    torch = importlib.import_module("torch")

    def of(module: str, name: str, given: Callable[[int, int], Any]) -> Aggregate:
        made = getattr(importlib.import_module(f"byzpy.aggregators.{module}"), name)

        def aggregate(messages: Floats, f: int) -> Any:
            sent = list(torch.from_numpy(messages))
            return made(**given(len(messages), f)).aggregate(sent).numpy()

        return aggregate

    def alone(_N: int, f: int) -> dict[str, int]:
        return {"f": f}

    def nothing(_N: int, _f: int) -> dict[str, int]:
        return {}

    clipping = {"c_tau": CLIPPED_AT, "M": 1, "init": "zero"}
    rows = {
        ("coordinate_wise.median", "CoordinateWiseMedian"): ("median", nothing),
        ("coordinate_wise.trimmed_mean", "CoordinateWiseTrimmedMean"): ("trimmed_mean", alone),
        ("coordinate_wise.mean_of_medians", "MeanOfMedians"): ("meamed", alone),
        ("geometric_wise.geometric_median", "GeometricMedian"): ("geometric_median", nothing),
        ("geometric_wise.krum", "Krum"): ("krum", alone),
        ("geometric_wise.krum", "MultiKrum"): ("multi_krum", lambda N, f: {"f": f, "q": N - f}),
        ("geometric_wise.minimum_diameter_average", "MinimumDiameterAveraging"): ("mda", alone),
        ("geometric_wise.monna", "MoNNA"): ("monna", alone),
        ("geometric_wise.smea", "SMEA"): ("smea", alone),
        ("norm_wise.caf", "CAF"): ("caf", alone),
        ("norm_wise.center_clipping", "CenteredClipping"): (
            "centered_clipping",
            lambda _N, _f: clipping,
        ),
        ("norm_wise.comparative_gradient_elimination", "ComparativeGradientElimination"): (
            "cge",
            alone,
        ),
    }
    return {name: (rule, of(module, name, given)) for (module, name), (rule, given) in rows.items()}


def _krum(_library: Any) -> dict[str, tuple[str, Aggregate]]:
    """Class methods of tensors."""
    torch = importlib.import_module("torch")

    def of(module: str, name: str, given: Callable[[int, int], Any]) -> Aggregate:
        rule = getattr(importlib.import_module(f"krum.primitives.aggregators.{module}"), name)

        def aggregate(messages: Floats, f: int) -> Any:
            return rule.aggregate(torch.from_numpy(messages), **given(len(messages), f)).numpy()

        return aggregate

    def both(N: int, f: int) -> dict[str, int]:
        return {"n": N, "f": f}

    return {
        "Average": ("mean", of("average", "Average", lambda _N, _f: {})),
        "Median": ("median", of("median", "Median", lambda _N, _f: {})),
        "TrimmedMean": ("trimmed_mean", of("trimmed_mean", "TrimmedMean", lambda _N, f: {"f": f})),
        "Krum": ("krum", of("krum", "Krum", both)),
        "MultiKrum": (
            "multi_krum",
            of("multikrum", "MultiKrum", lambda N, f: {"n": N, "f": f, "m": N - f}),
        ),
        "Bulyan": ("bulyan", of("bulyan", "Bulyan", lambda N, f: {"n": N, "f": f, "m": 1})),
        "Brute": ("mda", of("brute", "Brute", both)),
        "GeometricMedian": ("geometric_median", of("geometric_median", "GeometricMedian", both)),
    }


def _flwr(_library: Any) -> dict[str, tuple[str, Aggregate]]:
    """Functions of what clients send: layers, and a number of examples."""
    place = importlib.import_module("flwr.server.strategy.aggregate")
    newer = importlib.import_module("flwr.serverapp.strategy.multikrum")
    app = importlib.import_module("flwr.app")

    def of(call: Callable[[list[Any], int], Any]) -> Aggregate:
        return lambda messages, f: call([([one], 1) for one in messages], f)[0]

    def trimmed(results: list[Any], f: int) -> Any:
        # It cuts ⌊share N⌋ values: half a value more is not rounded down to one less.
        return place.aggregate_trimmed_avg(results, (f + 0.5) / len(results))

    def selected(messages: Floats, f: int) -> Any:
        sent = [app.RecordDict({"sent": app.ArrayRecord([one])}) for one in messages]
        (chosen,) = newer.select_multikrum(sent, f, 1)
        return chosen["sent"].to_numpy_ndarrays()[0]

    return {
        "select_multikrum, one node": ("krum", selected),
        "aggregate": ("mean", of(lambda results, _f: place.aggregate(results))),
        "aggregate_median": ("median", of(lambda results, _f: place.aggregate_median(results))),
        "aggregate_trimmed_avg": ("trimmed_mean", of(trimmed)),
        "aggregate_krum": ("krum", of(lambda results, f: place.aggregate_krum(results, f, 0))),
        "aggregate_krum, to_keep=N-f": (
            "multi_krum",
            of(lambda results, f: place.aggregate_krum(results, f, len(results) - f)),
        ),
        "aggregate_bulyan": (
            "bulyan",
            of(
                lambda results, f: place.aggregate_bulyan(
                    results, f, place.aggregate_krum, to_keep=0
                )
            ),
        ),
    }


def _cradl(_library: Any) -> dict[str, tuple[str, Aggregate]]:
    """Our own rows."""

    def of(rule: str) -> Aggregate:
        return lambda messages, f: RULES[rule](messages, f=f)

    return {rule: (rule, of(rule)) for rule in RULES.own}


LIBRARIES: Mapping[str, Callable[[Any], dict[str, tuple[str, Aggregate]]]] = {
    "cradl": _cradl,
    "byzfl": _byzfl,
    "krum": _krum,
    "byzpy": _byzpy,
    "flwr": _flwr,
}
"""Library -> its rules by name: the key of the definition, and how it is called."""


def peers_of(library: str) -> list[Peer]:
    """Return the rules of a library.

    Raises
    ------
    NotThere
        It is not installed, or does not import.
    """
    try:
        found = LIBRARIES[library](importlib.import_module(library))
    except Exception as error:
        raise NotThere(f"{library} is left out: {type(error).__name__}: {error}") from error
    return [Peer(library, name, rule, call) for name, (rule, call) in found.items()]


def version_of(library: str) -> str:
    """Return the version that is installed; empty for what has none."""
    try:
        return importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        return ""


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
        raise NotThere(f"need module:function that imports, got {place}: {error}") from error
    code = compile(calls, "--calls", "eval")

    def aggregate(messages: Floats, f: int) -> Any:
        names = {"function": function, "messages": messages, "f": f, "N": len(messages), "np": np}
        return eval(code, names)

    return Peer(module, name, rule, aggregate)

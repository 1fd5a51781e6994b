"""Aggregation rules of other libraries, each called as documented: on arrays, or on tensors.

None of the libraries is a dependency: one is imported when a study names a rule of it, or when it
is judged (`cradl.conformance`).
"""

import importlib
import importlib.metadata
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol

from cradl.arrays import Floats

CLIPPED_AT = 10.0
"""The scale of centered clipping in the row of `cradl.aggregation.RULES`."""


class Aggregate(Protocol):
    """Calls a rule of a library."""

    def __call__(self, messages: Floats, f: int, /) -> Any:
        """Return what it makes of messages (N, D), f of them at most Byzantine: an array (D,)."""


class LibraryRule(NamedTuple):
    """A rule of a library.

    Attributes
    ----------
    definition
        The row of `cradl.aggregation.RULES` with the definition that it cites.
    aggregate
        `Aggregate`.
    draws
        Whether it draws random numbers of its own, which no seed of a study reaches.
    """

    definition: str
    aggregate: Aggregate
    draws: bool = False


class Library(NamedTuple):
    """A library with aggregation rules.

    Attributes
    ----------
    packages
        The packages that compute its rules; the first one has its name.
    rules
        Its rules, by the name that they have there.
    """

    packages: tuple[str, ...]
    rules: Mapping[str, LibraryRule]


class NotThere(Exception):
    """A library that is not installed, or does not import."""

    def __init__(self, needed: str, given: str) -> None:
        super().__init__(f"need {needed}, got {given}")
        self.needed, self.given = needed, given


_Given = Callable[[int, int], Mapping[str, Any]]
"""(N, f) -> the parameters of a rule."""


def _nothing(_N: int, _f: int) -> dict[str, Any]:
    return {}


def _f_alone(_N: int, f: int) -> dict[str, Any]:
    return {"f": f}


def _both(N: int, f: int) -> dict[str, Any]:
    return {"n": N, "f": f}


def _named(module: str, name: str) -> Any:
    return getattr(importlib.import_module(module), name)


def _torch() -> Any:
    """Return torch in one thread: its sums then depend on the data alone, not on the cores."""
    torch = importlib.import_module("torch")
    if torch.get_num_threads() != 1:
        torch.set_num_threads(1)
    return torch


def _byzfl() -> dict[str, LibraryRule]:
    """Objects that are called with an array; those that tolerate f are made with it."""

    def of(definition: str, name: str, given: _Given, *, draws: bool = False) -> LibraryRule:
        def aggregate(messages: Floats, f: int) -> Any:
            return _named("byzfl", name)(**given(len(messages), f))(messages)

        return LibraryRule(definition, aggregate, draws)

    tolerant = {
        "TrMean": "trimmed_mean",
        "Krum": "krum",
        "MultiKrum": "multi_krum",
        "MDA": "mda",
        "MoNNA": "monna",
        "Meamed": "meamed",
    }
    return {
        "Average": of("mean", "Average", _nothing),
        "Median": of("median", "Median", _nothing),
        "GeometricMedian": of("geometric_median", "GeometricMedian", _nothing),
        "CenteredClipping": of(
            "centered_clipping", "CenteredClipping", lambda _N, _f: {"tau": CLIPPED_AT}
        ),
        **{name: of(definition, name, _f_alone) for name, definition in tolerant.items()},
        "CAF": of("caf", "CAF", _f_alone, draws=True),
        "SMEA": of("smea", "SMEA", _f_alone, draws=True),
    }


def _krum() -> dict[str, LibraryRule]:
    """Class methods of tensors."""

    def of(definition: str, module: str, name: str, given: _Given) -> LibraryRule:
        def aggregate(messages: Floats, f: int) -> Any:
            sent = _torch().from_numpy(messages)
            rule = _named(f"krum.primitives.aggregators.{module}", name)
            return rule.aggregate(sent, **given(len(messages), f)).numpy()

        return LibraryRule(definition, aggregate)

    return {
        "Average": of("mean", "average", "Average", _nothing),
        "Median": of("median", "median", "Median", _nothing),
        "TrimmedMean": of("trimmed_mean", "trimmed_mean", "TrimmedMean", _f_alone),
        "Krum": of("krum", "krum", "Krum", _both),
        "MultiKrum": of(
            "multi_krum", "multikrum", "MultiKrum", lambda N, f: {"n": N, "f": f, "m": N - f}
        ),
        "Bulyan": of("bulyan", "bulyan", "Bulyan", lambda N, f: {"n": N, "f": f, "m": 1}),
        "Brute": of("mda", "brute", "Brute", _both),
        "GeometricMedian": of("geometric_median", "geometric_median", "GeometricMedian", _both),
    }


def _byzpy() -> dict[str, LibraryRule]:
    """Objects with a method `aggregate` of tensors, in modules of their own."""

    def of(definition: str, module: str, name: str, given: _Given) -> LibraryRule:
        def aggregate(messages: Floats, f: int) -> Any:
            sent = list(_torch().from_numpy(messages))
            rule = _named(f"byzpy.aggregators.{module}", name)(**given(len(messages), f))
            return rule.aggregate(sent).numpy()

        return LibraryRule(definition, aggregate)

    clipping = {"c_tau": CLIPPED_AT, "M": 1, "init": "zero"}
    modules = {
        "CoordinateWiseMedian": ("median", "coordinate_wise.median", _nothing),
        "CoordinateWiseTrimmedMean": ("trimmed_mean", "coordinate_wise.trimmed_mean", _f_alone),
        "MeanOfMedians": ("meamed", "coordinate_wise.mean_of_medians", _f_alone),
        "GeometricMedian": ("geometric_median", "geometric_wise.geometric_median", _nothing),
        "Krum": ("krum", "geometric_wise.krum", _f_alone),
        "MultiKrum": ("multi_krum", "geometric_wise.krum", lambda N, f: {"f": f, "q": N - f}),
        "MinimumDiameterAveraging": ("mda", "geometric_wise.minimum_diameter_average", _f_alone),
        "MoNNA": ("monna", "geometric_wise.monna", _f_alone),
        "SMEA": ("smea", "geometric_wise.smea", _f_alone),
        "CAF": ("caf", "norm_wise.caf", _f_alone),
        "CenteredClipping": (
            "centered_clipping",
            "norm_wise.center_clipping",
            lambda _N, _f: clipping,
        ),
        "ComparativeGradientElimination": (
            "cge",
            "norm_wise.comparative_gradient_elimination",
            _f_alone,
        ),
    }
    return {name: of(rule, module, name, given) for name, (rule, module, given) in modules.items()}


def _flwr() -> dict[str, LibraryRule]:
    """Functions of what clients send: layers, and a number of examples."""

    def of(definition: str, name: str, *given: Callable[[int, int], Any]) -> LibraryRule:
        def aggregate(messages: Floats, f: int) -> Any:
            N, sent = len(messages), [([one], 1) for one in messages]
            rule = _named("flwr.server.strategy.aggregate", name)
            return rule(sent, *(value(N, f) for value in given))[0]

        return LibraryRule(definition, aggregate)

    def bulyan(messages: Floats, f: int) -> Any:
        place = importlib.import_module("flwr.server.strategy.aggregate")
        sent = [([one], 1) for one in messages]
        return place.aggregate_bulyan(sent, f, place.aggregate_krum, to_keep=0)[0]

    def selected(messages: Floats, f: int) -> Any:
        app = importlib.import_module("flwr.app")
        newer = importlib.import_module("flwr.serverapp.strategy.multikrum")
        sent = [app.RecordDict({"sent": app.ArrayRecord([one])}) for one in messages]
        (chosen,) = newer.select_multikrum(sent, f, 1)
        return chosen["sent"].to_numpy_ndarrays()[0]

    return {
        "aggregate": of("mean", "aggregate"),
        "aggregate_median": of("median", "aggregate_median"),
        # It cuts ⌊share N⌋ values: half a value more is not rounded down to one less.
        "aggregate_trimmed_avg": of(
            "trimmed_mean", "aggregate_trimmed_avg", lambda N, f: (f + 0.5) / N
        ),
        "aggregate_krum": of("krum", "aggregate_krum", lambda _N, f: f, lambda _N, _f: 0),
        "aggregate_krum_keeping_N_minus_f": of(
            "multi_krum", "aggregate_krum", lambda _N, f: f, lambda N, f: N - f
        ),
        "aggregate_bulyan": LibraryRule("bulyan", bulyan),
        "select_multikrum": LibraryRule("krum", selected),
    }


LIBRARIES: Mapping[str, Library] = {
    "byzfl": Library(("byzfl",), _byzfl()),
    "krum": Library(("krum", "torch"), _krum()),
    "byzpy": Library(("byzpy", "torch"), _byzpy()),
    "flwr": Library(("flwr",), _flwr()),
}
"""The libraries that are known, by the name of the package."""


def rules_of(library: str) -> Mapping[str, LibraryRule]:
    """Import a library and return its rules by name.

    Raises
    ------
    NotThere
        It is not installed, or does not import; says which package to install.
    """
    for package in LIBRARIES[library].packages:
        try:
            importlib.import_module(package)
        # Whatever a foreign package raises while it is imported.
        except Exception as error:
            needed = f"the package {package} (pip install {package})"
            given = " ".join(f"{type(error).__name__}: {error}".split())
            raise NotThere(needed, given) from error
    return LIBRARIES[library].rules


def names(library: str = "") -> Iterator[str]:
    """Yield the names ``library.Rule`` that a study may use; of all libraries if none is given.

    Rules that draw random numbers are left out: a run would not be the same twice.

    Examples
    --------
    >>> list(names("krum"))[:3]
    ['krum.Average', 'krum.Median', 'krum.TrimmedMean']
    """
    for key in [library] if library in LIBRARIES else LIBRARIES:
        for name, rule in LIBRARIES[key].rules.items():
            if not rule.draws:
                yield f"{key}.{name}"


def version_of(package: str) -> str:
    """Return the version that is installed; empty for what has none."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def versions_of(rule: str) -> list[str]:
    """Return the versions that decide what a rule ``library.Rule`` computes; of another, none.

    Examples
    --------
    >>> versions_of("median")
    []
    """
    library, dot, _ = rule.partition(".")
    packages = LIBRARIES[library].packages if dot else ()
    return [f"{one}=={version_of(one)}" for one in packages]

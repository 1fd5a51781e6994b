"""Pre-aggregations: what the server does to messages before a rule sees them.

Each is a pure function and a row of `PRE_AGGREGATIONS`, and goes with every rule.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.random import Generator

from cradl.arrays import Floats
from cradl.numerics.kernels import squared_distances
from cradl.parameters import Parameters, PositiveFloat, PositiveInt
from cradl.rows import Row, Table
from cradl.rule import CONTRACTS
from cradl.rules.clipping import pulls
from cradl.rules.units import gaps_of, in_units_of_rank, lengths_of


class Mix(Protocol):
    """Mixes messages."""

    def __call__(self, messages: Floats, f: int, /, *, parameters: Any, keys: Any) -> Floats:
        """Return the messages (n, D) that the rule is to aggregate instead.

        Parameters
        ----------
        messages, f
            Finite messages (N, D), and how many of them are Byzantine at most.
        parameters
            As the study chose them.
        keys
            One entry for each message, as the row's ``needs`` draws it; None if it needs none.
        """


class NeedsKeys(Protocol):
    """The random numbers that the server uses in a run, drawn before it starts."""

    def __call__(self, rng: Generator, iterations: int, N: int, /) -> Floats:
        """Return them (iterations, N)."""


@dataclass(frozen=True, kw_only=True)
class PreAggregation(Row):
    """A row of `PRE_AGGREGATIONS`.

    Attributes
    ----------
    mix
        ``mix(messages, f, *, parameters, keys) -> (n, D)``, as `Mix` says.
    keeps
        The contracts of a rule (`cradl.rule.Rule`) that hold with the pre-aggregation as well.
    parameters
        The model of the keys that a study gives beside ``name``.
    needs
        ``needs(rng, iterations, N) -> (iterations, N)``; None if the row is deterministic.
    outputs
        ``outputs(N, parameters)``: into how many messages N are mixed; None if as many.
    """

    CALLED: ClassVar[tuple[str, ...]] = ("mix", "needs", "outputs")

    mix: Mix
    keeps: frozenset[str]
    parameters: type[Parameters]
    needs: NeedsKeys | None = None
    outputs: Callable[[int, Any], int] | None = None

    def __post_init__(self) -> None:
        """Refuse contracts that there are not.

        Raises
        ------
        TypeError, ValueError
            As for every `Row`; contracts that are unknown.
        """
        super().__post_init__()
        unknown = ", ".join(sorted({*self.keeps} - CONTRACTS))
        if unknown:
            raise ValueError(f"need contracts among {', '.join(sorted(CONTRACTS))}, got {unknown}")

    def count(self, N: int, parameters: Parameters) -> int:
        """Return how many messages the rule gets if the server got N."""
        return N if self.outputs is None else self.outputs(N, parameters)


class Plain(Parameters):
    """The rule gets the messages as they are."""


def unmixed(messages: Floats, f: int, /, *, parameters: Plain, keys: None) -> Floats:
    """Return the messages."""
    return messages


class NearestNeighbourMixing(Parameters):
    """Each message is replaced by the mean of the N - f messages nearest to it, itself included."""


def nearest_neighbour_mixing(
    messages: Floats, f: int, /, *, parameters: NearestNeighbourMixing, keys: None
) -> Floats:
    """Average each message with its nearest ones; of equally near ones the first count.

    Source: Allouah et al., AISTATS 2023, arXiv:2302.01772 (NNM).

    Examples
    --------
    >>> messages, parameters = np.array([[0.0], [2.0], [6.0]]), NearestNeighbourMixing()
    >>> nearest_neighbour_mixing(messages, 1, parameters=parameters, keys=None).tolist()
    [[1.0], [1.0], [4.0]]
    """
    N, D = messages.shape
    kept = max(N - f, 1)
    _, gaps, sizes = gaps_of(messages)
    # Up to N − f messages are within few units; whose neighbours are farther is Byzantine.
    points, unit = in_units_of_rank(gaps, sizes, kept - 1)
    if unit == 0:
        unit = float(sizes.max()) or 1.0
        points = points / unit
    distances = np.empty((N, N))
    squared_distances(points, np.arange(N), distances)
    nearest = np.argsort(distances, axis=1, kind="stable")[:, :kept]
    mixed = np.zeros((N, D))
    for column in np.sort(nearest, axis=1).T:
        mixed += messages[column] / kept
    return mixed


class Bucketing(Parameters):
    """Messages are put into buckets in random order; each bucket's mean is a message."""

    size: PositiveInt
    """Messages in a bucket; the last one has what is left."""


def bucketing(messages: Floats, f: int, /, *, parameters: Bucketing, keys: Floats) -> Floats:
    """Average in buckets, in the order of the `keys` (N,).

    An attacker who knows what the server does knows the order as well. The f Byzantine messages
    spoil at most f buckets: the rule has to tolerate so many of ⌈N / size⌉.

    Source: Karimireddy, He and Jaggi, ICLR 2022, Algorithm 1.

    Examples
    --------
    >>> messages, keys = np.array([[1.0], [2.0], [3.0]]), np.array([0.3, 0.9, 0.1])
    >>> bucketing(messages, 1, parameters=Bucketing(size=2), keys=keys).tolist()
    [[2.0], [2.0]]
    """
    shuffled = messages[np.argsort(keys, kind="stable")]
    starts = range(0, len(messages), parameters.size)
    buckets = [shuffled[start : start + parameters.size] for start in starts]
    return np.stack([(one / len(one)).sum(axis=0) for one in buckets])


def _uniforms(rng: Generator, iterations: int, N: int) -> Floats:
    return rng.random((iterations, N))


class StaticClipping(Parameters):
    """Messages with a larger norm than a fixed one are scaled down to it."""

    scale: PositiveFloat
    """The largest norm."""


def static_clipping(
    messages: Floats, f: int, /, *, parameters: StaticClipping, keys: None
) -> Floats:
    """Scale each message by ``min(1, scale / ‖z_i‖)``.

    Examples
    --------
    >>> messages = np.array([[3.0, 4.0], [0.0, 1.0]])
    >>> static_clipping(messages, 0, parameters=StaticClipping(scale=2.5), keys=None).tolist()
    [[1.5, 2.0], [0.0, 1.0]]
    """
    return pulls(messages, np.zeros(messages.shape[1]), parameters.scale)[0]


class AdaptiveClipping(Parameters):
    """The messages with the largest norms are scaled down to the largest norm of the others."""


def adaptive_clipping(
    messages: Floats, f: int, /, *, parameters: AdaptiveClipping, keys: None
) -> Floats:
    """Clip the ``⌊2 f (N − f) / N⌋`` messages with the largest norms to the next norm.

    Source: Allouah et al., arXiv:2405.14432 (adaptive robust clipping, ARC).

    Examples
    --------
    Of three messages, ⌊4/3⌋ is clipped:

    >>> messages, parameters = np.array([[1.0], [-9.0], [2.0]]), AdaptiveClipping()
    >>> adaptive_clipping(messages, 1, parameters=parameters, keys=None).tolist()
    [[1.0], [-2.0], [2.0]]
    """
    N = len(messages)
    lengths = lengths_of(messages)
    limit = float(np.partition(lengths, N - 1 - 2 * f * (N - f) // N)[N - 1 - 2 * f * (N - f) // N])
    over = lengths > limit
    clipped = messages.copy()
    clipped[over] *= (limit / lengths[over])[:, np.newaxis]
    return clipped


PRE_AGGREGATIONS = Table(
    "PRE_AGGREGATIONS",
    PreAggregation,
    {
        "none": PreAggregation(mix=unmixed, keeps=CONTRACTS, parameters=Plain),
        "nearest_neighbour_mixing": PreAggregation(
            name="NNM",
            mix=nearest_neighbour_mixing,
            keeps=frozenset(
                {"permutation", "translation", "scaling", "mean_without_attack", "bounded"}
            ),
            parameters=NearestNeighbourMixing,
        ),
        "bucketing": PreAggregation(
            mix=bucketing,
            keeps=CONTRACTS - {"permutation", "mean_without_attack"},
            parameters=Bucketing,
            needs=_uniforms,
            outputs=lambda N, parameters: -(-N // parameters.size),
        ),
        "static_clipping": PreAggregation(
            mix=static_clipping,
            keeps=frozenset({"permutation", "bounded"}),
            parameters=StaticClipping,
        ),
        "adaptive_clipping": PreAggregation(
            name="ARC",
            mix=adaptive_clipping,
            keeps=frozenset({"permutation", "scaling", "mean_without_attack", "bounded"}),
            parameters=AdaptiveClipping,
        ),
    },
)


def mixing_parameters_of(pre_aggregation: dict[str, Any]) -> Parameters:
    """Return the checked parameters of ``{name: ..., <parameter>: ...}`` as a study writes it.

    Examples
    --------
    >>> mixing_parameters_of({"name": "bucketing", "size": 2})
    Bucketing(size=2)
    """
    given = {key: value for key, value in pre_aggregation.items() if key != "name"}
    return PRE_AGGREGATIONS[pre_aggregation["name"]].parameters.model_validate(given)

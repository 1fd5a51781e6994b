"""Aggregation rules. A rule is a pure function of the messages and a row of `RULES`.

A rule is called as ``rule(messages, *, f)`` with `messages` (N, D), one row a device, and f the
number of Byzantine messages it has to tolerate; it returns (D,).
"""

import math

import numpy as np

from cradl.arrays import Floats, Ints
from cradl.numerics.geometric_median import least_total_distance
from cradl.numerics.kernels import drop_farthest, gaps_to, squared_distances
from cradl.numerics.neighbour_sums import possibly_least
from cradl.numerics.selection import (
    MEAN,
    MEDIAN,
    PHOCAS,
    TRIMMED_MEAN,
    aggregate_columns,
    network_of,
)
from cradl.numerics.worst_reply import phocas_reply
from cradl.rows import Table
from cradl.rule import Rule as Rule


def mean(messages: Floats, f: int) -> Floats:
    """Average all messages: no defence, whatever f is."""
    return _by_columns(MEAN, messages, f)


def median(messages: Floats, f: int) -> Floats:
    """Coordinate-wise median; for an even number of messages, midway between the middle two.

    Source: Yin et al., ICML 2018, Definition 1.

    Examples
    --------
    >>> median(np.array([[0.0, 5.0], [1.0, 7.0], [2.0, 6.0], [90.0, -90.0]]), 1)
    array([1.5, 5.5])
    """
    return _by_columns(MEDIAN, messages, f)


def trimmed_mean(messages: Floats, f: int) -> Floats:
    """Coordinate-wise mean of what is left without the f smallest and the f largest values.

    Source: Yin et al., ICML 2018, Definition 2, with f values trimmed at each end.

    Examples
    --------
    >>> trimmed_mean(np.array([[0.0], [2.0], [4.0], [90.0]]), 1)
    array([3.])
    """
    return _by_columns(TRIMMED_MEAN, messages, f)


def _by_columns(code: int, messages: Floats, f: int) -> Floats:
    result = np.empty(messages.shape[1])
    aggregate_columns(code, messages, f, network_of(code, len(messages), f), result)
    return result


def geometric_median(messages: Floats, f: int) -> Floats:
    """Minimiser of the sum of the distances to all messages.

    ``A = argmin_y Σ_i ‖y − z_i‖``, iterated from the coordinate-wise median until rounding hides
    any further descent; where it is one of the messages, exactly this message. It is not unique
    only if N is even and all messages are on one line: then midway between the middle two, up to
    rounding.

    Source: Chen et al., Proc. ACM Meas. Anal. Comput. Syst. 1(2), 2017, with one message a batch.

    Raises
    ------
    ArithmeticError
        The subgradients at the result are not as close to zero as rounding allows.

    Examples
    --------
    The minimiser is where the unit vectors towards the messages add up to zero: in the middle of a
    square. At (3, 0) below, two messages lie, and those towards the others add up to √2 < 2.

    >>> corners = np.array([[1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]])
    >>> np.abs(geometric_median(corners, 1)).max() < 1e-12
    np.True_
    >>> geometric_median(np.array([[0.0, 0.0], [3.0, 0.0], [3.0, 0.0], [3.0, 9.0]]), 1)
    array([3., 0.])
    """
    centre, gaps, sizes = _gaps(messages)
    points, unit = _in_units_of_rank(gaps, sizes, len(messages) // 2)
    if unit == 0:
        return centre
    place, index = least_total_distance(points)
    result: Floats = 2 * (0.5 * centre + unit * place) if index is None else messages[index].copy()
    return result


_FEW_PRODUCTS = 500_000
"""Below so many squared differences, to add them all costs less than to bound their sums."""


def krum(messages: Floats, f: int) -> Floats:
    """Message with the smallest sum of squared distances to the N - f - 2 nearest to it.

    ``A = z_i`` with the smallest ``s_i = Σ_{j → i} ‖z_i − z_j‖²``, j → i meaning that z_j, j ≠ i,
    is among the N − f − 2 messages nearest to z_i. Of messages with equal sums the first is taken.

    Source: Blanchard et al., NeurIPS 2017, Section 4; it needs N ≥ 2f + 3.

    Examples
    --------
    With N = 5 and f = 1 two neighbours count: the sums are 5, 2, 2, 5 and 181.

    >>> krum(np.array([[0.0], [1.0], [2.0], [3.0], [12.0]]), 1)
    array([1.])
    """
    N, neighbours = len(messages), len(messages) - f - 2
    if N * messages.size < _FEW_PRODUCTS:
        return _krum_of(messages, np.arange(N), neighbours)
    possible = possibly_least(messages, neighbours)
    first: Floats = messages[possible[0]]
    if (messages[possible] == first).all():
        return first.copy()
    return _krum_of(messages, possible, neighbours)


def _krum_of(messages: Floats, possible: Ints, neighbours: int) -> Floats:
    """Decide Krum between the `possible` messages, with their distances summed term by term."""
    centre, gaps, sizes = _gaps(messages)
    # The best message and its neighbours are a majority, so the median lies between them: they are
    # within a few of these units, and their sum neither overflows nor vanishes.
    points, unit = _in_units_of_rank(gaps, sizes, neighbours)
    if unit == 0:
        return centre
    distances = np.empty((len(possible), len(messages)))
    squared_distances(points, possible, distances)
    distances.sort(axis=1)
    # The first is the distance to itself, or to an equal message.
    scores = distances[:, 1 : neighbours + 1].sum(axis=1)
    best: Floats = messages[possible[np.argmin(scores)]].copy()
    return best


def phocas(messages: Floats, f: int) -> Floats:
    """Coordinate-wise mean of the N - f values nearest to the trimmed mean of that coordinate.

    Source: Xie et al., arXiv:1805.09682, Definition 7.

    Examples
    --------
    The trimmed mean is 3; 0, 2 and 4 are nearest to it.

    >>> phocas(np.array([[0.0], [2.0], [4.0], [90.0]]), 1)
    array([2.])
    """
    return _by_columns(PHOCAS, messages, f)


def worst_reply_to_phocas(honest: Floats, directions: Floats, f: int, tolerated: int) -> Floats:
    """Return the common reply that moves Phocas farthest, or one less than 1e-9 of the range off.

    No replies that differ from each other move it farther. If f exceeds what it tolerates it is
    unbounded: then replies stay within four honest ranges of an honest value.

    Raises
    ------
    ValueError
        As many replies as honest messages, or more.
    """
    if f >= len(honest):
        raise ValueError(f"need fewer replies than honest messages, got {f} and {len(honest)}")
    reply = np.empty(honest.shape[1])
    phocas_reply(np.sort(honest, axis=0), f, tolerated, directions, reply)
    return reply


def faba(messages: Floats, f: int) -> Floats:
    """Mean of what is left after dropping, f times, the message farthest from the mean of the rest.

    Of equally far messages the first is dropped. With ``ς = max ‖z_i − z̄‖²`` over the honest
    messages and their mean z̄, ``‖A − z̄‖ ≤ √ς N / (N − 2f)`` for any f < N / 2: while all honest
    messages are left, the n messages' mean μ is within ``√ς m / (n − 2m)`` of z̄ when one of the m
    liars left is not the farthest from it, for the liars' mean squared distance to μ is at least
    ``‖μ − z̄‖² (n / m − 1)²``; all that is left is then within ``√ς + 2 ‖μ − z̄‖`` of z̄.

    Source: Xia et al., IJCAI 2019, Algorithm 1.

    Examples
    --------
    The mean of these messages is 26, and 92 is farthest from it.

    >>> faba(np.array([[2.0], [4.0], [6.0], [92.0]]), 1)
    array([4.])
    """
    _, gaps, sizes = _gaps(messages)
    kept = np.ones(len(messages), dtype=np.bool_)
    drop_farthest(gaps, sizes, f, kept)
    # Each is scaled before it is added: a sum of huge finite values would overflow.
    average: Floats = (messages[kept] / kept.sum()).sum(axis=0)
    return average


def _gaps(messages: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the coordinate-wise median, half of each message's gap to it, and these halves' sizes.

    An offset that all messages share is gone. A size is the largest absolute entry.
    """
    centre = median(messages, 0)
    gaps, sizes = np.empty(messages.shape), np.empty(len(messages))
    gaps_to(centre, messages, gaps, sizes)
    return centre, gaps, sizes


_FAR = 1e140
"""Squares of this and their sums are finite; beside it a distance of 1 is lost to rounding."""


def _in_units_of_rank(gaps: Floats, sizes: Floats, rank: int) -> tuple[Floats, float]:
    """Divide the gaps, in place, by the size of the one of this rank, as a power of two.

    The smallest has rank 0. What is farther than `_FAR` units is pulled in to there: who is near
    sees it in the same direction. The unit is zero if that gap is.
    """
    size = float(np.partition(sizes, rank)[rank])
    if size == 0:
        return gaps, 0.0
    unit = math.ldexp(1.0, math.frexp(size)[1] - 1)
    gaps /= np.maximum(unit, sizes / _FAR)[:, np.newaxis]
    return gaps, unit


def _largest_minority(N: int) -> int:
    return (N - 1) // 2


_EQUIVARIANT = frozenset({"permutation", "translation", "scaling"})
_BY_COORDINATE = _EQUIVARIANT | {"coordinatewise"}

RULES = Table(
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
    },
)

"""Rules that choose, drop or weigh whole messages by their distances."""

import numpy as np

from cradl.arrays import Floats, Ints
from cradl.numerics.choosing import choose_in_turn
from cradl.numerics.geometric_median import least_total_distance
from cradl.numerics.kernels import drop_farthest, squared_distances
from cradl.numerics.neighbour_sums import possibly_least
from cradl.rules.coordinates import meamed
from cradl.rules.units import gaps_of, in_units_of_rank, lengths_of, mean_of


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
    centre, gaps, sizes = gaps_of(messages)
    points, unit = in_units_of_rank(gaps, sizes, len(messages) // 2)
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
    centre, gaps, sizes = gaps_of(messages)
    # The best message and its neighbours are a majority, so the median lies between them: they are
    # within a few of these units, and their sum neither overflows nor vanishes.
    points, unit = in_units_of_rank(gaps, sizes, neighbours)
    if unit == 0:
        return centre
    distances = np.empty((len(possible), len(messages)))
    squared_distances(points, possible, distances)
    distances.sort(axis=1)
    # The first is the distance to itself, or to an equal message.
    scores = distances[:, 1 : neighbours + 1].sum(axis=1)
    best: Floats = messages[possible[np.argmin(scores)]].copy()
    return best


def multi_krum(messages: Floats, f: int) -> Floats:
    """Mean of the N - f messages with the smallest sums of squared distances that Krum compares.

    Of messages with equal sums the first are taken. If N − f messages are equal, it is that one.

    Source: Blanchard et al., NeurIPS 2017 (Multi-Krum), with m = N − f; it needs N ≥ 2f + 3.

    Examples
    --------
    The sums are 5, 2, 2, 5 and 181, as for `krum`.

    >>> multi_krum(np.array([[0.0], [1.0], [2.0], [3.0], [12.0]]), 1)
    array([1.5])
    """
    N = len(messages)
    distances, centre = _distances(messages, f)
    if distances is None:
        return centre
    distances.sort(axis=1)
    scores = distances[:, 1 : N - f - 1].sum(axis=1)
    return mean_of(messages[np.sort(np.argsort(scores, kind="stable")[: N - f])])


def bulyan(messages: Floats, f: int) -> Floats:
    """Mean of the values nearest to the median, in each coordinate, among messages Krum chose.

    Krum chooses N − 2f messages one after the other, each among those that are left: with n of
    them, by the n − f − 2 nearest, and the first of equals. ASSUME: by one at least. In each
    coordinate, the N − 4f values of the chosen ones that are nearest to their median are averaged.
    If a choice is between two messages that are each other's only neighbour, as for f ≤ 2 in the
    end, their order decides.

    Source: El Mhamdi, Guerraoui and Rouault, ICML 2018, Section 4, with Krum; it needs N ≥ 4f + 3.

    Examples
    --------
    Krum chooses 2, 3, 1, 4 and 0; of these, 1, 2 and 3 are nearest to the median 2.

    >>> bulyan(np.array([[0.0], [1.0], [2.0], [3.0], [4.0], [5.0], [90.0]]), 1)
    array([2.])
    """
    N = len(messages)
    distances, centre = _distances(messages, f)
    if distances is None:
        return centre
    chosen = np.zeros(N, np.bool_)
    choose_in_turn(distances, np.argsort(distances, axis=1, kind="stable"), f, chosen)
    return meamed(messages[chosen], 2 * f)


def _distances(messages: Floats, f: int) -> tuple[Floats | None, Floats]:
    """Return the squared distances (N, N), in units in which N − f messages are near, and a centre.

    If N − f messages are equal, they are the centre, and there are no distances. ASSUME: a message
    that is 10¹⁴⁰ times as far off as N − f others may be taken to be as far as that: nobody who
    compares sums of distances to some of those others can tell.
    """
    N = len(messages)
    centre, gaps, sizes = gaps_of(messages)
    points, unit = in_units_of_rank(gaps, sizes, N - f - 1)
    if unit == 0:
        return None, centre
    distances = np.empty((N, N))
    squared_distances(points, np.arange(N), distances)
    return distances, centre


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
    _, gaps, sizes = gaps_of(messages)
    kept = np.ones(len(messages), dtype=np.bool_)
    drop_farthest(gaps, sizes, f, kept)
    return mean_of(messages[kept])


def cge(messages: Floats, f: int) -> Floats:
    """Mean of the N - f messages with the smallest norms.

    Of messages with equal norms the first count. The norms depend on where zero is, so that no
    constant bounds the error by the spread of the honest messages.

    Source: Gupta, Liu and Vaidya, arXiv:2008.04699 (comparative gradient elimination); the sum
    there is a mean here.

    Examples
    --------
    >>> cge(np.array([[3.0, 4.0], [1.0, 0.0], [0.0, -2.0], [-6.0, 0.0]]), 1)
    array([1.33333333, 0.66666667])
    """
    return mean_of(messages[_least(lengths_of(messages), len(messages) - f)])


def monna(messages: Floats, f: int) -> Floats:
    """Mean of the N - f messages nearest to the first one, which is trusted, and counts itself.

    Of equally near messages the first count. The first device may be Byzantine: then the rule
    promises nothing.

    Source: Farhadkhani et al., ICML 2023 (MoNNA), where each device trusts its own message.

    Examples
    --------
    >>> monna(np.array([[0.0], [4.0], [-1.0], [2.0]]), 1)
    array([0.33333333])
    """
    halves = 0.5 * messages
    return mean_of(messages[_least(lengths_of(halves - halves[0]), len(messages) - f)])


def _least(values: Floats, count: int) -> Ints:
    """Return the indices of the smallest values, the first of equals, in ascending order."""
    return np.sort(np.argsort(values, kind="stable")[:count])

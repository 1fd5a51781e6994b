"""What the definitions of rules allow as a result: in exact fractions, all of it if there are ties.

A definition that takes the nearest messages does not say which of equally near ones: a library that
takes another one than `cradl.aggregation` does no wrong.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction

import numpy as np

from cradl.aggregation import RULES
from cradl.arrays import Floats

Row = tuple[Fraction, ...]
Rows = Sequence[Row]

MOST_RESULTS = 500
"""Inputs with more ways to break ties are not judged."""
LARGE = 1e200
"""Larger numbers are lies: no honest one among the inputs is so large."""
_EPS = float(np.finfo(np.float64).eps)


class TooManyTies(Exception):
    """The definition allows more results than are compared."""


def squared(a: Row, b: Row) -> Fraction:
    """Return the squared distance of two messages."""
    return sum(((x - y) ** 2 for x, y in zip(a, b, strict=True)), Fraction(0))


def mean_of(rows: Rows) -> Row:
    """Return the mean of messages."""
    return tuple(sum(column, Fraction(0)) / len(rows) for column in zip(*rows, strict=True))


def _least(keys: Sequence[Fraction], count: int) -> Iterator[tuple[int, ...]]:
    """Yield every set of so many indices that have the smallest keys."""
    border = sorted(keys)[count - 1]
    inside = [i for i, key in enumerate(keys) if key < border]
    tied = [i for i, key in enumerate(keys) if key == border]
    for chosen in itertools.combinations(tied, count - len(inside)):
        yield (*inside, *chosen)


def _means_of_least(rows: Rows, keys: Sequence[Fraction], count: int) -> Iterator[Row]:
    for chosen in _least(keys, count):
        yield mean_of([rows[i] for i in chosen])


def _gaps(rows: Rows) -> list[list[Fraction]]:
    """Return the squared distances between all messages."""
    gaps = [[Fraction(0)] * len(rows) for _ in rows]
    for i, j in itertools.combinations(range(len(rows)), 2):
        gaps[i][j] = gaps[j][i] = squared(rows[i], rows[j])
    return gaps


def _krum_scores(
    gaps: Sequence[Sequence[Fraction]], left: Iterable[int], neighbours: int
) -> dict[int, Fraction]:
    """Return for each message left the sum of the squared distances to its nearest others."""
    left = list(left)
    return {
        i: sum(sorted(gaps[i][j] for j in left if j != i)[:neighbours], Fraction(0)) for i in left
    }


def _of_krum(rows: Rows, f: int) -> list[Fraction]:
    return list(_krum_scores(_gaps(rows), range(len(rows)), len(rows) - f - 2).values())


def _median(rows: Rows) -> Row:
    N = len(rows)
    columns = [sorted(column) for column in zip(*rows, strict=True)]
    return tuple((column[(N - 1) // 2] + column[N // 2]) / 2 for column in columns)


def _trimmed(rows: Rows, f: int) -> Row:
    columns = [sorted(column)[f : len(rows) - f] for column in zip(*rows, strict=True)]
    return tuple(sum(column, Fraction(0)) / len(column) for column in columns)


def _mean(rows: Rows, _f: int) -> Iterator[Row]:
    yield mean_of(rows)


def _medians(rows: Rows, _f: int) -> Iterator[Row]:
    yield _median(rows)


def _trimmed_means(rows: Rows, f: int) -> Iterator[Row]:
    yield _trimmed(rows, f)


def _phocas(rows: Rows, f: int) -> Iterator[Row]:
    centre = _trimmed(rows, f)
    return _means_of_least(rows, [squared(row, centre) for row in rows], len(rows) - f)


def _meamed(rows: Rows, f: int) -> Iterator[Row]:
    centre = _median(rows)
    return _means_of_least(rows, [squared(row, centre) for row in rows], len(rows) - f)


def _krum(rows: Rows, f: int) -> Iterator[Row]:
    scores = _of_krum(rows, f)
    least = min(scores)
    return (row for row, score in zip(rows, scores, strict=True) if score == least)


def _multi_krum(rows: Rows, f: int) -> Iterator[Row]:
    return _means_of_least(rows, _of_krum(rows, f), len(rows) - f)


def _cge(rows: Rows, f: int) -> Iterator[Row]:
    zero = (Fraction(0),) * len(rows[0])
    return _means_of_least(rows, [squared(row, zero) for row in rows], len(rows) - f)


def _monna(rows: Rows, f: int) -> Iterator[Row]:
    return _means_of_least(rows, [squared(row, rows[0]) for row in rows], len(rows) - f)


def _mda(rows: Rows, f: int) -> Iterator[Row]:
    gaps = _gaps(rows)
    subsets = list(itertools.combinations(range(len(rows)), len(rows) - f))
    widths = [
        max((gaps[i][j] for i, j in itertools.combinations(one, 2)), default=Fraction(0))
        for one in subsets
    ]
    least = min(widths)
    for one, width in zip(subsets, widths, strict=True):
        if width == least:
            yield mean_of([rows[i] for i in one])


def _in_turn(
    N: int, count: int, candidates: Callable[[tuple[int, ...]], Iterable[int]]
) -> set[tuple[int, ...]]:
    """Return what may be left after taking one of the candidates away, so many times."""
    left = {tuple(range(N))}
    for _ in range(count):
        left = {tuple(j for j in one if j != i) for one in left for i in candidates(one)}
        if len(left) > MOST_RESULTS:
            raise TooManyTies
    return left


def _faba(rows: Rows, f: int) -> Iterator[Row]:
    def farthest(left: tuple[int, ...]) -> list[int]:
        centre = mean_of([rows[i] for i in left])
        gaps = {i: squared(rows[i], centre) for i in left}
        return [i for i, gap in gaps.items() if gap == max(gaps.values())]

    for left in _in_turn(len(rows), f, farthest):
        yield mean_of([rows[i] for i in left])


def _bulyan(rows: Rows, f: int) -> Iterator[Row]:
    N, gaps = len(rows), _gaps(rows)

    def best(left: tuple[int, ...]) -> list[int]:
        scores = _krum_scores(gaps, left, max(len(left) - f - 2, 1))
        return [i for i, score in scores.items() if score == min(scores.values())]

    for left in _in_turn(N, N - 2 * f, best):
        chosen = [rows[i] for i in range(N) if i not in left]
        columns = [
            list(_meamed([(value,) for value in column], 2 * f))
            for column in zip(*chosen, strict=True)
        ]
        yield from (tuple(value for (value,) in one) for one in itertools.product(*columns))


EXACT: dict[str, Callable[[Rows, int], Iterator[Row]]] = {
    "mean": _mean,
    "median": _medians,
    "trimmed_mean": _trimmed_means,
    "phocas": _phocas,
    "meamed": _meamed,
    "krum": _krum,
    "multi_krum": _multi_krum,
    "bulyan": _bulyan,
    "faba": _faba,
    "cge": _cge,
    "mda": _mda,
    "monna": _monna,
}
"""All results that the definition of a rule allows; the others are those of `RULES`."""

ITERATED = {"geometric_median": 1e-4, "huber": 1e-4}
"""Minimisers, and the part of the messages' spread within which an iteration has to end."""
DEGENERATE = frozenset({"caf", "smea"})
"""Rules that compare eigenvalues, in floating point: tied inputs do not decide about them."""
_MOST_STEPS = 1000


def spread_of(messages: Floats) -> float:
    """Return the largest range of a coordinate, of finite numbers."""
    return float((0.5 * messages.max(axis=0) - 0.5 * messages.min(axis=0)).max()) * 2


def tolerance(rule: str, messages: Floats) -> float:
    """Return how far a result may be from what is defined: rounding, or the end of an iteration."""
    honest = messages[np.abs(messages).max(axis=1) < LARGE]
    rounding = 64 * _EPS * float(np.abs(honest).max())
    return ITERATED.get(rule, 1e-9) * spread_of(honest) + rounding


def allows(rule: str, messages: Floats, f: int, result: Floats) -> bool:
    """Tell whether a result (D,) is one that the definition of a rule allows.

    Parameters
    ----------
    rule
        A key of `RULES`.
    messages, f
        Finite messages (N, D), and how many of them are Byzantine at most.

    Raises
    ------
    TooManyTies
        The definition allows more results than `MOST_RESULTS`.

    Examples
    --------
    Both ends of the closest pair have the smallest sum, and no other message:

    >>> messages = np.array([[3.0], [9.0], [10.0]])
    >>> [allows("krum", messages, 0, np.array([one])) for one in (3.0, 9.0, 10.0)]
    [False, True, True]
    """
    if not np.isfinite(result).all():
        return False
    near = tolerance(rule, messages)
    if rule not in EXACT:
        return _near_ours(rule, messages, f, result, near)
    if RULES[rule].coordinatewise:
        # Ties of one coordinate say nothing about those of another.
        return all(
            _is_near(rule, messages[:, [j]], f, result[[j]], near) for j in range(len(result))
        )
    return _is_near(rule, messages, f, result, near)


def _near_ours(rule: str, messages: Floats, f: int, result: Floats, near: float) -> bool:
    ours = RULES[rule](messages, f=f)
    if np.abs(result - ours).max() <= near:
        return True
    if rule == "caf":
        return bool(np.abs(result - _caf_to_the_letter(messages, f)).max() <= near)
    if rule != "geometric_median" or np.abs(messages).max() >= LARGE:
        return False
    # The minimiser of the total distance need not be unique.
    lengths = [np.linalg.norm(messages - place, axis=1).sum() for place in (result, ours)]
    return bool(lengths[0] <= lengths[1] * (1 + 4 * _EPS))


def _caf_to_the_letter(messages: Floats, f: int) -> Floats:
    """Return `cradl.rules.covariance.caf` with the maximum over all messages, also of no weight.

    The definition can be read so as well; it need not end then.
    """
    unit = float(np.abs(messages).max()) or 1.0
    points, weights = messages / unit, np.ones(len(messages))
    best, record = points.mean(axis=0), np.inf
    for _ in range(_MOST_STEPS):
        if weights.sum() <= len(messages) - 2 * f:
            break
        mean = weights @ points / weights.sum()
        gaps = points - mean
        values, vectors = np.linalg.eigh((gaps * weights[:, np.newaxis]).T @ gaps / weights.sum())
        if values[-1] < record:
            best, record = mean, values[-1]
        sizes = (gaps @ vectors[:, -1]) ** 2
        if sizes.max() == 0:
            break
        weights = weights * (1 - sizes / sizes.max())
    result: Floats = unit * best
    return result


def _is_near(rule: str, messages: Floats, f: int, result: Floats, near: float) -> bool:
    rows = [tuple(map(Fraction, row)) for row in messages.tolist()]
    for count, allowed in enumerate(EXACT[rule](rows, f)):
        if count > MOST_RESULTS:
            raise TooManyTies
        pairs = zip(result.tolist(), allowed, strict=True)
        if all(abs(Fraction(one) - other) <= near for one, other in pairs):
            return True
    return False

"""Evaluate rules on a line in exact arithmetic where many messages are at few places.

An input is a list of groups (place, number of honest messages, number of Byzantine ones). The cost
depends on the number of groups alone. Where a rule must choose between a Byzantine and an honest
value that are equally good, `lenient` says whether it takes the Byzantine one; if so, the result is
the limit of those with Byzantine messages slightly nearer.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from typing import NamedTuple, Protocol, TypeAlias


class Group(NamedTuple):
    """Messages at one place."""

    place: Fraction
    honest: int
    byzantine: int = 0

    @property
    def size(self) -> int:
        """Return the number of messages."""
        return self.honest + self.byzantine


Groups: TypeAlias = Sequence[Group]


def devices(groups: Groups) -> int:
    """Return the number of all messages."""
    return sum(group.size for group in groups)


def mean(groups: Groups) -> Fraction:
    """Return the mean of all messages."""
    return sum((group.place * group.size for group in groups), Fraction(0)) / devices(groups)


def honest_mean(groups: Groups) -> Fraction:
    """Return the mean of the honest messages."""
    honest = sum(group.honest for group in groups)
    return sum((group.place * group.honest for group in groups), Fraction(0)) / honest


def of_ranks(groups: Groups, first: int, last: int) -> Fraction:
    """Return the mean of the sorted messages number `first` to `last` − 1, counted from zero."""
    total, before = Fraction(0), 0
    for group in sorted(groups):
        taken = min(last, before + group.size) - max(first, before)
        total += max(taken, 0) * group.place
        before += group.size
    return total / (last - first)


def median(groups: Groups, f: int, *, lenient: bool = False) -> Fraction:
    """Return the middle value, or the mean of the two in the middle."""
    N = devices(groups)
    return of_ranks(groups, (N - 1) // 2, N // 2 + 1)


def trimmed_mean(groups: Groups, f: int, *, lenient: bool = False) -> Fraction:
    """Return the mean without the f smallest and the f largest values."""
    return of_ranks(groups, f, devices(groups) - f)


def phocas(groups: Groups, f: int, *, lenient: bool = False) -> Fraction:
    """Return the mean of the N − f values nearest to the trimmed mean."""
    centre, left, total = trimmed_mean(groups, f), devices(groups) - f, Fraction(0)
    for group in _ordered(groups, partial(_distance, centre), lenient=lenient):
        taken = min(left, group.size)
        left, total = left - taken, total + taken * group.place
    return total / (devices(groups) - f)


def faba(groups: Groups, f: int, *, lenient: bool = False) -> Fraction:
    """Drop f times the value farthest from the mean, and return the mean of the others.

    A value that is farthest stays so when another at its place is dropped, because the mean moves
    straight away from it: all at one place are dropped together.
    """
    left = list(groups)
    while f:
        centre = mean(left)
        *left, farthest = _ordered(left, partial(_distance, centre), lenient=lenient)
        dropped = min(f, farthest.size)
        if dropped < farthest.size:
            part = farthest.size - dropped
            sent = part if farthest.byzantine else 0
            left.append(Group(farthest.place, part - sent, sent))
        f -= dropped
    return mean(left)


def krum(groups: Groups, f: int, *, lenient: bool = False) -> Fraction:
    """Return the value with the least sum of squared distances to its N − f − 2 nearest."""
    N, parts = devices(groups), _apart(groups)

    def score(chosen: Group) -> Fraction:
        left, total = N - f - 2, Fraction(0)
        others = [(abs(g.place - chosen.place), g.size - (g == chosen)) for g in parts]
        for distance, size in sorted(others):
            taken = min(left, size)
            left, total = left - taken, total + taken * distance**2
        return total

    return _ordered(parts, score, lenient=lenient)[0].place


def _apart(groups: Groups) -> list[Group]:
    """Return groups that are all honest or all Byzantine."""
    honest = [Group(g.place, g.honest) for g in groups if g.honest]
    return honest + [Group(g.place, 0, g.byzantine) for g in groups if g.byzantine]


def _distance(centre: Fraction, group: Group) -> Fraction:
    return abs(group.place - centre)


def _ordered(groups: Groups, key: Callable[[Group], Fraction], *, lenient: bool) -> list[Group]:
    """Return groups apart, from the best to the worst; of two equally good, as `lenient` says."""
    return sorted(_apart(groups), key=lambda g: (key(g), (g.byzantine == 0) is lenient))


class GroupedRule(Protocol):
    """A rule that takes groups."""

    def __call__(self, groups: Groups, f: int, /, *, lenient: bool = False) -> Fraction:
        """Return the aggregate for f messages to tolerate."""


RULES: dict[str, GroupedRule] = {
    "median": median,
    "trimmed_mean": trimmed_mean,
    "geometric_median": median,
    "krum": krum,
    "phocas": phocas,
    "faba": faba,
}
"""At one coordinate the geometric median is the median."""

"""Inputs on which the rules of Table I have large errors, kept so that anyone can evaluate them.

Each gives a lower bound on C_α²: the ratio that the rule itself gives on it, in exact arithmetic.
Irrational places are replaced by fractions next to them before the rule is evaluated. Some suprema
are not attained, because a rule drops Byzantine messages from a certain place on; the input then
has them nearer by `INSIDE`, and the supremum is the ratio at that place, kept.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cache
from math import isqrt
from typing import NamedTuple

from theory.proving import exact_rules, grouped_rules
from theory.proving.grouped_rules import Group

INSIDE = Fraction(1, 10**9)
"""The share of its place by which a Byzantine message stays on the inner side of it."""

MANY = 200
"""Up to as many honest messages, all divisions into two places are tried; beyond, a few."""


class Columns(NamedTuple):
    """Honest messages with the same values in every coordinate, in another order.

    Attributes
    ----------
    honest, used
        Number of messages and of coordinates.
    size
        Number of messages with the first value in one coordinate.
    first, second, third
        Values. If `third` is None, messages have the first value in `size` coordinates, one after
        the other around a circle, and the second in the others. Else there is a group of `size`
        messages for each coordinate, with the first value there and the second in the others'
        coordinates; messages without a group have the third value everywhere.
    """

    honest: int
    used: int
    size: int
    first: Fraction
    second: Fraction
    third: Fraction | None = None

    def groups(self) -> list[Group]:
        """Return the values of one coordinate."""
        if self.third is None:
            return [Group(self.first, self.size), Group(self.second, self.honest - self.size)]
        others = (self.used - 1) * self.size
        rest = self.honest - self.used * self.size
        values = [(self.first, self.size), (self.second, others), (self.third, rest)]
        return [Group(value, number) for value, number in values if number]

    def squares(self) -> list[tuple[Fraction, int]]:
        """Return squared distances from the mean, with the number of messages at each."""
        middle = grouped_rules.honest_mean(self.groups())
        near, far = (self.first - middle) ** 2, (self.second - middle) ** 2
        if self.third is None:
            least, more = divmod(self.used * self.size, self.honest)
            counted = [(least + 1, more), (least, self.honest - more)]
            return [(k * near + (self.used - k) * far, many) for k, many in counted if many]
        grouped = self.used * self.size
        rest = self.used * (self.third - middle) ** 2
        both = [(near + (self.used - 1) * far, grouped), (rest, self.honest - grouped)]
        return [(square, many) for square, many in both if many]

    def rows(self) -> list[list[Fraction]]:
        """Return the messages one by one."""
        return [[self._value(i, j) for j in range(self.used)] for i in range(self.honest)]

    def _value(self, message: int, coordinate: int) -> Fraction:
        if self.third is None:
            place = (message - coordinate * self.size) % self.honest
            return self.first if place < self.size else self.second
        if message >= self.used * self.size:
            return self.third
        return self.first if message // self.size == coordinate else self.second


class Input(NamedTuple):
    """Messages and the ratio that a rule gives on them.

    Attributes
    ----------
    honest
        Messages alike in every coordinate, or (place, number) for each place.
    byzantine
        The place of all Byzantine messages, or one place for each; one number stands for every
        coordinate of `Columns`.
    ratio
        ‖A − z̄‖² over the largest or the average squared honest deviation.
    limit
        The supremum of this ratio as Byzantine messages tend to the place where the rule drops
        them, or as the message aside tends to the others; `ratio` if nothing tends anywhere.
    """

    honest: Columns | tuple[tuple[tuple[Fraction, ...], int], ...]
    byzantine: tuple[tuple[Fraction, ...], ...]
    ratio: Fraction
    limit: Fraction

    def messages(self, f: int) -> tuple[list[list[Fraction]], list[list[Fraction]]]:
        """Return the honest and the f Byzantine messages one by one."""
        if isinstance(self.honest, Columns):
            rows, width = self.honest.rows(), self.honest.used
        else:
            rows = [list(place) for place, number in self.honest for _ in range(number)]
            width = len(rows[0])
        sent = [list(place) * (width if len(place) == 1 < width else 1) for place in self.byzantine]
        return rows, sent if len(sent) == f else sent[:1] * f


def worst_input(
    rule: str, devices: int, byzantine: int, dimension: int, group: int, *, average: bool
) -> Input:
    """Return the worst known input of a rule of Table I in at most `dimension` coordinates.

    `group` is the number of honest values at or beyond the output of a coordinate-wise rule.
    """
    # No input needs more coordinates.
    alike = rule in ("median", "trimmed_mean", "phocas")
    most = {True: devices - byzantine, False: 1 if rule == "faba" else 2}[alike]
    used = 1 if alike and average else min(dimension, most)
    return _worst(rule, devices, byzantine, used, group, average=average)


@cache
def _worst(
    rule: str, devices: int, byzantine: int, dimension: int, group: int, *, average: bool
) -> Input:
    if rule in ("median", "trimmed_mean", "phocas"):
        candidates = _alike(rule, devices, byzantine, dimension, group, average=average)
    elif rule == "geometric_median":
        candidates = _of_geometric_median(devices, byzantine, dimension, group, average=average)
    elif rule == "faba":
        candidates = _of_faba(devices, byzantine, average=average)
    else:
        candidates = _of_krum(devices, byzantine, dimension, average=average)
    return max(candidates, key=lambda candidate: candidate.limit)


def _alike(
    rule: str, devices: int, byzantine: int, dimension: int, group: int, *, average: bool
) -> Iterator[Input]:
    honest, far = devices - byzantine, devices - byzantine - group
    if far == 0:
        yield Input(Columns(honest, 1, honest, Fraction(0), Fraction(0)), ((Fraction(0),),), *_ZERO)
        return
    for used in [1] if average else _useful(honest, group, dimension):
        designs = [Columns(honest, used, group, Fraction(far), Fraction(-group))]
        for size, sign in ((group, 1), (far, -1)):
            if used * size <= honest:
                a, b, c = apart(honest, size, used)
                designs.append(Columns(honest, used, size, sign * a, -sign * b, -sign * c))
        for design in designs:
            yield _with_liars(rule, design, byzantine, average=average)


_ZERO = (Fraction(0), Fraction(0))


def _useful(honest: int, size: int, dimension: int) -> list[int]:
    """Return the numbers of coordinates to try: the best input uses one of them."""
    few = min(size, honest - size)
    return sorted({1, min(dimension, honest), min(dimension, max(honest // few, 1))})


def _with_liars(rule: str, design: Columns, f: int, *, average: bool) -> Input:
    """Put the Byzantine messages at their worst place in every coordinate."""
    column = design.groups()
    places = [group.place for group in column]
    beyond = max(places) + 9 * (max(places) - min(places))
    if rule != "phocas" or f == 0:
        ratio = _ratio(rule, design, f, beyond, average=average)
        return Input(design, ((beyond,),), ratio, ratio)
    centre = grouped_rules.trimmed_mean([*column, Group(beyond, 0, f)], f)
    best = Input(design, ((beyond,),), *[_ratio(rule, design, f, beyond, average=average)] * 2)
    for dropped in places:
        reach = abs(dropped - centre)
        inside = centre + reach * (1 - INSIDE)
        ratio = _ratio(rule, design, f, inside, average=average)
        limit = _ratio(rule, design, f, centre + reach, average=average, lenient=True)
        limit = _approached(ratio, limit)
        best = max(best, Input(design, ((inside,),), ratio, limit), key=lambda one: one.limit)
    return best


def _ratio(
    rule: str, design: Columns, f: int, place: Fraction, *, average: bool, lenient: bool = False
) -> Fraction:
    column = design.groups()
    sent = [Group(place, 0, f)] if f else []
    out = grouped_rules.RULES[rule]([*column, *sent], f, lenient=lenient)
    error = design.used * (out - grouped_rules.honest_mean(column)) ** 2
    return error / _divisor(design.squares(), average=average)


def _approached(ratio: Fraction, limit: Fraction) -> Fraction:
    """Return a limit that the ratio of the kept input comes near to, else the ratio itself."""
    return limit if ratio <= limit <= ratio * (1 + 10**3 * INSIDE) else ratio


def _divisor(squares: Sequence[tuple[Fraction, int]], *, average: bool) -> Fraction:
    if not average:
        return max(square for square, _ in squares)
    total = sum((square * many for square, many in squares), Fraction(0))
    return total / sum(many for _, many in squares)


def apart(honest: int, few: int, used: int) -> tuple[Fraction, Fraction, Fraction]:
    """Return a, b and c for groups of `few` messages, one for each coordinate.

    A group is at a in its own coordinate and at −b in the others'; the rest is at −c everywhere.
    The mean is zero, no message is farther than 1 from it, and a is the largest possible value; all
    up to the rounding of square roots.
    """
    rest = Fraction(honest - used * few, few)
    if rest**2 >= used:
        return Fraction(1), Fraction(0), 1 / rest
    if used == 1:
        return min(Fraction(1), rest), Fraction(0), Fraction(1)
    pushed = rest / _root(Fraction(used))
    b = _root((used - 1) * (used - pushed**2)) - (used - 1) * pushed
    b /= used * (used - 1)
    return (used - 1) * b + pushed, b, 1 / _root(Fraction(used))


def _root(square: Fraction) -> Fraction:
    """Return a fraction next to a square root."""
    digits = 10**40
    return Fraction(
        isqrt(square.numerator * square.denominator * digits**2), square.denominator * digits
    )


def _two_places(honest: int, sizes: Sequence[int]) -> list[int]:
    """Return the divisions of the honest messages into two places that are tried."""
    if honest <= MANY:
        return list(range(1, honest))
    tried = {1, honest // 2, (honest + 1) // 2, honest - 1, *sizes}
    return sorted(size for size in tried if 0 < size < honest)


def _of_two(honest: int, size: int, *, average: bool) -> tuple[list[Group], Fraction]:
    """Return `size` values at n − size and the others at −size, and their squared deviation."""
    groups = [Group(Fraction(honest - size), size), Group(Fraction(-size), honest - size)]
    # A rule that must choose takes the first: the one that is farther away.
    groups.sort(key=lambda group: -abs(group.place))
    return groups, _divisor([(g.place**2, g.honest) for g in groups], average=average)


def _on_line(groups: Sequence[Group], place: Fraction, ratio: Fraction, limit: Fraction) -> Input:
    return Input(tuple(((g.place,), g.honest) for g in groups), ((place,),), ratio, limit)


def _of_faba(devices: int, byzantine: int, *, average: bool) -> Iterator[Input]:
    """Yield two places of honest messages, and liars just nearer than where they are dropped."""
    honest = devices - byzantine
    if byzantine == 0 or honest == 1:
        yield Input((((Fraction(0),), honest),), ((Fraction(0),),), *_ZERO)
        return
    for size in _two_places(honest, (byzantine, honest - byzantine)):
        groups, allowed = _of_two(honest, size, average=average)
        # There the mean of all is as far from the liars as from the lower honest place.
        place = size * Fraction(devices, devices - 2 * byzantine)
        ratio, limit = (
            grouped_rules.faba([*groups, sent], byzantine, lenient=lenient) ** 2 / allowed
            for sent, lenient in (
                (Group(place * (1 - INSIDE), 0, byzantine), False),
                (Group(place, 0, byzantine), True),
            )
        )
        limit = _approached(ratio, limit)
        yield _on_line(groups, place * (1 - INSIDE), ratio, limit)
    if byzantine <= MANY:
        place = Fraction(devices, devices - 2 * byzantine)
        groups, out = _staged(devices, byzantine, place, INSIDE)
        allowed = _divisor([(g.place**2, g.honest) for g in groups], average=average)
        tied, at_ties = _staged(devices, byzantine, place, Fraction(0))
        limit = at_ties**2 / _divisor([(g.place**2, g.honest) for g in tied], average=average)
        ratio = out**2 / allowed
        limit = _approached(ratio, limit)
        yield _on_line(groups, place, ratio, limit)


def _staged(
    devices: int, byzantine: int, place: Fraction, spare: Fraction
) -> tuple[list[Group], Fraction]:
    """Return honest places of which FABA drops one after the other, and its output.

    Each is just farther from the mean of what is left than the liars are; the rest is at one place.
    """
    dropped = list[Fraction]()
    for stage in range(byzantine):
        # The honest messages sum to zero, so that those which are left sum to −Σ `dropped`.
        centre = (byzantine * place - sum(dropped, Fraction(0))) / (devices - stage)
        dropped.append(2 * centre - place - spare)
    rest = devices - 2 * byzantine
    groups = [*(Group(one, 1) for one in dropped), Group(-sum(dropped, Fraction(0)) / rest, rest)]
    sent = Group(place, 0, byzantine)
    return groups, grouped_rules.faba([*groups, sent], byzantine, lenient=spare == 0)


def _of_geometric_median(
    devices: int, byzantine: int, dimension: int, group: int, *, average: bool
) -> Iterator[Input]:
    honest = devices - byzantine
    if dimension == 1 or devices % 2:
        # On a line it is the median; for odd N it is the only minimiser in a plane too.
        yield from _alike("median", devices, byzantine, 1, group, average=average)
        return
    # Even N: half of all messages at one place, the liars and as many honest ones as needed. It is
    # the only minimiser if one of the others is aside.
    near = devices // 2 - byzantine
    if byzantine == 0 or honest - near < 2:
        yield from _alike("median", devices, byzantine, 1, group, average=average)
        return
    ratio, limit = (
        _aside(honest, near, aside, average=average) for aside in (Fraction(1, 10**5), Fraction(0))
    )
    places = [((Fraction(1), Fraction(0)), near), ((Fraction(0), Fraction(0)), honest - near - 1)]
    points = tuple((place, many) for place, many in places if many)
    aside = ((Fraction(0), Fraction(1, 10**5)), 1)
    yield Input((*points, aside), ((Fraction(1), Fraction(0)),), ratio, limit)


def _aside(honest: int, near: int, aside: Fraction, *, average: bool) -> Fraction:
    """Return the ratio if the rule returns the place (1, 0) of `near` honest messages."""
    middle = Fraction(near, honest), aside / honest
    error = (1 - middle[0]) ** 2 + middle[1] ** 2
    others = middle[0] ** 2 + middle[1] ** 2
    squares = [(error, near), (others, honest - near - 1)]
    squares.append((middle[0] ** 2 + (aside - middle[1]) ** 2, 1))
    return error / _divisor([part for part in squares if part[1]], average=average)


def _of_krum(devices: int, byzantine: int, dimension: int, *, average: bool) -> Iterator[Input]:
    honest = devices - byzantine
    for size in _two_places(honest, (byzantine + 1, honest - byzantine - 1)):
        groups, allowed = _of_two(honest, size, average=average)
        place = krum_place(devices, byzantine, size)
        out = grouped_rules.krum([*groups, Group(place, 0, byzantine)], byzantine)
        ratio = out**2 / allowed
        yield _on_line(groups, place, ratio, ratio)
    for points in _PLANAR.get((devices, byzantine), ()) if dimension > 1 else ():
        rows = [[Fraction(x, 10**4), Fraction(y, 10**4)] for x, y in points]
        liars, others = rows[:byzantine], rows[byzantine:]
        ratio = exact_rules.ratio("krum", others, liars, average=average)
        sent = tuple(tuple(row) for row in liars)
        yield Input(tuple((tuple(row), 1) for row in others), sent, ratio, ratio)


@cache
def krum_place(devices: int, byzantine: int, size: int) -> Fraction:
    """Return the farthest place on a line at which Krum still chooses Byzantine messages.

    `size` honest values are at n − size and the others at −size; the place is found by bisection
    outwards from the first and is a whole multiple of the last step.
    """
    honest = devices - byzantine
    groups, _ = _of_two(honest, size, average=False)
    low, step = Fraction(honest - size), Fraction(4 * honest**2)
    if byzantine == 0:
        return low
    while step > Fraction(honest, 10**6):
        step /= 2
        chosen = grouped_rules.krum([*groups, Group(low + step, 0, byzantine)], byzantine)
        low += step if chosen == low + step else 0
    return low


_PLANAR: dict[tuple[int, int], tuple[tuple[tuple[int, int], ...], ...]] = {
    (5, 1): (
        ((-1961, -19214), (-7748, -6322), (7742, 6317), (-6305, 7762), (6311, -7757)),
        ((15298, 10240), (3275, 9436), (9984, -574), (-6647, -4419), (-6612, -4443)),
    ),
    (8, 1): (
        (
            *((12213, -761), (-8939, -4068), (5682, -7632), (7444, -6677)),
            *((5418, 8305), (-9188, 2534), (-7512, 491), (7095, 7047)),
        ),
    ),
    (8, 2): (
        (
            *((-22638, 2826), (-27474, 1695), (-8436, 5370), (7837, -4709)),
            *((-8435, 5371), (9878, -199), (-9603, -2791), (8759, -3041)),
        ),
        (
            *((-20095, 2717), (-22906, 4766), (-7724, -3014), (-8238, -2906)),
            *((8150, -515), (8025, 181), (7962, 494), (-8175, 5760)),
        ),
    ),
}
"""Inputs of Krum in a plane by (N, f), in ten-thousandths, Byzantine messages first: found by a
random search, for the largest and the average deviation."""

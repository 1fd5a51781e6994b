"""The smallest input on which a library's rule differs: few devices, few coordinates, integers."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from cradl.aggregation import RULES
from cradl.conformance.definitions import DEGENERATE, TooManyTies
from cradl.conformance.inputs import Input
from cradl.conformance.judging import Example, answer, fails
from cradl.conformance.libraries import Peer
from cradl.rule import Rule

_TRIES = 200
"""Draws of integers at each (N, f, D)."""
_SMALL = ((3, 1), (4, 1), (5, 1), (6, 1), (7, 1), (7, 2), (9, 2), (11, 3))
"""(N, f), in the order in which a differing input is looked for."""


def smallest(peer: Peer, wrong: Sequence[Input]) -> Example | None:
    """Return the smallest differing input that is found.

    Parameters
    ----------
    peer
        The rule of a library.
    wrong
        Inputs on which it fails; one of them is shrunk if no small integers are found.
    """
    if not wrong:
        return None

    def wanted(one: Input) -> bool:
        try:
            return fails(peer, one)
        except TooManyTies:
            return False

    rule = RULES[peer.rule]
    first = next(filter(wanted, _integers(rule)), None) if peer.rule not in DEGENERATE else None
    _, messages, f = _shrunk(rule, wrong[0] if first is None else first, wanted)
    return Example(messages, f, *answer(peer, messages, f), rule(messages, f=f))


def _integers(rule: Rule) -> Iterator[Input]:
    """Yield messages of small integers, those of few devices and coordinates first."""
    rng = np.random.default_rng(1)
    for N, f in _SMALL:
        for D in (1, 2):
            if f <= rule.max_f(N):
                for _ in range(_TRIES):
                    messages = rng.integers(0, 10, (N, D)).astype(np.float64)
                    yield Input("integers", messages, f)


def _shrunk(rule: Rule, start: Input, wanted: Callable[[Input], bool]) -> Input:
    """Make an input smaller, one step at a time, as long as it is wanted."""
    now, going = start, True
    while going:
        going = False
        for smaller in _smaller(rule, now):
            if wanted(smaller):
                now, going = smaller, True
                break
    return now


def _smaller(rule: Rule, one: Input) -> Iterator[Input]:
    """Yield inputs with a device, a coordinate, digits or an amount less."""
    messages, f = one.messages, one.f
    N, D = messages.shape
    if f <= rule.max_f(N - 1):
        yield from (one._replace(messages=np.delete(messages, i, axis=0)) for i in range(N))
    if D > 1:
        yield from (one._replace(messages=np.delete(messages, j, axis=1)) for j in range(D))
    for digits in (0, 1, 2, 4):
        rounded = np.round(messages, digits)
        if (rounded != messages).any():
            # No −0.
            yield one._replace(messages=rounded + 0.0)
    whole = (messages == np.round(messages)).all() and np.abs(messages).max() < 100
    for place in np.argwhere(messages != 0) if whole else ():
        for value in (0.0, messages[tuple(place)] - np.sign(messages[tuple(place)])):
            changed = messages.copy()
            changed[tuple(place)] = value
            if np.abs(changed).sum() < np.abs(messages).sum():
                yield one._replace(messages=changed)

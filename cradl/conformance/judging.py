"""A library's rule against its definition, against what its row promises, and against lies."""

import contextlib
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.random import Generator

from cradl.aggregation import RULES
from cradl.arrays import Floats
from cradl.conformance.definitions import DEGENERATE, TooManyTies, allows, tolerance
from cradl.conformance.inputs import Input, finite_inputs, hostile_inputs, places
from cradl.conformance.libraries import Peer
from theory.worst_case import search

_SHIFT, _FACTOR = 64.0, 2.0**10
_LIMIT, _FIRST = 2, 120
"""Seconds of CPU time after which a call is taken not to return; a first one may compile."""


class Answer(NamedTuple):
    """What a rule returned (D,), or what it raised instead."""

    result: Floats | None
    raised: str = ""

    @property
    def finite(self) -> bool:
        """True if there is a result of finite numbers."""
        return self.result is not None and bool(np.isfinite(self.result).all())


class DoesNotReturn(Exception):
    """A call that goes on."""


@contextlib.contextmanager
def _limited(seconds: int) -> Iterator[None]:
    """Raise `DoesNotReturn` in what takes too much CPU time, in Python at least."""

    def end(_signal: int, _frame: object) -> None:
        raise DoesNotReturn(f"need a result, got none after {seconds} seconds of CPU time")

    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@dataclass
class Count:
    """On how many inputs a rule was judged, and on how many it failed."""

    judged: int = 0
    differs: int = 0
    not_finite: int = 0
    raised: int = 0
    endless: int = 0

    @property
    def failed(self) -> int:
        """Return the inputs on which the result is not what is defined."""
        return self.differs + self.not_finite + self.raised + self.endless


@dataclass(frozen=True)
class Example:
    """An input on which a rule differs, what it returned or raised, and what is defined.

    With messages (N, D), `got` and `defined` are (D,); `got` is None if it raised.
    """

    messages: Floats
    f: int
    got: Floats | None
    raised: str
    defined: Floats


@dataclass
class Verdict:
    """What was found about a rule.

    Attributes
    ----------
    library, name, rule
        Whose it is, its name there, and the key of the definition in `RULES`.
    kinds, hostile
        Counts by kind of input: finite messages, and lies of f devices among them.
    varies
        Whether two calls with the same messages gave results apart.
    broken
        The promises of the row that it does not keep.
    raised
        The first exception.
    worst, ours
        The largest squared error that a search found for it and for `RULES`, over the largest
        squared honest deviation, at N = 5 or the least N for f = 1, and D = 2; None where there
        is no bound.
    example
        The smallest differing input; None if there is none.
    """

    library: str
    name: str
    rule: str
    kinds: dict[str, Count] = field(default_factory=dict)
    hostile: dict[str, Count] = field(default_factory=dict)
    varies: bool = False
    broken: list[str] = field(default_factory=list)
    raised: str = ""
    worst: float | None = None
    ours: float | None = None
    example: Example | None = None

    @property
    def conforms(self) -> bool:
        """True if nothing was found that is not as defined and promised."""
        counts = [*self.kinds.values(), *self.hostile.values()]
        return not (self.varies or self.broken or any(one.failed for one in counts))


def answer(peer: Peer, messages: Floats, f: int, *, limit: int = _LIMIT) -> Answer:
    """Call a library's rule with a copy of messages (N, D); what it raises is its answer."""
    try:
        with _limited(limit), np.errstate(all="ignore"):
            result = np.asarray(peer.aggregate(messages.copy(), f), np.float64)
    except Exception as error:
        return Answer(None, f"{type(error).__name__}: {' '.join(str(error).split())}")
    if result.shape != messages.shape[1:]:
        return Answer(None, f"need shape {messages.shape[1:]}, got {result.shape}")
    return Answer(result)


def fails(peer: Peer, one: Input) -> bool:
    """Tell whether a rule returns anything but what its definition allows.

    Raises
    ------
    TooManyTies
        The definition allows too many results.
    """
    got = answer(peer, one.messages, one.f).result
    return got is None or not allows(peer.rule, one.messages, one.f, got)


def judge(peer: Peer, *, count: int, seed: int = 0) -> tuple[Verdict, list[Input]]:
    """Judge a rule of a library on `count` inputs of each kind at each place of the grid.

    Returns
    -------
    The verdict, still without an example, and the finite inputs on which it fails.
    """
    rule, rng = RULES[peer.rule], np.random.default_rng(seed)
    verdict, wrong, own = Verdict(peer.library, peer.name, peer.rule), [], _own(peer.rule)
    N, f, D = places(rule)[0]
    for called in (peer, own):
        answer(called, rng.standard_normal((N, D)), f, limit=_FIRST)
    for one in finite_inputs(rule, count, rng):
        if one.kind == "tied" and peer.rule in DEGENERATE:
            continue
        counted = verdict.kinds.setdefault(one.kind, Count())
        # A kind of input on which a call does not return is not waited for again and again.
        if not counted.endless and _judge_one(peer, one, verdict, counted):
            wrong.append(one)
    # A mean, and what else promises no bound and is linear, has no answer to a lie.
    if "linear" not in rule.contracts:
        for one in hostile_inputs(rule, rng):
            counted = verdict.hostile.setdefault(one.kind, Count())
            if not counted.endless:
                _judge_one(peer, one, verdict, counted)
    verdict.varies = _varies(peer, rng)
    verdict.broken = [] if verdict.varies else sorted(set(_broken(peer, rng)))
    if {"bounded", "scaling"} <= rule.contracts:
        verdict.worst, verdict.ours = (_worst(called) for called in (peer, own))
    return verdict, wrong


def _judge_one(peer: Peer, one: Input, verdict: Verdict, count: Count) -> bool:
    """Count an input, and tell whether the rule fails on it."""
    got = answer(peer, one.messages, one.f)
    if got.result is None:
        if got.raised.startswith(DoesNotReturn.__name__):
            count.endless += 1
        else:
            count.raised += 1
        verdict.raised = verdict.raised or got.raised
    elif not got.finite:
        count.not_finite += 1
    elif np.isfinite(one.messages).all():
        try:
            agrees = allows(peer.rule, one.messages, one.f, got.result)
        except TooManyTies:
            return False
        count.differs += not agrees
        count.judged += 1
        return not agrees
    count.judged += 1
    return not got.finite


def _own(rule: str) -> Peer:
    return Peer("cradl", rule, rule, lambda messages, f: RULES[rule](messages, f=f))


def _varies(peer: Peer, rng: Generator) -> bool:
    """Tell whether the rule gives two results for the same messages."""
    for N, f, D in places(RULES[peer.rule]):
        messages = rng.standard_normal((N, D))
        for _ in range(10):
            first, second = (answer(peer, messages, f).result for _ in range(2))
            if first is not None and second is not None:
                near = tolerance(peer.rule, messages)
                if not np.allclose(first, second, rtol=0, atol=near, equal_nan=True):
                    return True
    return False


def _broken(peer: Peer, rng: Generator) -> Iterator[str]:
    """Yield promises of the row that the rule does not keep on normal messages."""
    promised = RULES[peer.rule].contracts
    for N, f, D in places(RULES[peer.rule]):
        for _ in range(20):
            messages = rng.standard_normal((N, D))
            shift, order = _SHIFT * rng.integers(-4, 5, D), rng.permutation(N)
            before = answer(peer, messages, f).result
            if before is None:
                continue
            # To shift messages rounds them, so that what is compared is as coarse as that.
            changed = {
                "permutation": (messages[order], before),
                "translation": (messages + shift, before + shift),
                "scaling": (_FACTOR * messages, _FACTOR * before),
            }
            for contract in changed.keys() & promised:
                given, expected = changed[contract]
                after = answer(peer, given, f).result
                # Each of the two may be as far off as an iteration ends.
                near = 2 * tolerance(peer.rule, given)
                if after is None:
                    yield contract
                elif not np.allclose(after, expected, rtol=0, atol=near):
                    # Between equals, as subsets with the same diameter are, any choice is one.
                    either = [(messages, before), (given, after)]
                    if not all(allows(peer.rule, one, f, result) for one, result in either):
                        yield contract


def _worst(peer: Peer) -> float | None:
    """Search for the largest ratio; None if the rule raises on the way."""

    class Raised(Exception):
        """The rule has no result."""

    def rule(messages: Floats, *, f: int) -> Floats:
        result = answer(peer, messages, f).result
        if result is None:
            raise Raised
        return result

    try:
        return search(rule, N=max(5, RULES[peer.rule].least(1) or 5), f=1, D=2, steps=200).ratio
    except Raised:
        return None

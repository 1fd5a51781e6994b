"""The row of an aggregation rule: what it computes, what it promises, and how it is called."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np

from cradl.arrays import Flags, Floats, real
from cradl.foreign import called, require_finite, returned
from cradl.numerics.kernels import all_finite
from cradl.rows import Row


class Aggregate(Protocol):
    """Aggregates messages."""

    def __call__(self, messages: Floats, f: int, /) -> Floats:
        """Return the aggregate (D,) of finite messages (N, D), f of them at most Byzantine."""


class AggregateOn(Protocol):
    """Aggregates messages, starting from the aggregate before."""

    def __call__(self, messages: Floats, f: int, last: Floats, /) -> Floats:
        """Return the aggregate (D,) as `Aggregate` does; `last` (D,) is the one before."""


class WorstReply(Protocol):
    """Finds the message that harms a rule most."""

    def __call__(self, honest: Floats, directions: Floats, f: int, tolerated: int, /) -> Floats:
        """Return the message (D,) with which f devices move the rule farthest.

        Parameters
        ----------
        honest
            The messages (n, D) of the others.
        directions
            (D,): up where positive, down where negative, else away from the honest mean.
        f, tolerated
            How many devices send it, and for how many the rule is set.
        """


CONTRACTS = frozenset(
    {
        "permutation",
        "translation",
        "scaling",
        "linear",
        "monotone",
        "mean_without_attack",
        "bounded",
        "coordinatewise",
    }
)
"""The promises that rules may make; see `Rule`."""


@dataclass(frozen=True, kw_only=True)
class Rule(Row):
    """A row of `RULES`.

    Attributes
    ----------
    aggregate
        ``aggregate(messages, f) -> (D,)`` for finite messages and an admissible f; of a rule that
        remembers ``aggregate(messages, f, last) -> (D,)``.
    max_f
        N -> the largest f the rule is defined for.
    contracts
        What the rule promises, each tested for every row: ``permutation`` (of the devices: no
        change, unless a choice was between equals), ``translation`` and ``scaling`` equivariance,
        ``linear`` (the result of a sum of messages is the sum of their results),
        ``monotone`` (no coordinate of the result falls if one of a message grows),
        ``mean_without_attack`` (the mean at f = 0), ``bounded`` (f hostile messages of any content
        cannot move it out of reach), ``coordinatewise`` (each coordinate is aggregated on its own).
    worst_reply
        `WorstReply` in closed form; None if none is known.
    subsets
        (N, f) -> how many subsets the rule compares, if that is what limits ``max_f``; else None.
    remembers
        Whether the rule takes its last aggregate of the run, which is zero before the first one.
    """

    HINT: ClassVar[str] = "; whether it is coordinatewise is one of the contracts"

    aggregate: Aggregate | AggregateOn
    max_f: Callable[[int], int]
    contracts: frozenset[str]
    worst_reply: WorstReply | None = None
    subsets: Callable[[int, int], int] | None = None
    remembers: bool = False

    CALLED: ClassVar[tuple[str, ...]] = ("aggregate", "max_f", "worst_reply", "subsets")

    def __post_init__(self) -> None:
        """Refuse contracts that nobody tests.

        Raises
        ------
        TypeError, ValueError
            Contracts that are no set of texts, or unknown ones; as for every `Row`.
        """
        super().__post_init__()
        if not isinstance(self.contracts, frozenset | set):
            needed = 'need a set of contracts, as in frozenset({"permutation"})'
            raise TypeError(f"{needed}, got {self.contracts!r}")
        unknown = ", ".join(sorted(self.contracts - CONTRACTS))
        if unknown:
            raise ValueError(f"need contracts among {', '.join(sorted(CONTRACTS))}, got {unknown}")

    @property
    def coordinatewise(self) -> bool:
        """True if each coordinate is aggregated on its own."""
        return "coordinatewise" in self.contracts

    def __call__(self, messages: Floats, *, f: int, last: Floats | None = None) -> Floats:
        """Aggregate what the server received.

        Messages with a NaN or infinite entry are certainly not honest: the server drops those
        q <= f messages and applies the rule to the others with f - q.

        Parameters
        ----------
        last
            The aggregate before (D,), for a rule that remembers it; zero if None.

        Raises
        ------
        ValueError
            Messages that are no (N, D) array, f that is no integer in [0, max_f(N)], more than f
            messages that are not finite.
        TypeError
            Messages that are masked, complex or no numbers.
        cradl.foreign.RowFault
            A user's rule that raises, or returns anything but D finite numbers.

        Examples
        --------
        Four devices send 1 to 4 and a fifth sends 100:

        >>> from cradl.aggregation import RULES
        >>> messages = np.array([[1.0], [2.0], [3.0], [4.0], [100.0]])
        >>> names = ("mean", "median", "trimmed_mean", "geometric_median", "krum", "phocas", "faba")
        >>> {name: float(RULES[name](messages, f=1)[0]) for name in names}
        ... # doctest: +NORMALIZE_WHITESPACE
        {'mean': 22.0, 'median': 3.0, 'trimmed_mean': 3.0, 'geometric_median': 3.0, 'krum': 2.0,
         'phocas': 2.5, 'faba': 2.5}

        What is not finite is dropped, and counts as one of the f:

        >>> RULES["median"](np.array([[1.0], [np.nan], [3.0]]), f=1)
        array([2.])
        >>> RULES["median"](messages, f=3)
        Traceback (most recent call last):
        ValueError: need 0 <= f <= 2 for 5 messages, got f=3
        """
        messages = checked(messages, f)
        if f < 0 or f > self.max_f(len(messages)):
            raise ValueError(self.refusal(len(messages), int(f)))
        if "linear" in self.contracts:
            # Every message has its share in the result: what is not finite shows there.
            result = self.aggregated(messages, f, last)
            if np.isfinite(result).all():
                return result
        messages, f = finite(messages, f)[:2]
        return self.aggregated(messages, f, last, ends=True)

    def aggregated(
        self, messages: Floats, f: int, last: Floats | None, *, ends: bool = False
    ) -> Floats:
        """Apply the rule to messages that are checked, and to finite ones if the result `ends`."""
        given: tuple[Any, ...] = (messages, f)
        if self.remembers:
            given += (np.zeros(messages.shape[1]) if last is None else last,)
        result = returned(self, "aggregate", called(self, "aggregate", *given), messages.shape[1:])
        if ends:
            require_finite(self, "aggregate", result, given=messages)
        return result

    def least(self, f: int) -> int | None:
        """Return the least number of messages for which the rule takes f; None if none was found.

        Examples
        --------
        >>> from cradl.aggregation import RULES
        >>> RULES["krum"].least(1)
        5
        """
        return next((N for N in range(1, 10 * f + 100) if self.max_f(N) >= f), None)

    def refusal(self, N: int, f: int) -> str:
        """Say what is wrong with an f for which the rule does not take N messages.

        Examples
        --------
        >>> from cradl.aggregation import RULES
        >>> print(RULES["mda"].refusal(100, 5))
        need 0 <= f <= 3 for 100 messages, got f=5, which makes 75,287,520 subsets to compare
        """
        most = self.max_f(N)
        if f < 0 or most >= 0:
            return f"need 0 <= f <= {most} for {N} messages, got f={f}{self.enumerated(N, f)}"
        return f"need at least {self.least(f)} messages for f={f}, no f for {N} messages, got f={f}"

    def enumerated(self, N: int, f: int) -> str:
        """Say how many subsets the rule would compare, if these are what it refuses."""
        if self.subsets is None or not 0 <= 2 * f < N:
            return ""
        return f", which makes {self.subsets(N, f):,} subsets to compare"


def checked(messages: Any, f: Any) -> Floats:
    """Return messages (N, D) as float64.

    Raises
    ------
    ValueError, TypeError
        As `Rule`, but for an f out of range.
    """
    found = real(messages, "messages of real numbers")
    if found.ndim != 2 or 0 in found.shape:
        raise ValueError(f"need messages of shape (N, D), got shape {found.shape}")
    if isinstance(f, bool) or not isinstance(f, int | np.integer):
        raise ValueError(f"need a whole number f of Byzantine messages, got {f!r}")
    return found


def finite(messages: Floats, f: int) -> tuple[Floats, int, Flags | None]:
    """Drop messages that are not finite, each of which is one of the f.

    Returns
    -------
    The others, how many of them are Byzantine at most, and which they are (N,); None for all.

    Raises
    ------
    ValueError
        More than f are not finite.
    """
    if all_finite(messages):
        return messages, f, None
    whole: Flags = np.logical_and.reduce(np.isfinite(messages), axis=1)
    dropped = len(messages) - int(whole.sum())
    if dropped > f:
        needed = f"need at most f={f} messages that are not finite"
        raise ValueError(f"{needed}, got {dropped} of {len(messages)}")
    return messages[whole], f - dropped, whole

"""Aggregation rules. A rule is a pure function of the messages and a row of `RULES`.

A rule is called as ``rule(messages, *, f)`` with `messages` (N, D), one row a device, and f the
number of Byzantine messages it has to withstand; it returns (D,).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from cradl.kernels import Floats, all_finite, mean_of_kept, mean_of_nearest


class Rule(NamedTuple):
    """One row of `RULES`.

    Attributes
    ----------
    aggregate
        ``aggregate(messages, f) -> (D,)`` for finite messages and an admissible f.
    max_f
        N -> the largest f the rule is defined for.
    contracts
        What the rule promises, each tested for every row: ``permutation`` (of the devices),
        ``translation`` and ``scaling`` equivariance, ``mean_without_attack`` (the mean at f = 0),
        ``bounded`` (f hostile messages of any content cannot move it out of reach).
    coordinatewise
        Whether each coordinate is aggregated on its own.
    """

    aggregate: Callable[[Floats, int], Floats]
    max_f: Callable[[int], int]
    contracts: frozenset[str]
    coordinatewise: bool

    def __call__(self, messages: Floats, *, f: int) -> Floats:
        """Aggregate what the server received.

        Messages with a NaN or infinite entry are certainly not honest: the server drops those
        q <= f messages and applies the rule to the others with f - q.

        Raises
        ------
        ValueError
            Messages that are no (N, D) array, f that is no integer in [0, max_f(N)], more than f
            messages that are not finite.
        """
        messages = np.asarray(messages, dtype=np.float64)
        if messages.ndim != 2 or 0 in messages.shape:
            raise ValueError(f"need messages of shape (N, D), got shape {messages.shape}")
        N = len(messages)
        if isinstance(f, bool) or not isinstance(f, int | np.integer):
            raise ValueError(f"need a whole number f of Byzantine messages, got {f!r}")
        if not 0 <= f <= self.max_f(N):
            raise ValueError(f"need 0 <= f <= {self.max_f(N)} for {N} messages, got f={f}")
        if not all_finite(messages):
            whole = np.isfinite(messages).all(axis=1)
            dropped = N - int(whole.sum())
            if dropped > f:
                raise ValueError(
                    f"need at most f={f} messages that are not finite, got {dropped} of {N}"
                )
            messages, f = messages[whole], f - dropped
        return self.aggregate(messages, f)


def _ascending(messages: Floats) -> Floats:
    """Sort each coordinate over the devices: (N, D) -> (D, N).

    The devices are made the contiguous axis first: several times faster than sorting columns.
    """
    ordered = messages.T.copy(order="C")
    ordered.sort(axis=-1)
    return ordered


def mean(messages: Floats, f: int) -> Floats:
    """Average all messages: no defence, whatever f is."""
    average: Floats = messages.mean(axis=0)
    return average


def median(messages: Floats, f: int) -> Floats:
    """Coordinate-wise median; for an even number of messages, midway between the middle two.

    Source: Yin et al., ICML 2018, Definition 1.
    """
    N = len(messages)
    ordered = _ascending(messages)
    return 0.5 * ordered[:, (N - 1) // 2] + 0.5 * ordered[:, N // 2]


def trimmed_mean(messages: Floats, f: int) -> Floats:
    """Coordinate-wise mean of what is left without the f smallest and the f largest values.

    Source: Yin et al., ICML 2018, Definition 2, with f values trimmed at each end.
    """
    result = np.empty(messages.shape[1])
    mean_of_kept(_ascending(messages), f, result)
    return result


def phocas(messages: Floats, f: int) -> Floats:
    """Coordinate-wise mean of the N - f values nearest to the trimmed mean of that coordinate.

    Source: Xie et al., arXiv:1805.09682, Definition 7.
    """
    ordered = _ascending(messages)
    centre, result = np.empty((2, len(ordered)))
    mean_of_kept(ordered, f, centre)
    mean_of_nearest(ordered, centre, len(messages) - f, result)
    return result


def _largest_minority(N: int) -> int:
    return (N - 1) // 2


_EQUIVARIANT = frozenset({"permutation", "translation", "scaling"})

RULES: dict[str, Rule] = {
    "mean": Rule(mean, lambda N: N, _EQUIVARIANT | {"mean_without_attack"}, True),
    "median": Rule(median, _largest_minority, _EQUIVARIANT | {"bounded"}, True),
    "trimmed_mean": Rule(
        trimmed_mean, _largest_minority, _EQUIVARIANT | {"mean_without_attack", "bounded"}, True
    ),
    "phocas": Rule(
        phocas, _largest_minority, _EQUIVARIANT | {"mean_without_attack", "bounded"}, True
    ),
}

"""Rules that aggregate each coordinate on its own."""

import numpy as np

from cradl.arrays import Floats
from cradl.numerics.selection import (
    MEAMED,
    MEAN,
    MEDIAN,
    PHOCAS,
    TRIMMED_MEAN,
    aggregate_columns,
    network_of,
)
from cradl.numerics.worst_reply import phocas_reply


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


def meamed(messages: Floats, f: int) -> Floats:
    """Coordinate-wise mean of the N - f values nearest to the median of that coordinate.

    Of two equally near values the smaller counts. The median is that of `median`.

    Source: Xie, Koyejo and Gupta, arXiv:1802.10116 (mean around median).

    Examples
    --------
    The median is 3; 2, 4 and 0 are nearest to it.

    >>> meamed(np.array([[0.0], [2.0], [4.0], [90.0]]), 1)
    array([2.])
    """
    return _by_columns(MEAMED, messages, f)


def _by_columns(code: int, messages: Floats, f: int) -> Floats:
    result = np.empty(messages.shape[1])
    aggregate_columns(code, messages, f, network_of(code, len(messages), f), result)
    return result


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

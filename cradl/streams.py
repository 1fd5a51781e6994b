"""Random streams, each keyed by what it is for and by the draw it belongs to.

A stream depends on (seed, stream, draw) and on nothing else: not on cores, order, batching, or on
how many other streams were used. Curves that ask for the same stream see the same randomness,
which pairs them.
"""

from enum import IntEnum

import numpy as np
from numpy.random import Generator, SeedSequence

from cradl.arrays import Ints


class Stream(IntEnum):
    """The purpose of a stream. The numbers enter the keys: changing one changes every result."""

    DATA = 0
    ALLOCATION = 1
    IDENTITIES = 2
    ATTACK_NOISE = 3
    START = 4
    RESHUFFLING = 5
    PRE_AGGREGATION = 6


def generator(seed: int, stream: Stream, draw: int, *more: int) -> Generator:
    """Return the generator keyed by ``(stream, draw, *more)`` under `seed`.

    Examples
    --------
    Draw 7 of the data is the same whether or not other draws were made before it:

    >>> first, again = (generator(1, Stream.DATA, 7).random(3) for _ in range(2))
    >>> other = generator(1, Stream.ALLOCATION, 7).random(3)
    >>> bool((first == again).all()), bool((first == other).any())
    (True, False)
    """
    return np.random.default_rng(SeedSequence(seed, spawn_key=(int(stream), draw, *more)))


def device_orders(rng: Generator, *, N: int, iterations: int, persistent: bool) -> Ints:
    """Draw one uniformly random order of the devices for every iteration.

    The first f devices of an order are Byzantine: the sets are nested in f, and an iteration's
    order does not depend on how many iterations follow.

    Parameters
    ----------
    persistent
        Repeat the first order in every iteration instead of drawing anew.

    Returns
    -------
    Orders of shape (iterations, N).

    Examples
    --------
    >>> rng = generator(1, Stream.IDENTITIES, 0)
    >>> orders = device_orders(rng, N=5, iterations=100, persistent=True)
    >>> orders.shape, sorted(orders[0].tolist()), bool((orders == orders[0]).all())
    ((100, 5), [0, 1, 2, 3, 4], True)
    """
    drawn = 1 if persistent else iterations
    orders = np.argsort(rng.random((drawn, N)), axis=1, kind="stable")
    return np.broadcast_to(orders, (iterations, N)).copy()

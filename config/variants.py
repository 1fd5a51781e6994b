"""Other readings of what the paper does not print, to compare with; its own method uses none.

A plugin: a study names it with ``plugins: [variants.py]``.
"""

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator

from cradl.aggregation import RULES, Rule
from cradl.allocation import ALLOCATIONS, Allocation, degrees, random
from cradl.arrays import Floats, Matrix
from cradl.datasets import DATASETS, GaussianLinear, Samples


def lower_median(messages: Floats, f: int) -> Floats:
    """Coordinate-wise median; for an even number of messages, the lower of the middle two."""
    return _of_rank(messages, (len(messages) - 1) // 2)


def upper_median(messages: Floats, f: int) -> Floats:
    """Coordinate-wise median; for an even number of messages, the upper of the middle two."""
    return _of_rank(messages, len(messages) // 2)


def _of_rank(messages: Floats, rank: int) -> Floats:
    """Return each coordinate's value of this rank (0: the smallest)."""
    # As in `cradl.aggregation`, sorting is fastest where the devices are the contiguous axis.
    ordered = messages.T.copy(order="C")
    ordered.sort(axis=-1)
    return ordered[:, rank].copy()


def covering(rng: Generator, N: int, M: int, r: int) -> Matrix:
    """Draw as `random`; then put each subset that is on no device on a random one.

    There it takes the place of a random subset that other devices hold too, so that every device
    still holds r. Draws from equal streams start from the same `random` matrix.
    """
    S = random(rng, N, M, r)
    for subset in rng.permutation(np.flatnonzero(degrees(S) == 0)):
        replaceable = S * (degrees(S) > 1)
        device = rng.choice(np.flatnonzero(replaceable.any(axis=1)))
        S[device, rng.choice(np.flatnonzero(replaceable[device]))] = 0
        S[device, subset] = 1
    return S


def _cover_exists(N: int, M: int, r: int) -> str | None:
    if not 1 <= r <= M:
        return f"1 <= r <= M={M}"
    return None if N * r >= M else f"N*r >= M={M} (every subset on some device)"


def unequal(rng: Generator, N: int, M: int, r: int) -> Matrix:
    """Let half of the devices hold ⌈r/2⌉ subsets and half ⌊3r/2⌋, each drawn uniformly.

    Of an odd number of devices one holds r, so that the mean is r exactly. Which device holds how
    many is random. From equal streams a device draws a part of what `random` gives it, or more.
    """
    order = np.argsort(rng.random((N, M)), axis=1, kind="stable")
    spread = r // 2 * np.array([-1, 1]).repeat(N // 2)
    held = r + rng.permutation(np.pad(spread, (0, N % 2)))
    S = np.zeros((N, M), np.uint8)
    np.put_along_axis(S, order, np.arange(M) < held[:, np.newaxis], axis=1)
    return S


def _halves_exist(N: int, M: int, r: int) -> str | None:
    return None if 1 <= r <= M - r // 2 else f"r >= 1 and r + ⌊r/2⌋ <= M={M}"


def traded(trades: int) -> Allocation:
    """Return a regular allocation between `grouped` and `regular`: so many trades from groups."""

    def allocate(rng: Generator, N: int, M: int, r: int) -> Matrix:
        """Deal subsets to groups of M/r devices; then let random pairs trade what one holds."""
        S = ALLOCATIONS["grouped"](rng, N=N, M=M, r=r)
        for _ in range(trades):
            one, other = rng.choice(N, size=2, replace=False)
            differ = np.flatnonzero(S[one] != S[other])
            shared = S[one, differ].copy()
            S[one, differ] = rng.permutation(shared)
            S[other, differ] = 1 - S[one, differ]
        return S

    def requirement(N: int, M: int, r: int) -> str | None:
        divides = 1 <= r <= M and M % r == 0 and N * r % M == 0
        return None if divides else f"r and M/r that divide M={M} and N={N}"

    return Allocation(allocate=allocate, requirement=requirement)


def sorted_linear(rng: Generator, parameters: GaussianLinear, sigma_h: Sequence[float]) -> Samples:
    """Draw as `gaussian_linear`; then sort the samples by their response at the first sigma_h."""
    drawn = DATASETS["gaussian_linear"].draw(rng, parameters, sigma_h)
    order = np.argsort(drawn.responses[0], kind="stable")
    return Samples(drawn.designs[order], drawn.responses[:, order])


# A negative factor makes the lower of two values the upper: no `scaling`.
_PROMISES = frozenset({"permutation", "translation", "bounded", "monotone", "coordinatewise"})

for _aggregate in (lower_median, upper_median):
    RULES[_aggregate.__name__] = Rule(
        aggregate=_aggregate, max_f=RULES["median"].max_f, contracts=_PROMISES
    )
ALLOCATIONS["covering"] = Allocation(allocate=covering, requirement=_cover_exists)
ALLOCATIONS["unequal"] = Allocation(allocate=unequal, requirement=_halves_exist)
for trades in (20, 100):
    ALLOCATIONS[f"traded_{trades}"] = traded(trades)
DATASETS["sorted_linear"] = DATASETS["gaussian_linear"]._replace(draw=sorted_linear)

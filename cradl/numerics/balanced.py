"""Allocations from orthogonal arrays and block designs, in which overlaps are all alike."""

import itertools
import math
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.random import Generator

from cradl.arrays import Ints, Matrix
from cradl.numerics import designs, fields


def valid_redundancy(N: int, M: int, r: int) -> str | None:
    """Say what is needed of r if an allocation is to exist at all."""
    return None if 1 <= r <= M else f"1 <= r <= M={M}"


def balanced(rng: Generator, N: int, M: int, r: int) -> Matrix:
    """Let every two devices share exactly r²/M subsets, as the paper assumes, otherwise at random.

    The M = s^k subsets are the points x of GF(s)^k, and device i holds those at which the symbol
    ⟨a_i, x⟩ − c_i mod s is one of 0..j − 1, j = r s/M: a linear orthogonal array of strength 2. Of
    the prime powers s that M and r allow, the least has room for most devices. Directions a_i are
    drawn without replacement, shifts c_i independently; which subset is which point is random.
    Where there is no such power, r = M/2 and a Hadamard matrix of order M takes its place, s = 2.
    The d_k differ: their mean over the subsets is N j/s, their variance N j (s − j)/s², and some
    may be zero.

    Source: Rao, Supplement to the Journal of the Royal Statistical Society, 1947; Plackett and
    Burman, Biometrika 33, 1946.
    """
    levels, shifts, s = _orthogonal_array(rng, N, M, r)
    held: Matrix = ((levels - shifts) % s < r * s // M).astype(np.uint8)
    return held


def balanced_covering(rng: Generator, N: int, M: int, r: int) -> Matrix:
    """Draw as `balanced`; then choose the shifts so that no subset is on few devices.

    One device after the other takes the shift that minimises Σ_k exp(−d_k), until none changes: a
    local optimum, whose d_min is what the bounds depend on.
    """
    levels, shifts, s = _orthogonal_array(rng, N, M, r)
    # Of every device at every shift, what it would hold.
    choices = (levels - np.arange(s)[:, np.newaxis, np.newaxis]) % s < r * s // M
    chosen = shifts[:, 0]
    degree = choices[chosen, np.arange(N)].sum(axis=0)
    unchanged = 0
    while unchanged < N:
        for device in rng.permutation(N):
            others = degree - choices[chosen[device], device]
            scarcity = np.exp(-(others + choices[:, device]).astype(np.float64)).sum(axis=1)
            best = int(scarcity.argmin())
            # What improves by rounding only would go round in circles.
            better = scarcity[best] < scarcity[chosen[device]] * (1 - 1e-9)
            unchanged = 0 if better else unchanged + 1
            if better:
                chosen[device], degree = best, others + choices[best, device]
    return choices[chosen, np.arange(N)].astype(np.uint8)


def _orthogonal_array(rng: Generator, N: int, M: int, r: int) -> tuple[Ints, Ints, int]:
    """Return the symbols of every device at every subset (N, M), shifts c_i (N, 1), and s."""
    s, k = _linear_array(N, M, r)
    if s == 0:
        # The rows of a Hadamard matrix are runs, its columns factors with two levels.
        levels = (designs.hadamard(M)[:, 1:] + 1) // 2
        columns = rng.choice(M - 1, size=N, replace=False)
        return levels[rng.permutation(M)][:, columns].T, rng.integers(2, size=(N, 1)), 2
    points = fields.points(s, k)
    directions = points[rng.choice(fields.lines(s, k), size=N, replace=False)]
    shifts = rng.integers(s, size=(N, 1))
    return fields.products(directions, points[rng.permutation(M)], s), shifts, s


def _linear_array(N: int, M: int, r: int) -> tuple[int, int]:
    """Return the least s, and k, of a linear array of these sizes; (0, 0) if there is none."""
    prime, n = fields.prime_power(M)
    for power in range(1, n // 2 + 1):
        s = prime**power
        if n % power == 0 and r * s % M == 0 and (M - 1) // (s - 1) >= N:
            return s, n // power
    return 0, 0


def _hadamard_array(N: int, M: int, r: int) -> bool:
    return 2 * r == M and N < M and designs.hadamard_order(M)


def orthogonal_array_exists(N: int, M: int, r: int) -> str | None:
    """Say what is needed if no orthogonal array has these sizes; name the nearest that has."""
    needed = valid_redundancy(N, M, r)
    if needed is not None:
        return needed
    if _linear_array(N, M, r) != (0, 0) or _hadamard_array(N, M, r):
        return None
    nearest = _nearest(_balanced_sizes(N, M, r), M, r)
    return (
        "M = s^k and r = jM/s with a prime power s, k >= 2, 1 <= j <= s and N <= (M - 1)/(s - 1), "
        "or r = M/2 and N < M with a Hadamard matrix of order M "
        f"(for N={N} nearest: M={nearest[0]}, r={nearest[1]})"
    )


def _nearest(sizes: Iterable[tuple[int, int]], M: int, r: int) -> tuple[int, int]:
    return min(sizes, key=lambda one: abs(math.log(one[0] / M)) + abs(math.log(one[1] / r)))


def _balanced_sizes(N: int, M: int, r: int) -> list[tuple[int, int]]:
    """Return the (M', r') nearest to r at which `balanced` exists for N, for each prime power s.

    M' goes up to the first that is at least M; those with s far above √M have M' far above M and
    are left out. Of Hadamard matrices those next to M, above N.
    """
    sizes = []
    for s in filter(fields.is_order, range(2, 2 * math.isqrt(M) + 2)):
        found, size, devices = list[int](), s * s, s + 1
        while size < M or devices < N:
            if devices >= N:
                found.append(size)
            size, devices = size * s, devices * s + 1
        for one in (*found, size):
            share = one // s
            sizes.append((one, share * min(max(round(r / share), 1), s)))
    for orders in (range(M, N, -1), itertools.count(max(M, N + 1))):
        order = next(filter(designs.hadamard_order, orders), None)
        if order is not None and order >= 4:
            sizes.append((order, order // 2))
    return sizes


def equal_overlap(rng: Generator, N: int, M: int, r: int) -> Matrix:
    """Let every two devices share equally many subsets and every subset be on Nr/M devices.

    Copies of a balanced incomplete block design: devices are its points, subsets its blocks, both
    in random order. No regular allocation has a smaller λ₂(S Sᵀ): it is r − r (d − 1)/(N − 1).

    Source: Bose, Annals of Eugenics 9, 1939.
    """
    name, blocks = next(_designs(N, M, r))
    S = np.tile(designs.block_design(name, N), M // blocks)
    return np.ascontiguousarray(S[rng.permutation(N)][:, rng.permutation(M)])


def _designs(N: int, M: int, r: int) -> Iterator[tuple[str, int]]:
    """Yield designs on N points of which copies have M blocks, r through each point."""
    for name, blocks, through in designs.block_designs(N):
        if M % blocks == 0 and r == through * (M // blocks):
            yield name, blocks


def design_exists(N: int, M: int, r: int) -> str | None:
    """Say what is needed if no block design has these sizes; name the nearest that has."""
    needed = valid_redundancy(N, M, r)
    if needed is not None or next(_designs(N, M, r), None) is not None:
        return needed
    sizes = [
        (copies * blocks, copies * through)
        for _, blocks, through in designs.block_designs(N)
        for copies in (max(M // blocks, 1), M // blocks + 1)
    ]
    if not sizes:
        return f"copies of a block design with {N} points (none is known)"
    size, held = _nearest(sizes, M, r)
    return f"copies of a block design with {N} points (for N={N} nearest: M={size}, r={held})"

"""Combinatorial designs behind allocations: orthogonal arrays of strength 2, Hadamard, blocks."""

import itertools
import math
from collections.abc import Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray

from cradl.arrays import Ints, Matrix

_MOST_BLOCKS = 10_000


@cache
def prime_power(M: int) -> tuple[int, int]:
    """Return (s, k) with M = s^k, s prime; (0, 0) where M is no power of a prime.

    Examples
    --------
    >>> prime_power(1331), prime_power(7), prime_power(12)
    ((11, 3), (7, 1), (0, 0))
    """
    if M < 2:
        return 0, 0
    s = next((one for one in range(2, math.isqrt(M) + 1) if M % one == 0), M)
    k = round(math.log(M, s))
    return (s, k) if s**k == M else (0, 0)


@cache
def is_prime(s: int) -> bool:
    """Tell whether s is a prime number."""
    return s >= 2 and all(s % divisor for divisor in range(2, math.isqrt(s) + 1))


def points(s: int, k: int) -> Ints:
    """Return all vectors of GF(s)^k, (s^k, k)."""
    return np.arange(s**k)[:, np.newaxis] // s ** np.arange(k) % s


def lines(s: int, k: int) -> Ints:
    """Return the place in `points` of one vector of each line through the origin.

    Those whose last digit that is not zero is one.
    """
    return np.concatenate([np.arange(power, 2 * power) for power in s ** np.arange(k)])


def hadamard_order(M: int) -> bool:
    """Tell whether `hadamard` constructs a matrix of this order."""
    return _hadamard_base(M) is not None


def _hadamard_base(M: int) -> int | None:
    """Return M over a power of two where a construction starts: 1, or an order of Paley's."""
    while M >= 1:
        # q ≡ 3 mod 4 for the first construction, q ≡ 1 mod 4 for the second.
        first = M % 4 == 0 and is_prime(M - 1)
        second = M % 4 == 0 and M // 2 % 4 == 2 and is_prime(M // 2 - 1)
        if M == 1 or first or second:
            return M
        if M % 2:
            return None
        M //= 2
    return None


def hadamard(M: int) -> NDArray[np.int64]:
    """Return a matrix (M, M) of ±1 with orthogonal columns, the first of them all ones.

    Sylvester's doubling of Paley's matrices of a prime q: order q + 1 for q ≡ 3 mod 4, order
    2 (q + 1) for q ≡ 1 mod 4.

    Raises
    ------
    ValueError
        Where no such construction has the order.

    Source: Paley, Journal of Mathematics and Physics 12, 1933.

    Examples
    --------
    >>> H = hadamard(12)
    >>> bool((H.T @ H == 12 * np.eye(12)).all()), set(H.ravel().tolist()) == {1, -1}
    (True, True)
    """
    base = _hadamard_base(M)
    if base is None:
        raise ValueError(f"need an order of Sylvester's and Paley's matrices, got {M}")
    H = np.ones((1, 1), np.int64) if base == 1 else _paley(base)
    while len(H) < M:
        H = np.kron(np.array([[1, 1], [1, -1]]), H)
    return np.asarray(H * H[:, :1])


def _paley(order: int) -> NDArray[np.int64]:
    if is_prime(order - 1):
        jacobsthal = _jacobsthal(order - 1)
        H = np.ones((order, order), np.int64)
        H[1:, 1:] = jacobsthal + np.eye(order - 1, dtype=np.int64)
        H[1:, 0] = -1
        return H * H[:, :1]
    q = order // 2 - 1
    conference = np.zeros((q + 1, q + 1), np.int64)
    conference[0, 1:] = conference[1:, 0] = 1
    conference[1:, 1:] = _jacobsthal(q)
    zero, other = np.array([[1, -1], [-1, -1]]), np.array([[1, 1], [1, -1]])
    return np.asarray(np.kron(np.eye(q + 1, dtype=np.int64), zero) + np.kron(conference, other))


def _jacobsthal(q: int) -> NDArray[np.int64]:
    """Return χ(i − j) of the quadratic character of GF(q)."""
    squares = {one * one % q for one in range(1, q)}
    character = np.array([0] + [1 if one in squares else -1 for one in range(1, q)])
    places = np.arange(q)
    return np.asarray(character[(places[:, np.newaxis] - places) % q])


def block_designs(v: int) -> Iterator[tuple[str, int, int]]:
    """Yield families with v points: name, number of blocks, blocks through a point.

    In each every block has the same number of points, and every two points are in equally many
    blocks; the complement of each is another one.
    """
    # No design has fewer blocks than points.
    for name, d in _families(v) if v <= _MOST_BLOCKS else ():
        b = _blocks(name, v, d)
        if b <= _MOST_BLOCKS:
            for size in (d, v - d):
                yield f"{name}:{d}:{size}", b, b * size // v


def _families(v: int) -> Iterator[tuple[str, int]]:
    """Yield what is known of designs with v points: family and number of points of a block."""
    if v % 4 == 3 and hadamard_order(v + 1):
        yield "hadamard", (v - 1) // 2
    s, k = prime_power(v)
    if k >= 2:
        yield "affine", v // s
    for prime in filter(is_prime, range(2, math.isqrt(v) + 1)):
        size, power = 1 + prime, 2
        while size < v:
            size, power = size * prime + 1, power + 1
        if size == v and power >= 3:
            yield "projective", (v - 1) // prime
    for d in itertools.takewhile(lambda d: math.comb(v, d) <= _MOST_BLOCKS, range(1, v // 2 + 1)):
        yield "complete", d


def _blocks(name: str, v: int, d: int) -> int:
    if name == "complete":
        return math.comb(v, d)
    s, k = prime_power(v)
    return s * (s**k - 1) // (s - 1) if name == "affine" else v


def block_design(design: str, v: int) -> Matrix:
    """Return the incidence (v, b) of a family that `block_designs` yields.

    Examples
    --------
    The Fano plane: 3 of 7 lines go through each point, and one through every two points.

    >>> lines_through = block_design("projective:3:3", 7).astype(int)
    >>> bool((lines_through @ lines_through.T == 2 * np.eye(7) + 1).all())
    True
    """
    name, d, size = design.split(":")
    held = _INCIDENCE[name](v, int(d))
    return held if int(size) == int(d) else np.asarray(1 - held)


def _of_hadamard(v: int, d: int) -> Matrix:
    H = hadamard(v + 1)
    core = (H * H[:1])[1:, 1:]
    return np.asarray(core > 0, dtype=np.uint8)


def _affine(v: int, d: int) -> Matrix:
    """Points of GF(s)^k against its hyperplanes."""
    s, k = prime_power(v)
    vectors = points(s, k)
    values = vectors @ vectors[lines(s, k)].T % s
    return np.concatenate([(values == one).astype(np.uint8) for one in range(s)], axis=1)


def _projective(v: int, d: int) -> Matrix:
    """Lines through the origin of GF(s)^k against its hyperplanes through the origin."""
    s = (v - 1) // d
    k = next(k for k in itertools.count(3) if s**k - 1 == v * (s - 1))
    chosen = points(s, k)[lines(s, k)]
    return np.asarray(chosen @ chosen.T % s == 0, dtype=np.uint8)


def _complete(v: int, d: int) -> Matrix:
    held = np.zeros((v, math.comb(v, d)), np.uint8)
    for column, block in enumerate(itertools.combinations(range(v), d)):
        held[list(block), column] = 1
    return held


_INCIDENCE = {
    "hadamard": _of_hadamard,
    "affine": _affine,
    "projective": _projective,
    "complete": _complete,
}

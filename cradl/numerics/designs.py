"""Combinatorial designs behind allocations: orthogonal arrays of strength 2, Hadamard, blocks."""

import itertools
import math
from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from cradl.arrays import Matrix
from cradl.numerics.fields import (
    characters,
    is_order,
    is_prime,
    lines,
    points,
    prime_power,
    products,
)

_MOST_BLOCKS = 10_000


def hadamard_order(M: int) -> bool:
    """Tell whether `hadamard` constructs a matrix of this order."""
    return _hadamard_base(M) is not None


def _hadamard_base(M: int) -> tuple[int, int] | None:
    """Return where a construction starts: M over a power of two, and Paley's q or else 0.

    Primes come before their powers, which take a package that is slow to load.
    """
    for is_field in (is_prime, is_order):
        base = M
        while base >= 1:
            q = _paley_field(base, is_field)
            if base == 1 or q:
                return base, q
            if base % 2:
                break
            base //= 2
    return None


def _paley_field(order: int, is_field: Callable[[int], bool]) -> int:
    """Return the q of Paley's matrix of this order; 0 if there is none."""
    # q ≡ 3 mod 4 for the first construction, q ≡ 1 mod 4 for the second.
    if order % 4 == 0 and is_field(order - 1):
        return order - 1
    return order // 2 - 1 if order % 8 == 4 and is_field(order // 2 - 1) else 0


def hadamard(M: int) -> NDArray[np.int64]:
    """Return a matrix (M, M) of ±1 with orthogonal columns, the first of them all ones.

    Sylvester's doubling of Paley's matrices of a prime power q: order q + 1 for q ≡ 3 mod 4,
    order 2 (q + 1) for q ≡ 1 mod 4.

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
    start = _hadamard_base(M)
    if start is None:
        raise ValueError(f"need an order of Sylvester's and Paley's matrices, got {M}")
    H = _paley(*start) if start[1] else np.ones((1, 1), np.int64)
    while len(H) < M:
        H = np.kron(np.array([[1, 1], [1, -1]]), H)
    return np.asarray(H * H[:, :1])


def _paley(order: int, q: int) -> NDArray[np.int64]:
    if order == q + 1:
        H = np.ones((order, order), np.int64)
        H[1:, 1:] = characters(q) + np.eye(q, dtype=np.int64)
        H[1:, 0] = -1
        return H * H[:, :1]
    conference = np.zeros((q + 1, q + 1), np.int64)
    conference[0, 1:] = conference[1:, 0] = 1
    conference[1:, 1:] = characters(q)
    zero, other = np.array([[1, -1], [-1, -1]]), np.array([[1, 1], [1, -1]])
    return np.asarray(np.kron(np.eye(q + 1, dtype=np.int64), zero) + np.kron(conference, other))


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
    yield from _geometries(v, filter(is_prime, range(2, math.isqrt(v) + 1)))
    for d in itertools.takewhile(lambda d: math.comb(v, d) <= _MOST_BLOCKS, range(1, v // 2 + 1)):
        yield "complete", d
    # Last: the first of the families that have a size is drawn.
    powers = (q for q in range(4, math.isqrt(v) + 1) if prime_power(q)[1] >= 2)
    yield from _geometries(v, powers)


def _geometries(v: int, orders: Iterable[int]) -> Iterator[tuple[str, int]]:
    """Yield affine and projective spaces over GF(q) with v points, for each order q."""
    for q in orders:
        affine, projective = q * q, q * q + q + 1
        while affine < v:
            affine *= q
        while projective < v:
            projective = projective * q + 1
        if affine == v:
            yield "affine", v // q
        if projective == v:
            yield "projective", (v - 1) // q


def _blocks(name: str, v: int, d: int) -> int:
    if name == "complete":
        return math.comb(v, d)
    q = v // d
    return q * (v - 1) // (q - 1) if name == "affine" else v


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
    """Points of GF(q)^k against its hyperplanes."""
    q = v // d
    k = round(math.log(v, q))
    vectors = points(q, k)
    values = products(vectors, vectors[lines(q, k)], q)
    return np.concatenate([(values == one).astype(np.uint8) for one in range(q)], axis=1)


def _projective(v: int, d: int) -> Matrix:
    """Lines through the origin of GF(q)^k against its hyperplanes through the origin."""
    q = (v - 1) // d
    k = next(k for k in itertools.count(3) if q**k - 1 == v * (q - 1))
    chosen = points(q, k)[lines(q, k)]
    return np.asarray(products(chosen, chosen, q) == 0, dtype=np.uint8)


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

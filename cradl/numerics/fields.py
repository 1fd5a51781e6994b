"""Finite fields GF(q): of a prime order by residues, of a power of one by the package `galois`."""

import math
from functools import cache
from typing import NamedTuple

import numpy as np

from cradl.arrays import Ints


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


def is_order(q: int) -> bool:
    """Tell whether there is a field of order q."""
    return prime_power(q)[1] >= 1


@cache
def is_prime(s: int) -> bool:
    """Tell whether s is a prime number."""
    return s >= 2 and all(s % divisor for divisor in range(2, math.isqrt(s) + 1))


def points(q: int, k: int) -> Ints:
    """Return all vectors of GF(q)^k, (q^k, k); elements are numbers 0..q − 1, of them 0 and 1."""
    return np.arange(q**k)[:, np.newaxis] // q ** np.arange(k) % q


def lines(q: int, k: int) -> Ints:
    """Return the place in `points` of one vector of each line through the origin.

    Those whose last digit that is not zero is one.
    """
    return np.concatenate([np.arange(power, 2 * power) for power in q ** np.arange(k)])


def products(a: Ints, b: Ints, q: int) -> Ints:
    """Return ⟨a_i, b_j⟩ over GF(q) of the rows of a (n, k) and b (m, k).

    Examples
    --------
    In GF(4) the element 2 is x, its square is x + 1 or 3, and 2 + 3 = 1:

    >>> products(np.array([[2, 0], [2, 3]]), np.array([[2, 1]]), 4).tolist()
    [[3], [0]]
    """
    if is_prime(q):
        return np.asarray(a @ b.T % q)
    tables = _tables(q)
    total = np.zeros((len(a), len(b)), np.int64)
    for one, other in zip(a.T, b.T, strict=True):
        total = tables.sums[total, tables.products[one[:, np.newaxis], other]]
    return total


def characters(q: int) -> Ints:
    """Return χ(i − j) (q, q) of the quadratic character of GF(q), q odd.

    Examples
    --------
    >>> characters(3).tolist()
    [[0, -1, 1], [1, 0, -1], [-1, 1, 0]]
    """
    elements = np.arange(q)
    if is_prime(q):
        differences, squares = (elements[:, np.newaxis] - elements) % q, elements**2 % q
    else:
        differences, squares = _tables(q).differences, _tables(q).products.diagonal()
    character = np.full(q, -1)
    character[squares], character[0] = 1, 0
    return np.asarray(character[differences])


class _Tables(NamedTuple):
    """Sums, differences and products of every two elements (q, q)."""

    sums: Ints
    differences: Ints
    products: Ints


@cache
def _tables(q: int) -> _Tables:
    # It takes a second to load and another to find its polynomial, which primes should not cost.
    import galois

    elements = galois.GF(q, compile="python-calculate").elements
    operations = np.add.outer, np.subtract.outer, np.multiply.outer
    return _Tables(*(np.array(one(elements, elements), dtype=np.int64) for one in operations))

"""Finite fields by their axioms, and the lines of their spaces by counting."""

import itertools

import numpy as np
import pytest

from cradl.numerics.fields import (
    characters,
    is_order,
    is_prime,
    lines,
    points,
    prime_power,
    products,
)


def smallest_factor(n):
    return next(one for one in range(2, n + 1) if n % one == 0)


def test_primes_and_their_powers():
    powers = {p**k: (p, k) for p in range(2, 700) if smallest_factor(p) == p for k in range(1, 10)}
    for n in range(700):
        assert prime_power(n) == powers.get(n, (0, 0))
        assert is_prime(n) == (powers.get(n, (0, 0))[1] == 1)
        assert is_order(n) == (n in powers)


def tables(q):
    """Return sums and products of every two elements, as inner products with 1 and with each."""
    elements = np.arange(q)
    pairs = np.array(list(itertools.product(elements, repeat=2)))
    sums = products(pairs, np.array([[1, 1]]), q).reshape(q, q)
    return sums, products(elements[:, np.newaxis], elements[:, np.newaxis], q)


@pytest.mark.parametrize("q", [2, 3, 4, 5, 7, 8, 9, 16, 25, 27])
def test_sums_and_products_are_those_of_a_field(q):
    plus, times = tables(q)
    for table, neutral in ((plus, 0), (times, 1)):
        np.testing.assert_array_equal(table, table.T)
        np.testing.assert_array_equal(table[neutral], np.arange(q))
        # a ∘ (b ∘ c) = (a ∘ b) ∘ c
        np.testing.assert_array_equal(table[:, table], table[table])
    assert all(sorted(row) == list(range(q)) for row in plus.tolist())
    assert all(sorted(row) == list(range(q)) for row in times[1:].tolist())
    # a (b + c) = a b + a c
    np.testing.assert_array_equal(
        times[:, plus], plus[times[:, :, np.newaxis], times[:, np.newaxis]]
    )


@pytest.mark.parametrize("q", [3, 5, 7, 9, 25, 27])
def test_the_character_of_a_difference_tells_its_squares(q):
    plus, times = tables(q)
    squares = set(times.diagonal().tolist()) - {0}
    for i, j in itertools.product(range(q), repeat=2):
        difference = int(np.flatnonzero(plus[:, j] == i)[0])
        expected = 0 if i == j else 1 if difference in squares else -1
        assert characters(q)[i, j] == expected


@pytest.mark.parametrize("q", [4, 9])
def test_inner_products_add_up_term_by_term(q):
    plus, times = tables(q)
    a, b = np.random.default_rng(q).integers(q, size=(2, 6, 3))
    for i, j in itertools.product(range(6), repeat=2):
        terms = [int(times[x, y]) for x, y in zip(a[i], b[j], strict=True)]
        expected = plus[plus[terms[0], terms[1]], terms[2]]
        assert products(a, b, q)[i, j] == expected


@pytest.mark.parametrize(
    ("q", "k"), [(2, 1), (2, 3), (3, 2), (5, 1), (3, 3), (4, 2), (4, 3), (9, 2)]
)
def test_every_vector_and_one_of_each_line(q, k):
    times = tables(q)[1]
    vectors = [tuple(one) for one in points(q, k).tolist()]
    assert sorted(vectors) == sorted(itertools.product(range(q), repeat=k))
    chosen = [vectors[place] for place in lines(q, k)]
    multiples = [{tuple(int(times[c, x]) for x in one) for c in range(1, q)} for one in chosen]
    # Each vector but zero is on exactly one of the lines.
    assert sum(map(len, multiples)) == len(set().union(*multiples)) == q**k - 1

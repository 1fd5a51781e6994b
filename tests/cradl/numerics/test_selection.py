"""Networks of compare-exchanges against sorting."""

import itertools

import numpy as np
import pytest

from cradl.numerics.selection import exchange, network


@pytest.mark.parametrize("rows", range(1, 12))
def test_zeros_and_ones_in_every_order(rows):
    # A network that orders all of these orders everything (Knuth, volume 3, 5.3.4, Theorem Z).
    inputs = np.array(list(itertools.product([0.0, 1.0], repeat=rows))).T.copy()
    for first, last in {(0, rows - 1), ((rows - 1) // 2, rows // 2), (rows // 4, rows - 1)}:
        values = inputs.copy()
        exchange(values, network(rows, first, last))
        expected = np.sort(inputs, axis=0)
        np.testing.assert_array_equal(values[first : last + 1], expected[first : last + 1])


@pytest.mark.parametrize("rows", [31, 64, 97, 100, 129])
def test_ties_signed_zeros_and_huge_values(rows):
    rng = np.random.default_rng(rows)
    values = np.round(rng.standard_normal((rows, 9)) * 2)
    values[rng.random(values.shape) < 0.1] = -0.0
    values[rng.random(values.shape) < 0.1] *= 1e307
    expected = np.sort(values, axis=0)
    exchange(values, network(rows, 0, rows - 1))
    np.testing.assert_array_equal(values, expected)


def test_fewer_steps_where_fewer_rows_are_asked_for():
    whole, middle = network(100, 0, 99), network(100, 49, 50)
    assert len(middle) < len(whole)

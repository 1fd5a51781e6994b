"""Coded sums against matrix products, by rows and by tables."""

import numpy as np
import pytest

from cradl.numerics.coding import add_rows, add_tabulated, patterns_of, tables_pay


@pytest.mark.parametrize("M", [1, 3, 4, 16, 17, 33, 100])
@pytest.mark.parametrize("W", [8, 104, 112])
@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_both_ways_are_the_matrix_product(M, W, share):
    rng = np.random.default_rng(M)
    N = 7
    S = (rng.random((N, M)) < share).astype(np.uint8)
    factors, rows = rng.standard_normal(M), rng.standard_normal((M, W))
    expected = S @ (factors[:, np.newaxis] * rows)
    devices, places = np.nonzero(S)
    starts = np.searchsorted(devices, np.arange(N + 1))
    messages = np.full((N, W), np.nan)
    add_rows(starts, places.astype(np.uint64), factors[places], rows, messages)
    np.testing.assert_allclose(messages, expected, rtol=0, atol=1e-12)
    messages[:] = np.nan
    add_tabulated(patterns_of(S), factors, rows, messages)
    np.testing.assert_allclose(messages, expected, rtol=0, atol=1e-12)


def test_devices_with_the_same_rows_send_the_same_bits():
    rng = np.random.default_rng(0)
    S = np.ones((5, 41), np.uint8)
    messages = np.empty((5, 16))
    add_tabulated(patterns_of(S), rng.standard_normal(41), rng.standard_normal((41, 16)), messages)
    assert (messages == messages[0]).all()


def test_patterns_are_binary_numbers_of_four_neighbours():
    S = np.array([[1, 0, 1, 1, 0, 1]], np.uint8)
    assert patterns_of(S)[:, 0].tolist() == [0b1101, 0b0010, 0, 0]


def test_tables_pay_where_devices_hold_much():
    assert not tables_pay(100, 1000, 100 * 40)
    assert tables_pay(100, 1000, 100 * 500)

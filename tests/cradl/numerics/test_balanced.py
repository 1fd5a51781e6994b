"""Sizes of balanced allocations: those that exist and the nearest ones, by search."""

import itertools
import math
import re

import numpy as np
import pytest

from cradl.allocation import ALLOCATIONS
from cradl.numerics import balanced as numerics_balanced
from cradl.numerics.designs import hadamard_order


def nearest(N, M, r):
    """Return the size that the refusal names."""
    message = ALLOCATIONS["balanced"].requirement(N, M, r)
    return re.search(r"nearest: (.*)\)$", message)[1]


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ((100, 1000, 40), "M=1331, r=121"),
        ((3, 9, 2), "M=9, r=3"),
        ((5, 9, 3), "M=8, r=4"),
        ((4, 16, 6), "M=16, r=8"),
        ((6, 16, 4), "M=25, r=5"),
        ((5, 5, 1), "M=8, r=4"),
        ((1, 1, 1), "M=4, r=2"),
    ],
)
def test_balanced_names_a_feasible_size_nearby(sizes, expected):
    assert nearest(*sizes) == expected


def test_whatever_size_balanced_names_is_feasible():
    for N, M in itertools.product([1, 6, 30, 200], range(1, 40)):
        for r in range(1, M + 1):
            if ALLOCATIONS["balanced"].requirement(N, M, r) is not None:
                named = dict(one.split("=") for one in nearest(N, M, r).split(", "))
                size, held = int(named["M"]), int(named["r"])
                assert ALLOCATIONS["balanced"].requirement(N, size, held) is None
                if (size, held) not in set(linear_sizes(N, size + 1)):
                    # A Hadamard matrix, whose order is a multiple of four
                    assert (size % 4, 2 * held) == (0, size)
                    assert size > N


def linear_sizes(N, most):
    """All (M, r) below `most` with a linear array of N devices, by search."""
    for s in range(2, math.isqrt(most) + 1):
        # One prime divides the order of a field.
        if sum(s % p == 0 and all(p % one for one in range(2, p)) for p in range(2, s + 1)) == 1:
            for k in range(2, 12):
                M, largest = s**k, sum(s**power for power in range(k))
                if most > M and largest >= N:
                    yield from ((M, j * M // s) for j in range(1, s + 1))


def orthogonal_sizes(N, most):
    """All (M, r) below `most` with a linear array of N devices or a Hadamard matrix, by search."""
    yield from linear_sizes(N, most)
    for M in range(N + 1, most):
        if hadamard_order(M):
            yield M, M // 2


@pytest.mark.parametrize("N", [1, 3, 4, 7, 12])
def test_balanced_exists_where_an_array_is_found_by_search(N):
    known = set(orthogonal_sizes(N, 90))
    for M in range(1, 90):
        for r in range(1, M + 1):
            there = ALLOCATIONS["balanced"].requirement(N, M, r) is None
            assert there == ((M, r) in known), (N, M, r)
            if there:
                S = ALLOCATIONS["balanced"](np.random.default_rng(N), N=N, M=M, r=r).astype(int)
                assert set((S @ S.T)[~np.eye(N, dtype=bool)].tolist()) <= {r * r // M}


@pytest.mark.parametrize(
    ("N", "M", "r"),
    [
        *((3, 10, 4), (5, 20, 3), (8, 30, 9), (4, 60, 33), (13, 45, 15), (1, 7, 7)),
        # As many devices as the array has columns.
        *((4, 10, 3), (3, 5, 2), (6, 26, 10), (13, 28, 9)),
        # Hadamard matrices of an order that is no power of two are nearest.
        *((5, 12, 5), (11, 11, 5), (3, 20, 9), (15, 22, 11), (4, 28, 13), (23, 23, 12)),
    ],
)
def test_no_feasible_size_is_nearer_than_the_one_that_is_named(N, M, r):
    def far(size, held):
        return abs(math.log(size / M)) + abs(math.log(held / r))

    named = dict(one.split("=") for one in nearest(N, M, r).split(", "))
    found = far(int(named["M"]), int(named["r"]))
    assert found == pytest.approx(min(far(*one) for one in orthogonal_sizes(N, 4 * M)))


@pytest.mark.parametrize(
    ("N", "M", "r"), [(13, 27, 9), (31, 125, 50), (8, 49, 21), (11, 12, 6), (23, 28, 14)]
)
def test_no_device_has_a_better_shift_left(N, M, r, monkeypatch):
    arrays, draw_array = [], numerics_balanced._orthogonal_array

    def kept(*sizes):
        arrays.append(draw_array(*sizes))
        return arrays[-1]

    monkeypatch.setattr(numerics_balanced, "_orthogonal_array", kept)
    for seed in range(5):
        S = ALLOCATIONS["balanced_covering"](np.random.default_rng(seed), N=N, M=M, r=r)
        levels, _, s = arrays.pop()
        degree = S.sum(axis=0, dtype=int)
        scarcity = np.exp(-degree.astype(float)).sum()
        for device in range(N):
            held = [(levels[device] - shift) % s < r * s // M for shift in range(s)]
            assert any((one == S[device]).all() for one in held)
            for one in held:
                other = degree - S[device] + one
                assert np.exp(-other.astype(float)).sum() >= scarcity * (1 - 1e-8)


@pytest.mark.parametrize(
    ("N", "M", "r"),
    [
        # GF(4)^5, which has room for 341 devices.
        *((100, 1024, 256), (341, 1024, 768), (21, 64, 16)),
        *((5, 16, 4), (5, 16, 12), (9, 64, 24), (73, 512, 64), (10, 81, 18), (91, 729, 81)),
        *((17, 256, 48), (26, 625, 75), (28, 729, 135)),
        # Paley's matrices of GF(25) and GF(49).
        *((51, 52, 26), (99, 100, 50)),
    ],
)
@pytest.mark.parametrize("kind", ["balanced", "balanced_covering"])
def test_every_two_devices_share_equally_over_fields_of_prime_powers(kind, N, M, r):
    S = ALLOCATIONS[kind](np.random.default_rng(N), N=N, M=M, r=r).astype(int)
    expected = np.full((N, N), r * r // M)
    np.fill_diagonal(expected, r)
    assert r * r % M == 0
    np.testing.assert_array_equal(S @ S.T, expected)


@pytest.mark.parametrize(
    ("N", "M", "r"),
    [(342, 1024, 256), (6, 16, 4), (11, 81, 9), (10, 64, 8), (1, 4, 1), (1, 8, 2), (3, 32, 8)],
)
def test_one_device_more_or_a_field_without_its_square_is_refused(N, M, r):
    # Over GF(s) there are (M - 1)/(s - 1) directions; GF(4)^k has no 8 or 32 points.
    with pytest.raises(ValueError, match=f"with a prime power s, k >= 2, .*, got N={N}, M={M}"):
        ALLOCATIONS["balanced"](np.random.default_rng(1), N=N, M=M, r=r)

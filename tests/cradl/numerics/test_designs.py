"""Designs by their definitions, counted; allocations made of them."""

import itertools
import math
import re

import numpy as np
import pytest

from cradl.allocation import ALLOCATIONS, degrees, second_eigenvalue
from cradl.numerics.designs import block_design, block_designs, hadamard, hadamard_order

# Orders below 250 that are known from other constructions alone.
WITHOUT = {92, 116, 156, 172, 184, 188, 232, 236}


@pytest.mark.parametrize("M", [one for one in range(1, 250) if one in (1, 2) or one % 4 == 0])
def test_hadamard_matrices_have_orthogonal_columns(M):
    assert hadamard_order(M) == (M not in WITHOUT)
    if hadamard_order(M):
        H = hadamard(M)
        np.testing.assert_array_equal(H.T @ H, M * np.eye(M))
        assert (H[:, 0] == 1).all()
        assert H.dtype == np.int64


def character(x, q):
    """The quadratic character of GF(q), by Euler's criterion."""
    return (pow(x, (q - 1) // 2, q) + 1) % q - 1


@pytest.mark.parametrize("q", [11, 19, 23])
def test_the_first_matrix_of_paley(q):
    # I + S, S with the character of i − j inside, ones above and their negatives at the left.
    expected = [[1] * (q + 1)]
    for i in range(q):
        row = [-1, *(character(i - j, q) + (i == j) for j in range(q))]
        expected.append([-one for one in row])
    np.testing.assert_array_equal(hadamard(q + 1), expected)


@pytest.mark.parametrize("q", [13, 17])
def test_the_second_matrix_of_paley(q):
    # Of the symmetric conference matrix: 0, 1 and -1 become these blocks.
    blocks = {0: [[1, -1], [-1, -1]], 1: [[1, 1], [1, -1]], -1: [[-1, -1], [-1, 1]]}
    conference = [[0, *[1] * q]]
    conference += [[1, *(character(i - j, q) for j in range(q))] for i in range(q)]
    H = np.block([[np.array(blocks[one]) for one in row] for row in conference])
    np.testing.assert_array_equal(hadamard(2 * q + 2), H * H[:, :1])


@pytest.mark.parametrize("M", [0, 3, 6, 13, 92])
def test_orders_without_a_construction_are_refused(M):
    assert not hadamard_order(M)
    with pytest.raises(ValueError, match=f"need an order of .*, got {M}"):
        hadamard(M)


@pytest.mark.parametrize("v", [*range(2, 22), 25, 27, 51, 73, 85, 91, 273])
def test_every_two_points_of_a_design_are_in_equally_many_blocks(v):
    for name, blocks, through in block_designs(v):
        if blocks > 300:
            continue
        held = block_design(name, v).astype(int)
        assert held.shape == (v, blocks)
        assert len(set(held.sum(axis=0))) == 1
        assert set(held.sum(axis=1)) == {through}
        assert len({int(a @ b) for a, b in itertools.combinations(held, 2)}) == 1


@pytest.mark.parametrize(
    ("v", "d", "blocks"),
    [
        # PG(2, 4), PG(2, 8), PG(2, 9), PG(3, 4), PG(2, 16), and complements.
        *((21, 5, 21), (73, 9, 73), (91, 10, 91), (85, 21, 85), (273, 17, 273)),
        *((21, 16, 21), (73, 64, 73), (91, 81, 91)),
        # AG(2, 4), AG(2, 8), AG(2, 9), AG(3, 4), AG(2, 16), AG(2, 25), AG(2, 27).
        *((16, 4, 20), (64, 8, 72), (81, 9, 90), (64, 16, 84), (256, 16, 272)),
        *((625, 25, 650), (729, 27, 756)),
        # The core of Paley's second matrix of GF(25), of GF(49), of the first of GF(243).
        *((51, 25, 51), (99, 49, 99), (243, 121, 243)),
    ],
)
def test_geometries_over_fields_of_prime_powers_are_drawn(v, d, blocks):
    r = blocks * d // v
    S = ALLOCATIONS["equal_overlap"](np.random.default_rng(v), N=v, M=blocks, r=r)
    counts = S.astype(int) @ S.T.astype(int)
    assert set(S.sum(axis=0).tolist()) == {d}
    # λ (v - 1) = r (d - 1)
    expected = np.full((v, v), r * (d - 1) // (v - 1))
    np.fill_diagonal(expected, r)
    assert r * (d - 1) % (v - 1) == 0
    np.testing.assert_array_equal(counts, expected)


@pytest.mark.parametrize(
    ("N", "M"), [(5, 12), (11, 12), (19, 20), (27, 28), (39, 40), (99, 1000), (51, 52), (99, 100)]
)
@pytest.mark.parametrize("kind", ["balanced", "balanced_covering"])
def test_hadamard_orders_are_balanced_too(kind, N, M):
    S = ALLOCATIONS[kind](np.random.default_rng(N), N=N, M=M, r=M // 2).astype(int)
    assert set(S.sum(axis=1)) == {M // 2}
    overlaps = (S @ S.T)[~np.eye(N, dtype=bool)]
    assert set(overlaps.tolist()) == {M // 4}
    # Every combination of two symbols occurs equally often: strength 2.
    assert (S[0] * S[1]).sum() == ((1 - S[0]) * (1 - S[1])).sum() == M // 4


def test_shifts_are_chosen_as_well_as_any_on_small_arrays():
    sizes = {"N": 5, "M": 9, "r": 3} | {"N": 4}
    best = 0
    for seed in range(300):
        S = ALLOCATIONS["balanced"](np.random.default_rng(seed), **sizes)
        best = max(best, int(degrees(S).min()))
    found = [
        int(degrees(ALLOCATIONS["balanced_covering"](np.random.default_rng(s), **sizes)).min())
        for s in range(20)
    ]
    assert min(found) == best


@pytest.mark.parametrize(
    ("N", "M", "r"), [(7, 7, 3), (7, 21, 12), (25, 60, 12), (31, 31, 25), (4, 12, 6)]
)
def test_equal_overlaps_have_the_least_second_eigenvalue(N, M, r):
    S = ALLOCATIONS["equal_overlap"](np.random.default_rng(1), N=N, M=M, r=r)
    d = N * r // M
    assert set(degrees(S).tolist()) == {d}
    assert second_eigenvalue(S) == pytest.approx(r * (N - d) / (N - 1))


def test_a_size_without_a_design_names_the_nearest_with_one():
    with pytest.raises(ValueError, match=r"with 7 points \(for N=7 nearest: M=7, r=3\), got N=7"):
        ALLOCATIONS["equal_overlap"](np.random.default_rng(1), N=7, M=8, r=3)


@pytest.mark.parametrize(("N", "M", "r"), [(10, 20, 6), (25, 30, 6), (12, 12, 6), (2, 4, 2)])
def test_spread_is_regular_and_evens_the_overlaps(N, M, r):
    S, start = (
        ALLOCATIONS[kind](np.random.default_rng(2), N=N, M=M, r=r) for kind in ("spread", "regular")
    )
    assert set(S.sum(axis=1).tolist()) == {r}
    assert set(degrees(S).tolist()) == {N * r // M}

    def squares(one):
        counts = one.astype(int)
        return int(((counts @ counts.T) ** 2).sum())

    assert squares(S) <= squares(start)
    if N == 10:
        # No single swap is left that lowers the sum.
        assert all(squares(other) >= squares(S) for other in swapped(S))


def swapped(S):
    """Yield every matrix that differs from S in one swap of two devices."""
    for i, j in itertools.combinations(range(len(S)), 2):
        for given in np.flatnonzero(S[i] > S[j]):
            for taken in np.flatnonzero(S[j] > S[i]):
                other = S.copy()
                other[[i, i, j, j], [given, taken, given, taken]] = [0, 1, 1, 0]
                yield other


def test_cyclic_devices_hold_subsets_in_a_row():
    S = ALLOCATIONS["cyclic"](np.random.default_rng(0), N=4, M=8, r=4)
    np.testing.assert_array_equal(S[1], [0, 0, 1, 1, 1, 1, 0, 0])
    np.testing.assert_array_equal(S[3], [1, 1, 0, 0, 0, 0, 1, 1])
    assert set(degrees(S).tolist()) == {2}
    with pytest.raises(ValueError, match=r"need M divisible by N=4 and r by M/N"):
        ALLOCATIONS["cyclic"](np.random.default_rng(0), N=4, M=8, r=3)


def orders(most):
    """All orders of fields below `most`: what has one prime factor."""
    for n in range(2, most):
        if len({p for p in range(2, n + 1) if n % p == 0 and all(p % q for q in range(2, p))}) == 1:
            yield n


def known_designs(v):
    """Name, points in a block and number of blocks of the designs that there are, by search."""
    for d in range(1, v // 2 + 1):
        if math.comb(v, d) <= 10_000:
            yield "complete", d, math.comb(v, d)
    if v % 4 == 3 and hadamard_order(v + 1):
        yield "hadamard", (v - 1) // 2, v
    for s in orders(v):
        for k in range(2, 12):
            hyperplanes = sum(s**power for power in range(k))
            if s**k == v:
                yield "affine", s ** (k - 1), s * hyperplanes
            if k >= 3 and hyperplanes == v:
                yield "projective", sum(s**power for power in range(k - 1)), v


@pytest.mark.parametrize("v", range(2, 41))
def test_all_families_are_found_with_their_complements(v):
    expected = set()
    for name, d, blocks in known_designs(v):
        for size in (d, v - d):
            if blocks <= 10_000:
                expected.add((f"{name}:{d}:{size}", blocks, blocks * size // v))
    assert set(block_designs(v)) == expected


@pytest.mark.parametrize("N", [2, 4, 7, 13])
def test_no_copies_of_a_design_are_nearer_than_those_that_are_named(N):
    requirement = ALLOCATIONS["equal_overlap"].requirement
    feasible = {
        (copies * blocks, copies * blocks * size // N)
        for _, d, blocks in known_designs(N)
        for size in (d, N - d)
        for copies in range(1, 2 + 60 // blocks)
    }
    for M, r in itertools.product((1, 5, 8, 13, 20, 30), (1, 2, 3, 5, 7, 11)):
        if r > M:
            assert requirement(N, M, r) == f"1 <= r <= M={M}"
        elif (M, r) in feasible:
            assert requirement(N, M, r) is None
        else:
            named = re.search(rf"\(for N={N} nearest: M=(\d+), r=(\d+)\)$", requirement(N, M, r))
            size, held = map(int, named.groups())
            assert (size, held) in feasible
            away = {one: math.log(one[0] / M) for one in feasible}
            far = {one: abs(away[one]) + abs(math.log(one[1] / r)) for one in feasible}
            # The number of copies is one of the two next to M.
            assert far[size, held] == pytest.approx(min(far.values()), abs=1e-12)


def test_a_single_device_has_no_design():
    needed = r"need copies of a block design with 1 points \(none is known\), got N=1, M=7, r=3"
    with pytest.raises(ValueError, match=needed):
        ALLOCATIONS["equal_overlap"](np.random.default_rng(1), N=1, M=7, r=3)


@pytest.mark.parametrize(("N", "M", "r"), [(3, 3, 1), (7, 14, 6), (9, 24, 8)])
def test_devices_and_subsets_of_a_design_are_in_random_order(N, M, r):
    draws = {
        ALLOCATIONS["equal_overlap"](np.random.default_rng(i), N=N, M=M, r=r).tobytes()
        for i in range(40)
    }
    assert len(draws) >= 6

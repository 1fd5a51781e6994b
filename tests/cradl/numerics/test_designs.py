"""Designs by their definitions, counted; allocations made of them."""

import itertools

import numpy as np
import pytest

from cradl.allocation import ALLOCATIONS, degrees, second_eigenvalue
from cradl.numerics.designs import block_design, block_designs, hadamard, hadamard_order

# Orders below 200 that need a Paley matrix of a prime power, or are known from other constructions.
WITHOUT = {52, 92, 100, 116, 156, 172, 184, 188}


@pytest.mark.parametrize("M", [one for one in range(1, 200) if one in (1, 2) or one % 4 == 0])
def test_hadamard_matrices_have_orthogonal_columns(M):
    assert hadamard_order(M) == (M not in WITHOUT)
    if hadamard_order(M):
        H = hadamard(M)
        np.testing.assert_array_equal(H.T @ H, M * np.eye(M))
        assert (H[:, 0] == 1).all()


@pytest.mark.parametrize("M", [0, 3, 6, 52])
def test_orders_without_a_construction_are_refused(M):
    assert not hadamard_order(M)
    with pytest.raises(ValueError, match=f"need an order of .*, got {M}"):
        hadamard(M)


@pytest.mark.parametrize("v", range(2, 20))
def test_every_two_points_of_a_design_are_in_equally_many_blocks(v):
    for name, blocks, through in block_designs(v):
        if blocks > 300:
            continue
        held = block_design(name, v).astype(int)
        assert held.shape == (v, blocks)
        assert len(set(held.sum(axis=0))) == 1
        assert set(held.sum(axis=1)) == {through}
        assert len({int(a @ b) for a, b in itertools.combinations(held, 2)}) == 1


@pytest.mark.parametrize(("N", "M"), [(5, 12), (11, 12), (19, 20), (27, 28), (39, 40), (99, 1000)])
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

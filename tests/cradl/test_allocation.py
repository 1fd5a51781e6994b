"""Allocations against their definitions, and random ones against their exact distribution."""

import itertools
import math
from collections import Counter
from dataclasses import FrozenInstanceError
from fractions import Fraction

import numpy as np
import pytest
import scipy.stats

from cradl.allocation import (
    ALLOCATIONS,
    allocations,
    drawn,
    largest_difference,
    mean_defect,
    second_eigenvalue,
)
from cradl.streams import Stream, generator


def draw(kind, N, M, r, draw=0):
    return ALLOCATIONS[kind](generator(3, Stream.ALLOCATION, draw), N=N, M=M, r=r)


@pytest.mark.parametrize(("N", "M"), [(100, 1000), (1, 5), (4, 4), (7, 21)])
def test_disjoint_is_a_partition(N, M):
    S = draw("disjoint", N, M, M // N)
    assert (S.sum(axis=1) == M // N).all()
    assert (S.sum(axis=0) == 1).all()


@pytest.mark.parametrize(("N", "M", "r"), [(100, 1000, 40), (3, 5, 5), (4, 7, 1)])
def test_random_puts_r_distinct_subsets_on_each_device(N, M, r):
    S = draw("random", N, M, r)
    assert set(np.unique(S)) <= {0, 1}
    assert (S.sum(axis=1) == r).all()


def test_random_leaves_the_expected_number_of_subsets_uncovered():
    uncovered = allocations("random", N=100, M=1000, r=40, seed=1, draws=200)["uncovered"]
    expected = 1000 * float(Fraction(24, 25) ** 100)
    assert expected == pytest.approx(16.87, abs=0.005)
    standard_error = float(uncovered.std(ddof=1)) / np.sqrt(200)
    assert abs(float(uncovered.mean()) - expected) < 3.5 * standard_error


def test_random_is_uniform_over_the_subsets_of_a_device():
    counts = Counter(
        tuple(np.flatnonzero(draw("random", 1, 5, 2, number)[0])) for number in range(2000)
    )
    assert counts.keys() == set(itertools.combinations(range(5), 2))
    assert scipy.stats.chisquare(list(counts.values())).pvalue > 1e-3


def test_random_is_nested_in_r():
    smaller, larger = draw("random", 20, 50, 7), draw("random", 20, 50, 19)
    assert (smaller <= larger).all()


def test_regular_has_every_degree_four_at_the_papers_sizes():
    S = draw("regular", 100, 1000, 40)
    assert (S.sum(axis=1) == 40).all()
    assert (S.sum(axis=0) == 4).all()


def test_regular_exists_for_every_feasible_size_however_awkward():
    for N, M in itertools.product(range(1, 8), range(1, 13)):
        for r in range(1, M + 1):
            if N * r % M == 0:
                S = draw("regular", N, M, r)
                assert (S.sum(axis=1) == r).all()
                assert (S.sum(axis=0) == N * r // M).all()


def test_regular_is_uniform_over_all_matrices_with_these_sums():
    rows = [row for row in itertools.product((0, 1), repeat=4) if sum(row) == 2]
    possible = {
        chosen
        for chosen in itertools.product(rows, repeat=4)
        if all(sum(column) == 2 for column in zip(*chosen, strict=True))
    }
    assert len(possible) == 90
    counts = Counter(
        tuple(map(tuple, draw("regular", 4, 4, 2, number).tolist())) for number in range(1800)
    )
    assert counts.keys() == possible
    assert scipy.stats.chisquare(list(counts.values())).pvalue > 1e-3


def test_regular_is_mixed_at_the_papers_sizes():
    # The mean overlap is r (d - 1) / (N - 1) by double counting. Coincidences are rare and nearly
    # independent once the trades have mixed, so the variance is nearly binomial; the cyclic
    # allocation that the trades start from has overlaps of 0 and 40 alone.
    S = draw("regular", 100, 1000, 40).astype(int)
    overlaps = (S @ S.T)[np.triu_indices(100, 1)]
    mean = 40 * 3 / 99
    assert overlaps.mean() == pytest.approx(mean)
    assert overlaps.var() == pytest.approx(mean * (1 - 40 / 1000), rel=0.1)


def test_grouped_deals_devices_and_subsets_as_evenly_as_possible():
    for N, M in itertools.product(range(1, 8), range(1, 13)):
        for r in range(-(-M // N), M + 1):
            groups = Counter(map(tuple, draw("grouped", N, M, r).tolist()))
            held = [sum(row) for row in groups]
            assert len(groups) == -(-M // r)
            assert [sum(column) for column in zip(*groups, strict=True)] == [1] * M
            assert max(held) <= r
            assert max(held) - min(held) <= 1
            assert max(groups.values()) - min(groups.values()) <= 1


def test_grouped_is_uniform_over_devices_and_subsets():
    # Two of the three devices share two of the three subsets: nine equally likely matrices.
    counts = Counter(
        tuple(map(tuple, draw("grouped", 3, 3, 2, number).tolist())) for number in range(900)
    )
    assert len(counts) == 9
    assert scipy.stats.chisquare(list(counts.values())).pvalue > 1e-3


def assert_balanced(S, r, overlap):
    sets = [frozenset(np.flatnonzero(row)) for row in S]
    assert {len(one) for one in sets} == {r}
    assert {len(a & b) for a, b in itertools.combinations(sets, 2)} <= {overlap}


@pytest.mark.parametrize(
    ("s", "k"), [(2, 2), (2, 3), (2, 5), (3, 2), (3, 4), (5, 2), (5, 3), (7, 3), (13, 2)]
)
def test_balanced_pairs_share_equally_up_to_the_largest_number_of_devices(s, k):
    M, most = s**k, sum(s**power for power in range(k))
    for N in {1, 2, most // 2, most - 1, most}:
        for j in {1, s // 2 + 1, s - 1, s}:
            S = draw("balanced", N, M, j * M // s, draw=N)
            assert_balanced(S, j * M // s, j**2 * M // s**2)
            degree = S.sum(axis=0, dtype=int)
            # Strength 2 makes devices pair-wise independent over the subsets.
            assert degree.sum() * s == N * M * j
            assert (degree**2).sum() * s**2 == M * (N * j * s + N * (N - 1) * j**2)
    with pytest.raises(ValueError, match=rf"N <= \(M - 1\)/\(s - 1\), .*, got N={most + 1}, M={M}"):
        draw("balanced", most + 1, M, M // s)


def test_balanced_at_a_size_like_the_papers():
    drawn = allocations("balanced", N=100, M=1331, r=121, seed=1, draws=3)
    for one in drawn["S"]:
        assert_balanced(one.to_numpy(), 121, 11)
    assert drawn["largest_difference"].values.tolist() == [110] * 3
    np.testing.assert_allclose(drawn["second_eigenvalue"], 110)
    assert (drawn["degree"].min("subset") < drawn["degree"].max("subset")).all()


@pytest.mark.parametrize(
    ("N", "M", "r"), [(31, 125, 50), (31, 125, 100), (12, 121, 110), (3, 9, 3), (7, 8, 8)]
)
def test_covering_shifts_keep_the_balance_and_raise_the_least_degree(N, M, r):
    S = draw("balanced_covering", N, M, r)
    assert_balanced(S, r, r * r // M)
    least = [draw("balanced", N, M, r, number).sum(axis=0).min() for number in range(10)]
    assert S.sum(axis=0).min() >= max(least)


def test_covering_shifts_are_a_local_optimum_of_scarcity():
    N, s = 4, 3
    points = np.array(list(itertools.product(range(s), repeat=2)))
    lines = [(0, 1), (1, 0), (1, 1), (1, 2)]
    pencils = [
        [frozenset(np.flatnonzero((points @ line - c) % s < 2)) for c in range(s)] for line in lines
    ]

    def scarcity(sets):
        counts = Counter(itertools.chain.from_iterable(sets))
        return sum(math.exp(-counts[k]) for k in range(s * s))

    optima = {
        tuple(sorted(Counter(itertools.chain.from_iterable(chosen)).values()))
        for chosen in itertools.product(*pencils)
        if all(
            scarcity(chosen) <= scarcity([*chosen[:i], other, *chosen[i + 1 :]]) * (1 + 1e-9)
            for i in range(N)
            for other in pencils[i]
        )
    }
    for number in range(30):
        degree = draw("balanced_covering", N, s * s, 6, number).sum(axis=0, dtype=int)
        assert tuple(sorted(degree.tolist())) in optima


def test_balanced_is_uniform_over_hyperplanes_and_labels():
    # Any half of the four subsets, then any of the four halves that share one subset with it.
    counts = Counter(
        tuple(map(tuple, draw("balanced", 2, 4, 2, number).tolist())) for number in range(1200)
    )
    assert len(counts) == 24
    assert scipy.stats.chisquare(list(counts.values())).pvalue > 1e-3


@pytest.mark.parametrize(
    ("kind", "N", "M", "r", "needed"),
    [
        ("disjoint", 3, 10, 3, "M divisible by N=3"),
        ("disjoint", 2, 10, 4, "r = M/N = 5"),
        ("random", 3, 10, 11, "1 <= r <= M=10"),
        ("random", 3, 10, 0, "1 <= r <= M=10"),
        ("regular", 3, 10, 11, "1 <= r <= M=10"),
        ("regular", 3, 10, 4, r"N\*r divisible by M=10"),
        ("balanced", 3, 9, 10, "1 <= r <= M=9"),
        ("balanced", 3, 10, 5, r"M = s\^k and r = jM/s with a prime power s, k >= 2"),
        ("balanced", 6, 16, 4, r"M = s\^k and r = jM/s with a prime power s, k >= 2"),
        ("balanced", 2, 5, 1, r"M = s\^k and r = jM/s with a prime power s, k >= 2"),
        ("grouped", 3, 10, 11, "1 <= r <= M=10"),
        ("grouped", 3, 10, 3, r"N\*r >= M=10 \(at most N groups of r subsets\)"),
    ],
)
def test_infeasible_sizes_are_refused(kind, N, M, r, needed):
    with pytest.raises(ValueError, match=f"need {needed}.*, got N={N}, M={M}, r={r}"):
        draw(kind, N, M, r)


def brute_force_description(S):
    N, M = S.shape
    sets = [set(np.flatnonzero(row)) for row in S]
    degree = [sum(k in one for one in sets) for k in range(M)]
    difference = max(len(a - b) for a in sets for b in sets)
    defect = max(
        abs(sum(Fraction(1, degree[k]) for k in one) - Fraction(M, N)) * Fraction(N, M)
        for one in sets
    )
    return difference, float(defect)


@pytest.mark.parametrize("kind", ALLOCATIONS)
def test_descriptions_by_brute_force(kind):
    sizes = {"disjoint": (8, 16, 2), "equal_overlap": (7, 14, 6)}.get(kind, (8, 16, 8))
    S = draw(kind, *sizes)
    difference, defect = brute_force_description(S)
    assert largest_difference(S) == difference
    assert mean_defect(S) == pytest.approx(defect, abs=1e-12)


def test_second_eigenvalue_on_known_designs():
    # Disjoint devices: S Sᵀ = r I. All subsets on all devices: S Sᵀ = M 11ᵀ.
    assert second_eigenvalue(draw("disjoint", 5, 15, 3)) == pytest.approx(3)
    assert second_eigenvalue(np.ones((4, 6), np.uint8)) == pytest.approx(0, abs=1e-12)
    # The Fano plane: 7 devices, 7 subsets, r = 3, all overlaps 1: eigenvalues 9 and 2.
    lines = [(0, 1, 2), (0, 3, 4), (0, 5, 6), (1, 3, 5), (1, 4, 6), (2, 3, 6), (2, 4, 5)]
    fano = np.array([[k in line for k in range(7)] for line in lines], np.uint8)
    assert second_eigenvalue(fano) == pytest.approx(2)
    assert largest_difference(fano) == 2


def test_a_draw_does_not_depend_on_how_many_there_are():
    few = allocations("regular", N=6, M=12, r=4, seed=9, draws=2)
    many = allocations("regular", N=6, M=12, r=4, seed=9, draws=5)
    assert many.isel(draw=slice(0, 2)).equals(few)


@pytest.mark.parametrize("kind", ["random", "regular", "grouped"])
def test_every_draw_is_described_by_itself(kind):
    drawn = allocations(kind, N=5, M=10, r=4, seed=2, draws=3)
    assert drawn.attrs == {"allocation": kind, "N": 5, "M": 10, "r": 4}
    assert drawn["draw"].values.tolist() == [0, 1, 2]
    assert dict(drawn.sizes) == {"draw": 3, "device": 5, "subset": 10}
    for one in (drawn.isel(draw=i) for i in range(3)):
        S = one["S"].to_numpy()
        np.testing.assert_array_equal(one["degree"], S.sum(axis=0))
        assert int(one["uncovered"]) == sum(not column.any() for column in S.T)
        assert int(one["most_subsets"]) == max(row.sum() for row in S)
        overlaps = S.astype(int) @ S.T
        difference = max(int(overlaps[i, i] - overlaps[i, j]) for i in range(5) for j in range(5))
        assert int(one["largest_difference"]) == difference
        second = np.sort(np.linalg.svd(S.astype(float), compute_uv=False))[-2] ** 2
        assert float(one["second_eigenvalue"]) == pytest.approx(second, abs=1e-9)
    first = ALLOCATIONS[kind](generator(2, Stream.ALLOCATION, 1), N=5, M=10, r=4)
    np.testing.assert_array_equal(drawn["S"][1], first)


def test_processes_draw_what_one_draws():
    sizes = {"N": 6, "M": 12, "r": 4, "seed": 9, "draws": 3}
    assert (
        drawn("regular", **sizes, processes=2).to_xarray().equals(allocations("regular", **sizes))
    )


def test_a_mean_defect_where_subsets_are_on_no_device():
    # d = (1, 2, 0), M/N = 3/2: the sums are 3/2 and 1/2, the defect 2/3 of the second's one.
    S = np.array([[1, 1, 0], [0, 1, 0]], np.uint8)
    assert mean_defect(S) == pytest.approx(2 / 3)
    assert largest_difference(S) == 1
    assert second_eigenvalue(S[:1]) == 0


@pytest.mark.parametrize(
    ("kind", "sizes", "needed"),
    [
        ("disjoint", (3, 9, 3), None),
        ("disjoint", (3, 9, 2), "r = M/N = 3"),
        ("random", (3, 10, 1), None),
        ("random", (3, 10, 10), None),
        ("regular", (3, 6, 2), None),
        ("regular", (3, 6, 7), "1 <= r <= M=6"),
        ("grouped", (3, 10, 4), None),
        ("grouped", (2, 10, 5), None),
        ("grouped", (2, 10, 4), "N*r >= M=10 (at most N groups of r subsets)"),
        ("cyclic", (3, 6, 2), None),
        ("cyclic", (3, 6, 6), None),
        ("cyclic", (4, 6, 2), "M divisible by N=4 and r by M/N (every subset on N*r/M devices)"),
        ("cyclic", (3, 6, 3), "M divisible by N=3 and r by M/N (every subset on N*r/M devices)"),
        ("cyclic", (3, 6, 8), "1 <= r <= M=6"),
        ("spread", (3, 6, 2), None),
        ("spread", (3, 7, 2), "N*r divisible by M=7 (every subset on N*r/M devices)"),
    ],
)
def test_what_is_needed_of_sizes(kind, sizes, needed):
    assert ALLOCATIONS[kind].requirement(*sizes) == needed
    if needed is None:
        assert draw(kind, *sizes).shape == sizes[:2]


@pytest.mark.parametrize(("N", "M", "r"), [(1, 4, 4), (1, 5, 5), (2, 3, 3), (4, 6, 6)])
def test_spread_has_nothing_to_swap_where_all_is_everywhere(N, M, r):
    np.testing.assert_array_equal(draw("spread", N, M, r), np.ones((N, M)))


def test_spread_starts_from_the_regular_allocation_of_its_stream():
    # With one device of two holding each subset, every swap keeps both overlaps.
    S, start = draw("spread", 2, 4, 2), draw("regular", 2, 4, 2)
    assert (S.sum(axis=0) == 1).all()
    np.testing.assert_array_equal(S, start)


@pytest.mark.parametrize(("N", "M", "r"), [(3, 3, 1), (3, 3, 2), (5, 10, 6), (4, 12, 12)])
def test_cyclic_devices_start_one_step_after_the_other(N, M, r):
    expected = [[(k - i * M // N) % M < r for k in range(M)] for i in range(N)]
    np.testing.assert_array_equal(draw("cyclic", N, M, r), expected)


def test_rows_are_read_only_and_named():
    row = ALLOCATIONS["random"]
    with pytest.raises(FrozenInstanceError):
        row.allocate = None
    with pytest.raises(TypeError):
        type(row)(row.allocate, row.requirement)

"""Allocations: which device holds which subset. Each is a function of a random stream and a row.

``ALLOCATIONS[name](rng, N=, M=, r=)`` returns the matrix S of the paper: uint8, shape (N, M),
``S[i, k] = 1`` where device i holds subset k; every device holds r subsets, where the row does not
say otherwise (`grouped`: at most r).
"""

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np
from numpy.random import Generator

from cradl.arrays import Matrix
from cradl.foreign import RowFault, called, is_foreign, returned
from cradl.labelled import Labelled, Variable, described
from cradl.numerics import spreads
from cradl.numerics.balanced import (
    balanced,
    balanced_covering,
    design_exists,
    equal_overlap,
    orthogonal_array_exists,
    valid_redundancy,
)
from cradl.numerics.spreads import degrees as degrees
from cradl.processes import mapped
from cradl.rows import Row, Table
from cradl.streams import Stream, generator

if TYPE_CHECKING:
    import xarray as xr

TRADES_PER_DEVICE = 20
"""Trades of `regular` for each device. At N=100, M=1000, r=40 the variance of the overlaps is 1.14
from 5 trades on, within its sampling error; at small sizes `tests/cradl/test_allocation.py`
compares with the exact distribution."""


class Allocate(Protocol):
    """Draws an allocation."""

    def __call__(self, rng: Generator, N: int, M: int, r: int, /) -> Matrix:
        """Draw S (N, M), 1 where a device holds a subset, for feasible sizes."""


class Requirement(Protocol):
    """Says whether an allocation exists."""

    def __call__(self, N: int, M: int, r: int, /) -> str | None:
        """Say what is needed if the sizes are infeasible; return None if they are feasible."""


@dataclass(frozen=True, kw_only=True)
class Allocation(Row):
    """A row of `ALLOCATIONS`.

    Attributes
    ----------
    allocate
        ``allocate(rng, N, M, r) -> S`` for feasible sizes.
    requirement
        ``requirement(N, M, r)`` -> what is needed if the sizes are infeasible, else None.
    reshuffled
        Whether devices and subsets change places at random after every iteration (`reshuffled`).
    """

    CALLED: ClassVar[tuple[str, ...]] = ("allocate", "requirement")

    allocate: Allocate
    requirement: Requirement
    reshuffled: bool = False

    def __call__(self, rng: Generator, *, N: int, M: int, r: int) -> Matrix:
        """Draw S (N, M); raise ValueError if no such allocation exists.

        Examples
        --------
        >>> rng = np.random.default_rng(1)
        >>> ALLOCATIONS["cyclic"](rng, N=3, M=3, r=2)
        array([[1, 1, 0],
               [0, 1, 1],
               [1, 0, 1]], dtype=uint8)

        Every two of these devices share r²/M = 2 of their 4 subsets:

        >>> S = ALLOCATIONS["balanced"](rng, N=3, M=8, r=4).astype(int)
        >>> S @ S.T
        array([[4, 2, 2],
               [2, 4, 2],
               [2, 2, 4]])
        >>> ALLOCATIONS["disjoint"](rng, N=3, M=8, r=4)
        Traceback (most recent call last):
        ValueError: need M divisible by N=3, got N=3, M=8, r=4
        """
        needed = self.requirement(N, M, r)
        if needed is not None:
            raise ValueError(f"need {needed}, got N={N}, M={M}, r={r}")
        drawn: Matrix = called(self, "allocate", rng, N, M, r)
        if not is_foreign(self.allocate):
            return drawn
        S = returned(self, "allocate", drawn, (N, M))
        wrong = np.setdiff1d(S, [0.0, 1.0])
        if len(wrong):
            raise RowFault(f"need zeros and ones from allocate of {self.key}, got {wrong[0]:g}")
        return S.astype(np.uint8)


def disjoint(rng: Generator, N: int, M: int, r: int) -> Matrix:
    """Partition the subsets into N parts of M/N, uniformly at random: no redundancy."""
    S = np.zeros((N, M), np.uint8)
    S[np.repeat(np.arange(N), r), rng.permutation(M)] = 1
    return S


def _partition_exists(N: int, M: int, r: int) -> str | None:
    if M % N:
        return f"M divisible by N={N}"
    return None if r == M // N else f"r = M/N = {M // N}"


def random(rng: Generator, N: int, M: int, r: int) -> Matrix:
    """Let every device draw r distinct subsets uniformly, independently of the others (Section V).

    Some subsets may be on no device. Draws from equal streams are nested in r.
    """
    keys = rng.random((N, M))
    S = np.zeros((N, M), np.uint8)
    np.put_along_axis(S, np.argpartition(keys, r - 1, axis=1)[:, :r], 1, axis=1)
    return S


def regular(rng: Generator, N: int, M: int, r: int) -> Matrix:
    """Put every subset on exactly d = Nr/M devices, otherwise at random.

    Starts from a cyclic allocation, which has the right sums, and lets random pairs of devices
    trade: what only one of the two holds is shuffled between them. Trades keep all sums, so there
    is nothing to retry; their stationary distribution is uniform over all such matrices (Strona et
    al., Nature Communications 2014; Carstens, Physical Review E 2015).
    """
    S = np.zeros((N, M), np.uint8)
    S[np.repeat(np.arange(N), r), np.arange(N * r) % M] = 1
    S = S[:, rng.permutation(M)]
    if N == 1:
        return S
    for _ in range(TRADES_PER_DEVICE * N):
        one, other = (S[device] for device in rng.choice(N, size=2, replace=False))
        held_by_one = (one > other).nonzero()[0]
        tradable = np.concatenate([held_by_one, (other > one).nonzero()[0]])
        rng.shuffle(tradable)
        one[tradable], other[tradable] = 0, 1
        given = tradable[: len(held_by_one)]
        one[given], other[given] = 1, 0
    return S


def _equal_degrees_exist(N: int, M: int, r: int) -> str | None:
    return valid_redundancy(N, M, r) or (
        None if N * r % M == 0 else f"N*r divisible by M={M} (every subset on N*r/M devices)"
    )


def grouped(rng: Generator, N: int, M: int, r: int) -> Matrix:
    """Give all devices of a group the same subsets, at most r of them, and every subset one group.

    There are ⌈M/r⌉ groups; both the devices and the subsets are dealt to them at random, as evenly
    as possible.
    """
    groups = -(-M // r)
    S = np.zeros((N, M), np.uint8)
    devices = np.array_split(rng.permutation(N), groups)
    subsets = np.array_split(rng.permutation(M), groups)
    for members, held in zip(devices, subsets, strict=True):
        S[np.ix_(members, held)] = 1
    return S


def _groups_exist(N: int, M: int, r: int) -> str | None:
    return valid_redundancy(N, M, r) or (
        None if N * r >= M else f"N*r >= M={M} (at most N groups of r subsets)"
    )


def cyclic(rng: Generator, N: int, M: int, r: int) -> Matrix:
    """Give every device r subsets in a row, from where M/N times its number points; no randomness.

    Neighbouring devices share most of theirs, so that λ₂(S Sᵀ) is large.
    """
    starts = np.arange(N)[:, np.newaxis] * M // N
    S = np.zeros((N, M), np.uint8)
    np.put_along_axis(S, (starts + np.arange(r)) % M, 1, axis=1)
    return S


def _equal_steps_exist(N: int, M: int, r: int) -> str | None:
    divides = M % N == 0 and r % (M // N) == 0
    return valid_redundancy(N, M, r) or (
        None if divides else f"M divisible by N={N} and r by M/N (every subset on N*r/M devices)"
    )


def cyclic_reshuffled(rng: Generator, N: int, M: int, r: int) -> Matrix:
    """Draw as `cyclic`, with devices and subsets in a new random order in every iteration.

    Source: Li, Allouah, Guerraoui, Skoglund and Xiao, arXiv:2603.28780, 2026, which assigns the
    cyclic tasks anew in every iteration; that the order is uniformly random is our choice.
    """
    return reshuffled(rng, cyclic(rng, N, M, r))


def reshuffled(rng: Generator, S: Matrix) -> Matrix:
    """Let devices and subsets of S (N, M) change places: all d_k, overlaps and sizes stay."""
    N, M = S.shape
    return np.ascontiguousarray(S[rng.permutation(N)][:, rng.permutation(M)])


def spread(rng: Generator, N: int, M: int, r: int) -> Matrix:
    """Draw as `regular`; then let pairs of devices swap subsets while that evens the overlaps.

    A swap of one subset for another is made where the sum of the squares of all overlaps falls,
    which for a regular allocation is what keeps λ₂(S Sᵀ) above its least value.
    """
    # The compiled loop takes half a second to load, which no other allocation should cost.
    from cradl.numerics.overlaps import even_overlaps

    S = regular(rng, N, M, r)
    if N > 1:
        choices = rng.integers(2**62, size=(SWAPS_PER_ENTRY * N * min(r, M - r), 4))
        even_overlaps(S, choices)
    return S


SWAPS_PER_ENTRY = 40
"""Swaps that `spread` tries for each entry of S (or for each zero, where those are fewer)."""


ALLOCATIONS = Table(
    "ALLOCATIONS",
    Allocation,
    {
        "disjoint": Allocation(allocate=disjoint, requirement=_partition_exists),
        "random": Allocation(allocate=random, requirement=valid_redundancy),
        "regular": Allocation(allocate=regular, requirement=_equal_degrees_exist),
        "grouped": Allocation(allocate=grouped, requirement=_groups_exist),
        "balanced": Allocation(allocate=balanced, requirement=orthogonal_array_exists),
        "balanced_covering": Allocation(
            allocate=balanced_covering, requirement=orthogonal_array_exists
        ),
        "equal_overlap": Allocation(allocate=equal_overlap, requirement=design_exists),
        "spread": Allocation(allocate=spread, requirement=_equal_degrees_exist),
        "cyclic": Allocation(allocate=cyclic, requirement=_equal_steps_exist),
        "cyclic_reshuffled": Allocation(
            allocate=cyclic_reshuffled, requirement=_equal_steps_exist, reshuffled=True
        ),
    },
)


def allocation_id(allocation: str, *, N: int, M: int, r: int) -> str:
    """Return the name of a row's draws at these sizes, and of their file."""
    return f"{allocation}-N{N}-M{M}-r{r}"


def largest_difference(S: Matrix) -> int:
    """Return ν = max over i, j of |S_i ∖ S_j|.

    Examples
    --------
    >>> largest_difference(np.array([[1, 1, 1, 0], [0, 1, 1, 1], [0, 0, 1, 1]], np.uint8))
    2
    """
    counts = S.astype(np.float64)
    overlaps = counts @ counts.T
    return int((np.diag(overlaps)[:, np.newaxis] - overlaps).max())


def second_eigenvalue(S: Matrix) -> float:
    """Return λ₂ of S Sᵀ, which governs how far coded gradients lie apart (0 for one device).

    Examples
    --------
    Two devices that hold r = 2 subsets each and share one: S Sᵀ has the eigenvalues 2 ± 1.

    >>> round(second_eigenvalue(np.array([[1, 1, 0], [0, 1, 1]], np.uint8)), 12)
    1.0

    If all devices hold everything, the coded gradients are equal:

    >>> round(abs(second_eigenvalue(np.ones((3, 5), np.uint8))), 12)
    0.0
    """
    counts = S.astype(np.float64)
    eigenvalues = np.linalg.eigvalsh(counts @ counts.T)
    return float(eigenvalues[-2]) if len(eigenvalues) > 1 else 0.0


def mean_defect(S: Matrix) -> float:
    """Return ε = (N/M) max_i |Σ_{k in S_i} 1/d_k − M/N|: 0 where every d_k is the same.

    Examples
    --------
    M/N is 3/2. With d = (1, 2, 1) both sums are 1 + 1/2; with d = (2, 1, 1) they are 5/2 and 1/2.

    >>> mean_defect(np.array([[1, 1, 0], [0, 1, 1]], np.uint8))
    0.0
    >>> round(mean_defect(np.array([[1, 1, 1], [1, 0, 0]], np.uint8)), 12)
    0.666666666667
    """
    N, M = S.shape
    inverse = 1.0 / np.maximum(degrees(S), 1)
    return float(N / M * np.abs(S @ inverse - M / N).max())


def allocations(kind: str, *, N: int, M: int, r: int, seed: int, draws: int) -> "xr.Dataset":
    """Draw allocations and describe each: `drawn` as an xarray data set."""
    return drawn(kind, N=N, M=M, r=r, seed=seed, draws=draws).to_xarray()


def drawn(
    kind: str, *, N: int, M: int, r: int, seed: int, draws: int, processes: int = 1
) -> Labelled:
    """Draw allocations and describe each.

    Parameters
    ----------
    processes
        How many draw at a time.

    Returns
    -------
    ``S`` (draw, device, subset) uint8, ``degree`` d_k (draw, subset), and over (draw) ``uncovered``
    the number of subsets on no device, ``largest_difference`` ν, ``second_eigenvalue`` λ₂,
    ``mean_defect`` ε and what `cradl.numerics.spreads.of_allocation` describes.
    """
    draw = functools.partial(_one, kind, N, M, r, seed)
    found = list(mapped(draw, range(draws), processes=processes))
    S = np.stack([matrix for matrix, _ in found])
    degree = np.stack([degrees(matrix) for matrix in S])
    values: dict[str, Any] = {name: [about[name] for _, about in found] for name in DESCRIBED}
    values |= {"S": S, "degree": degree, "uncovered": (degree == 0).sum(axis=1)}
    return Labelled(
        described(_DRAWN | DESCRIBED, values),
        described({"draw": _DRAW}, {"draw": np.arange(draws)}),
        {"allocation": kind, "N": N, "M": M, "r": r},
    )


_DRAW = Variable(("draw",), "draw")
_DRAWN = {
    "S": Variable(
        ("draw", "device", "subset"), "allocation matrix: 1 where the device holds the subset", ""
    ),
    "degree": Variable(("draw", "subset"), "d_k, devices that hold the subset", "devices"),
    "uncovered": Variable(("draw",), "subsets on no device", "subsets"),
}
DESCRIBED = {
    "most_subsets": Variable(("draw",), "max r_i, most subsets on a device", "subsets"),
    "largest_difference": Variable(
        ("draw",), "largest |S_i without S_j| over pairs of devices", "subsets"
    ),
    "second_eigenvalue": Variable(("draw",), "second eigenvalue of S S^T"),
    "mean_defect": Variable(("draw",), "(N/M) max_i |sum over S_i of 1/d_k - M/N|"),
    "spread_gain": Variable(
        ("draw",), "largest N^2 V over (M sigma)^2, V from heterogeneity alone"
    ),
    "defect_rms": Variable(
        ("draw",), "root mean square of (N/M) sum_k s_ik/d_k - 1 over the devices"
    ),
    "defect_max": Variable(("draw",), "the largest of its absolute values"),
    "radius": Variable(("draw",), "largest distance of a coded gradient to grad F/N, over beta"),
    "pair_radius": Variable(("draw",), "largest distance of two coded gradients, over beta"),
}
"""The description of an allocation besides the degrees."""


def _one(
    kind: str, N: int, M: int, r: int, seed: int, draw: int
) -> tuple[Matrix, dict[str, float]]:
    """Draw one allocation; return it with the values of `DESCRIBED`."""
    S = ALLOCATIONS[kind](generator(seed, Stream.ALLOCATION, draw), N=N, M=M, r=r)
    return S, {
        "most_subsets": int(S.sum(axis=1).max()),
        "largest_difference": largest_difference(S),
        "second_eigenvalue": second_eigenvalue(S),
        "mean_defect": mean_defect(S),
        **spreads.of_allocation(S),
    }

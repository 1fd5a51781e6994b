"""Test the second eigenvalue with planted faults, exact designs, and measured runs."""

import itertools
from fractions import Fraction as F

import numpy as np
import pytest
import scipy.stats
import sympy

from cradl.allocation import ALLOCATIONS, degrees
from theory.beyond import second_eigenvalue
from theory.beyond.second_eigenvalue import STATED
from theory.proving.instances import Unproved

CHECKS = {
    "least": second_eigenvalue.check_least,
    "worst": second_eigenvalue.check_worst,
    "average": second_eigenvalue.check_average,
}


@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.parametrize("factor", [F(1, 2), F(99, 100), F(101, 100), F(2)])
def test_a_slip_of_the_pen_flips_the_proof(name, factor, monkeypatch):
    monkeypatch.setitem(STATED, name, sympy.Rational(factor) * STATED[name])
    with pytest.raises(Unproved):
        CHECKS[name]()


@pytest.mark.parametrize("name", CHECKS)
def test_a_dropped_number_of_devices_flips_the_proof(name, monkeypatch):
    monkeypatch.setitem(
        STATED, name, STATED[name].subs(second_eigenvalue.N, 1 + second_eigenvalue.d)
    )
    with pytest.raises(Unproved):
        CHECKS[name]()


def test_the_first_eigenvalue_for_the_second_flips_the_proof(monkeypatch):
    first = second_eigenvalue.r * second_eigenvalue.d
    monkeypatch.setitem(STATED, "worst", STATED["worst"].subs(second_eigenvalue.lambda_2, first))
    with pytest.raises(Unproved):
        second_eigenvalue.check_worst()


REGULAR = [
    ("equal_overlap", 7, 7, 3),
    ("equal_overlap", 9, 12, 4),
    ("equal_overlap", 13, 26, 18),
    ("equal_overlap", 11, 11, 5),
    ("equal_overlap", 5, 10, 4),
    ("regular", 10, 20, 6),
    ("spread", 10, 20, 6),
    ("cyclic", 10, 20, 6),
    ("grouped", 10, 20, 4),
    ("disjoint", 5, 10, 2),
]


@pytest.mark.parametrize(("kind", "N", "M", "r"), REGULAR)
def test_the_second_eigenvalue_is_least_for_equal_overlaps_alone(kind, N, M, r):
    S = ALLOCATIONS[kind](np.random.default_rng(0), N=N, M=M, r=r).astype(int)
    d = N * r // M
    assert degrees(S.astype(np.uint8)).tolist() == [d] * M
    products = sympy.Matrix((S @ S.T).tolist())
    least = sympy.Rational(r * (N - d), N - 1)
    x = sympy.Symbol("x")
    polynomial = sympy.Poly(products.charpoly(x).as_expr(), x)
    # r d is a root; the quotient has no root above `least` only if overlaps are equal.
    rest, remainder = sympy.div(polynomial, sympy.Poly(x - r * d, x))
    assert remainder == 0
    overlaps = {int(overlap) for overlap in (S @ S.T)[~np.eye(N, dtype=bool)]}
    if len(overlaps) == 1:
        assert rest == sympy.Poly((x - least) ** (N - 1), x)
    else:
        assert rest.count_roots(least, None) > 0
        assert sympy.gcd(rest, sympy.Poly((x - least) ** (N - 1), x)) != rest
    assert (len(overlaps) == 1) == (kind in ("equal_overlap", "disjoint"))


@pytest.mark.parametrize("kind", ["regular", "grouped"])
def test_runs_spread_on_average_as_proved_at_their_start(prepare, kind):
    curve = {"method": "cra_dl", "aggregator": "median", "allocation": kind}
    redraw = {"data": False, "allocation": True, "attack": True}
    prepared = prepare([curve], redraw=redraw, trials=600, T=0, diagnostics=True, r=4)
    runs = prepared.simulate().isel(curve=0, iteration=0)
    N, M, r, d = 10, 20, 4, 2
    sizes = {
        second_eigenvalue.N: N,
        second_eigenvalue.M: M,
        second_eigenvalue.r: r,
        second_eigenvalue.d: d,
    }
    factor = float(STATED["average"].subs(sizes))
    expected = factor * M * float(runs["heterogeneity_mean_sq"][0])
    measured = runs["device_deviation_sq_mean"].to_numpy()
    assert scipy.stats.ttest_1samp(measured, expected).pvalue > 1e-3
    assert np.std(measured) > 0


def without_defect(N, M):
    """Yield every allocation in which each device has the same sum of 1/d_k."""
    columns = [np.array(column) for column in itertools.product((0, 1), repeat=N) if any(column)]
    for chosen in itertools.product(columns, repeat=M):
        S = np.stack(chosen, axis=1)
        degrees = S.sum(axis=0)
        shares = {sum(F(int(row[k]), int(degrees[k])) for k in range(M)) for row in S}
        if len(shares) == 1:
            yield S


@pytest.mark.parametrize(("N", "M"), [(2, 3), (3, 3), (3, 4), (4, 3)])
def test_no_allocation_without_defect_spreads_less(N, M):
    unequal, attained = 0, 0
    for S in without_defect(N, M):
        weights = S / S.sum(axis=0)
        spread = weights @ (np.eye(M) - 1 / M) @ weights.T
        least = (M**2 / S.sum() - M / N) / (N - 1)
        largest = np.linalg.eigvalsh(spread)[-1]
        assert largest >= least - 1e-12
        regular = len(set(S.sum(axis=0))) == 1 and len(set(S.sum(axis=1))) == 1
        unequal += not regular
        attained += largest < least + 1e-12
    assert attained
    assert unequal or (N, M) == (2, 3)

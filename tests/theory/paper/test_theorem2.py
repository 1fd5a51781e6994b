"""Test Theorem 2 with planted slips, a second transcription at fifty digits, and hand numbers."""

from fractions import Fraction as F

import mpmath
import numpy as np
import pytest
import sympy

from theory.paper import rho, theorem2, theorem2_proofs
from theory.paper.setting import Setting
from theory.proving.instances import Unproved
from theory.proving.statement import rows_of
from theory.proving.symbols import C_alpha, N, T, gamma_0, rho_1, rho_2, rho_3, rho_4, t

ROWS = {row.name: row for row in rows_of(theorem2_proofs)}
P = theorem2.PRINTED

FAULTS = [
    ("33", P["33"] * 2, ["33", "35"]),
    ("33", P["33"] / 2, ["33", "35"]),
    # The larger root.
    ("33", rho_1 / rho_2 - P["33"], ["33"]),
    ("33", P["33"].subs(sympy.sqrt(t + 1), t + 1), ["35"]),
    ("34", P["34"] / 2, ["34"]),
    ("34", P["34"] * 2, ["34"]),
    ("34", P["34"].subs(rho_4, rho_4 / gamma_0), ["34"]),
    ("34", P["34"].subs(sympy.sqrt(T + 1), T + 1), ["34"]),
    ("34", P["34"].subs(rho_2, -rho_2), ["34"]),
    ("35", P["35"] / 2, ["35", "38"]),
    ("35", P["35"] * 2, ["33", "35", "38"]),
    ("35", P["35"].subs(rho_2, -rho_2), ["33", "35", "38"]),
    ("36", P["36"] / 2, ["36", "34"]),
    ("36", P["36"] * 2, ["36", "34"]),
    ("36", P["36"].subs(sympy.sqrt(T + 1), T + 1), ["36", "34"]),
    ("37", P["37"] / 2, ["36", "37"]),
    ("37", P["37"] * 2, ["37"]),
    ("37", T + 1, ["37"]),
    ("38", P["38"] / 2, ["38"]),
    ("38", P["38"] * 2, ["38"]),
    ("38", P["38"].subs(rho_2, -rho_2), ["38"]),
    ("rate", P["rate"] / 2, ["38", "39"]),
    ("rate", P["rate"] * 2, ["38", "39"]),
    ("39", P["39"] / 2, ["39", "34"]),
    ("39", P["39"] * 2, ["39", "34"]),
    ("39", P["39"] - rho_3 / (rho_1 - gamma_0 * rho_2) + rho_3 / rho_1, ["39", "34"]),
    ("harmonic", sympy.log(T + 1), ["U27", "39"]),
    ("harmonic", 2 + 2 * sympy.log(T + 1), ["U27", "39"]),
    ("harmonic", 4 + sympy.log(T + 1), ["U27", "39"]),
    ("40", P["40"] / 2, ["40"]),
    ("40", P["40"] * 2, ["40"]),
    ("40", P["40"].subs(gamma_0, -gamma_0), ["40"]),
    ("40", P["40"].subs(C_alpha, C_alpha**2), ["40"]),
    ("40", P["40"].subs(N, sympy.sqrt(N)), ["40"]),
]


@pytest.mark.parametrize("name", ROWS)
def test_rows_have_the_verdicts_that_the_report_gives(name):
    outcome = ROWS[name].check()
    assert outcome.verdict == "proved"
    assert outcome.evidence


@pytest.mark.parametrize(
    ("key", "wrong", "name"),
    [(key, wrong, name) for key, wrong, names in FAULTS for name in names],
    ids=lambda value: str(value)[:40],
)
def test_a_slip_of_the_pen_flips_the_proof(key, wrong, name, monkeypatch):
    monkeypatch.setitem(P, key, wrong)
    with pytest.raises(Unproved, match=r"^need "):
        ROWS[name].check()


def test_every_row_has_slips():
    assert {name for *_, names in FAULTS for name in names} == ROWS.keys()


def test_a_slip_in_the_stable_form_is_caught(monkeypatch):
    monkeypatch.setattr(theorem2_proofs, "STABLE", theorem2.STABLE / 2)
    with pytest.raises(Unproved, match=r"^need "):
        ROWS["33"].check()


SIZES = {"N": 10, "M": 20, "r": 8, "d_min": 4, "alpha": F(1, 5), "L": F(1, 2)}
SIZES |= {"c_alpha_squared": F(1, 288)}
LOSS = {"beta": 3, "F_0": 5, "F_star": 1}
# The tests of Theorem 1 derive these numbers by hand.
RHO_1, RHO_2, RHO_3, RHO_4 = F(9, 100), F(467, 90000), F(18), F(59, 50)


def test_bound_equals_what_was_worked_out_by_hand():
    first = 2 * RHO_1 - 4 * RHO_2
    rational = 4 / (2 * first) + RHO_3 / (RHO_1 - 2 * RHO_2) + 4 * RHO_4 * 2 / (2 * first)
    value = theorem2.bound(Setting(**SIZES, **LOSS, gamma_0=2, T=3))
    expected = sympy.Rational(rational) + sympy.Rational(4 * RHO_4 / (2 * first)) * sympy.log(4)
    assert sympy.simplify(value - expected) == 0
    limit = theorem2.asymptotic_error(Setting(**SIZES, beta=3, gamma_0=2))
    assert limit == sympy.Rational(RHO_3 / (RHO_1 - 2 * RHO_2))


@pytest.mark.parametrize("start", [0.5, 2.0, 8.0])
def test_bound_is_above_a_run_that_meets_thirty_with_equality(start):
    ratios = []
    for last in (0, 400, 10**6):
        # The largest mean that (30) allows, with equal terms, summed without an inequality.
        rates = theorem2.learning_rates(Setting(**SIZES, gamma_0=start, t=np.arange(last + 1)))
        used = 4 + (rates * float(RHO_3) + rates**2 * float(RHO_4)).sum()
        most = used / (rates * float(RHO_1) - rates**2 * float(RHO_2)).sum()
        ratios.append(theorem2.bound(Setting(**SIZES, **LOSS, gamma_0=start, T=last)) / most)
    assert min(ratios) > 1
    # The rates vanish, so the mean that (30) allows tends to rho_3/rho_1. The bound tends to
    # rho_3/(rho_1 - gamma_0 rho_2), which is larger by a factor of up to two.
    loose = float(RHO_1) / (float(RHO_1) - start * float(RHO_2))
    assert ratios[-1] == pytest.approx(loose, rel=5e-3)


def transcribed_rate(t, start, rho_1, rho_2):
    """Transcribe (33) once more, with its difference of nearly equal numbers."""
    scaled = (start * rho_1 - start**2 * rho_2) / mpmath.sqrt(t + 1)
    return (rho_1 - mpmath.sqrt(rho_1**2 - 4 * rho_2 * scaled)) / (2 * rho_2)


def transcribed_bound(start, last, rho_1, rho_2, rho_3, rho_4):
    first = start * rho_1 - start**2 * rho_2
    root = mpmath.sqrt(last + 1)
    return (
        4 / (first * root)
        + rho_3 / (rho_1 - start * rho_2)
        + start**2 * rho_4 * (2 + mpmath.log(last + 1)) / (first * root)
    )


# N, M, r, d_min, f, with a case of r = M, of f = 0, and of f just below N/2.
GRID = [
    (10, 20, 8, 4, 2),
    (100, 1000, 40, 4, 3),
    (7, 5, 5, 7, 3),
    (9, 9, 3, 1, 0),
    (30, 9, 6, 1, 14),
]


@pytest.mark.parametrize("sizes", GRID, ids=str)
@pytest.mark.parametrize("share", [1e-9, 1e-3, 0.5, 1 - 1e-6, 1 - 1e-9])
@pytest.mark.parametrize("near", [0.1, 0.9, 1 - 1e-6, 1 - 1e-9])
def test_rates_and_bound_agree_with_a_transcription_at_fifty_digits(near, share, sizes):
    # near is C_alpha over its threshold, share is gamma_0 over rho_1/(2 rho_2).
    devices, subsets, mine, fewest, byzantine = sizes
    unshared = mine - mine**2 / subsets
    top = (fewest * subsets / devices / unshared) ** 2 / 8 if unshared else 10.0
    numbers = {"N": devices, "M": subsets, "r": mine, "d_min": fewest, "alpha": byzantine / devices}
    numbers |= {"L": 0.5, "c_alpha_squared": near**2 * top}
    with mpmath.workdps(50):
        high = {name: mpmath.mpf(value) for name, value in numbers.items()}
        rho_1, rho_2, rho_3, rho_4 = rho.constants(Setting(**high, beta=3)).values()
        # The relative error of rho_1 in a double is 1e-16/(1 - near): a first rate within that of
        # its limit may be above it.
        start = float(min(share, 1 - 1e-15 / (1 - near)) * rho_1 / (2 * rho_2))
        # rho_1 is 1/N minus nearly as much: errors grow with 1/(N rho_1) = 1/(1 - near).
        condition = 1 / (devices * rho_1)
        bound = theorem2.bound(Setting(**numbers, **LOSS, gamma_0=start, T=50))
        # An mpf, because the square of a float would be rounded to sixteen digits.
        expected = transcribed_bound(mpmath.mpf(start), 50, rho_1, rho_2, rho_3, rho_4)
        assert abs(bound / expected - 1) < 1e-12 * condition
        fifty = theorem2.bound(Setting(**high, **LOSS, gamma_0=mpmath.mpf(start), T=50))
        assert abs(fifty / expected - 1) < mpmath.mpf("1e-45") * condition
        iterations = np.array([0, 1, 2, 10, 1000, 10**6, 10**12])
        rates = theorem2.learning_rates(Setting(**numbers, gamma_0=start, t=iterations))
        for iteration, rate in zip(iterations, rates, strict=True):
            exact = transcribed_rate(int(iteration), mpmath.mpf(start), rho_1, rho_2)
            # Errors do not grow as share tends to 1, although (33) has a double root there.
            assert abs(rate / exact - 1) < 1e-12 * condition


def test_rates_start_at_the_first_and_decrease():
    rates = theorem2.learning_rates(Setting(**SIZES, gamma_0=8.0, t=np.arange(1000)))
    assert rates.shape == (1000,)
    assert rates[0] == pytest.approx(8, rel=1e-14)
    assert (np.diff(rates) < 0).all()
    assert (rates <= 8 / np.sqrt(np.arange(1000) + 1) * (1 + 1e-14)).all()
    assert theorem2.learning_rates(Setting(**SIZES, gamma_0=2, t=0)) == 2


def test_where_every_device_holds_everything_the_limit_is_zero():
    everything = SIZES | {"r": 20, "d_min": 10, "c_alpha_squared": 10**6}
    assert theorem2.asymptotic_error(Setting(**everything, beta=3, gamma_0=1)) == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        # rho_1/(2 rho_2) = (9/100)(45000/467) = 8.672
        ({"gamma_0": 10}, r"need gamma_0 < rho_1 / \(2 rho_2\), got 1\.15309 times .*"),
        ({"gamma_0": F(9 * 450, 467)}, r"need gamma_0 < .*, got 1 times what is allowed"),
        ({"gamma_0": 0}, "need gamma_0 > 0, got gamma_0=0"),
        ({"c_alpha_squared": 4}, r"need C_alpha < .*, got 3\.39411 times what is allowed"),
        ({"alpha": F(1, 2)}, "need alpha < 1/2, got 1 times what is allowed"),
        ({"T": -1}, "need T >= 0, got T=-1"),
        ({"d_min": 5}, "need d_min M <= N r, got N=10, M=20, r=8, d_min=5"),
    ],
)
def test_bound_refuses(change, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        theorem2.bound(Setting(**SIZES | LOSS | {"gamma_0": 2, "T": 3} | change))


def test_rates_refuse_a_negative_iteration():
    with pytest.raises(ValueError, match=r"^need t >= 0, got t=-1$"):
        theorem2.learning_rates(Setting(**SIZES, gamma_0=2, t=-1))

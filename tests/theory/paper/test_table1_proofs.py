"""Test the rows of Table I with planted faults, other code of the rules, and counterexamples."""

import statistics
from fractions import Fraction as F

import numpy as np
import pytest
import sympy
from sympy import Le

from cradl.aggregation import RULES
from theory.paper import table1_proofs
from theory.paper.table1 import TABLE_I, c_alpha_squared
from theory.paper.table1_proofs import SHARPER, STEPS
from theory.proving import exact_rules
from theory.proving.instances import Unproved
from theory.proving.symbols import alpha

CHECKS = {
    "trimmed_mean": table1_proofs.check_trimmed_mean,
    "geometric_median": table1_proofs.check_geometric_median,
    "phocas": table1_proofs.check_phocas,
    "faba": table1_proofs.check_faba,
}


@pytest.mark.parametrize("rule", SHARPER)
@pytest.mark.parametrize("factor", [F(1, 2), F(99, 100), F(101, 100), F(2)])
def test_a_slip_of_the_pen_flips_the_proof(rule, factor, monkeypatch):
    scale = sympy.Rational(factor)
    message = "got the counterexample" if factor < 1 else "need equality at"
    with monkeypatch.context() as patch:
        claim = Le(STEPS[rule].claim.lhs, scale * STEPS[rule].claim.rhs)
        patch.setitem(STEPS, rule, STEPS[rule]._replace(claim=claim))
        with pytest.raises(Unproved, match=message):
            CHECKS[rule]()
    monkeypatch.setitem(SHARPER, rule, scale * SHARPER[rule])
    with pytest.raises(Unproved):
        CHECKS[rule]()


@pytest.mark.parametrize("rule", SHARPER)
def test_no_hypothesis_can_be_dropped(rule, monkeypatch):
    step = STEPS[rule]
    for dropped in step.given:
        rest = tuple(relation for relation in step.given if relation != dropped)
        monkeypatch.setitem(STEPS, rule, step._replace(given=rest))
        with pytest.raises(Unproved):
            STEPS[rule].prove()


@pytest.mark.parametrize("rule", SHARPER)
def test_a_printed_constant_below_what_is_proved_is_noticed(rule, monkeypatch):
    lower = TABLE_I[rule]._replace(c_alpha_squared=SHARPER[rule] * sympy.Rational(99, 100))
    monkeypatch.setitem(TABLE_I, rule, lower)
    with pytest.raises(Unproved):
        CHECKS[rule]()


@pytest.mark.parametrize("rule", SHARPER)
def test_the_enumeration_notices_a_constant_that_is_too_small(rule, monkeypatch):
    largest = {"trimmed_mean": 1, "phocas": 1, "geometric_median": F(9, 64), "faba": F(441, 484)}
    scale = sympy.Rational(largest[rule]) * sympy.Rational(99, 100)
    monkeypatch.setitem(SHARPER, rule, scale * SHARPER[rule])
    with pytest.raises(Unproved, match=f"need {rule} within"):
        table1_proofs._enumerate(rule, of_mean=rule in ("trimmed_mean", "phocas"))


def test_printed_constants_are_exceeded():
    honest = [-1, -1, 1, 1]
    assert statistics.median([*honest, 2]) == 1
    assert c_alpha_squared("median", N=5, f=1, D=1) == sympy.Rational(25, 32) < 1
    assert "1 > 25/32" in table1_proofs.check_median().evidence
    # Scores of Krum by hand, 14 neighbours each. A Byzantine message has 12 others at distance² 0
    # and two honest ones at (47/10 − 1)²; an honest message at 1 has 7 at 0 and 7 at 4.
    assert 2 * (F(47, 10) - 1) ** 2 == F(2738, 100) < 28
    values = np.array([47 / 10] * 13 + [-1.0] * 8 + [1.0] * 8)[:, None]
    assert RULES["krum"](values, f=13)[0] == 47 / 10
    printed = c_alpha_squared("krum", N=29, f=13, D=1)
    # The honest mean is 0 and ς = 1.
    assert F(47, 10) ** 2 == F(2209, 100)
    assert sympy.Rational(2209, 100) > printed
    assert "2209/100 > " in table1_proofs.check_krum().evidence


def test_krum_exceeds_its_constant_for_every_number_of_devices_less_twice_f():
    # The smallest n = N − f of the family; below it, the family does not exceed the print.
    for k, least in [(3, 16), (4, 28), (5, 50), (6, 78)]:
        for honest, exceeded in [(least, True), (least - 2, False)]:
            place = 1 + sympy.sqrt(sympy.Rational(2 * honest - 4, k - 1))
            printed = c_alpha_squared("krum", N=2 * honest - k, f=honest - k, D=1)
            assert bool(place**2 > printed) == exceeded


def test_a_slip_in_krum_loses_the_limit(monkeypatch):
    wrong = TABLE_I["krum"].c_alpha_squared * 2
    monkeypatch.setitem(TABLE_I, "krum", TABLE_I["krum"]._replace(c_alpha_squared=wrong))
    with pytest.raises(Unproved):
        table1_proofs.check_krum()


@pytest.mark.parametrize("rule", exact_rules.RULES)
def test_exact_rules_are_the_simulated_ones(rule):
    rng = np.random.default_rng(11)
    for N, f in [(3, 0), (7, 2), (9, 3), (15, 6)]:
        for _ in range(20):
            # N is odd and all values differ: one median, no ties.
            values = [F(int(k), 64) for k in rng.choice(10_000, size=N, replace=False)]
            simulated = RULES[rule](np.array([[float(value)] for value in values]), f=f)[0]
            assert float(exact_rules.RULES[rule](values, f)) == pytest.approx(simulated, rel=1e-12)


def test_rules_worked_out_by_hand():
    values = [0, 1, 2, 3, 10]
    assert exact_rules.median(values, 1) == 2
    assert exact_rules.trimmed_mean(values, 1) == 2
    # The four values nearest to 2.
    assert exact_rules.phocas(values, 1) == F(6, 4)
    # Sums of squared distances to the nearest two: 5, 2, 2, 5, 113; Krum takes the first minimum.
    assert exact_rules.krum(values, 1) == 1
    assert exact_rules.faba(values, 1) == F(6, 4)
    # The mean is 16/5; without 10 it is 3/2, and 0 and 3 are equally far: FABA drops the first.
    assert exact_rules.faba(values, 2) == 2
    # Honest 0, 1, 2 have mean 1, ς = 1 and mean square 2/3; the median of all values is 2.
    error_and_spreads = exact_rules.error_and_spreads("median", (0, 1, 2), (5, 6))
    assert error_and_spreads == (1, 1, F(2, 3))


def test_the_constants_beyond_the_print_stay_below_it():
    for rule, expression in SHARPER.items():
        for f in range(1, 33):
            sharper = expression.subs(alpha, sympy.Rational(f, 100))
            assert sharper <= c_alpha_squared(rule, N=100, f=f, D=100)

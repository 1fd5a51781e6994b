"""Test that a setting refuses numbers outside both theorems, and returns the paper's symbols."""

import math
from dataclasses import FrozenInstanceError, replace
from fractions import Fraction as F

import numpy as np
import pytest
import sympy

from theory.paper import rho, theorem1, theorem2
from theory.paper.setting import Setting
from theory.proving import symbols

SIZES = {"N": 10, "M": 20, "r": 8, "d_min": 4}
WHOLE = SIZES | {"alpha": F(1, 5), "c_alpha_squared": F(1, 288), "L": F(1, 2), "beta": 3}
WHOLE |= {"F_0": 5, "F_star": 1, "T": 3}


def test_numbers_are_those_given_by_the_papers_symbols():
    numbers = Setting(**SIZES, c_alpha_squared=2, lambda_=F(1, 3)).numbers()
    assert numbers == {
        symbols.N: 10,
        symbols.M: 20,
        symbols.r: 8,
        symbols.d_min: 4,
        symbols.C_squared: 2,
        symbols.lambda_: F(1, 3),
    }


def test_what_is_needed_and_not_given_is_named():
    setting = Setting(**SIZES, alpha=0)
    assert symbols.alpha in setting.numbers("alpha")
    with pytest.raises(ValueError, match=r"^need beta, got none$"):
        setting.numbers("alpha", "beta")
    for function in (theorem1.hypotheses, theorem1.bound, theorem2.bound, rho.constants):
        with pytest.raises(ValueError, match=r"^need c_alpha_squared, got none$"):
            function(setting)
    with pytest.raises(ValueError, match=r"^need F_0, got none$"):
        theorem1.bound(replace(Setting(**WHOLE), F_0=None, gamma=1))


def test_a_setting_does_not_change():
    setting = Setting(**SIZES)
    with pytest.raises(FrozenInstanceError):
        setting.N = 11
    # A changed copy is checked like any other.
    with pytest.raises(ValueError, match="need an integer N alpha, got N=10, alpha=1/3"):
        replace(setting, alpha=F(1, 3))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"N": 1}, "need N >= 2, got N=1"),
        ({"M": 20.5}, "need an integer M, got M=20.5"),
        ({"r": 21}, "need 1 <= r <= M, got N=10, M=20, r=21, d_min=4"),
        ({"d_min": 5}, "need d_min M <= N r, got N=10, M=20, r=8, d_min=5"),
        ({"nu": -1}, "need nu >= 0, got nu=-1"),
        ({"nu": 9}, "need nu <= r, got nu=9, r=8"),
        ({"gamma": 0}, "need gamma > 0, got gamma=0"),
        ({"gamma_0": -1}, "need gamma_0 > 0, got gamma_0=-1"),
        ({"t": F(1, 2)}, "need an integer t, got t=1/2"),
        ({"T": -1}, "need T >= 0, got T=-1"),
        ({"L": math.inf}, "need a finite L, got inf"),
        ({"F_0": 0, "F_star": 1}, "need F_star <= F_0, got F_star=1, F_0=0"),
        ({"beta": np.array([1.0, -1.0])}, r"need beta >= 0, got beta=\[ 1. -1.\]"),
    ],
)
def test_numbers_of_which_no_theorem_speaks_are_refused(change, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        Setting(**SIZES | change)


def test_a_float_near_an_integer_number_of_devices_is_meant_to_be_it():
    # 100 * 0.07 is 7.000000000000001.
    assert Setting(N=100, M=100, r=4, d_min=4, alpha=0.07).alpha == 0.07
    with pytest.raises(ValueError, match="need an integer N alpha"):
        Setting(N=100, M=100, r=4, d_min=4, alpha=0.07001)


def test_nu_stands_for_the_unshared_subsets():
    balanced = Setting(**WHOLE, gamma=1)
    # r - r^2/M = 8 - 64/20
    same = replace(balanced, nu=F(24, 5))
    assert theorem1.bound(same) == theorem1.bound(balanced)
    assert theorem2.bound(replace(same, gamma_0=1)) == theorem2.bound(replace(balanced, gamma_0=1))
    # rho_1 = 1/N - 2 nu sqrt(2 C^2)/(d_min M) = 1/10 - 2 * 6/12/80
    wider = replace(balanced, nu=6)
    assert rho.constants(wider)["rho_1"] == sympy.Rational(7, 80)
    assert theorem1.bound(wider) > theorem1.bound(balanced)


def test_largest_rates_are_where_the_hypotheses_turn():
    setting = Setting(**WHOLE)
    # The tests of Theorem 1 derive these numbers by hand.
    most = sympy.Rational(9, 100) / sympy.Rational(467, 90000)
    assert theorem1.largest_rate(setting) == most
    assert theorem2.largest_rate(setting) == most / 2
    for share, holds in ((F(99, 100), True), (1, False)):
        fixed = theorem1.hypotheses(replace(setting, gamma=share * most))
        decaying = theorem2.hypotheses(replace(setting, gamma_0=share * most / 2))
        assert (fixed[-1].holds, decaying[-1].holds) == (holds, holds)

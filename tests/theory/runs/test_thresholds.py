"""Test the factors of the map against the hypothesis of the theorems at exact constants."""

import numpy as np
import pytest

from theory.paper import theorem1
from theory.paper.setting import Setting
from theory.paper.table1 import TABLE_I, c_alpha_squared
from theory.runs.threshold_map import threshold_factor, threshold_map


@pytest.mark.parametrize("rule", TABLE_I)
def test_the_factor_is_that_of_theorem_1_with_every_subset_on_equally_many_devices(rule):
    N, M, D = 20, 40, 3
    byzantine, redundancies = [0, 1, 4], [2, 10, 38, 40]
    factors = threshold_factor(
        rule, N=N, D=D, alphas=np.array(byzantine) / N, shares=np.array(redundancies) / M
    )
    for row, f in enumerate(byzantine):
        constant = c_alpha_squared(rule, N=N, f=f, D=D)
        for column, r in enumerate(redundancies):
            _, threshold, _ = theorem1.hypotheses(Setting(
                N=N, M=M, r=r, d_min=N * r // M, alpha=f / N, c_alpha_squared=float(constant),
                L=1, T=1, gamma=1,
            ))  # fmt: skip
            assert factors[row, column] == pytest.approx(threshold.factor, rel=1e-12)


def test_outside_the_domain_there_is_no_number():
    factors = threshold_factor("faba", N=30, D=3, alphas=[0.3, 1 / 3, 0.4], shares=[0.5])
    assert np.isnan(factors[:, 0]).tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rule": "mean"}, "need one of median, .*got 'mean'"),
        ({"alphas": [0.5]}, r"need 0 <= alpha < 1/2, got alphas=\[0.5\]"),
        ({"shares": [0]}, r"need 0 < r/M <= 1, got shares=\[0\]"),
        ({"N": 0}, "need N >= 1 and D >= 1, got N=0, D=2"),
    ],
)
def test_numbers_out_of_range_are_refused(changes, message):
    given = {"rule": "median", "N": 10, "D": 2, "alphas": [0.1], "shares": [0.5]} | changes
    with pytest.raises(ValueError, match=message):
        threshold_factor(given.pop("rule"), **given)


def test_the_map_holds_the_factor_of_each_rule_and_size():
    factors = threshold_map([(10, 2), (100, 100)], alpha_steps=5, share_steps=4)
    assert dict(factors.sizes) == {"size": 2, "rule": 6, "alpha": 5, "share": 4}
    assert factors["alpha"].values.tolist() == [0, 0.1, 0.2, 0.3, 0.4]
    for size, (N, D) in enumerate(zip(factors["N"].values, factors["D"].values, strict=True)):
        for rule in TABLE_I:
            expected = threshold_factor(
                rule, N=int(N), D=int(D), alphas=factors["alpha"], shares=factors["share"]
            )
            np.testing.assert_array_equal(
                factors["factor"].isel(size=size).sel(rule=rule), expected
            )
    with pytest.raises(ValueError, match=r"need at least one pair \(N, D\), got none"):
        threshold_map([])

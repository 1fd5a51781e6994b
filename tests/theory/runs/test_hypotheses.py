"""Test the theorems in the settings of a study against the public bounds at exact numbers."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import xarray as xr

from theory.paper import theorem1, theorem2
from theory.paper.rho import GENERAL
from theory.paper.setting import Setting
from theory.paper.table1 import c_alpha_squared
from theory.proving.symbols import C_alpha, L, M, N, alpha, d_min, nu, r, rho_1, rho_2
from theory.runs.hypotheses import HYPOTHESES, fails, regime

T = 6
# N=31, M=125, r=100 is pair-wise balanced with overlaps 80: r - r^2/M = 20.
BALANCED = {
    "label": "one",
    "aggregator": "trimmed_mean",
    "alpha": 4 / 31,
    "f": 4,
    "tolerated": 4,
    "identities": "redrawn",
    "N": 31,
    "M": 125,
    "D": 10,
    "robust": True,
    "schedule": "theorem1",
    "share": 0.5,
    "fixed_step_size": np.nan,
    "most_subsets": 100.0,
    "d_min": 22.0,
    "nu": 20.0,
    "smoothness": 3.0,
    "heterogeneity_max_sq": 4.0,
    "initial_loss": 7.0,
    "minimum": 2.0,
}
OF_GROUPS = ("most_subsets", "d_min", "nu", "smoothness", "heterogeneity_max_sq", "initial_loss")
SIZES = {"N": 31, "M": 125, "r": 100, "d_min": 22, "alpha": Fraction(4, 31), "L": 3}
LOSS = {"beta": 2, "F_0": 7, "F_star": 2}
SETTING = Setting(
    **SIZES, **LOSS, c_alpha_squared=c_alpha_squared("trimmed_mean", N=31, f=4, D=10), T=T
)


def store(*curves):
    """Return the constants of curves that change entries of `BALANCED`."""
    rows = [BALANCED | changes for changes in curves]
    grouped = {
        name: (("curve", "group"), [[row[name]] for row in rows])
        for name in (*OF_GROUPS, "minimum")
    }
    single = {
        name: ("curve", [row[name] for row in rows]) for name in BALANCED if name not in grouped
    }
    draws = {"data_draw": ("group", [0]), "allocation_draw": ("group", [0])}
    return xr.Dataset(grouped, coords=single | draws)


def exact_rate(schedule, share):
    C2 = c_alpha_squared("trimmed_mean", N=31, f=4, D=10)
    numbers = {N: 31, M: 125, r: 100, d_min: 22, nu: 20, alpha: Fraction(4, 31), L: 3}
    ratio = (GENERAL[rho_1] / GENERAL[rho_2]).subs(numbers | {C_alpha: C2**0.5})
    return float(share * ratio / (2 if schedule == "theorem2" else 1))


def test_fixed_rates_and_bounds_equal_the_public_ones_at_exact_numbers():
    bounds = regime(store({}), T=T).isel(curve=0, group=0)
    rate = exact_rate("theorem1", 0.5)
    np.testing.assert_allclose(bounds["step_size"], rate, rtol=1e-12)
    for t in range(T + 1):
        exact = theorem1.bound(replace(SETTING, T=t, gamma=Fraction(rate)))
        assert float(bounds["theorem1"][t]) == pytest.approx(float(exact), rel=1e-10)
    assert bounds["theorem2"].isnull().all()
    conditions = theorem1.hypotheses(replace(SETTING, gamma=Fraction(rate)))
    for name, condition in zip(("alpha", "threshold", "step_theorem1"), conditions, strict=True):
        assert float(bounds["factor"].sel(hypothesis=name)) == pytest.approx(
            float(condition.factor)
        )
    assert float(bounds["factor"].sel(hypothesis="step_theorem1")) == pytest.approx(0.5)


def test_an_allocation_that_is_not_balanced_has_the_public_bound_with_its_nu():
    bounds = regime(store({"nu": 25.0, "d_min": 20.0}), T=T).isel(curve=0, group=0)
    wider = replace(SETTING, nu=25, d_min=20, gamma=Fraction(float(bounds["step_size"][0])))
    assert float(bounds["theorem1"][T]) == pytest.approx(float(theorem1.bound(wider)), rel=1e-10)
    _, threshold, _ = theorem1.hypotheses(wider)
    assert threshold.name == "C_alpha < d_min M / (2 sqrt(2) N nu), equivalently rho_1 > 0"
    assert float(bounds["factor"].sel(hypothesis="threshold")) == pytest.approx(
        float(threshold.factor)
    )


def test_the_same_lambda_whatever_the_horizon():
    lambdas = [
        float(regime(store({"schedule": "theorem1_lambda"}), T=last)["step_size"][0, 0, 0])
        * np.sqrt(last + 1)
        for last in (3, 30, 300)
    ]
    np.testing.assert_allclose(lambdas, exact_rate("theorem1", 0.5), rtol=1e-12)


def test_decaying_rates_solve_35_and_bounds_equal_the_public_ones():
    bounds = regime(store({"schedule": "theorem2", "share": 0.25}), T=T).isel(curve=0, group=0)
    first = exact_rate("theorem2", 0.25)
    rates = bounds["step_size"].to_numpy()
    assert rates[0] == pytest.approx(first, rel=1e-12)
    rho_1, rho_2 = float(bounds["rho_1"]), float(bounds["rho_2"])
    factor = rates * rho_1 - rates**2 * rho_2
    np.testing.assert_allclose(factor, factor[0] / np.sqrt(np.arange(1, T + 2)), rtol=1e-12)
    assert (np.diff(rates) < 0).all()
    for t in range(T + 1):
        exact = theorem2.bound(replace(SETTING, T=t, gamma_0=Fraction(first)))
        assert float(bounds["theorem2"][t]) == pytest.approx(float(exact), rel=1e-10)
    assert bounds["theorem1"].isnull().all()


def test_a_larger_nu_than_balance_gives_is_what_counts():
    wider, balanced = (
        regime(store({"nu": 30.0}, {}), T=T).isel(group=0)["factor"].sel(hypothesis="threshold")
    )
    assert float(wider) == pytest.approx(1.5 * float(balanced))


FIXED = {"schedule": "fixed", "share": np.nan, "fixed_step_size": 1e-3}
OUTSIDE = {
    "a method without a rule": ({"robust": False, "aggregator": "mean"}, "rule_in_table", np.inf),
    "a rule that is not in the table": ({"aggregator": "mine"}, "rule_in_table", np.inf),
    "a rule set for fewer liars": ({"tolerated": 3}, "rule_in_table", np.inf),
    "FABA at a third": (
        {"aggregator": "faba", "N": 30, "f": 10, "tolerated": 10},
        "rule_in_table",
        np.inf,
    ),
    "persistent identities": ({"identities": "persistent"}, "redrawn_identities", np.inf),
    "a subset on no device": ({"d_min": 0.0}, "coverage", np.inf),
    "no beta": ({"heterogeneity_max_sq": np.inf}, "assumption_2", np.inf),
    "too large a rate": ({"fixed_step_size": 10.0}, "step_theorem1", None),
    # At N=100, M=1000, r=40, d_min=4 the threshold on C^2 is 1/(8 (1 - 1/25)^2).
    "section V": (
        {
            "N": 100,
            "M": 1000,
            "most_subsets": 40.0,
            "nu": 38.4,
            "d_min": 4.0,
            "f": 20,
            "tolerated": 20,
            "alpha": 0.2,
        },
        "threshold",
        np.sqrt(0.32 / 0.36 * 8) * 24 / 25,
    ),
}


@pytest.mark.parametrize("case", OUTSIDE)
def test_says_which_hypothesis_fails_first_and_gives_no_bound(case):
    changes, name, factor = OUTSIDE[case]
    bounds = regime(store(FIXED | changes), T=T).isel(curve=0, group=0)
    failing = fails(bounds, "theorem1")
    assert str(failing["hypothesis"][failing][0].values) == name
    value = float(bounds["factor"].sel(hypothesis=name))
    assert value == pytest.approx(factor) if factor is not None else value > 1
    assert bounds["theorem1"].isnull().all()
    assert bounds["theorem2"].isnull().all()
    rate = changes.get("fixed_step_size", FIXED["fixed_step_size"])
    np.testing.assert_array_equal(bounds["step_size"], rate)


def test_what_fails_in_one_curve_leaves_the_others_as_they_are():
    alone = regime(store({}), T=T)
    beside = regime(store(FIXED | {"d_min": 0.0}, {}, FIXED | {"aggregator": "mine"}), T=T)
    for name in ("theorem1", "factor", "step_size"):
        np.testing.assert_array_equal(beside[name].isel(curve=1), alone[name].isel(curve=0))
    assert beside["hypothesis"].values.tolist() == list(HYPOTHESES)


@pytest.mark.parametrize(
    ("changes", "needed"),
    [
        ({"d_min": 0.0}, "one, theorem1: fails that every subset is on some device"),
        ({"robust": False}, "a rule of Table I"),
        ({"identities": "persistent"}, "identities are redrawn"),
        ({"heterogeneity_max_sq": np.inf}, "some beta bounds"),
        (
            {"aggregator": "median"},
            r"one, theorem1: fails that C_alpha < .* \(by a factor of 1\.\d+\)",
        ),
    ],
)
def test_refuses_to_set_a_rate_where_the_theorem_does_not_speak(changes, needed):
    with pytest.raises(ValueError, match=needed):
        regime(store(changes), T=T)

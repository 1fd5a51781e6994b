"""Test verdicts on stores calculated by hand, and the effect of planted faults."""

import itertools
import json

import numpy as np
import pandas as pd
import pytest
import scipy.stats
import xarray as xr

from theory.runs.hypotheses import HYPOTHESES
from theory.runs.judge_paper import theorems
from theory.runs.pairs import limits

TRIALS, T = 4, 2
SERIES = ("curve", "trial", "iteration")

# Two devices, one subset on each: ∇f = (2, 0), so that ∇F = 2, ∇F/M = 1 and beta² = 1. f = 1.
# The coded gradients are ∇f: distance² 4, mean norm² 2, and E‖ḡ‖² is the mean of 4 and 0.
# (12), nu = 1 = d_min: 8 (1 + 4/4) = 16. (16): phi = (1/2, 0), (1/2)(2)/((1/4) 2) (1 + 1) = 4.
RUNS = {
    "aggregation_error_sq": 6.0,
    "honest_spread_max": 1.0,
    "gradient_norm_sq": 4.0,
    "pairwise_distance_sq": 4.0,
    "heterogeneity_max_sq": 1.0,
    "device_norm_sq_mean": 2.0,
    "honest_mean_norm_sq": [[[4.0]], [[0.0]], [[4.0]], [[0.0]]],
    "step_size": 0.1,
}
BOUNDS = {
    "most_subsets": 1.0,
    "d_min": 1.0,
    "nu": 1.0,
    "pairwise_balance": 1.0,
    "smoothness": 7.0,
    "heterogeneity_max_sq": 3.0,
    "initial_loss": 5.0,
    "minimum": 2.0,
}


def runs(curves=("one",), groups=1, **changed):
    """Return runs whose trials alternate between the groups."""
    series = {}
    for name, value in (RUNS | changed).items():
        array = np.asarray(value, dtype=float)
        if array.ndim == 3:
            array = array[:, 0]
        shape = (len(curves), TRIALS, T + 1)
        series[name] = (SERIES, np.broadcast_to(array, shape).copy())
    draws = np.arange(TRIALS) % groups
    return xr.Dataset(
        series,
        {
            "label": ("curve", list(curves)),
            "start": ("curve", ["zero"] * len(curves)),
            "iteration": np.arange(T + 1),
            "data_draw": ("trial", draws),
            "allocation_draw": ("trial", draws),
        },
    )


def bounds(curves=("one",), groups=1, factor=None, c_alpha_squared=8.0, **changed):
    """Return bounds at which every hypothesis holds, with factor 1/2 unless `factor` is given."""
    of_groups = ("curve", "group")
    shape = (len(curves), groups)
    ones = {
        name: (of_groups, np.broadcast_to(changed.pop(name, value), shape).copy())
        for name, value in BOUNDS.items()
    }
    factors = np.full((*shape, len(HYPOTHESES)), 0.5)
    for name, value in (factor or {}).items():
        factors[..., list(HYPOTHESES).index(name)] = value
    right = {"step_size": 0.1, "theorem1": 40.0, "theorem2": 40.0} | changed
    for name, value in right.items():
        ones[name] = ((*of_groups, "iteration"), np.broadcast_to(value, (*shape, T + 1)).copy())
    settings = {"N": 2, "M": 2, "f": 1, "c_alpha_squared": c_alpha_squared}
    return xr.Dataset(
        ones | {"factor": ((*of_groups, "hypothesis"), factors)},
        {
            "label": ("curve", list(curves)),
            "hypothesis": list(HYPOTHESES),
            "iteration": np.arange(T + 1),
            "data_draw": ("group", np.arange(groups)),
            "allocation_draw": ("group", np.arange(groups)),
            **{name: ("curve", [value] * len(curves)) for name, value in settings.items()},
        },
    )


def judged(theory=None, measured=None, level=0.95):
    """Return by statement the rows of an experiment with one curve."""
    of_theory, of_runs = {"it": theory or bounds()}, {"it": measured or runs()}
    return theorems(of_theory, of_runs, level=level).set_index("statement").to_dict("index")


def test_every_number_by_hand():
    rows = judged()
    expected = {
        "definition1": (6, 8, 8 / 6),
        "lemma1": (4, 16, 4),
        "lemma2": (2, 4, 2),
        "theorem1": (4, 40, 10),
        "theorem2": (4, 40, 10),
    }
    for statement, numbers in expected.items():
        row = rows[statement]
        decided = [row[name] for name in ("measured", "bound", "ratio")]
        assert decided == pytest.approx(numbers, rel=1e-8), statement
        assert row["verdict"] == "verified"
        assert (row["trials"], row["groups"], row["L"], row["gap"]) == (4, 1, 7, 3)
        # The lemmas take beta of the iterate.
        assert row["beta_sq"] == (1 if statement.startswith("lemma") else 3)
    assert json.loads(rows["lemma2"]["margins"]) == {"redrawn_identities": 0.5, "coverage": 0.5}


def test_rows_come_curve_by_curve_and_read_back_from_csv(tmp_path):
    curves = ("one", "two")
    stores = ({name: make(curves) for name in ("a", "b")} for make in (bounds, runs))
    table = theorems(*stores)
    assert len(table) == 2 * 2 * 5
    assert table["curve"].tolist() == 2 * (5 * ["one"] + 5 * ["two"])
    assert table["experiment"].tolist() == 10 * ["a"] + 10 * ["b"]
    table.to_csv(tmp_path / "table.csv", index=False)
    again = pd.read_csv(tmp_path / "table.csv", keep_default_na=False, na_values=[""])
    assert again["verdict"].tolist() == table["verdict"].tolist()
    assert again["iteration"].tolist() == table["iteration"].tolist()


def one_iterate(name, value):
    series = np.full((1, TRIALS, T + 1), RUNS[name], dtype=float)
    series[0, 2, 1] = value
    return runs().assign({name: (SERIES, series)})


@pytest.mark.parametrize(
    ("statement", "name", "value", "bound"),
    [
        ("definition1", "aggregation_error_sq", 8.001, 8),
        ("lemma1", "pairwise_distance_sq", 16.001, 16),
        # E = (1/2 (2 x 5) + 0)/((1/4) 4) = 5 > 4
        ("lemma2", "device_norm_sq_mean", 5.0, 4),
    ],
)
def test_one_iterate_that_violates_refutes(statement, name, value, bound):
    rows = judged(measured=one_iterate(name, value))
    assert {name for name in rows if rows[name]["verdict"] != "verified"} == {statement}
    row = rows[statement]
    assert (row["verdict"], row["iteration"]) == ("refuted", 1)
    assert row["measured"] == pytest.approx(value)
    assert row["bound"] == bound
    assert row["ratio"] == pytest.approx(bound / value, rel=1e-8)


@pytest.mark.parametrize(
    ("statement", "theory"),
    [
        ("definition1", {"c_alpha_squared": 4.0}),
        ("lemma1", {"nu": 0.45}),
        ("lemma2", {"d_min": 2.0}),
        ("theorem1", {"theorem1": 3.9}),
        ("theorem2", {"theorem2": 3.9}),
    ],
)
def test_a_bound_below_what_was_measured_flips_the_verdict(statement, theory):
    rows = judged(bounds(**theory))
    assert rows[statement]["verdict"] == "refuted"
    assert rows[statement]["ratio"] < 1


def test_what_rounding_adds_refutes_nothing():
    exact = {"aggregation_error_sq": 1e-30, "honest_spread_max": 1e-31}
    rows = judged(bounds(c_alpha_squared=0.0), runs(**exact))
    assert (rows["definition1"]["verdict"], rows["definition1"]["ratio"]) == ("verified", np.inf)
    # The distance is 1e-6 of the gradients.
    rows = judged(bounds(c_alpha_squared=0.0), runs(**exact | {"aggregation_error_sq": 1e-12}))
    assert rows["definition1"]["verdict"] == "refuted"
    rows = judged(bounds(nu=0.0), runs(pairwise_distance_sq=1e-30))
    assert rows["lemma1"]["verdict"] == "verified"
    assert judged(bounds(nu=0.0))["lemma1"]["verdict"] == "refuted"


def test_the_bound_may_be_that_of_the_print_or_not():
    assert {row["form"] for row in judged().values()} == {"", "printed"}
    rows = judged(bounds(nu=1.5))
    changed = "nu for r - r^2/M"
    assert {name: row["form"] for name, row in rows.items()} == {
        "definition1": "",
        "lemma1": changed,
        # (16) contains r only.
        "lemma2": "printed",
        "theorem1": changed,
        "theorem2": changed,
    }


def test_the_expectation_of_lemma_2_is_that_of_all_byzantine_sets():
    g = np.array([[1.0, 2.0], [-3.0, 0.5], [0.0, 4.0], [2.0, 2.0], [1.0, -1.0]])
    for f in (1, 2, 3):
        honest = [
            g[list(members)].mean(axis=0) for members in itertools.combinations(range(5), 5 - f)
        ]
        expected = np.mean([(mean**2).sum() for mean in honest])
        theory = bounds(heterogeneity_max_sq=100.0).assign_coords(
            N=("curve", [5]), M=("curve", [5]), f=("curve", [f])
        )
        measured = runs(
            gradient_norm_sq=(g.sum(axis=0) ** 2).sum(),
            device_norm_sq_mean=(g**2).sum() / 5,
            heterogeneity_max_sq=100.0,
            honest_mean_norm_sq=expected,
        )
        row = judged(theory, measured)["lemma2"]
        assert row["measured"] == pytest.approx(expected, rel=1e-12)
        assert row["verdict"] == "verified"


def test_the_sample_at_the_start_has_students_interval():
    sample = np.array([4.0, 0.0, 4.0, 0.0])
    truth = scipy.stats.t.interval(0.9, 3, loc=2, scale=scipy.stats.sem(sample))
    row = judged(level=0.9)["lemma2"]
    assert (row["low"], row["high"]) == pytest.approx(truth, rel=1e-12)
    # The level holds for two curves together.
    curves = ("one", "two")
    both = theorems({"it": bounds(curves)}, {"it": runs(curves)}, level=0.9)
    row = both[both["statement"] == "lemma2"].iloc[0]
    truth = scipy.stats.t.interval(0.95, 3, loc=2, scale=scipy.stats.sem(sample))
    assert (row["low"], row["high"]) == pytest.approx(truth, rel=1e-12)


def test_a_sample_that_excludes_the_expectation_refutes():
    biased = [[[2.4]], [[2.5]], [[2.6]], [[2.5]]]
    row = judged(measured=runs(honest_mean_norm_sq=biased))["lemma2"]
    assert row["verdict"] == "refuted"
    assert 2 < row["low"] < 2.5 < row["high"]
    assert (row["measured"], row["iteration"]) == (2, 0)
    # Trials from different points have no common expectation, and two trials are too few.
    elsewhere = runs(honest_mean_norm_sq=biased).assign_coords(start=("curve", ["standard_normal"]))
    for theory, measured in [
        (bounds(), elsewhere),
        (bounds(groups=2), runs(groups=2, honest_mean_norm_sq=biased)),
    ]:
        row = judged(theory, measured)["lemma2"]
        assert row["verdict"] == "verified"
        assert np.isnan(row["low"])


def descent():
    """Return squared gradients (trial, iteration) with a spread."""
    return np.array([[9.0, 3.0, 2.0], [9.0, 5.0, 1.0], [9.0, 4.0, 4.0], [9.0, 4.0, 1.0]])


def with_gradients(values, **keys):
    return runs(**keys).assign(gradient_norm_sq=(SERIES, np.asarray(values)[np.newaxis]))


def test_theorem_1_is_compared_with_the_interval_of_every_prefix():
    prefixes = np.cumsum(descent(), axis=1) / [1, 2, 3]
    upper = [
        scipy.stats.t.interval(1 - 0.05 / 3, 3, loc=column.mean(), scale=scipy.stats.sem(column))[1]
        for column in prefixes.T[1:]
    ]
    upper = np.array([9.0, *upper])
    row = judged(bounds(theorem1=3 * upper), with_gradients(descent()))["theorem1"]
    assert row["ratio"] == pytest.approx(3, rel=1e-12)
    last = judged(bounds(theorem1=upper * [3, 3, 2]), with_gradients(descent()))["theorem1"]
    assert (last["iteration"], last["verdict"]) == (2, "verified")
    assert (last["measured"], last["high"]) == pytest.approx((prefixes[:, 2].mean(), upper[2]))
    # A bound inside the interval decides nothing.
    within = judged(bounds(theorem1=upper * [3, 3, 0.999]), with_gradients(descent()))["theorem1"]
    assert within["verdict"] == "undecided"
    low = 2 * prefixes[:, 2].mean() - upper[2]
    below = judged(bounds(theorem1=[50, 50, 0.999 * low]), with_gradients(descent()))["theorem1"]
    assert (below["verdict"], below["iteration"]) == ("refuted", 2)


def test_theorem_2_takes_the_least_of_one_sided_limits():
    quantile = scipy.stats.t.ppf(1 - 0.05 / 3, 3)
    upper = [column.mean() + quantile * scipy.stats.sem(column) for column in descent().T]
    # Upper limits 9, 5.4 and 4.5: the last mean, 2, is the least, and so is its limit.
    assert upper[2] < upper[1] < upper[0]
    row = judged(bounds(theorem2=[30.0, 30.0, 9.0]), with_gradients(descent()))["theorem2"]
    assert (row["measured"], row["high"]) == pytest.approx((2, upper[2]), rel=1e-12)
    assert (row["iteration"], row["ratio"]) == (2, pytest.approx(9 / upper[2]))
    assert row["verdict"] == "verified"
    # If the gradient grows again, the minimum stays that of the past.
    risen = descent()[:, [0, 2, 1]]
    row = judged(bounds(theorem2=[30.0, 30.0, 9.0]), with_gradients(risen))["theorem2"]
    assert (row["measured"], row["high"]) == pytest.approx((2, upper[2]), rel=1e-12)
    assert (
        judged(bounds(theorem2=1e-3), with_gradients(descent()))["theorem2"]["verdict"] == "refuted"
    )


@pytest.mark.parametrize("trials", [2, 3, 40])
def test_limits_are_students(trials):
    values = np.random.default_rng(2).lognormal(size=(3, trials, 2))
    mean, low, high = limits(values, tail=0.01)
    truth = scipy.stats.ttest_1samp(values, 0, axis=1).confidence_interval(0.98)
    np.testing.assert_allclose(mean, values.mean(axis=1), rtol=1e-14)
    np.testing.assert_allclose(low, truth.low, rtol=1e-10)
    np.testing.assert_allclose(high, truth.high, rtol=1e-10)


def test_groups_are_never_averaged():
    # The second data set's gradients are four times as large.
    values = np.array([4.0, 16.0, 4.0, 16.0])[:, np.newaxis] * np.ones(T + 1)
    row = judged(bounds(groups=2, smoothness=[[7.0, 8.0]]), with_gradients(values, groups=2))
    assert (row["theorem1"]["measured"], row["theorem1"]["ratio"]) == (16, 2.5)
    assert (row["theorem1"]["groups"], row["theorem1"]["L"]) == (2, 8)
    # Theirs is 40 and 12.
    right = np.array([[[40.0], [12.0]]])
    row = judged(bounds(groups=2, theorem1=right), with_gradients(values, groups=2))
    assert row["theorem1"]["verdict"] == "refuted"


def test_one_trial_leaves_an_expectation_undecided():
    rows = judged(bounds(groups=4), runs(groups=4))
    for statement in ("theorem1", "theorem2"):
        row = rows[statement]
        assert (row["verdict"], row["measured"], row["ratio"]) == ("undecided", 4, 10)
        assert np.isnan([row["low"], row["high"]]).all()
    assert rows["definition1"]["verdict"] == rows["lemma2"]["verdict"] == "verified"


def diverging(store, first):
    """Make the third trial infinite from an iteration on."""
    store = store.copy(deep=True)
    for name in set(store) - {"step_size"}:
        store[name][0, 2, first:] = np.inf
    return store


def test_divergence_refutes_the_theorems_and_ends_what_is_pointwise():
    rows = judged(measured=diverging(runs(), 1))
    assert {name: row["verdict"] for name, row in rows.items()} == {
        "definition1": "verified",
        "lemma1": "verified",
        "lemma2": "verified",
        "theorem1": "refuted",
        # The first expectation is the least.
        "theorem2": "verified",
    }
    assert (rows["theorem1"]["measured"], rows["theorem1"]["iteration"]) == (np.inf, 1)
    hidden = one_iterate("aggregation_error_sq", 9.0)
    assert judged(measured=hidden)["definition1"]["verdict"] == "refuted"
    assert judged(measured=diverging(hidden, 1))["definition1"]["verdict"] == "verified"
    at_once = runs()
    for trial in range(TRIALS):
        for name in set(at_once) - {"step_size"}:
            at_once[name][0, trial] = np.inf
    assert judged(measured=at_once)["lemma1"]["verdict"] == "not measured"


def test_the_first_hypothesis_that_fails_is_named_with_its_worst_factor():
    factor = {"alpha": np.array([[0.5, 1.25]]), "threshold": np.array([[80.0, 90.0]])}
    rows = judged(bounds(groups=2, factor=factor, smoothness=[[7.0, 8.0]]), runs(groups=2))
    row = rows["theorem1"]
    assert (row["verdict"], row["failing"], row["factor"]) == ("not applicable", "alpha", 1.25)
    assert row["L"] == 8
    assert json.loads(row["margins"])["threshold"] == 90
    assert np.isnan([row[name] for name in ("measured", "bound", "ratio")]).all()
    assert pd.isna(row["iteration"])
    assert rows["definition1"]["verdict"] == "verified"


def test_a_failing_hypothesis_leaves_later_ones_undefined():
    factor = {"coverage": np.inf, "threshold": np.nan, "step_theorem1": np.nan}
    rows = judged(bounds(factor=factor, d_min=0.0, theorem1=np.nan))
    failing = {name: row["failing"] for name, row in rows.items()}
    assert failing == {
        "definition1": "",
        "lemma1": "coverage",
        "lemma2": "coverage",
        "theorem1": "coverage",
        "theorem2": "coverage",
    }
    margins = json.loads(rows["theorem1"]["margins"])
    assert margins["coverage"] == "inf"
    assert "threshold" not in margins
    # A factor of exactly 1 fails.
    assert judged(bounds(factor={"alpha": 1.0}))["theorem1"]["failing"] == "alpha"


def test_only_curves_to_which_a_statement_applies_are_judged():
    curves = ("one", "two", "three")
    factor = {"rule_in_table": np.array([[np.inf], [0.5], [np.inf]])}
    theory = bounds(curves, factor=factor)
    theory["c_alpha_squared"] = ("curve", [np.nan, 8.0, np.nan])
    table = theorems({"it": theory}, {"it": runs(curves)})
    rows = table[table["statement"] == "definition1"]
    assert rows["verdict"].tolist() == ["not applicable", "verified", "not applicable"]
    assert rows["bound"].tolist()[1] == 8


def test_without_diagnostics_the_lemmas_are_not_measured():
    measured = runs().drop_vars(["pairwise_distance_sq", "heterogeneity_max_sq"])
    rows = judged(measured=measured)
    assert [rows[name]["verdict"] for name in ("lemma1", "lemma2")] == 2 * ["not measured"]
    assert rows["theorem1"]["verdict"] == "verified"


CURVES = ("one", "two")
TWO = ({"it": bounds(CURVES)}, {"it": runs(CURVES)})


@pytest.mark.parametrize(
    ("theory", "measured", "message"),
    [
        ({}, {}, "need at least one experiment, got none"),
        (TWO[0], {}, "of the same experiments, got it in the bounds alone"),
        (
            {"it": bounds(CURVES[:1])},
            TWO[1],
            "of it with the same label, in order, got two in the runs alone",
        ),
        ({"it": bounds(CURVES[::-1])}, TWO[1], "same label, in order, got another order"),
        (
            {"it": bounds(CURVES).isel(curve=[])},
            {"it": runs(CURVES).isel(curve=[])},
            "need a curve and a trial in it",
        ),
        (TWO[0], {"it": runs(CURVES).isel(trial=[])}, "need a curve and a trial in it"),
        (TWO[0], {"it": runs(CURVES).isel(iteration=[0, 1])}, "same iteration, in order, got 2 in"),
        (TWO[0], {"it": runs(CURVES, groups=2)}, r"draws .*got \(1, 1\) in the runs alone"),
        ({"it": bounds(CURVES, step_size=0.2)}, TWO[1], "steps that runs took, got others: one"),
        (TWO[0], {"it": runs(CURVES, gradient_norm_sq=np.nan)}, "in gradient_norm_sq of it, got N"),
        ({"it": bounds(CURVES, theorem1=np.nan)}, TWO[1], "need a bound wherever"),
        (
            {"it": bounds(CURVES, factor={"threshold": np.nan})},
            TWO[1],
            "need a factor of threshold in it, got NaN",
        ),
    ],
)
def test_what_does_not_match_is_refused(theory, measured, message):
    with pytest.raises(ValueError, match=message):
        theorems(theory, measured)


def test_a_level_is_a_probability():
    with pytest.raises(ValueError, match="need 0 < level < 1, got 95"):
        judged(level=95)

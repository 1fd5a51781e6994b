"""Test the sharpened theorems on small runs: recomputed bounds, and verdicts that can fail."""

import math

import numpy as np
import pytest

from cradl.engine.bound_inputs import constants
from cradl.engine.experiment import simulate
from theory.runs import primed_forms
from theory.runs.hypotheses import regime
from theory.runs.judge_primed import HYPOTHESES, STATEMENTS, judged
from theory.runs.pairs import pairs
from theory.runs.primed_forms import FORMS

REDRAW = {"data": False, "allocation": False, "attack": True}
COMMON = {
    "generator": "common_curvature",
    "problem": "least_squares",
    "M": 20,
    "m": 80,
    "D": 3,
    "feature_variance": 0.1,
    "noise_variance": 1,
}
TRIMMED = {"method": "cra_dl", "aggregator": "trimmed_mean"}


def judged_list(*given, **named):
    return list(judged(*given, **named))


@pytest.fixture
def run(prepare):
    def results(curves, **settings):
        given = {"redraw": REDRAW, "diagnostics": True, "allocation": "regular", "trials": 6}
        prepared = prepare(curves, **given | settings)
        arguments = (prepared.experiment, prepared.datasets, prepared.allocations)
        bounds = regime(constants(*arguments), T=prepared.experiment.T)
        trials = range(prepared.experiment.trials)
        measured = simulate(*arguments, trials=trials, step_sizes=bounds["step_size"])
        name = measured.attrs["experiment"]
        return {name: bounds}, {name: measured}

    return results


def of(rows, statement, form):
    chosen = rows[(rows["statement"] == statement) & (rows["form"] == form)]
    assert len(chosen) == 1
    return chosen.iloc[0]


def test_bounds_from_the_measured_spread_equal_loops(run):
    bounds, measured = run([TRIMMED])
    (result,) = judged_list(bounds, measured)
    of_curve, runs = bounds[result.name].isel(curve=0, group=0), measured[result.name].isel(curve=0)
    N, f, T = int(of_curve["N"]), int(of_curve["f"]), of_curve.sizes["iteration"]
    assert f == 2
    kappa, alpha = f / (N - 2 * f), f / N
    tau = alpha / ((1 - alpha) * (N - 1))
    V = runs["device_deviation_sq_mean"].mean("trial").to_numpy()
    p, q = math.sqrt(kappa * (1 - tau)), math.sqrt(kappa * (1 - tau)) + math.sqrt(tau)
    gamma = float(of_curve["step_size"][0])
    h = gamma * float(of_curve["smoothness"]) / N
    assert h < 1
    start = float(of_curve["initial_loss"] - of_curve["minimum"])
    sides = result.sides.isel(curve=0).sel(form="spread measured")
    gap, mu = start, float(of_curve["strong_convexity"])
    for t in range(T):
        average = V[: t + 1].mean()
        a, c = 1 - h / 2, (1 - h) * p * math.sqrt(average)
        e = start / (gamma * N * (t + 1)) + h / 2 * q**2 * average
        root = (c + math.sqrt(c**2 + 4 * a * e)) / (2 * a)
        first = float(sides["bound"].sel(statement="sharpened1")[t])
        assert first == pytest.approx((N * root) ** 2, rel=1e-9)
        # At a fixed rate a sum is a mean times γ (t + 1).
        least = 2 * start / N / (gamma * (t + 1)) + (1 - h) * p**2 * average + h * q**2 * average
        second = float(sides["bound"].sel(statement="sharpened2")[t])
        assert second == pytest.approx(N**2 * least, rel=1e-9)
        third = float(sides["bound"].sel(statement="sharpened3")[t])
        assert third == pytest.approx(gap, rel=1e-9)
        c_t, e_t = (1 - h) * p * math.sqrt(V[t]), h / 2 * q**2 * V[t]
        gap = (1 - gamma * a * mu / N) * gap + gamma * N * (c_t**2 / (2 * a) + e_t)
    squares = runs["gradient_norm_sq"].to_numpy()
    expected = [squares[:, : t + 1].mean() for t in range(T)]
    np.testing.assert_allclose(sides["measured"].sel(statement="sharpened1"), expected)
    np.testing.assert_allclose(
        sides["measured"].sel(statement="sharpened2"), np.minimum.accumulate(squares.mean(axis=0))
    )


def test_each_form_is_above_the_next(run):
    bounds, measured = run([TRIMMED], datasets={"small": COMMON})
    (result,) = judged_list(bounds, measured)
    right = result.sides["bound"].isel(curve=0)
    order = ["any rule", "spectral", "sigma measured", "spread measured", "error measured"]
    for statement in STATEMENTS:
        ordered = right.sel(statement=statement, form=order).to_numpy()
        assert np.isfinite(ordered).all()
        # With one curvature sigma is the same at every x.
        assert (np.diff(ordered[1:], axis=0) <= 1e-9 * ordered[1:-1]).all()
    # The spread of least squares with one curvature is known exactly.
    exact = right.sel(form=["least squares", "spread measured"]).to_numpy()
    np.testing.assert_allclose(exact[:, 0], exact[:, 1], rtol=1e-7)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_runs_above_a_bound_refute_it(run, statement):
    bounds, measured = run([TRIMMED])
    (name,) = measured
    ok = of(judged_list(bounds, measured)[0].rows, statement, "error measured")
    assert ok["verdict"] == "verified"
    assert ok["ratio"] >= 1
    worse = measured[name].copy(deep=True)
    for series in ("gradient_norm_sq", "loss"):
        worse[series] = worse[series] * 1e4
    row = of(judged_list(bounds, {name: worse})[0].rows, statement, "error measured")
    assert row["verdict"] == "refuted"
    assert row["ratio"] < 1


@pytest.mark.parametrize(
    ("curve", "settings", "failing", "factor"),
    [
        ({"aggregator": "mean"}, {}, "rule", np.inf),
        ({"aggregator": "phocas", "withstand": 0.3}, {}, "rule", np.inf),
        ({"identities": "persistent"}, {}, "redrawn_identities", np.inf),
        ({}, {"diagnostics": False}, "spread", np.inf),
        ({"step_size": {"schedule": "sharpened2", "share": 0.5}}, {}, "rate", np.inf),
    ],
)
def test_the_first_hypothesis_that_fails_is_named(run, curve, settings, failing, factor):
    bounds, measured = run([TRIMMED | curve], **settings)
    row = of(judged_list(bounds, measured)[0].rows, "sharpened1", "spread measured")
    assert (row["verdict"], row["failing"]) == ("not applicable", failing)
    assert row["factor"] == factor


def test_an_over_estimated_number_of_liars_has_its_own_constant(run):
    bounds, measured = run([TRIMMED, TRIMMED | {"withstand": 0.3}])
    pair = next(iter(pairs(bounds, measured)))
    numbers = {name: pair.setting(name)[:, 0, 0] for name in ("N", "f", "tolerated")}
    N, f, told = (numbers[name] for name in ("N", "f", "tolerated"))
    assert told[1] > f[1]
    np.testing.assert_allclose(
        primed_forms.constants(pair, "average")[:, 0, 0], told / (N - f - told)
    )
    rows = judged_list(bounds, measured)[0].rows
    chosen = rows[(rows["statement"] == "sharpened1") & (rows["form"] == "spread measured")]
    assert list(chosen["verdict"]) == ["verified", "verified"]


def test_rates_above_the_limit_fail_by_their_factor(run):
    bounds, measured = run([TRIMMED | {"step_size": {"schedule": "sharpened1", "share": 0.75}}])
    rows = judged_list(bounds, measured)[0].rows
    second = of(rows, "sharpened2", "spread measured")
    assert (second["failing"], second["factor"]) == ("rate", pytest.approx(1.5))
    assert of(rows, "sharpened1", "spread measured")["verdict"] == "verified"


def test_every_curve_with_a_rule_has_a_row_for_each_statement_and_form(run):
    bounds, measured = run(
        [TRIMMED, {"method": "mean_averaging"}, {"method": "rba_dl"} | {"aggregator": "median"}]
    )
    rows = judged_list(bounds, measured)[0].rows
    assert len(rows) == 2 * len(STATEMENTS) * len(FORMS)
    assert set(rows["failing"]) <= {"", *HYPOTHESES}


def test_draws_of_data_and_allocation_have_their_own_bounds(run):
    redraw = {"data": True, "allocation": True, "attack": True}
    bounds, measured = run([TRIMMED], redraw=redraw, trials=8)
    (result,) = judged_list(bounds, measured)
    row = of(result.rows, "sharpened1", "spread measured")
    assert row["groups"] == 8
    assert row["verdict"] == "verified"


def test_a_level_outside_its_range_is_refused(run):
    with pytest.raises(ValueError, match="need 0 < level < 1, got 1"):
        judged_list({}, {}, level=1)

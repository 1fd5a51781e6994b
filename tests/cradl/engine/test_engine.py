"""Compiled stretches against single steps, which call the rows of the tables."""

import itertools

import numpy as np
import pytest

from cradl.aggregation import RULES
from cradl.attacks import ATTACKS
from cradl.engine import algorithm
from cradl.engine.trials import Trials
from cradl.methods import METHODS
from cradl.problems import PROBLEMS
from cradl.series import DIAGNOSTICS, SERIES

METHOD_ROWS = [
    {"method": ["mean_averaging", "sgc_dl", "clairvoyant"]},
    {"method": ["rba_dl", "cra_dl"], "aggregator": ["median", "trimmed_mean", "phocas", "meamed"]},
]
ATTACK_ROWS = [
    {"name": "sign_flipping", "coefficient": -2},
    {"name": "gaussian", "variance": 100},
    {"name": "sample_duplicating", "victim": "own"},
    {"name": "sample_duplicating", "victim": "common"},
    {"name": "inner_product", "scale": 0.5},
    {"name": "little_is_enough"},
]
REPLIES = [{"name": "best_reply", "aim": aim} for aim in ("error", "ascent")]
LINEAR = {"generator": "gaussian_linear", "M": 20, "D": 3, "feature_variance": 4}


def plain(name):
    """Return a function that does what a row's function does, and is not that function."""

    def copied(row, field):
        function = getattr(row, field)
        return row._replace(**{field: lambda *given, **named: function(*given, **named)})

    table, field = {
        "attack": (ATTACKS, "craft"),
        "rule": (RULES, "aggregate"),
        "method": (METHODS, "decode"),
        "problem": (PROBLEMS, "slope"),
    }[name]
    known = {key: row for key, row in table.items() if hasattr(row, field)}
    return {key: copied(row, field) for key, row in known.items()}, table


def outcomes(prepared, iterations):
    return [
        algorithm.run_algorithm(run, iterations=iterations)
        for trial in range(2)
        for run in Trials(*prepared).runs(trial)
    ]


def steps_alone(prepared, iterations, monkeypatch, replaced):
    """Run with functions that the compiled stages do not know; fail if a stretch does anything."""
    rows, table = plain(replaced)
    for key, row in rows.items():
        monkeypatch.setitem(table._rows, key, row)
    stretched = algorithm._stretch

    def refused(run, first, *rest):
        assert stretched(run, first, *rest) == first
        return first

    monkeypatch.setattr(algorithm, "_stretch", refused)
    return outcomes(prepared, iterations)


def equal_to_rounding(found, expected):
    for one, other in zip(found, expected, strict=True):
        assert one.series.keys() == other.series.keys() == {*SERIES, *DIAGNOSTICS}
        for name, values in one.series.items():
            # What is zero but for rounding is small beside what it is the difference of.
            scale = max(other.series[like].max() for like in (name, "device_norm_sq_mean"))
            np.testing.assert_allclose(
                values, other.series[name], rtol=1e-8, atol=1e-13 * scale, err_msg=name
            )
        np.testing.assert_allclose(one.final, other.final, rtol=1e-8, atol=1e-11)


@pytest.mark.parametrize("replaced", ["attack", "rule", "method", "problem"])
@pytest.mark.parametrize(("samples", "r"), [(20, 6), (60, 6), (20, 18)])
def test_stretches_do_what_steps_do(prepare, monkeypatch, replaced, samples, r):
    # r = 18 of 20 subsets is where messages are formed by tables.
    curves = [
        {**curve, "attack": attack} for curve, attack in itertools.product(METHOD_ROWS, ATTACK_ROWS)
    ]
    robust = {"method": "cra_dl", "aggregator": ["median", "trimmed_mean", "phocas"]}
    curves += [{**robust, "attack": reply} for reply in REPLIES]
    if replaced == "rule":
        curves = [one for one in curves if "aggregator" in one]
        # Of an unknown rule, the best reply is searched: another reply where it is not monotone.
        curves = [one for one in curves if one["attack"] not in REPLIES]
    data = LINEAR | {"problem": "least_squares", "m": samples, "noise_variance": 1}
    prepared = prepare(curves, datasets={"small": data}, r=r, T=11, diagnostics=True, alpha=0.3)
    found = outcomes(prepared, 12)
    equal_to_rounding(found, steps_alone(prepared, 12, monkeypatch, replaced))


@pytest.mark.parametrize(
    "data",
    [
        {
            "generator": "contaminated_linear",
            "problem": "robust_regression",
            "outlier_fraction": 0.2,
            "outlier_variance": 100,
            "M": 20,
            "m": 40,
            "D": 3,
            "feature_variance": 4,
            "noise_variance": 1,
        },
        {
            "generator": "breast_cancer",
            "problem": "logistic",
            "M": 20,
            "m": 40,
            "D": 9,
            "intercept": True,
        },
    ],
    ids=lambda one: one["problem"],
)
def test_stretches_know_every_loss(prepare, monkeypatch, data):
    curves = [{"method": "cra_dl", "aggregator": ["median", "phocas"]}]
    prepared = prepare(curves, datasets={"small": data}, T=11, diagnostics=True)
    found = outcomes(prepared, 12)
    equal_to_rounding(found, steps_alone(prepared, 12, monkeypatch, "problem"))


def test_a_step_takes_over_where_messages_overflow(prepare):
    # Flipped messages overflow in some iteration and honest ones do not: the rule drops them.
    attack = {"name": "sign_flipping", "coefficient": -1e308}
    curves = [{"method": "cra_dl", "aggregator": "median", "attack": attack, "step_size": 1e-3}]
    prepared = prepare(curves, T=11)
    run = next(Trials(*prepared).runs(0))
    outcome = algorithm.run_algorithm(run, iterations=12)
    assert outcome.diverged_at == -1
    assert np.isfinite(outcome.series["loss"]).all()


def test_a_replaced_row_is_the_one_that_runs(prepare, monkeypatch):
    prepared = prepare([{"method": "cra_dl", "aggregator": "median"}])
    mean = RULES["median"]._replace(aggregate=lambda messages, f: messages.mean(axis=0))
    expected = prepare([{"method": "sgc_dl"}]).simulate()["loss"].to_numpy()
    monkeypatch.setitem(RULES._rows, "median", mean)
    np.testing.assert_allclose(prepared.simulate()["loss"].to_numpy(), expected, rtol=1e-9)

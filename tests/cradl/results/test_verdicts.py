"""Verdicts against scipy's paired intervals, and what planted faults do to them."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.stats
import xarray as xr

from cradl import store
from cradl.config.model import Cell, Term
from cradl.results.verdicts import judge, summarise, verdict

TRIALS, T, LAST = 40, 9, 4
SCRIPT = Path(__file__).parents[3] / "docs" / "recompute_claims.py"


def results(means, seed=0, minimum=2.0, **variables):
    """Return a store whose curves have excess losses around these means, paired by trial."""
    rng = np.random.default_rng(seed)
    luck = rng.lognormal(sigma=0.5, size=TRIALS)
    own = rng.lognormal(sigma=0.05, size=(len(means), TRIALS, T + 1))
    excess = np.array(list(means.values()))[:, np.newaxis, np.newaxis] * luck[:, np.newaxis] * own
    series = ("curve", "trial", "iteration")
    return xr.Dataset(
        {
            "loss": (series, minimum + excess),
            "optimal_loss": (("curve", "trial"), np.full((len(means), TRIALS), minimum)),
            **{
                name: (series, np.broadcast_to(one, excess.shape))
                for name, one in variables.items()
            },
        },
        {"label": ("curve", list(means)), "iteration": np.arange(T + 1)},
    )


def cell(*terms, **keys):
    """Return a cell that compares the curves of one experiment at t = 3."""
    usual = {
        "claim": "it",
        "says": "it is so",
        "source": "somewhere",
        "quantity": "excess_loss",
        "iteration": 3,
        "last": LAST,
        "per_cent": False,
        "margin": None,
        "side": "below",
        "some": False,
    }
    named = tuple(Term(sign=sign, experiment=where, curve=curve) for sign, where, curve in terms)
    return Cell(terms=named, **usual | keys)


BETTER = cell((1, "one", "good"), (-1, "one", "bad"))
STORES = {"one": results({"good": 1.0, "bad": 3.0, "as good": 1.0})}


def only_row(cell, stores=None, level=0.95):
    (row,) = judge([cell], stores or STORES, level=level).to_dict("records")
    return row


@pytest.mark.parametrize("iteration", [3, None])
def test_the_interval_is_that_of_the_paired_test(iteration):
    excess = (STORES["one"]["loss"] - STORES["one"]["optimal_loss"]).to_numpy()
    chosen = excess[:, :, -LAST:].mean(axis=-1) if iteration is None else excess[:, :, iteration]
    truth = scipy.stats.ttest_rel(np.log10(chosen[0]), np.log10(chosen[1])).confidence_interval(
        0.95
    )
    row = only_row(BETTER.model_copy(update={"iteration": iteration}))
    assert row["lower"] == pytest.approx(truth.low, rel=1e-10)
    assert row["upper"] == pytest.approx(truth.high, rel=1e-10)
    assert row["verdict"] == "supported"
    assert (row["first_iteration"], row["last_iteration"]) == ((3, 3) if iteration else (6, 9))


def test_the_level_is_shared_by_all_rows():
    table = judge(5 * [BETTER], STORES, level=0.9)
    assert table["level"].tolist() == pytest.approx(5 * [1 - 0.1 / 5])
    alone = only_row(BETTER, level=1 - 0.1 / 5)
    assert table["lower"].tolist() == pytest.approx(5 * [alone["lower"]], rel=1e-12)


def test_per_cents_are_of_the_minimum_trial_by_trial():
    part = cell((1, "one", "good"), per_cent=True, margin=100.0, side="within", iteration=None)
    run = STORES["one"].sel(curve=0).isel(iteration=slice(-LAST, None))
    truth = 100 * ((run["loss"] - run["optimal_loss"]).mean("iteration") / run["optimal_loss"])
    assert only_row(part)["mean"] == pytest.approx(float(truth.mean()), rel=1e-12)


@pytest.mark.parametrize(
    ("lower", "upper", "side", "margin", "expected"),
    [
        (-2, -1, "below", None, "supported"),
        (1, 2, "below", None, "contradicted"),
        (-1, 1, "below", None, "undecided"),
        (-1, 0, "below", None, "undecided"),
        (1, 2, "above", None, "supported"),
        (-2, -1, "above", None, "contradicted"),
        (-0.5, 0.9, "within", 1.0, "supported"),
        (-0.5, 1.1, "within", 1.0, "undecided"),
        (-3, 3, "within", 1.0, "undecided"),
        (1.1, 3, "within", 1.0, "contradicted"),
        (-3, -1.1, "within", 1.0, "contradicted"),
        # At the very end of what is claimed, the interval is neither inside nor outside.
        (0, 1, "below", None, "undecided"),
        (0, 1, "above", None, "undecided"),
        (-1, 0, "above", None, "undecided"),
        (-1, 0.5, "within", 1.0, "undecided"),
        (-0.5, 1, "within", 1.0, "undecided"),
        (1, 3, "within", 1.0, "undecided"),
        (-3, -1, "within", 1.0, "undecided"),
        (-0.5, 0.5, "within", None, "undecided"),
        (0.5, 0.9, "within", None, "contradicted"),
        (-0.9, -0.5, "within", None, "contradicted"),
        (np.inf, np.inf, "above", None, "supported"),
        (-np.inf, -np.inf, "above", None, "contradicted"),
        (-np.inf, 1, "below", None, "undecided"),
        (-1, np.inf, "above", None, "undecided"),
        (-np.inf, 0.5, "within", 1.0, "undecided"),
        (-np.inf, -np.inf, "below", None, "supported"),
        (np.inf, np.inf, "below", None, "contradicted"),
        (np.nan, np.nan, "below", None, "undecided"),
        (np.nan, np.nan, "within", 1.0, "undecided"),
    ],
)
def test_a_verdict_compares_the_interval_with_what_is_claimed(lower, upper, side, margin, expected):
    assert verdict(lower, upper, side=side, margin=margin) == expected


SWAPPED = STORES["one"].assign_coords(label=("curve", ["bad", "good", "as good"]))
SHUFFLED = STORES["one"].assign_coords(label=("curve", ["as good", "good", "bad"]))
FLIPPED = BETTER.model_copy(update={"side": "above"})
NEGATED = cell((-1, "one", "good"), (1, "one", "bad"))


@pytest.mark.parametrize(
    ("planted", "stores"),
    [(BETTER, {"one": SWAPPED}), (BETTER, {"one": SHUFFLED}), (FLIPPED, STORES), (NEGATED, STORES)],
    ids=["swapped methods", "shuffled labels", "flipped claim", "flipped sign"],
)
def test_a_planted_fault_contradicts_what_was_supported(planted, stores):
    assert only_row(BETTER)["verdict"] == "supported"
    assert only_row(planted, stores)["verdict"] == "contradicted"


def test_runs_of_two_experiments_are_paired_by_trial():
    stores = STORES | {"two": results({"other": 1.15})}
    assert (
        only_row(cell((1, "one", "good"), (-1, "two", "other")), stores)["verdict"] == "supported"
    )
    # Without the pairing the difference drowns in the spread between trials.
    shuffled = stores["two"].isel(trial=np.random.default_rng(1).permutation(TRIALS))
    row = only_row(cell((1, "one", "good"), (-1, "two", "other")), stores | {"two": shuffled})
    assert row["verdict"] == "undecided"


def test_values_below_rounding_are_as_large_as_rounding():
    stores = {"one": results({"exact": 0.0, "good": 1.0})}
    row = only_row(cell((1, "one", "exact")), stores)
    assert row["mean"] == pytest.approx(np.log10(2e-12))
    both = cell((1, "one", "exact"), (-1, "one", "exact"), margin=0.05, side="within")
    assert only_row(both, stores)["verdict"] == "supported"


def test_diverged_trials_decide_nothing_unless_all_diverge():
    some, every = STORES["one"].copy(deep=True), STORES["one"].copy(deep=True)
    some["loss"][1, 0, 2:] = np.inf
    every["loss"][1, :, 2:] = np.inf
    row = only_row(BETTER, {"one": some})
    assert row["verdict"] == "undecided"
    assert np.isnan(row["lower"])
    assert only_row(BETTER, {"one": every})["verdict"] == "supported"
    every["loss"][0, :, 2:] = np.inf
    assert only_row(BETTER, {"one": every})["verdict"] == "undecided"


def test_one_trial_decides_nothing():
    assert only_row(BETTER, {"one": STORES["one"].isel(trial=[0])})["verdict"] == "undecided"


def test_trials_that_all_diverge_alike_have_that_infinity_for_an_interval():
    every = STORES["one"].copy(deep=True)
    every["loss"][1] = np.inf
    row = only_row(BETTER, {"one": every})
    assert (row["mean"], row["lower"], row["upper"]) == (-np.inf,) * 3
    # In some trials one diverges, in others the other.
    every["loss"][0, ::2] = np.inf
    every["loss"][1, ::2] = 3.0
    row = only_row(BETTER, {"one": every})
    assert np.isnan([row["mean"], row["lower"], row["upper"]]).all()


def test_a_row_says_which_curves_it_compares_and_when():
    stores = STORES | {"two": results({"α = 0.1": 1.0})}
    three = cell((-1, "one", "good"), (1, "one", "bad"), (-1, "two", "α = 0.1"), iteration=None)
    row = only_row(three, stores, level=0.9)
    assert row["comparison"] == " − [one: good] + [bad] − [two: α = 0.1]"
    assert row["terms"] == '[[-1, "one", "good"], [1, "one", "bad"], [-1, "two", "α = 0.1"]]'
    assert (row["phase"], row["first_iteration"], row["last_iteration"]) == ("plateau", 6, 9)
    assert (row["unit"], row["level"], row["trials"]) == ("log10", pytest.approx(0.9), TRIALS)
    assert (row["claimed"], row["margin"], row["some"]) == ("below", None, False)
    early = only_row(BETTER.model_copy(update={"per_cent": True}))
    assert early["comparison"] == "[one: good] − [bad]"
    assert (early["phase"], early["unit"]) == ("t = 3", "%")


def test_the_first_iteration_is_a_phase_too():
    row = only_row(BETTER.model_copy(update={"iteration": 0}))
    assert (row["phase"], row["first_iteration"], row["last_iteration"]) == ("t = 0", 0, 0)
    excess = (STORES["one"]["loss"] - STORES["one"]["optimal_loss"]).to_numpy()[:, :, 0]
    truth = np.log10(excess[0] / excess[1]).mean()
    assert row["mean"] == pytest.approx(truth, rel=1e-12)


@pytest.mark.parametrize(
    ("quantity", "scale", "floor"),
    [
        ("pairwise_distance_sq", "device_norm_sq_mean", 1e-24),
        ("honest_spread_mean", "gradient_norm_sq", 1e-24),
    ],
)
def test_other_quantities_have_their_own_scale_and_rounding(quantity, scale, floor):
    stores = {"one": results({"good": 1.0}, **{quantity: 0.0, scale: 7.0})}
    row = only_row(cell((1, "one", "good"), quantity=quantity), stores)
    assert row["mean"] == pytest.approx(np.log10(7 * floor), rel=1e-12)
    stores = {"one": results({"good": 1.0}, **{quantity: 3.5, scale: 7.0})}
    row = only_row(cell((1, "one", "good"), quantity=quantity, per_cent=True), stores)
    assert row["mean"] == pytest.approx(50)


def test_an_accuracy_is_judged_in_percentage_points():
    stores = {"one": results({"good": 1.0, "bad": 1.0}, test_accuracy=0.5)}
    shares = np.full((2, TRIALS, T + 1), 0.5)
    shares[0] += 0.02 + 1e-3 * np.arange(TRIALS)[:, np.newaxis]
    stores["one"]["test_accuracy"] = ("curve", "trial", "iteration"), shares
    pair = (1, "one", "good"), (-1, "one", "bad")
    row = only_row(cell(*pair, quantity="test_accuracy", per_cent=True, side="above"), stores)
    assert row["mean"] == pytest.approx(2 + 0.1 * (TRIALS - 1) / 2)
    assert (row["unit"], row["verdict"]) == ("%", "supported")


def test_no_comparison_is_no_table():
    with pytest.raises(ValueError, match="need at least one comparison, got none"):
        judge([], STORES, level=0.95)


@pytest.mark.parametrize(
    ("verdicts", "together"),
    [
        (["supported", "supported"], "supported"),
        (["supported", "undecided"], "partly supported"),
        (["supported", "contradicted"], "partly supported"),
        (["undecided", "contradicted"], "contradicted"),
        (["undecided", "undecided"], "undecided"),
    ],
)
def test_a_claim_is_the_conjunction_of_its_comparisons(verdicts, together):
    rows = judge(2 * [BETTER], STORES, level=0.95).assign(verdict=verdicts)
    (row,) = summarise(rows).to_dict("records")
    assert row["verdict"] == together
    assert [row[one] for one in ("supported", "contradicted", "undecided")] == [
        verdicts.count(one) for one in ("supported", "contradicted", "undecided")
    ]


def test_where_some_is_enough_each_experiment_needs_one():
    stores = STORES | {"two": STORES["one"]}
    cells = [
        cell((1, experiment, "good"), (-1, experiment, other), some=True)
        for experiment in ("one", "two")
        for other in ("bad", "as good")
    ]
    rows = judge(cells, stores, level=0.95)
    assert rows["verdict"].tolist() == 2 * ["supported", "undecided"]
    assert summarise(rows)["verdict"].tolist() == ["supported"]
    for verdicts, together in [
        (["supported", "undecided", "contradicted", "undecided"], "partly supported"),
        (["supported", "contradicted", "contradicted", "supported"], "supported"),
        (["undecided", "contradicted", "undecided", "contradicted"], "undecided"),
        (["contradicted", "contradicted", "undecided", "contradicted"], "contradicted"),
    ]:
        assert summarise(rows.assign(verdict=verdicts))["verdict"].tolist() == [together]


def test_the_least_supported_claims_come_first():
    cells = [BETTER, FLIPPED.model_copy(update={"claim": "not it"})]
    table = summarise(judge(cells, STORES, level=0.95))
    assert table["claim"].to_dict() == {0: "not it", 1: "it"}


def written(folder, table, stores):
    (folder / "verify").mkdir(exist_ok=True)
    table.to_csv(folder / "verify" / "claims.csv", index=False)
    for name, results in stores.items():
        store.write(results, folder / "simulate" / f"{name}.nc", config={}, source="")


def test_the_script_recomputes_every_row_and_notices_a_changed_one(tmp_path):
    spread = np.random.default_rng(3).random((TRIALS, T + 1))
    stores = {
        "one": results(
            {"NA": 1.0, "007": 3.0, "a, \"b\"": 0.0},
            pairwise_distance_sq=spread,
            device_norm_sq_mean=3.0,
            honest_spread_mean=2 * spread,
            test_accuracy=spread,
            gradient_norm_sq=5.0,
        )
    }
    # Labels that a careless reader of tables takes for other things.
    pair = ((1, "one", "NA"), (-1, "one", "007"))
    cells = [
        cell(*pair, says="null", source="NA"),
        cell(*pair, iteration=None),
        cell(*pair, iteration=None, per_cent=True, margin=1.0, side="within"),
        cell((1, "one", 'a, "b"'), (-1, "one", "007")),
        cell(*pair, quantity="test_accuracy", per_cent=True),
        cell((1, "one", "NA"), quantity="test_accuracy", per_cent=True, iteration=None),
        *(
            cell((1, "one", "NA"), quantity=quantity, per_cent=per_cent, iteration=iteration)
            for quantity in ("pairwise_distance_sq", "honest_spread_mean")
            for per_cent in (True, False)
            for iteration in (3, None)
        ),
    ]
    table = judge(cells, stores, level=0.95)
    written(tmp_path, table, stores)
    command = [sys.executable, SCRIPT, tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "14 of 14 rows agree with their stores")
    table.loc[0, "lower"] *= 1.0001
    written(tmp_path, table, {})
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (1, "13 of 14 rows agree with their stores")

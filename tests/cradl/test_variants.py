"""The plugin `config/variants.py`: other readings of the paper, against their definitions."""

import itertools
import statistics
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
import scipy.stats
import test_aggregation
import yaml
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from studies import SMALL, plugins_leave

from cradl.aggregation import RULES
from cradl.allocation import ALLOCATIONS, allocations
from cradl.config.findings import StudyError
from cradl.config.resolving import load_study
from cradl.config.schema import README_FILE
from cradl.datasets import dataset
from cradl.engine.experiment import simulate
from cradl.streams import Stream, generator

VARIANTS = README_FILE.with_name("variants.py")
MEDIANS = {"lower_median": statistics.median_low, "upper_median": statistics.median_high}
VARIED = ["covering", "unequal"]
CURVES = [
    {"method": "cra_dl", "aggregator": ["median", *MEDIANS]},
    {"method": "cra_dl", "aggregator": "median", "allocation": VARIED, "r": 5},
]


@pytest.fixture(scope="module", autouse=True)
def study(tmp_path_factory):
    """Load a study with the plugin, as a user would; take its rows away at the end."""
    path = tmp_path_factory.mktemp("variants") / "study.yaml"
    keys = {"plugins": [str(VARIANTS)], "experiments": {"one": {"curves": CURVES}}}
    path.write_text(yaml.safe_dump(SMALL | keys), encoding="utf-8")
    with plugins_leave():
        yield load_study(path)


def draw(kind, N, M, r, draw=0):
    return ALLOCATIONS[kind](generator(3, Stream.ALLOCATION, draw), N=N, M=M, r=r)


def test_a_study_runs_them_under_their_names(study):
    experiment = study.experiments["one"]
    assert [one.label for one in experiment.curves] == [
        "CRA-DL (median), random, r = 6",
        "CRA-DL (lower median)",
        "CRA-DL (upper median)",
        "CRA-DL (median), covering, r = 5",
        "CRA-DL (median), unequal, r = 5",
    ]
    stores = {name: allocations(**one) for name, one in study.allocation_requests().items()}
    results = simulate(
        experiment,
        {name: dataset(**study.dataset_request(name)) for name in study.datasets},
        stores,
        trials=range(2),
    )
    loss = results["loss"].isel(iteration=-1).to_numpy()
    assert np.isfinite(loss).all()
    assert len(np.unique(loss)) == loss.size
    held = {name: one["S"].sum("subset").to_numpy() for name, one in stores.items()}
    assert (held["unequal-N10-M20-r5"].mean(axis=1) == 5).all()
    assert (np.sort(held["unequal-N10-M20-r5"]) == [3] * 5 + [7] * 5).all()
    assert stores["covering-N10-M20-r5"]["uncovered"].values.tolist() == [0, 0]


@pytest.mark.parametrize("name", MEDIANS)
@given(
    messages=hnp.arrays(
        np.float64,
        st.tuples(st.integers(1, 12), st.integers(1, 4)),
        elements=st.floats(-1e300, 1e300),
    )
)
def test_medians_are_one_of_the_values_in_the_middle(name, messages):
    expected = [MEDIANS[name](column) for column in messages.T.tolist()]
    before = messages.copy()
    np.testing.assert_array_equal(RULES[name](messages, f=0), expected)
    np.testing.assert_array_equal(messages, before)


def test_lower_and_upper_median_lie_either_side_of_the_median():
    messages = np.array([[8.0], [1.0], [2.0], [4.0]])
    values = [RULES[name](messages, f=1).item() for name in ("lower_median", "median")]
    assert [*values, RULES["upper_median"](messages, f=1).item()] == [2, 3, 4]
    # What is not finite is no message: then three are left, with one in the middle.
    messages[0] = np.nan
    assert [RULES[name](messages, f=1).item() for name in MEDIANS] == [2, 2]


@pytest.mark.parametrize("name", MEDIANS)
def test_medians_keep_their_contracts(name):
    kept = {"permutation", "translation", "bounded", "monotone", "coordinatewise"}
    assert RULES[name].contracts == kept
    for N, f in test_aggregation.CASES:
        test_aggregation.test_permutation(name, N, f)
        test_aggregation.test_translation(name, N, f, -1e8)
        for kind in [*test_aggregation.HOSTILE, "mixed", "one entry"]:
            test_aggregation.test_bounded(name, N, f, kind)
    # Why scaling is not among them.
    messages = np.array([[1.0], [2.0]])
    assert RULES[name](-messages, f=0) != -RULES[name](messages, f=0)


def test_covering_leaves_no_subset_out_however_tight():
    for N, M in itertools.product(range(1, 8), range(1, 13)):
        for r in range(-(-M // N), M + 1):
            S = draw("covering", N, M, r)
            assert (S.sum(axis=1) == r).all()
            assert (S.sum(axis=0) >= 1).all()


def test_covering_changes_random_in_the_uncovered_subsets_and_their_substitutes_alone():
    before, after = (draw(kind, 100, 1000, 40).astype(int) for kind in ("random", "covering"))
    uncovered = before.sum(axis=0) == 0
    assert 10 < uncovered.sum() < 25
    assert (after[:, uncovered].sum(axis=0) == 1).all()
    assert (after.sum(axis=0) >= 1).all()
    kept = after[:, ~uncovered] - before[:, ~uncovered]
    assert set(np.unique(kept)) == {-1, 0}
    assert -kept.sum() == uncovered.sum()


def test_covering_by_counting_all_ways():
    # Two devices, three subsets, r = 2. Of the nine equally likely pairs of rows, six cover all;
    # in the other three one of the two shared subsets, on one of the two devices, makes way.
    chances = Counter()
    rows = list(itertools.combinations(range(3), 2))
    for one, other in itertools.product(rows, repeat=2):
        if one != other:
            chances[one, other] += Fraction(1, 9)
            continue
        (missing,) = set(range(3)) - set(one)
        for kept in one:
            changed = tuple(sorted((kept, missing)))
            chances[changed, other] += Fraction(1, 36)
            chances[one, changed] += Fraction(1, 36)
    counts = Counter(
        tuple(tuple(np.flatnonzero(row)) for row in draw("covering", 2, 3, 2, number))
        for number in range(1800)
    )
    assert counts.keys() == chances.keys()
    expected = [1800 * float(chances[key]) for key in counts]
    assert scipy.stats.chisquare(list(counts.values()), expected).pvalue > 1e-3


@pytest.mark.parametrize(
    ("N", "M", "r", "held"),
    [
        (100, 1000, 40, {20: 50, 60: 50}),
        (5, 10, 5, {3: 2, 5: 1, 7: 2}),
        (4, 6, 4, {2: 2, 6: 2}),
        (1, 6, 4, {4: 1}),
        (3, 4, 1, {1: 3}),
    ],
)
def test_unequal_devices_hold_r_on_average(N, M, r, held):
    S = draw("unequal", N, M, r)
    assert set(np.unique(S)) <= {0, 1}
    assert Counter(S.sum(axis=1, dtype=int).tolist()) == held
    same = draw("random", N, M, r)
    fewer = S.sum(axis=1) < r
    assert (S[fewer] <= same[fewer]).all()
    assert (S[~fewer] >= same[~fewer]).all()


def test_unequal_is_uniform_over_roles_and_subsets():
    # One of two devices holds one of the three subsets, and the other all.
    counts = Counter(
        tuple(map(tuple, draw("unequal", 2, 3, 2, number).tolist())) for number in range(600)
    )
    assert len(counts) == 6
    assert scipy.stats.chisquare(list(counts.values())).pvalue > 1e-3


@pytest.mark.parametrize(
    ("kind", "N", "M", "r", "needed"),
    [
        ("covering", 3, 10, 11, "1 <= r <= M=10"),
        ("covering", 3, 10, 0, "1 <= r <= M=10"),
        ("covering", 3, 10, 3, r"N\*r >= M=10 \(every subset on some device\)"),
        ("unequal", 3, 10, 8, r"r >= 1 and r \+ ⌊r/2⌋ <= M=10"),
        ("unequal", 3, 10, 0, r"r >= 1 and r \+ ⌊r/2⌋ <= M=10"),
    ],
)
def test_infeasible_sizes_are_refused(kind, N, M, r, needed):
    with pytest.raises(ValueError, match=f"need {needed}, got N={N}, M={M}, r={r}"):
        draw(kind, N, M, r)


def test_infeasible_sizes_are_refused_by_the_study(tmp_path):
    curves = [{"method": "sgc_dl", "allocation": VARIED, "N": 1, "r": 14}]
    keys = {"plugins": [str(VARIANTS)], "experiments": {"one": {"curves": curves}}, "alpha": 0}
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(SMALL | keys), encoding="utf-8")
    with pytest.raises(StudyError, match="for allocation covering, got N=1, M=20") as caught:
        load_study(tmp_path / "study.yaml")
    assert "for allocation unequal, got N=1, M=20, r=14" in str(caught.value)

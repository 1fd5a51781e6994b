"""Studies by the thousand: what is valid loads and runs, what is broken is refused in its place."""

import copy
import math
import re
import tempfile
import warnings
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import pytest
from broken_files import FILE_FAULTS, SOUND, TOLD, changed, mutated, replaced
from broken_studies import VALUE_FAULTS
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from incoherent_studies import INCOHERENT
from studies import plugins_leave
from study_files import layouts, reaching
from study_model import EXPERIMENT_KEYS, selected, setting
from valid_studies import DRAWINGS, expected_curves, valid_studies

from cradl import load_study, simulate
from cradl.allocation import allocations
from cradl.config.findings import StudyError
from cradl.datasets import dataset
from cradl.engine.bound_inputs import constants
from theory.runs.hypotheses import regime


@st.composite
def written_studies(draw):
    study = draw(valid_studies())
    return study, draw(layouts(study, reaching(study)))


# Some kinds of faults find no room in most studies.
_SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much]


@pytest.fixture
def shared(request, record_property):
    """Return a setting of so many per cent of the studies, and a counter of what became of them.

    The per cent are divided among the kinds of faults, each of which is a test.

    A study that fails is small, and to look for a smaller one takes minutes: none is looked for.
    """
    counts = Counter()

    def share(per_cent, kinds=1):
        # Of each kind, the first is the simplest that there is.
        count = max(math.ceil(request.config.getoption("studies") * per_cent / 100 / kinds), 3)
        return settings(
            max_examples=count,
            phases=[Phase.generate],
            suppress_health_check=_SLOW,
        )

    yield share, counts
    record_property("studies", dict(counts))


@contextmanager
def loading(written):
    """Write and load a study, in which no warning is allowed; its plugin is there meanwhile."""
    with tempfile.TemporaryDirectory() as folder, plugins_leave():
        path = written.write(Path(folder))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            study = load_study(path, overrides=written.overrides, drawings=DRAWINGS)
        yield study


def loaded(written):
    with loading(written) as study:
        return study


def test_a_valid_study_loads_as_it_is_meant(shared):
    share, counts = shared

    @share(40)
    @given(written_studies())
    def check(made):
        counts["generated"] += 1
        study, written = made
        found = loaded(written)
        counts["accepted"] += 1
        assert (found.name, found.seed) == (study["study"], study["seed"])
        assert {*found.experiments} == {*selected(study)}
        for name, curves in expected_curves(study).items():
            given = found.experiments[name].model_dump()
            for key in EXPERIMENT_KEYS:
                assert given[key] == setting(study, name, key)
            assert len(given["curves"]) == len(curves)
            for one, meant in zip(given["curves"], curves, strict=True):
                # What these two lead to, f and what is tolerated, is compared.
                kept = meant.keys() - {"rounding", "withstand"}
                assert {key: one[key] for key in kept} == {key: meant[key] for key in kept}
            assert len({one["label"] for one in given["curves"]}) == len(curves)

    check()


def is_bare(curve, drawn):
    """Tell whether a curve refuses what one of its allocations does: subsets on no device."""
    held = drawn[curve.allocation_id]["S"].to_numpy().any(axis=1)
    return curve.uncovered == "refuse" and not held.all()


# The messages with which a run may stop, as the documents say, and the curves that may cause it.
# Where a message names curves, `name` finds each.
STOPS = (
    (
        r"need every subset on some device \((?P<name>.+): uncovered: refuse\), "
        r"got an allocation \S+ with [1-9]\d* on none",
        is_bare,
    ),
    (
        r"need \d+ equal messages from a group of \d+ devices to tolerate \d+ Byzantine ones, "
        r"got at most \d+",
        lambda one, drawn: one.method == "fractional_repetition" and one.f > one.tolerated,
    ),
    (
        r"need at most \d+ Byzantine devices, got \d+ exposed",
        lambda one, drawn: one.method == "detection" and one.f > one.tolerated,
    ),
    (
        r"need a theorem that allows a learning rate for each curve, "
        r"got (?P<name>.+), theorem\w+: fails that .+",
        lambda one, drawn: (
            not isinstance(one.step_size, float) and one.step_size.schedule.startswith("theorem")
        ),
    ),
)


def promised_stop(error, curves, drawn):
    """Tell whether a run of these curves may stop so."""
    for message, may_cause in STOPS:
        found = re.fullmatch(message, str(error))
        if found:
            causes = [one.label for one in curves if may_cause(one, drawn)]
            named = found.groupdict().get("name")
            return bool(causes) and (named is None or any(one in named for one in causes))
    return False


def run(study, experiment, drawn):
    """Return what `simulate` makes of an experiment, in all its trials."""
    datasets = {name: dataset(**study.dataset_request(name)) for name in study.datasets}
    rates = None
    if any(not isinstance(one.step_size, float) for one in experiment.curves):
        rates = regime(constants(experiment, datasets, drawn), T=experiment.T)["step_size"]
    trials = range(experiment.trials)
    return simulate(experiment, datasets, drawn, trials=trials, step_sizes=rates)


def test_a_valid_study_runs(shared):
    share, counts = shared

    @share(5)
    @given(written_studies())
    def check(made):
        counts["generated"] += 1
        with loading(made[1]) as study:
            counts["accepted"] += 1
            experiment = next(iter(study.experiments.values()))
            requests = study.allocation_requests()
            drawn = {name: allocations(**one) for name, one in requests.items()}
            try:
                found = run(study, experiment, drawn)
            except ValueError as error:
                if not promised_stop(error, experiment.curves, drawn):
                    raise
                counts["stopped as promised"] += 1
                return
            counts["run"] += 1
            assert not any(is_bare(one, drawn) for one in experiment.curves)
        curves, trials, iterations = len(experiment.curves), experiment.trials, experiment.T + 1
        series = {"loss", "honest_spread_mean"}
        series |= {"pairwise_distance_sq"} if experiment.diagnostics else set()
        for name in series:
            assert found[name].dims == ("curve", "trial", "iteration")
            assert found[name].shape == (curves, trials, iterations)
        assert found["final_iterate"].shape[:2] == (curves, trials)
        assert ("messages" in found) == experiment.messages
        if experiment.messages:
            N = experiment.curves[0].N
            assert found["messages"].shape[:4] == (curves, trials, iterations, N)

    check()


LINE = 1000
"""The most characters of a line that tells a problem."""


def nested(one, other):
    """Tell whether one place is the other or below it."""
    return other == "" or one == other or (one.startswith(other) and one[len(other)] in ".[")


@st.composite
def broken_values(draw, kind):
    study = copy.deepcopy(draw(valid_studies()))
    random = draw(st.randoms(use_true_random=True))
    reached = reaching(study)
    planted = {}
    others = draw(st.lists(st.sampled_from([*VALUE_FAULTS]), max_size=2))
    for one in [kind, *others]:
        changed = copy.deepcopy(study)
        try:
            place = VALUE_FAULTS[one](changed, random)
        # An earlier fault has left no room for this one.
        except (KeyError, TypeError, AttributeError, IndexError):
            continue
        if place is not None and not any(nested(place, x) or nested(x, place) for x in planted):
            study, planted[place] = changed, one
    assume(planted)
    return planted, draw(layouts(study, reached))


@st.composite
def incoherent(draw, kind):
    study = copy.deepcopy(draw(valid_studies()))
    reached = reaching(study)
    place = INCOHERENT[kind](study, draw(st.randoms(use_true_random=True)))
    assume(place is not None)
    # A fault may give a curve a key of its own, which then takes it from nowhere else.
    return {place: kind}, draw(layouts(study, reached & reaching(study)))


@st.composite
def replaced_files(draw, kind):
    study = draw(valid_studies())
    written = draw(layouts(study, reaching(study)))
    broken, name = replaced(written, kind, draw(st.randoms(use_true_random=True)))
    return {name: kind}, broken


@st.composite
def mutated_files(draw):
    study = draw(valid_studies())
    written = draw(layouts(study, reaching(study)))
    return mutated(written, draw(st.randoms(use_true_random=True)))


layouts_of_nothing = valid_studies().flatmap(lambda study: layouts(study, frozenset()))
"""Studies of which only name and seed are overridden."""


def refused(written):
    """Return the findings and the text with which a study is refused, as texts should be."""
    with pytest.raises(StudyError) as error:
        loaded(written)
    return told(error.value)


def told(error):
    message = str(error)
    lines = message.splitlines()
    assert error.findings
    assert len(lines) == 1 + len({one[1:] for one in error.findings})
    for line in lines[1:]:
        assert line.startswith("  ")
        assert ": need " in line
        assert ", got " in line
        assert line.isprintable()
        assert len(line) <= LINE, line
    assert "Traceback" not in message
    return error.findings, message


PLANTED = [
    *((broken_values, 20, kind, len(VALUE_FAULTS)) for kind in VALUE_FAULTS),
    *((incoherent, 10, kind, len(INCOHERENT)) for kind in INCOHERENT),
]


@pytest.mark.parametrize(("strategy", "per_cent", "kind", "kinds"), PLANTED)
def test_every_planted_fault_is_told_in_its_place(shared, strategy, per_cent, kind, kinds):
    share, counts = shared

    @share(per_cent, kinds)
    @given(strategy(kind))
    def check(made):
        counts["generated"] += 1
        planted, written = made
        findings, message = refused(written)
        counts["refused"] += 1
        for place, planter in planted.items():
            assert any(nested(one.path, place) for one in findings), (planter, place, message)

    check()


@pytest.mark.parametrize("kind", FILE_FAULTS)
def test_a_file_that_is_no_study_is_named(shared, kind):
    share, counts = shared

    @share(5, len(FILE_FAULTS))
    @given(replaced_files(kind))
    def check(made):
        counts["generated"] += 1
        planted, written = made
        (finding,), message = refused(written)
        counts["refused"] += 1
        (name,) = planted
        named = name.rpartition("/")[2] in message.partition(" problem")[0]
        assert finding.path == "extends" or (named and finding.path == "")

    check()


def test_a_file_with_some_bytes_changed_loads_or_is_refused(shared):
    share, counts = shared

    @share(20)
    @given(mutated_files())
    def check(written):
        counts["generated"] += 1
        try:
            loaded(written)
        except StudyError as error:
            told(error)
            counts["refused"] += 1
        else:
            counts["accepted"] += 1

    check()


@settings(max_examples=5, phases=[Phase.generate])
@pytest.mark.parametrize("overridden", [False, True])
@pytest.mark.parametrize("place", TOLD)
@given(layouts_of_nothing)
def test_a_change_that_does_nothing_is_told_in_its_place(place, overridden, written):
    findings, message = refused(changed(written, TOLD[place], overridden=overridden))
    assert {one.path for one in findings} == {place}, message


@settings(max_examples=5, phases=[Phase.generate])
@pytest.mark.parametrize("change", SOUND)
@given(layouts_of_nothing)
def test_a_study_in_whose_place_another_experiment_runs_is_sound(change, written):
    study = loaded(changed(written, change, overridden=False))
    assert {*study.experiments} == {"mine"}

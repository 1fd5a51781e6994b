"""Studies by the thousand: what is valid loads and runs, what is broken is refused in its place."""

import copy
import tempfile
import warnings
from pathlib import Path

import pytest
from broken_studies import VALUE_FAULTS
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from incoherent_studies import INCOHERENT
from studies import plugins_leave
from study_files import layouts, may_override
from study_model import selected
from valid_studies import DRAWINGS, expected_curves, valid_studies

from cradl import load_study
from cradl.config.findings import StudyError


@st.composite
def written_studies(draw):
    study = draw(valid_studies())
    return study, draw(layouts(study, may_override(study)))


@pytest.fixture
def examples(request):
    return settings(max_examples=request.config.getoption("studies"))


def loaded(written):
    with tempfile.TemporaryDirectory() as folder, plugins_leave():
        path = written.write(Path(folder))
        return load_study(path, overrides=written.overrides, drawings=DRAWINGS)


def test_a_valid_study_loads_as_it_is_meant(examples):
    @examples
    @given(written_studies())
    def check(made):
        study, written = made
        found = loaded(written)
        assert found.name == study["study"]
        assert found.seed == study["seed"]
        assert {*found.experiments} == {*selected(study)}
        for name, curves in expected_curves(study).items():
            experiment = found.experiments[name]
            assert len(experiment.curves) == len(curves)

    check()


LINE = 1000
"""The most characters of a line that tells a problem."""


def nested(one, other):
    """Tell whether one place is the other or below it."""
    return other == "" or one == other or (one.startswith(other) and one[len(other)] in ".[")


@st.composite
def broken_values(draw):
    study = copy.deepcopy(draw(valid_studies()))
    random = draw(st.randoms(use_true_random=True))
    overridable = may_override(study)
    planted = {}
    for kind in draw(st.lists(st.sampled_from([*VALUE_FAULTS]), min_size=1, max_size=3)):
        changed = copy.deepcopy(study)
        try:
            place = VALUE_FAULTS[kind](changed, random)
        # An earlier fault has left no room for this one.
        except (KeyError, TypeError, AttributeError, IndexError):
            continue
        if place is not None and not any(nested(place, x) or nested(x, place) for x in planted):
            study, planted[place] = changed, kind
    assume(planted)
    return planted, draw(layouts(study, overridable))


@st.composite
def incoherent(draw):
    study = copy.deepcopy(draw(valid_studies()))
    kind = draw(st.sampled_from([*INCOHERENT]))
    overridable = may_override(study)
    place = INCOHERENT[kind](study, draw(st.randoms(use_true_random=True)))
    assume(place is not None)
    # A fault may give a curve a key of its own: the study's is then no override of it.
    still = [one for one in may_override(study) if one in overridable]
    return {place: kind}, draw(layouts(study, still))


def refused(written):
    with warnings.catch_warnings(), pytest.raises(StudyError) as error:
        warnings.simplefilter("error")
        loaded(written)
    message = str(error.value)
    lines = message.splitlines()
    assert len(lines) == 1 + len({one[1:] for one in error.value.findings})
    for line in lines[1:]:
        assert line.startswith("  ")
        assert ": need " in line
        assert ", got " in line
        assert line.isprintable()
        assert len(line) <= LINE, line
    assert "Traceback" not in message
    return error.value.findings, message


def test_every_planted_fault_is_told_in_its_place(examples):
    @examples
    @given(broken_values())
    def check(made):
        planted, written = made
        findings, message = refused(written)
        for place, kind in planted.items():
            paths = [one.path for one in findings if nested(one.path, place)]
            assert paths, (kind, place, message)

    check()

"""Studies by the thousand: what is valid loads and runs, what is broken is refused in its place."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from studies import plugins_leave
from study_files import layouts, may_override
from study_model import selected
from valid_studies import DRAWINGS, expected_curves, valid_studies

from cradl import load_study


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

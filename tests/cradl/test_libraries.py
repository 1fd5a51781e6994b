"""A study names a rule of another library: here of one that is made up, with the name of byzfl."""

import sys

import numpy as np
import pytest
import yaml
from studies import SMALL

from cradl import aggregation
from cradl.aggregation import RULES
from cradl.allocation import allocations
from cradl.config.findings import StudyError
from cradl.config.resolving import load_study
from cradl.datasets import dataset
from cradl.engine.experiment import simulate
from cradl.faults import RowFault
from cradl.libraries import LIBRARIES, NotThere, names, rules_of, versions_of

LIBRARY = """\
import numpy as np

calls = 0


class Median:
    def __call__(self, vectors):
        global calls
        calls += 1
        middle = np.median(vectors, axis=0)
        vectors[:] = 0
        return middle


class TrMean:
    def __init__(self, f):
        self.f = f

    def __call__(self, vectors):
        return np.sort(vectors, axis=0)[self.f : len(vectors) - self.f].mean(axis=0)


class Krum:
    def __init__(self, f):
        pass

    def __call__(self, vectors):
        return vectors[:, :1]
"""
MESSAGES = np.array([[3.0, 1.0], [1.0, 2.0], [2.0, 5.0], [9.0, 9.0], [4.0, 0.0]])


@pytest.fixture
def forget():
    """Forget what was imported for the rules of libraries, and return a function that does."""

    def forgotten():
        aggregation._of_library.cache_clear()
        taken = [name for name in sys.modules if name.partition(".")[0] in LIBRARIES]
        return {name: sys.modules.pop(name) for name in taken}

    before = forgotten()
    yield forgotten
    forgotten()
    sys.modules.update(before)


@pytest.fixture
def installed(tmp_path, monkeypatch, forget):
    """Install a library by the name of byzfl, of the version that is given."""

    def install(version="9.8.7"):
        place = tmp_path / version
        for name, text in {
            "byzfl/__init__.py": LIBRARY,
            f"byzfl-{version}.dist-info/METADATA": f"Name: byzfl\nVersion: {version}\n",
        }.items():
            path = place / name
            path.parent.mkdir(parents=True)
            path.write_text(text, encoding="utf-8")
        monkeypatch.syspath_prepend(str(place))
        forget()

    install()
    return install


@pytest.fixture
def study(tmp_path):
    """Return a function that writes a study of curves and loads it."""

    def load(*curves, **changes):
        keys = {"experiments": {"one": {"curves": list(curves)}}}
        path = tmp_path / "study.yaml"
        path.write_text(yaml.safe_dump(SMALL | keys | changes), encoding="utf-8")
        return load_study(path)

    return load


def losses(loaded):
    experiment = loaded.experiments["one"]
    return simulate(
        experiment,
        {name: dataset(**loaded.dataset_request(name)) for name in loaded.datasets},
        {name: allocations(**one) for name, one in loaded.allocation_requests().items()},
        trials=range(experiment.trials),
    )["loss"].to_numpy()


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("theirs", "ours"), [("byzfl.Median", "median"), ("byzfl.TrMean", "trimmed_mean")]
)
def test_a_librarys_rule_runs_beside_ours(study, theirs, ours):
    loaded = study({"method": "cra_dl", "aggregator": [theirs, ours]})
    first, second = loaded.experiments["one"].curves
    assert (first.label, second.label) == (
        f"CRA-DL ({theirs})",
        f"CRA-DL ({ours.replace('_', ' ')})",
    )
    of_library, own = losses(loaded)
    # The made-up rules have the same definitions, in plain NumPy.
    np.testing.assert_allclose(of_library, own, rtol=1e-10)


@pytest.mark.usefixtures("installed")
def test_it_runs_step_by_step_and_on_copies(study):
    loaded = study({"method": "rba_dl", "aggregator": "byzfl.Median"})
    losses(loaded)
    # Two trials of iterations 0 to 5.
    assert sys.modules["byzfl"].calls == 2 * 6
    kept = MESSAGES.copy()
    assert RULES["byzfl.Median"](kept, f=1).tolist() == [3.0, 2.0]
    assert (kept == MESSAGES).all()


@pytest.mark.usefixtures("installed")
def test_it_promises_nothing_and_tolerates_what_its_definition_does(study):
    row = RULES["byzfl.TrMean"]
    assert row.contracts == frozenset()
    assert [row.max_f(N) for N in (1, 2, 3, 10)] == [0, 0, 1, 4]
    with pytest.raises(StudyError, match=r"at most 4 .* devices of N=10 for byzfl\.TrMean"):
        study({"method": "rba_dl", "aggregator": "byzfl.TrMean", "alpha": 0.5})
    reply = {"name": "best_reply", "aim": "ascent"}
    with pytest.raises(StudyError, match="need a method with a bounded rule"):
        study({"method": "rba_dl", "aggregator": "byzfl.TrMean", "attack": reply})


@pytest.mark.usefixtures("installed")
def test_what_it_returns_is_checked_and_told_with_its_name():
    with pytest.raises(RowFault, match=r"aggregate of RULES\['byzfl\.Krum'\], got shape \(5, 1\)"):
        RULES["byzfl.Krum"](MESSAGES, f=1)
    with pytest.raises(RowFault, match=r"aggregate of RULES\['byzfl\.MDA'\] to return, got Attr"):
        RULES["byzfl.MDA"](MESSAGES, f=1)


def test_the_installed_version_is_part_of_what_results_are_made_from(study, installed):
    curve = {"method": "rba_dl", "aggregator": "byzfl.Median"}
    assert study(curve).versions == ("byzfl==9.8.7",)
    installed("9.8.8")
    assert study(curve).versions == ("byzfl==9.8.8",)
    # A rule that no curve uses is none.
    assert study({"method": "rba_dl", "aggregator": "median"}).versions == ()
    assert [one.partition("==")[0] for one in versions_of("krum.Krum")] == ["krum", "torch"]


@pytest.mark.usefixtures("forget")
def test_a_library_that_is_not_installed_is_told_before_anything_runs(study, monkeypatch):
    monkeypatch.setitem(sys.modules, "byzfl", None)
    told = r"curves\[0\]\.aggregator\[1\]: need the package byzfl \(pip install byzfl\), got Module"
    with pytest.raises(StudyError, match=told):
        study({"method": "rba_dl", "aggregator": ["median", "byzfl.Krum"]})
    with pytest.raises(NotThere, match="byzfl"):
        rules_of("byzfl")


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("byzfl.Krm", r"need one of byzfl\.Average, .*'byzfl\.Krm' \(did you mean byzfl\.Krum\?\)"),
        ("bzfl.Krum", r"need one of byzfl\.Average, .*krum\.Krum, .*did you mean byzfl\.Krum\?"),
        ("medain", r"need one of bulyan, [a-z_, ]*, got 'medain' \(did you mean median\?\)"),
        # It draws a vector in every call.
        ("byzfl.CAF", r"need one of byzfl\.Average, [^']*, got 'byzfl\.CAF'"),
    ],
)
def test_an_unknown_rule_is_told_with_the_names_there_are(study, given, told):
    with pytest.raises(StudyError, match=told):
        study({"method": "rba_dl", "aggregator": given})


def test_every_name_is_one_that_a_study_can_write():
    written = [*names()]
    assert len({*written}) == len(written)
    assert yaml.safe_load(yaml.safe_dump(written)) == written
    assert yaml.safe_load(f"[{', '.join(written)}]") == written
    assert {one.definition for library in LIBRARIES.values() for one in library.rules.values()} <= {
        *RULES.own
    }

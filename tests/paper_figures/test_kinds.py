"""The kinds of figures are the modules there are and what plugins add; what is none is refused."""

import importlib
import inspect
from pathlib import Path
from types import FunctionType

import pytest

from paper_figures import kinds
from paper_figures.kinds import FIGURES, Kinds, drawing


@pytest.fixture(autouse=True)
def _none_added():
    FIGURES.clear()
    yield
    FIGURES.clear()


def test_every_module_is_a_kind_with_the_arguments_of_its_draw():
    found = Kinds()
    names = {path.stem for path in Path(kinds.__file__).with_name("figures").glob("[a-z]*.py")}
    assert {*found} == names
    assert len(found) == len(names)
    for name in names:
        draw = importlib.import_module(f"paper_figures.figures.{name}").draw
        assert found[name] == list(inspect.signature(draw).parameters)[1:]
        assert drawing(name) is draw


def test_what_a_plugin_adds_is_a_kind_at_once():
    found = Kinds()
    assert "mine" not in found

    def draw(data, *, after, bounds):
        return None

    FIGURES["mine"] = draw
    assert found["mine"] == ["after", "bounds"]
    assert drawing("mine") is draw
    # A plugin that is loaded again.
    FIGURES["mine"] = draw


@pytest.mark.parametrize(
    ("name", "draw", "error", "told"),
    [
        ("mine", None, TypeError, r"need a function draw\(data, ...\) for FIGURES\['mine'\], got"),
        ("mine", lambda: 0, TypeError, r"need a function draw\(data, ...\) for FIGURES\['mine'\]"),
        ("mine", lambda data, speed: 0, ValueError, "need arguments among bounds, .*, got speed"),
        ("fronts", lambda data: 0, ValueError, r"need a name that no kind .*got FIGURES\['fronts"),
        ("a b", lambda data: 0, ValueError, r"need a name of letters, digits and _, got FIGURES"),
    ],
)
def test_what_is_no_kind_is_refused(name, draw, error, told):
    with pytest.raises(error, match=told):
        FIGURES[name] = draw
    assert not FIGURES


def test_a_name_of_another_plugin_is_refused():
    FIGURES["mine"] = lambda data: 0
    other = FunctionType((lambda data: 1).__code__, {"__name__": "other"})
    with pytest.raises(ValueError, match="need a name that no kind of figure has"):
        FIGURES["mine"] = other

"""The pictures of the documentation that are drawn from numbers show these numbers."""

import importlib.util
import re
from pathlib import Path

import pytest

from paper_figures.drawing.description import description

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def mixing():
    """Load docs/mixing.py."""
    spec = importlib.util.spec_from_file_location("drawn_mixing", ROOT / "docs" / "mixing.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_mixing_is_drawn_with_the_ratios_that_are_proved(mixing):
    # In exact fractions: tests/cradl/test_pre_aggregation.py.
    assert mixing.error_sq({"name": "none"}) == pytest.approx(1 / 3, rel=1e-12)
    assert mixing.error_sq(mixing.MIXING) == pytest.approx(4 / 3, rel=1e-5)
    titles = [ax.get_title(loc="left") for ax in mixing.drawn().axes]
    assert [re.search(r"error² = (\S+)", one)[1] for one in titles] == ["1/3", "4/3"]


def test_the_picture_of_mixing_is_the_one_that_is_drawn_now(mixing):
    picture = mixing.PICTURE.read_text(encoding="utf-8")
    said = re.search(r"<dc:description>(.*?)</dc:description>", picture, re.DOTALL)[1]
    assert said == description(mixing.drawn()), "run python docs/mixing.py"

"""A style file of a user is laid over ours, or refused in words."""

import matplotlib as mpl
import pytest
from summaries import summary

from paper_figures.drawing import style
from paper_figures.drawing.overlay import read
from paper_figures.figures import training_loss


@pytest.fixture
def file(tmp_path):
    """Return a function that writes a style file."""

    def write(text):
        path = tmp_path / "mine.mplstyle"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture(autouse=True)
def _plain():
    yield
    style.overlay({})


def test_settings_of_a_user_win_over_ours(file):
    before = training_loss.draw([summary()]).axes[0].lines[0]
    style.overlay(read(file("lines.linewidth: 2.5\naxes.grid: False\nfont.family: DejaVu Serif\n")))
    figure = training_loss.draw([summary()])
    assert before.get_linewidth() == 1
    assert figure.axes[0].lines[0].get_linewidth() == 2.5
    with style.applied():
        assert mpl.rcParams["font.family"] == ["DejaVu Serif"]
        # What the file does not say is ours.
        assert mpl.rcParams["axes.titlesize"] == 7.5
    assert figure.get_figwidth() == style.COLUMN_WIDTH


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("lines.linewidht: 2", "got mine.mplstyle: Bad key lines.linewidht in file mine.mplstyle"),
        ("lines.linewidth: thick", "got mine.mplstyle: Key lines.linewidth: Could not convert"),
        ("lines.linewidth 2", "need a style file of Matplotlib, got mine.mplstyle: Missing colon"),
        ("figure.figsize: 3, 3", "need no figure.figsize, which figures set themselves, got it in"),
        ("svg.hashsalt: x", "need no svg.hashsalt, which figures set themselves"),
        ("text.usetex: True", "need no text.usetex"),
        ("font.family: Helvetica", "need a font that Matplotlib ships .*, got Helvetica in mine"),
        ("font.serif: Times", "need a font that Matplotlib ships .*, got Times in mine"),
    ],
)
def test_what_cannot_be_laid_over_is_told(file, text, told):
    with pytest.raises(ValueError, match=told):
        read(file(text))


def test_a_file_that_is_no_text_is_told(tmp_path):
    path = tmp_path / "mine.mplstyle"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"need a style file of Matplotlib, got mine\.mplstyle"):
        read(path)

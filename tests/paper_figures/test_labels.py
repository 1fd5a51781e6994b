"""A study's labels and titles are drawn as they are, whatever they are."""

import io
import re
import warnings
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from paper_figures.drawing import style
from paper_figures.drawing.description import description, plain
from paper_figures.figures import training_loss
from paper_figures.report.pictures import alt_text

LABELS = [
    *("NA", "007", "<b>", "&amp;", "$x$", "$", "$$", r"\$x\$", r"_ % # { } ~ ^ \ ", "_hidden"),
    *(r"\alpha", "$\\frac{", "|", "Median", "median", "中位数", "وسيط", "bound", "nan", "1e3"),
]
TEXTS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=40)


def drawn(labels, title):
    mean = np.full((len(labels), 3), 2.0)
    parts = {name: (("curve", "iteration"), mean) for name in ("loss", "loss_lower", "loss_upper")}
    names = {"method": "cra_dl", "aggregator": "median", "variant": ""}
    panel = xr.Dataset(
        parts,
        {
            "iteration": np.arange(3),
            "label": ("curve", labels),
            **{key: ("curve", [value] * len(labels)) for key, value in names.items()},
        },
        {"title": title},
    )
    return training_loss.draw([panel])


def shown(figure):
    """Return the texts of a figure as an SVG has them."""
    file = io.BytesIO()
    with style.applied(), mpl.rc_context({"svg.fonttype": "none"}), warnings.catch_warnings():
        # Letters that the font does not have.
        warnings.filterwarnings("ignore", message="Glyph")
        figure.savefig(file, format="svg", metadata={"Date": None})
    texts = ElementTree.fromstring(file.getvalue()).iter("{http://www.w3.org/2000/svg}text")
    return ["".join(one.itertext()) for one in texts]


def same(text):
    return " ".join(text.split())


@pytest.mark.parametrize("label", LABELS)
def test_a_label_and_a_title_are_drawn_as_they_are(label):
    figure = drawn([label, "other"], label)
    assert [same(text) for text in shown(figure)].count(same(label)) == 2
    said = description(figure)
    assert f"{same(label)}: training loss" in said
    assert f"Legend: {same(label)}; other." in said


@settings(max_examples=10, deadline=None)
@given(TEXTS.filter(lambda text: "σ_H" not in text))
def test_any_label_is_drawn_as_it_is(label):
    figure = drawn([label], "title")
    # Long ones are on several lines.
    letters = re.sub(r"\s", "", "".join(shown(figure)))
    assert letters.count(re.sub(r"\s", "", label)) >= 1


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])))
def test_a_description_has_a_label_as_it_is(label):
    if "σ_H" not in label:
        assert plain(style.printed(label)) == same(label)


def test_a_symbol_is_drawn_beside_dollars():
    assert plain(style.printed("σ_H = 1 $")) == "σ_H = 1 $"


@pytest.mark.parametrize("suffix", [".svg", ".pdf", ".png"])
def test_every_format_holds_any_letter_in_its_description(tmp_path, suffix):
    path = tmp_path / f"figure{suffix}"
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")
        style.save(drawn(["中 <b> & $x$", "وسيط"], "é"), path, title="figure")
    if suffix == ".svg":
        assert "Legend: 中 <b> & $x$; وسيط." in alt_text(path.read_text("utf-8"))
    assert path.stat().st_size > 1000

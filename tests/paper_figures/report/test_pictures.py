"""Drawings in the page show what the files show."""

import re
from urllib.parse import unquote
from xml.etree import ElementTree

import matplotlib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paper_figures.report.pictures import alt_text, embedded, relative, shortened, size

matplotlib.use("agg")
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(3, 2))
    for place in range(4):
        axes.plot(range(30), [(place + x) ** 0.5 for x in range(30)], marker="o", label=f"{place}")
    axes.fill_between(range(30), 1, 2, alpha=0.2)
    axes.legend()
    path = tmp_path_factory.mktemp("drawn") / "one.svg"
    figure.savefig(path, metadata={"Description": "One  panel.\nA line."})
    pyplot.close(figure)
    return path.read_text(encoding="utf-8")


def absolute(path):
    """Follow a path: its commands and the ends of each."""
    sizes = {"m": 2, "l": 2, "q": 4, "c": 6, "z": 0}
    x = y = 0.0
    start, points = (0.0, 0.0), []
    for command, rest in re.findall(r"([MLQCZmlqcz])([^MLQCZmlqcz]*)", path):
        numbers = [float(one) for one in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", rest)]
        count = sizes[command.lower()]
        for place in range(0, max(len(numbers), 1), count or 1):
            part = numbers[place : place + count]
            moved = (x, y) if command.islower() else (0.0, 0.0)
            ends = [one + moved[index % 2] for index, one in enumerate(part)]
            if command in "zZ":
                x, y = start
            else:
                x, y = ends[-2:]
            start = (x, y) if command in "mM" else start
            points.append((command.lower(), ends))
    return points


NUMBERS = st.floats(-500, 500).map(lambda one: f"{one:.6f}")
STEPS = st.sampled_from("LQC").flatmap(
    lambda one: st.tuples(
        st.just(one), st.lists(NUMBERS, min_size=2 * "LQC".index(one) + 2, max_size=6)
    ).map(lambda pair: f"{pair[0]} {' '.join(pair[1][: {'L': 2, 'Q': 4, 'C': 6}[pair[0]]])}")
)


@given(st.lists(STEPS, min_size=1, max_size=8), st.booleans())
def test_a_relative_path_passes_the_same_points(steps, closed):
    path = " ".join(["M 1.04 -2.06", *steps, *(["z", "M 3 4", "L 5 6"] if closed else [])])
    before, after = absolute(path), absolute(relative(path))
    assert [one for one, _ in before] == [one for one, _ in after]
    for (_, mine), (_, theirs) in zip(before, after, strict=True):
        assert theirs == pytest.approx(mine, abs=0.0501)


@pytest.mark.parametrize(
    ("path", "said"),
    [("M 0 0 A 1 1 0 0 1 2 2", "need M, L, Q, C and z in a path, got A"), ("M 1", "need 2 num")],
)
def test_other_paths_are_refused(path, said):
    with pytest.raises(ValueError, match=said):
        relative(path)


def test_a_shortened_drawing_has_the_same_paths_and_uses(drawn):
    short = shortened(drawn)
    assert len(short) < len(drawn) / 2
    before, after = ElementTree.fromstring(drawn), ElementTree.fromstring(short)
    for tag in ("path", "use", "clipPath"):
        assert len(list(after.iter(SVG + tag))) == len(list(before.iter(SVG + tag)))
    ids = {one.get("id") for one in after.iter() if one.get("id")}
    assert {one.get("href") for one in after.iter(f"{SVG}use")} <= {f"#{one}" for one in ids}
    assert set(re.findall(r"url\(#([^)]*)\)", short)) <= ids
    # Every class has a rule.
    used = {one.get("class") for one in after.iter() if one.get("class")}
    assert used <= set(re.findall(r"\.(s[0-9a-f]+)\{", short))
    assert used


def test_an_embedded_drawing_is_the_shortened_one(drawn):
    uri = str(embedded(drawn))
    assert '"' not in uri
    assert "<" not in uri
    assert unquote(uri.removeprefix("data:image/svg+xml,")) == shortened(drawn)


def test_words_and_size_of_a_drawing(drawn):
    assert alt_text(drawn) == "One panel. A line."
    assert size(drawn) == (432, 288)

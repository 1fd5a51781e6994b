"""The committed gallery shows the figures as the code draws them now."""

import csv
from pathlib import Path

import pytest
import yaml
from PIL import Image

from cradl.provenance import source_hash

ROOT = Path(__file__).parents[2]
GALLERY = ROOT / "docs" / "gallery"
FIGURES = yaml.safe_load((ROOT / "config" / "paper.yaml").read_text(encoding="utf-8"))["figures"]
SCRIPT = ROOT / "workflow" / "scripts" / "figures.py"
LARGEST = 5_000_000
AGAIN = "run snakemake gallery with the results of config/paper.yaml"


def test_every_figure_of_the_paper_is_there_as_it_is_drawn_now():
    with (GALLERY / "drawn_by.csv").open(encoding="utf-8", newline="") as file:
        drawn_by = {row["figure"]: row["code"] for row in csv.DictReader(file)}
    assert drawn_by.keys() == FIGURES.keys(), AGAIN
    for name, figure in FIGURES.items():
        module = ROOT / "paper_figures" / "figures" / f"{figure['draw']}.py"
        now = source_hash(ROOT, [SCRIPT, module], ["paper_figures"])
        assert drawn_by[name] == now, f"{name} is older than the code that draws it: {AGAIN}"


def test_the_page_has_every_picture_with_its_caption_and_words():
    text = (GALLERY / "README.md").read_text(encoding="utf-8")
    for name, figure in FIGURES.items():
        reproduced = f" ({figure['reproduces']})" if "reproduces" in figure else ""
        _, _, section = text.partition(f"## {name}{reproduced}\n")
        alt, _, rest = section.lstrip().removeprefix("![").partition(f"]({name}.png)")
        assert "panel" in alt, name
        caption = "".join(rest.split("##")[0].split()).replace("\\", "")
        assert caption == "".join(figure["caption"].split()), f"{name}: {AGAIN}"


@pytest.mark.parametrize("name", FIGURES)
def test_pictures_are_legible(name):
    with Image.open(GALLERY / f"{name}.png") as picture:
        assert picture.width >= 600


def test_the_gallery_is_of_moderate_size():
    assert sum(path.stat().st_size for path in GALLERY.iterdir()) < LARGEST

"""Nothing that a machine or a user has set up changes a byte of a figure, a table or a store."""

import dataclasses
import os
import stat
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import pytest
from fontTools.ttLib import TTFont
from matplotlib.font_manager import FontProperties, findfont, fontManager

from paper_figures.drawing import style

ROOT = Path(__file__).parents[2]
SHIPPED = Path(mpl.get_data_path(), "fonts", "ttf")

DRAW = """
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from cradl import store
from cradl.results.tabular import csv_of
from paper_figures.drawing import style
from paper_figures.figures import training_loss
from paper_figures.report.headlines import headlines, macros

folder = Path(sys.argv[1])
methods, rules = ["mean_averaging", "cra_dl", "cra_dl"], ["mean", "median", "mine"]
shape = len(methods), 30
mean = np.geomspace(1, 1000, 90).reshape(shape)
panel = xr.Dataset(
    {
        name: (("curve", "iteration"), factor * mean)
        for name, factor in {"loss": 1, "loss_lower": 0.9, "loss_upper": 1.2}.items()
    },
    {
        "iteration": np.arange(30),
        "method": ("curve", methods),
        "aggregator": ("curve", rules),
        "variant": ("curve", ["", "", "sigma"]),
        "label": ("curve", ["MA", "Median é $", "σ_H = 1"]),
    },
    {"title": "A title, α = 0.2", "experiment": "one"},
)
figure = training_loss.draw([panel])
for suffix in ("pdf", "svg", "png"):
    with store.replacing(folder / f"figure.{suffix}") as path:
        style.save(figure, path, title="figure")
store.write(panel, folder / "store.nc", config={"seed": 1, "title": "α"}, source="")
table = pd.DataFrame(
    {"experiment": "one", "curve": panel["label"], "excess %": 1.5, "excess % ±": 0.1}
)
store.write_text(folder / "table.csv", csv_of(table))
store.write_text(folder / "numbers.tex", macros(headlines({"verify/losses.csv": table}), "study"))
"""
FILES = {"figure.pdf", "figure.svg", "figure.png", "store.nc", "table.csv", "numbers.tex"}

# Each changes the bytes of a figure that is drawn with the user's settings.
USERS = """
text.usetex: True
savefig.bbox: tight
savefig.transparent: True
savefig.pad_inches: 3
axes.prop_cycle: cycler(color=["red"])
axes.unicode_minus: False
axes.xmargin: 0.4
figure.dpi: 57
figure.constrained_layout.h_pad: 1
svg.hashsalt: mine
svg.fonttype: none
pdf.compression: 0
pdf.use14corefonts: True
font.family: serif
font.size: 20
mathtext.fontset: stix
path.sketch: 10, 10, 10
path.simplify_threshold: 1
lines.antialiased: False
legend.loc: center
legend.framealpha: 0.1
xtick.minor.visible: True
timezone: Asia/Tokyo
"""


def other_font(folder):
    """Put another font of the name DejaVu Sans where users have theirs."""
    font = TTFont(SHIPPED / "STIXGeneral.ttf")
    for record in font["name"].names:
        if record.nameID in (1, 4, 16):
            record.string = "DejaVu Sans"
    folder.mkdir(parents=True)
    font.save(folder / "mine.ttf")


def made(folder, *, umask=0o022, **environment):
    """Return the files that are made in surroundings."""
    folder.mkdir()
    script = folder.with_name("draw.py")
    script.write_text(DRAW, encoding="utf-8")
    home = str(folder.parent)
    plain = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": home}
    done = subprocess.run(
        [sys.executable, script, folder],
        env=plain | environment,
        cwd=folder,
        umask=umask,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    files = {path.name: path for path in folder.iterdir()}
    assert files.keys() == FILES
    assert {stat.S_IMODE(path.stat().st_mode) for path in files.values()} == {0o666 & ~umask}
    return {name: path.read_bytes() for name, path in files.items()}


@pytest.fixture(scope="module")
def fonts_known(tmp_path_factory):
    """Return a folder in which Matplotlib keeps the fonts that it found, which takes seconds."""
    return {"MPLCONFIGDIR": str(tmp_path_factory.mktemp("matplotlib"))}


@pytest.fixture(scope="module")
def usual(tmp_path_factory, fonts_known):
    return made(tmp_path_factory.mktemp("usual") / "files", **fonts_known)


def settings(folder):
    path = folder / "matplotlibrc"
    path.write_text(USERS, encoding="utf-8")
    return {"MATPLOTLIBRC": str(path), "MPLBACKEND": "module://not_there"}


def fonts(folder):
    other_font(folder / ".fonts")
    return {"HOME": str(folder), "MPLCONFIGDIR": str(folder / "matplotlib")}


@pytest.mark.skipif(os.name == "nt", reason="umask and HOME are of POSIX")
@pytest.mark.parametrize(
    "surroundings",
    [
        settings,
        fonts,
        lambda folder: {"LC_ALL": "C", "TZ": "Asia/Kathmandu", "SOURCE_DATE_EPOCH": "1"},
        lambda folder: {"LC_ALL": "de_DE.UTF-8", "LANG": "tr_TR.UTF-8", "PYTHONUTF8": "0"},
        lambda folder: {"PYTHONIOENCODING": "ascii", "PYTHONHASHSEED": "5", "umask": 0o077},
    ],
    ids=["settings", "fonts", "time", "locale", "hashes and umask"],
)
def test_surroundings_change_no_byte(tmp_path, usual, fonts_known, surroundings):
    found = made(tmp_path / "files", **(fonts_known | surroundings(tmp_path)))
    assert [name for name in usual if found[name] != usual[name]] == []


def test_another_font_of_the_name_is_not_taken(monkeypatch):
    shipped = FontProperties("DejaVu Sans")
    stranger = next(one for one in fontManager.ttflist if "STIX" in one.name)
    named = dataclasses.replace(
        stranger, name="DejaVu Sans", style="normal", variant="normal", weight=400
    )
    monkeypatch.setattr(fontManager, "ttflist", [named, *fontManager.ttflist])
    fontManager._findfont_cached.cache_clear()
    assert findfont(shipped) == named.fname
    with style.applied():
        assert Path(findfont(shipped)) == SHIPPED / "DejaVuSans.ttf"
        with style.applied():
            assert Path(findfont(shipped)) == SHIPPED / "DejaVuSans.ttf"
        assert Path(findfont(shipped)) == SHIPPED / "DejaVuSans.ttf"
    assert findfont(shipped) == named.fname
    fontManager._findfont_cached.cache_clear()


def test_a_users_settings_and_fonts_are_as_before():
    fonts = [*fontManager.ttflist]
    with mpl.rc_context({"font.size": 31, "text.usetex": True}):
        with style.applied():
            assert mpl.rcParams["font.size"] == 7
            assert not mpl.rcParams["text.usetex"]
            assert fontManager.ttflist != fonts
        assert mpl.rcParams["font.size"] == 31
        assert mpl.rcParams["text.usetex"]
    assert fontManager.ttflist == fonts

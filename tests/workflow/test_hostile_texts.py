"""A study whose texts look like missing values, numbers and markup runs to its report."""

import csv
import re
import shutil
import subprocess
import sys

import pytest
from html_tables import Page
from tiny_study import ROOT, TINY, snakemake, write_study

LABELS = ["NA", "null", "007", "Median", "median", "-inf", "$x$ & <b> | %", ' a, "b" ', "中 α_{1}"]
CURVE = {"method": "cra_dl", "aggregator": "median"}
STUDY = {
    "title": "None",
    "attack": {"name": "sign_flipping", "coefficient": -2},
    "curves": [
        {"method": "mean_averaging", "label": LABELS[0]},
        *({**CURVE, "label": label, "r": 2 + place % 3} for place, label in enumerate(LABELS[1:])),
    ],
}
CLAIM = {
    **{"says": "nan", "source": "NA", "expect": "less"},
    **{"of": {"experiment": "one", "label": "007"}, "than": {"label": "NA"}},
}


@pytest.fixture(scope="module")
def results(tmp_path_factory, finished):
    folder = tmp_path_factory.mktemp("texts")
    # What all studies share is not proved again.
    shutil.copytree(finished[0] / "results" / "shared", folder / "results" / "shared")
    keys = {
        "experiments": {"one": STUDY},
        "claims": {"Claim": CLAIM, "claim": {**CLAIM, "says": "N/A | \\x"}},
        "figures": {"losses": {"draw": "training_loss", "experiments": ["one"], "caption": "NaN"}},
    }
    write_study(folder, **keys)
    code, output = snakemake(folder, "--cores", "2")
    assert code == 0, output
    return folder / "results" / TINY["study"]


def rows(results, name):
    with (results / "verify" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_table_has_the_labels(results):
    assert [row["curve"] for row in rows(results, "losses")] == LABELS
    assert {row["curve"] for row in rows(results, "theorems")} == set(LABELS)
    assert {row["says"] for row in rows(results, "claims_summary")} == {"nan", "N/A | \\x"}


def test_the_page_shows_them(results):
    page = Page((results / "report" / "index.html").read_text(encoding="utf-8"))
    assert len(page.ids) == len(set(page.ids))
    for file in ("losses", "theorems"):
        tables = [
            one
            for one in page.tables
            if one.attributes.get("data-file", "").endswith(f"{file}.csv")
        ]
        (table,) = [one for one in tables if "curve" in one.columns]
        place = table.columns.index("curve")
        assert {cells[place] for _, cells in table.rows} == set(LABELS)


def test_each_plateau_has_a_key(results):
    text = (results / "report" / "tables" / "numbers.tex").read_text(encoding="utf-8")
    keys = re.findall(r"^\\cradl@set\{(excess\.[^}]*)\}", text, re.MULTILINE)
    assert len(keys) == len(set(keys)) == len(LABELS)
    assert "excess.one.007" in keys
    assert "excess.one.median" not in keys


def test_the_script_finds_the_curves_of_the_claims(results):
    script = ROOT / "docs" / "recompute_claims.py"
    done = subprocess.run([sys.executable, script, results], capture_output=True, text=True)
    count = len(rows(results, "claims"))
    assert (done.returncode, done.stdout.strip()) == (
        0,
        f"{count} of {count} rows agree with their stores",
    )

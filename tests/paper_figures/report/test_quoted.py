"""Numbers of single curves and claims for LaTeX, against counts by hand and what TeX prints."""

import math
import re
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest
from boards import BOARDS

from paper_figures.report import shown
from paper_figures.report.headlines import headlines, macros
from paper_figures.report.quoted import words

ROOT = Path(__file__).parents[3]
COUNTS = ("supported", "contradicted", "undecided")


def phase(claim, name, supported, contradicted, undecided, verdict):
    counts = dict(zip(COUNTS, (supported, contradicted, undecided), strict=True))
    texts = {"claim": claim, "says": claim, "source": "here", "phase": name, "verdict": verdict}
    return texts | counts | {"least": -1.0, "most": 1.0, "unit": "%"}


CLAIMS = pd.DataFrame(
    [
        phase("beats_rba", "plateau", 9, 0, 0, "supported"),
        phase("beats_rba", "t = 5", 7, 0, 2, "partly supported"),
        phase("beats_rba", "t = 10", 8, 1, 0, "partly supported"),
        phase("negligible", "plateau", 1, 3, 0, "partly supported"),
    ]
)
LOSSES = pd.DataFrame(
    {
        "experiment": ["fig2a", "fig2a"],
        "curve": ["MA", "CRA-DL (median)"],
        "trials": 4,
        "T": 40,
        "loss t=5": [2.5e6, 20000.0],
        "loss t=5 ±": [1e5, 300.0],
        "loss t=T": [2000.0, 1000.0],
        "loss t=T ±": [20.0, 10.0],
        "excess %": [30.0, 6.2637],
        "excess % ±": [0.5, 0.0871],
    }
)
RATIOS = pd.DataFrame(
    {
        "experiment": ["fig2a", "short"],
        "curve": "CRA-DL (median)",
        "over": "RBA-DL (median)",
        "trials": 4,
        "t=5": [0.28, 0.5],
        "t=5 ±": [0.02, math.nan],
        "plateau": [0.3042, math.nan],
        "plateau ±": [0.0061, math.nan],
    }
)
COSTS = pd.DataFrame(
    {"experiment": "fig4", "curve": ["Detection"], "computation of all devices": 400.0}
    | {
        f"{quantity} {end}": value
        for quantity in ("storage", "computation")
        for end, value in (("largest", 4), ("promised", 5))
    }
    | {
        f"{quantity} {end}": value
        for quantity in ("server gradients", "rounds", "numbers received")
        for end, value in (("mean", 1.52), ("±", 0.031), ("largest", 4), ("promised", 7))
    }
)
GIVEN = {
    shown.CLAIMS_SUMMARY: CLAIMS,
    shown.LOSSES: LOSSES,
    shown.RATIOS: RATIOS,
    shown.COSTS: COSTS,
    shown.LEADERBOARDS: BOARDS,
}


def test_single_curves_and_claims_have_numbers():
    found = {one.key: (one.value, one.half_width) for one in headlines(GIVEN)}
    assert found["loss.fig2a.ma.t5"] == (2.5e6, 1e5)
    assert found["loss.fig2a.cra-dl-median.t5"] == (20000, 300)
    assert found["ratio.fig2a.cra-dl-median.t5"] == (0.28, 0.02)
    assert found["ratio.fig2a.cra-dl-median.plateau"] == (0.3042, 0.0061)
    assert "ratio.short.cra-dl-median.plateau" not in found
    assert found["cost.fig4.detection.rounds"] == (1.52, 0.031)
    values = {key: value for key, (value, _) in found.items()}
    assert values["cost.fig4.detection.rounds.promised"] == 7
    assert values["cost.fig4.detection.storage"] == 4
    assert values["cost.fig4.detection.storage.promised"] == 5
    assert values["cost.fig4.detection.computation.all"] == 400
    assert (values["claims.distinct"], values["claims.phases"], values["claims.all"]) == (2, 4, 4)
    for part, counts in {
        "early": (15, 1, 18),
        "plateau": (9, 0, 9),
        "": (24, 1, 27),
    }.items():
        key = ".".join(filter(None, ["claim.beats-rba", part]))
        names = ("supported", "contradicted", "all")
        assert tuple(values[f"{key}.{name}"] for name in names) == counts
    assert "claim.negligible.early.all" not in values


def test_a_leaderboard_has_the_numbers_of_its_first_and_its_last():
    found = {one.key: (one.value, one.half_width) for one in headlines(GIVEN)}
    values = {key: value for key, (value, _) in found.items()}
    assert values["leaderboard.rules.contestants"] == 3
    assert values["leaderboard.rules.tasks"] == 9
    assert (values["leaderboard.rules.chi2"], values["leaderboard.rules.p"]) == (14, 0.001)
    assert values["leaderboard.rules.critical-difference"] == 1.105
    assert values["leaderboard.rules.first.rank"] == 1.25
    assert values["leaderboard.rules.first.wins"] == 8
    assert values["leaderboard.rules.last.rank"] == 2.75
    assert values["leaderboard.rules.last.worst"] == 1.75
    assert found["leaderboard.rules.last.over"] == (1.25, 0.25)
    assert values["leaderboard.two-rules.last.over"] == math.inf
    assert words({shown.LEADERBOARDS: BOARDS}) == {
        "leaderboard.rules.first": "CRA-DL (median), r = 4",
        "leaderboard.rules.first.worst-attack": "none",
        "leaderboard.rules.last": "RBA-DL (Krum)",
        "leaderboard.rules.last.worst-attack": "mimic",
        "leaderboard.two-rules.first": "A_1",
        "leaderboard.two-rules.first.worst-attack": "none",
        "leaderboard.two-rules.last": "B",
        "leaderboard.two-rules.last.worst-attack": "mimic",
    }


def test_each_claim_has_a_verdict_in_words():
    assert words({shown.CLAIMS_SUMMARY: CLAIMS}) == {
        "claim.beats-rba.early.verdict": "holds in part",
        "claim.beats-rba.plateau.verdict": "holds",
        "claim.beats-rba.verdict": "holds in part",
        "claim.negligible.plateau.verdict": "mostly contradicted",
        "claim.negligible.verdict": "mostly contradicted",
    }
    assert words({}) == {}


def printed(folder, document):
    """Return the text of the page that pdflatex makes of a document, on one line."""
    for tool, package in (("pdflatex", "siunitx.sty"), ("pdftotext", "booktabs.sty")):
        missing = shutil.which(tool) is None
        if missing or subprocess.run(["kpsewhich", package], capture_output=True).returncode:
            pytest.skip(f"need {tool} and {package}, got no such thing here")
    (folder / "page.tex").write_text(document, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, done.stdout[-2000:]
    read = ["pdftotext", "-layout", "page.pdf", "-"]
    text = subprocess.run(read, cwd=folder, capture_output=True, check=True).stdout.decode()
    return " ".join(text.split())


def test_the_sentence_of_the_manual_is_true_when_compiled(tmp_path):
    manual = (ROOT / "docs" / "site" / "howto" / "paper.md").read_text(encoding="utf-8")
    sample = re.search(r"```text\n(\\usepackage.*?)```", manual, re.DOTALL)[1]
    head, _, sentences = sample.partition("\n\n")
    tables = tmp_path / "results" / "paper" / "report" / "tables"
    tables.mkdir(parents=True)
    text = macros(headlines(GIVEN), "paper", words(GIVEN))
    (tables / "numbers.tex").write_text(text, encoding="utf-8")
    others = (
        r"It \cradl{claim.beats-rba.verdict}. \cradl{no.such.key}. "
        r"\cradlif{no.such.key}{Yes}{No}, \cradlif{claims.all}{yes}{no}. "
        r"Early \cradlinterval{loss.fig2a.ma.t5}. \num{\cradlraw{excess.fig2a.ma}}."
    )
    document = (
        rf"\documentclass{{article}}{head}\begin{{document}}{sentences}{others}\end{{document}}"
    )
    assert printed(tmp_path, document).startswith(
        "Of 2 claims, judged by phase in 4 cases, 1 are supported. The plateau lies "
        "6.264 ± 0.087 % above the minimum. It holds in part. ??. No, yes. "
        "Early (2.50 ± 0.10) × 106 . 30."
    )

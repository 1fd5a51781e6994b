"""The readme: short, its first screen has the answer, its numbers are the study's, it runs."""

import csv
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cradl.config.resolving import load_study

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"# (config/[\w.]+)\n")


@pytest.fixture(scope="module")
def numbers():
    """Return the numbers that the paper's study had when the gallery was drawn, by their keys."""
    with (ROOT / "docs" / "gallery" / "numbers.csv").open(encoding="utf-8", newline="") as file:
        return {row["key"]: float(row["value"]) for row in csv.DictReader(file)}


def counted(numbers, *claims, phases, verdict="supported"):
    """Return in how many comparisons claims hold, and of how many."""
    keys = [f"claim.{claim}.{phase}" for claim in claims for phase in phases]
    return tuple(int(sum(numbers[f"{key}.{end}"] for key in keys)) for end in (verdict, "all"))


def test_it_is_short_and_its_first_screen_has_question_answer_and_figure():
    lines = TEXT.splitlines()
    assert len(lines) <= 110
    screen = "\n".join(lines[:25])
    assert "https://arxiv.org/abs/2506.01989" in screen
    assert all(name in screen for name in ("Li", "Xiao", "Skoglund"))
    assert len(re.findall(r"^\| .*\? \| \*\*\w+[.:]\*\*", screen, re.MULTILINE)) == 4
    (figure,) = re.findall(r'<img src="(.*?)"', screen)
    assert (ROOT / figure).is_file()


def test_links_lead_to_files():
    links = re.findall(r"\]\(([^)#]+)\)|src=\"(.*?)\"", TEXT)
    for link in filter(None, (one for pair in links for one in pair)):
        assert link.startswith("https://") or (ROOT / link).exists(), link


EARLY, PLATEAU = ("early",), ("plateau",)


def test_the_answers_count_the_comparisons(numbers):
    baselines = ("beats-mean", "beats-rba")
    won, all_won = counted(numbers, *baselines, phases=PLATEAU)
    assert won == all_won
    early, all_early = counted(numbers, *baselines, phases=EARLY)
    assert f"in all {won} comparisons (3 rules, 3 attacks)" in TEXT
    assert f"early in {early} of {all_early}" in TEXT
    lost, of = counted(numbers, "beats-clairvoyant", phases=PLATEAU, verdict="contradicted")
    sgc, of_sgc = counted(numbers, "beats-sgc", phases=PLATEAU, verdict="contradicted")
    assert f"in {lost} of {of} comparisons, SGC-DL in {sgc} of {of_sgc}" in TEXT


def test_the_findings_have_the_numbers_of_the_study(numbers):
    attacks, rules = ("fig2a", "fig2b", "fig2c"), ("median", "trimmed-mean", "phocas")
    coded = [numbers[f"excess.{one}.cra-dl-{rule}"] for one in attacks for rule in rules]
    plain = [numbers[f"excess.{one}.rba-dl-{rule}"] for one in attacks for rule in rules]
    shares = [100 * one / other for one, other in zip(coded, plain, strict=True)]
    assert f"at {min(shares):.0f} to {max(shares):.0f}% of that of RBA-DL" in TEXT
    small, of = counted(numbers, "negligible-error", phases=PLATEAU)
    error = f"{min(coded):.2f} to {max(coded):.2f}% of the minimum in Fig. 2"
    assert f"{error}, and below 1% in {small} of {of} settings only" in TEXT
    steps, of_steps = counted(numbers, "redundancy-helps", phases=PLATEAU)
    risen, of_early = counted(numbers, "redundancy-helps", phases=EARLY, verdict="contradicted")
    assert steps == of_steps
    assert f"in all {steps} steps of Fig. 3" in TEXT
    assert f"in {risen} of {of_early}" in TEXT
    assert f"{numbers['equations.proved']:.0f} statements are proved" in TEXT
    assert f"{numbers['equations.refuted']:.0f} others are refuted" in TEXT
    kinds = {
        "errors": "error",
        "edge cases": "edge-case",
        "outside the paper's own hypotheses": "outside-its-own-hypotheses",
        "that only our text of the paper may have": "our-text",
    }
    for words, key in kinds.items():
        assert f"{numbers[f'equations.refuted-{key}']:.0f} {words}" in TEXT
    ours, papers = (
        [numbers[f"theorem-1{form}.ratio.{end}"] for end in ("least", "largest")]
        for form in ("-sharpened.spectral", ".printed")
    )
    assert f"{ours[0]:.2f} to {ours[1]:.1f} times what is measured at fixed rates" in TEXT
    assert f"the paper's are {papers[0]:.2f} to {papers[1]:.0f} times" in TEXT
    attacked = ("median", "trimmed-mean", "phocas")
    ends = [numbers[f"excess.sharp-worst-c.cra-dl-{rule}-gamma-0.001"] for rule in attacked]
    assert min(ends) > 1e6


def files(folder):
    """Save the files that the readme shows; return their paths."""
    saved = []
    for _, code in BLOCK.findall(TEXT):
        if named := NAMED.match(code):
            path = folder / named[1]
            assert not path.exists(), named[1]
            path.write_text(code, encoding="utf-8")
            saved.append(path)
    return saved


def test_the_rule_of_ones_own_loads(tmp_path):
    shutil.copytree(ROOT / "config", tmp_path / "config")
    (study,) = (path for path in files(tmp_path) if path.suffix == ".yaml")
    found = load_study(study)
    (experiment,) = found.experiments.values()
    assert [(curve.method, curve.aggregator) for curve in experiment.curves] == [
        ("rba_dl", "median"),
        ("rba_dl", "midrange"),
        ("cra_dl", "median"),
        ("cra_dl", "midrange"),
    ]
    assert (
        len(
            re.findall(r"^```python\n# config/mine.py\n(.*?)```", TEXT, re.M | re.S)[0].splitlines()
        )
        <= 10
    )


def test_the_python_of_the_readme_runs():
    (code,) = (
        code for kind, code in BLOCK.findall(TEXT) if kind == "python" and not NAMED.match(code)
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "CRA-DL (median), r = 40" in done.stdout

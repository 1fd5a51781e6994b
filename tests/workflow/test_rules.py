"""How the rules are written."""

import re
import subprocess
import sys

import pytest
from tiny_study import ROOT, TINY, snakemake, write_study

FILES = [ROOT / "Snakefile", *sorted((ROOT / "workflow" / "rules").glob("*.smk"))]


def rules():
    """Return the directives of each rule, by its name, read from the text of the rule files.

    Rules that a loop makes have the part of their names that all of them have: ``figures_``.
    """
    found = {}
    for file in FILES:
        for indent, name, body in re.findall(
            r"^( *)rule ?(\w*):\n((?:\1 +.*\n|\n)+)", file.read_text(encoding="utf-8"), re.MULTILINE
        ):
            own = name or re.search(r"name:\s+f\"(\w+)\{", body)[1]
            assert own not in found
            found[own] = set(re.findall(rf"^{indent}    (\w+):", body, re.MULTILINE))
    return found


def test_every_rule_tells_logs_measures_and_names_its_environment():
    found = rules()
    assert "message" in found.pop("all")
    for name, directives in found.items():
        assert {"message", "log", "benchmark", "conda", "script"} <= directives, name
        assert not {"run", "shell"} & directives, name


def test_snakemake_knows_the_rules_read_here(tmp_path):
    write_study(tmp_path)
    code, output = snakemake(tmp_path, "--list-rules")
    assert code == 0, output
    listed = [line for line in output.splitlines() if re.fullmatch(r"\w+", line)]
    drawing = {f"figures_{one['draw']}" for one in TINY["figures"].values()}
    assert drawing <= set(listed)
    assert rules().keys() == {"figures_" if one in drawing else one for one in listed}


def test_snakemake_lint_has_no_complaint(tmp_path):
    write_study(tmp_path)
    code, output = snakemake(tmp_path, "--lint")
    assert code == 0, output


def test_rule_files_are_formatted():
    pytest.importorskip("snakefmt", reason="of the dev extra")
    done = subprocess.run(
        [sys.executable, "-m", "snakefmt", "--check", *FILES],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr

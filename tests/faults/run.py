"""Faults injected into a running or a finished study, after which the same command must mend all.

``python tests/faults/run.py [--only TEXT] [--table FILE]`` copies the project, runs a tiny study in
the copy once undisturbed, and then once for each fault: inject it, run the documented command
again, and compare the bytes of all products. The table says what was told, how many jobs ran and
whether the bytes are equal. The exit code is 1 if one fault is not survived.
"""

import argparse
import re
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "workflow")]

from faults import files, interruptions, surroundings  # noqa: E402 - the path comes first
from faults.trial import (  # noqa: E402
    CannotTryError,
    Fault,
    Trial,
    copy_project,
    differences,
    jobs_of,
    products,
    set_study,
    undisturbed,
)

WIDTH = 140
"""Letters of a cell, at most."""
FAULTS = [*interruptions.FAULTS, *surroundings.FAULTS, *files.FAULTS]


def with_other_setting(finished: Path) -> Path:
    """Run the study with another setting, in a copy of its own."""
    other = finished.with_name("other")
    shutil.copytree(finished, other)
    shutil.rmtree(other / "results" / "tiny")
    set_study(other, **files.OTHER)
    undisturbed(other)
    return other


def started(fault: Fault, finished: Path) -> Path:
    """Return the copy in which a fault is to be injected."""
    project = finished.with_name("trial")
    shutil.copytree(finished, project)
    if fault.start == "fresh":
        shutil.rmtree(project / "results" / "tiny")
        shutil.rmtree(project / ".snakemake")
    elif fault.start == "unfinished":
        shutil.rmtree(project / "results" / "tiny" / "simulate")
    return project


class Row(NamedTuple):
    """What became of a fault."""

    fault: str
    told: str
    jobs: str
    bytes: str
    survived: str


def tried(fault: Fault, trial: Trial) -> Row:
    """Inject a fault, run the documented command, and judge."""
    try:
        wrong = [*(fault.inject(trial) or ())]
    except CannotTryError as reason:
        return Row(fault.name, f"skipped: {reason}", "", "", "skipped")
    # Whatever an injection stumbles over: the other faults are tried all the same.
    except Exception as error:
        traceback.print_exc()
        return Row(fault.name, f"not injected: {error!r}", "", "", "no")
    for _ in range(fault.runs):
        if code := trial.run():
            wrong.append(f"exit code {code}")
    ran = jobs_of(trial.outputs[-1]) if fault.runs else 0
    lines = [said(one, trial.outputs) for one in fault.told]
    wrong += [f"not told: {one}" for one, line in zip(fault.told, lines, strict=True) if not line]
    told = next(filter(None, lines), "")
    different = unequal(trial, records=fault.sources)
    same = f"{len(different)} differ: {different[0]}" if different else "equal"
    if wrong:
        told = "; ".join([*wrong, *([told] if told else [])])
    survived = not wrong and not different
    if not survived:
        sys.stdout.write(trial.outputs[-1][-6000:] if trial.outputs else "")
    name = f"{fault.name}: {trial.note}" if trial.note else fault.name
    return Row(name, told or "-", str(ran), same, "yes" if survived else "no")


def said(pattern: str, outputs: Sequence[str]) -> str:
    """Return the first line that a pattern matches."""
    lines = (line for one in outputs for line in one.splitlines())
    return next((line.strip() for line in lines if re.search(pattern, line)), "")


def unequal(trial: Trial, *, records: bool) -> list[str]:
    """Name the products of all studies that differ from those of the undisturbed runs."""
    found = []
    for study, expected in trial.expected.items():
        folder = trial.project / "results" / study
        different = differences(products(folder), expected)
        found += [one for one in different if records or not one.startswith("records/")]
    return found


def written(rows: Sequence[Row]) -> str:
    """Return the table."""
    head = Row("fault", "told", "jobs", "bytes", "survived")
    lines = [" | ".join(head), " | ".join("---" for _ in head)]
    lines += [" | ".join(shortened(one) for one in row) for row in rows]
    count = sum(row.survived == "yes" for row in rows)
    skipped = sum(row.survived == "skipped" for row in rows)
    lines.append(f"\n{count} of {len(rows) - skipped} faults survived, {skipped} not tried")
    return "\n".join(lines) + "\n"


def shortened(text: str) -> str:
    """Return what fits into a cell."""
    line = " ".join(text.replace("|", "/").split())
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…"


def main(arguments: Sequence[str] | None = None) -> int:
    """Try every fault, print the table and return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default="", help="faults whose name matches this pattern")
    parser.add_argument("--table", type=Path, help="write the table to a file too")
    given = parser.parse_args(arguments)
    # A shell's background job ignores Ctrl-C, and would hand that on.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    rows = []
    with tempfile.TemporaryDirectory(prefix="cradl-faults-") as work:
        finished = copy_project(Path(work) / "finished")
        expected = {"tiny": undisturbed(finished)}
        other = with_other_setting(finished)
        for fault in FAULTS:
            if re.search(given.only, fault.name):
                trial = Trial(started(fault, finished), expected, other)
                rows.append(tried(fault, trial))
                print(*map(shortened, rows[-1]), sep=" | ", flush=True)
                # After each: a run that is interrupted has told something.
                if given.table:
                    given.table.write_text(written(rows), encoding="utf-8")
                trial.end()
    print(f"\n{written(rows)}")
    return int(any(row.survived == "no" for row in rows))


if __name__ == "__main__":
    sys.exit(main())

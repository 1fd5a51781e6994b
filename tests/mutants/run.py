"""Plant faults one at a time and run the tests of the module: python tests/mutants/run.py --help.

A sample of all mutants is drawn by a seed, as many from every module as its size asks for. Each is
tried in a process of its own, which imports the changed source from memory: no file is touched.
Results are appended to a file, so that an interrupted run goes on. The exit code is 1 if fewer are
killed than demanded, or a mutant inside a proof survives without a reason in `survivors.toml`.
"""

import argparse
import importlib.abc
import importlib.util
import json
import multiprocessing
import os
import random
import sys
import time
import tomllib
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from math import sqrt
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT), str(ROOT / "tests")]

from operators import mutant, sites  # noqa: E402 - the path comes first

PAPER, BEYOND = "tests/theory/paper/test_", "tests/theory/beyond/test_"
PROVING, RUNS = "tests/theory/proving/test_", "tests/theory/runs/test_"
OF_PROOFS = "tests/theory/test_written_proofs.py::test_the_page_is_what_the_ledger_proves"
TESTS: dict[str, list[str]] = {
    "theory/ledger": ["tests/theory/test_ledger.py"],
    "theory/second_solver": ["tests/theory/test_second_solver.py"],
    "theory/written_proofs": ["tests/theory/test_written_proofs.py"],
    "theory/__main__": ["tests/theory/test_shell.py"],
    "theory/proving/statement": ["tests/theory/proving/test_statement.py"],
    "theory/proving/symbols": ["tests/theory/proving/test_statement.py"],
    "theory/proving/tables": ["tests/theory/test_ledger.py"],
    "theory/proving/evaluation": [PAPER + "theorem1.py", PAPER + "lemma1.py"],
    "theory/proving/exact_rules": [PAPER + "table1_proofs.py", BEYOND + "true_constants.py"],
    "theory/proving/grouped_rules": [BEYOND + "worst_inputs.py"],
    "theory/proving/small_instances": [PAPER + "lemma1.py", PAPER + "lemma2.py"],
    "theory/proving": [
        "tests/theory/proving/test_proofs.py",
        "tests/theory/proving/test_deciding.py",
    ],
    "theory/paper/lemma2": [PAPER + "lemma2.py"],
    "theory/paper/lemma1": [PAPER + "lemma1.py"],
    "theory/paper/remark1": [PAPER + "lemma1.py"],
    "theory/paper/remarks": [PAPER + "remarks.py"],
    "theory/paper/definitions": [PAPER + "definitions.py"],
    "theory/paper/table1_proofs": [PAPER + "table1_proofs.py"],
    "theory/paper/table1": [PAPER + "table1.py"],
    "theory/paper/theorem2": [PAPER + "theorem2.py"],
    "theory/paper/setting": [PAPER + "setting.py"],
    "theory/paper": [PAPER + "theorem1.py"],
    "theory/beyond/worst_inputs": [BEYOND + "worst_inputs.py"],
    "theory/beyond/second_eigenvalue": [BEYOND + "second_eigenvalue.py"],
    "theory/beyond/update_error": [BEYOND + "primed_theorems.py"],
    "theory/beyond/primed": [BEYOND + "primed_theorems.py"],
    "theory/beyond": [BEYOND + "true_constants.py", BEYOND + "worst_inputs.py"],
    "theory/runs/threshold_map": ["tests/theory/runs/test_thresholds.py"],
    "theory/runs/hypotheses": ["tests/theory/runs/test_hypotheses.py"],
    "theory/runs": [
        "tests/theory/runs/test_judge_paper.py",
        "tests/theory/runs/test_judge_primed.py",
    ],
    "cradl/aggregation": ["tests/cradl/test_aggregation.py"],
    "cradl/allocation": ["tests/cradl/test_allocation.py"],
    "cradl/attacks": ["tests/cradl/test_attacks.py"],
    "cradl/results/statistics": ["tests/cradl/results/test_statistics.py"],
    "cradl/results/verdicts": ["tests/cradl/results/test_verdicts.py"],
}
"""The tests of a module: of the longest path that it begins with."""

DEMANDED = {"theory": 0.95, "cradl": 0.90, "proofs": 1.0}
COUNTS = {"theory": 410, "cradl": 205, "proofs": 105}
LIMIT = 300
"""Seconds after which a mutant counts as killed: its tests run for less than a fifth of that."""


def modules(stratum):
    """Return the modules of a stratum, as paths within the project."""
    if stratum == "cradl":
        names = [name for name in TESTS if name.startswith("cradl/")]
        return [Path(f"{name}.py") for name in names]
    files = sorted((ROOT / "theory").rglob("*.py"))
    paths = [path.relative_to(ROOT) for path in files if path.name != "__init__.py"]
    return [path for path in paths if path.name not in ("rba.py", "worst_case.py")]


def tests_of(path):
    """Return the tests of a module, the page of its proofs first if it has some."""
    name = path.with_suffix("").as_posix()
    longest = max((key for key in TESTS if name.startswith(key)), key=len)
    tests = TESTS[longest]
    source = (ROOT / path).read_text(encoding="utf-8")
    if "@statement(" in source:
        return [f"{OF_PROOFS}[{name.replace('/', '.')}]", *tests]
    if name.startswith(("theory/paper", "theory/beyond")):
        return [*tests, OF_PROOFS]
    return tests


def sample(stratum, count, seed):
    """Draw mutants: from each module in proportion to its sites, inside proofs of each kind."""
    proofs = stratum == "proofs"
    groups = defaultdict(list)
    for path in modules(stratum):
        for site in sites((ROOT / path).read_text(encoding="utf-8"), proofs=proofs):
            groups[site.kind if proofs else path.as_posix()].append((path, site))
    total, drawn = sum(map(len, groups.values())), []
    for group, all_of_it in sorted(groups.items()):
        rng = random.Random(f"{seed} {group} {stratum}")
        share = count / len(groups) if proofs else count * len(all_of_it) / total
        # Rounded at random, so that small modules have their chance.
        number = int(share) + (rng.random() < share % 1)
        for path, site in rng.sample(all_of_it, len(all_of_it)):
            source = (ROOT / path).read_text(encoding="utf-8")
            if number and (one := mutant(source, site, proofs=proofs)) is not None:
                drawn.append((path, one))
                number -= 1
    random.Random(seed).shuffle(drawn)
    return drawn


class Injected(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Import one module from a changed source."""

    def __init__(self, name, path, source):
        self.name, self.path, self.source = name, path, source

    def find_spec(self, name, path=None, target=None):
        if name == self.name:
            return importlib.util.spec_from_file_location(name, self.path, loader=self)
        return None

    def exec_module(self, module):
        exec(compile(self.source, str(self.path), "exec"), module.__dict__)


def _child(path, source, tests):
    os.setsid()
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    os.chdir(ROOT)
    name = ".".join(path.with_suffix("").parts)
    sys.meta_path.insert(0, Injected(name, ROOT / path, source))
    import pytest

    options = ["-x", "-q", "-n", "0", "-p", "no:cacheprovider", "-p", "no:randomly"]
    os._exit(int(pytest.main([*options, *tests])) != 0)


def tried(path, mutant):
    """Run the tests of a mutant; return ``killed``, ``timed out`` or ``survived``."""
    process = multiprocessing.get_context("fork").Process(
        target=_child, args=(path, mutant.source, tests_of(path))
    )
    process.start()
    process.join(LIMIT)
    if process.is_alive():
        os.killpg(process.pid, 9)
        process.join()
        return "timed out"
    return "killed" if process.exitcode else "survived"


def interval(killed, planted):
    """Return Wilson's 95% interval of a share."""
    z, share = 1.96, killed / planted
    middle = share + z**2 / (2 * planted)
    width = z * sqrt(share * (1 - share) / planted + z**2 / (4 * planted**2))
    scale = 1 + z**2 / planted
    return (middle - width) / scale, (middle + width) / scale


def argued():
    """Return the mutants that are listed with the reason why they change nothing."""
    listed = tomllib.loads((HERE / "survivors.toml").read_text(encoding="utf-8"))
    return {(one["file"], one["before"], one["after"]) for one in listed.get("survivor", [])}


def summary(results):
    """Return the table of results, and whether all that is demanded is there."""
    known, groups = argued(), defaultdict(list)
    for one in results:
        listed = (one["file"], one["before"], one["after"]) in known
        state = "argued" if one["outcome"] == "survived" and listed else one["outcome"]
        groups[one["stratum"], "all"].append(state)
        groups[one["stratum"], str(Path(one["file"]).parent)].append(state)
    lines, met = [], True
    for (stratum, package), states in sorted(groups.items()):
        counts, planted = Counter(states), len(states)
        dead = counts["killed"] + counts["timed out"]
        low, high = interval(dead, planted)
        share = (dead + (counts["argued"] if stratum == "proofs" else 0)) / planted
        met = met and (package != "all" or share >= DEMANDED[stratum])
        lines.append(
            f"{stratum:<7} {package:<18} planted {planted:>4}  killed {dead:>4} "
            f"(of them by time {counts['timed out']})  argued {counts['argued']:>3}  "
            f"survived {counts['survived']:>3}  {dead / planted:.1%} [{low:.1%}, {high:.1%}]"
        )
    return "\n".join(lines), met


def main():
    """Draw, try and report; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="", help="modules whose path contains this")
    parser.add_argument("--results", type=Path, default=ROOT / "results" / "mutants.jsonl")
    for stratum, count in COUNTS.items():
        parser.add_argument(f"--{stratum}", type=int, default=count, help="number of mutants")
    options = parser.parse_args()
    options.results.parent.mkdir(parents=True, exist_ok=True)
    options.results.touch()
    lines = options.results.read_text(encoding="utf-8").splitlines()
    done = {tuple(json.loads(line)["key"]): json.loads(line) for line in lines}
    # What all mutants import is imported once.
    for name in ("numpy", "scipy.special", "sympy", "z3", "xarray", "pandas", "numba", "pytest"):
        importlib.import_module(name)
    plan = [
        (stratum, path, one)
        for stratum in ("proofs", "theory", "cradl")
        for path, one in sample(stratum, getattr(options, stratum), options.seed)
        if options.only in path.as_posix()
    ]

    def run(planned):
        stratum, path, one = planned
        key = (stratum, path.as_posix(), one.line, one.before, one.after)
        if key not in done:
            start = time.monotonic()
            outcome = tried(path, one)
            row = {"key": key, "stratum": stratum, "file": path.as_posix(), "line": one.line}
            row |= {"kind": one.kind, "before": one.before, "after": one.after}
            row |= {"outcome": outcome, "seconds": round(time.monotonic() - start, 1)}
            done[key] = row
            with options.results.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
        return done[key]

    with ThreadPoolExecutor(options.jobs) as pool:
        results = list(pool.map(run, plan))
    table, met = summary(results)
    sys.stdout.write(f"{table}\n")
    return int(not met)


if __name__ == "__main__":
    sys.exit(main())

"""Plant faults one at a time and run the tests of the module: python tests/mutants/run.py --help.

A sample of all mutants is drawn by a seed, as many from every module as its size asks for. Each is
tried in a process of its own. Results are appended to a file, so that an interrupted run goes on.
The exit code is 1 if fewer are killed than demanded, or a mutant inside a proof survives without a
reason in `survivors.toml`.
"""

import argparse
import importlib
import json
import sys
import tomllib
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import sha256
from math import sqrt
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from mutants.plan import sample, tests_of  # noqa: E402 - the path comes first
from mutants.trial import outcome  # noqa: E402

DEMANDED = {"theory": 0.95, "cradl": 0.90, "proofs": 1.0}
COUNTS = {"theory": 410, "cradl": 205, "proofs": 105}

LEAST, FACTOR = 30.0, 4.0
"""A mutant has so many seconds, or so many times what its tests take without a fault."""

PRELOADED = (
    *("h5netcdf", "mpmath", "numba", "numpy", "pandas", "pydantic", "pytest", "ruamel.yaml"),
    *("scipy.stats", "sklearn.datasets", "sympy", "xarray", "z3"),
)
"""What tests import is imported once, before processes are forked."""


def interval(killed, planted):
    """Return Wilson's 95% interval of a share."""
    z, share = 1.959964, killed / planted
    middle = share + z**2 / (2 * planted)
    width = z * sqrt(share * (1 - share) / planted + z**2 / (4 * planted**2))
    scale = 1 + z**2 / planted
    return (middle - width) / scale, (middle + width) / scale


def argued(text):
    """Return the mutants that are listed with the reason why they change nothing."""
    listed = tomllib.loads(text).get("survivor", [])
    for one in listed:
        if not one["reason"].strip():
            raise ValueError(f"need a reason, got none for {one['before']!r} in {one['file']}")
    return set(map(named, listed))


def named(one):
    """Return what a mutant is listed by: numbers of lines change too often."""
    return tuple(one[key] for key in ("file", "code", "before", "after"))


def written(one):
    """Return a survivor as it would be listed, without a reason yet."""
    values = zip(("file", "code", "before", "after"), named(one), strict=True)
    # A text of JSON is one of TOML.
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values]
    return f"# {one['kind']}, line {one['line']}\n[[survivor]]\n{''.join(lines)}\n"


def summary(results, known):
    """Return the table of results, and whether all that is demanded is there."""
    groups = defaultdict(list)
    for one in results:
        argued_for = one["outcome"] == "survived" and named(one) in known
        state = "argued" if argued_for else one["outcome"]
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


def read(file):
    """Return what an earlier run has written to its file of results, by key."""
    rows = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    return {tuple(row["key"]): row for row in rows}


def limit_of(path):
    """Return the seconds for mutants of a module; its tests must pass without a fault."""
    tests = tests_of(path)
    source = (ROOT / path).read_text(encoding="utf-8")
    state, seconds = outcome(ROOT, path, source, tests, limit=900)
    if state != "survived":
        raise RuntimeError(f"need tests that pass without a fault, got {state}: {tests}")
    return max(LEAST, FACTOR * seconds)


def attempt(planned, *, file, done, limits):
    """Try a mutant unless an earlier run has; return the result."""
    stratum, path, one = planned
    # One line may have two such places: the whole tells them apart.
    key = (stratum, path.as_posix(), sha256(one.source.encode()).hexdigest()[:16])
    if key not in done:
        tests = tests_of(path)
        state, seconds = outcome(ROOT, path, one.source, tests, limit=limits[tests])
        what = {name: getattr(one, name) for name in ("line", "kind", "code", "before", "after")}
        done[key] = {"key": key, "stratum": stratum, "file": path.as_posix()} | what
        done[key] |= {"outcome": state, "seconds": seconds}
        with file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(done[key]) + "\n")
    return done[key]


def parsed(arguments):
    """Return the options."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="", help="modules whose path contains this")
    parser.add_argument("--results", type=Path, default=ROOT / "results" / "mutants.jsonl")
    for stratum, count in COUNTS.items():
        parser.add_argument(f"--{stratum}", type=int, default=count, help="number of mutants")
    return parser.parse_args(arguments)


def main(arguments=None):
    """Draw, try and report; return the exit code."""
    options = parsed(arguments)
    file = options.results
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    done = read(file)
    for name in PRELOADED:
        importlib.import_module(name)
    planned = [
        (stratum, path, one)
        for stratum in COUNTS
        for path, one in sample(stratum, getattr(options, stratum), options.seed)
        if options.only in path.as_posix()
    ]
    # One module of those with the same tests is enough.
    paths = {tests_of(path): path for _, path, _ in planned}
    with ThreadPoolExecutor(options.jobs) as pool:
        limits = dict(zip(paths, pool.map(limit_of, paths.values()), strict=True))
        results = list(pool.map(partial(attempt, file=file, done=done, limits=limits), planned))
    known = argued(Path(__file__).with_name("survivors.toml").read_text(encoding="utf-8"))
    table, met = summary(results, known)
    left = [one for one in results if one["outcome"] == "survived" and named(one) not in known]
    sys.stdout.write("".join(map(written, left)) + f"{table}\n")
    return int(not met)


if __name__ == "__main__":
    sys.exit(main())

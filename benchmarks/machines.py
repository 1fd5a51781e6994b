"""What another processor changes: one study as other machines would compute it, compared with here.

Each machine is an environment that takes instructions or kernels away from a library. The study
runs once as this processor computes it and once in each, in a folder and with a cache of compiled
loops of its own; `cradl.results.against` compares the results with the first. What a library does
not have here, such as kernels for AVX-512, cannot be tried.
"""

import argparse
import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from numpy._core import _multiarray_umath

from cradl.results.against import Difference, compare

ROOT = Path(__file__).parents[1]
RULES = ("theorems", "sharpened", "claims", "losses", "equations", "constants")
"""What decides: all numbers but the costs of exact codes, which not every study has."""
DISPATCHED = [
    name for name in _multiarray_umath.__cpu_dispatch__ if _multiarray_umath.__cpu_features__[name]
]
"""Instructions of this processor for which NumPy has code of its own."""
MACHINES = {
    "here": {},
    "all": {},
    "numpy": {"NPY_DISABLE_CPU_FEATURES": " ".join(DISPATCHED)},
    "sandybridge": {"OPENBLAS_CORETYPE": "Sandybridge"},
    "nehalem": {"OPENBLAS_CORETYPE": "Nehalem"},
    "prescott": {"OPENBLAS_CORETYPE": "Prescott"},
    "numba": {
        "NUMBA_CPU_NAME": "generic",
        "NUMBA_CPU_FEATURES": "",
        "NUMBA_DISABLE_INTEL_SVML": "1",
    },
    "glibc": {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX"},
}
"""Environments by the library that they hold back."""
for _name in ("numpy", "prescott", "numba", "glibc"):
    MACHINES["all"] |= MACHINES[_name]


def run(name: str, folder: Path, study: Path, settings: Sequence[str], cores: int) -> Path:
    """Run a study as a machine computes it; return its results, without figures and report."""
    folder = folder.resolve() / name
    # What depends on no study takes longest: computed here and with everything held back.
    shared = folder.with_name("here") / "results" / "shared"
    if name not in ("here", "all") and not folder.exists():
        shutil.copytree(shared, folder / "results" / "shared")
    command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile"]
    command += ["--directory", folder, "--configfile", study.resolve(), "--cores", str(cores)]
    command += ["--until", *RULES]
    command += ["--config", *settings] if settings else []
    caches = {"NUMBA_CACHE_DIR": str(folder / "numba")}
    environment = os.environ | caches | MACHINES[name]
    done = subprocess.run(command, env=environment, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{done.stderr}\nneed a study that runs as on {name}, got the above")
    (verified,) = folder.glob("results/*/verify")
    return verified.parent


def summary(rows: Sequence[Difference]) -> dict[str, str]:
    """Return the largest relative difference of each folder and kind of file, and what is more."""
    largest: dict[str, float] = {}
    for row in rows:
        folder, _, file = row.file.partition("/")
        kind = f"{folder}/*{Path(file).suffix}" if file.endswith(".nc") else row.file
        largest[kind] = max(largest.get(kind, 0.0), row.apart)
    return {kind: f"{apart:.2g}" for kind, apart in largest.items()}


def main(arguments: Sequence[str]) -> int:
    """Run, compare, print; the exit code is 1 if a difference is more than rounding."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--machines", nargs="+", choices=list(MACHINES), default=list(MACHINES))
    parser.add_argument("--study", type=Path, default=ROOT / "config" / "smoke.yaml")
    parser.add_argument("--set", nargs="*", default=[], metavar="KEY=VALUE", help="of the study")
    parser.add_argument("--folder", type=Path, default=ROOT / "results" / "machines")
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args(arguments)
    here = run("here", given.folder, given.study, given.set, given.cores)
    beyond = 0
    with (given.folder / "differences.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["machine", "file", "name", "differ", "size", "apart", "beyond"])
        for name in given.machines:
            rows = compare(here, run(name, given.folder, given.study, given.set, given.cores))
            for row in rows:
                values = (row.file, row.name, row.differ, row.size, f"{row.apart:.3g}", row.beyond)
                table.writerow([name, *values])
            more = [row for row in rows if row.beyond]
            beyond += len(more)
            print(name, *(f"{kind} {apart}" for kind, apart in summary(rows).items()), sep="  ")
            print(*(f"  {row}" for row in more), sep="\n", flush=True)
    return int(bool(beyond))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

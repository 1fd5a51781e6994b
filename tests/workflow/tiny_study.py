"""A study that runs in seconds, and Snakemake as a user starts it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
PIPELINE = (
    "Snakefile",
    "environment.yml",
    "cradl",
    "paper_figures",
    "profiles",
    "theory",
    "workflow",
)

TINY: dict[str, Any] = {
    "study": "tiny",
    "seed": 7,
    "trials": 4,
    "T": 3,
    "chunks": 2,
    "redraw": {"data": True, "allocation": True, "attack": True},
    "diagnostics": True,
    "messages": False,
    "datasets": {
        "small": {
            "generator": "gaussian_linear",
            "problem": "least_squares",
            "M": 8,
            "m": 8,
            "D": 20,
            "feature_variance": 1,
            "noise_variance": 1,
        }
    },
    "dataset": "small",
    "sigma_h": 0,
    "N": 4,
    "r": 3,
    "allocation": "random",
    "uncovered": "contribute_nothing",
    "alpha": 0.25,
    "rounding": "nearest",
    "withstand": "alpha",
    "identities": "redrawn",
    "step_size": 0.01,
    "start": "zero",
    "experiments": {
        "flipped": {
            "attack": {"name": "sign_flipping", "coefficient": -2},
            "curves": [
                {"method": "mean_averaging"},
                {"method": "cra_dl", "aggregator": ["median", "trimmed_mean"]},
            ],
        },
        "noisy": {
            "attack": {"name": "gaussian", "variance": 100},
            "curves": [{"method": "rba_dl", "aggregator": "median"}],
        },
    },
    "decision": {
        "level": 0.95,
        "early": [1],
        "plateau": 2,
        "early_margin": 0.05,
        "plateau_margin": 1,
    },
    "claims": {
        "robust_is_better": {
            "says": "CRA-DL is better than MA",
            "source": "a test",
            "expect": "less",
            "of": {"experiment": "flipped", "method": "cra_dl"},
            "than": {"method": "mean_averaging"},
        }
    },
    "figures": {
        "both": {"draw": "training_loss", "experiments": ["flipped", "noisy"]},
        "excess": {"draw": "excess_loss", "experiments": ["flipped"]},
    },
}


def write_study(folder: Path, name: str = "study.yaml", **keys: Any) -> Path:
    """Write `TINY` with other keys laid over it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(yaml.safe_dump(TINY | keys, sort_keys=False), encoding="utf-8")
    return path


def snakemake(
    folder: Path,
    *arguments: str | Path,
    project: Path = ROOT,
    studies: tuple[str, ...] = ("study.yaml",),
    environment: dict[str, str] | None = None,
) -> tuple[int, str]:
    """Run the pipeline of `project` in `folder`; return its exit code and all that it printed."""
    # What a user's shell may set but a test must not depend on.
    inherited = {key: one for key, one in os.environ.items() if not key.startswith("PYTHON")}
    files = ["--snakefile", project / "Snakefile", "--directory", folder]
    configfiles = ["--configfile", *(folder / one for one in studies)]
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", *files, *configfiles, *arguments],
        cwd=folder,
        env=inherited | {"PYTHONDONTWRITEBYTECODE": "1"} | (environment or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    return done.returncode, done.stdout


def jobs(output: str) -> dict[str, int]:
    """Return the number of jobs of each rule in the table that Snakemake prints; {} for none."""
    table = re.search(r"^Job stats:\njob +count\n[- ]+\n((?:\w+ +\d+\n)+)", output, re.MULTILINE)
    if table is None:
        return {}
    counts = {rule: int(count) for rule, count in map(str.split, table[1].splitlines())}
    assert counts.pop("total") == sum(counts.values())
    return counts


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Return the content and the time of change of every file below `folder`."""
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def products(folder: Path) -> dict[str, bytes]:
    """Return the contents of all results; logs and benchmarks tell the time and are none."""
    return {
        name: content
        for name, (content, _) in snapshot(folder / "results" / "tiny").items()
        if Path(name).parts[0] not in ("logs", "benchmarks")
    }


def copy_pipeline(target: Path) -> None:
    """Copy what the pipeline consists of, without caches and results."""
    target.mkdir(parents=True)
    for name in PIPELINE:
        if (ROOT / name).is_dir():
            shutil.copytree(
                ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__")
            )
        else:
            shutil.copy(ROOT / name, target / name)

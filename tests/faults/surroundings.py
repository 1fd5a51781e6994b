"""Faults of what the pipeline stands on: caches, locks, its installation, what studies share."""

import shutil
import subprocess
import sys
from collections.abc import Callable

from faults import damage
from faults.interruptions import ALONE, can_mount
from faults.trial import CannotTryError, Fault, Trial

NO_LOCKS = """
#include <errno.h>
int flock(int descriptor, int operation) { errno = ENOLCK; return -1; }
"""
# What Python finds where only the path names the project.
HIDDEN = """
import importlib.metadata as metadata

known = metadata.Distribution.from_name.__func__


def from_name(cls, name):
    if name == "cradl":
        raise metadata.PackageNotFoundError(name)
    return known(cls, name)


metadata.Distribution.from_name = classmethod(from_name)
"""
READ_ONLY_CODE = (
    "for one in cradl theory paper_figures; do mount --bind $one $one; "
    'mount -o remount,bind,ro $one; done; exec "$@"'
)


def truncate_compiled(trial: Trial) -> list[str]:
    """Halve every compiled loop that is kept, and draw the runs anew."""
    kept = [*trial.project.rglob("__pycache__/**/*.nb[ic]")]
    for one in kept:
        damage.truncate(one)
    shutil.rmtree(trial.results)
    return [] if kept else ["no compiled loop is kept"]


def forbid_compiled(trial: Trial) -> list[str]:
    """Run where compiled loops can be kept nowhere: in the code, nor at home."""
    if not can_mount():
        raise CannotTryError("need unshare and mounts in a name space, got none")
    for one in trial.project.rglob("__pycache__"):
        shutil.rmtree(one)
    shutil.rmtree(trial.results)
    trial.environment["HOME"] = "/proc/nowhere"
    code = trial.run(before=(*ALONE, READ_ONLY_CODE, "sh"))
    return [f"exit code {code}"] if code else []


def without_locks(trial: Trial) -> None:
    """Let every lock of a file fail, as on some network file systems."""
    if shutil.which("gcc") is None or not sys.platform.startswith("linux"):
        raise CannotTryError("need gcc and LD_PRELOAD of Linux, got none")
    source, library = trial.project / "flock.c", trial.project / "flock.so"
    source.write_text(NO_LOCKS, encoding="utf-8")
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, source], check=True)
    trial.environment["LD_PRELOAD"] = str(library)


def uninstall(trial: Trial) -> None:
    """Hide the installation: the project is found by its path alone."""
    place = trial.project / "hidden"
    place.mkdir()
    (place / "sitecustomize.py").write_text(HIDDEN, encoding="utf-8")
    trial.environment["PYTHONPATH"] = str(place)


def damage_shared(name: str) -> Callable[[Trial], None]:
    """Return the injection that changes a digit of what studies share, and needs it again."""

    def inject(trial: Trial) -> None:
        (path,) = (trial.project / "results" / "shared").glob(f"{name}-*.csv")
        damage.edit_digit(path)
        (trial.results / "verify" / f"{name}.csv").unlink()

    return inject


FAULTS = [
    Fault("compiled loops truncated", truncate_compiled),
    Fault("compiled loops can be kept nowhere", forbid_compiled),
    Fault("a file system without locks", without_locks, start="fresh"),
    Fault("the project is not installed", uninstall, start="fresh"),
    *(
        Fault(f"a digit in {name} that studies share", damage_shared(name), f"shared/{name}-")
        for name in ("constants", "equations")
    ),
]

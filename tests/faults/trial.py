"""A copy of the project with a tiny study: run as a user runs it, disturbed, and compared."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import psutil
from tiny_study import ROOT, TINY, jobs, write_study

LIMIT = 900
"""Seconds after which a run counts as one that hangs."""

# The only rule of an experiment waits as long as a file is there: its job can be found at work.
WAITING = '''"""A rule that waits while a file named hold is there."""

import os
import sys
import time
from pathlib import Path

from cradl.aggregation import RULES


def patient(messages, f):
    main = getattr(sys.modules["__main__"], "__file__", "")
    while main.endswith("simulate.py") and Path("hold").exists():
        Path("held").write_text(str(os.getpid()))
        time.sleep(0.05)
    return RULES["median"].aggregate(messages, f)


RULES["patient"] = RULES["median"]._replace(aggregate=patient)
'''
STUDY = {
    "plugins": ["waiting.py"],
    "experiments": {
        "flipped": TINY["experiments"]["flipped"],
        "noisy": {
            "attack": {"name": "gaussian", "variance": 100},
            "curves": [{"method": "rba_dl", "aggregator": "patient"}],
        },
    },
}
# What a user's shell may set, and no fault may depend on.
SHELL = ("PYTHON", "HDF5_", "NUMBA_")
NO_PRODUCTS = ("logs", "benchmarks", "set_aside")


class CannotTryError(Exception):
    """What this machine lacks."""


class Fault(NamedTuple):
    """A row of the suite.

    Attributes
    ----------
    name
        What goes wrong.
    inject
        Does it; may run the study, and may return what else is wrong.
    told
        Pattern of a line that must name it; None if nothing is to be told.
    start
        Where it starts: from a study that is ``finished``, ``unfinished`` before its runs, or ``fresh``.
    runs
        How often the documented command follows.
    sources
        Whether the code is as it was, so that the records must be equal too.
    """

    name: str
    inject: Callable[["Trial"], Sequence[str] | None]
    told: str | None = None
    start: str = "finished"
    runs: int = 1
    sources: bool = True


class Trial:
    """One copy of the project.

    Attributes
    ----------
    project
        Its folder, in which the study is and is run.
    expected
        The products that it must end with, by study.
    other
        A copy in which the study ran with another setting.
    note
        What was injected, where the name of the fault does not say it.
    outputs
        What each run printed.
    environment
        What is set for the next runs.
    """

    def __init__(
        self, project: Path, expected: Mapping[str, dict[str, bytes]], other: Path | None = None
    ) -> None:
        self.project = project
        self.expected = {**expected}
        self.other = other
        self.note = ""
        self.outputs: list[str] = []
        self.environment: dict[str, str] = {}

    @property
    def results(self) -> Path:
        """Return the folder of the study's results."""
        return self.project / "results" / "tiny"

    def start(
        self,
        *arguments: str,
        study: str = "study.yaml",
        before: Sequence[str | Path] = (),
        **options: Any,
    ) -> "Run":
        """Start the documented command, in a session of its own as in a terminal."""
        snakemake = Path(sys.executable).with_name("snakemake")
        command = [*before, snakemake, "--cores", "2", "--configfile", study, *arguments]
        inherited = {key: one for key, one in os.environ.items() if not key.startswith(SHELL)}
        printed = self.project / f"printed-{len(list(self.project.glob('printed-*')))}.txt"
        with printed.open("w") as output:
            process = subprocess.Popen(
                command,
                cwd=self.project,
                env=inherited | self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **options,
            )
        return Run(self, process, printed)

    def run(self, *arguments: str, **options: Any) -> int:
        """Run the documented command to its end; return its exit code."""
        return self.start(*arguments, **options).end()

    @contextmanager
    def held(self, **options: Any) -> Iterator[tuple["Run", int]]:
        """Yield a run that is at work, and the number of its job that waits; then let it go on."""
        hold, held = self.project / "hold", self.project / "held"
        held.unlink(missing_ok=True)
        hold.touch()
        run = self.start(**options)
        run.wait_until(lambda: held.is_file() and held.read_text().isdigit(), "a job at work")
        try:
            yield run, int(held.read_text())
        finally:
            hold.unlink()


class Run:
    """The documented command at work."""

    def __init__(self, trial: Trial, process: subprocess.Popen[bytes], printed: Path) -> None:
        self.trial, self.process, self.printed = trial, process, printed
        self.began = time.monotonic()

    def wait_until(self, reached: Callable[[], bool], what: str) -> None:
        """Wait for a state.

        Raises
        ------
        RuntimeError
            The run ends before, or hangs.
        """
        while not reached():
            if self.process.poll() is not None or time.monotonic() > self.began + LIMIT:
                self.kill()
                raise RuntimeError(f"need {what}, got the end of the run:\n{self.output()}")
            time.sleep(0.02)

    def kill(self, *, jobs_too: bool = True) -> None:
        """Kill Snakemake, and all that it started."""
        everything = []
        if self.process.poll() is None:
            own = psutil.Process(self.process.pid)
            everything = [own, *(own.children(recursive=True) if jobs_too else ())]
        for one in everything:
            with suppress(psutil.NoSuchProcess):
                one.kill()
        self.process.wait()

    def interrupt(self) -> None:
        """Press Ctrl-C: everything in the terminal gets the signal."""
        os.killpg(self.process.pid, signal.SIGINT)

    def output(self) -> str:
        """Return what was printed so far."""
        return self.printed.read_text("utf-8", errors="replace")

    def end(self) -> int:
        """Wait for the end; return the exit code, and keep what was printed."""
        try:
            self.process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            self.kill()
        self.trial.outputs.append(self.output())
        return self.process.returncode


def products(results: Path) -> dict[str, bytes]:
    """Return the contents of all products of a study, and of their records."""
    found = {}
    for path in sorted(results.rglob("*")):
        name = path.relative_to(results).as_posix()
        if path.is_file() and name.split("/")[0] not in NO_PRODUCTS and name != "records/again":
            found[name] = path.read_bytes()
    return found


def differences(found: Mapping[str, bytes], expected: Mapping[str, bytes]) -> list[str]:
    """Name the files that only one side has, or that differ."""
    return sorted(one for one in {**found, **expected} if found.get(one) != expected.get(one))


def tracked() -> list[str]:
    """Return the files of the project that git knows."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [one for one in listed.stdout.split("\0") if one and (ROOT / one).is_file()]


def copy_project(target: Path) -> Path:
    """Copy what git knows of the project, and write the study."""
    for name in tracked():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target / name)
    set_study(target)
    (target / "waiting.py").write_text(WAITING, encoding="utf-8")
    return target


def set_study(project: Path, name: str = "study.yaml", **keys: Any) -> None:
    """Write the study, with other keys laid over it."""
    write_study(project, name, **STUDY | keys)


def undisturbed(project: Path, study: str = "tiny") -> dict[str, bytes]:
    """Run the study and return its products.

    Raises
    ------
    RuntimeError
        It fails: nothing can be told of faults then.
    """
    trial = Trial(project, {})
    if trial.run():
        raise RuntimeError(f"need a study that succeeds, got:\n{trial.outputs[0]}")
    return products(project / "results" / study)


def jobs_of(output: str) -> int:
    """Return how many jobs of a run made something."""
    return sum(count for rule, count in jobs(output).items() if rule != "all")

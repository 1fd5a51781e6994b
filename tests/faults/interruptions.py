"""Faults of a run: processes are killed, disks are full or read-only, two runs meet."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import psutil
from faults.trial import CannotTryError, Fault, Trial, products, set_study

from cradl import records

LOG = "logs/simulate/noisy"
# Mounts of a name space of its own end with the last process in it, whatever happens.
ALONE = ("unshare", "--map-root-user", "--mount", "sh", "-ec")
FULL = (
    "mkdir -p results/tiny && mount -t tmpfs -o size=600k tmpfs results/tiny; code=0; "
    '"$@" || code=$?; mkdir rescued; cp -a results/tiny/. rescued/; exit $code'
)
READ_ONLY = 'mount --bind results results; mount -o remount,bind,ro results; exec "$@"'
BLOCKS = 64
"""Of 1,024 bytes: the largest file where there are no mounts."""


def signal_job(number: int) -> Callable[[Trial], list[str]]:
    """Return the injection that sends a signal to a job at work."""

    def inject(trial: Trial) -> list[str]:
        with trial.held() as (run, job):
            os.kill(job, number)
            psutil.wait_procs([psutil.Process(job)], timeout=60)
        return refused(run.end())

    return inject


def term_job(trial: Trial) -> list[str]:
    """End a job as a cluster does at its time limit; its log must say so."""
    wrong = signal_job(signal.SIGTERM)(trial)
    logs = "".join(one.read_text("utf-8") for one in (trial.results / LOG).glob("*.log"))
    return wrong if "ended by SIGTERM" in logs else [*wrong, "the log does not say SIGTERM"]


def signal_snakemake(number: int) -> Callable[[Trial], list[str]]:
    """Return the injection that sends a signal to Snakemake, while its job goes on."""

    def inject(trial: Trial) -> list[str]:
        with trial.held() as (run, _):
            os.kill(run.process.pid, number)
        return refused(run.end())

    return inject


def press_ctrl_c(trial: Trial) -> list[str]:
    """Send SIGINT to all that runs in the terminal."""
    with trial.held() as (run, _):
        os.killpg(run.process.pid, signal.SIGINT)
        return refused(run.end())


def kill_snakemake(trial: Trial) -> list[str]:
    """Kill Snakemake alone: its job goes on to its end."""
    with trial.held() as (run, _):
        run.kill(jobs_too=False)
    return unlock(trial)


def kill_snakemake_before_its_job(trial: Trial) -> list[str]:
    """Kill Snakemake alone: its job stands still, and ends after the next run has ended."""
    with trial.held() as (run, job):
        run.kill(jobs_too=False)
        stopped = psutil.Process(job)
        stopped.suspend()
    wrong = unlock(trial)
    wrong += ["the next run fails"] if trial.run() else []
    stopped.resume()
    psutil.wait_procs([stopped], timeout=60)
    return wrong


def kill_all(after: int) -> Callable[[Trial], list[str]]:
    """Return the injection that kills everything when so many products are recorded."""

    def inject(trial: Trial) -> list[str]:
        run = trial.start()
        run.wait_until(lambda: len(records.recorded(trial.results)) >= after, "products")
        run.kill()
        return unlock(trial)

    return inject


def unlock(trial: Trial) -> list[str]:
    """Run the command, which must say what to do, and do that."""
    wrong = refused(trial.run())
    return wrong + (["--unlock fails"] if trial.run("--unlock") else [])


def refused(code: int) -> list[str]:
    """Return what is wrong with a run that must fail."""
    return [] if code else ["a disturbed run ends with exit code 0"]


def fill_disk(trial: Trial) -> list[str]:
    """Run on a disk that is too small, or where files must not be large."""
    if can_mount():
        code = trial.run(before=(*ALONE, FULL, "sh"))
        shutil.copytree(trial.project / "rescued", trial.results, dirs_exist_ok=True)
    else:
        code = trial.run(before=("bash", "-c", f'ulimit -f {BLOCKS}; exec "$@"', "bash"))
    return refused(code)


def can_mount() -> bool:
    """Tell whether this user may mount in a name space of its own."""
    if not shutil.which("unshare"):
        return False
    return not subprocess.run([*ALONE, "mount -t tmpfs tmpfs /mnt"], capture_output=True).returncode


def mount_read_only(trial: Trial) -> list[str]:
    """Run where results can only be read; there is something to do."""
    if not can_mount():
        raise CannotTryError("need unshare and mounts in a name space, got none")
    (trial.results / "verify" / "losses.csv").unlink()
    return refused(trial.run(before=(*ALONE, READ_ONLY, "sh")))


def forbid_writing(trial: Trial) -> list[str]:
    """Run as somebody who may not write into the results."""
    (trial.results / "verify" / "losses.csv").unlink()
    folders = [one for one in [trial.results, *trial.results.rglob("*")] if one.is_dir()]
    someone = as_another(trial) if os.getuid() == 0 else {}
    for one in folders:
        one.chmod(0o555)
    code = trial.run(**someone)
    for one in folders:
        one.chmod(0o755)
    return refused(code)


def as_another(trial: Trial) -> dict[str, Any]:
    """Give the project to a user who is not root; return how to start a process of that user.

    Raises
    ------
    CannotTryError
        That user cannot run Python.
    """
    nobody = pwd.getpwnam("nobody")
    someone = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    trial.project.parent.chmod(0o755)
    for one in [trial.project, *trial.project.rglob("*")]:
        os.chown(one, nobody.pw_uid, nobody.pw_gid, follow_symlinks=False)
    trial.environment["HOME"] = str(trial.project)
    try:
        subprocess.run([sys.executable, "-c", ""], check=True, **someone)
    except (OSError, subprocess.CalledProcessError) as error:
        raise CannotTryError(f"need Python for another user, got {error}") from None
    return someone


def run_twice(trial: Trial) -> list[str]:
    """Run one study twice at once: one or both may win, and the other is told of the lock."""
    with trial.held() as (first, _):
        second = trial.run()
    return [
        *([] if first.end() == 0 else ["the first run fails"]),
        *([] if second else ["the second run does not see the first"]),
    ]


def run_two_studies(trial: Trial) -> list[str]:
    """Run another study beside this one, in the same folder."""
    alone = trial.project.with_name("second")
    shutil.copytree(trial.project, alone)
    set_study(alone, study="second")
    undisturbed = Trial(alone, {})
    wrong = ["the other study fails alone"] if undisturbed.run() else []
    trial.expected["second"] = products(alone / "results" / "second")
    shutil.rmtree(alone)
    set_study(trial.project, "second.yaml", study="second")
    runs = [trial.start(study=f"{one}.yaml") for one in ("study", "second")]
    return wrong + [f"exit code {code}" for one in runs if (code := one.end())]


FAULTS = [
    Fault(
        "kill -9 of a job", signal_job(signal.SIGKILL), "Error in rule simulate_part", "unfinished"
    ),
    Fault("SIGTERM to a job", term_job, "ended by SIGTERM", "unfinished"),
    Fault("kill -9 of Snakemake, its job goes on", kill_snakemake, "--unlock", "unfinished"),
    Fault(
        "kill -9 of Snakemake, its job outlives the next run",
        kill_snakemake_before_its_job,
        "--unlock",
        "unfinished",
    ),
    Fault("SIGTERM to Snakemake", signal_snakemake(signal.SIGTERM), start="unfinished"),
    Fault("SIGINT to Snakemake", signal_snakemake(signal.SIGINT), start="unfinished"),
    Fault("Ctrl-C", press_ctrl_c, "ended by|Interrupt|interrupt|Terminating", "unfinished"),
    *(
        Fault(f"kill -9 of everything after {count} products", kill_all(count), "--unlock", "fresh")
        for count in (1, 12, 28)
    ),
    Fault("disk full", fill_disk, "No space left|File too large", "fresh"),
    Fault("results mounted read-only", mount_read_only, "Read-only file system"),
    Fault("results that another user owns", forbid_writing, "Permission denied"),
    Fault("two runs of one study at once", run_twice, "--unlock", "unfinished"),
    Fault("two studies at once", run_two_studies, start="fresh"),
]

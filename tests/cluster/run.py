"""Run a chunked study on a Slurm cluster and on this machine, and compare the bytes of all stores.

The cluster is a real one: munge, a controller and two nodes from Debian's packages, on this machine
alone. All that is started here is stopped again, also after a failure or an interruption.

Exit codes: 0 if all stores are equal, 1 if not or if a run failed, 77 if it cannot be tried here.
"""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from string import Template

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
STUDY = "cluster"
# A job step knows no SLURM_CONF: Slurm reads its settings here or not at all.
SETTINGS = Path("/etc/slurm/slurm.conf")
WORK_PREFIX = "cradl-cluster-"
PACKAGES = {"slurmctld": "slurm-wlm", "slurmd": "slurm-wlm", "munged": "munge", "mungekey": "munge"}
NODES = ("north", "south")
# Without an account and a database, and asked often because the jobs take seconds.
ON_SLURM = ("--workflow-profile", ROOT / "profiles" / "slurm", "--slurm-no-account")
ON_SLURM += ("--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "5")
LIMIT = 1200
CANNOT = 77


class CannotTryError(Exception):
    """What this machine lacks."""


def require_machine() -> None:
    """Refuse a machine on which no cluster of our own can stand.

    Raises
    ------
    CannotTryError
        Says what is missing.
    """
    if os.geteuid() != 0:
        raise CannotTryError("need root for the daemons of Slurm, got another user")
    if importlib.util.find_spec("snakemake_executor_plugin_slurm") is None:
        raise CannotTryError("need snakemake-executor-plugin-slurm: pip install -e '.[slurm]'")
    left_over = SETTINGS.is_symlink() and WORK_PREFIX in str(SETTINGS.readlink())
    if left_over:
        SETTINGS.unlink()
    if SETTINGS.exists():
        raise CannotTryError(f"need a machine without a cluster, got {SETTINGS}")


def install() -> None:
    """Install the Debian packages that are missing.

    Raises
    ------
    CannotTryError
        They cannot be had; tells the last line of apt-get.
    """
    missing = sorted({package for tool, package in PACKAGES.items() if not shutil.which(tool)})
    if not missing:
        return
    if not shutil.which("apt-get"):
        raise CannotTryError(f"need {', '.join(missing)}, got a machine without apt-get")
    for action in (["update"], ["install", "--yes", "--no-install-recommends", *missing]):
        done = subprocess.run(
            ["apt-get", *action],
            env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
            raise CannotTryError(f"need {', '.join(missing)}, got from apt-get: {' '.join(last)}")


def stop(process: subprocess.Popen[bytes], signal_first: int = signal.SIGTERM) -> None:
    """End a process that was started here; kill it if it does not end within a minute."""
    if process.poll() is None:
        process.send_signal(signal_first)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def start(stack: ExitStack, work: Path, *command: str | Path) -> None:
    """Start a daemon whose output goes to a file of the work folder; the stack stops it."""
    output = stack.enter_context((work / "daemons.txt").open("ab"))
    # In a session of its own, so that Ctrl-C reaches the study first.
    daemon = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
    stack.callback(stop, daemon)


def wait_until(what: str, *command: str, expected: Sequence[str], seconds: int = 60) -> None:
    """Repeat a command until its sorted lines are the expected ones.

    Raises
    ------
    RuntimeError
        They are not in time; tells the last output.
    """
    deadline = time.monotonic() + seconds
    while True:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        lines = sorted(done.stdout.split())
        if done.returncode == 0 and lines == list(expected):
            return
        if time.monotonic() > deadline:
            got = done.stderr.strip() or " ".join(lines) or "nothing"
            raise RuntimeError(f"need {what} within {seconds} s, got {got}")
        time.sleep(0.5)


def end_jobs() -> None:
    """Cancel all jobs; a job that outlives the daemons would have nobody to stop it."""
    subprocess.run(["scancel", "--user", "root"], check=False)
    wait_until("no jobs", "squeue", "--noheader", "--format=%i", expected=[])


def start_cluster(stack: ExitStack, work: Path) -> None:
    """Start munge, the controller and the nodes; return when the nodes are idle."""
    (work / "state").mkdir()
    key = work / "munge.key"
    subprocess.run(["mungekey", "--create", "--keyfile", key], check=True)
    settings = Template((HERE / "slurm.conf").read_text("utf-8")).substitute(
        host=socket.gethostname().split(".")[0], work=work, cpus=max(os.cpu_count() or 1, 4)
    )
    (work / "slurm.conf").write_text(settings, encoding="utf-8")
    SETTINGS.parent.mkdir(exist_ok=True)
    stack.callback(SETTINGS.unlink, missing_ok=True)
    SETTINGS.symlink_to(work / "slurm.conf")
    own = [f"--{name}-file={work}/munge.{name}" for name in ("key", "pid", "seed")]
    start(stack, work, "munged", "--foreground", f"--socket={work}/munge.socket", *own)
    start(stack, work, "slurmctld", "-D")
    for node in NODES:
        start(stack, work, "slurmd", "-D", "-N", node)
    idle = [f"{node}:idle" for node in NODES]
    wait_until("idle nodes", "sinfo", "--Node", "--noheader", "--format=%N:%T", expected=idle)
    stack.callback(end_jobs)


def run_study(folder: Path, *arguments: str | Path) -> float:
    """Run the study in a folder of its own; return the seconds that it took.

    Raises
    ------
    RuntimeError
        It fails or takes longer than the limit.
    """
    folder.mkdir()
    files = ["--snakefile", ROOT / "Snakefile", "--configfile", HERE / "study.yaml"]
    command = [sys.executable, "-m", "snakemake", *files, "--directory", folder, *arguments]
    began = time.monotonic()
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        code = process.wait(LIMIT)
    except subprocess.TimeoutExpired as error:
        raise RuntimeError(f"need an end within {LIMIT} s: {folder.name}") from error
    finally:
        # Snakemake cancels its jobs when it is interrupted.
        stop(process, signal.SIGINT)
    if code:
        raise RuntimeError(f"need a study that succeeds, got exit code {code}: {folder.name}")
    return time.monotonic() - began


def stores(folder: Path) -> dict[str, bytes]:
    """Return the content of every store and table below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".nc", ".csv")
    }


def differences(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    """Name the files that only one side has, or that differ."""
    return sorted(name for name in one | other if one.get(name) != other.get(name))


def compare() -> int:
    """Run the study both ways; return 0 if all stores are equal, else 1."""
    with ExitStack() as stack:
        # munge wants a folder that everybody may enter and nobody else may write to.
        work = Path(tempfile.mkdtemp(prefix=WORK_PREFIX, dir="/run"))
        work.chmod(0o755)
        stack.callback(shutil.rmtree, work, ignore_errors=True)
        results = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=WORK_PREFIX)))
        start_cluster(stack, work)
        slurm, local = results / "slurm", results / "local"
        on_slurm = run_study(slurm, *ON_SLURM)
        here = run_study(local)
        found, expected = (stores(one / "results" / STUDY) for one in (slurm, local))
        different = differences(found, expected)
    print(f"On Slurm {on_slurm:.0f} s, here {here:.0f} s, {len(expected)} stores and tables.")
    if different or not expected:
        print(f"Different: {', '.join(different) or 'nothing was written'}")
        return 1
    print("All are equal byte for byte.")
    return 0


def terminated(number: int, _: object) -> None:
    """Turn a signal into an exit, so that everything is stopped on the way out."""
    sys.exit(128 + number)


def main() -> int:
    """Try the cluster; say why if it cannot be tried."""
    # What a shell starts in the background would ignore Ctrl-C, and so would Snakemake below it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, terminated)
    signal.signal(signal.SIGHUP, terminated)
    try:
        require_machine()
        install()
        return compare()
    except CannotTryError as error:
        print(f"The cluster was not tried: {error}")
        return CANNOT
    except RuntimeError as error:
        print(f"The cluster failed: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())

"""What every job does around its work: it logs, checks its inputs, and records its products."""

import gc
import logging
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cradl import records
from cradl.faults import RowFault, RowRaised

# What is imported stays: to look for garbage in it, now or later, takes a fifth of a job's time.
gc.disable()


class Job:
    """A job at work.

    Attributes
    ----------
    log
        What it says.
    """

    def __init__(self, snakemake: Any) -> None:
        self.log = logging.getLogger("cradl")
        self._folder = Path(snakemake.config["results_folder"])
        made = snakemake.params.get("made", {})
        self._made = {name: records.Made(*one) for name, one in made.items()}
        self._recorded: set[str] = set()
        self._inputs = [self._name(path) for path in snakemake.input if self._is_product(path)]

    def _is_product(self, path: str) -> bool:
        within = Path(path).is_relative_to(self._folder)
        return within and not Path(path).is_relative_to(self._folder / records.FOLDER)

    def _name(self, path: str | Path) -> str:
        return Path(path).relative_to(self._folder).as_posix()

    def is_current(self, path: str) -> bool:
        """Tell whether a product is there as this job would make it."""
        name = self._name(path)
        current = records.state(self._folder, name, self._made[name]) is records.State.CURRENT
        if current:
            self._recorded.add(name)
        return current

    def record(self, path: str, *, refused: bool = False) -> None:
        """Record a product as soon as it is written; one that was `refused` is never current."""
        name = self._name(path)
        made = self._made[name]
        records.write(self._folder, name, made._replace(config="refused") if refused else made)
        self._recorded.add(name)

    def forget(self, paths: Sequence[str]) -> None:
        """Delete the records of products that are about to go."""
        for path in paths:
            records.place(self._folder, self._name(path)).unlink(missing_ok=True)

    def start(self) -> None:
        """Refuse inputs whose bytes have changed."""
        records.require_unaltered(self._folder, self._inputs)

    def finish(self) -> None:
        """Record the products that are not recorded yet."""
        for name in self._made.keys() - self._recorded:
            self.record(str(self._folder / name))

    def warn(self, texts: Sequence[str], *, most: int = 10) -> None:
        """Tell what no reader may miss: all of it in the log, the first lines in the terminal."""
        for text in texts:
            self.log.warning(text)
        more = [f"and {len(texts) - most} more: see the log"] if len(texts) > most else []
        for text in [*texts[:most], *more]:
            sys.stderr.write(f"{text}\n")


@contextmanager
def job(snakemake: Any, what: str) -> Iterator[Job]:
    """Do a job's work: log how long it took, or why it failed, and record what it has made."""
    logging.basicConfig(
        filename=snakemake.log[0],
        filemode="w",
        encoding="utf-8",
        format="%(asctime)s %(message)s",
        force=True,
    )
    logging.captureWarnings(capture=True)
    gc.freeze()
    gc.enable()
    gc.set_threshold(50_000)
    # Of libraries, warnings alone: fontTools tells three hundred lines about each figure.
    logging.getLogger("cradl").setLevel(logging.INFO)
    # A cluster's time limit.
    signal.signal(signal.SIGTERM, _ended)
    one = Job(snakemake)
    started = time.perf_counter()
    one.log.info("start: %s", what)
    try:
        one.start()
        yield one
        one.finish()
    except RowFault as fault:
        # What a user's function did is one line; where it raised, its own traceback stands before.
        if isinstance(fault, RowRaised):
            one.log.error("raised by a row of the study:", exc_info=fault.__cause__)
        one.log.error("failed: %s", fault)
        raise SystemExit(f"{what}: {fault}") from None
    except BaseException as error:
        passed = time.perf_counter() - started
        one.log.exception("failed after %.2f s: %s: %s", passed, what, error)
        raise
    one.log.info("done in %.2f s: %s", time.perf_counter() - started, what)


def _ended(number: int, _: Any) -> None:
    raise SystemExit(f"ended by {signal.Signals(number).name}: a time limit, or someone stopped it")

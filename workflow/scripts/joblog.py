"""Writing what a job says, and why it failed, into its log file."""

import gc
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

# What is imported stays: to look for garbage in it, now or later, takes a fifth of a job's time.
gc.disable()


@contextmanager
def logged(path: str, what: str) -> Iterator[logging.Logger]:
    """Log to `path` what the job does, how long it took, and the traceback if it fails."""
    logging.basicConfig(
        filename=path,
        filemode="w",
        encoding="utf-8",
        format="%(asctime)s %(message)s",
        force=True,
    )
    logging.captureWarnings(capture=True)
    gc.freeze()
    gc.enable()
    gc.set_threshold(50_000)
    logger = logging.getLogger("cradl")
    # Of libraries, warnings alone: fontTools tells three hundred lines about each figure.
    logger.setLevel(logging.INFO)
    started = time.perf_counter()
    logger.info("start: %s", what)
    try:
        yield logger
    except BaseException:
        logger.exception("failed: %s", what)
        raise
    logger.info("done in %.2f s: %s", time.perf_counter() - started, what)

"""Doing the same for many things, in several processes if there are cores for them."""

import multiprocessing
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeVar

from threadpoolctl import threadpool_limits

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def single_threaded_blas() -> AbstractContextManager[object]:
    """Keep BLAS to one thread: its sums then depend on the data alone, not on the cores."""
    limits: AbstractContextManager[object] = threadpool_limits(limits=1, user_api="blas")
    return limits


def mapped(
    function: Callable[[_Item], _Result], items: Sequence[_Item], *, processes: int = 1
) -> Iterator[_Result]:
    """Yield what a function makes of each item, in order, with BLAS in one thread.

    Parameters
    ----------
    function, items
        For more than one process the items and the results have to be picklable. The function goes
        to each process once, with the data that it holds.
    processes
        How many work at a time. No result depends on it.
    """
    with single_threaded_blas():
        if processes <= 1 or len(items) <= 1:
            yield from map(function, items)
            return
        # A forked process has all modules and data already: its start costs nothing.
        method = "fork" if "fork" in multiprocessing.get_all_start_methods() else None
        context = multiprocessing.get_context(method)
        with _ending_as_ever():
            pool = context.Pool(min(processes, len(items)), _keep, (function,))
        with pool:
            yield from pool.imap(_call, items)


@contextmanager
def _ending_as_ever() -> Iterator[None]:
    """Let processes that start meanwhile end at once on SIGTERM, whatever this one does then.

    A worker that waits for a lock would never come to run a handler, and the pool waits for it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    kept = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, kept)


_kept: Callable[[Any], Any] | None = None


def _keep(function: Callable[[Any], Any]) -> None:
    """Remember in a worker process what it is to do with each item."""
    global _kept
    _kept = function


def _call(item: Any) -> Any:
    if _kept is None:
        raise RuntimeError("need a process that `mapped` has started, got another one")
    return _kept(item)

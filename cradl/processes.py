"""Doing the same for many things, in several processes if there are cores for them."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager
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

    Raises
    ------
    ChildProcessError
        A process was killed.
    """
    with single_threaded_blas():
        if processes <= 1 or len(items) <= 1:
            yield from map(function, items)
            return
        # A forked process has all modules and data already: its start costs nothing.
        method = "fork" if "fork" in multiprocessing.get_all_start_methods() else None
        context = multiprocessing.get_context(method)
        before = {*multiprocessing.active_children()}
        with ProcessPoolExecutor(min(processes, len(items)), context, _keep, (function,)) as pool:
            try:
                yield from pool.map(_call, items)
            except BaseException as error:
                # Nobody waits for what they are at.
                for one in {*multiprocessing.active_children()} - before:
                    one.terminate()
                if isinstance(error, BrokenProcessPool):
                    raise ChildProcessError(
                        "need processes that end their work, got one that was killed: has memory "
                        "run out?"
                    ) from error
                raise


_kept: Callable[[Any], Any] | None = None


def _keep(function: Callable[[Any], Any]) -> None:
    """Remember in a worker process what it is to do with each item; end if the parent is killed."""
    global _kept
    _kept = function
    # Whatever the parent does on it: who waits for a lock would never come to run a handler.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)


def _call(item: Any) -> Any:
    if _kept is None:
        raise RuntimeError("need a process that `mapped` has started, got another one")
    return _kept(item)

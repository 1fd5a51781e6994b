"""Doing the same for many things, in several processes if there are cores for them."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import TypeVar

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
        For more than one process both have to be picklable, as have the results.
    processes
        How many work at a time. No result depends on it.
    """
    with single_threaded_blas():
        if processes <= 1 or len(items) <= 1:
            yield from map(function, items)
            return
        # Forked processes have all modules already: their start costs nothing.
        method = "fork" if "fork" in multiprocessing.get_all_start_methods() else None
        with multiprocessing.get_context(method).Pool(min(processes, len(items))) as pool:
            yield from pool.imap(function, items)

"""How the loops are compiled by numba.

No loop uses all of ``fastmath``, which would delete the tests for NaN and infinity.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

_F = TypeVar("_F", bound=Callable[..., Any])

_KEPT: dict[str, Any] = {"cache": True, "no_cfunc_wrapper": True}
"""No loop is called from C: without that entry, all compile in five sixths of the time."""


def compiled(function: _F) -> _F:
    """Compile, keeping the Python signature for the type checker.

    Numba lets a loop inherit ``fastmath`` from the one that first calls it, unless it says no.
    """
    return cast(_F, numba.njit(fastmath=False, **_KEPT)(function))


def compiled_reordering(function: _F) -> _F:
    """Compile a loop that may take its sums in any order; NaN and infinity stay what they are.

    The last bits then depend on the vector width of the machine.
    """
    return cast(_F, numba.njit(fastmath={"reassoc", "nsz", "contract"}, **_KEPT)(function))


@contextmanager
def compiling_alone() -> Iterator[None]:
    """Let one process compile; others wait, and then find what it has kept.

    Where there are no file locks, each compiles for itself: the results are the same.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    place = Path(tempfile.gettempdir()) / f"cradl-compiling-{os.getuid()}.lock"
    with place.open("w") as lock:
        with suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield

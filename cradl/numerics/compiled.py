"""Compiling loops with numba.

No loop uses all of ``fastmath``, which would delete the tests for NaN and infinity.
"""

import functools
import hashlib
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
    return _compiled(function, fastmath=False)


def compiled_reordering(function: _F) -> _F:
    """Compile a loop that may take its sums in any order; NaN and infinity stay what they are.

    The last bits then depend on the vector width of the machine, and on nothing else as long as no
    loop has a power: numba makes ``x ** 2`` a function with the ``fastmath`` of its first caller,
    whoever that was in the process that compiled. `cradl.numerics.kernels.squared` has its own.
    """
    return _compiled(function, fastmath={"reassoc", "nsz", "contract"})


def _compiled(function: _F, **options: Any) -> _F:
    """Compile with a cache of this version of the loops."""
    config: Any = numba.config
    before = config.CACHE_DIR
    config.CACHE_DIR = _cache_folder(before)
    try:
        return cast(_F, numba.njit(**_KEPT, **options)(function))
    finally:
        config.CACHE_DIR = before


@functools.cache
def _cache_folder(given: str) -> str:
    """Return the folder for what is compiled, below `given` or the ``__pycache__`` of the package.

    Its name is a hash of all files with loops: numba looks at the file of a loop alone, and would
    keep one that calls loops of another file when that is edited.
    """
    package = Path(__file__).parents[1]
    digest = hashlib.sha256(numba.__version__.encode())
    for file in sorted([*package.glob("numerics/*.py"), *package.glob("engine/*.py")]):
        digest.update(file.read_bytes())
    place = Path(given) if given else package / "__pycache__"
    return str(place / f"cradl-loops-{digest.hexdigest()[:16]}")


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

"""Compiling loops with numba.

No loop uses all of ``fastmath``, which would delete the tests for NaN and infinity.
"""

import functools
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
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
    folder = _cache_folder(before)
    if folder is None:
        return cast(_F, numba.njit(**_KEPT | {"cache": False}, **options)(function))
    config.CACHE_DIR = folder
    try:
        dispatcher = numba.njit(**_KEPT, **options)(function)
    finally:
        config.CACHE_DIR = before
    _guard(dispatcher)
    return cast(_F, dispatcher)


def _guard(dispatcher: Any) -> None:
    """Let what is kept of a loop be compiled anew where it cannot be read, or cannot be kept."""
    # Numba disables itself, and its dispatchers, by an environment variable.
    kept = getattr(dispatcher, "_cache", None)
    if kept is None:
        return
    load, save = kept.load_overload, kept.save_overload

    def load_overload(*given: Any) -> Any:
        # What a damaged pickle raises can be anything.
        try:
            return load(*given)
        except Exception:
            with suppress(OSError):
                kept.flush()
            return None

    def save_overload(*given: Any) -> None:
        with suppress(OSError):
            save(*given)

    kept.load_overload, kept.save_overload = load_overload, save_overload


@functools.cache
def _cache_folder(given: str) -> str | None:
    """Return the folder for what is compiled, below `given` or the ``__pycache__`` of the package.

    Where neither can be written, one for temporary files; None if that cannot be written either.

    Its name is a hash of all files with loops: numba looks at the file of a loop alone, and would
    keep one that calls loops of another file when that is edited.
    """
    package = Path(__file__).parents[1]
    digest = hashlib.sha256(numba.__version__.encode())
    for file in sorted([*package.glob("numerics/*.py"), *package.glob("engine/*.py")]):
        digest.update(file.read_bytes())
    name = f"cradl-loops-{digest.hexdigest()[:16]}"
    places = (Path(given) if given else package / "__pycache__", Path(tempfile.gettempdir()))
    return next((str(one / name) for one in places if _is_writable(one / name)), None)


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


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
    with ExitStack() as stack:
        with suppress(OSError):
            fcntl.flock(stack.enter_context(place.open("w")), fcntl.LOCK_EX)
        yield

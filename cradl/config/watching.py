"""The files that a user's Python code reads, and what else it asks of the machine.

A result depends on those files: `input_file` names them, so that their content counts. What user
code opens without that is refused, wherever in a run it does so.
"""

import os
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

from cradl.config.following import PROJECT, is_installed

_REFUSED = {
    "subprocess.Popen": "starts a program",
    "os.system": "starts a program",
    "os.exec": "starts a program",
    "os.posix_spawn": "starts a program",
    "socket.connect": "asks the network",
    "socket.getaddrinfo": "asks the network",
    "sqlite3.connect": "reads a database",
}
_SYSTEM = ("/proc", "/sys", "/dev", "/etc", "/usr/lib", "/usr/share")
_CODE = frozenset({".py", ".pyc", ".so", ".pyd", ".nbi", ".nbc", ".pth"})
_OWN = tuple(str(Path(__file__).parents[2] / one) for one in sorted(PROJECT))


class Unfollowed(RuntimeError):
    """User code that depends on something that no hash covers; says what, and what to do."""


class _Watched:
    """The state of the watch: one for the process, because Python's audit hooks are."""

    def __init__(self) -> None:
        self.code: frozenset[str] = frozenset()
        self.named: dict[str, None] = {}
        self.written: set[str] = set()
        self.offences: list[str] = []
        self.loading = self.hooked = False


_watched = _Watched()


def input_file(plugin: str, name: str) -> Path:
    """Return the path of a file that a plugin reads, and make its content part of the results.

    Call it where the plugin is imported, not in one of its functions: what depends on the file is
    known before anything runs.

    Parameters
    ----------
    plugin
        ``__file__`` of the plugin.
    name
        The file, relative to it.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    Unfollowed
        It is named for the first time while a job runs.
    """
    path = Path(plugin).resolve().parent / name
    if not path.is_file():
        raise FileNotFoundError(f"need the file {name} beside {Path(plugin).name}, got none")
    key = str(path.resolve())
    if not _watched.loading and key not in _watched.named:
        needed = f"need input_file(__file__, {name!r}) at the top of {Path(plugin).name}"
        raise Unfollowed(f"{needed}, got it in a function")
    _watched.named[key] = None
    return path


def named_files() -> tuple[Path, ...]:
    """Return the files that `input_file` has named since the watch began, in their order."""
    return tuple(map(Path, _watched.named))


def watch(code: Iterable[Path]) -> None:
    """Begin to watch what these files of user code open; forget what was watched before."""
    _watched.code = frozenset(str(one) for one in code)
    _watched.named, _watched.offences, _watched.loading = {}, [], bool(_watched.code)
    if _watched.code and not _watched.hooked:
        sys.addaudithook(_hook)
        _watched.hooked = True


def loaded(code: Iterable[Path]) -> list[str]:
    """End the time in which files can be named, and watch all of the code from now on.

    Returns
    -------
    What was refused so far, also where the code has caught the exception.
    """
    _watched.code |= {str(one) for one in code}
    _watched.loading = False
    return list(_watched.offences)


def _hook(event: str, given: tuple[Any, ...]) -> None:
    if not _watched.code or (event != "open" and event not in _REFUSED):
        return
    frame = _user_frame(sys._getframe(1))
    if frame is None:
        return
    where = f"line {frame.f_lineno} of {Path(frame.f_code.co_filename).name}"
    if event == "open":
        path = _unnamed(given)
        if path is None:
            return
        told = f"need files named by cradl.input_file(__file__, {path.name!r}), so that an edit of"
        told = f"{told} them makes results anew, got {where}, which opens {path}"
    else:
        told = f"need results that depend on files alone, got {where}, which {_REFUSED[event]}"
    _watched.offences.append(told)
    raise Unfollowed(told)


def _user_frame(frame: FrameType | None) -> FrameType | None:
    """Return the innermost frame that is no library's, if it is of watched code."""
    while frame is not None:
        name = frame.f_code.co_filename
        if name in _watched.code:
            return frame
        # What a library does while it is imported, such as looking for fonts, is its own affair.
        if name.startswith("<frozen importlib"):
            return None
        if not name.startswith("<") and not _is_library(name):
            # While plugins load, what they import is theirs.
            return frame if _watched.loading and not name.startswith(_OWN) else None
        frame = frame.f_back
    return None


@cache
def _is_library(name: str) -> bool:
    return is_installed(Path(name).resolve())


def _unnamed(given: tuple[Any, ...]) -> Path | None:
    """Return the file that is opened to be read and that nobody has named."""
    opened, mode, flags = given
    if not isinstance(opened, str | bytes | os.PathLike):
        return None
    path = Path(os.fsdecode(opened)).resolve()
    writes = (isinstance(mode, str) and bool({*mode} & {*"wxa"})) or (
        isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR)) and mode is None
    )
    if writes:
        _watched.written.add(str(path))
        return None
    known = str(path) in _watched.named or str(path) in _watched.written
    places = (sys.prefix, sys.base_prefix, *_SYSTEM)
    of_python = path.suffix in _CODE or any(path.is_relative_to(one) for one in places)

    return None if known or of_python or not path.is_file() else path

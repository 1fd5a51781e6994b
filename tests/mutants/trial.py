"""One module with a fault against its tests, in a process that leaves nothing behind.

The fault is imported from memory: no file is touched, whenever the process ends.
"""

import importlib.abc
import importlib.util
import multiprocessing
import os
import resource
import signal
import sys
import threading
import time

MEMORY = 8 * 2**30
"""Bytes of address space: a loop without an end may fill all that there is."""

OPTIONS = ("-x", "-q", "-n", "0", "-p", "no:cacheprovider")


class Injected(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Import one module from a changed source."""

    def __init__(self, name, path, source):
        self.name, self.path, self.source = name, path, source

    def find_spec(self, name, path=None, target=None):
        if name == self.name:
            return importlib.util.spec_from_file_location(name, self.path, loader=self)
        return None

    def get_source(self, name):
        return self.source

    def exec_module(self, module):
        exec(compile(self.source, str(self.path), "exec"), module.__dict__)


def outcome(root, path, source, tests, *, limit):
    """Run the tests of a module with a changed source, at most `limit` seconds.

    Returns
    -------
    ``killed``, ``timed out`` or ``survived``; and the seconds that it took.
    """
    start = time.monotonic()
    process = multiprocessing.get_context("fork").Process(
        target=_child, args=(root, path, source, tests)
    )
    process.start()
    process.join(limit)
    late = process.is_alive()
    if late:
        # With whatever its tests have started: it leads a group of its own.
        os.killpg(process.pid, signal.SIGKILL)
        process.join()
    state = "timed out" if late else "killed" if process.exitcode else "survived"
    return state, round(time.monotonic() - start, 1)


def _child(root, path, source, tests):
    os.setsid()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    os.chdir(root)
    name = ".".join(path.with_suffix("").parts)
    sys.meta_path.insert(0, Injected(name, root / path, source))
    import pytest

    os._exit(int(pytest.main([*OPTIONS, f"--rootdir={root}", *tests])) != 0)


def _end_with_parent():
    multiprocessing.parent_process().join()
    os.killpg(0, signal.SIGKILL)

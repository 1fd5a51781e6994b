"""Simulation of Byzantine-robust distributed learning with coded gradients (CRA-DL)."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cradl.config.resolving import load_study
    from cradl.config.watching import input_file
    from cradl.engine.experiment import simulate

__all__ = ["input_file", "load_results", "load_study", "run", "simulate"]

_MODULES = {
    "input_file": "cradl.config.watching",
    "load_results": "cradl.session",
    "load_study": "cradl.config.resolving",
    "run": "cradl.session",
    "simulate": "cradl.engine.experiment",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for: whoever needs one module does not wait for the compiled loops."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULES[name]), name)

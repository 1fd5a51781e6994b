"""How the loops are compiled by numba.

No loop uses all of ``fastmath``, which would delete the tests for NaN and infinity.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

_F = TypeVar("_F", bound=Callable[..., Any])


def compiled(function: _F) -> _F:
    """Compile, keeping the Python signature for the type checker.

    Numba lets a loop inherit ``fastmath`` from the one that first calls it, unless it says no.
    """
    return cast(_F, numba.njit(cache=True, fastmath=False)(function))


def compiled_reordering(function: _F) -> _F:
    """Compile a loop that may take its sums in any order; NaN and infinity stay what they are.

    The last bits then depend on the vector width of the machine.
    """
    return cast(_F, numba.njit(cache=True, fastmath={"reassoc", "nsz", "contract"})(function))

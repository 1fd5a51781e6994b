"""Types of arrays, and how a large one is laid out. Numbers are float64 throughout."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Matrix = NDArray[np.uint8]
"""Zeros and ones: allocations (devices by subsets), designs (points by blocks)."""
Indices = NDArray[np.uint64]
"""Unsigned, so that compiled loops need not test for negative indices."""


def aligned(shape: tuple[int, ...]) -> Floats:
    """Return an uninitialised array that starts on a cache line, as vector loads prefer."""
    size = math.prod(shape)
    entries = np.empty(size + 8)
    first = -entries.ctypes.data % 64 // 8
    return entries[first : first + size].reshape(shape)


def real(value: Any, what: str) -> Floats:
    """Return an array-like of real numbers as float64; refuse what would lose information.

    Raises
    ------
    TypeError
        Masked entries, complex numbers, texts, dates, truth values or objects; says what was given.
    """
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(f"need {what}, got a masked array: fill or leave out what is masked")
    try:
        found = np.asarray(value)
    except ValueError as error:
        raise TypeError(f"need {what}, got {type(value).__name__} with rows that differ") from error
    if found.dtype.kind not in "iuf":
        raise TypeError(f"need {what}, got {type(value).__name__} of {found.dtype}")
    return found.astype(np.float64, copy=False)


_BLOCK = 1 << 20
"""Numbers in the largest block of `slices`: 8 MiB."""


def slices(rows: int, width: int) -> Iterator[slice]:
    """Yield slices of whole rows that cover (rows, width), so that a copy of one stays small."""
    step = max(_BLOCK // max(width, 1), 1)
    for first in range(0, rows, step):
        yield slice(first, min(first + step, rows))

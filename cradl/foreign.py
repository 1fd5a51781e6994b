"""Functions of rows that the package does not come with: what they get, and what they give back.

They get copies of arrays, so that nothing they do to one reaches anybody else. What they return is
checked where it comes back, and what they raise is told with the row's name.
"""

import traceback
from pathlib import Path
from typing import Any

import numpy as np

from cradl.arrays import Floats, real
from cradl.faults import RowFault, RowRaised
from cradl.rows import Row

__all__ = ["RowFault", "called", "is_foreign", "require_finite", "returned"]

LARGE = 1e150
"""Numbers up to which no rule overflows that adds up squares: what is not finite is its own."""


def is_foreign(function: Any) -> bool:
    """Tell whether a function is a user's: the package's own need no copies and no checks."""
    return not str(getattr(function, "__module__", "")).startswith("cradl.")


def called(row: Row, field: str, *given: Any, **named: Any) -> Any:
    """Call the function in a field of a row; a user's gets copies of arrays.

    Raises
    ------
    RowFault
        A user's function raised; says where.
    """
    function = getattr(row, field)
    if not is_foreign(function):
        return function(*given, **named)
    try:
        return function(*map(_copied, given), **{key: _copied(one) for key, one in named.items()})
    except RowFault:
        raise
    except Exception as error:
        told = f"{type(error).__name__}{_line_of(error)}: {' '.join(str(error).split())}"
        raise RowRaised(f"need {_called(row, field)} to return, got {told}") from error


def returned(row: Row, field: str, value: Any, shape: tuple[int, ...]) -> Floats:
    """Return what a function of a row gave back as float64, if it is what it must be.

    Raises
    ------
    RowFault
        No array of real numbers, or one of another shape.
    """
    if not is_foreign(getattr(row, field)):
        return np.asarray(value, np.float64)
    needed = f"an array {_shape(shape)} of real numbers from {_called(row, field)}"
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not isinstance(value, np.ndarray | np.generic) and not (shape == () and number):
        raise RowFault(f"need {needed}, got a {type(value).__name__}")
    try:
        found = real(value, needed)
    except TypeError as error:
        raise RowFault(str(error)) from error
    if found.shape != shape:
        raise RowFault(f"need {needed}, got shape {_shape(found.shape)}")
    return found


def require_finite(row: Row, field: str, value: Floats, *, given: Floats) -> None:
    """Refuse a result that is not finite although what the function got was, and not large.

    Raises
    ------
    RowFault
        Says how many entries, and which first.
    """
    if not is_foreign(getattr(row, field)) or np.isfinite(value).all():
        return
    if not np.abs(given).max(initial=0.0) < LARGE:
        return
    wrong = np.argwhere(~np.isfinite(value))
    first = tuple(int(one) for one in wrong[0])
    raise RowFault(
        f"need finite numbers from {_called(row, field)} for finite ones, got "
        f"{value[first]} in {len(wrong)} of {value.size} entries, first {first}"
    )


def _copied(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else value


def _called(row: Row, field: str) -> str:
    return f"{field} of {row.key or type(row).__name__}"


def _shape(shape: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def _line_of(error: BaseException) -> str:
    """Return where a user's own file raised, or called what raised."""
    own = Path(__file__).parent
    frames = [
        one
        for one in traceback.extract_tb(error.__traceback__)
        if own not in Path(one.filename).parents and "site-packages" not in one.filename
    ]
    return f" on line {frames[-1].lineno} of {Path(frames[-1].filename).name}" if frames else ""

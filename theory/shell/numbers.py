"""Read numbers of options exactly; what is refused says what is needed, argparse names the option.

Numbers have at most `DIGITS` digits before and after the point, so that an answer fits a
floating-point number and its cost does not depend on how a number is written.
"""

import argparse
import re
from collections.abc import Callable
from fractions import Fraction

DIGITS = 300
LARGEST = 10**15
"""The largest integer, up to which floating-point numbers count one by one."""

_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE](?P<exponent>[+-]?\d{1,6}))?", re.ASCII)
_RATIO = re.compile(r"[+-]?\d+/\d+", re.ASCII)


def exact(text: str) -> Fraction:
    """Read a decimal or a fraction without rounding.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is none, or too large or too small.
    """
    decimal = _DECIMAL.fullmatch(text)
    if len(text) > DIGITS or not (decimal or _RATIO.fullmatch(text)):
        raise argparse.ArgumentTypeError(f"need a number, got {_shown(text)}")
    if decimal and abs(int(decimal["exponent"] or 0)) > DIGITS:
        raise argparse.ArgumentTypeError(f"need at most {DIGITS} digits, got {_shown(text)}")
    try:
        return Fraction(text)
    except ZeroDivisionError:
        raise argparse.ArgumentTypeError(f"need a number, got {_shown(text)}") from None


def number(
    *,
    above: int | None = None,
    least: int | None = None,
    below: int | None = None,
) -> Callable[[str], Fraction]:
    """Return a reader of numbers within bounds; `least` is allowed, the others are not."""
    limits = {">": above, ">=": least, "<": below}
    needed = " and ".join(f"{sign} {limit}" for sign, limit in limits.items() if limit is not None)

    def read(text: str) -> Fraction:
        value = exact(text)
        met = (
            (above is None or value > above)
            and (least is None or value >= least)
            and (below is None or value < below)
        )
        if not met:
            raise argparse.ArgumentTypeError(f"need a number {needed}, got {_shown(text)}")
        return value

    return read


def whole(*, least: int) -> Callable[[str], int]:
    """Return a reader of integers from `least` on, also as 1e3 or 10.0."""

    def read(text: str) -> int:
        value = exact(text)
        if value.denominator != 1 or not least <= value <= LARGEST:
            needed = f"an integer from {least} to 1e15"
            raise argparse.ArgumentTypeError(f"need {needed}, got {_shown(text)}")
        return int(value)

    return read


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}...")

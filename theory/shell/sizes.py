"""Options on devices and allocations, and what they need of each other."""

import argparse
from fractions import Fraction

from theory.proving.evaluation import Hypothesis
from theory.shell.numbers import number, whole


def add(parser: argparse.ArgumentParser, *, d_min: bool = True) -> None:
    """Add the options on sizes to a command."""
    parser.add_argument("--N", type=whole(least=2), required=True, help="devices")
    parser.add_argument("--M", type=whole(least=1), required=True, help="subsets")
    parser.add_argument("--r", type=whole(least=1), required=True, help="subsets a device")
    if d_min:
        fewest = "fewest devices with a subset; N r/M if it is an integer"
        parser.add_argument("--d-min", type=whole(least=1), help=fewest)
        surplus = "most subsets that one device has and another has not; allows any allocation"
        parser.add_argument("--nu", type=whole(least=0), help=surplus)


def add_fraction(parser: argparse.ArgumentParser) -> None:
    """Add the Byzantine fraction to a command."""
    fraction = number(least=0, below=1)
    parser.add_argument("--alpha", type=fraction, required=True, help="Byzantine fraction")


def byzantine(options: argparse.Namespace) -> int:
    """Return the number of Byzantine devices.

    Raises
    ------
    ValueError
        If N α is no integer.
    """
    devices = options.N * options.alpha
    if devices.denominator != 1:
        near = Fraction(round(devices), options.N)
        got = f"--N {options.N} --alpha {options.alpha}; the nearest is --alpha {near}"
        raise ValueError(f"need an integer N alpha, got {got}")
    return int(devices)


def d_min(options: argparse.Namespace) -> int:
    """Return the given d_min, or N r/M.

    Raises
    ------
    ValueError
        If sizes contradict each other, or d_min is not given and N r/M is no integer.
    """
    given = f"--N {options.N} --M {options.M} --r {options.r}"
    if options.r > options.M:
        raise ValueError(f"need --r of at most --M, got {given}")
    if options.nu is not None and options.nu > options.r:
        raise ValueError(f"need --nu of at most --r, got --nu {options.nu} --r {options.r}")
    if options.d_min is None:
        if options.N * options.r % options.M:
            raise ValueError(f"need --d-min where N r/M is no integer, got {given}")
        return int(options.N * options.r // options.M)
    if options.d_min > options.N:
        raise ValueError(f"need --d-min of at most --N, got {given} --d-min {options.d_min}")
    if options.d_min * options.M > options.N * options.r:
        raise ValueError(f"need --d-min M <= N r, got {given} --d-min {options.d_min}")
    return int(options.d_min)


def existence(options: argparse.Namespace) -> list[Hypothesis]:
    """Judge whether an allocation can be as the statement needs it, without --nu."""
    if options.nu is not None:
        return []
    overlap = Fraction(options.r**2, options.M)
    says = f"an allocation in which every two devices share exactly r^2/M = {overlap} subsets"
    if overlap.denominator != 1:
        return [_nothing(f"{says}, an integer (else give --nu)")]
    equal = d_min(options) * options.M == options.N * options.r and options.r < options.M
    # Row U7 of the ledger: the degrees vary if r < M.
    if equal:
        return [_nothing(f"{says}, and d_min < N r/M if r < M (else give --nu)")]
    return []


def order(options: argparse.Namespace) -> None:
    """Refuse a loss at the start below its minimum."""
    if options.Fstar > options.F0:
        raise ValueError(f"need --F0 >= --Fstar, got --F0 {options.F0} --Fstar {options.Fstar}")


def _nothing(name: str) -> Hypothesis:
    """Return a hypothesis that nothing meets."""
    return Hypothesis(name, holds=False, factor=float("inf"))

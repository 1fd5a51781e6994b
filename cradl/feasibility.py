"""What is possible: the conditions that tie the keys of one curve together."""

import math
from collections.abc import Iterator
from fractions import Fraction

from cradl.aggregation import RULES
from cradl.allocation import ALLOCATIONS
from cradl.methods import METHODS
from cradl.reading import Finding
from cradl.study import Curve


def byzantine_count(alpha: float, N: int, rounding: str) -> int:
    """Return alpha * N as a number of devices, from the decimal value of alpha as written.

    Binary floats would turn 0.29 * 100 into 28.999...; halves round up under ``nearest``.
    """
    exact = Fraction(repr(alpha)) * N
    if rounding == "floor":
        return math.floor(exact)
    if rounding == "ceil":
        return math.ceil(exact)
    return math.floor(exact + Fraction(1, 2))


def infeasible(curve: Curve, path: str) -> Iterator[Finding]:
    """Yield what makes a resolved curve impossible to run."""
    needed = ALLOCATIONS[curve.allocation].requirement(curve.N, curve.M, curve.r)
    if needed is not None:
        sizes = f"N={curve.N}, M={curve.M}, r={curve.r}"
        yield Finding(path, f"{needed} for allocation {curve.allocation}", sizes)
    if curve.f >= curve.N:
        yield Finding(path, "at least one honest device", f"f={curve.f} of N={curve.N}")
    method = METHODS[curve.method]
    replication = 1 if method.replication is None else method.replication(curve.withstood)
    if replication > curve.N:
        needed = f"at least {replication} devices to withstand {curve.withstood} Byzantine ones"
        yield Finding(path, f"{needed} for {curve.method}", f"N={curve.N}")
    if method.uses_rule:
        largest = RULES[curve.aggregator].max_f(curve.N)
        counts = {curve.withstood: "withstood", curve.f: "Byzantine"}
        for count, which in counts.items():
            if count > largest:
                yield Finding(
                    path,
                    f"at most {largest} {which} devices of N={curve.N} for {curve.aggregator}",
                    f"{count} (alpha={curve.alpha})",
                )

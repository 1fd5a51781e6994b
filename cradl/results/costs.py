"""The costs of a method: the most it takes of each resource in an iteration."""

from typing import NamedTuple

from cradl.codes import detect
from cradl.methods import METHODS, prescribed_r


class Costs(NamedTuple):
    """The most of each that an iteration takes, while no more devices lie than promised.

    Attributes
    ----------
    storage
        Subsets on a device.
    computation
        Gradients of subsets that a device computes.
    server_gradients, rounds, numbers_received
        As in `cradl.protocol.DecodeContext`.
    """

    storage: int
    computation: int
    server_gradients: int
    rounds: int
    numbers_received: int


def costs(method: str, *, N: int, M: int, D: int, f: int, r: int | None = None) -> Costs:
    """Return the costs of withstanding f Byzantine devices.

    Parameters
    ----------
    method
        A row of `METHODS`.
    r
        Subsets on each device, where the method leaves that to the study.

    Raises
    ------
    ValueError
        `r` where the method prescribes it, or none where it does not.

    Examples
    --------
    Detection with f = 1 on 4 devices: two groups, 4 subsets each, halved twice in 2 rounds, in
    each of which two devices send a number.

    >>> costs("detection", N=4, M=8, D=10, f=1)
    Costs(storage=4, computation=4, server_gradients=1, rounds=3, numbers_received=44)
    """
    prescribed = prescribed_r(METHODS[method], N=N, M=M, f=f)
    if (r is None) == (prescribed is None):
        need = "r" if prescribed is None else "no r"
        raise ValueError(f"need {need} for {method}, got {'none' if r is None else r}")
    held = prescribed or r or 0
    liars = f if METHODS[method].decode is detect else 0
    # A group's subsets are halved until one is left; all liars may be in one group.
    questions = liars * (held - 1).bit_length()
    return Costs(held, held, liars, 1 + questions, N * D + 2 * questions)

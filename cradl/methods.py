"""Methods of distributed learning, each a triple: allocation, encoding, decoding.

`METHODS` names the five of Section V and the two codes it compares with in words.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from cradl.aggregation import RULES
from cradl.arrays import Floats, Matrix
from cradl.codes import detect, detection_replication, majority_replication, majority_vote
from cradl.numerics.spreads import degrees
from cradl.protocol import DecodeContext, Encoding


class Method(NamedTuple):
    """One row of `METHODS`.

    Attributes
    ----------
    name
        As legends show it; the paper's name where it has one.
    allocation
        ``"disjoint"`` or ``"grouped"``, or None for the redundant allocation that the study
        chooses.
    encode
        S (N, M) -> `Encoding`.
    decode
        ``decode(messages, *, f, context) -> (D,)``, an estimate of ∇F/N.
    uses_rule
        Whether the study chooses the aggregation rule.
    clairvoyant
        Whether the server is told who is honest.
    replication
        f -> how many devices must hold each subset to withstand f Byzantine ones; None where
        the method promises no exact recovery.
    """

    name: str
    allocation: str | None
    encode: Callable[[Matrix], Encoding]
    decode: Callable[..., Floats]
    uses_rule: bool
    clairvoyant: bool
    replication: Callable[[int], int] | None = None


def coded_gradient(S: Matrix) -> Encoding:
    """Weight each gradient by 1/d_k, eq. (5); with one device a subset that is the local gradient.

    A subset on no device appears in no message: it contributes nothing.
    """
    devices, subsets = np.nonzero(S.view(np.bool_))
    starts = np.searchsorted(devices, np.arange(len(S) + 1))
    return Encoding(starts, subsets.astype(np.uint64), 1.0 / degrees(S)[subsets])


def aggregate(messages: Floats, *, f: int, context: DecodeContext) -> Floats:
    """Apply the rule to all messages, eq. (6)."""
    return context.rule(messages, f=f)


def average(messages: Floats, *, f: int, context: DecodeContext) -> Floats:
    """Average all messages, liars included."""
    return RULES["mean"](messages, f=f)


def average_honest(messages: Floats, *, f: int, context: DecodeContext) -> Floats:
    """Average the messages of the honest devices, which only the Clairvoyant server knows."""
    if context.honest is None:
        raise ValueError("need the identities of the honest devices, got none")
    return RULES["mean"](messages[context.honest], f=0)


METHODS: dict[str, Method] = {
    "mean_averaging": Method("MA", "disjoint", coded_gradient, average, False, False),
    "rba_dl": Method("RBA-DL", "disjoint", coded_gradient, aggregate, True, False),
    "sgc_dl": Method("SGC-DL", None, coded_gradient, average, False, False),
    "clairvoyant": Method("Clairvoyant", "disjoint", coded_gradient, average_honest, False, True),
    "cra_dl": Method("CRA-DL", None, coded_gradient, aggregate, True, False),
    "fractional_repetition": Method(
        "Majority vote",
        "grouped",
        coded_gradient,
        majority_vote,
        False,
        False,
        majority_replication,
    ),
    "detection": Method(
        "Detection", "grouped", coded_gradient, detect, False, False, detection_replication
    ),
}


def prescribed_r(method: Method, *, N: int, M: int, f: int) -> int | None:
    """Return the largest number of subsets on a device; None where the study chooses it."""
    if method.allocation is None:
        return None
    if method.replication is None:
        return max(M // N, 1)
    groups = max(N // method.replication(f), 1)
    return -(-M // groups)

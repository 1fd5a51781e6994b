"""Methods of distributed learning, each a triple: allocation, encoding, decoding.

`METHODS` names the five of Section V and the two codes it compares with in words.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from cradl.aggregation import RULES
from cradl.arrays import Floats, Matrix
from cradl.codes import detect, detection_replication, majority_replication, majority_vote
from cradl.numerics.spreads import degrees
from cradl.protocol import DecodeContext, Encoding
from cradl.rows import Row, Table


class Encode(Protocol):
    """Encodes: says which sums devices send, by the subsets they hold."""

    def __call__(self, S: Matrix, /) -> Encoding:
        """Return what the devices of an allocation S (N, M) sum up."""


class Decode(Protocol):
    """Decodes the messages at the server."""

    def __call__(self, messages: Floats, /, *, f: int, context: DecodeContext) -> Floats:
        """Return an estimate (D,) of ∇F/N from messages (N, D), f of them at most Byzantine."""


@dataclass(frozen=True, kw_only=True)
class Method(Row):
    """A row of `METHODS`.

    Attributes
    ----------
    allocation
        ``"disjoint"`` or ``"grouped"``; None for the redundant allocation that the study chooses.
    encode
        S (N, M) -> `Encoding`.
    decode
        ``decode(messages, *, f, context) -> (D,)``, as `Decode` says.
    uses_rule
        Whether the study chooses the aggregation rule.
    clairvoyant
        Whether the server is told who is honest.
    replication
        f -> how many devices must hold each subset to tolerate f Byzantine ones; None if the
        method promises no exact recovery.
    """

    CALLED: ClassVar[tuple[str, ...]] = ("encode", "decode", "replication")

    allocation: str | None = None
    encode: Encode
    decode: Decode
    uses_rule: bool = False
    clairvoyant: bool = False
    replication: Callable[[int], int] | None = None


def coded_gradient(S: Matrix) -> Encoding:
    """Weight each gradient by 1/d_k, eq. (5); with one device a subset that is the local gradient.

    A subset on no device appears in no message: it contributes nothing.

    Examples
    --------
    Both devices hold the subset in the middle, and each sends half of its gradient:

    >>> encoding = coded_gradient(np.array([[1, 1, 0], [0, 1, 1]], np.uint8))
    >>> encoding.starts.tolist(), encoding.subsets.tolist(), encoding.weights.tolist()
    ([0, 2, 4], [0, 1, 1, 2], [1.0, 0.5, 0.5, 1.0])
    """
    devices, subsets = np.nonzero(S.view(np.bool_))
    starts = np.searchsorted(devices, np.arange(len(S) + 1))
    return Encoding(starts, subsets.astype(np.uint64), 1.0 / degrees(S)[subsets])


def aggregate(messages: Floats, *, f: int, context: DecodeContext) -> Floats:
    """Apply the rule to all messages, eq. (6)."""
    return context.rule(messages, f=f)


def average(messages: Floats, *, f: int, context: DecodeContext) -> Floats:
    """Average all messages, those of Byzantine devices included."""
    return RULES["mean"](messages, f=f)


def average_honest(messages: Floats, *, f: int, context: DecodeContext) -> Floats:
    """Average the messages of the honest devices, which only the Clairvoyant server knows."""
    if context.honest is None:
        raise ValueError("need the identities of the honest devices, got none")
    return RULES["mean"](messages[context.honest], f=0)


METHODS = Table(
    "METHODS",
    Method,
    {
        "mean_averaging": Method(
            name="MA", allocation="disjoint", encode=coded_gradient, decode=average
        ),
        "rba_dl": Method(
            name="RBA-DL",
            allocation="disjoint",
            encode=coded_gradient,
            decode=aggregate,
            uses_rule=True,
        ),
        "sgc_dl": Method(name="SGC-DL", encode=coded_gradient, decode=average),
        "clairvoyant": Method(
            name="Clairvoyant",
            allocation="disjoint",
            encode=coded_gradient,
            decode=average_honest,
            clairvoyant=True,
        ),
        "cra_dl": Method(name="CRA-DL", encode=coded_gradient, decode=aggregate, uses_rule=True),
        "fractional_repetition": Method(
            name="Majority vote",
            allocation="grouped",
            encode=coded_gradient,
            decode=majority_vote,
            replication=majority_replication,
        ),
        "detection": Method(
            name="Detection",
            allocation="grouped",
            encode=coded_gradient,
            decode=detect,
            replication=detection_replication,
        ),
    },
)


def prescribed_r(method: Method, *, N: int, M: int, f: int) -> int | None:
    """Return the largest number of subsets on a device; None if the study chooses it.

    Examples
    --------
    A majority vote against one Byzantine device needs groups of 3; 10 devices make 3 of them, and
    ⌈1000/3⌉ = 334.

    >>> names = ("rba_dl", "cra_dl", "fractional_repetition", "detection")
    >>> [prescribed_r(METHODS[name], N=10, M=1000, f=1) for name in names]
    [100, None, 334, 200]
    """
    if method.allocation is None:
        return None
    if method.replication is None:
        return max(M // N, 1)
    groups = max(N // method.replication(f), 1)
    return -(-M // groups)

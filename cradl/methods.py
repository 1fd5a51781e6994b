"""Methods of distributed learning, each a triple: allocation, encoding, decoding.

`METHODS` names the five of Section V.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from cradl.aggregation import RULES, Rule
from cradl.allocation import Matrix, degrees
from cradl.kernels import Floats, Indices, Ints


class Encoding(NamedTuple):
    """What each device sums up: a sparse (N, M) matrix of weights, row by row.

    Attributes
    ----------
    starts
        (N + 1,): device i owns the entries ``starts[i]:starts[i + 1]``.
    subsets
        (entries,): the subset of each entry, ascending in a row.
    weights
        (entries,): the factor on that subset's gradient.
    """

    starts: Ints
    subsets: Indices
    weights: Floats

    def of_samples(self, per_subset: int) -> "Encoding":
        """Return the same sums over samples; subset k holds the k-th `per_subset` of them."""
        first = self.subsets[:, np.newaxis] * per_subset
        samples = (first + np.arange(per_subset, dtype=np.uint64)).astype(np.uint64).ravel()
        return Encoding(self.starts * per_subset, samples, np.repeat(self.weights, per_subset))


class DecodeContext(NamedTuple):
    """What the server knows besides the messages.

    Attributes
    ----------
    rule
        The aggregation rule the study chose for this curve.
    honest
        Indices of the honest devices, for the Clairvoyant method alone; None for all others.
    """

    rule: Rule
    honest: Ints | None


class Method(NamedTuple):
    """One row of `METHODS`.

    Attributes
    ----------
    name
        As the paper prints it.
    allocation
        ``"disjoint"``, or None for the redundant allocation that the study chooses.
    encode
        S (N, M) -> `Encoding`.
    decode
        ``decode(messages, *, f, context) -> (D,)``, an estimate of ∇F/N.
    uses_rule
        Whether the study chooses the aggregation rule.
    clairvoyant
        Whether the server is told who is honest.
    """

    name: str
    allocation: str | None
    encode: Callable[[Matrix], Encoding]
    decode: Callable[..., Floats]
    uses_rule: bool
    clairvoyant: bool


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
}

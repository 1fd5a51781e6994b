"""Codes that recover ∇F/N exactly while no more devices lie than promised.

Devices form groups, and all devices of a group hold the same subsets (`cradl.allocation.grouped`).
The server accepts one message of each group; with the weights 1/d_k of eq. (5) a message times the
size of its group is the sum of the group's gradients.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cradl.arrays import Floats, Ints
from cradl.protocol import DecodeContext, Encoding

TOLERANCE = 1e-9
"""Messages count as equal if no entry differs by more than this fraction of the largest entry.

Devices may sum in different orders, which changes the last bits. A lie within the tolerance passes
and changes what is decoded by no more than that."""

ROUNDING = 1e-12
"""Two devices' answers on one gradient count as equal if they differ by no more than this fraction
of the largest partial sum on the way there: subtracting such sums leaves nothing but rounding."""


def majority_replication(f: int) -> int:
    """Return how many devices must hold each subset for a majority of them to be honest."""
    return 2 * f + 1


def detection_replication(f: int) -> int:
    """Return how many devices must hold each subset for one of them to be honest."""
    return f + 1


def majority_vote(messages: Floats, *, f: int, context: DecodeContext) -> Floats:
    """Accept of each group the message that all but at most f of its devices send.

    In a group of 2f + 1 or more, at most one message can have so many senders, and if at most f
    devices lie the true one has.

    Raises
    ------
    ValueError
        No message of a group has enough senders: more than f devices lie.

    References
    ----------
    Chen, Wang, Charles and Papailiopoulos, DRACO, ICML 2018: the repetition code.
    """

    def settle(devices: Ints) -> int:
        return _elected(messages, devices, f)

    return _recover(messages, context.encoding, settle, f, majority_replication(f))


def _elected(messages: Floats, devices: Ints, f: int) -> int:
    """Return a device whose message all but at most f of the `devices` send."""
    needed, most = len(devices) - f, 0
    for device in devices:
        equal = int(np.count_nonzero(_equal(messages[devices], messages[device])))
        if equal >= needed:
            return int(device)
        most = max(most, equal)
    raise ValueError(
        f"need {needed} equal messages from a group of {len(devices)} devices "
        f"to tolerate {f} Byzantine ones, got at most {most}"
    )


def detect(messages: Floats, *, f: int, context: DecodeContext) -> Floats:
    """Accept unanimous groups; in others expose liars by at most f gradients at the server.

    Two devices of a group that disagree are asked, in one coordinate, for the sums over ever
    smaller parts of their subsets until they disagree on one subset. The server computes its
    gradient, which proves one of them wrong, and so on until those that are left agree. If at most
    f devices lie, some device in each group of f + 1 or more is honest; no honest device is ever
    proved wrong. Groups are questioned side by side, the pairs in a group one after the other.

    Raises
    ------
    ValueError
        More than f devices are exposed as liars.

    References
    ----------
    Hofmeister, Maßny, Yaakobi and Bitar, Byzantine-resilient gradient coding through local gradient
    computations, IEEE Transactions on Information Theory, 2025: replication f + 1, at most f
    gradients at the server, light communication; how the questions are chosen is our own.
    """
    exposed: list[int] = []
    rounds = [0]

    def settle(devices: Ints) -> int:
        survivor, asked = _survivor(messages, devices, exposed, f, context)
        rounds.append(asked)
        return survivor

    update = _recover(messages, context.encoding, settle, f, detection_replication(f))
    context.rounds += max(rounds)
    return update


def _survivor(
    messages: Floats, devices: Ints, exposed: list[int], f: int, context: DecodeContext
) -> tuple[int, int]:
    """Return a device whose message stands, and the rounds of questions; add to the `exposed`."""
    finite = np.isfinite(messages[devices]).all(axis=1)
    _expose(exposed, devices[~finite], f)
    left, rounds = devices[finite], 0
    while True:
        rivals = left[~_equal(messages[left], messages[left[0]])]
        if len(rivals) == 0:
            return int(left[0]), rounds
        pair = np.array([left[0], rivals[0]])
        wrong, asked = _contest(messages, pair, context)
        rounds += asked
        _expose(exposed, wrong, f)
        # Where only rounding parts the two, either will do.
        gone = wrong if len(wrong) else pair[1:]
        left = left[(left[:, np.newaxis] != gone).all(axis=1)]


def _expose(exposed: list[int], liars: Ints, f: int) -> None:
    exposed.extend(liars.tolist())
    if len(exposed) > f:
        raise ValueError(f"need at most {f} Byzantine devices, got {len(exposed)} exposed as liars")


def _contest(messages: Floats, pair: Ints, context: DecodeContext) -> tuple[Ints, int]:
    """Let two devices that disagree say where; return those proved wrong, and the rounds it took.

    Neither is proved wrong where nothing but rounding parts them.
    """
    dispute = _narrowed(messages, pair, context)
    finite = np.isfinite(dispute.claims)
    if not finite.all():
        return pair[~finite], dispute.rounds
    if abs(dispute.claims[0] - dispute.claims[1]) <= ROUNDING * dispute.largest:
        return pair[:0], dispute.rounds
    gradient = context.local_gradient(int(context.encoding.subsets[dispute.entry]))
    truth = context.encoding.weights[dispute.entry] * gradient[dispute.coordinate]
    errors = np.abs(dispute.claims - truth)
    # Both, where two liars met: an honest device is wrong by rounding at most.
    return pair[errors >= 0.5 * errors.max()], dispute.rounds


class _Dispute(NamedTuple):
    """Where two devices disagree: on one coordinate of one subset's weighted gradient.

    Attributes
    ----------
    coordinate
        Where their messages differ most.
    entry
        The subset's entry in the encoding.
    claims
        What each says of it (2,); not finite once it has answered nonsense.
    largest
        Largest partial sum that either claimed.
    rounds
        How often they were asked.
    """

    coordinate: int
    entry: int
    claims: Floats
    largest: float
    rounds: int


def _narrowed(messages: Floats, pair: Ints, context: DecodeContext) -> _Dispute:
    """Ask two devices for sums over halves, and follow the half on which they differ more.

    Their difference at the end is at least that of the messages over the number of subsets, that
    rounded up to a power of two.
    """
    one, other = messages[pair]
    coordinate = int(np.argmax(np.abs(one - other)))
    a, b = float(one[coordinate]), float(other[coordinate])
    largest, rounds = max(abs(a), abs(b)), 0
    start, end = context.encoding.starts[pair[0] : pair[0] + 2].tolist()
    first, last = 0, end - start
    while last - first > 1:
        middle = (first + last) // 2
        left_a, left_b = context.ask(pair, first, middle, coordinate)
        right_a, right_b = a - left_a, b - left_b
        largest = max(largest, abs(left_a), abs(left_b), abs(right_a), abs(right_b))
        if abs(left_a - left_b) >= abs(right_a - right_b):
            a, b, last = left_a, left_b, middle
        else:
            a, b, first = right_a, right_b, middle
        rounds += 1
    return _Dispute(coordinate, start + first, np.array([a, b]), largest, rounds)


def _recover(
    messages: Floats, encoding: Encoding, settle: Callable[[Ints], int], f: int, replication: int
) -> Floats:
    """Return Σ over the groups of size times accepted message, over N.

    ``settle(devices) -> device`` says whose message to accept where a group is not unanimous.
    """
    # Groups hold disjoint subsets: the first one that a device holds tells its group.
    firsts = encoding.subsets[encoding.starts[:-1]]
    _, accepted, group_of, sizes = np.unique(
        firsts, return_index=True, return_inverse=True, return_counts=True
    )
    if sizes.min() < replication:
        raise ValueError(
            f"need at least {replication} devices in every group to tolerate {f} Byzantine ones, "
            f"got {sizes.min()}"
        )
    # Lies of any size are compared; what overflows is unequal.
    with np.errstate(over="ignore", invalid="ignore"):
        dissent = ~_equal(messages, messages[accepted[group_of]])
        for group in np.unique(group_of[dissent]):
            accepted[group] = settle(np.flatnonzero(group_of == group))
    update: Floats = (sizes / len(messages)) @ messages[accepted]
    return update


def _equal(messages: Floats, other: Floats) -> NDArray[np.bool_]:
    """Say which messages (n, D) equal `other`, up to rounding; one that is not finite equals none.

    `other` is one message (D,) or one for each (n, D).
    """
    difference = np.abs(messages - other).max(axis=-1)
    close = difference <= TOLERANCE * np.abs(other).max(axis=-1)
    equal: NDArray[np.bool_] = close & (difference < np.inf)
    return equal

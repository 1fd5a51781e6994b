"""The exchange between devices and server: encodings, and the context of decoding."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from cradl.arrays import Floats, Indices, Ints
from cradl.composition import Composed


class Encoding(NamedTuple):
    """The sum that each device sends: a sparse (N, M) matrix of weights, row by row.

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


class Questioned:
    """The gradients of one iteration, and the devices as the server can question them.

    Parameters
    ----------
    encoding
        What each device sums up.
    scales, rows
        ∇f_k is ``scales[k] * rows[k]``; (M,), (M, D).
    messages
        What every device sent (N, D), those of Byzantine devices included.
    """

    def __init__(self, encoding: Encoding, scales: Floats, rows: Floats, messages: Floats) -> None:
        self._encoding, self._scales, self._rows = encoding, scales, rows
        self._messages = messages
        self._asked: tuple[int, int] | None = None
        self._sums = [0.0]

    def gradient(self, k: int) -> Floats:
        """Return ∇f_k (D,)."""
        gradient: Floats = self._scales[k] * self._rows[k]
        return gradient

    def answer(self, devices: Ints, first: int, last: int, coordinate: int) -> list[float]:
        """Return what devices with the same subsets say of the sum over ``[first, last)`` of them.

        ASSUME: a Byzantine device answers consistently with its message: it spreads the message's
        error in a coordinate evenly over its subsets. An honest device has no error.
        """
        sums = self._sums_of(int(devices[0]), coordinate)
        part, share = sums[last] - sums[first], (last - first) / (len(sums) - 1)
        sent: list[float] = self._messages[devices, coordinate].tolist()
        return [part + (one - sums[-1]) * share for one in sent]

    def _sums_of(self, device: int, coordinate: int) -> list[float]:
        """Return the sums over a device's first 0, 1, 2, ... subsets, in one coordinate.

        Questions come in series about the same device and coordinate: the latest sums are kept.
        """
        if self._asked != (device, coordinate):
            begin, end = self._encoding.starts[device : device + 2]
            subsets = self._encoding.subsets[begin:end]
            terms = self._encoding.weights[begin:end] * self._scales[subsets]
            terms *= self._rows[subsets, coordinate]
            self._sums = [0.0, *np.cumsum(terms).tolist()]
            self._asked = device, coordinate
        return self._sums


@dataclass
class DecodeContext:
    """The server's knowledge and means besides the messages of one iteration.

    Attributes
    ----------
    rule
        The aggregation rule the study chose for this curve, after its pre-aggregation:
        ``rule(messages, f=f) -> (D,)``.
    honest
        Indices of the honest devices, for the Clairvoyant method alone; None for all others.
    encoding
        What each device is to sum up, per subset.
    gradient
        k -> ∇f_k (D,). Call `local_gradient`, which counts.
    answer
        ``answer(devices, first, last, coordinate)``, as `Questioned`. Call `ask`, which counts.
    numbers_received
        Numbers that devices sent: at first those of the messages.
    rounds
        Times that devices sent something, the messages included.
    server_gradients
        Gradients of subsets that the server computed.
    """

    rule: Composed
    honest: Ints | None
    encoding: Encoding
    gradient: Callable[[int], Floats]
    answer: Callable[[Ints, int, int, int], list[float]]
    numbers_received: int
    rounds: int = 1
    server_gradients: int = 0

    def local_gradient(self, k: int) -> Floats:
        """Compute ∇f_k (D,) at the server."""
        self.server_gradients += 1
        return self.gradient(k)

    def ask(self, devices: Ints, first: int, last: int, coordinate: int) -> list[float]:
        """Ask devices with the same subsets for one coordinate of a part of their message.

        That part is the weighted sum over the subsets ``[first, last)`` of those they hold. How
        many questions travel together the decoder knows: it counts the rounds itself.
        """
        self.numbers_received += len(devices)
        return self.answer(devices, first, last, coordinate)

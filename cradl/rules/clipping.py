"""Rules that limit how far a message pulls: to a scale, which is part of the row."""

from dataclasses import dataclass

import numpy as np

from cradl.arrays import Floats
from cradl.rules.coordinates import median
from cradl.rules.units import powers_of


def pulls(messages: Floats, centre: Floats, scale: float) -> tuple[Floats, Floats]:
    """Return each message's pull at a centre, ``(z_i − y) min(1, scale / ‖z_i − y‖)``.

    Returns
    -------
    The pulls (N, D), and the factors (N,).
    """
    halves = 0.5 * messages - 0.5 * centre
    units = powers_of(np.abs(halves).max(axis=1))
    lengths = np.sqrt(((halves / units[:, np.newaxis]) ** 2).sum(axis=1))
    # Beside a tiny unit the scale overflows, and the message is nearer than that.
    with np.errstate(over="ignore", divide="ignore"):
        factors = np.minimum(1.0, (0.5 * scale / units) / lengths)
    return 2 * (halves * factors[:, np.newaxis]), factors


@dataclass(frozen=True)
class CenteredClipping:
    """The last aggregate, moved by the mean of the messages' gaps to it, each clipped to a scale.

    ``v ← v + (1/N) Σ_i (z_i − v) min(1, scale / ‖z_i − v‖)``, so many times, starting where the
    server's last aggregate was, and at zero in the beginning. It depends on where it starts and on
    the scale, so that no constant bounds its error by the spread of the honest messages.

    Source: Karimireddy, He and Jaggi, ICML 2021, arXiv:2012.10333 (centered clipping).

    Examples
    --------
    The gaps of 3, 4 and 100 to zero are clipped to 3, 3 and 3:

    >>> rule = CenteredClipping(scale=3.0, iterations=1)
    >>> rule(np.array([[3.0], [4.0], [100.0]]), 1, np.zeros(1))
    array([3.])
    """

    scale: float
    iterations: int

    def __call__(self, messages: Floats, f: int, last: Floats, /) -> Floats:
        """Aggregate messages (N, D); `last` (D,) is the aggregate before."""
        centre = last
        for _ in range(self.iterations):
            clipped, _ = pulls(messages, centre, self.scale)
            centre = centre + (clipped / len(messages)).sum(axis=0)
        return centre


_MOST_STEPS = 100_000
"""A step shortens what is left by a part that does not depend on the number of messages' digits."""
_EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Huber:
    """Minimiser of the sum of the Huber losses of the distances to all messages.

    ``A = argmin_y Σ_i h(‖y − z_i‖)`` with ``h(x) = x² / 2`` up to the scale and
    ``scale (x − scale / 2)`` beyond: there the clipped gaps ``(z_i − A) min(1, scale / ‖z_i − A‖)``
    add up to zero. Iterated from the coordinate-wise median; where the minimiser is not unique, it
    is one of them. The scale is absolute: no constant bounds its error by the spread of the honest
    messages.

    Source: Zhao, Yu and Wan, AAAI 2024, arXiv:2308.12581, with equal weights.

    Raises
    ------
    ArithmeticError
        The clipped gaps do not add up to zero as closely as rounding allows.

    Examples
    --------
    The gaps −1, 0 and 1, the last one clipped:

    >>> Huber(scale=1.0)(np.array([[3.0], [4.0], [100.0]]), 1)
    array([4.])
    """

    scale: float

    def __call__(self, messages: Floats, f: int, /) -> Floats:
        """Aggregate messages (N, D)."""
        centre = median(messages, 0)
        # Halves of finite numbers differ by finite numbers.
        points, scale = 0.5 * messages - 0.5 * centre, 0.5 * self.scale
        sizes, place = np.abs(points).max(axis=1), np.zeros(messages.shape[1])
        for _ in range(_MOST_STEPS):
            clipped, factors = pulls(points, place, scale)
            force = clipped.sum(axis=0)
            rounding = 8 * _EPS * (factors * (sizes + np.abs(place).max())).sum()
            if np.abs(force).max() <= rounding:
                result: Floats = 2 * (0.5 * centre + place)
                return result
            place = place + force / factors.sum()
        raise ArithmeticError(f"need clipped gaps that add up to zero, got {force} after {_}")

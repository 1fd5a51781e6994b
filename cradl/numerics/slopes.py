"""Slopes of the losses of `cradl.problems`, for compiled loops."""

import math

from cradl.arrays import Floats
from cradl.numerics.compiled import compiled

RESIDUAL, LOGISTIC, GEMAN_MCCLURE = range(3)


@compiled
def write_slopes(code: int, margins: Floats, responses: Floats, slopes: Floats) -> None:
    """Write the derivative of the loss with this code at every margin (m,) into `slopes` (m,)."""
    if code == RESIDUAL:
        for j in range(len(slopes)):
            slopes[j] = margins[j] - responses[j]
    elif code == LOGISTIC:
        for j in range(len(slopes)):
            y = responses[j]
            slopes[j] = -y / (1.0 + math.exp(y * margins[j]))
    else:
        for j in range(len(slopes)):
            residual = margins[j] - responses[j]
            shrinking = 1.0 / math.hypot(1.0, residual)
            once = shrinking * shrinking
            slopes[j] = residual * (once * once)

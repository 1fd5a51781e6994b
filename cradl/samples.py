"""A draw of training data, and whether it is what a study says of it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from cradl.arrays import Floats, real
from cradl.faults import RowFault


class Samples(NamedTuple):
    """A draw: `designs` z_j (m, D), `responses` y_j for each heterogeneity (len(sigma_h), m)."""

    designs: Floats
    responses: Floats


def checked(
    drawn: Any, shapes: Mapping[str, tuple[int, ...]], who: str, *, labels: bool
) -> Samples:
    """Return what a user's generator drew as `Samples`, if it is what it must be.

    Parameters
    ----------
    shapes
        Of ``designs`` and ``responses``, as the study's m, D and sigma_h say.
    who
        The generator, for messages.
    labels
        Whether every response must be −1 or +1.

    Raises
    ------
    cradl.faults.RowFault
        Other shapes, no real numbers, missing values, responses that are no labels.
    """
    if not isinstance(drawn, tuple) or len(drawn) != 2:
        needed = "need Samples(designs, responses)"
        raise RowFault(f"{needed} from draw of {who}, got a {type(drawn).__name__}")
    (m, D), (rows, _) = shapes["designs"], shapes["responses"]
    found = []
    for (name, shape), value in zip(shapes.items(), drawn, strict=True):
        needed = f"{name} {shape} for m={m}, D={D} and {rows} sigma_h from draw of {who}"
        try:
            array = real(value, needed)
        except TypeError as error:
            raise RowFault(str(error)) from error
        if array.shape != shape:
            raise RowFault(f"need {needed}, got {array.shape}")
        wrong = np.argwhere(~np.isfinite(array))
        if len(wrong):
            place = tuple(int(one) for one in wrong[0])
            raise RowFault(
                f"need finite {name} from draw of {who}, got {array[place]} at {place} "
                f"and {len(wrong) - 1} more: leave those samples out, or fill them"
            )
        found.append(np.ascontiguousarray(array))
    others = np.setdiff1d(found[1], [-1.0, 1.0])
    if labels and len(others):
        raise RowFault(f"need labels -1 or +1 from draw of {who}, got {others[0]:g}")
    return Samples(*found)

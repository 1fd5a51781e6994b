"""A draw of training data, and whether it is what a study says of it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from cradl.arrays import Floats, real
from cradl.faults import RowFault


class Test(NamedTuple):
    """Samples that are kept apart: features (n, D), responses (n,)."""

    designs: Floats
    responses: Floats


class Samples(NamedTuple):
    """A draw: `designs` z_j (m, D), `responses` y_j for each heterogeneity (len(sigma_h), m).

    `test` holds samples that no device has, for the accuracy; None if there are none.
    """

    designs: Floats
    responses: Floats
    test: Test | None = None


def checked(
    drawn: Any,
    shapes: Mapping[str, tuple[int, ...]],
    who: str,
    *,
    labels: bool,
    classes: int = 0,
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
    classes
        Number of classes of which every response must be the number; 0 if it need not.

    Raises
    ------
    cradl.faults.RowFault
        Other shapes, no real numbers, missing values, responses that are no labels or classes.
    """
    if not isinstance(drawn, tuple) or len(drawn) not in (2, 3):
        needed = "need Samples(designs, responses)"
        raise RowFault(f"{needed} from draw of {who}, got a {type(drawn).__name__}")
    (m, D), (rows, _) = shapes["designs"], shapes["responses"]
    settled = f"for m={m}, D={D} and {rows} sigma_h from draw of {who}"
    found = [
        _array(value, name, shape, settled, who)
        for (name, shape), value in zip(shapes.items(), drawn[:2], strict=True)
    ]
    responses, test = [found[1]], None
    if len(drawn) == 3 and drawn[2] is not None:
        count = len(np.atleast_1d(drawn[2][1]))
        apart = {"test designs": (count, D), "test responses": (count,)}
        test = Test(
            *(
                _array(value, name, shape, settled, who)
                for (name, shape), value in zip(apart.items(), drawn[2], strict=True)
            )
        )
        responses.append(test.responses)
    for one in responses:
        _check_responses(one, who, labels=labels, classes=classes)
    return Samples(found[0], found[1], test)


def _array(value: Any, name: str, shape: tuple[int, ...], settled: str, who: str) -> Floats:
    """Return an array of this shape without missing values."""
    needed = f"{name} {shape} {settled}"
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
    return np.ascontiguousarray(array)


def _check_responses(responses: Floats, who: str, *, labels: bool, classes: int) -> None:
    """Refuse responses that are no labels, or no class numbers."""
    others = np.setdiff1d(responses, [-1.0, 1.0])
    if labels and len(others):
        raise RowFault(f"need labels -1 or +1 from draw of {who}, got {others[0]:g}")
    others = np.setdiff1d(responses, np.arange(classes))
    if classes and len(others):
        needed = f"class numbers from 0 to {classes - 1} from draw of {who}"
        raise RowFault(f"need {needed}, got {others[0]:g}")

"""Parameters: the choices that a row (an attack, a data set) leaves to a study."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Parameters(BaseModel):
    """Base of all parameter models: unknown keys, wrong types and non-finite numbers are refused.

    Every field carries a description and its bounds; both appear in ``config/README.md``.
    """

    model_config = ConfigDict(
        strict=True, frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )


PositiveInt = Annotated[int, Field(ge=1, le=10**9)]
PositiveFloat = Annotated[float, Field(gt=0)]
NonNegativeFloat = Annotated[float, Field(ge=0)]

"""Arrays with named dimensions, for jobs that read, compute and write without loading xarray."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import xarray as xr


class Stored(Protocol):
    """What an `xarray.Dataset` and an open store have in common.

    ``numpy.asarray(stored[name][i])`` reads entry i of the first axis of a variable.
    """

    @property
    def sizes(self) -> Mapping[Any, int]:
        """Lengths of the dimensions."""

    @property
    def attrs(self) -> Mapping[Any, Any]:
        """Attributes of the whole."""

    def __getitem__(self, name: str, /) -> Any:
        """Return a variable or a coordinate."""


Entry = tuple[tuple[str, ...], NDArray[Any], Mapping[str, Any]]
"""Dimensions, values and attributes of a variable."""


class Variable(NamedTuple):
    """What a table says of a variable of a store: dimensions, long name and unit.

    Attributes
    ----------
    dims
        Names of the dimensions.
    long_name
        In words; of what the paper names, its symbol first.
    units
        1 if it has none; empty for texts.
    """

    dims: tuple[str, ...]
    long_name: str
    units: str = "1"

    def of(self, values: Any) -> Entry:
        """Return the variable with its values."""
        units = {"units": self.units} if self.units else {}
        return self.dims, np.asarray(values), {"long_name": self.long_name, **units}


def described(variables: Mapping[str, Variable], values: Mapping[str, Any]) -> dict[str, Entry]:
    """Return the variables that have values, in their order."""
    return {name: one.of(values[name]) for name, one in variables.items() if name in values}


class Labelled(NamedTuple):
    """What `xarray.Dataset` holds: variables, coordinates and attributes.

    Attributes
    ----------
    variables, coordinates
        By name: the dimensions, the values, and attributes such as ``long_name`` and ``units``.
    attributes
        Of the whole.
    """

    variables: Mapping[str, Entry]
    coordinates: Mapping[str, Entry]
    attributes: Mapping[str, Any]

    def to_xarray(self) -> "xr.Dataset":
        """Return the same as an xarray data set."""
        import xarray as xr

        return xr.Dataset(self.variables, self.coordinates, self.attributes)


def of_xarray(dataset: "xr.Dataset") -> Labelled:
    """Return the same without xarray."""
    variables, coordinates = (
        {
            str(name): (tuple(map(str, one.dims)), one.to_numpy(), one.attrs)
            for name, one in group.items()
        }
        for group in (dataset.data_vars, dataset.coords)
    )
    return Labelled(variables, coordinates, dataset.attrs)


def joined(parts: Sequence[Labelled], dimension: str) -> Labelled:
    """Return parts joined along a dimension; what does not have it is taken from the first.

    Raises
    ------
    ValueError
        A coordinate without the dimension that differs between parts.
    """
    first = parts[0]
    for name, (axes, values, _) in first.coordinates.items():
        for other in parts[1:]:
            if dimension not in axes and not np.array_equal(values, other.coordinates[name][1]):
                raise ValueError(f"need parts with the same {name}, got parts that differ in it")

    def along(group: str) -> dict[str, Entry]:
        found = {}
        for name, (axes, values, attributes) in getattr(first, group).items():
            if dimension in axes:
                pieces = [getattr(part, group)[name][1] for part in parts]
                values = np.concatenate(pieces, axes.index(dimension))
            found[name] = axes, values, attributes
        return found

    return Labelled(along("variables"), along("coordinates"), first.attributes)

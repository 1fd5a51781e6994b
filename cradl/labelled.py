"""Arrays with named dimensions, for jobs that draw and write without loading xarray."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from numpy.typing import NDArray

if TYPE_CHECKING:
    import xarray as xr


class Labelled(NamedTuple):
    """What `xarray.Dataset` holds: variables, coordinates and attributes.

    Attributes
    ----------
    variables, coordinates
        By name: the dimensions, the values, and attributes such as ``long_name`` and ``units``.
    attributes
        Of the whole.
    """

    variables: Mapping[str, tuple[tuple[str, ...], NDArray[Any], Mapping[str, Any]]]
    coordinates: Mapping[str, tuple[tuple[str, ...], NDArray[Any], Mapping[str, Any]]]
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

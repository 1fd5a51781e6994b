"""The one place that knows file formats: NetCDF-4 stores written whole or not at all."""

import importlib.metadata
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5netcdf
import h5py
import numpy as np
from numpy.typing import NDArray

from cradl.files import as_json, from_json, replacing, write_text
from cradl.labelled import Labelled, of_xarray

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "as_json",
    "attributes",
    "from_json",
    "is_current",
    "read",
    "read_all",
    "replacing",
    "write",
    "write_text",
]

_VERSIONS_OF = ("cradl", "numpy", "numba", "scipy", "xarray", "h5netcdf", "h5py")


def write(
    dataset: "Labelled | xr.Dataset", path: str | Path, *, config: Mapping[str, Any], source: str
) -> None:
    """Write a data set with where it comes from.

    The same content gives the same bytes: no clock, host or path is recorded.

    Parameters
    ----------
    config
        The resolved settings that produced it; becomes the attribute ``config`` (JSON).
    source
        Hash of the source code that produced it.

    Raises
    ------
    TypeError
        A variable that NetCDF cannot hold.
    """
    content = dataset if isinstance(dataset, Labelled) else of_xarray(dataset)
    versions = {name: importlib.metadata.version(name) for name in _VERSIONS_OF}
    provenance = {
        "config": as_json(config),
        "versions": as_json(versions),
        "source_hash": source,
    }
    if "seed" in config:
        provenance["seed"] = config["seed"]
    # No lock: nobody else knows the temporary name, and some file systems have none.
    with replacing(path) as temporary, h5netcdf.File(temporary, "w", locking=False) as file:
        for name, value in {**content.attributes, **provenance}.items():
            file.attrs[name] = value
        labels = [name for name, (axes, *_) in content.coordinates.items() if axes != (name,)]
        if labels:
            file.attrs["coordinates"] = " ".join(labels)
        for name, (axes, values, attributes) in {
            **content.coordinates,
            **content.variables,
        }.items():
            _write_variable(file, name, axes, np.asarray(values), attributes)


_COMPRESSED = 1 << 26
"""Bytes up to which numbers are compressed: larger arrays are random, and only cost time."""


def _write_variable(
    file: h5netcdf.File,
    name: str,
    axes: Collection[str],
    values: NDArray[Any],
    attributes: Mapping[str, Any],
) -> None:
    """Add a variable; its first axis, of trials or draws, is the one along which parts are read."""
    for axis, size in zip(axes, values.shape, strict=True):
        if axis not in file.dimensions:
            file.dimensions[axis] = size
    if values.dtype.kind == "U":
        values = values.astype(object)
    texts = values.dtype.kind == "O"
    if texts and not all(isinstance(one, str) for one in values.ravel()):
        raise TypeError(f"need numbers or texts in {name}, got {values.dtype}")
    options: dict[str, Any] = {}
    if not texts and values.ndim and values.size:
        options["chunks"] = _chunks(values)
        if values.nbytes <= _COMPRESSED or values.dtype.kind != "f":
            options |= {"compression": "gzip", "compression_opts": 1, "shuffle": True}
    dtype = h5py.string_dtype() if texts else values.dtype
    variable = file.create_variable(name, tuple(axes), dtype, **options)
    variable[...] = values
    for key, value in attributes.items():
        variable.attrs[key] = value


def _chunks(values: NDArray[Any]) -> tuple[int, ...]:
    """Return chunks of about a megabyte: whole rows of the last axes."""
    chunks, size = [], values.dtype.itemsize
    for length in reversed(values.shape):
        chunks.append(max(min(length, (1 << 20) // size), 1))
        size *= chunks[-1]
    return tuple(reversed(chunks))


def is_current(path: str | Path, *, config: Mapping[str, Any], source: str) -> bool:
    """Tell whether a store is there that these settings and this source code have produced."""
    if not Path(path).is_file():
        return False
    try:
        found = attributes(path)
    except ValueError:
        return False
    return bool(found.get("config") == as_json(config) and found.get("source_hash") == source)


@contextmanager
def _opened(path: str | Path) -> Iterator[h5netcdf.File]:
    try:
        with h5netcdf.File(path, "r", decode_vlen_strings=True, locking=False) as file:
            yield file
    except FileNotFoundError:
        raise
    except (OSError, RuntimeError, ValueError, KeyError) as error:
        raise ValueError(f"need a complete NetCDF-4 store, got {path}: {error}") from error


def read(path: str | Path, *, only: Collection[str] | None = None) -> "xr.Dataset":
    """Read a store into memory, whole or `only` these variables with their coordinates.

    Names in `only` that the store does not have are left out. `xarray.open_dataset` would read the
    same, but asks for how each variable is encoded, which takes longer than reading it.

    Raises
    ------
    ValueError
        The file is no complete store; says which.
    """
    import xarray as xr

    with _opened(path) as file:
        names = list(file.variables if only is None else _with_coordinates(file, only))
        variables = {name: _variable(file.variables[name]) for name in names}
        return xr.decode_cf(xr.Dataset(variables, attrs=dict(file.attrs)))


def _with_coordinates(file: h5netcdf.File, only: Collection[str]) -> Iterator[str]:
    """Yield these variables and their coordinates, in the order of the file."""
    found = {name: file.variables[name] for name in only if name in file.variables}
    coordinates = {axis for one in found.values() for axis in one.dimensions}
    for one in (file, *found.values()):
        coordinates.update(one.attrs.get("coordinates", "").split())
    yield from (name for name in file.variables if name in found or name in coordinates)


def _variable(stored: h5netcdf.Variable) -> "xr.Variable":
    import xarray as xr

    values = np.asarray(stored[...])
    texts = values.dtype.kind == "O"
    return xr.Variable(stored.dimensions, values.astype(str) if texts else values, stored.attrs)


def attributes(path: str | Path) -> dict[str, Any]:
    """Read the attributes of a store alone.

    Raises
    ------
    ValueError
        The file is no complete store; says which.
    """
    with _opened(path) as file:
        return dict(file.attrs)


def read_all(paths: Mapping[str, str]) -> "dict[str, xr.Dataset]":
    """Read several stores by name."""
    return {name: read(path) for name, path in paths.items()}

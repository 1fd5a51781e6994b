"""The one place that knows file formats: NetCDF-4 stores written whole or not at all."""

import errno
import importlib.metadata
import itertools
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
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
    "Opened",
    "Refused",
    "Stores",
    "as_json",
    "attributes",
    "from_json",
    "opened",
    "read",
    "read_all",
    "refuse",
    "replacing",
    "write",
    "write_text",
]

_OF_DIMENSIONS = {
    "CLASS",
    "NAME",
    "DIMENSION_LIST",
    "REFERENCE_LIST",
    "_NCProperties",
    "_Netcdf4Coordinates",
    "_Netcdf4Dimid",
}
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
    entries = [*content.coordinates.values(), *content.variables.values()]
    # No lock: nobody else knows the temporary name, and some file systems have none.
    with (
        replacing(path) as temporary,
        _room(path, sum(np.asarray(values).nbytes for _, values, _ in entries)),
        h5netcdf.File(temporary, "w", locking=False) as file,
    ):
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


@contextmanager
def _room(path: str | Path, size: int) -> Iterator[None]:
    """Refuse to begin where the disk is full: HDF5 would tell so for each of its objects."""
    free = shutil.disk_usage(Path(path).parent).free
    if free < size:
        raise OSError(errno.ENOSPC, f"need {size} bytes free, got {free}", str(path))
    yield


_SMALL = 1 << 23
"""Bytes up to which `opened` reads a variable at once."""
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
    if values.dtype.kind == "b":
        # NetCDF has no such numbers; xarray reads these back as what they are.
        values, attributes = values.astype(np.int8), {**attributes, "dtype": "bool"}
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


def refuse(path: str | Path, reason: str, *, config: Mapping[str, Any], source: str) -> None:
    """Write a store that holds nothing but why there is nothing; who reads it gets that reason.

    A job that makes many stores goes on with the others: what needs this one fails, and no more.
    """
    write(Labelled({}, {}, {"refused": reason}), path, config=config, source=source)


class Refused(Exception):
    """A store whose making was refused, with the reason."""


@contextmanager
def _opened(path: str | Path) -> Iterator[h5py.File]:
    """Open a store to be read at once: what fails meanwhile is the store's fault."""
    with _incomplete(path), h5py.File(path, "r", locking=False) as file:
        yield file


@contextmanager
def _incomplete(path: str | Path) -> Iterator[None]:
    """Say of errors that a store is not complete."""
    try:
        yield
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
    Refused
        `refuse` wrote it; says why.
    """
    import xarray as xr

    with _opened(path) as file:
        _require_made(path, file)
        stored = {name: one for name, one in file.items() if not _is_bare_dimension(one)}
        wanted = stored if only is None else _with_coordinates(file, stored, only)
        variables = {name: _variable(stored[name]) for name in stored if name in wanted}
        return xr.decode_cf(xr.Dataset(variables, attrs=_attributes(file)))


class Opened:
    """A store of which parts are read when they are asked for, without xarray.

    Its variables are HDF5 data sets, or arrays where they are small.
    """

    def __init__(self, file: h5py.File) -> None:
        stored = {name: one for name, one in file.items() if not _is_bare_dimension(one)}
        self.attrs = _attributes(file)
        self.sizes = {
            axis: size
            for one in stored.values()
            for axis, size in zip(_dimensions(one), one.shape, strict=True)
        }
        # What is small is read at once: asking for it takes longer than reading it.
        self._variables = {
            name: one[...] if one.nbytes <= _SMALL else one
            for name, one in stored.items()
            if h5py.check_string_dtype(one.dtype) is None
        }

    def __getitem__(self, name: str) -> Any:
        """Return a variable or a coordinate of numbers."""
        return self._variables[name]


@contextmanager
def opened(paths: Mapping[str, str]) -> Iterator[dict[str, Opened]]:
    """Open several stores by name.

    Raises
    ------
    ValueError, Refused
        As `read`.
    """
    with ExitStack() as stack:
        found = {}
        for name, path in paths.items():
            # What fails later, while the stores are open, is not their fault.
            with _incomplete(path):
                file = stack.enter_context(h5py.File(path, "r", locking=False))
                _require_made(path, file)
                found[name] = Opened(file)
        yield found


def _require_made(path: str | Path, file: h5py.File) -> None:
    if "refused" in file.attrs:
        raise Refused(f"{path}: {file.attrs['refused']}")


def _is_bare_dimension(stored: h5py.Dataset) -> bool:
    """Tell whether NetCDF keeps nothing but the length of a dimension there."""
    return bool(stored.attrs.get("NAME", b"").startswith(b"This is a netCDF dimension but not"))


def _with_coordinates(
    file: h5py.File, stored: Mapping[str, h5py.Dataset], only: Collection[str]
) -> set[str]:
    """Return the names of these variables and of their coordinates."""
    found = {name: stored[name] for name in only if name in stored}
    axes = {axis for one in found.values() for axis in _dimensions(one)}
    listed = [one.attrs.get("coordinates", "").split() for one in (file, *found.values())]
    return found.keys() | axes | set(itertools.chain(*listed))


def _dimensions(stored: h5py.Dataset) -> list[str]:
    if stored.is_scale:
        return [stored.name[1:]]
    return [axis[0].name[1:] for axis in stored.dims]


def _variable(stored: h5py.Dataset) -> "xr.Variable":
    import xarray as xr

    is_text = h5py.check_string_dtype(stored.dtype) is not None
    values = np.asarray(stored.asstr()[...]).astype(str) if is_text else stored[...]
    return xr.Variable(_dimensions(stored), values, _attributes(stored))


def _attributes(stored: h5py.Dataset | h5py.File) -> dict[str, Any]:
    """Return attributes, but for those in which NetCDF-4 and HDF5 keep dimensions."""
    # Not read: the references between variables and dimensions take longer than all else.
    found = {key: stored.attrs[key] for key in stored.attrs if key not in _OF_DIMENSIONS}
    # NetCDF has no scalar attributes: one number is an array of length 1.
    return {key: one[0] if np.shape(one) == (1,) else one for key, one in found.items()}


def attributes(path: str | Path) -> dict[str, Any]:
    """Read the attributes of a store alone.

    Raises
    ------
    ValueError
        The file is no complete store; says which.
    """
    with _opened(path) as file:
        return _attributes(file)


def read_all(paths: Mapping[str, str]) -> "dict[str, xr.Dataset]":
    """Read several stores by name."""
    return {name: read(path) for name, path in paths.items()}


class Stores(Mapping[str, "xr.Dataset"]):
    """Several stores by name, of which each is read when it is asked for, and not kept."""

    def __init__(self, paths: Mapping[str, str]) -> None:
        self._paths = paths

    def __getitem__(self, name: str) -> "xr.Dataset":
        """Read the store of this name."""
        return read(self._paths[name])

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter(self._paths)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._paths)

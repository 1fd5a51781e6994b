"""The one place that knows file formats: NetCDF-4 stores written whole or not at all."""

import importlib.metadata
import itertools
import json
import secrets
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import xarray as xr

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


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Yield a temporary name beside `path`; what is written there replaces `path` if all goes well.

    Whoever reads `path` sees the old content or the new, never a part of it. The temporary file is
    hidden and ends like `path`, because some writers choose their format by the suffix.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.{secrets.token_hex(8)}{path.suffix}")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: str | Path, text: str) -> None:
    """Write UTF-8 text."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def as_json(config: Mapping[str, Any]) -> str:
    """Return settings as JSON with sorted keys."""
    return json.dumps(config, sort_keys=True, ensure_ascii=False)


def from_json(text: str) -> Any:
    """Return what `as_json` wrote."""
    return json.loads(text)


def write(dataset: xr.Dataset, path: str | Path, *, config: Mapping[str, Any], source: str) -> None:
    """Write a data set with where it comes from.

    The same content gives the same bytes: no clock, host or path is recorded.

    Parameters
    ----------
    config
        The resolved settings that produced it; becomes the attribute ``config`` (JSON).
    source
        Hash of the source code that produced it.
    """
    versions = {name: importlib.metadata.version(name) for name in _VERSIONS_OF}
    provenance = {
        "config": as_json(config),
        "versions": as_json(versions),
        "source_hash": source,
    }
    if "seed" in config:
        provenance["seed"] = config["seed"]
    encoding: dict[str, dict[str, Any]] = {}
    for name, variable in dataset.variables.items():
        if variable.dtype.kind in "fiu" and variable.ndim:
            # Random doubles do not compress; what is constant or 0/1 does, at the lowest level.
            encoding[str(name)] = {
                "zlib": True,
                "complevel": 1,
                "shuffle": True,
                "_FillValue": None,
            }
    with replacing(path) as temporary:
        dataset.assign_attrs(provenance).to_netcdf(
            temporary, engine="h5netcdf", format="NETCDF4", encoding=encoding
        )


@contextmanager
def _opened(path: str | Path) -> Iterator[h5py.File]:
    try:
        with h5py.File(path, "r") as file:
            yield file
    except FileNotFoundError:
        raise
    except (OSError, RuntimeError, ValueError, KeyError) as error:
        raise ValueError(f"need a complete NetCDF-4 store, got {path}: {error}") from error


def read(path: str | Path, *, only: Collection[str] | None = None) -> xr.Dataset:
    """Read a store into memory, whole or `only` these variables with their coordinates.

    Names in `only` that the store does not have are left out. `xarray.open_dataset` reads the same,
    but asks for how each variable is encoded, which takes longer than reading it.

    Raises
    ------
    ValueError
        The file is no complete store; says which.
    """
    with _opened(path) as file:
        stored = {name: one for name, one in file.items() if not _is_bare_dimension(one)}
        wanted = stored if only is None else _with_coordinates(file, stored, only)
        variables = {name: _variable(stored[name]) for name in stored if name in wanted}
        return xr.decode_cf(xr.Dataset(variables, attrs=_attributes(file)))


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


def _variable(stored: h5py.Dataset) -> xr.Variable:
    is_text = h5py.check_string_dtype(stored.dtype) is not None
    values = np.asarray(stored.asstr()[...]).astype(str) if is_text else stored[...]
    return xr.Variable(_dimensions(stored), values, _attributes(stored))


def _attributes(stored: h5py.Dataset | h5py.File) -> dict[str, Any]:
    """Return attributes, but for those in which NetCDF-4 and HDF5 keep dimensions."""
    found = {key: value for key, value in stored.attrs.items() if key not in _OF_DIMENSIONS}
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


def read_all(paths: Mapping[str, str]) -> dict[str, xr.Dataset]:
    """Read several stores by name."""
    return {name: read(path) for name, path in paths.items()}

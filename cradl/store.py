"""The one place that knows file formats: NetCDF-4 stores written whole or not at all."""

import importlib.metadata
import json
import secrets
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5netcdf
import numpy as np
import xarray as xr

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
def _opened(path: str | Path) -> Iterator[h5netcdf.File]:
    try:
        with h5netcdf.File(path, "r", decode_vlen_strings=True) as file:
            yield file
    except FileNotFoundError:
        raise
    except (OSError, RuntimeError, ValueError, KeyError) as error:
        raise ValueError(f"need a complete NetCDF-4 store, got {path}: {error}") from error


def read(path: str | Path, *, only: Collection[str] | None = None) -> xr.Dataset:
    """Read a store into memory, whole or `only` these variables with their coordinates.

    Names in `only` that the store does not have are left out. `xarray.open_dataset` would read the
    same, but asks for how each variable is encoded, which takes longer than reading it.

    Raises
    ------
    ValueError
        The file is no complete store; says which.
    """
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


def _variable(stored: h5netcdf.Variable) -> xr.Variable:
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


def read_all(paths: Mapping[str, str]) -> dict[str, xr.Dataset]:
    """Read several stores by name."""
    return {name: read(path) for name, path in paths.items()}

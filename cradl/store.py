"""The one place that knows file formats: NetCDF-4 stores written whole or not at all."""

import importlib.metadata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import xarray as xr

from cradl.files import as_json, from_json, replacing, write_text

__all__ = [
    "as_json",
    "attributes",
    "from_json",
    "read",
    "read_all",
    "replacing",
    "write",
    "write_text",
]

_VERSIONS_OF = ("cradl", "numpy", "numba", "scipy", "xarray", "h5netcdf", "h5py")


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
def _opened(path: str | Path) -> Iterator[xr.Dataset]:
    try:
        with xr.open_dataset(path, engine="h5netcdf") as dataset:
            yield dataset
    except FileNotFoundError:
        raise
    except (OSError, RuntimeError, ValueError, KeyError) as error:
        raise ValueError(f"need a complete NetCDF-4 store, got {path}: {error}") from error


def read(path: str | Path) -> xr.Dataset:
    """Read a whole store into memory.

    Raises
    ------
    ValueError
        The file is no complete store; says which.
    """
    with _opened(path) as dataset:
        return dataset.load()


def attributes(path: str | Path) -> dict[str, Any]:
    """Read the attributes of a store alone.

    Raises
    ------
    ValueError
        The file is no complete store; says which.
    """
    with _opened(path) as dataset:
        return dict(dataset.attrs)


def read_all(paths: Mapping[str, str]) -> dict[str, xr.Dataset]:
    """Read several stores by name."""
    return {name: read(path) for name, path in paths.items()}

"""The one place that knows file formats: NetCDF-4 stores written whole or not at all."""

import importlib.metadata
import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import xarray as xr
from xarray.backends import H5NetCDFStore

# HDF5 locks its files, which some shared file systems refuse. No store is ever open for writing
# under the name that readers know, so there is nothing to lock.
_UNLOCKED = {"locking": False}
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
    with (
        replacing(path) as temporary,
        closing(H5NetCDFStore.open(str(temporary), "w", driver_kwds=_UNLOCKED)) as opened,
    ):
        dataset.assign_attrs(provenance).dump_to_store(opened, encoding=encoding)


@contextmanager
def _opened(path: str | Path) -> Iterator[xr.Dataset]:
    try:
        with xr.open_dataset(path, engine="h5netcdf", driver_kwds=_UNLOCKED) as dataset:
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

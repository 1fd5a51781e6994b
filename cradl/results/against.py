"""Two folders of results, number by number: ``python -m cradl.results.against ONE OTHER``."""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

__all__ = ["Difference", "compare", "main"]

COMPARED = (".nc", ".csv", ".json")
"""Endings of the files whose contents are compared; of other files, only the names are."""
UNNAMED = {"logs", "benchmarks", "records", "set_aside"}
"""Folders whose files come and go with the jobs that ran."""
ATTRIBUTES = {"source_hash", "versions"}
"""Attributes of a store that name its code."""
KEYS = {"dataset_code", "allocate_code"}
"""Keys of a store's settings that name the code of its inputs."""
COLUMNS = {"formula", "test", "evidence", "rests_on"}
"""Columns of tables that hold LaTeX or free text."""
ROUNDING = 1e-12
"""Relative difference that another processor makes in inputs and where nothing amplifies it."""
GROWTH = 1e3
"""Factor by which rounding may grow within one iteration: Krum and the median amplify it."""
DERIVED = 1e2
"""Factor by which what is computed from runs may differ more than the runs."""
RUNS, DERIVES, ITERATION = "simulate", ("figures", "verify"), "iteration"
"""Folders of runs and of what is computed from them; the axis along which a run goes."""
SEPARATE = {"curve", ITERATION}
"""Axes along which a variable has another scale: a difference is relative to the largest magnitude
among the values of one curve at one iteration."""

_Array = NDArray[Any]
_Part = tuple[tuple[str, ...], _Array]


@dataclass(frozen=True)
class Difference:
    """One variable, column or file that is not the same in two folders.

    Attributes
    ----------
    file, name
        Path within the folders; variable, attribute or column, empty for a whole file.
    differ, size
        How many values differ, of how many.
    apart
        The largest relative difference; infinite for texts, shapes and values that are finite in
        one folder alone.
    beyond
        Whether rounding on another processor does not explain it.
    says
        The difference in words, with the place where it is largest beside what is allowed there.
    """

    file: str
    name: str
    differ: int
    size: int
    apart: float
    beyond: bool
    says: str

    def __str__(self) -> str:
        """Return the line that is printed."""
        return f"{self.file}: {self.name} {self.says}" if self.name else f"{self.file}: {self.says}"


def compare(
    one: Path, other: Path, *, renamed: Mapping[str, str] | None = None
) -> list[Difference]:
    """Return all that differs between two folders of results, ordered by file and name.

    Stores are compared variable by variable, tables cell by cell, JSON entry by entry. Left out
    is what says how a result was made and not what it is: hashes of source code, versions,
    formulas, free texts. Logs and times are left out; pictures, pages and LaTeX are compared by
    their names alone.

    Parameters
    ----------
    one, other
        Folders ``results/<study>``.
    renamed
        Other names of variables, coordinates, columns and keys of `one`, as in `other`.

    Returns
    -------
    Empty if all values are equal. What differs `beyond` rounding is marked:

    - texts, verdicts, whole numbers in texts: if they differ at all;
    - a run: if an iteration is apart by more than `ROUNDING` and by more than `GROWTH` times the
      largest difference of its curve at an earlier iteration, because rounding grows from
      iteration to iteration and a change jumps;
    - what is computed from runs (end points, tables, numbers of figures, sides of theorems): if apart by more than
      `ROUNDING` and by more than `DERIVED` times what passed as rounding in the runs;
    - all other numbers: if apart by more than `ROUNDING`.

    Raises
    ------
    ValueError
        If one of both is no folder.
    """
    for folder in (one, other):
        if not folder.is_dir():
            raise ValueError(f"need a folder of results, got {folder}")
    found = _differences(one, other, renamed or {})
    return sorted(found, key=lambda row: (Path(row.file), row.name))


def _differences(one: Path, other: Path, renamed: Mapping[str, str]) -> Iterator[Difference]:
    files, others = _files(one), _files(other)
    passed = 0.0
    # What is computed from runs, after those: it may differ as far as they do.
    for path in sorted(files | others, key=lambda path: (path.parts[0] in DERIVES, path)):
        if path not in files or path not in others:
            yield _alone(path, "", one if path in files else other)
        elif path.suffix in COMPARED:
            parts, counterparts = _contents(one / path, renamed), _contents(other / path, {})
            runs = path.parts[0] == RUNS
            derived = path.parts[0] in DERIVES
            tolerance = max(ROUNDING, DERIVED * passed) if derived else ROUNDING
            found = [
                _alone(path, name, one if name in parts else other)
                for name in parts.keys() ^ counterparts.keys()
            ]
            both = sorted(parts.keys() & counterparts.keys(), key=lambda it: not _runs(parts[it]))
            for name in both:
                row = _difference(path, name, parts[name], counterparts[name], renamed, tolerance)
                found += [row] if row else []
                if row and runs and not row.beyond and _runs(parts[name]):
                    tolerance = max(tolerance, DERIVED * row.apart)
                    passed = max(passed, row.apart)
            yield from found


def _alone(path: Path, name: str, place: Path) -> Difference:
    return Difference(path.as_posix(), name, 1, 1, np.inf, True, f"only in {place}")


def _runs(part: _Part) -> bool:
    """Tell whether values go along the iterations of a run."""
    return ITERATION in part[0] and part[1].dtype.kind == "f"


def _limits(apart: NDArray[np.float64], axes: tuple[str, ...]) -> NDArray[np.float64]:
    """Return how far each value of a run may be apart, (iterations, ...) moved as `axes` are."""
    together = tuple(place for place, axis in enumerate(axes) if axis not in SEPARATE)
    largest = apart.max(together, keepdims=True)
    along = axes.index(ITERATION)
    earlier = np.roll(np.maximum.accumulate(largest, along), 1, along)
    first: list[Any] = [slice(None)] * apart.ndim
    first[along] = 0
    earlier[tuple(first)] = 0.0
    return np.broadcast_to(np.maximum(ROUNDING, GROWTH * earlier), apart.shape)


def _files(folder: Path) -> set[Path]:
    paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {path for path in paths if path.parts[0] not in UNNAMED}


def _contents(path: Path, renamed: Mapping[str, str]) -> dict[str, _Part]:
    """Return what a file holds by name: dimensions and values."""
    if path.suffix == ".json":
        return {"entries": ((), np.array(path.read_text("utf-8"), object))}
    if path.suffix == ".csv":
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        columns = {renamed.get(name, name): table[name].to_numpy(object) for name in table}
        return {name: (("row",), one) for name, one in columns.items() if name not in COLUMNS}
    with xr.open_dataset(path, engine="h5netcdf") as store:
        parts = {
            renamed.get(str(name), str(name)): (
                tuple(renamed.get(str(axis), str(axis)) for axis in one.dims),
                one.to_numpy(),
            )
            for name, one in store.variables.items()
        }
        attributes = {
            f"attribute {renamed.get(name, name)}": ((), np.asarray(one, object))
            for name, one in store.attrs.items()
            if name not in ATTRIBUTES
        }
    return parts | attributes


def _difference(
    path: Path,
    name: str,
    part: _Part,
    counterpart: _Part,
    renamed: Mapping[str, str],
    tolerance: float,
) -> Difference | None:
    """Say how the values of one name differ; None if they are equal."""
    (axes, one), (other_axes, other) = part, counterpart
    file = path.as_posix()
    if axes != other_axes or one.shape != other.shape:
        shapes = [
            dict(zip(*pair, strict=True)) for pair in ((axes, one.shape), (other_axes, other.shape))
        ]
        says = f"has the shape {shapes[0]}, then {shapes[1]}"
        return Difference(file, name, 1, 1, np.inf, True, says)
    if {one.dtype.kind, other.dtype.kind} <= set("biuf"):
        together = tuple(place for place, axis in enumerate(axes) if axis not in SEPARATE)
        apart = _of_numbers(one, other, together)
    else:
        pairs = zip(one.ravel().tolist(), other.ravel().tolist(), strict=True)
        apart = np.array([_of_values(*pair, renamed) for pair in pairs]).reshape(one.shape)
    count = int((apart > 0).sum())
    if not count:
        return None
    limits = np.full(apart.shape, tolerance)
    if path.parts[0] == RUNS and _runs(part):
        limits = _limits(apart, axes)
    # Where a run is infinitely apart, it is so from an iteration on: the first is the place.
    with np.errstate(invalid="ignore"):
        excess = np.nan_to_num(apart / limits, nan=0.0, posinf=np.inf)
    place = np.unravel_index(excess.argmax(), apart.shape)
    where = ", ".join(f"{axis} {index}" for axis, index in zip(axes, place, strict=True))
    shown = _shown(str(one[place]), str(other[place]))
    says = (
        f"differs in {count} of {apart.size}, relatively by {apart[place]:.3g}"
        f"{f' at {where}' if where else ''}: {shown[0]}, then {shown[1]}"
    )
    beyond = bool((apart > limits).any())
    return Difference(file, name, count, apart.size, float(apart.max()), beyond, says)


def _shown(*texts: str) -> list[str]:
    """Return long texts from shortly before the place where they part."""
    pairs = enumerate(zip(*texts, strict=False))
    parting = next((place for place, (one, other) in pairs if one != other), 0)
    start = max(parting - 30, 0)
    return [f"{'...' if start else ''}{text[start : start + 60]}" for text in texts]


def _of_numbers(one: Any, other: Any, together: tuple[int, ...] = ()) -> NDArray[np.float64]:
    """Return |one − other| over the larger of both, or over the largest along some axes.

    It is 0 for equal infinities and for two NaN, and infinite if one of both alone is finite.
    """
    one, other = np.asarray(one), np.asarray(other)
    equal = (one == other) | ((one != one) & (other != other))
    if equal.all():
        return np.zeros(equal.shape)
    one, other = one.astype(np.float64), other.astype(np.float64)
    scale = np.maximum(np.abs(one), np.abs(other))
    scale = np.where(np.isfinite(scale), scale, 0.0)
    if together:
        scale = scale.max(together, keepdims=True)
    with np.errstate(all="ignore"):
        apart = np.abs(one - other) / scale
    return np.where(equal, 0.0, np.where(np.isfinite(apart), apart, np.inf))


def _of_values(one: Any, other: Any, renamed: Mapping[str, str]) -> float:
    """Return the largest relative difference of two values read from JSON; texts differ or not."""
    if isinstance(one, dict) and isinstance(other, dict):
        one = {renamed.get(key, key): value for key, value in one.items() if key not in KEYS}
        other = {key: value for key, value in other.items() if key not in KEYS}
        if one.keys() != other.keys():
            return np.inf
        return max((_of_values(one[key], other[key], renamed) for key in other), default=0.0)
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = zip(one, other, strict=True)
        return max((_of_values(*pair, renamed) for pair in pairs), default=0.0)
    if isinstance(one, str) and isinstance(other, str):
        return _of_texts(one, other, renamed)
    if isinstance(one, int | float) and isinstance(other, int | float):
        return float(_of_numbers(one, other))
    return 0.0 if one == other else np.inf


def _of_texts(one: str, other: str, renamed: Mapping[str, str]) -> float:
    """Return the relative difference of two texts that may hold a number or JSON."""
    if one == other:
        return 0.0
    try:
        return float(_of_numbers(float(one), float(other)))
    except ValueError:
        pass
    if one[:1] in ("{", "[") and other[:1] in ("{", "["):
        return _of_values(json.loads(one), json.loads(other), renamed)
    return np.inf


def main(arguments: Sequence[str]) -> int:
    """Print what differs and return the exit code.

    It is 1 if a value differs by more than rounding, or with ``--exact`` if any differs.
    """
    parser = argparse.ArgumentParser(description="Compare two folders of results.")
    parser.add_argument("one", type=Path, help="a folder results/<study>")
    parser.add_argument("other", type=Path, help="another one")
    parser.add_argument("--exact", action="store_true", help="let no rounding pass")
    parser.add_argument(
        "--renamed",
        action="append",
        default=[],
        metavar="OLD=NEW",
        help="another name of a variable, coordinate, column or key",
    )
    given = parser.parse_args(arguments)
    if wrong := [pair for pair in given.renamed if pair.count("=") != 1]:
        parser.error(f"need OLD=NEW after --renamed, got {wrong[0]}")
    renamed = dict(pair.split("=") for pair in given.renamed)
    try:
        found = compare(given.one, given.other, renamed=renamed)
    except ValueError as error:
        parser.error(str(error))
    counted = [row for row in found if given.exact or row.beyond]
    print(*counted, sep="\n", end="\n" if counted else "")
    within = len(found) - len(counted)
    print(f"{len(counted) or 'no'} differences{f', {within} more by rounding' if within else ''}")
    return int(bool(counted))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

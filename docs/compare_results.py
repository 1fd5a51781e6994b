"""Compare two folders of results: python docs/compare_results.py results/before results/after.

Every number is compared: the variables, coordinates and attributes of each store, the cells of each
table, the entries of each JSON file. Left out is what says how a result was made and not what it
is: hashes of source code, versions, formulas in LaTeX, free texts; logs, times, figures and pages
are compared by their names alone. The exit code is 1 if anything differs.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

READ = {".nc", ".csv", ".json"}
"""Endings of the files whose contents are compared."""
UNNAMED = {"logs", "benchmarks"}
"""Folders whose files come and go with the jobs that ran."""
ATTRIBUTES = {"source_hash", "versions"}
"""Attributes of a store that name its code."""
COLUMNS = {"formula", "test", "evidence", "rests_on"}
"""Columns of tables that hold LaTeX or free text."""
TEXTS = {"experiment", "curve", "claim", "says", "source", "comparison"}
"""Columns in which 007 is another text than 7."""
KEYS = {"dataset_code", "allocate_code"}
"""Keys of a store's settings that name the code of its inputs."""


def of_numbers(old, new):
    """Return |old − new| over the larger of both, elementwise.

    It is 0 for equal infinities and for two NaN, and infinite if only one of both is finite.
    """
    old, new = np.asarray(old), np.asarray(new)
    equal = (old == new) | ((old != old) & (new != new))
    if equal.all():
        return np.zeros(equal.shape)
    old, new = old.astype(np.float64), new.astype(np.float64)
    with np.errstate(all="ignore"):
        apart = np.abs(old - new) / np.maximum(np.abs(old), np.abs(new))
    return np.where(equal, 0.0, np.where(np.isfinite(apart), apart, np.inf))


def of_values(old, new, renamed):
    """Return the largest relative difference of two values read from JSON; texts differ or not."""
    if isinstance(old, dict) and isinstance(new, dict):
        old = {renamed.get(key, key): one for key, one in old.items() if key not in KEYS}
        new = {key: one for key, one in new.items() if key not in KEYS}
        if old.keys() != new.keys():
            return np.inf
        return max((of_values(old[key], new[key], renamed) for key in new), default=0.0)
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = zip(old, new, strict=True)
        return max((of_values(*pair, renamed) for pair in pairs), default=0.0)
    if isinstance(old, str) and isinstance(new, str):
        return of_texts(old, new, renamed)
    if isinstance(old, int | float) and isinstance(new, int | float):
        return float(of_numbers(old, new))
    return 0.0 if old == new else np.inf


def of_texts(old, new, renamed):
    """Return the relative difference of two texts that may hold JSON."""
    if old == new:
        return 0.0
    if old[:1] in ("{", "[") and new[:1] in ("{", "["):
        return of_values(json.loads(old), json.loads(new), renamed)
    return np.inf


def cell(text):
    """Return the number in a cell of a table, otherwise its text."""
    try:
        return float(text)
    except ValueError:
        return text


def contents(path, renamed):
    """Return what a file holds by name: dimensions and values."""
    if path.suffix == ".json":
        return {"entries": ((), np.array(path.read_text("utf-8"), object))}
    if path.suffix == ".csv":
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        columns = {
            renamed.get(name, name): table[name].map(str if name in TEXTS else cell)
            for name in table
        }
        columns = {name: one.to_numpy(object) for name, one in columns.items()}
        return {name: (("row",), one) for name, one in columns.items() if name not in COLUMNS}
    with xr.open_dataset(path, engine="h5netcdf") as store:
        parts = {
            renamed.get(name, name): (
                tuple(renamed.get(axis, axis) for axis in one.dims),
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


def difference(old, new, rtol, renamed):
    """Say how the values of one name differ; None if by no more than `rtol`."""
    (old_axes, old), (new_axes, new) = old, new
    if old_axes != new_axes or old.shape != new.shape:
        shapes = [
            dict(zip(*one, strict=True)) for one in [(old_axes, old.shape), (new_axes, new.shape)]
        ]
        return f"has the shape {shapes[0]}, then {shapes[1]}"
    if {old.dtype.kind, new.dtype.kind} <= set("biuf"):
        apart = of_numbers(old, new)
    else:
        pairs = zip(old.ravel().tolist(), new.ravel().tolist(), strict=True)
        apart = np.array([of_values(*pair, renamed) for pair in pairs]).reshape(old.shape)
    count = int((apart > rtol).sum())
    if not count:
        return None
    place = np.unravel_index(apart.argmax(), apart.shape)
    where = ", ".join(f"{axis} {one}" for axis, one in zip(old_axes, place, strict=True))
    texts = [str(values[place]) for values in (old, new)]
    # Long texts are shown from shortly before they part.
    pairs = enumerate(zip(*texts, strict=False))
    parting = next((place for place, (one, other) in pairs if one != other), 0)
    start = max(parting - 30, 0)
    shown = [f"{'...' if start else ''}{text[start : start + 60]}" for text in texts]
    return (
        f"differs in {count} of {apart.size}, relatively by {apart[place]:.3g} at most"
        f"{f' at {where}' if where else ''}: {shown[0]}, then {shown[1]}"
    )


def differences(old, new, rtol, renamed):
    """Yield every difference between two folders."""
    files = [
        {
            path.relative_to(folder)
            for path in folder.rglob("*")
            if path.is_file() and path.relative_to(folder).parts[0] not in UNNAMED
        }
        for folder in (old, new)
    ]
    for path in sorted(files[0] ^ files[1]):
        yield f"{path}: only in {old if path in files[0] else new}"
    for path in sorted(files[0] & files[1]):
        if path.suffix not in READ:
            continue
        before, after = contents(old / path, renamed), contents(new / path, {})
        for name in sorted(before.keys() ^ after.keys()):
            yield f"{path}: {name} only in {old if name in before else new}"
        for name in sorted(before.keys() & after.keys()):
            found = difference(before[name], after[name], rtol, renamed)
            if found:
                yield f"{path}: {name} {found}"


def main(arguments):
    """Print what differs and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("old", type=Path, help="a folder results/<study>")
    parser.add_argument("new", type=Path, help="another one")
    parser.add_argument(
        "--rtol", type=float, default=0.0, help="relative difference that passes (0: none)"
    )
    parser.add_argument(
        "--renamed",
        action="append",
        default=[],
        metavar="OLD=NEW",
        help="another name of a variable, coordinate, column or key",
    )
    given = parser.parse_args(arguments)
    for folder in (given.old, given.new):
        if not folder.is_dir():
            parser.error(f"need a folder of results, got {folder}")
    if wrong := [one for one in given.renamed if one.count("=") != 1]:
        parser.error(f"need OLD=NEW after --renamed, got {wrong[0]}")
    renamed = dict(one.split("=") for one in given.renamed)
    # Labels may have letters that the encoding of a shell lacks.
    sys.stdout.reconfigure(errors="backslashreplace")
    found = list(differences(given.old, given.new, given.rtol, renamed))
    print(*found, f"{len(found)} differences" if found else "no difference", sep="\n")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

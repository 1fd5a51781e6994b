"""``python -m cradl.check FOLDER``: whether each product is what was written.

Exit code 0 if so, 1 if not, 2 for a folder that holds no results.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from cradl import records
from cradl.commands import exit_with
from cradl.records import State

# No products: what jobs said, what was set aside, and the records themselves.
_OTHERS = (records.FOLDER, "logs", "benchmarks", "set_aside")


class Found(NamedTuple):
    """A product that is not in order.

    Attributes
    ----------
    product
        Its path in the folder.
    state
        What is wrong with it.
    """

    product: str
    state: State


def check(folder: Path) -> list[Found]:
    """Compare every product of a study with its record.

    Parameters
    ----------
    folder
        Of one study: ``results/<study>``.

    Raises
    ------
    FileNotFoundError
        The folder is not there, or holds no results.
    """
    known = records.recorded(folder)
    others = _unrecorded(folder, known)
    if not known and not others:
        raise FileNotFoundError(f"need a folder of results, such as results/paper, got {folder}")
    states = [Found(product, records.state(folder, product)) for product in known]
    wrong = [one for one in states if one.state is not State.CURRENT and not _is_gathered(one)]
    return [*wrong, *(Found(product, State.UNRECORDED) for product in others)]


def _is_gathered(found: Found) -> bool:
    return found.state is State.ABSENT and found.product.startswith(f"{records.PARTS}/")


def _unrecorded(folder: Path, known: Sequence[str]) -> list[str]:
    paths = (one.relative_to(folder) for one in sorted(folder.rglob("*")) if one.is_file())
    return [
        one.as_posix()
        for one in paths
        if one.parts[0] not in _OTHERS and one.as_posix() not in known
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the folder that the command line names, or compare it with another one."""
    parser = argparse.ArgumentParser(
        prog="python -m cradl.check",
        description="Whether each product of a study is what was written, and made from what is "
        "there. Exit code 0 if so, 1 if not, 2 for a folder that holds no results.",
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="such as results/paper")
    parser.add_argument(
        "--against",
        type=Path,
        metavar="OTHER",
        help="compare all numbers and texts with those of another folder; what rounding on another "
        "machine explains is no difference",
    )
    given = parser.parse_args(arguments)
    try:
        found = check(given.folder)
        if given.against is not None:
            check(given.against)
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    wrong = _tell(given.folder, found)
    if given.against is not None:
        wrong |= _tell_differences(given.folder, given.against)
    return int(wrong)


def _tell(folder: Path, found: Sequence[Found]) -> bool:
    """Print what is not in order, and tell whether anything is."""
    known = {name: records.read(folder, name) for name in records.recorded(folder)}
    for one in found:
        sys.stdout.write(f"{folder / one.product}: {one.state.value}\n")
    if not found:
        versions = ", ".join(sorted({one.cradl for one in known.values() if one}))
        there = sum((folder / name).is_file() for name in known)
        sys.stdout.write(
            f"{there} products are as they were written by cradl {versions}, each from the "
            "others that are there\n"
        )
    elif not known:
        sys.stdout.write("Nothing has a record: cradl 0.1.0 wrote it, or it was copied without.\n")
    if found:
        count = "1 file is" if len(found) == 1 else f"{len(found)} files are"
        sys.stdout.write(f"{count} not in order: run the study again to mend that\n")
    return bool(found)


def _tell_differences(folder: Path, other: Path) -> bool:
    """Print in what two folders differ, and tell whether rounding leaves anything of it."""
    # Who only checks does not wait for pandas and xarray.
    from cradl.results.against import compare

    found = compare(folder, other)
    beyond = [one for one in found if one.beyond]
    for one in beyond:
        sys.stdout.write(f"{one}\n")
    sys.stdout.write(
        f"{len(beyond)} differences from {other} beyond the rounding of another machine, "
        f"{len(found) - len(beyond)} within\n"
    )
    return bool(beyond)


if __name__ == "__main__":
    exit_with(main)

"""``python -m cradl.check FOLDER``: whether each product is what was written.

Exit code 0 if so, 1 if not, 2 for a folder that holds no results.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from cradl import records
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
    wrong = [one for one in states if one.state is not State.CURRENT]
    return [*wrong, *(Found(product, State.UNRECORDED) for product in others)]


def _unrecorded(folder: Path, known: Sequence[str]) -> list[str]:
    paths = (one.relative_to(folder) for one in sorted(folder.rglob("*")) if one.is_file())
    return [
        one.as_posix()
        for one in paths
        if one.parts[0] not in _OTHERS and one.as_posix() not in known
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the folder that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m cradl.check", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="such as results/paper")
    folder = parser.parse_args(arguments).folder
    try:
        found = check(folder)
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for one in found:
        sys.stdout.write(f"{folder / one.product}: {one.state.value}\n")
    count = len(records.recorded(folder))
    if not found:
        versions = {
            record.cradl
            for one in records.recorded(folder)
            if (record := records.read(folder, one))
        }
        sys.stdout.write(
            f"{count} products are as they were written by cradl {', '.join(sorted(versions))}, "
            "each from the others that are there\n"
        )
        return 0
    if not count:
        sys.stdout.write("Nothing has a record: cradl 0.1.0 wrote it, or it was copied without.\n")
    sys.stdout.write(f"{len(found)} files are not in order: run the study again to mend them\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())

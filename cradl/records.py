"""Records: of each product its bytes, its settings, its code and what it was made from.

A product is a file in the folder of a study's results. Its record stands beside all others in
``records/`` of that folder, under the product's own path and name. Whether a product is what the
study wants is read from there alone: times of files, and where the folder lies, say nothing.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

from cradl.files import TEMPORARY, as_json, write_text

FOLDER = "records"
"""The folder of the records, in that of a study's results."""

PARTS = "simulate/parts"
"""Where the parts of runs are, which are deleted when they are gathered."""


class Made(NamedTuple):
    """What a product is to be made of.

    Attributes
    ----------
    config
        Digest of the settings, and of those of all that it is made from.
    source
        Hash of the source code that makes it.
    inputs
        The products that it is made from: paths in the same folder.
    """

    config: str
    source: str
    inputs: tuple[str, ...] = ()


class State(Enum):
    """How a product stands to its record, and the record to the study; the value says it."""

    CURRENT = "as its record says"
    ABSENT = "not there"
    UNRECORDED = "without a record of what it is"
    ALTERED = "changed since it was written"
    SETTINGS = "made with other settings"
    CODE = "made by other code"
    INPUTS = "made from other inputs"


class Record(NamedTuple):
    """The content of a record.

    Attributes
    ----------
    sha256, size
        Of the product's bytes.
    config, source
        As in `Made`.
    cradl
        The version that wrote it.
    inputs
        The SHA-256 of each product that it was made from.
    """

    sha256: str
    size: int
    config: str
    source: str
    cradl: str
    inputs: Mapping[str, str]


def digest(settings: Any) -> str:
    """Return the SHA-256 of settings: anything that JSON can say."""
    return hashlib.sha256(as_json(settings).encode()).hexdigest()


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def place(folder: Path, product: str) -> Path:
    """Return where the record of a product is."""
    return folder / FOLDER / f"{product}.json"


def write(folder: Path, product: str, made: Made) -> None:
    """Record a product that was just written.

    Raises
    ------
    FileNotFoundError
        The product is not there, or an input has no record.
    """
    path = folder / product
    inputs = {name: _recorded_sha(folder, name) for name in made.inputs}
    record = Record(sha256(path), path.stat().st_size, made.config, made.source, _version(), inputs)
    content = record._asdict()
    content["record"] = digest(content)
    write_text(place(folder, product), json.dumps(content, indent=1, sort_keys=True))


def read(folder: Path, product: str) -> Record | None:
    """Return the record of a product; None if there is none that is as it was written."""
    path = place(folder, product)
    try:
        found = path.stat()
    except OSError:
        return None
    return _read(str(path), found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=10_000)
def _read(path: str, time: int, size: int) -> Record | None:  # noqa: ARG001 - a new file is read anew
    # Of each product, all that are made from it ask for its record.
    try:
        content = json.loads(Path(path).read_text("utf-8"))
        written = content.pop("record")
        return Record(**content) if digest(content) == written else None
    except (OSError, ValueError, TypeError, LookupError, AttributeError):
        return None


def state(folder: Path, product: str, made: Made | None = None, *, trust: bool = False) -> State:
    """Compare a product with its record, and its record with what is wanted.

    Parameters
    ----------
    folder
        That of the study's results.
    product
        Path of the product in it.
    made
        What it is to be made of; None compares it with its record alone.
    trust
        Take the bytes for unchanged where size and times agree with that, and do not read them.
    """
    path, record = folder / product, read(folder, product)
    if not path.is_file():
        return State.ABSENT
    if record is None:
        return State.UNRECORDED
    if not _same_bytes(folder, product, record, trust=trust):
        return State.ALTERED
    if made is not None and record.source != made.source:
        return State.CODE
    if made is not None and (record.config, {*record.inputs}) != (made.config, {*made.inputs}):
        return State.SETTINGS
    # An input that is not there, or not in order, is a matter of its own.
    known = {name: read(folder, name) for name in record.inputs}
    if any(one and one.sha256 != record.inputs[name] for name, one in known.items()):
        return State.INPUTS
    return State.CURRENT


def _same_bytes(folder: Path, product: str, record: Record, *, trust: bool) -> bool:
    path = folder / product
    found = path.stat()
    if found.st_size != record.size:
        return False
    if trust and found.st_mtime_ns <= place(folder, product).stat().st_mtime_ns:
        return True
    return sha256(path) == record.sha256


def _recorded_sha(folder: Path, product: str) -> str:
    record = read(folder, product)
    if record is None:
        raise FileNotFoundError(f"need the record of {folder / product}, got none")
    return record.sha256


def _version() -> str:
    try:
        return version("cradl")
    except PackageNotFoundError:
        return "not installed"


def require_unaltered(folder: Path, products: Iterable[str]) -> None:
    """Refuse products whose bytes are not those that were recorded.

    Raises
    ------
    ValueError
        Names each, and says what to do.
    """
    wrong = [one for one in products if state(folder, one) in (State.UNRECORDED, State.ALTERED)]
    if wrong:
        names = ", ".join(str(folder / one) for one in wrong)
        raise ValueError(
            f"need inputs as they were written, got {names} "
            f"{state(folder, wrong[0]).value}: run the same command again, which makes them anew"
        )


def recorded(folder: Path) -> list[str]:
    """Return the products that have a record, sorted."""
    records = folder / FOLDER
    return sorted(
        one.relative_to(records).as_posix().removesuffix(".json")
        for one in records.rglob("*.json")
        if not one.name.startswith(".")
    )


def leftovers(folder: Path) -> Iterator[Path]:
    """Yield the files that a process left which was killed while it wrote."""
    for path in folder.rglob(".*.*"):
        if TEMPORARY.fullmatch(path.name) and path.is_file():
            yield path

"""Files written whole or not at all, without what reads and writes arrays."""

import json
import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

TEMPORARY = re.compile(r"\..+\.[0-9a-f]{16}(\.\w+)?")
"""Matches the names that `replacing` gives to what is not yet whole."""


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


def kept(path: str | Path, make: Callable[[], str]) -> str:
    """Return the text of a file; where there is none, of what is made and kept there.

    Several processes may ask at once: each makes the text or finds it whole.
    """
    path = Path(path)
    if not path.is_file():
        write_text(path, make())
    return path.read_text("utf-8")


def as_json(settings: Mapping[str, Any] | Sequence[Any]) -> str:
    """Return settings as JSON with sorted keys."""
    return json.dumps(settings, sort_keys=True, ensure_ascii=False)


def from_json(text: str) -> Any:
    """Return what `as_json` wrote."""
    return json.loads(text)

"""Files written whole or not at all, without what reads and writes arrays."""

import hashlib
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


def kept(path: str | Path, make: Callable[[], str], tell: Callable[[str], None]) -> str:
    """Return the text of a file; where there is none, of what is made and kept there.

    Its SHA-256 stands beside it, as ``sha256sum`` writes it. A file that is not what was written is
    told and made anew. Several processes may ask at once: each makes the text or finds it whole.
    """
    path = Path(path)
    beside = path.with_name(f"{path.name}.sha256")
    if path.is_file():
        content = path.read_bytes()
        if beside.is_file() and beside.read_bytes() == _sha256_line(path, content):
            return content.decode()
        tell(f"{path} is not what {beside.name} says was written: it is made anew.")
    text = make()
    # First: whoever finds the file finds what it must be.
    write_text(beside, _sha256_line(path, text.encode()).decode())
    write_text(path, text)
    return text


def _sha256_line(path: Path, content: bytes) -> bytes:
    return f"{hashlib.sha256(content).hexdigest()}  {path.name}\n".encode()


def as_json(settings: Mapping[str, Any] | Sequence[Any]) -> str:
    """Return settings as JSON with sorted keys."""
    return json.dumps(settings, sort_keys=True, ensure_ascii=False)


def from_json(text: str) -> Any:
    """Return what `as_json` wrote."""
    return json.loads(text)

"""Damage to files and folders of a study that is finished: each function does one kind of it."""

import os
import random
import re
import shutil
from pathlib import Path

DATA = "dataset/small.nc"
RUN = "simulate/flipped.nc"
TABLE = "verify/losses.csv"
LATEX = "report/tables/comparison.tex"
PAGE = "report/index.html"
# One product of each kind.
KINDS = {
    "nc": RUN,
    "csv": TABLE,
    "tex": LATEX,
    "html": PAGE,
    "md": "report/report.md",
    "svg": "figures/both.svg",
    "png": "figures/both.png",
    "pdf": "figures/both.pdf",
    "json": "verify/counterexamples.json",
}
FAR = {"1999": 915148800, "2030": 1893456000}


def rewrite(path: Path, content: bytes) -> None:
    """Replace the content of a file that keeps its times."""
    times = path.stat()
    path.write_bytes(content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def flip(path: Path, bit: int) -> None:
    """Turn one bit of a file round."""
    content = bytearray(path.read_bytes())
    content[bit // 8] ^= 1 << bit % 8
    rewrite(path, bytes(content))


def flip_one(path: Path, seed: int = 1) -> None:
    """Turn a bit round that a seed chooses."""
    flip(path, random.Random(seed).randrange(8 * path.stat().st_size))


def truncate(path: Path) -> None:
    """Leave the first half of a file."""
    content = path.read_bytes()
    rewrite(path, content[: len(content) // 2])


def empty(path: Path) -> None:
    """Leave nothing of a file but its name."""
    rewrite(path, b"")


def edit_digit(path: Path) -> None:
    """Change the last digit of the first decimal number of a text, as an editor does."""
    text = path.read_text("utf-8")
    found = next(re.finditer(r"\d\.\d*(\d)", text))
    other = str((int(found[1]) + 1) % 10)
    path.write_text(text[: found.start(1)] + other + text[found.end(1) :], encoding="utf-8")


def date(folder: Path, when: int) -> None:
    """Date everything in a folder, or one file."""
    for path in [folder, *folder.rglob("*")]:
        os.utime(path, (when, when))


def copy_without_times(folder: Path) -> None:
    """Copy a folder file by file, as ``cp -r`` does, and take the copy in its place."""
    copied = folder.with_name(f"{folder.name}-copied")
    shutil.copytree(folder, copied, copy_function=shutil.copyfile)
    shutil.rmtree(folder)
    copied.rename(folder)


def edit_record(record: Path, key: str) -> None:
    """Change the first letter of what a record says of one thing."""
    text = record.read_text("utf-8")
    start = text.index(f'"{key}": ') + len(key) + 4
    place = next(at for at in range(start, len(text)) if text[at].isalnum())
    other = "1" if text[place] != "1" else "2"
    rewrite(record, (text[:place] + other + text[place + 1 :]).encode())

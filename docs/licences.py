"""Write docs/licences.csv, the licence of each package in the lock: python docs/licences.py.

A licence is what the installed package says of itself: an SPDX expression, else its classifiers,
else the first line of its free text, else the title of its licence file or the names of its
licence files. A package that is not installed here, such as one for another system, keeps the line
that it has; without one the exit code is 1.
"""

import csv
import re
import sys
from importlib.metadata import PackageNotFoundError, files, metadata
from pathlib import Path

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "docs" / "licences.csv"
CLASSIFIER = "License :: "


def locked() -> list[str]:
    """Return the names of the lock, in its order."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    return sorted(set(re.findall(r"^([a-z0-9][a-z0-9.-]*)==", text, re.MULTILINE)))


def licence(name: str) -> str:
    """Return the licence that an installed package names, or nothing."""
    found = metadata(name)
    classes = [one for one in found.get_all("Classifier", []) if one.startswith(CLASSIFIER)]
    classes = [one.removeprefix(CLASSIFIER).removeprefix("OSI Approved :: ") for one in classes]
    classes = [one for one in classes if one != "OSI Approved"]
    free = (found.get("License") or "").strip().splitlines()
    named = found.get("License-Expression") or "; ".join(classes) or (free[0] if free else "")
    return named or of_files(name)


def of_files(name: str) -> str:
    """Return the title of a package's licence file, or the names of all, or nothing."""
    paths = [one for one in files(name) or [] if ".dist-info" in one.parts[0]]
    paths = [one for one in paths if one.name.startswith("LICENSE") or "licenses" in one.parts]
    titles = [one.read_text().strip().splitlines()[0] for one in paths]
    if len(titles) == 1 and titles[0].endswith("License"):
        return titles[0]
    return f"see {', '.join(one.name for one in paths)}" if paths else ""


def main() -> int:
    """Write the table and return the exit code."""
    kept = {}
    if TABLE.exists():
        with TABLE.open(encoding="utf-8") as file:
            kept = {row["name"]: row["licence"] for row in csv.DictReader(file)}
    rows = {}
    for name in locked():
        try:
            rows[name] = licence(name)
        except PackageNotFoundError:
            rows[name] = kept.get(name, "")
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([("name", "licence"), *rows.items()])
    missing = [name for name, found in rows.items() if not found]
    if missing:
        print(f"need the licence of {', '.join(missing)}, got none", file=sys.stderr)
    return int(bool(missing))


if __name__ == "__main__":
    sys.exit(main())

"""Write the report of a run that failed: the results that exist, and the names of the others.

Reads JSON from standard input: the arguments of `reporting.write_report`.
"""

import json
import sys
from pathlib import Path

from reporting import write_report

from cradl import records

given = json.load(sys.stdin)
missing = given.pop("missing")
content = write_report(given, missing=missing)
# Of a run that failed: known as what it is, and never as the report of the study.
folder = Path(given["folder"])
for path in sorted((folder / "report").rglob("*.*")):
    records.write(folder, path.relative_to(folder).as_posix(), records.Made("incomplete", ""))
sys.stderr.write(
    f"The report says what there is: {given['folder']}/report/index.html. "
    f"Missing: {', '.join(content.missing)}\n"
)

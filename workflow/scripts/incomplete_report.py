"""Write the report of a run that failed: the results that exist, and the names of the others.

Reads JSON from standard input: the arguments of `reporting.write_report`.
"""

import json
import sys

from reporting import write_report

given = json.load(sys.stdin)
missing = given.pop("missing")
content = write_report(given, missing=missing)
sys.stderr.write(
    f"The report says what there is: {given['folder']}/report/index.html. "
    f"Missing: {', '.join(content.missing)}\n"
)

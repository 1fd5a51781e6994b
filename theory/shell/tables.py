"""Commands that print tables: Table I beside the truth, and the ledger."""

import argparse
import difflib
import importlib
import sys
from collections.abc import Callable, Sequence
from typing import Any

from theory.beyond.true_constants import true_c_alpha_squared
from theory.paper.table1 import TableRow, table1, table1_csv
from theory.shell import sizes
from theory.shell.answers import finite, write_json
from theory.shell.numbers import whole

Command = Callable[..., argparse.ArgumentParser]

FILTERS = ("verdict", "scope", "kind", "form")
"""Columns of the ledger that can be chosen by their values."""


def add(command: Command) -> None:
    """Add the commands."""
    parser = command("table1", _table1, "Table I at one (N, alpha, D), beside the true constants")
    parser.add_argument("--N", type=whole(least=1), required=True, help="devices")
    sizes.add_fraction(parser)
    coordinates = "coordinates of a message"
    parser.add_argument("--D", type=whole(least=1), required=True, help=coordinates)
    parser.add_argument("--csv", action="store_true", help="all columns")
    parser = command("ledger", _ledger, "what is proved, refuted, or left to runs")
    parser.add_argument("rows", nargs="*", metavar="ROW", help="rows to show whole, such as 19")
    for name in FILTERS:
        parser.add_argument(f"--{name}", help=f"only rows with this {name}")
    parser.add_argument("--csv", action="store_true", help="all columns")


def _table1(options: argparse.Namespace) -> int:
    liars = sizes.byzantine(options)
    rows = table1([(options.N, liars, options.D)])
    if options.json:
        both = ((row, _true(row, "max"), _true(row, "average")) for row in rows)
        write_json(
            [row._asdict() | {"true": most, "true average": mean} for row, most, mean in both]
        )
    elif options.csv:
        sys.stdout.write(table1_csv(rows))
    else:
        sys.stdout.write(f"N={options.N}  f={liars}  D={options.D}\n")
        sys.stdout.write(_line("rule", "printed", "true", "true, average", "printed, exactly"))
        for row in rows:
            value = "none" if row.value is None else f"{row.value:.8g}"
            ends = [_ends(_true(row, deviation)) for deviation in ("max", "average")]
            sys.stdout.write(_line(row.rule, value, *ends, row.exact or row.status))
    return 0


def _line(rule: str, printed: str, *cells: str) -> str:
    return f"{rule:<18}{printed:<14}{''.join(f'{cell:<24}' for cell in cells).rstrip()}\n"


def _ends(known: Sequence[float] | None) -> str:
    ends = list(dict.fromkeys(f"{end:.6g}" for end in known or ()))
    return " to ".join(ends) or "none"


def _true(row: TableRow, deviation: str) -> list[float] | None:
    """Return the bounds of the true constant, or None if there is none."""
    if 2 * row.f >= row.N or (row.rule == "krum" and 2 * row.f + 3 > row.N):
        return None
    sizes_ = {"N": row.N, "f": row.f, "D": row.D}
    return [finite(end) for end in true_c_alpha_squared(row.rule, **sizes_, deviation=deviation)]


def _ledger(options: argparse.Namespace) -> int:
    ledger = importlib.import_module("theory.ledger")
    known = [row.name for row in ledger.ROWS]
    for name in options.rows:
        if name not in known:
            near = ", ".join(difflib.get_close_matches(name, known, n=5, cutoff=0.3))
            told = f"; near are {near}" if near else ""
            raise ValueError(f"need rows of the ledger, got {name!r}{told}")
    statement = importlib.import_module("theory.proving.statement")
    wanted_rows = statement.with_used(ledger.ROWS, options.rows) if options.rows else ledger.ROWS
    decided = ledger.ledger(wanted_rows)
    rows = [row for row in decided if not options.rows or row.equation in options.rows]
    for name in FILTERS:
        wanted = getattr(options, name)
        values = sorted({getattr(row, name) for row in decided} - {""})
        if wanted is not None and wanted not in values:
            raise ValueError(f"need --{name} as one of {', '.join(values)}, got {wanted!r}")
        rows = [row for row in rows if wanted in (None, getattr(row, name))]
    if options.json:
        write_json([row._asdict() for row in rows])
    elif options.csv:
        sys.stdout.write(ledger.ledger_csv(rows))
    elif options.rows:
        sys.stdout.write("\n".join(_whole(row) for row in rows))
    else:
        for row in rows:
            # Measured runs decide what no proof does; this command has no runs.
            waits = "  [measured runs]" if "measured runs" in row.method else ""
            decided = f"{row.equation:<6}{row.verdict:<16}{row.seconds:6.2f} s  "
            sys.stdout.write(f"{decided}{row.statement}{waits}\n")
    return 0


def _whole(row: Any) -> str:
    """Return all that the ledger says of a row."""
    fields = {name: value for name, value in row._asdict().items() if value not in ("", None)}
    return "".join(f"{name:<11} {value}\n" for name, value in fields.items())

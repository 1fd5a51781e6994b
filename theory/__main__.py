"""Evaluate the paper's statements from a shell at any numbers: ``python -m theory --help``.

Numbers are read exactly, so that rounding does not decide a hypothesis at its boundary. Answers go
to the standard output, with ``--json`` always as valid JSON; errors go to the standard error. Exit
code 1 means that a hypothesis fails and no bound is printed, 2 that an argument is refused.
"""

import argparse
import signal
import sys
from collections.abc import Callable, Sequence

from theory.shell import bounds, tables
from theory.shell.answers import any_encoding


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    any_encoding()
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    parser: argparse.ArgumentParser = options.parser
    try:
        return command(options)
    except ValueError as problem:
        parser.error(str(problem))
    except KeyboardInterrupt:
        # As a shell has it: 128 and the number of the signal.
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m theory", description="Bounds and constants of the paper, exactly."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(
        name: str, run: Callable[[argparse.Namespace], int], says: str
    ) -> argparse.ArgumentParser:
        one: argparse.ArgumentParser = commands.add_parser(name, help=says, description=says)
        one.set_defaults(command=run, parser=one)
        one.add_argument("--json", action="store_true", help="for machines")
        return one

    tables.add(command)
    bounds.add(command)
    return parser


if __name__ == "__main__":
    # End quietly if the reader closes the pipe, as ``| head`` does; Windows has no such signal.
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(main())

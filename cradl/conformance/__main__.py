"""The command ``python -m cradl.conformance``."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cradl.aggregation import RULES
from cradl.commands import exit_with
from cradl.conformance.judging import Verdict, judge
from cradl.conformance.libraries import JUDGED, Peer, peer_of, peers_of
from cradl.conformance.shrinking import smallest
from cradl.conformance.telling import NOTE, Judged, json_of, markdown_of, text_of
from cradl.files import write_text
from cradl.libraries import NotThere, version_of


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge the libraries that the command line names."""
    parser = _parser()
    given = parser.parse_args(arguments)
    judged = []
    for library in given.libraries:
        try:
            peers = _peers(library, given, parser)
        except NotThere as error:
            sys.stderr.write(f"{library} is left out: {error}\n")
            continue
        verdicts = [_judged(peer, given.inputs, given.seed) for peer in peers]
        one = Judged(library, version_of(library.partition(":")[0].partition(".")[0]), verdicts)
        sys.stdout.write(f"{text_of(one)}\n")
        judged.append(one)
    if not judged:
        return 2
    sys.stdout.write(f"{NOTE}\n")
    if given.markdown:
        write_text(given.markdown, markdown_of(judged))
    if given.json:
        write_text(given.json, json_of(judged))
    return int(not all(verdict.conforms for one in judged for verdict in one.verdicts))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m cradl.conformance",
        description="Whether the aggregation rules of a library compute what they are defined to. "
        "Exit code 0 if so, 1 if not, 2 if nothing could be judged.",
    )
    parser.add_argument(
        "libraries",
        nargs="+",
        metavar="LIBRARY",
        help=f"{', '.join(JUDGED)}, or any module:function",
    )
    parser.add_argument(
        "--rule",
        metavar="NAME",
        help="only the rule of this name, in the library or in cradl; the definition of a "
        "module:function",
    )
    parser.add_argument(
        "--calls",
        default="function(messages, f)",
        metavar="EXPRESSION",
        help="how a module:function is called, of messages (N, D), f and N (default: %(default)s)",
    )
    parser.add_argument(
        "--inputs",
        type=_count,
        default=100,
        metavar="COUNT",
        help="of each kind at each (N, f, D) (default: %(default)s)",
    )
    parser.add_argument("--seed", type=int, default=0, help="of all inputs (default: %(default)s)")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables there too")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all counts there")
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"need a whole number of 1 or more, got {text}")
    return int(text)


def _peers(
    library: str, given: argparse.Namespace, parser: argparse.ArgumentParser
) -> Sequence[Peer]:
    """Return the rules to be judged."""
    known = ", ".join(RULES.own)
    if ":" in library:
        if given.rule not in RULES.own:
            parser.error(f"need --rule NAME among {known} for {library}, got {given.rule}")
        try:
            return [peer_of(library, given.rule, given.calls)]
        except SyntaxError as error:
            parser.error(f"need a Python expression for --calls, got {given.calls!r}: {error.msg}")
    if library not in JUDGED:
        parser.error(f"need {', '.join(JUDGED)} or module:function, got {library}")
    peers = peers_of(library)
    chosen = [one for one in peers if given.rule in (None, one.name, one.rule)]
    if not chosen:
        names = ", ".join(one.name for one in peers)
        parser.error(f"need --rule NAME among {names} for {library}, got {given.rule}")
    return chosen


def _judged(peer: Peer, count: int, seed: int) -> Verdict:
    # Some libraries draw from NumPy's global state: the same command is to find the same.
    np.random.seed(seed)  # noqa: NPY002
    verdict, wrong = judge(peer, count=count, seed=seed)
    # What differs by chance need not differ again.
    verdict.example = None if verdict.varies else smallest(peer, wrong)
    return verdict


if __name__ == "__main__":
    exit_with(main)

"""What was found about rules of libraries: as a table for a terminal, as Markdown, as JSON."""

import dataclasses
import json
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cradl.arrays import Floats
from cradl.conformance.judging import Count, Verdict

HEAD = ("rule", "definition", "inputs that differ", "besides", "worst case")
NOTE = (
    "An input differs if the result is none that the definition allows, by more than rounding "
    "explains. Worst case: the largest squared error that a search found with f = 1, D = 2 and "
    "N = 5, or 7 for Bulyan, over the largest squared honest deviation; in brackets that of the "
    "definition."
)


class Judged(NamedTuple):
    """A library, its version, and the verdicts on its rules."""

    library: str
    version: str
    verdicts: Sequence[Verdict]

    @property
    def title(self) -> str:
        """Return name and version."""
        return f"{self.library} {self.version}".strip()


def percent(part: int, whole: int) -> str:
    """Return a share as text, one decimal; no share but none is rounded to 0.

    Examples
    --------
    >>> percent(437, 2000), percent(0, 10), percent(1, 10_000)
    ('21.9 %', '0 %', '< 0.1 %')
    """
    share = 100 * part / whole
    return "< 0.1 %" if 0 < share < 0.05 else f"{round(share, 1):g} %"


def _differing(verdict: Verdict) -> str:
    told = [
        f"{kind} {percent(count.failed, count.judged)}"
        for kind, count in verdict.kinds.items()
        if count.failed
    ]
    return ", ".join(told) or "none"


def _besides(verdict: Verdict) -> str:
    told = ["two results for one input"] if verdict.varies else []
    told += [f"no {contract}" for contract in verdict.broken]
    told += [
        f"{_of_lies(count)} on {kind}" for kind, count in verdict.hostile.items() if count.failed
    ]
    return ", ".join(told) or ("conforms" if verdict.conforms else "")


def _of_lies(count: Count) -> str:
    """Say the worst that comes of a kind of lie."""
    if count.endless:
        return "no end"
    if count.raised:
        return "exception"
    return "not finite" if count.not_finite else "differs"


def _worst(verdict: Verdict) -> str:
    if verdict.worst is None or verdict.ours is None:
        return ""
    return f"{verdict.worst:.4g} ({verdict.ours:.4g})"


def _vector(values: Floats) -> str:
    # To their last digit, so that the input can be tried again.
    texts = [repr(value).removesuffix(".0") for value in values.tolist()]
    return texts[0] if len(texts) == 1 else f"({', '.join(texts)})"


def example_of(verdict: Verdict) -> str:
    """Return the smallest differing input as a line; empty if there is none."""
    one = verdict.example
    if one is None:
        return ""
    got = one.raised if one.got is None else _vector(one.got)
    sent = ", ".join(map(_vector, one.messages))
    return f"f = {one.f}; messages {sent} → {got}; defined is {_vector(one.defined)}"


def _cells(verdict: Verdict) -> tuple[str, ...]:
    found = (_differing(verdict), _besides(verdict), _worst(verdict))
    return (verdict.name, verdict.rule, *found)


def text_of(judged: Judged) -> str:
    """Return a table for a terminal, with the smallest differing inputs below it."""
    lines = [HEAD, *map(_cells, judged.verdicts)]
    widths = [max(len(line[j]) for line in lines) for j in range(len(HEAD))]
    table = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
    examples = [f"{one.name}: {example_of(one)}" for one in judged.verdicts if one.example]
    raised = [f"{one.name} raises {one.raised}" for one in judged.verdicts if one.raised]
    return "\n".join([judged.title, *table, *examples, *raised, ""])


def markdown_of(judged: Sequence[Judged]) -> str:
    """Return a section for each library."""
    blocks = [NOTE]
    for one in judged:
        lines = [HEAD, ("---",) * len(HEAD), *map(_cells, one.verdicts)]
        table = "\n".join(f"| {' | '.join(map(_escaped, line))} |" for line in lines)
        examples = [
            f"- `{verdict.name}`: {_escaped(example_of(verdict))}"
            for verdict in one.verdicts
            if verdict.example
        ]
        blocks += [f"## {one.title}", table, *(["\n".join(examples)] if examples else [])]
    return "\n\n".join(blocks) + "\n"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def json_of(judged: Sequence[Judged]) -> str:
    """Return all that was counted."""
    found = [
        {
            "library": one.library,
            "version": one.version,
            "rules": [
                {"conforms": verdict.conforms, **dataclasses.asdict(verdict)}
                for verdict in one.verdicts
            ],
        }
        for one in judged
    ]
    return json.dumps(found, indent=1, ensure_ascii=False, default=_plain) + "\n"


def _plain(value: object) -> object:
    if isinstance(value, np.ndarray):
        # JSON has no numbers that are not finite.
        return value.tolist() if np.isfinite(value).all() else [str(one) for one in value.tolist()]
    raise TypeError(f"need arrays and plain values, got a {type(value).__name__}")

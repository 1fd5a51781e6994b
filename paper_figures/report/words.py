"""The words for verdicts, the same for claims, statements, theorems and constants."""

from collections.abc import Mapping

HOLDS, PARTLY, MOSTLY_NOT, FAILS, OPEN = (
    "holds",
    "holds in part",
    "mostly contradicted",
    "contradicted",
    "undecided",
)
_WORDS: Mapping[str, str] = {
    **dict.fromkeys(("supported", "verified", "proved", "holds"), HOLDS),
    "partly supported": PARTLY,
    **dict.fromkeys(("contradicted", "refuted", "violated"), FAILS),
    **dict.fromkeys(("definition", "assumption"), "taken as given"),
}
_KINDS: Mapping[str, str] = {
    **{HOLDS: "good", "yes": "good", PARTLY: "partly", MOSTLY_NOT: "mostly"},
    **{FAILS: "bad", "no": "bad", OPEN: "open"},
}
MARKS = {"good": "✓", "partly": "+", "mostly": "−", "bad": "✗", "open": "?", "neutral": ""}
"""Stand before verdicts, so that they read without colour; ``page.css`` has the same."""


def word(verdict: str) -> str:
    """Return the report's word for a verdict of a table; one that has none stays as it is.

    Examples
    --------
    >>> word("supported"), word("proved"), word("violated"), word("not measured")
    ('holds', 'holds', 'contradicted', 'not measured')
    """
    return _WORDS.get(verdict, verdict)


def counted(holding: int, against: int, of: int) -> str:
    """Return the word for comparisons of which some hold and some are contradicted.

    Examples
    --------
    >>> counted(9, 0, 9), counted(7, 1, 9), counted(2, 7, 9), counted(0, 1, 4), counted(0, 0, 4)
    ('holds', 'holds in part', 'mostly contradicted', 'contradicted', 'undecided')
    """
    if holding == of:
        return HOLDS
    if holding:
        return MOSTLY_NOT if against > holding else PARTLY
    return FAILS if against else OPEN


def kind(verdict: str) -> str:
    """Return the kind of a verdict, a key of `MARKS`; what follows a comma does not change it."""
    return _KINDS.get(word(verdict.partition(",")[0]), "neutral")


def several(count: int, told: str) -> str:
    """Write how many items have a verdict.

    Examples
    --------
    >>> several(1, "holds"), several(3, "holds in part"), several(2, "contradicted")
    ('1 holds', '3 hold in part', '2 contradicted')
    """
    plural = told.replace("holds", "hold")
    return f"{count} {told if count == 1 else plural}"


def number_of(count: int, noun: str, plural: str = "") -> str:
    """Write a count with its noun.

    Examples
    --------
    >>> number_of(1, "error"), number_of(3, "edge case"), number_of(2, "hypothesis", "hypotheses")
    ('1 error', '3 edge cases', '2 hypotheses')
    """
    return f"{count} {noun if count == 1 else plural or f'{noun}s'}"


def listed(parts: list[str]) -> str:
    """Join parts of a sentence.

    Examples
    --------
    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last

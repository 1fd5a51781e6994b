"""Findings: every problem of a study with its place, told all at once."""

import difflib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, get_args

from pydantic import ValidationError

from cradl.columns import DataFault
from cradl.parameters import Parameters
from cradl.rows import Table


class Finding(NamedTuple):
    """A problem of a study: its place, the value needed there, the value given."""

    path: str
    needed: str
    given: str


class StudyError(ValueError):
    """A study that cannot be run, with every finding and not only the first."""

    def __init__(self, source: str, findings: Iterable[Finding]) -> None:
        self.findings = list(dict.fromkeys(findings))
        places: dict[tuple[str, str], list[str]] = {}
        for path, needed, given in self.findings:
            places.setdefault((needed, given), []).append(path or "the file")
        lines = [
            f"  {_joined(paths)}: need {needed}, got {given}"
            for (needed, given), paths in places.items()
        ]
        count = f"{len(lines)} problem{'s' if len(lines) > 1 else ''}"
        super().__init__("\n".join([f"{source}: {count}", *lines]))


def _joined(paths: list[str], most: int = 3) -> str:
    """Join the places of one and the same problem; say how many are left out."""
    more = f" and {len(paths) - most} more" if len(paths) > most else ""
    return ", ".join(paths[:most]) + more


class Findings:
    """A collector of findings, to which all that read a study add."""

    def __init__(self) -> None:
        self._found: list[Finding] = []
        self._unread: dict[str, Finding] = {}
        self._untold: set[Finding] = set()
        self.lost_rows = False
        """Whether plugins failed, so that an unknown row may be one of theirs: it is not told."""

    def __iter__(self) -> Iterator[Finding]:
        """Iterate in the order in which they were found."""
        return iter(self._found)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._found)

    def add(self, path: str, needed: str, given: str) -> None:
        """Record what is needed at `path`, a place in the file, and what was given."""
        self._found.append(Finding(path, needed, given))

    def add_unread(self, path: str, needed: str, given: str) -> None:
        """Record a value that cannot be told from the file; whatever else it is, is not told."""
        self.add(path, needed, given)
        self._unread.setdefault(path, self._found[-1])

    def refuse(self, source: str) -> None:
        """Raise `StudyError` if there is any finding."""
        told = [
            one
            for one in self._found
            if self._unread.get(one.path, one) == one and one not in self._untold
        ]
        if told:
            raise StudyError(source, told)

    def add_not_one_of(self, names: Iterable[str], given: Any, path: str) -> None:
        """Record that `given` is none of the names, with the nearest one as a hint."""
        self.add(path, *not_one_of(names, given))
        if self.lost_rows and isinstance(names, Table):
            self._untold.add(self._found[-1])

    def add_fault(self, fault: DataFault, path: str) -> None:
        """Record what is wrong with the file of the data set at `path`."""
        where = below(path, fault.key)
        if fault.choices:
            self.add_not_one_of(fault.choices, fault.given, where)
        else:
            self.add(where, fault.needed, on_one_line(fault.given))

    def check_known(self, keys: Mapping[str, Any], known: Collection[str], path: str) -> None:
        """Record the keys that are not known."""
        for key in keys:
            if key not in known:
                where = below(path, key if isinstance(key, str) else shown(key))
                self.add_not_one_of(known, key, where)

    def check(
        self,
        model: type[Parameters],
        values: Mapping[str, Any],
        path: str,
        *,
        required: Collection[str] = (),
        place: str | None = None,
    ) -> set[str]:
        """Validate the fields of `model` that `values` has, and that `required` ones are there.

        Each finding is placed at its field below `path`, or at `place`, which stands for the field.

        Returns
        -------
        The fields in which something is wrong.
        """
        fields = {key: value for key, value in values.items() if key in model.model_fields}
        found: dict[str, Finding] = {}
        mappings: set[str] = set()
        wrong: set[str] = set()
        try:
            model.model_validate(fields)
        except ValidationError as error:
            for one in error.errors(include_url=False):
                field, *inner = one["loc"]
                if one["type"] == "missing" and not inner and field not in required:
                    continue
                whole = place or below(path, str(field))
                where = _place(whole, inner)
                needed = _needed(one["type"], one["msg"])
                given = "none" if one["type"] == "missing" else shown(one["input"])
                if one["type"] in _UNKNOWN and _place(whole, inner[:-1]) == whole:
                    key = inner[-1]
                    where = below(whole, key if isinstance(key, str) else shown(key))
                    needed, given = not_one_of(
                        _keys(model.model_fields[str(field)].annotation), key
                    )
                # One value has several errors where it is none of several types.
                if where in found:
                    needed = f"{found[where].needed} or {needed}"
                found[where] = Finding(where, needed, given)
                if isinstance(one["input"], dict) and one["type"] != "missing":
                    mappings.add(where)
                wrong.add(str(field))
        # Where a mapping is one of several types, it is told what is wrong in it, and that alone.
        inside = {
            one
            for one in mappings
            if any(each.startswith((f"{one}.", f"{one}[")) for each in found)
        }
        self._found += [one for where, one in found.items() if where not in inside]
        return wrong


def not_one_of(names: Iterable[str], given: Any) -> tuple[str, str]:
    """Return that one of the names is needed, and what is given, with the nearest as a hint.

    Examples
    --------
    >>> not_one_of(["median", "mean"], "medain")
    ('one of mean, median', "'medain' (did you mean median?)")
    """
    # Among the names of the file's own entries may be some that are refused themselves.
    choices = sorted(one for one in names if isinstance(one, str) and one.isprintable())
    got = shown(given)
    near = difflib.get_close_matches(got.strip("'"), choices, n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    return f"one of {', '.join(choices) or 'none'}", got + hint


def below(path: str, key: str) -> str:
    """Return the place of a key of the mapping at `path`, on one line; a long key is cut.

    Examples
    --------
    >>> below("experiments", "fig2a")
    'experiments.fig2a'
    """
    name = key if key.isprintable() else repr(key)
    return f"{path}.{_cut(name)}" if path else _cut(name)


def on_one_line(text: str) -> str:
    r"""Return the words of a text, of which no character breaks the line or is invisible.

    Of a long text, beginning and end are kept.

    Examples
    --------
    >>> on_one_line("while scanning\n  a\ufeff")
    'while scanning a\\ufeff'
    """
    words = " ".join(text.split())
    line = "".join(one if one.isprintable() else repr(one)[1:-1] for one in words)
    return line if len(line) <= 600 else f"{line[:300]} ... {line[-295:]}"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


_LONGEST = 120
"""The most characters of a key or a value that a message shows."""


def _place(path: str, inner: Iterable[int | str]) -> str:
    for part in inner:
        if isinstance(part, int):
            path += f"[{part}]"
        # The others are no place in the file: which of several types was tried.
        elif "[" not in part and part not in _BRANCHES:
            path = below(path, part)
    return path


def _keys(annotation: Any) -> Iterator[str]:
    """Yield the keys of the mappings that a type admits."""
    if isinstance(annotation, type) and issubclass(annotation, Parameters):
        yield from annotation.model_fields
    for one in get_args(annotation):
        yield from _keys(one)


_UNKNOWN = frozenset({"extra_forbidden", "invalid_key"})
_BRANCHES = frozenset({"float", "constrained-float", "str", "Schedule", "Dirichlet"})
"""Types of which one is tried after the other."""

_NEEDED = {
    "missing": "this key",
    "extra_forbidden": "no such key",
    "bool_type": "true or false",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
    "too_short": "at least one entry",
    "string_type": "a text (quote what YAML reads as a number, a date or yes and no)",
    "string_unicode": "a text without control characters",
    "control_characters": "a text without control characters",
    "string_pattern_mismatch": "a name of letters, digits, - and _, no path",
}


def _needed(kind: str, message: str) -> str:
    return _NEEDED.get(kind) or re.sub(r"^(Value error, )?(\w+ should (be |have )?)?", "", message)


def shown(value: Any) -> str:
    """Show a value as it was given, with a hint where a text spells a number."""
    if value is None:
        return "none"
    if isinstance(value, str) and (number := _number(value)) is not None:
        return f"the text {value!r} (the number is written {spelled(number)})"
    try:
        text = repr(value)
    # Python writes no integer of thousands of digits.
    except ValueError:
        return f"a value of type {type(value).__name__} too long to show"
    return _cut(text)


def _number(text: str) -> float | None:
    """Return the number that `text` spells; None if it spells none."""
    if not re.fullmatch(r"[-+]?[\d.]+(e[-+]?\d{1,2})?", text, flags=re.IGNORECASE):
        return None
    try:
        return float(text)
    except ValueError:
        return None


def spelled(value: Any) -> str:
    """Write a value as every version of YAML reads it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e16:
        return str(int(value))
    if not isinstance(value, int | float):
        return f"the text '{value}'"
    mantissa, e, exponent = repr(value).partition("e")
    return f"{mantissa}{e}{exponent}" if not e or "." in mantissa else f"{mantissa}.0e{exponent}"

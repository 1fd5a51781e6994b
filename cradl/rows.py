"""Tables of rows: what a study chooses from by name, and what plugins add to."""

import dataclasses
import re
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, ClassVar, Generic, Self, TypeVar


@dataclasses.dataclass(frozen=True, kw_only=True)
class Row:
    """A row: an entry of a table, with its fields given by name.

    Attributes
    ----------
    name
        As legends and tables print it; the row's key with spaces if it is empty.
    """

    name: str = ""

    HINT: ClassVar[str] = ""
    """Added to the message if a row has another form."""

    def __new__(cls, *given: Any, **named: Any) -> Self:
        """Refuse fields without a name and fields that there are not, with the form that is right.

        Raises
        ------
        TypeError
            Shows the form.
        """
        fields = {one.name: one for one in dataclasses.fields(cls)}
        needed = [name for name, one in fields.items() if one.default is dataclasses.MISSING]
        unknown = named.keys() - fields.keys()
        if given or unknown or not named.keys() >= set(needed):
            form = f"{cls.__name__}({', '.join(f'{name}=...' for name in needed)})"
            others = ", ".join(name for name in fields if name not in needed)
            got = ", ".join([*("a value without a name" for _ in given[:1]), *sorted(named)])
            told = f"need {form}, and {others} if wanted, got {got or 'none'}"
            raise TypeError(told + cls.HINT)
        return super().__new__(cls)

    def _replace(self, **changes: Any) -> Self:
        """Return the row with other values of some fields, and without its printed name."""
        return dataclasses.replace(self, **{"name": "", **changes})


_R = TypeVar("_R", bound=Row)


class Table(MutableMapping[str, _R], Generic[_R]):
    """Rows by name. ``TABLE[name] = Row(...)`` adds one; no row is ever replaced.

    Parameters
    ----------
    title
        The table's own name, for messages.
    kind
        What its rows are.
    rows
        Those it comes with.
    """

    def __init__(self, title: str, kind: type[_R], rows: Mapping[str, _R]) -> None:
        self._title, self._kind = title, kind
        self._rows: dict[str, _R] = {}
        for name, row in rows.items():
            self[name] = row
        self._own = frozenset(rows)

    def __getitem__(self, name: str) -> _R:
        """Return the row of this name."""
        return self._rows[name]

    def __setitem__(self, name: str, row: _R) -> None:
        """Add a row.

        Raises
        ------
        TypeError
            No row of this table.
        ValueError
            No name that a study can write, or one that the table has.
        """
        where = f"{self._title}[{name!r}]"
        if not isinstance(row, self._kind):
            needed = f"need a row {self._kind.__name__}(...) for {where}"
            raise TypeError(f"{needed}, got a {type(row).__name__}")
        if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII):
            raise ValueError(f"need a name of letters, digits and _, got {where}")
        if name in self._rows:
            raise ValueError(f"need a name that {self._title} does not have, got {where}")
        self._rows[name] = row

    def __delitem__(self, name: str) -> None:
        """Take away a row that was added.

        Raises
        ------
        ValueError
            A row that the table came with.
        """
        if name in self._own:
            raise ValueError(f"need a row that was added, got {self._title}[{name!r}]")
        del self._rows[name]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names, in the order in which the rows were added."""
        return iter(self._rows)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._rows)

    def printed(self, name: str) -> str:
        """Return a row's name as legends and tables print it."""
        return self[name].name or name.replace("_", " ")

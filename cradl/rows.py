"""Tables of rows: what a study chooses from by name, and what plugins add to."""

import dataclasses
import re
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, ClassVar, Generic, Self, TypeVar

from cradl.parameters import Parameters


@dataclasses.dataclass(frozen=True, kw_only=True)
class Row:
    """A row: an entry of a table, with its fields given by name.

    Attributes
    ----------
    name
        As legends and tables print it; the row's key with spaces if it is empty.
    """

    name: str = ""

    key: ClassVar[str] = ""
    """Table and name under which a row was added, for messages."""
    HINT: ClassVar[str] = ""
    """Added to the message if a row has another form."""

    CALLED: ClassVar[tuple[str, ...]] = ()
    """Fields that are functions, or None if that is their default."""

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
        missing = [name for name in needed if name not in named]
        if given or unknown or missing:
            form = f"{cls.__name__}({', '.join(f'{name}=...' for name in needed)})"
            others = ", ".join(name for name in fields if name not in needed)
            wrong = ["a value without a name"] if given else []
            wrong += [f"no {name}" for name in missing if not given]
            wrong += [f"an unknown {name}" for name in sorted(unknown)]
            told = f"need {form}, and {others} if wanted, got {', '.join(wrong)}"
            raise TypeError(told + (cls.HINT if unknown or given else ""))
        return super().__new__(cls)

    def __post_init__(self) -> None:
        """Refuse a function that is none, and parameters that are no model.

        Raises
        ------
        TypeError
            Says which field, and what it got.
        """
        for field in dataclasses.fields(self):
            value, kind = getattr(self, field.name), type(self).__name__
            absent = value is None and field.default is None
            if field.name in self.CALLED and not callable(value) and not absent:
                needed = f"need a function {field.name} of {kind}(...)"
                raise TypeError(f"{needed}, got a {type(value).__name__}")
            is_model = isinstance(value, type) and issubclass(value, Parameters)
            if field.name == "parameters" and not is_model:
                needed = f"need a subclass of Parameters for {kind}(parameters=...)"
                raise TypeError(f"{needed}, got {value!r}")

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
        What its rows are: a class, or a union of classes.
    rows
        Those it comes with.
    """

    def __init__(self, title: str, kind: Any, rows: Mapping[str, _R]) -> None:
        self.title, self._kind = title, kind
        self._rows: dict[str, _R] = {}
        for name, row in rows.items():
            self[name] = row
        self._own = dict(self._rows)
        TABLES.append(self)

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
        where = f"{self.title}[{name!r}]"
        if not isinstance(row, self._kind):
            kinds = getattr(self._kind, "__args__", (self._kind,))
            forms = " or ".join(f"{one.__name__}(...)" for one in kinds)
            needed = f"need a row {forms} for {where}"
            raise TypeError(f"{needed}, got a {type(row).__name__}")
        if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII):
            raise ValueError(f"need a name of letters, digits and _, got {where}")
        if name in self._rows:
            raise ValueError(f"need a name that {self.title} does not have, got {where}")
        # A row that stands under two names keeps the first.
        if not row.key:
            object.__setattr__(row, "key", where)
        self._rows[name] = row

    def __delitem__(self, name: str) -> None:
        """Take away a row that was added.

        Raises
        ------
        ValueError
            A row that the table came with.
        """
        if name in self._own:
            raise ValueError(f"need a row that was added, got {self.title}[{name!r}]")
        del self._rows[name]

    @property
    def own(self) -> Mapping[str, _R]:
        """The rows that the table came with."""
        return self._own

    def restore(self, rows: Mapping[str, _R]) -> None:
        """Make the table hold these rows alone: what it held before some were added."""
        self._rows = dict(rows)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names, in the order in which the rows were added."""
        return iter(self._rows)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._rows)

    def printed(self, name: str) -> str:
        """Return a row's name as legends and tables print it."""
        return self[name].name or name.replace("_", " ")


TABLES: list[Table[Any]] = []
"""All tables that modules of this process have made."""

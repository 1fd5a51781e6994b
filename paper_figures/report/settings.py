"""The settings of a study's experiments: what all share, and what is each one's own."""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

_NAMES = ("experiment", "title")


class Setting(NamedTuple):
    """An experiment: its name and title, and what it does not share with all the others."""

    names: Sequence[str]
    own: Sequence[tuple[str, str]]


class Settings(NamedTuple):
    """What all experiments share, and each of them."""

    heads: Sequence[str]
    shared: Sequence[tuple[str, str]]
    each: Sequence[Setting]


def settings(table: pd.DataFrame) -> Settings:
    """Divide the table of `cradl.results.settings_table`.

    Examples
    --------
    >>> table = pd.DataFrame({"experiment": ["a", "b"], "T": ["9", "9"], "r": ["2", "3"]})
    >>> found = settings(table)
    >>> found.shared, [one.own for one in found.each]
    ([('T', '9')], [[('r', '2')], [('r', '3')]])
    """
    heads = [name for name in _NAMES if name in table]
    others = [str(name) for name in table if name not in heads]
    same = [name for name in others if table[name].nunique() == 1]
    return Settings(
        heads,
        [(name, str(table[name].iloc[0])) for name in same],
        [
            Setting(
                [str(row[name]) for name in heads],
                [(name, str(row[name])) for name in others if name not in same],
            )
            for row in table.to_dict("records")
        ],
    )

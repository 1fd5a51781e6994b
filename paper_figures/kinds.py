"""The kinds of figures: modules of `paper_figures.figures`, and what plugins add to `FIGURES`."""

import ast
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("figures")
TAKEN = (
    *("bounds", "left_sides", "sharpened", "plateaus", "counterexamples", "thresholds"),
    *("leaderboard", "after"),
)
"""What `draw` may take besides the data, each by the name of the argument."""

Draw = Callable[..., Any]


class Added(dict[str, Draw]):
    """Kinds of figures that plugins add: ``FIGURES[name] = draw``."""

    def __setitem__(self, name: str, draw: Draw) -> None:
        """Add a kind.

        Raises
        ------
        TypeError
            What is given cannot be called with data.
        ValueError
            No name that a study can write, one that another file has given, or an argument that
            no figure gets.
        """
        where = f"FIGURES[{name!r}]"
        if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII):
            raise ValueError(f"need a name of letters, digits and _, got {where}")
        if not callable(draw):
            raise TypeError(f"need a function draw(data, ...) for {where}, got {draw!r}")
        before = self.get(name)
        if name in own() or (before is not None and _file(before) != _file(draw)):
            raise ValueError(f"need a name that no kind of figure has, got {where}")
        try:
            wrong = [one for one in _options(draw) if one not in TAKEN]
        except ValueError as error:
            raise TypeError(f"need a function draw(data, ...) for {where}, got {draw!r}") from error
        if wrong:
            raise ValueError(f"need arguments among {', '.join(TAKEN)}, got {wrong[0]} in {where}")
        super().__setitem__(name, draw)


FIGURES = Added()
"""The kinds that the plugins of this process have added."""


class Kinds(Mapping[str, list[str]]):
    """All kinds of figures by name, with what each takes besides the data.

    Those of plugins are there as soon as the plugins have run.
    """

    def __getitem__(self, name: str) -> list[str]:
        """Return the names of what `draw` takes besides the data."""
        return _options(FIGURES[name]) if name in FIGURES else own()[name]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names, those of plugins last."""
        return iter([*own(), *FIGURES])

    def __len__(self) -> int:
        """Return the number of kinds."""
        return len(own()) + len(FIGURES)


@cache
def own() -> dict[str, list[str]]:
    """Return the kinds that are modules here, without importing one.

    Raises
    ------
    ValueError
        A module without a function `draw`.
    """
    found = {}
    for path in sorted(FOLDER.glob("[!_]*.py")):
        functions = (
            node
            for node in ast.parse(path.read_text("utf-8")).body
            if isinstance(node, ast.FunctionDef) and node.name == "draw"
        )
        draw = next(functions, None)
        if draw is None:
            raise ValueError(f"need a function draw(data, ...) in {path}, got none")
        _, *options = [*draw.args.args, *draw.args.kwonlyargs]
        found[path.stem] = [one.arg for one in options]
    return found


def drawing(name: str) -> Draw:
    """Return the function that draws a kind of figure."""
    if name in FIGURES:
        return FIGURES[name]
    draw: Draw = import_module(f"paper_figures.figures.{name}").draw
    return draw


def _options(draw: Draw) -> list[str]:
    """Return the arguments of a function after the first.

    Raises
    ------
    ValueError
        It has no first one.
    """
    _, *options = inspect.signature(draw).parameters
    return options


def _file(draw: Draw) -> str:
    return str(getattr(inspect.unwrap(draw), "__module__", ""))

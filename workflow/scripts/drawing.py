"""Drawing many stores in one job: those that are there as they would be drawn now stay."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jobs import Job

from cradl import store
from cradl.labelled import Labelled


def draw_absent(
    running: Job,
    paths: Sequence[str],
    requests: Mapping[str, Mapping[str, Any]],
    draw: Callable[..., Labelled],
    *,
    source: str,
    processes: int,
) -> None:
    """Write the store of each request, by the name of its file, unless it is current.

    What cannot be drawn becomes a store that holds the reason: others do without it.
    """
    for path in paths:
        request = requests[Path(path).stem]
        if running.is_current(path):
            running.log.info("there already: %s", path)
            continue
        try:
            found = draw(**request, processes=processes)
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            running.log.exception("refused: %s", path)
            store.refuse(path, f"{type(error).__name__}: {error}", config=request, source=source)
            running.record(path, refused=True)
            continue
        store.write(found, path, config=request, source=source)
        running.record(path)
        running.log.info("drawn: %s", path)

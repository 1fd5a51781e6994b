"""Drawing the stores of one kind that are not there yet."""

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cradl import store
from cradl.labelled import Labelled


def draw_absent(
    paths: Sequence[str],
    requests: Mapping[str, Mapping[str, Any]],
    draw: Callable[..., Labelled],
    *,
    source: str,
    processes: int,
    log: logging.Logger,
) -> None:
    """Write the store of each request, by the name of its file, unless it is current.

    What cannot be drawn becomes a store that holds the reason: others do without it.
    """
    for path in paths:
        request = requests[Path(path).stem]
        if store.is_current(path, config=request, source=source):
            log.info("there already: %s", path)
            continue
        try:
            found = draw(**request, processes=processes)
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            log.exception("refused: %s", path)
            store.refuse(path, f"{type(error).__name__}: {error}", config=request, source=source)
            continue
        store.write(found, path, config=request, source=source)
        log.info("drawn: %s", path)

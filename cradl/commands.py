"""What the commands of the package share."""

import sys
from collections.abc import Callable
from typing import NoReturn


def exit_with(main: Callable[[], int]) -> NoReturn:
    """End the process with what a command returns; with 1 if nobody reads on what it prints."""
    try:
        sys.exit(main())
    except BrokenPipeError:
        # Whoever reads has seen enough.
        sys.stdout = None
        sys.exit(1)

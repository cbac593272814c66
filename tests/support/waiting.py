"""Waiting for what happens elsewhere."""

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE_SECONDS = 180.0
"""For what must happen: so long that only what does not happen at all fails, however slow and busy a machine is."""

Found = TypeVar("Found")


def until(
    happens: Callable[[], Found],
    told: Callable[[], object] = lambda: "it did not happen in time",
    every_seconds: float = 0.05,
) -> Found:
    """Ask again and again until it is so.

    Args:
        happens: What is asked; an error of it ends the wait.
        told: What to say when it never is so.
        every_seconds: Between two times; more where to ask costs much.

    Returns:
        What was found: the first answer that counts as true.

    Raises:
        AssertionError: It was never so.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := happens()):
        assert time.monotonic() < deadline, told()
        time.sleep(every_seconds)
    return found

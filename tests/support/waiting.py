"""Waiting for what happens elsewhere; how long is the test's own limit."""

import threading
from collections.abc import Callable

_EVERY_SECONDS = 0.05


def until(happens: Callable[[], bool]) -> None:
    """Ask again and again until it is so."""
    while not happens():
        threading.Event().wait(_EVERY_SECONDS)

"""How long work says what it is doing."""

from collections.abc import Callable

Progress = Callable[[str], None]
"""Takes one line for a person; called before anything that takes over a second."""


def silent(_line: str) -> None:
    """A `Progress` that tells nobody."""

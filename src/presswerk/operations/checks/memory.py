"""Answers that cost something to get, remembered for a while with their age."""

import contextlib
import dataclasses
import datetime as dt
import hashlib
import threading
from pathlib import Path

from pydantic import TypeAdapter

from presswerk.operations.checks.model import Check, Result, Target

_STORED = TypeAdapter(dict[str, Result])


class Memory:
    """Remembers for as long as a process lives, or, in a file, from one command to the next.

    A file that cannot be read or written is no obstacle: where nothing can be written, another check says so.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._results: dict[str, Result] = {}
        self._lock = threading.Lock()

    def recall(self, check: Check, target: Target) -> Result | None:
        """The last answer, while it is young enough."""
        with self._lock:
            result = self._known().get(_key(check, target))
        if result is None:
            return None
        age = (dt.datetime.now(dt.UTC) - result.asked_at).total_seconds()
        return result if 0 <= age < check.remember_seconds else None

    def keep(self, check: Check, target: Target, result: Result) -> None:
        """Remember an answer."""
        with self._lock:
            self._results = {**self._known(), _key(check, target): result}
            if self._path is not None:
                with contextlib.suppress(OSError):
                    self._path.write_bytes(_STORED.dump_json(self._results, indent=2))
                    self._path.chmod(0o600)

    def _known(self) -> dict[str, Result]:
        if self._path is None:
            return self._results
        try:
            return _STORED.validate_json(self._path.read_bytes())
        except (OSError, ValueError):
            return {}


def _key(check: Check, target: Target) -> str:
    """The same only for the same question to the same target, its credentials included; tells nothing of them."""
    text = repr([getattr(target, field.name) for field in dataclasses.fields(target)])
    return f"{check.id}-{hashlib.sha256(text.encode()).hexdigest()[:32]}"

"""Answers that cost something to get, remembered for a while with their age."""

import dataclasses
import datetime as dt
import hashlib
import json
import threading
from pathlib import Path

from presswerk.operations.checks.model import Check, Outcome, Result, Target


class InMemory:
    """Remembers for as long as a process lives."""

    def __init__(self) -> None:
        self._results: dict[str, Result] = {}
        self._lock = threading.Lock()

    def recall(self, check: Check, target: Target) -> Result | None:
        """The last answer, while it is young enough."""
        with self._lock:
            return _young(self._results.get(_key(check, target)), check)

    def keep(self, check: Check, target: Target, result: Result) -> None:
        """Remember an answer."""
        with self._lock:
            self._results[_key(check, target)] = result


class InFile:
    """Remembers from one command to the next; a file that cannot be read or written is no obstacle."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def recall(self, check: Check, target: Target) -> Result | None:
        """The last answer, while it is young enough."""
        stored = self._read().get(_key(check, target))
        try:
            result = None if stored is None else _read_result(stored)
        except (KeyError, TypeError, ValueError, AttributeError):
            return None
        return _young(result, check)

    def keep(self, check: Check, target: Target, result: Result) -> None:
        """Remember an answer."""
        described = dataclasses.asdict(result) | {"asked_at": result.asked_at.isoformat()}
        with self._lock:
            stored = self._read() | {_key(check, target): described}
            try:
                self._path.write_text(json.dumps(stored, indent=2), encoding="utf-8")
                self._path.chmod(0o600)
            except OSError:
                # Where nothing can be written, another check says so.
                return

    def _read(self) -> dict[str, dict[str, object]]:
        try:
            stored = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return stored if isinstance(stored, dict) else {}


def _key(check: Check, target: Target) -> str:
    """The same only for the same question to the same target, its credentials included; tells nothing of them."""
    text = repr([getattr(target, field.name) for field in dataclasses.fields(target)])
    return f"{check.id}-{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def _young(result: Result | None, check: Check) -> Result | None:
    if result is None:
        return None
    age = (dt.datetime.now(dt.UTC) - result.asked_at).total_seconds()
    return result if 0 <= age < check.remember_seconds else None


def _read_result(stored: dict[str, object]) -> Result:
    return Result(
        check=str(stored["check"]),
        service=str(stored["service"]),
        address=str(stored["address"]),
        outcome=Outcome(str(stored["outcome"])),
        seen=str(stored["seen"]),
        remedy=str(stored["remedy"]),
        asked_at=dt.datetime.fromisoformat(str(stored["asked_at"])),
        seconds=float(str(stored["seconds"])),
    )

"""Findings that somebody knows of and does not want to be told again, each with a reason and an end."""

import datetime as dt
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from presswerk.errors import NOT_FOUND, PresswerkError
from presswerk.operations.checks import CHECKS, Result

_FILE = "silences.json"


@dataclass(frozen=True)
class Silence:
    """A finding that is known.

    Attributes:
        reason: Why nobody mends it now.
        until: When it is told again.
    """

    reason: str
    until: dt.datetime


_STORED = TypeAdapter(dict[str, Silence])


class NoSuchFinding(PresswerkError):
    """No check is called so."""

    http = NOT_FOUND


class Silences:
    """The silences of an installation, in a file: they are there when its database is not.

    Args:
        state: The installation's state directory.
    """

    def __init__(self, state: Path) -> None:
        self._path = state / _FILE

    def of(self, result: Result) -> Silence | None:
        """The silence of a finding, or of its check everywhere, while it lasts."""
        known, now = self._known(), dt.datetime.now(dt.UTC)
        found = known.get(result.id) or known.get(result.check)
        return found if found is not None and found.until > now else None

    def put(self, finding: str, silence: Silence) -> None:
        """Silence a finding.

        Args:
            finding: `check@service`, or a check's id for all services.
            silence: Why, and until when.

        Raises:
            NoSuchFinding: There is no such check.
        """
        check = finding.partition("@")[0]
        if check not in {each.id for each in CHECKS}:
            raise NoSuchFinding(f"There is no check {check!r}.", "`presswerk doctor --json` names each finding's id.")
        self._write({**self._known(), finding: silence})

    def remove(self, finding: str) -> bool:
        """Let a finding be told again; says whether it was silenced."""
        known = dict(self._known())
        found = known.pop(finding, None) is not None
        if found:
            self._write(known)
        return found

    def _known(self) -> Mapping[str, Silence]:
        try:
            return _STORED.validate_json(self._path.read_bytes())
        except (OSError, ValueError):
            # A damaged file silences nothing: everything is told.
            return {}

    def _write(self, known: Mapping[str, Silence]) -> None:
        now = dt.datetime.now(dt.UTC)
        lasting = {name: silence for name, silence in known.items() if silence.until > now}
        written = self._path.with_suffix(".new")
        descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(_STORED.dump_json(lasting, indent=2))
        written.replace(self._path)

"""Who belongs to what at the identity provider, asked of the provider itself and not of anybody's token."""

import datetime as dt
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from presswerk.declaration import OPERATOR_GROUP, parse_groups
from presswerk.errors import PresswerkError
from presswerk.identity.departures import Departures
from presswerk.identity.people import KnownPeople, KnownPerson

ASKED_EVERY_SECONDS = 30.0

# A loss is looked at once more before anybody is told, see `Departures.noticed`.
_CONFIRMED_AFTER_SECONDS = 2.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class DirectoryEntry:
    """A person as the provider's directory has them."""

    name: str
    groups: frozenset[str]
    locked: bool = False


class DirectoryUnavailable(PresswerkError):
    """The directory does not answer; the message says why."""


class Directory(Protocol):
    """What a provider can be asked about everybody at once, with the right to read names, groups and locks alone."""

    def members(self) -> Mapping[str, DirectoryEntry]:
        """Everybody in a group of Presswerk's, by subject; who is not in it exists no more, or belongs nowhere.

        Raises:
            DirectoryUnavailable: There is no answer.
        """
        ...


class DirectoryWatch:
    """Asks a directory twice a minute, and tells what people have lost.

    Args:
        directory: Of the provider `issuer`.
        issuer: As its tokens name it.
        people: What is known; gets what the directory says.
        departures: Told of losses.
        clock: Aware UTC.
    """

    def __init__(
        self,
        directory: Directory,
        issuer: str,
        people: KnownPeople,
        departures: Departures,
        *,
        every_seconds: float = ASKED_EVERY_SECONDS,
        clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._directory = directory
        self._issuer = issuer
        self._people = people
        self._departures = departures
        self._every_seconds = every_seconds
        self._clock = clock
        self._answered_at: dt.datetime | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="directory", daemon=True)

    @property
    def every(self) -> dt.timedelta:
        """How often it is asked."""
        return dt.timedelta(seconds=self._every_seconds)

    @property
    def answered_at(self) -> dt.datetime | None:
        """When the directory last answered; None if it never has."""
        return self._answered_at

    def look(self) -> int:
        """Ask once.

        Returns:
            How many losses there were.

        Raises:
            DirectoryUnavailable: There is no answer.
        """
        asked_at = self._clock()
        found = self._directory.members()
        known = self._people.list(self._issuer)
        now = {subject: self._person(subject, entry, asked_at) for subject, entry in found.items()}
        for subject, person in known.items():
            if subject not in now:
                now[subject] = KnownPerson(self._issuer, subject, person.name, {}, False, asked_at, "directory")
        changed = [
            person for subject, person in now.items() if subject not in known or _differs(known[subject], person)
        ]
        losses = self._people.record(changed, self._departures.noticed)
        self._people.confirm(self._issuer, now.keys() - {person.subject for person in changed}, asked_at)
        self._answered_at = asked_at
        return len(losses)

    def start(self) -> None:
        """Begin to ask in the background."""
        self._thread.start()

    def stop(self) -> None:
        """End after the answer in hand."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _person(self, subject: str, entry: DirectoryEntry, at: dt.datetime) -> KnownPerson:
        groups = frozenset[str]() if entry.locked else entry.groups
        return KnownPerson(
            self._issuer,
            subject,
            entry.name,
            parse_groups(groups),
            OPERATOR_GROUP in groups,
            at,
            "directory",
            entry.locked,
        )

    def _run(self) -> None:
        while not self._stop.is_set():
            pause = self._every_seconds
            try:
                if self.look():
                    pause = min(pause, _CONFIRMED_AFTER_SECONDS)
            except (DirectoryUnavailable, SQLAlchemyError) as error:
                log.warning("directory_silent", reason=str(error), answered_at=self._answered_at)
            except Exception:
                # A defect in one round must not end all that come after it.
                log.exception("directory_failed")
            self._stop.wait(pause)


def _differs(known: KnownPerson, now: KnownPerson) -> bool:
    return (dict(known.roles), known.operator, known.locked) != (dict(now.roles), now.operator, now.locked)

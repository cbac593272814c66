"""Canaille's people, groups and locks, read from its database.

Canaille offers no API that reads them with less than a client's or an administrator's right to change everybody, so its
file is opened for reading only, and of a person nothing is read but name, lock and groups.
"""

import contextlib
import datetime as dt
import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from presswerk.declaration import OPERATOR_GROUP
from presswerk.identity.directory import DirectoryEntry, DirectoryUnavailable

_BUSY_SECONDS = 5.0
_QUERY = """
    SELECT user.user_name, user.formatted_name, user.lock_date, "group".display_name
    FROM user
    JOIN membership_association_table AS membership ON membership.user_id = user.id
    JOIN "group" ON "group".id = membership.group_id
    WHERE "group".display_name = ? OR "group".display_name LIKE 'tenant-%'
"""


class CanailleDirectory:
    """The directory of the Canaille on this machine; it may be called from any thread.

    Args:
        database: Its SQLite file.
    """

    def __init__(self, database: Path) -> None:
        self.address = f"file:{quote(str(database))}?mode=ro"

    def members(self) -> Mapping[str, DirectoryEntry]:
        """As `Directory.members`; a person's subject is their user name."""
        groups: dict[str, set[str]] = defaultdict(set)
        names: dict[str, str] = {}
        locked: set[str] = set()
        now = dt.datetime.now(dt.UTC)
        try:
            with contextlib.closing(sqlite3.connect(self.address, uri=True, timeout=_BUSY_SECONDS)) as database:
                rows = database.execute(_QUERY, (OPERATOR_GROUP,)).fetchall()
        except sqlite3.Error as error:
            raise DirectoryUnavailable(f"Canaille's database cannot be read: {error}") from None
        for user_name, name, lock_date, group in rows:
            groups[user_name].add(group)
            names[user_name] = name or user_name
            if lock_date is not None and _instant(lock_date) <= now:
                locked.add(user_name)
        return {
            user_name: DirectoryEntry(names[user_name], frozenset(of), user_name in locked)
            for user_name, of in groups.items()
        }


def _instant(stored: str) -> dt.datetime:
    """SQLAlchemy's text of a time, which is UTC."""
    moment = dt.datetime.fromisoformat(stored)
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)

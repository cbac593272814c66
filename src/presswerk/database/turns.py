"""Turns of a process's writers to an SQLite file, whose own lock wakes whoever happens to ask next."""

import threading
from collections import deque
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, event

_PATIENCE_SECONDS = 30.0
_WRITING = ("INSERT", "UPDATE", "DELETE", "REPLACE", "BEGIN IMMEDIATE", "WITH")


class Turns:
    """First come, first served."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken = False
        self._queue: deque[threading.Event] = deque()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._queue)

    def take(self) -> bool:
        """Wait for a turn.

        Returns:
            Whether it came; after half a minute the file's own lock decides.
        """
        with self._lock:
            if not self._taken:
                self._taken = True
                return True
            mine = threading.Event()
            self._queue.append(mine)
        if mine.wait(_PATIENCE_SECONDS):
            return True
        with self._lock:
            if mine.is_set():
                return True
            self._queue.remove(mine)
            return False

    def give(self) -> None:
        """Let the next one have it."""
        with self._lock:
            if self._queue:
                self._queue.popleft().set()
            else:
                self._taken = False


def take_turns(engine: Engine) -> None:
    """Let every transaction of an engine wait for its turn with its first change, until its end."""
    turns = Turns()
    # By connection, not in what is kept with the database's own: an interrupted statement makes that one invalid, and
    # its turn has to be given back all the same.
    held: WeakKeyDictionary[Connection, bool] = WeakKeyDictionary()

    def executing(connection: Connection, _cursor: object, statement: str, *_more: Any) -> None:
        if connection not in held and statement.lstrip().startswith(_WRITING):
            held[connection] = turns.take()

    def ending(connection: Connection) -> None:
        if held.pop(connection, False):
            turns.give()

    event.listen(engine, "before_cursor_execute", executing)
    event.listen(engine, "commit", ending)
    event.listen(engine, "rollback", ending)

"""Clients of sites that stay open between requests, each with its connections and what it knows of its site."""

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from presswerk.wordpress.client import SiteClient
from presswerk.wordpress.model import Connection

_MOST_IDLE = 100


@dataclass
class _Open:
    client: SiteClient
    users: int = 0


class SiteClients:
    """Opens sites; for several threads at once.

    Args:
        timeout_seconds: Of each client.
    """

    def __init__(self, *, timeout_seconds: float = 30.0) -> None:
        self._timeout_seconds = timeout_seconds
        self._lock = threading.Lock()
        self._open: OrderedDict[Connection, _Open] = OrderedDict()

    @contextlib.contextmanager
    def __call__(self, connection: Connection) -> Iterator[SiteClient]:
        """Talk to a site until the block ends."""
        with self._lock:
            found = self._open.get(connection)
            if found is None:
                found = self._open[connection] = _Open(SiteClient(connection, timeout_seconds=self._timeout_seconds))
            self._open.move_to_end(connection)
            found.users += 1
        try:
            yield found.client
        finally:
            with self._lock:
                found.users -= 1
                self._let_go(_MOST_IDLE)

    def close(self) -> None:
        """Close every client that nobody uses."""
        with self._lock:
            self._let_go(0)

    def _let_go(self, most: int) -> None:
        for connection in [each for each, entry in self._open.items() if not entry.users]:
            if len(self._open) <= most:
                return
            self._open.pop(connection).client.close()

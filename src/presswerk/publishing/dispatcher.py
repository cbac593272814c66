"""Lets waiting runs begin: at once when they are stored here, at their time when they are due later."""

import datetime as dt
import threading
from collections.abc import Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from presswerk.publishing.model import Run
from presswerk.publishing.places import MOST_OF_A_TENANT, Places
from presswerk.publishing.runs import RunStore

_LOOKS_EVERY_SECONDS = 2.0
"""Without being woken: for what another hub stored, or one that died at that moment."""

log = structlog.get_logger(__name__)


class Dispatcher:
    """A thread of every hub; the durable engine takes the same run once, however many hubs begin it.

    Args:
        store: Publications.
        begin: Lets the durable engine carry a tenant's run out.
        most: How many runs of a tenant may be carried out at once.
    """

    def __init__(self, store: RunStore, begin: Callable[[str, Run], None], most: Callable[[str], int]) -> None:
        self.places = Places(most, freed=self.wake)
        self._store = store
        self._begin = begin
        self._woken = threading.Event()
        self._stopping = False
        self._due_at: dt.datetime | None = None
        self._thread = threading.Thread(target=self._run, name="dispatcher", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; what waits goes on waiting."""
        self._stopping = True
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join()

    def wake(self, due_at: dt.datetime | None = None) -> None:
        """Something was stored that is due then (aware UTC), or now."""
        if due_at is None or due_at <= dt.datetime.now(dt.UTC):
            self._woken.set()
        elif self._due_at is None or due_at < self._due_at:
            self._due_at = due_at

    def dispatch(self) -> int:
        """Let everything begin that is due and has a place.

        Returns:
            How many runs that were.
        """
        begun = 0
        for tenant, run in self._store.waiting(dt.datetime.now(dt.UTC), MOST_OF_A_TENANT):
            if self.places.reserve(tenant, run):
                with self.places.given_back_on_failure(tenant, run):
                    self._begin(tenant, run)
                begun += 1
        return begun

    def _run(self) -> None:
        while not self._stopping:
            try:
                self.dispatch()
            except SQLAlchemyError as error:
                # A database is away for a moment; the next round tries again.
                log.warning("dispatch_failed", error=type(error).__name__)
            except Exception:
                # A defect in one round must not end all that come after it.
                log.exception("dispatch_failed")
            self._woken.wait(self._pause_seconds())
            self._woken.clear()

    def _pause_seconds(self) -> float:
        now = dt.datetime.now(dt.UTC)
        if self._due_at is None:
            return _LOOKS_EVERY_SECONDS
        left = (self._due_at - now).total_seconds()
        if left <= 0:
            self._due_at = None
        return max(0.0, min(left, _LOOKS_EVERY_SECONDS))

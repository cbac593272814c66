"""Lets waiting runs begin: at once when they are stored here, at their time when they are due later."""

import datetime as dt
import threading
import time
from collections.abc import Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from presswerk.publishing.claims import RENEWED_EVERY_SECONDS, Claims
from presswerk.publishing.places import MOST_OF_A_TENANT, Places
from presswerk.publishing.runs import RunStore, WaitingRun

_LOOKS_EVERY_SECONDS = 2.5
"""Without being woken: for what another hub stored, and for what one that died had begun."""
_DRAIN_SECONDS = 5.0

log = structlog.get_logger(__name__)


class Dispatcher:
    """A thread of every hub, and one of each run; several hubs may look at once, and one of them gets a run.

    Args:
        store: Publications.
        claims: Which runs are this process's.
        places: How many runs of a tenant may be carried out at once.
        carry_out: Carries a run out, whatever comes of it.
        ended: Told after each run.
    """

    def __init__(
        self,
        store: RunStore,
        claims: Claims,
        places: Places,
        carry_out: Callable[[WaitingRun], object],
        *,
        ended: Callable[[], object] = lambda: None,
    ) -> None:
        self._places = places
        self._store = store
        self._claims = claims
        self._carry_out = carry_out
        self._ended = ended
        self._renewed_at = 0.0
        self._woken = threading.Event()
        self._stopping = False
        self._due_at: dt.datetime | None = None
        self._thread = threading.Thread(target=self._run, name="dispatcher", daemon=True)

    def start(self) -> None:
        """Begin, with what a process of this name had begun before."""
        self._claims.begin()
        self._renewed_at = time.monotonic()
        self._thread.start()

    def stop(self) -> None:
        """End; what waits goes on waiting, and what does not come to its end in a moment begins anew elsewhere."""
        self._stopping = True
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join()
            self._places.await_none(_DRAIN_SECONDS)
            try:
                self._claims.end()
            except SQLAlchemyError as error:
                # The lease runs out by itself.
                log.warning("claims_not_given_back", error=type(error).__name__)

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
        for waiting in self._store.waiting(dt.datetime.now(dt.UTC), MOST_OF_A_TENANT):
            if self._places.take(waiting.tenant, waiting.run):
                # Without a word of waiting for them at the process's end: a site may take minutes.
                threading.Thread(target=self._work, args=(waiting,), name="run", daemon=True).start()
                begun += 1
        return begun

    def _work(self, waiting: WaitingRun) -> None:
        try:
            self._carry_out(waiting)
        finally:
            self._places.give_back(waiting.tenant, waiting.run)
            self.wake()
            self._ended()

    def _run(self) -> None:
        while not self._stopping:
            try:
                if time.monotonic() - self._renewed_at >= RENEWED_EVERY_SECONDS:
                    self._claims.renew()
                    self._renewed_at = time.monotonic()
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

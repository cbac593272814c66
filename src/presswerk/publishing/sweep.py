"""Looks for publications that nobody works on any more, and sees to them: nothing that was accepted is lost.

Accepting stores a publication and then hands its run to the durable engine. A hub that dies in between leaves one
stored and not handed over; a defect may end a run without an outcome. The sweep finds both.
"""

import datetime as dt
import threading
from collections.abc import Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from presswerk.publishing.durable import DurableQueue, RunStatus
from presswerk.publishing.errors import NotFound, Superseded
from presswerk.publishing.model import Publication
from presswerk.publishing.runs import RunStore
from presswerk.publishing.settling import Settlement

_BATCH = 200
_PAUSE_SECONDS = 2.0
_ROUNDS_BETWEEN_CHECKS = 15
_QUIET_SECONDS = 30

log = structlog.get_logger(__name__)


class Sweep:
    """Runs in a thread of every hub; that several do it at once harms nothing.

    Args:
        store: Publications.
        queue: What the durable engine has.
        settlement: What becomes of runs that ended by a defect.
        chores: What else is to be done twice a minute.
    """

    def __init__(
        self, store: RunStore, queue: DurableQueue, settlement: Settlement, *chores: Callable[[], object]
    ) -> None:
        self._chores = chores
        self._store = store
        self._queue = queue
        self._settlement = settlement
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sweep", daemon=True)

    def start(self) -> None:
        """Begin, at once with a whole round."""
        self._thread.start()

    def stop(self) -> None:
        """End after the publication in hand."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def hand_over(self) -> int:
        """Hand over what was stored and may not have reached the engine.

        Returns:
            How many.
        """
        found = self._store.unenqueued(_BATCH)
        for publication in found:
            self._queue.enqueue(publication.tenant, publication.run, publication.due_at)
            self._store.mark_enqueued(publication.run)
        return len(found)

    def check(self, quiet_since: dt.datetime) -> int:
        """Compare unfinished publications that have been quiet with what the engine knows of them.

        Returns:
            How many had to be seen to.
        """
        seen_to, after = 0, ""
        while batch := self._store.unfinished_since(quiet_since, after, _BATCH):
            after = batch[-1].id
            statuses = self._queue.statuses((each.tenant, each.run) for each in batch)
            for publication in batch:
                seen_to += self._see_to(publication, statuses[publication.run])
        return seen_to

    def _see_to(self, publication: Publication, status: RunStatus) -> bool:
        if status is RunStatus.ALIVE:
            return False
        log.warning("run_lost", publication=publication.id, tenant=publication.tenant, status=status.value)
        if status is RunStatus.UNKNOWN:
            self._queue.enqueue(publication.tenant, publication.run, publication.due_at)
            return True
        try:
            following = self._settlement.settle_crashed(publication.run)
        except (Superseded, NotFound):
            # Something newer has taken over, or its tenant was removed just now.
            return False
        if following is not None:
            self._queue.enqueue(publication.tenant, following.run, following.due_at)
            self._store.mark_enqueued(following.run)
        return True

    def _run(self) -> None:
        rounds = 0
        while not self._stop.is_set():
            try:
                self.hand_over()
                if rounds % _ROUNDS_BETWEEN_CHECKS == 0:
                    self.check(dt.datetime.now(dt.UTC) - dt.timedelta(seconds=_QUIET_SECONDS))
                    for chore in self._chores:
                        chore()
            except SQLAlchemyError as error:
                # The database is away for a moment; the next round tries again.
                log.warning("sweep_failed", error=type(error).__name__)
            except Exception:
                # A defect in one round must not end all that come after it.
                log.exception("sweep_failed")
            rounds += 1
            self._stop.wait(_PAUSE_SECONDS)

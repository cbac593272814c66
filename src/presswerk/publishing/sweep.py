"""Looks for publications that nobody works on any more, and sees to them: nothing that was accepted is lost.

A run that has begun is the durable engine's. A defect may end one without an outcome, and the engine's database may be
lost or an older one: the sweep finds both.
"""

import datetime as dt
import threading
from collections.abc import Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from presswerk.publishing.durable import DurableRuns, RunStatus
from presswerk.publishing.errors import NotFound, Superseded
from presswerk.publishing.model import Publication
from presswerk.publishing.runs import RunStore
from presswerk.publishing.settling import Settlement

_BATCH = 200
_PAUSE_SECONDS = 30.0
_QUIET_SECONDS = 30

log = structlog.get_logger(__name__)


class Sweep:
    """Runs in a thread of every hub; that several do it at once harms nothing.

    Args:
        store: Publications.
        durable: What the durable engine has.
        settlement: What becomes of runs that ended by a defect.
        wake: Told when a run may begin.
        chores: What else is to be done twice a minute.
    """

    def __init__(
        self,
        store: RunStore,
        durable: DurableRuns,
        settlement: Settlement,
        wake: Callable[[dt.datetime | None], None],
        *chores: Callable[[], object],
    ) -> None:
        self._chores = chores
        self._store = store
        self._durable = durable
        self._wake = wake
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

    def check(self, quiet_since: dt.datetime) -> int:
        """Compare unfinished publications that have been quiet with what the engine knows of them.

        Returns:
            How many had to be seen to.
        """
        seen_to, after = 0, ""
        while batch := self._store.unfinished_since(quiet_since, after, _BATCH):
            after = batch[-1].id
            statuses = self._durable.statuses((each.tenant, each.run) for each in batch)
            for publication in batch:
                seen_to += self._see_to(publication, statuses[publication.run])
        return seen_to

    def _see_to(self, publication: Publication, status: RunStatus) -> bool:
        if status is RunStatus.ALIVE or (status is RunStatus.UNKNOWN and not self._store.is_begun(publication.run)):
            return False
        log.warning("run_lost", publication=publication.id, tenant=publication.tenant, status=status.value)
        if status is RunStatus.UNKNOWN:
            self._store.release(publication.run)
            self._wake(None)
            return True
        try:
            following = self._settlement.settle_crashed(publication.run)
        except (Superseded, NotFound):
            # Something newer has taken over, or its tenant was removed just now.
            return False
        if following is not None:
            self._wake(following.due_at)
        return True

    def _run(self) -> None:
        quiet_since = dt.datetime.now(dt.UTC)
        while not self._stop.is_set():
            try:
                self.check(quiet_since)
                for chore in self._chores:
                    chore()
            except SQLAlchemyError as error:
                # The database is away for a moment; the next round tries again.
                log.warning("sweep_failed", error=type(error).__name__)
            except Exception:
                # A defect in one round must not end all that come after it.
                log.exception("sweep_failed")
            self._stop.wait(_PAUSE_SECONDS)
            quiet_since = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=_QUIET_SECONDS)

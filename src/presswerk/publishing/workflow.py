"""A run as a durable workflow: the engine notes that it has begun and that it has ended.

Where it stands in between, the hub's own database says: every step may be done again, and what a step settled is not
settled anew. So a step needs no checkpoint of its own, and a run that is killed begins at the first one.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import stamina
import structlog
from dbos import DBOS, DBOSConfiguredInstance

from presswerk.publishing.conflicts import failure_of
from presswerk.publishing.errors import Superseded
from presswerk.publishing.metrics import PublishingMetrics
from presswerk.publishing.model import Failure, Run, State, Step
from presswerk.publishing.places import Places
from presswerk.publishing.settling import Settlement
from presswerk.publishing.steps import PublishingSteps
from presswerk.wordpress.errors import SiteError, SiteUnavailable

_INSTANCE = "hub"
_SHORT_RETRIES = 3
_SHORT_RETRY_SECONDS = 10.0
_LONGEST_WAIT_IN_STEP_SECONDS = 2.0

_Made = TypeVar("_Made")

log = structlog.get_logger(__name__)


@DBOS.dbos_class("PublicationWorkflow")
class PublicationWorkflow(DBOSConfiguredInstance):
    """Carries runs out; there is one instance in a process, made before the engine is launched.

    Args:
        steps: What is done.
        settlement: What becomes of a run that cannot go on.
        places: Where runs are counted, and which answers of sites are told.
        wake: Told when another try waits for its time.
        metrics: Where steps are measured.
    """

    def __init__(
        self,
        steps: PublishingSteps,
        settlement: Settlement,
        places: Places,
        wake: Callable[[dt.datetime], None],
        metrics: PublishingMetrics,
    ) -> None:
        super().__init__(_INSTANCE)
        self._steps = steps
        self._settlement = settlement
        self._places = places
        self._wake = wake
        self._metrics = metrics

    @DBOS.workflow(name="publish")
    def publish(self, tenant: str, publication: str, revision: int, attempt: int) -> str:
        """Bring one revision to its site.

        Returns:
            How it ended, for the engine's own listing.
        """
        run, steps = Run(publication, revision, attempt), self._steps
        step = Step.PREPARE
        with self._places.working(tenant, run):
            try:
                article = self._do(step, lambda: steps.prepare(run))
                step = Step.DELIVER
                delivered = self._do(step, lambda: steps.deliver(run, article))
                step = Step.ANNOUNCE
                self._metrics.finished(self._do(step, lambda: steps.announce(run, delivered)))
            except Superseded:
                if not steps.stands(run):
                    return "superseded"
            except SiteError as error:
                if isinstance(error, SiteUnavailable):
                    self._places.not_answered(tenant)
                return self._settle(run, failure_of(step, error), error.retry_after_seconds)
            self._places.answered(tenant)
            return "done"

    def _settle(self, run: Run, failure: Failure, retry_after_seconds: float | None) -> str:
        try:
            following = self._settlement.settle(run, failure, retry_after_seconds)
        except Superseded:
            return "superseded"
        log.warning("run_stopped", **_named(run), step=failure.step, reason=str(failure.reason), again=bool(following))
        if following is None:
            self._metrics.finished(State.FAILED)
            return "failed"
        self._wake(following.due_at)
        return "postponed"

    def _do(self, step: Step, work: Callable[[], _Made]) -> _Made:
        with self._metrics.step(step) as observation:
            try:
                for attempt in _short_retries():
                    with attempt:
                        made = work()
            except Superseded:
                observation.outcome = "superseded"
                raise
            except SiteError:
                observation.outcome = "failed"
                raise
            observation.outcome = "done"
            return made


def _short_retries() -> Iterable[stamina.Attempt]:
    """Try again at once only what a moment may heal; longer waits leave the worker to others."""
    return stamina.retry_context(
        on=_heals_in_a_moment,
        attempts=_SHORT_RETRIES,
        timeout=_SHORT_RETRY_SECONDS,
        wait_initial=0.2,
        wait_max=_LONGEST_WAIT_IN_STEP_SECONDS,
    )


def _heals_in_a_moment(error: Exception) -> bool:
    return isinstance(error, SiteUnavailable) and (error.retry_after_seconds or 0) <= _LONGEST_WAIT_IN_STEP_SECONDS


def _named(run: Run) -> dict[str, Any]:
    return {"publication": run.publication, "revision": run.revision, "attempt": run.attempt}

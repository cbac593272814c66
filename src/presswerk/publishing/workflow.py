"""One run from its first step to its end, for which nothing is kept but what the hub's database says of it.

Every step may be done again, and what a step settled is not settled anew. So a step needs no checkpoint of its own, and
a run that is killed begins at the first one.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import stamina
import structlog
from sqlalchemy.exc import SQLAlchemyError

from presswerk.publishing.conflicts import failure_of
from presswerk.publishing.errors import NotFound, Superseded
from presswerk.publishing.metrics import PublishingMetrics
from presswerk.publishing.model import Failure, Run, State, Step
from presswerk.publishing.places import Places
from presswerk.publishing.runs import WaitingRun
from presswerk.publishing.settling import Settlement
from presswerk.publishing.steps import PublishingSteps
from presswerk.wordpress.errors import SiteError, SiteUnavailable

_MOST_BEGINNINGS = 100
"""Of one run: a process that dies each time must not die for ever."""
_SHORT_RETRIES = 3
_SHORT_RETRY_SECONDS = 10.0
_LONGEST_WAIT_IN_STEP_SECONDS = 2.0

_Made = TypeVar("_Made")

log = structlog.get_logger(__name__)


class PublicationWorkflow:
    """Carries runs out.

    Args:
        steps: What is done.
        settlement: What becomes of a run that cannot go on.
        places: Told which sites answer.
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
        self._steps = steps
        self._settlement = settlement
        self._places = places
        self._wake = wake
        self._metrics = metrics

    def carry_out(self, waiting: WaitingRun) -> None:
        """Bring one revision to its site, or settle what becomes of it; what cannot even be settled waits on."""
        run = waiting.run
        try:
            if waiting.beginnings < _MOST_BEGINNINGS:
                self._publish(waiting.tenant, run)
                return
            log.error("run_crashes", **_named(run))
        except Exception:
            # A defect, or the database is away for a moment; a thread's end would leave no outcome.
            log.exception("run_broken", **_named(run))
        try:
            following = self._settlement.settle_crashed(run)
        except (Superseded, NotFound):
            # Something newer has taken over, or its tenant was removed just now.
            return
        except SQLAlchemyError as error:
            log.warning("run_not_settled", **_named(run), error=type(error).__name__)
            return
        if following is not None:
            self._wake(following.due_at)

    def _publish(self, tenant: str, run: Run) -> None:
        steps = self._steps
        step = Step.PREPARE
        try:
            article = self._do(step, lambda: steps.prepare(run))
            step = Step.DELIVER
            delivered = self._do(step, lambda: steps.deliver(run, article))
            step = Step.ANNOUNCE
            self._metrics.finished(self._do(step, lambda: steps.announce(run, delivered)))
        except Superseded:
            if not steps.stands(run):
                return
        except SiteError as error:
            if isinstance(error, SiteUnavailable):
                self._places.not_answered(tenant)
            self._settle(run, failure_of(step, error), error.retry_after_seconds)
            return
        self._places.answered(tenant)

    def _settle(self, run: Run, failure: Failure, retry_after_seconds: float | None) -> None:
        try:
            following = self._settlement.settle(run, failure, retry_after_seconds)
        except Superseded:
            return
        log.warning("run_stopped", **_named(run), step=failure.step, reason=str(failure.reason), again=bool(following))
        if following is None:
            self._metrics.finished(State.FAILED)
        else:
            self._wake(following.due_at)

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

"""A run as a durable workflow: each step is checkpointed, and a killed process goes on where it stopped.

A step's result is plain JSON and says how it ended; errors are not raised across checkpoints, where they would lose
their type.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any, Literal, Protocol, TypedDict

import stamina
import structlog
from dbos import DBOS, DBOSConfiguredInstance

from presswerk.publishing.conflicts import failure_of
from presswerk.publishing.errors import Superseded
from presswerk.publishing.metrics import PublishingMetrics
from presswerk.publishing.model import Run, State, Step
from presswerk.publishing.records import failure_record, read_failure
from presswerk.publishing.settling import Settlement
from presswerk.publishing.steps import PublishingSteps
from presswerk.wordpress.errors import SiteError, SiteUnavailable

_INSTANCE = "hub"
_SHORT_RETRIES = 3
_SHORT_RETRY_SECONDS = 10.0
_LONGEST_WAIT_IN_STEP_SECONDS = 2.0

log = structlog.get_logger(__name__)


class RunOutcome(TypedDict):
    """How a step ended; `failure` and `retry_after_seconds` only with `failed`."""

    ended: Literal["done", "superseded", "failed"]
    failure: dict[str, Any] | None
    retry_after_seconds: float | None


class NextAttempt(TypedDict):
    """Which attempt follows and when (ISO 8601)."""

    attempt: int
    due_at: str


class PublicationQueue(Protocol):
    """Where runs wait for a worker."""

    def enqueue(self, tenant: str, run: Run, due_at: dt.datetime | None) -> None:
        """Hand a run over; the same run is taken once, however often it is handed over."""
        ...


@DBOS.dbos_class("PublicationWorkflow")
class PublicationWorkflow(DBOSConfiguredInstance):
    """Runs the steps; there is one instance in a process, made before the engine is launched."""

    def __init__(
        self, steps: PublishingSteps, settlement: Settlement, queue: PublicationQueue, metrics: PublishingMetrics
    ) -> None:
        super().__init__(_INSTANCE)
        self._steps = steps
        self._settlement = settlement
        self._queue = queue
        self._metrics = metrics

    @DBOS.workflow(name="publish")
    def publish(self, tenant: str, publication: str, revision: int, attempt: int) -> str:
        """Bring one revision to its site.

        Returns:
            How it ended, for the engine's own listing.
        """
        for step in (self.prepare, self.illustrate, self.deliver, self.confirm, self.announce):
            outcome = step(publication, revision, attempt)
            if outcome["ended"] == "failed":
                following = self.settle(publication, revision, attempt, outcome)
                if following is None:
                    return "failed"
                due_at = dt.datetime.fromisoformat(following["due_at"])
                self._queue.enqueue(tenant, Run(publication, revision, following["attempt"]), due_at)
                return "postponed"
            if outcome["ended"] == "superseded":
                return "superseded"
        self.make_image_sizes(publication, revision, attempt)
        return "done"

    @DBOS.step(name="prepare")
    def prepare(self, publication: str, revision: int, attempt: int) -> RunOutcome:
        """Checkpoint `PublishingSteps.prepare`."""
        return self._do(Step.PREPARE, self._steps.prepare, Run(publication, revision, attempt))

    @DBOS.step(name="illustrate")
    def illustrate(self, publication: str, revision: int, attempt: int) -> RunOutcome:
        """Checkpoint `PublishingSteps.illustrate`."""
        return self._do(Step.ILLUSTRATE, self._steps.illustrate, Run(publication, revision, attempt))

    @DBOS.step(name="deliver")
    def deliver(self, publication: str, revision: int, attempt: int) -> RunOutcome:
        """Checkpoint `PublishingSteps.deliver`."""
        return self._do(Step.DELIVER, self._steps.deliver, Run(publication, revision, attempt))

    @DBOS.step(name="confirm")
    def confirm(self, publication: str, revision: int, attempt: int) -> RunOutcome:
        """Checkpoint `PublishingSteps.confirm`."""
        return self._do(Step.CONFIRM, self._steps.confirm, Run(publication, revision, attempt))

    @DBOS.step(name="announce")
    def announce(self, publication: str, revision: int, attempt: int) -> RunOutcome:
        """Checkpoint `PublishingSteps.announce`."""

        def announce(run: Run) -> None:
            self._metrics.finished(self._steps.announce(run))

        return self._do(Step.ANNOUNCE, announce, Run(publication, revision, attempt))

    @DBOS.step(name="settle")
    def settle(self, publication: str, revision: int, attempt: int, outcome: RunOutcome) -> NextAttempt | None:
        """Checkpoint what becomes of a run that could not go on; None when nothing follows."""
        stored = outcome["failure"]
        if stored is None:
            return None
        failure = read_failure(stored)
        run = Run(publication, revision, attempt)
        try:
            following = self._settlement.settle(run, failure, outcome["retry_after_seconds"])
        except Superseded:
            return None
        log.warning("run_stopped", **_named(run), step=failure.step, reason=str(failure.reason), again=bool(following))
        if following is None:
            self._metrics.finished(State.FAILED)
            return None
        return NextAttempt(attempt=following.run.attempt, due_at=following.due_at.isoformat())

    @DBOS.step(name="make_image_sizes")
    def make_image_sizes(self, publication: str, revision: int, attempt: int) -> bool:
        """Checkpoint `PublishingSteps.make_image_sizes`; the article stands with or without them."""
        run = Run(publication, revision, attempt)
        try:
            self._steps.make_image_sizes(run)
        except SiteError as error:
            log.warning("image_sizes_not_made", **_named(run), reason=str(error.reason))
            return False
        return True

    def _do(self, step: Step, work: Callable[[Run], None], run: Run) -> RunOutcome:
        with self._metrics.step(step) as observation:
            try:
                for attempt in _short_retries():
                    with attempt:
                        work(run)
            except Superseded:
                observation.outcome = "superseded"
                return RunOutcome(ended="superseded", failure=None, retry_after_seconds=None)
            except SiteError as error:
                observation.outcome = "failed"
                failure = failure_of(step, error)
                return RunOutcome(
                    ended="failed",
                    failure=failure_record(failure),
                    retry_after_seconds=error.retry_after_seconds,
                )
            observation.outcome = "done"
            return RunOutcome(ended="done", failure=None, retry_after_seconds=None)


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

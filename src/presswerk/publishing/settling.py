"""What becomes of a run that cannot go on: another try later, or a failure its author can act on."""

import dataclasses
import datetime as dt
from dataclasses import dataclass

from presswerk.messages import Message
from presswerk.publishing.model import Failure, Run, Step
from presswerk.publishing.retrying import RetryPolicy, in_words
from presswerk.publishing.runs import RunStore

_MAX_CRASHES = 5


@dataclass(frozen=True)
class NextTry:
    """The run that follows, and when."""

    run: Run
    due_at: dt.datetime


class Settlement:
    """Decides between another try and failure, and stores which."""

    def __init__(self, store: RunStore, policy: RetryPolicy) -> None:
        self._store = store
        self._policy = policy

    def settle(self, run: Run, failure: Failure, asked_seconds: float | None = None) -> NextTry | None:
        """Store what becomes of a run that could not go on; repeating it changes nothing.

        Args:
            run: The run.
            failure: Why it could not go on.
            asked_seconds: How long the site asked to be left alone.

        Returns:
            The next try, None when the publication has failed.

        Raises:
            Superseded: A newer run has taken over, or it was cancelled.
        """
        publication = self._store.get(run.publication)
        if publication.run == dataclasses.replace(run, attempt=run.attempt + 1) and publication.due_at is not None:
            return NextTry(publication.run, publication.due_at)
        now = dt.datetime.now(dt.UTC)
        due_at = None
        if failure.retryable:
            due_at = self._policy.next_try(
                since=publication.accepted_at, now=now, tries=publication.tries, asked_seconds=asked_seconds
            )
        if due_at is None:
            self._store.fail(run, _given_up(failure, publication.tries) if failure.retryable else failure)
            return None
        wait = in_words((due_at - now).total_seconds())
        message = Message("%(reason)s Trying again in %(wait)s.", reason=failure.reason.as_sentence(), wait=wait)
        return NextTry(self._store.postpone(run, due_at, message), due_at)

    def settle_crashed(self, run: Run) -> NextTry | None:
        """Store what becomes of a run that ended by a defect of ours: a few more tries, then a failure.

        Raises:
            Superseded: A newer run has taken over, or it was cancelled.
        """
        publication = self._store.get(run.publication)
        failure = Failure(
            step=publication.step or Step.PREPARE,
            reason=Message("something went wrong inside Presswerk"),
            remedy=Message("try again; if it happens again, tell an operator the publication's id"),
            retryable=publication.tries < _MAX_CRASHES,
        )
        return self.settle(run, failure)


def _given_up(failure: Failure, tries: int) -> Failure:
    helped = Message.counted("%(num)s try did not help", "%(num)s tries did not help", num=tries + 1)
    return dataclasses.replace(
        failure,
        reason=Message("%(reason)s; %(tries)s", reason=failure.reason, tries=helped),
        remedy=Message("see that the site works, then try again"),
    )

import datetime as dt
from pathlib import Path

import pytest

from presswerk.database import connect, migrate
from presswerk.declaration import Role
from presswerk.messages import Message
from presswerk.publishing.errors import Superseded
from presswerk.publishing.model import Failure, Manuscript, Run, State, Step, Submitter
from presswerk.publishing.retrying import RetryPolicy
from presswerk.publishing.settling import Settlement
from presswerk.publishing.store import PublicationStore, Submission

ANNA = Submitter("http://issuer", "anna", "Anna", None, Role.AUTHOR)
AWAY = Failure(Step.DELIVER, Message("the site is away"), Message("wait"), retryable=True)
REFUSED = Failure(Step.DELIVER, Message("the site refuses"), Message("mend it"), retryable=False)


@pytest.fixture
def store(tmp_path: Path) -> PublicationStore:
    engine = connect(f"sqlite:///{tmp_path}/hub.db")
    migrate(engine)
    return PublicationStore(engine)


@pytest.fixture
def run(store: PublicationStore) -> Run:
    run = store.create("acme", Submission.of(Manuscript("x"), ANNA))[0].run
    store.enter(run, Step.DELIVER, Message("x"))
    return run


def test_what_may_heal_is_tried_again_later(store: PublicationStore, run: Run) -> None:
    following = Settlement(store, RetryPolicy()).settle(run, AWAY)
    assert following is not None
    assert following.run.attempt == 2
    found = store.get(run.publication)
    assert (found.state, found.due_at, found.tries) == (State.RUNNING, following.due_at, 1)


def test_settling_again_after_a_crash_gives_the_same_answer(store: PublicationStore, run: Run) -> None:
    settlement = Settlement(store, RetryPolicy())
    assert settlement.settle(run, AWAY) == settlement.settle(run, AWAY)
    assert store.get(run.publication).tries == 1


def test_what_will_not_heal_fails_at_once(store: PublicationStore, run: Run) -> None:
    settlement = Settlement(store, RetryPolicy())
    assert settlement.settle(run, REFUSED) is None
    assert settlement.settle(run, REFUSED) is None
    assert store.get(run.publication).failure == REFUSED


def test_at_the_end_it_fails_with_a_remedy(store: PublicationStore, run: Run) -> None:
    assert Settlement(store, RetryPolicy(give_up_after_seconds=1)).settle(run, AWAY) is None
    failure = store.get(run.publication).failure
    assert failure is not None
    assert failure.retryable
    assert "1 try did not help" in str(failure.reason)


def test_a_superseded_run_settles_nothing(store: PublicationStore, run: Run) -> None:
    store.revise(store.get(run.publication), Submission.of(Manuscript("y"), ANNA))
    with pytest.raises(Superseded):
        Settlement(store, RetryPolicy()).settle(run, AWAY)


def test_a_defect_of_ours_is_tried_a_few_times_and_then_told(store: PublicationStore, run: Run) -> None:
    settlement = Settlement(store, RetryPolicy(first_delay_seconds=0.001))
    tries = 0
    while (following := settlement.settle_crashed(run)) is not None:
        run = following.run
        store.enter(run, Step.CONFIRM, Message("x"))
        tries += 1
    assert tries == 5
    found = store.get(run.publication)
    assert found.state is State.FAILED
    assert found.failure is not None
    assert found.failure.step is Step.CONFIRM
    assert found.due_at is None
    assert found.updated_at <= dt.datetime.now(dt.UTC)

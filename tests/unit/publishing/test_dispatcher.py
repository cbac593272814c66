import datetime as dt
import threading
from pathlib import Path

import pytest

from presswerk.database import connect, migrate
from presswerk.declaration import Role
from presswerk.messages import Message
from presswerk.publishing.dispatcher import Dispatcher
from presswerk.publishing.model import Manuscript, Run, State, Step, Submitter
from presswerk.publishing.store import PublicationStore, Submission
from tests.support.waiting import PATIENCE_SECONDS

ANNA = Submitter("http://issuer", "anna", "Anna", None, Role.EDITOR)


@pytest.fixture
def store(tmp_path: Path) -> PublicationStore:
    engine = connect(f"sqlite:///{tmp_path}/hub.db")
    migrate(engine)
    return PublicationStore(engine)


class Workers:
    """Notes what begins."""

    def __init__(self) -> None:
        self.begun: list[Run] = []
        self.one = threading.Semaphore(0)

    def begin(self, _tenant: str, run: Run) -> None:
        self.begun.append(run)
        self.one.release()


@pytest.fixture
def workers() -> Workers:
    return Workers()


@pytest.fixture
def dispatcher(store: PublicationStore, workers: Workers) -> Dispatcher:
    return Dispatcher(store, workers.begin, lambda _tenant: 2)


def handed_in(store: PublicationStore, tenant: str = "acme", due_at: dt.datetime | None = None) -> Run:
    manuscript = Manuscript("x", target="publish", scheduled_for=due_at)
    return store.create(tenant, Submission.of(manuscript, ANNA))[0].run


def test_each_tenant_has_its_oldest_begun_once(
    store: PublicationStore, dispatcher: Dispatcher, workers: Workers
) -> None:
    many = [handed_in(store) for _ in range(50)]
    one = handed_in(store, "beta")
    assert (dispatcher.dispatch(), dispatcher.dispatch()) == (3, 0)
    assert set(workers.begun) == {*many[:2], one}


def test_what_has_begun_ended_or_is_due_later_does_not_begin(
    store: PublicationStore, dispatcher: Dispatcher, workers: Workers
) -> None:
    begun, cancelled = handed_in(store), handed_in(store)
    store.enter(begun, Step.PREPARE, Message("x"))
    store.cancel(store.get(cancelled.publication), Message("x"))
    handed_in(store, due_at=dt.datetime.now(dt.UTC) + dt.timedelta(hours=1))
    assert dispatcher.dispatch() == 0


def test_another_try_begins_when_it_is_due(store: PublicationStore, dispatcher: Dispatcher, workers: Workers) -> None:
    run = handed_in(store)
    store.enter(run, Step.DELIVER, Message("x"))
    following = store.postpone(run, dt.datetime.now(dt.UTC), Message("Later."))
    dispatcher.dispatch()
    assert workers.begun == [following]
    assert store.get(run.publication).state is State.RUNNING


def test_whoever_stores_wakes_it(
    store: PublicationStore, dispatcher: Dispatcher, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("presswerk.publishing.dispatcher._LOOKS_EVERY_SECONDS", 3600.0)
    dispatcher.start()
    try:
        soon = handed_in(store, due_at=dt.datetime.now(dt.UTC) + dt.timedelta(seconds=0.3))
        dispatcher.wake(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=0.3))
        now = handed_in(store, "beta")
        dispatcher.wake()
        assert workers.one.acquire(timeout=PATIENCE_SECONDS)
        assert workers.one.acquire(timeout=PATIENCE_SECONDS)
    finally:
        dispatcher.stop()
    assert sorted(workers.begun, key=str) == sorted([now, soon], key=str)


def test_a_defect_in_one_round_ends_no_other(
    store: PublicationStore, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("presswerk.publishing.dispatcher._LOOKS_EVERY_SECONDS", 0.01)
    tried: list[Run] = []

    def begin(tenant: str, run: Run) -> None:
        tried.append(run)
        if len(tried) == 1:
            raise RuntimeError("a defect")
        workers.begin(tenant, run)

    dispatcher = Dispatcher(store, begin, lambda _tenant: 1)
    run = handed_in(store)
    dispatcher.start()
    try:
        assert workers.one.acquire(timeout=PATIENCE_SECONDS)
    finally:
        dispatcher.stop()
    assert tried == [run, run]

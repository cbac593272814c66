import datetime as dt
import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from presswerk.declaration import Role
from presswerk.messages import Message
from presswerk.publishing.claims import Claims
from presswerk.publishing.dispatcher import Dispatcher
from presswerk.publishing.model import Manuscript, Run, State, Step, Submitter
from presswerk.publishing.places import Places
from presswerk.publishing.runs import WaitingRun
from presswerk.publishing.store import PublicationStore, Submission
from tests.support.waiting import PATIENCE_SECONDS

ANNA = Submitter("http://issuer", "anna", "Anna", None, Role.EDITOR)


@pytest.fixture
def claims(engine: Engine) -> Claims:
    return Claims(engine)


@pytest.fixture
def store(engine: Engine, claims: Claims) -> PublicationStore:
    return PublicationStore(engine, claims)


class Workers:
    """Note what begins, and keep its place until they are let go."""

    def __init__(self) -> None:
        self.begun: list[Run] = []
        self.one = threading.Semaphore(0)
        self.let_go = threading.Event()

    def carry_out(self, waiting: WaitingRun) -> None:
        self.begun.append(waiting.run)
        self.one.release()
        assert self.let_go.wait(PATIENCE_SECONDS)


@pytest.fixture
def workers() -> Iterator[Workers]:
    made = Workers()
    yield made
    made.let_go.set()


@pytest.fixture
def dispatcher(store: PublicationStore, claims: Claims, workers: Workers) -> Dispatcher:
    return Dispatcher(store, claims, Places(lambda _tenant: 2), workers.carry_out)


def handed_in(store: PublicationStore, tenant: str = "acme", due_at: dt.datetime | None = None) -> Run:
    manuscript = Manuscript("x", target="publish", scheduled_for=due_at)
    return store.create(tenant, Submission.of(manuscript, ANNA))[0].run


def test_each_tenant_has_its_oldest_begun_once(
    store: PublicationStore, dispatcher: Dispatcher, workers: Workers
) -> None:
    many = [handed_in(store) for _ in range(50)]
    one = handed_in(store, "beta")
    assert (dispatcher.dispatch(), dispatcher.dispatch()) == (3, 0)
    for _ in range(3):
        assert workers.one.acquire(timeout=PATIENCE_SECONDS)
    assert set(workers.begun) == {*many[:2], one}


def test_what_another_has_begun_has_ended_or_is_due_later_does_not_begin(
    engine: Engine, store: PublicationStore, dispatcher: Dispatcher
) -> None:
    begun, cancelled = handed_in(store), handed_in(store)
    other = Claims(engine, "other")
    other.begin()
    PublicationStore(engine, other).enter(begun, Step.PREPARE, Message("x"))
    store.cancel(store.get(cancelled.publication), Message("x"))
    handed_in(store, due_at=dt.datetime.now(dt.UTC) + dt.timedelta(hours=1))
    assert dispatcher.dispatch() == 0


def test_another_try_begins_when_it_is_due(store: PublicationStore, dispatcher: Dispatcher, workers: Workers) -> None:
    run = handed_in(store)
    store.enter(run, Step.DELIVER, Message("x"))
    following = store.postpone(run, dt.datetime.now(dt.UTC), Message("Later."))
    dispatcher.dispatch()
    assert workers.one.acquire(timeout=PATIENCE_SECONDS)
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
        assert sorted(workers.begun, key=str) == sorted([now, soon], key=str)
    finally:
        workers.let_go.set()
        dispatcher.stop()


def test_what_ended_without_an_outcome_begins_anew(
    store: PublicationStore, claims: Claims, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the database was away at its end."""
    monkeypatch.setattr("presswerk.publishing.dispatcher._LOOKS_EVERY_SECONDS", 0.01)
    tried: list[Run] = []

    def carry_out(waiting: WaitingRun) -> None:
        tried.append(waiting.run)
        store.enter(waiting.run, Step.PREPARE, Message("x"))
        if len(tried) > 1:
            workers.carry_out(waiting)

    dispatcher = Dispatcher(store, claims, Places(lambda _tenant: 1), carry_out)
    run = handed_in(store)
    dispatcher.start()
    try:
        assert workers.one.acquire(timeout=PATIENCE_SECONDS)
    finally:
        workers.let_go.set()
        dispatcher.stop()
    assert tried[:2] == [run, run]


def test_a_defect_in_one_round_ends_no_other(
    store: PublicationStore, claims: Claims, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("presswerk.publishing.dispatcher._LOOKS_EVERY_SECONDS", 0.01)
    asked: list[str] = []

    def most(tenant: str) -> int:
        asked.append(tenant)
        if len(asked) == 1:
            raise RuntimeError("a defect")
        return 1

    dispatcher = Dispatcher(store, claims, Places(most), workers.carry_out)
    run = handed_in(store)
    dispatcher.start()
    try:
        assert workers.one.acquire(timeout=PATIENCE_SECONDS)
        assert workers.begun == [run]
    finally:
        workers.let_go.set()
        dispatcher.stop()

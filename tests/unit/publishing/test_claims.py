"""Of several processes one has a run, and whoever lost it can change nothing; on both kinds of databases elsewhere."""

import datetime as dt

import pytest
from sqlalchemy import Engine, update

from presswerk.declaration import Role
from presswerk.messages import Message
from presswerk.publishing.claims import Claims
from presswerk.publishing.errors import Superseded
from presswerk.publishing.model import Failure, Manuscript, PostReference, Run, State, Step, Submitter
from presswerk.publishing.store import PublicationStore, Submission
from presswerk.publishing.tables import executors

ANNA = Submitter("http://issuer", "anna", "Anna", None, Role.AUTHOR)
FAILURE = Failure(Step.DELIVER, Message("x"), Message("y"), retryable=True)
POST = PostReference(7, "http://s/7", "http://s/7p", "http://s/7e", "anna", "draft")


class Process:
    """What one hub has of the database."""

    def __init__(self, engine: Engine, name: str) -> None:
        self.engine = engine
        self.claims = Claims(engine, name)
        self.store = PublicationStore(engine, self.claims)
        self.claims.begin()

    @property
    def may_begin(self) -> list[Run]:
        return [each.run for each in self.store.waiting(dt.datetime.now(dt.UTC), 10)]

    def begin(self, run: Run) -> None:
        self.store.enter(run, Step.PREPARE, Message("x"))

    def is_not_heard_of(self) -> None:
        """As if it had renewed nothing for longer than its lease."""
        mine = update(executors).where(executors.c.id == self.claims.executor)
        with self.engine.begin() as database:
            database.execute(mine.values(lives_until=executors.c.lives_until - 3600))


@pytest.fixture
def one(engine: Engine) -> Process:
    return Process(engine, "hub-0")


@pytest.fixture
def other(engine: Engine) -> Process:
    return Process(engine, "hub-1")


@pytest.fixture
def run(one: Process) -> Run:
    return one.store.create("acme", Submission.of(Manuscript("x"), ANNA))[0].run


def test_of_two_that_begin_a_run_one_has_it(one: Process, other: Process, run: Run) -> None:
    assert (one.may_begin, other.may_begin) == ([run], [run])
    one.begin(run)
    with pytest.raises(Superseded):
        other.begin(run)
    assert other.may_begin == []


def test_a_process_of_the_same_name_takes_over_at_once(engine: Engine, one: Process, other: Process, run: Run) -> None:
    one.begin(run)
    again = Process(engine, "hub-0")
    assert (again.may_begin, other.may_begin) == ([run], [run])


def test_whoever_ends_leaves_its_runs_to_others_at_once(one: Process, other: Process, run: Run) -> None:
    one.begin(run)
    one.claims.end()
    assert other.may_begin == [run]


def test_a_process_that_is_not_heard_of_loses_its_runs_and_can_change_nothing(
    one: Process, other: Process, run: Run
) -> None:
    one.begin(run)
    one.is_not_heard_of()
    other.begin(run)
    one.claims.renew()
    store = one.store
    for attempt in (
        lambda: store.enter(run, Step.DELIVER, Message("x")),
        lambda: store.warn(run, Message("x")),
        lambda: store.set_post(run, POST),
        lambda: store.finish(run, State.DRAFTED, Message("x")),
        lambda: store.fail(run, FAILURE),
        lambda: store.postpone(run, dt.datetime.now(dt.UTC), Message("x")),
    ):
        with pytest.raises(Superseded):
            attempt()
    other.store.finish(run, State.DRAFTED, Message("x"))


def test_a_process_that_comes_back_before_another_took_its_runs_goes_on(one: Process, other: Process, run: Run) -> None:
    one.begin(run)
    one.is_not_heard_of()
    assert other.may_begin == [run]
    one.claims.renew()
    assert other.may_begin == []
    one.store.finish(run, State.DRAFTED, Message("x"))


def test_how_often_a_run_was_begun_is_counted_and_begins_anew_with_the_next(
    engine: Engine, one: Process, run: Run
) -> None:
    one.begin(run)
    again = Process(engine, "hub-0")
    again.begin(run)
    (waiting,) = again.store.waiting(dt.datetime.now(dt.UTC), 10)
    assert waiting.beginnings == 2
    again.store.postpone(run, dt.datetime.now(dt.UTC), Message("x"))
    (waiting,) = again.store.waiting(dt.datetime.now(dt.UTC), 10)
    assert waiting.beginnings == 0

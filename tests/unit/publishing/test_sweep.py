import datetime as dt
import threading
from collections.abc import Iterable
from pathlib import Path

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import delete

from presswerk.database import connect, migrate
from presswerk.declaration import Role
from presswerk.messages import Message
from presswerk.publishing.durable import DurableQueue, RunStatus
from presswerk.publishing.model import Manuscript, Run, State, Step, Submitter
from presswerk.publishing.retrying import RetryPolicy
from presswerk.publishing.settling import Settlement
from presswerk.publishing.store import PublicationStore, Submission
from presswerk.publishing.sweep import Sweep
from presswerk.publishing.tables import publications
from tests.support.waiting import PATIENCE_SECONDS

ANNA = Submitter("http://issuer", "anna", "Anna", None, Role.AUTHOR)
LATER = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)


class Engine(DurableQueue):
    """What the durable engine would say; the real one cannot be made to lose a run."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[Run] = []
        self.status = RunStatus.ALIVE

    def enqueue(self, tenant: str, run: Run, due_at: dt.datetime | None) -> None:
        self.taken.append(run)

    def statuses(self, runs: Iterable[tuple[str, Run]]) -> dict[Run, RunStatus]:
        return {run: self.status for _, run in runs}


@pytest.fixture
def database(tmp_path: Path) -> Database:
    made = connect(f"sqlite:///{tmp_path}/hub.db")
    migrate(made)
    return made


@pytest.fixture
def store(database: Database) -> PublicationStore:
    return PublicationStore(database)


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def sweep(store: PublicationStore, engine: Engine) -> Sweep:
    return Sweep(store, engine, Settlement(store, RetryPolicy()))


@pytest.fixture
def run(store: PublicationStore) -> Run:
    return store.create("acme", Submission.of(Manuscript("x"), ANNA))[0].run


def test_what_was_stored_and_not_handed_over_is_handed_over_once(sweep: Sweep, engine: Engine, run: Run) -> None:
    assert (sweep.hand_over(), sweep.hand_over()) == (1, 0)
    assert engine.taken == [run]


def test_what_the_engine_works_on_is_left_alone(
    sweep: Sweep, engine: Engine, store: PublicationStore, run: Run
) -> None:
    store.mark_enqueued(run)
    assert sweep.check(LATER) == 0
    assert engine.taken == []


def test_what_the_engine_never_got_is_handed_over(
    sweep: Sweep, engine: Engine, store: PublicationStore, run: Run
) -> None:
    store.mark_enqueued(run)
    engine.status = RunStatus.UNKNOWN
    assert sweep.check(LATER) == 1
    assert engine.taken == [run]


@pytest.mark.parametrize("status", [RunStatus.BROKEN, RunStatus.ENDED])
def test_a_run_that_ended_without_an_outcome_is_tried_again(
    sweep: Sweep, engine: Engine, store: PublicationStore, run: Run, status: RunStatus
) -> None:
    store.mark_enqueued(run)
    store.enter(run, Step.DELIVER, Message("x"))
    engine.status = status
    assert sweep.check(LATER) == 1
    assert engine.taken == [Run(run.publication, 1, 2)]
    assert store.get(run.publication).state is State.RUNNING


def test_what_is_finished_or_has_just_changed_is_not_looked_at(
    sweep: Sweep, engine: Engine, store: PublicationStore, run: Run
) -> None:
    engine.status = RunStatus.BROKEN
    store.mark_enqueued(run)
    assert sweep.check(dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)) == 0
    store.enter(run, Step.ANNOUNCE, Message("x"))
    store.finish(run, State.DRAFTED, Message("Done."))
    assert sweep.check(LATER) == 0


def test_a_defect_in_one_round_ends_no_other(
    store: PublicationStore, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("presswerk.publishing.sweep._PAUSE_SECONDS", 0.01)
    tried, taken = [], threading.Event()

    class Defect(Engine):
        def enqueue(self, tenant: str, run: Run, due_at: dt.datetime | None) -> None:
            tried.append(run)
            if len(tried) == 1:
                raise RuntimeError("a defect")
            taken.set()

    sweep = Sweep(store, Defect(), Settlement(store, RetryPolicy()))
    sweep.start()
    try:
        assert taken.wait(PATIENCE_SECONDS)
    finally:
        sweep.stop()


def test_a_tenant_that_is_removed_under_a_round_ends_no_sweep(
    store: PublicationStore, database: Database, run: Run
) -> None:
    class Removing(Engine):
        def statuses(self, runs: Iterable[tuple[str, Run]]) -> dict[Run, RunStatus]:
            with database.begin() as connection:
                connection.execute(delete(publications))
            return dict.fromkeys((run for _, run in runs), RunStatus.BROKEN)

    store.mark_enqueued(run)
    sweep = Sweep(store, Removing(), Settlement(store, RetryPolicy()))

    assert sweep.check(LATER) == 0

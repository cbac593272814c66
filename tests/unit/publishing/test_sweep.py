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
from presswerk.publishing.durable import DurableRuns, RunStatus
from presswerk.publishing.model import Manuscript, Run, State, Step, Submitter
from presswerk.publishing.retrying import RetryPolicy
from presswerk.publishing.settling import Settlement
from presswerk.publishing.store import PublicationStore, Submission
from presswerk.publishing.sweep import Sweep
from presswerk.publishing.tables import publications
from tests.support.waiting import PATIENCE_SECONDS

ANNA = Submitter("http://issuer", "anna", "Anna", None, Role.AUTHOR)
LATER = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)


class Engine(DurableRuns):
    """What the durable engine would say; the real one cannot be made to lose a run."""

    def __init__(self) -> None:
        super().__init__()
        self.status = RunStatus.ALIVE

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
def woken() -> list[dt.datetime | None]:
    return []


@pytest.fixture
def sweep(store: PublicationStore, engine: Engine, woken: list[dt.datetime | None]) -> Sweep:
    return Sweep(store, engine, Settlement(store, RetryPolicy()), woken.append)


@pytest.fixture
def run(store: PublicationStore) -> Run:
    return store.create("acme", Submission.of(Manuscript("x"), ANNA))[0].run


@pytest.mark.parametrize("status", [RunStatus.ALIVE, RunStatus.UNKNOWN])
def test_what_waits_for_a_place_is_left_alone(sweep: Sweep, engine: Engine, run: Run, status: RunStatus) -> None:
    engine.status = status
    assert sweep.check(LATER) == 0


def test_what_the_engine_works_on_is_left_alone(sweep: Sweep, store: PublicationStore, run: Run) -> None:
    store.enter(run, Step.PREPARE, Message("x"))
    assert sweep.check(LATER) == 0
    assert store.waiting(LATER, 1) == ()


def test_what_the_engine_has_lost_begins_anew(
    sweep: Sweep, engine: Engine, store: PublicationStore, run: Run, woken: list[dt.datetime | None]
) -> None:
    store.enter(run, Step.PREPARE, Message("x"))
    engine.status = RunStatus.UNKNOWN
    assert sweep.check(LATER) == 1
    assert (store.waiting(LATER, 1), woken) == ((("acme", run),), [None])


@pytest.mark.parametrize("status", [RunStatus.BROKEN, RunStatus.ENDED])
def test_a_run_that_ended_without_an_outcome_is_tried_again(
    *,
    sweep: Sweep,
    engine: Engine,
    store: PublicationStore,
    run: Run,
    status: RunStatus,
    woken: list[dt.datetime | None],
) -> None:
    store.enter(run, Step.DELIVER, Message("x"))
    engine.status = status
    assert sweep.check(LATER) == 1
    again = store.get(run.publication)
    assert (again.state, again.run) == (State.RUNNING, Run(run.publication, 1, 2))
    assert woken == [again.due_at]


def test_what_is_finished_or_has_just_changed_is_not_looked_at(
    sweep: Sweep, engine: Engine, store: PublicationStore, run: Run
) -> None:
    engine.status = RunStatus.BROKEN
    assert sweep.check(dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)) == 0
    store.enter(run, Step.ANNOUNCE, Message("x"))
    store.finish(run, State.DRAFTED, Message("Done."))
    assert sweep.check(LATER) == 0


def test_a_defect_in_one_round_ends_no_other(
    store: PublicationStore, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("presswerk.publishing.sweep._PAUSE_SECONDS", 0.01)
    tried: list[None] = []
    done = threading.Event()

    def chore() -> None:
        tried.append(None)
        if len(tried) == 1:
            raise RuntimeError("a defect")
        done.set()

    sweep = Sweep(store, engine, Settlement(store, RetryPolicy()), lambda _due: None, chore)
    sweep.start()
    try:
        assert done.wait(PATIENCE_SECONDS)
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

    sweep = Sweep(store, Removing(), Settlement(store, RetryPolicy()), lambda _due: None)

    assert sweep.check(LATER) == 0

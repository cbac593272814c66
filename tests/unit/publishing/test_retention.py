import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from presswerk.database import give_space_back
from presswerk.declaration import Role
from presswerk.messages import Message
from presswerk.publishing.model import Manuscript, Run, State, Step, Submitter
from presswerk.publishing.retention import forget_delivered
from presswerk.publishing.store import PublicationStore, Submission

ANNA = Submitter("http://issuer", "anna", "Anna", None, Role.AUTHOR)
LONG = "Words of an article. " * 500
LATER = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)


@pytest.fixture
def store(engine: Engine) -> PublicationStore:
    return PublicationStore(engine)


def delivered(store: PublicationStore, markdown: str = LONG) -> Run:
    run = store.create("acme", Submission.of(Manuscript(markdown), ANNA))[0].run
    for step in (Step.PREPARE, Step.ILLUSTRATE, Step.DELIVER):
        store.enter(run, step, Message("x"))
    store.finish(run, State.DRAFTED, Message("Done."))
    return run


def test_of_what_was_delivered_long_ago_stays_what_it_became(store: PublicationStore, engine: Engine) -> None:
    run = delivered(store)
    before, sha256 = store.get(run.publication), store.body_sha256(run)
    assert forget_delivered(engine, LATER) == 1
    assert (store.get(run.publication), store.body_sha256(run)) == (before, sha256)
    assert store.manuscript(run).markdown == ""
    assert [event.state for event in store.events_after(run.publication, 0)] == [State.DRAFTED]
    assert forget_delivered(engine, LATER) == 0


def test_what_is_recent_under_way_or_failed_stays_whole(store: PublicationStore, engine: Engine) -> None:
    waiting = store.create("acme", Submission.of(Manuscript(LONG), ANNA))[0].run
    recent = delivered(store)
    assert forget_delivered(engine, dt.datetime.now(dt.UTC) - dt.timedelta(days=1)) == 0
    assert forget_delivered(engine, LATER) == 1
    assert (store.manuscript(waiting).markdown, store.manuscript(recent).markdown) == (LONG, "")


def test_a_newer_version_of_what_was_forgotten_is_taken(store: PublicationStore, engine: Engine) -> None:
    run = delivered(store)
    forget_delivered(engine, LATER)
    revised = store.revise(store.get(run.publication), Submission.of(Manuscript("New."), ANNA))
    assert (revised.revision, store.manuscript(revised.run).markdown) == (2, "New.")
    assert [event.sequence for event in store.events_after(run.publication, 0)] == [5, 6]


def test_two_kilobytes_stay_of_each_and_the_file_shrinks(
    store: PublicationStore, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("presswerk.database.engine._SPARE_PAGES", 0)
    made = 60
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as database:
        database.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    empty = (tmp_path / "hub.db").stat().st_size
    for _ in range(made):
        delivered(store)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as database:
        database.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    large = (tmp_path / "hub.db").stat().st_size
    while forget_delivered(engine, LATER):
        pass
    give_space_back(engine)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as database:
        database.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        spare = database.execute(text("PRAGMA freelist_count")).scalar_one() * 4096
    small = (tmp_path / "hub.db").stat().st_size
    assert (small - spare - empty) / made < 2048
    assert small < large / 2

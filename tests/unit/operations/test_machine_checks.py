"""What makes processes, disk, databases, queue and clock red."""

import contextlib
import datetime as dt
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, text

from presswerk.database import connect, migrate
from presswerk.operations.checks import CHECKS, Outcome, Result, Target, ask, by_service
from presswerk.operations.checks import databases as checked
from presswerk.operations.checks.targets import ClockTarget, DatabaseTarget, DirectoryTarget, ProcessTarget, QueueTarget
from presswerk.publishing.tables import publications
from tests.support.scripted_server import scripted_server

can_mount = pytest.mark.skipif(
    os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode != 0,
    reason="only who may mount a file system can fill a real one",
)


def look(check: str, target: Target) -> Result:
    return ask([entry for entry in CHECKS if entry.id == check], [target])[0]


def look_at_the_disk(path: Path) -> tuple[Result, ...]:
    return ask(CHECKS, [DirectoryTarget(service="disk", path=path)])


PROCESSES = {
    # its state, minutes since each start, how it ended last, whether it answers: what is said of it
    "runs": ("running", (9,), None, None, Outcome.OK, "It runs."),
    "died twice": ("running", (9, 5, 1), None, None, Outcome.OK, "It runs."),
    "died often, long ago": ("running", (99, 98, 97, 96, 95), None, None, Outcome.OK, "It runs."),
    "dies again and again": (
        "running", (9, 5, 2, 1), "exit status 3", None, Outcome.FAILED,
        "restarted 3 times within 10 minutes; it ended with exit status 3",
    ),
    "starts": ("starting", (0,), None, None, Outcome.OK, "It runs."),
    "starts and answers": ("starting", (1, 0), "SIGKILL", True, Outcome.OK, "It runs."),
    "starts again": ("starting", (1, 0), "SIGKILL", None, Outcome.UNKNOWN, "has just been started again"),
    "waits for its next try": ("backoff", (), "exit status 3", None, Outcome.FAILED, "exit status 3"),
    "was given up": ("fatal", (), None, None, Outcome.FAILED, "does not run (fatal)"),
    "ended": ("exited", (), None, None, Outcome.FAILED, "does not run (exited)"),
    "was stopped": ("stopped", (), None, None, Outcome.FAILED, "does not run"),
    "outlived its supervisor": ("unwatched", (), None, None, Outcome.FAILED, "outlived its supervisor"),
    "is silent": ("running", (), None, False, Outcome.FAILED, "does not answer"),
    "answers": ("running", (), None, True, Outcome.OK, "It runs."),
}  # fmt: skip


@pytest.mark.parametrize("name", PROCESSES)
def test_a_process_is_green_while_it_runs_answers_and_stays(name: str) -> None:
    state, minutes, last_exit, answers, outcome, seen = PROCESSES[name]
    now = dt.datetime.now(dt.UTC)
    process = ProcessTarget(
        service="hub",
        state=state,
        starts=tuple(now - dt.timedelta(minutes=each) for each in minutes),
        last_exit=last_exit,
        answers=None if answers is None else lambda: answers,
    )

    results = ask([entry for entry in CHECKS if entry.id.startswith("process")], [process])

    (line,) = by_service(results)
    assert line.outcome is outcome, line
    assert seen in " ".join(result.seen for result in line.results)


def test_a_directory_with_room_is_green(tmp_path: Path) -> None:
    assert {result.outcome for result in look_at_the_disk(tmp_path)} == {Outcome.OK}
    assert list(tmp_path.iterdir()) == [], "nothing is left of trying"


@pytest.mark.parametrize("path", ["/proc/x", "/usr/nope", "/proc", "/dev/null"])
def test_a_directory_that_is_none_or_cannot_be_written_is_red(path: str) -> None:
    (line,) = by_service(look_at_the_disk(Path(path)))

    assert line.outcome is Outcome.FAILED
    assert path in line.results[0].seen


@pytest.fixture
def small_disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    directory = tmp_path / "disk"
    directory.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", request.param, "none", str(directory)], check=True)
    try:
        yield directory
    finally:
        subprocess.run(["umount", str(directory)], check=True)


@can_mount
@pytest.mark.parametrize(
    ("small_disk", "seen"),
    [
        ("size=4m", "is full: 4 MiB are free"),
        ("size=400m,nr_inodes=20", "takes no more files"),
        ("size=400m,ro", "cannot be written: Read-only"),
    ],
    indirect=["small_disk"],
)
def test_a_full_or_read_only_disk_is_red(small_disk: Path, seen: str) -> None:
    (line,) = by_service(look_at_the_disk(small_disk))

    assert line.outcome is Outcome.FAILED
    assert seen in line.results[0].seen


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    found = connect(f"sqlite:///{tmp_path / 'hub.db'}")
    migrate(found)
    yield found
    found.dispose()


def test_a_database_that_takes_changes_is_green_and_stays_as_it_is(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("PRAGMA user_version = 7"))

    assert look("hub-database", DatabaseTarget(service="hub", engine=engine)).outcome is Outcome.OK

    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA user_version")).scalar_one() == 7


def test_a_database_that_is_damaged_or_missing_is_red(tmp_path: Path) -> None:
    (tmp_path / "damaged.db").write_bytes(b"this is no database" * 500)
    damaged = connect(f"sqlite:///{tmp_path / 'damaged.db'}")

    result = look("hub-database", DatabaseTarget(service="hub", engine=damaged))
    missing = look("hub-database", DatabaseTarget(service="hub", engine=None, missing="It is missing."))

    assert (result.outcome, missing.outcome, missing.seen) == (Outcome.FAILED, Outcome.FAILED, "It is missing.")
    assert "not a database" in result.seen


def fill(directory: Path) -> None:
    filler = os.open(directory / "filler", os.O_WRONLY | os.O_CREAT)
    try:
        with pytest.raises(OSError, match="No space left"):
            os.posix_fallocate(filler, 0, 2**40)
        for size in (65_536, 4096, 512, 1):
            with contextlib.suppress(OSError):
                while os.write(filler, b"x" * size):
                    pass
    finally:
        os.close(filler)


@can_mount
@pytest.mark.parametrize("small_disk", ["size=2m"], indirect=True)
def test_a_database_on_a_full_disk_is_red(small_disk: Path) -> None:
    found = connect(f"sqlite:///{small_disk / 'hub.db'}")
    with found.begin() as connection:
        connection.execute(text("CREATE TABLE things (name TEXT)"))
        connection.execute(text("INSERT INTO things VALUES ('one')"))
    found.dispose()
    fill(small_disk)

    result = look("hub-database", DatabaseTarget(service="hub", engine=connect(f"sqlite:///{small_disk / 'hub.db'}")))

    assert result.outcome is Outcome.FAILED, result


def waits(engine: Engine, number: int = 1, *, tenant: str = "acme", state: str, **minutes_ago: float | None) -> None:
    now = dt.datetime.now(dt.UTC)
    moments = {
        name: None if value is None else now - dt.timedelta(minutes=value) for name, value in minutes_ago.items()
    }
    row: dict[str, object] = {
        "tenant": tenant,
        "state": state,
        "revision": 1,
        "attempt": 1,
        "tries": 0,
        "title": "Bread",
        "target": "draft",
        "creator": {},
        "source": {},
        "created_at": now,
        "warnings": [],
        "beginnings": 1,
        "event_count": 0,
        "due_at": None,
        **moments,
    }
    with engine.begin() as connection:
        for place in range(number):
            connection.execute(insert(publications).values(id=f"{tenant}-{state}-{place}", **row))


def test_a_queue_in_which_nothing_waits_is_green(engine: Engine) -> None:
    waits(engine, state="published", accepted_at=90, updated_at=90)
    waits(engine, state="scheduled", accepted_at=90, updated_at=90, due_at=-60)
    waits(engine, state="running", accepted_at=90, updated_at=20, due_at=-5)  # it is tried again later

    assert look("hub-queue", QueueTarget(service="hub", engine=engine)).outcome is Outcome.OK


@pytest.mark.parametrize(
    ("state", "due_at"), [("accepted", None), ("scheduled", 5), ("accepted", 5)], ids=["new", "scheduled", "retried"]
)
def test_a_worker_that_takes_nothing_is_red(engine: Engine, state: str, due_at: float | None) -> None:
    waits(engine, 2, state=state, accepted_at=5, updated_at=5, due_at=due_at)
    waits(engine, state="published", accepted_at=90, updated_at=90)

    result = look("hub-queue", QueueTarget(service="hub", engine=engine))

    assert result.outcome is Outcome.FAILED
    assert "2 articles have been waiting for a worker, the first of acme for 5 minutes" in result.seen


def test_a_long_queue_that_moves_is_green(engine: Engine) -> None:
    waits(engine, 20, state="accepted", accepted_at=5, updated_at=5)
    waits(engine, state="published", accepted_at=6, updated_at=0.1)

    assert look("hub-queue", QueueTarget(service="hub", engine=engine)).outcome is Outcome.OK


def test_one_tenants_movement_hides_no_other_tenants_standstill(engine: Engine) -> None:
    waits(engine, state="accepted", accepted_at=5, updated_at=5)
    waits(engine, tenant="other", state="published", accepted_at=6, updated_at=0.1)

    assert look("hub-queue", QueueTarget(service="hub", engine=engine)).outcome is Outcome.FAILED


def test_a_worker_that_is_stuck_in_a_step_is_red(engine: Engine) -> None:
    waits(engine, state="running", accepted_at=20, updated_at=12)

    result = look("hub-queue", QueueTarget(service="hub", engine=engine))

    assert result.outcome is Outcome.FAILED
    assert "held an article of acme for 12 minutes" in result.seen


def test_a_queue_whose_database_is_gone_cannot_be_told(tmp_path: Path) -> None:
    empty = connect(f"sqlite:///{tmp_path / 'empty.db'}")

    assert look("hub-queue", QueueTarget(service="hub", engine=empty)).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("minutes", "outcome", "seen"),
    [(0, Outcome.OK, "right"), (-10, Outcome.FAILED, "10 minutes ahead of"), (10, Outcome.FAILED, "behind")],
)
def test_a_clock_is_compared_with_others(minutes: float, outcome: Outcome, seen: str) -> None:
    theirs = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes)
    with scripted_server() as server:
        server.date = theirs
        result = look("clock", ClockTarget(service="clock", others=("http://127.0.0.1:1/", server.url)))

    assert result.outcome is outcome, result
    assert seen in result.seen


def test_a_clock_that_went_back_is_red() -> None:
    ahead = dt.datetime.now(dt.UTC) + dt.timedelta(hours=3)

    result = look("clock", ClockTarget(service="clock", latest_record=lambda: ahead))

    assert result.outcome is Outcome.FAILED
    assert "went back" in result.seen
    assert look("clock", ClockTarget(service="clock", latest_record=lambda: None)).outcome is Outcome.OK


def test_the_tables_named_again_are_as_the_store_has_them() -> None:
    own = checked._PUBLICATIONS

    assert own.name == publications.name
    for column in own.columns:
        assert isinstance(column.type, type(publications.columns[column.name].type))

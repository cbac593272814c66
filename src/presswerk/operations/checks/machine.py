"""What services need of the machine: processes that stay, room on the disk, databases that take writes, the time."""

import datetime as dt
import os
import tempfile
from email.utils import parsedate_to_datetime

from sqlalchemy import Column, Engine, MetaData, String, Table, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from presswerk.database import UtcDateTime
from presswerk.operations.checks.model import CannotTell, NotAsItShouldBe
from presswerk.operations.checks.requests import get
from presswerk.operations.checks.targets import ClockTarget, DatabaseTarget, DirectoryTarget, ProcessTarget, QueueTarget

_MOST_RESTARTS = 3
_RESTARTS_WITHIN = dt.timedelta(minutes=10)
_FREE_MIB = 256
_FREE_INODES = 2000
_PROBE = b"presswerk" * 512
_QUIET = dt.timedelta(seconds=60)
_LONGEST_STEP = dt.timedelta(seconds=180)
_CLOCK_SECONDS = 60
_MIB = 2**20

# Named again rather than imported: the room of publications brings composing along, a second of imports.
_PUBLICATIONS = Table(
    "publications",
    MetaData(),
    Column("tenant", String),
    Column("state", String),
    Column("updated_at", UtcDateTime),
    Column("accepted_at", UtcDateTime),
    Column("due_at", UtcDateTime),
)


def process_stays(process: ProcessTarget) -> str:
    """A process runs, answers, and does not end again and again."""
    ended = "" if process.last_exit is None else f"; it ended with {process.last_exit}"
    if process.state == "unwatched":
        raise NotAsItShouldBe("It outlived its supervisor: nobody would start it again.", "Run `presswerk up`.")
    if process.state == "stopped":
        raise NotAsItShouldBe("It does not run.", "Run `presswerk up`.")
    if process.state not in {"running", "starting"}:
        raise NotAsItShouldBe(f"It does not run ({process.state}){ended}.")
    now = dt.datetime.now(dt.UTC)
    lately = [start for start in process.starts[1:] if now - start < _RESTARTS_WITHIN]
    if len(lately) >= _MOST_RESTARTS:
        raise NotAsItShouldBe(f"It was restarted {len(lately)} times within 10 minutes{ended}.")
    if process.answers is not None and not process.answers():
        raise NotAsItShouldBe("It runs, but does not answer.")
    if process.state == "starting" and process.answers is None and len(process.starts) > 1:
        # Whether it stays this time, nobody knows yet; one that answers has told.
        raise CannotTell("It has died and has just been started again.")
    return f"It runs: {process.holds}." if process.holds else "It runs."


def room_left(directory: DirectoryTarget) -> str:
    """There is room for what services write: bytes, files, and the right to write."""
    path = directory.path
    try:
        room = os.statvfs(path)
    except OSError as error:
        raise NotAsItShouldBe(f"{path} cannot be read: {error.strerror}.") from None
    free_mib = room.f_bavail * room.f_frsize // _MIB
    if free_mib < _FREE_MIB:
        raise NotAsItShouldBe(f"The disk of {path} is full: {free_mib} MiB are free.")
    # Some file systems make inodes as they need them, and say 0.
    if room.f_files and room.f_favail < _FREE_INODES:
        raise NotAsItShouldBe(f"The disk of {path} takes no more files: {room.f_favail} inodes are free.")
    try:
        with tempfile.TemporaryFile(dir=path) as probe:
            probe.write(_PROBE)
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        raise NotAsItShouldBe(f"{path} cannot be written: {error.strerror}.") from None
    return f"{free_mib / 1024:.1f} GiB are free."


def database_takes_writes(database: DatabaseTarget) -> str:
    """A database answers and takes a change; nothing in it is different afterwards."""
    if database.engine is None:
        raise NotAsItShouldBe(database.missing)
    try:
        _write(database.engine)
    except SQLAlchemyError as error:
        raise NotAsItShouldBe(f"The database does not work: {_reason(error)}.") from None
    return "It answers and takes changes."


def _write(engine: Engine) -> None:
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # A number of ours to use, in the first page of the file: written again as it is, it goes to the disk.
            version = connection.execute(text("PRAGMA user_version")).scalar_one()
            connection.execute(text(f"PRAGMA user_version = {int(version)}"))
            connection.commit()
        else:
            # Refused where nothing can be written.
            connection.execute(text("SELECT pg_current_xact_id()"))


def queue_moves(queue: QueueTarget) -> str:
    """Articles that wait for a worker get one."""
    now = dt.datetime.now(dt.UTC)
    columns = _PUBLICATIONS.c
    waits = func.coalesce(columns.due_at, columns.accepted_at)
    try:
        with queue.engine.connect() as connection:
            waiting = connection.execute(
                select(columns.tenant, func.count(), func.min(waits, type_=UtcDateTime))
                .where(columns.state.in_(("accepted", "scheduled")), waits < now)
                .group_by(columns.tenant)
            ).all()
            moved = dict(
                connection.execute(
                    select(columns.tenant, func.max(columns.updated_at, type_=UtcDateTime))
                    .where(columns.state.not_in(("accepted", "scheduled")))
                    .group_by(columns.tenant)
                ).all()
            )
            held = connection.execute(
                select(columns.tenant, func.min(columns.updated_at, type_=UtcDateTime))
                .where(columns.state == "running", columns.updated_at < now - _LONGEST_STEP)
                .where((columns.due_at.is_(None)) | (columns.due_at < now - _QUIET))
                .group_by(columns.tenant)
            ).all()
    except SQLAlchemyError as error:
        raise CannotTell(f"The hub's database does not answer: {_reason(error)}.") from None
    for tenant, number, oldest in waiting:
        last = moved.get(tenant)
        if now - oldest > _QUIET and (last is None or now - last > _QUIET):
            articles = "article has" if number == 1 else "articles have"
            raise NotAsItShouldBe(
                f"{number} {articles} been waiting for a worker, the first of {tenant} for {_age(now - oldest)}."
            )
    for tenant, oldest in held:
        raise NotAsItShouldBe(f"A worker has held an article of {tenant} for {_age(now - oldest)} without a step.")
    number = sum(row[1] for row in waiting)
    return "No article waits." if not number else f"{number} articles wait, and it moves."


def clock_is_right(clock: ClockTarget) -> str:
    """This machine knows the time: a wrong clock makes every sign-in and certificate look expired or too new."""
    now = dt.datetime.now(dt.UTC)
    latest = None if clock.latest_record is None else clock.latest_record()
    if latest is not None and (latest - now).total_seconds() > _CLOCK_SECONDS:
        raise NotAsItShouldBe(f"The clock went back: the newest record here is {_age(latest - now)} ahead of it.")
    for address in clock.others:
        try:
            told = get(address, through_proxy=True).headers.get("date", "")
            theirs = parsedate_to_datetime(told)
        except (NotAsItShouldBe, ValueError):
            # Whether it answers is another check's question.
            continue
        apart = (dt.datetime.now(dt.UTC) - theirs.replace(tzinfo=theirs.tzinfo or dt.UTC)).total_seconds()
        if abs(apart) > _CLOCK_SECONDS:
            way = "ahead of" if apart > 0 else "behind"
            raise NotAsItShouldBe(f"The clock is {_age(dt.timedelta(seconds=abs(apart)))} {way} that of {address}.")
    return "The clock is right."


def _age(time: dt.timedelta) -> str:
    seconds = round(time.total_seconds())
    for size, unit in ((86_400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _reason(error: SQLAlchemyError) -> str:
    original = getattr(error, "orig", None) or error
    return " ".join(str(original).split())[:120]

"""Whether the hub's databases work, and whether what waits in them is taken up."""

import datetime as dt

from sqlalchemy import Column, Engine, MetaData, String, Table, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from presswerk.database import UtcDateTime
from presswerk.messages import Message
from presswerk.operations.checks.machine import DISK, age
from presswerk.operations.checks.model import SAME, Act, CannotTell, Cause, Check, NotAsItShouldBe, Remedy, Severity
from presswerk.operations.checks.targets import DatabaseServerTarget, DatabaseTarget, QueueTarget, QuotaTarget

_MOST_CONNECTIONS = 0.9
_QUOTA = 0.9
_QUIET = dt.timedelta(seconds=60)
_LONGEST_STEP = dt.timedelta(seconds=180)

# Named again rather than imported: the room of publications brings composing along, a second of imports.
_PUBLICATIONS = Table(
    "publications",
    MetaData(),
    Column("tenant", String),
    Column("state", String),
    Column("updated_at", UtcDateTime),
    Column("created_at", UtcDateTime),
    Column("accepted_at", UtcDateTime),
    Column("due_at", UtcDateTime),
)


def database_takes_writes(database: DatabaseTarget) -> Message:
    """A database answers and takes a change; nothing in it is different afterwards."""
    if database.engine is None:
        raise NotAsItShouldBe(
            database.missing, Remedy(Message("Put it back from a backup; `presswerk up` makes an empty one."))
        )
    try:
        _write(database.engine)
    except SQLAlchemyError as error:
        raise NotAsItShouldBe(Message("The database does not work: %(reason)s.", reason=_reason(error))) from None
    return Message("It answers and takes changes.")


def schema_is_ours(database: DatabaseTarget) -> Message:
    """A database has the schema of this version: no upgrade is half done, and no later version has been here."""
    if database.engine is None or not database.schema:
        return Message("It has no schema of ours.")
    try:
        with database.engine.connect() as connection:
            found = str(connection.execute(text("SELECT max(version_num) FROM alembic_version")).scalar())
    except SQLAlchemyError as error:
        raise CannotTell(Message("The hub's database does not answer: %(reason)s.", reason=_reason(error))) from None
    if found == database.schema:
        return Message("It has the schema of this version.")
    said = Message("It has schema %(found)s instead of %(ours)s.", found=found, ours=database.schema)
    if found > database.schema:
        raise NotAsItShouldBe(
            said, Remedy(Message("A later version of Presswerk has been here: install that one again."))
        )
    raise NotAsItShouldBe(said)


def server_takes_changes(server: DatabaseServerTarget) -> Message:
    """The database server answers, and takes changes."""
    if server.state().is_read_only:
        raise NotAsItShouldBe(Message("The database server was set to take no changes (read_only)."))
    return Message("It answers and takes changes.")


def server_has_connections(server: DatabaseServerTarget) -> Message:
    """The database server has connections left."""
    state = server.state()
    if state.connections >= state.most_connections * _MOST_CONNECTIONS:
        raise NotAsItShouldBe(
            Message("%(used)s of %(most)s connections are taken.", used=state.connections, most=state.most_connections)
        )
    return Message("%(used)s of %(most)s connections are taken.", used=state.connections, most=state.most_connections)


def quota_left(quota: QuotaTarget) -> Message:
    """A tenant has articles left this month."""
    month = dt.datetime.now(dt.UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    columns = _PUBLICATIONS.c
    try:
        with quota.engine.connect() as connection:
            used = connection.execute(
                select(func.count())
                .select_from(_PUBLICATIONS)
                .where(columns.tenant == quota.tenant, columns.created_at >= month)
                .where(columns.state.not_in(("failed", "cancelled")))
            ).scalar_one()
    except SQLAlchemyError as error:
        raise CannotTell(Message("The hub's database does not answer: %(reason)s.", reason=_reason(error))) from None
    told = Message("%(used)s of %(most)s articles of this month are used.", used=used, most=quota.articles)
    if used >= quota.articles * _QUOTA:
        raise NotAsItShouldBe(
            told,
            Remedy(
                Message(
                    "If it needs more, give it a higher tier: `presswerk tenant scale %(tenant)s --tier TIER`.",
                    tenant=quota.tenant,
                )
            ),
        )
    return told


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


def queue_moves(queue: QueueTarget) -> Message:
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
        raise CannotTell(Message("The hub's database does not answer: %(reason)s.", reason=_reason(error))) from None
    for tenant, number, oldest in waiting:
        last = moved.get(tenant)
        if now - oldest > _QUIET and (last is None or now - last > _QUIET):
            raise NotAsItShouldBe(
                Message.counted(
                    "%(num)s article of %(tenant)s has been waiting for a worker for %(age)s.",
                    "%(num)s articles have been waiting for a worker, the first of %(tenant)s for %(age)s.",
                    num=number,
                    tenant=tenant,
                    age=age(now - oldest),
                )
            )
    for tenant, oldest in held:
        raise NotAsItShouldBe(
            Message(
                "A worker has held an article of %(tenant)s for %(age)s without a step.",
                tenant=tenant,
                age=age(now - oldest),
            )
        )
    if not waiting:
        return Message("No article waits.")
    first = min(oldest for _tenant, _number, oldest in waiting)
    return Message.counted(
        "%(num)s article has been waiting for %(age)s, and the queue moves.",
        "%(num)s articles wait, the oldest for %(age)s, and the queue moves.",
        num=sum(row[1] for row in waiting),
        age=age(now - first),
    )


def _reason(error: SQLAlchemyError) -> str:
    original = getattr(error, "orig", None) or error
    return " ".join(str(original).split())[:120]


CHECKS: tuple[Check, ...] = (
    Check(
        "hub-database",
        Message("Do the hub's databases answer and take changes?"),
        Remedy(Message("If that does not help, see who owns its files, and read `presswerk logs hub`."), Act.RESTART),
        DatabaseTarget,
        database_takes_writes,
        causes=DISK,
    ),
    Check(
        "hub-schema",
        Message("Does the hub's database have the schema of this version: is no upgrade half done?"),
        Remedy(act=Act.BRING_UP),
        DatabaseTarget,
        schema_is_ours,
        causes=(*DISK, Cause("hub-database")),
    ),
    Check(
        "database-server",
        Message("Does the database server of the sites answer and take changes?"),
        Remedy(Message("If that does not help, read `presswerk logs %(service)s`.", service="SERVICE"), Act.RESTART),
        DatabaseServerTarget,
        server_takes_changes,
        causes=(*DISK, Cause("process", SAME), Cause("process-stays", SAME), Cause("process-answers", SAME)),
    ),
    Check(
        "database-connections",
        Message("Does the database server of the sites have connections left?"),
        Remedy(Message("It ends all connections; sites make new ones by themselves."), Act.RESTART),
        DatabaseServerTarget,
        server_has_connections,
        causes=(Cause("database-server", SAME), Cause("process", SAME), Cause("process-stays", SAME)),
        threshold=Message("%(percent)s %% of the connections", percent=round(100 * _MOST_CONNECTIONS)),
    ),
    Check(
        "tenant-quota",
        Message("Does the tenant have articles left this month?"),
        Remedy(Message("Give it a higher tier, or wait for the next month.")),
        QuotaTarget,
        quota_left,
        severity=Severity.WARNING,
        threshold=Message("%(percent)s %% of the month's articles", percent=round(100 * _QUOTA)),
        alert_after_seconds=3600,
    ),
    Check(
        "hub-queue",
        Message("Do articles that wait for a worker get one?"),
        Remedy(Message("No article is lost. If it stops again, read `presswerk logs hub`."), Act.RESTART),
        QueueTarget,
        queue_moves,
        causes=(
            *DISK,
            Cause("hub-database"),
            Cause("hub-schema"),
            Cause("process", "hub"),
            Cause("process-stays", "hub"),
            Cause("hub-ready"),
            Cause("clock"),
        ),
        threshold=Message("%(number)s seconds without a step", number=round(_QUIET.total_seconds())),
    ),
)

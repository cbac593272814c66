"""Bring the hub database to the newest schema."""

import contextlib
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import OperationalError

from presswerk.errors import PresswerkError

MIGRATIONS = Path(__file__).with_name("migrations")
_LOCK = 0x7072657373  # "press": any number, the same in every hub


def newest_schema() -> str:
    """The schema of this version; read off the files' names, without what knows the migrations."""
    return max(file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))


class NewerDatabase(PresswerkError):
    """The database has a schema that this version does not know."""

    remedy = "Use that version, or put the database back from a backup."


def migrate(engine: Engine, revision: str = "head") -> None:
    """Apply all outstanding migrations; does nothing when there are none.

    Several hubs may start at once: one migrates, the others wait for it.

    Args:
        engine: An engine from `connect`.
        revision: Up to which schema.

    Raises:
        NewerDatabase: A later version of Presswerk has been here.
    """
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        else:
            connection.execute(text("BEGIN IMMEDIATE"))
        if revision != "head" or not _is_newest(connection):
            _upgrade(connection, revision)
    if engine.dialect.name == "sqlite":
        _let_it_shrink(engine)


def _is_newest(connection: Connection) -> bool:
    newest = max(file.name for file in MIGRATIONS.glob("versions/[0-9]*.py")).partition("_")[0]
    if not inspect(connection).has_table("alembic_version"):
        return False
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [newest]


def _upgrade(connection: Connection, revision: str) -> None:
    # 10 MiB, which a hub that finds its database as it should be does without.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.migration import MigrationContext  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    for found in MigrationContext.configure(connection).get_current_heads():
        if found not in known:
            raise NewerDatabase(f"A later version of Presswerk has changed the hub's database (schema {found}).")
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _let_it_shrink(engine: Engine) -> None:
    """Make an older file one that `give_space_back` can make smaller; one that is in use stays as it is until later."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.exec_driver_sql("PRAGMA auto_vacuum").scalar_one():
            with contextlib.suppress(OperationalError):
                connection.exec_driver_sql("PRAGMA auto_vacuum=INCREMENTAL")
                connection.exec_driver_sql("VACUUM")

"""Bring the hub database to the newest schema."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text

_LOCK = 0x7072657373  # "press": any number, the same in every hub


def migrate(engine: Engine) -> None:
    """Apply all outstanding migrations; does nothing when there are none.

    Several hubs may start at once: one migrates, the others wait for it.

    Args:
        engine: An engine from `connect`.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        else:
            connection.execute(text("BEGIN IMMEDIATE"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

"""Open the hub database: SQLite (WAL) by default, PostgreSQL in production."""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url

from presswerk.database.turns import take_turns

_PAGES_AT_ONCE = 500
_SPARE_PAGES = 1_000
"""Of 4 KiB: what is deleted and written every hour stays in the file."""

_open: ContextVar[tuple[Engine, Connection] | None] = ContextVar("open transaction", default=None)


def connect(url: str) -> Engine:
    """Open an engine for the hub database.

    Args:
        url: An SQLAlchemy URL, `sqlite:///path` or `postgresql://user:password@host/name`.

    Returns:
        An engine; on SQLite with WAL, foreign keys and a 30 s wait for locks, and writers that take turns.

    Raises:
        ValueError: The URL names another kind of database.
    """
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        engine = create_engine(parsed, connect_args={"timeout": 30, "check_same_thread": False}, max_overflow=60)
        event.listen(engine, "connect", _configure_sqlite)
        take_turns(engine)
        return engine
    if backend == "postgresql":
        return create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True, pool_size=10)
    raise ValueError(f"PRESSWERK_DATABASE_URL: {backend} is not supported; use sqlite:/// or postgresql://")


@contextlib.contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that ends with the block; one inside another of the same thread and engine is part of it."""
    outer = _open.get()
    if outer is not None and outer[0] is engine:
        yield outer[1]
        return
    with engine.begin() as connection:
        token = _open.set((engine, connection))
        try:
            yield connection
        finally:
            _open.reset(token)


@contextlib.contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection to read by: that of the transaction around the block, which sees what it has changed, or another."""
    outer = _open.get()
    if outer is not None and outer[0] is engine:
        yield outer[1]
        return
    with engine.connect() as connection:
        yield connection


def give_space_back(engine: Engine) -> None:
    """Let an SQLite file shrink by what was deleted, a little at a time; PostgreSQL sees to it by itself."""
    if engine.dialect.name != "sqlite":
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while int(connection.exec_driver_sql("PRAGMA freelist_count").scalar_one()) > _SPARE_PAGES:
            before = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            # It gives back a page a step, and only a script is stepped to its end.
            driver: Any = connection.connection.driver_connection
            driver.executescript(f"PRAGMA incremental_vacuum({_PAGES_AT_ONCE})")
            if connection.exec_driver_sql("PRAGMA page_count").scalar_one() == before:
                return


def _configure_sqlite(connection: Any, _record: object) -> None:
    # A transaction takes the write lock with its first change and waits for it; pysqlite's deferred default
    # fails at once when another writer came in between.
    connection.isolation_level = "IMMEDIATE"
    cursor = connection.cursor()
    if not cursor.execute("PRAGMA page_count").fetchone()[0]:
        # Before the first table is made; an older file gets it as it is migrated.
        cursor.execute("PRAGMA auto_vacuum=INCREMENTAL")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()

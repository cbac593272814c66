"""Open the hub database: SQLite (WAL) by default, PostgreSQL in production."""

from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url


def connect(url: str) -> Engine:
    """Open an engine for the hub database.

    Args:
        url: An SQLAlchemy URL, `sqlite:///path` or `postgresql://user:password@host/name`.

    Returns:
        An engine; on SQLite with WAL, foreign keys and a 30 s wait for locks.

    Raises:
        ValueError: The URL names another kind of database.
    """
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        engine = create_engine(parsed, connect_args={"timeout": 30, "check_same_thread": False})
        event.listen(engine, "connect", _configure_sqlite)
        return engine
    if backend == "postgresql":
        return create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True, pool_size=10)
    raise ValueError(f"PRESSWERK_DATABASE_URL: {backend} is not supported; use sqlite:/// or postgresql://")


def _configure_sqlite(connection: Any, _record: object) -> None:
    # A transaction takes the write lock with its first change and waits for it; pysqlite's deferred default
    # fails at once when another writer came in between.
    connection.isolation_level = "IMMEDIATE"
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()

"""What tests of tenants' databases share: passwords, statements as a tenant's user, and ends in the middle."""

import contextlib
import itertools
import secrets
from collections.abc import Iterator

import pymysql
import pymysql.cursors
import pytest

from presswerk.runtimes.databases import DatabaseAccess, UnixSocketServer


def new_password() -> str:
    return secrets.token_urlsafe(24)


def run(access: DatabaseAccess, *statements: str, database: str | None = None) -> list[tuple[object, ...]]:
    """Run SQL as a tenant's user, in its own database unless told otherwise, and return the last one's rows."""
    assert isinstance(access.server, UnixSocketServer)
    with pymysql.connect(
        unix_socket=str(access.server.socket),
        user=access.user,
        password=access.password,
        database=database or access.name,
        autocommit=True,
    ) as connection:
        return run_in(connection, *statements)


def run_in(connection: "pymysql.Connection[pymysql.cursors.Cursor]", *statements: str) -> list[tuple[object, ...]]:
    cursor = connection.cursor()
    for statement in statements:
        cursor.execute(statement)
    return list(cursor.fetchall())


def works(access: DatabaseAccess) -> bool:
    """Whether its user can sign in with its password."""
    assert isinstance(access.server, UnixSocketServer)
    try:
        pymysql.connect(unix_socket=str(access.server.socket), user=access.user, password=access.password).close()
    except pymysql.err.OperationalError:
        return False
    return True


class Killed(Exception):
    """Stands for the end of the process."""


@contextlib.contextmanager
def ending_before(monkeypatch: pytest.MonkeyPatch, number: int) -> Iterator[None]:
    """Let the nth statement end the process instead of being run."""
    statements, original = itertools.count(1), pymysql.cursors.Cursor.execute

    def execute(cursor: pymysql.cursors.Cursor, query: str, values: tuple[object, ...] | None = None) -> int:
        if next(statements) == number:
            raise Killed
        return int(original(cursor, query, values))

    with monkeypatch.context() as patched:
        patched.setattr(pymysql.cursors.Cursor, "execute", execute)
        yield

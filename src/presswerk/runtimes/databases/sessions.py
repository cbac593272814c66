"""Sessions on a MariaDB server: how one signs in, and what the server's errors mean."""

import contextlib
import re
import ssl
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import pymysql
import pymysql.cursors

from presswerk.runtimes.databases.errors import DatabaseBusy, DatabaseProblem, DatabaseRefused, DatabaseUnreachable
from presswerk.runtimes.databases.model import DatabaseServer, TcpServer, must_encrypt

_CONNECT_SECONDS = 10
_STATEMENT_SECONDS = 120
_LOCK_WAIT_SECONDS = 15

# https://mariadb.com/docs/server/reference/error-codes; 2xxx are the client's own.
_UNREACHABLE = frozenset({0, 1040, 1053, 1152, 1153, 1158, 1159, 1160, 1161, 1927, 2002, 2003, 2006, 2013, 2026})
_BUSY = frozenset({1205, 1213, 1969})
_REFUSED = frozenset({1044, 1045, 1142, 1227, 1290, 1410, 1698})
_WRONG_PASSWORD = 1045
_TOO_MANY_SESSIONS = frozenset({1203, 1226})
_HASH = re.compile(r"\*[0-9A-Fa-f]{40}")

Session: TypeAlias = "pymysql.Connection[pymysql.cursors.Cursor]"


@contextlib.contextmanager
def session(server: DatabaseServer, user: str, password: str) -> Iterator[Session]:
    """Sign in and stay so until the block ends; every statement is a transaction of its own.

    Raises:
        DatabaseUnreachable: The server does not answer.
        DatabaseRefused: It takes neither this user with this password nor a statement for want of rights.
        DatabaseBusy: Somebody held what a statement had to change for longer than 15 s.
        DatabaseProblem: Anything else that it complains of.
    """
    with _explained(server):
        connection = _connect(server, user, password)
        try:
            with connection.cursor() as cursor:
                # The server's own patience with a lock is a day.
                cursor.execute(f"SET SESSION lock_wait_timeout = {_LOCK_WAIT_SECONDS}")
            yield connection
        finally:
            with contextlib.suppress(pymysql.MySQLError):
                connection.close()


def takes_password(server: DatabaseServer, user: str, password: str) -> bool:
    """Whether a user can sign in with a password.

    Raises:
        DatabaseProblem: It could not be found out.
    """
    with _explained(server):
        try:
            _connect(server, user, password).close()
        except pymysql.MySQLError as error:
            code = _code(error)
            if code == _WRONG_PASSWORD:
                return False
            # Sessions are counted after the password was found right.
            if code in _TOO_MANY_SESSIONS:
                return True
            raise
    return True


def _connect(server: DatabaseServer, user: str, password: str) -> Session:
    if not password.isascii():
        # The client would fail with an error that shows it.
        raise DatabaseRefused(
            f"the password of {user} has other characters than ASCII, which not every client can send"
        )
    return pymysql.connect(
        **_where(server),
        user=user,
        password=password,
        charset="utf8mb4",
        autocommit=True,
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_STATEMENT_SECONDS,
        write_timeout=_STATEMENT_SECONDS,
        program_name="presswerk",
    )


def _where(server: DatabaseServer) -> Mapping[str, Any]:
    if not isinstance(server, TcpServer):
        return {"unix_socket": str(server.socket), "ssl_disabled": True}
    at: dict[str, Any] = {"host": server.host, "port": server.port}
    if not must_encrypt(server):
        return at | {"ssl_disabled": True}
    try:
        # A context that verifies is also what keeps the client from going on without TLS.
        verifying = ssl.create_default_context(cafile=None if server.ca_file is None else str(server.ca_file))
    except OSError as error:
        raise DatabaseProblem(f"{server.ca_file} cannot be used to verify {server.host}: {error}") from None
    return at | {"ssl": verifying}


@contextlib.contextmanager
def _explained(server: DatabaseServer) -> Iterator[None]:
    try:
        yield
    except pymysql.MySQLError as error:
        code = _code(error)
        kind: type[DatabaseProblem] = DatabaseProblem
        for codes, meaning in ((_UNREACHABLE, DatabaseUnreachable), (_BUSY, DatabaseBusy), (_REFUSED, DatabaseRefused)):
            if code in codes:
                kind = meaning
        text = _HASH.sub("***", str(error.args[1])) if len(error.args) > 1 else type(error).__name__
        raise kind(f"the database server at {server.wordpress_host} says: {text} ({code})") from None


def _code(error: pymysql.MySQLError) -> int:
    return int(error.args[0]) if error.args and isinstance(error.args[0], int) else 0

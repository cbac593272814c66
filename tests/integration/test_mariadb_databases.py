"""Tenants' databases on a real MariaDB server that they share."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pymysql
import pytest

from presswerk.runtimes.databases import (
    DatabaseAccess,
    DatabaseProblem,
    DatabaseRefused,
    DatabaseUnreachable,
    MariaDbAdmin,
    UnixSocketServer,
    UserLimits,
    database_name,
    user_names,
)
from tests.support.mariadb import MariaDbServer, running_mariadb

pytestmark = pytest.mark.integration

LIMITS = UserLimits(connections=12)


@pytest.fixture(scope="module")
def server() -> Iterator[MariaDbServer]:
    with running_mariadb() as running:
        yield running


@pytest.fixture
def admin(server: MariaDbServer) -> Iterator[MariaDbAdmin]:
    password = new_password()
    server.execute(
        "CREATE OR REPLACE USER manager@localhost IDENTIFIED BY '" + password + "'",
        "GRANT ALL ON *.* TO manager@localhost WITH GRANT OPTION",
    )
    yield MariaDbAdmin(UnixSocketServer(server.socket), "manager", password)
    for name in server.execute("SHOW DATABASES LIKE 'site\\_%'").split():
        server.execute(f"DROP DATABASE `{name}`")
    for account in server.execute(
        "SELECT CONCAT(QUOTE(user), '@', QUOTE(host)) FROM mysql.user WHERE user LIKE 'site%'"
    ).split():
        server.execute(f"DROP USER {account}")


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
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement)
        return list(cursor.fetchall())


def traces(server: MariaDbServer, tenant: str) -> list[str]:
    """All that a server holds of a tenant: databases, users, grants; and files of its data directory."""
    name = database_name(tenant)
    found = server.execute(
        f"SELECT schema_name FROM information_schema.schemata WHERE schema_name = '{name}'",
        f"SELECT user FROM mysql.global_priv WHERE user IN {user_names(tenant)}",
        f"SELECT user, db FROM mysql.db WHERE REPLACE(db, '\\\\', '') = '{name}'",
        f"SELECT user, db FROM mysql.tables_priv WHERE db = '{name}'",
        f"SELECT user FROM information_schema.processlist WHERE user IN {user_names(tenant)}",
    ).splitlines()
    return found + [str(path) for path in (server.socket.parent / "data").rglob(f"*{name}*")]


def test_a_tenant_gets_a_database_it_can_work_in(admin: MariaDbAdmin) -> None:
    access = admin.ensure("acme", new_password(), LIMITS)
    rows = run(
        access,
        "CREATE TABLE posts (id INT PRIMARY KEY, title VARCHAR(190))",
        "ALTER TABLE posts ADD INDEX (title)",
        "INSERT INTO posts VALUES (1, 'Grüße 🍞')",
        "SELECT title FROM posts",
    )
    assert rows == [("Grüße 🍞",)]
    assert admin.exists("acme")
    assert (access.name, access.user) == ("site_acme", "site_acme_a")


def test_a_repeat_keeps_user_and_content_and_writes_nothing(admin: MariaDbAdmin, server: MariaDbServer) -> None:
    password = new_password()
    first = admin.ensure("acme", password, LIMITS)
    run(first, "CREATE TABLE posts (id INT)", "INSERT INTO posts VALUES (7)")
    server.execute("SET GLOBAL general_log_file = 'general.log'", "SET GLOBAL general_log = ON")
    try:
        second = admin.ensure("acme", password, LIMITS)
    finally:
        server.execute("SET GLOBAL general_log = OFF")
    log = (server.socket.parent / "data" / "general.log").read_text()
    assert second == first
    assert run(second, "SELECT id FROM posts") == [(7,)]
    assert "schema_privileges" in log
    assert not [word for word in ("CREATE ", "ALTER ", "GRANT ", "DROP ", "REVOKE ") if word in log]


def test_a_tenant_cannot_reach_one_whose_name_a_wildcard_would_match(admin: MariaDbAdmin) -> None:
    neighbour = admin.ensure("axb", new_password(), LIMITS)
    run(neighbour, "CREATE TABLE secret (id INT)")
    access = admin.ensure("a-b", new_password(), LIMITS)
    assert access.name == "site_a_b"
    assert run(access, "SHOW DATABASES LIKE 'site%'") == [("site_a_b",)]
    with pytest.raises(pymysql.err.OperationalError, match="command denied"):
        run(access, "SELECT * FROM site_axb.secret")


def test_an_administrator_that_is_refused_is_told_so_without_its_password(server: MariaDbServer) -> None:
    password = new_password()
    with pytest.raises(DatabaseRefused) as caught:
        MariaDbAdmin(UnixSocketServer(server.socket), "manager", password).exists("acme")
    assert password not in f"{caught.value!s} {caught.value!r}"
    assert "Access denied" in str(caught.value)


def test_a_server_that_is_not_there_may_be_tried_again(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnreachable) as caught:
        MariaDbAdmin(UnixSocketServer(tmp_path / "none.sock"), "root", new_password()).exists("acme")
    assert caught.value.retryable


def test_rotating_what_does_not_exist_says_so(admin: MariaDbAdmin) -> None:
    with pytest.raises(DatabaseProblem, match="has no database"):
        admin.rotate("acme", new_password(), LIMITS, in_use="site_acme_a")


def test_a_dropped_tenant_leaves_no_trace_even_with_a_session_open(admin: MariaDbAdmin, server: MariaDbServer) -> None:
    access = admin.ensure("acme", new_password(), LIMITS)
    admin.rotate("acme", new_password(), LIMITS, in_use=access.user)
    server.execute(
        "CREATE USER IF NOT EXISTS siteguest@localhost", "GRANT SELECT ON `site\\_acme`.* TO siteguest@localhost"
    )
    run(access, "CREATE TABLE posts (id INT)")
    with pymysql.connect(
        unix_socket=str(server.socket), user=access.user, password=access.password, database=access.name
    ) as held:
        held.begin()
        held.cursor().execute("SELECT * FROM posts")
        admin.drop("acme")
    admin.drop("acme")
    assert traces(server, "acme") == []
    assert not admin.exists("acme")

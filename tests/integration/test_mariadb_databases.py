"""Tenants' databases on a real MariaDB server that they share."""

import contextlib
import itertools
import logging
from collections.abc import Iterator
from pathlib import Path

import pymysql
import pymysql.cursors
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
from presswerk.runtimes.databases.shared import PRIVILEGES
from tests.support.databases import Killed, ending_before, new_password, run, run_in
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
        run_in(held, "BEGIN", "SELECT * FROM posts")
        admin.drop("acme")
    admin.drop("acme")
    assert traces(server, "acme") == []
    assert not admin.exists("acme")


def test_three_tenants_see_and_touch_only_what_is_their_own(admin: MariaDbAdmin) -> None:
    accesses = [admin.ensure(tenant, new_password(), LIMITS) for tenant in ("acme", "acme-a", "bolt")]
    for access in accesses:
        run(access, "CREATE TABLE posts (id INT)")
    for access in accesses:
        assert run(access, "SHOW DATABASES LIKE 'site%'") == [(access.name,)]
        seen = run(access, "SELECT DISTINCT table_schema FROM information_schema.tables WHERE table_name = 'posts'")
        assert seen == [(access.name,)]
        assert run(access, "SELECT DISTINCT user FROM information_schema.processlist") == [(access.user,)]
        for other in accesses:
            if other != access:
                for statement in FORBIDDEN_ELSEWHERE:
                    refuses(access, statement.format(name=other.name, user=other.user))
        for statement in FORBIDDEN_EVERYWHERE:
            refuses(access, statement.format(name=access.name, user=access.user))


FORBIDDEN_ELSEWHERE = (
    "USE {name}",
    "SELECT * FROM {name}.posts",
    "INSERT INTO {name}.posts VALUES (1)",
    "UPDATE {name}.posts SET id = 1",
    "DELETE FROM {name}.posts",
    "ALTER TABLE {name}.posts ADD COLUMN more INT",
    "DROP TABLE {name}.posts",
    "CREATE TABLE {name}.more (id INT)",
    "RENAME TABLE posts TO {name}.stolen",
    "DROP DATABASE {name}",
    "SHOW CREATE USER {user}@localhost",
    "SET PASSWORD FOR {user}@localhost = PASSWORD('taken-over-by-me')",
)

FORBIDDEN_EVERYWHERE = (
    "SELECT * FROM mysql.global_priv",
    "CREATE DATABASE site_more",
    "CREATE USER more@localhost",
    "GRANT SELECT ON {name}.* TO {user}@localhost",
    "SELECT 1 INTO OUTFILE '/tmp/presswerk-out'",
    "LOAD DATA INFILE '/etc/passwd' INTO TABLE posts",
    "SET GLOBAL general_log = ON",
    "CREATE FUNCTION run RETURNS STRING SONAME 'run.so'",
    "CREATE PROCEDURE more() SELECT 1",
    "CREATE EVENT later ON SCHEDULE EVERY 1 DAY DO SELECT 1",
    "SHUTDOWN",
)


def refuses(access: DatabaseAccess, statement: str) -> None:
    with pytest.raises(pymysql.err.MySQLError) as caught:
        run(access, statement)
    assert caught.value.args[0] in {1044, 1045, 1095, 1142, 1227, 1370}, f"{statement}: {caught.value}"


def test_a_tenant_cannot_end_another_tenants_session(admin: MariaDbAdmin, server: MariaDbServer) -> None:
    one, other = (admin.ensure(tenant, new_password(), LIMITS) for tenant in ("acme", "bolt"))
    with pymysql.connect(unix_socket=str(server.socket), user=other.user, password=other.password) as held:
        ((thread,),) = run_in(held, "SELECT CONNECTION_ID()")
        refuses(one, f"KILL {thread}")
        held.ping(reconnect=False)


def test_a_tenant_takes_no_more_sessions_than_its_limits_say(admin: MariaDbAdmin) -> None:
    password = new_password()
    access = admin.ensure("acme", password, UserLimits(connections=1))
    with pymysql.connect(
        unix_socket=access.server.wordpress_host.partition(":")[2], user=access.user, password=password
    ):
        with pytest.raises(pymysql.err.OperationalError, match="max_user_connections"):
            run(access, "SELECT 1")
        assert admin.ensure("acme", password, UserLimits(connections=3)).user == access.user
    assert run(access, "SELECT @@max_user_connections, @@max_statement_time") == [(3, 120.0)]


def test_a_tenant_that_takes_all_its_sessions_takes_nobody_elses(admin: MariaDbAdmin, server: MariaDbServer) -> None:
    greedy, other = (admin.ensure(tenant, new_password(), LIMITS) for tenant in ("acme", "bolt"))
    with contextlib.ExitStack() as held:
        for _ in range(LIMITS.connections):
            held.enter_context(
                pymysql.connect(unix_socket=str(server.socket), user=greedy.user, password=greedy.password)
            )
        with pytest.raises(pymysql.err.OperationalError, match="max_user_connections"):
            run(greedy, "SELECT 1")
        assert run(other, "SELECT 1") == [(1,)]
        assert admin.exists("acme")


def test_a_statement_that_takes_too_long_is_ended(admin: MariaDbAdmin) -> None:
    access = admin.ensure("acme", new_password(), UserLimits(connections=2, statement_seconds=1))
    with pytest.raises(pymysql.err.OperationalError, match="max_statement_time"):
        run(access, "SELECT COUNT(*) FROM seq_1_to_100000 a JOIN seq_1_to_100000 b ON a.seq + b.seq = 0")


def test_rights_that_somebody_added_or_took_are_put_right(admin: MariaDbAdmin, server: MariaDbServer) -> None:
    password = new_password()
    access = admin.ensure("acme", password, LIMITS)
    server.execute(
        f"GRANT TRIGGER, CREATE VIEW ON `site\\_acme`.* TO {access.user}@localhost",
        f"REVOKE DELETE ON `site\\_acme`.* FROM {access.user}@localhost",
    )
    admin.ensure("acme", password, LIMITS)
    grants = server.execute(f"SHOW GRANTS FOR {access.user}@localhost").splitlines()
    assert sorted(grants[1].removeprefix("GRANT ").partition(" ON ")[0].split(", ")) == sorted(PRIVILEGES)


def test_both_passwords_are_good_until_the_old_user_retires(admin: MariaDbAdmin) -> None:
    old = admin.ensure("acme", new_password(), LIMITS)
    run(old, "CREATE TABLE posts (id INT)", "INSERT INTO posts VALUES (7)")
    new = admin.rotate("acme", new_password(), LIMITS, in_use=old.user)
    assert run(old, "SELECT id FROM posts") == run(new, "SELECT id FROM posts") == [(7,)]
    admin.retire("acme", keep=new.user)
    admin.retire("acme", keep=new.user)
    with pytest.raises(pymysql.err.OperationalError, match="Access denied"):
        run(old, "SELECT 1")
    assert admin.users("acme") == (new.user,)
    assert admin.ensure("acme", new.password, LIMITS) == new


def test_nobody_is_locked_out_by_keeping_a_user_that_is_not_there(admin: MariaDbAdmin) -> None:
    access = admin.ensure("acme", new_password(), LIMITS)
    with pytest.raises(DatabaseProblem, match="lock the tenant out"):
        admin.retire("acme", keep="site_acme_b")
    with pytest.raises(ValueError, match="no user of tenant"):
        admin.retire("acme", keep="site_bolt_a")
    assert run(access, "SELECT 1") == [(1,)]


def test_a_lost_password_is_replaced_and_locks_no_running_site_out(admin: MariaDbAdmin) -> None:
    running_on = admin.ensure("acme", new_password(), LIMITS)
    second = admin.ensure("acme", new_password(), LIMITS)
    assert (second.user, run(running_on, "SELECT 1")) == ("site_acme_b", [(1,)])
    third = admin.ensure("acme", new_password(), LIMITS)
    assert run(third, "SELECT DATABASE()") == [("site_acme",)]


def test_making_a_database_may_end_before_any_statement_and_be_repeated(
    admin: MariaDbAdmin, monkeypatch: pytest.MonkeyPatch
) -> None:
    password = new_password()
    for number in itertools.count(1):
        admin.drop("acme")
        try:
            with ending_before(monkeypatch, number):
                admin.ensure("acme", password, LIMITS)
        except Killed:
            access = admin.ensure("acme", password, LIMITS)
            run(access, "CREATE TABLE posts (id INT)")
            assert admin.users("acme") == (access.user,)
        else:
            break
    assert number > 6


def test_dropping_may_end_before_any_statement_and_be_repeated(
    admin: MariaDbAdmin, server: MariaDbServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in itertools.count(1):
        access = admin.ensure("acme", new_password(), LIMITS)
        admin.rotate("acme", new_password(), LIMITS, in_use=access.user)
        try:
            with ending_before(monkeypatch, number):
                admin.drop("acme")
        except Killed:
            admin.drop("acme")
            assert traces(server, "acme") == []
        else:
            break
    assert number > 5


@pytest.mark.parametrize(
    "password", ["short", "has a space in the middle", "has-an-ümlaut-in-it", "line\nbreak-in-the-middle"]
)
def test_a_password_that_would_not_work_everywhere_is_refused_untold(admin: MariaDbAdmin, password: str) -> None:
    with pytest.raises(ValueError, match="visible ASCII") as caught:
        admin.ensure("acme", password, LIMITS)
    assert password not in str(caught.value)
    assert not admin.exists("acme")


def test_no_password_is_in_what_the_server_or_the_client_keeps(
    admin: MariaDbAdmin, server: MariaDbServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    passwords = [new_password() for _ in range(3)]
    server.execute("SET GLOBAL general_log_file = 'passwords.log'", "SET GLOBAL general_log = ON")
    try:
        first = admin.ensure("acme", passwords[0], LIMITS)
        second = admin.rotate("acme", passwords[1], LIMITS, in_use=first.user)
        admin.rotate("acme", passwords[2], LIMITS, in_use=first.user)
    finally:
        server.execute("SET GLOBAL general_log = OFF")
    kept = (server.socket.parent / "data" / "passwords.log").read_text() + caplog.text
    kept += repr((admin, first, second))
    assert "IDENTIFIED VIA" in kept
    assert [password for password in (*passwords, admin.password) if password in kept] == []

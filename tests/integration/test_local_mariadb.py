"""The local runtime's own MariaDB server: made, supervised, killed, moved between users, removed."""

import contextlib
import multiprocessing
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
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
)
from presswerk.runtimes.local.errors import LocalRuntimeError
from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.mariadb import ADMIN_PASSWORD, MARIADB_PACKAGES, LocalMariaDb, ensure_programs
from presswerk.runtimes.local.secrets import Secrets
from presswerk.runtimes.local.supervision import Supervision, is_healthy

pytestmark = pytest.mark.integration

LIMITS = UserLimits(connections=12)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalMariaDb]:
    layout = Layout(tmp_path_factory.mktemp("short") / "state")
    server = LocalMariaDb(layout, Secrets.open(layout))
    supervision = Supervision(layout)
    server.ensure(lambda _line: None)
    service = server.service()
    try:
        supervision.ensure([service])
        supervision.wait_ready([service])
        yield server
    finally:
        supervision.shutdown()


def ask(access: DatabaseAccess, *statements: str) -> list[tuple[object, ...]]:
    assert isinstance(access.server, UnixSocketServer)
    with pymysql.connect(
        unix_socket=str(access.server.socket), user=access.user, password=access.password, autocommit=True
    ) as connection:
        cursor = connection.cursor()
        cursor.execute(f"USE {access.name}")
        for statement in statements:
            cursor.execute(statement)
        return list(cursor.fetchall())


def server_pid(server: LocalMariaDb) -> int:
    (status,) = (one for one in Supervision(server.layout).status() if one.name == "mariadb")
    assert status.pid is not None
    return status.pid


def test_the_server_serves_tenants_and_no_network(running: LocalMariaDb) -> None:
    access = running.admin.ensure("acme", secrets.token_urlsafe(24), LIMITS)
    assert ask(access, "SELECT @@skip_networking, @@innodb_flush_log_at_trx_commit") == [(1, 1)]
    supervision = Supervision(running.layout)
    assert all(supervision.answers(status.name) for status in supervision.status())


def test_only_the_administrator_with_its_password_gets_in(running: LocalMariaDb) -> None:
    for password in ("", "wrong-password-wrong"):
        with pytest.raises(DatabaseRefused):
            MariaDbAdmin(UnixSocketServer(running.socket), "root", password).exists("acme")
    with pymysql.connect(
        unix_socket=str(running.socket), user="root", password=running.secrets.get(ADMIN_PASSWORD)
    ) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT CONCAT(user, '@', host) FROM mysql.global_priv ORDER BY user")
        accounts = [name for (name,) in cursor.fetchall() if not str(name).startswith("site_")]
    assert accounts == ["mariadb.sys@localhost", "root@localhost"]


def test_a_killed_server_comes_back_with_all_that_was_written(running: LocalMariaDb) -> None:
    access = running.admin.ensure("lasting", secrets.token_urlsafe(24), LIMITS)
    ask(access, "CREATE TABLE posts (id INT)", "INSERT INTO posts VALUES (7)")
    killed = server_pid(running)
    os.kill(killed, signal.SIGKILL)
    supervision = Supervision(running.layout)
    while server_pid_or_none(running) in {None, killed}:
        time.sleep(0.05)
    supervision.wait_ready([running.service()])
    assert ask(access, "SELECT id FROM posts") == [(7,)]


def server_pid_or_none(server: LocalMariaDb) -> int | None:
    return next((one.pid for one in Supervision(server.layout).status() if one.name == "mariadb"), None)


def test_the_password_stands_in_no_process_list_log_or_server_file(running: LocalMariaDb) -> None:
    password = running.secrets.get(ADMIN_PASSWORD)
    tenant_password = secrets.token_urlsafe(24)
    running.admin.ensure("quiet", tenant_password, LIMITS)
    command = Path(f"/proc/{server_pid(running)}/cmdline").read_text()
    shown = command + Supervision(running.layout).log_tail("mariadb", 10_000) + repr(running)
    files = [path for path in running.directory.rglob("*") if path.is_file()]
    for secret in (password, tenant_password):
        assert secret not in shown
        assert not [path for path in files if secret.encode() in path.read_bytes()]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has a user to switch to")
def test_started_by_root_it_serves_as_somebody_else(running: LocalMariaDb) -> None:
    assert Path(f"/proc/{server_pid(running)}").stat().st_uid != 0
    assert running.layout.state.stat().st_mode & 0o077 == 0


def test_a_missing_server_is_said_with_the_packages_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("presswerk.runtimes.local.mariadb._PROGRAM_DIRECTORIES", (str(tmp_path),))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LocalRuntimeError) as caught:
        ensure_programs()
    assert all(package in caught.value.remedy for package in MARIADB_PACKAGES)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has users to switch between")
def test_another_server_user_takes_over_what_the_former_wrote(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    layout = Layout(tmp_path / "state")
    server = LocalMariaDb(layout, Secrets.open(layout))
    supervision = Supervision(layout)
    for name in ("daemon", "nobody"):
        monkeypatch.setattr("presswerk.runtimes.local.mariadb._SERVER_USERS", (name,))
        server.ensure(lambda _line: None)
        try:
            supervision.ensure([server.service()])
            supervision.wait_ready([server.service()])
            server.admin.ensure(name, secrets.token_urlsafe(24), LIMITS)
            assert server.admin.exists("daemon")
            assert Path(f"/proc/{server_pid(server)}").stat().st_uid == pwd.getpwnam(name).pw_uid
        finally:
            supervision.shutdown()


def test_a_directory_too_deep_for_a_socket_is_served_by_a_short_way_round(tmp_path: Path) -> None:
    layout = Layout(tmp_path / ("deep" * 20) / "state")
    server = LocalMariaDb(layout, Secrets.open(layout))
    supervision = Supervision(layout)
    server.ensure(lambda _line: None)
    try:
        supervision.ensure([server.service()])
        supervision.wait_ready([server.service()])
        assert len(os.fsencode(server.socket)) < 108
        server.admin.ensure("acme", secrets.token_urlsafe(24), LIMITS)
        assert all(supervision.answers(status.name) for status in supervision.status())
    finally:
        supervision.shutdown()
    link = server.socket.parent
    server.remove()
    server.remove()
    assert not link.is_symlink()
    assert not server.directory.exists()
    assert ADMIN_PASSWORD not in (layout.state / "secrets.json").read_text()


@pytest.mark.parametrize("installer", ["kills-itself-at-once", "kills-itself-when-done"])
def test_an_installation_that_is_killed_is_made_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, installer: str
) -> None:
    layout = Layout(tmp_path / "state")
    server = LocalMariaDb(layout, Secrets.open(layout))
    programs = tmp_path / "programs"
    programs.mkdir()
    real = shutil.which("mariadb-install-db", path=f"{os.environ['PATH']}:/usr/bin")
    work = f'{real} "$@"\n' if installer == "kills-itself-when-done" else 'mkdir -p "${2#--datadir=}/mysql"\n'
    (programs / "mariadb-install-db").write_text(f"#!/bin/sh\n{work}kill -KILL $$\n")
    (programs / "mariadb-install-db").chmod(0o755)
    path = os.environ["PATH"]
    monkeypatch.setenv("PATH", f"{programs}:{path}")
    with pytest.raises(LocalRuntimeError, match="could not be made"):
        server.ensure(lambda _line: None)
    assert not (server.directory / "data").exists()
    monkeypatch.setenv("PATH", path)
    told: list[str] = []
    server.ensure(told.append)
    server.ensure(told.append)
    assert len(told) == 1
    assert (server.directory / "data" / "mysql").is_dir()
    assert not (server.directory / "data.new").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests run as such a user already")
def test_started_by_anybody_else_it_serves_as_them() -> None:
    # Not below pytest's own directories, which nobody else may enter.
    home = Path(tempfile.mkdtemp(prefix="presswerk-nobody-", dir="/tmp"))
    try:
        os.chown(home, _NOBODY.pw_uid, _NOBODY.pw_gid)
        child = multiprocessing.get_context("fork").Process(target=_serve_as_nobody, args=(home,))
        child.start()
        child.join()
        assert child.exitcode == 0
    finally:
        shutil.rmtree(home)


_NOBODY = pwd.getpwnam("nobody")


def _serve_as_nobody(home: Path) -> None:
    os.setgid(_NOBODY.pw_gid)
    os.setuid(_NOBODY.pw_uid)
    layout = Layout(home / "state")
    server = LocalMariaDb(layout, Secrets.open(layout))
    server.ensure(lambda _line: None)
    with served(server, home / "log") as process:
        server.admin.ensure("acme", secrets.token_urlsafe(24), LIMITS)
        assert Path(f"/proc/{process.pid}").stat().st_uid == _NOBODY.pw_uid


@contextlib.contextmanager
def served(server: LocalMariaDb, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run the server without a supervisor until the block ends; entered once it serves."""
    service = server.service()
    with log.open("ab") as output:
        process = subprocess.Popen(service.command, cwd=service.directory, stdout=output, stderr=output)
    try:
        with httpx.Client() as http:
            while not is_healthy(service, "RUNNING", http):
                assert process.poll() is None, log.read_text()
                time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        process.wait()


def test_making_and_dropping_converge_however_often_the_server_is_killed(tmp_path: Path) -> None:
    """The server is killed at another moment of the same work each time, and the work repeated."""
    layout = Layout(tmp_path / "state")
    server = LocalMariaDb(layout, Secrets.open(layout))
    server.ensure(lambda _line: None)
    password = secrets.token_urlsafe(24)
    for milliseconds in (1, 4, 9, 16):
        with served(server, tmp_path / "log") as process:
            server.admin.drop("falling")
            threading.Timer(milliseconds / 1000, process.kill).start()
            assert isinstance(work_until_it_fails(server.admin, password), DatabaseUnreachable)
        with served(server, tmp_path / "log"):
            access = server.admin.ensure("falling", password, LIMITS)
            ask(access, "CREATE TABLE posts (id INT)", "INSERT INTO posts VALUES (1)")
            server.admin.drop("falling")
            assert server.admin.users("falling") == ()
            assert not list((server.directory / "data").glob("site_falling*"))


def work_until_it_fails(admin: MariaDbAdmin, password: str) -> DatabaseProblem:
    while True:
        try:
            admin.ensure("falling", password, LIMITS)
            admin.drop("falling")
        except DatabaseProblem as problem:
            return problem

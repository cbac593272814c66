"""A real MariaDB server for tests: own data directory and Unix socket, no TCP, never the system's service."""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from presswerk.runtimes.databases import DatabaseAccess, UnixSocketServer
from tests.support.waiting import until

_READY_SECONDS = 60
_PASSWORD = "site-password"


@dataclass(frozen=True)
class MariaDbServer:
    """A running server; each site takes a database and a user of its own."""

    socket: Path

    def execute(self, *statements: str) -> str:
        """Run SQL as the server's root and return what it prints, tab-separated, without headings."""
        done = subprocess.run(
            ["mariadb", "--no-defaults", f"--socket={self.socket}", "--user=root", "--batch", "--skip-column-names"],
            input=";\n".join(statements),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def new_database(self) -> DatabaseAccess:
        """Make an empty database and a user who owns it."""
        name = f"site_{uuid.uuid4().hex[:12]}"
        self.execute(
            f"CREATE DATABASE {name} CHARACTER SET utf8mb4",
            f"CREATE USER {name}@localhost IDENTIFIED BY '{_PASSWORD}'",
            f"GRANT ALL ON {name}.* TO {name}@localhost",
        )
        return DatabaseAccess(UnixSocketServer(self.socket), name, name, _PASSWORD)


@contextlib.contextmanager
def running_mariadb(*options: str) -> Iterator[MariaDbServer]:
    """Run a server until the block ends.

    Args:
        options: Of `mariadbd`, where a test needs other ones.
    """
    # As root the server would refuse to start, so it runs as nobody; anybody else runs it as themselves.
    user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    # Below /tmp, because a socket's path must be short.
    home = Path(tempfile.mkdtemp(prefix="presswerk-mariadb-", dir="/tmp"))
    # In /tmp itself one server that starts removes the temporary tables of the others.
    scratch = home / "tmp"
    scratch.mkdir()
    try:
        if user is not None:
            os.chown(home, user.pw_uid, user.pw_gid)
            os.chown(scratch, user.pw_uid, user.pw_gid)
        _make_data_directory(home, user)
        with _server(home, user, options) as server:
            yield server
    finally:
        shutil.rmtree(home)


def _make_data_directory(home: Path, user: pwd.struct_passwd | None) -> None:
    command = [
        "mariadb-install-db",
        "--no-defaults",
        f"--datadir={home}/data",
        f"--tmpdir={home}/tmp",
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
    ]
    done = subprocess.run(
        command,
        cwd="/",
        capture_output=True,
        check=False,
        user=None if user is None else user.pw_uid,
        group=None if user is None else user.pw_gid,
    )
    assert done.returncode == 0, (done.stdout + done.stderr).decode(errors="replace")[-2000:]


def _server_command(home: Path) -> Sequence[str]:
    return [
        # A test run that is killed takes its server with it.
        "setpriv",
        "--pdeathsig=TERM",
        # Debian keeps servers in a directory that only root's PATH has.
        shutil.which("mariadbd", path=f"{os.environ.get('PATH', '')}:/usr/sbin") or "mariadbd",
        "--no-defaults",
        f"--datadir={home}/data",
        f"--tmpdir={home}/tmp",
        f"--socket={home}/sock",
        f"--pid-file={home}/pid",
        "--skip-networking",
        "--innodb-flush-log-at-trx-commit=0",
        "--innodb-buffer-pool-size=32M",
    ]


@contextlib.contextmanager
def _server(home: Path, user: pwd.struct_passwd | None, options: Sequence[str]) -> Iterator[MariaDbServer]:
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [*_server_command(home), *options],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=None if user is None else user.pw_uid,
            group=None if user is None else user.pw_gid,
        )
    server = MariaDbServer(home / "sock")
    try:
        _await(server, process, home / "log")
        yield server
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(server: MariaDbServer, process: subprocess.Popen[bytes], log: Path) -> None:
    def said() -> str:
        return log.read_text(errors="replace")[-2000:]

    def answers() -> bool:
        assert process.poll() is None, said()
        try:
            server.execute("SELECT 1")
        except AssertionError:
            return False
        return True

    until(answers, said)
